"""What the monitor decides: (state, event, now) -> (state, actions). No clock, no socket, no surprise.

When and why does a machine go down? When `critical.RULES`, or a trigger that somebody has set, makes so many UPSes
critical that the power values of the others sum up to less than MINSUPPLIES (`_judge`), or when somebody orders it
(ForceShutdown). How it goes down then is told in `shutdown`; what a status word does to a UPS, and whom it tells, in
`ups`; the texts are in `model.notify`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from wallnut.model import notify
from wallnut.monitor import critical, shutdown, triggers
from wallnut.monitor.rule import Rule
from wallnut.monitor.ups import Note, Ups, look, lose, postpone, wake
from wallnut.monitor.values import (
    ALERT,
    ERROR,
    NEVER,
    NOTICE,
    WARNING,
    Action,
    Event,
    Exit,
    Explain,
    ForceShutdown,
    Look,
    Lost,
    Notify,
    ParentGone,
    Reloaded,
    Say,
    Settings,
    Stop,
    Tick,
    Woke,
)

PARENT_EVERY = 120.0
"""Seconds between two NOPARENT."""
OVERSLEPT = 5.0
"""An event later than this many seconds after it was due means that we could not watch (upsmon's limit)."""
AFTER = 0.001
"""Seconds after a deadline at which "more than" holds too."""


@dataclass(frozen=True, slots=True)
class State:
    """All that the monitor knows.

    `verdicts` has the rule of each critical UPS; `restless` names the UPSes that are not calm: only these can become
    critical by time alone, so they must be looked at in every cycle. `shutdown` is None while none goes on.
    """

    settings: Settings
    upses: Mapping[str, Ups]
    now: float
    verdicts: Mapping[str, Rule] = field(default_factory=dict)
    restless: frozenset[str] = frozenset()
    shutdown: shutdown.Shutdown | None = None
    parent_told: float = NEVER


Outcome = tuple[State, list[Action]]


def start(settings: Settings, now: float) -> State:
    """The state before anything is known. The power values must reach MINSUPPLIES: `impossible` says so."""
    return State(settings, {supply.name: Ups(supply) for supply in settings.supplies}, now)


def impossible(settings: Settings) -> bool:
    """Whether this host would count as without power even with every UPS healthy."""
    return settings.power < settings.minsupplies


def step(state: State, event: Event, now: float) -> Outcome:
    """Take in one event."""
    if state.shutdown is not None:
        return _go_on(state, state.shutdown, event, now)
    out: list[Action] = []
    gap = min(0.0, now - state.now) or now - state.now - interval(state)
    if gap > OVERSLEPT or now < state.now:
        state, out = _overslept(state, gap)
    state = replace(state, now=now)
    state, more = _EVENTS.get(type(event), _nothing)(state, event, now)
    return state, out + more


def interval(state: State) -> float:
    """Seconds between two cycles of looking at every UPS."""
    settings = state.settings
    for name in state.restless:
        since = state.upses[name].since
        if "OB" in since or "OFF" in since or "BYPASS" in since or ("OVER" in since and settings.overduration >= 0):
            return settings.pollfreqalert
    return settings.pollfreq


def wake_at(state: State) -> float | None:
    """When to look at all UPSes and say Tick, beside the cycles; None while nothing is to come."""
    if state.shutdown is not None:
        due = shutdown.wake_at(state.shutdown, state.settings)
        return None if due is None else due + AFTER
    times = (
        deadline.at + AFTER
        for name in state.restless
        for deadline in critical.deadlines(state.upses[name], state.settings)
        if deadline.at + AFTER > state.now
    )
    return min(times, default=None)


def explain(state: State) -> list[str]:
    """Where things stand, a line for each UPS and one for the host."""
    settings, now = state.settings, state.now
    lines = []
    for ups in state.upses.values():
        rule = state.verdicts.get(ups.name)
        verdict = f'critical by "{rule.name}": {rule.text}' if rule else "not critical"
        outlook = "" if rule else critical.outlook(ups, settings, now)
        lines.append("; ".join(filter(None, (f"UPS {ups.name}: {verdict}", critical.inputs(ups, now), outlook))))
    if state.shutdown:
        lines.append(f"shutting down ({state.shutdown.phase.value}), because {state.shutdown.reason}")
    else:
        lines.append(f"power {power(state)} of {settings.power}, at least {settings.minsupplies} needed")
    return lines


def power(state: State) -> int:
    """The sum of the power values of all UPSes that are not critical."""
    return sum(ups.supply.power for ups in state.upses.values() if ups.name not in state.verdicts)


def _tell(settings: Settings, kind: str, ups: str = "", detail: str = "") -> list[Action]:
    """A notification, unless it is to be ignored."""
    ways = settings.ways.get(kind, notify.DEFAULT_WAYS)
    if notify.IGNORE in ways:
        return []
    return [Notify(kind, ups, notify.message(kind, settings.messages, ups, detail), ways)]


# What each event does


def _nothing(state: State, event: Event, now: float) -> Outcome:
    return state, []


def _look(state: State, event: Look, now: float) -> Outcome:
    ups = state.upses.get(event.ups)
    return (state, []) if ups is None else _after(state, ups, look(ups, state.settings, event, now))


def _lost(state: State, event: Lost, now: float) -> Outcome:
    ups = state.upses.get(event.ups)
    return (state, []) if ups is None else _after(state, ups, lose(ups, state.settings, event.reason, now, event.seen))


def _after(state: State, before: Ups, change: tuple[Ups, list[Note]]) -> Outcome:
    ups, notes = change
    if not ups.blind:
        ups = triggers.measure(ups, state.settings, ups.seen)
    restless = state.restless
    if (ups.name in restless) == ups.calm:
        restless = restless - {ups.name} if ups.calm else restless | {ups.name}
    state = replace(state, upses={**state.upses, ups.name: ups}, restless=restless)
    out = [action for kind, detail in notes for action in _tell(state.settings, kind, ups.name, detail)]
    for text in dict.fromkeys(ups.doubts[name] for name in ups.doubts if name not in before.doubted):
        out += [
            Say(WARNING, f"UPS [{ups.name}]: {text}: such a value decides nothing"),
            Explain(f"UPS {ups.name}: {text}: such a value decides nothing", ups.name),
        ]
    changed = ups.status != before.status or ups.alive != before.alive
    state, more = _judge(state, (ups,), changed)
    return state, out + more


def _tick(state: State, event: Tick, now: float) -> Outcome:
    return _judge(state, [state.upses[name] for name in state.upses if name in state.restless], False)


def _judge(state: State, upses: Iterable[Ups], changed: bool) -> Outcome:
    """Look again which of these are critical, and whether what is left is enough."""
    settings, now = state.settings, state.now
    verdicts = dict(state.verdicts)
    out: list[Action] = []
    for ups in upses:
        before, rule = verdicts.pop(ups.name, None), critical.critical(ups, settings, now)
        if rule is not None:
            verdicts[ups.name] = rule
        if rule != before or changed:
            out.append(Explain(_verdict(ups, rule, settings, now), ups.name))
    state = replace(state, verdicts=verdicts)
    left = power(state)
    if left >= settings.minsupplies:
        return state, out
    out.append(Say(WARNING, f"Too few UPS(es) are healthy ({left}<{settings.minsupplies}), initiating forced shutdown"))
    state, more = _begin(state, f"power {left} is less than MINSUPPLIES {settings.minsupplies}")
    return state, out + more


def _verdict(ups: Ups, rule: Rule | None, settings: Settings, now: float) -> str:
    inputs = critical.inputs(ups, now)
    if rule is not None:
        return f'UPS {ups.name} is critical by "{rule.name}" ({rule.text}): {inputs}'
    outlook = critical.outlook(ups, settings, now)
    return f"UPS {ups.name} is not critical: {inputs}" + (f"; {outlook}" if outlook else "")


def _begin(state: State, reason: str) -> Outcome:
    going, steps = shutdown.begin(state.settings, reason, state.now)
    state = replace(state, shutdown=going)
    return state, [Explain(f"shutdown: {reason}"), *_acts(state, steps)]


def _go_on(state: State, going: shutdown.Shutdown, event: Event, now: float) -> Outcome:
    """A shutdown goes on: nothing else matters any more."""
    after, steps = shutdown.advance(going, state.settings, event, now)
    state = replace(state, shutdown=after, now=now)
    return state, _acts(state, steps)


def _acts(state: State, steps: Iterable[Action | shutdown.Telling]) -> list[Action]:
    acts: list[Action] = []
    for act in steps:
        if not isinstance(act, shutdown.Telling):
            acts.append(act)
        elif not (act.kind == "FSD" and "FSD" in state.upses[act.ups].since):  # that was told when it was seen
            acts += _tell(state.settings, act.kind, act.ups)
    return acts


def _force(state: State, event: ForceShutdown, now: float) -> Outcome:
    return _begin(state, event.reason)


def _parent_gone(state: State, event: ParentGone, now: float) -> Outcome:
    if now - state.parent_told < PARENT_EVERY:
        return state, []
    said = Say(ALERT, "Parent died - shutdown impossible")
    return replace(state, parent_told=now), [said, *_tell(state.settings, "NOPARENT")]


def _overslept(state: State, gap: float) -> Outcome:
    """Nobody looked for a while (the process was stopped, the machine too busy), or the clock was set back (gap < 0):
    that time does not count.

    C forgets here what it knew; a UPS on battery that nobody can reach any more would then never be critical.
    """
    upses = {name: postpone(ups, gap) for name, ups in state.upses.items()}
    out = _tell(state.settings, "SUSPEND_TIMEJUMP_UNEXPECTED", "", f"{gap:.0f} s")
    text = f"nobody could watch for {gap:.0f} s: this time counts for no duration"
    return replace(state, upses=upses), [Explain(text), *out]


def _woke(state: State, event: Woke, now: float) -> Outcome:
    upses = {name: wake(ups, now) for name, ups in state.upses.items()}
    state = replace(state, upses=upses, verdicts={}, restless=frozenset(upses))
    text = "the system slept: what the UPSes said before is forgotten"
    return state, [Explain(text), *_tell(state.settings, "SUSPEND_FINISHED")]


def _reloaded(state: State, event: Reloaded, now: float) -> Outcome:
    settings = event.settings
    if impossible(settings):
        text = f"sum of power values {settings.power} is less than MINSUPPLIES {settings.minsupplies}"
        return state, [Say(ERROR, f"Impossible power configuration ({text}), keeping the old one")]
    upses: dict[str, Ups] = {}
    out: list[Action] = []
    for supply in settings.supplies:
        old = state.upses.get(supply.name)
        upses[supply.name] = replace(old, supply=supply) if old else Ups(supply)
        if old and old.supply.power != supply.power:
            out.append(Say(NOTICE, f"UPS [{supply.name}]: redefined power value to {supply.power}"))
    out += [Say(NOTICE, f"No longer monitoring UPS [{name}]") for name in state.upses if name not in upses]
    verdicts = {name: rule for name, rule in state.verdicts.items() if name in upses}
    restless = state.restless & upses.keys()
    state = replace(state, settings=settings, upses=upses, verdicts=verdicts, restless=restless)
    state, more = _judge(state, upses.values(), False)
    return state, out + more


def _stop(state: State, event: Stop, now: float) -> Outcome:
    return state, [Exit(0)]


_EVENTS: dict[type, Callable[[State, Any, float], Outcome]] = {
    Look: _look,
    Lost: _lost,
    Tick: _tick,
    ForceShutdown: _force,
    ParentGone: _parent_gone,
    Woke: _woke,
    Reloaded: _reloaded,
    Stop: _stop,
}
