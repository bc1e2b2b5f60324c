"""Which USB device has which bridge. Source: the ids in NUT's nutdrv_qx and its hardware list, in the order in which
nutdrv_qx looks (a device that says more of itself comes before those that share its numbers)."""

from __future__ import annotations

from wallnut.drivers.qx.bridges import Bridge
from wallnut.drivers.qx.bridges.cypress import CYPRESS
from wallnut.io.usb import UsbId

BRIDGES: tuple[Bridge, ...] = (CYPRESS,)

IDS: tuple[UsbId, ...] = (
    UsbId(0x05B8, 0x0000, "cypress", "Agiler UPS"),
    UsbId(0x0665, 0x5161, "cypress", "Belkin F6C1200-UNV, Voltronic Power UPSes"),
    UsbId(0x06DA, 0x0002, "cypress", "Online Yunto YQ450"),
    UsbId(0x06DA, 0x0004, "cypress", "Phoenixtec Innova 3/1 T"),
    UsbId(0x06DA, 0x0005, "cypress", "Phoenixtec Innova RT"),
    UsbId(0x06DA, 0x0201, "cypress", "Phoenixtec Innova T"),
    UsbId(0x0F03, 0x0001, "cypress", "Unitek Alpha 1200Sx"),
)


def find(name: str) -> Bridge | None:
    """The bridge of a name."""
    return next((bridge for bridge in BRIDGES if bridge.name == name.lower()), None)
