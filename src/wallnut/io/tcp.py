"""A connection to a program or device that serves something over TCP, with a limit on every wait."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from wallnut.io.record import show, unshow
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from wallnut.io.record import Tape


CHUNK = 4096


class Connection(Protocol):
    """An open connection. Every method but `close` raises DeviceError where it is lost."""

    def write(self, data: bytes) -> None:
        """Send."""

    def read(self, size: int, limit: float) -> bytes:
        """The next `size` bytes; DeviceError where they do not come within `limit` seconds."""

    def receive(self, limit: float) -> bytes:
        """What comes within `limit` seconds, for where the other side speaks when it likes; b"" where nothing does."""

    def close(self) -> None:
        """Let it go; never fails. From another thread it ends the waiting of this one."""


@dataclass(frozen=True, slots=True)
class Tcp:
    """A host's name or address, and a port. `limit`: seconds that connecting, and each writing, may take."""

    host: str
    port: int
    limit: float = 10.0

    def open(self) -> Connection:
        """Connect. Raises DeviceError."""
        try:
            return _RealConnection(socket.create_connection((self.host, self.port), self.limit), self)
        except (OSError, UnicodeError) as error:  # UnicodeError: a name that is none
            raise DeviceError(f"can't connect to {self}: {_reason(error)}") from None

    def record(self, device: Connection, tape: Tape) -> Connection:
        """The connection, with what passes noted."""
        return _RecordedConnection(device, tape)

    def replay(self, tape: Tape) -> Connection:
        """A connection on which the tape answers."""
        return _ReplayedConnection(tape)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, UnicodeError):
        return str(error)
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror) or error.errno is None:
        return error.strerror or str(error)
    return os.strerror(error.errno)


class _RealConnection:
    def __init__(self, sock: socket.socket, way: Tcp) -> None:
        self._sock, self._way = sock, way

    def write(self, data: bytes) -> None:
        try:
            self._sock.settimeout(self._way.limit)
            self._sock.sendall(data)
        except OSError as error:
            raise self._lost(_reason(error)) from None

    def read(self, size: int, limit: float) -> bytes:
        found = b""
        try:
            self._sock.settimeout(max(limit, 0.001))
            while len(found) < size:
                piece = self._sock.recv(size - len(found))
                if not piece:
                    raise self._lost("it was closed")
                found += piece
        except OSError as error:
            raise self._lost(_reason(error)) from None
        return found

    def receive(self, limit: float) -> bytes:
        try:
            self._sock.settimeout(max(limit, 0.001))
            found = self._sock.recv(CHUNK)
        except TimeoutError:
            return b""
        except OSError as error:
            raise self._lost(_reason(error)) from None
        if not found:
            raise self._lost("it was closed")
        return found

    def _lost(self, why: str) -> DeviceError:
        return DeviceError(f"the connection to {self._way} failed: {why}")

    def close(self) -> None:
        with suppress(OSError):  # it is gone already
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()


class _RecordedConnection:
    """A connection that notes what passes."""

    def __init__(self, connection: Connection, tape: Tape) -> None:
        self._connection, self._tape = connection, tape

    def write(self, data: bytes) -> None:
        self._tape.asked(show(data))
        self._connection.write(data)

    def read(self, size: int, limit: float) -> bytes:
        try:
            data = self._connection.read(size, limit)
        except DeviceError as error:
            self._tape.failed(str(error))
            raise
        self._tape.answered(show(data))
        return data

    def receive(self, limit: float) -> bytes:
        data = self._connection.receive(limit)
        if data:
            self._tape.answered(show(data))
        return data

    def close(self) -> None:
        self._connection.close()


class _ReplayedConnection:
    """A connection on which a tape answers."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._waiting = b""

    def write(self, data: bytes) -> None:
        self._waiting += b"".join(unshow(answer) for answer in self._tape.ask(show(data)))

    def read(self, size: int, limit: float) -> bytes:
        if len(self._waiting) < size:
            raise DeviceError("the recording ends here")
        taken, self._waiting = self._waiting[:size], self._waiting[size:]
        return taken

    def receive(self, limit: float) -> bytes:
        taken, self._waiting = self._waiting, b""
        return taken

    def close(self) -> None:
        self._waiting = b""
