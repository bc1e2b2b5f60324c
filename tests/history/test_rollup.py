"""Minutes, hours and the points of charts are what one finds by going through all samples plainly."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.history import rollup
from wallnut.history.sqlite import Sqlite
from wallnut.history.store import History
from wallnut.history.values import DAY, HOUR, MINUTE, SECOND, Bucket, Device, Keep, Point, Sample

T0 = 1_700_000_000 * SECOND // DAY * DAY
RACK = Device("localhost", "rack")
Samples = Sequence[tuple[int, float | None]]

times = st.one_of(
    st.integers(0, 3 * HOUR),
    st.integers(0, 180).map(lambda minute: minute * MINUTE),
    st.integers(0, 3).map(lambda hour: hour * HOUR),
).map(lambda at: T0 + at)
values = st.one_of(st.none(), st.integers(-500, 500).map(float), st.floats(-1e6, 1e6, allow_nan=False))
courses = st.dictionaries(times, values, min_size=1, max_size=40).map(lambda found: sorted(found.items()))


def plain(samples: Samples, start: int, end: int, heard: int) -> Point:
    """What a time was, computed from its definition."""
    ends = [at for at, _ in samples[1:]] + [heard + 1]
    held = [
        (value, min(until, end) - max(at, start))
        for (at, value), until in zip(samples, ends, strict=True)
        if value is not None and min(until, end) > max(at, start)
    ]
    if not held:
        return Point(start, None, None, None)
    weighed = sum((Fraction(value) * length for value, length in held), Fraction())
    mean = float(weighed / sum(length for _, length in held))
    return Point(start, min(value for value, _ in held), mean, max(value for value, _ in held))


def close(one: float | None, other: float | None) -> bool:
    return one == other or (one is not None and other is not None and one == pytest.approx(other, rel=1e-9, abs=1e-9))


def alike(found: Sequence[Point], wanted: Sequence[Point]) -> None:
    assert [(p.at, p.low, p.high) for p in found] == [(p.at, p.low, p.high) for p in wanted]
    for one, other in zip(found, wanted, strict=True):
        assert close(one.mean, other.mean)


def chart(samples: Samples, start: int, end: int, heard: int, width: int) -> list[Point]:
    slots = (plain(samples, at, at + width, min(heard, end - 1)) for at in range(start, end, width))
    return [point for point in slots if point.mean is not None]


@given(courses, st.integers(0, HOUR), st.integers(0, 3))
def test_a_store_draws_what_the_samples_were(samples: Samples, after: int, cuts: int) -> None:
    """In whatever parts they come in, late or not, rolled up between or not."""
    heard = samples[-1][0] + after
    with History(Sqlite(":memory:")) as history:
        # that something is not known is kept of what was known once
        history.write([Sample(RACK, "ups.load", T0 - 2 * MINUTE, 1.0), Sample(RACK, "ups.load", T0 - MINUTE, None)])
        for part in range(cuts + 1):
            history.write([Sample(RACK, "ups.load", *one) for one in samples[part :: cuts + 1]])
            if part % 2:
                history.roll_up(T0 + part * HOUR)
        history.write([], {RACK: heard})
        for now in (T0, T0 + 2 * HOUR, T0 + DAY):  # tails of each kind, then none
            history.roll_up(now)
            minutes = history.read.series(RACK, "ups.load", T0, T0 + 4 * HOUR, 241)
            assert minutes.step == MINUTE or not minutes.points
            alike(minutes.points, chart(samples, T0, T0 + 4 * HOUR, heard, MINUTE))
            hours = history.read.series(RACK, "ups.load", T0, T0 + 4 * HOUR, 5)
            assert hours.step == HOUR or not hours.points
            alike(hours.points, chart(samples, T0, T0 + 4 * HOUR, heard, HOUR))
        history.prune(Keep(raw=0, minutes=0), T0 + 3 * DAY)
        hours = history.read.series(RACK, "ups.load", T0, T0 + 4 * HOUR, 1000)
        assert hours.source == "hour" or not hours.points
        assert [point.low for point in hours.points] == [
            point.low for point in chart(samples, T0, T0 + 4 * HOUR, heard, HOUR)
        ]


@given(courses, st.integers(1, 5 * MINUTE))
def test_points_of_any_width(samples: Samples, width: int) -> None:
    start, end = T0, samples[-1][0] + HOUR
    pieces = rollup.of_samples(samples, None, start, end)
    first = start // width * width
    if (end - first) // width < 2000:
        alike(rollup.points(pieces, width), chart(samples, first, end, end - 1, width))


@given(courses)
def test_hours_of_minutes_are_hours_of_samples(samples: Samples) -> None:
    end = T0 + 4 * HOUR
    by_minutes = list(rollup.hours(rollup.minutes(samples, None, MINUTE, end), None, MINUTE, HOUR, end))
    at_once = list(rollup.minutes(samples, None, HOUR, end))
    for one, other in itertools.zip_longest(by_minutes, at_once):
        assert (one.at, one.low, one.high, one.held, one.last) == (
            other.at,
            other.low,
            other.high,
            other.held,
            other.last,
        )
        assert close(one.mean, other.mean)


def test_a_mean_is_never_outside_of_its_bounds() -> None:
    value = 0.1 + 0.2
    pieces = rollup.of_samples([(at, value) for at in range(0, MINUTE, 7)], None, 0, MINUTE)
    assert rollup.points(pieces, MINUTE) == (Point(0, value, value, value),)


def test_a_bucket_without_anything_known() -> None:
    assert list(rollup.minutes([(5, None)], None, MINUTE, MINUTE)) == [Bucket(0, None, None, None, 0, None)]
