"""Delta's UPSes: DeltaUPS-MIB.

Sources: DeltaUPS-MIB (enterprise 2254); names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row with a made-up device, and recordings of real ones.
"""

from __future__ import annotations

from wallnut.drivers.snmp.rows import (
    SYSTEM,
    Mib,
    Number,
    Status,
    Text,
)

DELTA = "1.3.6.1.4.1.2254.2.4"

TYPES = {
    1: "on-line",
    2: "off-line",
    3: "line-interactive",
    4: "3phase",
    5: "splite-phase",
}
SOURCES = {
    0: "OL",
    1: "OB",
    2: "BYPASS",
    3: "TRIM",
    4: "BOOST",
    5: "BYPASS",
    7: "OFF",
}


DELTA_UPS = Mib(
    "delta_ups",
    "0.5",
    rows=(
        *SYSTEM,
        Text("ups.mfr", DELTA + ".1.1.0"),
        Text("ups.model", DELTA + ".1.2.0"),
        Text("ups.firmware", DELTA + ".1.4.0"),
        Text("ups.firmware.aux", DELTA + ".1.3.0"),
        Number("ups.type", DELTA + ".1.19.0", words=TYPES),
        Number("ups.load", DELTA + ".5.7.0"),
        Number("ups.power", DELTA + ".1.7.0"),
        Number("output.voltage.nominal", DELTA + ".1.8.0"),
        Number("output.voltage", DELTA + ".5.4.0", 0.1),
        Number("output.frequency.nominal", DELTA + ".1.9.0"),
        Number("output.current", DELTA + ".5.5.0", 0.1),
        Number("input.voltage.nominal", DELTA + ".1.10.0"),
        Number("input.voltage", DELTA + ".4.3.0", 0.1),
        Number("input.frequency.nominal", DELTA + ".1.11.0"),
        Number("input.frequency", DELTA + ".4.2.0", 0.1),
        Status(DELTA + ".5.1.0", SOURCES),
    ),
    ids=("1.3.6.1.4.1.2254.2.4",),
)

MIBS = (DELTA_UPS,)
