"""A world for the rules to live in: scripted UPSes, a clock that jumps to whatever comes next. Executes nothing.

A scenario is a text that an operator can read:

    monitor ups 1 primary             as in upsmon.conf: name, power value, primary or secondary
    set     FINALDELAY 2              any directive that the rules know
    trigger ups charge_below 30 sustained 10    one of wallnut.toml: a UPS or *, then keys and values
    at 0    ups OL
    at 10   ups OB DISCHRG            from now on the UPS says this
            expect ONBATT ups         (only tests look at these) what happens now, or with a time: expect 12 ...
    at 20   ups lost Data stale       it cannot be asked any more
    at 100  end

`at` knows beside that:

    ups alarm TEXT, ups modes TEXT    what ups.alarm and the mode buzzwords say from now on
    ups charge N, runtime N           what it says about its battery (also: voltage, nominal); "charge" alone: nothing
    ups logins N                      how many are logged in to it, us included
    ups refuses TEXT                  its server's answer to FSD
    set ..., monitor ..., unmonitor ups    the configuration is changed and reloaded
    fsd, stop                         somebody says `upsmon -c fsd`, `upsmon -c stop`
    steps done                        those before SHUTDOWNCMD; else they take all their time (set STEPS_TIME 60)
    parent dies
    sleep SECONDS, stall SECONDS      the system sleeps; nobody can look
    end

A line `polled` makes changes show in the next cycle only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from wallnut.config.wallnut_toml import CONDITIONS, Trigger
from wallnut.model.errors import NutError
from wallnut.monitor import rules
from wallnut.monitor.values import (
    READ_FROM,
    Action,
    AskLogins,
    Commanded,
    Event,
    Exit,
    ForceShutdown,
    FsdAnswer,
    Logins,
    Look,
    Lost,
    ParentGone,
    PowerDown,
    Reloaded,
    SetFsd,
    Settings,
    StepsDone,
    Stop,
    Supply,
    Tick,
    Woke,
    readings,
)


class ScenarioError(NutError):
    """A line of a scenario makes no sense."""


@dataclass(frozen=True, slots=True)
class Change:
    """A line `at`: when, and the words after it."""

    at: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """A line `expect`."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario's text, read."""

    settings: Settings
    changes: tuple[Change, ...]
    expected: tuple[Expected, ...] = ()
    polled: bool = False


@dataclass(slots=True)
class _Device:
    """A UPS as the world has it; `status` None: it cannot be asked."""

    status: str | None = None
    alarm: str = ""
    modes: str = ""
    battery: dict[str, str] = field(default_factory=dict)
    logins: int = 1
    refuses: str = ""
    reason: str = "Driver not connected"


@dataclass(frozen=True, slots=True)
class Happening:
    """What the rules did, and when."""

    at: float
    action: Action


def parse(text: str) -> Scenario:
    """Read a scenario. Raises ScenarioError naming the line."""
    settings = Settings()
    changes: list[Change] = []
    expected: list[Expected] = []
    polled, at = False, 0.0
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        try:
            match words:
                case []:
                    pass
                case ["polled"]:
                    polled = True
                case ["at", when, *rest] if rest:
                    at = float(when)
                    changes.append(Change(at, tuple(rest)))
                case ["expect", *what] if what:
                    timed = what[0].replace(".", "", 1).isdigit()
                    moment = float(what[0]) if timed else at
                    expected.append(Expected(moment, " ".join(what[1:] if timed else what)))
                case _:
                    settings = configure(settings, words)
        except (ValueError, ScenarioError) as error:
            raise ScenarioError(f"line {number}: {line.strip()!r}: {error}") from None
    return Scenario(settings, tuple(changes), tuple(expected), polled)


def configure(settings: Settings, words: Sequence[str]) -> Settings:
    """The settings with one line of a scenario more. Raises ScenarioError or ValueError."""
    match words:
        case ["monitor", name, power, kind]:
            kept = tuple(supply for supply in settings.supplies if supply.name != name)
            return replace(settings, supplies=(*kept, Supply(name, int(power), kind in ("primary", "master"))))
        case ["unmonitor", name]:
            return replace(settings, supplies=tuple(supply for supply in settings.supplies if supply.name != name))
        case ["trigger", ups, *words] if words:
            return replace(settings, triggers=(*settings.triggers, _trigger(ups, words)))
        case ["set", "ALARMCRITICAL", value]:
            return replace(settings, alarmcritical=value == "1")
        case ["set", "NOTIFYFLAG", kind, ways]:
            return replace(settings, ways={**settings.ways, kind: tuple(ways.split("+"))})
        case ["set", "NOTIFYMSG", kind, *text]:
            return replace(settings, messages={**settings.messages, kind: " ".join(text)})
        case ["set", name, value] if name.lower() in _NUMBERS:
            number: Any = float(value) if "." in value else int(value)
            return replace(settings, **{name.lower(): number})
    raise ScenarioError("not known in a scenario")


_NUMBERS = {entry.name for entry in fields(Settings)} - {"supplies", "alarmcritical", "messages", "ways", "triggers"}


def _trigger(ups: str, words: Sequence[str]) -> Trigger:
    """A trigger from keys and values."""
    pairs = dict(zip(words[::2], map(float, words[1::2]), strict=True))
    if not pairs.keys() <= {*CONDITIONS, "sustained"}:
        raise ScenarioError("not a trigger's key")
    given: dict[str, Any] = {key: int(value) if value.is_integer() else value for key, value in pairs.items()}
    return Trigger(ups=(ups,), **given)


@dataclass(slots=True)
class World:
    """Plays a scenario; `played` fills up with what the rules did."""

    scenario: Scenario
    state: rules.State = field(init=False)
    now: float = 0.0
    slept: float = 0.0
    ended: bool = False
    parent: bool = True
    played: list[Happening] = field(default_factory=list)
    devices: dict[str, _Device] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.state = rules.start(self.scenario.settings, 0.0)
        self.devices = {supply.name: _Device() for supply in self.scenario.settings.supplies}

    def play(self) -> list[Happening]:
        """Run it to its end."""
        changes = list(self.scenario.changes)
        cycle = 0.0
        while not self.ended:
            wake = self._wake()
            soonest = min([wake, cycle] if self.state.shutdown is None else [wake])
            if changes and changes[0].at <= soonest:
                cycle = self._change(changes, cycle)
            elif soonest == float("inf"):
                break
            else:
                self.now = soonest
                self._cycle()
                cycle = self.now + rules.interval(self.state)
        return self.played

    def _wake(self) -> float:
        wake = rules.wake_at(self.state)
        return float("inf") if wake is None else max(wake + self.slept, self.now)

    def _change(self, changes: list[Change], cycle: float) -> float:
        """Apply the changes of one moment; when the next cycle is due."""
        at = self.now = max(self.now, changes[0].at)
        touched: list[str] = []
        while changes and changes[0].at <= at and not self.ended:
            words = changes.pop(0).words
            if words[0] in self.devices:
                self._device(self.devices[words[0]], words[1:])
                touched.append(words[0])
            else:
                self._host(words)
            if words[0] in ("stall", "sleep"):
                cycle = self.now
        if cycle > self.now and not self.scenario.polled and self.state.shutdown is None:
            for name in dict.fromkeys(touched):
                self._look(name)
        return cycle

    def _device(self, device: _Device, words: Sequence[str]) -> None:
        match words:
            case ["alarm", *text]:
                device.alarm = " ".join(text)
            case ["modes", *text]:
                device.modes = " ".join(text)
            case [reading, *value] if reading in READ_FROM:
                device.battery[READ_FROM[reading]] = " ".join(value)
            case ["logins", number]:
                device.logins = int(number)
            case ["refuses", *text]:
                device.refuses = " ".join(text)
            case ["lost", *text]:
                device.status, device.reason = None, " ".join(text) or device.reason
            case _:
                device.status = " ".join(words)

    def _host(self, words: Sequence[str]) -> None:
        match words:
            case ["end"]:
                self.ended = True
            case ["fsd"]:
                self._step(ForceShutdown())
            case ["stop"]:
                self._step(Stop())
            case ["steps", "done"]:
                self._step(StepsDone())
            case ["parent", "dies"]:
                self.parent = False
            case ["stall", seconds]:
                self.now += float(seconds)
            case ["sleep", seconds]:
                self.now += float(seconds)
                self.slept += float(seconds)
                self._step(Woke())
            case _:
                settings = configure(self.state.settings, words)
                for supply in settings.supplies:
                    self.devices.setdefault(supply.name, _Device())
                self._step(Reloaded(settings))

    def _cycle(self) -> None:
        if self.state.shutdown is None:
            if not self.parent:
                self._step(ParentGone())
            for name in list(self.state.upses):
                self._look(name)
        self._step(Tick())

    def _look(self, name: str) -> None:
        device = self.devices[name]
        if device.status is None:
            self._step(Lost(name, device.reason))
        else:
            told = readings(lambda variable: device.battery.get(variable, ""))
            self._step(Look(name, device.status, device.alarm, device.modes, told))

    def _step(self, event: Event) -> None:
        if self.ended:
            return
        self.state, actions = rules.step(self.state, event, self.now - self.slept)
        for action in actions:
            self.played.append(Happening(self.now, action))
        for action in actions:
            self._perform(action)

    def _perform(self, action: Action) -> None:
        match action:
            case SetFsd():
                self._step(FsdAnswer(action.ups, self.devices[action.ups].refuses))
            case AskLogins():
                for name in action.upses:
                    self._step(Logins(name, self.devices[name].logins))
            case PowerDown():
                self._step(Commanded())
            case Exit():
                self.ended = True
            case _:
                pass
