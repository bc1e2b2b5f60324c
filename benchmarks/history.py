"""The history: samples written a second, beside plain inserts; a chart of a year; bytes a sample."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable

from benchmarks.harness import Row, alternate, compare, spread
from benchmarks.peers import Load
from tests.support.postgres import postgres
from wallnut.history.store import History, open_history
from wallnut.history.values import DAY, HOUR, MINUTE, SECOND, Bucket, Device, Sample

T0 = 1_700_000_000 * SECOND // DAY * DAY
DEVICES = [Device("localhost", f"ups{number}") for number in range(500)]
VARIABLES = [f"outlet.{number}.power" for number in range(1, 21)]
PERIOD = 2 * SECOND
PERIODS = 5
"""Periods of two seconds, in each of which every variable of every device changes; a batch each."""
SAMPLES = len(DEVICES) * len(VARIABLES)
YEAR = 365 * DAY


def history(load: Load) -> list[Row]:
    """All figures."""
    rows = _ingest()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, postgres() as server:
        rows.append(_written("PostgreSQL by COPY", server.database, 50_000))
        places: tuple[tuple[str, str], ...] = (
            ("SQLite", f"sqlite://{folder}/chart.db"),
            ("PostgreSQL", server.database()),
        )
        for name, url in places:
            with open_history(url) as made:
                rows.append(_chart(name, made))
    return rows


def _batches(start: int) -> list[list[Sample]]:
    """Samples as they come in: all devices, every two seconds."""
    return [
        [
            Sample(device, variable, start + period * PERIOD + number, 100.5 + (period * 7 + number) % 50)
            for number, device in enumerate(DEVICES)
            for variable in VARIABLES
        ]
        for period in range(PERIODS)
    ]


def _write(history: History, start: int) -> float:
    """Samples a second into a history that knows the devices."""
    batches = _batches(start)
    begin = time.perf_counter()
    for batch in batches:
        history.write(batch)
    return SAMPLES * PERIODS / (time.perf_counter() - begin)


def _ingest() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = f"{folder}/history.db"
        with open_history(f"sqlite://{path}") as made:
            _write(made, T0)
            plain = sqlite3.connect(f"{folder}/plain.db", isolation_level=None)
            plain.execute("PRAGMA journal_mode = WAL")
            plain.execute("PRAGMA synchronous = FULL")
            plain.execute("CREATE TABLE sample (series INTEGER, at INTEGER, value REAL)")
            starts = iter(range(T0 + MINUTE, T0 + YEAR, MINUTE // 2))
            ours, peer = alternate(lambda: _write(made, next(starts)), lambda: _plain(plain))
            plain.close()
            row = compare(
                "samples written, 500 devices with 20 values each, every 2 s, on SQLite",
                "samples/s",
                "plain executemany into one table",
                ours,
                peer,
                higher_is_better=True,
            )
            asked = Row("the same by itself", "samples/s", spread(ours), at_least=20_000)
            now = T0 + DAY
            begin = time.perf_counter()
            made.roll_up(now)
            taken = time.perf_counter() - begin
            raw = made.read.levels()[0].rows
            made.database.run("PRAGMA wal_checkpoint(TRUNCATE)")
            rolled = Row("samples rolled up to minutes and hours", "samples/s", spread([raw / taken]))
            made.database.run("DELETE FROM minute")
            made.database.run("DELETE FROM hour")
            made.database.run("VACUUM")
            size = os.path.getsize(path) / raw
    return [row, asked, rolled, Row("a sample in the file", "bytes", spread([size]))]


def _plain(db: sqlite3.Connection) -> float:
    """Samples a second into a table without keys, of rows that are ready."""
    rows = [[(number, T0 + period, 100.5) for number in range(SAMPLES)] for period in range(PERIODS)]
    begin = time.perf_counter()
    for batch in rows:
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO sample VALUES (?, ?, ?)", batch)
        db.execute("COMMIT")
    return SAMPLES * PERIODS / (time.perf_counter() - begin)


def _written(name: str, make: Callable[[], str], asked: int) -> Row:
    with open_history(make()) as made:
        _write(made, T0)
        found = [_write(made, T0 + number * MINUTE) for number in range(1, 6)]
    return Row(f"samples written, as above, on {name}", "samples/s", spread(found), at_least=asked)


def _chart(name: str, made: History) -> Row:
    """A year of one of 20 devices, in a thousand points; the present hours in samples every two seconds."""
    for device in DEVICES[:20]:
        rows = [
            (device, "ups.load", Bucket(T0 + hour * HOUR, 10.5, 20.25, 30.5, HOUR, 20.5)) for hour in range(365 * 24)
        ]
        made.write_buckets("hour", rows)
    end = T0 + YEAR
    made.write(
        [
            Sample(device, "ups.load", end + at, 20.0 + at % 7)
            for device in DEVICES[:20]
            for at in range(0, 90 * MINUTE, PERIOD)
        ]
    )
    made.roll_up(end + 90 * MINUTE)
    found = []
    for device in DEVICES[:20]:
        begin = time.perf_counter()
        series = made.read.series(device, "ups.load", T0, end + 90 * MINUTE, 1000)
        found.append((time.perf_counter() - begin) * 1000)
        assert len(series.points) > 850
    return Row(f"a chart of a year out of {name}, 1000 points", "ms", spread(found), at_most=50)
