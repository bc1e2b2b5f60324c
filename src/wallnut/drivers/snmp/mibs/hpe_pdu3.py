"""HPE's third generation of metered and switched PDUs (P9S series): CPQPOWER-MIB's group `pdu3`.

Sources: CPQPOWER-MIB (enterprise 232, group 165.11); names and number formats as NUT's snmp-ups 2.8.1 has them
(hpe_pdu3_cis 0.10). Powers are in whole watts: a device with 0.65 A at 229.8 V tells 154, which NUT divides by 1000.
Proved with a recording of a real device; NUT 2.8.0 has no such file.
"""

from __future__ import annotations

from wallnut.drivers.snmp.rows import NOT_NEGATIVE, ONCE, SOLE, SYSTEM, WRITABLE, Command, Fixed, Mib, Number, Text

PDU3 = "1.3.6.1.4.1.232.165.11"

YES_NO = {
    1: "yes",
    2: "no",
}
GROUPS = {
    2: "breaker1pole",
    3: "breaker2pole",
    4: "breaker3pole",
    5: "outlet-section",
}
SOCKETS = {
    1: "iecC13",
    2: "iecC19",
    10: "uk",
    11: "french",
    12: "schuko",
    20: "nema515",
    21: "nema51520",
    22: "nema520",
    23: "nemaL520",
    24: "nemaL530",
    25: "nema615",
    26: "nema620",
    27: "nemaL620",
    28: "nemaL630",
    29: "nemaL715",
    30: "rf203p277",
}
SWITCHED = {
    1: "off",
    2: "on",
    3: "pendingOff",
    4: "pendingOn",
}

HPE_PDU3 = Mib(
    "hpe_pdu3_cis",
    "0.10",
    rows=(
        *SYSTEM,
        Number("device.count", PDU3 + ".1.1.0", 1, ONCE),
        Text("device.mfr", PDU3 + ".1.2.1.4.d", ONCE),
        Text("device.model", PDU3 + ".1.2.1.3.d", ONCE),
        Text("device.firmware", PDU3 + ".1.2.1.5.d"),
        Text("device.part", PDU3 + ".1.2.1.7.d"),
        Text("device.serial", PDU3 + ".1.2.1.8.d"),
        Text("device.macaddr", PDU3 + ".1.2.1.14.d"),
        Fixed("device.type", "pdu"),
        Number("input.phases", PDU3 + ".1.2.1.11.d"),
        Number("input.power", PDU3 + ".2.1.1.4.d", 1, SOLE | NOT_NEGATIVE),
        Number("input.realpower", PDU3 + ".2.1.1.5.d", 1, SOLE | NOT_NEGATIVE),
        Number("input.current.nominal", PDU3 + ".2.2.1.10.d.1", 0.01),
        Number("input.current", PDU3 + ".2.2.1.11.d.1", 0.01),
        Number("input.voltage", PDU3 + ".2.2.1.3.d.1", 0.1),
        Number("input.frequency", PDU3 + ".2.1.1.2.d", 0.1),
        Number("outlet.group.count", PDU3 + ".1.2.1.12.d"),
        Text("outlet.group.n.name", PDU3 + ".3.1.1.2.d.n", ONCE),
        Text("outlet.group.n.type", PDU3 + ".3.1.1.3.d.n", ONCE, GROUPS),
        Number("outlet.group.n.load", PDU3 + ".3.1.1.18.d.n", 1, NOT_NEGATIVE),
        Number("outlet.group.n.current", PDU3 + ".3.1.1.12.d.n", 0.01),
        Number("outlet.group.n.voltage", PDU3 + ".3.1.1.5.d.n", 0.1),
        Number("outlet.group.n.count", PDU3 + ".3.1.1.25.d.n"),
        Number("outlet.count", PDU3 + ".1.2.1.13.d"),
        Text("outlet.switchable", PDU3 + ".1.2.1.10.d", ONCE, YES_NO),
        Text("outlet.n.status", PDU3 + ".5.2.1.1.d.n", words=SWITCHED),
        Text("outlet.n.name", PDU3 + ".5.1.1.2.d.n", WRITABLE),
        Text("outlet.n.type", PDU3 + ".5.1.1.3.d.n", ONCE, SOCKETS),
        Number("outlet.n.current.nominal", PDU3 + ".5.1.1.4.d.n", 0.01, NOT_NEGATIVE),
        Number("outlet.n.current", PDU3 + ".5.1.1.5.d.n", 0.01, NOT_NEGATIVE),
        Number("outlet.n.load", PDU3 + ".5.1.1.11.d.n", 1, NOT_NEGATIVE),
        Number("outlet.n.power", PDU3 + ".5.1.1.12.d.n", 1, NOT_NEGATIVE),
        Number("outlet.n.realpower", PDU3 + ".5.1.1.13.d.n", 1, NOT_NEGATIVE),
        Text("outlet.n.switchable", PDU3 + ".5.2.1.8.d.n", SOLE, YES_NO),
        Command("outlet.n.load.off", PDU3 + ".5.2.1.2.d.n", "0"),
        Command("outlet.n.load.on", PDU3 + ".5.2.1.3.d.n", "0"),
        Command("outlet.n.load.cycle", PDU3 + ".5.2.1.4.d.n", "0"),
        Command("outlet.n.load.off.delay", PDU3 + ".5.2.1.2.d.n"),
        Command("outlet.n.load.on.delay", PDU3 + ".5.2.1.3.d.n"),
        Command("outlet.n.load.cycle.delay", PDU3 + ".5.2.1.4.d.n"),
    ),
    ids=("1.3.6.1.4.1.232.165.11",),
    probe=PDU3 + ".2.1.1.2.d",
)

MIBS = (HPE_PDU3,)
