"""snr: an adapter that answers three questions by strings, and only after its interrupt endpoint was read.

Devices: SNR-UPS-LID-XXXX. Source: nutdrv_qx(8), the numbers in NUT's nutdrv_qx. Proved by specification only. C asks in
the language that `langid_fix` says and without it in one that there is not; here it is English then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.krauler import LEADS, RETRIES
from wallnut.drivers.qx.bridges.reports import INPUT, LIMIT, ended
from wallnut.drivers.qx.bridges.strings import ENGLISH, MEGATEC, Strings, is_no_ack, language

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.usb import UsbDevice

SIZE = 102


class SnrLine:
    """Questions by strings."""

    def __init__(self, strings: Strings) -> None:
        self._strings = strings

    def ask(self, request: bytes) -> bytes:
        self._strings.device.read(INPUT, SIZE, LIMIT)  # else zeros come, and then nothing
        if request not in LEADS:
            return request  # not known: as a UPS that sends it back
        for _ in range(RETRIES):
            reply = self._strings.get(MEGATEC[request])
            if reply and not is_no_ack(reply):
                return ended(LEADS[request] + reply[1:])
        return b""

    def close(self) -> None:
        self._strings.device.close()


def _connect(device: UsbDevice, settings: Settings) -> SnrLine:
    wanted = language(settings)
    return SnrLine(Strings(device, ENGLISH if wanted is None else wanted, SIZE))


SNR = Bridge("snr", _connect)
