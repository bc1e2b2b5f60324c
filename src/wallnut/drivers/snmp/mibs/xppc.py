"""Cards with Phoenixtec's XPPC-MIB: Phoenixtec, some Tripp Lite, and many white-label UPSes (NetAgent).

Sources: XPPC-MIB (enterprise 935); names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row with a made-up device, and recordings of real ones.
"""

from __future__ import annotations

from wallnut.drivers.snmp.rows import (
    SYSTEM,
    Fixed,
    Mib,
    Number,
    Status,
    Text,
)

XPPC_UPS = "1.3.6.1.4.1.935.1.1.1"

BATTERIES = {
    1: "",
    2: "",
    3: "LB",
}
SOURCES = {
    1: "",
    2: "OL",
    3: "OB",
    4: "OL BOOST",
    5: "OFF",
    6: "BYPASS",
    7: "",
    8: "OFF",
    9: "OL TRIM",
}


XPPC = Mib(
    "xppc",
    "0.4",
    rows=(
        *SYSTEM,
        Fixed("ups.mfr", "Tripp Lite / Phoenixtec"),
        Text("ups.model", XPPC_UPS + ".1.1.1.0"),
        Status(XPPC_UPS + ".2.1.1.0", BATTERIES),
        Number("battery.charge", XPPC_UPS + ".2.2.1.0"),
        Number("ups.temperature", XPPC_UPS + ".2.2.3.0", 0.1),
        Number("input.voltage", XPPC_UPS + ".3.2.1.0", 0.1),
        Status(XPPC_UPS + ".4.1.1.0", SOURCES),
        Number("output.voltage", XPPC_UPS + ".4.2.1.0", 0.1),
        Number("output.frequency", XPPC_UPS + ".4.2.2.0", 0.1),
        Number("ups.load", XPPC_UPS + ".4.2.3.0"),
    ),
    ids=("1.3.6.1.4.1.935",),
)

MIBS = (XPPC,)
