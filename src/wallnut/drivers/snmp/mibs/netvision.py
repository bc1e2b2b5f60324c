"""Socomec's UPSes with the NetVision card: the single system of SOCOMECUPS-MIB.

Sources: SOCOMECUPS-MIB (enterprise 4555); names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row, with a made-up device.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.blocks import each
from wallnut.drivers.snmp.rows import (
    BYPASS_1,
    BYPASS_3,
    INPUT_1,
    INPUT_3,
    ONCE,
    OUTPUT_1,
    OUTPUT_3,
    SYSTEM,
    Mib,
    Number,
    Status,
    Text,
)

SOCOMEC = "1.3.6.1.4.1.4555.1.1.1.1"

BATTERIES = {
    2: "",
    3: "LB",
    4: "LB",
    5: "DISCHRG",
    6: "RB",
}
SOURCES = {
    1: "",
    2: "",
    3: "OL",
    4: "OL BYPASS",
    5: "OB",
    6: "OL BOOST",
    7: "OL TRIM",
    8: "OL",
    9: "",
}
INPUTS = {
    0: "OL",
    1: "OB",
}


NETVISION = Mib(
    "netvision",
    "0.44",
    rows=(
        *SYSTEM,
        Text("ups.mfr", SOCOMEC + ".1.3.0", ONCE),
        Text("ups.model", SOCOMEC + ".1.1.0", ONCE),
        Text("ups.serial", SOCOMEC + ".1.4.0", ONCE),
        Text("ups.firmware.aux", SOCOMEC + ".1.2.0", ONCE),
        Status(SOCOMEC + ".2.1.0", BATTERIES),
        Status(SOCOMEC + ".4.1.0", SOURCES),
        Status(SOCOMEC + ".6.3.2.0", INPUTS),
        Number("ups.load", SOCOMEC + ".4.4.1.4.1", 1, INPUT_1),
        Number("input.phases", SOCOMEC + ".3.1.0"),
        Number("input.frequency", SOCOMEC + ".3.2.0", 0.1),
        Number("input.voltage", SOCOMEC + ".3.3.1.5.1", 0.1, INPUT_1),
        Number("input.current", SOCOMEC + ".3.3.1.3.1", 0.1, INPUT_1),
        *each(
            3,
            Number("input.L#-N.voltage", SOCOMEC + ".3.3.1.5.#", 0.1, INPUT_3),
            Number("input.L#.current", SOCOMEC + ".3.3.1.3.#", 0.1, INPUT_3),
        ),
        Number("output.phases", SOCOMEC + ".4.3.0"),
        Number("output.frequency", SOCOMEC + ".4.2.0", 0.1),
        Number("output.voltage", SOCOMEC + ".4.4.1.2.1", 0.1, OUTPUT_1),
        Number("output.current", SOCOMEC + ".4.4.1.3.1", 0.1, OUTPUT_1),
        Number("output.load", SOCOMEC + ".4.4.1.4.1", 1, OUTPUT_1),
        *each(
            3,
            Number("output.L#-N.voltage", SOCOMEC + ".4.4.1.2.#", 0.1, OUTPUT_3),
            Number("output.L#.current", SOCOMEC + ".4.4.1.3.#", 0.1, OUTPUT_3),
            Number("output.L#.power.percent", SOCOMEC + ".4.4.1.4.#", 1, OUTPUT_3),
        ),
        Number("input.bypass.phases", SOCOMEC + ".5.2.0"),
        Number("input.bypass.frequency", SOCOMEC + ".5.1.0", 0.1),
        Number("input.bypass.voltage", SOCOMEC + ".5.3.1.2.1", 0.1, BYPASS_1),
        Number("input.bypass.current", SOCOMEC + ".5.3.1.3.1", 0.1, BYPASS_1),
        *each(
            3,
            Number("input.bypass.L#-N.voltage", SOCOMEC + ".5.3.1.2.#", 0.1, BYPASS_3),
            Number("input.bypass.L#.current", SOCOMEC + ".5.3.1.3.#", 0.1, BYPASS_3),
        ),
        Number("battery.charge", SOCOMEC + ".2.4.0"),
        Number("battery.voltage", SOCOMEC + ".2.5.0", 0.1),
        Number("battery.runtime", SOCOMEC + ".2.3.0", 60),
    ),
    ids=("1.3.6.1.4.1.4555.1.1.1",),
    probe=SOCOMEC + ".1.1.0",
)

MIBS = (NETVISION,)
