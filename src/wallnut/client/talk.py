"""A conversation with a server on a loop: requests with continuations, NOTIFY lines, a deadline for every answer."""

from __future__ import annotations

from collections import deque

from wallnut.model.errors import LinkLost, LinkTimeout, NutError, ProtocolError
from wallnut.proto.net import ClientSession, Notify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.client.tls import Tls
    from wallnut.io.loop import Loop, Timer
    from wallnut.io.stream import Stream
    from wallnut.proto.net import Reply, Request

    Then = Callable[[Reply], object]


class Talk:
    """One connection. What is asked in one pass of the loop travels together.

    `on_notify(notify)` gets NOTIFY lines, `on_end(error)` the end, once, unless it was ours (`close`): LinkLost,
    LinkTimeout (an answer took longer than `timeout` seconds) or ProtocolError.
    """

    __slots__ = ("_loop", "_out", "_session", "_stream", "_then", "_timer", "on_end", "on_notify", "timeout")

    def __init__(
        self,
        loop: Loop,
        stream: Stream,
        timeout: float,
        on_notify: Callable[[Notify], object],
        on_end: Callable[[NutError], object],
    ) -> None:
        self._loop, self._stream, self.timeout = loop, stream, timeout
        self.on_notify, self.on_end = on_notify, on_end
        self._session = ClientSession()
        self._then: deque[tuple[float, Then]] = deque()  # when the answer is due, and whom to tell
        self._out: list[bytes] = []
        self._timer: Timer | None = None
        stream.on_data = self._data
        stream.on_close = self._closed

    def ask(self, request: Request[object], then: Then) -> None:
        """Ask; `then` gets the Reply. After the end nothing happens."""
        if self._stream.closed:
            return
        if not self._out:
            self._loop.at_end_of_pass(self._flush)
        self._out.append(self._session.send(request))
        self._then.append((self._loop.clock() + self.timeout, then))
        if self._timer is None:
            self._timer = self._loop.call_later(self.timeout, self._late)

    def start_tls(self, settings: Tls, host: str) -> bool:
        """Encrypt, once STARTTLS was answered OK; False when the connection ended over it. Raises TlsError."""
        if not self._session.clean:
            self._fail(ProtocolError("something was said in clear after STARTTLS"))
            return False
        self._stream.start_tls(settings.context(), server_side=False, name=settings.name(host), check=settings.check)
        return not self._stream.closed

    def close(self) -> None:
        """End it without a word to `on_end`; what waits for an answer is forgotten."""
        self._stream.on_close = _nothing
        self._end()

    def _flush(self) -> None:
        data, self._out = b"".join(self._out), []
        self._stream.write(data)

    def _data(self, data: bytes) -> None:
        try:
            events = self._session.receive(data)
        except ProtocolError as error:
            self._fail(error)
            return
        for event in events:
            if self._stream.closed:
                return
            if isinstance(event, Notify):
                self.on_notify(event)
            elif isinstance(event.error, ProtocolError):
                self._fail(event.error)
                return
            else:
                self._then.popleft()[1](event)

    def _late(self) -> None:
        self._timer = None
        if not self._then:
            return
        wait = self._then[0][0] - self._loop.clock()
        if wait <= 0:
            self._fail(LinkTimeout("Read error: Connection timed out"))
        else:
            self._timer = self._loop.call_later(wait, self._late)

    def _closed(self, reason: str) -> None:
        self._end()
        self.on_end(LinkLost(reason or "Server disconnected"))

    def _fail(self, error: NutError) -> None:
        self.close()
        self.on_end(error)

    def _end(self) -> None:
        self._then.clear()
        self._out.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._stream.close()


def _nothing(_: object) -> None:
    pass
