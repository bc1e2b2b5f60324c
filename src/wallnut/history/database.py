"""What a history asks of a database, and how its tables come to their present form.

SQL that both databases understand goes through `rows`, `run` and `many`, with `?` for arguments; where they differ
there is a method. Everything raises HistoryError.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from wallnut.history.values import Bucket, HistoryError

Row = tuple[Any, ...]


class Database(Protocol):
    """A database. Used by one thread at a time."""

    kind: str
    """sqlite or postgresql."""
    url: str
    """Where it is, without a password."""
    raw_at: str
    """What gives the time of a row of raw."""

    def writing(self) -> AbstractContextManager[None]:
        """All that is done within is done wholly or not at all, durably, and no other writer comes between."""

    def reading(self) -> AbstractContextManager[None]:
        """All that is read within is of one moment."""

    def rows(self, sql: str, args: Sequence[object] = ()) -> list[Row]:
        """What a query finds."""

    def stream(self, sql: str, args: Sequence[object] = ()) -> Iterator[Row]:
        """The same piece by piece, for much."""

    def run(self, sql: str, args: Sequence[object] = ()) -> int:
        """Change something; how many rows."""

    def many(self, sql: str, args: Iterable[Sequence[object]]) -> None:
        """The same change for many arguments."""

    def put_raw(self, rows: Sequence[tuple[int, int, float | None]]) -> None:
        """Add samples (series, time, value), no two of the same series and time; they replace what is there."""

    def put_texts(self, rows: Sequence[tuple[int, int, str | None]]) -> None:
        """The same for texts."""

    def put_buckets(self, level: str, rows: Sequence[tuple[int, Bucket]]) -> None:
        """The same for buckets of a level, minute or hour."""

    def raw(self, series: int, start: int, end: int) -> Iterator[tuple[int, float | None]]:
        """A series' samples, start <= time < end, ascending."""

    def raw_between(self, start: int, end: int) -> Iterator[tuple[int, int, float | None]]:
        """All samples of whole minutes as (series, time, value), ordered by minute, series, time."""

    def first_raw(self, start: int) -> int | None:
        """When the first sample is that is not before a whole minute; None: there is none."""

    def last_raw(self, series: int, start: int, end: int) -> tuple[int, float | None] | None:
        """The last of a series' samples, start <= time < end."""

    def prune(self, level: str, before: int) -> int:
        """Remove all rows of raw, minute or hour from before a time, for raw a whole minute; how many, as far as
        known."""

    def size(self) -> int:
        """Bytes that all takes."""

    def close(self) -> None:
        """Give it back."""


def migrations(kind: str) -> list[tuple[int, list[str]]]:
    """The numbered steps for a kind of database, each with its statements."""
    return steps(Path(__file__).with_name("migrations") / kind)


def steps(folder: Path) -> list[tuple[int, list[str]]]:
    """The numbered steps of a folder, `0001_begin.sql` and so on, each with its statements."""
    return [(int(path.name[:4]), statements(path.read_text("utf-8"))) for path in sorted(folder.glob("*.sql"))]


def statements(script: str) -> list[str]:
    """The statements of an SQL file, each of which ends with a semicolon at the end of a line."""
    return [text for one in script.split(";\n") if (text := one.strip())]


def missing(present: int, known: Sequence[tuple[int, list[str]]], url: str) -> list[tuple[int, list[str]]]:
    """The steps that a database lacks. Raises HistoryError where it is ahead of us."""
    if known and present > known[-1][0]:
        raise HistoryError(f"{url} was written by a newer wallnut (form {present}, this one knows {known[-1][0]})")
    return [step for step in known if step[0] > present]
