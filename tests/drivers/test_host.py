"""The host: what any driver may count on, whatever it does."""

from __future__ import annotations

import threading

import pytest

from tests.support.hosts import Hosted, section
from tests.support.wait import until
from wallnut.drivers.base import Driver, Option, Result
from wallnut.drivers.host import CLOSE_PATIENCE
from wallnut.model.errors import ConfigError, DeviceError
from wallnut.model.state import SetInfo


class Lamp(Driver):
    """A driver whose device a test holds in its hands. Class attributes are reset by `fresh`."""

    name, version, title = "lamp", "1.0", "A lamp with a battery"
    options = (Option("colour", "Colour"), Option("bright", "Very bright", flag=True))

    trouble: Exception | None = None
    hang: threading.Event | None = None
    calls: list[str] = []
    values: dict[str, str] = {}
    words = "OL"

    def open(self) -> None:
        self.calls.append("open")
        self.ups.set("lamp.colour", self.settings.text("colour", "white"), writable=True, enum=("white", "red"))
        self.ups.add_command("lamp.flash")

    def poll(self) -> None:
        self.calls.append("poll")
        if self.hang is not None:
            self.hang.wait(10)
        if self.trouble is not None:
            raise self.trouble
        for name, value in self.values.items():
            self.ups.set(name, value)
        self.ups.status(self.words)

    def command(self, name: str, value: str) -> Result:
        self.calls.append(f"{name} {value}".strip())
        if name == "lamp.burn":
            raise DeviceError("it is hot")
        if name == "lamp.bug":
            raise KeyError("no such row")
        return Result.HANDLED if name == "lamp.flash" else Result.UNKNOWN

    def set(self, name: str, value: str) -> Result:
        if name != "lamp.colour":
            return Result.UNKNOWN
        if value not in ("white", "red"):
            return Result.INVALID
        self.ups.set(name, value)
        return Result.HANDLED

    def shutdown(self) -> None:
        self.calls.append("shutdown")

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture(autouse=True)
def fresh() -> None:
    Lamp.trouble, Lamp.hang, Lamp.words = None, None, "OL"
    Lamp.calls, Lamp.values = [], {}


def lamp(**settings: str | int | None) -> Hosted:
    return Hosted(Lamp, section(port="here", **settings))


# --- life


def test_a_life() -> None:
    with lamp() as u:
        u.start()
        assert u.verdict == ""
        assert u.host.state.value("ups.status") == "OL"
        assert u.host.state.value("driver.state") == "quiet"
        assert not u.host.state.stale
        u.pass_time(6)
        assert Lamp.calls == ["open", "poll", "poll", "poll", "poll"], "every two seconds"
        u.stop()
        assert Lamp.calls[-1] == "close"
        assert u.ended is None
    until(lambda: all(not thread.name.startswith("driver ") for thread in threading.enumerate()), 5, "its thread's end")


def test_a_device_that_is_not_there_at_the_start() -> None:
    Lamp.trouble = DeviceError("no lamp")
    with lamp() as u:
        u.start()
        assert u.verdict == "no lamp"
        assert Lamp.calls == ["open", "poll", "close"]


def test_keep_trying() -> None:
    Lamp.trouble = DeviceError("no lamp")
    with Hosted(Lamp, section(port="here"), keep_trying=True) as u:
        u.start()
        peer = u.peer()
        assert u.say(peer, "PING", "DUMPSTATUS") == ["PONG", "DATASTALE", "DUMPDONE"]
        u.pass_time(4)
        assert [u.verdict] == [None]
        Lamp.trouble = None
        u.pass_time(8)
        assert u.verdict == ""
        assert "DATAOK" in peer.lines


def test_a_lost_device_is_said_once_and_sought_ever_more_rarely() -> None:
    with lamp() as u:
        u.start()
        peer = u.peer()
        Lamp.trouble = DeviceError("it does not answer")
        u.pass_time(2)
        assert peer.lines == ["DATASTALE"]
        assert u.host.state.value("driver.state") == "reconnect.trying"
        Lamp.calls.clear()
        u.pass_time(200)
        # after 2, 4, 8, 16, 30, 30... seconds
        assert Lamp.calls.count("open") == 9
        assert Lamp.calls.count("close") == 9
        assert [text for level, text in u.log.lines if level < 7] == ["[u] it does not answer; data is stale"]
        Lamp.trouble = None
        u.pass_time(30)
        assert peer.lines == ["DATASTALE", "DATAOK"]
        assert u.log.texts[-1] == "[u] the device answers again, after 9 tries"
        assert u.host.state.value("driver.state") == "quiet"


def test_reconnect_max_tries() -> None:
    with lamp(reconnect_max_tries=2) as u:
        u.start()
        Lamp.trouble = DeviceError("gone")
        u.pass_time(10)
        assert u.ended == 1


def test_reconnect_not_at_all() -> None:
    with lamp(reconnect_max_tries=0) as u:
        u.start()
        Lamp.trouble = DeviceError("gone")
        u.pass_time(2)
        assert u.ended == 1


def test_reconnect_report_freq() -> None:
    with lamp(reconnect_report_freq=3) as u:
        u.start()
        Lamp.trouble = DeviceError("gone")
        u.pass_time(100)
        said = [text for level, text in u.log.lines if level == 4]
        assert said == ["[u] gone; data is stale", *(f"[u] no device after {n} tries: gone" for n in (3, 6))]


def test_a_device_that_hangs_stops_nobody() -> None:
    with lamp() as u:
        u.start()
        peer = u.peer()
        Lamp.hang = threading.Event()
        try:
            for _ in range(14):
                u.now += 1
                u.loop.run_once(0)
            assert peer.data == b""
            u.loop.run_once(0)
            peer.stream.write(b"PING\nINSTCMD lamp.flash TRACKING a\nDUMPVALUE lamp.colour\n")
            for _ in range(4):
                u.loop.run_once(0)
            # patience is over: the data is old, and yet everybody is served
            assert peer.lines[:2] == ["DATASTALE", "PONG"]
            assert peer.lines[2:5] == ["DATASTALE", 'SETINFO lamp.colour "white"', "SETFLAGS lamp.colour RW"]
            u.now += 15
            for _ in range(3):
                u.loop.run_once(0)
            assert peer.lines[-1] == "TRACKING a 3", "too late is worse than not at all"
        finally:
            Lamp.hang.set()
        u.settle()
        assert peer.lines[-1] == "DATAOK"
        assert "lamp.flash" not in Lamp.calls


def test_a_device_that_hangs_does_not_hold_up_the_end() -> None:
    u = lamp().start()
    Lamp.hang = threading.Event()
    u.now += 2
    u.loop.run_once(0)
    over: list[bool] = []
    u.host.stop(lambda: over.append(True))
    u.loop.run_once(0)
    assert not over
    u.now += CLOSE_PATIENCE
    u.until(lambda: over, "the end")
    Lamp.hang.set()
    u.settle()
    u.loop.close()


def test_a_fault_in_a_driver_is_one_line() -> None:
    with lamp() as u:
        u.start()
        peer = u.peer()
        assert u.say(peer, "INSTCMD lamp.bug TRACKING a", "PING") == ["PONG", "TRACKING a 3"]
        assert "INSTCMD lamp.bug failed: fault in the driver: KeyError: 'no such row' (test_host.py:" in u.log.texts[-1]


# --- requests


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("INSTCMD lamp.flash TRACKING a", ["TRACKING a 0"]),
        ("INSTCMD lamp.burn TRACKING a", ["TRACKING a 3"]),
        ("INSTCMD lamp.no TRACKING a", ["TRACKING a 1"]),
        ("SET lamp.colour red TRACKING a", ['SETINFO lamp.colour "red"', "TRACKING a 0"]),
        ("SET lamp.colour green TRACKING a", ["TRACKING a 2"]),
        ("SET lamp.size 3 TRACKING a", ["TRACKING a 1"]),
        # counts of words, as both 2.8.0 and 2.8.5 take them
        ("SET lamp.colour", []),
        ("SET lamp.colour red", ['SETINFO lamp.colour "red"']),
        ("SET lamp.colour red x", ['SETINFO lamp.colour "red"']),
        ("SET lamp.colour red x y", []),
        ("INSTCMD", []),
        ("INSTCMD lamp.flash a b", []),
        # here C says nothing, so that the client waits for ever
        ("SET lamp.colour red x TRACKING a", ['SETINFO lamp.colour "red"', "TRACKING a 0"]),
        ("INSTCMD lamp.flash a b TRACKING c", ["TRACKING c 2"]),
        ("SET lamp.colour red x y z TRACKING a", ['SETINFO lamp.colour "red"', "TRACKING a 0"]),
        # commands and variables of every driver
        ("INSTCMD shutdown.default TRACKING a", ["TRACKING a 0"]),
        ("INSTCMD driver.killpower TRACKING a", ["TRACKING a 2"]),
        ("SET driver.debug 3 TRACKING a", ['SETINFO driver.debug "3"', "TRACKING a 0"]),
        ("SET driver.debug -1 TRACKING a", ["TRACKING a 0"]),
        ("SET driver.debug x TRACKING a", ["TRACKING a 2"]),
        ("SET driver.flag.allow_killpower 1 TRACKING a", ['SETINFO driver.flag.allow_killpower "1"', "TRACKING a 0"]),
        ("SET driver.flag.allow_killpower yes", ['SETINFO driver.flag.allow_killpower "1"']),
        ("SET driver.flag.allow_killpower enabled", ['SETINFO driver.flag.allow_killpower "1"']),
        ("SET driver.flag.allow_killpower Yes TRACKING a", ["TRACKING a 0"]),
        ("INSTCMD DRIVER.killpower TRACKING a", ["TRACKING a 1"]),
        # the rest
        ("PROBE", []),
        ('SETINFO x "#', []),
        ("BROADCAST", []),
        ("GETPID x", None),
    ],
)
def test_requests(said: str, heard: list[str] | None) -> None:
    with lamp() as u:
        u.start()
        answer = u.say(u.peer(), said)
        assert answer == heard if heard is not None else answer[0].startswith("PID ")
        assert u.say(u.peer(), "PING") == ["PONG"]


def test_dump_order() -> None:
    with lamp(override__ups__id='a "b" #c') as u:
        u.start()
        peer = u.peer()
        lines = u.say(peer, "DUMPALL")
        names = [line.split()[1] for line in lines if line.startswith("SETINFO")]
        assert names == sorted(names)
        assert 'SETINFO ups.id "a \\"b\\" \\#c"' in lines
        at = lines.index('SETINFO lamp.colour "white"')
        assert lines[at : at + 4] == [
            'SETINFO lamp.colour "white"',
            'ADDENUM lamp.colour "white"',
            'ADDENUM lamp.colour "red"',
            "SETFLAGS lamp.colour RW",
        ]
        assert lines[-8:] == [
            "ADDCMD driver.killpower",
            "ADDCMD driver.reload",
            "ADDCMD driver.reload-or-error",
            "ADDCMD driver.reload-or-exit",
            "ADDCMD lamp.flash",
            "ADDCMD shutdown.default",
            "DATAOK",
            "DUMPDONE",
        ]


def test_broadcasts_are_escaped_and_can_be_declined() -> None:
    with lamp() as u:
        u.start()
        loud, quiet = u.peer(), u.peer()
        u.say(quiet, "NOBROADCAST")
        Lamp.values = {"ups.id": 'q"\\#'}
        u.pass_time(2)
        assert loud.lines == ['SETINFO ups.id "q\\"\\\\\\#"']
        assert quiet.lines == []
        u.say(quiet, "BROADCAST 1")
        Lamp.values = {"ups.id": "é\n!"}
        u.pass_time(2)
        assert quiet.lines == ['SETINFO ups.id "!"'], "what the other end would drop is dropped here"
        assert u.host.state.value("ups.id") == "!"


def test_killpower_runs_sdcommands_in_turn() -> None:
    with lamp(allow_killpower=None, sdcommands="lamp.no, lamp.burn,lamp.flash,shutdown.default") as u:
        u.start()
        assert u.say(u.peer(), "INSTCMD driver.killpower TRACKING a") == ["TRACKING a 0"]
        assert Lamp.calls[-3:] == ["lamp.no", "lamp.burn", "lamp.flash"]


def test_killpower_without_sdcommands() -> None:
    with lamp(allow_killpower=None) as u:
        u.start()
        assert u.say(u.peer(), "INSTCMD driver.killpower TRACKING a") == ["TRACKING a 0"]
        assert Lamp.calls[-1] == "shutdown"


def test_allow_killpower_means_what_it_says() -> None:
    with lamp(allow_killpower=None) as u:
        assert u.start().host.state.value("driver.flag.allow_killpower") == "1"
    with lamp() as u:
        assert u.start().host.state.value("driver.flag.allow_killpower") == "0"


def test_driver_exit() -> None:
    with lamp() as u:
        u.start()
        peer = u.peer()
        assert "TRACKING a 0" in u.say(peer, "INSTCMD driver.exit TRACKING a")
        u.settle()
        assert peer.closed == ""
        assert u.ended == 0


def test_logout_closes() -> None:
    with lamp() as u:
        u.start()
        peer = u.peer()
        assert u.say(peer, "LOGOUT", "PING") == ["OK Goodbye"]
        assert peer.closed == ""


def test_a_peer_that_does_not_read_is_cut_off() -> None:
    with lamp() as u:
        u.start()
        peer = u.peer()
        peer.stream.on_data = lambda data: None
        u.loop.forget(peer.stream._fd)  # it does not read
        for n in range(8_000):
            u.host.apply([SetInfo("ups.id", f"{n:0200d}")])
        assert "cut off: does not read what it is sent" in u.log.texts[-1]
        assert u.say(u.peer(), "PING") == ["PONG"]


# --- settings


def test_override_and_default() -> None:
    Lamp.values = {"ups.mfr": "Lamps", "battery.charge.low": "15"}
    given = {"override__ups__mfr": "OV y", "default__battery__charge__low": "22", "default__c__d": "4"}
    with lamp(**given) as u:
        state = u.start().host.state
        assert state.value("ups.mfr") == state.value("device.mfr") == "OV y"
        assert state.value("battery.charge.low") == "15"
        assert state.value("c.d") == "4"
        assert state.value("driver.parameter.override.ups.mfr") == "OV y"


def test_ignorelb() -> None:
    Lamp.values, Lamp.words = {"battery.charge": "50", "battery.charge.low": "10"}, "OB LB"
    with lamp(ignorelb=None) as u:
        assert u.start().host.state.value("ups.status") == "OB"
        assert u.host.state.value("driver.flag.ignorelb") == "enabled"
        Lamp.values["battery.charge"] = "9"
        u.pass_time(2)
        assert u.host.state.value("ups.status") == "OB LB DISCHRG"


def test_ignorelb_without_anything_to_judge_by() -> None:
    with lamp(ignorelb=None) as u:
        u.start()
        assert u.verdict is not None
        assert u.verdict.startswith("ignorelb needs")


def test_reload_of_what_every_driver_knows() -> None:
    new = section(port="here", pollinterval=5, debug_min=2, override__ups__id="x", default__a__b="1")
    with Hosted(Lamp, section(port="here", override__c__d="1"), configuration=lambda: new) as u:
        u.start()
        lines = u.say(u.peer(), "INSTCMD driver.reload-or-error TRACKING a")
        assert lines[-1] == "TRACKING a 0"
        assert {'SETINFO ups.id "x"', 'SETINFO a.b "1"', "DELINFO c.d"} <= set(lines)
        assert u.host.state.value("driver.parameter.pollinterval") == "5"
        assert u.host.state.value("driver.debug") == "2"
        assert u.levels == [2]
        assert Lamp.calls.count("open") == 1
        Lamp.calls.clear()
        u.pass_time(20)
        assert Lamp.calls.count("poll") == 4


def test_reload_of_the_drivers_own_settings_begins_anew() -> None:
    new = section(port="here", colour="red", bright=None)
    with Hosted(Lamp, section(port="here"), configuration=lambda: new) as u:
        u.start()
        lines = u.say(u.peer(), "INSTCMD driver.reload TRACKING a")
        assert lines.index("DATASTALE") < lines.index("TRACKING a 0")
        assert u.host.state.value("lamp.colour") == "red"
        assert u.host.state.value("driver.flag.bright") == "enabled"
        assert not u.host.state.stale
        assert Lamp.calls == ["open", "poll", "close", "open", "poll"]


@pytest.mark.parametrize(("command", "code"), [("reload", 0), ("reload-or-error", 3), ("reload-or-exit", 0)])
def test_reload_of_broken_settings_keeps_the_old_ones(command: str, code: int) -> None:
    def broken() -> object:
        raise ConfigError("ups.conf is gone")

    with Hosted(Lamp, section(port="here"), configuration=broken) as u:  # type: ignore[arg-type]
        u.start()
        assert f"TRACKING a {code}" in u.say(u.peer(), f"INSTCMD driver.{command} TRACKING a")
        assert "Reload failed: ups.conf is gone" in u.log.texts
        assert u.ended == (0 if command == "reload-or-exit" else None)
