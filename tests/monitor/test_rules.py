"""Edges of the rules that no scenario shows."""

from __future__ import annotations

from wallnut.monitor import rules
from wallnut.monitor.values import (
    AskLogins,
    Explain,
    ForceShutdown,
    Look,
    Lost,
    Notify,
    Say,
    Settings,
    Stop,
    Supply,
    Tick,
)

UPS = Settings(supplies=(Supply("ups"),), nocommwarntime=60, deadtime=15)


def told(actions: list[object]) -> list[str]:
    return [action.kind for action in actions if isinstance(action, Notify)]


def test_the_last_contact_of_a_calm_ups_is_what_its_loss_says() -> None:
    """A UPS that is well is not looked at in each cycle: when it was well last comes with the news that it is lost."""
    state, _ = rules.step(rules.start(UPS, 0), Look("ups", "OL"), 0)
    assert state.restless == frozenset()
    for now in range(5, 1000, 5):
        state, _ = rules.step(state, Tick(), now)
    state, actions = rules.step(state, Lost("ups", "Data stale", seen=990), 1000)
    assert told(list(actions)) == ["COMMBAD"]
    assert state.restless == {"ups"}
    state, actions = rules.step(state, Lost("ups"), 1005)
    assert told(list(actions)) == []
    for now in range(1005, 1050, 5):
        state, actions = rules.step(state, Tick(), now)
    state, actions = rules.step(state, Lost("ups"), 1050)
    assert told(list(actions)) == ["NOCOMM"]


def test_events_about_a_ups_nobody_watches_are_passed_over() -> None:
    state = rules.start(UPS, 0)
    for event in (Look("other", "OB LB"), Lost("other")):
        after, actions = rules.step(state, event, 0)
        assert (after, actions) == (state, [])


def test_a_clock_that_goes_back_prolongs_nothing_and_ends_nothing() -> None:
    settings = Settings(supplies=(Supply("ups", 1, False),), hostsync=15)
    state, _ = rules.step(rules.start(settings, 1000), Look("ups", "OB LB"), 1000)
    state, actions = rules.step(state, Look("ups", "OB LB"), 400)
    assert told(list(actions)) == ["SUSPEND_TIMEJUMP_UNEXPECTED"]
    for now in range(401, 416):
        state, _ = rules.step(state, Look("ups", "OB LB"), now)
        assert state.shutdown is None
    state, _ = rules.step(state, Look("ups", "OB LB"), 416)
    assert state.shutdown is not None


def test_mode_buzzwords() -> None:
    """ECO, ESS, HE and SMART mean ECO, as the last part of a buzzword; others do not."""
    for modes, kinds in (
        ("vendor:eaton:ESS", ["ECO"]),
        ("vendor:apc:HE vendor:apc:other", ["ECO"]),
        ("vendor:apc:HEAT", []),
        ("HE", []),
        ("", []),
    ):
        _, actions = rules.step(rules.start(UPS, 0), Look("ups", "OL", "", modes), 0)
        assert told(list(actions)) == kinds, modes
    state, _ = rules.step(rules.start(UPS, 0), Look("ups", "OL ECO"), 0)
    _, actions = rules.step(state, Look("ups", "OL"), 1)
    assert told(list(actions)) == ["NOTECO"]


def test_why_it_is_up_and_why_it_goes_down() -> None:
    state, actions = rules.step(rules.start(UPS, 0), Look("ups", "OB DISCHRG"), 0)
    assert [action.text for action in actions if isinstance(action, Explain)] == [
        "UPS ups is not critical: OB DISCHRG; on battery for 0 s;"
        ' nearest: "OB LB", when it says that the battery is low'
    ]
    state, _ = rules.step(state, Lost("ups", "Data stale"), 212)
    assert rules.explain(state) == [
        "UPS ups: not critical; OB DISCHRG; not heard of for 5 s (Data stale); on battery for 5 s;"
        ' nearest: "OB dead" in 10 s (DEADTIME 15 s)',
        "power 1 of 1, at least 1 needed",
    ]
    for now in (217, 222, 222.1):
        state, actions = rules.step(state, Tick(), now)
    why = next(action.text for action in actions if isinstance(action, Explain))
    assert why.startswith(
        'UPS ups is critical by "OB dead" (on battery and then not heard of for more than DEADTIME): '
    )
    assert rules.explain(state)[-1] == "shutting down (setting FSD), because power 0 is less than MINSUPPLIES 1"


def test_stop_without_a_shutdown_ends_and_with_one_hurries() -> None:
    state = rules.start(UPS, 0)
    state, _ = rules.step(state, ForceShutdown(), 0)
    state, actions = rules.step(state, Stop(), 1)
    assert any(isinstance(action, Say) and "doing the rest of it at once" in action.text for action in actions)
    _, actions = rules.step(state, Stop(), 2)  # SHUTDOWNCMD runs: nothing more to hurry
    assert actions == []


def test_logins_of_others_do_not_count_twice() -> None:
    state, _ = rules.step(rules.start(UPS, 0), ForceShutdown(), 0)
    assert state.shutdown is not None
    state, actions = rules.step(state, Tick(), 5)  # FSD was not answered
    assert AskLogins(("ups",)) in actions
    assert any(isinstance(action, Say) and action.text == "FSD set on UPS ups failed: no answer" for action in actions)
