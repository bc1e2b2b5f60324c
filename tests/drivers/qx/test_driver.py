"""nutdrv_qx and blazer_ser on a simulated UPS: what they ask, say and do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.drivers.qx.quick import Bench, HastyQx, ImpatientQx, QuickBlazer, QuickQx
from tests.support.ptyups import Megatec
from wallnut.drivers.base import Publisher, Settings
from wallnut.drivers.qx.dialects import DIALECTS
from wallnut.drivers.qx.driver import NutdrvQx
from wallnut.io.log import Memory
from wallnut.model import names
from wallnut.model.errors import ConfigError

DONE, INVALID, FAILED = 0, 2, 3
Talkers = dict[str, Callable[[], Megatec]]


def test_what_it_publishes_is_of_the_catalogue() -> None:
    with Bench() as u:
        shown = {v.name: v.value for v in u.host.host.state.in_order() if not v.name.startswith("driver.")}
        assert len(shown) >= 22
        for name, value in shown.items():
            assert names.variable_text(name), name
            names.value(name, value)
        for command in u.host.host.state.commands_in_order():
            assert names.command_text(command), command
        assert u["ups.status"] == "OL"
        assert u["driver.version.data"] == "Megatec 1.0"


def test_status() -> None:
    with Bench() as u:
        state = u.talker.state
        state.on_battery, state.low_battery, state.testing = True, True, True
        u.poll()
        assert u["ups.status"].split()[:2] == ["OB", "LB"]
        assert "CAL" in u["ups.status"]
        assert u["input.voltage"] == "0.0", "every reply is used, not just its status"
        state.on_battery = state.low_battery = state.testing = False
        state.bypass, state.output_voltage = True, 250.0
        u.poll()
        assert u["ups.status"] == "OL BOOST"
        state.output_voltage = 200.0
        u.poll()
        assert u["ups.status"] == "OL TRIM"
        state.output_voltage = 230.0
        u.poll()
        assert u["ups.status"] == "OL BYPASS"
        state.output_voltage = 0.0
        u.poll()
        assert u["ups.status"] == "OL"
        state.bypass, state.failed, state.shutting_down = False, True, True
        u.poll()
        assert u["ups.alarm"] == "UPS selftest failed! Shutdown imminent!"
        assert set(u["ups.status"].split()) == {"ALARM", "OL", "FSD"}
        state.failed = state.shutting_down = False
        u.poll()
        assert (u["ups.alarm"], u["ups.status"]) == ("", "OL")


def test_shutdown_active_may_be_ignored() -> None:
    talker = Megatec()
    talker.state.shutting_down = True
    with Bench(talker, ignoresab=None) as u:
        assert u["ups.status"] == "OL"


def test_full_polls_are_rare() -> None:
    with Bench(Megatec(vendor=b"FW?"), protocol="zinto", pollfreq=10) as u:
        u.talker.heard.clear()
        u.poll(9)
        assert set(u.talker.heard) == {b"Q1"}
        assert u["driver.parameter.pollfreq"] == "10"


def prompt() -> Megatec:
    """A UPS that acknowledges commands, so that nobody waits for it to say nothing."""
    return Megatec(acknowledge=b"ACK")


def test_commands() -> None:
    with Bench(prompt()) as u:
        for command, request in {
            "beeper.toggle": b"Q",
            "load.off": b"S00R0000",
            "load.on": b"C",
            "shutdown.return": b"S.5R0003",
            "shutdown.stayoff": b"S.5R0000",
            "shutdown.stop": b"C",
            "test.battery.start": b"T10",
            "test.battery.start 119": b"T01",
            "test.battery.start.deep": b"TL",
            "test.battery.start.quick": b"T",
            "test.battery.stop": b"CT",
        }.items():
            assert u.do(f"INSTCMD {command}") == DONE, command
            assert u.talker.heard[0] == request
        u.poll()
        assert u["ups.beeper.status"] == "disabled"
        assert u.do("INSTCMD test.battery.start 59") == INVALID
        assert u.do("INSTCMD test.battery.start soon") == INVALID
        assert u.do("INSTCMD bypass.start") == 1
        assert u.talker.heard == []


def test_who_says_nothing_has_done_it() -> None:
    with Bench(protocol="megatec") as u:
        assert u.do("INSTCMD load.on") == DONE


def test_what_is_sent_back_was_not_done() -> None:
    class Stubborn(Megatec):
        def _does(self, line: str) -> bool:
            return False

    with Bench(Stubborn()) as u:
        assert u.do("INSTCMD beeper.toggle") == FAILED


@pytest.mark.parametrize(
    ("start", "shutdown", "request_"),
    [(0, 12, b"S.2"), (0, 120, b"S02"), (179, 59, b"S.9R0002"), (599940, 600, b"S10R9999"), (60, 61, b"S01R0001")],
)
def test_delays(start: int, shutdown: int, request_: bytes) -> None:
    with Bench(prompt(), protocol="megatec") as u:
        assert u.do(f"SET ups.delay.start {start}") == DONE
        assert u.do(f"SET ups.delay.shutdown {shutdown}") == DONE
        assert u.do("INSTCMD shutdown.return") == DONE
        assert u.talker.heard[0] == request_


def test_delays_are_within_their_range() -> None:
    with Bench(protocol="megatec") as u:
        for value in ("11", "601", "-30", "x", "1e2"):
            assert u.do(f"SET ups.delay.shutdown {value}") == INVALID
        assert u["ups.delay.shutdown"] == "30"
        assert u.do("SET ups.load 3") == 1
        state = u.host.host.state.variables["ups.delay.shutdown"]
        assert state.ranges == ((12, 600),)


def test_delays_by_the_settings() -> None:
    with Bench(protocol="q1", ondelay=125, offdelay=100) as u:
        assert (u["ups.delay.start"], u["ups.delay.shutdown"]) == ("120", "60")
    with Bench(protocol="q1", offdelay=11) as u:
        assert u.host.verdict == "[u] offdelay = 11: out of the UPS's range"


def test_shutdown() -> None:
    with Bench(prompt(), protocol="megatec") as u:
        assert u.do("INSTCMD shutdown.default") == DONE
        assert u.talker.heard[:2] == [b"C", b"S.5R0003"]


def test_shutdown_for_good() -> None:
    with Bench(prompt(), protocol="megatec", stayoff=None, offdelay=120) as u:
        assert u.do("SET ups.delay.shutdown 60") == DONE
        assert u.do("INSTCMD shutdown.default") == DONE
        assert u.talker.heard[:2] == [b"C", b"S02R0000"], "the user's delay, not the one of the moment"


def test_blazer() -> None:
    with Bench(Megatec(acknowledge=b"(ACK"), QuickBlazer, ondelay=2, offdelay=59) as u:
        assert (u["ups.mfr"], u["ups.model"], u["ups.firmware"]) == ("SIMCO", "Q1-1000", "V1.02")
        assert (u["device.mfr"], u["ups.delay.start"], u["ups.delay.shutdown"]) == ("SIMCO", "120", "54")
        assert u.do("INSTCMD test.battery.start") == DONE
        assert u.talker.heard[0] == b"T10"
        assert u.do("INSTCMD test.battery.start 99") == DONE
        assert u.do("INSTCMD test.battery.start 100") == INVALID
        assert u.do("INSTCMD shutdown.return") == DONE
        assert u.talker.heard[0] == b"S.9R0002"
        assert u.do("SET ups.delay.start 60") == 1


# --- which dialect

TALKERS: Talkers = {
    "megatec": Megatec,
    "megatec/old": lambda: Megatec(b"D"),
    "mustek": lambda: Megatec(b"QS"),
    "zinto": lambda: Megatec(vendor=b"FW?"),
    "mecer": lambda: Megatec(acknowledge=b"(ACK", refuse=b"(NAK"),
    "q1": lambda: Megatec(vendor=b"", rating=False),
    "q2": lambda: Megatec(extra={b"Q2": _sample("q2", b"Q2"), b"WA": _sample("q2", b"WA")}, vendor=b"", rating=False),
    "q6": lambda: Megatec(extra={b"Q6": _sample("q6", b"Q6"), b"WA": _sample("q6", b"WA")}, vendor=b"", rating=False),
}


def _sample(dialect: str, question: bytes) -> bytes:
    found = next(one for one in DIALECTS if one.name == dialect)
    return next(query.sample for query in found.queries if query.ask == question + b"\r").removesuffix(b"\r")


@pytest.mark.parametrize("name", TALKERS)
def test_detection(name: str) -> None:
    with Bench(TALKERS[name]()) as u:
        assert u["driver.version.data"].lower() == f"{name} 1.0"
        assert u["ups.status"] == "OL"
        counts = {line: u.talker.heard.count(line) for line in u.talker.heard}
        assert max(counts.values()) <= 5, counts


def test_a_p98_unit_takes_short_tests() -> None:
    with Bench(Megatec(acknowledge=b"(ACK", refuse=b"(NAK", extra={b"QPI": b"(PI98"})) as u:
        assert u["ups.firmware.aux"] == "Voltronic Power P98"
        assert u.do("INSTCMD test.battery.start 12") == DONE
        assert u.talker.heard[0] == b"T.2"
        assert u.do("INSTCMD test.battery.start 11") == INVALID


def test_three_phases() -> None:
    with Bench(TALKERS["q6"]()) as u:
        assert (u["input.phases"], u["output.phases"]) == ("3", "3")
        assert (u["input.L2-N.voltage"], u["output.L1.realpower"], u["ups.realpower"]) == (
            "225.6",
            "1400.00",
            "1400.00",
        )
        assert (u["battery.runtime"], u["battery.charge"], u["ups.load"]) == ("6932", "100", "7")
        assert (u["experimental.input.topology"], u["battery.voltage"]) == ("star", "327.8")


def test_a_megatec_chip_says_more() -> None:
    with Bench(Megatec(vendor=b"", extra={b"I": b"#MegaTecabcedfhi k130v12345 v3.400000"})) as u:
        assert (u["device.mfr"], u["ups.serial"], u["device.model"]) == ("MegaTec", "abcedfhi", "k130v")
        assert (u["battery.runtime"], u["ups.firmware"]) == ("12345", "v3.400000")


def test_nobody_there() -> None:
    talker = Megatec()
    talker.silent = True
    with Bench(talker, ImpatientQx) as u:
        assert u.host.verdict is not None
        assert u.host.verdict.startswith("no UPS on /dev/pts/")
        assert max(talker.heard.count(line) for line in talker.heard) == 3


def test_what_is_left_out() -> None:
    with Bench(protocol="megatec", norating=None, novendor=None) as u:
        assert set(u.talker.heard) == {b"Q1"}
        assert u["device.mfr"] == ""


# --- settings


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"protocol": "smart"}, "protocol = smart: one of "),
        ({"cablepower": "high"}, "cablepower = high: one of normal, reverse, both, none is needed"),
        ({"runtimecal": "1,2,3"}, "runtimecal = 1,2,3: four numbers are needed"),
        ({"runtimecal": "720,100,240,50"}, "runtimecal = 720,100,240,50: the first runtime"),
        ({"runtimecal": "240,50,720,100"}, "runtimecal = 240,50,720,100: the loads"),
        ({"chargetime": "0"}, "chargetime = 0: at least 1 is needed"),
        ({"idleload": "101"}, "idleload = 101: 0.0 to 100.0 is needed"),
        ({"ondelay": "soon"}, "ondelay = soon: a whole number is needed"),
        ({"pollfreq": "0"}, "pollfreq = 0: at least 1 is needed"),
        ({"subdriver": "cypress"}, "subdriver = cypress: vendorid and productid are needed with it"),
        ({"subdriver": "smart"}, "subdriver = smart: one of cypress"),
        ({"port": "auto", "vendor": "["}, "vendor = [: "),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, str | None], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        NutdrvQx(Settings("u", {"port": "/dev/ttyS0", **settings}), Publisher(lambda changes: None, Memory()))
    assert str(caught.value).startswith(f"[u] {message}")


def test_settings_of_both_ways() -> None:
    for settings, usb in (({}, False), ({"vendorid": "0665"}, True), ({"port": "AUTO"}, True)):
        values: dict[str, str | None] = {"port": "/dev/ttyS0", **settings}
        driver = QuickQx(Settings("u", values), Publisher(lambda changes: None, Memory()))
        assert driver.by_usb() is usb


# --- a UPS in trouble


def test_silence_and_return() -> None:
    with Bench(driver=HastyQx, protocol="megatec") as u:
        u.talker.silent = True
        assert 4 <= u.become(stale=True) <= 8
        assert "[u] the UPS does not answer; data is stale" in u.host.log.texts
        u.talker.silent = False
        u.become(stale=False)
        assert u["ups.status"] == "OL"


@pytest.mark.parametrize("garbage", [b"(229.3 xxx.x", b"Q1\r", b"\xff\x00\r" * 9, b"(" * 300, b"\r"])
def test_garbage(garbage: bytes) -> None:
    with Bench(driver=HastyQx, protocol="megatec") as u:
        u.talker.garbage = garbage
        u.become(stale=True)
        u.talker.garbage = b""
        u.become(stale=False)


def test_late_in_pieces_twice() -> None:
    with Bench(protocol="megatec") as u:
        talker = u.talker
        for load, (talker.late, talker.pieces, talker.doubled) in enumerate(
            ((0.2, 1, False), (0.0, 7, False), (0.0, 1, True)), 40
        ):
            talker.state.load = load
            u.poll()
            assert u["ups.load"] == str(load)


def test_unplugged() -> None:
    with Bench(protocol="megatec") as u:
        u._device.unplug()
        u.poll(2)
        assert u.host.host.state.stale
