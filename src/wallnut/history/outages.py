"""Times on battery, from the changes of ups.status. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from wallnut.model.status import Status


class Spell(NamedTuple):
    """A time on battery; fields as in Outage."""

    start: int
    end: int | None
    seen: bool
    planned: bool


def outages_of(changes: Sequence[tuple[int, str | None]]) -> list[Spell]:
    """The times on battery of changes (time, status or None: not known), ascending.

    A time in which nothing is known ends none: the host that recorded may be among those that went down. What the UPS
    says afterwards decides whether it is over.
    """
    found: list[Spell] = []
    start: int | None = None
    planned, blind = True, False
    for at, text in changes:
        if text is None:
            blind = True
            continue
        status = Status.parse(text)
        if status.waiting:
            continue
        if status.on_battery:
            if start is None:
                start, planned = at, True
            planned = planned and (status.calibrating or status.testing)
        elif start is not None:
            found.append(Spell(start, at, not blind, planned))
            start = None
        blind = False
    if start is not None:
        found.append(Spell(start, None, False, planned))
    return found
