"""What must hold for any sequence of states and times."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from wallnut.config.wallnut_toml import Trigger
from wallnut.monitor import rules
from wallnut.monitor.critical import RULES, critical
from wallnut.monitor.rule import Rule
from wallnut.monitor.shutdown import FSD_LIMIT, Phase
from wallnut.monitor.values import (
    Action,
    AskLogins,
    Commanded,
    Event,
    Exit,
    ForceShutdown,
    FsdAnswer,
    Logins,
    Look,
    Lost,
    ParentGone,
    PowerDown,
    Readings,
    RunSteps,
    SetFsd,
    Settings,
    StepsDone,
    Stop,
    Supply,
    Tick,
    Woke,
)

NAMES = ("a", "b", "c")
WORDS = ("OL", "OB", "LB", "RB", "CAL", "OFF", "BYPASS", "ALARM", "OVER", "TRIM", "BOOST", "FSD", "WAIT", "FOO", "ECO")
STATUS = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
NAME = st.sampled_from(NAMES)
SMALL = st.integers(-1, 20)
DURATION = st.integers(0, 20)
TRIGGER = st.builds(
    Trigger,
    ups=st.lists(st.sampled_from([*NAMES, "*"]), min_size=1, max_size=2).map(tuple),
    on_battery_for=st.one_of(st.none(), st.integers(1, 60)),
    charge_below=st.one_of(st.none(), st.sampled_from([10.0, 50.0])),
    runtime_below=st.one_of(st.none(), st.integers(1, 100)),
    depletion_above=st.one_of(st.none(), st.sampled_from([0.5, 10.0])),
    unreachable_on_battery=st.one_of(st.none(), st.integers(1, 20)),
    sustained=st.integers(0, 20),
)
NUMBER = st.one_of(st.none(), st.integers(-5, 300).map(float))
READINGS = st.builds(Readings, NUMBER, NUMBER, NUMBER, st.sampled_from([None, 24.0]))
SETTINGS = st.builds(
    Settings,
    supplies=st.tuples(*(st.builds(Supply, st.just(name), st.integers(0, 2), st.booleans()) for name in NAMES)),
    minsupplies=st.integers(0, 6),
    hostsync=DURATION,
    deadtime=DURATION,
    finaldelay=DURATION,
    steps_time=st.sampled_from([0, 10, 30]),
    offduration=SMALL,
    oblbduration=SMALL,
    overduration=SMALL,
    alarmcritical=st.booleans(),
    triggers=st.lists(TRIGGER, max_size=2).map(tuple),
).filter(lambda settings: not rules.impossible(settings))
EVENT = st.one_of(
    st.builds(Look, NAME, STATUS),
    st.builds(Look, NAME, st.sampled_from(["OL", "OB", "OB LB", "OB CAL"]), readings=READINGS),
    st.builds(Lost, NAME),
    st.just(Tick()),
    st.just(Woke()),
    st.just(ParentGone()),
    st.builds(FsdAnswer, NAME, st.sampled_from(["", "no"])),
    st.builds(Logins, NAME, st.integers(0, 3)),
    st.just(StepsDone()),
    st.just(Commanded()),
)
STEPS = st.lists(st.tuples(EVENT, st.floats(0, 30)), max_size=30)


def follow(given_settings: Settings, steps: list[tuple[Event, float]]) -> list[tuple[rules.State, Event, list[Action]]]:
    """The states after each step, until a shutdown begins."""
    state, now = rules.start(given_settings, 0.0), 0.0
    seen: list[tuple[rules.State, Event, list[Action]]] = []
    for event, pause in steps:
        now += pause
        state, actions = rules.step(state, event, now)
        seen.append((state, event, actions))
        if state.shutdown:
            break
    return seen


def names(rule: Rule, ups: str, given_settings: Settings) -> bool:
    """Whether a rule is a condition of a trigger that is set for the UPS."""
    word, condition, bound = rule.name.split()
    return word == "trigger" and any(
        getattr(trigger, condition) == float(bound) and ({ups, "*"} & set(trigger.ups))
        for trigger in given_settings.triggers
    )


@given(SETTINGS, STEPS)
def test_no_shutdown_unless_a_rule_names_it(given_settings: Settings, steps: list[tuple[Event, float]]) -> None:
    for state, _, actions in follow(given_settings, steps):
        if state.shutdown is None:
            assert not any(isinstance(action, PowerDown | SetFsd | Exit) for action in actions)
            continue
        lost = [ups for ups in state.upses.values() if ups.name in state.verdicts]
        for ups in lost:
            rule = state.verdicts[ups.name]
            assert rule in RULES or names(rule, ups.name, given_settings)
            if rule not in RULES:
                assert ups.on_battery
                assert "CAL" not in ups.since
        healthy = sum(ups.supply.power for ups in state.upses.values() if ups not in lost)
        assert healthy < given_settings.minsupplies


@given(SETTINGS, STEPS)
def test_what_cannot_be_makes_no_ups_critical(given_settings: Settings, steps: list[tuple[Event, float]]) -> None:
    """With readings that all cannot be, charge, runtime and depletion name no shutdown."""
    odd = [
        (replace(event, readings=Readings(255.0, -1.0, 0.0)) if isinstance(event, Look) else event, pause)
        for event, pause in steps
    ]
    for state, _, _ in follow(given_settings, odd):
        for rule in state.verdicts.values():
            assert rule.name.split()[1:2] not in (["charge_below"], ["runtime_below"], ["depletion_above"])


@given(SETTINGS, STEPS)
def test_too_few_healthy_supplies_always_end_in_a_shutdown(
    given_settings: Settings, steps: list[tuple[Event, float]]
) -> None:
    for state, event, _ in follow(given_settings, steps):
        if isinstance(event, Tick) and state.shutdown is None:
            upses = state.upses.values()
            healthy = sum(ups.supply.power for ups in upses if not critical(ups, state.settings, state.now))
            assert healthy >= given_settings.minsupplies


@given(SETTINGS, st.data())
@settings(max_examples=200)
def test_a_shutdown_always_reaches_its_end(given_settings: Settings, data: st.DataObject) -> None:
    """Whatever servers answer, or do not, SHUTDOWNCMD runs in time, once, and the monitor ends when it should."""
    state = rules.start(given_settings, 0.0)
    state, actions = rules.step(state, ForceShutdown(), 0.0)
    now, commanded, ended = 0.0, 0, False
    last = max(given_settings.finaldelay, given_settings.steps_time)
    limit = FSD_LIMIT + given_settings.hostsync + last + 1
    queue = list(actions)
    while not ended:
        while queue:
            action = queue.pop(0)
            answer: Event | None = None
            if isinstance(action, PowerDown):
                commanded += 1
                answer = Commanded()
            elif isinstance(action, Exit):
                ended = True
            elif isinstance(action, RunSteps) and data.draw(st.booleans()):
                answer = StepsDone()
            elif isinstance(action, SetFsd) and data.draw(st.booleans()):
                answer = FsdAnswer(action.ups, data.draw(st.sampled_from(["", "no"])))
            elif isinstance(action, AskLogins) and data.draw(st.booleans()):
                answer = Logins(action.upses[0], data.draw(st.integers(0, 3)))
            if answer is not None:
                state, more = rules.step(state, answer, now)
                queue += more
        if ended:
            break
        wake = rules.wake_at(state)
        assert wake is not None
        assert now <= wake <= now + limit
        now = wake
        assert now <= limit
        state, queue = rules.step(state, Tick(), now)
    assert commanded == 1
    assert state.shutdown is not None
    assert state.shutdown.phase is Phase.OVER


@given(SETTINGS, st.sampled_from(list(Phase)[:3]))
def test_told_to_end_a_shutdown_loses_nothing(given_settings: Settings, phase: Phase) -> None:
    state, _ = rules.step(rules.start(given_settings, 0.0), ForceShutdown(), 0.0)
    assert state.shutdown is not None
    if state.shutdown.phase is Phase.DOWN:  # FINALDELAY 0
        return
    state = replace(state, shutdown=replace(state.shutdown, phase=phase))
    state, actions = rules.step(state, Stop(), 1.0)
    assert isinstance(actions[-1], PowerDown)
    _, actions = rules.step(replace(state, settings=replace(given_settings, shutdownexit=0)), Commanded(), 1.0)
    assert actions == [Exit(0)]


@given(SETTINGS, STEPS)
def test_everything_can_be_explained(given_settings: Settings, steps: list[tuple[Event, float]]) -> None:
    for state, _, _ in follow(given_settings, steps):
        lines = rules.explain(state)
        assert len(lines) == len(state.upses) + 1
        for name, line in zip(state.upses, lines, strict=False):
            assert line.startswith(f"UPS {name}: ")
            assert ("critical by" in line) == (name in state.verdicts)


@given(SETTINGS, STEPS)
def test_deadlines_are_where_verdicts_change(given_settings: Settings, steps: list[tuple[Event, float]]) -> None:
    """Between now and the next deadline no verdict of a UPS that tells nothing changes by time alone."""
    for state, _, _ in follow(given_settings, steps):
        wake = rules.wake_at(state)
        if state.shutdown or wake is None:
            continue
        for ups in state.upses.values():
            before = critical(ups, state.settings, state.now)
            assert critical(ups, state.settings, wake - 2 * rules.AFTER) in (
                before,
                critical(ups, state.settings, wake),
            )
            if wake - 2 * rules.AFTER > state.now:
                assert critical(ups, state.settings, wake - 2 * rules.AFTER) == before
