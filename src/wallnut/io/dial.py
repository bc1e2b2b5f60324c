"""Connecting to a server over TCP from a loop, without holding it up: not for a name server, not for a handshake."""

from __future__ import annotations

import _socket
import _thread
import errno
import os

from wallnut.io.loop import WRITE
from wallnut.io.stream import Stream, resolve
from wallnut.model.errors import ConnectError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallnut.io.loop import Loop, Timer

    Place = tuple[int, tuple[str, int]]


class Dial:
    """One attempt to connect: either `on_stream(stream)` or `on_failure(text)` is called, unless it is cancelled.

    `places` are the addresses found, to be given as `known` to a later attempt: when names cannot be resolved any more,
    as happens in an outage, those are tried. `timeout` seconds are for all of it.
    """

    def __init__(
        self,
        loop: Loop,
        host: str,
        port: int,
        *,
        on_stream: Callable[[Stream], object],
        on_failure: Callable[[str], object],
        family: int = 0,
        timeout: float = 10.0,
        known: Sequence[Place] = (),
    ) -> None:
        self._loop, self._host, self._port, self._family = loop, host, port, family
        self._on_stream, self._on_failure = on_stream, on_failure
        self._known = list(known)
        self.places: list[Place] = []
        self._left: list[Place] = []
        self._sock: _socket.socket | None = None
        self._failure = "Connection failure: Connection timed out"
        self._deadline = loop.clock() + timeout
        # an answer that is late, though not wrong, should not cost the addresses that are known all their time
        self._timer: Timer = loop.call_later(timeout / 2 if known else timeout, self._unresolved)
        self._over = self._resolved = False
        if _is_quick(host):
            self._look_up()
        else:
            _thread.start_new_thread(self._look_up, ())

    def cancel(self) -> None:
        """Give up; nothing is called any more."""
        self._over = True
        self._timer.cancel()
        self._drop()

    def _look_up(self) -> None:
        """Ask for the addresses; in a thread of its own, unless they are known to come at once."""
        found: list[Place] = []
        failure = ""
        try:
            found = resolve(self._host, self._port, self._family)
        except ConnectError:
            failure = "No such host"
        self._loop.call_soon_threadsafe(lambda: self._looked_up(found, failure))

    def _looked_up(self, found: list[Place], failure: str) -> None:
        if self._over or self._resolved:
            return
        self._resolved = True
        self._failure = failure
        self.places = found or self._known
        self._left = list(self.places)
        self._next()

    def _unresolved(self) -> None:
        self._looked_up([], "No such host: its name server does not answer")

    def _next(self) -> None:
        """Try the next address."""
        self._timer.cancel()
        remaining = self._deadline - self._loop.clock()
        if not self._left or remaining <= 0:
            self._over = True
            self._on_failure(self._failure)
            return
        family, address = self._left.pop(0)
        try:
            self._sock = _socket.socket(family, _socket.SOCK_STREAM)
            self._sock.setblocking(False)
            self._sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
            code = self._sock.connect_ex(address)
        except OSError as error:  # no such family, no descriptor left
            self._fail(error.strerror or "broken")
            return
        if code not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK):
            self._fail(os.strerror(code))
            return
        self._timer = self._loop.call_later(remaining / (len(self._left) + 1), self._late)
        self._loop.watch(self._sock.fileno(), self._ready, WRITE)

    def _late(self) -> None:
        self._fail("Connection timed out")

    def _fail(self, text: str) -> None:
        self._failure = f"Connection failure: {text}"
        self._drop()
        self._next()

    def _drop(self) -> None:
        if self._sock is not None:
            self._loop.forget(self._sock.fileno())
            self._sock.close()
            self._sock = None

    def _ready(self, events: int) -> None:
        sock = self._sock
        assert sock is not None
        code = sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
        if code:
            self._fail(os.strerror(code))
            return
        self._over = True
        self._timer.cancel()
        self._loop.forget(sock.fileno())
        self._sock = None
        self._on_stream(Stream(self._loop, sock, self._host))


def _is_quick(host: str) -> bool:
    """Whether the host's address is known without asking the network: a number, or this host."""
    if host == "localhost":
        return True
    for family in (_socket.AF_INET, _socket.AF_INET6):
        try:
            _socket.inet_pton(family, host)
        except OSError:
            continue
        return True
    return False
