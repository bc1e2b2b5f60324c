"""The USB ids that our drivers serve, from their own tables: for udev's rules, scanning, lists of devices."""

from __future__ import annotations

from dataclasses import dataclass

from wallnut.drivers.qx.bridges.table import IDS
from wallnut.drivers.usbhid.vendors import VENDORS


@dataclass(frozen=True, slots=True)
class UsbId:
    """Devices of one vendor and product id, the driver for them, and its table (NUT's name of the subdriver)."""

    vendor: int
    product: int
    driver: str
    table: str


def known() -> list[UsbId]:
    """All ids. One may be there several times: vendors use each other's."""
    hid = [
        UsbId(match.vendor, match.product, "usbhid-ups", vendor.title)
        for vendor in VENDORS
        for match in vendor.matches
        if match.product is not None
    ]
    return hid + [UsbId(one.vendor_id, one.product_id, "nutdrv_qx", one.use) for one in IDS]
