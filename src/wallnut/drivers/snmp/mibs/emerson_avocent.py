"""PDUs of Emerson Network Power with Avocent's network cards, several in a chain.

Sources: objects (enterprise 10418, group 17), names and number formats as NUT's snmp-ups 2.8.0 has them.
Proved beside C: every row, with a made-up device.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.words import OFF_ON
from wallnut.drivers.snmp.rows import (
    NOT_NA,
    NOT_ZERO,
    ONCE,
    SYSTEM,
    WRITABLE,
    Command,
    Fixed,
    Mib,
    Number,
    Text,
)

AVOCENT = "1.3.6.1.4.1.10418.17"


EMERSON_AVOCENT_PDU = Mib(
    "emerson_avocent_pdu",
    "1.3",
    rows=(
        *SYSTEM,
        Fixed("device.mfr", "Avocent"),
        Fixed("device.model", "Avocent SNMP PDU"),
        Text("device.serial", AVOCENT + ".2.1.4.0", ONCE),
        Fixed("device.type", "pdu"),
        Number("device.count", AVOCENT + ".2.5.2.1.4.1", 1, ONCE),
        Fixed("ups.mfr", "Avocent"),
        Text("ups.model", AVOCENT + ".2.1.2.0", ONCE),
        Text("ups.id", AVOCENT + ".2.1.1.0", ONCE),
        Text("ups.serial", AVOCENT + ".2.1.4.0", ONCE),
        Text("ups.firmware", AVOCENT + ".2.1.7.0", ONCE),
        Fixed("ups.type", "pdu"),
        Text("ups.macaddr", "1.3.6.1.2.1.2.2.1.6.1", ONCE),
        Fixed("outlet.id", "0"),
        Fixed("outlet.desc", "All outlets", WRITABLE, length=20),
        Number("outlet.count", AVOCENT + ".2.5.3.1.8.1.d", 1, ONCE | NOT_ZERO),
        Text("outlet.n.status", AVOCENT + ".2.5.5.1.5.1.d.n", NOT_ZERO, OFF_ON),
        Number("outlet.n.id", AVOCENT + ".2.5.5.1.3.1.d.n", 1, ONCE),
        Text("outlet.n.desc", AVOCENT + ".2.5.5.1.4.1.d.n", NOT_NA | WRITABLE),
        Number("outlet.n.current", AVOCENT + ".2.5.5.1.50.1.d.n", 0.1),
        Number("outlet.n.current.high.critical", AVOCENT + ".2.5.5.1.100.1.d.n", 0.1, WRITABLE),
        Number("outlet.n.current.high.warning", AVOCENT + ".2.5.5.1.101.1.d.n", 0.1, WRITABLE),
        Number("outlet.n.current.low.warning", AVOCENT + ".2.5.5.1.102.1.d.n", 0.1, WRITABLE),
        Number("outlet.n.current.low.critical", AVOCENT + ".2.5.5.1.103.1.d.n", 0.1, WRITABLE),
        Number("outlet.n.realpower", AVOCENT + ".2.5.5.1.60.1.d.n", 0.1),
        Number("outlet.n.voltage", AVOCENT + ".2.5.5.1.70.1.d.n"),
        Number("outlet.group.count", AVOCENT + ".2.5.6.d", 1, ONCE),
        Command("outlet.n.load.cycle", AVOCENT + ".2.5.5.1.6.1.d.n", "4"),
        Command("outlet.n.load.off", AVOCENT + ".2.5.5.1.6.1.d.n", "3"),
        Command("outlet.n.load.on", AVOCENT + ".2.5.5.1.6.1.d.n", "2"),
    ),
    ids=(AVOCENT + ".1.7",),
    probe=AVOCENT + ".2.5.3.1.5.1.d",
)

MIBS = (EMERSON_AVOCENT_PDU,)
