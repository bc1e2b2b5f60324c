"""Batteries whose worth is known, since they are simulated: it is found again from what their UPSes say."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest

from wallnut.drivers.simulator.physics import Plant, State, step
from wallnut.history.battery import Battery, Confidence, Outlook, battery
from wallnut.history.sqlite import Sqlite
from wallnut.history.store import History
from wallnut.history.values import DAY, HOUR, SECOND, Device, Sample

T0 = 1_700_000_000 * SECOND // DAY * DAY
RACK = Device("localhost", "rack")


def said(plant: Plant, state: State, at: int) -> Iterator[Sample]:
    """What a driver says of it: the charge in whole percents, the load in tenths, watts rounded."""
    watts = state.watts(plant)
    values: dict[str, float | str] = {
        "ups.status": "OB DISCHRG" if state.inverter else "OL",
        "battery.charge": float(round(100 * state.charge(plant))),
        "battery.runtime": float(int(plant.runtime(state.energy, state.load * plant.realpower))),
        "ups.load": round(100 * watts / plant.realpower, 1),
        "ups.realpower": float(round(watts)),
    }
    for name, value in values.items():
        yield Sample(RACK, name, at, value)


def outage(plant: Plant, load: float, start: int, down_to: float, dice: Random) -> list[Sample]:
    """From full down to a charge, asked every two seconds; an hour later it is full again."""
    state = State(plant, load=load)
    state.failing = True
    samples: list[Sample] = []
    last: dict[str, float | str | None] = {}
    at = start
    while state.charge(plant) > down_to:
        state.load = load * (1 + 0.02 * dice.uniform(-1, 1))
        state = step(plant, state, 2.0)
        for sample in said(plant, state, at):
            if last.get(sample.variable) != sample.value:
                last[sample.variable] = sample.value
                samples.append(sample)
        at += 2 * SECOND
    return [*samples, *said(plant, State(plant, load=load), at)]


def known(history: History, outages: list[tuple[Plant, float, int, float]]) -> Battery:
    """What is found after these, three days after the last."""
    dice = Random(1)
    first_plant, load, start, _ = outages[0]
    history.write(list(said(first_plant, State(first_plant, load=load), start - HOUR)))
    for plant, load, start, down_to in outages:
        history.write(outage(plant, load, start, down_to, dice))
    now = outages[-1][2] + 3 * DAY
    history.write([], {RACK: now})
    history.roll_up(now)
    return battery(history.read, RACK, now)


@pytest.fixture
def memory() -> Iterator[History]:
    with History(Sqlite(":memory:")) as made:
        yield made


def test_one_outage_finds_the_runtime_at_its_load(memory: History) -> None:
    plant = Plant()
    found = known(memory, [(plant, 0.3, T0, 0.6)])
    assert found.runtime is not None
    assert found.capacity is not None
    truth = plant.runtime(plant.capacity, 180.0)
    assert found.runtime.value == pytest.approx(truth, rel=0.03)
    assert found.runtime.low < truth < found.runtime.high
    assert found.capacity.value == pytest.approx(truth * 180 / 3600, rel=0.03)
    for point in found.curve:  # at loads that it never had: in bounds, and not called sure
        truth = plant.runtime(plant.capacity, point.load / 100 * plant.realpower)
        assert point.runtime.low < truth < point.runtime.high
        assert point.runtime.confidence is not Confidence.GOOD


def test_three_loads_find_the_runtime_at_any(memory: History) -> None:
    plant = Plant(amp_hours=7.2)
    found = known(memory, [(plant, 0.2, T0, 0.5), (plant, 0.35, T0 + 9 * DAY, 0.35), (plant, 0.6, T0 + 30 * DAY, 0.25)])
    for point in found.curve[1:]:
        truth = plant.runtime(plant.capacity, point.load / 100 * plant.realpower)
        assert point.runtime.value == pytest.approx(truth, rel=0.06)
        assert point.runtime.low < truth < point.runtime.high
    assert found.runtime is not None
    assert found.runtime.confidence is Confidence.GOOD
    assert found.lacks is not None
    assert found.lacks.discharges == 1
    assert 60 <= found.lacks.days <= 61


def test_a_battery_that_wears_out_is_found_out(memory: History) -> None:
    amp_hours = (9.0, 8.8, 8.6, 8.4, 8.2, 8.0)
    plants = [Plant(amp_hours=one) for one in amp_hours]
    found = known(memory, [(plant, 0.4, T0 + number * 90 * DAY, 0.4) for number, plant in enumerate(plants)])
    assert found.runtime is not None
    assert found.trend is not None
    truth = plants[-1].runtime(plants[-1].capacity, 0.4 * 600)
    assert found.runtime.value == pytest.approx(truth, rel=0.03)
    runtimes = [plant.runtime(plant.capacity, 240.0) for plant in plants]
    assert found.trend.now.value == pytest.approx(100 * runtimes[-1] / ((runtimes[0] + runtimes[1]) / 2), rel=0.02)
    assert found.forecast.outlook is Outlook.DATED
    assert found.forecast.at is not None
    first = (runtimes[0] + runtimes[1]) / 2
    a_day = (runtimes[0] - runtimes[-1]) / (450 * first)
    days = (runtimes[-1] / first - 0.8) / a_day
    assert (found.forecast.at - found.at) / DAY == pytest.approx(days, rel=0.1)
