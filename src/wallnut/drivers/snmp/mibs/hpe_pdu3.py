"""HPE's third generation of metered and switched PDUs (P9S series): CPQPOWER-MIB's group `pdu3`.

Sources: CPQPOWER-MIB (enterprise 232, group 165.11); names and number formats as NUT's snmp-ups 2.8.1 has them
(hpe_pdu3_cis 0.10). Powers are in whole watts: a device with 0.65 A at 229.8 V tells 154, which NUT divides by 1000.
Proved with a recording of a real device; NUT 2.8.0 has no such file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.snmp.mibs.blocks import delayed_switches, switches
from wallnut.drivers.snmp.mibs.words import PENDING, SOCKETS, YES_NO
from wallnut.drivers.snmp.rows import NOT_NEGATIVE, ONCE, SOLE, SYSTEM, WRITABLE, Fixed, Mib, Number, Row, Text

if TYPE_CHECKING:
    from wallnut.drivers.snmp.rows import Words

PDU3 = "1.3.6.1.4.1.232.165.11"

GROUPS = {
    2: "breaker1pole",
    3: "breaker2pole",
    4: "breaker3pole",
    5: "outlet-section",
}


def outlets(pdu: str, sockets: Words) -> tuple[Row, ...]:
    """What each outlet is and draws."""
    return (
        Text("outlet.n.status", pdu + ".5.2.1.1.d.n", words=PENDING),
        Text("outlet.n.name", pdu + ".5.1.1.2.d.n", WRITABLE),
        Text("outlet.n.type", pdu + ".5.1.1.3.d.n", ONCE, sockets),
        Number("outlet.n.current.nominal", pdu + ".5.1.1.4.d.n", 0.01, NOT_NEGATIVE),
        Number("outlet.n.current", pdu + ".5.1.1.5.d.n", 0.01, NOT_NEGATIVE),
        Number("outlet.n.load", pdu + ".5.1.1.11.d.n", 1, NOT_NEGATIVE),
        Number("outlet.n.power", pdu + ".5.1.1.12.d.n", 1, NOT_NEGATIVE),
        Number("outlet.n.realpower", pdu + ".5.1.1.13.d.n", 1, NOT_NEGATIVE),
    )


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
        *outlets(PDU3, SOCKETS),
        Text("outlet.n.switchable", PDU3 + ".5.2.1.8.d.n", SOLE, YES_NO),
        *switches("outlet.n.load", PDU3 + ".5.2.1", 2, "d.n"),
        *delayed_switches("outlet.n.load", PDU3 + ".5.2.1", 2, "d.n"),
    ),
    ids=("1.3.6.1.4.1.232.165.11",),
    probe=PDU3 + ".2.1.1.2.d",
)

MIBS = (HPE_PDU3,)
