"""When batteries are tested, and when they had better not be. Pure: plans, runs, what devices say and the time come in,
what to do comes out. Times are whole seconds of the epoch.

A date of a plan begins at its local time and is open for some hours. In them a test is started as soon as nothing is in
its way, once and never again, whatever becomes of it; at their end it is skipped, and the last obstacle is why. Of all
devices only one tests at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum

from wallnut.web.i18n import N_

MINUTE, HOUR, DAY = 60, 3600, 86400
AGAIN = 10 * MINUTE
"""How long after an attempt that led nowhere the next one is."""
UNSEEN = 15 * MINUTE
"""A test of which nothing is seen for so long is taken for ended."""
LONGEST = 8 * HOUR
"""So is one that is seen, and does not end."""
SAME = 27 * HOUR
"""Dates of a plan that are no farther apart are one, which a change of the time zone has moved."""
MOST_HOURS = 7 * 24
"""How long a date may be open: not until the next one."""


class Every(Enum):
    """How a plan goes on."""

    ONCE = "once"
    WEEKS = "weeks"
    MONTHS = "months"


MOST_NUMBER = {Every.ONCE: 1, Every.WEEKS: 104, Every.MONTHS: 24}


@dataclass(frozen=True, slots=True)
class Rule:
    """On `day` at `minute` of local time, and then every `number` weeks on that weekday, or every `number` months on
    that weekday of the month: the first to fourth, or the last where the day is a fifth one."""

    every: Every
    number: int
    day: date
    minute: int

    @property
    def which(self) -> int:
        """Which of the month's such weekdays: 1 to 4; 5: the last."""
        return (self.day.day - 1) // 7 + 1

    def at(self, index: int, zone: tzinfo | None) -> int:
        """Its date by number, from 0 on. A local time that a clock skips is meant as one before it was put forward, so
        comes later; of one that comes twice the first is meant."""
        day = self.day
        if self.every is Every.WEEKS:
            day += timedelta(weeks=self.number * index)
        elif self.every is Every.MONTHS:
            day = self._of_month(self.number * index)
        when = datetime(day.year, day.month, day.day, self.minute // 60, self.minute % 60, tzinfo=zone)
        return round(when.timestamp())

    def _of_month(self, months: int) -> date:
        year, month = divmod(self.day.year * 12 + self.day.month - 1 + months, 12)
        first = date(year, month + 1, 1)
        found = first + timedelta(days=(self.day.weekday() - first.weekday()) % 7, weeks=self.which - 1)
        return found if found.month == first.month else found - timedelta(weeks=1)

    def _about(self, at: int) -> int:
        """The number of a date near a time, or before it."""
        if self.every is Every.ONCE:
            return 0
        length = self.number * (7 if self.every is Every.WEEKS else 28) * DAY
        return max((at - self.at(0, None)) // length + 2, 0)

    def before(self, at: int, zone: tzinfo | None = None) -> int | None:
        """The last date that is not after a time; None: there is none."""
        return next((found for n in range(self._about(at), -1, -1) if (found := self.at(n, zone)) <= at), None)

    def after(self, at: int, zone: tzinfo | None = None) -> int | None:
        """The first date after a time; None: there is none."""
        if self.every is Every.ONCE:
            only = self.at(0, zone)
            return only if only > at else None
        found = self.at(0, zone)
        for index in range(self._about(at), -1, -1):
            now = self.at(index, zone)
            if now <= at:
                break
            found = now
        return found


class Kind(Enum):
    """What is started: a word, the commands for it, the best first, and what it is called."""

    QUICK = ("quick", ("test.battery.start.quick", "test.battery.start"), N_("quick test"))
    DEEP = ("deep", ("test.battery.start.deep",), N_("deep test"))

    @property
    def word(self) -> str:
        """As it is kept."""
        return str(self.value[0])

    @property
    def commands(self) -> tuple[str, ...]:
        """The commands that start it."""
        return tuple(self.value[1])

    @property
    def text(self) -> str:
        """A text of gettext."""
        return str(self.value[2])


TESTS = {one.word: one for one in Kind}


@dataclass(frozen=True, slots=True)
class Plan:
    """A device's planned tests: not below `charge` percent, each date open for `hours`. `user` is the number of whoever
    planned it (None: gone), `name` what they were called, `made` when."""

    id: int
    device: str
    test: Kind
    rule: Rule
    charge: int
    hours: int
    user: int | None
    name: str
    made: int


class State(Enum):
    """What became of a date, and what that is called."""

    WAITING = ("waiting", N_("waiting"))
    STARTED = ("started", N_("running"))
    PASSED = ("passed", N_("passed"))
    FAILED = ("failed", N_("failed"))
    ENDED = ("ended", N_("ended, result not told"))
    REFUSED = ("refused", N_("refused"))
    SKIPPED = ("skipped", N_("skipped"))

    @property
    def word(self) -> str:
        """As it is kept."""
        return str(self.value[0])

    @property
    def text(self) -> str:
        """A text of gettext."""
        return str(self.value[1])

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self in (State.WAITING, State.STARTED)


STATES = {one.word: one for one in State}


@dataclass(frozen=True, slots=True)
class Run:
    """One date of a plan. `reason`: why it waits, was skipped or refused, a text of gettext; `result`: what the UPS
    said; `before`: what it had said before the start; `seen`: it was seen testing; `tried`: the last attempt."""

    id: int
    plan: int | None
    device: str
    test: Kind
    due: int
    state: State
    reason: str = ""
    result: str = ""
    tried: int = 0
    started: int | None = None
    ended: int | None = None
    seen: bool = False
    before: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What matters of a device at a moment. `fresh`: it is so now; `bad`: low, overloaded, alarmed, off, on bypass or
    about to be shut down; `result`: ups.test.result."""

    fresh: bool
    on_battery: bool
    testing: bool
    bad: bool
    charge: float | None
    commands: frozenset[str]
    result: str = ""


class Obstacle(Enum):
    """Why a test is not started now: texts of gettext."""

    GONE = N_("The device is not watched any more.")
    OLD = N_("Its data is old.")
    NO_COMMAND = N_("It offers no such test.")
    TESTING = N_("It was testing already.")
    ON_BATTERY = N_("It was on battery.")
    BAD = N_("It was not well.")
    NO_CHARGE = N_("Its charge is not known.")
    LOW_CHARGE = N_("Its charge was too low.")
    OTHER_BATTERY = N_("Another device was on battery, or critical.")
    OTHER_TEST = N_("Another device was testing.")


MISSED = N_("The console did not run then.")


def obstacle(plan: Plan, looks: Mapping[str, Look], busy: bool) -> Obstacle | None:
    """What is in the way of a test; `busy`: one that was started here has not ended."""
    mine = looks.get(plan.device)
    if mine is None:
        return Obstacle.GONE
    others = [look for device, look in looks.items() if device != plan.device and look.fresh]
    table = (
        (not mine.fresh, Obstacle.OLD),
        (mine.testing, Obstacle.TESTING),
        (mine.on_battery, Obstacle.ON_BATTERY),
        (mine.bad, Obstacle.BAD),
        (not mine.commands.intersection(plan.test.commands), Obstacle.NO_COMMAND),
        (mine.charge is None, Obstacle.NO_CHARGE),
        (mine.charge is not None and mine.charge < plan.charge, Obstacle.LOW_CHARGE),
        (any((one.on_battery or one.bad) and not one.testing for one in others), Obstacle.OTHER_BATTERY),
        (busy or any(one.testing for one in others), Obstacle.OTHER_TEST),
    )
    return next((found for holds, found in table if holds), None)


# What to do


@dataclass(frozen=True, slots=True)
class Start:
    """Start the test that is due, with `command`."""

    plan: Plan
    due: int
    command: str
    before: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Note that it waits, and why."""

    plan: Plan
    due: int
    reason: str


@dataclass(frozen=True, slots=True)
class Skip:
    """Its time is over: note why it was not started."""

    plan: Plan
    due: int
    reason: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Note that a test is seen to run."""

    run: Run


@dataclass(frozen=True, slots=True)
class Finish:
    """Note how a test ended."""

    run: Run
    state: State
    result: str


Act = Start | Hold | Skip | Seen | Finish


def steps(
    plans: Sequence[Plan],
    latest: Mapping[int, Run],
    running: Iterable[Run],
    looks: Mapping[str, Look],
    now: int,
    zone: tzinfo | None = None,
) -> list[Act]:
    """What to do now: of each plan with its latest run, and of the tests that were started. At most one Start."""
    found: list[Act] = []
    busy = False
    for run in running:
        act = follow(run, looks.get(run.device), now)
        busy = busy or not isinstance(act, Finish)
        if act is not None:
            found.append(act)
    for plan, due in sorted(_due(plans, latest, now, zone), key=lambda one: (one[1], one[0].id)):
        run_of = latest.get(plan.id)
        waiting = run_of if run_of is not None and run_of.due == due else None
        if waiting is None and run_of is not None and run_of.state is State.WAITING:
            found.append(Skip(plan, run_of.due, run_of.reason or MISSED))  # the next date has come
        if now - due > plan.hours * HOUR:
            found.append(Skip(plan, due, waiting.reason if waiting and waiting.reason else MISSED))
            continue
        if waiting is not None and waiting.tried and now - waiting.tried < AGAIN:
            continue
        why = obstacle(plan, looks, busy)
        if why is None:
            look = looks[plan.device]
            command = next(one for one in plan.test.commands if one in look.commands)
            found.append(Start(plan, due, command, look.result))
            busy = True
        elif waiting is None or waiting.reason != why.value:
            found.append(Hold(plan, due, why.value))
    return found


def _due(plans: Sequence[Plan], latest: Mapping[int, Run], now: int, zone: tzinfo | None) -> Iterable[tuple[Plan, int]]:
    """The plans whose present date has not been dealt with, and that date."""
    for plan in plans:
        due, last = plan.rule.before(now, zone), latest.get(plan.id)
        if due is not None and last is not None and abs(due - last.due) <= SAME:
            due = last.due
        if due is None or due < plan.made:
            continue
        if last is None or last.due < due or (last.due == due and last.state is State.WAITING):
            yield plan, due


def follow(run: Run, look: Look | None, now: int) -> Seen | Finish | None:
    """What has become of a test that was started; None: nothing new."""
    since = now - (run.started if run.started is not None else run.due)
    testing = look is not None and look.fresh and (look.testing or look.on_battery or in_progress(look.result))
    if testing and not run.seen:
        return Seen(run)
    if look is not None and look.fresh and not testing and (run.seen or look.result != run.before):
        return Finish(run, judged(look.result), look.result)
    if since >= (LONGEST if run.seen else UNSEEN):
        result = look.result if look is not None and look.fresh and not testing else ""
        return Finish(run, State.ENDED, result)
    return None


def in_progress(result: str) -> bool:
    """Whether a result says that there is none yet."""
    low = result.lower()
    return "progress" in low or "running" in low or "testing" in low


def judged(result: str) -> State:
    """What a result says."""
    low = result.lower()
    if any(word in low for word in ("fail", "error", "bad", "replace", "warning", "abort")):
        return State.FAILED
    return State.PASSED if "pass" in low or low in ("ok", "good", "success") else State.ENDED
