"""clone and clone-outlet: the rules, and the drivers on top of another one's socket."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.hosts import Hosted, section
from wallnut.drivers.clone import Clone, CloneOutlet, Outlet
from wallnut.drivers.dummy import Dummy
from wallnut.io.stream import Listener, listen_unix
from wallnut.model.errors import ConfigError
from wallnut.model.status import Status

# --- the rules: time, the other driver's status, charge, runtime, whether the outlet is on -> status, action, timers


class Day:
    """An outlet through a day; off after 4 s, on again after 3 s, low below 50 %."""

    def __init__(self, runtime_low: int = 0) -> None:
        self.outlet = Outlet(4, 3, 50, runtime_low)

    def at(self, now: float, status: str, charge: int = 90, runtime: int = 1000, on: bool = True) -> tuple[object, ...]:
        shown, action = self.outlet.step(now, Status.parse(status), charge, runtime, on)
        return shown, action, self.outlet.shutdown_in, self.outlet.start_in


def test_an_outage_as_clone_2_8_0_was_seen_to_take_it() -> None:
    day = Day()
    assert day.at(0, "OL CHRG") == ("OL CHRG", "", None, None)
    assert day.at(2, "OB DISCHRG") == ("OB DISCHRG", "", None, None)
    assert day.at(4, "OB DISCHRG", 45) == ("FSD OB DISCHRG LB", "", 4, 3)
    assert day.at(6, "OB DISCHRG", 45) == ("FSD OB DISCHRG LB", "", 2, 3)
    assert day.at(8, "OB DISCHRG", 45) == ("FSD OB DISCHRG LB", "load.off", None, 3)
    assert day.at(10, "OB DISCHRG", 44, on=False) == ("FSD OB DISCHRG LB", "", None, 3)
    assert day.at(60, "OL CHRG", 44, on=False) == ("OL CHRG", "", None, 3)
    assert day.at(62, "OL CHRG", 44, on=False) == ("OL CHRG", "", None, 1)
    assert day.at(63, "OL CHRG", 44, on=False) == ("OL CHRG", "load.on", None, None)
    assert day.at(65, "OL CHRG", 44) == ("OL CHRG", "", None, None)


def test_mains_back_too_late() -> None:
    """The hosts are on their way down: they must lose power to come up again."""
    day = Day()
    day.at(0, "OB LB")
    assert day.at(1, "OL") == ("FSD OL", "", 3, 3)
    assert day.at(4, "OL") == ("FSD OL", "load.off", None, 3)
    assert day.at(7, "OL", on=False)[1] == "load.on"


def test_low_by_runtime() -> None:
    day = Day(runtime_low=300)
    assert day.at(0, "OB", runtime=301) == ("OB", "", None, None)
    assert day.at(1, "OB", runtime=299)[0] == "FSD OB LB"


def test_low_on_mains_is_nothing() -> None:
    assert Day().at(0, "OL CHRG", 10) == ("OL CHRG", "", None, None)


def test_stay_off() -> None:
    day = Day()
    day.outlet.begin(come_back=False)
    assert day.at(0, "OL") == ("FSD OL", "", 4, None)
    assert day.at(4, "OL")[1] == "load.off"
    assert day.at(400, "OL", on=False) == ("OL", "", None, None)


def test_a_forced_shutdown_of_the_device_shows() -> None:
    assert Day().at(0, "FSD OL")[0] == "FSD OL"


# --- the drivers

TICK = 0.01

DEVICE = """\
ups.status: OL CHRG
battery.charge: 90
battery.charge.low: 10
ups.delay.shutdown: 20
ups.timer.reboot: -1
outlet.1.status: on
outlet.1.delay.shutdown: 30
outlet.1.timer.shutdown: -1
ups.id: the big one
"""


@contextlib.contextmanager
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Hosted, Listener]]:
    """The other driver, on a socket."""
    monkeypatch.setenv("NUT_STATEPATH", str(tmp_path))
    (tmp_path / "big.dev").write_text(DEVICE)
    with Hosted(Dummy, section(port=str(tmp_path / "big.dev"))).start() as big:
        listener = listen_unix(big.loop, str(tmp_path / "dummy-ups-big"), big.host.accept)
        yield big, listener
        listener.close()


def test_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, str | int | None] = {
        "load__off": "ups.nothing",
        "load__status": "outlet.1.status",
        "mincharge": 50,
        "offdelay": 4,
    }
    with (
        device(tmp_path, monkeypatch) as (big, _),
        Hosted(Clone, section(port="dummy-ups-big", **settings), beside=big).start() as u,
    ):
        state, admin = u.host.state, big.peer()
        assert u.verdict == ""
        # as clone 2.8.0 shows it
        assert state.value("ups.id") == "the big one"
        assert state.value("battery.charge.low") == "50"
        assert state.value("battery.runtime.low") == "0"
        assert (state.value("ups.delay.shutdown"), state.value("ups.delay.start")) == ("4", "30")
        assert (state.value("ups.timer.shutdown"), state.value("ups.timer.start")) == ("-1", "-1")
        assert state.get("ups.timer.reboot") is None
        assert [c for c in state.commands_in_order() if not c.startswith("driver.")] == [
            "load.off",
            "shutdown.default",
            "shutdown.return",
            "shutdown.stayoff",
        ]
        big.say(admin, "SET battery.charge 45", 'SET ups.status "OB DISCHRG"')
        u.until(lambda: state.value("ups.status") == "FSD OB DISCHRG LB", "the change to come through", TICK)
        assert state.value("ups.timer.shutdown") == "4"
        big.pass_time(4)
        u.until(lambda: "load.off of the outlet failed" in u.log.texts, "the command to come back", TICK)
        peer = u.peer()
        assert "TRACKING t 0" in u.say(peer, "SET battery.charge.low 20 TRACKING t")
        assert "TRACKING t 2" in u.say(peer, "SET battery.charge.low 101 TRACKING t")
        assert "TRACKING t 1" in u.say(peer, "SET ups.id x TRACKING t")
        assert "TRACKING t 1" in u.say(peer, "INSTCMD test.battery.start TRACKING t")
        assert "TRACKING t 0" in u.say(peer, "INSTCMD shutdown.stayoff TRACKING t")


def test_a_device_that_goes_and_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with device(tmp_path, monkeypatch) as (big, _):
        u = Hosted(CloneOutlet, section(port="dummy-ups-big", prefix="outlet.1"), beside=big).start()
        big.say(big.peer(), "LOGOUT")
        big.host._sessions.close()
        u.until(lambda: u.host.state.stale, "the loss to be noticed", TICK)
        big.say(big.peer(), 'SET ups.id ""')
        big.pass_time(2)
        u.until(lambda: not u.host.state.stale, "it to be back", TICK)
        assert u.host.state.get("ups.id") is None, "what went meanwhile is gone"
        u.stop()


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ((), "OL CHRG"),
        (("SET outlet.1.status off",), "OL CHRG OFF"),
        (("SET outlet.1.timer.shutdown 20",), "FSD OL CHRG"),
        (("SET outlet.1.timer.shutdown 31",), "OL CHRG"),
        (("SET outlet.1.timer.shutdown 20", "SET outlet.1.status off"), "OL CHRG OFF"),
    ],
)
def test_clone_outlet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: tuple[str, ...], status: str) -> None:
    with (
        device(tmp_path, monkeypatch) as (big, _),
        Hosted(CloneOutlet, section(port="dummy-ups-big", prefix="outlet.1"), beside=big).start() as u,
    ):
        assert u.host.state.value("ups.delay.shutdown") == "20"
        assert u.host.state.value("ups.status") == "OL CHRG"
        big.say(big.peer(), *said, "SET ups.id done")
        u.until(lambda: u.host.state.value("ups.id") == "done", "the change to come through", TICK)
        u.until(lambda: u.host.state.value("ups.status") == status, status, TICK)


def test_no_such_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUT_STATEPATH", str(tmp_path))
    with Hosted(Clone, section(port="dummy-ups-big")).start() as u:
        assert u.verdict == "Can't connect to UPS [dummy-ups-big]: No such file or directory"


def test_prefix_is_needed() -> None:
    with pytest.raises(ConfigError, match=r"\[u\] prefix is needed, such as: prefix = outlet.1"):
        Hosted(CloneOutlet, section(port="x"))
