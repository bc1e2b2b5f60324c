"""hunnox: as fabula, but strings have to be asked for in turn, and never for more than 102 bytes.

Devices: Hunnox HNX 850, Powercool and others. Source: the numbers and the order in NUT's nutdrv_qx. Proved beside C
nutdrv_qx on an emulated device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.fabula import STRINGS as FABULA
from wallnut.drivers.qx.bridges.reports import ended
from wallnut.drivers.qx.bridges.strings import ENGLISH, Strings, is_no_ack, language, shutdown_string

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.usb import UsbDevice

STRINGS = {**FABULA, b"BL\r": 0xF3}
SIZE, FIRST_SIZE = 102, 1026
FIRST = (0x00, 0x00, 0x01)
"""Strings to ask for before anything else."""
TURN = (0x0D, 0x03, 0x0C)
"""Strings to ask for in turn, one before each question, unless it is the question."""
VENDOR = 0x0C


class HunnoxLine:
    """Questions by strings, in step with what the adapter expects. `novendor`: do not ask for the vendor."""

    def __init__(self, strings: Strings, novendor: bool) -> None:
        self._strings, self._novendor = strings, novendor
        self._step = -1

    def ask(self, request: bytes) -> bytes:
        index = STRINGS.get(request) or shutdown_string(request)
        if index is None:
            return request  # not known: as a UPS that sends it back
        self._keep_step(index)
        reply = self._strings.get(index)
        return b"" if not reply or is_no_ack(reply) else ended(reply)

    def _keep_step(self, index: int) -> None:
        language = ENGLISH if self._strings.fixed is None else self._strings.fixed
        if self._step < 0:
            for first in FIRST:
                self._strings.raw(first, language, FIRST_SIZE)
        else:
            turn = TURN[self._step]
            if turn != index and not (turn == VENDOR and self._novendor):
                self._strings.raw(turn, language, SIZE)
        self._step = (self._step + 1) % len(TURN)

    def close(self) -> None:
        self._strings.device.close()


def _connect(device: UsbDevice, settings: Settings) -> HunnoxLine:
    return HunnoxLine(Strings(device, language(settings), SIZE), settings.flag("novendor"))


HUNNOX = Bridge("hunnox", _connect)
