"""hunnox: as zinto, but the UPS says "UPS No Ack" to what it does; newer ones also tell the charge.

Models: Hunnox HNX 850, Powercool and others behind a hunnox or fabula adapter. Source: nutdrv_qx(8), the questions of
NUT's nutdrv_qx (BL: 2.8.4 and later). Proved beside C nutdrv_qx on a simulator; BL by specification.

    > BL          < BL100         the charge in per cent
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wallnut.drivers.qx.common import COMMANDS, DELAYS, IGNORESAB, NORATING, NOVENDOR, Q1, RATING, VENDOR
from wallnut.drivers.qx.rows import Columns, Dialect, Query, Row, number

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit


def _charge(text: str, unit: Unit) -> float:
    charge = number(text)
    if charge > 100:
        raise ValueError(f"{charge:g} % is no charge")
    return charge


CHARGE = Query(
    b"BL\r",
    # 012345
    b"BL100\r",
    (Row("battery.charge", Columns(2), "%.0f", _charge),),
    shortest=4,
    lead=b"BL",
)
DEFAULTS = {"ups.delay.start": "0", "ups.delay.shutdown": "60"}

HUNNOX = Dialect(
    "hunnox",
    "Hunnox 1.0",
    (Q1, RATING, VENDOR.asked(b"FW?\r"), CHARGE),
    COMMANDS,
    tuple(replace(one, default=DEFAULTS[one.name]) for one in DELAYS),
    claim=("input.voltage", "ups.firmware"),
    accepted=("UPS NO ACK",),
    options=(NORATING, NOVENDOR, IGNORESAB),
)
