"""Outgoing TCP connections on a loop: names are looked up in a thread, so that a slow name server holds up nothing."""

from __future__ import annotations

import _socket
from _thread import start_new_thread
from errno import EINPROGRESS, ETIMEDOUT
from os import strerror

from wallnut.io.blocking import addresses
from wallnut.io.loop import WRITE, Loop
from wallnut.io.stream import Stream
from wallnut.model.errors import ConnectError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Address = tuple[int, tuple[str, int]]


class Dial:
    """An attempt to connect; `done` gets the Stream or the ConnectError once, unless it is cancelled before.

    A host's addresses are tried one after the other, each with its share of the `timeout`. They are `places` then:
    given to a later attempt as `known`, they are tried if the name cannot be looked up any more, as in an outage.
    """

    __slots__ = (
        "_done",
        "_host",
        "_known",
        "_left",
        "_loop",
        "_sock",
        "_timeout",
        "_timer",
        "_trouble",
        "over",
        "places",
    )

    def __init__(
        self,
        loop: Loop,
        host: str,
        port: int,
        timeout: float,
        done: Callable[[Stream | ConnectError], object],
        family: int = 0,
        known: Sequence[Address] = (),
    ) -> None:
        self._loop, self._host, self._timeout, self._done = loop, host, timeout, done
        self._known = tuple(known)
        self.places = self._known
        self._left: list[Address] = []
        self._sock: _socket.socket | None = None
        self._trouble = ConnectError("Connection failure: no address")
        self.over = False
        # a name server that is slow must leave time for the addresses that are known
        self._timer = loop.call_later(timeout / 2 if known else timeout, self._too_late)
        if _is_numeric(host):
            loop.at_end_of_pass(lambda: self._resolved(_look_up(host, port, family)))
        else:
            start_new_thread(self._resolve, (host, port, family))

    def cancel(self) -> None:
        """Give up; `done` is not called any more. Harmless when it is over."""
        self.over = True
        self._timer.cancel()
        self._drop()

    def _resolve(self, host: str, port: int, family: int) -> None:
        """In a thread of its own."""
        found = _look_up(host, port, family)
        self._loop.call_soon_threadsafe(lambda: self._resolved(found))

    def _resolved(self, found: list[Address] | ConnectError) -> None:
        if self.over or self._left or self._sock is not None:  # or the name server was too slow
            return
        if isinstance(found, ConnectError):
            self._trouble = found
            found = list(self._known)
        self.places = tuple(found)
        self._left = found
        self._next()

    def _next(self) -> None:
        while self._left:
            share = self._timeout / len(self._left)
            family, address = self._left.pop(0)
            sock = self._sock = _socket.socket(family, _socket.SOCK_STREAM)
            sock.setblocking(False)
            number = sock.connect_ex(address)
            if number in (0, EINPROGRESS):
                self._timer.cancel()
                self._timer = self._loop.call_later(share, self._too_late)
                self._timeout -= share
                self._loop.watch(sock.fileno(), self._ready, WRITE)
                return
            self._failed(number)
        self._end(self._trouble)

    def _ready(self, events: int) -> None:
        sock = self._sock
        assert sock is not None
        number = sock.getsockopt(_socket.SOL_SOCKET, _socket.SO_ERROR)
        if number:
            self._failed(number)
            self._next()
            return
        self._loop.forget(sock.fileno())
        self._sock = None
        sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self._end(Stream(self._loop, sock, self._host))

    def _too_late(self) -> None:
        if not self._left and self._sock is None and self._known:
            self._resolved(list(self._known))
            return
        self._failed(ETIMEDOUT)
        self._next()

    def _failed(self, number: int) -> None:
        self._drop()
        self._trouble = ConnectError(f"Connection failure: {strerror(number)}", number)

    def _drop(self) -> None:
        if self._sock is not None:
            self._loop.forget(self._sock.fileno())
            self._sock.close()
            self._sock = None

    def _end(self, result: Stream | ConnectError) -> None:
        if not self.over:
            self.over = True
            self._timer.cancel()
            self._done(result)


def _look_up(host: str, port: int, family: int) -> list[Address] | ConnectError:
    try:
        return addresses(host, port, family)
    except ConnectError as error:
        return error


def _is_numeric(host: str) -> bool:
    """Whether the host is an address, so that no name server is asked."""
    for family in (_socket.AF_INET, _socket.AF_INET6):
        try:
            _socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return True
    return False
