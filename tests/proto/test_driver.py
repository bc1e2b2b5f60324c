"""The driver socket's lines: NUT's word-count rules, and that what is written is read the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.model.state import AddEnum, AddRange, DataOk, Message, SetFlags, SetInfo
from wallnut.proto import driver
from wallnut.proto.driver import Broadcast, Goodbye, InstCmd, Set, Tracking
from wallnut.proto.words import Lexer, split

ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7F), max_size=40)
NAME = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("SET v", None),
        ("SET v val", Set("v", "val")),
        ("SET v val x", Set("v", "val")),
        ("SET v val TRACKING", Set("v", "val")),
        ("SET v val TRACKING id", Set("v", "val", "id")),
        ("SET v val x y", None),
        ("SET v val TRACKING id more", Set("v", "val")),
        ("set v val tracking id", Set("v", "val", "id")),
        ("INSTCMD c", InstCmd("c")),
        ("INSTCMD c val", InstCmd("c", "val")),
        ("INSTCMD c TRACKING", InstCmd("c", "TRACKING")),
        ("INSTCMD c TRACKING id", InstCmd("c", "", "id")),
        ("INSTCMD c val TRACKING id", InstCmd("c", "val", "id")),
        ("INSTCMD c a b", None),
        ("INSTCMD c a b c d", None),
        ("INSTCMD", None),
        ("DUMPVALUE", None),
        ("DUMPVALUE ups.id", driver.DumpValue("ups.id")),
        ("NOBROADCAST", Broadcast(False)),
        ("BROADCAST", Broadcast(True)),
        ("BROADCAST 1", Broadcast(True)),
        ("BROADCAST 0", Broadcast(False)),
        ("BROADCAST -1", Broadcast(False)),
        ("BROADCAST yes", Broadcast(True)),
        ("ping", driver.Ping()),
        ("PROBE", None),
        ("", None),
    ],
)
def test_what_a_driver_is_told(line: str, message: Message | None) -> None:
    assert driver.decode_request(split(line)) == message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('SETINFO ups.status "OL CHRG" extra', SetInfo("ups.status", "OL CHRG")),
        ("setinfo a 1", SetInfo("a", "1")),
        ("SETINFO a", None),
        ("ADDRANGE a 5 x9", AddRange("a", 5, 0)),
        ("ADDRANGE a 5", None),
        ("SETFLAGS a", SetFlags("a", ())),
        ("SETFLAGS a rw STRING", SetFlags("a", ("RW", "STRING"))),
        ("DATAOK now", DataOk()),
        ("TRACKING id 1", Tracking("id", 1)),
        ("TRACKING id", None),
        ("OK Goodbye", Goodbye()),
        ("OK", None),
        ("WHATEVER", None),
    ],
)
def test_what_a_driver_says(line: str, message: Message | None) -> None:
    assert driver.decode(split(line)) == message


@given(NAME, ASCII, ASCII)
def test_sayings_survive_the_wire(name: str, value: str, more: str) -> None:
    told: list[Message] = [SetInfo(name, value), AddEnum(name, more), AddRange(name, -3, 7), Tracking(name, 2)]
    lines = Lexer().feed(b"".join(map(driver.encode, told)))
    assert [driver.decode(words) for words in lines if isinstance(words, list)] == told


@given(NAME, ASCII, st.sampled_from(["", "2DDC5036", "TRACKING"]))
def test_requests_survive_the_wire(name: str, value: str, id: str) -> None:
    told: list[Message] = [Set(name, value, id), InstCmd(name, value, id)]
    if value.upper() == "TRACKING" and not id:
        told = told[:1]
    lines = Lexer().feed(b"".join(map(driver.encode, told)))
    assert [driver.decode_request(words) for words in lines if isinstance(words, list)] == told


@given(st.lists(st.text(max_size=8), max_size=6))
def test_no_words_raise(words: list[str]) -> None:
    for verb in ("SETINFO", "ADDRANGE", "SETAUX", "TRACKING", "PID", "SET", "INSTCMD", "BROADCAST", "OK"):
        driver.decode([verb, *words])
        driver.decode_request([verb, *words])
