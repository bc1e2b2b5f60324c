"""USB HID: what a poll of a UPS costs beside C's driver, and how soon news of its interrupt pipe are at a client."""

from __future__ import annotations

import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.harness import Row, compare, spread
from benchmarks.peers import OUR_UPSD, Load, cpu
from tests.support.hid_devices import ES850G2
from tests.support.ports import free_port
from tests.support.procs import Process, running
from tests.support.umock import Model, UsbUps
from tests.support.wait import until

OURS = (sys.executable, "-m", "wallnut.cli.driver", "usbhid-ups")
C = ("/lib/nut/usbhid-ups",)
VARIABLES = ("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH", "NUT_PIDPATH")
MORE = {
    0x1A: (0x53, 0x54),
    0x1C: (0x30, 0x31, 0x32, 0x35, 0x40, 0x44, 0x53, 0x54, 0x55, 0x56, 0x57),
    0x12: (0x36,),
    0x24: (0x55, 0x56, 0xFF860072),
}
"""Usages for more collections of Input, Output, Battery and PowerSummary, to make 60 that are mapped."""
WINDOWS, WINDOW = 5, 6.0
NEWS = 200
STATES = (("OB", ("1300", "06000108"), "160a000000"), ("OL", ("1301", "06000008"), "160c000000"))


def usbhid(load: Load) -> list[Row]:
    """The poll, and the news."""
    return [*_polls(bigger(ES850G2)), *_news()]


def bigger(model: Model) -> Model:
    """The same UPS with more collections, each value in a report of its own."""
    body, reports, id = "", [], 0xA0
    for collection, usages in MORE.items():
        body += f"0584 09{collection:02x} a100"
        for usage in usages:
            whole = usage if usage >> 16 else 0x840000 | usage
            field = "1500 27ffff0000 6500 5500 7510 9501 b1a2"
            body += f"85{id:02x} 0b{whole.to_bytes(4, 'little').hex()} {field}"
            reports.append(f"{id:02x}3412")
            id += 1
        body += "c0"
    descriptor = model.descriptor.removesuffix("c0") + body.replace(" ", "") + "c0"
    return replace(model, descriptor=descriptor, reports=f"{model.reports} {' '.join(reports)}")


@dataclass(frozen=True, slots=True)
class Side:
    """A driver and its device."""

    usb: UsbUps
    process: Process


@contextmanager
def side(argv: tuple[str, ...], model: Model, *lines: str) -> Iterator[tuple[Side, Path]]:
    """A driver that serves a device, and its folder."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, UsbUps(model) as usb:
        section = "".join(f"  {line}\n" for line in ("driver = usbhid-ups", "port = auto", *lines))
        Path(folder, "ups.conf").write_text(f"pollinterval = 1\n[bench]\n{section}")
        env = {**dict.fromkeys(VARIABLES, folder), **usb.env}
        path = Path(folder, "usbhid-ups-bench")
        with running(*argv, "-F", "-u", "root", "-a", "bench", ready=lambda _: path.exists(), env=env) as process:
            yield Side(usb, process), Path(folder)


def _polls(model: Model) -> list[Row]:
    """Both drivers with a full update every second, measured at the same time."""
    costs: tuple[list[float], list[float]] = ([], [])
    reads: list[float] = []
    with ExitStack() as stack:
        sides = [stack.enter_context(side(argv, model, "pollfreq = 0"))[0] for argv in (OURS, C)]
        time.sleep(3)
        for _ in range(WINDOWS):
            begun = [(cpu(one.process.pid), one.usb.device.asked.copy()) for one in sides]
            time.sleep(WINDOW)
            for one, (before, asked), cost in zip(sides, begun, costs, strict=True):
                new = one.usb.device.asked - asked
                polls = statistics.median(new.values())
                cost.append((cpu(one.process.pid) - before) / polls * 1000)
                if one is sides[0]:
                    reads.append(max(new.values()) / polls)
    return [
        Row("one report in one poll, at the most", "reads", spread(reads), at_most=1.0, pairs=WINDOWS),
        compare("one full poll, 60 mapped usages, CPU", "ms", "C usbhid-ups", *costs, share=True, at_most=5.0),
    ]


def _news() -> list[Row]:
    """A report on the interrupt pipe -> NOTIFY read by a subscribed client, by our driver and our upsd."""
    with side(OURS, ES850G2) as (one, folder), ExitStack() as stack:
        port = free_port()
        files = {"upsd.conf": f"LISTEN 127.0.0.1 {port}\n", "upsd.users": "", "nut.conf": "MODE=netserver\n"}
        for name, text in files.items():
            (folder / name).write_text(text)
            (folder / name).chmod(0o640)
        stack.enter_context(running(OUR_UPSD, "-F", "-u", "root", env=dict.fromkeys(VARIABLES, str(folder))))
        link = stack.enter_context(_subscribed(port))
        times = []
        for number in range(NEWS):
            status, others, report = STATES[number % 2]
            begun = time.perf_counter()
            one.usb.set(*others)
            one.usb.report(report)
            data = b""
            while f'ups.status "{status}'.encode() not in data:
                data += link.recv(65536)
            times.append((time.perf_counter() - begun) * 1000)
            time.sleep(0.02)
    times.sort()
    what = "interrupt report to NOTIFY at a subscriber"
    return [
        Row(f"{what}, p50", "ms", spread(times), at_most=20.0, pairs=NEWS),
        Row(f"{what}, p99", "ms", spread([times[NEWS * 99 // 100 - 1]]), at_most=20.0, pairs=NEWS),
    ]


@contextmanager
def _subscribed(port: int) -> Iterator[socket.socket]:
    def connect() -> bool:
        try:
            links.append(socket.create_connection(("127.0.0.1", port), timeout=10))
        except ConnectionRefusedError:
            return False
        return True

    def served() -> bool:
        link.sendall(b"GET VAR bench ups.status\n")
        return link.recv(4096).startswith(b"VAR")

    links: list[socket.socket] = []
    until(connect, 15, "upsd")
    with links[0] as link:
        until(served, 15, "the driver's data")
        link.sendall(b"SUBSCRIBE bench\n")
        data = b""
        while b"DUMPDONE" not in data:
            data += link.recv(65536)
        yield link
