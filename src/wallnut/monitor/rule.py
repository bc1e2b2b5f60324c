"""What a rule is, by which a UPS is critical, and a deadline at which one may begin to hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from wallnut.monitor.ups import Ups
from wallnut.monitor.values import Settings


@dataclass(frozen=True, slots=True)
class Rule:
    """`text` says in words what `holds(ups, settings, now)` tests; `since` is the version of NUT that has it first."""

    name: str
    since: str
    text: str
    holds: Callable[[Ups, Settings, float], bool] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A time from which on a rule may hold, if nothing changes until then. `about`: it is only an estimate."""

    at: float
    rule: str
    text: str
    about: bool = False
