"""The settings that every driver has, beside C's core of drivers (nutupsdrv(8), ups.conf(5)); and drivers' names that
nobody knows."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hosts import Hosted, section
from tests.support.ours import program
from tests.support.peers import need
from tests.support.programs import Place, place
from wallnut.drivers.base import Driver, Result
from wallnut.drivers.dummy import Dummy

DEVICE = """\
battery.charge: 20
battery.runtime: 900
ups.id: x
ups.mfr: Acme
ups.status: OB LB DISCHRG
"""

# What NUT 2.8.0 does not show, or has another value of.
NEWER = re.compile(
    r"Network UPS Tools|driver\.(version|state|debug|flag\.allow_killpower|parameter\.(override|default)\.)"
)


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as made:
        made.write("u.dev", DEVICE)
        yield made


def configure(at: Place, *lines: str, driver: str = "dummy-ups") -> None:
    at.write("ups.conf", "".join(f"{line}\n" for line in ("[u]", f"driver = {driver}", "port = u.dev", *lines)))


def known(text: str) -> list[str]:
    """A dump without what depends on the version."""
    return [line for line in text.splitlines() if not NEWER.match(line)]


# Lines of a section, and what comes of them.
GIVEN = (
    (("override.ups.mfr = Other", "default.ups.mfr = No"), "ups.mfr: Other"),
    (("default.ups.serial = 1", "default.ups.mfr = No"), "ups.serial: 1"),
    (("default.ups.mfr = No",), "ups.mfr: Acme"),
    (('override.ups.status = "OL"',), "ups.status: OL"),
    (('override.ups.alarm = "help"',), "ups.alarm: help"),
    (("override.device.mfr = Other",), "device.mfr: Other"),
    (("ignorelb", "override.battery.charge.low = 30"), "ups.status: OB DISCHRG LB"),
    (("ignorelb", "override.battery.charge.low = 10"), "ups.status: OB DISCHRG"),
    (("ignorelb", "default.battery.charge = 5", "default.battery.charge.low = 10"), "ups.status: OB DISCHRG"),
    (
        ("ignorelb", "override.battery.charge.low = 10", "override.battery.runtime.low = 901"),
        "ups.status: OB DISCHRG LB",
    ),
    (("ignorelb", 'override.ups.status = "OL"', "override.battery.charge.low = 30"), "ups.status: OL"),
)


def test_given_variables_and_the_low_battery(at: Place) -> None:
    """All at once: C takes three seconds for each."""
    sections = [(f"u{number}", lines) for number, (lines, _) in enumerate(GIVEN)]
    head = ("driver = dummy-ups", "port = u.dev", "mode = dummy-once")
    at.write(
        "ups.conf",
        "".join(f"[{name}]\n" + "".join(f"{line}\n" for line in (*head, *lines)) for name, lines in sections),
    )

    def start(program: str) -> list[subprocess.Popen[str]]:
        return [
            subprocess.Popen(
                (program, "-u", "root", "-a", name, "-d", "1"),
                env={**os.environ, **at.env},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for name, _ in sections
        ]

    processes = [start(need("dummy-ups", package="nut-server")), start(program("dummy-ups"))]
    all_theirs, all_ours = ([one.communicate(timeout=40) for one in some] for some in processes)
    for (lines, shown), theirs, ours in zip(GIVEN, all_theirs, all_ours, strict=True):
        assert shown in ours[0].splitlines(), lines
        assert known(ours[0]) == known(theirs[0]), lines
        judges = [[line for line in text.splitlines() if line.startswith("using ")] for text in (ours[1], theirs[1])]
        assert judges[0] == judges[1], lines


def test_ignorelb_needs_something_to_judge_by(at: Place) -> None:
    configure(at, "ignorelb")
    argv = ("-u", "root", "-a", "u", "-d", "1")
    ours = at.run("dummy-ups", *argv)
    theirs = at.run_other(need("dummy-ups", package="nut-server"), *argv)
    assert (ours.returncode, theirs.returncode) == (1, 1)
    assert "ignorelb needs battery.charge and battery.charge.low" in ours.stderr


@pytest.mark.parametrize("line", ["sdtype = 2", "sdtype", "cable = 940-0024C"])
def test_a_setting_of_another_driver(at: Place, line: str) -> None:
    """sdtype is apcsmart's. C says the same, but ends with 0, so that upsdrvctl takes it for started."""
    configure(at, line)
    ours = at.run("dummy-ups", "-u", "root", "-a", "u")
    theirs = at.run_other(need("dummy-ups", package="nut-server"), "-u", "root", "-a", "u")
    assert (ours.returncode, theirs.returncode) == (1, 0)
    key = line.partition(" ")[0]
    kind = "variable name" if "=" in line else "flag"
    said = f"Fatal error: '{key}' is not a valid {kind} for this driver.\n"
    assert said in ours.stdout
    assert said in theirs.stdout


class Cell(Driver):
    """A battery whose charge is all that it tells after the start."""

    name = "cell"

    def open(self) -> None:
        self.ups.status("OB", "LB", "DISCHRG")
        self.ups.set("battery.charge", 50)
        self.ups.set("battery.charge.low", 30, writable=True, ranges=[(0, 100)])

    def set(self, name: str, value: str) -> Result:
        self.ups.set(name, value)
        return Result.HANDLED


def test_ignorelb_judges_as_soon_as_the_battery_says_something_new() -> None:
    with Hosted(Cell, section(port="here", ignorelb=None)).start() as u:
        status = u.host.state
        assert status.value("ups.status") == "OB DISCHRG"
        u.say(u.peer(), "SET battery.charge 29")
        assert status.value("ups.status") == "OB DISCHRG LB"
        u.say(u.peer(), "SET battery.charge.low 20")
        assert status.value("ups.status") == "OB DISCHRG"


def test_an_overridden_variable_stays_where_it_can_be_set(tmp_path: Path) -> None:
    (tmp_path / "u.dev").write_text(DEVICE)
    with Hosted(Dummy, section(port=str(tmp_path / "u.dev"), override__ups__id="fixed")).start() as u:
        assert u.say(u.peer(), "SET ups.id other TRACKING t") == ["TRACKING t 0"]
        assert u.host.state.value("ups.id") == "fixed"
        u.say(u.peer(), 'SET ups.id ""')
        assert u.host.state.value("ups.id") == "fixed"


# --- -k


@pytest.mark.parametrize("driver", ["failover", "merge"])
def test_forced_shutdown_of_a_driver_that_sits_on_others(at: Place, driver: str) -> None:
    at.write("ups.conf", f"[u]\ndriver = {driver}\nport = dummy-ups-a,dummy-ups-b\n")
    answer = at.run("upsdrvctl", "-u", "root", "shutdown", limit=30)
    assert answer.returncode == 1
    assert "shutdown is left to the other drivers: each has its own section of ups.conf" in answer.stderr


# --- names


@pytest.mark.parametrize(
    ("driver", "near"),
    [
        ("usbhid", "usbhid-ups"),
        ("usbhid_ups", "usbhid-ups"),
        ("Dummy-UPS", "dummy-ups"),
        ("failovr", "failover"),
        ("snmp", "snmp-ups"),
        ("blazer", "blazer_"),
    ],
)
def test_a_driver_that_is_not_there(at: Place, driver: str, near: str) -> None:
    need("dummy-ups", package="nut-server")
    configure(at, driver=driver)
    for words in (("start",), ("shutdown",), ("-F", "start")) if driver == "usbhid" else (("start",),):
        answer = at.run("upsdrvctl", *words)
        assert answer.returncode == 1
        found = re.search(r"Can't start (\S+): No such file or directory; did you mean (.*)\?\n", answer.stderr)
        assert found, answer.stderr
        assert found[1].endswith(f"/{driver}")
        assert near in found[2]
        assert "Traceback" not in answer.stderr


def test_a_driver_with_a_name_like_no_other(at: Place) -> None:
    configure(at, driver="xyzzy")
    answer = at.run("upsdrvctl", "start")
    assert answer.returncode == 1
    assert re.search(r"No such file or directory; there are .*clone, .*dummy-ups, ", answer.stderr)


def test_a_drivers_own_keys_in_any_case(at: Place) -> None:
    configure(at, "Mode = dummy-once")
    argv = ("-u", "root", "-a", "u", "-d", "1")
    ours = at.run("dummy-ups", *argv)
    theirs = at.run_other(need("dummy-ups", package="nut-server"), *argv)
    for answer in (ours, theirs):
        assert "driver.parameter.Mode: dummy-once" in answer.stdout
    assert known(ours.stdout) == known(theirs.stdout)
    configure(at, "MODE = sideways")
    assert "one of" in at.run("dummy-ups", *argv).stderr, "it is the key that the driver reads"
