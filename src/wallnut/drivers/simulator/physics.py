"""A line-interactive UPS as physics: `step(plant, state, seconds)` gives the state so many seconds later.

Pure: no clock, and chance comes in as an argument. Energy is kept: what the mains gave, less what went to the load and
what was lost, is in the battery (`State.balance`). The battery is lead-acid: it gives less the faster it is emptied
(Peukert's law, as a factor on the power drawn), charges at the charger's full power to 80 % and then ever slower.
"""

from __future__ import annotations

from math import sqrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_STEP = 2.0
"""Seconds that are taken as one; chosen for a runtime right to a second or two."""
BULK_UNTIL = 0.8
"""Charge up to which the charger gives all it can."""
TRICKLE = 0.02
"""Of the charger's power, at the end."""
REFERENCE_HOURS = 20.0
"""Discharge time at which a battery has the capacity that is printed on it."""
STABLE = 3.0
"""Seconds that mains must be good before the UPS goes back to it."""
HYSTERESIS = 4.0
"""Volts that it must be better for that."""
QUICK_TEST = 10.0
"""Seconds on battery."""
CALIBRATE_TO = 0.25
"""Charge at which a runtime calibration ends."""
BOOST, TRIM = 1.12, 0.88
AVR_MARGIN = 0.09
"""Part of the nominal voltage from which the UPS boosts or trims."""
ROOM = 25.0


class Plant:
    """What the UPS is made of: nominal apparent and real power (VA, W), battery (Ah, V), charger (W), mains (V, Hz)."""

    __slots__ = (
        "capacity",
        "charge_efficiency",
        "charger",
        "efficiency",
        "frequency",
        "idle",
        "peukert",
        "power",
        "realpower",
        "resistance",
        "volts",
        "voltage",
    )

    def __init__(
        self,
        *,
        power: float = 1000.0,
        realpower: float = 600.0,
        amp_hours: float = 9.0,
        volts: float = 24.0,
        charger: float = 60.0,
        voltage: float = 230.0,
        frequency: float = 50.0,
    ) -> None:
        self.power, self.realpower, self.volts, self.charger = power, realpower, volts, charger
        self.voltage, self.frequency = voltage, frequency
        self.capacity = amp_hours * volts
        self.efficiency = 0.9  # of the inverter
        self.charge_efficiency = 0.85
        self.idle = 8.0  # W that the UPS itself takes
        self.peukert = 1.15
        self.resistance = 0.0008 * volts  # ohms of the battery

    def drain(self, load: float) -> float:
        """Watts by which the battery empties under a load in watts: losses and Peukert's effect included."""
        drawn = load / self.efficiency + self.idle
        return drawn * float(max(drawn * REFERENCE_HOURS / self.capacity, 1.0) ** (self.peukert - 1.0))

    def runtime(self, energy: float, load: float) -> float:
        """Seconds for which the energy (Wh) carries the load (W)."""
        return energy * 3600.0 / self.drain(load)


class State:
    """Everything that changes. Energies are Wh, times seconds, `load` the part of the nominal real power.

    `voltage` and `frequency` are those of the mains (0 V: none), `failing` simulates that there is none. `output` says
    whether the load is powered, `inverter` whether out of the battery, `bypass` whether round the electronics. `test`
    is "quick", "deep", "calibrate" or "". `shutdown_in` and `start_in` are running timers; `returns` says that the
    output comes back after the shutdown, `waits` that it is off until mains and charge allow that. The user's settings:
    `charge_low`, `charge_restart`, `runtime_low`, `start_delay`, `auto_start`, `transfer_low`, `transfer_high`.
    """

    __slots__ = (
        "auto_start",
        "bypass",
        "charge_low",
        "charge_restart",
        "energy",
        "failing",
        "frequency",
        "from_mains",
        "good_for",
        "inverter",
        "load",
        "lost",
        "output",
        "reason",
        "result",
        "returns",
        "runtime_low",
        "shutdown_in",
        "start_delay",
        "start_in",
        "temperature",
        "test",
        "test_left",
        "time",
        "to_load",
        "transfer_high",
        "transfer_low",
        "voltage",
        "waits",
        "wander",
    )

    def __init__(self, plant: Plant, *, charge: float = 1.0, load: float = 0.3) -> None:
        self.time = 0.0
        self.energy = plant.capacity * charge
        self.voltage, self.frequency = plant.voltage, plant.frequency
        self.failing = False
        self.load = load
        self.temperature = ROOM
        self.output, self.inverter, self.bypass = True, False, False
        self.waits = False
        self.reason = "none"
        self.good_for = STABLE
        self.wander = 0.0
        self.test, self.test_left, self.result = "", 0.0, "No test initiated"
        self.returns = False
        self.shutdown_in: float | None = None
        self.start_in: float | None = None
        self.from_mains = self.to_load = self.lost = 0.0
        self.charge_low, self.runtime_low, self.charge_restart = 0.2, 120.0, 0.0
        self.start_delay, self.auto_start = 10.0, True
        self.transfer_low, self.transfer_high = plant.voltage * 0.8, plant.voltage * 1.15

    def copy(self) -> State:
        """Another one, equal to this."""
        twin = State.__new__(State)
        for name in State.__slots__:
            setattr(twin, name, getattr(self, name))
        return twin

    def charge(self, plant: Plant) -> float:
        """How full the battery is, 0 to 1."""
        return self.energy / plant.capacity

    def input_voltage(self) -> float:
        """What a meter at the input would show."""
        return 0.0 if self.failing or self.voltage <= 0 else max(self.voltage + self.wander, 0.0)

    def watts(self, plant: Plant) -> float:
        """What the load takes now."""
        return self.load * plant.realpower if self.output else 0.0

    def balance(self, plant: Plant, start: State) -> float:
        """Energy that came from nowhere since `start`: 0, but for rounding."""
        given = self.from_mains - start.from_mains
        used = self.to_load - start.to_load + self.lost - start.lost
        return used + (self.energy - start.energy) - given


def step(plant: Plant, state: State, seconds: float, noise: Callable[[], float] = lambda: 0.0) -> State:
    """The state `seconds` later. `noise()` gives numbers around 0 with a spread of 1, for the mains voltage."""
    new = state.copy()
    left = seconds
    while left > 1e-9:
        taken = min(left, LONGEST_STEP, *(timer for timer in (new.shutdown_in, new.start_in) if timer))
        _little_step(plant, new, taken, noise())
        left -= taken
    return new


def _little_step(plant: Plant, state: State, seconds: float, noise: float) -> None:
    state.time += seconds
    state.wander = 0.95 * state.wander + 0.15 * noise * plant.voltage / 230.0
    good = _mains_is_good(plant, state)
    state.good_for = state.good_for + seconds if good else 0.0
    _run_timers(state, seconds, good)
    _choose_source(plant, state, good)
    _move_energy(plant, state, seconds, good)
    _run_test(plant, state, seconds)
    heat = 12.0 * state.load * (1.5 if state.inverter else 1.0) if state.output else 0.0
    state.temperature += (ROOM + heat - state.temperature) * min(seconds / 1800.0, 1.0)


def _mains_is_good(plant: Plant, state: State) -> bool:
    """Whether the mains can carry the load; it must be a little better to come back to."""
    volts = state.input_voltage()
    margin = HYSTERESIS if state.inverter and not state.test else 0.0
    low, high = state.transfer_low + margin, state.transfer_high - margin
    if volts < low:
        state.reason = "input voltage out of range" if volts > 0 else "input power failure"
        return False
    if volts > high:
        state.reason = "input voltage out of range"
        return False
    if abs(state.frequency - plant.frequency) > 0.06 * plant.frequency:
        state.reason = "input frequency out of range"
        return False
    return True


def _run_timers(state: State, seconds: float, good: bool) -> None:
    if state.shutdown_in is not None:
        state.shutdown_in -= seconds
        if state.shutdown_in <= 1e-9:
            state.shutdown_in = None
            switch_off(state)
            state.waits = state.returns
    elif state.start_in is not None and good:
        state.start_in -= seconds
        if state.start_in <= 1e-9:
            state.start_in = None
            state.output, state.waits = True, False


def _choose_source(plant: Plant, state: State, good: bool) -> None:
    """Mains or battery; and where it was off for want of energy, when to start again."""
    if not state.output:
        state.inverter = False
        waits = state.waits and state.auto_start and state.start_in is None
        if waits and good and state.charge(plant) >= state.charge_restart:
            state.start_in = state.start_delay
        return
    if state.test and good:
        state.inverter = True
        state.reason = "self-test" if state.test != "calibrate" else "calibration"
    elif good and state.good_for >= STABLE:
        state.inverter = False
    elif not good:
        if state.bypass:  # nothing stands between the mains and the load
            switch_off(state)
            state.waits = True
            return
        state.inverter = True
        if state.test:
            _end_test(state, "Aborted: mains failed")


def _move_energy(plant: Plant, state: State, seconds: float, good: bool) -> None:
    hours = seconds / 3600.0
    load = state.watts(plant)
    if state.inverter:
        wanted = plant.drain(load) * hours
        taken = min(wanted, state.energy)
        part = taken / wanted
        state.energy -= taken
        state.to_load += load * hours * part
        state.lost += taken - load * hours * part
        if part < 1.0 or state.energy <= 0.0:
            state.energy = max(state.energy, 0.0)
            switch_off(state)
            state.waits = True
        return
    if not good:
        return
    stored = charging_power(plant, state) * hours
    stored = min(stored, plant.capacity - state.energy)
    state.energy += stored
    state.from_mains += load * hours + stored / plant.charge_efficiency + plant.idle * hours
    state.to_load += load * hours
    state.lost += stored / plant.charge_efficiency - stored + plant.idle * hours


def charging_power(plant: Plant, state: State) -> float:
    """Watts that arrive in the battery: all that the charger has up to 80 %, then ever less."""
    charge = state.charge(plant)
    if state.inverter or charge >= 1.0:
        return 0.0
    part = 1.0 if charge < BULK_UNTIL else max((1.0 - charge) / (1.0 - BULK_UNTIL), TRICKLE)
    return plant.charger * plant.charge_efficiency * part


def _run_test(plant: Plant, state: State, seconds: float) -> None:
    if not state.test:
        return
    if not state.output:
        _end_test(state, "Done and failed: the battery ran out" if state.waits else "Aborted")
        return
    state.test_left -= seconds
    charge = state.charge(plant)
    if state.test == "calibrate":
        if charge <= CALIBRATE_TO:
            _end_test(state, "Calibration done")
    elif charge <= state.charge_low if state.test == "deep" else state.test_left <= 0:
        _end_test(state, "Done and passed")


def _end_test(state: State, result: str) -> None:
    state.test, state.test_left, state.result = "", 0.0, result


def start_test(state: State, kind: str) -> bool:
    """Begin a test; False while there is one, without mains, or with the output off."""
    if state.test or not state.output or state.inverter or state.bypass:
        return False
    state.test, state.test_left, state.result = kind, QUICK_TEST, "In progress"
    return True


def stop_test(state: State) -> None:
    """End a test before its time."""
    if state.test:
        _end_test(state, "Aborted")


def switch_off(state: State) -> None:
    """Cut the load off."""
    state.output = state.inverter = False


def battery_low(plant: Plant, state: State) -> bool:
    """Whether the battery, on which the load runs, will soon be empty."""
    if not state.inverter or state.test:
        return False
    left = plant.runtime(state.energy, state.watts(plant))
    return state.charge(plant) <= state.charge_low or left <= state.runtime_low


def regulation(plant: Plant, state: State) -> str:
    """What the UPS does to the mains voltage: "BOOST", "TRIM" or ""."""
    if state.inverter or state.bypass or not state.output:
        return ""
    volts = state.input_voltage()
    if volts < plant.voltage * (1 - AVR_MARGIN):
        return "BOOST"
    return "TRIM" if volts > plant.voltage * (1 + AVR_MARGIN) else ""


def output_voltage(plant: Plant, state: State) -> float:
    """Volts at the output."""
    if not state.output:
        return 0.0
    if state.inverter:
        return plant.voltage
    return state.input_voltage() * {"BOOST": BOOST, "TRIM": TRIM}.get(regulation(plant, state), 1.0)


def battery_voltage(plant: Plant, state: State) -> float:
    """Volts of the battery: by its charge, less under load, more while it is charged."""
    charge = state.charge(plant)
    rest = plant.volts * (0.965 + 0.105 * charge)
    if state.inverter:
        return rest - battery_current(plant, state) * plant.resistance
    power = charging_power(plant, state)
    if power > 0:
        return rest + plant.volts * 0.075 * sqrt(power / (plant.charger * plant.charge_efficiency))
    return plant.volts * 1.1375 if state.input_voltage() > 0 else rest


def battery_current(plant: Plant, state: State) -> float:
    """Amperes out of the battery."""
    return (state.watts(plant) / plant.efficiency + plant.idle) / plant.volts if state.inverter else 0.0
