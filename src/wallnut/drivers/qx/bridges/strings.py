"""Adapters that answer by string descriptors: a question is the number of a string (USB 2.0, 9.6.7).

Source: the numbers in NUT's nutdrv_qx. `langid_fix` is the language in which they are asked for; without it the first
one that the device names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wallnut.drivers.qx.bridges.reports import ended

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.usb import UsbDevice

GET_DESCRIPTOR, STRING = 6, 0x300
ENGLISH = 0x0409
LONGEST = 255
NO_ACK = "UPS NO ACK"
SHUTDOWN = re.compile(rb"S([0-9]{0,2}\.?[0-9]?)(?:R([0-9]+))?\r")
MEGATEC = {b"Q1\r": 0x03, b"F\r": 0x0D, b"I\r": 0x0C, b"Q\r": 0x07}


def language(settings: Settings) -> int | None:
    """The setting langid_fix. Raises ConfigError."""
    text = settings.text("langid_fix")
    if not text:
        return None
    try:
        return int(text, 0) & 0xFFFF
    except ValueError:
        raise settings.error("langid_fix", "0x409 or 0x4095 is needed") from None


class Strings:
    """The strings of a device. `size` is what is asked for: some lock up where it is more than they like."""

    def __init__(self, device: UsbDevice, fixed: int | None, size: int = LONGEST) -> None:
        self.device, self.fixed, self._size = device, fixed, size
        self._language = fixed

    def raw(self, index: int, language: int, size: int) -> bytes:
        """A string descriptor as it comes."""
        return self.device.ask(GET_DESCRIPTOR, STRING | index, size, language)

    def get(self, index: int) -> bytes:
        """A string, b"" for none; what is not ASCII's range is shown as "?"."""
        if self._language is None:
            named = self.raw(0, 0, LONGEST)
            self._language = int.from_bytes(named[2:4], "little") if len(named) >= 4 else ENGLISH
        data = self.raw(index, self._language, self._size)
        if len(data) < 2 or data[1] != STRING >> 8 or data[0] > len(data):
            return b""
        return bytes(data[at] if not data[at + 1] else ord("?") for at in range(2, data[0] - 1, 2))


def is_no_ack(reply: bytes) -> bool:
    """Whether a string is what such adapters say of a command, and of a question that they could not put."""
    return ended(reply)[:-1].decode("latin-1").upper() == NO_ACK


def shutdown_string(request: bytes) -> int | None:
    """The string that stands for Sn or SnRm: 10h for half a minute, 10h more for each tenth up to 1 and each minute up
    to 10; 8 more to start again with the mains (R0000: never). None for other requests."""
    found = SHUTDOWN.fullmatch(request)
    if found is None or found[1] in (b"", b"."):
        return None
    delay = min(max(float(found[1]), 0.5), 10.0)
    index = 16 + round((delay - 0.5) * 10) * 16 if delay < 1 else 96 + int((delay - 1) * 16)
    return index if found[2] is not None and not int(found[2]) else index + 8
