"""failover's rules: which driver is primary, and what is shown while there is none. Pure: states and times in.

They are those of failover(8) of NUT 2.8.5. Where its text leaves something open, safety decides; docs/failover.md says
where that is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum

from wallnut.model.status import Status

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ALARM_TIME = 15.0
"""Seconds for which fsdmode 1 shows its alarm before the data is stale, so that every client sees it."""


class Priority(IntEnum):
    """How suitable a driver is; less is better."""

    FORCED = 0
    FILTERS = 1
    ONLINE = 2
    FRESH = 3
    ALIVE = 4


class CheckRuntime(IntEnum):
    """Whether, of drivers that are not online, the longer runtime decides between equals."""

    NO = 0
    RUNTIME = 1
    RUNTIME_LOW = 2
    BOTH = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A driver as it stands. `complete`: connected, and everything was said once. Runtimes in seconds, -1: unknown."""

    name: str
    complete: bool
    fresh: bool
    status: Status
    runtime: int = -1
    runtime_low: int = -1


@dataclass(frozen=True, slots=True)
class Filters:
    """Words of ups.status that make a driver preferable."""

    have_any: frozenset[str] = frozenset()
    have_all: frozenset[str] = frozenset()
    nothave_any: frozenset[str] = frozenset()
    nothave_all: frozenset[str] = frozenset()

    def passes(self, status: Status) -> bool:
        """Whether a status passes all filters that are set; none does where none is set, and an empty one never."""
        words = frozenset(status.words)
        if not words or not (self.have_any or self.have_all or self.nothave_any or self.nothave_all):
            return False
        return (
            words.isdisjoint(self.nothave_any)
            and words >= self.have_all
            and not (self.nothave_all and words >= self.nothave_all)
            and not (self.have_any and words.isdisjoint(self.have_any))
        )


class Orders:
    """What an administrator has ordered for a time: `ignore` or `primary` of a driver."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def give(self, name: str, seconds: int, now: float) -> None:
        """Order it for so many seconds; below 0 for good, 0 takes it back."""
        self._until.pop(name, None)
        if seconds:
            self._until[name] = now + seconds if seconds > 0 else float("inf")

    def hold(self, name: str, now: float) -> bool:
        """Whether an order holds for a driver."""
        return now <= self._until.get(name, float("-inf"))


@dataclass(frozen=True, slots=True)
class Outcome:
    """An election: the `winner`, None where nobody is suitable, and the priorities of those who are."""

    winner: str | None
    priorities: dict[str, Priority]


@dataclass(frozen=True, slots=True)
class Election:
    """The rules of an election, and the administrator's orders."""

    filters: Filters = Filters()
    strict: bool = False
    check_runtime: CheckRuntime = CheckRuntime.RUNTIME
    ignored: Orders = field(default_factory=Orders)
    forced: Orders = field(default_factory=Orders)

    def priority(self, one: Candidate, now: float) -> Priority | None:
        """How suitable a driver is; None: not at all.

        A status that is old passes no filter: what it says may long be over. With strict filters it is the last resort
        then, and a driver that does not pass is none.
        """
        if not one.complete or self.ignored.hold(one.name, now):
            return None
        if self.forced.hold(one.name, now):
            return Priority.FORCED
        passes = self.filters.passes(one.status)
        if passes and one.fresh:
            return Priority.FILTERS
        if self.strict and not passes:
            return None
        if not one.fresh:
            return Priority.ALIVE
        return Priority.ONLINE if one.status.online else Priority.FRESH

    def elect(self, candidates: Sequence[Candidate], now: float) -> Outcome:
        """The most suitable; among equals the one with the better runtime where that is asked for, then the first."""
        priorities: dict[str, Priority] = {}
        best: Candidate | None = None
        for one in candidates:
            priority = self.priority(one, now)
            if priority is None:
                continue
            priorities[one.name] = priority
            if best is None or self._beats(one, priority, best, priorities[best.name]):
                best = one
        return Outcome(None if best is None else best.name, priorities)

    def _beats(self, one: Candidate, priority: Priority, best: Candidate, its: Priority) -> bool:
        if priority != its:
            return priority < its
        return priority >= Priority.FRESH and self._lasts_longer(one, best)

    def _lasts_longer(self, one: Candidate, best: Candidate) -> bool:
        longer, longer_low = one.runtime > best.runtime, one.runtime_low > best.runtime_low
        return {
            CheckRuntime.NO: False,
            CheckRuntime.RUNTIME: longer,
            CheckRuntime.RUNTIME_LOW: longer_low,
            CheckRuntime.BOTH: longer and longer_low,
        }[self.check_runtime]


class Show(Enum):
    """What is shown; the text goes on after "no suitable primary: "."""

    PRIMARY = "there is one"
    WAIT = "waiting for the first one"
    LAST = "the last one's data stays, as another one may come"
    STALE = "the last one's data is declared stale"
    ALARM = "the alarm is raised"
    STALE_ALARM = "the alarm was raised, now the data is declared stale"
    FSD = "the alarm is raised, and a forced shutdown set"


class Vacancy:
    """Counts the time without a primary. `started` is when the driver began; `fsdmode` as in failover(8)."""

    def __init__(self, inittime: float, noprimarytime: float, fsdmode: int, started: float) -> None:
        self._inittime, self._noprimarytime, self._fsdmode = inittime, noprimarytime, fsdmode
        self._started = started
        self._begun = False
        self._since: float | None = None

    def judge(self, *, elected: bool, now: float) -> Show:
        """What to show at a time."""
        if elected:
            self._begun, self._since = True, None
            return Show.PRIMARY
        if not self._begun:
            if now - self._started <= self._inittime:
                return Show.WAIT
            self._begun = True
        if self._since is None:
            self._since = now
        gone = now - self._since
        if gone <= self._noprimarytime:
            return Show.LAST
        if self._fsdmode == 2:
            return Show.FSD
        if self._fsdmode == 1:
            return Show.ALARM if gone < self._noprimarytime + ALARM_TIME else Show.STALE_ALARM
        return Show.STALE
