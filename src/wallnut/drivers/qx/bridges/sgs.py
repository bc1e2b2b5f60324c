"""sgs: reports of 8 bytes, the first of which says how many of the other seven count.

Devices: TS Shara. Source: report form and endpoint of NUT's nutdrv_qx. Proved beside C nutdrv_qx on an emulated device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.reports import CR, INPUT, LIMIT, LONGEST, SIZE, ended, send

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.usb import UsbDevice

ROOM = SIZE - 1


class SgsLine:
    """Questions and replies in reports with their lengths."""

    def __init__(self, device: UsbDevice) -> None:
        self._device = device

    def ask(self, request: bytes) -> bytes:
        for begin in range(0, len(request), ROOM):
            piece = request[begin : begin + ROOM]
            if not send(self._device, bytes([len(piece)]) + piece):
                return b""
        reply = b""
        while CR not in reply and len(reply) < LONGEST:
            report = self._device.read(INPUT, SIZE, LIMIT)
            if not report:
                break
            reply += report[1 : 1 + min(report[0], ROOM)]
        return ended(reply)

    def close(self) -> None:
        self._device.close()


def _connect(device: UsbDevice, settings: Settings) -> SgsLine:
    return SgsLine(device)


SGS = Bridge("sgs", _connect)
