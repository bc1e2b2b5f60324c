"""UPSes of Best Power, with the BESTPOWER-MIB.

Sources: BESTPOWER-MIB (enterprise 2947); names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row, with a made-up device.
"""

from __future__ import annotations

from wallnut.drivers.snmp.rows import (
    ONCE,
    SYSTEM,
    Fixed,
    Mib,
    Number,
    Status,
    Text,
)

BEST = "1.3.6.1.4.1.2947.1"

SOURCES = {
    1: "OL",
    2: "OB",
}


BESTPOWER = Mib(
    "bestpower",
    "0.4",
    rows=(
        *SYSTEM,
        Fixed("device.type", "ups"),
        Fixed("ups.mfr", "EATON"),
        Text("ups.model", BEST + ".1.2.0", ONCE),
        Text("ups.serial", BEST + ".1.5.0", ONCE),
        Text("ups.firmware", BEST + ".1.7.0", ONCE),
        Number("ups.power", BEST + ".1.3.0"),
        Text("ups.mfr.date", BEST + ".1.8.0"),
        Status(BEST + ".2.1.0", SOURCES),
        Number("battery.runtime", BEST + ".2.3.0", 60),
        Number("battery.runtime.elapsed", BEST + ".2.2.0"),
        Number("battery.voltage", BEST + ".2.4.0", 0.1),
        Number("battery.current", BEST + ".2.5.0", 0.1),
    ),
    ids=(BEST + ".1.2.0",),
    probe=BEST + ".1.2.0",
)

MIBS = (BESTPOWER,)
