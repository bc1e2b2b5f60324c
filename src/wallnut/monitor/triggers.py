"""The conditions of wallnut.toml's triggers: each makes a UPS critical as upsmon's own rules do. None, unless set.

While a UPS calibrates its battery no trigger holds. Charge, runtime and depletion count when they were seen beyond
their bound for `sustained` seconds; a reading that cannot be (`plausible`) neither ends that nor lets a trigger hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from wallnut.config.wallnut_toml import Trigger, matches
from wallnut.monitor.rule import Deadline, Rule
from wallnut.monitor.ups import Ups
from wallnut.monitor.values import READ_FROM, Settings

SHORTEST, LONGEST, STEP = 60.0, 120.0, 5.0
"""Depletion is measured over one to two minutes, from readings that lie at least STEP seconds apart."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A condition on a reading: `value(ups)` in `unit`, None where it is not known; `beyond(value, bound)`."""

    value: Callable[[Ups], float | None]
    beyond: Callable[[float, float], bool]
    words: str
    unit: str


def _charge(ups: Ups) -> float | None:
    return None if "charge" in ups.doubts else ups.readings.charge


def _runtime(ups: Ups) -> float | None:
    return None if "runtime" in ups.doubts else ups.readings.runtime


def depletion(ups: Ups) -> float | None:
    """How fast the battery runs down, in percent a minute; None while it was not watched for long enough."""
    if not ups.samples or _charge(ups) is None:
        return None
    (began, full), (ended, left) = ups.samples[0], ups.samples[-1]
    return None if ended - began < SHORTEST else (full - left) * 60 / (ended - began)


MEASURES = {
    "charge_below": Measure(_charge, lambda value, bound: value < bound, "charge below", "%"),
    "runtime_below": Measure(_runtime, lambda value, bound: value < bound, "runtime below", "s"),
    "depletion_above": Measure(depletion, lambda value, bound: value > bound, "charge falls faster than", "% a minute"),
}


def of(name: str, triggers: Sequence[Trigger]) -> Iterator[Trigger]:
    """The triggers of a UPS."""
    return (trigger for trigger in triggers if matches(trigger.ups, name))


def variables(name: str, triggers: Sequence[Trigger]) -> frozenset[str]:
    """What has to be asked about a UPS, beside its status, while it is on battery: what triggers need, and what tells
    whether it can be."""
    wanted = any(True for trigger in of(name, triggers) for _ in _bounds(trigger))
    return frozenset(READ_FROM.values()) if wanted else frozenset()


def _bounds(trigger: Trigger) -> Iterator[tuple[str, float]]:
    """The conditions on readings that are set, and their bounds."""
    for condition in MEASURES:
        bound = getattr(trigger, condition)
        if bound is not None:
            yield condition, bound


def measure(ups: Ups, settings: Settings, now: float) -> Ups:
    """The UPS after a look: since when each reading is beyond its bound, and how the charge has gone."""
    if ups.battery_since is None or not settings.triggers:
        return replace(ups, beyond={}, samples=()) if ups.beyond or ups.samples else ups
    charge, samples = _charge(ups), ups.samples
    if charge is not None:
        if len(samples) > 1 and samples[-1][0] - samples[-2][0] < STEP:
            samples = samples[:-1]
        samples = (*(sample for sample in samples if now - sample[0] <= LONGEST), (now, charge))
    ups = replace(ups, samples=samples)
    beyond: dict[tuple[str, float], float] = {}
    for trigger in of(ups.name, settings.triggers):
        for condition, bound in _bounds(trigger):
            key, value = (condition, bound), MEASURES[condition].value(ups)
            if value is None and ups.doubts and key in ups.beyond:
                beyond[key] = ups.beyond[key]
            elif value is not None and MEASURES[condition].beyond(value, bound):
                beyond[key] = ups.beyond.get(key, now)
    return replace(ups, beyond=beyond)


def rules(ups: Ups, settings: Settings) -> Iterator[Rule]:
    """The rules that the UPS's triggers make."""
    for trigger in of(ups.name, settings.triggers):
        if trigger.on_battery_for is not None:
            name, limit = f"trigger on_battery_for {trigger.on_battery_for}", float(trigger.on_battery_for)
            yield Rule(name, "", f"on battery for {limit:g} s", _on_battery(limit))
        for condition, bound in _bounds(trigger):
            kind, sustained = MEASURES[condition], float(trigger.sustained)
            text = f"on battery and {kind.words} {bound:g} {kind.unit} for {sustained:g} s"
            yield Rule(f"trigger {condition} {bound:g}", "", text, _sustained(condition, bound, sustained))
        if trigger.unreachable_on_battery is not None:
            limit = float(trigger.unreachable_on_battery)
            name = f"trigger unreachable_on_battery {trigger.unreachable_on_battery}"
            yield Rule(name, "", f"on battery and then not heard of for {limit:g} s", _unreachable(limit))


def _on_battery(limit: float) -> Callable[[Ups, Settings, float], bool]:
    def holds(ups: Ups, settings: Settings, now: float) -> bool:
        return ups.battery_since is not None and ups.lasted(ups.battery_since, now) >= limit

    return holds


def _sustained(condition: str, bound: float, limit: float) -> Callable[[Ups, Settings, float], bool]:
    """The last look decides: a UPS that is lost has other rules."""

    def holds(ups: Ups, settings: Settings, now: float) -> bool:
        since = ups.beyond.get((condition, bound))
        if since is None or ups.blind or ups.battery_since is None or MEASURES[condition].value(ups) is None:
            return False
        return ups.seen - since >= limit

    return holds


def _unreachable(limit: float) -> Callable[[Ups, Settings, float], bool]:
    def holds(ups: Ups, settings: Settings, now: float) -> bool:
        return ups.battery_since is not None and ups.blind and now - ups.seen >= limit

    return holds


def deadlines(ups: Ups, settings: Settings) -> Iterator[Deadline]:
    """When these rules may begin to hold although nothing happens, past times too."""
    since = ups.battery_since
    if since is None:
        return
    for trigger in of(ups.name, settings.triggers):
        if trigger.on_battery_for is not None:
            name = f"trigger on_battery_for {trigger.on_battery_for}"
            yield Deadline(since + trigger.on_battery_for, name, "on battery")
        for condition, bound in _bounds(trigger):
            started = ups.beyond.get((condition, bound))
            if started is not None and trigger.sustained and not ups.blind:
                kind = MEASURES[condition]
                text = f"{kind.words} {bound:g} {kind.unit}, sustained"
                yield Deadline(started + trigger.sustained, f"trigger {condition} {bound:g}", text)
        if trigger.unreachable_on_battery is not None and ups.blind:
            name = f"trigger unreachable_on_battery {trigger.unreachable_on_battery}"
            yield Deadline(ups.seen + trigger.unreachable_on_battery, name, "not heard of")


def forecasts(ups: Ups, settings: Settings) -> Iterator[Deadline]:
    """When charge and runtime will have come down to their bounds, if the battery goes on as it does."""
    charge, runtime, rate = _charge(ups), _runtime(ups), depletion(ups)
    if ups.battery_since is None or ups.blind:
        return
    for trigger in of(ups.name, settings.triggers):
        bound = trigger.charge_below
        if bound is not None and charge is not None and rate is not None and rate > 0 and charge >= bound:
            left = (charge - bound) * 60 / rate
            yield Deadline(ups.seen + left, f"trigger charge_below {bound:g}", f"charge below {bound:g} %", True)
        limit = trigger.runtime_below
        if limit is not None and runtime is not None and runtime >= limit:
            text = f"runtime below {limit} s"
            yield Deadline(ups.seen + runtime - limit, f"trigger runtime_below {limit}", text, True)
