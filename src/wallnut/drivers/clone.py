"""clone and clone-outlet: an outlet of another driver's device, dealt with as if it were a UPS of its own.

`Outlet` holds clone's rules: pure, times and values in, what to show and to do out. They were seen with clone 2.8.0 and
read in clone(8); clone-outlet's are those of clone-outlet(8).
"""

from __future__ import annotations

from wallnut.drivers.base import Driver, Option, Publisher, Result, Settings
from wallnut.drivers.relay import Relay
from wallnut.model.errors import ConfigError
from wallnut.model.status import Status
from wallnut.proto.driver import InstCmd

TICK = 1.0
"""Seconds between two looks at running timers."""


class Outlet:
    """An outlet that is switched off before the UPS is empty, and on again when mains is back.

    `off_delay` and `on_delay` are seconds; `charge_low` (per cent) and `runtime_low` (seconds) are where the outlet's
    battery counts as low, 0 for never. `shutdown_in` and `start_in` are the running timers' seconds, None for none.
    """

    def __init__(self, off_delay: int, on_delay: int, charge_low: int, runtime_low: int) -> None:
        self.off_delay, self.on_delay = off_delay, on_delay
        self.charge_low, self.runtime_low = charge_low, runtime_low
        self.shutdown_in: float | None = None
        self.start_in: float | None = None
        self._last: float | None = None
        self._mains = False

    def begin(self, *, come_back: bool) -> None:
        """Start to shut down; without `come_back` the outlet stays off."""
        if self.shutdown_in is None:
            self.shutdown_in = float(self.off_delay)
        self.start_in = float(self.on_delay) if come_back else None

    def step(self, now: float, status: Status, charge: int | None, runtime: int | None, on: bool) -> tuple[str, str]:
        """Go on to a time; the status words to show, and what to do now: "load.off", "load.on" or "".

        `status`, `charge` and `runtime` are the other driver's, `on` whether the outlet is. A shutdown that has begun
        goes on, though mains returns: the outlet's hosts are on their way down, and only a power cycle wakes them.
        """
        passed = 0.0 if self._last is None else max(now - self._last, 0.0)
        self._last = now
        mains, self._mains = self._mains, not status.on_battery
        low = self._low(charge, runtime)
        action = ""
        if self.shutdown_in is not None:
            self.shutdown_in -= passed
            if self.shutdown_in <= 0:
                self.shutdown_in = None
                action = "load.off"
        elif self.start_in is not None and not status.on_battery:
            self.start_in -= passed if mains else 0.0
            if self.start_in <= 0:
                self.start_in = None
                action = "load.on"
        elif status.on_battery and (low or status.low_battery) and on and self.start_in is None:
            self.begin(come_back=True)
        words = list(status.words)
        if low and status.on_battery and "LB" not in words:
            words.append("LB")
        if self.shutdown_in is not None or action == "load.off" or (self.start_in is not None and status.on_battery):
            words.insert(0, "FSD")
        return " ".join(words), action

    def _low(self, charge: int | None, runtime: int | None) -> bool:
        return (charge is not None and charge < self.charge_low) or (runtime is not None and runtime < self.runtime_low)


class Clone(Driver):
    """An outlet that is shut down earlier than the rest, and wakes again by itself."""

    name = "clone"
    version = "1.0"
    title = "Clone UPS driver"
    relays = True
    options = (
        Option("offdelay", "Delay before outlet shutdown (seconds)"),
        Option("ondelay", "Delay before outlet startup (seconds)"),
        Option("mincharge", "Remaining battery level when UPS switches to LB (percent)"),
        Option("minruntime", "Remaining battery runtime when UPS switches to LB (seconds)"),
        Option("load.off", "Command to switch off outlet"),
        Option("load.on", "Command to switch on outlet"),
        Option("load.status", "Variable that indicates outlet is on/off"),
    )

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self._outlet = Outlet(
            settings.integer("offdelay", 120, low=0),
            settings.integer("ondelay", 30, low=0),
            settings.integer("mincharge", 0, 0, 100),
            settings.integer("minruntime", 0, low=0),
        )
        self._commands: dict[str, str] = {
            name: settings.text(name) for name in ("load.off", "load.on") if name in settings.values
        }
        self._switch = settings.text("load.status")
        self._on = True
        self._relay = Relay(settings, ups, _OWN)

    def open(self) -> None:
        """Connect to the other driver."""
        outlet = self._outlet
        self._relay.open()
        self.ups.set("battery.charge.low", outlet.charge_low, writable=True, length=3)
        self.ups.set("battery.runtime.low", outlet.runtime_low, writable=True, length=4)
        self.ups.set("ups.delay.shutdown", outlet.off_delay)
        self.ups.set("ups.delay.start", outlet.on_delay)
        self.ups.add_command("shutdown.return", "shutdown.stayoff", *self._commands)

    def poll(self) -> None:
        """Let time pass for the outlet."""
        relay, outlet = self._relay, self._outlet
        relay.check()
        status, action = outlet.step(
            self.clock(),
            Status.parse(relay.value("ups.status")),
            relay.number("battery.charge"),
            relay.number("battery.runtime"),
            self._is_on(),
        )
        self.ups.status(status)
        self._show_timers()
        if outlet.shutdown_in is not None or outlet.start_in is not None:
            self.ups.poll_in(TICK)
        if action and self._switch_load(action) != Result.HANDLED:
            self.ups.log.error(f"{action} of the outlet failed")

    def _show_timers(self) -> None:
        for name, seconds in (("shutdown", self._outlet.shutdown_in), ("start", self._outlet.start_in)):
            self.ups.set(f"ups.timer.{name}", -1 if seconds is None else round(seconds))

    def _is_on(self) -> bool:
        """Whether the outlet is on: as the device says it, or else as it was switched last."""
        return self._relay.value(self._switch).lower() != "off" if self._switch else self._on

    def _switch_load(self, name: str) -> Result:
        command = self._commands.get(name)
        if command is None:
            self.ups.log.warning(f"{name} is not set: the outlet stays as it is")
            return Result.HANDLED
        self.ups.log.notice(f"{name}: {command}")
        result = self._relay.request(InstCmd(command))
        if result == Result.HANDLED:
            self._on = name == "load.on"
        return result

    def command(self, name: str, value: str) -> Result:
        """Shut the outlet down in its time, or switch it now."""
        if name in self._commands:
            return self._switch_load(name)
        if name not in ("shutdown.return", "shutdown.stayoff"):
            return Result.UNKNOWN
        self._outlet.begin(come_back=name == "shutdown.return")
        self._show_timers()
        self.ups.poll_in(0)
        return Result.HANDLED

    def set(self, name: str, value: str) -> Result:
        """The two thresholds may be set."""
        limit = {"battery.charge.low": 100, "battery.runtime.low": 9999}.get(name.lower())
        if limit is None:
            return Result.UNKNOWN
        if not value.isdecimal() or int(value) > limit:
            return Result.INVALID
        if name.lower() == "battery.charge.low":
            self._outlet.charge_low = int(value)
        else:
            self._outlet.runtime_low = int(value)
        self.ups.set(name, value)
        self.ups.poll_in(0)
        return Result.HANDLED

    def close(self) -> None:
        """Leave the other driver."""
        self._relay.close()


class CloneOutlet(Driver):
    """An outlet to be watched: OFF when it is off, FSD when its shutdown timer runs."""

    name = "clone-outlet"
    version = "1.0"
    title = "clone outlet UPS Driver"
    relays = True
    options = (Option("prefix", "Outlet prefix (mandatory)"),)

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self._prefix = settings.text("prefix")
        if not self._prefix:
            raise ConfigError(f"[{settings.ups}] prefix is needed, such as: prefix = outlet.1")
        self._relay = Relay(settings, ups, ("driver.", "ups.status"))

    def open(self) -> None:
        """Connect to the other driver."""
        self._relay.open()

    def poll(self) -> None:
        """Show the device's status with what the outlet adds to it."""
        self._relay.check()
        value, number = self._relay.value, self._relay.number
        status = value("ups.status")
        timer, delay = number(f"{self._prefix}.timer.shutdown"), number(f"{self._prefix}.delay.shutdown")
        if value(f"{self._prefix}.status").lower() == "off":
            self.ups.status(status, "OFF")
        elif timer is not None and delay is not None and 0 <= timer <= delay:
            self.ups.status("FSD", status)
        else:
            self.ups.status(status)

    def close(self) -> None:
        """Leave the other driver."""
        self._relay.close()


# Variables of the other driver that clone has its own of, or that would mislead its clients.
_OWN = (
    "driver.",
    "ups.delay.",
    "ups.timer.",
    "ups.status",
    "battery.charge.low",
    "battery.runtime.low",
)
