"""UPSes of MGE and Eaton with Network Management Cards: MG-SNMP-UPS-MIB, and RFC 1628 where it says more.

Sources: MG-SNMP-UPS-MIB (enterprise 705), RFC 1628; names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row with a made-up device, and recordings of real ones.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.blocks import by_phase, each
from wallnut.drivers.snmp.mibs.ietf import BEEPER, BEEPERS, RESULTS, UPS
from wallnut.drivers.snmp.mibs.words import LOW, YES_NO
from wallnut.drivers.snmp.rows import (
    INPUT_1,
    INPUT_3,
    ONCE,
    OUTPUT_1,
    OUTPUT_3,
    SYSTEM,
    WRITABLE,
    Command,
    Fixed,
    Mib,
    Number,
    Status,
    Text,
)

MGE_UPS = "1.3.6.1.4.1.705.1"

REPLACEMENTS = {
    1: "RB",
    2: "",
}
ON_BATTERY = {
    1: "OB",
    2: "OL",
}
ON_BYPASS = {
    1: "BYPASS",
    2: "",
}
OFF = {
    1: "OFF",
    2: "",
}
BOOSTS = {
    1: "BOOST",
    2: "",
}
OVERLOADS = {
    1: "OVER",
    2: "",
}
TRIMS = {
    1: "TRIM",
    2: "",
}
SOURCES = {
    1: "",
    2: "OFF",
    4: "BYPASS",
    5: "OB",
    6: "BOOST",
    7: "TRIM",
}
REASONS = {
    1: "",
    2: "input voltage out of range",
    3: "input frequency out of range",
    4: "utility off",
}
CONTACTS = {
    -1: "unknown",
    1: "closed",
    2: "opened",
}


MGE = Mib(
    "mge",
    "0.55",
    rows=(
        *SYSTEM,
        Fixed("ups.mfr", "Eaton"),
        Text("ups.model", MGE_UPS + ".1.1.0", ONCE),
        Text("ups.serial", MGE_UPS + ".1.7.0", ONCE),
        Text("ups.firmware", MGE_UPS + ".1.4.0", ONCE),
        Text("ups.firmware.aux", MGE_UPS + ".12.12.0", ONCE),
        Number("ups.load", MGE_UPS + ".7.2.1.4.1", 1, OUTPUT_1),
        Text("ups.beeper.status", UPS + ".9.8.0", words=BEEPERS),
        *each(3, Number("ups.L#.load", MGE_UPS + ".7.2.1.4.#", 1, OUTPUT_3)),
        Text("ups.test.result", UPS + ".7.3.0", words=RESULTS),
        Fixed("ups.delay.shutdown", "20", WRITABLE, length=6),
        Fixed("ups.delay.start", "30", WRITABLE, length=6),
        Number("ups.timer.shutdown", UPS + ".8.2.0"),
        Number("ups.timer.start", UPS + ".8.3.0"),
        Number("ups.timer.reboot", UPS + ".8.4.0"),
        Number("ups.start.auto", UPS + ".8.5.0", 1, WRITABLE, YES_NO),
        Status(MGE_UPS + ".5.11.0", REPLACEMENTS),
        Status(MGE_UPS + ".5.14.0", LOW),
        Status(MGE_UPS + ".5.16.0", LOW),
        Status(MGE_UPS + ".7.3.0", ON_BATTERY),
        Status(MGE_UPS + ".7.4.0", ON_BYPASS),
        Status(MGE_UPS + ".7.7.0", OFF),
        Status(MGE_UPS + ".7.8.0", BOOSTS),
        Status(MGE_UPS + ".7.10.0", OVERLOADS),
        Status(MGE_UPS + ".7.12.0", TRIMS),
        Status(UPS + ".4.1.0", SOURCES),
        Number("input.phases", MGE_UPS + ".6.1.0"),
        *by_phase("input.L#-N.voltage", MGE_UPS + ".6.2.1.2.#", 0.1, INPUT_1, INPUT_3),
        *by_phase("input.L#.frequency", MGE_UPS + ".6.2.1.3.#", 0.1, INPUT_1, INPUT_3),
        *by_phase("input.L#-N.voltage.minimum", MGE_UPS + ".6.2.1.4.#", 0.1, INPUT_1, INPUT_3),
        *by_phase("input.L#-N.voltage.maximum", MGE_UPS + ".6.2.1.5.#", 0.1, INPUT_1, INPUT_3),
        *by_phase("input.L#.current", MGE_UPS + ".6.2.1.6.#", 0.1, INPUT_1, INPUT_3),
        Text("input.transfer.reason", MGE_UPS + ".6.4.0", words=REASONS),
        Number("output.phases", MGE_UPS + ".7.1.0"),
        *by_phase("output.L#-N.voltage", MGE_UPS + ".7.2.1.2.#", 0.1, OUTPUT_1, OUTPUT_3),
        *by_phase("output.L#.frequency", MGE_UPS + ".7.2.1.3.#", 0.1, OUTPUT_1, OUTPUT_3),
        *by_phase("output.L#.current", MGE_UPS + ".7.2.1.5.#", 0.1, OUTPUT_1, OUTPUT_3),
        Number("battery.charge", MGE_UPS + ".5.2.0"),
        Number("battery.runtime", MGE_UPS + ".5.1.0"),
        Number("battery.runtime.low", MGE_UPS + ".4.7.0"),
        Text("battery.charge.low", MGE_UPS + ".4.8.0", WRITABLE, length=2),
        Number("battery.voltage", MGE_UPS + ".5.5.0", 0.1),
        Number("ambient.temperature", MGE_UPS + ".8.1.0", 0.1),
        Number("ambient.humidity", MGE_UPS + ".8.2.0", 0.1),
        Text("ambient.contacts.1.status", MGE_UPS + ".8.7.1.9.1", words=CONTACTS),
        Text("ambient.contacts.2.status", MGE_UPS + ".8.7.1.10.1", words=CONTACTS),
        Fixed("outlet.id", "0"),
        Fixed("outlet.desc", "Main Outlet", WRITABLE, length=20),
        Command("test.battery.start", MGE_UPS + ".10.4.0", "2"),
        *BEEPER,
        Command("load.off.delay", UPS + ".8.2.0"),
        Command("load.on.delay", UPS + ".8.3.0"),
    ),
    ids=("1.3.6.1.4.1.705.1",),
    probe=MGE_UPS + ".1.1.0",
)

MIBS = (MGE,)
