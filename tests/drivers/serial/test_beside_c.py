"""Our apcsmart beside Debian's: the same simulated UPS, once for each. (genericups: test_genericups.py.)

Where they differ on purpose (docs/apcsmart.md has the reasons):

- A command that must be repeated is HANDLED by C when it comes first, though nothing is done; ours says FAILED.
- Whoever switches off (-k) goes by the status; C takes a UPS on mains for one on battery, as it misreads the answer.
- A value that is none of the choices is INVALID; C rotates through all of them and then FAILED.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.drivers.qx.sides import commands, driver, settable
from tests.support.at_once import AtOnce
from tests.support.driver_socket import DriverSocket
from tests.support.looks import by_c, by_us
from tests.support.modemlines import ModemLines, build
from tests.support.peers import need
from tests.support.programs import place
from tests.support.ptyups import PtyDevice
from tests.support.smartups import ANSWERS, CAL, CAPABILITIES, LB, MATRIX, OB, OL, OLD, OVER, RB, VERY_OLD, SmartUps
from tests.support.wait import until
from wallnut.drivers.base import Result
from wallnut.drivers.serial.apcsmart import ApcSmart

at_once = AtOnce()

HANDLED, FAILED = Result.HANDLED, Result.FAILED

Make = Callable[[], SmartUps]
Pair = tuple[DriverSocket, PtyDevice[SmartUps]]


def changed(answers: dict[str, str] | None = None, *, listed: bool = True, **given: object) -> Make:
    """A UPS with something else about it."""

    def make() -> SmartUps:
        talker = SmartUps(ANSWERS if answers is None else answers, listed=listed)
        for name, value in given.items():
            setattr(talker, name, value)
        return talker

    return make


UPSES: dict[str, tuple[Make, dict[str, str | None]]] = {
    "new": (SmartUps, {}),
    "raw": (SmartUps, {"ttymode": "raw"}),
    "on battery": (changed(status=OB | LB), {}),
    "everything": (changed(status=OL | 2 | 4 | OVER | RB | CAL), {}),
    "off": (changed(status=0), {}),
    "900I": (changed(OLD, listed=False), {}),
    "Matrix": (changed(MATRIX, listed=False), {}),
    "CS 350": (changed({**ANSWERS, "V": "NA", "b": "5.4.D"}, listed=False), {}),
    "very old": (changed(VERY_OLD, listed=False), {}),
    "voltage for firmware": (changed({**VERY_OLD, "b": "FF", "G": "R", "/": "1.0"}, listed=False), {}),
    "very old Matrix": (changed({**VERY_OLD, "/": "01.55", "n": "X"}, listed=False), {}),
    "uptime": (changed({**ANSWERS, "T": "123.4", "G": "T", "j": "0", "E": "OFF", "H": "1,2,3,4,5"}), {}),
    "odd": (changed({**ANSWERS, "T": "x", "b": "D9", "G": "Z", "j": "none", "E": "7"}), {}),
    "noisy": (changed(noise="&|*\r"), {}),
    "in pieces": (changed(VERY_OLD, listed=False, pieces=3), {}),
    "other region": (changed({**ANSWERS, "b": "50.9.D"}), {}),
    "odd command set": (changed(command_set="a lot"), {}),
    "command set with more": (changed(command_set="3.!$.QLOPB\x1a.more"), {}),
    "damaged by a known fault": (changed({**ANSWERS, "V": "451.2.I"}, capabilities=f"#{CAPABILITIES[1:33]}"), {}),
    "no capabilities": (changed(capabilities="NA"), {}),
}


@pytest.mark.parametrize("name", UPSES)
@at_once
def test_the_same_variables(name: str) -> None:
    make, settings = UPSES[name]
    with PtyDevice(make()) as ups:
        theirs = by_c("apcsmart", "nut-server", {"port": ups.path, **settings})
    with PtyDevice(make()) as ups:
        mine = by_us(ApcSmart, {"port": ups.path, **settings})
    for one in (mine, theirs):
        one["ups.status"] = " ".join(sorted(one["ups.status"].split()))
    assert mine == theirs


@contextlib.contextmanager
def both(folder: Path, make: Make, **settings: str) -> Iterator[list[Pair]]:
    """C's driver and ours, in this order, each with a UPS of its own."""
    with contextlib.ExitStack() as stack:
        pairs = []
        for name in ("C", "ours"):
            (folder / name).mkdir()
            ups = stack.enter_context(PtyDevice(make()))
            where = stack.enter_context(place(folder / name))
            link = stack.enter_context(driver(name, "apcsmart", where, {"port": ups.path, **settings}))
            pairs.append((link, ups))
        yield pairs


@pytest.mark.parametrize("name", ["new", "900I", "Matrix", "CS 350", "very old", "other region"])
@at_once
def test_the_same_commands_and_settings_are_offered(tmp_path: Path, name: str) -> None:
    with both(tmp_path, UPSES[name][0], pollinterval="30") as ((theirs, _), (ours, _)):
        assert commands(ours) == commands(theirs)
        assert settable(ours) == settable(theirs)


REQUESTS = (
    "SET input.transfer.high 271",
    "SET input.transfer.high 271",
    "SET input.transfer.high 253",
    "SET ups.test.interval 604800",
    "SET ups.test.interval 0",
    "SET battery.runtime.low 600",
    "SET ups.display.language S",
    "SET ups.id web",
    "SET ups.id 12345678",
    "SET battery.date 01/02/26",
    "INSTCMD test.battery.start",
    "INSTCMD test.battery.stop",
    "INSTCMD test.panel.start",
    "INSTCMD calibrate.start",
    "INSTCMD calibrate.start",
    "INSTCMD calibrate.stop",
    "INSTCMD calibrate.stop",
    "INSTCMD load.on",
    "INSTCMD test.failure.start",
)
REFUSED = ("SET ups.load 3", "SET ups.id 123456789", "INSTCMD bypass.begin", "INSTCMD shutdown.return at:1234")


@at_once
def test_commands_and_settings_do_the_same(tmp_path: Path) -> None:
    with both(tmp_path, SmartUps, pollinterval="30") as pairs, ThreadPoolExecutor(2) as pool:
        for request in REQUESTS:
            for _, ups in pairs:
                ups.talker.heard = ""
            results = pool.map(lambda link, request=request: link.do(request), [link for link, _ in pairs])
            assert list(results) == [[HANDLED], [HANDLED]], request
            sent = [ups.talker.heard.count("-") for _, ups in pairs]
            assert sent[1] == sent[0], f"steps of {request}"
            assert pairs[1][1].talker.answers == pairs[0][1].talker.answers, request
            assert pairs[1][1].talker.status == pairs[0][1].talker.status, request
        for link, _ in pairs:
            assert all(link.do(*REFUSED))
            assert link.value("ups.id") == "12345678"


@at_once
def test_what_must_be_repeated(tmp_path: Path) -> None:
    with both(tmp_path, SmartUps, pollinterval="30") as pairs:
        first = [link.do("INSTCMD shutdown.return at:7")[0] for link, _ in pairs]
        assert first == [HANDLED, FAILED]
        begun = time.monotonic()
        until(lambda: time.monotonic() - begun > 4.0, 10, "the time for the second call")
        for link, ups in pairs:
            assert ups.talker.off == ""
            assert link.do("INSTCMD shutdown.return at:7") == [HANDLED]
            assert ups.talker.off == "@007"


@at_once
def test_alerts_change_the_status_at_once(tmp_path: Path) -> None:
    """C's has to be told to be raw: else it hears them with the next line, when it asks for something."""
    with both(tmp_path, SmartUps, pollinterval="60", ttymode="raw") as pairs:
        course = (
            (b"!", OB, "OB"),
            (b"%", OB | LB, "OB LB"),
            (b"+", OB, "OB"),
            (b"$", OL, "OL"),
            (b"#", OL | RB, "OL RB"),
        )
        for alert, bits, status in course:
            for link, ups in pairs:
                ups.talker.status = bits
                ups.say(alert)
                link.await_status(status)
                assert link.do("INSTCMD no.such") != [HANDLED]  # answered when the poll is over, which eats alerts


@at_once
def test_what_goes_and_what_falls_silent(tmp_path: Path) -> None:
    with both(tmp_path, SmartUps, pollinterval="1") as pairs:
        for link, ups in pairs:
            del ups.talker.answers["C"]
            del ups.talker.answers["H"]
            for name in ("ups.temperature", "ambient.1.humidity", "ambient.3.humidity"):
                link.await_value(name, None)
        for _, ups in pairs:
            ups.talker.silent = True
        for link, _ in pairs:
            link.await_stale(True)
        ours = pairs[1]
        ours[1].talker.silent = False
        ours[0].await_stale(False)


@at_once
def test_the_same_lines_for_a_cable(tmp_path: Path) -> None:
    settings = {"cable": "940-0095b"}
    with ModemLines(tmp_path, build(tmp_path)) as lines, PtyDevice(SmartUps()) as ups:
        found = []
        for which in ("C", "ours"):
            lines.forget()
            run(which, {"port": ups.path, **settings}, {**lines.env, "NUT_STATEPATH": str(tmp_path)}, "-d", "1")
            found.append(lines.switched()[0])
    assert found == [{"DTR"}, {"DTR"}]


# --- switching off


def run(which: str, settings: dict[str, str], env: dict[str, str], *more: str) -> None:
    """Run C's driver or ours to its end."""
    argv = (
        [need("apcsmart", "nut-server")] if which == "C" else [sys.executable, "-m", "wallnut.cli.driver", "apcsmart"]
    )
    for key, value in settings.items():
        argv += ["-x", f"{key}={value}"]
    argv += ["-u", "root", "-s", "u", *more]
    whole = {**os.environ, **env}
    done = subprocess.run(argv, env=whole, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr


def killed(which: str, folder: Path, status: int, settings: dict[str, str], starred: bool) -> str:
    """How a UPS was switched off by -k."""
    with PtyDevice(changed(status=status, starred=starred)()) as ups:
        env = {"NUT_STATEPATH": str(folder), "NUT_ALTPIDPATH": str(folder)}
        run(which, {"port": ups.path, **settings}, env, "-k")
        return ups.talker.off


KILLS: dict[str, tuple[int, dict[str, str], bool]] = {
    "0 OB": (OB, {}, False),
    "1 OB": (OB, {"sdtype": "1"}, True),
    "2": (OL, {"sdtype": "2"}, False),
    "3": (OB, {"sdtype": "3"}, False),
    "4": (OB, {"sdtype": "4"}, False),
    "5": (OL, {"sdtype": "5", "awd": "7"}, True),
    "advorder": (OL, {"advorder": "01", "awd": "3"}, False),
    "advorder no": (OL, {"advorder": "no", "sdtype": "5"}, False),
    "0 OL": (OL, {}, False),
    "1 OL": (OL, {"sdtype": "1"}, False),
}
NOT_BY_C = {"0 OL": ("", "@000")}
"""What C does not switch off, as it takes every UPS for one on battery; and what ours does."""


@at_once
def test_the_same_ways_to_switch_off(tmp_path: Path) -> None:
    def kill(which: str, name: str) -> str:
        folder = tmp_path / f"{which} {name}"
        folder.mkdir()
        return killed(which, folder, *KILLS[name])

    with ThreadPoolExecutor(2 * len(KILLS)) as pool:
        killing = [pool.map(partial(kill, which), KILLS) for which in ("C", "ours")]
        theirs, ours = (dict(zip(KILLS, results, strict=True)) for results in killing)
    differing = {name: (theirs[name], ours[name]) for name in KILLS if theirs[name] != ours[name]}
    assert all(ours.values())
    assert differing == NOT_BY_C
