"""usbhid-ups beside C's: the same device under umockdev; what both say of it, and what both do to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.driver_socket import DriverSocket
from tests.support.hid_devices import ES850G2
from tests.support.peers import need
from tests.support.procs import Process, running
from tests.support.programs import Place, place
from tests.support.umock import UsbUps
from tests.support.wait import until

OURS = (sys.executable, "-m", "wallnut.cli.driver", "usbhid-ups")
SECTION = "maxretry = 3\npollinterval = 1\n[u]\n  driver = usbhid-ups\n  port = auto\n  pollfreq = 0\n"

# What C 2.8.0 says otherwise, and why.
OTHERWISE = {
    "driver.version": "another release",
    "driver.version.internal": "another release",
    "driver.version.data": "another release",
    "driver.version.usb": "another library",
    "driver.debug": "since 2.8.1",
    "driver.flag.allow_killpower": "since 2.8.1",
    "driver.state": "since 2.8.1",
}
SINCE_2_8_0 = {
    "driver.killpower",
    "driver.reload",
    "driver.reload-or-error",
    "driver.reload-or-exit",
    "shutdown.default",
}


class Side:
    """One driver with its own device."""

    def __init__(self, folder: Path, argv: tuple[str, ...], section: str = SECTION) -> None:
        self._folder, self._argv, self._section = folder, argv, section
        self._stack = ExitStack()
        self.usb: UsbUps
        self.process: Process
        self.place: Place
        self.link: DriverSocket

    def start(self) -> None:
        """Plug the device in and start the driver; `connect` comes next."""
        self._folder.mkdir()
        self.place = self._stack.enter_context(place(self._folder))
        self.usb = self._stack.enter_context(UsbUps(ES850G2))
        self.place.write("ups.conf", self._section)
        env = {**self.place.env, **self.usb.env}
        self.process = self._stack.enter_context(running(*self._argv, "-F", "-u", "root", "-a", "u", env=env))

    def connect(self) -> None:
        """Wait for its data."""
        try:
            self.link = DriverSocket(self.place.socket("usbhid-ups", "u"))
        except AssertionError as error:
            error.add_note(self.process.report())
            raise
        self._stack.enter_context(self.link)

    def stop(self) -> None:
        """End everything."""
        self._stack.close()

    @property
    def settings(self) -> list[str]:
        """The reports that were set since this was asked last."""
        found, self.usb.device.settings = self.usb.device.settings, []
        return found


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    """C's driver and ours."""
    folder = tmp_path_factory.mktemp("usb")
    c = Side(folder / "c", (need("usbhid-ups", package="nut-server"),))
    ours = Side(folder / "w", OURS)
    try:
        for side in (c, ours):
            side.start()
        for side in (c, ours):
            side.connect()
        yield c, ours
    finally:
        ours.stop()
        c.stop()


def described(side: Side) -> dict[str, tuple[object, ...]]:
    side.link.listen()
    return {
        variable.name: (variable.value, variable.writable, variable.string, variable.length, variable.enum)
        for variable in side.link.state.in_order()
        if variable.name not in OTHERWISE
    }


def test_variables_and_commands(both: tuple[Side, Side]) -> None:
    c, ours = both
    assert described(ours) == described(c)
    assert set(ours.link.state.commands) - SINCE_2_8_0 == set(c.link.state.commands)


SETTINGS = [
    "SET battery.charge.low 15",
    "SET battery.runtime.low 300",
    "SET battery.mfr.date 2024/05/06",
    "SET input.sensitivity high",
    "SET input.transfer.low 170",
    "SET input.transfer.high 270",
    "SET ups.delay.shutdown 90",
]
COMMANDS = [
    "INSTCMD test.battery.start.quick",
    "INSTCMD test.battery.start.deep",
    "INSTCMD test.battery.stop",
    "INSTCMD beeper.disable",
    "INSTCMD beeper.enable",
    "INSTCMD beeper.mute",
    "INSTCMD beeper.on",
    "INSTCMD beeper.off",
    "INSTCMD load.off.delay",
    "INSTCMD load.off.delay 45",
    "INSTCMD load.off",
    "INSTCMD shutdown.stop",
    "INSTCMD shutdown.reboot",
]


def test_settings_and_commands(both: tuple[Side, Side]) -> None:
    requests = SETTINGS + COMMANDS
    found = []
    for side in both:
        assert side.link.do(*requests) == [0] * len(requests)
        found.append(side.settings)
    c, ours = found
    assert ours == c
    assert len(c) == len(requests) - 1  # the delay stays with the driver
    for request in SETTINGS:
        _, name, value = request.split()
        for side in both:
            side.link.await_value(name, value)


STATES = [
    # report 13: mains; 16: all flags; 14: low battery, shutdown imminent
    ("OB DISCHRG", "1300 06000108 160a000000"),
    ("OB DISCHRG LB", "140100 161a000000"),
    ("ALARM OL CHRG OVER RB", "1301 140000 06010008 160d030000"),  # C looks at these every pollfreq only
    ("OL", "06000008 160c000000"),
]


def test_status(both: tuple[Side, Side]) -> None:
    for status, reports in STATES:
        *others, flags = reports.split()
        for side in both:
            side.usb.set(*others)
            side.usb.report(flags)
        for side in both:
            side.link.await_status(status)
        alarm = "Replace battery!" if "ALARM" in status else None
        for side in both:
            side.link.await_value("ups.alarm", alarm)


def test_values_change(both: tuple[Side, Side]) -> None:
    changes = {"battery.charge": "63", "battery.runtime": "500", "ups.load": "71", "input.voltage": "0.0"}
    for side in both:
        side.usb.set("0c3ff401", "23f401", "5047", "310000")
        side.usb.report("0c3ff401")
    for side in both:
        for name, value in changes.items():
            side.link.await_value(name, value)


def test_unplugged_and_plugged_in_again(both: tuple[Side, Side]) -> None:
    for side in both:
        side.usb.unplug()
    for side in both:
        side.link.await_stale(True)
    for side in both:
        side.usb.plug()
    for side in both:
        side.link.await_stale(False)
    ours = both[1]
    ours.link.await_value("driver.watchdog.reopened", "1")


def test_nothing_there(tmp_path: Path) -> None:
    with place(tmp_path) as here, UsbUps(ES850G2) as usb:
        usb.unplug()
        here.write("ups.conf", SECTION)
        env = {**here.env, **usb.env}
        with running(*OURS, "-F", "-u", "root", "-a", "u", env=env) as process:
            until(lambda: process.popen.poll() is not None, 15, "the driver to give up")
            assert process.popen.returncode == 1
            assert "no matching" in process.stderr() or "can't open" in process.stderr()


def test_killpower(tmp_path: Path) -> None:
    """-k, without a driver that runs: the load goes off by the same report."""
    found = []
    for name, argv in (("c", (need("usbhid-ups", package="nut-server"),)), ("w", OURS)):
        (tmp_path / name).mkdir()
        with place(tmp_path / name) as here, UsbUps(ES850G2) as usb:
            here.write("ups.conf", SECTION)
            env = {**os.environ, **here.env, **usb.env}
            done = subprocess.run(
                [*argv, "-u", "root", "-a", "u", "-k"], env=env, capture_output=True, timeout=30, check=False
            )
            assert done.returncode == 0, done
            found.append(usb.device.settings)
    c, ours = found
    assert ours == c
    assert ours
