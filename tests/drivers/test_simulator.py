"""The simulator as NUT sees it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.hosts import Hosted, section
from wallnut.drivers.simulator.driver import COMMANDS, Simulator
from wallnut.model import names


class Simulated(Hosted):
    """A simulator whose simulated time a test moves: `speed` is next to nothing."""

    def __init__(self, **settings: str | int | None) -> None:
        super().__init__(Simulator, section(**{"port": "auto", "speed": "0.001", "seed": "1", **settings}))
        self.start()
        assert self.verdict == ""

    @property
    def ups(self) -> Simulator:
        assert isinstance(self.host.driver, Simulator)
        return self.host.driver

    def after(self, seconds: float) -> None:
        """Let simulated time pass, and a poll show it."""
        self.ups.advance(seconds)
        self.pass_time(1.0)

    def __getitem__(self, name: str) -> str:
        return self.host.state.value(name)

    def do(self, command: str) -> int:
        """Run a command; its result."""
        line = self.say(self.peer(), f"INSTCMD {command} TRACKING t")[-1]
        self.pass_time(1.0)
        return int(self.say(self.peer(), "PING") == ["PONG"] and line.split()[2])


def test_what_it_publishes_is_of_the_catalogue() -> None:
    with Simulated() as u:
        shown = {v.name: v.value for v in u.host.state.in_order() if not v.name.startswith("driver.")}
        assert len(shown) >= 45
        for name, value in shown.items():
            assert names.variable_text(name), name
            names.value(name, value)
        for command in u.host.state.commands_in_order():
            assert names.command_text(command), command
        assert u["ups.status"] == "OL"
        assert u["battery.charge"] == "100"


def test_a_scenario(tmp_path: Path) -> None:
    (tmp_path / "outage").write_text("0 load 50\n60 mains off\n+5m mains on\nnonsense\n")
    with Simulated(port=str(tmp_path / "outage")) as u:
        assert f"{tmp_path}/outage:4: nonsense is no time such as 90, 1:30, 10m or +30" in u.log.texts
        u.after(59)
        assert u["ups.status"] == "OL"
        assert u["ups.load"] == "50"
        u.after(3)
        assert u["ups.status"] == "OB DISCHRG"
        assert u["input.voltage"] == "0"
        assert u["output.voltage"] == "230"
        assert u["input.transfer.reason"] == "input power failure"
        charge, runtime = int(u["battery.charge"]), int(u["battery.runtime"])
        u.after(120)
        assert int(u["battery.charge"]) < charge
        assert int(u["battery.runtime"]) == pytest.approx(runtime - 120, abs=3)
        u.after(200)
        assert u["ups.status"] == "OL CHRG"
        assert u["battery.charger.status"] == "charging"


def test_no_such_scenario(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"Can't open .*none: No such file or directory \(port = auto runs without"):
        Simulated(port=str(tmp_path / "none"))


def test_an_outage_to_the_end() -> None:
    with Simulated(load=80, charge=50) as u:
        assert u.do("test.failure.start") == 0
        u.after(5)
        assert u["ups.status"] == "OB DISCHRG"
        while u["ups.status"] == "OB DISCHRG":
            u.after(10)
        assert u["ups.status"] == "OB DISCHRG LB"
        assert int(u["battery.charge"]) <= 20 or int(u["battery.runtime"]) <= 120
        u.after(1000)
        assert u["ups.status"] == "OB OFF LB"
        assert u["output.voltage"] == u["ups.load"] == "0"
        assert u.do("load.on") == 3, "there is nothing to run on"
        assert u.do("test.failure.stop") == 0
        u.after(20)
        assert u["ups.status"] == "OL CHRG"


def test_shutdown_return_and_stayoff() -> None:
    with Simulated() as u:
        assert u.do("shutdown.return") == 0
        u.after(5)
        assert u["ups.status"] == "OL"
        assert 0 < int(u["ups.timer.shutdown"]) < 20
        u.after(16)
        assert u["ups.status"] == "OL OFF"
        u.after(12)
        assert u["ups.status"] == "OL"
        assert u.do("shutdown.stayoff") == 0
        assert u["ups.start.auto"] == "no"
        u.after(600)
        assert u["ups.status"] == "OL OFF"
        assert u.do("load.on") == 0
        assert u["ups.status"] == "OL"
        u.do("shutdown.return")
        assert u.do("shutdown.stop") == 0
        u.after(600)
        assert u["ups.status"] == "OL"


def test_a_shutdown_on_battery_comes_back_with_mains() -> None:
    with Simulated() as u:
        u.do("test.failure.start")
        u.after(5)
        u.ups.shutdown()
        u.after(60)
        assert "OFF" in u["ups.status"]
        u.after(600)
        assert "OFF" in u["ups.status"]
        u.do("test.failure.stop")
        u.after(15)
        assert u["ups.status"].startswith("OL CHRG")


def test_tests_and_calibration() -> None:
    with Simulated() as u:
        assert u.do("test.battery.start.quick") == 0
        assert u.do("test.battery.start.deep") == 3
        u.after(5)
        assert u["ups.status"] == "OL DISCHRG CAL"
        assert u["ups.test.result"] == "In progress"
        u.after(20)
        assert u["ups.test.result"] == "Done and passed"
        assert u.do("calibrate.start") == 0
        u.after(60)
        assert u.do("calibrate.stop") == 0
        u.after(10)
        assert u["ups.test.result"] == "Aborted"


def test_trouble() -> None:
    with Simulated(load=110) as u:
        assert u["ups.status"] == "ALARM OL OVER"
        assert u["ups.alarm"] == "[Overload]"
        u.ups.state.load = 0.5
        u.ups.state.voltage = 205.0
        u.after(5)
        assert u["ups.status"] == "OL BOOST"
        assert not u.host.state.get("ups.alarm")
        assert u.do("bypass.start") == 0
        assert u["ups.status"] == "OL BYPASS"


def test_an_unreachable_device(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("10 device off\n")
    with Simulated(port=str(tmp_path / "s")) as u:
        u.after(20)
        assert u.host.state.stale


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("battery.charge.low", "30", "96"),
        ("battery.charge.restart", "15", "-1"),
        ("battery.date", "2030-01-01", "x" * 17),
        ("battery.runtime.low", "300", "many"),
        ("input.transfer.high", "260", "400"),
        ("input.transfer.low", "170", "20"),
        ("ups.beeper.status", "muted", "loud"),
        ("ups.delay.shutdown", "0", "7201"),
        ("ups.delay.start", "60", ""),
        ("ups.id", "rack 3", "y" * 33),
        ("ups.start.auto", "no", "perhaps"),
    ],
)
def test_settings(name: str, good: str, bad: str) -> None:
    with Simulated() as u:
        peer = u.peer()
        assert u.say(peer, f'SET {name} "{good}" TRACKING t')[-1] == "TRACKING t 0"
        assert u[name] == good
        assert u.say(peer, f'SET {name} "{bad}" TRACKING t')[-1] == "TRACKING t 2"
        assert u[name] == good
        assert u.say(peer, "SET ups.load 3 TRACKING t") == ["TRACKING t 1"]
        variable = u.host.state.get(name)
        assert variable is not None
        assert variable.writable
        assert variable.length or variable.enum or variable.ranges


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_understood(command: str) -> None:
    with Simulated() as u:
        assert u.do(command) in (0, 3)
        assert u.do(f"{command} nonsense") == 2


def test_unknown_command() -> None:
    with Simulated() as u:
        assert u.do("load.cycle") == 1


@pytest.mark.parametrize(("key", "value"), [("voltage", "42"), ("load", "x"), ("capacity", "0"), ("speed", "-1")])
def test_bad_settings(key: str, value: str) -> None:
    with pytest.raises(Exception, match=rf"^\[u\] {key} = {value}: .* is needed$"):
        Simulated(**{key: value})


def test_chance_can_be_had_again() -> None:
    seen = []
    for _ in range(2):
        with Simulated(seed="7") as u:
            u.after(100)
            seen.append(u["input.voltage"])
    assert seen[0] == seen[1] != "230"
