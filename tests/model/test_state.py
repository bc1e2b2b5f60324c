"""UpsState: what each message does, and that a dump builds the same state again."""

from hypothesis import given
from hypothesis import strategies as st

from wallnut.model.state import (
    AddCmd,
    AddEnum,
    AddRange,
    DataOk,
    DataStale,
    DelCmd,
    DelEnum,
    DelInfo,
    DelRange,
    DriverGone,
    DumpDone,
    Message,
    SetAux,
    SetFlags,
    SetInfo,
    UpsState,
)


def built(*messages: Message) -> UpsState:
    state = UpsState()
    for message in messages:
        state.apply(message)
    return state


def test_a_new_state_is_stale_and_incomplete() -> None:
    assert list(UpsState().dump()) == [DataStale(), DumpDone()]
    assert not UpsState().complete


def test_names_compare_without_case_and_keep_their_first_spelling() -> None:
    state = built(SetInfo("Input.L1.Voltage", "230"))
    assert not state.apply(SetInfo("input.l1.voltage", "230"))
    assert state.apply(SetInfo("INPUT.L1.VOLTAGE", "231"))
    assert [(v.name, v.value) for v in state.in_order()] == [("Input.L1.Voltage", "231")]


def test_a_change_of_letter_case_is_a_change() -> None:
    assert built(SetInfo("ups.id", "abc")).apply(SetInfo("ups.id", "ABC"))


def test_messages_about_a_variable_that_is_not_there_change_nothing() -> None:
    for message in (
        DelInfo("x.y"),
        AddEnum("x.y", "1"),
        DelEnum("x.y", "1"),
        AddRange("x.y", 1, 2),
        DelRange("x.y", 1, 2),
        SetAux("x.y", 3),
        SetFlags("x.y", ("RW",)),
    ):
        assert not UpsState().apply(message), message


def test_ranges_are_refused_upside_down_or_sharing_a_bound() -> None:
    state = built(SetInfo("a.b", "1"), AddRange("a.b", 1, 5))
    for low, high in ((9, 8), (1, 9), (0, 5)):
        assert not state.apply(AddRange("a.b", low, high))
    assert state.apply(AddRange("a.b", 5, 9))
    assert state.apply(DelRange("a.b", 1, 5))
    assert state.variables["a.b"].ranges == ((5, 9),)


def test_enum_adds_compare_with_case_and_deletes_without() -> None:
    state = built(SetInfo("a.b", "x"), AddEnum("a.b", "Low"))
    assert not state.apply(AddEnum("a.b", "Low"))
    assert state.apply(AddEnum("a.b", "low"))
    assert state.apply(DelEnum("a.b", "LOW"))
    assert state.variables["a.b"].enum == ()


def test_flags_are_replaced_and_can_be_cleared() -> None:
    state = built(SetInfo("a.b", "x"), SetFlags("a.b", ("RW", "STRING")))
    assert state.variables["a.b"].flags() == ("RW", "STRING")
    assert state.apply(SetFlags("a.b", ()))
    assert state.variables["a.b"].flags() == ()


def test_commands_are_sorted_and_compare_without_case() -> None:
    state = built(AddCmd("load.on"), AddCmd("beeper.mute"), AddCmd("Load.Off"))
    assert not state.apply(AddCmd("LOAD.ON"))
    assert state.commands_in_order() == ["beeper.mute", "Load.Off", "load.on"]
    assert state.has_command("LOAD.off")
    assert state.apply(DelCmd("load.OFF"))
    assert not state.has_command("load.off")


def test_freshness_says_when_it_changes() -> None:
    state = UpsState()
    assert state.apply(DataOk())
    assert not state.apply(DataOk())
    assert state.apply(DataStale())
    assert state.stale


def test_a_driver_that_is_gone_leaves_nothing() -> None:
    state = built(SetInfo("a.b", "x"), AddCmd("load.on"), DataOk(), DumpDone())
    assert state.apply(DriverGone())
    assert not state.apply(DriverGone())
    assert list(state.dump()) == [DataStale(), DumpDone()]


names = st.sampled_from(["ups.status", "UPS.Status", "battery.charge", "a", ""])
texts = st.text(max_size=5)
numbers = st.integers(-3, 3)
messages = st.one_of(
    st.builds(SetInfo, names, texts),
    st.builds(DelInfo, names),
    st.builds(AddEnum, names, texts),
    st.builds(DelEnum, names, texts),
    st.builds(AddRange, names, numbers, numbers),
    st.builds(DelRange, names, numbers, numbers),
    st.builds(SetAux, names, numbers),
    st.builds(SetFlags, names, st.lists(st.sampled_from(["RW", "STRING", "NUMBER"])).map(tuple)),
    st.builds(AddCmd, names),
    st.builds(DelCmd, names),
    st.sampled_from([DataOk(), DataStale(), DumpDone(), DriverGone()]),
)


@given(st.lists(messages))
def test_a_dump_builds_the_same_state_again(history: list[Message]) -> None:
    state = built(*history)
    again = built(*state.dump())
    assert list(again.dump()) == list(state.dump())


@given(st.lists(messages), messages)
def test_apply_says_truly_whether_anything_changed(history: list[Message], last: Message) -> None:
    state = built(*history)
    before = (list(state.dump()), state.complete)
    assert state.apply(last) == ((list(state.dump()), state.complete) != before)
