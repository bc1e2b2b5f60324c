"""The history: samples written a second, beside plain inserts; a chart of a year; bytes a sample; lists, energy and
batteries of many devices and years."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from random import Random

from benchmarks.harness import Row, alternate, compare, spread
from benchmarks.peers import Load
from tests.support.postgres import postgres
from wallnut.history.battery import battery
from wallnut.history.energy import Per, energy
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
FLEET = [Device("localhost", f"ups{number}") for number in range(1000)]
CHANGES = 400
"""Changes of status of each of the fleet in ten years; an outage every tenth time."""
METERED = FLEET[:100]
"""Those with a year of hours of their load."""
TIMES = 9


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


# What pages ask


def past(load: Load) -> list[Row]:
    """All figures of lists, energy and batteries."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, postgres() as server:
        places = (("SQLite", f"sqlite://{folder}/past.db"), ("PostgreSQL", server.database()))
        rows = []
        for name, url in places:
            with open_history(url) as made:
                end = _live(made)
                rows += [Row(f"{what}, {name}", "ms", spread(_timed(ask))) for what, ask in _questions(made, end)]
        return rows


def _live(made: History) -> int:
    """Ten years of 1,000 devices, and a year of hours of 100; when it ends."""
    dice = Random(5)
    end = T0 + 10 * YEAR
    samples = []
    for device in FLEET:
        for number in range(CHANGES // 2):
            at = T0 + dice.randrange(10 * YEAR - HOUR)
            one, other = ("OB DISCHRG", "OL CHRG") if number % 10 == 0 else ("OL BOOST", "OL")
            samples += [Sample(device, "ups.status", at, one), Sample(device, "ups.status", at + 10 * MINUTE, other)]
    samples += [Sample(device, "ups.realpower.nominal", end, 900.0) for device in METERED]
    samples += _discharges(FLEET[0], end - YEAR)
    samples.sort(key=lambda sample: sample.at)
    for start in range(0, len(samples), 50_000):
        made.write(samples[start : start + 50_000])
    made.write([], dict.fromkeys(FLEET, end))
    made.roll_up(end)
    for device in METERED:
        first = end - YEAR
        made.write_buckets(
            "hour",
            [(device, "ups.load", Bucket(first + hour * HOUR, 10.5, 20.25, 30.5, HOUR, 20.5)) for hour in range(8760)],
        )
    return end


def _discharges(device: Device, start: int) -> Iterator[Sample]:
    """An outage a month down to 40 percent."""
    yield Sample(device, "battery.charge", start, 100.0)
    for month in range(12):
        at = start + month * 30 * DAY + HOUR
        yield Sample(device, "ups.status", at, "OB DISCHRG")
        yield Sample(device, "ups.realpower", at, 180.0)
        for percent in range(1, 61):
            yield Sample(device, "battery.charge", at + percent * 30 * SECOND, 100.0 - percent)
        yield Sample(device, "ups.status", at + 31 * MINUTE, "OL CHRG")
        yield Sample(device, "battery.charge", at + 5 * HOUR, 100.0)


def _questions(made: History, end: int) -> list[tuple[str, Callable[[], object]]]:
    """What is asked."""
    read, month = made.read, end - 30 * DAY
    several = [(device, "ups.load") for device in METERED[:5]]
    return [
        ("last 100 changes of 1,000 devices, 400,000 in ten years", lambda: read.log(T0, end, limit=100)),
        ("the 100 that are five years old", lambda: read.log(T0, end - 5 * YEAR, limit=100)),
        ("last 100 changes of one of them", lambda: read.log(T0, end, FLEET[:1], limit=100)),
        ("last 50 outages of all", lambda: read.outage_page(T0, end, limit=50)),
        ("all outages of a month", lambda: read.outages(month, end)),
        ("how much of what in a year, of all", lambda: read.counts(end - YEAR, end)),
        ("five devices' year on one axis, 1000 points", lambda: read.compare(several, end - YEAR, end, 1000)),
        ("kWh of a device's year, by days", lambda: energy(read, METERED[5], end - YEAR, end)),
        ("kWh of 100 devices' month", lambda: [energy(read, one, month, end, Per.MONTH) for one in METERED]),
        ("a battery after twelve discharges", lambda: battery(read, FLEET[0], end)),
    ]


def _timed(ask: Callable[[], object]) -> list[float]:
    """Milliseconds for a question, again and again."""
    ask()
    found = []
    for _ in range(TIMES):
        begin = time.perf_counter()
        ask()
        found.append((time.perf_counter() - begin) * 1000)
    return found
