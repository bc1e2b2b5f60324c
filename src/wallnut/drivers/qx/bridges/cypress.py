"""cypress: HID output reports of 8 bytes carry the question, interrupt reports of 8 bytes the reply.

Devices: 0665:5161 (Voltronic Power and its many names: Belkin F6C1200, Salicru, Ippon, PowerWalker...), Agiler, Unitek,
Phoenixtec Innova, Online Yunto. Source: report sizes, endpoint and times of NUT's nutdrv_qx. Proved beside C nutdrv_qx
and blazer_usb on an emulated device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.base import Option, Settings
from wallnut.drivers.qx.bridges import Bridge

if TYPE_CHECKING:
    from wallnut.io.usb import UsbDevice

SET_REPORT, OUTPUT_REPORT = 0x09, 0x200
INPUT = 0x81
SIZE = 8
LONGEST = 255
LIMIT, SLOW_LIMIT = 1.0, 3.0
"""Seconds that a report may take; longer for 0665:5161."""
DRAIN, DRAIN_LIMIT = 10, 0.025
"""Reports of a late reply that are thrown away before a question, and seconds to wait for each."""
SLOW = (0x0665, 0x5161)


class CypressLine:
    """`drain`: throw away late replies first, and wait longer for new ones."""

    def __init__(self, device: UsbDevice, drain: bool) -> None:
        self._device, self._drain = device, drain

    def ask(self, request: bytes) -> bytes:
        if self._drain and not self._quiet():
            return b""
        for begin in range(0, len(request), SIZE):
            if not self._device.control(SET_REPORT, OUTPUT_REPORT, request[begin : begin + SIZE].ljust(SIZE, b"\0")):
                return b""
        reply = b""
        while b"\r" not in reply and len(reply) < LONGEST:
            piece = self._device.read(INPUT, SIZE, SLOW_LIMIT if self._drain else LIMIT)
            if not piece:
                return b""
            reply += piece
        return reply.partition(b"\r")[0] + b"\r"

    def _quiet(self) -> bool:
        """Wait until nothing comes any more; False where it does not end: no answer could be told from it."""
        return any(not self._device.read(INPUT, SIZE, DRAIN_LIMIT) for _ in range(DRAIN + 1))

    def close(self) -> None:
        self._device.close()


def _connect(device: UsbDevice, settings: Settings) -> CypressLine:
    wanted = settings.choice("cypress_drain_quirk", ("on", "yes", "true", "1", "off", "no", "false", "0", "null", "-1"))
    drain = (device.identity.vendor_id, device.identity.product_id) == SLOW
    if wanted not in ("", "null", "-1"):
        drain = wanted in ("on", "yes", "true", "1")
    return CypressLine(device, drain)


CYPRESS = Bridge(
    "cypress",
    _connect,
    (Option("cypress_drain_quirk", "Throw away late replies before a question: on, off (on for 0665:5161)"),),
)
