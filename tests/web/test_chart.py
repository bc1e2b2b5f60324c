"""Charts: ticks at round local times, values at round numbers, lines that break where nothing is known."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.history.store import open_history
from wallnut.history.values import Device, Outage, Point, Sample, Series
from wallnut.web import chart
from wallnut.web.axes import DAY, HOUR, MINUTE, Span, moment_word, offsets, parse_moment, scale, time_ticks
from wallnut.web.chart import Chart, Trace
from wallnut.web.i18n import languages
from wallnut.web.pages.history import POINTS, RANGES

EN, FR = languages()["en"], languages()["fr"]
RACK = Device("localhost", "rack")
BERLIN = ZoneInfo("Europe/Berlin")
T0 = round(datetime(2026, 11, 21, tzinfo=UTC).timestamp() * 1000)


def at(zone: ZoneInfo, year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return round(datetime(year, month, day, hour, minute, tzinfo=zone).timestamp() * 1000)


def labels(span: Span, zone: ZoneInfo = BERLIN) -> list[str]:
    return [tick.label for tick in time_ticks(span, EN, zone)]


def stepped(*values: float | None, start: int = T0, step: int = MINUTE) -> Series:
    """A mean for each step, the lowest 1 below and the highest 1 above; None: not known."""
    points = [Point(start + n * step, v - 1, v, v + 1) for n, v in enumerate(values) if v is not None]
    return Series("minute", step, start + len(values) * step, tuple(points))


def test_ticks_of_a_day_are_round_local_hours() -> None:
    start = at(BERLIN, 2026, 11, 20, 9, 17)
    assert labels(Span(start, start + DAY)) == [
        *(f"{hour:02}:00" for hour in range(10, 24, 2)),
        "Sat 21 Nov",
        *(f"{hour:02}:00" for hour in range(2, 10, 2)),
    ]


def test_a_clock_that_is_put_forward_or_back_keeps_round_hours() -> None:
    spring = at(BERLIN, 2026, 3, 29)
    found = labels(Span(spring, spring + 6 * HOUR))
    assert found[:7] == ["Sun 29 Mar", "00:30", "01:00", "01:30", "03:00", "03:30", "04:00"]
    autumn = at(BERLIN, 2026, 10, 25)
    assert labels(Span(autumn, autumn + 6 * HOUR)).count("02:30") == 2
    week = [tick.at for tick in time_ticks(Span(spring - 3 * DAY, spring + 4 * DAY), EN, BERLIN)]
    assert {datetime.fromtimestamp(tick / 1000, BERLIN).hour for tick in week} <= {0, 12}
    assert offsets(Span(spring - DAY, spring + DAY), BERLIN) == [(spring - DAY, 60), (spring + 2 * HOUR, 120)]


def test_ticks_of_months_and_years() -> None:
    year = at(BERLIN, 2026, 1, 1)
    assert labels(Span(year, year + 365 * DAY)) == [
        *["2026", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    ]
    assert labels(Span(year, year + 10 * 366 * DAY))[:3] == ["2026", "2027", "2028"]
    assert labels(Span(year, year + 30 * DAY))[:3] == ["1 Jan", "6 Jan", "11 Jan"]
    assert labels(Span(year, year + MINUTE))[1] == "00:00:05"


@given(st.integers(0, 4_000_000_000_000), st.integers(10_000, 11 * 365 * DAY))
def test_any_span_has_a_few_ticks(start: int, length: int) -> None:
    found = time_ticks(Span(start, start + length), EN, BERLIN)
    assert len(found) <= 15
    assert all(start <= tick.at < start + length for tick in found)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.sampled_from([0.0, 1.0, 10.0]))
def test_any_scale_holds_its_values(low: float, width: float, least: float) -> None:
    found = scale(low, low + width, least=least)
    slack = (found.high - found.low) * 1e-6
    assert found.low - slack <= low
    assert low + width <= found.high + slack
    assert 2 <= len(found.ticks) <= 9


def test_a_scale_has_round_numbers() -> None:
    assert [tick.label for tick in scale(3, 47, floor=0.0).ticks] == ["0", "20", "40", "60"]
    assert [tick.label for tick in scale(49.98, 50.02, least=1).ticks] == ["49.5", "50.0", "50.5"]


def test_a_line_breaks_where_nothing_is_known() -> None:
    span = Span(T0, T0 + 10 * MINUTE)
    one = Chart("ups.load", [Trace(stepped(20, 20, None, None, None, 30, 31, 20))])
    text = chart.draw(one, span, (), EN)
    assert len(re.findall('class="mean"', text)) == 2
    assert "not known" in text  # the hole is wide
    assert text.count("not known") == 2  # and so is the end
    points = json.loads(chart.points_text(one, span))
    assert points[:2] == [[0, 20, 19, 21], [120]]
    assert points[-1] == [480]
    raw = Series("raw", 0, T0 + 300_000, (Point(T0, 5, 5, 5), Point(T0 + 60_000, None, None, None)))
    assert json.loads(chart.points_text(Chart("ups.load", [Trace(raw)]), span)) == [[0, 5], [60]]


def test_what_does_not_change_is_a_single_stroke() -> None:
    one = Chart("ups.load", [Trace(Series("raw", 0, T0 + HOUR, tuple(Point(T0 + n, 7, 7, 7) for n in range(100))))])
    text = chart.draw(one, Span(T0, T0 + HOUR), (), EN)
    assert 'class="mean" d="M0 300h2000"' in text
    assert "envelope" not in text


def test_an_outage_is_a_band_with_a_word_and_a_shape() -> None:
    span = Span(T0, T0 + HOUR)
    outages = [
        Outage(RACK, T0 + 10 * MINUTE, T0 + 30 * MINUTE, True, False, 100, 80, 600),
        Outage(RACK, T0 + 40 * MINUTE, T0 + 41 * MINUTE, True, True, 100, 99, 900),
        Outage(RACK, T0 - HOUR, T0, True, False, None, None, None),
    ]
    text = chart.draw(Chart("ups.load", [Trace(stepped(*[20.0] * 60))]), span, outages, EN)
    assert text.count('class="cap"') == 2
    assert ">on battery 20\u202fmin</text>" in text
    assert "<title>test 1\u202fmin</title>" in text
    assert 'x="16.67%"' in text
    assert 'aria-label="Load, share of the capacity: lowest 19' in text


def test_units_and_languages() -> None:
    one = Chart("battery.runtime", [Trace(stepped(1200, 1290))])
    assert one.unit == "min"
    assert chart.described(one, (), FR).count("\u202fmin") == 4
    assert "20,8" in chart.described(one, (), FR)
    assert Chart("battery.charge", [Trace(stepped(98.0))]).scale.high == 100
    flat = Chart("vendor.flag", [Trace(Series("raw", 0, T0 + 1, (Point(T0, 0, 0, 0),)))])
    assert [tick.label for tick in flat.scale.ticks] == ["-0.5", "0.0", "0.5"]
    nobody = Chart("vendor.<b>", [Trace(Series("raw", 0, T0, ()))])
    text = chart.draw(nobody, Span(T0, T0 + HOUR), (), EN)
    assert "<b>" not in text
    ElementTree.fromstring(text)


def test_moments_of_addresses() -> None:
    assert parse_moment("1795219200") == parse_moment("2026-11-21T00:00:00Z") == T0
    assert moment_word(T0) == "2026-11-21T00:00:00Z"
    for text in ("", "soon", "1e999", "9999999999999999999", "2026-13-01", "nan", "253402300799.9999"):
        with pytest.raises(ValueError, match="no time"):
            parse_moment(text)


def test_a_year_is_drawn_in_time(tmp_path: Path) -> None:
    """The picture, not the query; the bound is ten times what a quiet machine takes."""
    with open_history(f"sqlite://{tmp_path}/history.db") as history:
        history.write([Sample(RACK, "ups.load", T0 + n * 6 * HOUR, float(n % 60)) for n in range(1460)])
        history.roll_up(T0 + 365 * DAY)
        span = Span(T0, T0 + RANGES["year"][1])
        series = history.read.series(RACK, "ups.load", span.start, span.end, POINTS)
    started = time.process_time()
    text = chart.draw(Chart("ups.load", [Trace(series)]), span, (), EN, zone=BERLIN)
    assert time.process_time() - started < 0.1
    assert len(text) < 40_000
