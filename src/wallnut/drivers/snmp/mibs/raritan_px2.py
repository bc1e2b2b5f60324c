"""Raritan's PDUs of the PX2 and PX3 series: PDU2-MIB.

Sources: Raritan's PDU2-MIB (enterprise 13742, group 6); names and number formats as NUT's snmp-ups
2.8.0 publishes them.
Proved beside C: every row, with a made-up device. A recording of a real one, which C does not know for want of its
model, is read.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.blocks import switch
from wallnut.drivers.snmp.rows import (
    ONCE,
    SYSTEM,
    WRITABLE,
    Fixed,
    Mib,
    Number,
    Text,
)

PDU2 = "1.3.6.1.4.1.13742.6"

STATES = {
    -1: "unavailable",
    0: "open",
    1: "closed",
    2: "belowLowerCritical",
    3: "belowLowerWarning",
    4: "normal",
    5: "aboveUpperWarning",
    6: "aboveUpperCritical",
    7: "on",
    8: "off",
    9: "detected",
    10: "notDetected",
    11: "alarmed",
    12: "ok",
    13: "marginal",
    14: "fail",
    15: "yes",
    16: "no",
    17: "standby",
    18: "one",
    19: "two",
    20: "inSync",
    21: "outOfSync",
}
SWITCHABLE = {
    -1: "yes",
    1: "yes",
    2: "no",
}


RARITAN_PX2 = Mib(
    "raritan-px2",
    "0.4",
    rows=(
        *SYSTEM,
        Text("device.mfr", PDU2 + ".3.2.1.1.2.1", ONCE),
        Text("device.model", PDU2 + ".3.2.1.1.3.1", ONCE),
        Text("device.serial", PDU2 + ".3.2.1.1.4.1", ONCE),
        Fixed("device.type", "pdu"),
        Text("device.macaddr", PDU2 + ".3.2.2.1.11.1", ONCE),
        Text("device.revision", PDU2 + ".3.2.3.1.4.1.1.1", ONCE),
        Text("ups.firmware", PDU2 + ".3.2.3.1.6.1.1.1", ONCE),
        Text("ups.id", PDU2 + ".3.2.2.1.13.1", ONCE),
        Text("ups.model", PDU2 + ".3.2.1.1.3.1", ONCE),
        Number("input.load", PDU2 + ".5.2.3.1.4.1.1.1", 0.1),
        Number("input.voltage", PDU2 + ".5.2.3.1.4.1.1.4"),
        Number("input.realpower", PDU2 + ".5.2.3.1.4.1.1.5"),
        Number("input.power", PDU2 + ".5.2.3.1.4.1.1.6"),
        Number("input.powerfactor", PDU2 + ".5.2.3.1.4.1.1.7", 0.01),
        Number("outlet.count", PDU2 + ".3.2.2.1.4.1", 1, ONCE),
        Text("outlet.n.desc", PDU2 + ".3.5.3.1.3.1.n", WRITABLE),
        Text("outlet.n.status", PDU2 + ".4.1.2.1.3.1.n", words=STATES),
        Number("outlet.n.id", PDU2 + ".3.5.3.1.2.1.n", 1, ONCE),
        Number("outlet.n.current", PDU2 + ".5.4.3.1.4.1.n.1", 0.1),
        Number("outlet.n.voltage", PDU2 + ".5.4.3.1.4.1.n.4"),
        Number("outlet.n.power", PDU2 + ".5.4.3.1.4.1.n.5"),
        Number("outlet.n.realpower", PDU2 + ".5.4.3.1.4.1.n.6"),
        Number("outlet.n.powerfactor", PDU2 + ".5.4.3.1.4.1.n.7"),
        Text("outlet.n.switchable", PDU2 + ".3.5.3.1.28.1.n", ONCE, SWITCHABLE),
        *switch("outlet.n.load", PDU2 + ".4.1.2.1.2.1.n"),
    ),
    ids=("1.3.6.1.4.1.13742.6",),
    probe=PDU2 + ".3.5.3.1.2.1.1",
)

MIBS = (RARITAN_PX2,)
