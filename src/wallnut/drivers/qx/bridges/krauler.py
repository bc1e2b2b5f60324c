"""krauler: an adapter that answers megatec's questions by strings; no shutdown, no test of a given length.

Devices: Krauler UP-M500VA, Legrand Daker DK, and others with 0001:0000; LDLC, Dynamix with `langid_fix`. Source:
nutdrv_qx(8), the numbers in NUT's nutdrv_qx. Proved beside C nutdrv_qx on an emulated device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.reports import ended
from wallnut.drivers.qx.bridges.strings import MEGATEC, Strings, is_no_ack, language

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.usb import UsbDevice

STRINGS = {**MEGATEC, b"T\r": 0x04, b"TL\r": 0x05, b"C\r": 0x0B, b"CT\r": 0x0B}
LEADS = {b"Q1\r": b"(", b"F\r": b"#", b"I\r": b"#"}
"""What a reply begins with instead of the byte that comes; what else there is are commands."""
RETRIES = 10


class KraulerLine:
    """Questions by strings."""

    def __init__(self, strings: Strings) -> None:
        self._strings = strings

    def ask(self, request: bytes) -> bytes:
        index = STRINGS.get(request)
        if index is None:
            return request  # not known: as a UPS that sends it back
        for _ in range(RETRIES):
            reply = self._strings.get(index)
            if not reply:
                return b""
            if not is_no_ack(reply):
                return ended(LEADS[request] + reply[1:]) if request in LEADS else b""
        return b""

    def close(self) -> None:
        self._strings.device.close()


def _connect(device: UsbDevice, settings: Settings) -> KraulerLine:
    return KraulerLine(Strings(device, language(settings)))


KRAULER = Bridge("krauler", _connect)
