"""What a history holds, as values. All times are whole milliseconds since 1970, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

from wallnut.model import names
from wallnut.model.errors import NutError

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

LONGEST_TEXT = 512
"""Characters of a text that are kept."""
LATEST = 1 << 50
"""Milliseconds; a time beyond it is none."""


class HistoryError(NutError):
    """The store cannot be opened, read or written. `passing` tells whether it may be better soon."""

    def __init__(self, text: str, *, passing: bool = False) -> None:
        self.passing = passing
        super().__init__(text)


@dataclass(frozen=True, slots=True, order=True)
class Device:
    """A UPS by its name and its server's, `host[:port]`."""

    server: str
    name: str

    def __str__(self) -> str:
        return f"{self.name}@{self.server}"

    @classmethod
    def parse(cls, text: str) -> Device:
        """Read `name@server`; without a server it is localhost."""
        name, _, server = text.partition("@")
        return cls(server or "localhost", name)


@dataclass(frozen=True, slots=True)
class Sample:
    """From `at` on the variable has that value, until its next sample; None: it is not known from then on."""

    device: Device
    variable: str
    at: int
    value: float | str | None


class Bucket(NamedTuple):
    """A number's course in one minute or hour in which there were samples.

    `low`, `mean` (weighted by time) and `high` are those of the `held` milliseconds in which it was known, None when
    there were none; `last` is its value at the end, which goes on until the next bucket.
    """

    at: int
    low: float | None
    mean: float | None
    high: float | None
    held: int
    last: float | None


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a chart: between `at` and `at + step` of its series; all None: it was not known."""

    at: int
    low: float | None
    mean: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """What a chart shows. `source` is raw, minute or hour. With `step` 0 the points are the samples themselves, each of
    which holds until the next one; else one for each `step` milliseconds of which anything is known. `end` is up to
    when anything is known, at most the end that was asked for."""

    source: str
    step: int
    end: int
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """From `at` to `until` (None: still) a device's ups.status was `status`; None: it was not known."""

    device: Device
    at: int
    until: int | None
    status: str | None


@dataclass(frozen=True, slots=True)
class Outage:
    """A time on battery, from `start` to `end` (None: still on battery, as far as is known).

    `planned`: the UPS was testing or calibrating all the time. `seen`: the end was seen; otherwise `end` is when it was
    heard of again, back on mains. `charge` is that of the beginning and `lowest_charge` the lowest, in percent,
    `lowest_runtime` is in seconds; None where the UPS does not tell.
    """

    device: Device
    start: int
    end: int | None
    seen: bool
    planned: bool
    charge: float | None
    lowest_charge: float | None
    lowest_runtime: float | None

    @property
    def depth(self) -> float | None:
        """How much of the charge was spent, in percent of a full battery."""
        if self.charge is None or self.lowest_charge is None:
            return None
        return max(0.0, self.charge - self.lowest_charge)


class NoticeType(Enum):
    """What upsmon did: told somebody, or decided to act or not to."""

    NOTIFICATION = "notification"
    DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Notice:
    """What upsmon of `host` told or decided, as its socket says it (docs/why.md).

    `device` is None for what is about the host. `kind` is the notification type (ONBATT...), "" for a decision. Further
    on what was known of the UPS just then, each where it is: `critical` is the rule by which it was.
    """

    host: str
    device: Device | None
    at: int
    type: NoticeType
    kind: str
    text: str
    status: str | None = None
    critical: str | None = None
    charge: float | None = None
    runtime: float | None = None


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in a list that begins with the newest; as text, for an address: `str()`, `parse()`."""

    at: int
    rank: int
    number: int

    def __str__(self) -> str:
        return f"{self.at}-{self.rank}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read it. Raises ValueError."""
        words = text.split("-")
        if len(words) != 3 or not all(word.isascii() and word.isdecimal() and len(word) < 19 for word in words):
            raise ValueError(f"'{text}' is no place in a list")
        return cls(*map(int, words))


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, the newest first. `next`: what to ask before for the following part; None: this is the last."""

    items: tuple[T, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Count:
    """What happened to a device in a time: changes of ups.status, outages, tests and calibrations on battery, how many
    milliseconds it was on battery (tests, too; as far as known), notifications."""

    events: int = 0
    outages: int = 0
    tests: int = 0
    on_battery: int = 0
    notifications: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """A variable of a comparison: a figure for each of its times; None: nothing was known."""

    device: Device
    variable: str
    low: tuple[float | None, ...]
    mean: tuple[float | None, ...]
    high: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Several variables on one time axis: `times`, `step` milliseconds apart, each the beginning of a step. `source` is
    raw, minute or hour; `end` as in Series."""

    source: str
    step: int
    end: int
    times: tuple[int, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Keep:
    """How long each kind is kept, in milliseconds."""

    raw: int = 7 * DAY
    minutes: int = 60 * DAY
    hours: int = 3650 * DAY
    texts: int = 3650 * DAY


def parsed(name: str, text: str) -> float | str:
    """A variable's value as it is kept: numbers as such, where the catalogue knows the variable as one or the text is
    just how a number is written (no leading zeros: those are serial numbers and the like)."""
    known = names.value(name, text)
    if isinstance(known, bool):
        return kept(text)
    if isinstance(known, str):
        if names.describe(name) is not None or not _is_plain_number(text):
            return kept(text)
        known = float(text)
    return float(known) if abs(known) < 1e300 else kept(text)


def kept(text: str, longest: int = LONGEST_TEXT) -> str:
    """A text as every database takes it."""
    return text[:longest].replace("\0", "?").encode("utf-8", "replace").decode()


def _is_plain_number(text: str) -> bool:
    digits = text.removeprefix("-")
    whole, point, fraction = digits.partition(".")
    if len(text) > 15 or not (whole.isascii() and whole.isdigit()) or (len(whole) > 1 and whole[0] == "0"):
        return False
    return fraction.isascii() and fraction.isdigit() if point else True


def short(value: float | None) -> float | int | None:
    """A number without a fraction as an integer, which takes fewer bytes."""
    return int(value) if value is not None and value == value // 1 and abs(value) < 1e15 else value
