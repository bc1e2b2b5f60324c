"""Our nutdrv_qx beside Debian's in the dialects that both know: the same UPS, a table of replies, once for each.

Where they differ on purpose is in `DIFFER`; docs/qx-dialects.md has the reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.drivers.qx import tables
from tests.drivers.qx.sides import Flags, commands, driver, settable
from tests.drivers.qx.tables import Table
from tests.support.driver_socket import DriverSocket
from tests.support.programs import place
from tests.support.ptyups import PtyDevice


class Case(NamedTuple):
    """A UPS, settings, requests that both do alike, and variables that differ: ours, then C's."""

    make: Callable[[], Table]
    settings: Flags
    requests: tuple[str, ...] = ()
    differ: dict[str, tuple[str, str]] = {}


VOLTRONIC_REQUESTS = (
    "INSTCMD load.off",
    "INSTCMD load.on",
    "INSTCMD shutdown.return",
    "INSTCMD shutdown.stayoff",
    "INSTCMD shutdown.stop",
    "INSTCMD test.battery.start",
    "INSTCMD test.battery.start 42",
    "INSTCMD test.battery.start.deep",
    "INSTCMD test.battery.stop",
    "INSTCMD beeper.toggle",
    "INSTCMD beeper.disable",
    "INSTCMD bypass.start",
    "INSTCMD outlet.1.load.off",
    "INSTCMD outlet.4.load.on",
    "SET ups.start.auto no",
    "SET battery.protection no",
    "SET outlet.2.delay.shutdown 720",
    "SET input.transfer.high 250",
    "SET input.transfer.low 210",
    "SET input.frequency.high 54",
    "SET input.frequency.low 46",
    "SET battery.packs 4",
    "SET battery.voltage.low 22",
    "SET ups.delay.shutdown 5940",
    "INSTCMD shutdown.stayoff",
)
CASES: dict[str, Case] = {
    "voltronic": Case(tables.voltronic, {"protocol": "voltronic"}, VOLTRONIC_REQUESTS),
    "voltronic keys": Case(
        tables.voltronic,
        {
            "protocol": "voltronic",
            "bypass_alarm": "disabled",
            "battery_alarm": "enabled",
            "max_bypass_volt": "240",
            "min_bypass_freq": "42",
            "battery_number": "3",
        },
    ),
    "voltronic P00": Case(
        lambda: tables.voltronic(
            "00",
            QGS=b"(230.0 50.0 230.8 50.0 000.0 012 369.1 ---.- 026.5 ---.- 018.8 000010000001",
            QFLAG=b"(EpaDbr",
            QWS=b"(00000001" + b"0" * 47 + b"100000001",
            QID=b"(0000000",
            QBV=b"(NAK",
        ),
        {"protocol": "voltronic"},
        differ={
            "ups.alarm": (
                "UPS is in AVR Mode. UPS warnings: Low battery. Warning for Battery replace."
                " Unknown warnings [bit: #64] Replace battery!",
                "",
            ),
            "ups.status": ("ALARM LB OL RB", "OL RB"),
        },
    ),
    "voltronic P10": Case(lambda: tables.voltronic("10"), {"protocol": "voltronic"}),
    "voltronic P09": Case(lambda: tables.voltronic("09", Q3YV=b"(303.4 245.4 126.4"), {"protocol": "voltronic"}),
    "voltronic P31": Case(
        lambda: tables.voltronic("31", QFLAG=b"(ErD", QMOD=b"(S"),
        {"protocol": "voltronic", "work_range_type": "Appliance"},
        ("SET battery.type AGM",),
    ),
    "voltronic-qs": Case(
        tables.voltronic_qs, {}, ("SET ups.delay.shutdown 540", "SET ups.delay.start 60", "INSTCMD shutdown.return")
    ),
    "voltronic-qs-hex": Case(tables.voltronic_qs_hex, {}, ("INSTCMD beeper.toggle",)),
    "voltronic-qs-hex T": Case(lambda: tables.voltronic_qs_hex(b"T"), {}, ("INSTCMD test.battery.start.quick",)),
    "bestups": Case(tables.bestups, {"protocol": "bestups"}, ("INSTCMD shutdown.stayoff",)),
    "bestups AX1": Case(
        lambda: tables.bestups(b"AX1,1500,230,230,20.0,27.6", M=b"4"),
        {"protocol": "bestups", "pins_shutdown_mode": "2"},
        ("SET battery.packs 3",),
    ),
    "bestups PRO": Case(lambda: tables.bestups(b"PRO,750,120,120,20.0,27.6"), {"protocol": "bestups"}),
    "hunnox": Case(lambda: tables.hunnox(BL=None), {"protocol": "hunnox"}, ("INSTCMD shutdown.return",)),
    "ablerex": Case(tables.ablerex, {"protocol": "ablerex"}, ("INSTCMD load.off",)),
}


def shown(link: DriverSocket) -> dict[str, str]:
    """The variables of the UPS; the order of words says nothing."""
    found = {
        one.name: one.value for one in link.state.in_order() if not one.name.startswith(("driver.", "device.type"))
    }
    found["ups.status"] = " ".join(sorted(found["ups.status"].split()))
    return found


class Side:
    """One of the two drivers with a UPS of its own."""

    def __init__(self, name: str, folder: Path, case: Case) -> None:
        self._stack = ExitStack()
        folder.mkdir()
        ups = self._stack.enter_context(PtyDevice(case.make()))
        where = self._stack.enter_context(place(folder))
        settings: Flags = {"port": ups.path, "pollinterval": "1", "pollfreq": "300", **case.settings}
        self.talker = ups.talker
        self.link = self._stack.enter_context(driver(name, "nutdrv_qx", where, settings))

    def do(self, request: str) -> tuple[list[int], list[bytes]]:
        """The results of a request, and what the UPS heard besides its questions."""
        before = len(self.talker.heard)
        results = self.link.do(request)
        return results, [line for line in self.talker.heard[before:] if line not in self.talker.replies]

    def told(self) -> set[bytes]:
        """What was set at the start."""
        return {line for line in self.talker.heard if line[:1] in b"PB" and line not in (b"BP?", b"BL")}

    def close(self) -> None:
        self._stack.close()


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], tuple[Side, Side]]]:
    """C's driver and ours in a case. All start at once: they wait for most of the time."""
    folder = tmp_path_factory.mktemp("dialects")
    with ThreadPoolExecutor(8) as pool:
        started = {
            (name, side): pool.submit(Side, side, folder / f"{number}-{side}", case)
            for number, (name, case) in enumerate(CASES.items())
            for side in ("C", "ours")
        }
        yield lambda name: (started[name, "C"].result(), started[name, "ours"].result())
        for one in started.values():
            if one.exception() is None:
                one.result().close()


@pytest.mark.parametrize("name", CASES)
def test_beside_c(pairs: Callable[[str], tuple[Side, Side]], name: str) -> None:
    """The same variables, commands and settings, and the same is sent."""
    case = CASES[name]
    theirs, ours = pairs(name)
    mine, c = shown(ours.link), shown(theirs.link)
    different = [one for one in sorted({*mine, *c}) if mine.get(one) != c.get(one)]
    assert {one: (mine.get(one, ""), c.get(one, "")) for one in different} == case.differ
    assert commands(ours.link) == commands(theirs.link)
    assert settable(ours.link) == settable(theirs.link)
    assert ours.told() == theirs.told(), "what the keys of ups.conf set"
    with ThreadPoolExecutor(2) as both:
        for request in case.requests:
            (results, sent), (own_results, own_sent) = both.map(Side.do, (theirs, ours), (request, request))
            assert results == own_results == [0], request
            assert own_sent == sent, request
