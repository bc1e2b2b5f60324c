"""How a UPS is talked to: a question, and the reply that ends with a carriage return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from wallnut.io.serial import Port

LIMIT = 1.0
"""Seconds within which a reply begins and ends."""
LONGEST = 255
"""Bytes of a reply that count."""


class Line(Protocol):
    """An open way to a UPS. One thread uses it."""

    def ask(self, request: bytes) -> bytes:
        """Send a request; the reply with its carriage return, or what came of it in time, b"" for nothing. Raises
        DeviceError where the line is lost."""

    def close(self) -> None:
        """Let it go; never fails."""


class SerialLine:
    """A serial line. What came unasked, or too late, is thrown away before the next question."""

    def __init__(self, port: Port, limit: float = LIMIT) -> None:
        self._port, self._limit = port, limit

    def ask(self, request: bytes) -> bytes:
        self._port.discard()
        self._port.write(request)
        return self._port.read_until(b"\r", self._limit, LONGEST)

    def close(self) -> None:
        try:
            self._port.set_dtr(False)
        except DeviceError:
            pass  # it is gone already, or has no such line
        self._port.close()
