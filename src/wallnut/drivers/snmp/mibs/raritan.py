"""Raritan's PDUs of the Dominion PX series: PDU-MIB.

Sources: Raritan's PDU-MIB (enterprise 13742, group 1); names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row, with a made-up device.
"""

from __future__ import annotations

from wallnut.drivers.snmp.rows import (
    ONCE,
    SYSTEM,
    WRITABLE,
    Command,
    Fixed,
    Mib,
    Number,
    Text,
)

PDU = "1.3.6.1.4.1.13742.1"

SWITCHED = {
    -1: "error",
    0: "off",
    1: "on",
    2: "cycling",
}


RARITAN = Mib(
    "raritan",
    "0.8",
    rows=(
        *SYSTEM,
        Fixed("device.mfr", "Raritan"),
        Text("device.model", PDU + ".1.12.0", ONCE),
        Text("device.serial", PDU + ".1.2.0", ONCE),
        Fixed("device.type", "pdu"),
        Text("device.macaddr", PDU + ".1.6.0", ONCE),
        Fixed("ups.mfr", "Raritan"),
        Text("ups.model", PDU + ".1.12.0", ONCE),
        Text("ups.id", PDU + ".1.13.0", ONCE),
        Text("ups.serial", PDU + ".1.2.0", ONCE),
        Text("ups.firmware", PDU + ".1.1.0", ONCE),
        Fixed("ups.type", "pdu"),
        Number("ups.temperature", PDU + ".3.1.5.0"),
        Fixed("outlet.id", "0"),
        Fixed("outlet.desc", "All outlets", WRITABLE, length=20),
        Number("outlet.count", PDU + ".2.1.0"),
        Number("outlet.current", PDU + ".3.1.1.0", 0.001),
        Number("outlet.voltage", PDU + ".3.1.2.0", 0.001),
        Number("outlet.realpower", PDU + ".3.1.3.0"),
        Number("outlet.power", PDU + ".3.1.4.0"),
        Number("outlet.n.switchable", PDU + ".2.2.1.1.n", 1, ONCE),
        Fixed("outlet.n.id", "{n}"),
        Text("outlet.n.desc", PDU + ".2.2.1.2.n", WRITABLE),
        Text("outlet.n.status", PDU + ".2.2.1.3.n", words=SWITCHED),
        Number("outlet.n.current", PDU + ".2.2.1.4.n", 0.001),
        Number("outlet.n.current.maximum", PDU + ".2.2.1.5.n", 0.001),
        Number("outlet.n.realpower", PDU + ".2.2.1.7.n"),
        Number("outlet.n.voltage", PDU + ".2.2.1.6.n"),
        Number("outlet.n.powerfactor", PDU + ".2.2.1.9.n", 0.01),
        Number("outlet.n.power", PDU + ".2.2.1.8.n"),
        Command("outlet.n.load.off", PDU + ".2.2.1.3.n", "0"),
        Command("outlet.n.load.on", PDU + ".2.2.1.3.n", "1"),
        Command("outlet.n.load.cycle", PDU + ".2.2.1.3.n", "2"),
    ),
    ids=("1.3.6.1.4.1.13742",),
    probe=PDU + ".1.12.0",
)

MIBS = (RARITAN,)
