"""The energy page: months and years of local time, sums that agree, what is measured and what is not."""

from __future__ import annotations

import asyncio
import csv
import io
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.consoles import Place
from tests.web.visitor import Visitor
from wallnut.config.wallnut_toml import History
from wallnut.history.store import open_history
from wallnut.history.values import DAY, HOUR, Device, Sample
from wallnut.web import bars
from wallnut.web.answers import Refused
from wallnut.web.bars import Bar
from wallnut.web.i18n import EN, languages
from wallnut.web.meter import Period, summed
from wallnut.web.pages.energy import kwh_text, share_text
from wallnut.web.past import Past

START = round(time.mktime((2026, 3, 1, 0, 0, 0, 0, 0, -1)) * 1000)
"""A local midnight; in March many clocks are put forward."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("energy")
    found = Place(folder)
    url = f"sqlite://{folder}/history.db"
    with open_history(url) as history:
        rack, lab, mute = (Device("far", name) for name in ("rack", "lab", "mute"))
        samples = [Sample(lab, "ups.realpower.nominal", START, 1000.0), Sample(mute, "ups.status", START, "OL")]
        for hour in range(0, 40 * 24, 6):
            samples.append(Sample(rack, "ups.realpower", START + hour * HOUR, 500.0 + hour % 2))
            known = not 10 * 24 <= hour < 15 * 24
            samples.append(Sample(lab, "ups.load", START + hour * HOUR, 25.0 if known else None))
        history.write(samples, dict.fromkeys((rack, lab, mute), START + 40 * DAY))
        history.roll_up(START + 50 * DAY)
    found.parts.past = Past(url)
    found.parts.recording = History(price_per_kwh=0.5, currency="EUR")
    yield found
    asyncio.run(found.parts.past.close())
    asyncio.run(found.access.close())


@pytest.fixture
def anybody(place: Place) -> Visitor:
    return place.visitor("127.0.0.1")


def test_a_month_by_days(anybody: Visitor) -> None:
    page = anybody.get("/energy?month=2026-03").text
    assert page.count('class="measured"') == 31
    assert page.count('class="estimated"') > 20
    assert "372\u202fkWh" in page  # 31 days of 0.5 kW, an hour less where the clock is put forward
    assert "measured <code>ups.realpower</code>" in page
    assert "estimated <code>ups.load x ups.realpower.nominal</code>" in page
    assert "0.50\u202fEUR" in page
    assert "Of 1 device neither power nor load and rating are known: mute@far" in " ".join(page.split())
    assert " style=" not in page


def test_sums_agree(anybody: Visitor) -> None:
    days = anybody.get("/api/v1/energy?month=2026-03").json()
    year = anybody.get("/api/v1/energy?year=2026").json()
    assert (days["per"], year["per"], days["price"], days["currency"]) == ("day", "month", 0.5, "EUR")
    for device in ("rack@far", "lab@far"):
        march = next(one for one in year["items"] if one["day"] == "2026-03" and one["device"] == device)
        parts = [one for one in days["items"] if one["device"] == device]
        assert sum(one["kwh"] for one in parts) == pytest.approx(march["kwh"], abs=1e-4)
        assert march["cost"] == pytest.approx(march["kwh"] * 0.5, abs=1e-5)
    lab = [one for one in days["items"] if one["device"] == "lab@far"]
    assert {one["quality"] for one in lab} == {"estimated"}
    assert len(lab) < 31  # five days are not known, and not counted
    rows = list(csv.DictReader(io.StringIO(anybody.get("/energy.csv?month=2026-03").text)))
    assert [float(row["kwh"]) for row in rows] == [one["kwh"] for one in days["items"]]


def test_one_device_and_the_ways(anybody: Visitor) -> None:
    page = anybody.get("/energy?month=2026-03&device=rack").text
    assert "lab@far" not in page
    assert "All of the time is known." in page
    assert 'href="/energy?month=2026-02&amp;device=rack" rel="prev"' in page
    assert 'href="/energy?year=2026&amp;device=rack"' in page
    assert "Nothing is known of this time." in anybody.get("/energy?month=2025-12").text
    assert "Nothing is recorded yet" in anybody.get("/energy?device=nobody").text
    assert "Known for" in anybody.get("/energy?month=2026-03&device=lab").text


@pytest.mark.parametrize("query", ["month=2026-13", "month=2026-00", "month=x", "year=1", "year=99999", "month=2026-1"])
def test_what_is_no_time_is_said(query: str, anybody: Visitor) -> None:
    assert anybody.get(f"/api/v1/energy?{query}").status == 400


@given(st.integers(1990, 2200), st.integers(0, 12), st.integers(-40, 40))
def test_periods_follow_one_another(year: int, month: int, by: int) -> None:
    one = Period(year, month)
    assert one.moved(by).moved(-by) == one
    assert one.moved(1).start == one.end == one.edges()[-1]
    assert one.edges() == sorted(set(one.edges()))
    assert one.edges()[0] == one.start
    assert all(b - a >= 82_800_000 for a, b in zip(one.edges(), one.edges()[1:], strict=False))


@given(st.dictionaries(st.sampled_from(["month", "year"]), st.text(max_size=9)))
def test_any_period_is_read_or_refused(query: dict[str, str]) -> None:
    with suppress(Refused):
        found = Period.of(query, START)
        assert found.start < found.end


def test_bars_and_words() -> None:
    text = bars.draw([Bar("1", 2.0, 1.0, "1 Mar: 3 kWh"), Bar("<2>", 0, 0, "")], "kWh", 'a "chart"', EN)
    assert text.count("<rect") == 2
    assert "&lt;2&gt;" in text
    assert 'aria-label="a &quot;chart&quot;"' in text
    assert bars.draw([], "kWh", "", EN).startswith("<svg")
    assert [kwh_text(one, EN) for one in (0.5, 12.34, 1234.5)] == ["0.50\u202fkWh", "12.3\u202fkWh", "1234\u202fkWh"]
    assert kwh_text(0.5, languages()["fr"]) == "0,50\u202fkWh"
    assert [share_text(one, EN) for one in (1.0, 0.994, 0.5, 0.0001)] == ["all", "99\u202f%", "50\u202f%", "1\u202f%"]
    assert summed([]) is None


def test_what_is_reckoned_is_kept(place: Place) -> None:
    """Asked again, the history need not answer but for the names of devices."""
    anybody = place.visitor("127.0.0.1")
    first = anybody.get("/api/v1/energy?month=2026-03").json()
    started = time.process_time()
    for _ in range(5):
        assert anybody.get("/api/v1/energy?month=2026-03").json() == first
    assert time.process_time() - started < 1.0
