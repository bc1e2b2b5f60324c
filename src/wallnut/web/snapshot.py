"""What is known of a device at one moment, as a value that threads may share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wallnut.model.status import Status
from wallnut.proto.address import Address

NO_DESCRIPTION = ("Unavailable", "Description unavailable")
"""What servers say of a UPS that nobody has described."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a writable variable may be set to. `length` is a text's most characters, 0: it is none, or has no bound."""

    length: int
    enum: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Device:
    """A UPS at one moment. Times are seconds of the epoch.

    `values` are in NUT's order, empty when nothing is known. `trouble` says in words why they are old or missing ("":
    they are fresh), and `lost_at` since when. The status is as it is since `since`; `exact` tells whether its beginning
    was seen.
    """

    address: Address
    description: str
    values: Mapping[str, str]
    settings: Mapping[str, Setting]
    commands: tuple[str, ...]
    trouble: str
    code: str
    """The trouble for programs: an ERR code of the server, UNREACHABLE, or ""."""
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
        return not self.trouble

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
