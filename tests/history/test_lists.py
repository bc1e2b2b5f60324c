"""Lists of what happened, part by part: the same as one finds by going through everything plainly."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wallnut.history import chronicle
from wallnut.history.outages import outages_of
from wallnut.history.sqlite import Sqlite
from wallnut.history.store import History
from wallnut.history.values import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Count,
    Cursor,
    Device,
    Event,
    Notice,
    NoticeType,
    Outage,
    Sample,
)

T0 = 1_700_000_000 * SECOND // HOUR * HOUR
RACK, ATTIC, CELLAR = (Device("localhost", name) for name in ("rack", "attic", "cellar"))
END = T0 + 1000


def told(at: int, device: Device | None = RACK, kind: str = "ONBATT", text: str = "", host: str = "here") -> Notice:
    kind_of = NoticeType.NOTIFICATION if kind else NoticeType.DECISION
    return Notice(host, device, at, kind_of, kind, text or f"{device} {kind}", "OB", None, 90.0, 1200.0)


statuses = st.one_of(
    st.none(), st.sampled_from(["OL", "OB", "OL CHRG", "OB LB", "OB TEST", "WAIT", "OFF", "OL OB", "CAL OB"])
)
courses = st.dictionaries(
    st.sampled_from([RACK, ATTIC, CELLAR]),
    st.dictionaries(st.integers(T0, END - 1), statuses, max_size=25).map(lambda found: sorted(found.items())),
    max_size=3,
)
notices = st.lists(
    st.builds(told, st.integers(T0, END - 1), st.sampled_from([RACK, ATTIC, None]), st.sampled_from(["ONBATT", ""])),
    max_size=8,
)
times = st.tuples(st.integers(T0 - 5, END + 5), st.integers(T0 - 5, END + 5)).map(lambda two: (min(two), max(two)))
Course = list[tuple[int, str | None]]
Courses = dict[Device, Course]


def changes_of(course: Course) -> list[tuple[int, str | None]]:
    """A course without what changes nothing."""
    found: list[tuple[int, str | None]] = []
    for at, text in course:
        if text != (found[-1][1] if found else None):
            found.append((at, text))
    return found


def all_outages(course: Course, device: Device) -> list[Outage]:
    return [Outage(device, *spell, None, None, None) for spell in outages_of(course)]


@settings(max_examples=60)
@given(courses, notices, times, st.integers(1, 7), st.sampled_from([0, chronicle.FEW]), st.booleans())
def test_lists_are_what_there_was(
    given_courses: Courses,
    given_notices: list[Notice],
    between: tuple[int, int],
    limit: int,
    few: int,
    named: bool,
) -> None:
    with History(Sqlite(":memory:")) as history, pytest.MonkeyPatch.context() as patch:
        patch.setattr(chronicle, "FEW", few)  # series are asked one by one, or by the time of all
        patch.setattr(chronicle, "CHUNK", 3)
        compare(history, given_courses, given_notices, between, limit, named)


@pytest.mark.parametrize("seed", range(8))
def test_lists_are_the_same_in_any_database(history: History, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = Random(seed)
    words = [None, "OL", "OL", "OB", "OB LB", "OB TEST", "WAIT", "OFF", "CAL OB"]
    drawn: Courses = {
        device: sorted({T0 + dice.randrange(1000): dice.choice(words) for _ in range(40)}.items())
        for device in (RACK, ATTIC, CELLAR)
    }
    notices = [told(T0 + dice.randrange(1000), dice.choice([RACK, ATTIC, None])) for _ in range(10)]
    monkeypatch.setattr(chronicle, "FEW", seed % 2 * 50)
    monkeypatch.setattr(chronicle, "CHUNK", 5)
    between = (T0 + dice.randrange(500), T0 + 500 + dice.randrange(600))
    compare(history, drawn, notices, between, 1 + dice.randrange(9), seed % 3 == 0)


def compare(
    history: History,
    given_courses: Courses,
    given_notices: Sequence[Notice],
    between: tuple[int, int],
    limit: int,
    named: bool,
) -> None:
    """Look at all lists."""
    start, end = between
    samples = [Sample(device, "ups.status", at, text) for device, rows in given_courses.items() for at, text in rows]
    history.write(samples)
    history.write(samples, dict.fromkeys(given_courses, END))
    history.write_notices(given_notices)
    history.write_notices(given_notices)
    read = history.read
    devices = [RACK, CELLAR] if named else []
    # what was None at first is not in the history
    plain = {
        device: list(itertools.dropwhile(lambda row: row[1] is None, rows))
        for device, rows in given_courses.items()
        if not devices or device in devices
    }
    outages = sorted(
        (one for device, rows in plain.items() for one in all_outages(rows, device)),
        key=lambda one: (one.start, one.device),
    )
    assert read.outages(start, end, devices) == [one for one in outages if one.start < end and (one.end or end) > start]
    pages: list[Outage] = []
    before: Cursor | None = None
    for _ in range(100):
        page = read.outage_page(start, end, devices, limit=limit, before=before)
        assert len(page.items) <= limit
        pages += page.items
        before = page.next
        if before is None:
            break
        before = Cursor.parse(str(before))
    begun = [one for one in outages if start <= one.start < end]
    assert sorted(pages, key=lambda one: (one.start, one.device)) == begun
    assert [one.start for one in pages] == sorted((one.start for one in begun), reverse=True)
    real = [one for one in outages if one.start < end and not one.planned]
    last = read.last_outage(end, devices)
    assert (last and last.start) == (max(one.start for one in real) if real else None)

    events = []
    for device, rows in plain.items():
        some = changes_of(rows)
        ends = [*(at for at, _ in some[1:]), None]
        events += [Event(device, at, until, text) for (at, text), until in zip(some, ends, strict=False)]
    wanted: list[Event | Notice] = [one for one in events if start <= one.at < end]
    there = {one: None for one in given_notices if start <= one.at < end and (not devices or one.device in devices)}
    wanted += there
    found: list[Event | Notice] = []
    for _ in range(100):
        log = read.log(start, end, devices, limit=limit, before=before)
        assert len(log.items) <= limit
        found += log.items
        before = log.next
        if before is None:
            break
    assert sorted(map(repr, found)) == sorted(map(repr, wanted))
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    assert sorted(map(repr, read.notices(start, end, devices))) == sorted(map(repr, there))

    counts = read.counts(start, end, devices)
    for device, rows in plain.items():
        if not rows:
            continue
        touching = [one for one in outages if one.device == device and one.start < end and (one.end or end) > start]
        assert counts[device].outages == sum(not one.planned for one in touching)
        assert counts[device].tests == sum(one.planned for one in touching)
        on_battery = sum(max(min(one.end or END + 1, end) - max(one.start, start), 0) for one in touching)
        assert counts[device].on_battery == on_battery


def test_a_page_goes_on_where_the_last_one_ended(history: History) -> None:
    for number, device in enumerate([RACK, ATTIC, CELLAR]):
        for hour in range(20):
            at = T0 + hour * HOUR + number * (hour % 2)
            history.write([Sample(device, "ups.status", at, "OB" if hour % 2 else "OL")], {device: T0 + DAY})
    history.write_notices([told(T0 + hour * HOUR, None, text=str(hour)) for hour in range(20)])
    found: list[Event | Notice] = []
    before: Cursor | None = None
    for _ in range(12):
        page = history.read.log(T0, T0 + DAY, limit=7, before=before)
        found += page.items
        before = page.next and Cursor.parse(str(page.next))
    assert before is None
    assert len(found) == len(set(map(repr, found))) == 80
    assert found[0] == Event(CELLAR, T0 + 19 * HOUR + 2, None, "OB")
    last = [one for one in found if isinstance(one, Event) and one.device == RACK][-1]
    assert last == Event(RACK, T0, T0 + HOUR, "OL")
    assert [len(history.read.log(T0, T0 + DAY, kinds=[kind]).items) for kind in ("status", "notification")] == [60, 20]
    assert history.read.log(T0, T0 + DAY, [RACK], kinds=["notification"]).items == ()
    outages = history.read.outage_page(T0, T0 + DAY, [RACK], limit=3)
    assert [one.start for one in outages.items] == [T0 + hour * HOUR for hour in (19, 17, 15)]
    assert outages.next is not None
    history.write([Sample(RACK, "ups.status", T0 + 22 * HOUR, "OL")])  # meanwhile something happens
    more = history.read.outage_page(T0, T0 + DAY, [RACK], limit=3, before=outages.next)
    assert [one.start for one in more.items] == [T0 + hour * HOUR for hour in (13, 11, 9)]


@pytest.mark.parametrize("text", ["", "1", "1-2", "1-2-x", "-1-2-3", "1-2-3-4", "9" * 20 + "-0-0", "1-²-3", "1--2"])
def test_places_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        Cursor.parse(text)


def test_what_happened_is_counted(history: History) -> None:
    rows = [(0, "OL"), (2, "OB"), (4, "OL"), (6, "OB TEST"), (7, "OL"), (9, "OB")]
    history.write([Sample(RACK, "ups.status", T0 + at * HOUR, text) for at, text in rows], {RACK: T0 + 10 * HOUR - 1})
    history.write([Sample(ATTIC, "ups.load", T0, 1.0)])
    history.write_notices([told(T0 + HOUR), told(T0 + 2 * HOUR), told(T0 + HOUR, kind=""), told(T0 + HOUR, None)])
    assert history.read.counts(T0, T0 + DAY) == {RACK: Count(6, 2, 1, 4 * HOUR, 2), ATTIC: Count()}
    assert history.read.counts(T0 + 3 * HOUR, T0 + 3 * HOUR + MINUTE, [RACK]) == {RACK: Count(0, 1, 0, MINUTE, 0)}


def test_of_devices_that_are_not_known_or_tell_no_status_nothing_happened(history: History) -> None:
    history.write([Sample(ATTIC, "ups.load", T0, 1.0)])
    for devices in ([RACK], [ATTIC], [RACK, ATTIC]):
        assert history.read.log(T0, T0 + DAY, devices).items == ()
        assert history.read.outage_page(T0, T0 + DAY, devices).items == ()
        assert history.read.outages(T0, T0 + DAY, devices) == []
        assert history.read.last_outage(T0 + DAY, devices) is None
        assert history.read.counts(T0, T0 + DAY, devices) == ({ATTIC: Count()} if ATTIC in devices else {})


def test_several_numbers_on_one_axis(history: History) -> None:
    history.write(
        [
            *(Sample(RACK, "ups.load", T0 + at * SECOND, float(at)) for at in range(0, 60, 10)),
            Sample(RACK, "input.voltage", T0 + 25 * SECOND, 230.0),
            Sample(ATTIC, "ups.load", T0 + 40 * SECOND, 7.0),
        ],
        {RACK: T0 + MINUTE - 1, ATTIC: T0 + 50 * SECOND - 1},
    )
    wanted = [(RACK, "ups.load"), (RACK, "input.voltage"), (ATTIC, "ups.load"), (CELLAR, "ups.load")]
    found = history.read.compare(wanted, T0, T0 + MINUTE, 4)
    assert (found.source, found.step, found.end) == ("raw", 20 * SECOND, T0 + MINUTE)
    assert found.times == (T0, T0 + 20 * SECOND, T0 + 40 * SECOND)
    load, voltage, attic, cellar = found.lines
    assert (load.low, load.mean, load.high) == ((0, 20, 40), (5, 25, 45), (10, 30, 50))
    assert list(voltage.mean) == [None, 230, 230]
    assert list(attic.mean) == [None, None, 7]
    assert set(cellar.mean) == {None}
    history.roll_up(T0 + DAY)
    assert history.read.compare(wanted, T0, T0 + DAY, 25).lines[0].mean[0] == pytest.approx(25.0)
    assert history.read.compare([], T0, T0 + MINUTE).lines == ()
    assert history.read.compare(wanted, T0 + MINUTE, T0).times == ()
