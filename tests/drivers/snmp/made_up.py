"""A device made up for any MIB, from its rows: every object has a value, of the kind that the row expects.

It proves nothing about real devices, but that two drivers make the same of every object; and it plays the MIBs of which
no recording of a real device can be kept.
"""

from __future__ import annotations

from wallnut.drivers.snmp.plan import place
from wallnut.drivers.snmp.rows import INPUT_3, NEXT, OUTPUT_3, Command, Conditions, Fixed, Mib, Number, Row, Text
from wallnut.proto.snmp import INTEGER, OCTETS, OID, Value

COUNTS = ("outlet.count", "outlet.group.count", "ambient.count")
MANY = 2
"""Outlets, groups and sensors."""


def whole(mib: Mib) -> dict[str, Value]:
    """The device that shows most: three phases where there can be three; units of a chain numbered from 0, where C
    finds them."""
    three = any(mark in row.marks for row in mib.rows for mark in (INPUT_3, OUTPUT_3))
    chained = any(row.name == "device.count" for row in mib.rows)
    return device(mib, phases=3 if three else 1, base=0 if chained else 1)


def device(mib: Mib, phases: int = 1, turn: int = 0, base: int = 1) -> dict[str, Value]:
    """The objects of a device: `phases` in and out; `turn` is which of a table's words it says; chained devices are
    numbered from `base`."""
    said: dict[str, Value] = {
        "1.3.6.1.2.1.1.1.0": Value(OCTETS, b"A card for tests"),
        "1.3.6.1.2.1.1.2.0": Value(OID, mib.ids[0]),
        "1.3.6.1.2.1.1.3.0": Value(INTEGER, 4711),
    }
    if mib.probe:
        said[place(mib.probe, base, base)] = Value(OCTETS, b"proof")
    tables = _tables(mib)
    for seed, row in enumerate(mib.rows):
        if isinstance(row, Fixed):
            continue
        for number in range(1, MANY + 1) if "n" in row.oid.split(".") else (0,):
            oid = place(row.oid, base, number + (NEXT in row.marks))
            if oid not in said or oid == place(mib.probe, base, base):
                said[oid] = _value(row, tables[row.oid], seed + number, phases, turn)
            if isinstance(row, Conditions):
                table = row.table.rpartition(".")[0]
                said |= {f"{table}.1.{n}": Value(INTEGER, n) for n in range(1, len(row.meanings) + 1)}
                said |= {f"{row.table}.{n}": Value(OID, name) for n, name in enumerate(row.meanings, 1)}
    return said


def _tables(mib: Mib) -> dict[str, list[int]]:
    """By object: the numbers that all its rows have words for."""
    found: dict[str, list[int]] = {}
    for row in mib.rows:
        if isinstance(row, Fixed):
            continue
        words = None if isinstance(row, Command | Conditions) or callable(row.words) else row.words
        known = found.get(row.oid)
        mine = list(words or ())
        found[row.oid] = [one for one in known if not mine or one in mine] if known else mine
    return found


def _value(row: Row, words: list[int], seed: int, phases: int, turn: int) -> Value:
    if row.name.endswith(".phases"):
        return Value(INTEGER, phases)
    if row.name in COUNTS:
        return Value(INTEGER, MANY)
    if isinstance(row, Conditions):
        return Value(INTEGER, len(row.meanings))
    if row.name == "device.count":
        return Value(OCTETS, b"0") if isinstance(row, Number) and callable(row.words) else Value(INTEGER, 1)
    if words:
        return Value(INTEGER, words[(turn + seed) % len(words)])
    if isinstance(row, Text) and callable(row.words):
        return Value(OCTETS, b"06/25/2015")
    if isinstance(row, Text):
        return Value(OCTETS, f"{row.name.rpartition('.')[2][: row.length - 2]}{seed % 100}".encode())
    return Value(INTEGER, 1 + seed * 7 % 900)
