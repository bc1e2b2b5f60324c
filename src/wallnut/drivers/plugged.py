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
    from wallnut.drivers.usbhid import vendors

    try:
        identities = [one for one in hid.found() if vendors.choose(one) is not None]
    except (NutError, OSError):
        return []
    several = len(identities) > 1
    return [
        Plugged(
            f"ups{number}" if several else "ups",
            "usbhid-ups",
            f"{one.vendor} {one.product}".strip() or str(one),
            _which(one) if several else {},
        )
        for number, one in enumerate(identities, 1)
    ]


def _which(one: Identity) -> dict[str, str]:
    """The settings by which the driver takes this device and no other."""
    return {"busport": one.busport} if one.busport else {"bus": one.bus, "device": one.device}
