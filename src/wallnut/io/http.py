"""HTTP and HTTPS by the standard library: one server, one connection that is kept, bounds on every answer.

What one says on a tape: `GET /product.xml` asks, `200` and then the body, line by line, answer.
"""

from __future__ import annotations

import io
import os
import socket
import ssl
import time
from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import urlsplit

from wallnut.io.record import show, unshow
from wallnut.model.errors import ConfigError, DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import ReadableBuffer, WriteableBuffer

    from wallnut.io.record import Tape

LIMIT = 5.0
"""Seconds that an answer may take, where nobody says otherwise."""
LARGEST = 1 << 20
"""Bytes that an answer may have."""
PORTS = {"http": 80, "https": 443}
OK, UNAUTHORIZED = 200, 401


class Reply(NamedTuple):
    """An answer."""

    status: int
    body: bytes


class Web(Protocol):
    """A server. Raises DeviceError where it does not answer, or too slowly, or too much."""

    def get(self, path: str) -> Reply:
        """A page."""

    def post(self, path: str, body: bytes, kind: str) -> Reply:
        """Send a body; `kind` is its content type."""

    def close(self) -> None:
        """Let the server go; never fails."""


@dataclass(frozen=True, slots=True)
class Http:
    """A server by its address, http://HOST[:PORT] or https://... `login` and `password` are told to a server that asks
    for them (basic authentication); `agent` is who we say we are. A server's certificate must be one that the system or
    `cafile` trusts, unless `insecure`."""

    url: str
    login: str = ""
    password: str = ""
    limit: float = LIMIT
    agent: str = "wallnut"
    cafile: str = ""
    insecure: bool = False

    def place(self) -> tuple[str, str, int]:
        """Scheme, host and port. Raises ValueError."""
        parts = urlsplit(self.url)
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("http://HOST or https://HOST, with a port if need be, is needed")
        return parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme]

    def open(self) -> Web:
        """Connect. Raises DeviceError."""
        server = _RealWeb(self)
        server.connect()
        return server

    def record(self, device: Web, tape: Tape) -> Web:
        """The server, with what passes noted."""
        return _RecordedWeb(device, tape)

    def replay(self, tape: Tape) -> Web:
        """A server for which the tape answers."""
        return _ReplayedWeb(tape)


class _Patient(io.RawIOBase):
    """A socket as a raw stream on which everything together must come before a deadline, however slowly it drips."""

    def __init__(self, sock: socket.socket, deadline: float, done: Callable[[], object]) -> None:
        self._sock, self._deadline, self._done = sock, deadline, done

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left)
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._done()


class _Timed:
    """What http.client needs of a socket, with one deadline for each exchange. As a socket it is closed for good when
    the last answer is read, too: http.client closes first and reads then."""

    def __init__(self, sock: socket.socket, limit: float) -> None:
        self._sock, self._limit = sock, limit
        self._deadline = 0.0
        self._readers, self._closed = 0, False

    def begin(self) -> None:
        """An exchange begins."""
        self._deadline = time.monotonic() + self._limit
        self._sock.settimeout(self._limit)

    def sendall(self, data: ReadableBuffer) -> None:
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        self._readers += 1
        return io.BufferedReader(_Patient(self._sock, self._deadline, self._read))

    def _read(self) -> None:
        self._readers -= 1
        self._close()

    def close(self) -> None:
        self._closed = True
        self._close()

    def _close(self) -> None:
        if self._closed and not self._readers:
            self._sock.close()


class _RealWeb:
    """http.client's connection: its errors as ours. One thread uses it."""

    def __init__(self, way: Http) -> None:
        self._way = way
        self._connection: HTTPConnection | None = None
        self._socket: _Timed | None = None
        self._authorized = False
        try:
            self._scheme, self._host, self._port = way.place()
        except ValueError as error:
            raise ConfigError(f"{way.url}: {error}") from None

    def connect(self) -> None:
        """Make the connection."""
        if self._scheme == "https":
            context = _trust(self._way)
            made: HTTPConnection = HTTPSConnection(self._host, self._port, timeout=self._way.limit, context=context)
        else:
            made = HTTPConnection(self._host, self._port, timeout=self._way.limit)
        try:
            made.connect()
        except (OSError, UnicodeError) as error:  # UnicodeError: a name that is none
            raise DeviceError(f"can't reach {self._way.url}: {_reason(error)}") from None
        self._socket = _Timed(made.sock, self._way.limit)
        made.sock = self._socket
        made.auto_open = 0  # we connect, so that every socket has its deadlines
        self._connection = made

    def get(self, path: str) -> Reply:
        return self._answer("GET", path, None, {})

    def post(self, path: str, body: bytes, kind: str) -> Reply:
        return self._answer("POST", path, body, {"Content-Type": kind})

    def _answer(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        reply = self._ask(method, path, body, headers)
        if reply.status == UNAUTHORIZED and self._way.login and not self._authorized:
            self._authorized = True  # from now on at once: the server has asked for it
            reply = self._ask(method, path, body, headers)
        return reply

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        """One exchange. A kept connection may have been closed since: then a new one is made, once."""
        kept = self._connection is not None
        while True:
            try:
                return self._exchange(method, path, body, headers)
            except (HTTPException, OSError) as error:
                self.close()
                if not (kept and isinstance(error, ConnectionError)):
                    raise DeviceError(f"{self._way.url}{path}: {_reason(error)}") from None
                kept = False

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
        if self._connection is None:
            self.connect()
        connection, timed = self._connection, self._socket
        assert connection is not None
        assert timed is not None
        timed.begin()
        connection.request(method, path, body, {"User-Agent": self._way.agent, **self._credentials(), **headers})
        response = connection.getresponse()
        try:
            data = response.read(LARGEST + 1)
            if len(data) > LARGEST:
                raise HTTPException(f"more than {LARGEST} bytes")
            if response.length:
                raise HTTPException("the answer ends too early")
        finally:
            response.close()
        if response.will_close:
            self.close()
        return Reply(response.status, data)

    def _credentials(self) -> dict[str, str]:
        if not self._authorized:
            return {}
        both = f"{self._way.login}:{self._way.password}".encode()
        return {"Authorization": f"Basic {b64encode(both).decode()}"}

    def close(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
            self._connection = self._socket = None


def _trust(way: Http) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=way.cafile or None)
    except OSError as error:  # an SSLError is one
        raise ConfigError(f"{way.cafile}: no certificates that can be used: {_reason(error)}") from None
    if way.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _reason(error: Exception) -> str:
    """An error in a few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no whole answer in time"
    number = getattr(error, "errno", None)
    if isinstance(number, int) and number > 0 and not isinstance(error, ssl.SSLError):
        return os.strerror(number)
    return " ".join(str(error).split()) or type(error).__name__


# --- recordings


def _request(method: str, path: str, body: bytes) -> str:
    return f"{method} {path} {show(body)}".rstrip()


class _RecordedWeb:
    """A server that notes what passes."""

    def __init__(self, web: Web, tape: Tape) -> None:
        self._web, self._tape = web, tape

    def get(self, path: str) -> Reply:
        self._tape.asked(_request("GET", path, b""))
        try:
            return self._noted(self._web.get(path))
        except DeviceError as error:
            self._tape.failed(str(error))
            raise

    def post(self, path: str, body: bytes, kind: str) -> Reply:
        self._tape.asked(_request("POST", path, body))
        try:
            return self._noted(self._web.post(path, body, kind))
        except DeviceError as error:
            self._tape.failed(str(error))
            raise

    def _noted(self, reply: Reply) -> Reply:
        self._tape.answered(str(reply.status))
        for line in reply.body.splitlines(keepends=True):
            self._tape.answered(show(line))
        return reply

    def close(self) -> None:
        self._web.close()


class _ReplayedWeb:
    """A server that a tape plays."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def get(self, path: str) -> Reply:
        return self._said(_request("GET", path, b""))

    def post(self, path: str, body: bytes, kind: str) -> Reply:
        return self._said(_request("POST", path, body))

    def _said(self, request: str) -> Reply:
        status, *lines = self._tape.ask(request) or [""]
        try:
            return Reply(int(status), b"".join(unshow(line) for line in lines))
        except ValueError:
            raise DeviceError(f"the recording makes no sense after {request}") from None

    def close(self) -> None:
        pass
