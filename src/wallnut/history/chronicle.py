"""What happened, by time: changes of ups.status, times on battery, upsmon's notices; the newest first, part by part.

Series are numbers of the texts of ups.status. Used within a transaction of the reader's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from wallnut.history.database import Database, Row
from wallnut.history.notices import COLUMNS, from_row
from wallnut.history.outages import Spell, outages_of
from wallnut.history.values import Cursor, Device, Notice, NoticeType
from wallnut.model.status import Status

STATUS = "ups.status"
FEW = 50
"""So many series are asked one by one, in the order of their own times; more by the time of all."""
CHUNK = 200
"""Rows that are looked at a time where it is not known how many are needed."""
EVENT, NOTICE = 1, 0
"""Ranks in a list: of two at the same time the greater is the newer."""

_KNOWN = "{0}.value IS NOT NULL AND upper(' ' || {0}.value || ' ') NOT LIKE '% WAIT %'"
_BEFORE = (
    "(SELECT p.value FROM texts p WHERE p.series = {0} AND p.at < {1} AND "
    + _KNOWN.format("p")
    + " ORDER BY p.at DESC LIMIT 1)"
)
"""The last status that says something, before a time."""
_NOTICE = ", ".join(COLUMNS)


class Change(NamedTuple):
    """From `at` to `until` (None: still) a series' status was `value`."""

    at: int
    series: int
    value: str | None
    until: int | None


def behind(end: int) -> Cursor:
    """The place behind which all is that is before a time."""
    return Cursor(end, -1, 0)


def _place(after: Cursor, rank: int) -> tuple[int, int]:
    """The time and number that all of a rank are below that are behind a place."""
    return after.at, after.number if after.rank == rank else 1 << 62 if after.rank > rank else -1


class Chronicle:
    """Asks a database. `after` is the place in a list behind which to go on, at first `behind(end)`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def changes(self, chosen: Sequence[int] | None, start: int, after: Cursor, limit: int) -> list[Change]:
        """The last changes not before a time; of chosen series, None: all."""
        before = "(SELECT p.value FROM texts p WHERE p.series = t.series AND p.at < t.at ORDER BY p.at DESC LIMIT 1)"
        until = (
            "(SELECT n.at FROM texts n WHERE n.series = t.series AND n.at > t.at"
            f" AND {_told('n')} <> {_told('t')} ORDER BY n.at LIMIT 1)"
        )
        found: list[Change] = []
        while True:
            rows = self._last(f"{before}, {until}", "", chosen, start, after, limit)
            for at, series, value, earlier, end in rows:
                if value != earlier and len(found) < limit:  # the same again is no change
                    found.append(Change(at, series, value, end))
            if len(found) == limit or len(rows) < limit:
                return found
            after = Cursor(rows[-1][0], EVENT, rows[-1][1])

    def _last(
        self, more: str, where: str, chosen: Sequence[int] | None, start: int, after: Cursor, limit: int
    ) -> list[Row]:
        """The last rows of status that fulfil a condition: time, series, value and what is to be found besides for
        each; by time and series, both descending."""
        sql = (
            f"SELECT t.at, t.series, t.value, {more} FROM (SELECT t.at, t.series, t.value FROM texts t WHERE {{0}}"
            f" AND t.at >= ? AND (t.at, t.series) < (?, ?) {where} ORDER BY t.at DESC, t.series DESC LIMIT ?) t"
            " ORDER BY t.at DESC, t.series DESC"
        )
        args = start, *_place(after, EVENT), limit
        if chosen is not None and len(chosen) <= FEW:
            found = []
            for series in chosen:
                found += self._db.rows(sql.format("t.series = ?"), (series, *args))
            return sorted(found, key=lambda row: row[:2], reverse=True)[:limit]
        # + and the subquery keep databases from going through series after series: they are to go through the times
        if chosen is not None:
            return self._db.rows(sql.format(f"+t.series IN ({_marks(chosen)})"), (*chosen, *args))
        whose = "(SELECT s.variable FROM series s WHERE s.id = t.series AND s.kind = 'text') = ?"
        return self._db.rows(sql.format(whose), (STATUS, *args))

    def starts(
        self, chosen: Sequence[int] | None, start: int, after: Cursor, *, planned: bool = False
    ) -> Iterator[tuple[int, int]]:
        """When times on battery began, not before a time, and whose; the last first. `planned`: only those that began
        with a test or a calibration, which are found among many others."""
        earlier, text = _BEFORE.format("t.series", "t.at"), "upper(' ' || t.value || ' ')"
        where = f"AND {text} LIKE '% OB %'"
        if planned:
            where += f" AND ({text} LIKE '% CAL %' OR {text} LIKE '% TEST %')"
        while True:
            rows = self._last(earlier, where, chosen, start, after, CHUNK)
            for at, series, value, before in rows:
                if _on_battery(value) and not (before is not None and _on_battery(before)):
                    yield at, series
            if len(rows) < CHUNK:
                return
            after = Cursor(rows[-1][0], EVENT, rows[-1][1])

    def spell(self, series: int, start: int) -> Spell:
        """The time on battery that began then."""
        rows: list[tuple[int, str | None]] = []
        size = 8
        while True:
            least = rows[-1][0] + 1 if rows else start
            more = self._db.rows(
                f"SELECT at, value FROM texts WHERE series = ? AND at >= ? ORDER BY at LIMIT {size}", (series, least)
            )
            rows += [(at, value) for at, value in more]
            found = outages_of(rows)[0]
            if found.end is not None or len(more) < size:
                return found
            size = CHUNK

    def carried(self, chosen: Sequence[int] | None, start: int) -> dict[int, int]:
        """Which series were on battery just before a time, and since when."""
        whose, args = _whose(chosen)
        found = self._db.rows(f"SELECT s.id, {_BEFORE.format('s.id', '?')} FROM series s WHERE {whose}", (start, *args))
        return {series: self._begin(series, start) for series, value in found if value and _on_battery(value)}

    def _begin(self, series: int, before: int) -> int:
        """When the time on battery began that goes on just before a time."""
        since = before
        while True:
            rows = self._db.rows(
                f"SELECT at, value FROM texts WHERE series = ? AND at < ? ORDER BY at DESC LIMIT {CHUNK}",
                (series, before),
            )
            for at, value in rows:
                if value is None or Status.parse(value).waiting:
                    continue
                if not _on_battery(value):
                    return since
                since = at
            if len(rows) < CHUNK:
                return since
            before = rows[-1][0]

    def all_changes(
        self, chosen: Sequence[int] | None, start: int, end: int
    ) -> Iterator[tuple[int, list[tuple[int, str | None]]]]:
        """All statuses of a time, series by series."""
        whose, args = _whose(chosen)
        rows = self._db.stream(
            "SELECT t.series, t.at, t.value FROM series s JOIN texts t ON t.series = s.id"
            f" WHERE {whose} AND t.at >= ? AND t.at < ? ORDER BY t.series, t.at",
            (*args, start, end),
        )
        for series, group in groupby(rows, lambda row: row[0]):
            yield series, [(at, value) for _, at, value in group]

    # Notices

    def notices(
        self,
        devices: Sequence[Device] | None,
        types: Sequence[NoticeType],
        start: int,
        after: Cursor,
        limit: int,
    ) -> list[tuple[int, Notice]]:
        """The last notices not before a time, with their marks; of these devices, None: of all and of hosts."""
        order = f"type IN ({_marks(types)}) AND at >= ? AND (at, mark) < (?, ?) ORDER BY at DESC, mark DESC LIMIT ?"
        args = *(one.value for one in types), start, *_place(after, NOTICE), limit
        if devices is None:
            rows = self._db.rows(f"SELECT {_NOTICE} FROM notice WHERE {order}", args)
        elif len(devices) > FEW:
            sql = f"SELECT {_NOTICE} FROM notice WHERE ups IN ({_marks(devices)}) AND {order}"
            rows = self._db.rows(sql, (*map(str, devices), *args))
        else:
            rows = []
            for device in devices:
                rows += self._db.rows(f"SELECT {_NOTICE} FROM notice WHERE ups = ? AND {order}", (str(device), *args))
            rows = sorted(rows, key=lambda row: row[:2], reverse=True)[:limit]
        return [(row[1], from_row(row)) for row in rows]

    def notifications(self, start: int, end: int) -> Mapping[str, int]:
        """How many notifications there were about each UPS."""
        found = self._db.rows(
            "SELECT ups, count(*) FROM notice WHERE at >= ? AND at < ? AND type = ? GROUP BY ups",
            (start, end, NoticeType.NOTIFICATION.value),
        )
        return dict(found)


@lru_cache(1024)
def _on_battery(text: str) -> bool:
    status = Status.parse(text)
    return status.on_battery and not status.waiting


def _whose(chosen: Sequence[int] | None) -> tuple[str, tuple[object, ...]]:
    """The condition that a series s is one of these, and its arguments."""
    if chosen is None:
        return "s.variable = ? AND s.kind = 'text'", (STATUS,)
    if not chosen:
        return "1 = 0", ()
    return f"s.id IN ({_marks(chosen)})", tuple(chosen)


def _told(row: str) -> str:
    """A status so that two can be compared, also where nothing is known."""
    return f"coalesce('=' || {row}.value, '')"


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
