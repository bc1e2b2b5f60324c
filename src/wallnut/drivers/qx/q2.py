"""q2: three-phase UPSes that tell their measurements with Q2 and WA.

Source: the reply format in NUT's nutdrv_qx (2.8.3 and later). Proved by specification only: C nutdrv_qx 2.8.0 does not
know it.
"""

from __future__ import annotations

from wallnut.drivers.qx.common import COMMANDS, DELAYS, IGNORESAB, NORATING, whole_battery
from wallnut.drivers.qx.rows import Columns, Dialect, Query, Row, When
from wallnut.drivers.qx.three_phases import BITS_OF_Q1, NOOUTSTATS, OUTPUT, PHASES, topology

MEASURED = Query(
    b"Q2\r",
    # 0         1         2         3         4         5         6         7
    # 0123456789012345678901234567890123456789012345678901234567890123456789012345678
    b"(226.6 224.3 228.0 226.6 229.9 000.0 000.0 000 000 000 49.9 327.6 18.0 00000000"
    #         8         9         10        11
    # 901234567890123456789012345678901234567
    b" 999.24 100 02 00 00 00 00 00000000 11\r",
    (
        Row("input.L1-N.voltage", Columns(1, 5), "%.1f"),
        Row("input.L2-N.voltage", Columns(7, 11), "%.1f"),
        Row("input.L3-N.voltage", Columns(13, 17), "%.1f"),
        Row("input.voltage.fault", Columns(19, 23), "%.1f"),
        Row("input.frequency", Columns(55, 58), "%.1f"),
        Row("output.L1-N.voltage", Columns(25, 29), "%.1f"),
        Row("output.L2-N.voltage", Columns(31, 35), "%.1f"),
        Row("output.L3-N.voltage", Columns(37, 41), "%.1f"),
        Row("output.L1.load", Columns(43, 45), "%.0f"),
        Row("output.L2.load", Columns(47, 49), "%.0f"),
        Row("output.L3.load", Columns(51, 53), "%.0f"),
        Row("ups.temperature", Columns(66, 69), "%.1f"),
        Row("battery.voltage", Columns(60, 64), "%.1f", whole_battery),
        Row("battery.runtime", Columns(80, 85), "%.0f"),
        Row("battery.charge", Columns(87, 89), "%.0f"),
        Row("experimental.input.topology", Columns(115, 115), convert=topology, when=When.ONCE),
        Row("experimental.output.topology", Columns(116, 116), convert=topology, when=When.ONCE),
    ),
)

Q2 = Dialect(
    "q2",
    "Q2 1.0",
    (MEASURED, OUTPUT, BITS_OF_Q1),
    COMMANDS,
    DELAYS,
    claim=("input.L1-N.voltage", "ups.type", "output.L1.current"),
    fixed=PHASES,
    options=(NORATING, NOOUTSTATS, IGNORESAB),
)
