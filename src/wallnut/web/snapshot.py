"""What is known of a device at one moment, as a value that threads may share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wallnut.model.status import Status
from wallnut.proto.address import Address

NO_DESCRIPTION = ("Unavailable", "Description unavailable")
"""What servers say of a UPS that nobody has described."""

TROUBLES = {
    "DRIVER-NOT-CONNECTED": "The driver does not run. On %(host)s: upsdrvctl start %(ups)s",
    "UNKNOWN-UPS": "The server %(server)s has no UPS of this name.",
    "WAITING": "Waiting for the first data.",
    "UNREACHABLE": "The server %(server)s cannot be reached: %(reason)s.",
    "DATA-STALE": "The driver has no fresh data. Is the device connected and switched on?",
}
"""What is wrong with a device, and what to do, by the code for programs; texts of gettext."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a writable variable may be set to. `length` is a text's most characters, 0: it is none, or has no bound."""

    length: int
    enum: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Device:
    """A UPS at one moment. Times are seconds of the epoch.

    `values` are in NUT's order, empty when nothing is known. `code` tells why they are old or missing, one of TROUBLES
    ("": they are fresh), `reason` what the system said of it, and `lost_at` since when. The status is as it is since
    `since`; `exact` tells whether its beginning was seen.
    """

    address: Address
    description: str
    values: Mapping[str, str]
    settings: Mapping[str, Setting]
    commands: tuple[str, ...]
    code: str
    reason: str
    since: float
    exact: bool
    lost_at: float
    heard_at: float
    status: Status = field(compare=False)

    @property
    def id(self) -> str:
        """`ups@host[:port]`, by which pages and API know it."""
        return str(self.address)

    @property
    def server(self) -> str:
        """`host[:port]`."""
        return str(Address("", self.address.host, self.address.port))

    @property
    def fresh(self) -> bool:
        """Whether the values are those of now."""
        return not self.code

    @property
    def trouble(self) -> str:
        """The trouble in a sentence, with what to do; "" for none."""
        return self.trouble_in(str)

    def trouble_in(self, gettext: Callable[[str], str]) -> str:
        """The same in a language."""
        if not self.code:
            return ""
        known = {"host": self.address.host, "ups": self.address.ups, "server": self.server, "reason": self.reason}
        return gettext(TROUBLES[self.code]) % known

    @property
    def model(self) -> str:
        """Maker and model, as far as they are known."""
        # ups.* first: C's drivers copy it into device.* with its escapes
        parts = (self.values.get(f"ups.{part}") or self.values.get(f"device.{part}", "") for part in ("mfr", "model"))
        return " ".join(filter(None, (part.strip() for part in parts)))


@dataclass(frozen=True, slots=True)
class Server:
    """A NUT server at one moment: `trouble` as in Device, since `since`; `pushed` tells whether it pushes changes."""

    name: str
    trouble: str
    since: float
    pushed: bool
