"""What is published of other drivers, brought from one state to any other."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wallnut.drivers.showcase import PLAIN, differences
from wallnut.model.state import (
    AddCmd,
    AddEnum,
    AddRange,
    DelInfo,
    DelRange,
    Message,
    SetAux,
    SetFlags,
    SetInfo,
    UpsState,
)

NAMES = st.sampled_from(["ups.id", "Ups.Load", "battery.charge"])
FLAGS = st.sampled_from([(), ("RW",), ("RW", "STRING")])
MESSAGES = st.one_of(
    st.builds(SetInfo, NAMES, st.text("ab", max_size=2)),
    st.builds(AddEnum, NAMES, st.sampled_from(["yes", "Yes", "no"])),
    st.builds(AddRange, NAMES, st.integers(0, 3), st.integers(0, 3)),
    st.builds(SetAux, NAMES, st.integers(0, 2)),
    st.builds(SetFlags, NAMES, FLAGS),
    st.builds(AddCmd, st.sampled_from(["load.off", "load.on"])),
)


def state(messages: list[Message]) -> UpsState:
    made = UpsState()
    for message in messages:
        made.apply(message)
    return made


def steps(shown: UpsState, wanted: UpsState) -> list[Message]:
    items = [(variable.name, variable.value, variable) for variable in wanted.variables.values()]
    return list(differences(shown, items, wanted.commands.values()))


@given(st.lists(MESSAGES), st.lists(MESSAGES))
def test_it_becomes_what_is_wanted(before: list[Message], after: list[Message]) -> None:
    shown, wanted = state(before), state(after)
    for message in steps(shown, wanted):
        shown.apply(message)
    assert list(shown.dump()) == list(wanted.dump())
    assert steps(shown, wanted) == []


def test_only_what_differs_is_said() -> None:
    shown = state([SetInfo("ups.id", "a"), SetInfo("ups.load", "3"), AddCmd("load.off")])
    wanted = state([SetInfo("ups.id", "b"), SetInfo("ups.load", "3"), AddCmd("load.off")])
    assert steps(shown, wanted) == [SetInfo("ups.id", "b")]


def test_a_range_that_is_in_the_way() -> None:
    shown = state([SetInfo("a", "1"), AddRange("a", 0, 10)])
    wanted = state([SetInfo("a", "1"), AddRange("a", 0, 20)])
    assert steps(shown, wanted) == [DelRange("a", 0, 10), AddRange("a", 0, 20)]


def test_flags_that_go() -> None:
    """C's upsd keeps the old ones when SETFLAGS names none."""
    shown = state([SetInfo("a", "1"), SetFlags("a", ("RW",))])
    assert list(differences(shown, [("a", "1", PLAIN)], ())) == [DelInfo("a"), SetInfo("a", "1")]
