"""APC's Easy Rack PDUs (EPDU1000 series): the group `ePDU` of PowerNet-MIB.

Sources: APC's PowerNet-MIB; names and number formats as NUT's snmp-ups 2.8.1 has them (apc-epdu 0.10).
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.blocks import each
from wallnut.drivers.snmp.mibs.words import ALWAYS, OFF_ON
from wallnut.drivers.snmp.rows import INPUT_1, INPUT_3, NOT_NEGATIVE, ONCE, Fixed, Mib, Number, Text

EPDU = "1.3.6.1.4.1.318.1.1.30"


APC_EPDU = Mib(
    "apc",
    "0.10",
    rows=(
        Fixed("device.mfr", "APC"),
        Text("device.model", EPDU + ".2.1.1.4.1", ONCE),
        Fixed("device.type", "pdu"),
        Text("device.contact", "1.3.6.1.2.1.1.4.0"),
        Text("device.description", "1.3.6.1.2.1.1.5.0"),
        Text("device.location", "1.3.6.1.2.1.1.6.0"),
        Number("device.uptime", "1.3.6.1.2.1.1.3.0", 1, NOT_NEGATIVE),
        Text("device.serial", EPDU + ".2.1.1.5.1", ONCE),
        Text("device.part", EPDU + ".2.1.1.4.1", ONCE),
        Text("device.version", EPDU + ".2.1.1.3.1", ONCE),
        Number("input.phases", EPDU + ".3.0"),
        Number("input.realpower", EPDU + ".2.1.1.7.1", 1, NOT_NEGATIVE),
        Number("input.voltage", EPDU + ".4.2.1.4.1", 0.1, NOT_NEGATIVE | INPUT_1),
        Number("input.current", EPDU + ".4.2.1.5.1", 0.01, NOT_NEGATIVE | INPUT_1),
        *each(3, Number("input.L#-N.voltage", EPDU + ".4.2.1.4.#", 0.1, NOT_NEGATIVE | INPUT_3)),
        *each(3, Number("input.L#.current", EPDU + ".4.2.1.5.#", 0.01, NOT_NEGATIVE | INPUT_3)),
        *each(3, Number("input.L#.realpower", EPDU + ".4.2.1.6.#", 1, NOT_NEGATIVE | INPUT_3)),
        Number("outlet.count", EPDU + ".5.0", 1, ONCE),
        Number("outlet.n.id", EPDU + ".6.1.1.1.n", 1, ONCE | NOT_NEGATIVE),
        Number("outlet.n.name", EPDU + ".6.2.1.2.n", 1, NOT_NEGATIVE),
        Fixed("outlet.n.desc", "Outlet {n}"),
        Text("outlet.n.status", EPDU + ".6.1.1.4.n", words=OFF_ON),
        Text("outlet.n.switchable", EPDU + ".6.1.1.4.n", ONCE, ALWAYS),
    ),
    ids=("1.3.6.1.4.1.318.1.3.4.9",),
    probe=EPDU + ".2.1.1.4.1",
)

MIBS = (APC_EPDU,)
