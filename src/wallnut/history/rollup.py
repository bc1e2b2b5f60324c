"""Numbers over time, drawn together: samples to minutes, minutes to hours, any of them to the points of a chart.

Pure. All three are cut into pieces, times in which a value was known, and pieces are drawn together into buckets; so
a mean is weighted by time, whichever way it was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from wallnut.history.values import Bucket, Point

Number = float | None
Piece = tuple[int, int, float, float, float, int]
"""From, to, lowest, mean, highest, and for how long of that time the value was known."""
BucketRow = tuple[int, Number, Number, Number, int, Number]
"""A bucket, or a row with the same fields."""


def of_samples(samples: Iterable[tuple[int, Number]], carry: Number, start: int, end: int) -> Iterator[Piece]:
    """The pieces of samples (time, value) with start <= time < end, ascending; `carry` is the value at the start."""
    at, value = start, carry
    for when, new in samples:
        if value is not None and when > at:
            yield at, when, value, value, value, when - at
        at, value = when, new
    if value is not None and end > at:
        yield at, end, value, value, value, end - at


def of_buckets(buckets: Iterable[BucketRow], carry: Number, start: int, end: int, width: int) -> Iterator[Piece]:
    """The same of buckets, each `width` wide; the last one may reach beyond the end."""
    at, value = start, carry
    for begin, low, mean, high, held, last in buckets:
        if value is not None and begin > at:
            yield at, begin, value, value, value, begin - at
        at, value = begin + width, last
        if low is not None and mean is not None and high is not None:
            yield begin, at, low, mean, high, held
    if value is not None and end > at:
        yield at, end, value, value, value, end - at


class Total:
    """Pieces drawn together."""

    __slots__ = ("high", "held", "low", "weighed")

    def __init__(self) -> None:
        self.low = self.high = self.weighed = 0.0
        self.held = 0

    def add(self, low: float, mean: float, high: float, held: int) -> None:
        """Take one in."""
        if not self.held:
            self.low, self.high = low, high
        elif low < self.low:
            self.low = low
        if high > self.high:
            self.high = high
        self.weighed += mean * held
        self.held += held

    def figures(self) -> tuple[Number, Number, Number]:
        """Lowest, mean, highest."""
        if not self.held:
            return None, None, None
        mean = self.weighed / self.held
        return self.low, min(max(mean, self.low), self.high), self.high  # rounding must not lead out of the bounds


def minutes(samples: Iterable[tuple[int, Number]], carry: Number, width: int, limit: int) -> Iterator[Bucket]:
    """The buckets, `width` wide, that have samples. `carry` is the value before the first; nothing is known beyond
    `limit`."""
    for at, group in groupby(samples, lambda sample: sample[0] // width * width):
        inside = list(group)
        yield _bucket(of_samples(inside, carry, at, min(at + width, limit)), at, inside[-1][1])
        carry = inside[-1][1]


def hours(buckets: Iterable[Bucket], carry: Number, narrow: int, width: int, limit: int) -> Iterator[Bucket]:
    """The same from narrower buckets."""
    for at, group in groupby(buckets, lambda bucket: bucket.at // width * width):
        inside = list(group)
        yield _bucket(of_buckets(inside, carry, at, min(at + width, limit), narrow), at, inside[-1].last)
        carry = inside[-1].last


def _bucket(pieces: Iterable[Piece], at: int, last: Number) -> Bucket:
    total = Total()
    for _, _, low, mean, high, held in pieces:
        total.add(low, mean, high, held)
    return Bucket(at, *total.figures(), total.held, last)


def points(pieces: Iterable[Piece], width: int) -> tuple[Point, ...]:
    """Points, one for each `width` milliseconds of which something is known. A piece that is no constant must lie
    within one of them."""
    found: list[Point] = []
    total, at = Total(), 0
    for start, end, low, mean, high, held in pieces:
        while start < end:
            slot = start // width * width
            if slot != at:
                if total.held:
                    found.append(Point(at, *total.figures()))
                total, at = Total(), slot
            stop = slot + width
            if end <= stop:
                total.add(low, mean, high, held)
                break
            total.add(low, mean, high, stop - start)
            held -= stop - start
            start = stop
    if total.held:
        found.append(Point(at, *total.figures()))
    return tuple(found)


def as_they_are(samples: Sequence[tuple[int, Number]], carry: Number, start: int) -> tuple[Point, ...]:
    """Samples as points, after the value at the start."""
    first = [] if carry is None or (samples and samples[0][0] == start) else [(start, carry)]
    return tuple(Point(at, value, value, value) for at, value in [*first, *samples])
