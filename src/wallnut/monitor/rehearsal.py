"""An outage played on the real rules: what would happen when, and what is wrong with the plan. Executes nothing.

Where people or machines decide, the worst case is played: secondaries stay until HOSTSYNC is over, a primary that this
host depends on does not act.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wallnut.monitor import rules
from wallnut.monitor.battery import Battery
from wallnut.monitor.drill import Change, Happening, Scenario, World
from wallnut.monitor.outage import Outage, Reading, batteries, present, quiet, told
from wallnut.monitor.shutdown import PROCEEDING
from wallnut.monitor.values import (
    ERROR,
    Exit,
    Explain,
    Notify,
    PowerDown,
    RunSteps,
    Say,
    SetFsd,
    Settings,
    Wall,
)

LINGER = 60.0
"""Seconds for which an outage is played on after its last change, beside all durations of the configuration."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something by which the plan fails. `about` is a directive, a UPS, or a host."""

    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline. `kind`: change, notify, fsd, wall, say, why, steps, down, empty, end."""

    at: float
    kind: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of it. `begun` is when the shutdown begins, `down` when SHUTDOWNCMD starts, `dark` when the power is
    gone; None: never, or, for `dark`, not known. `left` is what each battery has at `down`, or at the end."""

    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]
    begun: float | None
    down: float | None
    dark: float | None
    left: Mapping[str, str]


def rehearse(settings: Settings, readings: Mapping[str, Reading], outage: Outage) -> Rehearsal:
    """Play it."""
    first = {change.words for change in outage.changes if change.at == 0}
    changes = [*(change for change in present(readings) if change.words not in first), *outage.changes]
    end = max(change.at for change in changes) if outage.ends else _end(settings, changes)
    lives = batteries(settings, readings, outage)
    for name, battery in lives.items():
        changes += told(outage, name, battery, end)
    if not outage.ends:
        changes.append(Change(end, ("end",)))
    changes.sort(key=lambda change: change.at)
    world = World(Scenario(settings, tuple(changes)))
    played = world.play()
    down = next((one.at for one in played if isinstance(one.action, PowerDown)), None)
    begun = next((one.at for one in played if isinstance(one.action, SetFsd | Wall)), None)
    dark = _dark(settings, lives)
    entries = [_changed(change, lives) for change in changes if change.at <= world.now and not quiet(change)]
    entries += [entry for one in played if (entry := _happened(one, readings, settings, lives))]
    for name, battery in lives.items():
        if battery.empty is not None and (down is None or battery.empty <= max(world.now, down)):
            entries.append(Entry(battery.empty, "empty", name, f"{name}: its battery is empty"))
    entries = [entry for entry in entries if entry.text]
    entries.sort(key=lambda entry: entry.at)
    end = world.now if down is None else down
    left = {name: str(level) for name, battery in lives.items() if (level := battery.at(end)) is not None}
    faults = [*power_faults(settings), *_too_late(settings, begun, down, dark, world.now)]
    return Rehearsal(tuple(entries), tuple(faults), _rounded(begun), _rounded(down), _rounded(dark), left)


def _rounded(at: float | None) -> float | None:
    """Without the moment by which the rules wait longer where "more than" is asked for."""
    return None if at is None else round(at, 2)


def _end(settings: Settings, changes: Sequence[Change]) -> float:
    durations = (
        settings.hostsync,
        settings.deadtime,
        settings.finaldelay,
        max(0.0, settings.offduration),
        max(0.0, settings.oblbduration),
        max(0.0, settings.overduration),
    )
    return max((change.at for change in changes), default=0.0) + sum(durations) + LINGER


def _dark(settings: Settings, lives: Mapping[str, Battery]) -> float | None:
    """When fewer supplies have power than this host needs."""
    needed = max(1, settings.minsupplies)
    power = settings.power
    ends = [(battery.empty, name) for name, battery in lives.items() if battery.empty is not None]
    for at, name in sorted(ends):
        power -= next(supply.power for supply in settings.supplies if supply.name == name)
        if power < needed:
            return at
    return None


def _changed(change: Change, lives: Mapping[str, Battery]) -> Entry:
    name, *words = change.words
    if name not in lives:
        return Entry(change.at, "change", "", " ".join(change.words))
    said = " ".join(words[1:]) if words[0] == "lost" else ""
    text = f"no answer{': ' if said else ''}{said}" if words[0] == "lost" else " ".join(words)
    level = lives[name].at(change.at)
    return Entry(change.at, "change", name, f"{name}: {text}" + (f" ({level} left)" if level else ""))


def _happened(
    one: Happening, readings: Mapping[str, Reading], settings: Settings, lives: Mapping[str, Battery]
) -> Entry | None:
    match one.action:
        case Notify(kind, ups, text, ways):
            return Entry(one.at, "notify", ups, f"{kind} ({', '.join(ways)}): {text}")
        case SetFsd(ups):
            others = readings.get(ups, Reading()).others
            told = f"; {', '.join(others)} go down, and have {settings.hostsync:g} s for it" if others else ""
            return Entry(one.at, "fsd", ups, f"FSD is set on {ups}{told}")
        case Wall(text):
            return Entry(one.at, "wall", "", f"wall: {text}")
        case Say(priority, text) if priority <= ERROR and text != PROCEEDING:
            return Entry(one.at, "say", "", text)
        case Explain(text) if text.startswith("shutdown: ") or " is critical by " in text:
            return Entry(one.at, "why", "", text)
        case RunSteps():
            return Entry(one.at, "steps", "", f"the steps before SHUTDOWNCMD begin: {settings.steps_time:g} s at most")
        case PowerDown():
            left = ", ".join(f"{name} {level}" for name, life in lives.items() if (level := life.at(one.at)))
            return Entry(one.at, "down", "", "this host goes down: SHUTDOWNCMD" + (f"; left: {left}" if left else ""))
        case Exit():
            return Entry(one.at, "end", "", "the monitor ends")
    return None


def power_faults(settings: Settings) -> list[Fault]:
    """What cannot be right about power values and MINSUPPLIES, whatever happens."""
    if rules.impossible(settings):
        text = f"{settings.minsupplies} can never be met: the power values sum up to {settings.power}; upsmon refuses"
        return [Fault("MINSUPPLIES", f"{text} to start")]
    if settings.minsupplies == 0:
        return [Fault("MINSUPPLIES", "0 means that this host never shuts down by itself")]
    return []


def _too_late(
    settings: Settings,
    begun: float | None,
    down: float | None,
    dark: float | None,
    end: float,
) -> list[Fault]:
    """The power must last until SHUTDOWNCMD."""
    if dark is None or dark > (end if down is None else down):
        return []
    if begun is None or begun >= dark:
        return [Fault("power", f"it is gone after {dark:.0f} s, before this host has begun to shut down")]
    primary = any(supply.primary for supply in settings.supplies)
    names = f"FINALDELAY {settings.finaldelay:g} s" + (f" and HOSTSYNC {settings.hostsync:g} s" if primary else "")
    if settings.steps_time:
        names = f"steps of {settings.steps_time:g} s, {names}"
    return [
        Fault("FINALDELAY", f"{names}: longer than the {dark - begun:.0f} s of power left when the shutdown begins")
    ]


def expecting(settings: Settings, readings: Mapping[str, Reading], secondaries: Sequence[str]) -> dict[str, Reading]:
    """Readings in which those who should depend on this host do, where no server was asked who does."""
    primaries = {supply.name for supply in settings.supplies if supply.primary}
    return {
        name: replace(one, others=tuple(secondaries)) if name in primaries and not one.others else one
        for name, one in readings.items()
    }
