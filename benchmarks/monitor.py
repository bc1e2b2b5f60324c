"""The monitor: how soon SHUTDOWNCMD starts, and what watching many UPSes costs, beside C's upsmon."""

from __future__ import annotations

import contextlib
import os
import random
import select
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.harness import Row, compare, spread
from benchmarks.peers import OUR_UPSD, UPS, Load, Server, ask, cpu, rss, server
from tests.support.procs import running
from tests.support.wait import until

OURS, C_UPSMON = OUR_UPSD.replace("upsd", "upsmon"), "/lib/nut/upsmon"
USERS = "[mon]\n  password = pw\n  upsmon primary\n"
RUNS, C_RUNS = 200, 20
SETTLED = 0.2
"""Seconds from the login until the monitor has subscribed."""
SERVERS, EACH = 20, 10
WINDOWS, WINDOW = 5, 10.0
CHANGES = 2.0
"""A value of each UPS changes so often, in seconds."""


@dataclass(frozen=True, slots=True)
class Pids:
    """The two processes of a monitor."""

    parent: int
    child: int


@contextlib.contextmanager
def upsmon(program: str, folder: Path, monitors: Sequence[tuple[str, int]], *lines: str) -> Iterator[Pids]:
    """A monitor of UPSes, as (name, port), with stock settings but for `lines`; ready when it is logged in to all."""
    text = [f"MONITOR {name}@127.0.0.1:{port} 1 mon pw primary" for name, port in monitors]
    (folder / "upsmon.conf").write_text("\n".join(("MINSUPPLIES 1", *text, *lines, "")))
    argv = [program, "-F", "-u", "root"]
    if program == C_UPSMON:  # its pid file has one place, built in
        argv = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /run/nut && exec "$@"', "sh", *argv]
    folders = dict.fromkeys(("NUT_CONFPATH", "NUT_PIDPATH", "NUT_STATEPATH"), str(folder))
    with running(*argv, env=folders) as process:
        for name, port in monitors:
            until(partial(_logged_in, name, port), 20, f"the login to {name}")
        answer = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=True
        )
        yield Pids(process.pid, int(answer.stdout.split()[0]))


def _logged_in(name: str, port: int) -> bool:
    return int(ask(port, f"GET NUMLOGINS {name}").split()[-1]) > 0


def _name(number: int) -> str:
    return f"{UPS}{number}" if number else UPS


def shutdown(load: Load) -> list[Row]:
    """From the driver's OB LB to the first thing that SHUTDOWNCMD does. Each run is another UPS: FSD stays set."""
    ready = load.folder / "down"
    os.mkfifo(ready)
    pipe = os.open(ready, os.O_RDWR | os.O_NONBLOCK)
    with server(OUR_UPSD, RUNS + C_RUNS, USERS) as target:
        every = RUNS // C_RUNS
        ours: list[float] = []
        peer: list[float] = []
        for run in range(RUNS):
            ours.append(_one(OURS, load.folder, target, run, pipe, 0.0))
            if run % every == 0:  # C looks every 5 seconds: a change may come at any time between
                peer.append(_one(C_UPSMON, load.folder, target, RUNS + run // every, pipe, random.uniform(0, 5)))
    os.close(pipe)
    ready.unlink()
    work = "OB LB at the driver to SHUTDOWNCMD"
    late, theirs = _p99(ours), max(peer)
    return [
        Row(f"{work}, {RUNS} runs, median", "ms", spread(ours), "C upsmon", spread(peer)),
        Row(f"{work}, p99 (C: slowest of {C_RUNS})", "ms", (late,) * 3, "C upsmon", (theirs,) * 3, at_most=100),
    ]


def _one(program: str, folder: Path, target: Server, number: int, pipe: int, pause: float) -> float:
    """Milliseconds of one shutdown."""
    lines = ("FINALDELAY 0", f'SHUTDOWNCMD "echo > {folder}/down"', f"POWERDOWNFLAG {folder}/killpower")
    with upsmon(program, folder, [(_name(number), target.port)], *lines):
        time.sleep(SETTLED + pause)
        began = time.monotonic()
        target.driver.order(f"say {number} ups.status OB DISCHRG LB")
        found, _, _ = select.select([pipe], [], [], 30)
        took = time.monotonic() - began
        target.driver.done()
        if not found:
            raise SystemExit(f"bench: {program} did not shut down")
        os.read(pipe, 100)
    return took * 1000


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[len(values) * 99 // 100 - 1]


def watching(load: Load) -> list[Row]:
    """CPU and memory of watching 200 UPSes on 20 servers, by push and, as C does, by asking; both at the same time."""
    with ExitStack() as stack:
        servers = [stack.enter_context(server(OUR_UPSD, EACH, USERS)) for _ in range(SERVERS)]
        monitors = [(_name(number), one.port) for one in servers for number in range(EACH)]
        pids = []
        for program, name in ((OURS, "ours"), (C_UPSMON, "c")):
            folder = load.folder / name
            folder.mkdir()
            pids.append(stack.enter_context(upsmon(program, folder, monitors, 'SHUTDOWNCMD "true"')))
        calm = [_cost(pids, []) for _ in range(WINDOWS)]
        busy = [_cost(pids, servers) for _ in range(WINDOWS)]
        memory = [[rss(pid) / 1024 for pid in (one.parent, one.child)] for one in pids]
    work = f"{SERVERS * EACH} UPSes on {SERVERS} servers"
    return [
        _cpu(f"CPU of watching {work}, nothing changes", calm),
        _cpu(f"CPU of watching {work}, a value of each changes every {CHANGES:g} s", busy),
        *(
            compare(f"memory of the {what}, {work}, RSS", "MB", "C upsmon", *sides, share=True, ours_at_most=most)
            for what, sides, most in (
                ("privileged parent", ([memory[0][0]], [memory[1][0]]), 12),
                ("monitor", ([memory[0][1]], [memory[1][1]]), None),
            )
        ),
    ]


def _cpu(work: str, found: Sequence[tuple[float, float]]) -> Row:
    ours, peer = zip(*found, strict=True)
    return compare(work, "ms/s", "C upsmon", ours, peer, share=True, at_most=1)


def _cost(pids: Sequence[Pids], moving: Sequence[Server]) -> tuple[float, float]:
    """CPU milliseconds a second of both monitors, their servers' drivers saying something new meanwhile."""
    before = [cpu(one.child) for one in pids]
    began = time.monotonic()
    turn = 0
    while (passed := time.monotonic() - began) < WINDOW:
        for one in moving:
            for number in range(EACH):
                one.driver.order(f"say {number} input.voltage {220 + turn % 20}.{number}")
                one.driver.done()
        turn += 1
        time.sleep(max(0.0, min(WINDOW - passed, turn * CHANGES - (time.monotonic() - began))))
    passed = time.monotonic() - began
    ours, peer = ((cpu(one.child) - start) * 1000 / passed for one, start in zip(pids, before, strict=True))
    return ours, peer
