"""A history in PostgreSQL, in a schema of its own.

Samples come in by COPY. raw, minute and hour are partitioned by time: what is pruned is mostly dropped, not deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import LiteralString, cast

from wallnut.history.database import Row, migrations, missing
from wallnut.history.values import DAY, MINUTE, Bucket, HistoryError
from wallnut.model.errors import ConfigError

SCHEMA = "wallnut"
LOCK = 0x6E757468
"""The advisory lock that one writer holds at a time."""
SPANS = {"raw": DAY, "minute": 32 * DAY, "hour": 384 * DAY}
"""How much time is in a partition; hours and their minutes never in two."""
PATIENCE = 10
"""Seconds that connecting may take, or another writer."""
FETCHED = 20_000
"""Rows that a stream gets at a time."""
BUCKET = "series, at, low, mean, high, held, last"


class Postgres:
    """The database at a URL of libpq's."""

    kind = "postgresql"
    raw_at = "at"

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError:
            raise ConfigError("a history in PostgreSQL needs psycopg: pip install 'wallnut[postgres]'") from None
        self._errors = psycopg
        self.url = _without_password(url)
        self._partitions: set[str] = set()
        try:
            psycopg.conninfo.conninfo_to_dict(url)
        except psycopg.Error:  # its text has the whole URL, and so the password
            raise ConfigError(
                f"'{self.url}' is no address of libpq's; write @ : / in a password as %40 %3A %2F"
            ) from None
        with self._mapped():
            self._db = psycopg.connect(
                url, autocommit=True, connect_timeout=PATIENCE, application_name="wallnut", prepare_threshold=2
            )
        try:
            self._migrate()
        except HistoryError:
            self._db.close()
            raise

    def _migrate(self) -> None:
        steps = migrations(self.kind)
        self.run(f"SET search_path = {SCHEMA}")
        self.run(f"SET lock_timeout = '{PATIENCE}s'")
        if self.rows("SELECT to_regclass(?)", (f"{SCHEMA}.migration",))[0][0] and not missing(
            self._form(), steps, self.url
        ):
            return
        with self.writing():  # another process may have done it meanwhile
            self.run(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            self.run("CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY, at timestamptz DEFAULT now())")
            for number, script in missing(self._form(), steps, self.url):
                for statement in script:
                    self.run(statement)
                self.run("INSERT INTO migration (number) VALUES (?)", (number,))

    def _form(self) -> int:
        form: int = self.rows("SELECT coalesce(max(number), 0) FROM migration")[0][0]
        return form

    @contextmanager
    def _mapped(self) -> Iterator[None]:
        try:
            yield
        except self._errors.Error as error:
            text = " ".join(str(error).split()) or type(error).__name__
            passing = isinstance(error, self._errors.OperationalError)
            raise HistoryError(f"{self.url}: {text}", passing=passing) from None

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        try:
            with self._mapped(), self._db.transaction():
                self._db.execute(_own(begin))
                yield
        except BaseException:
            self._partitions.clear()  # those just made are gone again
            raise

    def writing(self) -> AbstractContextManager[None]:
        """One transaction; see Database."""
        return self._transaction(f"SELECT pg_advisory_xact_lock({LOCK})")

    def reading(self) -> AbstractContextManager[None]:
        """One snapshot; see Database."""
        return self._transaction("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def rows(self, sql: str, args: Sequence[object] = ()) -> list[Row]:
        """What a query finds."""
        with self._mapped():
            return self._db.execute(_own(sql), args).fetchall()

    def stream(self, sql: str, args: Sequence[object] = ()) -> Iterator[Row]:
        """The same piece by piece; within a transaction."""
        with self._mapped(), self._db.cursor(name="stream") as cursor:
            cursor.itersize = FETCHED
            cursor.execute(_own(sql), args)
            yield from cursor

    def run(self, sql: str, args: Sequence[object] = ()) -> int:
        """Change something."""
        with self._mapped():
            return self._db.execute(_own(sql), args).rowcount

    def many(self, sql: str, args: Iterable[Sequence[object]]) -> None:
        """The same change for many arguments."""
        with self._mapped(), self._db.cursor() as cursor:
            cursor.executemany(_own(sql), args)

    def put_raw(self, rows: Sequence[tuple[int, int, float | None]]) -> None:
        """Add samples: by COPY; where one is there already, all by way of a scratch table."""
        self._make_partitions("raw", {at for _, at, _ in rows})
        text = "".join([f"{series}\t{at}\t{_NULL if value is None else value}\n" for series, at, value in rows])
        with self._mapped():
            try:
                with self._db.transaction():
                    self._copy("COPY raw (series, at, value) FROM STDIN", text)
                return
            except self._errors.errors.UniqueViolation:
                pass
            with self._scratch("raw", "series, at, value", "value = excluded.value") as name:
                self._copy(f"COPY {name} (series, at, value) FROM STDIN", text)

    def put_texts(self, rows: Sequence[tuple[int, int, str | None]]) -> None:
        """Add texts."""
        with self._mapped(), self._scratch("texts", "series, at, value", "value = excluded.value") as name:
            self._copy_rows(f"COPY {name} (series, at, value) FROM STDIN", rows)

    def put_buckets(self, level: str, rows: Sequence[tuple[int, Bucket]]) -> None:
        """Add buckets."""
        self._make_partitions(level, {bucket.at for _, bucket in rows})
        news = ", ".join(f"{name} = excluded.{name}" for name in ("low", "mean", "high", "held", "last"))
        with self._mapped(), self._scratch(level, BUCKET, news) as name:
            self._copy_rows(f"COPY {name} ({BUCKET}) FROM STDIN", ((series, *bucket) for series, bucket in rows))

    @contextmanager
    def _scratch(self, table: str, columns: str, news: str) -> Iterator[str]:
        """A table like another whose rows, when it has been filled, replace those of the other."""
        name = f"new_{table}"
        self._db.execute(_own(f"CREATE TEMPORARY TABLE {name} (LIKE {SCHEMA}.{table}) ON COMMIT DROP"))
        yield name
        self._db.execute(
            _own(
                f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {name}"
                f" ON CONFLICT (series, at) DO UPDATE SET {news}"
            )
        )
        self._db.execute(_own(f"DROP TABLE {name}"))

    def _copy(self, sql: str, text: str) -> None:
        with self._db.cursor() as cursor, cursor.copy(_own(sql)) as copy:
            copy.write(text)

    def _copy_rows(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        with self._db.cursor() as cursor, cursor.copy(_own(sql)) as copy:
            for row in rows:
                copy.write_row(row)

    def _make_partitions(self, level: str, times: set[int]) -> None:
        span = SPANS[level]
        for number in {at // span for at in times}:
            name = f"{level}_{number}"
            if name not in self._partitions:
                bounds = f"FROM ({number * span}) TO ({(number + 1) * span})"
                self.run(f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF {level} FOR VALUES {bounds}")
                self._partitions.add(name)

    def raw(self, series: int, start: int, end: int) -> Iterator[tuple[int, float | None]]:
        """A series' samples."""
        sql = "SELECT at, value FROM raw WHERE series = ? AND at >= ? AND at < ? ORDER BY at"
        return cast("Iterator[tuple[int, float | None]]", self.stream(sql, (series, start, end)))

    def raw_between(self, start: int, end: int) -> Iterator[tuple[int, int, float | None]]:
        """All samples."""
        sql = f"SELECT series, at, value FROM raw WHERE at >= ? AND at < ? ORDER BY at / {MINUTE}, series, at"
        return cast("Iterator[tuple[int, int, float | None]]", self.stream(sql, (start, end)))

    def first_raw(self, start: int) -> int | None:
        """When the first sample is, or the minute or day that it is in."""
        span = SPANS["raw"]
        for number in self._numbers("raw"):
            if (number + 1) * span > start:
                found = self.rows(f"SELECT min(at) FROM raw_{number} WHERE at >= ?", (start,))[0][0]
                if found is not None:
                    return found // MINUTE * MINUTE  # type: ignore[no-any-return]
        return None

    def last_raw(self, series: int, start: int, end: int) -> tuple[int, float | None] | None:
        """The last of a series' samples."""
        found = self.rows(
            "SELECT at, value FROM raw WHERE series = ? AND at >= ? AND at < ? ORDER BY at DESC LIMIT 1",
            (series, start, end),
        )
        return (found[0][0], found[0][1]) if found else None

    def prune(self, level: str, before: int) -> int:
        """Drop the partitions that are wholly older, and delete the rest; only the latter are counted exactly."""
        span, gone = SPANS[level], 0
        for number in self._numbers(level):
            if (number + 1) * span <= before:
                name = f"{level}_{number}"
                gone += self.rows(f"SELECT count(*) FROM {name}")[0][0]
                self.run(f"DROP TABLE {name}")
                self._partitions.discard(name)
        return gone + self.run(f"DELETE FROM {level} WHERE at < ?", (before,))

    def _numbers(self, level: str) -> list[int]:
        """The partitions of a level that there are, oldest first."""
        found = self.rows(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = CAST(? AS regclass)",
            (f"{SCHEMA}.{level}",),
        )
        return sorted(int(name.removeprefix(f"{level}_")) for (name,) in found)

    def size(self) -> int:
        """All tables with their indexes."""
        found = self.rows(
            "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0) FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ? AND c.relkind = 'r'",
            (SCHEMA,),
        )
        return int(found[0][0])

    def close(self) -> None:
        """Close the connection."""
        self._db.close()


_NULL = "\\N"


@lru_cache(256)
def _own(sql: str) -> LiteralString:
    """A statement with the library's mark for arguments."""
    literal: LiteralString = sql.replace("%", "%%").replace("?", "%s")
    return literal


def _without_password(url: str) -> str:
    """A URL for people."""
    scheme, _, rest = url.partition("://")
    rest = rest.partition("?")[0]
    user, at, place = rest.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at}{place}"
