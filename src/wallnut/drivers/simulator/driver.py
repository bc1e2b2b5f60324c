"""simulator: a UPS without hardware, whose battery, mains and load behave. For demonstrations and tests.

The physics is in physics.py, what happens to it in scenario.py; this is what NUT sees of it.
"""

from __future__ import annotations

import os
from random import Random

from wallnut.drivers.base import Driver, Option, Publisher, Result, Settings
from wallnut.drivers.simulator import physics
from wallnut.drivers.simulator.knobs import KNOBS, Panel, fits
from wallnut.drivers.simulator.physics import Plant, State
from wallnut.drivers.simulator.scenario import Event, Player, read_scenario
from wallnut.model.errors import ConfigError, DeviceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

REFRESH = 1.0
"""Seconds between two looks at it."""
NO_SCENARIO = ("auto", "none", "-")

COMMANDS = (
    "beeper.disable",
    "beeper.enable",
    "beeper.mute",
    "beeper.toggle",
    "bypass.start",
    "bypass.stop",
    "calibrate.start",
    "calibrate.stop",
    "load.off",
    "load.off.delay",
    "load.on",
    "load.on.delay",
    "reset.input.minmax",
    "shutdown.reboot",
    "shutdown.return",
    "shutdown.stayoff",
    "shutdown.stop",
    "test.battery.start",
    "test.battery.start.deep",
    "test.battery.start.quick",
    "test.battery.stop",
    "test.failure.start",
    "test.failure.stop",
)


class Simulator(Driver):
    """The simulated UPS."""

    name = "simulator"
    version = "1.0"
    title = "UPS simulator"
    options = (
        Option("speed", "Simulated seconds in one real second (1)"),
        Option("power", "Nominal apparent power in VA (1000)"),
        Option("realpower", "Nominal real power in W (600)"),
        Option("capacity", "Battery capacity in Ah (9)"),
        Option("battery", "Nominal battery voltage (24)"),
        Option("charger", "Power of the charger in W (60)"),
        Option("voltage", "Nominal mains voltage: 100, 120, 208, 220, 230 or 240 (230)"),
        Option("charge", "Charge at the start in per cent (100)"),
        Option("load", "Load at the start in per cent (30)"),
        Option("seed", "Begin of the chance in the mains voltage, to have the same again"),
    )

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        volts = settings.integer("voltage", 230)
        if volts not in (100, 120, 208, 220, 230, 240):
            raise settings.error("voltage", "100, 120, 208, 220, 230 or 240 is needed")
        self.plant = Plant(
            power=settings.number("power", 1000.0, 10.0, 1e6),
            realpower=settings.number("realpower", 600.0, 10.0, 1e6),
            amp_hours=settings.number("capacity", 9.0, 0.1, 1e5),
            volts=settings.number("battery", 24.0, 6.0, 1000.0),
            charger=settings.number("charger", 60.0, 1.0, 1e5),
            voltage=float(volts),
            frequency=50.0 if volts > 210 else 60.0,
        )
        self.state: State = State(
            self.plant,
            charge=settings.number("charge", 100.0, 0.0, 100.0) / 100.0,
            load=settings.number("load", 30.0, 0.0, 200.0) / 100.0,
        )
        self._speed = settings.number("speed", 1.0, 0.001, 1e5)
        self._random = Random(settings.text("seed") or None)
        self.panel = Panel(self.plant.voltage)
        self._player = Player(self._scenario())
        self._reachable = True
        self._last: float | None = None

    def _scenario(self) -> list[Event]:
        port = self.settings.text("port")
        if port in NO_SCENARIO:
            return []
        path = os.path.join(self.settings.folder, port)
        try:
            with open(path, "rb") as file:
                events, problems = read_scenario(file.read())
        except OSError as error:
            raise ConfigError(f"Can't open {path}: {error.strerror} (port = auto runs without a scenario)") from None
        for problem in problems:
            self.ups.log.warning(f"{path}:{problem}")
        return events

    def open(self) -> None:
        """Publish what never changes."""
        plant, put = self.plant, self.ups.set
        put("ups.mfr", "wallnut")
        put("ups.model", f"Simulator {plant.power:g}")
        put("ups.serial", f"SIM{plant.power:06.0f}")
        put("ups.firmware", self.version)
        put("ups.type", "line-interactive")
        put("ups.power.nominal", plant.power)
        put("ups.realpower.nominal", plant.realpower)
        put("input.voltage.nominal", plant.voltage)
        put("input.frequency.nominal", plant.frequency)
        put("output.voltage.nominal", plant.voltage)
        put("output.frequency.nominal", plant.frequency)
        put("battery.voltage.nominal", plant.volts)
        put("battery.voltage.low", round(plant.volts * 0.875, 1))
        put("battery.voltage.high", round(plant.volts * 1.07, 1))
        put("battery.capacity.nominal", round(plant.capacity / plant.volts, 2))
        put("battery.type", "PbAc")
        put("battery.packs", 1)
        self.ups.add_command(*COMMANDS)

    def poll(self) -> None:
        """Let time pass, and show what has become of it."""
        now = self.clock()
        passed = 0.0 if self._last is None else (now - self._last) * self._speed
        self._last = now
        self.advance(passed)
        if not self._reachable:
            raise DeviceError("the simulated UPS does not answer")
        self.show()
        self.ups.poll_in(REFRESH)

    def advance(self, seconds: float) -> None:
        """Let simulated time pass, with all that the scenario has for it."""
        end = self.state.time + seconds
        for when, event in self._player.until(end):
            self._step(when - self.state.time)
            self._happen(event)
        self._step(end - self.state.time)

    def _step(self, seconds: float) -> None:
        if seconds <= 0:
            return
        self.state = physics.step(self.plant, self.state, seconds, lambda: self._random.gauss(0.0, 1.0))
        panel, volts = self.panel, self.state.input_voltage()
        panel.lowest = min(panel.lowest, volts)
        panel.highest = max(panel.highest, volts)

    def _happen(self, event: Event) -> None:
        state, word = self.state, event.args[0].lower() if event.args else ""
        if event.what == "mains":
            state.voltage = self.plant.voltage if word == "on" else 0.0
        elif event.what == "voltage":
            state.voltage = float(word)
        elif event.what == "frequency":
            state.frequency = float(word)
        elif event.what == "load":
            state.load = float(word) / 100.0
        elif event.what == "battery":
            state.energy = self.plant.capacity * float(word) / 100.0
        elif event.what == "replace":
            self.panel.replace = word == "on"
        elif event.what == "device":
            self._reachable = word == "on"
        elif event.what == "command":
            result = self.command(event.args[0], event.args[1] if len(event.args) > 1 else "")
            if result != Result.HANDLED:
                self.ups.log.warning(f"scenario: {' '.join(event.args)}: {result.name.lower()}")

    # --- what NUT sees

    def show(self) -> None:
        """Publish the state."""
        self._show_power()
        self._show_battery()
        self._show_settings()
        alarms = self._alarms()
        self.ups.alarm(*alarms)
        self.ups.status(*self._status())

    def _status(self) -> list[str]:
        state, plant = self.state, self.plant
        mains = state.good_for > 0 and (not state.inverter or state.test != "")
        words = ["OL" if mains else "OB"]
        if not state.output:
            words.append("OFF")
        if state.inverter:
            words.append("DISCHRG")
        elif mains and physics.charging_power(plant, state) > 0:
            words.append("CHRG")
        if physics.battery_low(plant, state) or (not mains and state.charge(plant) <= state.charge_low):
            words.append("LB")
        if self.panel.replace:
            words.append("RB")
        if state.bypass:
            words.append("BYPASS")
        if state.test:
            words.append("CAL")
        if state.output and state.load > 1.0:
            words.append("OVER")
        if regulation := physics.regulation(plant, state):
            words.append(regulation)
        return words

    def _alarms(self) -> list[str]:
        alarms = []
        if self.panel.replace:
            alarms.append("[Replace battery]")
        if self.state.output and self.state.load > 1.0:
            alarms.append("[Overload]")
        return alarms

    def _show_power(self) -> None:
        state, plant, put = self.state, self.plant, self.ups.set
        volts, out, watts = state.input_voltage(), physics.output_voltage(plant, state), state.watts(plant)
        apparent = watts * plant.power / plant.realpower
        put("input.voltage", round(volts, 1))
        put("input.voltage.minimum", round(self.panel.lowest, 1))
        put("input.voltage.maximum", round(self.panel.highest, 1))
        frequency = round(state.frequency + 0.03 * state.wander, 1) if volts > 0 else 0.0
        put("input.frequency", frequency)
        put("input.transfer.reason", state.reason)
        put("output.voltage", round(out, 1))
        put("output.frequency", (plant.frequency if state.inverter else frequency) if out > 0 else 0.0)
        put("output.current", round(apparent / out, 2) if out > 0 else 0.0)
        put("ups.load", round(100.0 * watts / plant.realpower, 1))
        put("ups.realpower", round(watts))
        put("ups.power", round(apparent))
        put("ups.efficiency", round(100.0 * watts / (watts + plant.idle), 1) if watts > 0 else 0.0)
        put("ups.temperature", round(state.temperature, 1))
        put("ups.mode", "bypass" if state.bypass else "line-interactive")

    def _show_battery(self) -> None:
        state, plant, put = self.state, self.plant, self.ups.set
        charge = state.charge(plant)
        charging = physics.charging_power(plant, state) > 0 and state.input_voltage() > 0
        put("battery.charge", round(100.0 * charge))
        put("battery.runtime", int(plant.runtime(state.energy, state.load * plant.realpower)))
        put("battery.voltage", round(physics.battery_voltage(plant, state), 2))
        put("battery.current", round(-physics.battery_current(plant, state), 2))
        put("battery.capacity", round(state.energy / plant.volts, 2))
        put("battery.temperature", round(state.temperature, 1))
        resting = "floating" if state.input_voltage() > 0 else "resting"
        put("battery.charger.status", "discharging" if state.inverter else "charging" if charging else resting)
        put("ups.test.result", state.result)
        put("ups.timer.shutdown", _timer(state.shutdown_in))
        put("ups.timer.start", _timer(state.start_in))

    def _show_settings(self) -> None:
        for name, knob in KNOBS.items():
            kind, value = knob.kind(self.plant), knob.get(self)
            if isinstance(kind, int):
                self.ups.set(name, value, writable=True, length=kind)
            elif isinstance(kind, range):
                self.ups.set(name, value, writable=True, ranges=[(kind.start, kind.stop - 1)])
            else:
                self.ups.set(name, value, writable=True, length=max(map(len, kind)), enum=kind)

    # --- what NUT asks for

    def set(self, name: str, value: str) -> Result:
        """Change a setting."""
        knob = KNOBS.get(name.lower())
        if knob is None:
            return Result.UNKNOWN
        if not fits(value, knob.kind(self.plant)):
            return Result.INVALID
        knob.put(self, value)
        self._show_settings()
        self.ups.poll_in(0)
        return Result.HANDLED

    def command(self, name: str, value: str) -> Result:
        """Run an instant command."""
        act = _ACTS.get(name.lower())
        if act is None:
            return Result.UNKNOWN
        if value and not value.isdecimal():
            return Result.INVALID
        result = act(self, value)
        self.ups.poll_in(0)
        return Result.HANDLED if result else Result.FAILED

    def shutdown(self) -> None:
        """Off after the delay, and on again with the mains."""
        self._shut_down(True)

    def _shut_down(self, come_back: bool, delay: int | None = None) -> bool:
        state = self.state
        if not state.output:
            return False
        state.auto_start = come_back
        state.returns = come_back
        state.shutdown_in = float(self.panel.shutdown_delay if delay is None else delay) or 0.001
        return True

    def _load_off(self, value: str) -> bool:
        physics.switch_off(self.state)
        self.state.waits, self.state.start_in = False, None
        return True

    def _load_off_later(self, value: str) -> bool:
        if not value:
            value = str(self.panel.shutdown_delay)
        self.state.returns, self.state.shutdown_in = False, float(value) or 0.001
        return True

    def _load_on(self, value: str) -> bool:
        state = self.state
        if state.input_voltage() <= 0 and state.energy <= 0:
            return False
        state.output, state.waits, state.start_in = True, False, None
        return True

    def _load_on_later(self, value: str) -> bool:
        if not self.state.output:
            self.state.start_in = float(value or self.state.start_delay) or 0.001
        return True

    def _reboot(self, value: str) -> bool:
        return self._shut_down(True, 0)

    def _cancel(self, value: str) -> bool:
        self.state.shutdown_in = None
        return True

    def _test(self, kind: str) -> bool:
        return physics.start_test(self.state, kind)

    def _stop_test(self, value: str) -> bool:
        physics.stop_test(self.state)
        return True

    def _fail_mains(self, failing: bool) -> bool:
        self.state.failing = failing
        return True

    def _bypass(self, on: bool) -> bool:
        if on and (self.state.inverter or not self.state.output):
            return False
        self.state.bypass = on
        return True

    def _beep(self, status: str) -> bool:
        self.panel.beeper = status
        return True

    def _toggle_beeper(self, value: str) -> bool:
        return self._beep("disabled" if self.panel.beeper == "enabled" else "enabled")

    def _reset_minmax(self, value: str) -> bool:
        self.panel.lowest = self.panel.highest = self.state.input_voltage()
        return True


_ACTS: dict[str, Callable[[Simulator, str], bool]] = {
    "beeper.disable": lambda ups, value: ups._beep("disabled"),
    "beeper.enable": lambda ups, value: ups._beep("enabled"),
    "beeper.mute": lambda ups, value: ups._beep("muted"),
    "beeper.toggle": Simulator._toggle_beeper,
    "bypass.start": lambda ups, value: ups._bypass(True),
    "bypass.stop": lambda ups, value: ups._bypass(False),
    "calibrate.start": lambda ups, value: ups._test("calibrate"),
    "calibrate.stop": Simulator._stop_test,
    "load.off": Simulator._load_off,
    "load.off.delay": Simulator._load_off_later,
    "load.on": Simulator._load_on,
    "load.on.delay": Simulator._load_on_later,
    "reset.input.minmax": Simulator._reset_minmax,
    "shutdown.reboot": Simulator._reboot,
    "shutdown.return": lambda ups, value: ups._shut_down(True),
    "shutdown.stayoff": lambda ups, value: ups._shut_down(False),
    "shutdown.stop": Simulator._cancel,
    "test.battery.start": lambda ups, value: ups._test("quick"),
    "test.battery.start.deep": lambda ups, value: ups._test("deep"),
    "test.battery.start.quick": lambda ups, value: ups._test("quick"),
    "test.battery.stop": Simulator._stop_test,
    "test.failure.start": lambda ups, value: ups._fail_mains(True),
    "test.failure.stop": lambda ups, value: ups._fail_mains(False),
}


def _timer(seconds: float | None) -> int:
    return -1 if seconds is None else round(seconds)
