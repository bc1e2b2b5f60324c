"""Which USB device has which bridge. Source: the ids in NUT's nutdrv_qx and its hardware list, in the order in which
nutdrv_qx looks (a device that says more of itself comes before those that share its numbers)."""

from __future__ import annotations

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.ablerex import ABLEREX
from wallnut.drivers.qx.bridges.armac import ARMAC
from wallnut.drivers.qx.bridges.cypress import CYPRESS
from wallnut.drivers.qx.bridges.fabula import FABULA
from wallnut.drivers.qx.bridges.fuji import FUJI
from wallnut.drivers.qx.bridges.hunnox import HUNNOX
from wallnut.drivers.qx.bridges.ippon import GTEC, IPPON, OMRON
from wallnut.drivers.qx.bridges.krauler import KRAULER
from wallnut.drivers.qx.bridges.phoenix import PHOENIX
from wallnut.drivers.qx.bridges.phoenixtec import PHOENIXTEC
from wallnut.drivers.qx.bridges.sgs import SGS
from wallnut.drivers.qx.bridges.snr import SNR
from wallnut.io.usb import UsbId

BRIDGES: tuple[Bridge, ...] = (
    CYPRESS,
    PHOENIXTEC,
    PHOENIX,
    IPPON,
    KRAULER,
    FABULA,
    HUNNOX,
    FUJI,
    SGS,
    SNR,
    ARMAC,
    ABLEREX,
    OMRON,
    GTEC,
)

IDS: tuple[UsbId, ...] = (
    UsbId(0x05B8, 0x0000, "cypress", "Agiler UPS"),
    UsbId(0xFFFF, 0x0000, "ablerex", "Ablerex 625L USB"),
    UsbId(0x1CB0, 0x0035, "krauler", "Legrand Daker DK, DK Plus"),
    UsbId(0x0665, 0x5161, "cypress", "Belkin F6C1200-UNV, Voltronic Power UPSes"),
    UsbId(0x06DA, 0x0002, "phoenixtec", "Masterguard A series", "Phoenixtec Power", "USB Cable (V2.00)"),
    UsbId(0x06DA, 0x0002, "cypress", "Online Yunto YQ450"),
    UsbId(0x06DA, 0x0003, "ippon", "Mustek Powermust"),
    UsbId(0x06DA, 0x0004, "cypress", "Phoenixtec Innova 3/1 T"),
    UsbId(0x06DA, 0x0005, "cypress", "Phoenixtec Innova RT"),
    UsbId(0x06DA, 0x0201, "cypress", "Phoenixtec Innova T"),
    UsbId(0x06DA, 0x0601, "phoenix", "Online Zinto A"),
    UsbId(0x0F03, 0x0001, "cypress", "Unitek Alpha 1200Sx"),
    UsbId(0x14F0, 0x00C9, "phoenix", "GE EP series"),
    UsbId(0x0483, 0x0035, "sgs", "TS Shara UPSes"),
    UsbId(0x0590, 0x00B7, "omron", "OMRON BN150T"),
    UsbId(0x0001, 0x0000, "fabula", "Fideltronik, MEC LUPUS 500 USB", "MEC", "MEC0003"),
    UsbId(0x0001, 0x0000, "hunnox", "Hunnox HNX 850, Powercool; SNR-UPS-LID by subdriver", None, "MEC0003"),
    UsbId(0x0001, 0x0000, "fuji", "Fuji UPSes", "ATCL FOR UPS", "ATCL FOR UPS"),
    UsbId(0x0001, 0x0000, "krauler", "Krauler UP-M500VA"),
    UsbId(0x0925, 0x1234, "armac", "Armac and others with Richcomm's adapter"),
)


def find(name: str) -> Bridge | None:
    """The bridge of a name."""
    return next((bridge for bridge in BRIDGES if bridge.name == name.lower()), None)
