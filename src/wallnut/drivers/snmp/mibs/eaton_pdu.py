"""Eaton's ePDUs of the second and third generation (Marlin, Shark), eight of them in a chain: EATON-EPDU-MIB.

Sources: EATON-EPDU-MIB (enterprise 534, group 6.6.7); names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row, with a made-up device. A recording of a real one, which C does not know for want of its
model, is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.snmp.mibs.blocks import bounds, delayed_switches, each, level, sensor, switches, watched
from wallnut.drivers.snmp.mibs.eaton_sensors import HUMIDITY_ALARMS, LEVELS, TEMPERATURE_ALARMS
from wallnut.drivers.snmp.mibs.eaton_sensors import ROWS as SENSOR_ROWS
from wallnut.drivers.snmp.mibs.words import PHASES, SOCKETS, YES_NO, alarms
from wallnut.drivers.snmp.rows import (
    NOT_NEGATIVE,
    ONCE,
    SELDOM,
    SOLE,
    SYSTEM,
    WRITABLE,
    Fixed,
    Mib,
    Number,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

EPDU = "1.3.6.1.4.1.534.6.6.7"

FREQUENCIES = {
    0: "good",
    1: "out-of-range",
}
FREQUENCY_ALARMS = {
    0: "",
    1: "frequency out of range!",
}
VOLTAGE_ALARMS = alarms("voltage", 0)
CURRENT_ALARMS = alarms("current", 0)
PRESENT = {
    -1: "unknown",
    0: "no",
    1: "yes",
}
CONTACTS = {
    -1: "unknown",
    0: "opened",
    1: "closed",
}
CONTROLS = {
    0: "no",
    1: "yes",
    2: "no",
    3: "yes",
    4: "no",
}
SWITCHABLE = {
    -1: "yes",
    0: "yes",
}
SWITCHED = {
    0: "off",
    1: "on",
    2: "pendingOff",
    3: "pendingOn",
}
ALL_SOCKETS = {0: "unknown", **SOCKETS}
GROUPS = {
    0: "unknown",
    1: "breaker1pole",
    2: "breaker2pole",
    3: "breaker3pole",
    4: "outlet-section",
    5: "user-defined",
}
GROUP_PHASES = {
    0: "unknown",
    1: "1",
    2: "1-N",
    3: "2-N",
    4: "3-N",
    5: "1-2",
    6: "2-3",
    7: "3-1",
}
GROUP_SWITCHED = {
    0: "off",
    1: "on",
    2: "rebooting",
    3: "mixed",
}


def units(text: str, known: Mapping[str, str]) -> str | None:
    """The numbers of the units that are present, "0,1,2" -> how many there are."""
    return str(sum(1 for unit in text.split(",") if unit))


EATON_EPDU = Mib(
    "eaton_epdu",
    "0.69",
    rows=(
        *SYSTEM,
        Fixed("device.mfr", "EATON"),
        Text("device.model", EPDU + ".1.2.1.2.d", ONCE),
        Text("device.serial", EPDU + ".1.2.1.4.d", ONCE),
        Fixed("device.type", "pdu"),
        Text("device.part", EPDU + ".1.2.1.3.d", ONCE),
        Text("device.macaddr", "1.3.6.1.2.1.2.2.1.6.2", ONCE),
        Text("device.count", EPDU + ".1.1.0", ONCE | SOLE, units),
        Number("device.count", EPDU + ".1.2.1.2.d", 1, ONCE | SOLE),
        Fixed("ups.mfr", "EATON"),
        Text("ups.model", EPDU + ".1.2.1.2.d", ONCE),
        Text("ups.serial", EPDU + ".1.2.1.4.d", ONCE),
        Text("ups.firmware", EPDU + ".1.2.1.5.d"),
        Fixed("ups.type", "pdu"),
        Number("input.phases", EPDU + ".3.1.1.2.d.1", 1, ONCE, PHASES),
        Number("input.frequency", EPDU + ".3.1.1.3.d.1", 0.1),
        *level("input.frequency", EPDU + ".3.1.1.4.d.1", FREQUENCIES, FREQUENCY_ALARMS),
        Number("input.load", EPDU + ".3.3.1.11.d.1.1", 1, NOT_NEGATIVE),
        *each(3, Number("input.L#.load", EPDU + ".3.3.1.11.d.1.#", 1, NOT_NEGATIVE)),
        Number("input.voltage", EPDU + ".3.2.1.3.d.1.1", 0.001),
        *watched("input.voltage", EPDU + ".3.2.1", 4, "d.1.1", LEVELS, VOLTAGE_ALARMS),
        *each(
            3,
            Number("input.L#.voltage", EPDU + ".3.2.1.3.d.1.#", 0.001),
            *watched("input.L#.voltage", EPDU + ".3.2.1", 4, "d.1.#", LEVELS, VOLTAGE_ALARMS, "L#.alarm"),
        ),
        Number("input.current", EPDU + ".3.3.1.4.d.1.1", 0.001),
        Number("input.current.nominal", EPDU + ".3.3.1.3.d.1.1", 0.001),
        *watched("input.current", EPDU + ".3.3.1", 5, "d.1.1", LEVELS, CURRENT_ALARMS),
        *each(
            3,
            Number("input.L#.current", EPDU + ".3.3.1.4.d.1.#", 0.001),
            Number("input.L#.current.nominal", EPDU + ".3.3.1.3.d.1.#", 0.001),
            *watched("input.L#.current", EPDU + ".3.3.1", 5, "d.1.#", LEVELS, CURRENT_ALARMS, "L#.alarm"),
        ),
        Number("input.realpower", EPDU + ".3.5.1.4.d.1", 1, SOLE | NOT_NEGATIVE),
        Number("input.realpower", EPDU + ".3.4.1.4.d.1.4", 1, SOLE | NOT_NEGATIVE),
        Number("input.realpower", EPDU + ".3.4.1.4.d.1.2", 1, NOT_NEGATIVE),
        *each(3, Number("input.L#.realpower", EPDU + ".3.4.1.4.d.1.#", 1, NOT_NEGATIVE)),
        Number("input.power", EPDU + ".3.5.1.3.d.1", 1, SOLE | NOT_NEGATIVE),
        Number("input.power", EPDU + ".3.4.1.3.d.1.4", 1, SOLE | NOT_NEGATIVE),
        Number("input.power", EPDU + ".3.4.1.3.d.1.2", 1, NOT_NEGATIVE),
        *each(3, Number("input.L#.power", EPDU + ".3.4.1.3.d.1.#", 1, NOT_NEGATIVE)),
        Text("input.feed.desc", EPDU + ".3.1.1.10.d.1", SELDOM | WRITABLE),
        Number("input.feed.color", EPDU + ".3.1.1.9.d.1", 1, SELDOM),
        Number("input.realpower.nominal", EPDU + ".3.5.1.9.d.1", 1, NOT_NEGATIVE),
        Text("ambient.present", EPDU + ".7.1.1.3.d.1", words=PRESENT),
        *sensor(
            "ambient.temperature",
            EPDU + ".7.1.1",
            "d.1",
            LEVELS,
            TEMPERATURE_ALARMS,
            "low low.critical low.warning high high.warning high.critical",
        ),
        *sensor(
            "ambient.humidity",
            EPDU + ".7.2.1",
            "d.1",
            LEVELS,
            HUMIDITY_ALARMS,
            "low low.warning low.critical high high.warning high.critical",
        ),
        Text("ambient.contacts.1.status", EPDU + ".7.3.1.4.d.1", words=CONTACTS),
        Text("ambient.contacts.2.status", EPDU + ".7.3.1.4.d.2", words=CONTACTS),
        *SENSOR_ROWS,
        Number("outlet.count", EPDU + ".1.2.1.22.d", 1, ONCE),
        Fixed("outlet.id", "0"),
        Fixed("outlet.desc", "All outlets", WRITABLE, length=20),
        Text("outlet.switchable", EPDU + ".1.2.1.10.d", ONCE | SOLE, CONTROLS),
        Text("outlet.switchable", EPDU + ".6.6.1.3.d.1", ONCE | SOLE, SWITCHABLE),
        Number("outlet.frequency", EPDU + ".3.1.1.3.d.1", 0.1),
        Number("outlet.voltage", EPDU + ".3.2.1.3.d.1.1", 0.001),
        Number("outlet.current", EPDU + ".3.3.1.4.d.1.1", 0.01),
        Number("outlet.realpower", EPDU + ".3.4.1.4.d.1.4"),
        Number("outlet.power", EPDU + ".3.4.1.3.d.1.4"),
        Text("outlet.n.desc", EPDU + ".6.1.1.3.d.n", SELDOM | WRITABLE),
        Text("outlet.n.status", EPDU + ".6.6.1.2.d.n", words=SWITCHED),
        Number("outlet.n.id", EPDU + ".6.6.1.7.d.n", 1, ONCE),
        Text("outlet.n.name", EPDU + ".6.1.1.2.d.n", ONCE | SOLE),
        Text("outlet.n.name", EPDU + ".6.1.1.6.d.n", ONCE | SOLE),
        *each(6, Text("outlet.n.groupid", EPDU + ".6.2.1.3.d.n.#", ONCE | SOLE)),
        Number("outlet.n.current", EPDU + ".6.4.1.3.d.n", 0.001),
        *watched("outlet.n.current", EPDU + ".6.4.1", 4, "d.n", LEVELS, CURRENT_ALARMS, "outlet.n.alarm"),
        Number("outlet.n.realpower", EPDU + ".6.5.1.3.d.n"),
        Number("outlet.n.voltage", EPDU + ".6.3.1.2.d.n", 0.001),
        *watched("outlet.n.voltage", EPDU + ".6.3.1", 3, "d.n", LEVELS, VOLTAGE_ALARMS, "outlet.n.alarm"),
        Number("outlet.n.power", EPDU + ".6.5.1.2.d.n"),
        Text("outlet.n.switchable", EPDU + ".6.6.1.9.d.n", SOLE, YES_NO),
        Text("outlet.n.switchable", EPDU + ".6.6.1.3.d.n", ONCE | SOLE, SWITCHABLE),
        Text("outlet.n.type", EPDU + ".6.1.1.5.d.n", ONCE, ALL_SOCKETS),
        Number("outlet.group.count", EPDU + ".1.2.1.21.d", 1, ONCE),
        Text("outlet.group.n.id", EPDU + ".5.1.1.2.d.n", ONCE),
        Text("outlet.group.n.desc", EPDU + ".5.1.1.3.d.n", SELDOM | WRITABLE),
        Text("outlet.group.n.name", EPDU + ".5.1.1.8.d.n", ONCE),
        Text("outlet.group.n.color", EPDU + ".5.1.1.7.d.n", ONCE),
        Text("outlet.group.n.type", EPDU + ".5.1.1.4.d.n", ONCE, GROUPS),
        Number("outlet.group.n.phase", EPDU + ".5.3.1.2.d.n", 1, ONCE, GROUP_PHASES),
        Text("outlet.group.n.status", EPDU + ".5.6.1.2.d.n", words=GROUP_SWITCHED),
        Number("outlet.group.n.count", EPDU + ".5.1.1.6.d.n"),
        Number("outlet.group.n.voltage", EPDU + ".5.3.1.3.d.n", 0.001),
        *watched("outlet.group.n.voltage", EPDU + ".5.3.1", 4, "d.n", LEVELS, VOLTAGE_ALARMS, "outlet.group.n.alarm"),
        Number("outlet.group.n.current", EPDU + ".5.4.1.3.d.n", 0.001),
        Number("outlet.group.n.current.nominal", EPDU + ".5.4.1.2.d.n", 0.001),
        *level("outlet.group.n.current", EPDU + ".5.4.1.4.d.n", LEVELS, CURRENT_ALARMS, "outlet.group.n.alarm"),
        Number("outlet.group.n.load", EPDU + ".5.4.1.10.d.n", 1, NOT_NEGATIVE),
        *bounds("outlet.group.n.current", EPDU + ".5.4.1", 5, "d.n"),
        Number("outlet.group.n.realpower", EPDU + ".5.5.1.3.d.n", 1, NOT_NEGATIVE),
        Number("outlet.group.n.power", EPDU + ".5.5.1.2.d.n", 1, NOT_NEGATIVE),
        Number("outlet.group.n.input", EPDU + ".5.1.1.9.d.n", 1, NOT_NEGATIVE),
        *switches("outlet.n.load", EPDU + ".6.6.1", 3, "d.n"),
        Number("outlet.n.delay.shutdown", EPDU + ".6.6.1.10.d.n", 1, NOT_NEGATIVE | WRITABLE),
        Number("outlet.n.delay.start", EPDU + ".6.6.1.7.d.n", 1, NOT_NEGATIVE | WRITABLE),
        *delayed_switches("outlet.n.load", EPDU + ".6.6.1", 3, "d.n"),
        Number("outlet.n.timer.shutdown", EPDU + ".6.6.1.3.d.n"),
        Number("outlet.n.timer.start", EPDU + ".6.6.1.4.d.n"),
        *switches("outlet.group.n.load", EPDU + ".5.6.1", 3, "d.n"),
        *delayed_switches("outlet.group.n.load", EPDU + ".5.6.1", 3, "d.n"),
    ),
    ids=("1.3.6.1.4.1.534.6.6.7",),
    probe=EPDU + ".3.1.1.3.d.1",
)

MIBS = (EATON_EPDU,)
