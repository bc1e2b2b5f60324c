"""Energy by days and months: known by hand, and none is lost or made by cutting time into days."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.history.energy import Energy, Flow, Per, Quality, Ratings, Source, edges, energy, spent, whole
from wallnut.history.sqlite import Sqlite
from wallnut.history.store import History
from wallnut.history.values import DAY, HOUR, MINUTE, SECOND, Device, Keep, Sample

BERLIN = ZoneInfo("Europe/Berlin")
RACK = Device("localhost", "rack")


def ms(*when: int, zone: ZoneInfo | None = None) -> int:
    year, month, day, *rest = when
    hour, minute = [*rest, 0, 0][:2]
    return int(datetime(year, month, day, hour, minute, tzinfo=zone or UTC).timestamp()) * SECOND


T0 = ms(2026, 3, 1)


def sample(at: int, value: float | None, variable: str = "ups.realpower") -> Sample:
    return Sample(RACK, variable, at, value)


def asked(history: History, start: int, end: int, per: Per = Per.DAY, ratings: Ratings | None = None) -> Energy:
    return energy(
        history.read, RACK, start, end, per, zone=UTC, ratings=ratings or Ratings(), price=0.5, currency="EUR"
    )


def about(found: float | None, wanted: float) -> bool:
    """Whether a figure is that but for rounding."""
    return found is not None and found == pytest.approx(wanted)


# Days


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", (2026, 3, 28), 24),
        ("Europe/Berlin", (2026, 3, 29), 23),
        ("Europe/Berlin", (2026, 10, 25), 25),
        ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
        ("Asia/Kathmandu", (2026, 4, 5), 24),
        ("America/Havana", (2026, 3, 8), 23),  # there it is done at midnight: this day begins at one
        ("America/Havana", (2026, 11, 1), 25),
    ],
)
def test_days_are_as_long_as_they_are(zone: str, day: tuple[int, int, int], hours: float) -> None:
    place = ZoneInfo(zone)
    noon = ms(*day, 12, zone=place)
    cuts = edges(noon - DAY, noon + 2 * DAY, Per.DAY, place)
    begin = max(at for at in cuts if at <= noon)
    assert cuts[cuts.index(begin) + 1] - begin == hours * HOUR
    assert cuts == sorted(set(cuts))


def test_a_day_that_a_place_has_left_out_is_none() -> None:
    apia = ZoneInfo("Pacific/Apia")  # 30 December 2011
    cuts = edges(ms(2011, 12, 29, zone=apia), ms(2012, 1, 1, zone=apia), Per.DAY, apia)
    assert [later - earlier for earlier, later in itertools.pairwise(cuts)] == [DAY, DAY]


def test_months() -> None:
    cuts = edges(ms(2025, 12, 20, zone=BERLIN), ms(2026, 4, 2, zone=BERLIN), Per.MONTH, BERLIN)
    firsts = [ms(2026, month, 1, zone=BERLIN) for month in (1, 2, 3, 4)]
    assert cuts == [ms(2025, 12, 20, zone=BERLIN), *firsts, ms(2026, 4, 2, zone=BERLIN)]


@given(st.integers(0, 2 * 10**12), st.integers(0, 400 * DAY), st.sampled_from(Per), st.sampled_from([None, BERLIN]))
def test_days_fill_a_time(start: int, length: int, per: Per, zone: ZoneInfo | None) -> None:
    cuts = edges(start, start + length, per, zone)
    assert (cuts[0], cuts[-1]) == (start, start + length)
    assert cuts == sorted(set(cuts))
    longest = (26 if per is Per.DAY else 31 * 24 + 2) * HOUR
    assert all(later - earlier <= longest for earlier, later in itertools.pairwise(cuts))


# By hand


def test_a_real_power_is_measured(history: History) -> None:
    history.write(
        [sample(T0, 100.0), sample(T0 + 23 * HOUR, 300.0), sample(T0 + 26 * HOUR, None)], {RACK: T0 + 3 * DAY}
    )
    found = asked(history, T0, T0 + 3 * DAY)
    first, second, third = found.rows
    assert (first.kwh, first.known, first.share, first.quality) == (2.6, DAY, 1.0, Quality.MEASURED)
    assert (second.kwh, second.known, second.watts) == (0.6, 2 * HOUR, 300.0)
    assert second.share == pytest.approx(2 / 24)
    assert (third.kwh, third.share, third.quality, third.watts) == (None, 0.0, Quality.UNKNOWN, None)
    assert about(found.total.kwh, 3.2)
    assert found.total.known == 26 * HOUR
    assert [found.cost(row) for row in found.rows] == [1.3, 0.3, None]
    assert first.parts[0].basis == "ups.realpower"


def test_load_and_rating_estimate(history: History) -> None:
    history.write([sample(T0, 20.0, "ups.load"), sample(T0, 900.0, "ups.realpower.nominal")], {RACK: T0 + DAY - 1})
    (row,) = asked(history, T0, T0 + DAY).rows
    assert about(row.kwh, 0.18 * 24)
    assert row.quality is Quality.ESTIMATED
    assert row.parts[0].basis == "ups.load x ups.realpower.nominal"


def test_a_rating_that_was_recorded_later_counts_before_too(history: History) -> None:
    history.write([sample(T0, 20.0, "ups.load"), sample(T0 + 2 * DAY, 900.0, "ups.realpower.nominal")])
    (row,) = asked(history, T0, T0 + DAY).rows
    assert about(row.kwh, 0.18 * 24)


@pytest.mark.parametrize(
    ("ratings", "kwh"),
    [
        (Ratings(), None),
        (Ratings(900.0), 4.32),
        (Ratings(power=1500.0), 4.32),
        (Ratings(power=1500.0, factor=0.8), 5.76),
    ],
)
def test_ratings_that_were_not_recorded(history: History, ratings: Ratings, kwh: float | None) -> None:
    history.write([sample(T0, 20.0, "ups.load")], {RACK: T0 + DAY - 1})
    (row,) = asked(history, T0, T0 + DAY, ratings=ratings).rows
    assert row.kwh is None if kwh is None else about(row.kwh, kwh)


def test_an_estimate_stands_in_where_the_measurement_is_missing(history: History) -> None:
    history.write(
        [
            *(sample(T0, value, name) for name, value in (("ups.load", 50.0), ("ups.realpower.nominal", 1000.0))),
            sample(T0 + 6 * HOUR, 400.0),
            sample(T0 + 18 * HOUR, None),
        ],
        {RACK: T0 + DAY - 1},
    )
    (row,) = asked(history, T0, T0 + DAY).rows
    assert row.quality is Quality.MIXED
    assert [(part.measured, part.known) for part in row.parts] == [(True, 12 * HOUR), (False, 12 * HOUR)]
    assert [part.wh for part in row.parts] == pytest.approx([4800, 6000])


def test_outlets_and_phases_are_summed_and_currents_reckoned(history: History) -> None:
    history.write([sample(T0, 10.0 * one, f"outlet.{one}.realpower") for one in (1, 2, 3)], {RACK: T0 + DAY - 1})
    (row,) = asked(history, T0, T0 + DAY).rows
    assert about(row.kwh, 1.44)
    assert row.parts[0].basis == "outlet.*.realpower"
    history.write([sample(T0, 100.0, f"output.L{one}.realpower") for one in (1, 2, 3)])
    (row,) = asked(history, T0, T0 + DAY).rows
    assert about(row.kwh, 7.2)
    other = Device("localhost", "pdu")
    for name, value in (("input.voltage", 230.0), ("input.current", 2.0)):
        history.write([Sample(other, name, T0, value)], {other: T0 + DAY - 1})
    (row,) = energy(history.read, other, T0, T0 + DAY, zone=UTC).rows
    assert about(row.kwh, 6.624)
    assert row.parts[0].basis == "input.voltage x input.current x 0.6"


@pytest.mark.parametrize("keep", [None, Keep(raw=0), Keep(raw=0, minutes=0)], ids=["raw", "minutes", "hours"])
def test_what_was_pruned_keeps_its_energy(history: History, keep: Keep | None) -> None:
    history.write([sample(T0 + at, float(at // MINUTE % 50)) for at in range(0, 2 * DAY, 7 * MINUTE)])
    history.write([], {RACK: T0 + 2 * DAY - 1})
    whole_time = asked(history, T0, T0 + 2 * DAY).total.kwh
    if keep is not None:
        history.prune(keep, T0 + 5 * DAY)
    found = asked(history, T0, T0 + 2 * DAY)
    assert found.total.kwh == pytest.approx(whole_time)
    assert found.total.known == 2 * DAY
    assert asked(history, T0, T0 + 2 * DAY, Per.MONTH).total.kwh == pytest.approx(whole_time)


def test_who_is_not_known_has_no_energy(history: History) -> None:
    found = asked(history, T0, T0 + 2 * DAY)
    assert [row.kwh for row in found.rows] == [None, None]
    assert asked(history, T0, T0).rows == ()


# Of any course

watts = st.one_of(st.none(), st.floats(0, 5000, allow_nan=False))
courses = st.dictionaries(st.integers(0, 5 * DAY).map(lambda at: T0 + at), watts, min_size=1, max_size=30)


@given(courses, st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "UTC"]), st.sampled_from(Per))
def test_the_days_are_the_whole(course: dict[int, float | None], zone: str, per: Per) -> None:
    end = T0 + 5 * DAY
    with History(Sqlite(":memory:")) as history:
        history.write([sample(at, value) for at, value in course.items()], {RACK: end - 1})
        found = energy(history.read, RACK, T0, end, per, zone=ZoneInfo(zone))
        times = sorted(course)
        wanted = sum((course[at] or 0.0) * (until - at) for at, until in itertools.pairwise([*times, end])) / 3.6e9
        known = sum(until - at for at, until in itertools.pairwise([*times, end]) if course[at] is not None)
        for _ in range(2):  # of samples; of hours, of which some lie over midnight in Kathmandu
            assert sum(row.kwh or 0.0 for row in found.rows) == pytest.approx(wanted), (course, zone, per)
            assert abs(found.total.known - known) <= len(found.rows)
            assert all(0.0 <= row.share <= 1.0 for row in found.rows)
            history.prune(Keep(raw=0, minutes=0), end + 9 * DAY)
            found = energy(history.read, RACK, T0, end, per, zone=ZoneInfo(zone))


def flows(lengths: Sequence[tuple[int, int, float, float]]) -> list[Flow]:
    """Flows from (pause, length, watts, share)."""
    found, at = [], 0
    for pause, length, power, share in lengths:
        found.append(Flow(at + pause, at + pause + length, power, share))
        at += pause + length
    return found


some_flows = st.lists(
    st.tuples(st.integers(0, 100), st.integers(1, 100), st.floats(0, 1000), st.floats(0.01, 1)), max_size=12
).map(flows)


@given(st.lists(some_flows, min_size=1, max_size=3), st.lists(st.integers(0, 2500), max_size=6))
def test_cuts_lose_nothing_and_a_second_source_only_fills(sources: list[list[Flow]], cuts: list[int]) -> None:
    made = [Source(str(number), not number, one) for number, one in enumerate(sources)]
    inside = sorted({0, 2500, *cuts})
    found = whole(spent(made, inside), 0, 2500)
    one = whole(spent(made, [0, 2500]), 0, 2500)
    assert found.kwh is None or one.kwh == pytest.approx(found.kwh, abs=len(inside) * 3e-6)
    assert 0 <= one.known <= 2500 + len(made)
    first = {part.basis: part.wh for part in one.parts}.get("0", 0.0)
    assert first == pytest.approx(sum((f.end - f.start) * f.share * f.watts for f in sources[0]) / HOUR, abs=1e-3)
