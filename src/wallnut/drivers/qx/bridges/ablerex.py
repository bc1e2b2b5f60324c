"""ablerex: a feature report takes the question, the same report half a second later is the reply.

Devices: Ablerex 625L USB. Source: report number and form in NUT's nutdrv_qx. Proved by specification only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.reports import CR, SET_REPORT

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.usb import UsbDevice

REPORT_ID, REPORT, SIZE = 5, 0x305, 47
GET_REPORT, FROM_INTERFACE = 0x01, 0xA1
PAUSE, TRIES = 0.5, 3
LENGTHS = {b"Q1\r": 47, b"I\r": 39, b"F\r": 22, b"Q5\r": 22}
"""How long replies are."""


class AblerexLine:
    """Questions in reports; `wait` lets seconds pass."""

    def __init__(self, device: UsbDevice, wait: Callable[[float], None] = time.sleep) -> None:
        self._device, self._wait = device, wait

    def ask(self, request: bytes) -> bytes:
        report = (bytes((REPORT_ID, 0, len(request))) + request).ljust(SIZE, b"\0")
        for _ in range(TRIES):
            self._device.control(SET_REPORT, REPORT, report)
            self._wait(PAUSE)
            answer = self._device.ask(GET_REPORT, REPORT, SIZE, kind=FROM_INTERFACE)
            text, end, _ = answer.partition(CR)
            reply = text + end if text and end else b""
            if not answer or len(reply) == LENGTHS.get(request, len(reply)):
                return reply
        return b""

    def close(self) -> None:
        self._device.close()


def _connect(device: UsbDevice, settings: Settings) -> AblerexLine:
    return AblerexLine(device)


ABLEREX = Bridge("ablerex", _connect)
