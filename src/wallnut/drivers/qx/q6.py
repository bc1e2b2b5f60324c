"""q6: three-phase UPSes that tell their measurements with Q6 and WA.

Source: the reply format in NUT's nutdrv_qx (2.8.3 and later). Proved by specification only: C nutdrv_qx 2.8.0 does not
know it.
"""

from __future__ import annotations

from wallnut.drivers.qx.common import COMMANDS, DELAYS, IGNORESAB, NORATING, whole_battery
from wallnut.drivers.qx.rows import Columns, Dialect, Query, Row, When
from wallnut.drivers.qx.three_phases import BITS_OF_Q1, NOOUTSTATS, OUTPUT, PHASES, topology

MEASURED = Query(
    b"Q6\r",
    # 0         1         2         3         4         5         6         7         8         9         10
    # 01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789
    b"(227.0 225.6 230.0 50.0 229.9 000.0 000.0 49.9 007 000 000 327.8 000.0 23.0 06932 100 32 00000000 00000000 11\r",
    (
        Row("input.L1-N.voltage", Columns(1, 5), "%.1f"),
        Row("input.L2-N.voltage", Columns(7, 11), "%.1f"),
        Row("input.L3-N.voltage", Columns(13, 17), "%.1f"),
        Row("input.frequency", Columns(19, 22), "%.1f"),
        Row("output.L1-N.voltage", Columns(24, 28), "%.1f"),
        Row("output.L2-N.voltage", Columns(30, 34), "%.1f"),
        Row("output.L3-N.voltage", Columns(36, 40), "%.1f"),
        Row("output.frequency", Columns(42, 45), "%.1f"),
        Row("output.L1.load", Columns(47, 49), "%.0f"),
        Row("output.L2.load", Columns(51, 53), "%.0f"),
        Row("output.L3.load", Columns(55, 57), "%.0f"),
        Row("ups.temperature", Columns(71, 74), "%.1f"),
        Row("battery.voltage", Columns(59, 63), "%.1f", whole_battery),
        Row("battery.runtime", Columns(76, 80), "%.0f"),
        Row("battery.charge", Columns(82, 84), "%.0f"),
        Row("experimental.battery.voltage.negative", Columns(65, 69), "%.1f", whole_battery),
        Row("experimental.input.topology", Columns(107, 107), convert=topology, when=When.ONCE),
        Row("experimental.output.topology", Columns(108, 108), convert=topology, when=When.ONCE),
    ),
)

Q6 = Dialect(
    "q6",
    "Q6 1.0",
    (MEASURED, OUTPUT, BITS_OF_Q1),
    COMMANDS,
    DELAYS,
    claim=("input.L1-N.voltage", "ups.type", "output.L1.current"),
    fixed=PHASES,
    options=(NORATING, NOOUTSTATS, IGNORESAB),
)
