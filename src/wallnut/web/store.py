"""The console's own file: users, keys, sessions, what was done. SQLite, used by one thread of its own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from wallnut.history.database import steps
from wallnut.history.sqlite import Sqlite
from wallnut.history.values import HistoryError

T = TypeVar("T")
PATIENCE = 10.0
"""Seconds after which a question is given up."""
MOST_WAITING = 200
"""Questions at a time; one more is refused."""
MODE = 0o600
"""It holds hashes of passwords, and NUT's passwords as they are: nobody else reads it."""


class NoStore(Exception):
    """The console's file cannot be used: `detail` says why."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail)


def open_store(path: str) -> Sqlite:
    """The file at a path, made if it is not there, in its present form. Raises NoStore.

    What root makes belongs to whom the folder belongs to: `sudo wallnut user add` must not lock the console out.
    """
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise NoStore(f"{path}: there is no folder {folder}")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, MODE)
        try:
            there = os.fstat(handle)
            if there.st_mode & 0o777 & ~MODE:
                os.fchmod(handle, MODE)
            if os.geteuid() == 0 and there.st_size == 0:
                owner = os.stat(folder)
                os.fchown(handle, owner.st_uid, owner.st_gid)
        finally:
            os.close(handle)
        db = Sqlite(path, steps(Path(__file__).with_name("migrations")))
    except OSError as error:
        raise NoStore(f"{path}: {error.strerror}") from None
    except HistoryError as error:
        raise NoStore(str(error).removeprefix("sqlite://")) from None
    db.run("PRAGMA foreign_keys = ON")
    return db


def _file(path: str) -> tuple[int, int] | None:
    """Which file is at a path."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Store:
    """The file at `path` ("": there is none), opened when it is first asked, and again after it failed or another one
    has taken its place.

    Where nothing has been set up (`make` False) it is not made: it is used from the moment when somebody else, such as
    `wallnut user add`, has made it.
    """

    def __init__(self, path: str, *, make: bool = False) -> None:
        self.path = path
        self._make = make
        self._db: Sqlite | None = None
        self._file: tuple[int, int] | None = None
        self._thread = ThreadPoolExecutor(1, "store")
        self._waiting = 0

    def open(self) -> str:
        """Open it now, before there is a loop; what is wrong, or ""."""
        try:
            self._opened()
        except NoStore as error:
            return error.detail
        return ""

    def ask_now(self, work: Callable[[Sqlite], T]) -> T:
        """What `work` gives, before there is a loop. Raises NoStore."""
        return self._do(work)

    @property
    def there(self) -> bool:
        """Whether there is, or will be, a file."""
        return bool(self.path) and (self._make or os.path.exists(self.path))

    async def ask(self, work: Callable[[Sqlite], T]) -> T:
        """What `work` gives, done in the store's own thread. Raises NoStore."""
        if self._waiting >= MOST_WAITING:
            raise NoStore("too many questions wait for the console's file")
        self._waiting += 1
        try:
            future = asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)
        except RuntimeError:
            self._waiting -= 1
            raise NoStore("the console ends") from None
        future.add_done_callback(self._done)
        try:
            async with asyncio.timeout(PATIENCE):
                return await asyncio.shield(future)
        except TimeoutError:
            raise NoStore("the console's file does not answer in time") from None

    def _done(self, future: asyncio.Future[T]) -> None:
        self._waiting -= 1
        if not future.cancelled():
            future.exception()  # whoever gave it up does not look

    def _do(self, work: Callable[[Sqlite], T]) -> T:
        try:
            return work(self._opened())
        except HistoryError as error:
            self._shut()
            raise NoStore(str(error).removeprefix("sqlite://")) from None

    def _opened(self) -> Sqlite:
        if self._db is not None and _file(self.path) != self._file:
            self._shut()  # it was removed or replaced: who is not in the new one is nobody any more
        if self._db is None:
            if not self.there:
                raise NoStore("there are no users yet: wallnut user add NAME --role administer")
            self._db = open_store(self.path)
            self._file = _file(self.path)
        return self._db

    def _shut(self) -> None:
        db, self._db = self._db, None
        if db is not None:
            db.close()

    async def close(self) -> None:
        """Close it, once what is under way has ended."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._shut)
        except RuntimeError:
            return  # it is closed
        self._thread.shutdown(wait=False)
