"""The table of rules: when a UPS is critical. Nothing else makes it so, but for triggers that somebody has set.

A critical UPS counts for nothing: when the power values of the others sum up to less than MINSUPPLIES, this host shuts
down. The first rule that holds is the reason; those of `triggers` come after the table.

The comparisons are upsmon's: more than DEADTIME, HOSTSYNC and OFFDURATION, at least OVERDURATION and OBLBDURATION.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from wallnut.monitor import triggers
from wallnut.monitor.rule import Deadline, Rule
from wallnut.monitor.ups import Ups
from wallnut.monitor.values import NEVER, Settings


def _lost_while(word: str) -> Callable[[Ups, Settings, float], bool]:
    return lambda ups, settings, now: ups.gone and word in ups.since


def _overloaded(ups: Ups, settings: Settings, now: float) -> bool:
    limit = settings.overduration
    return ups.gone and limit >= 0 and "OVER" in ups.since and now - ups.since["OVER"] >= limit


def _alarm(ups: Ups, settings: Settings, now: float) -> bool:
    return settings.alarmcritical and ups.gone and "ALARM" in ups.since


def _off_and_lost(ups: Ups, settings: Settings, now: float) -> bool:
    return settings.offduration >= 0 and ups.gone and "OFF" in ups.since


def _off(ups: Ups, settings: Settings, now: float) -> bool:
    limit = settings.offduration
    if limit < 0 or "OFF" not in ups.since:
        return False
    return limit == 0 or ups.lasted(ups.since["OFF"], now) > limit


def _low(ups: Ups, settings: Settings, now: float) -> bool:
    return ups.low_since is not None and ups.lasted(ups.low_since, now) >= max(0, settings.oblbduration)


def _low_primary(ups: Ups, settings: Settings, now: float) -> bool:
    return ups.supply.primary and _low(ups, settings, now)


def _low_secondary(ups: Ups, settings: Settings, now: float) -> bool:
    return ups.low_since is not None and _low(ups, settings, now) and ups.lasted(ups.low_since, now) > settings.hostsync


def _dead(ups: Ups, settings: Settings, now: float) -> bool:
    return ups.on_battery and ups.blind and "CAL" not in ups.since and now - ups.seen > settings.deadtime


def _dead_primary(ups: Ups, settings: Settings, now: float) -> bool:
    return ups.supply.primary and _dead(ups, settings, now)


def _dead_secondary(ups: Ups, settings: Settings, now: float) -> bool:
    calm = ups.seen if ups.low_since is None else ups.low_since
    return _dead(ups, settings, now) and now - calm > settings.hostsync


RULES: tuple[Rule, ...] = (
    Rule("FSD", "", "its forced-shutdown flag is set", lambda ups, settings, now: "FSD" in ups.since),
    Rule("OVER lost", "2.8.3", "contact is lost, and it has been overloaded for OVERDURATION", _overloaded),
    Rule("ALARM lost", "2.8.3", "contact is lost while it had an alarm, and ALARMCRITICAL is 1", _alarm),
    Rule("CAL lost", "2.8.1", "contact is lost while it was calibrating", _lost_while("CAL")),
    Rule("BYPASS lost", "2.8.1", "contact is lost while it was on bypass", _lost_while("BYPASS")),
    Rule("OFF lost", "2.8.1", "contact is lost while its output was off", _off_and_lost),
    Rule("OFF", "2.8.1", "its output has been off for more than OFFDURATION", _off),
    Rule("OB LB", "", "on battery and the battery is low, for OBLBDURATION", _low_primary),
    Rule(
        "OB LB secondary",
        "",
        "on battery and the battery is low, for OBLBDURATION, and its primary has not acted within HOSTSYNC",
        _low_secondary,
    ),
    Rule("OB dead", "", "on battery and then not heard of for more than DEADTIME", _dead_primary),
    Rule(
        "OB dead secondary",
        "",
        "on battery and then not heard of for more than DEADTIME and HOSTSYNC",
        _dead_secondary,
    ),
)


def critical(ups: Ups, settings: Settings, now: float) -> Rule | None:
    """The rule by which the UPS is critical, if it is."""
    for rule in chain(RULES, triggers.rules(ups, settings)):
        if rule.holds(ups, settings, now):
            return rule
    return None


def deadlines(ups: Ups, settings: Settings) -> Iterator[Deadline]:
    """The times, past ones too, at which the verdict may change although nothing happens."""
    since, low = ups.since, ups.low_since
    yield from triggers.deadlines(ups, settings)
    if "OVER" in since and settings.overduration >= 0 and ups.gone:
        yield Deadline(since["OVER"] + settings.overduration, "OVER lost", f"OVERDURATION {settings.overduration:g} s")
    if "OFF" in since and settings.offduration >= 0:
        yield Deadline(since["OFF"] + settings.offduration, "OFF", f"OFFDURATION {settings.offduration:g} s")
    if low is not None:
        if settings.oblbduration > 0:
            yield Deadline(low + settings.oblbduration, "OB LB", f"OBLBDURATION {settings.oblbduration:g} s")
        if not ups.supply.primary:
            yield Deadline(low + settings.hostsync, "OB LB secondary", f"HOSTSYNC {settings.hostsync:g} s")
    if ups.on_battery and ups.blind and ups.seen > NEVER:
        yield Deadline(ups.seen + settings.deadtime, "OB dead", f"DEADTIME {settings.deadtime:g} s")
        if not ups.supply.primary:
            yield Deadline(ups.seen + settings.hostsync, "OB dead secondary", f"HOSTSYNC {settings.hostsync:g} s")


def inputs(ups: Ups, now: float) -> str:
    """What a verdict rests on, in words: "OB LB; on battery for 212 s; low for 3 s"."""
    said = [str(ups.status) or "no status yet"]
    if ups.gone:
        ago = "never heard of" if ups.seen == NEVER else f"not heard of for {now - ups.seen:.0f} s"
        said.append(f"{ago} ({ups.reason})" if ups.reason else ago)
    elif ups.waiting:
        said.append("the server waits for its driver")
    for word, text in (("OB", "on battery"), ("OFF", "off"), ("OVER", "overloaded"), ("BYPASS", "on bypass")):
        if word in ups.since:
            said.append(f"{text} for {now - ups.since[word]:.0f} s")
    if ups.low_since is not None:
        said.append(f"low for {now - ups.low_since:.0f} s")
    for name, value, unit in (("charge", ups.readings.charge, "%"), ("runtime", ups.readings.runtime, "s")):
        if value is not None:
            said.append(f"{name} {value:g} {unit}" + (" (not plausible)" if name in ups.doubts else ""))
    return "; ".join(said)


def outlook(ups: Ups, settings: Settings, now: float) -> str:
    """What comes next: the nearest deadline in words; without one, what a UPS on battery has to say; else ""."""
    every = chain(deadlines(ups, settings), triggers.forecasts(ups, settings))
    ahead = [deadline for deadline in every if deadline.at >= now]
    if not ahead:
        waits = ups.on_battery and ups.low_since is None and not ups.gone and "CAL" not in ups.since
        return 'nearest: "OB LB", when it says that the battery is low' if waits else ""
    first = min(ahead, key=lambda deadline: deadline.at)
    about = "about " if first.about else ""
    return f'nearest: "{first.rule}" in {about}{first.at - now:.0f} s ({first.text})'
