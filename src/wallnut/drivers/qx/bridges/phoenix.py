"""phoenix: as cypress, but what is left of earlier replies has to be read before each question.

Devices: Online Zinto A, GE EP. Source: report sizes and endpoint of NUT's nutdrv_qx. Proved beside C nutdrv_qx on an
emulated device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.reports import collect, drain, send

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.usb import UsbDevice

LEFT, LEFT_LIMIT = 8, 0.1
"""Reports that are thrown away before a question, and seconds to wait for each."""


class PhoenixLine:
    """Questions and replies in reports of 8 bytes."""

    def __init__(self, device: UsbDevice) -> None:
        self._device = device

    def ask(self, request: bytes) -> bytes:
        drain(self._device, LEFT, LEFT_LIMIT)
        return collect(self._device) if send(self._device, request) else b""

    def close(self) -> None:
        self._device.close()


def _connect(device: UsbDevice, settings: Settings) -> PhoenixLine:
    return PhoenixLine(device)


PHOENIX = Bridge("phoenix", _connect)
