"""phoenixtec: questions by a vendor's control transfer, replies by the interrupt endpoint.

Devices: Masterguard A series. Source: request numbers and the commands without a reply in NUT's nutdrv_qx. Proved
beside C nutdrv_qx on an emulated device.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.reports import LONGEST, collect

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.usb import UsbDevice

TO_ENDPOINT, ASK = 0x42, 0x0D
"""A vendor's request to an endpoint."""
SILENT = re.compile(rb"(T|TL|S|C|CT|M|N|O|SRC|FCLR|SS|TUD|SSN)(?![A-Z])")
"""Commands that have no reply."""


class PhoenixtecLine:
    """Questions by control transfers."""

    def __init__(self, device: UsbDevice) -> None:
        self._device = device

    def ask(self, request: bytes) -> bytes:
        if not self._device.control(ASK, 0, request, kind=TO_ENDPOINT) or SILENT.match(request):
            return b""
        return collect(self._device, LONGEST)

    def close(self) -> None:
        self._device.close()


def _connect(device: UsbDevice, settings: Settings) -> PhoenixtecLine:
    return PhoenixtecLine(device)


PHOENIXTEC = Bridge("phoenixtec", _connect)
