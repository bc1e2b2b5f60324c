"""Which device the user means: regular expressions on ids, strings and places, as in C's driver."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.io.hid import Identity

_CLASSES = {
    "[:alpha:]": "a-zA-Z",
    "[:digit:]": "0-9",
    "[:alnum:]": "a-zA-Z0-9",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
    "[:space:]": r"\s",
    "[:blank:]": r" \t",
    "[:xdigit:]": "0-9a-fA-F",
    "[:punct:]": r"!-/:-@\[-`{-~",
}
_KEYS = ("vendorid", "productid", "vendor", "product", "serial", "bus", "device", "busport")


class Wanted:
    """Raises ConfigError where an expression is none. `insists`: the user named the product by its id."""

    def __init__(self, settings: Settings) -> None:
        self._patterns: dict[str, re.Pattern[str]] = {}
        for key in _KEYS:
            if text := settings.text(key):
                for name, characters in _CLASSES.items():
                    text = text.replace(name, characters)
                try:
                    self._patterns[key] = re.compile(text, re.IGNORECASE)
                except re.error as error:
                    raise settings.error(key, f"invalid regular expression: {error}") from None
        self._interface = settings.integer("usb_hid_rep_index", -1, -1)
        self.insists = "productid" in self._patterns

    def fits(self, identity: Identity) -> bool:
        """Whether every expression matches the whole of what it is for."""
        texts = {
            "vendorid": f"{identity.vendor_id:04x}",
            "productid": f"{identity.product_id:04x}",
            "vendor": identity.vendor,
            "product": identity.product,
            "serial": identity.serial,
            "bus": identity.bus,
            "device": identity.device,
            "busport": identity.busport,
        }
        if self._interface not in (-1, identity.interface):
            return False
        return all(pattern.fullmatch(texts[key]) for key, pattern in self._patterns.items())
