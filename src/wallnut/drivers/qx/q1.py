"""q1: the status of megatec and nothing else, for UPSes that know neither F nor I.

Where it serves, megatec, mecer or zinto with norating, novendor or both may say more. Source: nutdrv_qx(8). Proved
beside C nutdrv_qx on a simulator.
"""

from __future__ import annotations

from wallnut.drivers.qx import common
from wallnut.drivers.qx.rows import Dialect

Q1 = Dialect(
    "q1",
    "Q1 1.0",
    (common.Q1,),
    common.COMMANDS,
    common.DELAYS,
    claim=("input.voltage",),
    options=(common.IGNORESAB,),
)
