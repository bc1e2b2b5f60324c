"""A dialect of the Q* protocols: questions with a sample of the reply, and typed rows that say what stands where.

    STATUS = Query(
        b"Q1\\r",
        b"(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000\\r",
        #01234567890123456789012345678901234567890123456
        (
            Row("input.voltage", Columns(1, 5), "%.1f"),
            Row("ups.status", Columns(38, 38), convert=bits.utility_fail, vital=True),
        ),
    )

Everything here is values. A converter is the only code: it takes the text that a row cut out and the `Unit` (unit.py),
which knows what else is known, and returns the value, or raises ValueError where the text makes no sense
(Never: it never will).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from wallnut.drivers.base import Option

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

Convert = Callable[[str, "Unit"], "str | float"]
"""A row's text as a value: a number is shown by the row's format, a text as it is, "" not at all."""
Fill = Callable[[str, "Unit"], str]
"""The value of a command or setting as what is put in the place of `%s` in its request."""
Only = Callable[["Unit"], bool]
"""Whether a device has a thing, by what else is known of it."""

STATUS, ALARM = "ups.status", "ups.alarm"

_NUMBER = re.compile(r"[0-9]{1,15}\.?[0-9]{0,15}|\.[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Columns:
    """The characters from `first` to `last`, both included, counted from 0; `last` None: to the end of the reply."""

    first: int
    last: int | None = None

    def cut(self, reply: str) -> str:
        """What stands there, without the carriage return."""
        return reply.partition("\r")[0][self.first :] if self.last is None else reply[self.first : self.last + 1]


@dataclass(frozen=True, slots=True)
class Word:
    """One of the words of a reply that follow its first character, counted from 0, with blanks between them; with
    `column` one character of it."""

    index: int
    column: int | None = None

    def cut(self, reply: str) -> str:
        """That word, "" where there are fewer."""
        words = reply.partition("\r")[0][1:].split()
        word = words[self.index] if self.index < len(words) else ""
        return word if self.column is None else word[self.column : self.column + 1]


class Never(ValueError):
    """A converter's word that this device has no such value: the row is not read again."""


class When(Enum):
    """How often a row is read."""

    ALWAYS = 0
    ONCE = 1
    """At the start."""
    CHANGED = 2
    """At the start, and after a command or a setting, which may have changed it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a variable can be set to: one of `choices`, a whole number in one of `ranges`, or else a text of at most
    `length` characters. Where the device decides, `ask` returns the limits that count for it."""

    choices: tuple[str, ...] = ()
    ranges: tuple[tuple[int, int], ...] = ()
    length: int = 0
    ask: Callable[[Unit], Limits] | None = None

    def of(self, unit: Unit) -> Limits:
        """The limits that count for a device."""
        return self.ask(unit) if self.ask else self

    def allow(self, value: str) -> bool:
        """Whether a value is within them."""
        if self.ranges:
            try:
                wanted = int(number(value))
            except ValueError:
                return False
            return any(low <= wanted <= high for low, high in self.ranges)
        if self.choices:
            return value.lower() in (choice.lower() for choice in self.choices)
        return not self.length or len(value) <= self.length


@dataclass(frozen=True, slots=True)
class Row:
    """One value in a reply.

    `name` is a variable of NUT's; `ups.status`: the converter says words to set or, with `!` before them, to clear
    ("OL", "!OL"; OB is no OL); `ups.alarm`: a text, "" for none; a name with no dot in it is no variable, but kept for
    converters (`Unit.value`). `format` is printf's, for numbers; "%s" text. `trim`: blanks and hashes around it go.
    `vital`: its question belongs to every poll, and the device is lost where it has no usable answer; others are asked
    every `pollfreq` seconds, and an answer without sense is passed over. `limits`: it can be set, by the Setting of
    its name. `unless` names a flag of ups.conf that leaves it out.
    """

    name: str
    at: Columns | Word
    format: str = "%s"
    convert: Convert | None = None
    when: When = When.ALWAYS
    vital: bool = False
    trim: bool = False
    limits: Limits | None = None
    unless: str = ""

    def read(self, reply: str, unit: Unit) -> str:
        """The value in a reply. Raises ValueError where there is none."""
        text = self.at.cut(reply)
        value: str | float = text.strip("# ") if self.trim else text
        if self.convert is not None:
            value = self.convert(text, unit)
        elif self.format != "%s":
            value = number(text)
        if isinstance(value, str):
            return value
        return self.format % value if self.format != "%s" else f"{value:g}"


@dataclass(frozen=True, slots=True)
class Query:
    """A question, and the rows of its reply.

    `sample` is what a device says (after `decode`): a reply has the same first character, and is not shorter
    (`shortest`: or so long; `lead`: or so begun, b"" for anything). `decode` makes the reply that the rows expect of
    the one that came, and raises ValueError. `unless` names a flag of ups.conf that leaves the question out; it is
    asked while `only` is true.
    `often`: it is asked at every poll, as what is vital, but no harm is done where the device is silent.
    """

    ask: bytes
    sample: bytes
    rows: tuple[Row, ...]
    shortest: int | None = None
    lead: bytes | None = None
    decode: Callable[[bytes, Unit], bytes] | None = None
    unless: str = ""
    only: Only | None = None
    often: bool = False

    def check(self, reply: bytes) -> None:
        """Raise ValueError where a reply cannot be one to this question."""
        shortest = len(self.sample) if self.shortest is None else self.shortest
        lead = self.sample[:1] if self.lead is None else self.lead
        if not reply.startswith(lead):
            raise ValueError(f"{reply!r} does not begin with {lead!r}")
        if len(reply) < shortest:
            raise ValueError(f"{reply!r} has {len(reply)} bytes, not {shortest}")

    @property
    def vital(self) -> bool:
        """Whether it belongs to every poll."""
        return any(row.vital for row in self.rows)

    def wants(self, when: When) -> bool:
        """Whether one of its rows is read so often."""
        return any(row.when is when for row in self.rows)

    def asked(self, ask: bytes) -> Query:
        """The same with another question."""
        return replace(self, ask=ask)

    def without(self, *names: str) -> Query:
        """The same without some rows."""
        return replace(self, rows=tuple(row for row in self.rows if row.name not in names))


@dataclass(frozen=True, slots=True)
class Command:
    """An instant command. `ask` is what is sent, with `%s` where `fill` puts something (of the value given, or else of
    `default`).

    A device that does it says nothing, or what the dialect accepts; one that knows no such command sends it back. With
    a `sample` it has to answer: as long, as begun, and between the columns `at` what the dialect accepts. `only`: the
    devices that have it. `first` is sent before, and has to be done too.
    """

    name: str
    ask: bytes
    fill: Fill | None = None
    default: str = ""
    sample: bytes = b""
    at: Columns = Columns(1, 3)
    unless: str = ""
    only: Only | None = None
    first: bytes = b""


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable that can be set, or with `once` a key of ups.conf that is carried out at the start.

    `ask`, `fill`, `sample`, `at` and `only` as in Command; with `ask` and without `once` it can be set where the device
    says its value. Without `ask` the variable lives in the driver: `default` is its
    value, `fill` gives the value that is kept of the one asked for. Without `limits` those of the row of its name
    count.
    """

    name: str
    ask: bytes = b""
    fill: Fill | None = None
    default: str = ""
    limits: Limits | None = None
    sample: bytes = b""
    at: Columns = Columns(1, 3)
    once: bool = False
    unless: str = ""
    only: Only | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """A protocol. `name` is what `protocol =` says, `title` what driver.version.data shows ("": nothing).

    `claim` says whether a device speaks it: names of rows whose value must be there, or a function of the Unit.
    `accepted` is what a device says of a command it does, `rejected` the whole reply to what it will not do.
    `encode` makes what is sent of a request, `decode` a reply of what came (ValueError: not one). `fixed` is always
    true of such devices; `begin` is called with the Unit after the first look at it. `options` are its own keys.
    """

    name: str
    title: str
    queries: tuple[Query, ...]
    commands: tuple[Command, ...] = ()
    settings: tuple[Setting, ...] = ()
    claim: tuple[str, ...] | Callable[[Unit], bool] = ()
    accepted: tuple[str, ...] = ("ACK",)
    rejected: bytes = b""
    encode: Callable[[bytes, Unit], bytes] | None = None
    decode: Callable[[bytes, Unit], bytes] | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)
    begin: Callable[[Unit], None] | None = None
    options: tuple[Option, ...] = ()

    def row(self, name: str) -> tuple[Query, Row]:
        """The first row of a name. Raises KeyError."""
        for query in self.queries:
            for row in query.rows:
                if row.name == name:
                    return query, row
        raise KeyError(name)


def number(text: str) -> float:
    """The number in a field. Raises ValueError where there is anything but one number and blanks."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is no number")
    return float(text)
