"""The texts of notifications."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.model.notify import TYPES, message
from wallnut.model.status import WORDS


def test_every_status_word_tells_a_known_type() -> None:
    assert {word.notify for word in WORDS.values()} - {""} <= TYPES.keys()


@pytest.mark.parametrize("kind", TYPES)
def test_stock_texts_have_a_place_for_what_they_tell(kind: str) -> None:
    assert TYPES[kind].text.count("%s") == (
        kind.endswith("UNEXPECTED") if TYPES[kind].host else 1 + (kind in ("ALARM", "OTHER"))
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("%s", "ups"),
        ("%s %s", "ups det"),
        ("%s %s %s", "ups det "),
        ("none", "none"),
        ("100%% of %s", "100% of ups"),
        ("%d %n %", "%d %n %"),
        ("%%s", "%s"),
        ("x" * 600, "x" * 511),
    ],
)
def test_placeholders(text: str, said: str) -> None:
    assert message("ALARM", {"ALARM": text}, "ups", "det") == said


def test_stock_and_replaced() -> None:
    assert message("ONBATT", {}, "ups@host") == "UPS ups@host on battery"
    assert message("SUSPEND_TIMEJUMP_UNEXPECTED", {}, "", "99 s").startswith("Unexpected clock change by 99 s,")


@given(st.text())
def test_any_text_will_do(text: str) -> None:
    assert len(message("ALARM", {"ALARM": text}, "%s", "%s")) <= 511
