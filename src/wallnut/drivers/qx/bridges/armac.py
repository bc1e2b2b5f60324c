"""armac: Richcomm's adapter: reports that begin with A0h and a count, three bytes of the question in each.

Devices: Armac, Vultech and others with 0925:1234. Source: report forms, endpoints and the questions that it does not
answer in NUT's nutdrv_qx. Proved beside C nutdrv_qx on an emulated device, the newer ones by specification only.

Newer ones with interrupt endpoints of 64 bytes each way take a question in one report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.reports import INPUT, LIMIT, LONGEST, OUTPUT_REPORT, SET_REPORT, drain

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.usb import UsbDevice

UNKNOWN = (b"QGS\r", b"QS\r", b"QPI\r", b"M\r", b"D\r")
"""Questions that cost a second each, for nothing."""
MARK, COUNT = 0xA0, 0x3F
ROOM, SIZE = 3, 8
LEFT, LEFT_LIMIT = 10, 0.1
WIDE_IN, WIDE_OUT, WIDE = 0x82, 0x02, 64
INTERRUPT = 3
STATUS_BITS = 38
"""Where the status bits of Q1 begin: zero bytes stand for 0 there."""


class ArmacLine:
    """`wide`: interrupt reports both ways."""

    def __init__(self, device: UsbDevice, wide: bool) -> None:
        self._device, self._wide = device, wide

    def ask(self, request: bytes) -> bytes:
        if request in UNKNOWN:
            return request
        if self._wide:
            sent = self._device.write(WIDE_OUT, bytes([MARK + len(request)]) + request)
            return self._reply(WIDE_IN, WIDE) if sent else b""
        drain(self._device, LEFT, LEFT_LIMIT, SIZE)
        for begin in range(0, len(request), ROOM):
            piece = request[begin : begin + ROOM]
            report = (bytes([MARK + len(piece)]) + piece).ljust(ROOM + 1, b"\0")
            if not self._device.control(SET_REPORT, OUTPUT_REPORT, report):
                return b""
        return self._reply(INPUT, SIZE)

    def _reply(self, endpoint: int, size: int) -> bytes:
        reply = b""
        while len(reply) < LONGEST:
            report = self._device.read(endpoint, size, LIMIT)
            count = min(report[0] & COUNT, len(report) - 1) if report else 0
            if not count:
                return reply
            for byte in report[1 : 1 + count]:
                if not byte and len(reply) < STATUS_BITS:
                    return reply  # a UPS that is off says zeros
                reply += bytes([byte or ord("0")])
                if byte == 0x0D:
                    return reply
        return reply

    def close(self) -> None:
        self._device.close()


def _connect(device: UsbDevice, settings: Settings) -> ArmacLine:
    ends = device.endpoints()
    into = any((end, kind & INTERRUPT, size) == (WIDE_IN, INTERRUPT, WIDE) for end, kind, size in ends)
    out = any((end, kind & INTERRUPT) == (WIDE_OUT, INTERRUPT) for end, kind, _ in ends)
    return ArmacLine(device, into and out)


ARMAC = Bridge("armac", _connect)
