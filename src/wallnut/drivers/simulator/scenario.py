"""Scenario files: what happens to the mains and the load, and when. docs/simulator.md describes them for users.

    0      load 35          # per cent
    0:30   mains off
    +2m    mains on
    10m    voltage 205
    1h     repeat

Pure: bytes in, events out. The line grammar is that of NUT's configuration files.
"""

from __future__ import annotations

from wallnut.proto.words import BadLine, file_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST = 1.0
"""Seconds that a scenario must take to be repeated."""
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}

# what can happen -> lowest and highest number that it takes, or the words, or None: any words
EVENTS: dict[str, tuple[float, float] | tuple[str, ...] | None] = {
    "mains": ("on", "off"),
    "voltage": (0.0, 1000.0),
    "frequency": (1.0, 1000.0),
    "load": (0.0, 200.0),
    "battery": (0.0, 100.0),
    "replace": ("on", "off"),
    "device": ("on", "off"),
    "command": None,
    "repeat": (),
}


class Event:
    """Something that happens `at` so many seconds after the start; `args` are the words behind its name."""

    __slots__ = ("args", "at", "what")

    def __init__(self, at: float, what: str, args: tuple[str, ...]) -> None:
        self.at, self.what, self.args = at, what, args

    def __repr__(self) -> str:
        return f"Event({self.at:g}, {self.what!r}, {self.args!r})"


def seconds(text: str) -> float | None:
    """A time: `90`, `90s`, `1.5h`, `2d`, `1:30` (minutes), `1:00:00` (hours); None where it is none."""
    parts = text.split(":")
    factor = 1.0
    if len(parts) == 1 and text[-1:].lower() in UNITS:
        factor = UNITS[text[-1:].lower()]
        parts = [text[:-1]]
    if len(parts) > 3 or not all(part.replace(".", "", 1).isdecimal() for part in parts):
        return None
    total = 0.0
    for part in parts:
        total = total * 60.0 + float(part)
    return total * factor


def read_scenario(data: bytes) -> tuple[list[Event], list[str]]:
    """The events of a file in their order, and what is wrong with its lines, each text beginning with the line."""
    events: list[Event] = []
    problems: list[str] = []
    now = 0.0
    for line, _, words in file_lines(data):
        if isinstance(words, BadLine):
            problems.append(f"{line}: {words.text}")
        elif words:
            relative = words[0].startswith("+")
            at = seconds(words[0].removeprefix("+"))
            problem = "" if at is not None else f"{words[0]} is no time such as 90, 1:30, 10m or +30"
            at = (at or 0.0) + (now if relative else 0.0)
            if not problem and at < now:
                problem = f"{words[0]} is before the line above"
            problem = problem or _check(words[1:])
            if problem:
                problems.append(f"{line}: {problem}")
                continue
            now = at
            events.append(Event(at, words[1].lower(), tuple(words[2:])))
    if any(event.what == "repeat" and event.at < SHORTEST for event in events):
        problems.append(f"a scenario that repeats must take at least {SHORTEST:g} s")
        events = [event for event in events if event.what != "repeat"]
    return events, problems


def _check(words: list[str]) -> str:
    """What is wrong with an event's words, "" where they are right."""
    if not words:
        return f"what happens is missing: {', '.join(EVENTS)}"
    what, args = words[0].lower(), words[1:]
    if what not in EVENTS:
        return f"{words[0]} is not one of {', '.join(EVENTS)}"
    allowed = EVENTS[what]
    if allowed is None:
        return "" if 1 <= len(args) <= 2 else f"{what} needs a command, and perhaps a value"
    if not allowed:
        return "" if not args else f"{what} stands alone"
    if isinstance(allowed[0], str):
        return "" if len(args) == 1 and args[0].lower() in allowed else f"{what} needs {' or '.join(map(str, allowed))}"
    try:
        fits = len(args) == 1 and float(allowed[0]) <= float(args[0]) <= float(allowed[1])
    except ValueError:
        fits = False
    return "" if fits else f"{what} needs a number from {allowed[0]:g} to {allowed[1]:g}"


class Player:
    """Walks through a scenario. `repeat` begins it again."""

    def __init__(self, events: list[Event]) -> None:
        self._events = events
        self._next = 0
        self._begun = 0.0

    def until(self, now: float) -> Iterator[tuple[float, Event]]:
        """The events up to a time, each with its own time; every one is given once."""
        while self._next < len(self._events):
            event = self._events[self._next]
            when = self._begun + event.at
            if when > now:
                return
            if event.what == "repeat":
                self._begun, self._next = when, 0
            else:
                self._next += 1
                yield when, event
