"""The server's side of its drivers: connect to each one's socket, keep at it, judge whether its data are fresh."""

from __future__ import annotations

from wallnut.client.link import Link
from wallnut.io.stream import connect_unix
from wallnut.model.errors import ConnectError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.io.log import Logger
    from wallnut.io.loop import Loop
    from wallnut.io.stream import Stream
    from wallnut.model.state import Message
    from wallnut.server.ups import Ups

COMPLAIN_EVERY = 300.0
"""Seconds between two log lines about the same driver that cannot be reached."""
UNSENT_LIMIT = 65536
"""Bytes that may wait for a driver to read them; one that hangs for so long is given up."""


class DriverLink:
    """One UPS's way to its driver.

    `path` is the driver's socket, `name` what the log calls it ("<driver>-<ups>"). `tick` is to be called about every
    second. `on_tracking(id, result)` gets the outcomes that drivers report.
    """

    def __init__(
        self, loop: Loop, log: Logger, ups: Ups, path: str, name: str, on_tracking: Callable[[str, int], object]
    ) -> None:
        self._loop, self._log, self._ups, self._on_tracking = loop, log, ups, on_tracking
        self.path, self.name = path, name
        self._link: Link | None = None
        self._own = True  # we connect; not: a stream was given to us
        self._complained = -COMPLAIN_EVERY
        self._pinged = 0.0

    def attach(self, stream: Stream) -> None:
        """Take a driver in this process: a stream to it instead of the socket. When it closes another may be given."""
        self._own = False
        self._connected(stream)

    def connect(self) -> None:
        """Try to reach the driver; harmless when it is reached."""
        if self._link is not None or not self._own:
            return
        try:
            stream = connect_unix(self._loop, self.path, UNSENT_LIMIT)
        except ConnectError as error:
            now = self._loop.clock()
            if now - self._complained >= COMPLAIN_EVERY:
                self._complained = now
                self._log.error(f"Can't connect to UPS [{self._ups.name}] ({self.name}): {error}")
            return
        self._connected(stream)

    def _connected(self, stream: Stream) -> None:
        ups = self._ups
        self._log.info(f"Connected to UPS [{ups.name}]: {self.name}")
        self._complained = -COMPLAIN_EVERY
        self._pinged = self._loop.clock()
        self._link = Link(
            self._loop,
            stream,
            ups.state,
            self._log,
            ups.name,
            on_change=ups.changed,
            on_tracking=self._on_tracking,
            on_close=self._closed,
        )
        ups.came()
        self._link.start()

    def _closed(self, reason: str) -> None:
        self._link = None
        self._log.notice(f"UPS [{self._ups.name}] lost its driver ({self.name}){': ' if reason else ''}{reason}")
        self._ups.went()

    def send(self, message: Message) -> bool:
        """Hand a command or a setting to the driver; False when that is not possible."""
        if self._link is None:
            return False
        if self._link.send(message):
            return True
        self._log.error(f"Send to UPS [{self._ups.name}] failed")
        return False

    def tick(self, maxage: int) -> None:
        """Connect, ask for a sign of life, notice silence."""
        link = self._link
        if link is None:
            self.connect()
            return
        now = self._loop.clock()
        silence = now - link.heard
        if silence > maxage // 3 and now - self._pinged > maxage // 3:
            self._pinged = now
            link.ping()
        if self._link is not None:
            self._ups.judge(silent=silence > maxage + 1)  # the second more is 2.8.5's

    def leave(self) -> None:
        """Part from the driver for good, in a way that C drivers stand."""
        if self._link is not None:
            self._link.leave()
            self._link = None

    def close(self) -> None:
        """Cut the connection, at the end of the process."""
        if self._link is not None:
            self._link.close()
            self._link = None
