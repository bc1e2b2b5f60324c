"""Scenarios for a rehearsal of this host's own configuration: the mains lost now, a file that somebody wrote, a
recording of dummy-ups. Pure: texts and values in, what happens to each UPS out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wallnut.drivers.dummy import Timer, read_script
from wallnut.model.status import Status
from wallnut.monitor.battery import Battery, Level, Turn
from wallnut.monitor.drill import Change, Scenario, ScenarioError
from wallnut.monitor.values import READ_FROM, Settings

CHARGE_LOW, RUNTIME_LOW = 20.0, 120.0
"""When a battery is taken for low where its UPS does not say: per cent, seconds."""


READ_EVERY = 5.0
MOST_READINGS = 2000
"""Seconds between two readings of a battery that is not in the outage itself, and how many there are at most."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A UPS now, as its server has it. `trouble`: why it cannot be asked; `refuses`: what the server answers when we
    want to be its primary; `others`: who else is logged in to it. None: the UPS does not say."""

    status: str = "OL"
    alarm: str = ""
    charge: float | None = None
    runtime: float | None = None
    charge_low: float | None = None
    runtime_low: float | None = None
    others: tuple[str, ...] = ()
    trouble: str = ""
    refuses: str = ""

    @property
    def level(self) -> Level | None:
        """What its battery has now."""
        return None if self.runtime is None else Level(0.0, self.charge, self.runtime)


@dataclass(frozen=True, slots=True)
class Outage:
    """What happens, in order of time, with the UPSes called as MONITOR lines do."""

    title: str
    changes: tuple[Change, ...]
    ends: bool = False
    """Whether `changes` say when it ends."""


def present(readings: Mapping[str, Reading]) -> list[Change]:
    """How things are now."""
    changes: list[Change] = []
    for name, reading in readings.items():
        if reading.others:
            changes.append(Change(0.0, (name, "logins", str(len(reading.others) + 1))))
        if reading.refuses:
            changes.append(Change(0.0, (name, "refuses", reading.refuses)))
        if reading.alarm:
            changes.append(Change(0.0, (name, "alarm", reading.alarm)))
        state = ("lost", reading.trouble) if reading.trouble else tuple(reading.status.split()) or ("lost", "no status")
        changes.append(Change(0.0, (name, *state)))
    return changes


def mains_lost(readings: Mapping[str, Reading], back: float | None = None) -> Outage:
    """The mains of all UPSes fail now, for good or until `back`. Each says LB when it has promised to, and nothing any
    more when its battery is empty. A UPS that cannot be asked now cannot be asked then."""
    changes: list[Change] = []
    for name, reading in readings.items():
        if not reading.trouble:
            changes += _one_lost(name, reading, back)
    changes.sort(key=lambda change: change.at)
    return Outage("the mains are lost now" + ("" if back is None else f", for {back:g} s"), tuple(changes))


def _one_lost(name: str, reading: Reading, back: float | None) -> list[Change]:
    words = [word for word in reading.status.split() if word not in ("OL", "CHRG", "DISCHRG", "TRIM", "BOOST", "OB")]
    on_battery = ("OB", "DISCHRG", *words)
    changes = [Change(0.0, (name, *on_battery))]
    level = reading.level
    if level is not None:
        low = low_after(reading, level)
        if "LB" not in words:
            changes.append(Change(low, (name, "OB", "DISCHRG", "LB", *words)))
        changes.append(Change(level.runtime, (name, "lost", "its battery is empty")))
    if back is not None:
        changes = [change for change in changes if change.at < back]
        if level is None or back < level.runtime:
            changes.append(Change(back, (name, "OL", "CHRG", *(word for word in words if word != "LB"))))
    return changes


def low_after(reading: Reading, level: Level) -> float:
    """After how many seconds on battery the UPS says LB: at battery.charge.low or battery.runtime.low."""
    by_runtime = level.runtime - (RUNTIME_LOW if reading.runtime_low is None else reading.runtime_low)
    if not level.charge:
        return max(0.0, by_runtime)
    charge_low = CHARGE_LOW if reading.charge_low is None else reading.charge_low
    by_charge = level.runtime * (1 - charge_low / level.charge)
    return max(0.0, min(by_runtime, by_charge))


def from_scenario(scenario: Scenario, settings: Settings, title: str) -> Outage:
    """A scenario's changes, for our UPSes; its own settings are left aside. Raises ScenarioError."""
    theirs = [supply.name for supply in scenario.settings.supplies]
    ours = {name: _matching(name, theirs, settings) for name in theirs}
    changes = []
    for change in scenario.changes:
        names = ours.get(change.words[0])
        changes += [change] if names is None else [Change(change.at, (name, *change.words[1:])) for name in names]
    for change in changes:
        if change.words[0] in ("monitor", "unmonitor"):
            raise ScenarioError("a drill plays upsmon.conf as it is: no monitor or unmonitor after `at`")
    return Outage(title, tuple(changes), ends=any(change.words == ("end",) for change in changes))


def _matching(name: str, names: Sequence[str], settings: Settings) -> list[str]:
    """Which of our UPSes a scenario means: that of the name, with or without its host; its only one stands for all."""
    ours = [supply.name for supply in settings.supplies]
    found = [one for one in ours if name in (one, one.partition("@")[0])]
    if not found and len(names) == 1:
        found = ours
    if not found:
        raise ScenarioError(f"upsmon.conf monitors no UPS '{name}', but: {', '.join(ours)}")
    return found


def from_script(data: bytes, settings: Settings, title: str) -> Outage:
    """A file of dummy-ups, played once, as what all our UPSes say. Raises ScenarioError."""
    lines, problems = read_script(data)
    if problems:
        raise ScenarioError(f"line {problems[0]}")
    changes: list[Change] = []
    at = 0.0
    for line in lines:
        if isinstance(line, Timer):
            at += line.seconds
            continue
        words = _SAID.get(line[0])
        if words is not None and (words or line[1]):
            changes += [Change(at, (supply.name, *words, *line[1].split())) for supply in settings.supplies]
    if not any(change.words[1] not in _BESIDE for change in changes):
        raise ScenarioError("nothing in it sets ups.status")
    changes.append(Change(at, ("set", "POLLFREQ", f"{settings.pollfreq:g}")))  # the last TIMER is played to its end
    return Outage(title, tuple(changes))


_SAID: Mapping[str, tuple[str, ...]] = {
    "ups.status": (),
    "ups.alarm": ("alarm",),
    "ALARM": ("alarm",),
    **{variable: (word,) for word, variable in READ_FROM.items()},
}
"""What a scenario calls the variables of a recording."""
_BESIDE = frozenset(("alarm", "modes", "logins", "refuses", *READ_FROM))
"""What a scenario says of a UPS beside its status."""


def number(text: str) -> float | None:
    """A variable's number, None where it is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value < 1e9 else None


def batteries(settings: Settings, readings: Mapping[str, Reading], outage: Outage) -> dict[str, Battery]:
    """Each UPS's battery through all that happens."""
    found = {}
    for supply in settings.supplies:
        turns = [
            turn
            for change in outage.changes
            if change.words[0] == supply.name and (turn := _turn(change.at, change.words[1:])) is not None
        ]
        reading = readings.get(supply.name, Reading())
        start = reading.level
        if start is not None and _draining(tuple(reading.status.split())):
            start = replace(start, draining=True)
            turns.insert(0, Turn(0.0, True))
        turns.sort(key=lambda turn: turn.at)
        found[supply.name] = Battery(start, turns)
    return found


def _turn(at: float, words: Sequence[str]) -> Turn | None:
    """What a change means for the battery."""
    if words[0] in ("charge", "runtime"):
        value = number(words[1]) if len(words) > 1 else None
        if value is None:
            return None
        return Turn(at, charge=value) if words[0] == "charge" else Turn(at, runtime=value)
    draining = _draining(words)
    return None if draining is None else Turn(at, draining)


def told(outage: Outage, name: str, battery: Battery, end: float) -> list[Change]:
    """What a UPS that an outage gives no readings of says of its battery meanwhile."""
    if any(change.words[0] == name and change.words[1] in READ_FROM for change in outage.changes if change.words[1:]):
        return []
    step = max(READ_EVERY, end / MOST_READINGS)
    changes: list[Change] = []
    for turn in range(int(end / step) + 1):
        level = battery.at(turn * step)
        if level is None or not level.draining or not level.runtime:
            continue
        changes.append(Change(level.at, (name, "runtime", f"{level.runtime:.0f}")))
        if level.charge is not None:
            changes.append(Change(level.at, (name, "charge", f"{level.charge:.1f}")))
    return changes


def quiet(change: Change) -> bool:
    """Whether a change is no news by itself: what it leads to is."""
    return len(change.words) < 2 or change.words[1] in _BESIDE


def _draining(words: Sequence[str]) -> bool | None:
    """Whether a UPS that says this runs on its battery; None: one cannot tell."""
    if words and (words[0] == "lost" or words[0] in _BESIDE):
        return None
    status = Status.parse(" ".join(words))
    return True if status.on_battery else False if status.online else None
