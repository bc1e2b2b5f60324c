"""fuji: questions in interrupt reports of 8 bytes, three of which are the question.

Devices: Fuji. Source: report form and endpoints of NUT's nutdrv_qx. Proved by specification only. Where m of SnRm is
not 0 it is left out (the load comes back with the mains); shutdown.stayoff and load.off are too long.

    80 06 LENGTH 03 QUESTION... EXPECTED     length of the question and 1; how long the reply is, 0 for a command
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.reports import CR, SIZE, collect

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.usb import UsbDevice

OUTPUT = 0x02
ROOM = 3
EXPECTED = {b"Q1": 47, b"F": 22, b"I": 39}
RETURN = re.compile(rb"(S[0-9.]{2})R(?!0+$)[0-9]+")


class FujiLine:
    """Questions in reports."""

    def __init__(self, device: UsbDevice) -> None:
        self._device = device

    def ask(self, request: bytes) -> bytes:
        command = RETURN.sub(rb"\1", request.rstrip(CR))
        if len(command) > ROOM:
            return request  # not possible: as a UPS that sends it back
        head = bytes((0x80, 0x06, len(command) + 1, 0x03))
        report = (head + command).ljust(SIZE - 1, b"\0") + bytes([EXPECTED.get(command, 0)])
        if not self._device.write(OUTPUT, report):
            return b""
        return collect(self._device)

    def close(self) -> None:
        self._device.close()


def _connect(device: UsbDevice, settings: Settings) -> FujiLine:
    return FujiLine(device)


FUJI = Bridge("fuji", _connect)
