"""upssched's timers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wallnut.config.upssched import At
from wallnut.monitor.sched import (
    IDLE_END,
    CancelTimer,
    Cause,
    Execute,
    Run,
    StartTimer,
    Timers,
    apply,
    concerned,
    decode,
    encode,
    expire,
    idle,
    listing,
    next_due,
)
from wallnut.proto.words import split

ONBATT = Cause("ONBATT", "ups@host", "UPS ups@host on battery")
OTHER = Cause("ONBATT", "other@host", "UPS other@host on battery")
ONLINE = Cause("ONLINE", "ups@host", "UPS ups@host on line power")
LINES = [
    At("ONBATT", "*", "START-TIMER", "shutdown", 30),
    At("ONBATT", "ups@host", "EXECUTE", "mail"),
    At("ONBATT", "ups", "EXECUTE", "never"),
    At("ONLINE", "*", "CANCEL-TIMER-MATCHED", "shutdown", 0, "back"),
    At("ONLINE", "*", "START-TIMER-SHARED", "other", 9),
]


def test_lines_match_type_without_case_and_the_exact_ups_in_file_order() -> None:
    assert concerned(LINES, ONBATT) == [StartTimer("shutdown", 30), Execute("mail")]
    assert concerned(LINES, Cause("ONBATT", "UPS@host")) == [StartTimer("shutdown", 30)]
    assert concerned(LINES, Cause("FSD", "ups@host")) == []
    assert concerned(LINES, ONLINE) == [
        CancelTimer("shutdown", "back", matched=True),
        StartTimer("other", 9, shared=True),
    ]
    assert concerned(LINES, Cause("onbatt", "UPS@host")) == [StartTimer("shutdown", 30)]


def test_execute_runs_at_once() -> None:
    timers, runs = apply(Timers(), Execute("mail"), ONBATT, 5)
    assert runs == [Run("mail", (ONBATT,))]
    assert timers == Timers()


def test_a_timer_ends_when_it_is_due_and_knows_its_event() -> None:
    timers, runs = apply(Timers(), StartTimer("shutdown", 30), ONBATT, 100)
    assert runs == []
    assert next_due(timers) == 130
    assert expire(timers, 129.9) == (timers, [])
    timers, runs = expire(timers, 130)
    assert runs == [Run("shutdown", (ONBATT,))]
    assert runs[0].environment() == {
        "NOTIFYTYPE": "ONBATT",
        "UPSNAME": "ups@host",
        "NOTIFYMSG": "UPS ups@host on battery",
    }
    assert next_due(timers) is None


def test_the_same_name_again_is_another_timer() -> None:
    timers, _ = apply(Timers(), StartTimer("t", 30), ONBATT, 0)
    timers, _ = apply(timers, StartTimer("t", 30), OTHER, 10)
    timers, runs = expire(timers, 30)
    assert [run.causes for run in runs] == [(ONBATT,)]
    assert next_due(timers) == 40
    timers, runs = apply(timers, CancelTimer("t", "back"), ONLINE, 31)
    assert (timers.running, runs) == ((), [])


def test_cancel_ends_all_of_the_name_or_runs_what_it_names() -> None:
    timers, _ = apply(Timers(), StartTimer("t", 30), ONBATT, 0)
    timers, _ = apply(timers, StartTimer("t", 50), OTHER, 0)
    timers, _ = apply(timers, StartTimer("u", 50), OTHER, 0)
    timers, runs = apply(timers, CancelTimer("t", "back"), ONLINE, 1)
    assert [timer.name for timer in timers.running] == ["u"]
    assert runs == []
    timers, runs = apply(timers, CancelTimer("t", "back"), ONLINE, 2)
    assert runs == [Run("back", (ONLINE,))]
    assert apply(timers, CancelTimer("t"), ONLINE, 3) == (timers, [])


def test_a_shared_timer_gathers_its_events() -> None:
    timers, _ = apply(Timers(), StartTimer("t", 30, shared=True), ONBATT, 0)
    timers, _ = apply(timers, StartTimer("t", 30, shared=True), OTHER, 10)
    _, runs = expire(timers, 30)
    assert runs == [Run("t", (ONBATT, OTHER))]
    assert runs[0].environment() == {
        "NOTIFYTYPE": "ONBATT,ONBATT",
        "UPSNAME": "ups@host,other@host",
        "NOTIFYMSG": "UPS ups@host on battery.\tUPS other@host on battery",
    }


def test_a_matched_cancel_takes_only_its_own_ups() -> None:
    timers, _ = apply(Timers(), StartTimer("t", 30, shared=True), ONBATT, 0)
    timers, _ = apply(timers, StartTimer("t", 30, shared=True), OTHER, 0)
    timers, _ = apply(timers, StartTimer("t", 40), ONBATT, 0)
    timers, runs = apply(timers, CancelTimer("t", "back", matched=True), ONLINE, 1)
    assert [timer.causes for timer in timers.running] == [(OTHER,)]
    assert runs == []
    timers, runs = apply(timers, CancelTimer("t", "back", matched=True), ONLINE, 1)
    assert runs == [Run("back", (ONLINE,))]


def test_idle_after_a_while_without_timers() -> None:
    timers = Timers((), 100)
    assert not idle(timers, 100 + IDLE_END - 1)
    assert idle(timers, 100 + IDLE_END)
    timers, _ = apply(timers, StartTimer("t", 60), ONBATT, 110)
    assert not idle(timers, 160)
    timers, _ = expire(timers, 170)
    assert not idle(timers, 170)
    assert idle(timers, 185)


def test_listing() -> None:
    timers, _ = apply(Timers(), StartTimer("t", 30), ONBATT, 5)
    assert listing(timers, 15, 1_700_000_000) == [
        "t\t1700000020\t20\tONBATT\tups@host\tUPS ups@host on battery",
    ]


def test_lines_on_the_wire() -> None:
    assert encode(StartTimer("t", 30), ONBATT) == b'START "t" "30" "ONBATT" "ups@host" "UPS ups@host on battery"\n'
    assert decode(["START", "t", "30"]) == (StartTimer("t", 30), Cause("", ""))  # up to 2.8.4
    assert decode(["CANCEL", "t"]) == (CancelTimer("t"), Cause("", ""))
    for words in ([], ["START"], ["START", "t"], ["START", "t", "x"], ["CANCEL"], ["JUMP", "t", "1"]):
        assert decode(words) is None


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
NAMED = TEXT.filter(bool)
COMMANDS = st.one_of(
    st.builds(StartTimer, NAMED, st.integers(0, 10**6), st.booleans()),
    st.builds(CancelTimer, NAMED, TEXT, st.booleans()),
)


@given(COMMANDS, st.builds(Cause, TEXT, TEXT, TEXT))
def test_the_wire_brings_back_what_was_sent(command: StartTimer | CancelTimer, cause: Cause) -> None:
    assert decode(split(encode(command, cause).decode().rstrip("\n"))) == (command, cause)


@given(st.lists(st.text()))
def test_any_words_are_a_command_or_none(words: list[str]) -> None:
    decode(words)
