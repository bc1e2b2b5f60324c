"""apcsmart, on a UPS that answers at once."""

from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import smartups
from tests.support.hosts import Hosted, section
from tests.support.ptyups import PtyDevice
from tests.support.smartups import CAL, LB, MATRIX, OB, OL, OLD, OVER, RB, VERY_OLD, InstantPort, SmartUps
from tests.support.wait import until
from wallnut.drivers.base import Driver, Publisher, Result, Settings
from wallnut.drivers.serial import smart_tables
from wallnut.drivers.serial.apcsmart import ApcSmart
from wallnut.io.log import Memory
from wallnut.model import names
from wallnut.model.errors import ConfigError, DeviceError

HANDLED, INVALID, FAILED, UNKNOWN = Result.HANDLED, Result.INVALID, Result.FAILED, Result.UNKNOWN


def on(port: InstantPort) -> type[Driver]:
    """The driver, with this port in the place of any."""
    return type("ApcSmart", (ApcSmart,), {"connect": lambda self, way: port})


class Ups(Hosted):
    """The driver on a UPS."""

    def __init__(self, talker: SmartUps, **settings: str | int | None) -> None:
        self.talker = talker
        self.port = InstantPort(talker)
        super().__init__(on(self.port), section(port="/dev/ttyS0", **settings))
        self.start()

    def __getitem__(self, name: str) -> str:
        return self.host.state.value(name)

    def do(self, request: str) -> int:
        """An INSTCMD or SET; its result."""
        said = self.say(self.peer(), f"{request} TRACKING t")
        (result,) = [int(line.split()[2]) for line in said if line.startswith("TRACKING t ")]
        return result

    def command(self, name: str, value: str = "") -> int:
        """Run a command; its result."""
        return self.do(f"INSTCMD {name} {value}".rstrip())

    def twice(self, name: str, value: str = "", after: float = 4.0) -> int:
        """Run a command that wants to be confirmed, and confirm it."""
        assert self.command(name, value) == FAILED
        self.now += after
        return self.command(name, value)


def test_what_it_publishes() -> None:
    with Ups(SmartUps()) as u:
        assert u.verdict == ""
        shown = {v.name: v.value for v in u.host.state.in_order() if not v.name.startswith("driver.")}
        assert len(shown) >= 48
        unlisted = {"ups.display.language", "ambient.1.humidity", "input.quality"}
        for name in shown:
            assert names.variable_text(name) or name in unlisted or name.startswith("ambient.1"), name
        for command in u.host.state.commands_in_order():
            assert names.command_text(command), command
        assert u["ups.status"] == "OL"
        assert u["battery.runtime"] == "2520"
        assert u["battery.runtime.low"] == "120"
        assert u["ups.test.interval"] == "1209600"
        assert u["input.transfer.reason"] == "no transfers yet since turnon"
        assert u["ups.firmware"] == "50.9.I"
        assert (u["ambient.1.humidity"], u["ambient.2.humidity"], u["ambient.3.humidity"]) == ("44.0", "N/A", "51.0")
        assert (u["device.mfr"], u["device.model"], u["device.serial"]) == ("APC", "SMARTUPS 1000", "AS0123456789")


def test_settings_and_their_values() -> None:
    with Ups(SmartUps()) as u:
        dump = u.say(u.peer(), "DUMPALL")
        assert [line for line in dump if " input.transfer.high " in f"{line} "] == [
            'SETINFO input.transfer.high "253"',
            'ADDENUM input.transfer.high "253"',
            'ADDENUM input.transfer.high "264"',
            'ADDENUM input.transfer.high "271"',
            'ADDENUM input.transfer.high "280"',
            "SETFLAGS input.transfer.high RW",
        ]
        assert 'ADDENUM ups.test.interval "604800"' in dump
        assert "SETFLAGS ups.id RW STRING" in dump
        assert "SETAUX ups.id 8" in dump
        assert u.do("SET input.transfer.high 271") == HANDLED
        assert u["input.transfer.high"] == "271"
        u.talker.heard = ""
        assert u.do("SET input.transfer.high 271") == HANDLED
        assert "-" not in u.talker.heard, "the EEPROM is spared"
        assert u.do("SET input.transfer.high 270") == INVALID
        assert u.do("SET ups.test.interval 604800") == HANDLED
        assert u["ups.test.interval"] == "604800"
        assert u.do("SET ups.test.interval 0") == HANDLED
        assert u.talker.answers["E"] == "OFF"
        assert u.do("SET ups.id web") == HANDLED
        assert u["ups.id"] == "web"
        assert u.do("SET battery.date 12/24/26") == HANDLED
        assert u.talker.answers["x"] == "12/24/26"
        assert u.do("SET ups.id 123456789") == INVALID
        driver = u.host.driver
        assert driver is not None
        assert driver.set("ups.id", "é") == driver.set("ups.id", "a\r") == INVALID
        assert u.do("SET ups.load 3") == UNKNOWN
        assert u.do("SET ups.nothing 3") == UNKNOWN


def test_a_setting_that_does_not_come_round() -> None:
    with Ups(SmartUps()) as u:
        u.talker.capabilities = smartups.CAPABILITIES.replace("271280", "281280")
        assert u.do("SET input.transfer.high 271") == FAILED
        assert u.talker.heard.count("-") <= 5
        assert u["input.transfer.high"] == "253"
        u.talker.capabilities = "#"
        assert u.do("SET input.transfer.high 271") == FAILED
        del u.talker.answers["u"]
        assert u.do("SET input.transfer.high 271") == FAILED
        assert u["input.transfer.high"] == "", "it is not known any more"


@pytest.mark.parametrize(
    ("bits", "status"),
    [
        (OL, "OL"),
        (OB, "OB"),
        (OB | LB, "OB LB"),
        (OL | 2, "OL TRIM"),
        (OL | 4, "OL BOOST"),
        (OL | CAL, "OL CAL"),
        (OL | OVER | RB, "OL OVER RB"),
        (0, "OFF"),
    ],
)
def test_status(bits: int, status: str) -> None:
    with Ups(SmartUps()) as u:
        u.talker.status = bits
        u.pass_time(2)
        assert set(u["ups.status"].split()) == set(status.split())


def test_alerts_in_between() -> None:
    with Ups(SmartUps()) as u:
        u.talker.noise = "&|*\r#"
        u.talker.status = OL | RB
        u.pass_time(2)
        assert u["ups.status"] == "OL RB"
        assert u["input.voltage"] == "230.1"


def test_alerts_are_heard_at_once() -> None:
    """No poll is due for an hour; the cable brings the news."""
    with PtyDevice(SmartUps()) as ups, Hosted(ApcSmart, section(port=ups.path, pollinterval=3600)) as u:
        u.start()
        assert u.verdict == ""
        for alert, bits, status in (
            (b"!", OB, "OB"),
            (b"%", OB | LB, "OB LB"),
            (b"#", OB | LB | RB, "OB LB RB"),
            (b"+", OB | RB, "OB RB"),
            (b"$", OL | RB, "OL RB"),
        ):
            ups.talker.status = bits
            ups.say(alert)

            def said(status: str = status) -> bool:
                return u.host.state.value("ups.status") == status

            u.until(said, status, tick=0.001)
            u.settle()
        ups.unplug()
        u.until(lambda: u.host.state.stale, "stale data", tick=0.001)


def test_what_is_no_longer_known_goes() -> None:
    with Ups(SmartUps()) as u:
        del u.talker.answers["C"], u.talker.answers["H"]
        u.pass_time(2)
        assert u["ups.temperature"] == u["ambient.1.humidity"] == u["ambient.3.humidity"] == ""
        u.talker.answers["C"] = "025.3"
        u.pass_time(4)
        assert u["ups.temperature"] == "", "until the device is opened again"


def test_a_changed_setting_is_read_again() -> None:
    with Ups(SmartUps()) as u:
        u.talker.answers["u"] = "264"
        u.pass_time(4)
        assert u["input.transfer.high"] == "253"
        u.port.say(b"|")
        u.pass_time(4)
        assert u["input.transfer.high"] == "264"
        u.talker.answers["u"] = "253"
        u.pass_time(3602)
        assert u["input.transfer.high"] == "253", "once an hour everything is read"


def test_commands() -> None:
    with Ups(SmartUps()) as u:
        assert u.command("test.battery.start") == HANDLED
        assert u.command("test.panel.start") == HANDLED
        assert u.command("calibrate.start") == HANDLED
        u.pass_time(1)
        assert set(u["ups.status"].split()) == {"OL", "CAL"}
        u.talker.heard = ""
        assert u.command("calibrate.start") == HANDLED
        assert "D" not in u.talker.heard
        assert u.command("calibrate.stop") == HANDLED
        assert u.talker.status == OL
        assert u.command("calibrate.stop") == HANDLED
        assert u.command("load.on") == HANDLED
        assert "\x0e\x0e" in u.talker.heard
        assert u.command("test.failure.start") == HANDLED
        u.pass_time(1)
        assert u["ups.status"] == "OB"
        assert u.command("beeper.on") == UNKNOWN
        u.talker.unsure = True
        assert u.command("calibrate.start") == FAILED
        assert u.command("load.on") == FAILED
        del u.talker.answers["P"]


@pytest.mark.parametrize(
    ("name", "value", "off"),
    [
        ("load.off", "", "Z"),
        ("shutdown.stayoff", "", "K"),
        ("shutdown.return", "", "S"),
        ("shutdown.return", "cs", "S"),
        ("shutdown.return", "at:3", "@003"),
        ("shutdown.return", "AT:012", "@012"),
    ],
)
def test_dangerous_commands_want_to_be_repeated(name: str, value: str, off: str) -> None:
    with Ups(SmartUps(), cshdelay="0") as u:
        u.talker.status = OB if name == "shutdown.return" and not value else OL
        u.pass_time(2)
        assert u.command(name, value) == FAILED
        assert u.command(name, value) == FAILED, "too soon"
        assert u.twice(name, value, after=16) == FAILED, "too late"
        assert u.talker.off == ""
        assert u.command("load.off" if name != "load.off" else "shutdown.stayoff") == FAILED
        u.now += 4
        assert u.command(name, value) == FAILED, "another one came between"
        u.now += 4
        assert u.command(name, value) == HANDLED
        assert u.talker.off == off


def test_dangerous_commands_that_are_refused() -> None:
    with Ups(SmartUps()) as u:
        assert u.twice("shutdown.return") == FAILED, "not on mains"
        u.talker.unsure = True
        for name, value in (("load.off", ""), ("shutdown.stayoff", ""), ("shutdown.return", "at:0")):
            assert u.twice(name, value) == FAILED
        for name, value in (("load.off", "x"), ("shutdown.return", "at:1234"), ("shutdown.return", "at:")):
            assert u.command(name, value) == INVALID


@pytest.mark.parametrize(
    ("settings", "status", "off"),
    [
        ({}, OL, "@000"),
        ({}, OB, "S"),
        ({}, OB | LB, "S"),
        ({"sdtype": 1}, OB, "S"),
        ({"sdtype": 1}, OL, "@000"),
        ({"sdtype": 2}, OL, "Z"),
        ({"sdtype": 3}, OB, "K"),
        ({"sdtype": 4, "cshdelay": "0"}, OL, "S"),
        ({"sdtype": 4}, OB, "S"),
        ({"sdtype": 5, "awd": "7"}, OB, "@007"),
        ({"sdtype": 5, "awd": "123"}, OL, "@123"),
        ({"advorder": "01", "awd": "2"}, OL, "@002"),
        ({"advorder": "3", "sdtype": 3}, OL, "Z"),
        ({"advorder": "No", "sdtype": 3}, OL, "K"),
        ({"advorder": "04", "cshdelay": ".0"}, OL, "S"),
    ],
)
@pytest.mark.parametrize("starred", [False, True])
def test_shutdown(settings: dict[str, str | int], status: int, off: str, starred: bool) -> None:
    talker = SmartUps()
    with Ups(talker, **settings) as u:
        talker.status, talker.starred = status, starred
        assert u.command("shutdown.default") == HANDLED
        assert talker.off == off


def test_shutdown_of_a_ups_that_says_nothing_of_itself() -> None:
    """As with -k: the line is opened, and that must do."""
    talker = SmartUps()
    port = InstantPort(talker)
    driver = on(port)(Settings("u", {"port": "/dev/ttyS0"}), Publisher(lambda changes: None, Memory()))
    driver.open()
    driver.shutdown()
    assert talker.heard == "YQ@000"
    talker.heard, talker.off, talker.silent = "", "", True
    with pytest.raises(DeviceError, match="does not agree to be switched off"):
        driver.shutdown()
    assert talker.heard == "Y\x1bQS", "taken for on battery"
    talker.silent, talker.two_digits, talker.status = False, True, OL
    driver = on(port)(Settings("u", {"port": "x", "awd": "05"}), Publisher(lambda changes: None, Memory()))
    driver.open()
    driver.shutdown()
    assert talker.off == "@05"
    driver.close()


def test_old_models() -> None:
    with Ups(SmartUps(OLD, listed=False)) as u:
        assert (u["ups.model"], u["ups.firmware"]) == ("Smart-UPS", "7II")
        assert u.host.state.commands_in_order()[-1:] != []
        assert u["ups.id"] == "UPS_IDEN"
    with Ups(SmartUps(MATRIX, listed=False)) as u:
        assert (u["ups.model"], u["output.current"]) == ("Matrix-UPS", "09.31")
        assert "bypass.start" in u.host.state.commands_in_order()
    with Ups(SmartUps(VERY_OLD, listed=False)) as u:
        assert (u["ups.model"], u["input.voltage"], u["ups.status"]) == ("Smart-UPS", "230.1", "OL")
        assert "load.off" not in u.host.state.commands_in_order()
        assert "support will be limited" in "".join(u.log.texts)
    with Ups(SmartUps({**VERY_OLD, "b": "FF"}, listed=False)) as u:
        assert "ups.firmware" not in {v.name for v in u.host.state.in_order()}
    with Ups(SmartUps({**smartups.ANSWERS, "V": "451.2.I"})) as u:
        assert u.verdict == ""


def test_uptime_or_temperature() -> None:
    """T is one or the other, by the answer's form."""
    with Ups(SmartUps({**smartups.ANSWERS, "T": "123.4"})) as u:
        assert u["device.uptime"] == "442800"
        assert u["ambient.1.temperature"] == ""
    with Ups(SmartUps({**smartups.ANSWERS, "T": "21.50"})) as u:
        assert u["device.uptime"] == ""
        assert u["ambient.1.temperature"] == "21.50"


def test_nobody_there() -> None:
    talker = SmartUps()
    talker.silent = True
    with Ups(talker) as u:
        assert u.verdict == "no APC Smart protocol UPS answers on this port; check the cable and the port"
        assert talker.heard.count("Y\x1b") == 5


def test_silence_and_return() -> None:
    with Ups(SmartUps()) as u:
        u.talker.silent = True
        u.pass_time(3)
        assert u.host.state.stale
        assert [text for text in u.log.texts if "does not answer" in text]
        u.talker.silent, u.talker.smart = False, False
        u.pass_time(10)
        assert not u.host.state.stale


def test_nonsense_as_status() -> None:
    with Ups(SmartUps()) as u:
        u.talker.garbage = b"zz\r\n"
        u.pass_time(3)
        assert u.host.state.stale
        assert u["ups.status"] == "OL", "what it said before"
        assert any("says 'zz' of its status" in text for text in u.log.texts)


@pytest.mark.parametrize("fault", [{"late": 0.03}, {"pieces": 3}, {"doubled": True}])
def test_slow_in_pieces_and_twice(fault: dict[str, float]) -> None:
    talker = SmartUps(VERY_OLD, listed=False)
    for name, value in fault.items():
        setattr(talker, name, value)
    with PtyDevice(talker) as ups, Hosted(ApcSmart, section(port=ups.path)) as u:
        u.start()
        assert u.verdict == ""
        talker.status = OB
        u.pass_time(2)
        assert u.host.state.value("ups.status") == "OB"
        assert u.host.state.value("input.voltage") == "230.1"


@pytest.mark.parametrize(
    ("key", "value"),
    [("sdtype", "6"), ("sdtype", "x"), ("advorder", "5"), ("advorder", ""), ("awd", "1234"), ("cshdelay", "10")],
)
def test_settings_that_make_no_sense(key: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"\[u\] {key} = "):
        ApcSmart(Settings("u", {"port": "/dev/ttyS0", key: value}), Publisher(lambda changes: None, Memory()))


def test_capabilities() -> None:
    found, problem = smart_tables.capabilities("##uI23253264##sD12HM##l412088", "x.I")
    assert (found, problem) == (
        [smart_tables.Choices("u", ("253", "264")), smart_tables.Choices("l", ("08",))],
        "it makes no sense at '8'",
    )
    assert smart_tables.capabilities("#uI43253264", "x.I") == ([], "it is cut short")
    assert smart_tables.capabilities("uI43", "x.I") == ([], "it begins with 'u'")
    assert smart_tables.capabilities("", "")[1]
    damaged = SmartUps()
    damaged.capabilities = "#uI43253264271280lI432"
    with Ups(damaged) as u:
        assert any("damaged: it is cut short" in text for text in u.log.texts)
        assert u.do("SET input.transfer.high 264") == HANDLED


@given(st.text(st.characters(codec="latin-1")), st.text(max_size=8))
def test_any_capabilities(answer: str, firmware: str) -> None:
    found, problem = smart_tables.capabilities(answer, firmware)
    assert found or problem or answer.startswith("#")
    smart_tables.command_characters(answer)


class Babbler(SmartUps):
    """Says anything."""

    def __init__(self, words: list[bytes]) -> None:
        super().__init__()
        self.words = words
        self.sane = True

    def hear(self, data: bytes) -> list[tuple[float, bytes]]:
        if self.sane:
            return super().hear(data)
        self.words.append(self.words.pop(0))
        return [(0, self.words[0])]


LINES = st.lists(st.one_of(st.binary(max_size=12), st.sampled_from([b"SM\r\n", b"NA\r\n", b"08\r\n", b"OK\r\n"])))


@settings(max_examples=60, deadline=None)
@given(LINES.filter(bool), st.booleans())
def test_any_bytes(words: list[bytes], known: bool) -> None:
    """Whatever comes, the driver works or says that the device does not."""
    talker = Babbler(words)
    driver = on(InstantPort(talker))(Settings("u", {"port": "x"}), Publisher(lambda changes: None, Memory()))
    driver.open()
    if known:
        driver.poll()
    talker.sane = False
    calls = (
        driver.poll,
        lambda: driver.command("calibrate.start", ""),
        lambda: driver.set("ups.id", "x"),
        lambda: driver.set("input.transfer.high", "264"),
        driver.shutdown,
        driver.poll,
    )
    for call in calls:
        with contextlib.suppress(DeviceError):
            call()
    driver.close()


def test_nothing_is_left_open() -> None:
    def files() -> int:
        return len(os.listdir("/proc/self/fd"))

    with PtyDevice(SmartUps(VERY_OLD, listed=False)) as ups:
        driver = ApcSmart(Settings("u", {"port": ups.path}), Publisher(lambda changes: None, Memory()))
        before = files()
        for _ in range(3):
            driver.open()
            driver.poll()
            driver.close()
        until(lambda: files() == before, 5, "the files to be closed")
