"""fabula: an adapter that answers megatec's questions by strings and says "UPS No Ack" to all that it does.

Devices: Fideltronik and MEC LUPUS 500 USB. Source: nutdrv_qx(8), the numbers in NUT's nutdrv_qx. Proved beside C
nutdrv_qx on an emulated device. It knows no test; a shutdown starts again with the mains, whatever ups.delay.start is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.reports import ended
from wallnut.drivers.qx.bridges.strings import MEGATEC, Strings, is_no_ack, shutdown_string

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.usb import UsbDevice

STRINGS = {**MEGATEC, b"C\r": 0x0A}


class FabulaLine:
    """Questions by strings."""

    def __init__(self, strings: Strings) -> None:
        self._strings = strings

    def ask(self, request: bytes) -> bytes:
        index = STRINGS.get(request) or shutdown_string(request)
        if index is None:
            return request  # not known: as a UPS that sends it back
        reply = self._strings.get(index)
        return b"" if not reply or is_no_ack(reply) else ended(reply)

    def close(self) -> None:
        self._strings.device.close()


def _connect(device: UsbDevice, settings: Settings) -> FabulaLine:
    return FabulaLine(Strings(device, None))


FABULA = Bridge("fabula", _connect)
