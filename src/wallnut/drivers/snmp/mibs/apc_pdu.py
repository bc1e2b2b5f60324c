"""APC's PDUs: MasterSwitch and Rack PDU (AP7900 to AP8900, APDU9900) by the groups `masterswitch`, `rPDU` and `rPDU2`
of PowerNet-MIB, and those that have only the newest of these.

Sources: APC's PowerNet-MIB (powernet441.mib); names and number formats as NUT's snmp-ups 2.8.0 publishes them. Proved
beside C, but for the commands and what comes from `rPDU2`, which C 2.8.0 does not have: by specification only.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.blocks import each
from wallnut.drivers.snmp.mibs.words import ALWAYS, OFF_ON, ON_OFF
from wallnut.drivers.snmp.rows import (
    INPUT_1,
    INPUT_3,
    NOT_NEGATIVE,
    NOT_ZERO,
    ONCE,
    WRITABLE,
    Command,
    Fixed,
    Mib,
    Number,
    Text,
)

APC = "1.3.6.1.4.1.318.1.1"
SWITCH = APC + ".4"
RACK = APC + ".12"
RACK_2 = APC + ".26"


CARD = (
    Fixed("device.mfr", "APC"),
    Fixed("device.type", "pdu"),
    Text("device.contact", "1.3.6.1.2.1.1.4.0"),
    Text("device.description", "1.3.6.1.2.1.1.5.0"),
    Text("device.location", "1.3.6.1.2.1.1.6.0"),
    Number("device.uptime", "1.3.6.1.2.1.1.3.0", 1, NOT_NEGATIVE),
)

METERED = (
    Number("input.phases", RACK_2 + ".4.2.1.7.1", 1, ONCE | NOT_NEGATIVE | NOT_ZERO),
    Number("input.power", RACK_2 + ".4.3.1.16.1", 10, NOT_NEGATIVE),
    Number("input.powerfactor", RACK_2 + ".4.3.1.17.1", 0.01, NOT_NEGATIVE),
    Number("input.voltage", RACK_2 + ".6.3.1.6.1", 1, NOT_NEGATIVE | INPUT_1),
    *each(3, Number("input.L#-N.voltage", RACK_2 + ".6.3.1.6.#", 1, NOT_NEGATIVE | INPUT_3)),
    *each(3, Number("input.L#.current", RACK_2 + ".6.3.1.5.#", 0.1, NOT_NEGATIVE | INPUT_3)),
    *each(3, Number("input.L#.realpower", RACK_2 + ".6.3.1.7.#", 10, NOT_NEGATIVE | INPUT_3)),
    Number("outlet.n.current", RACK_2 + ".9.4.3.1.6.n", 0.1, NOT_NEGATIVE),
    Number("outlet.n.realpower", RACK_2 + ".9.4.3.1.7.n", 1, NOT_NEGATIVE),
)
"""What the group rPDU2 measures: hundredths of a kilowatt, tenths of an ampere."""

APC_PDU = Mib(
    "apc_pdu",
    "0.4",
    rows=(
        *CARD,
        Text("device.model", SWITCH + ".1.4.0", ONCE),
        Text("device.serial", SWITCH + ".1.5.0", ONCE),
        Text("device.part", SWITCH + ".1.4.0", ONCE),
        Text("device.version", SWITCH + ".1.1.0", ONCE),
        Text("ups.firmware", SWITCH + ".1.2.0"),
        Text("ups.date", SWITCH + ".1.3.0"),
        Number("input.realpower", RACK + ".1.16.0"),
        Number("input.current", RACK + ".2.3.1.1.2.1", 0.1),
        Number("input.voltage.nominal", RACK + ".1.15.0", 1, NOT_NEGATIVE),
        Number("outlet.count", SWITCH + ".4.1.0", 1, ONCE),
        Number("outlet.n.id", SWITCH + ".4.2.1.1.n", 1, ONCE),
        Text("outlet.n.desc", SWITCH + ".4.2.1.4.n", WRITABLE),
        Text("outlet.n.status", SWITCH + ".4.2.1.3.n", WRITABLE, ON_OFF),
        Text("outlet.n.switchable", SWITCH + ".4.2.1.3.n", ONCE, ALWAYS),
        Command("outlet.n.load.on", SWITCH + ".4.2.1.3.n", "1"),
        Command("outlet.n.load.off", SWITCH + ".4.2.1.3.n", "2"),
        Command("outlet.n.load.cycle", SWITCH + ".4.2.1.3.n", "3"),
        *METERED,
    ),
    ids=("1.3.6.1.4.1.318.1.3.4.4", "1.3.6.1.4.1.318.1.3.4.5", "1.3.6.1.4.1.318.1.3.4.6"),
    probe=SWITCH + ".4.2.1.3.1",
)

APC_PDU_2 = Mib(
    "apc_pdu",
    "0.4",
    rows=(
        *CARD,
        Text("device.model", RACK_2 + ".2.1.8.1", ONCE),
        Text("device.serial", RACK_2 + ".2.1.9.1", ONCE),
        Text("device.part", RACK_2 + ".2.1.8.1", ONCE),
        Text("device.version", RACK_2 + ".2.1.5.1", ONCE),
        Text("ups.firmware", RACK_2 + ".2.1.6.1", ONCE),
        Text("ups.date", RACK_2 + ".2.1.7.1", ONCE),
        Number("input.realpower", RACK_2 + ".4.3.1.5.1", 10, NOT_NEGATIVE),
        Number("input.current", RACK_2 + ".6.3.1.5.1", 0.1, NOT_NEGATIVE | INPUT_1),
        Number("outlet.count", RACK_2 + ".4.2.1.4.1", 1, ONCE | NOT_NEGATIVE),
        Number("outlet.n.id", RACK_2 + ".9.2.3.1.4.n", 1, ONCE | NOT_NEGATIVE),
        Text("outlet.n.desc", RACK_2 + ".9.2.1.1.3.n", WRITABLE),
        Text("outlet.n.status", RACK_2 + ".9.2.3.1.5.n", words=OFF_ON),
        Text("outlet.n.switchable", RACK_2 + ".9.2.4.1.5.n", ONCE, lambda text, known: "yes"),
        Command("outlet.n.load.on", RACK_2 + ".9.2.4.1.5.n", "1"),
        Command("outlet.n.load.off", RACK_2 + ".9.2.4.1.5.n", "2"),
        Command("outlet.n.load.cycle", RACK_2 + ".9.2.4.1.5.n", "3"),
        *METERED,
    ),
    ids=("1.3.6.1.4.1.318.1.3.4.5", "1.3.6.1.4.1.318.1.3.4.6"),
    probe=RACK_2 + ".4.3.1.1.1",
)

MIBS = (APC_PDU, APC_PDU_2)
