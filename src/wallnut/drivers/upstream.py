"""Another driver as a device: what clone and clone-outlet sit on. Its socket is followed on a loop of our own."""

from __future__ import annotations

import os
from functools import partial

from wallnut.drivers.conversation import Conversation
from wallnut.drivers.looping import LoopThread
from wallnut.model.errors import DeviceError
from wallnut.model.state import UpsState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.drivers.base import Result
    from wallnut.io.log import Logger
    from wallnut.model.state import Message
    from wallnut.proto.driver import InstCmd, Set

ANSWER_TIME = 10.0
"""Seconds that the other driver may take to say everything once, or to carry out a request."""
MAXAGE = 15.0
"""Seconds of silence after which the other driver is dead."""


class Upstream:
    """A connection to the driver whose socket is `path`. `on_change(messages)` is called in the loop's thread."""

    def __init__(self, path: str, log: Logger, on_change: Callable[[list[Message]], object]) -> None:
        """Connect, and wait for the first dump. Raises DeviceError."""
        self._name = os.path.basename(path)
        self._on_change = on_change
        self._thread = LoopThread(self._name)
        self._state = UpsState()
        self._end = ""
        self._complete: Callable[[str], object] | None = None
        try:
            self._talk = Conversation(
                self._thread.loop,
                path,
                self._state,
                log,
                silence=MAXAGE,
                on_change=self._changed,
                on_end=self._ended,
            )
        except DeviceError:
            self._thread.loop.close()
            raise
        self._thread.start()
        try:
            problem = self._thread.ask(self._begin, ANSWER_TIME)
            if problem:
                raise DeviceError(f"[{self._name}] {problem}")
        except DeviceError:
            self.close()
            raise

    def _begin(self, answer: Callable[[str], object]) -> None:
        self._complete = answer
        self._talk.start()

    def _changed(self, messages: list[Message]) -> None:
        self._on_change(messages)
        if self._complete is not None and self._state.complete:
            self._complete("")
            self._complete = None

    def _ended(self, reason: str) -> None:
        self._end = reason
        if self._complete is not None:
            self._complete(self._end)
            self._complete = None
        self._on_change([])

    def check(self) -> str:
        """Why what is known does not count, "" where it does. Raises DeviceError when the connection is over."""
        if self._end:
            raise DeviceError(f"[{self._name}] {self._end}")
        return f"[{self._name}] its data is stale" if self._state.stale else ""

    def request(self, message: Set | InstCmd) -> Result:
        """Have the other driver do something. Raises DeviceError when it does not answer."""
        result: Result = self._thread.ask(partial(self._talk.request, message), ANSWER_TIME)
        return result

    def close(self) -> None:
        """End the connection."""
        self._thread.loop.call_soon_threadsafe(self._talk.close)
        self._thread.stop()
