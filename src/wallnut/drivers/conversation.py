"""What is said with another driver over its socket, on a loop: its state, signs of life, requests and their outcome."""

from __future__ import annotations

import os

from wallnut.client.link import Link
from wallnut.drivers.base import Result
from wallnut.io.stream import connect_unix
from wallnut.model.errors import ConnectError, DeviceError
from wallnut.model.state import DriverGone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.io.log import Logger
    from wallnut.io.loop import Loop, Timer
    from wallnut.model.state import Message, UpsState
    from wallnut.proto.driver import InstCmd, Set

    Answer = Callable[[Result], object]


class Conversation:
    """A connection to the driver whose socket is `path`; `state` follows what it says. All in the loop's thread.

    `on_change(messages)` gets what changed the state. `on_end(reason)` is called once when the connection is over: cut,
    or given up after `silence` seconds without a sign of life; the state is void by then.
    """

    def __init__(
        self,
        loop: Loop,
        path: str,
        state: UpsState,
        log: Logger,
        *,
        silence: float,
        on_change: Callable[[list[Message]], object],
        on_end: Callable[[str], object],
    ) -> None:
        """Connect. Raises DeviceError."""
        self._loop, self._state, self._silence = loop, state, silence
        self._on_change, self._on_end = on_change, on_end
        self._asked: dict[str, Answer] = {}
        self._count = 0
        name = os.path.basename(path)
        try:
            stream = connect_unix(loop, path)
        except ConnectError as error:
            raise DeviceError(f"Can't connect to UPS [{name}]: {error}") from None
        self._link = Link(
            loop, stream, state, log, name, on_change=on_change, on_tracking=self._tracked, on_close=self._over
        )
        self._timer: Timer | None = None

    def start(self) -> None:
        """Ask for everything; from now on the callbacks are called."""
        self._link.start()
        self._timer = self._loop.call_later(self._silence / 3, self._ping)

    def _ping(self) -> None:
        silent = self._loop.clock() - self._link.heard
        if silent >= self._silence:
            self._link.close()
            self._state.clear()
            self._on_change([DriverGone()])
            self._over(f"no answer for {self._silence:g} s")
            return
        if silent >= self._silence / 3:
            self._link.ping()
        self._timer = self._loop.call_later(min(self._silence / 3, self._silence - silent), self._ping)

    def _over(self, reason: str) -> None:
        self._stop_timer()
        self._fail_requests()
        self._on_end(reason or "the connection ended")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _fail_requests(self) -> None:
        asked, self._asked = self._asked, {}
        for answer in asked.values():
            answer(Result.FAILED)

    def _tracked(self, id: str, result: int) -> None:
        answer = self._asked.pop(id, None)
        if answer is not None:
            answer(Result(result) if result in Result.__members__.values() else Result.FAILED)

    def request(self, message: Set | InstCmd, answer: Answer) -> None:
        """Have the other driver do something; `answer` gets the outcome when it is known, FAILED at the end."""
        self._count += 1
        message.id = f"wallnut-{self._count}"
        self._asked[message.id] = answer
        if not self._link.send(message):
            self._tracked(message.id, Result.FAILED)

    def close(self) -> None:
        """End the connection; `on_end` is not called."""
        self._stop_timer()
        self._link.close()
        self._fail_requests()
