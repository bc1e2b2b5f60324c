"""What batteries are worth: discharges whose answer is known by hand, and what holds of any."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wallnut.cli import history_sheets
from wallnut.history import objects
from wallnut.history.battery import Battery, Because, Confidence, Doubt, Kind, Limits, Outlook, battery
from wallnut.history.capacity import Seen, lacks, model, reaches, trend
from wallnut.history.dates import Day, parse_day
from wallnut.history.discharge import Course, Tick, reckon, tail_of
from wallnut.history.energy import Ratings
from wallnut.history.sqlite import Sqlite
from wallnut.history.store import History
from wallnut.history.values import DAY, HOUR, MINUTE, SECOND, Device, Keep, Sample

T0 = 1_700_000_000 * SECOND // DAY * DAY
RACK = Device("localhost", "rack")
YEAR = 365 * DAY


# Dates, as they were found in dumps of real UPSes


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2021-04-15", Day(date(2021, 4, 15), True)),
        ("2011/12/30", Day(date(2011, 12, 30), True)),
        ("11/27/09", Day(date(2009, 11, 27), True)),
        ("10/25/93", Day(date(1993, 10, 25), True)),
        ("08/08/2015", Day(date(2015, 8, 8), True)),
        ("05/03/20", Day(date(2020, 5, 3), False)),
        ("27/11/2009", Day(date(2009, 11, 27), True)),
        ("11172014", Day(date(2014, 11, 17), True)),
        ("20141117", Day(date(2014, 11, 17), True)),
        ("2022/12", Day(date(2022, 12, 1), False)),
        ("12/2022", Day(date(2022, 12, 1), False)),
        ("May 2019", Day(date(2019, 5, 1), False)),
        ("12 March 2019", Day(date(2019, 3, 12), True)),
        ("Mar 12, 2019", Day(date(2019, 3, 12), True)),
        ("2024-10-07 12:30", Day(date(2024, 10, 7), True)),
        *((text, None) for text in ("CPS", "not set", "?", "", "1", "2001/00/00", "1980/00/01", "2624/00/02")),
        *((text, None) for text in ("2052/00/36", "2051/01/01", "Mini-Box.Com", "99/99/99", "1970-01-01")),
    ],
)
def test_days_as_vendors_write_them(text: str, wanted: Day | None) -> None:
    assert parse_day(text, date(2026, 11, 21)) == wanted


@given(st.text(alphabet="0123456789/-. :abcfmnyr", max_size=14))
def test_any_text_is_a_day_or_none(text: str) -> None:
    found = parse_day(text, date(2026, 11, 21))
    assert found is None or date(1985, 1, 1) <= found.day <= date(2026, 11, 22)


# One discharge


def seen_course(ticks: Sequence[tuple[float, float]], watts: float = 100.0) -> Course:
    """A discharge at a constant power; ticks are (second, charge)."""
    line = tuple(Tick(T0 + round(second * SECOND), charge) for second, charge in ticks)
    work = tuple(watts * (b.at - a.at) for a, b in itertools.pairwise(line))
    return Course(T0, line[-1].at, Kind.OUTAGE, line, work, True, True, 20.0, None, ())


def test_a_straight_line() -> None:
    """100 W, a percent every 36 s, down to 40 %: 60 Wh were delivered, 40 are left; it lasts an hour."""
    found = reckon(seen_course([(36 * one, 100 - one) for one in range(61)]))
    assert found.capacity == pytest.approx(100.0)
    assert found.runtime == pytest.approx(3600.0)
    assert found.wh == pytest.approx(60.0)
    assert (found.weight, found.spent, found.step) == (1.0, 60.0, 1.0)
    assert found.tail == pytest.approx(0.2)


def test_a_battery_that_stays_full_for_long_has_that_as_well() -> None:
    """At 90 W ten minutes at 100 %, then a percent every 20 s to 50 %: 600 + 1000 s, and 50 times 20 s are left."""
    found = reckon(seen_course([(0, 100), *((580 + 20 * one, 100 - one) for one in range(1, 51))], 90.0))
    assert found.runtime == pytest.approx(580 + 100 * 20)
    assert found.capacity == pytest.approx(90 * 2580 / 3600)


def test_a_battery_whose_charge_falls_at_once_has_little() -> None:
    """To 60 % in two seconds, then 5 s a percent to 40 %."""
    found = reckon(seen_course([(0, 100), (2, 60), *((2 + 5 * one, 60 - one) for one in range(1, 21))]))
    assert found.runtime == pytest.approx(2 + 60 * 5)


def test_a_discharge_that_began_half_full() -> None:
    found = reckon(seen_course([(30 * one, 60 - one) for one in range(31)]))
    assert found.runtime == pytest.approx(3000)
    assert found.weight == pytest.approx(0.6)


def test_a_tail_that_is_gone_sooner() -> None:
    """36 s a percent down to 20 %, then 9 s: the tail gives a quarter; it lasts 80 x 36 + 20 x 9 s."""
    down = [*((36 * one, 100 - one) for one in range(81)), *((2880 + 9 * one, 20 - one) for one in range(1, 21))]
    deep = seen_course(down)
    assert tail_of(deep) == pytest.approx(0.25)
    assert reckon(deep).runtime == pytest.approx(3060)
    half = seen_course(down[:51])
    assert tail_of(half) is None
    assert reckon(half).runtime == pytest.approx(3600)  # what one would think without the deep one
    assert reckon(half, 0.25).runtime == pytest.approx(3060)


courses = st.lists(st.tuples(st.floats(0.1, 500), st.floats(0.1, 30)), min_size=1, max_size=40)


@given(st.floats(15, 100), courses, st.floats(1, 5000), st.floats(0, 1))
def test_no_capacity_is_below_what_was_delivered(
    first: float, steps: list[tuple[float, float]], watts: float, rate: float
) -> None:
    line, at, charge = [(0.0, first)], 0.0, first
    for seconds, spent in steps:
        at, charge = at + seconds, charge - spent
        if charge < 0:
            break
        line.append((at, charge))
    if line[0][1] - line[-1][1] < 10:
        return
    made = seen_course(line, watts)
    found, linear = reckon(made, rate), reckon(made)
    assert found.capacity is not None
    assert linear.capacity is not None
    assert found.wh is not None
    assert 0 < found.wh <= found.capacity * (1 + 1e-9)
    assert found.capacity <= linear.capacity * (1 + 1e-9)  # a weaker tail is not more
    assert 0 <= found.tail <= 1
    assert 0 < found.weight <= 1


# Several discharges

some_seen = st.lists(
    st.builds(
        Seen,
        at=st.integers(T0, T0 + 10 * YEAR),
        intensity=st.floats(1, 5000),
        runtime=st.floats(1, 1e5),
        weight=st.floats(0.05, 1),
        tail=st.floats(0, 0.5),
        resolution=st.floats(0, 1),
    ),
    min_size=1,
    max_size=12,
).map(sorted)


@given(some_seen, st.booleans(), st.lists(st.floats(0.1, 1e5), min_size=2, max_size=8).map(sorted))
def test_more_load_is_less_time(found: list[Seen], tail_known: bool, loads: list[float]) -> None:
    now = T0 + 10 * YEAR
    made = model(found, now, tail_known, trend(found, now))
    assert made is not None
    figures = [made.at(load) for load in loads]
    assert all(0 <= one.low <= one.value <= one.high for one in figures)
    assert all(more.value <= less.value for less, more in itertools.pairwise(figures))
    more_power = [one.value * load for one, load in zip(figures, loads, strict=True)]
    assert all(b <= a * (1 + 1e-9) for a, b in itertools.pairwise(more_power))  # nor more energy


@given(some_seen, st.integers(0, YEAR), st.floats(1, 99))
def test_a_forecast_is_in_order(found: list[Seen], later: int, percent: float) -> None:
    now = T0 + 10 * YEAR + later
    course = trend(found, now)
    assert (course is None) == (lacks(found) is not None)
    if course is None:
        return
    assert 0 <= course.now.low <= course.now.value <= course.now.high
    at, earliest, latest = (now + 11 * YEAR if at is None else at for at in reaches(course, percent, now))
    assert now <= earliest <= at <= latest


def one(at: int, runtime: float, intensity: float = 100.0, weight: float = 1.0) -> Seen:
    return Seen(at, intensity, runtime, weight, 0.0, 0.01)


def test_loads_that_differ_show_how_runtime_goes_with_load() -> None:
    found = [one(T0 + number * DAY, 3600 * (100 / watts) ** 1.3, watts) for number, watts in enumerate((100, 150, 300))]
    made = model(found, T0 + 3 * DAY, True)
    assert made is not None
    assert made.k == pytest.approx(1.3)
    assert made.at(100).value == pytest.approx(3600)
    assert made.at(100).confidence is Confidence.GOOD
    assert made.at(50).confidence is Confidence.LOW


def test_a_decline_leads_to_a_day() -> None:
    """Two percent of an hour less every 73 days: ten percent points a year; at 80 % after two years."""
    found = [one(T0 + number * 73 * DAY, 3600 * (1 - 0.02 * number)) for number in range(6)]
    now = found[-1].at
    course = trend(found, now)
    assert course is not None
    first = (100 + 98) / 2  # those of the first third of the time
    assert course.now.value == pytest.approx(90 / first * 100)
    assert course.per_year.value == pytest.approx(-10 / first * 100 * 365.25 / 365)
    at, earliest, latest = reaches(course, 80.0, now)
    assert at is not None
    assert earliest is not None
    assert (at - now) / YEAR == pytest.approx((90 - 0.8 * first) / 10, rel=0.01)
    assert now < earliest < at
    assert latest is None or latest > at


def test_what_is_missing_is_said() -> None:
    assert lacks([]) is not None
    found = lacks([one(T0, 3600), one(T0 + 30 * DAY, 3600)])
    assert found is not None
    assert (found.discharges, found.deeper, found.days) == (1, 25.0, 60)
    assert trend([one(T0, 3600), one(T0 + 30 * DAY, 3600)], T0 + YEAR) is None


# All of it, from what is recorded


def put(at: int, **values: float | str | None) -> list[Sample]:
    return [Sample(RACK, name.replace("_", "."), at, value) for name, value in values.items()]


def discharged(
    at: int, seconds: int, percent: int, status: str = "OB DISCHRG", watts: float | None = 180.0
) -> list[Sample]:
    """A discharge in which a percent takes so many seconds, down to so much; an hour later it is full."""
    found = put(at, ups_status=status)
    if watts is not None:
        found += put(at, ups_realpower=watts)
    for number in range(1, 100 - percent + 1):
        found += put(at + number * seconds * SECOND, battery_charge=100.0 - number)
    end = at + (100 - percent) * seconds * SECOND + SECOND
    return found + put(end, ups_status="OL CHRG") + put(end + HOUR, battery_charge=100.0, ups_status="OL")


START: dict[str, float | str | None] = {
    "ups_status": "OL",
    "battery_charge": 100.0,
    "battery_runtime": 2400.0,
    "ups_load": 20.0,
    "battery_date": "2023/11/01",
    "ups_test_result": "No test initiated",
}


def asked(history: History, now: int, limits: Limits | None = None, **live: str) -> Battery:
    return battery(
        history.read,
        RACK,
        now,
        live={name.replace("_", "."): value for name, value in live.items()},
        limits=limits or Limits(),
        ratings=Ratings(),
    )


def test_a_history_without_discharges_says_what_it_lacks(history: History) -> None:
    history.write(put(T0, **START), {RACK: T0 + DAY})
    found = asked(history, T0 + DAY)
    assert (found.charge, found.load, found.own, found.power) == (100.0, 20.0, 2400.0, None)
    assert (found.capacity, found.runtime, found.curve, found.trend, found.test) == (None, None, (), None, None)
    assert found.forecast.outlook is Outlook.UNKNOWN
    assert found.lacks is not None
    assert (found.lacks.discharges, found.lacks.days) == (3, 90)
    assert found.age is not None
    assert (found.age.day, found.age.source, found.age.sure) == (date(2023, 11, 1), "battery.date", True)


@pytest.mark.parametrize("keep", [None, Keep(raw=0), Keep(raw=0, minutes=0)], ids=["raw", "minutes", "hours"])
def test_an_outage_measures_the_battery(history: History, keep: Keep | None) -> None:
    """180 W, a percent every 30 s down to 40 %: an hour's 3000 s of it, 150 Wh."""
    start = T0 + 10 * HOUR
    history.write([*put(T0, **START), *put(T0, ups_realpower=180.0), *discharged(start, 30, 40)], {RACK: T0 + DAY})
    if keep is not None:
        history.prune(keep, T0 + 3 * DAY)
    found = asked(history, T0 + 3 * DAY)
    (discharge,) = found.discharges
    assert (discharge.kind, discharge.charge_from, discharge.charge_to) == (Kind.OUTAGE, 100.0, 40.0)
    assert discharge.measured
    assert discharge.power == pytest.approx(180.0)
    assert discharge.load == pytest.approx(20.0)
    assert discharge.own == 2400.0
    assert discharge.capacity == pytest.approx(150.0, rel=0.02)
    assert found.capacity is not None
    assert found.runtime is not None
    assert found.runtime.value == pytest.approx(3000, rel=0.02)
    assert found.capacity.low < 150.0 < found.capacity.high
    assert found.at_load == pytest.approx(20.0)
    hours = keep is not None and keep.minutes == 0
    assert discharge.doubts == ((Doubt.COARSE,) if hours else ())
    assert found.capacity.confidence is (Confidence.LOW if hours else Confidence.FAIR)
    assert [point.load for point in found.curve] == [10.0 * number for number in range(1, 11)]
    at_twenty = found.curve[1]
    assert at_twenty.runtime.value == pytest.approx(3000, rel=0.02)
    assert at_twenty.own == pytest.approx(2400.0)
    assert found.curve[9].runtime.confidence is Confidence.LOW
    assert found.lacks is not None
    assert found.lacks.discharges == 2


def test_a_load_and_a_rating_estimate(history: History) -> None:
    start = T0 + 10 * HOUR
    rated = put(T0, ups_realpower_nominal=900.0)
    history.write([*put(T0, **START), *rated, *discharged(start, 30, 40, watts=None)], {RACK: T0 + DAY})
    found = asked(history, T0 + DAY)
    assert found.discharges[0].doubts == (Doubt.ESTIMATED,)
    assert found.capacity is not None
    assert found.capacity.value == pytest.approx(150.0, rel=0.02)


def test_without_a_rating_there_is_a_runtime_but_no_capacity(history: History) -> None:
    start = T0 + 10 * HOUR
    history.write([*put(T0, **START), *discharged(start, 30, 40, watts=None)], {RACK: T0 + DAY})
    found = asked(history, T0 + DAY, ups_load="40", battery_charge="50")
    assert found.discharges[0].doubts == (Doubt.NO_POWER,)
    assert found.capacity is None
    assert found.runtime is not None
    assert found.runtime.value == pytest.approx(3000 / 2**1.15, rel=0.02)
    assert found.runtime_now is not None
    assert found.runtime_now.value == pytest.approx(found.runtime.value / 2)


def test_tests_count_and_flickers_do_not(history: History) -> None:
    samples = put(T0, **START)
    samples += put(T0 + HOUR, ups_status="OB") + put(T0 + HOUR + SECOND, ups_status="OL")
    samples += discharged(T0 + 5 * HOUR, 30, 95, "OB TEST")
    samples += put(T0 + 5 * HOUR + 3 * MINUTE, ups_test_result="Done and passed")
    samples += discharged(T0 + 10 * HOUR, 30, 10, "CAL OB DISCHRG")
    history.write(samples, {RACK: T0 + DAY})
    found = asked(history, T0 + DAY)
    assert [(one.kind, one.doubts, one.weight) for one in found.discharges] == [
        (Kind.CALIBRATION, (), 1.0),
        (Kind.TEST, (Doubt.SHALLOW,), 0.0),
    ]
    assert found.test is not None
    assert (found.test.result, found.test.passed) == ("Done and passed", True)
    assert found.test.at == T0 + 5 * HOUR + 3 * MINUTE


def test_a_host_that_went_down_with_it_measures_what_it_saw(history: History) -> None:
    start = T0 + HOUR
    samples = [*put(T0, **START), *put(start, ups_status="OB", ups_realpower=180.0)]
    for number in range(1, 61):
        samples += put(start + number * 30 * SECOND, battery_charge=100.0 - number)
    history.write(samples, {RACK: start + 1800 * SECOND})
    history.resume([RACK])
    history.write(put(T0 + 20 * HOUR, ups_status="OL CHRG", battery_charge=30.0), {RACK: T0 + DAY})
    (discharge,) = asked(history, T0 + DAY).discharges
    assert Doubt.CUT in discharge.doubts
    assert discharge.end == start + 1800 * SECOND + 1
    assert discharge.runtime == pytest.approx(3000)


def years(decline: float) -> list[Sample]:
    """Six outages in five quarters, each time so much less."""
    samples = put(T0, **START)
    for number in range(6):
        seconds = 30 * (1 - decline * number)
        start = T0 + number * 90 * DAY + HOUR
        samples += put(start, ups_status="OB", ups_realpower=180.0)
        for percent in range(1, 61):
            samples += put(start + round(percent * seconds * SECOND), battery_charge=100.0 - percent)
        end = start + round(60 * seconds * SECOND) + SECOND
        samples += put(end, ups_status="OL CHRG") + put(end + HOUR, battery_charge=100.0)
    return samples


def test_a_decline_is_forecast(history: History) -> None:
    now = T0 + 451 * DAY
    history.write(years(0.02), {RACK: now})
    history.roll_up(now)
    found = asked(history, now)
    assert found.lacks is None
    assert found.trend is not None
    assert found.trend.per_year.value == pytest.approx(-8.2, abs=0.3)
    assert found.runtime is not None
    assert found.runtime.value == pytest.approx(2700, rel=0.01)  # as it is now, not as it was on the whole
    assert found.forecast.outlook is Outlook.DATED
    assert found.forecast.because is Because.CAPACITY
    assert found.forecast.at is not None
    assert (found.forecast.at - now) / YEAR == pytest.approx((90.9 - 80) / 8.2, rel=0.1)
    sooner = asked(history, now, Limits(runtime=2600.0)).forecast
    assert (sooner.outlook, sooner.because) == (Outlook.DATED, Because.RUNTIME)
    assert sooner.at is not None
    assert sooner.at < found.forecast.at
    assert asked(history, now, Limits(runtime=3600.0)).forecast.outlook is Outlook.NOW
    assert asked(history, now, Limits(capacity=95.0)).forecast.outlook is Outlook.NOW
    flagged = asked(history, now, ups_status="OL RB")
    assert (flagged.flagged, flagged.forecast.because) == (True, Because.FLAG)
    newer = asked(history, now, battery_date="2025-01-10")  # fitted after the last but one
    assert [bool(one.weight) for one in newer.discharges] == [True] * 1 + [False] * 5
    assert newer.forecast.outlook is Outlook.UNKNOWN


def test_no_decline_is_steady(history: History) -> None:
    now = T0 + 451 * DAY
    history.write(years(0.0), {RACK: now})
    history.roll_up(now)
    found = asked(history, now)
    assert found.forecast.outlook is Outlook.STEADY
    assert found.runtime is not None
    assert found.runtime.confidence is Confidence.GOOD


def test_dates_of_the_factory_are_none(history: History) -> None:
    history.write(put(T0, **START), {RACK: T0 + DAY})
    found = asked(history, T0 + DAY, battery_date="2001/09/25", battery_mfr_date="2016/05/03").age
    assert found is not None
    assert (found.source, found.day) == ("battery.mfr.date", date(2016, 5, 3))
    assert asked(history, T0 + DAY, battery_date="2001/09/25", ups_mfr_date="2016/05/03").age is None
    old = asked(history, T0 + DAY, battery_date="2015/05/03").forecast
    assert (old.outlook, old.because) == (Outlook.UNKNOWN, Because.AGE)


def test_who_is_out_of_reach_keeps_what_seldom_changes(history: History) -> None:
    first = [*put(T0, **START), *put(T0, ups_realpower_nominal=900.0)]
    history.write([*first, *discharged(T0 + HOUR, 30, 40, watts=None)], {RACK: T0 + DAY})
    history.roll_up(T0 + DAY)
    gone = T0 + DAY + MINUTE
    history.write([Sample(RACK, name, gone, None) for name in history.read.variables(RACK)], {RACK: gone})
    found = asked(history, gone + HOUR)
    assert (found.charge, found.load, found.own, found.power) == (None, None, None, None)
    assert found.age is not None
    assert found.capacity is not None
    assert found.at_load == pytest.approx(20.0)
    assert history.read.ever(RACK, "ups.realpower.nominal") == 900.0
    assert history.read.ever(RACK, "battery.date") == "2023/11/01"
    assert history.read.latest(RACK, "battery.date") is None
    assert history.read.ever(RACK, "no.such") is None
    assert history.read.ever(Device("no", "such"), "ups.load") is None


def test_who_is_not_known(history: History) -> None:
    found = asked(history, T0)
    assert (found.charge, found.discharges, found.capacity, found.age) == (None, (), None, None)


numbers = st.one_of(st.none(), st.integers(0, 100).map(float), st.floats(-1e6, 1e9, allow_nan=False))
words = st.sampled_from(["OL", "OB", "OB LB", "OB TEST", "CAL OB", "OFF", "RB OL", "", None])
whens = st.integers(0, 400 * DAY).map(lambda at: T0 + at)
Said = list[tuple[int, str, float | str | None]]


def episode(at: int, status: str, steps: list[tuple[int, float]], watts: float | None, load: float | None) -> Said:
    """A time on battery."""
    said: Said = [(at, "ups.status", "OL"), (at, "battery.charge", 100.0), (at, "ups.load", load)]
    said += [(at + SECOND, "ups.status", status), (at + SECOND, "ups.realpower", watts)]
    charge = 100.0
    for seconds, spent in steps:
        at, charge = at + seconds * SECOND, charge - spent
        said.append((at, "battery.charge", max(charge, 0.0)))
    return [*said, (at + 2 * SECOND, "ups.status", "OL CHRG")]


episodes = st.builds(
    episode,
    whens,
    st.sampled_from(["OB", "OB LB", "OB TEST", "CAL OB"]),
    st.lists(st.tuples(st.integers(1, 900), st.floats(0.1, 30)), min_size=1, max_size=12),
    st.one_of(st.none(), st.floats(0, 5000)),
    st.one_of(st.none(), st.floats(0, 120)),
)
noise = st.one_of(
    st.tuples(whens, st.sampled_from(["battery.charge", "ups.load", "ups.realpower", "battery.runtime"]), numbers),
    st.tuples(whens, st.just("ups.status"), words),
    st.tuples(whens, st.just("battery.date"), st.text(alphabet="0123456789/-", max_size=10)),
    st.tuples(whens, st.just("ups.realpower.nominal"), numbers),
)
anything = st.tuples(st.lists(episodes, max_size=6), st.lists(noise, max_size=12)).map(
    lambda found: [*itertools.chain.from_iterable(found[0]), *found[1]]
)


@settings(max_examples=80)
@given(anything, st.booleans(), st.integers(0, 400 * DAY))
def test_whatever_a_ups_says_figures_are_in_bounds(said: Said, pruned: bool, later: int) -> None:
    with History(Sqlite(":memory:")) as history:
        history.write([Sample(RACK, name, at, value) for at, name, value in said])
        now = T0 + 402 * DAY + later
        history.roll_up(now)
        if pruned:
            history.prune(Keep(raw=0, minutes=0), now)
        found = battery(history.read, RACK, now)
        figures = [found.capacity, found.runtime, found.runtime_now, *(point.runtime for point in found.curve)]
        for figure in figures:
            assert figure is None or 0 <= figure.low <= figure.value <= figure.high
        for discharge in found.discharges:
            assert 0 <= discharge.weight <= 1
            assert discharge.start <= discharge.end
            assert discharge.weight == 0 or (discharge.spent or 0) >= 10
        for less, more in itertools.pairwise(found.curve):
            assert more.runtime.value <= less.runtime.value
        assert (found.trend is None) == (found.lacks is not None)
        assert json.dumps(objects.battery(found), allow_nan=False)
        assert history_sheets.battery(found).startswith("rack@localhost\n  now ")
