"""What a MIB file is made of: rows that say which object of the agent is which variable, status word, alarm or command.

    MIB = Mib(
        "ietf", "1.54",
        rows=(
            *SYSTEM,
            Text("ups.model", UPS + "1.2.0", ONCE),
            Number("input.voltage", UPS + "3.3.1.3.1", 1, INPUT_1),
            Status(UPS + "4.1.0", SOURCES),
            Command("load.off.delay", UPS + "8.2.0", "20"),
        ),
        ids=("1.3.6.1.2.1.33",),
    )

Names are NUT's, as docs/variables.md has them: `outlet.n.current`, `outlet.group.n.status` and `ambient.n.humidity` are
one row for all of them; a name that begins with `_` is for converters only, and not published. In an object's name the
parts `n` (number of the outlet, group or sensor) and `d` (number of the chained device) stand for numbers:
"1.3.6.1.4.1.534.6.6.7.6.1.1.3.d.n". A row whose object the device has not is left out. Of several rows with one name
the last one that answers counts, but see SOLE.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Flag, auto

Words = Mapping[int, str]
Convert = Callable[[str, Mapping[str, str]], str | None]
"""A named converter: what the device says (a number: after scaling), and what is known of the same device by name, in
the order of the rows -> what is published; None: nothing."""


class Mark(Flag):
    """What is special about a row."""

    ONCE = auto()
    """Read when the device is opened, never again."""
    SELDOM = auto()
    """Read every `semistaticfreq` polls."""
    SOLE = auto()
    """Where this row answers, the others of its name are not asked."""
    NOT_NEGATIVE = auto()
    """A number below 0 means: there is none."""
    NOT_ZERO = auto()
    """0 means: there is none."""
    NOT_NA = auto()
    """A text that begins with "N/A" means: there is none."""
    WRITABLE = auto()
    """It can be set."""
    MASTER = auto()
    """Of chained devices only the first has it."""
    INPUT_1 = auto()
    """Only where input.phases is 1; and so on."""
    INPUT_3 = auto()
    OUTPUT_1 = auto()
    OUTPUT_3 = auto()
    BYPASS_1 = auto()
    BYPASS_3 = auto()
    NEXT = auto()
    """A command whose `n` counts from one more than the outlet's number."""


ONCE, SELDOM, SOLE = Mark.ONCE, Mark.SELDOM, Mark.SOLE
NOT_NEGATIVE, NOT_ZERO, NOT_NA = Mark.NOT_NEGATIVE, Mark.NOT_ZERO, Mark.NOT_NA
WRITABLE, MASTER, NEXT = Mark.WRITABLE, Mark.MASTER, Mark.NEXT
INPUT_1, INPUT_3 = Mark.INPUT_1, Mark.INPUT_3
OUTPUT_1, OUTPUT_3 = Mark.OUTPUT_1, Mark.OUTPUT_3
BYPASS_1, BYPASS_3 = Mark.BYPASS_1, Mark.BYPASS_3
PLAIN = Mark(0)

PHASES = {
    INPUT_1: ("input", 1),
    INPUT_3: ("input", 3),
    OUTPUT_1: ("output", 1),
    OUTPUT_3: ("output", 3),
    BYPASS_1: ("input.bypass", 1),
    BYPASS_3: ("input.bypass", 3),
}
"""Whose `.phases` must be how many."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number: what the device says times `scale`; or its word in `words`, where there is one."""

    name: str
    oid: str
    scale: float = 1
    marks: Mark = PLAIN
    words: Words | Convert | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text; a number as it is. With `words` only what is in them is published, and they are what it can be set to;
    otherwise a writable one takes `length` characters."""

    name: str
    oid: str
    marks: Mark = PLAIN
    words: Words | Convert | None = None
    length: int = 128


@dataclass(frozen=True, slots=True)
class Fixed:
    """A value that no object tells. A WRITABLE one is kept by the driver (`ups.delay.shutdown`). In the value of an
    `outlet.n...` row `{n}` is the outlet's number."""

    name: str
    value: str
    marks: Mark = PLAIN
    length: int = 128


@dataclass(frozen=True, slots=True)
class Status:
    """Words for ups.status; "" says nothing."""

    oid: str
    words: Words
    marks: Mark = PLAIN
    name: str = field(default="ups.status", kw_only=True)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A text for ups.alarm; "" says nothing. `name` tells what has it: ups.alarm, L1.alarm, outlet.n.alarm,
    outlet.group.n.alarm (all these are named in the text), ambient.n.alarm."""

    oid: str
    words: Words
    marks: Mark = PLAIN
    name: str = field(default="ups.alarm", kw_only=True)


@dataclass(frozen=True, slots=True)
class Conditions:
    """A table whose rows point at the alarms that are on: object name -> word for ups.status and text for ups.alarm,
    either may be "". `oid` is the number of alarms, `table` where they are listed."""

    oid: str
    table: str
    meanings: Mapping[str, tuple[str, str]]
    marks: Mark = PLAIN
    name: str = field(default="ups.alarms", kw_only=True)


@dataclass(frozen=True, slots=True)
class Command:
    """An instant command: set the object to `value`, or to what the user says (None: the user must). It goes out as
    the type that the object has."""

    name: str
    oid: str
    value: str | None = None
    marks: Mark = PLAIN


Row = Number | Text | Fixed | Status | Alarm | Conditions | Command
Reading = Number | Text | Status | Alarm | Conditions


@dataclass(frozen=True, slots=True)
class Mib:
    """A MIB: NUT's `name` and version for it, its rows; `ids`: values of sysObjectID of its devices; `probe`: an object
    that only they have, for those that do not tell their model."""

    name: str
    version: str
    rows: tuple[Row, ...]
    ids: tuple[str, ...] = ()
    probe: str = ""

    def model(self) -> str:
        """The object whose answer proves that the device is of this MIB; "" for none."""
        for name in ("device.model", "ups.model"):
            for row in self.rows:
                if isinstance(row, Number | Text) and row.name == name:
                    return row.oid
        return self.probe


SYSTEM = (
    Text("device.description", "1.3.6.1.2.1.1.1.0", WRITABLE),
    Text("device.contact", "1.3.6.1.2.1.1.4.0", WRITABLE),
    Text("device.location", "1.3.6.1.2.1.1.6.0", WRITABLE),
)
"""MIB-2's system group (RFC 3418), which most MIB files begin with."""
