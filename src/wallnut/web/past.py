"""The history as pages ask for it: one thread reads, and nobody else waits for the disk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from wallnut.history.reader import Reader
from wallnut.history.store import History, open_history
from wallnut.history.values import Device as HistoryDevice
from wallnut.history.values import HistoryError
from wallnut.model.errors import ConfigError
from wallnut.web.i18n import N_
from wallnut.web.snapshot import Device

T = TypeVar("T")
PATIENCE = 10.0
"""Seconds after which a question is given up."""
MOST_WAITING = 64
"""Questions at a time; one more is refused."""


NONE = N_("No history is recorded here.")


class NoHistory(Exception):
    """The history cannot be asked: `detail` says why."""

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail)


class Past:
    """A history, opened when it is first asked and again after it failed. `url` "": there is none."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._history: History | None = None
        self._thread = ThreadPoolExecutor(1, "history")
        self._waiting = 0

    async def ask(self, question: Callable[[Reader], T]) -> T:
        """The answer to a question, which is put in the history's own thread. Raises NoHistory."""
        if not self._url:
            raise NoHistory(NONE)
        if self._waiting >= MOST_WAITING:
            raise NoHistory(N_("Too many questions wait for the history."))
        self._waiting += 1
        try:
            future = asyncio.get_running_loop().run_in_executor(self._thread, self._answer, question)
            future.add_done_callback(self._answered)
            async with asyncio.timeout(PATIENCE):
                return await asyncio.shield(future)
        except TimeoutError:
            raise NoHistory(N_("The history does not answer in time.")) from None

    def _answered(self, future: asyncio.Future[T]) -> None:
        self._waiting -= 1
        if not future.cancelled():
            future.exception()  # whoever gave it up does not look

    def _answer(self, question: Callable[[Reader], T]) -> T:
        try:
            if self._history is None:
                if not _is_there(self._url):
                    raise NoHistory(NONE)
                self._history = open_history(self._url)
            return question(self._history.read)
        except (HistoryError, ConfigError) as error:
            self._close()
            raise NoHistory(f"{str(error).rstrip('.')}.") from None

    def _close(self) -> None:
        history, self._history = self._history, None
        if history is not None:
            history.close()

    async def close(self) -> None:
        """Close it, once what is under way has ended."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown(wait=False)


def _is_there(url: str) -> bool:
    """Whether there is a history to open. Who only looks makes no file."""
    scheme, _, path = url.partition("://")
    return scheme != "sqlite" or os.path.exists(path)


def recorded(device: Device) -> HistoryDevice:
    """A device by the name that the history has for it."""
    return HistoryDevice(device.server, device.address.ups)
