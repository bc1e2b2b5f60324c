"""What bridges share: questions in reports of a fixed size, replies in pieces that end with a carriage return."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallnut.io.usb import UsbDevice

SET_REPORT, OUTPUT_REPORT = 0x09, 0x200
INPUT = 0x81
SIZE = 8
LONGEST = 255
LIMIT = 1.0
"""Seconds that a report may take."""
CR = b"\r"


def send(device: UsbDevice, request: bytes, value: int = OUTPUT_REPORT, size: int = SIZE) -> bool:
    """Send a question in output reports of `size` bytes, filled up with zeros; whether the device took it."""
    return all(
        device.control(SET_REPORT, value, request[begin : begin + size].ljust(size, b"\0"))
        for begin in range(0, len(request), size)
    )


def collect(device: UsbDevice, size: int = SIZE, limit: float = LIMIT) -> bytes:
    """The pieces of a reply up to its carriage return; b"" where it does not end in time."""
    reply = b""
    while CR not in reply and len(reply) < LONGEST:
        piece = device.read(INPUT, size, limit)
        if not piece:
            return b""
        reply += piece
    return reply.partition(CR)[0] + CR


def ended(reply: bytes) -> bytes:
    """A reply that came in one piece: to its carriage return, which is added where zeros or nothing follow it."""
    text, end, _ = reply.partition(CR)
    if not end:
        text = text.partition(b"\0")[0]
    return text + CR if text or end else b""


def drain(device: UsbDevice, pieces: int, limit: float, size: int = SIZE) -> None:
    """Throw away what is left of an earlier reply."""
    for _ in range(pieces):
        if not device.read(INPUT, size, limit):
            return
