"""The vendor files, in the order in which they are asked. To add one: its file, and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.usbhid import (
    apc,
    arduino,
    belkin,
    cyberpower,
    delta,
    eaton,
    ecoflow,
    ever,
    idowell,
    legrand,
    liebert,
    openups,
    powercom,
    powervar,
    salicru,
    tripplite,
)

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.rows import Match, Vendor
    from wallnut.io.hid import Identity

VENDORS: tuple[Vendor, ...] = (
    eaton.VENDOR,
    apc.VENDOR,
    arduino.VENDOR,
    belkin.VENDOR,
    cyberpower.VENDOR,
    delta.VENDOR,
    ecoflow.VENDOR,
    ever.VENDOR,
    idowell.VENDOR,
    legrand.VENDOR,
    liebert.VENDOR,
    openups.VENDOR,
    powercom.VENDOR,
    powervar.VENDOR,
    salicru.VENDOR,
    tripplite.VENDOR,
)


def choose(identity: Identity, *, insist: bool = False) -> tuple[Vendor, Match] | None:
    """The file that serves a device, with its line that says so; `insist`: the user named the product by its id. A line
    that names the product counts before one that serves all of a vendor's."""
    for any_product in (False, True) if insist else (False,):
        for vendor in VENDORS:
            for match in vendor.matches:
                if match.fits(identity, insist=any_product):
                    return vendor, match
    return None
