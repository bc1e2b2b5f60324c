"""What goes into a history comes out of it, in either database."""

from __future__ import annotations

import os
import re
import tempfile

import pytest

from wallnut.history.store import History, open_history
from wallnut.history.values import DAY, HOUR, MINUTE, SECOND, Device, HistoryError, Keep, Point, Sample, parsed
from wallnut.model.errors import ConfigError

T0 = 1_700_000_000 * SECOND // HOUR * HOUR
RACK = Device("localhost", "rack")
ATTIC = Device("10.0.0.9:3494", "attic")


def load(at: int, value: float | str | None, variable: str = "ups.load", device: Device = RACK) -> Sample:
    return Sample(device, variable, at, value)


def constant(at: int, value: float) -> Point:
    return Point(at, value, value, value)


def test_samples_come_back_as_they_were(history: History) -> None:
    history.write([load(T0, 20.0), load(T0 + 1500, 23.5), load(T0 + 7 * SECOND, None), load(T0 + 9 * SECOND, 21)])
    found = history.read.series(RACK, "ups.load", T0, T0 + MINUTE)
    assert (found.source, found.step, found.end) == ("raw", 0, T0 + 9 * SECOND + 1)
    assert found.points == (
        constant(T0, 20.0),
        constant(T0 + 1500, 23.5),
        Point(T0 + 7 * SECOND, None, None, None),
        constant(T0 + 9 * SECOND, 21.0),
    )


def test_a_chart_begins_with_what_holds_then(history: History) -> None:
    history.write([load(T0, 20.0), load(T0 + 90 * SECOND, 30.0)])
    found = history.read.series(RACK, "ups.load", T0 + 30 * SECOND, T0 + HOUR, 1000)
    assert found.points == (constant(T0 + 30 * SECOND, 20.0), constant(T0 + 90 * SECOND, 30.0))


def test_a_mean_is_weighted_by_time(history: History) -> None:
    history.write([load(T0, 10.0), load(T0 + 45 * SECOND, 50.0), load(T0 + 2 * MINUTE, 7.0)], {RACK: T0 + 3 * HOUR})
    history.roll_up(T0 + 3 * HOUR)
    minutes = history.read.series(RACK, "ups.load", T0, T0 + 3 * HOUR, 181)
    assert (minutes.source, minutes.step) == ("minute", MINUTE)
    assert minutes.points[:3] == (
        Point(T0, 10.0, 20.0, 50.0),
        constant(T0 + MINUTE, 50.0),
        constant(T0 + 2 * MINUTE, 7.0),
    )
    assert len(minutes.points) == 180
    hours = history.read.series(RACK, "ups.load", T0, T0 + 3 * HOUR, 3)
    assert (hours.source, hours.step) == ("hour", 2 * HOUR)
    mean = (10 * 45 + 50 * 75 + 7 * (7200 - 120)) / 7200
    assert hours.points[0].low == 7.0
    assert hours.points[0].high == 50.0
    assert hours.points[0].mean == pytest.approx(mean)


def test_a_value_that_does_not_change_takes_no_rows(history: History) -> None:
    history.write([load(T0, 230.0)], {RACK: T0 + 30 * DAY})
    history.roll_up(T0 + 30 * DAY)
    rows = {level.name: level.rows for level in history.read.levels()}
    assert rows == {"raw": 1, "minute": 1, "hour": 1, "text": 0, "notice": 0}
    found = history.read.series(RACK, "ups.load", T0 + 10 * DAY, T0 + 12 * DAY, 100)
    assert {point.mean for point in found.points} == {230.0}
    assert len(found.points) >= 96


def test_what_is_not_known_is_no_part_of_a_mean(history: History) -> None:
    history.write([load(T0, 10.0), load(T0 + 15 * SECOND, None), load(T0 + MINUTE, 30.0)], {RACK: T0 + 2 * HOUR})
    history.roll_up(T0 + 2 * HOUR)
    history.prune(Keep(raw=0), T0 + 2 * DAY)
    first = history.read.series(RACK, "ups.load", T0, T0 + HOUR, 100).points[0]
    assert first == constant(T0, 10.0)


def test_texts_and_numbers_of_one_variable(history: History) -> None:
    history.write([load(T0, 5.0), load(T0 + SECOND, "n/a"), load(T0 + 2 * SECOND, 6.0)], {RACK: T0 + MINUTE})
    assert history.read.variables(RACK) == {"ups.load": "both"}
    values = [history.read.value(RACK, "ups.load", T0 + at) for at in (-1, 0, 999, 1000, 2000, MINUTE, MINUTE + 1)]
    assert values == [None, 5.0, 5.0, "n/a", 6.0, 6.0, None]
    assert history.read.texts(RACK, "ups.load", T0, T0 + HOUR) == [(T0 + 1000, "n/a"), (T0 + 2000, None)]


def test_devices_and_variables(history: History) -> None:
    history.write([load(T0, 5.0), load(T0, "OL", "ups.status"), load(T0 + 5, 1.0, device=ATTIC)], {RACK: T0 + 9})
    assert history.read.devices() == {ATTIC: T0 + 5, RACK: T0 + 9}
    assert history.read.variables(RACK) == {"ups.load": "number", "ups.status": "text"}
    assert history.read.variables(Device("nowhere", "none")) == {}
    assert history.read.series(Device("nowhere", "none"), "ups.load", 0, T0).points == ()


def test_late_samples_are_rolled_up_too(history: History) -> None:
    history.write([load(T0, 10.0), load(T0 + 5 * MINUTE, 20.0)], {RACK: T0 + 2 * HOUR})
    history.roll_up(T0 + 2 * HOUR)
    history.write([load(T0 + 2 * MINUTE, 100.0)])
    history.roll_up(T0 + 2 * HOUR)
    found = history.read.series(RACK, "ups.load", T0, T0 + 2 * HOUR, 121)
    assert [point.mean for point in found.points[:7]] == [10, 10, 100, 100, 100, 20, 20]
    assert history.read.series(RACK, "ups.load", T0, T0 + 2 * HOUR, 3).points[0].high == 100


def test_a_sample_again_replaces_the_first(history: History) -> None:
    history.write([load(T0, 10.0), load(T0, "OL", "ups.status")])
    history.write([load(T0, 11.0), load(T0 + 1, 12.0), load(T0, "OB", "ups.status")])
    assert history.read.series(RACK, "ups.load", T0, T0 + 9).points == (constant(T0, 11.0), constant(T0 + 1, 12.0))
    assert history.read.texts(RACK, "ups.status", T0, T0 + 9) == [(T0, "OB")]


def test_pruned_samples_leave_minutes_and_these_hours(history: History) -> None:
    samples = [load(T0 + at, float(at // MINUTE % 100)) for at in range(0, 3 * DAY, 10 * MINUTE)]
    history.write([*samples, load(T0, "OL", "ups.status")], {RACK: T0 + 3 * DAY})
    before = history.read.series(RACK, "ups.load", T0, T0 + 3 * DAY, 73)
    keep = Keep(raw=DAY, minutes=2 * DAY, hours=10 * DAY, texts=DAY)
    gone = history.prune(keep, T0 + 3 * DAY)
    assert gone == {"raw": 288, "minute": 144, "hour": 0, "text": 0, "notice": 0}
    assert history.prune(keep, T0 + 3 * DAY) == {"raw": 0, "minute": 0, "hour": 0, "text": 0, "notice": 0}
    after = history.read.series(RACK, "ups.load", T0, T0 + 3 * DAY, 73)
    assert [(p.at, p.low, p.high) for p in after.points] == [(p.at, p.low, p.high) for p in before.points]
    assert [p.mean for p in after.points] == pytest.approx([p.mean for p in before.points])
    assert history.read.series(RACK, "ups.load", T0, T0 + HOUR, 3600).source == "hour"
    assert history.read.series(RACK, "ups.load", T0 + DAY, T0 + DAY + HOUR, 3600).source == "minute"
    assert history.read.series(RACK, "ups.load", T0 + 2 * DAY, T0 + 2 * DAY + HOUR, 3600).source == "raw"
    assert history.read.value(RACK, "ups.status", T0 + 3 * DAY) == "OL"  # the last one is kept
    assert history.write([load(T0, 1.0)]) == 1  # too old to be taken in
    assert history.prune(Keep(0, 0, 0, 0), T0 + 300 * DAY)["hour"] == 71
    assert history.read.value(RACK, "ups.load", T0 + 3 * DAY) == samples[-1].value


def test_after_a_break_nothing_is_known_until_the_next_sample(history: History) -> None:
    history.write([load(T0, 10.0), load(T0, "OL", "ups.status")], {RACK: T0 + MINUTE})
    history.resume([RACK, ATTIC])
    history.write([load(T0 + HOUR, 20.0), load(T0 + HOUR, "OB", "ups.status")])
    assert history.read.value(RACK, "ups.load", T0 + MINUTE) == 10.0
    assert history.read.value(RACK, "ups.load", T0 + MINUTE + 1) is None
    assert [event.status for event in history.read.events(T0, T0 + DAY)] == ["OL", None, "OB"]
    rows = sum(level.rows for level in history.read.levels())
    history.write([load(T0 + 2 * HOUR, None), load(T0 + 2 * HOUR, None, "ups.status")])
    history.resume([RACK])
    assert sum(level.rows for level in history.read.levels()) == rows + 2  # all was said to be unknown already


@pytest.mark.parametrize("keep", [Keep(), Keep(raw=0), Keep(raw=0, minutes=0)], ids=["raw", "minutes", "hours"])
def test_a_break_of_which_no_samples_are_left(history: History, keep: Keep) -> None:
    history.write([load(T0, 10.0), load(T0 + 30 * SECOND, 30.0)], {RACK: T0 + 90 * SECOND})
    history.prune(keep, T0 + 3 * DAY)
    history.resume([RACK])
    later = T0 + 3 * DAY + 10 * SECOND
    history.write([load(later, 50.0)], {RACK: later + HOUR})
    for _ in range(2):
        found = history.read.series(RACK, "ups.load", T0, later + HOUR, 200)
        assert found.points[0].low == 10.0
        assert found.points[-1].high == 50.0
        assert all(point.at <= T0 + 2 * HOUR or point.at >= later - 30 * MINUTE for point in found.points if point.low)
        assert history.read.value(RACK, "ups.load", T0 + DAY) is None
        history.roll_up(later + HOUR)


def test_who_is_not_heard_any_more_holds_nothing_up(history: History) -> None:
    history.write([load(T0, 10.0), load(T0 + 30 * SECOND, 20.0)], {RACK: T0 + 44_999})
    history.roll_up(T0 + DAY)
    found = history.read.series(RACK, "ups.load", T0, T0 + DAY, 100)
    assert found.points == (Point(T0, 10.0, 40 / 3, 20.0),)
    history.write([], {RACK: T0 + 2 * MINUTE - 1})  # it was there after all
    history.roll_up(T0 + DAY)
    found = history.read.series(RACK, "ups.load", T0, T0 + DAY, 100)
    assert found.points == (Point(T0, 10.0, 17.5, 20.0),)


def test_it_is_there_again_when_it_is_opened_again(url: str) -> None:
    with open_history(url) as first:
        first.write([load(T0, 10.0)])
        with open_history(url) as second:
            assert second.read.value(RACK, "ups.load", T0) == 10.0
            second.write([load(T0, 3.0, device=ATTIC)])
        first.write([load(T0 + 1, 4.0, device=ATTIC)])
        assert first.read.value(ATTIC, "ups.load", T0) == 3.0
    with open_history(url) as third:
        assert set(third.read.devices()) == {RACK, ATTIC}
        assert third.size() > 0


def test_a_write_that_fails_leaves_nothing(history: History) -> None:
    with pytest.raises(HistoryError):
        history.write([load(T0, 10.0), load(1 << 70, 10.0, "ups.other", ATTIC)])
    assert history.read.devices() == {}
    history.write([load(T0, 10.0, "ups.other", ATTIC)])
    assert history.read.value(ATTIC, "ups.other", T0) == 10.0


def test_a_newer_form_is_left_alone(url: str) -> None:
    with open_history(url) as history:
        if history.database.kind == "sqlite":
            history.database.run("PRAGMA user_version = 99")
        else:
            history.database.run("INSERT INTO migration (number) VALUES (99)")
    with pytest.raises(HistoryError, match="newer wallnut"):
        open_history(url)


@pytest.mark.parametrize("bad", ["", "history.db", "sqlite://", "sqlite:///", "sqlite://x", "mysql://a:secret@b/c"])
def test_addresses_that_are_none(bad: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_history(bad)
    assert "sqlite:///var/lib/nut/history.db" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_files_that_cannot_be_opened(tmp_path: object) -> None:
    with pytest.raises(HistoryError, match="no folder"):
        open_history(f"sqlite://{tmp_path}/none/history.db")
    path = f"{tmp_path}/text.db"
    with open(path, "w", encoding="ascii") as file:
        file.write("this is no database, whatever its name says\n" * 100)
    with pytest.raises(HistoryError, match="not a database"):
        open_history(f"sqlite://{path}")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_places_where_one_may_not_write() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        path = f"{folder}/history.db"
        for said, prepare in (
            (f"this user may not write in {folder}. Run this as the user", lambda: None),
            (f"this user may not write {path}. Run this as", lambda: open_history(f"sqlite://{path}").close()),
        ):
            prepare()
            os.seteuid(65534)
            try:
                with pytest.raises(HistoryError, match=re.escape(said)) as caught:
                    open_history(f"sqlite://{path}")
            finally:
                os.seteuid(0)
            assert "sqlite:///home/ME/history.db, with --url or as url in [history]" in str(caught.value)
            os.chmod(folder, 0o777)


def test_a_server_that_is_not_there(tmp_path: object) -> None:
    with pytest.raises(HistoryError) as caught:
        open_history(f"postgresql://me:secret@/x?host={tmp_path}")
    assert caught.value.passing
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["me:secret@[::1/db", "me:secret%zz@h/db", "me@h/db?password=secret&x=y", "me:secret@h/?%"]
)
def test_an_address_that_libpq_does_not_understand(url: str) -> None:
    with pytest.raises(ConfigError, match="no address of libpq's") as caught:
        open_history(f"postgresql://{url}")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("ups.load", "23", 23.0),
        ("input.voltage", "230.50", 230.5),
        ("ups.status", "OL", "OL"),
        ("ups.serial", "00123", "00123"),
        ("ups.serial", "123", "123"),
        ("vendor.own", "12.5", 12.5),
        ("vendor.own", "-3", -3.0),
        ("vendor.own", "007", "007"),
        ("vendor.own", "1e5", "1e5"),
        ("vendor.own", "", ""),
        ("ups.load", "n/a", "n/a"),
        ("ups.beeper.status", "enabled", "enabled"),
        ("vendor.own", "x" * 600, "x" * 512),
    ],
)
def test_numbers_and_texts(name: str, text: str, value: float | str) -> None:
    assert parsed(name, text) == value
