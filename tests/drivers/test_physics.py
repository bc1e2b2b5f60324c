"""The simulator's physics: what must hold whatever happens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.drivers.simulator import physics
from wallnut.drivers.simulator.physics import Plant, State, step

HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(
            ("off", "on", "low", "high", "off-frequency", "load", "test", "deep", "calibrate", "cut", "bypass")
        ),
        st.floats(0.0, 1.3),
        st.floats(0.1, 3000.0),
    ),
    max_size=12,
)


def happen(plant: Plant, state: State, what: str, amount: float) -> None:
    """Something from outside."""
    volts = {"off": 0.0, "on": 1.0, "low": 0.85, "high": 1.12}
    if what in volts:
        state.voltage = plant.voltage * volts[what]
    elif what == "off-frequency":
        state.frequency = plant.frequency * (0.8 + amount / 3)
    elif what == "load":
        state.load = amount
    elif what == "cut":
        state.shutdown_in, state.returns = 60.0 * amount + 0.1, amount > 0.5
    elif what == "bypass":
        state.bypass = amount > 0.5 and not state.inverter and state.output
    else:
        physics.start_test(state, "quick" if what == "test" else what)


@given(HAPPENINGS, st.floats(0.0, 1.0), st.lists(st.floats(-4.0, 4.0), min_size=1, max_size=5))
def test_energy_is_neither_made_nor_lost(
    happenings: list[tuple[str, float, float]], charge: float, noise: list[float]
) -> None:
    plant = Plant()
    start = state = State(plant, charge=charge)
    at = 0

    def wobble() -> float:
        nonlocal at
        at += 1
        return noise[at % len(noise)]

    for what, amount, seconds in happenings:
        happen(plant, state, what, amount)
        before = state
        state = step(plant, state, seconds, wobble)
        assert 0.0 <= state.charge(plant) <= 1.0
        assert state.lost >= before.lost - 1e-9
        assert state.to_load >= before.to_load
        assert state.from_mains >= before.from_mains
        assert state.balance(plant, start) == pytest.approx(0.0, abs=1e-6)
        assert state.time == pytest.approx(before.time + seconds)


@given(st.floats(0.01, 1.3), st.floats(0.05, 1.0), st.floats(1.0, 60.0))
def test_runtime_only_falls_under_a_constant_load(load: float, charge: float, pace: float) -> None:
    plant = Plant()
    state = State(plant, charge=charge, load=load)
    state.voltage = 0.0
    promised = plant.runtime(state.energy, state.watts(plant))
    left = promised
    for _ in range(30):
        state = step(plant, state, pace)
        now = plant.runtime(state.energy, load * plant.realpower)
        assert now <= left
        left = now
        if not state.output:
            assert state.time >= promised - 1e-6, "it lasts as long as it said"
            break


@given(st.floats(0.0, 0.99), st.floats(1.0, 20_000.0), st.floats(1.0, 20_000.0))
def test_steps_add_up(charge: float, one: float, other: float) -> None:
    plant = Plant()
    state = State(plant, charge=charge)
    whole = step(plant, state, one + other)
    parts = step(plant, step(plant, state, one), other)
    assert whole.energy == pytest.approx(parts.energy, rel=1e-3)
    assert state.time == 0.0, "the state given is left alone"


def test_more_load_takes_more_than_its_share() -> None:
    plant = Plant()
    half, full = (plant.runtime(plant.capacity, part * plant.realpower) for part in (0.5, 1.0))
    assert 2.0 < half / full < 2.5
    assert 8 * 60 < full < 15 * 60


def test_it_charges_fast_then_slowly() -> None:
    plant = Plant()
    state = step(plant, State(plant, charge=0.0), 4 * 3600.0)
    assert 0.75 < state.charge(plant) < 0.95
    state = step(plant, state, 6 * 3600.0)
    assert state.charge(plant) == 1.0
    assert physics.charging_power(plant, state) == 0.0


def test_an_outage_to_the_end_and_back() -> None:
    plant = Plant()
    state = State(plant, load=1.0)
    state.voltage = 0.0
    state = step(plant, state, 60.0)
    assert state.inverter
    assert state.reason == "input power failure"
    assert not physics.battery_low(plant, state)
    state = step(plant, state, 480.0)
    assert physics.battery_low(plant, state)
    state = step(plant, state, 300.0)
    assert not state.output
    assert state.energy == 0.0
    assert state.waits
    state.voltage = 230.0
    state = step(plant, state, 12.0)
    assert state.output
    assert not state.inverter


def test_it_waits_for_the_charge_it_was_told() -> None:
    plant = Plant()
    state = State(plant, charge=0.0)
    state.output, state.waits, state.charge_restart = False, True, 0.1
    state = step(plant, state, 600.0)
    assert not state.output
    state = step(plant, state, 1800.0)
    assert state.output


@pytest.mark.parametrize(
    ("part", "regulation", "output"),
    [(1.0, "", 230.0), (0.88, "BOOST", 226.7), (1.11, "TRIM", 224.7), (0.7, "", 230.0)],
)
def test_regulation(part: float, regulation: str, output: float) -> None:
    plant = Plant()
    state = State(plant)
    state.voltage = part * 230.0
    state = step(plant, state, 10.0)
    assert physics.regulation(plant, state) == regulation
    assert physics.output_voltage(plant, state) == pytest.approx(output, abs=0.1)
    assert state.inverter == (part == 0.7)


def test_it_does_not_hop_between_mains_and_battery() -> None:
    plant = Plant()
    state = State(plant)
    state.voltage = state.transfer_low - 1
    state = step(plant, state, 5.0)
    assert state.inverter
    state.voltage = state.transfer_low + 1
    state = step(plant, state, 60.0)
    assert state.inverter, "not better enough"
    state.voltage = state.transfer_low + 10
    assert step(plant, state, 1.0).inverter, "not yet for long enough"
    assert not step(plant, state, 6.0).inverter


def test_tests_end() -> None:
    plant = Plant()
    state = State(plant)
    assert physics.start_test(state, "quick")
    assert not physics.start_test(state, "deep")
    state = step(plant, state, 4.0)
    assert state.inverter
    state = step(plant, state, 20.0)
    assert (state.test, state.result) == ("", "Done and passed")
    assert not state.inverter
    assert physics.start_test(state, "calibrate")
    state = step(plant, state, 2 * 3600.0)
    assert state.result == "Calibration done"
    assert state.output


def test_a_test_gives_way_to_an_outage() -> None:
    plant = Plant()
    state = State(plant)
    physics.start_test(state, "deep")
    state = step(plant, state, 30.0)
    state.voltage = 0.0
    state = step(plant, state, 5.0)
    assert (state.test, state.result) == ("", "Aborted: mains failed")
    assert state.inverter


def test_bypass_does_not_protect() -> None:
    plant = Plant()
    state = State(plant)
    state.bypass, state.voltage = True, 0.0
    assert not step(plant, state, 1.0).output
