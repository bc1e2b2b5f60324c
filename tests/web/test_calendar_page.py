"""Planning tests by the page: who may, what is taken, and what is shown."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.consoles import Place
from tests.web.devices import device
from tests.web.visitor import Answer
from wallnut.web import booked
from wallnut.web.access.who import Role
from wallnut.web.calendar import Every, Obstacle, Rule, State
from wallnut.web.i18n import EN
from wallnut.web.pages.calendar import Wrong, read, spoken

PATH = "/settings/tests"
QUICK = "test.battery.start.quick"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    found.now = time.time()
    rack = replace(device("rack", "OL", host="127.0.0.1", battery__charge="100"), commands=(QUICK,))
    found.parts.fleet.update({rack.id: rack})
    yield found
    asyncio.run(found.access.close())


def fields(**changed: str) -> dict[str, str]:
    at = (datetime.now() + timedelta(days=2)).strftime("%Y-%m-%dT03:00")
    first = {"device": "rack@127.0.0.1", "test": "quick", "at": at, "every": "weeks", "number": "2"}
    return {**first, "charge": "90", "hours": "6", **changed}


def plan(place: Place, role: Role = Role.OPERATE, **changed: str) -> Answer:
    return place.session(role).post(PATH, **fields(**changed))


def text(answer: Answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_a_test_is_planned_shown_and_removed(place: Place) -> None:
    answer = plan(place)
    assert (answer.status, answer.header("location")) == (303, PATH)
    page = place.session(Role.VIEW).get(PATH)
    assert re.search(r"quick test, every 2 weeks on \w{3} at 03:00", text(page))
    assert "Remove the test" not in page.text  # who may look only
    assert "Nothing is planned." in place.session(Role.VIEW).get(f"{PATH}?device=other@far").text
    [one] = place.visitor("127.0.0.1").get("/api/v1/calendar").json()["plans"]
    assert (one["device"], one["test"], one["number"], one["by"]) == ("rack@127.0.0.1", "quick", 2, "otto")
    assert one["next"] > time.time()
    otto = place.session(Role.OPERATE)
    assert "You have no NUT account here" in otto.get(PATH).text
    assert otto.post(f"{PATH}/{one['id']}/remove").status == 303
    assert otto.post(f"{PATH}/{one['id']}/remove").status == 404
    assert place.visitor("127.0.0.1").get("/api/v1/calendar").json() == {"plans": [], "runs": []}
    deeds = asyncio.run(place.access.audit.deeds())
    assert [(deed.who, deed.what) for deed in deeds] == [("otto", "remove test"), ("otto", "plan test")]
    assert deeds[1].target.startswith("rack@127.0.0.1 quick, every 2 weeks")


def test_who_may_not_plan_is_told_so(place: Place) -> None:
    assert plan(place, Role.VIEW).status == 403
    anybody = place.visitor("127.0.0.1")
    assert "Sign in to plan tests." in anybody.get(PATH).text
    assert anybody.post(PATH, **fields()).status == 401
    assert place.session(Role.OPERATE).post(PATH, csrf="0" * 64, **fields()).status == 403
    assert place.access.store.ask_now(booked.plans) == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"device": "nobody"}, "Choose a device"),
        ({"test": "deeper"}, "Choose a device"),
        ({"at": "2020-01-01T03:00"}, "The first date is over."),
        ({"at": "soon"}, "Write the first date"),
        ({"at": "2026-02-30T03:00"}, "Write the first date"),
        ({"at": "2199-01-01T25:00"}, "Write the first date"),
        ({"every": "days"}, "Write the first date"),
        ({"number": "0"}, "That is too seldom."),
        ({"number": "105"}, "That is too seldom."),
        ({"charge": "5"}, "The least charge"),
        ({"hours": "169"}, "A test waits for"),
    ],
)
def test_what_cannot_be_planned_is_said_and_the_form_keeps_the_rest(
    place: Place, changed: dict[str, str], why: str
) -> None:
    answer = plan(place, Role.OPERATE, **{"charge": "77", **changed})
    assert (answer.status, why in answer.text) == (422, True)
    assert 'value="77"' in answer.text or "charge" in changed
    assert place.access.store.ask_now(booked.plans) == []


def test_what_became_of_tests_is_shown(place: Place) -> None:
    plan(place)
    plan(place, every="once")
    store, now = place.access.store, int(time.time())
    one, other = store.ask_now(booked.plans)
    store.ask_now(lambda db: booked.note(db, one, now - 7200, State.SKIPPED, Obstacle.LOW_CHARGE.value, now))
    store.ask_now(lambda db: booked.note(db, other, now, State.WAITING, Obstacle.ON_BATTERY.value))
    page = text(place.session(Role.OPERATE).get(PATH))
    assert "quick test: skipped Its charge was too low." in page
    assert "One waits: It was on battery." in page
    run = store.ask_now(lambda db: booked.claim(db, other, now, "", now))
    assert run is not None
    assert store.ask_now(lambda db: booked.claim(db, other, now, "", now)) is None
    store.ask_now(lambda db: booked.finish(db, run, State.FAILED, "", "Battery <bad>", now))
    answer = place.session(Role.OPERATE).get(PATH)
    assert "quick test: failed Battery &lt;bad&gt;" in text(answer)
    runs = place.visitor("127.0.0.1").get("/api/v1/calendar").json()["runs"]
    assert {one["state"] for one in runs} == {"failed", "skipped"}


def test_without_users_there_is_no_calendar(tmp_path: Path) -> None:
    place = Place(tmp_path, with_users=False)
    page = place.visitor("127.0.0.1").get(PATH)
    assert "There is no calendar yet." in page.text
    assert "wallnut user add" in page.text
    assert place.visitor("127.0.0.1").get("/api/v1/calendar").json() == {"plans": [], "runs": []}
    asyncio.run(place.access.close())


def test_there_is_an_end_to_plans(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booked, "MOST_PLANS", 1)
    assert plan(place).status == 303
    assert plan(place).status == 422


@given(st.dictionaries(st.sampled_from(list(fields())), st.text(max_size=20)))
def test_any_form_is_a_plan_or_refused(changed: dict[str, str]) -> None:
    with suppress(Wrong):
        found = read({**fields(), **changed}, ["rack@127.0.0.1"], int(time.time()))
        assert 10 <= found[3] <= 100
        assert spoken(found[2], EN)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule(Every.ONCE, 1, datetime(2026, 12, 6).date(), 185), "once on 6 Dec 2026 at 03:05"),
        (Rule(Every.WEEKS, 1, datetime(2026, 12, 6).date(), 0), "every week on Sun at 00:00"),
        (Rule(Every.MONTHS, 1, datetime(2026, 12, 6).date(), 60), "every month on the first Sun at 01:00"),
        (Rule(Every.MONTHS, 6, datetime(2026, 11, 30).date(), 60), "every 6 months on the last Mon at 01:00"),
    ],
)
def test_dates_in_words(rule: Rule, words: str) -> None:
    assert spoken(rule, EN) == words
