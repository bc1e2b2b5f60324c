"""How much energy a device's load took, day by day or month by month, from what was recorded.

Measured, where the device tells a real power; else estimated from its load and rating. Time of which nothing is known
is not counted. Energy drawn from the battery counts as any other: it is the load that is metered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from wallnut.history.reader import Reader
from wallnut.history.values import DAY, HOUR, MINUTE, SECOND, Device

WATT_HOUR = HOUR
"""A watt for so many milliseconds."""
MOST = 1e9
"""Watts, percent, volts: what is beyond is no value of a UPS."""
FINE = 3 * DAY
"""So long a time is reckoned by minutes; a longer one by hours."""


class Per(Enum):
    """What a row is about."""

    DAY = "day"
    MONTH = "month"


class Quality(Enum):
    """Where a figure is from."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    MIXED = "mixed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ratings:
    """What to reckon with: what a device can carry, where the history does not know it, and how many watts a
    volt-ampere is taken for."""

    realpower: float | None = None
    power: float | None = None
    factor: float = 0.6


RATINGS = Ratings()


@dataclass(frozen=True, slots=True)
class Part:
    """Energy by one way of knowing it, for `known` milliseconds. `basis` is a formula of variables, such as
    "ups.realpower" or "ups.load x ups.power.nominal x 0.6"."""

    basis: str
    measured: bool
    wh: float
    known: int


@dataclass(frozen=True, slots=True)
class EnergyRow:
    """A day or month (or all of it), from `start` to `end`, of which `known` milliseconds are known."""

    start: int
    end: int
    parts: tuple[Part, ...]

    @property
    def kwh(self) -> float | None:
        """Energy in the time that is known; None: nothing is known."""
        return sum(part.wh for part in self.parts) / 1000 if self.parts else None

    @property
    def known(self) -> int:
        """For how many milliseconds it is known."""
        return sum(part.known for part in self.parts)

    @property
    def share(self) -> float:
        """The same as a share of the time, 0 to 1."""
        return min(self.known / (self.end - self.start), 1.0) if self.end > self.start else 0.0

    @property
    def watts(self) -> float | None:
        """The mean power while it was known."""
        return None if self.kwh is None or not self.known else self.kwh * 3.6e9 / self.known

    @property
    def quality(self) -> Quality:
        """Where it is from."""
        kinds = {part.measured for part in self.parts}
        if len(kinds) > 1:
            return Quality.MIXED
        if not kinds:
            return Quality.UNKNOWN
        return Quality.MEASURED if True in kinds else Quality.ESTIMATED


@dataclass(frozen=True, slots=True)
class Energy:
    """A device's rows, ascending, and all of it as one (`total`). `price` is that of a kWh in `currency`, None: not
    set."""

    device: Device
    per: Per
    rows: tuple[EnergyRow, ...]
    total: EnergyRow
    price: float | None = None
    currency: str = ""

    def cost(self, row: EnergyRow) -> float | None:
        """What a row's energy cost; None: not known."""
        return None if self.price is None or row.kwh is None else row.kwh * self.price


def energy(
    reader: Reader,
    device: Device,
    start: int,
    end: int,
    per: Per = Per.DAY,
    *,
    zone: tzinfo | None = None,
    ratings: Ratings = RATINGS,
    price: float | None = None,
    currency: str = "",
) -> Energy:
    """A device's energy, start <= time < end, by days or months of a time zone (None: the machine's own)."""
    sources = power(reader, device, start, end, ratings, MINUTE if end - start <= FINE else HOUR)
    rows = spent(sources, edges(start, end, per, zone))
    return Energy(device, per, rows, whole(rows, start, end), price, currency)


def whole(rows: Sequence[EnergyRow], start: int, end: int) -> EnergyRow:
    """Rows as one."""
    parts: dict[str, Part] = {}
    for part in (part for row in rows for part in row.parts):
        sum_of = parts.get(part.basis, Part(part.basis, part.measured, 0.0, 0))
        parts[part.basis] = replace(sum_of, wh=sum_of.wh + part.wh, known=sum_of.known + part.known)
    return EnergyRow(start, max(start, end), tuple(parts.values()))


# Days


def edges(start: int, end: int, per: Per, zone: tzinfo | None) -> list[int]:
    """A time with the midnights in it at which days or months begin, ascending. Days of 23 and 25 hours are such; one
    that a place has left out is none."""
    day = datetime.fromtimestamp(start / SECOND, zone).date()
    found = [start]
    while True:
        day = _next(day, per)
        at = round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * SECOND)
        if at >= end:
            break
        if at > found[-1]:
            found.append(at)
    return [*found, end] if end > start else found


def midnight(at: int, days: int = 0, zone: tzinfo | None = None) -> int:
    """The beginning of the day that is so many days before that of a time."""
    day = datetime.fromtimestamp(at / SECOND, zone).date() - timedelta(days=days)
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * SECOND)


def _next(day: date, per: Per) -> date:
    if per is Per.DAY:
        return day + timedelta(days=1)
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


# Power


class Flow(NamedTuple):
    """From `start` to `end` there was a mean power of so many watts; `share`: of how much of that time it is known."""

    start: int
    end: int
    watts: float
    share: float


@dataclass(frozen=True, slots=True)
class Source:
    """A way to know a device's power, and what it says: flows ascending, none over another."""

    basis: str
    measured: bool
    flows: Sequence[Flow]


MEASURED: tuple[tuple[str, ...], ...] = (
    ("ups.realpower",),
    ("output.realpower",),
    ("output.L1.realpower", "output.L2.realpower", "output.L3.realpower"),
    ("outlet.realpower",),
    ("outlet.*.realpower",),
    ("input.realpower",),
    ("input.L1.realpower", "input.L2.realpower", "input.L3.realpower"),
)
"""Where a real power is found, the best first; of several the sum."""
LOAD, RATED_WATTS, RATED = "ups.load", "ups.realpower.nominal", "ups.power.nominal"
APPARENT: tuple[tuple[str, ...], ...] = (
    ("ups.power",),
    ("output.power",),
    ("output.voltage", "output.current"),
    ("input.voltage", "input.current"),
)
"""Where an apparent power is found; of two the product."""


def power(reader: Reader, device: Device, start: int, end: int, ratings: Ratings, width: int) -> list[Source]:
    """The best measurement of a device's power and the best estimate, of what there is in a time, from levels not finer
    than `width`."""
    asked = _Asked(reader, device, start, end, width)
    measured = next((source for names in MEASURED if (source := asked.measured(names)).flows), None)
    if measured and sum((flow.end - flow.start) * flow.share for flow in measured.flows) >= end - start - SECOND:
        return [measured]
    estimated = next((source for source in asked.estimates(ratings) if source.flows), None)
    return [source for source in (measured, estimated) if source]


class _Asked:
    """What a history has of a device in a time."""

    def __init__(self, reader: Reader, device: Device, start: int, end: int, width: int) -> None:
        self._reader, self._device = reader, device
        self._start, self._end, self._width = start, end, width
        self._known = reader.variables(device)

    def _flows(self, name: str, scale: float = 1.0) -> list[Flow]:
        if name not in self._known:
            return []
        pieces = self._reader.pieces(self._device, name, self._start, self._end, self._width)[1]
        found = [
            Flow(begin, stop, mean * scale if mean > 0 else 0.0, held / (stop - begin))
            for begin, stop, _, mean, _, held in pieces
            if mean <= MOST
        ]
        if found:  # those at the ends may reach beyond
            found[0] = found[0]._replace(start=max(found[0].start, self._start))
            found[-1] = found[-1]._replace(end=min(found[-1].end, self._end))
        return [one for one in found if one.start < one.end] if len(found) < 3 else found

    def measured(self, names: Sequence[str]) -> Source:
        """A real power, or the sum of several."""
        there = _there(names, self._known)
        if not there:
            return Source("", True, ())
        basis = " + ".join(names) if len(there) > 1 else there[0]
        return Source(basis, True, _sum([self._flows(name) for name in there]))

    def estimates(self, ratings: Ratings) -> Iterator[Source]:
        """What can be reckoned instead, the best first."""
        factor = ratings.factor
        if load := self._flows(LOAD, 0.01):
            watts = self._rating(RATED_WATTS, ratings.realpower)
            yield Source(f"{LOAD} x {RATED_WATTS}", False, _times(load, watts))
        for names in APPARENT[:1]:
            yield self._apparent(names, factor)
        if load:
            apparent = [(at, value * factor) for at, value in self._rating(RATED, ratings.power)]
            yield Source(f"{LOAD} x {RATED} x {factor:g}", False, _times(load, apparent))
        for names in APPARENT[1:]:
            yield self._apparent(names, factor)

    def _apparent(self, names: Sequence[str], factor: float) -> Source:
        first, *second = map(self._flows, names)
        made = _product(first, second[0]) if second else first
        scaled = [Flow(one.start, one.end, one.watts * factor, one.share) for one in made]
        return Source(" x ".join([*names, f"{factor:g}"]), False, scaled)

    def _rating(self, name: str, otherwise: float | None) -> list[tuple[int, float]]:
        """A rating's values and from when on each counts; the first also before: a rating seldom changes."""
        found: list[tuple[int, float]] = []
        for flow in self._flows(name):
            if flow.watts > 0 and (not found or found[-1][1] != flow.watts):
                found.append((flow.start, flow.watts))
        if not found:
            latest = self._reader.ever(self._device, name) if name in self._known else None
            value = latest if isinstance(latest, int | float) and latest > 0 else otherwise
            found = [(self._start, value)] if value else []
        return found


def _there(names: Sequence[str], known: Collection[str]) -> list[str]:
    """Those of the names that are known; `*` stands for a number."""
    found = []
    for name in names:
        head, star, tail = name.partition("*")
        if not star:
            found += [name] if name in known else []
            continue
        found += [one for one in known if one.startswith(head) and one.endswith(tail) and one.split(".")[1].isdecimal()]
    return found


def _times(flows: Sequence[Flow], steps: Sequence[tuple[int, float]]) -> list[Flow]:
    """Shares of a rating as watts."""
    if not steps:
        return []
    found, number, last = [], 0, len(steps) - 1
    for start, end, watts, share in flows:
        while number < last and steps[number + 1][0] <= start:
            number += 1
        found.append(Flow(start, end, watts * steps[number][1], share))
    return found


def _sum(parts: Sequence[Sequence[Flow]]) -> Sequence[Flow]:
    """The sum, where all are known."""
    found = parts[0]
    for other in parts[1:]:
        found = [Flow(at, to, a.watts + b.watts, min(a.share, b.share)) for at, to, a, b in _both(found, other)]
    return found


def _product(first: Sequence[Flow], second: Sequence[Flow]) -> Sequence[Flow]:
    return [Flow(at, to, a.watts * b.watts, min(a.share, b.share)) for at, to, a, b in _both(first, second)]


def _both(first: Sequence[Flow], second: Sequence[Flow]) -> Iterator[tuple[int, int, Flow, Flow]]:
    """The times in which there is a flow in both."""
    one = other = 0
    while one < len(first) and other < len(second):
        a, b = first[one], second[other]
        start, end = max(a.start, b.start), min(a.end, b.end)
        if start < end:
            yield start, end, a, b
        one += a.end == end
        other += b.end == end


# Energy


def spent(sources: Sequence[Source], cuts: Sequence[int]) -> tuple[EnergyRow, ...]:
    """What flowed between each two of some times; of several sources each one counts for what those before it leave
    unknown."""
    rows = []
    places = [0] * len(sources)
    for start, end in pairwise(cuts):
        drawn, known = [0.0] * len(sources), [0.0] * len(sources)
        if len(sources) == 1:
            places[0] = _add_up(sources[0].flows, places[0], start, end, drawn, known)
        else:
            _add_all(sources, places, start, end, drawn, known)
        parts = (
            Part(source.basis, source.measured, one / WATT_HOUR, round(time))
            for source, one, time in zip(sources, drawn, known, strict=True)
            if time >= 0.5
        )
        rows.append(EnergyRow(start, end, tuple(parts)))
    return tuple(rows)


def _add_up(flows: Sequence[Flow], place: int, start: int, end: int, drawn: list[float], known: list[float]) -> int:
    """Add the flows of a time, from the flow at a place on; the place of the first that reaches beyond."""
    energy = time = 0.0
    while place < len(flows):
        begin, stop, watts, share = flows[place]
        if begin >= end:
            break
        held = (min(stop, end) - max(begin, start)) * share
        if held > 0:
            energy += watts * held
            time += held
        if stop > end:
            break
        place += 1
    drawn[0], known[0] = energy, time
    return place


def _add_all(
    sources: Sequence[Source], places: list[int], start: int, end: int, drawn: list[float], known: list[float]
) -> None:
    """The same of several sources."""
    at = start
    while at < end:
        until, covered = end, 0.0
        now: list[tuple[int, Flow]] = []
        for number, source in enumerate(sources):
            flows, place = source.flows, places[number]
            while place < len(flows) and flows[place].end <= at:
                place += 1
            places[number] = place
            if place < len(flows):
                flow = flows[place]
                if flow.start > at:
                    until = min(until, flow.start)
                else:
                    until = min(until, flow.end)
                    now.append((number, flow))
        for number, flow in now:
            more = flow.share - covered
            if more > 0:
                drawn[number] += flow.watts * more * (until - at)
                known[number] += more * (until - at)
                covered = flow.share
        at = until
