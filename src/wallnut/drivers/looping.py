"""A loop in a thread of its own, for drivers that listen to another program: events come when they come, while the
driver's methods stay plain blocking code."""

from __future__ import annotations

from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread

from wallnut.io.loop import Loop
from wallnut.model.errors import DeviceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    T = TypeVar("T")

END_TIME = 2.0
"""Seconds that the thread may take to end."""


class LoopThread:
    """`loop` runs between `start` and `stop`; everything that lives on it is touched in its thread alone."""

    def __init__(self, name: str) -> None:
        self.loop = Loop()
        self._thread = Thread(target=self.loop.run, name=name, daemon=True)

    def start(self) -> None:
        """Begin to run it."""
        self._thread.start()

    def stop(self) -> None:
        """End it; what was watched on it is its owner's to have closed."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(END_TIME)
        if not self._thread.is_alive():
            self.loop.close()

    def ask(self, call: Callable[[Callable[[T], object]], object], limit: float) -> T:
        """Call `call(answer)` in the loop's thread and wait until `answer(value)` is called there; its value.

        Raises DeviceError after `limit` seconds.
        """
        answers: SimpleQueue[Any] = SimpleQueue()
        self.loop.call_soon_threadsafe(partial(call, answers.put))
        try:
            value: T = answers.get(timeout=limit)
        except Empty:
            raise DeviceError(f"no answer for {limit:g} s") from None
        return value
