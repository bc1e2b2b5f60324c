"""Events and the messages made of them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.notify.fakes import MORNING, event
from wallnut.config.wallnut_toml import SEVERITIES
from wallnut.model.notify import TYPES
from wallnut.notify.event import ENDS, Event, Severity, severity
from wallnut.notify.message import compose


def test_severities_are_those_of_the_file() -> None:
    assert [one.name.lower() for one in Severity] == list(SEVERITIES)


def test_an_end_matters_as_much_as_its_beginning() -> None:
    assert set(ENDS) | set(ENDS.values()) <= set(TYPES)
    for end, beginning in ENDS.items():
        assert severity(end) is severity(beginning)
        assert event(end).good
        assert not event(beginning).good


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("FSD", Severity.CRITICAL),
        ("SHUTDOWN", Severity.CRITICAL),
        ("ONBATT", Severity.WARNING),
        ("ONLINE", Severity.WARNING),
        ("NOTTRIM", Severity.INFO),
        ("SOMETHING_NEW", Severity.INFO),
    ],
)
def test_severity(kind: str, expected: Severity) -> None:
    assert severity(kind) is expected


def at(clock: str) -> float:
    """A local time of day."""
    return time.mktime(time.strptime(clock, "%Y-%m-%d %H:%M:%S"))


def test_one_event() -> None:
    now = at("2026-03-01 12:03:04")
    message = compose([event(text="UPS rack on battery", at=now)], "nas", now)
    assert (message.title, message.body) == ("nas: UPS rack on battery", "12:03:04 UPS rack on battery")
    assert (message.severity, message.good) == (Severity.WARNING, False)


def test_several_events() -> None:
    """The title is what matters most; of two that matter the same, how it is now."""
    now = at("2026-03-01 00:00:10")
    kinds = ("ONBATT", "COMMOK", "TRIM")
    events = [event(kind, at=now - 20 + number) for number, kind in enumerate(kinds)]
    message = compose(events, "nas", now)
    assert message.title == "nas: COMMOK rack@localhost (and 2 more)"
    assert message.good
    assert message.body.splitlines() == [
        "2026-02-28 23:59:50 ONBATT rack@localhost",
        "2026-02-28 23:59:51 COMMOK rack@localhost",
        "2026-02-28 23:59:52 TRIM rack@localhost",
    ]
    assert compose([*events, event("FSD", at=now)], "nas", now).severity is Severity.CRITICAL


EVENTS = st.builds(
    Event, st.sampled_from(sorted(TYPES)), st.text(max_size=5), st.text(max_size=20), st.floats(0, 4e9, allow_nan=False)
)


@given(st.lists(EVENTS, min_size=1, max_size=5))
def test_a_message_is_lines(events: list[Event]) -> None:
    """Whatever a server sent: a title of one line, a body of a line for each event."""
    message = compose(events, "nas", MORNING)
    assert message.title.isprintable()
    assert len(message.body.split("\n")) == len(events)
    assert all(line.isprintable() for line in message.body.split("\n"))
