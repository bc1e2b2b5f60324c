"""Eaton's automatic transfer switch ATS16, with a Network-MS (nmc) or a Network-M2 card (nm2).

Sources: objects (enterprise 534, group 10.2), names and number formats as NUT's snmp-ups 2.8.0 has them.
Proved beside C: every row, with a made-up device.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.eaton_sensors import DRY_CONTACTS
from wallnut.drivers.snmp.mibs.ietf import RESULTS
from wallnut.drivers.snmp.mibs.words import RANGE
from wallnut.drivers.snmp.rows import (
    ONCE,
    SYSTEM,
    WRITABLE,
    Fixed,
    Mib,
    Number,
    Status,
    Text,
)

ATS2 = "1.3.6.1.4.1.534.10.2"

VOLTAGES = {
    1: "good",
    2: "derated-range",
    3: "out-of-range",
    4: "unknown",
}
SENSITIVITIES = {
    1: "normal",
    2: "high",
    3: "low",
}
SOURCES = {
    1: "init",
    2: "diagnosis",
    3: "off",
    4: "1",
    5: "2",
    6: "safe",
    7: "fault",
}
SUPPLIES = {
    1: "OFF",
    2: "OL",
}


ROWS = (
    *SYSTEM,
    Fixed("device.type", "ats"),
    Text("device.mfr", ATS2 + ".1.1.0", ONCE),
    Text("device.model", ATS2 + ".1.2.0", ONCE),
    Text("ups.firmware", ATS2 + ".1.3.0"),
    Text("device.serial", ATS2 + ".1.5.0", ONCE),
    Text("device.part", ATS2 + ".1.6.0", ONCE),
    Number("input.1.id", ATS2 + ".2.2.1.1.1", 1, ONCE),
    Number("input.2.id", ATS2 + ".2.2.1.1.2", 1, ONCE),
    Number("input.1.voltage", ATS2 + ".2.2.1.2.1", 0.1),
    Number("input.2.voltage", ATS2 + ".2.2.1.2.2", 0.1),
    Text("input.1.voltage.status", ATS2 + ".3.2.1.5.1", words=VOLTAGES),
    Text("input.2.voltage.status", ATS2 + ".3.2.1.5.2", words=VOLTAGES),
    Number("input.1.frequency", ATS2 + ".2.2.1.3.1", 0.1),
    Number("input.2.frequency", ATS2 + ".2.2.1.3.2", 0.1),
    Text("input.1.frequency.status", ATS2 + ".3.2.1.2.1", words=RANGE),
    Text("input.2.frequency.status", ATS2 + ".3.2.1.2.2", words=RANGE),
    Number("input.sensitivity", ATS2 + ".4.6.0", 1, WRITABLE, SENSITIVITIES),
    Text("input.source", ATS2 + ".2.4.0", words=SOURCES),
    Number("input.source.preferred", ATS2 + ".4.5.0", 1, WRITABLE),
    Number("input.phase.shift", ATS2 + ".2.1.1.0"),
    Number("output.voltage", ATS2 + ".2.3.1.0", 0.1),
    Number("output.voltage.nominal", ATS2 + ".4.4.0", 1, WRITABLE),
    Number("output.current", ATS2 + ".2.3.2.0", 0.1),
    Number("ups.test.result", ATS2 + ".4.8.0", words=RESULTS),
    Status(ATS2 + ".3.3.2.0", SUPPLIES),
    Number("ambient.temperature.low", ATS2 + ".5.5.0", 1, WRITABLE),
    Number("ambient.temperature.high", ATS2 + ".5.6.0", 1, WRITABLE),
    Number("ambient.humidity.low", ATS2 + ".5.7.0", 1, WRITABLE),
    Number("ambient.humidity.high", ATS2 + ".5.8.0", 1, WRITABLE),
    Text("ambient.contacts.1.status", ATS2 + ".5.4.1.3.1", words=DRY_CONTACTS),
    Text("ambient.contacts.2.status", ATS2 + ".5.4.1.3.2", words=DRY_CONTACTS),
)
"""What both cards tell in the same way."""

MODEL = ATS2 + ".1.2.0"
EATON_ATS16_NMC = Mib(
    "eaton_ats16_nmc",
    "0.21",
    rows=(
        *ROWS,
        Text("ups.firmware.aux", ATS2 + ".1.4.0"),
        Number("ambient.temperature", ATS2 + ".5.1.0", 0.1),
        Number("ambient.humidity", ATS2 + ".5.2.0", 0.1),
    ),
    ids=("1.3.6.1.4.1.705.1",),
    probe=MODEL,
)
EATON_ATS16_NM2 = Mib(
    "eaton_ats16_nm2",
    "0.22",
    rows=(
        *ROWS,
        Text("ups.firmware.aux", ATS2 + ".1.7.0"),
        Number("ambient.temperature", ATS2 + ".5.1.0"),
        Number("ambient.humidity", ATS2 + ".5.2.0"),
    ),
    ids=("1.3.6.1.4.1.534.10.2",),
    probe=MODEL,
)

MIBS = (EATON_ATS16_NMC, EATON_ATS16_NM2)
