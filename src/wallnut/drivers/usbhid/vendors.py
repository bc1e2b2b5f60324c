"""The vendor files, in the order in which they are asked. To add one: its file, and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.usbhid import apc

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.rows import Match, Vendor
    from wallnut.io.hid import Identity

VENDORS: tuple[Vendor, ...] = (apc.VENDOR,)


def choose(identity: Identity, *, insist: bool = False) -> tuple[Vendor, Match] | None:
    """The file that serves a device, with its line that says so; `insist`: the user named the product by its id."""
    for vendor in VENDORS:
        for match in vendor.matches:
            if match.fits(identity, insist=insist):
                return vendor, match
    return None
