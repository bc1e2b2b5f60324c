"""What a history answers, as objects of JSON and rows of CSV: for programs and spreadsheets.

Times are seconds since 1970; `time` and `day` say the same for people: UTC, and the day or month where it was asked.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, tzinfo
from enum import Enum
from typing import Any

from wallnut.history.battery import Battery
from wallnut.history.energy import Energy, Per
from wallnut.history.values import SECOND, Device, Event, Notice, Outage

Object = dict[str, Any]
TIMES = ("at", "start", "end", "earliest", "latest")
OUTAGE = ("time", "device", "seconds", "at_most", "test", "charge", "lowest_charge", "depth", "lowest_runtime")
EVENT = ("time", "type", "device", "host", "status", "seconds", "kind", "text")
ENERGY = ("day", "device", "kwh", "cost", "currency", "quality", "known", "watts", "basis")
"""Columns of tables."""


def moment(at: int) -> str:
    """A time, UTC, in ISO 8601."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def outage(one: Outage) -> Object:
    """A time on battery."""
    return {
        "time": moment(one.start),
        "device": str(one.device),
        "start": one.start / SECOND,
        "end": None if one.end is None else one.end / SECOND,
        "seconds": None if one.end is None else (one.end - one.start) / SECOND,
        "at_most": one.end is not None and not one.seen,
        "test": one.planned,
        "charge": one.charge,
        "lowest_charge": one.lowest_charge,
        "depth": one.depth,
        "lowest_runtime": one.lowest_runtime,
    }


def event(one: Event | Notice) -> Object:
    """A status, or what upsmon did."""
    found = dict.fromkeys(("time", "at", "type", "device", "host", "status", "until", "seconds", "kind", "text"))
    found |= {"time": moment(one.at), "at": one.at / SECOND, "device": str(one.device) if one.device else None}
    if isinstance(one, Notice):
        return {**found, "type": one.type.value, "host": one.host, "status": one.status, "kind": one.kind or None} | {
            "text": one.text
        }
    until = {} if one.until is None else {"until": one.until / SECOND, "seconds": (one.until - one.at) / SECOND}
    return {**found, "type": "status", "status": one.status, **until}


def energy(found: Energy, zone: tzinfo | None = None) -> list[Object]:
    """Its rows. `known` is the share of the time that is known, 0 to 1; days are those of the zone."""
    rows = []
    for row in found.rows:
        day = datetime.fromtimestamp(row.start / SECOND, zone).date().isoformat()
        rows.append(
            {
                "day": day if found.per is Per.DAY else day[:7],
                "device": str(found.device),
                "start": row.start / SECOND,
                "end": row.end / SECOND,
                "kwh": _rounded(row.kwh, 6),
                "cost": _rounded(found.cost(row), 6),
                "currency": found.currency or None,
                "quality": row.quality.value,
                "known": _rounded(row.share, 4),
                "watts": _rounded(row.watts, 3),
                "basis": ", ".join(part.basis for part in row.parts) or None,
            }
        )
    return rows


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def battery(found: Battery) -> Object:
    """All of it, by the names of its fields."""
    made = _plain(found)
    assert isinstance(made, dict)
    return made


def _plain(value: object, name: str = "") -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Device):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name), one.name) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if name in TIMES and isinstance(value, int):
        return value / SECOND
    return round(value, 6) if isinstance(value, float) else value


def table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:
    """Lines of CSV, the headings first. No text of a device's is a formula to a spreadsheet."""

    class Line:
        text = ""

        def write(self, text: str) -> object:
            self.text = text
            return None

    line = Line()
    write = csv.writer(line, lineterminator="\n").writerow
    write(columns)
    yield line.text
    for row in rows:
        write([_cell(row.get(name)) for name in columns])
        yield line.text


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
