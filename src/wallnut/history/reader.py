"""What can be asked of a history: charts, values, status changes, outages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import cast

from wallnut.history import rollup
from wallnut.history.catalogue import NUMBER, TEXT, Catalogue, Known
from wallnut.history.chronicle import EVENT, FEW, NOTICE, STATUS, Chronicle, behind
from wallnut.history.database import Database
from wallnut.history.outages import Spell, outages_of
from wallnut.history.rollup import BucketRow, Number, Piece
from wallnut.history.values import (
    HOUR,
    MINUTE,
    SECOND,
    Comparison,
    Count,
    Cursor,
    Device,
    Event,
    Line,
    Notice,
    NoticeType,
    Outage,
    Page,
    Point,
    Series,
    T,
)

WIDTHS = {"raw": 1, "minute": MINUTE, "hour": HOUR}
CHARGE, RUNTIME = "battery.charge", "battery.runtime"
KINDS = ("status", *(one.value for one in NoticeType))
"""What a log can have."""
LONGEST_PAGE = 1000
POINTS = 100_000
"""The most points of a chart."""


@dataclass(frozen=True, slots=True)
class Level:
    """What there is of raw, minute, hour, text or notice: rows, and the times of the first and the last."""

    name: str
    rows: int
    first: int | None
    last: int | None


class Reader:
    """Answers questions. Each answer is of one moment."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._db = database
        self._catalogue = catalogue
        self._chronicle = Chronicle(database)
        self._horizons: dict[str, int] | None = None

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """All that is read within is of one moment; what does not change then is asked for once."""
        with self._db.reading():
            self._horizons = dict(self._db.rows("SELECT level, at FROM horizon"))
            try:
                yield
            finally:
                self._horizons = None

    def devices(self) -> dict[Device, int]:
        """The devices, and up to when each was heard."""
        with self._reading():
            return {device: known.heard for device, known in sorted(self._catalogue.devices().items())}

    def heard(self, device: Device) -> int | None:
        """Up to when a device was heard; None: it is not known."""
        with self._db.reading():
            known = self._catalogue.device(device)
        return known.heard if known else None

    def variables(self, device: Device) -> dict[str, str]:
        """A device's variables, and whether they are numbers or texts ("number", "text"; "both")."""
        found: dict[str, str] = {}
        with self._reading():
            known = self._catalogue.device(device)
            for variable, kind, _ in self._catalogue.of(known.id) if known else ():
                found[variable] = "both" if variable in found else kind
        return found

    def levels(self) -> list[Level]:
        """What there is; it looks at everything, which takes a while."""
        tables = ("raw", self._db.raw_at), ("minute", "at"), ("hour", "at"), ("texts", "at"), ("notice", "at")
        found = []
        with self._reading():
            for table, at in tables:
                row = self._db.rows(f"SELECT count(*), min({at}), max({at}) FROM {table}")[0]
                found.append(Level(table.removesuffix("s"), *row))
        return found

    # Charts

    def series(self, device: Device, variable: str, start: int, end: int, points: int = 1000) -> Series:
        """A number's course, start <= time < end, in at most so many points (2 to 100,000): the samples where they are
        few enough, else what they were in steps; minutes or hours where these are wide enough, or samples are pruned.
        """
        points = min(max(points, 2), POINTS)
        with self._reading():
            known = self._catalogue.device(device)
            number = self._catalogue.series(known.id, variable, NUMBER) if known else 0
            if known is None or not number or end <= start:
                return Series("raw", 0, start, ())
            stop = min(end, known.heard + 1)
            width = -(-(end - start) // (points - 1))
            level = self._level(start, width)
            if level == "raw":
                carry = self._before(known, number, start)
                rows = list(self._db.raw(number, start, stop))
                if len(rows) < points:
                    return Series(level, 0, stop, rollup.as_they_are(rows, carry, start))
                return Series(level, width, stop, rollup.points(rollup.of_samples(rows, carry, start, stop), width))
            narrow = WIDTHS[level]
            width = -(-width // narrow) * narrow
            pieces = self._pieces(known, number, level, start // narrow * narrow, stop)
            return Series(level, width, stop, rollup.points(pieces, width))

    def compare(self, wanted: Sequence[tuple[Device, str]], start: int, end: int, points: int = 1000) -> Comparison:
        """Several numbers, start <= time < end, on one axis of at most so many steps, each a second at least."""
        points = min(max(points, 2), POINTS)
        with self._reading():
            width = max(-(-(end - start) // (points - 1)), SECOND)
            level = self._level(start, width)
            narrow = SECOND if level == "raw" else WIDTHS[level]
            width = -(-width // narrow) * narrow
            devices = self._catalogue.devices()
            stop = min(end, max((devices[one].heard + 1 for one, _ in wanted if one in devices), default=start))
            times = range(start // width * width, stop, width)
            lines = []
            for device, variable in wanted:
                known = devices.get(device)
                number = self._catalogue.series(known.id, variable, NUMBER) if known else 0
                pieces: Iterator[Piece] = iter(())
                if known and number:
                    begin = start if level == "raw" else start // narrow * narrow
                    pieces = self._pieces(known, number, level, begin, min(stop, known.heard + 1))
                by_time = {point.at: point for point in rollup.points(pieces, width)}
                rows = [by_time.get(at) or Point(at, None, None, None) for at in times]
                lines.append(
                    Line(
                        device,
                        variable,
                        tuple(row.low for row in rows),
                        tuple(row.mean for row in rows),
                        tuple(row.high for row in rows),
                    )
                )
        return Comparison(level, width, stop, tuple(times), tuple(lines))

    def pieces(self, device: Device, variable: str, start: int, end: int, width: int = 0) -> tuple[str, list[Piece]]:
        """The times, start <= time < end, in which a number was known, ascending, and of which level they are: the
        finest that is kept and not finer than `width`; of minutes and hours the whole first one. What is not covered is
        not known."""
        with self._reading():
            known = self._catalogue.device(device)
            level = self._level(start, width)
            number = self._catalogue.series(known.id, variable, NUMBER) if known else 0
            if known is None or not number or end <= start:
                return level, []
            begin = start // WIDTHS[level] * WIDTHS[level]
            return level, list(self._pieces(known, number, level, begin, min(end, known.heard + 1)))

    def _level(self, start: int, width: int) -> str:
        """The finest level that is not finer than wanted, and reaches back far enough; or the coarsest."""
        horizons = self.horizons()
        for level, coarser in (("raw", MINUTE), ("minute", HOUR)):
            if width < coarser and start >= horizons[level]:
                return level
        return "hour"

    def horizons(self) -> dict[str, int]:
        """From when on each level is kept."""
        return self._horizons or dict(self._db.rows("SELECT level, at FROM horizon"))

    def _pieces(self, known: Known, series: int, level: str, start: int, stop: int) -> Iterator[Piece]:
        """A series' pieces of a level, and of finer ones where it is not made yet."""
        parts: list[Iterator[Piece]] = []
        if level == "hour":
            end = min(known.hour_to, stop)
            if start < end:
                carry = self._before(known, series, start)
                parts.append(rollup.of_buckets(self._buckets("hour", series, start, end), carry, start, end, HOUR))
                start = end
        if level != "raw":
            end = min(known.minute_to, stop)
            if start < end:
                carry = self._before(known, series, start)
                parts.append(rollup.of_buckets(self._buckets("minute", series, start, end), carry, start, end, MINUTE))
                start = end
        if start < stop:
            carry = self._before(known, series, start)
            parts.append(rollup.of_samples(self._db.raw(series, start, stop), carry, start, stop))
        return chain.from_iterable(parts)

    def _buckets(self, level: str, series: int, start: int, end: int) -> Iterable[BucketRow]:
        found = self._db.rows(
            f"SELECT at, low, mean, high, held, last FROM {level} WHERE series = ? AND at >= ? AND at < ? ORDER BY at",
            (series, start, end),
        )
        return cast("list[BucketRow]", found)

    def _before(self, known: Known, series: int, at: int) -> Number:
        """A number's value just before a time; where samples are pruned, at the end of that minute or hour."""
        minute = min(at // MINUTE * MINUTE, known.minute_to)
        if at % HOUR:
            horizons = self.horizons()
            if at <= horizons["minute"]:  # only what it was at the end of that hour
                return self.carried(series, -(-at // HOUR) * HOUR)
            if at <= horizons["raw"]:
                return self.carried(series, -(-at // MINUTE) * MINUTE)
        if minute < at and (found := self._db.last_raw(series, minute, at)):
            return found[1]
        return self.carried(series, minute)

    def carried(self, series: int, minute: int) -> Number:
        """A number's value at the beginning of a minute up to which minutes are made."""
        found = self._last("minute", series, minute) or self._last("hour", series, minute // HOUR * HOUR)
        return found[0] if found else None

    def carried_hour(self, series: int, hour: int) -> Number:
        """The same of an hour up to which hours are made."""
        found = self._last("hour", series, hour)
        return found[0] if found else None

    def _last(self, level: str, series: int, before: int) -> tuple[Number] | None:
        """How the last bucket before a time ends."""
        found = self._db.rows(
            f"SELECT last FROM {level} WHERE series = ? AND at < ? ORDER BY at DESC LIMIT 1", (series, before)
        )
        return (found[0][0],) if found else None

    def value(self, device: Device, variable: str, at: int) -> float | str | None:
        """What a variable was at a time; None: not known."""
        with self._reading():
            known = self._catalogue.device(device)
            if known is None or at > known.heard:
                return None
            number = self._catalogue.series(known.id, variable, NUMBER)
            found: float | str | None = self._before(known, number, at + 1) if number else None
            return self.text_before(known, variable, at + 1) if found is None else found

    def latest(self, device: Device, variable: str) -> float | str | None:
        """What a variable was when the device was heard last."""
        heard = self.heard(device)
        return None if heard is None else self.value(device, variable, heard)

    def ever(self, device: Device, variable: str) -> float | str | None:
        """What a variable was when it was known last, however long ago; of a number as far as minutes tell."""
        found = self.latest(device, variable)
        with self._reading():
            known = self._catalogue.device(device)
            if known is None or found is not None:
                return found
            texts = self._texts(known, variable, "value IS NOT NULL ORDER BY at DESC LIMIT 1")
            number = self._catalogue.series(known.id, variable, NUMBER)
            for level in ("minute", "hour") if number and not texts else ():
                sql = f"SELECT coalesce(last, mean) FROM {level} WHERE series = ? AND held > 0 ORDER BY at DESC LIMIT 1"
                if rows := self._db.rows(sql, (number,)):
                    return rows[0][0]  # type: ignore[no-any-return]
        return texts[0][1] if texts else None

    def number_before(self, known: Known, variable: str, at: int) -> Number:
        """What a number was just before a time."""
        number = self._catalogue.series(known.id, variable, NUMBER)
        return self._before(known, number, at) if number else None

    def text_before(self, known: Known, variable: str, at: int) -> str | None:
        """What a text was just before a time."""
        found = self._texts(known, variable, "at < ? ORDER BY at DESC LIMIT 1", at)
        return found[0][1] if found else None

    def _texts(self, known: Known, variable: str, where: str, *args: int) -> list[tuple[int, str | None]]:
        series = self._catalogue.series(known.id, variable, TEXT)
        if not series:
            return []
        return [
            (at, text)
            for at, text in self._db.rows(f"SELECT at, value FROM texts WHERE series = ? AND {where}", (series, *args))
        ]

    # Texts

    def texts(self, device: Device, variable: str, start: int, end: int) -> list[tuple[int, str | None]]:
        """A text's changes, start <= time < end, with the one before that holds at the start."""
        with self._reading():
            known = self._catalogue.device(device)
            return self._changes(known, variable, start, end) if known else []

    def _changes(self, known: Known, variable: str, start: int, end: int) -> list[tuple[int, str | None]]:
        before = self._texts(known, variable, "at <= ? ORDER BY at DESC LIMIT 1", start)
        inside = self._texts(known, variable, "at > ? AND at < ? ORDER BY at", start, end)
        found: list[tuple[int, str | None]] = []
        for at, text in before + inside:
            if not found or found[-1][1] != text:
                found.append((at, text))
        return found

    def events(self, start: int, end: int, devices: Sequence[Device] = ()) -> list[Event]:
        """The states of ups.status that held in a time, of some devices or all, by their beginning."""
        found = []
        with self._reading():
            for known in self._chosen(devices):
                changes = self._changes(known, STATUS, start, end)
                after = self._texts(known, STATUS, "at >= ? ORDER BY at LIMIT 1", end)
                ends = [*(at for at, _ in changes[1:]), after[0][0] if after else None]
                found += [
                    Event(known.device, at, until, text) for (at, text), until in zip(changes, ends, strict=False)
                ]
        return sorted(found, key=lambda event: (event.at, event.device))

    # Lists, the newest first

    def log(
        self,
        start: int,
        end: int,
        devices: Sequence[Device] = (),
        *,
        limit: int = 100,
        before: Cursor | None = None,
        kinds: Collection[str] = KINDS,
    ) -> Page[Event | Notice]:
        """What began in a time, start <= time < end, of some devices or all: changes of ups.status ("status") and what
        upsmon did ("notification", "decision"; of hosts only without `devices`). A page has 1 to 1000."""
        limit = min(max(limit, 1), LONGEST_PAGE)
        after = min(before, behind(end)) if before else behind(end)
        found: list[tuple[Cursor, Event | Notice]] = []
        with self._reading():
            owners = self._owners(devices)
            if "status" in kinds:
                chosen = list(owners) if devices else None
                for at, series, status, until in self._chronicle.changes(chosen, start, after, limit + 1):
                    found.append((Cursor(at, EVENT, series), Event(owners[series].device, at, until, status)))
            if types := [one for one in NoticeType if one.value in kinds]:
                for mark, notice in self._chronicle.notices(devices or None, types, start, after, limit + 1):
                    found.append((Cursor(notice.at, NOTICE, mark), notice))
        found.sort(key=lambda entry: entry[0], reverse=True)
        return _page(found, limit)

    def notices(self, start: int, end: int, devices: Sequence[Device] = (), limit: int = 1000) -> list[Notice]:
        """The last notices of a time, at most so many, by their time; of devices, or of all and of hosts."""
        with self._reading():
            found = self._chronicle.notices(devices or None, list(NoticeType), start, behind(end), max(limit, 1))
        return [notice for _, notice in reversed(found)]

    def outage_page(
        self,
        start: int,
        end: int,
        devices: Sequence[Device] = (),
        *,
        limit: int = 50,
        before: Cursor | None = None,
        planned: bool | None = None,
    ) -> Page[Outage]:
        """The times on battery that began in a time; all, or the planned ones or the others alone."""
        limit = min(max(limit, 1), LONGEST_PAGE)
        after = min(before, behind(end)) if before else behind(end)
        found: list[tuple[Cursor, Outage]] = []
        with self._reading():
            owners = self._owners(devices)
            chosen = list(owners) if devices else None
            for at, series in self._chronicle.starts(chosen, start, after, planned=planned is True):
                spell = self._chronicle.spell(series, at)
                if planned is None or spell.planned == planned:
                    found.append((Cursor(at, EVENT, series), self._outage(owners[series], *spell)))
                    if len(found) > limit:
                        break
        return _page(found, limit)

    def last_outage(self, end: int, devices: Sequence[Device] = (), planned: bool | None = False) -> Outage | None:
        """The last one that began before a time; by default tests and calibrations are none."""
        page = self.outage_page(0, end, devices, limit=1, planned=planned)
        return page.items[0] if page.items else None

    def outages(self, start: int, end: int, devices: Sequence[Device] = ()) -> list[Outage]:
        """The times on battery that touch a time, of some devices or all, by their beginning."""
        with self._reading():
            owners = self._owners(devices)
            chosen = list(owners) if devices else None
            begun = [(at, series) for series, at in self._chronicle.carried(chosen, start).items()]
            begun += self._chronicle.starts(chosen, start, behind(end))
            spells = [(series, self._chronicle.spell(series, at)) for at, series in begun]
            found = [self._outage(owners[series], *one) for series, one in spells if (one.end or end) > start]
        return sorted(found, key=lambda outage: (outage.start, outage.device))

    def counts(self, start: int, end: int, devices: Sequence[Device] = ()) -> dict[Device, Count]:
        """How much of what there was in a time. Times on battery count where they touch it."""
        with self._reading():
            told = self._chronicle.notifications(start, end)
            found = {
                known.device: Count(notifications=told.get(str(known.device), 0)) for known in self._chosen(devices)
            }
            owners = self._owners(devices)
            chosen = list(owners) if devices else None
            carried = self._chronicle.carried(chosen, start)
            for series, changes in chain(
                self._chronicle.all_changes(chosen, start, end),
                _without_changes(carried),
            ):
                known = owners[series]
                spells = self._spells(series, changes, carried.pop(series, None))
                spells = [one for one in spells if (one.end or end) > start]
                until = min(end, known.heard + 1)
                found[known.device] = replace(
                    found[known.device],
                    events=found[known.device].events + len(changes),
                    outages=sum(not one.planned for one in spells),
                    tests=sum(one.planned for one in spells),
                    on_battery=sum(max(min(one.end or until, end) - max(one.start, start), 0) for one in spells),
                )
        return found

    def _spells(self, series: int, changes: Sequence[tuple[int, str | None]], since: int | None) -> list[Spell]:
        """The times on battery that touch a time, from the changes in it and since when it was on battery before."""
        spells = []
        if since is not None:
            spells.append(self._chronicle.spell(series, since))
            stop = spells[0].end
            changes = [one for one in changes if stop is not None and one[0] >= stop]
        spells += outages_of(changes)
        if spells and spells[-1].end is None:  # it may end later
            spells[-1] = self._chronicle.spell(series, spells[-1].start)
        return spells

    def _outage(self, known: Known, start: int, end: int | None, seen: bool, planned: bool) -> Outage:
        width = WIDTHS[self._level(start, 0)]
        charge = self.number_before(known, CHARGE, start // width * width + (width == 1))
        until = known.heard + 1 if end is None else end
        lowest = [self._lowest(known, name, start, until) for name in (CHARGE, RUNTIME)]
        return Outage(known.device, start, end, seen, planned, charge, *lowest)

    def _lowest(self, known: Known, variable: str, start: int, end: int) -> Number:
        """The lowest value in a time; of the whole minutes or hours where samples are pruned."""
        series = self._catalogue.series(known.id, variable, NUMBER)
        if not series:
            return None
        level = self._level(start, 0)
        start = start // WIDTHS[level] * WIDTHS[level]
        return min(
            (piece[2] for piece in self._pieces(known, series, level, start, min(end, known.heard + 1))), default=None
        )

    def _chosen(self, devices: Sequence[Device]) -> list[Known]:
        """Those of the devices that are known, without any, all; each once."""
        if 0 < len(devices) <= FEW:
            return [known for one in dict.fromkeys(devices) if (known := self._catalogue.device(one))]
        every = self._catalogue.devices()
        return [every[one] for one in (dict.fromkeys(devices) or sorted(every)) if one in every]

    def _owners(self, devices: Sequence[Device]) -> dict[int, Known]:
        """The series of their ups.status, of some devices or all, and whose they are."""
        self._catalogue.learn()
        found = ((self._catalogue.learnt(known.id, STATUS, TEXT), known) for known in self._chosen(devices))
        return {series: known for series, known in found if series}


def _without_changes(carried: Mapping[int, int]) -> Iterator[tuple[int, list[tuple[int, str | None]]]]:
    """Those that are left when all with changes were taken out."""
    for series in list(carried):
        yield series, []


def _page(found: Sequence[tuple[Cursor, T]], limit: int) -> Page[T]:
    """What was found, the newest first, as a page; one more than fits tells that there is a next."""
    return Page(tuple(item for _, item in found[:limit]), found[limit - 1][0] if len(found) > limit else None)
