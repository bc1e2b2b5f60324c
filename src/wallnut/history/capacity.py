"""From what discharges say to what the battery is worth: runtime at any load, its decline, when to replace it. Pure.

A battery lasts longer at a smaller load, and by more than in proportion (Peukert): runtime goes with load to the power
of -k. Where discharges at different loads are there, k is what they show; else k is what lead-acid batteries have, and
the bounds of what is reckoned for another load say how little that is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median
from typing import NamedTuple, TypeGuard

from wallnut.history.discharge import FAINTEST, STRONGEST, Discharge
from wallnut.history.values import DAY

K, K_BOUNDS, K_MOST = 1.15, (1.0, 1.4), 1.5
"""Peukert's exponent of a lead-acid battery."""
K_SPREAD = 0.1
"""How exact a fitted one is taken to be."""
HALF_LIFE = 365 * DAY
"""A discharge counts half when it is so old: batteries change."""
ALONE = 0.15
"""How far a single discharge may be off, as a share."""
FLOOR = 0.03
"""No figure is surer than that."""
FIRST = 180 * DAY
"""Discharges within so long of the first one, or within a third of all, say what the battery had at first."""
LEAST, LEAST_SPAN = 3, 90 * DAY
"""A trend needs so many discharges over so long a time."""
YEAR = 365.25 * DAY
FAR = 10 * YEAR


class Confidence(Enum):
    """How sure a figure is."""

    LOW = "low"
    FAIR = "fair"
    GOOD = "good"

    def __and__(self, other: Confidence) -> Confidence:
        """The lesser of two."""
        order = list(Confidence)
        return order[min(order.index(self), order.index(other))]


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, within what bounds it probably is, and how sure."""

    value: float
    low: float
    high: float
    confidence: Confidence

    def times(self, factor: float) -> Figure:
        """The same in another unit; the factor is not below 0."""
        return Figure(self.value * factor, self.low * factor, self.high * factor, self.confidence)


class Seen(NamedTuple):
    """What a discharge says: at that intensity (watts, or percent of load) a full battery lasts `runtime` seconds, of
    which a share `tail` rests on percents that it did not reach; `resolution` is the share that a step of the charge
    is of what was spent."""

    at: int
    intensity: float
    runtime: float
    weight: float
    tail: float
    resolution: float


def plausible(intensity: float | None) -> TypeGuard[float]:
    """Whether a UPS can give so much."""
    return intensity is not None and FAINTEST <= intensity <= STRONGEST


def seen(discharges: Sequence[Discharge], watts: bool) -> list[Seen]:
    """Those that count, ascending; by watts, or by percent of load."""
    found = []
    for one in discharges:
        intensity = one.power if watts else one.load
        if one.weight > 0 and one.runtime and one.spent and plausible(intensity):
            found.append(Seen(one.end, intensity, one.runtime, one.weight, one.tail, one.step / one.spent))
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Model:
    """How long a full battery lasts, from discharges: `runtime` seconds at `intensity`, in a share of `spread` around
    it; down to `tail` less, as far as that part is not known. `k` and its bounds lead to other intensities."""

    intensity: float
    runtime: float
    spread: float
    tail: float
    confidence: Confidence
    k: float
    k_bounds: tuple[float, float]
    loads: tuple[float, float]

    def at(self, intensity: float) -> Figure:
        """The runtime in seconds at an intensity."""
        ratio = self.intensity / intensity
        low, value, high = sorted(self.runtime * ratio**k for k in (self.k, *self.k_bounds))
        value = self.runtime * ratio**self.k
        return Figure(
            value,
            max(low * (1 - self.spread - self.tail), 0.0),
            high * (1 + self.spread),
            self.confidence & self._familiar(intensity),
        )

    def _familiar(self, intensity: float) -> Confidence:
        """How sure a figure can be so far from the loads that were seen."""
        off = max(self.loads[0] / intensity, intensity / self.loads[1])
        return Confidence.GOOD if off <= 1.2 else Confidence.FAIR if off <= 1.6 else Confidence.LOW


def model(found: Sequence[Seen], now: int, tail_known: bool, decline: Trend | None = None) -> Model | None:
    """What discharges say together of the battery as it is now; None: nothing. `tail_known`: how fast the last percents
    go was seen."""
    if not found:
        return None
    k, k_bounds = exponent(found)
    weights = [one.weight * 0.5 ** (max(now - one.at, 0) / HALF_LIFE) for one in found]
    total = sum(weights)
    if total <= 0:
        return None
    intensity = math.exp(_mean([math.log(one.intensity) for one in found], weights))
    alike = [one.runtime * (one.intensity / intensity) ** k * _since(one.at, now, decline) for one in found]
    runtime = _mean(alike, weights)
    count = total**2 / sum(weight**2 for weight in weights)  # so many of equal weight would be as good
    scatter = math.sqrt(_mean([(one / runtime - 1) ** 2 for one in alike], weights))
    if len(found) > 1:
        scatter *= math.sqrt(len(found) / (len(found) - 1))
    else:
        scatter = ALONE
    resolution = _mean([one.resolution for one in found], weights) / 2
    spread = math.hypot(FLOOR, max(scatter, resolution) / math.sqrt(count))
    tail = _mean([one.tail for one in found], weights) * (0.3 if tail_known else 1.0)
    return Model(
        intensity,
        runtime,
        min(spread, 1.0),
        tail,
        _confidence(found, total, scatter),
        k,
        k_bounds,
        (min(one.intensity for one in found), max(one.intensity for one in found)),
    )


def _since(at: int, now: int, decline: Trend | None) -> float:
    """What is left, by the trend, of what there was at a time, as a share."""
    if decline is None or decline.per_year.value >= 0:
        return 1.0
    then = decline.now.value + decline.per_year.value * (at - now) / YEAR
    return min(max(decline.now.value / then, 0.2), 1.0) if then > 0 else 1.0


def _confidence(found: Sequence[Seen], total: float, scatter: float) -> Confidence:
    """By depth (which is in the weights), number and spread."""
    if len(found) >= LEAST and total >= 1.5 and scatter <= 0.1:
        return Confidence.GOOD
    return Confidence.FAIR if total >= 0.8 and scatter <= 0.2 else Confidence.LOW


def exponent(found: Sequence[Seen]) -> tuple[float, tuple[float, float]]:
    """Peukert's exponent, as far as discharges at different loads show it, and its bounds."""
    loads = [one.intensity for one in found]
    if len(found) < LEAST or max(loads) < 1.5 * min(loads):
        return K, K_BOUNDS
    weights = [one.weight for one in found]
    slope = _line([math.log(one) for one in loads], [math.log(one.runtime) for one in found], weights)[1]
    k = min(max(-slope, 1.0), K_MOST)
    return k, (max(k - K_SPREAD, 1.0), k + K_SPREAD)


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def _line(xs: Sequence[float], ys: Sequence[float], weights: Sequence[float]) -> tuple[float, float]:
    """The value at x = 0 and the slope of the line that fits best."""
    x, y = _mean(xs, weights), _mean(ys, weights)
    square = sum(weight * (one - x) ** 2 for one, weight in zip(xs, weights, strict=True))
    if square <= 0:
        return y, 0.0
    slope = sum(w * (a - x) * (b - y) for a, b, w in zip(xs, ys, weights, strict=True)) / square
    return y - slope * x, slope


# The decline


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Capacity at a discharge, in percent of what the battery had at first."""

    at: int
    percent: float
    weight: float


@dataclass(frozen=True, slots=True)
class Trend:
    """The course of the capacity: `now` percent of the first, and `per_year` percent points a year (below 0: it
    declines)."""

    points: tuple[TrendPoint, ...]
    now: Figure
    per_year: Figure


@dataclass(frozen=True, slots=True)
class Lacks:
    """What is missing for a forecast: so many discharges, each deeper than so many percent; and so many days, until the
    first and the last of all are far enough apart."""

    discharges: int
    deeper: float
    days: int


DEEPER = 25.0
"""What is asked of a further discharge, in percent."""


def lacks(found: Sequence[Seen]) -> Lacks | None:
    """What is missing for a trend."""
    span = found[-1].at - found[0].at if found else 0
    if len(found) >= LEAST and span >= LEAST_SPAN:
        return None
    return Lacks(max(LEAST - len(found), 1), DEEPER, max(math.ceil((LEAST_SPAN - span) / DAY), 0))


def trend(found: Sequence[Seen], now: int) -> Trend | None:
    """The decline; None: not enough is known."""
    if lacks(found):
        return None
    k, _ = exponent(found)
    weights = [one.weight for one in found]
    unit = median(one.intensity for one in found)
    alike = [one.runtime * (one.intensity / unit) ** k for one in found]
    until = found[0].at + min(FIRST, (found[-1].at - found[0].at) // 3)
    early = [number for number, one in enumerate(found) if one.at <= until]
    first = _mean([alike[number] for number in early], [weights[number] for number in early])
    percents = [100 * one / first for one in alike]
    years = [(one.at - now) / YEAR for one in found]
    at_now, slope = _line(years, percents, weights)
    middle = _mean(years, weights)
    square = _mean([(one - middle) ** 2 for one in years], weights)
    off = [(y - at_now - slope * x) ** 2 for x, y in zip(years, percents, strict=True)]
    count = sum(weights) ** 2 / sum(weight**2 for weight in weights)
    error = math.sqrt(_mean(off, weights) / max(count - 2, 0.5))
    error = max(error, 100 * FLOOR / math.sqrt(count))
    slope_error, now_error = error / math.sqrt(square), error * math.sqrt(1 + middle**2 / square)
    sure = Confidence.GOOD if len(found) >= 6 and slope_error <= 4 else Confidence.FAIR
    sure = sure if slope_error <= 10 else Confidence.LOW
    at_now = max(at_now, 0.0)
    points = tuple(TrendPoint(one.at, percent, one.weight) for one, percent in zip(found, percents, strict=True))
    return Trend(
        points,
        Figure(at_now, max(at_now - now_error, 0.0), at_now + now_error, sure),
        Figure(slope, slope - slope_error, slope + slope_error, sure),
    )


def reaches(course: Trend, percent: float, now: int) -> tuple[int | None, int | None, int | None]:
    """When the capacity will be at so many percent: at about, at the earliest, at the latest; None: not within ten
    years."""

    def when(level: float, slope: float) -> int | None:
        if level <= percent:
            return now
        years = (level - percent) / -slope if slope < 0 else math.inf
        return None if years * YEAR > FAR else now + round(years * YEAR)

    at_now, slope = course.now, course.per_year
    return when(at_now.value, slope.value), when(at_now.low, slope.low), when(at_now.high, slope.high)
