"""Events and outages: lists by filters and places, files, reports, live; and how quick they are."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web import months
from tests.web.consoles import Place
from tests.web.devices import device
from tests.web.visitor import Visitor
from wallnut.history.store import History, open_history
from wallnut.history.values import DAY, HOUR, MINUTE, SECOND, Cursor, Device, Page, Sample
from wallnut.web.answers import Refused
from wallnut.web.asked import Asked
from wallnut.web.i18n import EN
from wallnut.web.pages import events
from wallnut.web.past import Past
from wallnut.web.streamed import Export

SERVER = "127.0.0.1"
RACK, CELLAR = f"rack@{SERVER}", f"cellar@{SERVER}"


class Recorded(Place):
    """A console with months of history."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"sqlite://{folder}/history.db"
        self.now = time.time()
        self.at = round(self.now * 1000)
        with open_history(self.url) as history:
            self.begun = months.fill(history, SERVER, self.at)
            self.more(history)
        self.parts.past = Past(self.url)

    def more(self, history: History) -> None:
        """An outage whose end was not seen, and a name that a table program would take for a formula."""
        start = self.at - 20 * DAY
        rack = Device(SERVER, months.CELLAR)
        history.write(
            [
                Sample(rack, "ups.status", start, "OB DISCHRG"),
                Sample(rack, "ups.status", start + 5 * MINUTE, None),
                Sample(rack, "ups.status", start + 2 * HOUR, "OL"),
                Sample(Device(SERVER, "=cmd"), "ups.status", start, "OL"),
            ]
        )
        self.unseen = start

    def close(self) -> None:
        asyncio.run(self.access.close())
        asyncio.run(self.parts.past.close())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    found = Recorded(tmp_path_factory.mktemp("events"))
    yield found
    found.close()


@pytest.fixture
def anybody(place: Recorded) -> Visitor:
    return place.visitor("127.0.0.1")


def texts(html: str, pattern: str) -> list[str]:
    return [re.sub(r"<[^>]+>|[ \n]+", " ", one).strip() for one in re.findall(pattern, html, re.S)]


# The list


def test_the_newest_first_with_how_long_it_was(anybody: Visitor) -> None:
    page = anybody.get("/events").text
    lines = texts(page, r"<li class=\"[^\"]*\">(.*?)</li>")
    assert any("On battery, discharging" in line and "6\u202fmin" in line for line in lines)
    assert any("ONBATT" in line for line in lines)
    times = re.findall(r'<time class="when" datetime="([^"]+)"', page)
    assert times == sorted(times, reverse=True)
    assert "Not known: the console" in page
    assert " style=" not in page


def test_filters_and_places_have_addresses(place: Recorded, anybody: Visitor) -> None:
    whole = anybody.get("/api/v1/events/history?limit=1000").json()
    assert whole["next"] is None
    for device_, kind in (("", "all"), (RACK, "status"), ("CELLAR", "all"), (RACK, "notification")):
        found, query = [], f"?device={device_}&kind={kind}&limit=7"
        before = ""
        while True:
            part = anybody.get(f"/api/v1/events/history{query}{before}").json()
            found += part["items"]
            if part["next"] is None:
                break
            before = f"&before={part['next']}"
        name = {"": "", RACK: RACK, "CELLAR": CELLAR}[device_]
        assert found == [
            one for one in whole["items"] if name in ("", one["device"]) and (kind == "all" or one["type"] == kind)
        ]
    start = place.begun[months.RACK][3]
    window = f"?from={start // 1000}&to={start // 1000 + 60}&device=rack&kind=status"
    assert [one["status"] for one in anybody.get(f"/api/v1/events/history{window}").json()["items"]] == ["OB DISCHRG"]
    assert "Sun 5 Apr" not in anybody.get(f"/events{window.replace('rack', 'pdu1')}").text
    assert "Nothing is recorded that fits." in anybody.get("/events?device=nobody").text


def test_what_is_wrong_in_an_address_is_said(anybody: Visitor) -> None:
    for query in ("kind=x", "before=1", "from=soon", "from=2026-01-02&to=2026-01-01", "limit=0", "limit=x"):
        answer = anybody.get(f"/api/v1/events/history?{query}")
        assert (answer.status, answer.json()["status"]) == (400, 400)
    assert anybody.get("/outages/rack@127.0.0.1/5").status == 404
    assert anybody.get("/outages/rack@127.0.0.1/99999999999999999999").status == 404
    answer = anybody.get(f"/events?kind=outages&device={RACK}")
    assert (answer.status, answer.header("location")) == (303, f"/outages?device={RACK}")


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["device", "kind", "from", "to", "before", "limit"]), st.text(max_size=30)))
def test_any_query_is_read_or_refused(query: dict[str, str]) -> None:
    with suppress(Refused):
        found = Asked.of(query, events.KINDS, 100, 100)
        assert 1 <= found.limit <= 100
        assert found.words().startswith("?") or not found.words()


# Now, and live


def test_what_is_wrong_now_stands_on_top(place: Recorded, anybody: Visitor) -> None:
    fleet = place.parts.fleet
    assert "Nothing is wrong" in anybody.get("/events").text
    before = dict(fleet.devices)
    fleet.update({RACK: device("rack", "OB DISCHRG", host=SERVER)})
    try:
        page = anybody.get("/events").text
        assert texts(page, r'<ol class="log now">(.*?)</ol>')[0].count(RACK) == 1
        assert "Nothing is wrong" not in page
        other = anybody.get(f"/events?device={CELLAR}").text
        assert '<ol class="log now">' not in other
    finally:
        fleet.devices.clear()
        fleet.devices.update(before)


def test_the_stream_brings_what_is_now_and_later_what_was_written(
    place: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "SETTLED", 0.0)

    async def play() -> list[str]:
        parts, found = place.parts, []
        past, parts.past = parts.past, Past(place.url)
        listener = parts.fleet.listen()
        stream = events._changes(parts, Asked(kind="all"), EN, listener)
        async with asyncio.timeout(20):
            async for piece in stream:
                found.append(piece.partition("\n")[0] + " " + json.loads(piece.partition("data: ")[2]).get("id", ""))
                if found[-1].endswith(" log"):
                    break
        await stream.aclose()  # type: ignore[attr-defined]
        await parts.past.close()
        parts.past = past
        parts.fleet.leave(listener)
        return found

    assert asyncio.run(play()) == ["event: beat ", "event: part present", "event: part log"]


# Outages


def test_outages_say_how_long_how_deep_and_how_sure(place: Recorded, anybody: Visitor) -> None:
    page = anybody.get("/outages").text
    rows = texts(page, r"<tr class=\"[^\"]*\">(.*?)</tr>")
    assert len(rows) == 9
    assert "at most 2\u202fh" in rows[0]
    deep = next(row for row in rows if "26\u202fmin" in row and "rack" in row)
    assert "53\u202f%" in deep
    assert "47\u202f%" in deep
    assert sum("test" in row for row in rows) == 2
    tests = anybody.get("/api/v1/outages?kind=test").json()["items"]
    assert [one["test"] for one in tests] == [True, True]
    unseen = anybody.get("/api/v1/outages?limit=1").json()["items"][0]
    assert (unseen["at_most"], unseen["seconds"], unseen["start"]) == (True, 7200, place.unseen / 1000)


def test_an_outage_that_goes_on_is_that_only_where_it_is_seen(place: Recorded, tmp_path: Path) -> None:
    now = round(time.time() * 1000)
    url = f"sqlite://{tmp_path}/history.db"
    with open_history(url) as history:
        history.write([Sample(Device(SERVER, "rack"), "ups.status", now - HOUR, "OB DISCHRG")])
    past, place.parts.past = place.parts.past, Past(url)
    fleet, before = place.parts.fleet, dict(place.parts.fleet.devices)
    try:
        assert "its end is not known" in place.visitor("127.0.0.1").get("/outages").text
        fleet.update({RACK: device("rack", "OB DISCHRG", host=SERVER)})
        assert "1\u202fh so far" in place.visitor("127.0.0.1").get("/outages").text
    finally:
        fleet.devices.clear()
        fleet.devices.update(before)
        asyncio.run(place.parts.past.close())
        place.parts.past = past


def test_a_report_of_one(place: Recorded, anybody: Visitor) -> None:
    start = place.begun[months.RACK][3]
    page = anybody.get(f"/outages/{RACK}/{start}").text
    assert page.count('<svg xmlns="http://www.w3.org/2000/svg" class="chart"') == 4
    assert "from 100\u202f% down to 47\u202f%" in page
    assert "UPS rack@127.0.0.1 on battery" in page
    unseen = anybody.get(f"/outages/{CELLAR}/{place.unseen}").text
    assert "When the mains came back was not seen." in unseen
    assert "<script" not in page.split("<main")[1]


# Files


def test_files_hold_the_whole_list(place: Recorded, anybody: Visitor) -> None:
    rows = list(csv.DictReader(io.StringIO(anybody.get("/events.csv").text)))
    whole = anybody.get("/api/v1/events/history?limit=1000").json()["items"]
    assert [row["time"] for row in rows] == [one["time"] for one in whole]
    assert "'=cmd@127.0.0.1" in {row["device"] for row in rows}
    answer = anybody.get("/events.json?kind=status")
    assert answer.header("content-disposition") == 'attachment; filename="events.json"'
    assert answer.json() == {"items": [one for one in whole if one["type"] == "status"], "next": None}
    outages = list(csv.DictReader(io.StringIO(anybody.get("/outages.csv?kind=outage").text)))
    assert len(outages) == 7
    assert outages[0]["at_most"] == "yes"


def test_a_file_is_bounded_and_says_where_it_ends() -> None:
    def page(before: Cursor | None) -> Page[int]:
        first = before.at if before else 100
        return Page(tuple(range(first - 1, first - 11, -1)), Cursor(first - 10, 0, 0) if first > 10 else None)

    async def asked(before: Cursor | None) -> Page[int]:
        return page(before)

    async def read(most: int) -> str:
        answer = await Export("numbers", asked, lambda one: {"n": one}, ("n",), most).json()
        return b"".join([bytes(piece) async for piece in answer.body_iterator]).decode()  # type: ignore[attr-defined]

    some = json.loads(asyncio.run(read(25)))
    assert [row["n"] for row in some["items"]] == list(range(99, 69, -1))
    assert some["next"] == "70-0-0"
    assert len(json.loads(asyncio.run(read(1000)))["items"]) == 100
    assert json.loads(asyncio.run(read(1000)))["next"] is None


# Without a history


def test_without_a_history_pages_say_what_to_do(tmp_path: Path) -> None:
    place = Place(tmp_path)
    anybody = place.visitor("127.0.0.1")
    for path in ("/events", "/outages", "/energy", f"/device/{place.device}/battery"):
        answer = anybody.get(path)
        assert answer.status == 200
        assert "wallnut history record" in answer.text
    for path in ("/events.csv", "/outages.json", "/energy.csv"):
        assert anybody.get(path).status == 503
    for path in ("events/history", "outages", "energy", f"ups/{place.device}/battery"):
        assert anybody.get(f"/api/v1/{path}").status == 503
    asyncio.run(place.access.close())


def test_a_page_of_many_devices_and_ten_years_is_quick(tmp_path: Path) -> None:
    """A thousand devices with 100 changes each; the bound is far above what a quiet machine takes."""
    place = Place(tmp_path)
    now = round(time.time() * 1000)
    url = f"sqlite://{tmp_path}/history.db"
    with open_history(url) as history:
        step = 36 * DAY
        history.write(
            [
                Sample(Device("far", f"ups{number}"), "ups.status", now - turn * step - number * SECOND, text)
                for number in range(1000)
                for turn in range(100)
                for text in (("OL", "OB DISCHRG")[turn % 2],)
            ]
        )
    place.parts.past = Past(url)
    one = replace(device("ups7", host="far"))
    place.parts.fleet.update({one.id: one})
    anybody = place.visitor("127.0.0.1")
    anybody.get("/events")
    started = time.process_time()
    page = anybody.get("/events").text
    anybody.get("/events?device=ups500@far")
    anybody.get(f"/events?before={now - 50 * step}-1-0")
    assert time.process_time() - started < 1.5
    assert page.count('class="when"') == events.ROWS
    asyncio.run(place.parts.past.close())
    asyncio.run(place.access.close())
