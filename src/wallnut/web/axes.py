"""The axes of charts: where ticks stand and what they say. Pure; times are milliseconds since 1970."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from wallnut.web.i18n import N_, Language

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
QUARTER = 15 * MINUTE
"""What every time zone's distance to UTC is a multiple of."""
MONTHS = (
    N_("Jan"),
    N_("Feb"),
    N_("Mar"),
    N_("Apr"),
    N_("May"),
    N_("Jun"),
    N_("Jul"),
    N_("Aug"),
    N_("Sep"),
    N_("Oct"),
    N_("Nov"),
    N_("Dec"),
)
WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
STEPS = (
    SECOND,
    5 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
)
"""Distances of ticks within a day; beyond that they stand at days, months or years."""
MOST = 12
"""Ticks of a time axis."""


@dataclass(frozen=True, slots=True)
class Span:
    """A time: start <= t < end."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How long it is."""
        return self.end - self.start

    def share(self, at: int) -> float:
        """Where a time is in it: 0 at its start, 1 at its end."""
        return (at - self.start) / self.length

    def moved(self, by: int) -> Span:
        """The same length, later."""
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis. `first`: it is one of those that a narrow chart has, too."""

    at: float
    label: str
    first: bool = True


def local(at: int, zone: tzinfo | None = None) -> datetime:
    """A moment on the clock of a zone (None: this machine's)."""
    return datetime.fromtimestamp(at / 1000, zone)


def day_text(when: date, language: Language) -> str:
    """`21 Nov`, in a language's order."""
    month = language.gettext(MONTHS[when.month - 1])
    if when.day == 1:  # where it is the first, and not the one
        return language.text(N_("1 %(month)s"), month=month)
    return language.text(N_("%(day)s %(month)s"), day=when.day, month=month)


def moment_text(at: int, language: Language, zone: tzinfo | None = None, *, seconds: bool = False) -> str:
    """`Sat 21 Nov 2026 14:00`, of local time."""
    when = local(at, zone)
    day = f"{language.gettext(WEEKDAYS[when.weekday()])} {day_text(when, language)} {when.year}"
    return f"{day} {when:%H:%M:%S}" if seconds else f"{day} {when:%H:%M}"


def time_ticks(span: Span, language: Language, zone: tzinfo | None = None) -> list[Tick]:
    """Ticks at round local times, at most so many; every other one is for wide charts alone where there are many."""
    wanted = span.length / MOST
    step = next((step for step in STEPS if step >= wanted), 0)
    if step:
        found = [Tick(at, _hour_label(at, step, language, zone)) for at in _hours(span, step, zone)]
    else:
        found = list(_days(span, wanted / DAY, language, zone))
    if len(found) <= MOST // 2:
        return found
    return [Tick(tick.at, tick.label, not index % 2) for index, tick in enumerate(found)]


def _hours(span: Span, step: int, zone: tzinfo | None) -> Iterator[int]:
    """Moments whose local time of day is a multiple of a step: looked for one after another, since a clock may be put
    forward or back between any two of them."""
    narrow = min(step, QUARTER)
    for at in range(-(-span.start // narrow) * narrow, span.end, narrow):
        when = local(at, zone)
        if not (when.hour * HOUR + when.minute * MINUTE + when.second * SECOND) % step:
            yield at


def _hour_label(at: int, step: int, language: Language, zone: tzinfo | None) -> str:
    when = local(at, zone)
    if when.hour == when.minute == when.second == 0:
        return f"{language.gettext(WEEKDAYS[when.weekday()])} {day_text(when, language)}"
    return f"{when:%H:%M:%S}" if step < MINUTE else f"{when:%H:%M}"


def _days(span: Span, wanted: float, language: Language, zone: tzinfo | None) -> Iterator[Tick]:
    """Midnights: each day, or each of some days of a month; or the first of months; or of years."""
    every = next((every for every in (1, 2, 5, 10) if every >= wanted), 0)
    months = 0 if every else next((months for months in (1, 2, 3, 6, 12) if months * 30.5 >= wanted), 12)
    years = max(1, math.ceil(wanted / 366)) if months == 12 else 1
    when = local(span.start, zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    while True:
        at = _moment(when, zone)
        if at >= span.end:
            return
        if at >= span.start and _is_tick(when, every, months, years):
            yield Tick(at, _day_label(when, months, language))
        when = when + timedelta(days=1) if every else (when.replace(day=1) + timedelta(days=32)).replace(day=1)


def _is_tick(when: datetime, every: int, months: int, years: int) -> bool:
    if every == 1:
        return True
    if every:
        return not (when.day - 1) % every and when.day < 30 - every // 2
    return when.day == 1 and not (when.month - 1) % months and not when.year % years


def _day_label(when: datetime, months: int, language: Language) -> str:
    if months == 12 or (months and when.month == 1):
        return str(when.year)
    return language.gettext(MONTHS[when.month - 1]) if months else day_text(when, language)


def _moment(when: datetime, zone: tzinfo | None) -> int:
    """When a zone's clock says so; without the time zone of `when` it is this machine's."""
    return round(when.replace(tzinfo=zone).timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis of values, low to high, and its ticks."""

    low: float
    high: float
    ticks: tuple[Tick, ...]

    def share(self, value: float) -> float:
        """Where a value is: 0 at the bottom, 1 at the top."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def scale(low: float, high: float, *, least: float = 0.0, floor: float | None = None, ticks: int = 4) -> Scale:
    """An axis with room for values from `low` to `high`, at least so wide, and from `floor` on where there is one."""
    if floor is not None:
        low = min(low, floor)
    missing = max(least, abs(high) * 1e-6, 1e-9) - (high - low)
    if missing > 0:
        high += missing if floor is not None else missing / 2
        low -= 0 if floor is not None else missing / 2
    step = _nice((high - low) / ticks)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    marks = tuple(Tick(n * step, f"{n * step:.{digits}f}") for n in range(first, last + 1))
    return Scale(first * step, last * step, marks)


def _nice(step: float) -> float:
    """The next of 1, 2, 5, 10..."""
    size = 10.0 ** math.floor(math.log10(step))
    return next(size * nice for nice in (1, 2, 5, 10) if size * nice >= step * (1 - 1e-9))


def offsets(span: Span, zone: tzinfo | None = None) -> list[tuple[int, int]]:
    """How many minutes a zone's clock is before UTC, and from when on; the first is of the span's start."""
    found = [(span.start, _offset(span.start, zone))]
    looks = [*range(-(-span.start // DAY) * DAY, span.end, DAY), span.end]
    for before, at in zip([span.start, *looks], looks, strict=False):
        if (now := _offset(at, zone)) != found[-1][1]:
            first = range(-(-before // QUARTER) * QUARTER, at, QUARTER)
            found.append((next((moment for moment in first if _offset(moment, zone) == now), at), now))
    return found


def _offset(at: int, zone: tzinfo | None) -> int:
    away = local(at, zone).astimezone().utcoffset() if zone is None else local(at, zone).utcoffset()
    return round(away.total_seconds() / 60) if away is not None else 0


def parse_moment(text: str) -> int:
    """A moment of an address or a form: seconds since 1970, or ISO 8601, local where it names no zone. Raises
    ValueError, also for what no calendar has."""
    try:
        at = float(text) if text.replace(".", "", 1).isdecimal() else datetime.fromisoformat(text).timestamp()
        datetime.fromtimestamp(round(at * 1000) / 1000 + 86400)  # a day of room: whatever the zone
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{text[:40]!r} is no time: write seconds since 1970, or 2026-11-21T14:00") from None
    return round(at * 1000)


def moment_word(at: int) -> str:
    """A moment as `parse_moment` reads it, the same everywhere: `2026-11-21T14:00:00Z`."""
    return datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
