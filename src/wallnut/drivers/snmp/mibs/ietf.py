"""RFC 1628, the UPS-MIB, which cards of many vendors speak: MGE, Liebert, Riello, Generex, and others that have no
file of their own. Tripp Lite's are served by it too, under NUT's name `tripplite`.

Sources: RFC 1628; names and number formats as NUT's snmp-ups
2.8.0 publishes them. Proved beside C.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.blocks import by_phase, each
from wallnut.drivers.snmp.mibs.words import YES_NO
from wallnut.drivers.snmp.rows import (
    BYPASS_1,
    BYPASS_3,
    INPUT_1,
    INPUT_3,
    ONCE,
    OUTPUT_1,
    OUTPUT_3,
    SYSTEM,
    WRITABLE,
    Command,
    Mib,
    Number,
    Status,
    Text,
)

UPS = "1.3.6.1.2.1.33.1"

BATTERIES = {
    1: "",
    2: "",
    3: "LB",
    4: "LB",
}
SOURCES = {
    1: "",
    2: "OFF",
    3: "OL",
    4: "OL BYPASS",
    5: "OB",
    6: "OL BOOST",
    7: "OL TRIM",
}
OVERLOAD = {
    1: "OVER",
}
TESTS = {
    1: "",
    2: "",
    3: "TEST",
    4: "TEST",
    5: "CAL",
}
RESULTS = {
    1: "done and passed",
    2: "done and warning",
    3: "done and error",
    4: "aborted",
    5: "in progress",
    6: "no test initiated",
}
BEEPERS = {
    1: "disabled",
    2: "enabled",
    3: "muted",
}
BEEPER = (
    Command("beeper.disable", UPS + ".9.8.0", "1"),
    Command("beeper.enable", UPS + ".9.8.0", "2"),
    Command("beeper.mute", UPS + ".9.8.0", "3"),
)

ROWS = (
    *SYSTEM,
    Text("ups.mfr", UPS + ".1.1.0", ONCE),
    Text("ups.model", UPS + ".1.2.0", ONCE),
    Text("ups.firmware", UPS + ".1.3.0", ONCE),
    Text("ups.firmware.aux", UPS + ".1.4.0", ONCE),
    Status(UPS + ".2.1.0", BATTERIES),
    Number("battery.runtime", UPS + ".2.3.0", 60),
    Number("battery.charge", UPS + ".2.4.0"),
    Number("battery.voltage", UPS + ".2.5.0", 0.1),
    Number("battery.current", UPS + ".2.6.0", 0.1),
    Number("battery.temperature", UPS + ".2.7.0"),
    Number("input.phases", UPS + ".3.2.0"),
    *by_phase("input.L#.frequency", UPS + ".3.3.1.2.#", 0.1, INPUT_1, INPUT_3),
    *by_phase("input.L#-N.voltage", UPS + ".3.3.1.3.#", 1, INPUT_1, INPUT_3),
    *by_phase("input.L#.current", UPS + ".3.3.1.4.#", 0.1, INPUT_1, INPUT_3),
    *by_phase("input.L#.realpower", UPS + ".3.3.1.5.#", 1, INPUT_1, INPUT_3),
    Status(UPS + ".4.1.0", SOURCES),
    Number("output.frequency", UPS + ".4.2.0", 0.1),
    Number("output.phases", UPS + ".4.3.0"),
    *by_phase("output.L#-N.voltage", UPS + ".4.4.1.2.#", 1, OUTPUT_1, OUTPUT_3),
    *by_phase("output.L#.current", UPS + ".4.4.1.3.#", 0.1, OUTPUT_1, OUTPUT_3),
    *by_phase("output.L#.realpower", UPS + ".4.4.1.4.#", 1, OUTPUT_1, OUTPUT_3),
    Number("ups.load", UPS + ".4.4.1.5.1", 1, OUTPUT_1),
    *each(3, Number("output.L#.power.percent", UPS + ".4.4.1.5.#", 1, OUTPUT_3)),
    Number("input.bypass.phases", UPS + ".5.2.0"),
    Number("input.bypass.frequency", UPS + ".5.1.0", 0.1, BYPASS_1 | BYPASS_3),
    *by_phase("input.bypass.L#-N.voltage", UPS + ".5.3.1.2.#", 1, BYPASS_1, BYPASS_3),
    *by_phase("input.bypass.L#.current", UPS + ".5.3.1.3.#", 0.1, BYPASS_1, BYPASS_3),
    *by_phase("input.bypass.L#.realpower", UPS + ".5.3.1.4.#", 1, BYPASS_1, BYPASS_3),
    Status(UPS + ".6.3.8", OVERLOAD),
    Status(UPS + ".7.1.0", TESTS),
    Command("test.battery.stop", UPS + ".7.1.0", UPS + ".7.7.2"),
    Command("test.battery.start", UPS + ".7.1.0", UPS + ".7.7.3"),
    Command("test.battery.start.quick", UPS + ".7.1.0", UPS + ".7.7.4"),
    Command("test.battery.start.deep", UPS + ".7.1.0", UPS + ".7.7.5"),
    Text("ups.test.result", UPS + ".7.3.0", words=RESULTS),
    Text("ups.timer.shutdown", UPS + ".8.2.0", WRITABLE, length=8),
    Command("load.off", UPS + ".8.2.0", "0"),
    Text("ups.timer.start", UPS + ".8.3.0", WRITABLE, length=8),
    Command("load.on", UPS + ".8.3.0", "0"),
    Text("ups.timer.reboot", UPS + ".8.4.0", WRITABLE, length=8),
    Text("ups.start.auto", UPS + ".8.5.0", words=YES_NO),
    Number("input.voltage.nominal", UPS + ".9.1.0"),
    Number("input.frequency.nominal", UPS + ".9.2.0", 0.1),
    Number("output.voltage.nominal", UPS + ".9.3.0"),
    Number("output.frequency.nominal", UPS + ".9.4.0", 0.1),
    Number("output.power.nominal", UPS + ".9.5.0"),
    Number("output.realpower.nominal", UPS + ".9.6.0"),
    Number("battery.runtime.low", UPS + ".9.7.0", 60),
    Text("ups.beeper.status", UPS + ".9.8.0", words=BEEPERS),
    *BEEPER,
    Number("input.transfer.low", UPS + ".9.9.0"),
    Number("input.transfer.high", UPS + ".9.10.0"),
)

MIBS = (
    Mib("tripplite", "1.54", ROWS, ids=("1.3.6.1.4.1.850.1",)),
    Mib("ietf", "1.54", ROWS, ids=("1.3.6.1.2.1.33",), probe=UPS + ".2.1.0"),
)
