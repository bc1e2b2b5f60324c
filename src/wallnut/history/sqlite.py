"""A history in an SQLite file: nothing to set up.

The write-ahead log keeps the file whole whenever the process ends, and with synchronous=FULL what was committed also
when the power does.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import cast

from wallnut.history.database import Row, migrations, missing
from wallnut.history.values import MINUTE, Bucket, HistoryError, short

MEMORY = ":memory:"
"""A path that is none: the database is kept in memory, and is gone when it is closed."""
PATIENCE = 10.0
"""Seconds to wait for another writer."""
CACHE = 16 * 1024
"""Kibibytes of pages kept in memory."""
PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "temp_store = MEMORY",
    f"cache_size = -{CACHE}",
    f"journal_size_limit = {64 * 1024 * 1024}",
)
EFFECTIVE = os.access in os.supports_effective_ids


def unwritable(path: str) -> str:
    """Why no database can be there; "": it can."""
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        return f"there is no folder {folder}"
    if not os.access(folder, os.W_OK | os.X_OK, effective_ids=EFFECTIVE):
        return f"this user may not write in {folder}"
    if os.path.exists(path) and not os.access(path, os.R_OK | os.W_OK, effective_ids=EFFECTIVE):
        return f"this user may not write {path}"
    return ""


class Sqlite:
    """The database in a file; it is made if it is not there. `steps` are its migrations (None: those of a history)."""

    kind = "sqlite"
    raw_at = f"minute * {MINUTE} + ms"

    def __init__(self, path: str, steps: Sequence[tuple[int, list[str]]] | None = None) -> None:
        self.url = f"sqlite://{path}"
        self._path = path
        self._steps = migrations(self.kind) if steps is None else steps
        if path != MEMORY and (trouble := unwritable(path)):
            raise HistoryError(f"{self.url}: {trouble}")
        with self._mapped():
            self._db = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            for pragma in PRAGMAS:
                self.run(f"PRAGMA {pragma}")
            self._migrate()
        except HistoryError:
            self._db.close()
            raise

    def _migrate(self) -> None:
        if not missing(self._form(), self._steps, self.url):
            return
        with self.writing():  # another process may have done it meanwhile
            for number, script in missing(self._form(), self._steps, self.url):
                for statement in script:
                    self.run(statement)
                self.run(f"PRAGMA user_version = {number}")

    def _form(self) -> int:
        form: int = self.rows("PRAGMA user_version")[0][0]
        return form

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OverflowError) as error:
            passing = isinstance(error, sqlite3.OperationalError)
            raise HistoryError(f"{self.url}: {error}", passing=passing) from None

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self.run(begin)
        try:
            yield
            self.run("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self.run("ROLLBACK")
            raise

    def writing(self) -> AbstractContextManager[None]:
        """One transaction; see Database."""
        return self._transaction("BEGIN IMMEDIATE")

    def reading(self) -> AbstractContextManager[None]:
        """One snapshot; see Database."""
        return self._transaction("BEGIN")

    def rows(self, sql: str, args: Sequence[object] = ()) -> list[Row]:
        """What a query finds."""
        with self._mapped():
            return self._db.execute(sql, args).fetchall()

    def stream(self, sql: str, args: Sequence[object] = ()) -> Iterator[Row]:
        """The same piece by piece."""
        with self._mapped():
            yield from self._db.execute(sql, args)

    def run(self, sql: str, args: Sequence[object] = ()) -> int:
        """Change something."""
        with self._mapped():
            return self._db.execute(sql, args).rowcount

    def many(self, sql: str, args: Iterable[Sequence[object]]) -> None:
        """The same change for many arguments."""
        with self._mapped():
            self._db.executemany(sql, args)

    def put_raw(self, rows: Sequence[tuple[int, int, float | None]]) -> None:
        """Add samples. Numbers without a fraction take fewer bytes as integers."""
        self.many(
            "INSERT OR REPLACE INTO raw (minute, series, ms, value) VALUES (?, ?, ?, ?)",
            sorted((at // MINUTE, series, at % MINUTE, short(value)) for series, at, value in rows),
        )

    def put_texts(self, rows: Sequence[tuple[int, int, str | None]]) -> None:
        """Add texts."""
        self.many("INSERT OR REPLACE INTO texts (series, at, value) VALUES (?, ?, ?)", rows)

    def put_buckets(self, level: str, rows: Sequence[tuple[int, Bucket]]) -> None:
        """Add buckets."""
        self.many(
            f"INSERT OR REPLACE INTO {level} (series, at, low, mean, high, held, last) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                (series, at, short(low), short(mean), short(high), held, short(last))
                for series, (at, low, mean, high, held, last) in rows
            ),
        )

    def raw(self, series: int, start: int, end: int) -> Iterator[tuple[int, float | None]]:
        """A series' samples: one look-up a minute, which is how they lie."""
        found = self.stream(
            "WITH RECURSIVE span (minute) AS (SELECT ? UNION ALL SELECT minute + 1 FROM span WHERE minute < ?)"
            f" SELECT raw.minute * {MINUTE} + ms AS at, value FROM span CROSS JOIN raw"
            " WHERE raw.minute = span.minute AND series = ? AND at >= ? AND at < ?",
            (start // MINUTE, (end - 1) // MINUTE, series, start, end),
        )
        return cast("Iterator[tuple[int, float | None]]", found)

    def raw_between(self, start: int, end: int) -> Iterator[tuple[int, int, float | None]]:
        """All samples, as they lie."""
        for minute, series, ms, value in self.stream(
            "SELECT minute, series, ms, value FROM raw WHERE minute >= ? AND minute < ? ORDER BY minute, series, ms",
            (start // MINUTE, end // MINUTE),
        ):
            yield series, minute * MINUTE + ms, value

    def first_raw(self, start: int) -> int | None:
        """When the first sample is."""
        found = self.rows("SELECT min(minute) FROM raw WHERE minute >= ?", (start // MINUTE,))[0][0]
        return None if found is None else found * MINUTE

    def last_raw(self, series: int, start: int, end: int) -> tuple[int, float | None] | None:
        """The last of a series' samples."""
        for minute in range((end - 1) // MINUTE, start // MINUTE - 1, -1):
            found = self.rows(
                f"SELECT minute * {MINUTE} + ms AS at, value FROM raw WHERE minute = ? AND series = ?"
                " AND at >= ? AND at < ? ORDER BY ms DESC LIMIT 1",
                (minute, series, start, end),
            )
            if found:
                return found[0][0], found[0][1]
        return None

    def prune(self, level: str, before: int) -> int:
        """Remove what is older."""
        if level == "raw":
            return self.run("DELETE FROM raw WHERE minute < ?", (before // MINUTE,))
        return self.run(f"DELETE FROM {level} WHERE at < ?", (before,))

    def size(self) -> int:
        """The file and its log."""
        return sum(os.path.getsize(path) for path in (self._path, f"{self._path}-wal") if os.path.exists(path))

    def close(self) -> None:
        """Close the file."""
        self._db.close()
