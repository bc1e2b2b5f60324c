"""What upsmon says, in the history."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.history.notices import LONGEST, from_row, parse_notice, to_row
from wallnut.history.store import History
from wallnut.history.values import DAY, SECOND, Device, Keep, Notice, NoticeType

T0 = 1_700_000_000 * SECOND
RACK = Device("localhost", "rack")
SAID: dict[str, Any] = {
    "type": "notification",
    "time": 1_700_000_000.117,
    "ups": "rack@localhost",
    "kind": "ONBATT",
    "text": "UPS rack@localhost on battery",
    "status": "OB DISCHRG",
    "charge": 98.0,
    "runtime": 1450,
}


def test_a_notification_is_a_notice() -> None:
    wanted = Notice(
        "nas",
        RACK,
        T0 + 117,
        NoticeType.NOTIFICATION,
        "ONBATT",
        "UPS rack@localhost on battery",
        "OB DISCHRG",
        None,
        98.0,
        1450.0,
    )
    assert parse_notice(SAID, "nas", {}) == wanted
    assert from_row(to_row(wanted)) == wanted


def test_a_decision_about_the_host_is_one() -> None:
    found = parse_notice({"type": "decision", "time": 5, "ups": "", "text": "no more"}, "nas", {})
    assert found == Notice("nas", None, 5000, NoticeType.DECISION, "", "no more")


@pytest.mark.parametrize(
    ("ups", "device"),
    [
        ("rack@localhost:3493", RACK),
        ("rack", RACK),
        ("rack@127.0.0.1", RACK),
        ("rack@far:3494", Device("far:3494", "rack")),
    ],
)
def test_a_ups_has_the_name_that_the_history_has_for_it(ups: str, device: Device) -> None:
    found = parse_notice({**SAID, "ups": ups}, "nas", {"127.0.0.1": "localhost"})
    assert found is not None
    assert found.device == device


@pytest.mark.parametrize(
    "change",
    [
        {"type": "state"},
        {"type": "monitor"},
        {"type": None},
        {"time": "now"},
        {"time": float("nan")},
        {"time": -1},
        {"time": 1e14},
        {"time": True},
        {"text": None},
        {"ups": None},
        {"ups": "a@b:c"},
        {"ups": "a\nb"},
    ],
)
def test_what_is_none(change: dict[str, object]) -> None:
    assert parse_notice({**SAID, **change}, "nas", {}) is None


values = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers(), max_size=2))


@given(st.dictionaries(st.sampled_from(list(SAID)), values))
def test_anything_is_a_notice_or_none(change: dict[str, object]) -> None:
    found = parse_notice({**SAID, **change}, "nas", {})
    if found is not None:
        assert len(found.text) <= LONGEST
        assert from_row(to_row(found)) == found


def test_the_same_twice_is_there_once(history: History) -> None:
    one = parse_notice(SAID, "nas", {})
    assert one is not None
    other = Notice("attic", None, one.at, NoticeType.DECISION, "", "x" * LONGEST + "é")
    for _ in range(2):
        assert history.write_notices([one, other]) == 0
    assert sorted(history.read.notices(0, T0 + DAY), key=lambda notice: notice.host) == [other, one]
    assert history.read.notices(0, T0 + DAY, [RACK]) == [one]
    assert history.read.notices(0, one.at) == []
    assert [level.rows for level in history.read.levels()][-1] == 2


def test_notices_are_kept_as_long_as_texts(history: History) -> None:
    one = parse_notice(SAID, "nas", {})
    assert one is not None
    history.write_notices([one])
    assert history.prune(Keep(texts=10 * DAY), T0 + 9 * DAY)["notice"] == 0
    assert history.prune(Keep(texts=10 * DAY), T0 + 11 * DAY)["notice"] == 1
    assert history.write_notices([one]) == 1  # too old to be taken in
    assert history.read.notices(0, T0 + DAY) == []
