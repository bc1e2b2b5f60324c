"""What goes into the rules and what comes out: settings, events, actions. Values only.

Times are seconds of one clock that does not stand still or go back; the rules never ask it themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isfinite

from wallnut.config.wallnut_toml import Trigger

NEVER = float("-inf")
"""The time of what has not happened yet."""

ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFO = 1, 2, 3, 4, 5, 6
"""Priorities of a Say, as syslog numbers them."""


@dataclass(frozen=True, slots=True)
class Supply:
    """A MONITOR line: the UPS as written there, how many of this host's power supplies it feeds, who manages it."""

    name: str
    power: int = 1
    primary: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """What the rules need of upsmon.conf; names and defaults are its own. Durations in seconds."""

    supplies: tuple[Supply, ...] = ()
    minsupplies: int = 1
    pollfreq: float = 5
    pollfreqalert: float = 5
    hostsync: float = 15
    deadtime: float = 15
    finaldelay: float = 5
    rbwarntime: float = 43200
    nocommwarntime: float = 300
    offduration: float = 30
    """Below 0: OFF is never critical."""
    oblbduration: float = 0
    overduration: float = -1
    """Below 0: overload is never critical."""
    alarmcritical: bool = True
    shutdownexit: float = 0
    """How long to stay after SHUTDOWNCMD; below 0: until told to end."""
    messages: Mapping[str, str] = field(default_factory=dict)
    """NOTIFYMSG: type to text, where it is not the stock text."""
    ways: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """NOTIFYFLAG: type to SYSLOG, WALL, EXEC or IGNORE, where they are not SYSLOG and WALL."""
    triggers: tuple[Trigger, ...] = ()
    """Those of wallnut.toml."""
    steps_time: float = 0
    """How long SHUTDOWNCMD may have to wait for the steps of wallnut.toml; 0: there are none."""

    @property
    def power(self) -> int:
        """The sum of all power values."""
        return sum(supply.power for supply in self.supplies)


@dataclass(frozen=True, slots=True)
class Readings:
    """What a UPS says about its battery, in percent, seconds, volts and volts; None: nothing, or no number."""

    charge: float | None = None
    runtime: float | None = None
    voltage: float | None = None
    nominal: float | None = None


UNREAD = Readings()
READ_FROM = {
    "charge": "battery.charge",
    "runtime": "battery.runtime",
    "voltage": "battery.voltage",
    "nominal": "battery.voltage.nominal",
}
"""The variable of each reading."""


def readings(value: Callable[[str], str]) -> Readings:
    """The readings of a UPS whose variables `value` tells, "" for one that it has not."""
    return Readings(**{field: _number(value(name)) for field, name in READ_FROM.items()})


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


# Events


@dataclass(frozen=True, slots=True)
class Look:
    """A UPS has answered: its ups.status, ups.alarm, the buzzwords of its mode ("" where it has none), its readings.

    Readings matter on battery only, and need not be there at other times.
    Said at once when something changes, and in every cycle for those that `rules.restless` names.
    """

    ups: str
    status: str
    alarm: str = ""
    modes: str = ""
    readings: Readings = UNREAD


@dataclass(frozen=True, slots=True)
class Lost:
    """A UPS has not answered in this cycle, or not with a status. `seen` is when it last did, if that was not told."""

    ups: str
    reason: str = ""
    seen: float = NEVER


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed. Comes after every cycle, and when `rules.wake_at` says so."""


@dataclass(frozen=True, slots=True)
class ForceShutdown:
    """Somebody with the right to do so wants everything shut down (`upsmon -c fsd`)."""

    reason: str = "it was requested"


@dataclass(frozen=True, slots=True)
class FsdAnswer:
    """What a server said to FSD: `error` "" means that the flag is set."""

    ups: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Logins:
    """How many are logged in to a UPS; 0 when the server cannot be asked."""

    ups: str
    count: int


@dataclass(frozen=True, slots=True)
class StepsDone:
    """The steps before SHUTDOWNCMD are over."""


@dataclass(frozen=True, slots=True)
class Commanded:
    """SHUTDOWNCMD has been handed to whoever runs it."""


@dataclass(frozen=True, slots=True)
class ParentGone:
    """The privileged parent is no more; said in every cycle."""


@dataclass(frozen=True, slots=True)
class Woke:
    """The system slept (suspend, hibernation): what was known is old."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The configuration was read again."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class Stop:
    """We are told to end."""


Event = (
    Look
    | Lost
    | Tick
    | ForceShutdown
    | FsdAnswer
    | Logins
    | StepsDone
    | Commanded
    | ParentGone
    | Woke
    | Reloaded
    | Stop
)


# Actions


@dataclass(frozen=True, slots=True)
class Notify:
    """Tell people: `ways` says how. `ups` is "" when it is about this host."""

    kind: str
    ups: str
    text: str
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """A line for the log."""

    priority: int
    text: str


@dataclass(frozen=True, slots=True)
class Explain:
    """A decision, to act or not to, and what it rests on: for `wallnut why`. `ups` is "" when it is about this host."""

    text: str
    ups: str = ""


@dataclass(frozen=True, slots=True)
class SetFsd:
    """Set the UPS's FSD flag on its server; answer with FsdAnswer."""

    ups: str


@dataclass(frozen=True, slots=True)
class AskLogins:
    """Ask how many are logged in to each of these; answer each with Logins."""

    upses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wall:
    """Tell everybody who is logged in to this host."""

    text: str


@dataclass(frozen=True, slots=True)
class RunSteps:
    """Begin the steps of wallnut.toml; answer with StepsDone when they are over."""


@dataclass(frozen=True, slots=True)
class PowerDown:
    """Have POWERDOWNFLAG written and SHUTDOWNCMD run; answer with Commanded."""


@dataclass(frozen=True, slots=True)
class Exit:
    """End the monitor."""

    status: int = 0


Action = Notify | Say | Explain | SetFsd | AskLogins | Wall | RunSteps | PowerDown | Exit
