"""A history: samples go in, charts and outages come out. The same whatever the database is.

    with open_history("sqlite:///var/lib/nut/history.db") as history:
        history.write([Sample(device, "ups.load", at, 23.0)])
        history.read.series(device, "ups.load", at - DAY, at)

Minutes and hours are made of the samples (`roll_up`), for those only in which there were samples; what is old is
pruned (`prune`). A minute's row says what the value was at its end: a value that does not change costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import attrgetter
from types import TracebackType

from wallnut.history import rollup
from wallnut.history.catalogue import NUMBER, TEXT, Catalogue, Known
from wallnut.history.database import Database
from wallnut.history.notices import COLUMNS, to_row
from wallnut.history.reader import Reader
from wallnut.history.rollup import Number
from wallnut.history.values import HOUR, MINUTE, Bucket, Device, HistoryError, Keep, Notice, Sample
from wallnut.model.errors import ConfigError

SLICE = 10 * MINUTE
"""How much is rolled up at a time."""
MANY = 20_000
"""Minutes that are made in one transaction."""
QUIET_MINUTES, QUIET_HOURS = 10 * MINUTE, 2 * HOUR
"""Who was not heard for so long says no more about its present minute or hour: it is made as it is."""
WITHOUT_END = 1 << 62
ADVICE = (
    "Run this as the user to whom it belongs, or name another place:"
    " sqlite:///home/ME/history.db, with --url or as url in [history] of wallnut.toml"
)


def open_history(url: str) -> History:
    """The history at `sqlite:///absolute/path` or `postgresql://...` (as libpq takes it).

    Raises ConfigError for any other address, HistoryError where it cannot be opened.
    """
    scheme, colon, path = url.partition("://")
    if scheme == "sqlite" and path.startswith("/") and not path.endswith("/"):
        from wallnut.history.sqlite import Sqlite, unwritable

        if trouble := unwritable(path):
            raise HistoryError(f"{url}: {trouble}. {ADVICE}")
        return History(Sqlite(path))
    if scheme in ("postgresql", "postgres") and colon:
        from wallnut.history.postgres import Postgres

        return History(Postgres(url))
    shown = url if "@" not in url else f"{scheme}://..."
    raise ConfigError(f"'{shown}' is no history: write sqlite:///var/lib/nut/history.db or postgresql://...")


class History:
    """A history in a database. Used by one thread at a time; any number may be open."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._catalogue = Catalogue(database)
        self.read = Reader(database, self._catalogue)

    def __enter__(self) -> History:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where it is, without a password."""
        return self._db.url

    @property
    def database(self) -> Database:
        """What it is in."""
        return self._db

    def size(self) -> int:
        """Bytes that it takes."""
        return self._db.size()

    def close(self) -> None:
        """Close it."""
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[dict[Device, Known]]:
        """A transaction with the devices; what of them changes is written."""
        try:
            with self._db.writing():
                self._catalogue.learn()
                devices = self._catalogue.devices()
                before = {known.id: known.marks() for known in devices.values()}
                yield devices
                changed = [known for known in devices.values() if before.get(known.id) != known.marks()]
                if changed:
                    self._catalogue.mark(changed)
        except BaseException:
            self._catalogue.forget()
            raise

    # Writing

    def write(self, samples: Sequence[Sample], heard: Mapping[Device, int] | None = None) -> int:
        """Take samples in, in any order, all or none; of two for the same time the later one counts. `heard` says up to
        when devices are known to be as they were said to be. Returns how many were older than what is kept."""
        with self._writing() as devices:
            horizons = self.read.horizons()
            old = [one for one in samples if one.at < horizons["text" if isinstance(one.value, str) else "raw"]]
            if old:
                gone = set(map(id, old))
                samples = [one for one in samples if id(one) not in gone]
            self._take_in(samples, devices)
            for device, at in (heard or {}).items():
                known = devices.get(device)
                if known is not None:
                    known.hear(at)
        return len(old)

    def _take_in(self, samples: Sequence[Sample], devices: dict[Device, Known]) -> None:
        numbers: dict[tuple[int, int], float | None] = {}
        texts: dict[tuple[int, int], str | None] = {}
        ids: dict[tuple[Device, str], list[int]] = {}
        latest: dict[Device, int] = {}
        first: dict[int, int] = {}
        for sample in sorted(samples, key=attrgetter("at")):  # "not known any more" comes after what is
            device, at, value = sample.device, sample.at, sample.value
            if at > latest.get(device, -1):
                latest[device] = at
            key = device, sample.variable
            pair = ids.get(key)
            if pair is None:
                pair = ids[key] = self._pair(device, sample.variable, at, devices)
            if isinstance(value, str):
                pair[1] = pair[1] or self._catalogue.add_series(devices[device].id, sample.variable, TEXT)
                texts[pair[1], at] = value
                if pair[0]:
                    numbers[pair[0], at] = None
                continue
            if value is not None:
                pair[0] = pair[0] or self._catalogue.add_series(devices[device].id, sample.variable, NUMBER)
            if pair[0]:
                numbers[pair[0], at] = value
            if pair[1]:
                texts[pair[1], at] = None
        for device, at in latest.items():
            devices[device].hear(at)
        if numbers:
            for series, at in numbers:
                if at < first.get(series, WITHOUT_END):
                    first[series] = at
            for (device, _), (series, _) in ids.items():
                devices[device].lower(first.get(series, WITHOUT_END))
            self._db.put_raw([(series, at, value) for (series, at), value in numbers.items()])
        if texts:
            self._db.put_texts([(series, at, text) for (series, at), text in texts.items()])

    def _pair(self, device: Device, variable: str, at: int, devices: dict[Device, Known]) -> list[int]:
        """The series of a variable's numbers and of its texts, 0 where there is none."""
        known = devices.get(device)
        if known is None:
            known = devices[device] = self._catalogue.add(device, at)
        return [self._catalogue.learnt(known.id, variable, kind) for kind in (NUMBER, TEXT)]

    def write_notices(self, notices: Sequence[Notice]) -> int:
        """Take in what upsmon did; what is there already changes nothing. Returns how many were older than what is
        kept."""
        with self._db.writing():
            horizon = self.read.horizons()["text"]
            rows = [to_row(one) for one in notices if one.at >= horizon]
            marks = ", ".join("?" * len(COLUMNS))
            names = ", ".join(COLUMNS)
            self._db.many(f"INSERT INTO notice ({names}) VALUES ({marks}) ON CONFLICT (at, mark) DO NOTHING", rows)
        return len(notices) - len(rows)

    def write_buckets(self, level: str, rows: Sequence[tuple[Device, str, Bucket]]) -> None:
        """Take in minutes or hours that were made elsewhere, of a time from before all samples of their devices."""
        with self._writing() as devices:
            made: dict[tuple[int, int], Bucket] = {}
            for device, variable, bucket in rows:
                known = devices.get(device)
                if known is None:
                    known = devices[device] = self._catalogue.add(device, bucket.at)
                made[self._catalogue.add_series(known.id, variable, NUMBER), bucket.at] = bucket
                after = bucket.at + (MINUTE if level == "minute" else HOUR)
                known.heard = max(known.heard, bucket.at + max(bucket.held - 1, 0))
                known.minute_to = max(known.minute_to, after)
                if level == "hour":
                    known.hour_to = max(known.hour_to, after)
            if made:
                self._db.put_buckets(level, [(series, bucket) for (series, _), bucket in made.items()])

    def resume(self, chosen: Iterable[Device]) -> None:
        """Recording begins again: what these devices were since they were heard last is not known."""
        with self._writing() as devices:
            horizons = self.read.horizons()
            for known in [devices[device] for device in chosen if device in devices]:
                at = known.heard + 1
                texts = [
                    (series, at, None)
                    for variable, kind, series in self._catalogue.of(known.id)
                    if kind == TEXT and self.read.text_before(known, variable, at) is not None
                ]
                numbers = [
                    series
                    for variable, kind, series in self._catalogue.of(known.id)
                    if kind == NUMBER and self.read.number_before(known, variable, at) is not None
                ]
                if texts:
                    self._db.put_texts(texts)
                if numbers:
                    self._end(known, numbers, at, horizons)

    def _end(self, known: Known, numbers: list[int], at: int, horizons: Mapping[str, int]) -> None:
        """Say that numbers are not known any more, at the finest level that still reaches back to that time."""
        if at >= horizons["raw"]:
            self._db.put_raw([(series, at, None) for series in numbers])
            known.lower(at)
            return
        level, width = ("minute", MINUTE) if at >= horizons["minute"] else ("hour", HOUR)
        after = -(-at // width) * width  # the one before is made, and what it was made of is pruned
        self._db.put_buckets(level, [(series, Bucket(after, None, None, None, 0, None)) for series in numbers])
        known.heard = after + width - 1
        if level == "minute":
            known.minute_to = max(known.minute_to, after + MINUTE)
            known.hour_to = min(known.hour_to, after // HOUR * HOUR)
        else:
            known.minute_to, known.hour_to = (max(mark, after + HOUR) for mark in (known.minute_to, known.hour_to))

    # Rolling up

    def roll_up(self, now: int) -> None:
        """Make the minutes and hours that are over."""
        while self._roll_minutes(now):
            pass
        self._roll_hours(now)

    def _roll_minutes(self, now: int) -> bool:
        """Make so many minutes as go well into one transaction; False: there are no more."""
        with self._writing() as devices:
            made = 0
            while made < MANY:
                late = {
                    known.id: (known, target)
                    for known in devices.values()
                    if known.minute_to < (target := _minutes_of(known, now))
                }
                if not late:
                    return False
                made += self._roll_slice(late)
            return True

    def _roll_slice(self, late: Mapping[int, tuple[Known, int]]) -> int:
        """Make the next minutes of devices that lack some; how many."""
        start = min(known.minute_to for known, _ in late.values())
        first = self._db.first_raw(start)
        start = WITHOUT_END if first is None else max(start, first)
        end = start + SLICE
        rows = list(self._made(late, start, end))
        if rows:
            self._db.put_buckets("minute", rows)
        for known, target in late.values():
            known.minute_to = max(known.minute_to, min(target, end))
        return len(rows)

    def _made(self, late: Mapping[int, tuple[Known, int]], start: int, end: int) -> Iterator[tuple[int, Bucket]]:
        """The minutes of a slice that have samples."""
        owners = self._catalogue.owners()
        carries: dict[int, Number] = {}
        for (series, minute), group in groupby(
            self._db.raw_between(start, end) if start < WITHOUT_END else (),
            lambda row: (row[0], row[1] // MINUTE * MINUTE),
        ):
            known, target = late.get(owners.get(series, 0), (None, 0))
            if known is None or minute >= target:
                continue
            if series not in carries:
                carries[series] = self.read.carried(series, start)
            samples = ((at, value) for _, at, value in group)
            for bucket in rollup.minutes(samples, carries[series], MINUTE, known.heard + 1):
                carries[series] = bucket.last
                yield series, bucket

    def _roll_hours(self, now: int) -> None:
        with self._writing() as devices:
            rows: list[tuple[int, Bucket]] = []
            kept = self.read.horizons()["minute"]
            for known in devices.values():
                quiet = now - known.heard > QUIET_HOURS
                target = (-(-known.minute_to // HOUR) if quiet else known.minute_to // HOUR) * HOUR
                if known.hour_to < target:  # of what is pruned nothing is made again
                    rows += self._made_hours(known, max(known.hour_to, kept), target)
                    known.hour_to = target
            if rows:
                self._db.put_buckets("hour", rows)

    def _made_hours(self, known: Known, start: int, end: int) -> Iterator[tuple[int, Bucket]]:
        """The hours of a device that have minutes."""
        found = self._db.rows(
            "SELECT m.series, m.at, m.low, m.mean, m.high, m.held, m.last FROM series s JOIN minute m"
            " ON m.series = s.id WHERE s.device = ? AND s.kind = 'number' AND m.at >= ? AND m.at < ?"
            " ORDER BY m.series, m.at",
            (known.id, start, end),
        )
        for series, group in groupby(found, lambda row: row[0]):
            carry = self.read.carried_hour(series, start)
            minutes = (Bucket._make(row[1:]) for row in group)
            for bucket in rollup.hours(minutes, carry, MINUTE, HOUR, known.heard + 1):
                yield series, bucket

    # Pruning

    def prune(self, keep: Keep, now: int) -> dict[str, int]:
        """Remove what need not be kept, after it was rolled up; how many rows of raw, minute, hour, text and notice.
        Notices are kept as long as texts."""
        self.roll_up(now)
        raw = now - max(keep.raw, HOUR)
        minute = min(now - max(keep.minutes, 3 * HOUR), raw)
        hour = min(now - keep.hours, minute)
        before = {"raw": raw // MINUTE * MINUTE, "minute": minute // HOUR * HOUR, "hour": hour // HOUR * HOUR}
        gone: dict[str, int] = {}
        with self._writing():
            horizons = self.read.horizons()
            texts = now - keep.texts
            gone["notice"] = self._db.run("DELETE FROM notice WHERE at < ?", (texts,))
            for level, at in {**before, "text": texts}.items():
                if at <= horizons[level]:
                    gone[level] = 0
                    continue
                self._db.run("UPDATE horizon SET at = ? WHERE level = ?", (at, level))
                gone[level] = (
                    self._prune_but_last(level, at) if level in ("hour", "text") else self._db.prune(level, at)
                )
        return {level: gone[level] for level in ("raw", "minute", "hour", "text", "notice")}

    def _prune_but_last(self, level: str, before: int) -> int:
        """Remove what is older, but not a series' last row of it: it says what the value has been since."""
        table = "texts" if level == "text" else level
        return self._db.run(
            f"DELETE FROM {table} WHERE at < ? AND at < (SELECT max(o.at) FROM {table} o"
            f" WHERE o.series = {table}.series AND o.at <= ?)",
            (before, before),
        )


def _minutes_of(known: Known, now: int) -> int:
    """Up to when a device's minutes can be made."""
    heard = known.heard + 1
    return (-(-heard // MINUTE) if now - heard > QUIET_MINUTES else heard // MINUTE) * MINUTE
