"""Rows that come again and again in MIB files: by line or number, with bounds, and switches. There is no MIB of this
name.

    *each(3, Number("output.L#.current", UPS + ".4.4.1.3.#", 0.1, OUTPUT_3)),
    *watched("outlet.n.current", EPDU + ".6.4.1", 4, "d.n", LEVELS, CURRENT_ALARMS, "outlet.n.alarm"),
    *switches("outlet.n.load", EPDU + ".6.6.1", 3, "d.n"),

A `table` is the object of a table's entries, `column` the first of the columns that follow one another in it, `index`
what comes after the column.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wallnut.drivers.snmp.rows import NOT_NEGATIVE, WRITABLE, Alarm, Command, Number, Text

if TYPE_CHECKING:
    from wallnut.drivers.snmp.rows import Mark, Words

BOUNDS = ("low.warning", "low.critical", "high.warning", "high.critical")
SENSOR_BOUNDS = {
    "low.warning": 6,
    "low": 7,
    "low.critical": 7,
    "high.warning": 8,
    "high": 9,
    "high.critical": 9,
}
"""The columns of a sensor's bounds."""
ACTIONS = ("off", "on", "cycle")


def each(count: int, *rows: Number | Text | Alarm) -> tuple[Number | Text | Alarm, ...]:
    """These rows for 1, then for 2, up to `count`: the number takes the place of `#` in names and objects."""
    return tuple(
        replace(row, name=row.name.replace("#", str(number)), oid=row.oid.replace("#", str(number)))
        for number in range(1, count + 1)
        for row in rows
    )


def by_phase(name: str, oid: str, scale: float, one: Mark, three: Mark) -> tuple[Number | Text | Alarm, ...]:
    """A row of a device with one phase, named without the line (`input.voltage` for `input.L#-N.voltage`), and the rows
    of one with three; with the marks of either."""
    single = name.replace("L#-N.", "").replace("L#.", "")
    return (
        Number(single, oid.replace("#", "1"), scale, one),
        *each(3, Number(name, oid, scale, three)),
    )


def bounds(name: str, table: str, column: int, index: str) -> tuple[Number, ...]:
    """The four bounds of a value in thousandths, which can be set."""
    return tuple(
        Number(f"{name}.{bound}", f"{table}.{column + place}.{index}", 0.001, NOT_NEGATIVE | WRITABLE)
        for place, bound in enumerate(BOUNDS)
    )


def level(name: str, oid: str, levels: Words, alarms: Words, alarm: str = "ups.alarm") -> tuple[Text | Alarm, ...]:
    """Where a value stands between its bounds: as `.status`, and as an alarm."""
    return (Text(f"{name}.status", oid, words=levels), Alarm(oid, alarms, name=alarm))


def watched(
    name: str, table: str, column: int, index: str, levels: Words, alarms: Words, alarm: str = "ups.alarm"
) -> tuple[Number | Text | Alarm, ...]:
    """Where a value stands between its bounds, and these, in the columns after it."""
    return (
        *level(name, f"{table}.{column}.{index}", levels, alarms, alarm),
        *bounds(name, table, column + 1, index),
    )


def sensor(
    name: str, table: str, index: str, levels: Words, alarms: Words, names: str
) -> tuple[Number | Text | Alarm, ...]:
    """A sensor at a PDU, in tenths, with the bounds of these names."""
    return (
        *level(name, f"{table}.5.{index}", levels, alarms),
        Number(name, f"{table}.4.{index}", 0.1),
        *(
            Number(f"{name}.{bound}", f"{table}.{SENSOR_BOUNDS[bound]}.{index}", 0.1, NOT_NEGATIVE | WRITABLE)
            for bound in names.split()
        ),
    )


def switches(name: str, table: str, column: int, index: str) -> tuple[Command, ...]:
    """Off, on and cycle, which take the seconds until then: at once."""
    return tuple(
        Command(f"{name}.{action}", f"{table}.{column + place}.{index}", "0") for place, action in enumerate(ACTIONS)
    )


def delayed_switches(name: str, table: str, column: int, index: str) -> tuple[Command, ...]:
    """The same, after as many seconds as the user says."""
    return tuple(
        Command(f"{name}.{action}.delay", f"{table}.{column + place}.{index}") for place, action in enumerate(ACTIONS)
    )


def switch(name: str, oid: str) -> tuple[Command, ...]:
    """Off, on and cycle by one object, which takes 0, 1 or 2."""
    return tuple(Command(f"{name}.{action}", oid, str(value)) for value, action in enumerate(ACTIONS))
