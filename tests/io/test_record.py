"""Recordings: what a tape keeps, and what it answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.io import record
from wallnut.io.record import Line, Recording, Tape, show, unshow
from wallnut.model.errors import ConfigError, DeviceError


@given(st.binary())
def test_bytes_are_shown_on_one_line_and_come_back(data: bytes) -> None:
    shown = show(data)
    assert shown.isascii()
    assert shown.isprintable()
    assert not shown.endswith(" ")
    assert unshow(shown) == data


@pytest.mark.parametrize("text", ["\\q", "\\", "\\xzz"])
def test_no_escape(text: str) -> None:
    with pytest.raises(ValueError):
        unshow(text)


def test_each_asking_has_its_answer() -> None:
    now = [5.0]
    tape = Tape(clock=lambda: now[0])
    for answer in ("one", "two"):
        tape.asked("Q")
        now[0] += 0.25
        tape.answered(answer)
        tape.answered("more")
    tape.asked("W")
    tape.failed("timed out")
    assert tape.lines[:2] == [Line(0.0, ">", "Q"), Line(0.25, "<", "one")]
    played = Tape(tape.lines)
    assert [played.ask("Q") for _ in range(3)] == [["one", "more"], ["two", "more"], ["one", "more"]]
    with pytest.raises(DeviceError, match="timed out"):
        played.ask("W")
    with pytest.raises(DeviceError, match="no answer to X"):
        played.ask("X")
    assert played.heard("W")
    assert not played.heard("X")


TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20).map(str.strip)
WORD = st.from_regex(r"[a-z][a-z0-9.]{0,9}", fullmatch=True)


@given(
    settings=st.dictionaries(WORD, st.none() | TEXT.filter(bool), max_size=3),
    lines=st.lists(st.builds(Line, st.integers(0, 10**6).map(lambda ms: ms / 1000), st.sampled_from("><!"), TEXT)),
    variables=st.dictionaries(WORD, st.text(max_size=20), max_size=3),
    commands=st.lists(WORD, max_size=3),
)
def test_a_file_comes_back(
    settings: dict[str, str | None], lines: list[Line], variables: dict[str, str], commands: list[str]
) -> None:
    whole = Recording("dummy-ups", settings, {"recorded": "today"}, 3, lines, variables, commands)
    assert record.parse(record.write(whole), "x.rec") == whole


NONSENSE = st.text(max_size=200).filter(lambda text: "driver:" not in text)


@given(NONSENSE | NONSENSE.map(lambda text: f"{record.HEAD}\n{text}"))
def test_nonsense_is_one_error(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^x\.rec:"):
        record.parse(text, "x.rec")  # no driver is named, whatever else it may be


def test_where_a_file_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "x.rec"
    path.write_text(f"{record.HEAD}\ndriver: dummy-ups\n[exchange]\n 0.000 ? Q1\n")
    with pytest.raises(ConfigError, match=r"x\.rec:4: one of > < ! was expected"):
        record.read(str(path))
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="not plain text"):
        record.read(str(path))
    with pytest.raises(ConfigError, match="No such file"):
        record.read(str(tmp_path / "y.rec"))
