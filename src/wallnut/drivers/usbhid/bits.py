"""Flags of vendors who pack several into one number, or who say yes by any number but 0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.rows import Change, Device, Sign


@dataclass(frozen=True, slots=True)
class Bits:
    """The sign comes where the bits under `mask` are `want`, and goes where they are not."""

    mask: int
    want: int
    sign: Sign

    def __call__(self, value: float, device: Device) -> Iterable[Change]:
        """The change that a value makes."""
        return ((self.sign, int(value) & self.mask == self.want),)


def bit(mask: int, sign: Sign) -> Bits:
    """The sign is there while the bit is."""
    return Bits(mask, mask, sign)


def no_bit(mask: int, sign: Sign) -> Bits:
    """The sign is there while the bit is not."""
    return Bits(mask, 0, sign)


@dataclass(frozen=True, slots=True)
class Nonzero:
    """The sign comes with any number but 0; with `denied` it is the other way round."""

    sign: Sign
    denied: bool = False

    def __call__(self, value: float, device: Device) -> Iterable[Change]:
        """The change that a value makes."""
        return ((self.sign, bool(value) is not self.denied),)
