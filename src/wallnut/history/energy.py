"""How much energy a device's load took, day by day or month by month, from what was recorded.

Measured, where the device tells a real power; else estimated from its load and rating. Time of which nothing is known
is not counted. Energy drawn from the battery counts as any other: it is the load that is metered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo
from enum import Enum

from wallnut.history.reader import Reader
from wallnut.history.values import Device


class Per(Enum):
    """What a row is about."""

    DAY = "day"
    MONTH = "month"


class Quality(Enum):
    """Where a figure is from."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    MIXED = "mixed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ratings:
    """What to reckon with: what a device can carry, where the history does not know it, and how many watts a
    volt-ampere is taken for."""

    realpower: float | None = None
    power: float | None = None
    factor: float = 0.6


RATINGS = Ratings()


@dataclass(frozen=True, slots=True)
class Part:
    """Energy by one way of knowing it, for `known` milliseconds. `basis` is a formula of variables, such as
    "ups.realpower" or "ups.load x ups.power.nominal x 0.6"."""

    basis: str
    measured: bool
    wh: float
    known: int


@dataclass(frozen=True, slots=True)
class EnergyRow:
    """A day or month (or all of it), from `start` to `end`, of which `known` milliseconds are known."""

    start: int
    end: int
    parts: tuple[Part, ...]

    @property
    def kwh(self) -> float | None:
        """Energy in the time that is known; None: nothing is known."""
        return sum(part.wh for part in self.parts) / 1000 if self.parts else None

    @property
    def known(self) -> int:
        """For how many milliseconds it is known."""
        return sum(part.known for part in self.parts)

    @property
    def share(self) -> float:
        """The same as a share of the time, 0 to 1."""
        return min(self.known / (self.end - self.start), 1.0) if self.end > self.start else 0.0

    @property
    def watts(self) -> float | None:
        """The mean power while it was known."""
        return None if self.kwh is None or not self.known else self.kwh * 3.6e9 / self.known

    @property
    def quality(self) -> Quality:
        """Where it is from."""
        kinds = {part.measured for part in self.parts}
        if len(kinds) > 1:
            return Quality.MIXED
        if not kinds:
            return Quality.UNKNOWN
        return Quality.MEASURED if True in kinds else Quality.ESTIMATED


@dataclass(frozen=True, slots=True)
class Energy:
    """A device's rows, ascending, and all of it as one (`total`). `price` is that of a kWh in `currency`, None: not
    set."""

    device: Device
    per: Per
    rows: tuple[EnergyRow, ...]
    total: EnergyRow
    price: float | None = None
    currency: str = ""

    def cost(self, row: EnergyRow) -> float | None:
        """What a row's energy cost; None: not known."""
        return None if self.price is None or row.kwh is None else row.kwh * self.price


def energy(
    reader: Reader,
    device: Device,
    start: int,
    end: int,
    per: Per = Per.DAY,
    *,
    zone: tzinfo | None = None,
    ratings: Ratings = RATINGS,
    price: float | None = None,
    currency: str = "",
) -> Energy:
    """A device's energy, start <= time < end, by days or months of a time zone (None: the machine's own)."""
    raise NotImplementedError
