"""UPSes of HP and Compaq, with the UPS Network Module: the group `ups` of CPQPOWER-MIB.

Sources: CPQPOWER-MIB (enterprise 232, group 165.3); names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row, with a made-up device.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.blocks import by_phase, each
from wallnut.drivers.snmp.mibs.ietf import SOURCES as RFC_SOURCES
from wallnut.drivers.snmp.mibs.ietf import UPS
from wallnut.drivers.snmp.mibs.powerware import CHARGING, RESULTS, TYPES
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

SOURCES = {
    **RFC_SOURCES,
    8: "OL",
    9: "OL",
    10: "OL",
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
        *each(3, Number("ups.L#.realpower", CPQ + ".4.4.1.4.#", 0.1, OUTPUT_3)),
        Status(CPQ + ".4.5.0", SOURCES),
        Status(CPQ + ".2.5.0", CHARGING),
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
        *each(3, Number("input.L#-N.voltage", CPQ + ".3.4.1.2.#", 1, INPUT_3)),
        Number("input.current", CPQ + ".3.4.1.3", 0.1, OUTPUT_1),
        *by_phase("input.L#.current", CPQ + ".3.4.1.3.#", 0.1, OUTPUT_1, INPUT_3),
        Number("input.realpower", CPQ + ".3.4.1.4", 0.1, OUTPUT_1),
        *each(3, Number("input.L#.realpower", CPQ + ".3.4.1.4.#", 0.1, INPUT_3)),
        Number("input.quality", CPQ + ".3.2.0"),
        Number("output.phases", CPQ + ".4.3.0"),
        Number("output.frequency", CPQ + ".4.2.0", 0.1),
        Text("output.frequency.nominal", CPQ + ".9.4.0", WRITABLE | OUTPUT_1, length=3),
        Number("output.voltage", CPQ + ".4.4.1.2", 1, OUTPUT_1),
        Number("output.voltage", CPQ + ".4.4.1.2.1", 1, OUTPUT_1),
        Text("output.voltage.nominal", CPQ + ".9.1.0", WRITABLE | OUTPUT_1, length=3),
        *each(3, Number("output.L#-N.voltage", CPQ + ".4.4.1.2.#", 1, OUTPUT_3)),
        Number("output.current", CPQ + ".4.4.1.3", 0.1, OUTPUT_1),
        *by_phase("output.L#.current", CPQ + ".4.4.1.3.#", 0.1, OUTPUT_1, OUTPUT_3),
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
