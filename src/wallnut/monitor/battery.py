"""What is left in a battery at any time of a scenario. Pure; a drill's estimate, no part of any decision.

A battery that has `runtime` seconds left loses them one by one while its UPS is on battery, and the charge with them in
proportion. It is not charged again: that takes hours, and the worst case is what a drill is for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """A battery from `at` on: per cent of charge (None: not known), seconds of runtime; `draining` while it carries."""

    at: float
    charge: float | None
    runtime: float
    draining: bool = False

    def later(self, now: float) -> Level:
        """What is left of it at `now`."""
        if not self.draining:
            return Level(now, self.charge, self.runtime)
        left = max(0.0, self.runtime - (now - self.at))
        share = left / self.runtime if self.runtime else 0.0
        return Level(now, None if self.charge is None else self.charge * share, left, True)

    def __str__(self) -> str:
        charge = "" if self.charge is None else f"{self.charge:.0f} %, "
        return f"{charge}{self.runtime:.0f} s"


@dataclass(frozen=True, slots=True)
class Turn:
    """Something new about a battery: whether it carries the load now, or what the UPS says is left (None: no news)."""

    at: float
    draining: bool | None = None
    charge: float | None = None
    runtime: float | None = None


class Battery:
    """A battery over time. `start` is what it has at 0; None: not known until the UPS says so."""

    def __init__(self, start: Level | None, turns: Iterable[Turn]) -> None:
        self._levels: list[Level] = []
        level, draining, charge = start, False, None
        for turn in turns:
            draining = draining if turn.draining is None else turn.draining
            charge = turn.charge if turn.charge is not None else charge
            now = level.later(turn.at) if level is not None else None
            runtime = turn.runtime if turn.runtime is not None else now.runtime if now is not None else None
            known = turn.charge if turn.charge is not None else now.charge if now is not None else charge
            level = None if runtime is None else Level(turn.at, known, runtime, draining)
            if level is not None:
                self._levels.append(level)
        if start is not None:
            self._levels.insert(0, start)

    def at(self, now: float) -> Level | None:
        """What is left at `now`, if that can be known."""
        before = [level for level in self._levels if level.at <= now]
        return before[-1].later(now) if before else None

    @property
    def empty(self) -> float | None:
        """When it has nothing left for the first time; None: never, or not known."""
        for number, level in enumerate(self._levels):
            end = level.at + level.runtime
            following = self._levels[number + 1].at if number + 1 < len(self._levels) else None
            if level.draining and (following is None or end <= following):
                return end
        return None
