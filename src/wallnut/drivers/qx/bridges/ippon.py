"""ippon, omron and gtec: questions in output reports that are numbered the wrong way round, replies in one piece.

Devices: Mustek PowerMust (ippon); OMRON BN150T (omron: reports of 16 bytes); Gtec ZP120N (gtec: replies of up to 128
bytes, several where need be). Source: report sizes, numbers and endpoint of NUT's nutdrv_qx. ippon is proved beside C
nutdrv_qx on an emulated device, the others by specification only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.reports import INPUT, LIMIT, SIZE, collect, ended, send

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.usb import UsbDevice

REPORT = 0x0002
"""Output report 0 would be 0200h; the devices were built for this."""


@dataclass(slots=True)
class IpponLine:
    """`size` bytes of a question in a report, `most` of a reply; `one`: a reply is one piece."""

    device: UsbDevice
    size: int = SIZE
    most: int = 64
    one: bool = True

    def ask(self, request: bytes) -> bytes:
        if not send(self.device, request, REPORT, self.size):
            return b""
        return ended(self.device.read(INPUT, self.most, LIMIT)) if self.one else collect(self.device, self.most)

    def close(self) -> None:
        self.device.close()


def _ippon(device: UsbDevice, settings: Settings) -> IpponLine:
    return IpponLine(device)


def _omron(device: UsbDevice, settings: Settings) -> IpponLine:
    return IpponLine(device, size=16)


def _gtec(device: UsbDevice, settings: Settings) -> IpponLine:
    return IpponLine(device, most=128, one=False)


IPPON = Bridge("ippon", _ippon)
OMRON = Bridge("omron", _omron)
GTEC = Bridge("gtec", _gtec)
