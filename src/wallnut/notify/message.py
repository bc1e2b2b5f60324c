"""What a service is handed: one text for one event or for several."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from wallnut.notify.event import Event, Severity


@dataclass(frozen=True, slots=True)
class Message:
    """A title of one line and a body with a line for each event. `good`: what matters most in it is an end."""

    title: str
    body: str
    severity: Severity
    good: bool = False


def compose(events: Sequence[Event], host: str, now: float) -> Message:
    """One message of events in order: what matters most, and of that the latest, makes the title.

    `host` says who tells; times are local, with the date where that is not today's (`now`).
    """
    _, number = max((event.severity, number) for number, event in enumerate(events))
    worst = events[number]
    more = f" (and {len(events) - 1} more)" if len(events) > 1 else ""
    today = time.localtime(now)[:3]
    dated = any(time.localtime(event.at)[:3] != today for event in events)
    lines = [f"{_when(event.at, dated)} {_line(event.text)}" for event in events]
    return Message(f"{host}: {_line(worst.text)}{more}", "\n".join(lines), worst.severity, worst.good)


def _when(at: float, dated: bool) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S" if dated else "%H:%M:%S", time.localtime(at))


def _line(text: str) -> str:
    """One line, whatever a server sent."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
