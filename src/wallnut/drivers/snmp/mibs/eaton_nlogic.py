"""Eaton's ePDUs with nLogic cards (EMSV).

Sources: objects (enterprise 534, group 7.1), names and number formats as NUT's snmp-ups 2.8.1 has them
(eaton_pdu_nlogic 0.10), whose rows are those of the first unit. The groups' currents are in hundredths of an ampere, as
all others of this MIB.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.hpe_pdu3 import outlets
from wallnut.drivers.snmp.mibs.words import SOCKETS, YES_NO
from wallnut.drivers.snmp.rows import NOT_NEGATIVE, ONCE, SYSTEM, WRITABLE, Command, Fixed, Mib, Number, Text

PDU = "1.3.6.1.4.1.534.7.1"

ALL_SOCKETS = {**SOCKETS, 0: "unknown", 3: "i5-20R"}

EATON_PDU_NLOGIC = Mib(
    "eaton_pdu_nlogic",
    "0.10",
    rows=(
        *SYSTEM,
        Text("device.mfr", PDU + ".1.2.1.4.d", ONCE),
        Text("device.model", PDU + ".1.2.1.3.d", ONCE),
        Text("device.serial", PDU + ".1.2.1.8.d", ONCE),
        Fixed("device.type", "pdu"),
        Text("device.part", PDU + ".1.2.1.7.d", ONCE),
        Text("device.macaddr", PDU + ".1.2.1.14.d", ONCE),
        Number("device.count", PDU + ".1.1.0", 1, ONCE),
        Text("device.firmware", PDU + ".1.2.1.5.d"),
        Text("device.name", PDU + ".1.2.1.2.d", WRITABLE, length=63),
        Number("input.phases", PDU + ".1.2.1.11.d"),
        Number("input.frequency", PDU + ".2.1.1.2.d", 0.1),
        Number("input.current", PDU + ".2.1.1.11.d", 0.01),
        Number("input.voltage", PDU + ".2.2.1.3.d.1", 0.1),
        Number("outlet.group.count", PDU + ".1.2.1.12.d", 1, ONCE),
        Number("outlet.group.n.voltage", PDU + ".3.1.1.5.d.n", 0.1),
        Number("outlet.group.n.current", PDU + ".3.1.1.12.d.n", 0.01),
        Number("outlet.count", PDU + ".1.2.1.13.d"),
        Text("outlet.switchable", PDU + ".1.2.1.10.d", ONCE, YES_NO),
        Text("outlet.n.switchable", PDU + ".5.2.1.8.d.n", WRITABLE, YES_NO),
        *outlets(PDU, ALL_SOCKETS),
        Command("outlet.n.load.off", PDU + ".5.2.1.10.d.n", "1"),
        Command("outlet.n.load.on", PDU + ".5.2.1.10.d.n", "2"),
        Command("outlet.n.load.cycle", PDU + ".5.2.1.10.d.n", "5"),
        Number("outlet.n.delay.shutdown", PDU + ".5.2.1.9.d.n", 1, NOT_NEGATIVE | WRITABLE),
        Number("outlet.n.delay.start", PDU + ".5.2.1.6.d.n", 1, NOT_NEGATIVE | WRITABLE),
        Number("outlet.n.delay.reboot", PDU + ".5.2.1.7.d.n", 1, NOT_NEGATIVE | WRITABLE),
    ),
    ids=("1.3.6.1.4.1.534.7.1",),
    probe=PDU + ".2.1.1.2.d",
)

MIBS = (EATON_PDU_NLOGIC,)
