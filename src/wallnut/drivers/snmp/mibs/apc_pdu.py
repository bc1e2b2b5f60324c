"""APC's PDUs: MasterSwitch and Rack PDU (AP7900, AP8900 series), the groups `masterswitch` and `rPDU` of PowerNet-MIB.

Sources: APC's PowerNet-MIB (powernet432.mib); names and number formats as NUT's snmp-ups
2.8.0 publishes them. Proved beside C.
"""

from __future__ import annotations

from wallnut.drivers.snmp.rows import (
    NOT_NEGATIVE,
    ONCE,
    WRITABLE,
    Fixed,
    Mib,
    Number,
    Text,
)

APC = "1.3.6.1.4.1.318.1.1"

SWITCHED = {
    1: "on",
    2: "off",
}
SWITCHABLE = {
    1: "yes",
    2: "yes",
}

APC_PDU = Mib(
    "apc_pdu",
    "0.4",
    rows=(
        Fixed("device.mfr", "APC"),
        Text("device.model", APC + ".4.1.4.0", ONCE),
        Fixed("device.type", "pdu"),
        Text("device.contact", "1.3.6.1.2.1.1.4.0"),
        Text("device.description", "1.3.6.1.2.1.1.5.0"),
        Text("device.location", "1.3.6.1.2.1.1.6.0"),
        Number("device.uptime", "1.3.6.1.2.1.1.3.0", 1, NOT_NEGATIVE),
        Text("device.serial", APC + ".4.1.5.0", ONCE),
        Text("device.part", APC + ".4.1.4.0", ONCE),
        Text("device.version", APC + ".4.1.1.0", ONCE),
        Text("ups.firmware", APC + ".4.1.2.0"),
        Text("ups.date", APC + ".4.1.3.0"),
        Number("input.realpower", APC + ".12.1.16.0"),
        Number("input.current", APC + ".12.2.3.1.1.2.1", 0.1),
        Number("input.voltage.nominal", APC + ".12.1.15.0", 1, NOT_NEGATIVE),
        Number("outlet.count", APC + ".4.4.1.0", 1, ONCE),
        Number("outlet.n.id", APC + ".4.4.2.1.1.n", 1, ONCE),
        Text("outlet.n.desc", APC + ".4.4.2.1.4.n", WRITABLE),
        Text("outlet.n.status", APC + ".4.4.2.1.3.n", WRITABLE, SWITCHED),
        Text("outlet.n.switchable", APC + ".4.4.2.1.3.n", ONCE, SWITCHABLE),
    ),
    ids=("1.3.6.1.4.1.318.1.3.4.4", "1.3.6.1.4.1.318.1.3.4.5", "1.3.6.1.4.1.318.1.3.4.6"),
    probe="1.3.6.1.4.1.318.1.1.4.1.4.0",
)

MIBS = (APC_PDU,)
