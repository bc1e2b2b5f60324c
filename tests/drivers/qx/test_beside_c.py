"""Our nutdrv_qx and blazer_ser beside Debian's: the same simulated UPS, once for each.

Where they differ on purpose (docs/nutdrv_qx.md has the reasons):

- driver.version.usb is C's only: there is no USB library in a serial line.
- Dialects of UPSes that C 2.8.0 knows and C's later versions read otherwise are read as 2.8.0 does (megatec's names).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.drivers.qx.quick import QuickBlazer, QuickQx
from tests.drivers.qx.sides import commands, driver, settable
from tests.support.at_once import AtOnce
from tests.support.driver_socket import DriverSocket
from tests.support.looks import by_c, by_us
from tests.support.programs import place
from tests.support.ptyups import Megatec, PtyDevice

at_once = AtOnce()

Make = Callable[[], Megatec]
Flags = dict[str, str | None]


def changed(**state: object) -> Make:
    """A Megatec UPS in some state."""

    def make() -> Megatec:
        talker = Megatec()
        for name, value in state.items():
            setattr(talker.state, name, value)
        return talker

    return make


UPSES: dict[str, tuple[str, Make, Flags]] = {
    "megatec": ("nutdrv_qx", Megatec, {}),
    "megatec/old": ("nutdrv_qx", lambda: Megatec(b"D"), {}),
    "mustek": ("nutdrv_qx", lambda: Megatec(b"QS"), {}),
    "zinto": ("nutdrv_qx", lambda: Megatec(vendor=b"FW?"), {}),
    "mecer": ("nutdrv_qx", lambda: Megatec(acknowledge=b"(ACK", refuse=b"(NAK"), {}),
    "p98": ("nutdrv_qx", lambda: Megatec(acknowledge=b"(ACK", refuse=b"(NAK", extra={b"QPI": b"(PI98"}), {}),
    "q1": ("nutdrv_qx", lambda: Megatec(vendor=b"", rating=False), {}),
    "protocol": ("nutdrv_qx", Megatec, {"protocol": "q1"}),
    "left out": ("nutdrv_qx", Megatec, {"protocol": "megatec", "norating": None, "novendor": None}),
    "no rating": ("nutdrv_qx", lambda: Megatec(rating=False), {"protocol": "megatec"}),
    "delays": ("nutdrv_qx", Megatec, {"protocol": "q1", "ondelay": "130", "offdelay": "59"}),
    "on battery": ("nutdrv_qx", changed(on_battery=True, low_battery=True, battery="22.1"), {"protocol": "megatec"}),
    "boost": ("nutdrv_qx", changed(bypass=True, output_voltage=260.0, offline=False), {"protocol": "megatec"}),
    "trim": ("nutdrv_qx", changed(bypass=True, output_voltage=210.0, testing=True), {"protocol": "megatec"}),
    "bypass": ("nutdrv_qx", changed(bypass=True, beeper=False), {"protocol": "megatec"}),
    "alarms": ("nutdrv_qx", changed(failed=True, shutting_down=True), {"protocol": "megatec"}),
    "ignoresab": ("nutdrv_qx", changed(shutting_down=True), {"protocol": "megatec", "ignoresab": None}),
    "no temperature": ("nutdrv_qx", changed(temperature="--.-"), {"protocol": "megatec"}),
    "packs": ("nutdrv_qx", changed(battery="2.27"), {"protocol": "megatec"}),
    "voltages": (
        "nutdrv_qx",
        changed(battery="24.1"),
        {
            "protocol": "megatec",
            "default.battery.voltage.high": "27",
            "default.battery.voltage.low": "21",
            "override.battery.voltage.nominal": "26",
        },
    ),
    "nominal voltage": ("nutdrv_qx", Megatec, {"protocol": "q1", "default.battery.voltage.nominal": "24"}),
    "default before device": (
        "nutdrv_qx",
        Megatec,
        {"protocol": "megatec", "default.battery.voltage.nominal": "36", "default.input.voltage": "1"},
    ),
    "runtime": (
        "nutdrv_qx",
        changed(battery="24.1", load=50),
        {"protocol": "megatec", "runtimecal": "240,100,720,50", "pollfreq": "1"},
    ),
    "blazer": ("blazer_ser", Megatec, {}),
    "blazer megatec/old": ("blazer_ser", lambda: Megatec(b"D"), {}),
    "blazer mustek": ("blazer_ser", lambda: Megatec(b"QS"), {}),
    "blazer zinto": ("blazer_ser", lambda: Megatec(vendor=b"FW?"), {}),
    "blazer delays": ("blazer_ser", Megatec, {"ondelay": "2", "offdelay": "59", "norating": None, "novendor": None}),
    "blazer packs": ("blazer_ser", changed(battery="2.27"), {}),
    "blazer long": ("blazer_ser", changed(battery="109.2"), {}),
    "blazer alarms": ("blazer_ser", changed(failed=True, shutting_down=True, on_battery=True), {}),
    "blazer runtime": ("blazer_ser", changed(battery="24.1", load=50), {"runtimecal": "240,100,720,50"}),
}


DIFFER: dict[str, dict[str, tuple[str, str]]] = {
    # ours, then C's
    "alarms": {"ups.alarm": ("UPS selftest failed! Shutdown imminent!", ""), "ups.status": ("ALARM FSD OL", "FSD OL")},
    "packs": {"battery.charge": ("100", "0")},
    "runtime": {"battery.runtime": ("454", "")},
    "blazer delays": {"battery.voltage.high": ("", "-1.08"), "battery.voltage.low": ("", "-0.87")},
}
"""What is the same once C has polled everything again after 30 s (alarms, the charge by several packs, the runtime),
and what C guesses from no nominal voltage."""


def differences(mine: dict[str, str], theirs: dict[str, str]) -> dict[str, tuple[str, str]]:
    """What each has that the other has not; the order of status words says nothing."""
    for one in (mine, theirs):
        one["ups.status"] = " ".join(sorted(one["ups.status"].split()))
        one.pop("driver.version.usb", None)
    return {
        name: (mine.get(name, ""), theirs.get(name, ""))
        for name in sorted({*mine, *theirs})
        if mine.get(name) != theirs.get(name)
    }


@pytest.mark.parametrize("name", UPSES)
@at_once
def test_the_same_variables(name: str) -> None:
    driver, make, flags = UPSES[name]
    ours = {"nutdrv_qx": QuickQx, "blazer_ser": QuickBlazer}[driver]
    with PtyDevice(make()) as ups:
        theirs = by_c(driver, "nut-server", {"port": ups.path, **flags})
    with PtyDevice(make()) as ups:
        mine = by_us(ours, {"port": ups.path, **flags})
    assert theirs
    assert differences(mine, theirs) == DIFFER.get(name, {})


# --- live: the same things happen to both


@contextlib.contextmanager
def both(folder: Path, which: str, make: Make, settings: Flags) -> Iterator[list[tuple[DriverSocket, Megatec]]]:
    """C's driver and ours, in this order, each with a UPS of its own."""
    with contextlib.ExitStack() as stack:
        pairs = []
        for name in ("C", "ours"):
            (folder / name).mkdir()
            ups = stack.enter_context(PtyDevice(make()))
            where = stack.enter_context(place(folder / name))
            link = stack.enter_context(driver(name, which, where, {"port": ups.path, **settings}))
            pairs.append((link, ups.talker))
        yield pairs


REQUESTS = (
    "INSTCMD beeper.toggle",
    "INSTCMD load.off",
    "INSTCMD load.on",
    "INSTCMD shutdown.return",
    "INSTCMD shutdown.stayoff",
    "INSTCMD shutdown.stop",
    "INSTCMD test.battery.start",
    "INSTCMD test.battery.start {}",
    "INSTCMD test.battery.start.deep",
    "INSTCMD test.battery.start.quick",
    "INSTCMD test.battery.stop",
)
SETTINGS = (
    "SET ups.delay.start 240",
    "SET ups.delay.shutdown 12",
    "INSTCMD shutdown.return",
    "INSTCMD shutdown.stayoff",
    "SET ups.delay.start 0",
    "SET ups.delay.shutdown 119",
    "INSTCMD shutdown.return",
    "SET ups.delay.shutdown 600",
    "INSTCMD shutdown.return",
    "SET ups.delay.start 599940",
    "INSTCMD shutdown.return",
    "SET ups.delay.start 599940",
)
REFUSED = (
    "SET ups.delay.start 599941",
    "SET ups.delay.shutdown 11",
    "SET ups.delay.shutdown soon",
    "SET ups.load 1",
    "INSTCMD test.battery.start 0",
    "INSTCMD test.battery.start 600000",
    "INSTCMD bypass.start",
)


@pytest.mark.parametrize(
    ("which", "acknowledge", "settings", "requests"),
    [
        ("nutdrv_qx", b"ACK", {"protocol": "megatec"}, REQUESTS + SETTINGS),
        ("nutdrv_qx", b"(ACK", {"protocol": "mecer"}, REQUESTS + SETTINGS),
        ("blazer_ser", b"(ACK", {"protocol": "megatec"}, REQUESTS),
    ],
    ids=["megatec", "mecer", "blazer"],
)
@at_once
def test_the_same_commands_and_settings(
    tmp_path: Path, which: str, acknowledge: bytes, settings: Flags, requests: tuple[str, ...]
) -> None:
    def make() -> Megatec:
        return Megatec(acknowledge=acknowledge, refuse=b"(NAK")

    value = "30" if which == "blazer_ser" else "120"
    with both(tmp_path, which, make, settings) as pairs:
        (theirs, _), (ours, _) = pairs
        assert commands(ours) == commands(theirs)
        assert settable(ours) == settable(theirs)
        for request in requests:
            results, sent = [], []
            for link, talker in pairs:
                before = len(talker.heard)
                results += link.do(request.format(value))
                sent.append([line for line in talker.heard[before:] if line != b"Q1"])
            assert results == [0, 0], request
            assert sent[1] == sent[0], request
        for link, _ in pairs:
            refused = [line for line in REFUSED if which != "blazer_ser" or line.startswith("INSTCMD")]  # it has no SET
            assert all(link.do(*refused)), refused
        for name in ("ups.delay.start", "ups.delay.shutdown"):
            assert ours.value(name) == theirs.value(name)


RUNTIME: Flags = {"protocol": "megatec", "pollinterval": "1", "runtimecal": "240,100,720,50", "pollfreq": "1"}


@pytest.mark.parametrize("fault", ["silent", "stopping short"])
@at_once
def test_stale_data(tmp_path: Path, fault: str) -> None:
    """A UPS falls silent, or stops short: the data is stale after the fifth poll, and fresh when it goes on."""
    which, settings = ("nutdrv_qx" if fault == "silent" else "blazer_ser"), {"protocol": "megatec", "pollinterval": "1"}
    with both(tmp_path, which, Megatec, {**settings}) as pairs:
        begun = [len(talker.heard) for _, talker in pairs]
        for _, talker in pairs:
            talker.silent, talker.garbage = fault == "silent", b"" if fault == "silent" else b"(229.3 229.3\r"
        for (link, talker), before in zip(pairs, begun, strict=True):
            link.await_stale(True)
            assert len(talker.heard) - before >= 5
        for link, talker in pairs:
            talker.silent, talker.garbage = False, b""
            link.await_stale(False)


@at_once
def test_an_outage(tmp_path: Path) -> None:
    """To the low battery and back: both show what happens, and guess the same of the battery."""
    with both(tmp_path, "nutdrv_qx", Megatec, RUNTIME) as pairs:
        _outage(pairs)


def _outage(pairs: list[tuple[DriverSocket, Megatec]]) -> None:
    for change, wanted in COURSE:
        for _, talker in pairs:
            talker.state = replace(talker.state, **change)
        for link, _ in pairs:
            link.until(partial(_shows, link, wanted), f"{wanted}")
    figures = []
    for link, _ in pairs:
        link.until(partial(link.value, "battery.runtime"), "battery.runtime")
        figures.append([float(link.value(name) or "nan") for name in ("battery.runtime", "battery.charge")])
    assert figures[1] == pytest.approx(figures[0], rel=0.05, abs=3)


COURSE: tuple[tuple[dict[str, Any], set[str]], ...] = (
    ({"on_battery": True, "battery": "23.4"}, {"OB"}),
    ({"low_battery": True}, {"OB", "LB"}),
    ({"on_battery": False, "low_battery": False, "testing": True}, {"OL", "CAL"}),
    ({"testing": False}, {"OL"}),
)


def _shows(link: DriverSocket, wanted: set[str]) -> bool:
    """Whether ups.status has these words; not counting the direction of the charge, which 2.8.0 does not tell."""
    return {*(link.value("ups.status") or "").split()} - {"CHRG", "DISCHRG"} == wanted
