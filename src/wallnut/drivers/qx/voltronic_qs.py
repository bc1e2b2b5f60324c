"""voltronic-qs: Voltronic Power UPSes that say V or H to M, and their status as mustek's.

Source: nutdrv_qx(8) and the questions of NUT's nutdrv_qx; for H, which it takes since 2.8.1, NUT's pull request 1653.
Proved beside C nutdrv_qx on a simulator, but for H: C's 2.8.0 does not know it.

    > M           < V or H        the protocol; nothing else is one of these
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wallnut.drivers.qx.common import COMMANDS, IGNORESAB, Q1, RATING, delays
from wallnut.drivers.qx.rows import Columns, Dialect, Query, Row, When

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

LEFT_OUT = ("test.battery.start", "test.battery.start.deep", "test.battery.stop")
DELAYS = delays(start=(60, 599940), shutdown=(12, 540))


def _protocol(text: str, unit: Unit) -> str:
    if text.upper() not in ("V", "H"):
        raise ValueError(f"{text!r} is not the protocol")
    return f"PM-{text.upper()}"


PROTOCOL = Query(
    b"M\r",
    # 01
    b"V\r",
    (Row("ups.firmware.aux", Columns(0), convert=_protocol, when=When.ONCE),),
    lead=b"",
)
RENAMED = {
    "input.frequency": "output.frequency",
    "input.voltage.nominal": "output.voltage.nominal",
    "input.current.nominal": "output.current.nominal",
    "input.frequency.nominal": "output.frequency.nominal",
}
"""What stands in the places of megatec's values."""


def _renamed(query: Query) -> Query:
    return replace(query, rows=tuple(replace(row, name=RENAMED.get(row.name, row.name)) for row in query.rows))


STATUS = _renamed(Q1.asked(b"QS\r"))
RATED = replace(_renamed(RATING), unless="")

VOLTRONIC_QS = Dialect(
    "voltronic-qs",
    "Voltronic-QS 1.0",
    (PROTOCOL, STATUS, RATED),
    tuple(one for one in COMMANDS if one.name not in LEFT_OUT),
    DELAYS,
    claim=("ups.firmware.aux", "input.voltage"),
    rejected=b"(NAK\r",
    options=(IGNORESAB,),
)
