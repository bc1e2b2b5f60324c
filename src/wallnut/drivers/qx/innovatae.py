"""innovatae: Ippon Innova TAE, one phase; as q1 with rating and firmware.

Source: the reply formats in NUT's nutdrv_qx (2.8.4 and later). Proved by specification only: C nutdrv_qx 2.8.0 does
not know it.

C takes any UPS that answers Q1 and not more for one of these, and calls it an Ippon. Here the form of the reply to I
has to be right too (or `protocol = innovatae`); others are q1.
"""

from __future__ import annotations

from wallnut.drivers.qx.common import COMMANDS, DELAYS, IGNORESAB, Q1, RATING
from wallnut.drivers.qx.rows import Columns, Dialect, Query, Row, When

FIRMWARE = Query(
    b"I\r",
    # 0         1         2         3
    # 0123456789012345678901234567890123456
    b"#222222222222222222222222222R1.00.48\r",
    (Row("ups.firmware", Columns(28, 35), when=When.ONCE),),
)

INNOVATAE = Dialect(
    "innovatae",
    "INNOVATAE 1.0",
    (Q1, RATING, FIRMWARE),
    COMMANDS,
    DELAYS,
    claim=("input.voltage", "ups.firmware"),
    rejected=b"NAK\r",
    fixed={"device.mfr": "Ippon"},
    options=(IGNORESAB,),
)
