"""innovart33: Ippon Innova RT 3/3, three phases in and out.

Source: the reply formats in NUT's nutdrv_qx (2.8.4 and later). Proved by specification only: C nutdrv_qx 2.8.0 does
not know it.
"""

from __future__ import annotations

from dataclasses import replace

from wallnut.drivers.qx.common import DELAYS, IGNORESAB, RATING
from wallnut.drivers.qx.innovart31 import BYPASS as ONE_BYPASS
from wallnut.drivers.qx.innovart31 import TOLD
from wallnut.drivers.qx.q6 import MEASURED as Q6
from wallnut.drivers.qx.rows import Columns, Dialect, Query, Row, When
from wallnut.drivers.qx.three_phases import BITS_OF_Q1, OUTPUT, PHASES

MEASURED = Q6.without(
    "experimental.battery.voltage.negative", "experimental.input.topology", "experimental.output.topology"
)
BYPASS = replace(
    ONE_BYPASS,
    rows=(
        Row("input.bypass.L1-N.voltage", Columns(1, 5), "%.1f"),
        Row("input.bypass.L2-N.voltage", Columns(7, 11), "%.1f"),
        Row("input.bypass.L3-N.voltage", Columns(13, 17), "%.1f"),
        Row("input.bypass.frequency", Columns(19, 22), "%.1f"),
    ),
)
FIRMWARE = Query(
    b"FW?\r",
    # 01234567890
    b"05516-1100\r",
    (Row("ups.firmware", Columns(0), trim=True, when=When.ONCE),),
    shortest=2,
    lead=b"",
)
SERIAL = Query(
    b"SASV07?\r",
    # 0         1         2
    # 0123456789012345678901234567
    b"GASV07DN05K10KB100004      \r",
    (Row("ups.serial", Columns(7), trim=True, when=When.ONCE),),
    lead=b"",
)

INNOVART33 = Dialect(
    "innovart33",
    "INNOVART33 1.0",
    (MEASURED, replace(OUTPUT, unless=""), BYPASS, RATING, FIRMWARE, SERIAL, BITS_OF_Q1),
    TOLD,
    DELAYS,
    claim=(
        "input.L1-N.voltage",
        "ups.type",
        "output.L1.current",
        "input.bypass.L1-N.voltage",
        "input.voltage.nominal",
        "ups.firmware",
        "ups.serial",
    ),
    rejected=b"NAK\r",
    fixed={**PHASES, "input.bypass.phases": "3"},
    options=(IGNORESAB,),
)
