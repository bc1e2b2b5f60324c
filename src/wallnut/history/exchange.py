"""A history as lines of text, JSON or CSV, and back: for a backup, another database, a spreadsheet.

A line is a sample (level raw: `value`; null or empty: not known from then on), a bucket of the level minute or hour
(`low`, `mean`, `high`, `held` in seconds, and as `value` what it was at the end), or what upsmon did (level notice; its
text is the `value`, further fields are those of its socket). Times are seconds since 1970.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from wallnut.history import notices
from wallnut.history.reader import WIDTHS
from wallnut.history.store import History
from wallnut.history.values import LATEST, SECOND, Bucket, Device, HistoryError, Notice, Sample, short

NOTICE = ("host", "type", "kind", "status", "critical", "charge", "runtime")
COLUMNS = ("device", "variable", "level", "time", "value", "low", "mean", "high", "held", *NOTICE)
EARLIER = COLUMNS[: -len(NOTICE)]
"""Those of exports before there were notices."""
BATCH = 20_000

Record = dict[str, Any]
Put = Callable[[str], object]


def export_json(history: History, put: Put) -> int:
    """Write everything as JSON, an object a line; how many lines."""
    number = 0
    for record in _records(history):
        put(json.dumps(record, ensure_ascii=False) + "\n")
        number += 1
    return number


def export_csv(history: History, put: Put) -> int:
    """Write everything as CSV, after a line of headings; how many lines follow it. Texts stand in double quotes."""

    class Lines:
        def write(self, text: str) -> object:
            return put(text)

    lines = csv.writer(Lines(), quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    lines.writerow(COLUMNS)
    number = 0
    for record in _records(history):
        lines.writerow(["" if record.get(name) is None else record[name] for name in COLUMNS])
        number += 1
    return number


def _records(history: History) -> Iterator[Record]:
    """All that there is; hours first, samples last, which is the order in which it can be taken in."""
    database = history.database
    with database.reading():
        owners = {
            number: {"device": f"{name}@{server}", "variable": variable}
            for number, variable, name, server in database.rows(
                "SELECT s.id, s.variable, d.name, d.server FROM series s JOIN device d ON d.id = s.device"
            )
        }
        for level in ("hour", "minute"):
            for series, at, low, mean, high, held, last in database.stream(
                f"SELECT series, at, low, mean, high, held, last FROM {level} ORDER BY series, at"
            ):
                figures = {"value": short(last), "low": short(low), "mean": short(mean), "high": short(high)}
                yield {**owners[series], "level": level, "time": at / SECOND, **figures, "held": held / SECOND}
        for sql in (
            f"SELECT series, {database.raw_at}, value FROM raw",
            "SELECT series, at, value FROM texts ORDER BY series, at",
        ):
            for series, at, value in database.stream(sql):
                kept = value if isinstance(value, str) else short(value)
                yield {**owners[series], "level": "raw", "time": at / SECOND, "value": kept}
        for row in database.stream(f"SELECT {', '.join(notices.COLUMNS)} FROM notice ORDER BY at, mark"):
            yield _of_notice(notices.from_row(row))


def _of_notice(notice: Notice) -> Record:
    figures = {"charge": short(notice.charge), "runtime": short(notice.runtime)}
    texts = {"host": notice.host, "type": notice.type.value, "kind": notice.kind}
    known = {"status": notice.status, "critical": notice.critical, **figures}
    about = {"device": str(notice.device) if notice.device else "", "level": "notice", "time": notice.at / SECOND}
    return {
        **about,
        "value": notice.text,
        **texts,
        **{name: value for name, value in known.items() if value is not None},
    }


def import_json(history: History, lines: Iterable[str], now: int) -> tuple[int, int]:
    """Take in lines of JSON; how many, and how many of them were older than what is kept. Raises HistoryError naming
    the line; what came before it may be in."""
    return _take_in(history, _parsed(lines), now)


def _parsed(lines: Iterable[str]) -> Iterator[Record]:
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            raise HistoryError(f"line {number} is no JSON") from None
        if not isinstance(found, dict):
            raise HistoryError(f"line {number} is no object")
        yield found


def import_csv(history: History, lines: Iterable[str], now: int) -> tuple[int, int]:
    """The same for CSV with the headings of an export."""
    # numbers are not quoted, texts are: "12" is a text, 12 a number
    rows = csv.reader(lines, quoting=csv.QUOTE_NONNUMERIC)
    return _take_in(history, _from_csv(rows), now)


def _from_csv(rows: Iterator[list[Any]]) -> Iterator[Record]:
    columns = COLUMNS
    try:
        for number, row in enumerate(rows):
            if number == 0:
                columns = tuple(row)
                if columns not in (COLUMNS, EARLIER):
                    raise HistoryError(f"line 1 should be {','.join(COLUMNS)}")
                continue
            yield {name: None if value == "" else value for name, value in zip(columns, row, strict=True)}
    except (ValueError, csv.Error) as error:
        raise HistoryError(f"this is no CSV as it is exported: {error}") from None


def _take_in(history: History, records: Iterator[Record], now: int) -> tuple[int, int]:
    history.roll_up(now)
    samples: list[Sample] = []
    told: list[Notice] = []
    buckets: dict[str, list[tuple[Device, str, Bucket]]] = {"minute": [], "hour": []}
    number = old = 0
    for number, record in enumerate(records, 1):
        try:
            level, made = _made(record)
        except (KeyError, TypeError, ValueError, OverflowError):
            raise HistoryError(f"record {number} is none of a history: {json.dumps(record)[:200]}") from None
        if isinstance(made, Sample):
            samples.append(made)
        elif isinstance(made, Notice):
            told.append(made)
        else:
            buckets[level].append((Device.parse(str(record["device"])), str(record["variable"]), made))
        if number % BATCH == 0:
            old += _flush(history, samples, buckets, told)
    old += _flush(history, samples, buckets, told)
    history.roll_up(now)
    return number, old


def _flush(
    history: History, samples: list[Sample], buckets: dict[str, list[tuple[Device, str, Bucket]]], told: list[Notice]
) -> int:
    for level, rows in buckets.items():
        history.write_buckets(level, rows)
        rows.clear()
    old = history.write(samples)
    samples.clear()
    old += history.write_notices(told)
    told.clear()
    return old


def _made(record: Mapping[str, Any]) -> tuple[str, Sample | Bucket | Notice]:
    """A record's level, and what it is. Raises KeyError, TypeError, ValueError."""
    if record["level"] == "notice":
        said = {**record, "text": record["value"], "ups": record.get("device") or ""}
        notice = notices.parse_notice(said, str(record["host"]), {})
        if notice is None:
            raise ValueError(record["value"])
        return "notice", notice
    device, variable, level, at = record["device"], record["variable"], record["level"], round(record["time"] * SECOND)
    if not (isinstance(device, str) and isinstance(variable, str) and (device + variable).isprintable() and variable):
        raise ValueError(device)
    if not 0 <= at < LATEST:
        raise ValueError(at)
    value = record.get("value")
    if level == "raw":
        return level, Sample(Device.parse(device), variable, at, value if isinstance(value, str) else _number(value))
    low, mean, high = (_number(record.get(name)) for name in ("low", "mean", "high"))
    held = round(record["held"] * SECOND)
    if at % WIDTHS[level] or not 0 <= held <= WIDTHS[level] or (held > 0) != (None not in (low, mean, high)):
        raise ValueError(at)
    return level, Bucket(at, low, mean, high, held, _number(value))


def _number(value: object) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)
