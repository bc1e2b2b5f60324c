"""Work that would hold up everybody: in a few threads, with a bounded number of those who wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Busy(Exception):
    """Too many wait already, or it took too long."""


class Pool:
    """`threads` at work, and at most `waiting` beside them."""

    def __init__(self, name: str, threads: int, waiting: int, patience: float) -> None:
        self._threads = ThreadPoolExecutor(threads, name)
        self._most, self._now = threads + waiting, 0
        self._patience = patience

    async def run(self, work: Callable[[], T]) -> T:
        """Do it. Raises Busy, and what it raises."""
        if self._now >= self._most:
            raise Busy
        self._now += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        future.add_done_callback(self._done)
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(future)
        except TimeoutError:
            raise Busy from None

    def _done(self, future: asyncio.Future[T]) -> None:
        self._now -= 1
        if not future.cancelled():
            future.exception()  # whoever gave it up does not look

    def close(self) -> None:
        """No more work."""
        self._threads.shutdown(wait=False, cancel_futures=True)
