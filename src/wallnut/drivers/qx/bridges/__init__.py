"""USB adapters with a UPS's serial line behind them: one file a bridge, and which device has which.

A `Bridge` turns an open USB device into a Line. `IDS` is searched in its order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallnut.drivers.base import Option

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.drivers.qx.lines import Line
    from wallnut.io.usb import UsbDevice


@dataclass(frozen=True, slots=True)
class Bridge:
    """One kind of adapter. `name` is what `subdriver =` says; `connect` makes the line; `options` are its own keys."""

    name: str
    connect: Callable[[UsbDevice, Settings], Line]
    options: tuple[Option, ...] = ()
