"""Plain TCP connections on which the other side speaks when it likes, with a limit on every wait."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import dataclass

from wallnut.model.errors import DeviceError

CHUNK = 4096


@dataclass(frozen=True, slots=True)
class Feed:
    """Where to connect; `limit`: seconds that this and each sending may take."""

    host: str
    port: int
    limit: float = 5.0

    def open(self) -> Connection:
        """Connect. Raises DeviceError."""
        try:
            return Connection(socket.create_connection((self.host, self.port), self.limit), self)
        except (OSError, UnicodeError, OverflowError) as error:  # a host or a port that is none
            raise DeviceError(f"can't reach {self.host} port {self.port}: {_reason(error)}") from None


class Connection:
    """An open connection. `close` may come from another thread: it ends the other one's waiting."""

    def __init__(self, sock: socket.socket, way: Feed) -> None:
        self._sock, self._way = sock, way

    def send(self, data: bytes) -> None:
        """Send. Raises DeviceError."""
        try:
            self._sock.settimeout(self._way.limit)
            self._sock.sendall(data)
        except OSError as error:
            raise DeviceError(f"{self._way.host} port {self._way.port}: {_reason(error)}") from None

    def receive(self, limit: float) -> bytes:
        """What comes within `limit` seconds; b"" where nothing does. Raises DeviceError where the other side ended."""
        try:
            self._sock.settimeout(limit)
            data = self._sock.recv(CHUNK)
        except TimeoutError:
            return b""
        except OSError as error:
            raise DeviceError(f"{self._way.host} port {self._way.port}: {_reason(error)}") from None
        if not data:
            raise DeviceError(f"{self._way.host} port {self._way.port}: connection closed")
        return data

    def close(self) -> None:
        """Let go; never fails."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return os.strerror(number) if isinstance(number, int) and number > 0 else str(error)
