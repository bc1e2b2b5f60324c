"""HPE's G2 metered and switched PDUs, several in a chain: CPQPOWER-MIB's group `pdu2`.

Sources: CPQPOWER-MIB (enterprise 232, group 165.7); names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row, with a made-up device. A recording of a real one, which C does not know for want of its
model, is read.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.blocks import delayed_switches, each, level, sensor, switches, watched
from wallnut.drivers.snmp.mibs.words import PENDING, PHASES, RANGE, SOCKETS, YES_NO, alarms, levels
from wallnut.drivers.snmp.rows import (
    NOT_NA,
    NOT_NEGATIVE,
    ONCE,
    SOLE,
    SYSTEM,
    WRITABLE,
    Fixed,
    Mib,
    Number,
    Text,
)

PDU2 = "1.3.6.1.4.1.232.165.7"

FREQUENCY_ALARMS = {
    1: "",
    2: "frequency out of range!",
}
LEVELS = levels(1)
VOLTAGE_ALARMS = alarms("voltage", 1)
CURRENT_ALARMS = alarms("current", 1)
PRESENT = {
    -1: "unknown",
    1: "no",
    2: "yes",
}
TEMPERATURE_ALARMS = alarms("temperature", 1)
HUMIDITY_ALARMS = alarms("humidity", 1)
CONTACTS = {
    -1: "unknown",
    0: "unknown",
    1: "open",
    2: "closed",
    3: "bad",
}
ALL_SOCKETS = {0: "unknown", **SOCKETS}
GROUPS = {
    0: "unknown",
    1: "unknown",
    2: "breaker1pole",
    3: "breaker2pole",
    4: "breaker3pole",
    5: "outlet-section",
}
GROUP_PHASES = {
    1: "L1",
    2: "L1",
    3: "L2",
    4: "L3",
    5: "L1",
    6: "L2",
    7: "L3",
}
GROUP_SWITCHED = {
    1: "N/A",
    2: "on",
    3: "off",
}


HPE_EPDU = Mib(
    "hpe_epdu",
    "0.33",
    rows=(
        *SYSTEM,
        Fixed("device.mfr", "HPE"),
        Text("device.model", PDU2 + ".1.2.1.3.d", ONCE),
        Text("device.serial", PDU2 + ".1.2.1.7.d", ONCE),
        Fixed("device.type", "pdu"),
        Text("device.part", PDU2 + ".1.2.1.6.d", ONCE),
        Text("device.macaddr", "1.3.6.1.2.1.2.2.1.6.2", ONCE),
        Number("device.count", PDU2 + ".1.1.0", 1, ONCE),
        Fixed("ups.mfr", "HPE"),
        Text("ups.model", PDU2 + ".1.2.1.3.d", ONCE),
        Text("ups.serial", PDU2 + ".1.2.1.7.d", ONCE),
        Text("ups.firmware", PDU2 + ".1.2.1.5.d"),
        Fixed("ups.type", "pdu"),
        Number("input.phases", PDU2 + ".2.1.1.1.d", 1, ONCE, PHASES),
        Number("input.frequency", PDU2 + ".2.1.1.2.d", 0.1),
        *level("input.frequency", PDU2 + ".2.1.1.3.d", RANGE, FREQUENCY_ALARMS),
        *each(3, Number("input.L#.load", PDU2 + ".2.2.1.18.d.#", 1, NOT_NEGATIVE)),
        Number("input.voltage", PDU2 + ".2.2.1.3.d.1", 0.001),
        *watched("input.voltage", PDU2 + ".2.2.1", 4, "d.1", LEVELS, VOLTAGE_ALARMS),
        *each(
            3,
            Number("input.L#.voltage", PDU2 + ".2.2.1.3.d.#", 0.001),
            *watched("input.L#.voltage", PDU2 + ".2.2.1", 4, "d.#", LEVELS, VOLTAGE_ALARMS, "L#.alarm"),
        ),
        Number("input.current", PDU2 + ".2.2.1.11.d.1", 0.001),
        Number("input.current.nominal", PDU2 + ".2.2.1.10.d.1", 0.001, NOT_NEGATIVE),
        *watched("input.current", PDU2 + ".2.2.1", 12, "d.1", LEVELS, CURRENT_ALARMS),
        *each(
            3,
            Number("input.L#.current", PDU2 + ".2.2.1.11.d.#", 0.001),
            Number("input.L#.current.nominal", PDU2 + ".2.2.1.10.d.#", 0.001, NOT_NEGATIVE),
            *watched("input.L#.current", PDU2 + ".2.2.1", 12, "d.#", LEVELS, CURRENT_ALARMS, "L#.alarm"),
        ),
        Number("input.realpower", PDU2 + ".2.1.1.5.d", 1, SOLE | NOT_NEGATIVE),
        *each(3, Number("input.L#.realpower", PDU2 + ".2.2.1.21.d.#", 1, NOT_NEGATIVE)),
        Number("input.power", PDU2 + ".2.1.1.4.d", 1, SOLE | NOT_NEGATIVE),
        *each(3, Number("input.L#.power", PDU2 + ".2.2.1.20.d.#", 1, NOT_NEGATIVE)),
        Number("input.powerfactor", PDU2 + ".2.1.1.8.d", 0.001, NOT_NEGATIVE),
        Text("ambient.present", PDU2 + ".4.2.1.3.d.1", words=PRESENT),
        *sensor(
            "ambient.temperature",
            PDU2 + ".4.2.1",
            "d.1",
            LEVELS,
            TEMPERATURE_ALARMS,
            "low low.critical low.warning high high.critical high.warning",
        ),
        *sensor(
            "ambient.humidity",
            PDU2 + ".4.3.1",
            "d.1",
            LEVELS,
            HUMIDITY_ALARMS,
            "low low.critical low.warning high.warning high high.critical",
        ),
        Text("ambient.contacts.1.status", PDU2 + ".4.4.1.4.d.1", words=CONTACTS),
        Text("ambient.contacts.2.status", PDU2 + ".4.4.1.4.d.2", words=CONTACTS),
        Fixed("outlet.id", "0"),
        Fixed("outlet.desc", "All outlets", WRITABLE, length=20),
        Number("outlet.count", PDU2 + ".1.2.1.12.d", 1, ONCE),
        Text("outlet.n.desc", PDU2 + ".5.1.1.2.d.n", ONCE),
        Text("outlet.n.status", PDU2 + ".5.2.1.1.d.n", words=PENDING),
        Fixed("outlet.n.id", "{n}"),
        Number("outlet.n.current", PDU2 + ".5.1.1.5.d.n", 0.001),
        *watched("outlet.n.current", PDU2 + ".5.1.1", 6, "d.n", LEVELS, CURRENT_ALARMS, "outlet.n.alarm"),
        Number("outlet.n.realpower", PDU2 + ".5.1.1.14.d.n", 1, NOT_NEGATIVE),
        Number("outlet.n.power", PDU2 + ".5.1.1.13.d.n"),
        Number("outlet.n.switchable", PDU2 + ".5.2.1.8.d.n", 1, ONCE | WRITABLE, YES_NO),
        Text("outlet.n.type", PDU2 + ".5.1.1.3.d.n", ONCE, ALL_SOCKETS),
        Number("outlet.n.powerfactor", PDU2 + ".5.1.1.17.d.n", 0.001),
        Number("outlet.group.count", PDU2 + ".1.2.1.11.d", 1, ONCE),
        Text("outlet.group.n.id", PDU2 + ".3.1.1.1.d.n", ONCE),
        Text("outlet.group.n.name", PDU2 + ".3.1.1.2.d.n", ONCE | WRITABLE),
        Text("outlet.group.n.type", PDU2 + ".3.1.1.3.d.n", ONCE, GROUPS),
        Number("outlet.group.n.phase", PDU2 + ".3.1.1.4.d.n", 1, ONCE, GROUP_PHASES),
        Text("outlet.group.n.status", PDU2 + ".3.1.1.27.d.n", NOT_NA, GROUP_SWITCHED),
        Number("outlet.group.n.count", PDU2 + ".3.1.1.26.d.n"),
        Number("outlet.group.n.voltage", PDU2 + ".3.1.1.5.d.n", 0.001),
        *watched("outlet.group.n.voltage", PDU2 + ".3.1.1", 6, "d.n", LEVELS, VOLTAGE_ALARMS, "outlet.group.n.alarm"),
        Number("outlet.group.n.current", PDU2 + ".3.1.1.12.d.n", 0.001),
        Number("outlet.group.n.current.nominal", PDU2 + ".3.1.1.11.d.n", 0.001),
        *watched("outlet.group.n.current", PDU2 + ".3.1.1", 13, "d.n", LEVELS, CURRENT_ALARMS, "outlet.group.n.alarm"),
        Number("outlet.group.n.load", PDU2 + ".3.1.1.19.d.n", 1, NOT_NEGATIVE),
        Number("outlet.group.n.realpower", PDU2 + ".3.1.1.21.d.n", 1, NOT_NEGATIVE),
        Number("outlet.group.n.power", PDU2 + ".3.1.1.20.d.n", 1, NOT_NEGATIVE),
        Number("outlet.group.n.powerfactor", PDU2 + ".3.1.1.24.d.n", 0.001),
        *switches("outlet.n.load", PDU2 + ".5.2.1", 2, "d.n"),
        *delayed_switches("outlet.n.load", PDU2 + ".5.2.1", 2, "d.n"),
    ),
    ids=("1.3.6.1.4.1.232.165.7",),
    probe=PDU2 + ".2.1.1.2.d",
)

MIBS = (HPE_EPDU,)
