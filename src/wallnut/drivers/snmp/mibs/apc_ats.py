"""APC's automatic transfer switches (AP4421 to AP7750): the group `automaticXferSwitch` of PowerNet-MIB.

Sources: APC's PowerNet-MIB (powernet432.mib); names and number formats as NUT's snmp-ups
2.8.0 publishes them. Proved beside C.
"""

from __future__ import annotations

from wallnut.drivers.snmp.rows import (
    NOT_NEGATIVE,
    ONCE,
    SYSTEM,
    WRITABLE,
    Fixed,
    Mib,
    Number,
    Status,
    Text,
)

ATS = "1.3.6.1.4.1.318.1.1.8"

SENSITIVITIES = {
    1: "high",
    2: "low",
}
SOURCES = {
    1: "OFF",
    2: "OL",
}
GROUPS = {
    1: "total",
    2: "bank1",
    3: "bank2",
}
LOADS = {
    1: "OL",
    2: "",
    3: "",
    4: "OVER",
}

APC_ATS = Mib(
    "apc_ats",
    "0.6",
    rows=(
        *SYSTEM,
        Fixed("device.type", "ats"),
        Fixed("device.mfr", "APC"),
        Text("device.model", ATS + ".1.5.0"),
        Text("ups.firmware", ATS + ".1.1.0"),
        Text("ups.firmware.aux", ATS + ".1.2.0"),
        Text("device.serial", ATS + ".1.6.0"),
        Text("ups.mfr.date", ATS + ".1.4.0"),
        Text("ups.id", ATS + ".4.1.0"),
        Number("input.voltage.nominal", ATS + ".1.7.0"),
        Number("input.frequency.nominal", ATS + ".1.8.0"),
        Number("input.source", ATS + ".5.1.2.0"),
        Number("input.source.preferred", ATS + ".4.2.0", 1, WRITABLE),
        Number("input.1.voltage", ATS + ".5.3.3.1.3.1.1.1"),
        Number("input.2.voltage", ATS + ".5.3.3.1.3.2.1.1"),
        Number("input.1.frequency", ATS + ".5.3.2.1.4.1"),
        Number("input.2.frequency", ATS + ".5.3.2.1.4.2"),
        Number("input.sensitivity", ATS + ".4.4.0", 1, WRITABLE, SENSITIVITIES),
        Number("input.count", ATS + ".5.3.1.0"),
        Number("output.frequency", ATS + ".5.4.2.1.4.1"),
        Number("output.voltage", ATS + ".5.4.5.1.6.1"),
        Status(ATS + ".5.1.15.0", SOURCES),
        Number("outlet.group.count", ATS + ".5.4.4.0"),
        Number("outlet.group.n.id", ATS + ".5.4.5.1.1.n"),
        Text("outlet.group.n.name", ATS + ".5.4.5.1.3.n", ONCE, GROUPS),
        Number("outlet.group.n.current", ATS + ".5.4.5.1.4.n", 0.1),
        Text("outlet.group.n.status", ATS + ".5.4.5.1.5.n", words=LOADS),
        Number("outlet.group.n.voltage", ATS + ".5.4.5.1.6.n"),
        Number("outlet.group.n.realpower", ATS + ".5.4.5.1.15.n", 1, NOT_NEGATIVE),
    ),
    ids=("1.3.6.1.4.1.318.1.3.11",),
    probe="1.3.6.1.4.1.318.1.1.8.1.5.0",
)
MIBS = (APC_ATS,)
