"""UPSes that are plugged in now and that one of our drivers serves: what runs where nothing is configured."""

from __future__ import annotations

from typing import NamedTuple

from wallnut.io import hid
from wallnut.model.errors import NutError
from wallnut.proto.words import word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.hid import Identity


class Plugged(NamedTuple):
    """A device: a name to serve it under, its driver, what it is called, and what tells it from the others."""

    name: str
    driver: str
    title: str
    settings: dict[str, str]

    @property
    def section(self) -> str:
        """Its section of ups.conf."""
        given = {"driver": self.driver, "port": "auto", **self.settings, "desc": self.title}
        return f"[{self.name}]\n" + "".join(f"  {key} = {word(value)}\n" for key, value in given.items())


def found() -> list[Plugged]:
    """Those on USB. Where a library is missing, or USB is out of reach, there are none."""
    devices = [*_hid(), *_adapters()]
    several = len(devices) > 1
    return [
        Plugged(f"ups{number}" if several else "ups", driver, title, which if several else {})
        for number, (driver, title, which) in enumerate(devices, 1)
    ]


def _hid() -> list[tuple[str, str, dict[str, str]]]:
    """UPSes of the HID power device class: driver, title, and what tells each from the others."""
    from wallnut.drivers.usbhid import vendors

    try:
        identities = [one for one in hid.found() if vendors.choose(one) is not None]
    except (NutError, OSError):
        return []
    return [("usbhid-ups", f"{one.vendor} {one.product}".strip() or str(one), _which(one)) for one in identities]


def _adapters() -> list[tuple[str, str, dict[str, str]]]:
    """UPSes behind USB adapters, where the numbers are a UPS maker's own: other things have 0001:0000 and its like."""
    from wallnut.drivers.qx.bridges.table import IDS
    from wallnut.drivers.usbhid.vendors import VENDORS
    from wallnut.io import usb

    others = {(match.vendor, match.product) for vendor in VENDORS for match in vendor.matches}
    plain = tuple(one for one in IDS if one.vendor_id not in SHARED and (one.vendor_id, one.product_id) not in others)
    try:
        identities = usb.found(plain)
    except (NutError, OSError):
        return []
    return [
        (
            "nutdrv_qx",
            f"{one.vendor} {one.product}".strip() or next(known.title for known in plain if one.fits(known)),
            {"bus": one.bus, "device": one.device},
        )
        for one in identities
    ]


SHARED = (0x0001, 0xFFFF, 0x0483, 0x0925)
"""Vendor ids that many use: nobody's, a chip maker's, a training book's."""


def _which(one: Identity) -> dict[str, str]:
    """The settings by which the driver takes this device and no other."""
    return {"busport": one.busport} if one.busport else {"bus": one.bus, "device": one.device}
