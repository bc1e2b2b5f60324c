"""Another driver as a device: what clone and clone-outlet sit on. Its socket is followed on a loop of our own."""

from __future__ import annotations

import os

from wallnut.client.link import Link
from wallnut.drivers.base import Result
from wallnut.drivers.looping import LoopThread
from wallnut.io.stream import connect_unix
from wallnut.model.errors import ConnectError, DeviceError
from wallnut.model.state import UpsState
from wallnut.proto.driver import InstCmd, Set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.io.log import Logger
    from wallnut.model.state import Message

    Answer = Callable[[int], object]

ANSWER_TIME = 10.0
"""Seconds that the other driver may take to say everything once, or to carry out a request."""
MAXAGE = 15.0
"""Seconds of silence after which the other driver is dead."""
PING_GAP = 5.0


class Upstream:
    """A connection to the driver whose socket is `path`. `on_change(messages)` is called in the loop's thread."""

    def __init__(self, path: str, log: Logger, on_change: Callable[[list[Message]], object]) -> None:
        """Connect, and wait for the first dump. Raises DeviceError."""
        self._name = os.path.basename(path)
        self._on_change = on_change
        self._thread = LoopThread(self._name)
        self._state = UpsState()
        self._end = ""
        self._asked: dict[str, Answer] = {}
        self._count = 0
        self._complete: Callable[[str], object] | None = None
        try:
            stream = connect_unix(self._thread.loop, path)
        except ConnectError as error:
            self._thread.loop.close()
            raise DeviceError(f"Can't connect to UPS [{self._name}]: {error}") from None
        self._link = Link(
            self._thread.loop,
            stream,
            self._state,
            log,
            self._name,
            on_change=self._changed,
            on_tracking=self._tracked,
            on_close=self._closed,
        )
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
        self._link.start()
        self._thread.loop.call_later(PING_GAP, self._ping)

    def _ping(self) -> None:
        loop = self._thread.loop
        silent = loop.clock() - self._link.heard
        if self._link.closed:
            return
        if silent > MAXAGE:
            self._link.close()
            self._closed(f"no answer for {MAXAGE:g} s")
            return
        if silent >= PING_GAP:
            self._link.ping()
        loop.call_later(PING_GAP, self._ping)

    def _changed(self, messages: list[Message]) -> None:
        self._on_change(messages)
        if self._complete is not None and self._state.complete:
            self._complete("")
            self._complete = None

    def _closed(self, reason: str) -> None:
        self._end = reason or "the connection ended"
        if self._complete is not None:
            self._complete(self._end)
            self._complete = None
        for answer in self._asked.values():
            answer(Result.FAILED)
        self._asked.clear()
        self._on_change([])

    def _tracked(self, id: str, result: int) -> None:
        answer = self._asked.pop(id, None)
        if answer is not None:
            answer(result)

    def check(self) -> str:
        """Why what is known does not count, "" where it does. Raises DeviceError when the connection is over."""
        if self._end:
            raise DeviceError(f"[{self._name}] {self._end}")
        return f"[{self._name}] its data is stale" if self._state.stale else ""

    def request(self, message: Set | InstCmd) -> Result:
        """Have the other driver do something. Raises DeviceError when it does not answer."""
        self._count += 1
        message.id = f"wallnut-{self._count}"

        def ask(answer: Answer) -> None:
            self._asked[message.id] = answer
            if not self._link.send(message):
                self._tracked(message.id, Result.FAILED)

        result = self._thread.ask(ask, ANSWER_TIME)
        return Result(result) if result in Result.__members__.values() else Result.FAILED

    def close(self) -> None:
        """End the connection."""
        self._thread.loop.call_soon_threadsafe(self._link.close)
        self._thread.stop()
