"""What is guessed of a battery."""

from __future__ import annotations

import pytest

from wallnut.drivers.base import Settings
from wallnut.drivers.qx.battery import Guess, calibration
from wallnut.drivers.qx.unit import Unit
from wallnut.io.log import Memory


class Nothing:
    """A line to nobody."""

    def ask(self, request: bytes) -> bytes:
        return b""

    def close(self) -> None:
        pass


class Guessed:
    """A guess whose clock and UPS the test plays."""

    def __init__(self, settings: dict[str, str | None], values: dict[str, str], *, blazer: bool = False) -> None:
        own = Settings("u", settings)
        self.unit = Unit(Nothing(), own, Memory())
        self.unit.values.update(values)
        self.now = 0.0
        self._guess = Guess(self.unit, calibration(own), lambda: self.now, blazer=blazer)
        self.known = self._keep(dict(self._guess.begin()))

    def after(self, seconds: float, online: bool = True, **values: str) -> dict[str, str]:
        self.now += seconds
        self.unit.values.update({name.replace("_", "."): value for name, value in values.items()})
        return self._keep(dict(self._guess.poll(online)))

    def _keep(self, said: dict[str, str]) -> dict[str, str]:
        self.unit.values.update(said)
        return said


VOLTS = {"battery.voltage": "24.1", "battery.voltage.nominal": "24.0", "ups.load": "100"}
CAL = {"runtimecal": "240,100,720,50", "chargetime": "3600"}


def test_by_voltage() -> None:
    one = Guessed({}, VOLTS)
    assert one.known == {"battery.voltage.low": "20.80", "battery.voltage.high": "26.00", "battery.charge": "63"}
    assert one.after(2, battery_voltage="20.0") == {"battery.charge": "0"}
    assert one.after(2, battery_voltage="29.0") == {"battery.charge": "100"}


def test_by_load_and_time() -> None:
    one = Guessed(dict(CAL), VOLTS | {"battery.voltage": "26.5"})
    assert (one.known["battery.charge"], one.known["battery.runtime"]) == ("100", "240")
    assert one.after(60, online=False) == {"battery.charge": "75", "battery.runtime": "180"}
    half = one.after(0, online=False, ups_load="50")
    assert half == {"battery.charge": "75", "battery.runtime": "540"}, "three times as long at half the load"
    assert one.after(900, online=True) == {"battery.charge": "100", "battery.runtime": "720"}
    assert one.after(10000, online=False)["battery.runtime"] == "0"


def test_an_old_battery_has_less_than_it_should() -> None:
    one = Guessed(dict(CAL), VOLTS | {"battery.voltage": "26.5"})
    assert one.after(2, online=False, battery_voltage="21.84")["battery.charge"] == "20"


def test_idle_load() -> None:
    one = Guessed({**CAL, "idleload": "50"}, VOLTS | {"battery.voltage": "26.5", "ups.load": "0"})
    assert one.known["battery.runtime"] == "480"


def test_blazer_counts_the_voltage_once() -> None:
    one = Guessed(dict(CAL), VOLTS, blazer=True)
    assert one.known["battery.charge"] == "3"
    one = Guessed(dict(CAL), VOLTS | {"battery.voltage": "27.6"}, blazer=True)
    assert one.known["battery.charge"] == "100"
    assert one.after(24, online=False, battery_voltage="20.0") == {"battery.charge": "90", "battery.runtime": "216"}


@pytest.mark.parametrize(
    ("volts", "nominal", "charge"),
    [("2.15", "24.0", "96"), ("13.0", "24.0", "100"), ("27.4", "24.0", "100"), ("1.9", "36.0", "38")],
)
def test_packs(volts: str, nominal: str, charge: str) -> None:
    one = Guessed({}, {"battery.voltage": volts, "battery.voltage.nominal": nominal})
    assert one.known["battery.charge"] == charge


def test_packs_that_the_user_gives() -> None:
    one = Guessed({"override.battery.packs": "12"}, {"battery.voltage": "2.0", "battery.voltage.nominal": "24.0"})
    assert one.known["battery.charge"] == "62"


def test_a_ups_that_says_it_itself() -> None:
    said = {"battery.charge": "50", "battery.runtime": "100", "battery.voltage": "24", "battery.voltage.nominal": "24"}
    one = Guessed(dict(CAL), said)
    assert one.known == {}, "there is nothing to guess"
    assert one.after(5) == {}


def test_nothing_to_guess_from() -> None:
    one = Guessed(dict(CAL), {"ups.load": "10"})
    assert one.known == {}
    assert one.after(5) == {}
