"""nutdrv_qx and blazer_usb on an emulated USB adapter, beside C's."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drivers.qx.sides import commands, driver, settable
from tests.support.driver_socket import DriverSocket
from tests.support.peers import need
from tests.support.programs import place
from tests.support.ptyups import Megatec
from tests.support.qx_usb import VOLTRONIC, Adapter
from tests.support.umock import UsbUps


class Bus:
    """An adapter with a UPS behind it."""

    def __init__(self, talker: Megatec) -> None:
        self.talker = talker
        self.usb = UsbUps(VOLTRONIC)
        self.usb.device = Adapter(VOLTRONIC, talker)


@pytest.fixture
def buses(tmp_path: Path) -> Iterator[dict[str, Bus]]:
    """One for C, one for us."""
    found = {}
    for name in ("C", "ours"):
        (tmp_path / name).mkdir()
        found[name] = Bus(Megatec(acknowledge=b"ACK"))
    with found["C"].usb, found["ours"].usb:
        yield found


SETTINGS: dict[str, str | None] = {"port": "auto", "protocol": "megatec", "pollinterval": "1"}
USB_ONLY = {"ups.vendorid": "0665", "ups.productid": "5161"}


@pytest.mark.parametrize("which", ["nutdrv_qx", "blazer_usb"])
def test_beside_c(which: str, buses: dict[str, Bus], tmp_path: Path) -> None:
    """The same variables, commands and settings, the same sent; an outage; and the UPS unplugged."""
    with contextlib.ExitStack() as stack:
        links = {}
        for name, bus in buses.items():
            where = stack.enter_context(place(tmp_path / name))
            links[name] = stack.enter_context(driver(name, which, where, SETTINGS, bus.usb.env))
        theirs, ours = links.values()
        assert shown(ours) == shown(theirs) | (USB_ONLY if which == "blazer_usb" else {})
        assert commands(ours) == commands(theirs)
        assert settable(ours) == settable(theirs)
        for request, sent in {"shutdown.return": b"S.5R0003", "test.battery.start.quick": b"T"}.items():
            for name, link in links.items():
                assert link.do(f"INSTCMD {request}") == [0]
                assert sent in buses[name].talker.heard
        for bus in buses.values():
            bus.talker.state.on_battery = True
        for link in links.values():
            link.until(lambda link=link: "OB" in (link.value("ups.status") or ""), "OB")  # type: ignore[misc]
        if which == "blazer_usb":
            return  # the rest is the same line
        buses["ours"].usb.unplug()
        ours.await_stale(True)
        buses["ours"].usb.plug()
        ours.await_stale(False)


def shown(link: DriverSocket) -> dict[str, str]:
    """The variables of the UPS."""
    return {one.name: one.value for one in link.state.in_order() if not one.name.startswith("driver.")}


def look(bus: Bus, which: str, *settings: str) -> subprocess.CompletedProcess[str]:
    """One look at it by one of our drivers."""
    argv = [sys.executable, "-m", "wallnut.cli.driver", which, "-s", "u", "-d", "1", "-u", "root"]
    for setting in ("port=auto", "protocol=megatec", *settings):
        argv += ["-x", setting]
    return subprocess.run(argv, env=bus.usb.env, capture_output=True, text=True, timeout=20, check=False)


def test_which_device(buses: dict[str, Bus]) -> None:
    need("nutdrv_qx", "nut-server")
    bus = buses["ours"]
    for fits in (
        "vendor=inno.*",
        "product=.*serial",
        "serial=2010[0-9]+",
        "bus=001",
        "vendorid=06*5",
        "subdriver=cypress",
    ):
        extra = ("vendorid=0665", "productid=5161") if fits.startswith("subdriver") else ()
        done = look(bus, "nutdrv_qx", fits, *extra)
        assert "ups.productid: 5161\n" in done.stdout, (fits, done.stderr)
    for differs in ("vendor=inno", "product=serial", "serial=x", "bus=00[2-9]", "productid=5162"):
        done = look(bus, "nutdrv_qx", differs)
        assert "no USB device that this driver knows" in done.stderr, differs
        assert done.returncode == 1


def test_late_replies_are_thrown_away(buses: dict[str, Bus]) -> None:
    bus = buses["ours"]
    device = bus.usb.device
    assert isinstance(device, Adapter)

    class Stammering(Megatec):
        def answer(self, line: bytes) -> bytes:
            return super().answer(line) + (b"(000.0 000.0\r" if line == b"F" else b"")

    device.talker = Stammering()
    done = look(bus, "nutdrv_qx")
    assert "device.mfr: SIMCO\n" in done.stdout, done.stderr
