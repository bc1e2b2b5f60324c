"""What was exported can be imported, into either database."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.history import exchange
from wallnut.history.sqlite import Sqlite
from wallnut.history.store import History, open_history
from wallnut.history.values import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Device,
    HistoryError,
    Keep,
    Notice,
    NoticeType,
    Sample,
    Series,
)

T0 = 1_700_000_000 * SECOND // DAY * DAY
NOW = T0 + 4 * DAY
RACK = Device("[::1]:3494", "rack")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[History]:
    with open_history(f"sqlite://{tmp_path}/other.db") as made:
        yield made


def fill(history: History) -> None:
    history.write(
        [
            *(Sample(RACK, "ups.load", T0 + at, at / MINUTE % 7 + 0.25) for at in range(0, 3 * DAY, 11 * MINUTE)),
            Sample(RACK, "ups.status", T0, 'OL "q", \\ ü'),
            Sample(RACK, "ups.status", T0 + 5, "12"),
            Sample(RACK, "ups.status", T0 + 3 * DAY, None),
        ]
    )
    history.write_notices(
        [
            Notice("here", RACK, T0 + 7, NoticeType.NOTIFICATION, "ONBATT", "rack on battery", "OB", None, 99.5, 600.0),
            Notice("here", None, T0 + 8, NoticeType.DECISION, "", 'it is "said", \n ü', critical="OB LB"),
        ]
    )
    history.prune(Keep(raw=2 * DAY, minutes=3 * DAY), NOW)


def charts(history: History) -> list[Series]:
    return [history.read.series(RACK, "ups.load", T0, T0 + 3 * DAY, points) for points in (100_000, 1000, 50)]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_there_and_back(history: History, other: History, form: str) -> None:
    fill(history)
    text = io.StringIO()
    lines = (exchange.export_json if form == "json" else exchange.export_csv)(history, text.write)
    take = exchange.import_json if form == "json" else exchange.import_csv
    for _ in range(2):  # a second time changes nothing
        assert take(other, io.StringIO(text.getvalue(), newline=""), NOW) == (lines, 0)
        again = io.StringIO()
        (exchange.export_json if form == "json" else exchange.export_csv)(other, again.write)
        assert sorted(again.getvalue().splitlines()) == sorted(text.getvalue().splitlines())
    other.prune(Keep(raw=2 * DAY, minutes=3 * DAY), NOW)
    assert charts(other) == charts(history)
    assert other.read.texts(RACK, "ups.status", 0, NOW) == history.read.texts(RACK, "ups.status", 0, NOW)
    assert other.read.texts(RACK, "ups.status", 0, NOW)[1] == (T0 + 5, "12")
    assert other.read.notices(0, NOW) == history.read.notices(0, NOW)
    assert len(other.read.notices(0, NOW)) == 2


def test_an_export_from_before_there_were_notices(history: History) -> None:
    lines = ['"device","variable","level","time","value","low","mean","high","held"\n']
    lines.append(f'"rack@localhost","ups.load","raw",{T0 / 1000},5,"","","",""\n')
    assert exchange.import_csv(history, lines, NOW) == (1, 0)
    assert history.read.value(Device("localhost", "rack"), "ups.load", T0) == 5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 1 is no JSON"),
        ("[]", "line 1 is no object"),
        ("{}", "record 1 is none"),
        ('{"device":"a","variable":"b","level":"raw","time":-1,"value":1}', "record 1 is none"),
        ('{"device":"a","variable":"b","level":"raw","time":1e300,"value":1}', "record 1 is none"),
        ('{"device":"a","variable":"b","level":"raw","time":1,"value":NaN}', "record 1 is none"),
        ('{"device":"a","variable":"b","level":"raw","time":1,"value":[]}', "record 1 is none"),
        ('{"device":"a","variable":"b","level":"day","time":1,"held":0}', "record 1 is none"),
        ('{"device":"a","variable":"b","level":"minute","time":1,"held":0}', "record 1 is none"),
        ('{"device":"a","variable":"b","level":"minute","time":60,"held":9,"low":1}', "record 1 is none"),
        ('{"device":"a","level":"notice","time":1,"value":"x","host":"h","type":"x"}', "record 1 is none"),
        ('{"device":"a","level":"notice","time":1,"value":"x","type":"decision"}', "record 1 is none"),
        ('{"device":"a@b:x","level":"notice","time":1,"value":"x","host":"h","type":"decision"}', "record 1 is none"),
        ('{"device":"a\\u0000","variable":"b","level":"raw","time":1,"value":1}', "record 1 is none"),
    ],
)
def test_lines_that_are_none(history: History, line: str, said: str) -> None:
    with pytest.raises(HistoryError, match=said):
        exchange.import_json(history, [line], NOW)
    assert history.read.devices() == {}


@given(st.text())
def test_any_text_is_csv_or_said_to_be_none(text: str) -> None:
    with History(Sqlite(":memory:")) as history:
        for start in ("", ",".join(f'"{name}"' for name in exchange.COLUMNS) + "\n"):
            try:
                exchange.import_csv(history, io.StringIO(start + text, newline=""), T0 + HOUR)
            except HistoryError:
                pass
