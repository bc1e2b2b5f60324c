"""Eaton's automatic transfer switch ATS30.

Sources: objects (enterprise 534, group 10.1), names and number formats as NUT's snmp-ups 2.8.0 has them.
Proved beside C: every row, with a made-up device.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.eaton_ats16 import SOURCES
from wallnut.drivers.snmp.rows import (
    ONCE,
    SYSTEM,
    WRITABLE,
    Fixed,
    Mib,
    Number,
    Status,
    Text,
)

ATS30 = "1.3.6.1.4.1.534.10.1"

FAILURES = {
    0: "OL",
    1: "OL",
    2: "OFF",
    3: "OFF",
    4: "OL OVER",
    5: "OL OVER",
    6: "OFF OVER",
    7: "OFF OVER",
    8: "OL",
    9: "OL",
    10: "OFF",
    11: "OFF",
    12: "OL OVER",
    13: "OL OVER",
    14: "OFF OVER",
    15: "OFF OVER",
}
SENSITIVITIES = {
    1: "high",
    2: "low",
}


EATON_ATS30 = Mib(
    "eaton_ats30",
    "0.03",
    rows=(
        Fixed("device.type", "ats"),
        *SYSTEM,
        Text("device.mfr", ATS30 + ".1.1.0", ONCE),
        Text("device.model", ATS30 + ".2.1.0", ONCE),
        Text("ups.firmware", ATS30 + ".2.2.0"),
        Text("device.serial", ATS30 + ".2.4.0"),
        Number("input.1.id", ATS30 + ".3.1.1.1.1"),
        Number("input.2.id", ATS30 + ".3.1.1.1.2"),
        Number("input.1.voltage", ATS30 + ".3.1.1.2.1", 0.1),
        Number("input.2.voltage", ATS30 + ".3.1.1.2.2", 0.1),
        Number("input.1.frequency", ATS30 + ".3.1.1.3.1", 0.1),
        Number("input.2.frequency", ATS30 + ".3.1.1.3.2", 0.1),
        Number("output.voltage", ATS30 + ".3.2.1.0", 0.1),
        Number("output.current", ATS30 + ".3.2.2.0", 0.1),
        Number("ups.temperature", ATS30 + ".3.3.0"),
        Number("device.uptime", ATS30 + ".3.5.0"),
        Number("input.source", ATS30 + ".3.7.0", words=SOURCES),
        Status(ATS30 + ".4.5.0", FAILURES),
        Number("input.source.preferred", ATS30 + ".6.5.0", 1, WRITABLE),
        Number("input.sensitivity", ATS30 + ".6.6.0", 1, WRITABLE, SENSITIVITIES),
    ),
    ids=("1.3.6.1.4.1.534.10.1",),
    probe=ATS30 + ".2.1.0",
)

MIBS = (EATON_ATS30,)
