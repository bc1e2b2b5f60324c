"""What status words mean, alone and together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.model.status import FINE, SEVERE, WARNING, WORDS, Status, compose

FLAGS = {
    "OL": "online",
    "OB": "on_battery",
    "LB": "low_battery",
    "RB": "replace_battery",
    "CHRG": "charging",
    "DISCHRG": "discharging",
    "BYPASS": "bypass",
    "CAL": "calibrating",
    "OFF": "off",
    "OVER": "overload",
    "TRIM": "trim",
    "BOOST": "boost",
    "FSD": "forced_shutdown",
    "ALARM": "alarm",
    "ECO": "eco",
    "WAIT": "waiting",
    "TEST": "testing",
}
ANY_WORD = st.one_of(st.sampled_from([*WORDS, "ACFAIL", "ol"]), st.text())


@pytest.mark.parametrize("word", FLAGS)
def test_each_word_sets_its_flag_alone(word: str) -> None:
    status = Status.parse(f"  {word.lower()} FOO")
    assert status.words == (word, "FOO")
    assert [flag for flag in FLAGS.values() if getattr(status, flag)] == [FLAGS[word]]
    assert status.unknown == ("FOO",)


def test_words_are_kept_in_order_and_once() -> None:
    status = Status.parse("FSD ob DISCHRG\tLB OB")
    assert status.words == ("FSD", "OB", "DISCHRG", "LB")
    assert str(status) == "FSD OB DISCHRG LB"
    assert status == Status.parse("fsd ob dischrg lb")
    assert hash(status) == hash(Status.parse("fsd ob dischrg lb"))
    assert status != Status.parse("OB LB")
    assert status != "FSD OB DISCHRG LB"


@pytest.mark.parametrize(
    ("text", "critical"),
    [
        ("OB LB", True),
        ("LB OB", True),
        ("FSD OL", True),
        ("FSD OB LB CAL", True),
        ("OB", False),
        ("OL LB", False),
        ("LB", False),
        ("OB LB CAL", False),
        ("OL OB LB", True),
        ("OB OL LB", False),
        ("SLB OB", False),
        ("", False),
    ],
)
def test_critical(text: str, critical: bool) -> None:
    assert Status.parse(text).critical_words is critical


@pytest.mark.parametrize(
    ("text", "severity", "words"),
    [
        ("OL", FINE, "On line power"),
        ("OL CHRG FOO", FINE, "On line power, charging, FOO"),
        ("OL TRIM", WARNING, "On line power, trimming voltage"),
        ("WAIT", WARNING, "Waiting for data"),
        ("", WARNING, "No status"),
        ("  ", WARNING, "No status"),
        ("OB LB", SEVERE, "On battery, battery low"),
        ("ALARM OL RB", SEVERE, "Alarm, on line power, replace battery"),
        ("FSD", SEVERE, "Forced shutdown"),
    ],
)
def test_severity_and_text(text: str, severity: int, words: str) -> None:
    status = Status.parse(text)
    assert (status.severity, status.text) == (severity, words)


def test_notifications_are_upsmons() -> None:
    silent = {word for word in WORDS if not WORDS[word].notify}
    assert silent == {"HB", "CHRG", "DISCHRG", "WAIT"}
    assert (WORDS["OL"].notify, WORDS["LB"].notify, WORDS["RB"].notify) == ("ONLINE", "LOWBATT", "REPLBATT")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["OB", "DISCHRG", "LB", "FSD"], "FSD OB DISCHRG LB"),
        (["OL", "ALARM", "RB"], "ALARM OL RB"),
        (["alarm", "ol", "fsd", "OL"], "FSD ALARM OL"),
        (["OL CHRG", ""], "OL CHRG"),
        ([], ""),
    ],
)
def test_compose(words: list[str], text: str) -> None:
    assert compose(words) == text


@given(st.lists(ANY_WORD))
def test_compose_and_parse_agree(words: list[str]) -> None:
    text = compose(words)
    status = Status.parse(text)
    assert str(status) == text == compose(status.words)
    assert set(status.words) == set(Status.parse(" ".join(words)).words)
    assert status.words[:1] == ("FSD",) or not status.forced_shutdown


@given(st.one_of(st.text(), st.lists(ANY_WORD).map(" ".join)))
def test_any_text_is_a_status(text: str) -> None:
    status = Status.parse(text)
    assert not (status.online and status.on_battery)
    assert status.severity in (FINE, WARNING, SEVERE)
    assert status.text
    assert len(set(status.words)) == len(status.words)
    if status.critical_words:
        assert status.forced_shutdown or (status.on_battery and status.low_battery)
        assert status.severity == SEVERE
