"""mecer: as megatec, but commands are answered with (ACK or (NAK; Voltronic Power's P98 UPSes, and Mecer.

Source: nutdrv_qx(8) and the questions of NUT's nutdrv_qx. Proved beside C nutdrv_qx on a simulator.

    > QPI         < (PI98         a P98 unit says so; others of the family answer (NAK
    > T.2         < (ACK          a P98 unit also takes tests of 12 to 59 s
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wallnut.drivers.qx.common import (
    COMMANDS,
    DELAYS,
    IGNORESAB,
    NORATING,
    NOVENDOR,
    Q1,
    RATING,
    VENDOR,
    minutes,
)
from wallnut.drivers.qx.rows import Columns, Dialect, Fill, Query, Row, When, number

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

P98 = "Voltronic Power P98"
ACK = b"(ACK\r"
NAK = b"(NAK\r"


def _protocol(text: str, unit: Unit) -> str:
    if text.upper() != "PI98":
        raise ValueError(f"{text!r} is no protocol that this speaks")
    return P98


def _test(value: str, unit: Unit) -> str:
    seconds, shortest = int(number(value)), 12 if unit.value("ups.firmware.aux") == P98 else 60
    if not shortest <= seconds <= 5940:
        raise ValueError(f"a test of {seconds} s is out of range [{shortest}..5940]")
    return minutes(seconds)


PROTOCOL = Query(
    b"QPI\r",
    # 012345
    b"(PI98\r",
    (Row("ups.firmware.aux", Columns(1, 4), convert=_protocol, when=When.ONCE),),
)
FILLS: dict[str, Fill] = {"test.battery.start": _test}


def _claim(unit: Unit) -> bool:
    """It tells its status, and knows (NAK or is a P98."""
    if not unit.look("input.voltage", MECER):
        return False
    return unit.ask(PROTOCOL.ask, MECER).upper() == NAK or unit.look("ups.firmware.aux", MECER)


MECER = Dialect(
    "mecer",
    "Mecer 1.0",
    (PROTOCOL, Q1, RATING, VENDOR),
    tuple(replace(one, sample=ACK, fill=FILLS.get(one.name, one.fill)) for one in COMMANDS),
    DELAYS,
    claim=_claim,
    rejected=NAK,
    options=(NORATING, NOVENDOR, IGNORESAB),
)
