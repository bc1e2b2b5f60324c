"""UPSes of HP and Compaq, with the UPS Network Module: the group `ups` of CPQPOWER-MIB.

Sources: CPQPOWER-MIB (enterprise 232, group 165.3); names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row, with a made-up device.
"""

from __future__ import annotations

from wallnut.drivers.snmp.rows import (
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

CPQ = "1.3.6.1.4.1.232.165.3"
UPS = "1.3.6.1.2.1.33.1"

SOURCES = {
    1: "",
    2: "OFF",
    3: "OL",
    4: "OL BYPASS",
    5: "OB",
    6: "OL BOOST",
    7: "OL TRIM",
    8: "OL",
    9: "OL",
    10: "OL",
}
BATTERIES = {
    1: "CHRG",
    2: "DISCHRG",
}
TYPES = {
    1: "",
    2: "",
    3: "normal",
    4: "",
    5: "",
    6: "",
    7: "",
    8: "parallel capacity",
    9: "parallel redundancy",
    10: "high efficiency",
}
RESULTS = {
    1: "Unknown",
    2: "Done and passed",
    3: "Done and error",
    4: "In progress",
    5: "Not supported",
    6: "Inhibited",
    7: "Scheduled",
}
SWITCHABLE = {
    1: "yes",
    2: "yes",
    3: "yes",
    4: "yes",
}
SWITCHED = {
    1: "on",
    2: "off",
    3: "pendingOff",
    4: "pendingOn",
    5: "unknown",
}


CPQPOWER = Mib(
    "cpqpower",
    "1.66",
    rows=(
        *SYSTEM,
        Text("ups.mfr", CPQ + ".1.1.0", ONCE),
        Text("ups.model", CPQ + ".1.2.0", ONCE),
        Text("ups.serial", "1.3.6.1.4.1.232.165.1.2.7.0", ONCE),
        Text("ups.firmware", CPQ + ".1.3.0"),
        Text("ups.firmware.aux", UPS + ".1.4.0"),
        Number("ups.load", CPQ + ".4.1.0"),
        Number("ups.realpower", CPQ + ".4.4.1.4", 1, OUTPUT_1),
        Number("ups.realpower", CPQ + ".9.3.0", 1, OUTPUT_1),
        Number("ups.L1.realpower", CPQ + ".4.4.1.4.1", 0.1, OUTPUT_3),
        Number("ups.L2.realpower", CPQ + ".4.4.1.4.2", 0.1, OUTPUT_3),
        Number("ups.L3.realpower", CPQ + ".4.4.1.4.3", 0.1, OUTPUT_3),
        Status(CPQ + ".4.5.0", SOURCES),
        Status(CPQ + ".2.5.0", BATTERIES),
        Text("ups.type", CPQ + ".4.5.0", words=TYPES),
        Text("ups.test.result", CPQ + ".7.2.0", words=RESULTS),
        Fixed("ups.delay.shutdown", "20", WRITABLE, length=6),
        Fixed("ups.delay.start", "30", WRITABLE, length=6),
        Number("ups.timer.shutdown", CPQ + ".8.1.0"),
        Number("ups.timer.start", CPQ + ".8.2.0"),
        Number("ambient.temperature", CPQ + ".6.1.0"),
        Number("ambient.temperature.low", CPQ + ".6.2.0"),
        Number("ambient.temperature.high", CPQ + ".6.3.0"),
        Number("battery.charge", CPQ + ".2.4.0"),
        Number("battery.runtime", CPQ + ".2.1.0"),
        Number("battery.voltage", CPQ + ".2.2.0", 0.1),
        Number("battery.current", CPQ + ".2.3.0", 0.1),
        Number("input.phases", CPQ + ".3.3.0"),
        Number("input.frequency", CPQ + ".3.1.0", 0.1),
        Number("input.voltage", CPQ + ".3.4.1.2", 1, OUTPUT_1),
        Number("input.voltage", CPQ + ".3.4.1.2.1", 1, OUTPUT_1),
        Text("input.voltage.nominal", CPQ + ".9.2.0", WRITABLE | OUTPUT_1, length=3),
        Number("input.L1-N.voltage", CPQ + ".3.4.1.2.1", 1, INPUT_3),
        Number("input.L2-N.voltage", CPQ + ".3.4.1.2.2", 1, INPUT_3),
        Number("input.L3-N.voltage", CPQ + ".3.4.1.2.3", 1, INPUT_3),
        Number("input.current", CPQ + ".3.4.1.3", 0.1, OUTPUT_1),
        Number("input.current", CPQ + ".3.4.1.3.1", 0.1, OUTPUT_1),
        Number("input.L1.current", CPQ + ".3.4.1.3.1", 0.1, INPUT_3),
        Number("input.L2.current", CPQ + ".3.4.1.3.2", 0.1, INPUT_3),
        Number("input.L3.current", CPQ + ".3.4.1.3.3", 0.1, INPUT_3),
        Number("input.realpower", CPQ + ".3.4.1.4", 0.1, OUTPUT_1),
        Number("input.L1.realpower", CPQ + ".3.4.1.4.1", 0.1, INPUT_3),
        Number("input.L2.realpower", CPQ + ".3.4.1.4.2", 0.1, INPUT_3),
        Number("input.L3.realpower", CPQ + ".3.4.1.4.3", 0.1, INPUT_3),
        Number("input.quality", CPQ + ".3.2.0"),
        Number("output.phases", CPQ + ".4.3.0"),
        Number("output.frequency", CPQ + ".4.2.0", 0.1),
        Text("output.frequency.nominal", CPQ + ".9.4.0", WRITABLE | OUTPUT_1, length=3),
        Number("output.voltage", CPQ + ".4.4.1.2", 1, OUTPUT_1),
        Number("output.voltage", CPQ + ".4.4.1.2.1", 1, OUTPUT_1),
        Text("output.voltage.nominal", CPQ + ".9.1.0", WRITABLE | OUTPUT_1, length=3),
        Number("output.L1-N.voltage", CPQ + ".4.4.1.2.1", 1, OUTPUT_3),
        Number("output.L2-N.voltage", CPQ + ".4.4.1.2.2", 1, OUTPUT_3),
        Number("output.L3-N.voltage", CPQ + ".4.4.1.2.3", 1, OUTPUT_3),
        Number("output.current", CPQ + ".4.4.1.3", 0.1, OUTPUT_1),
        Number("output.current", CPQ + ".4.4.1.3.1", 0.1, OUTPUT_1),
        Number("output.L1.current", CPQ + ".4.4.1.3.1", 0.1, OUTPUT_3),
        Number("output.L2.current", CPQ + ".4.4.1.3.2", 0.1, OUTPUT_3),
        Number("output.L3.current", CPQ + ".4.4.1.3.3", 0.1, OUTPUT_3),
        Fixed("outlet.id", "0"),
        Fixed("outlet.desc", "All outlets", WRITABLE, length=20),
        Number("outlet.count", CPQ + ".10.1.0"),
        Text("outlet.n.switchable", CPQ + ".10.2.1.1.n", ONCE, SWITCHABLE),
        Number("outlet.n.id", CPQ + ".10.2.1.1.n", 1, ONCE),
        Text("outlet.n.status", CPQ + ".10.2.1.2.n", words=SWITCHED),
        Command("outlet.n.load.off", CPQ + ".10.2.1.3.n", "0"),
        Command("outlet.n.load.on", CPQ + ".10.2.1.4.n", "0"),
        Command("outlet.n.load.cycle", CPQ + ".10.2.1.7.n", "0"),
        Command("load.off", CPQ + ".8.1.0", "1"),
        Command("load.on", CPQ + ".8.2.0", "1"),
        Command("shutdown.stop", CPQ + ".8.1.0", "0"),
        Command("load.off.delay", CPQ + ".8.1.0", "20"),
        Command("load.on.delay", CPQ + ".8.2.0", "30"),
        Command("shutdown.reboot", CPQ + ".8.6.0", "0"),
        Command("test.battery.start", CPQ + ".7.1.0", "1"),
    ),
    ids=("1.3.6.1.4.1.232.165.3",),
    probe=CPQ + ".1.1.0",
)

MIBS = (CPQPOWER,)
