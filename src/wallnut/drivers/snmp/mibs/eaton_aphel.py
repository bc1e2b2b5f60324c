"""Aphel's PDUs, later Eaton's Metered (Genesis II) and Switched (Revelation) ePDUs of the first generation.

Sources: objects (enterprise 17373; enterprise 534, group 6.6.6), names and number formats as NUT's snmp-ups 2.8.0 has
them.
Proved beside C: every row with a made-up device, Revelation also by a recording of a real one.
"""

from __future__ import annotations

from wallnut.drivers.snmp.rows import (
    NOT_NEGATIVE,
    ONCE,
    SYSTEM,
    WRITABLE,
    Command,
    Fixed,
    Mib,
    Number,
    Text,
)

REVELATION = "1.3.6.1.4.1.534.6.6.6"
GENESIS = "1.3.6.1.4.1.17373.3"

SWITCHABLE = {
    -1: "yes",
    0: "yes",
    1: "yes",
    2: "yes",
}
SWITCHED = {
    -1: "error",
    0: "off",
    1: "on",
    2: "cycling",
}


APHEL_REVELATION = Mib(
    "aphel_revelation",
    "0.52",
    rows=(
        *SYSTEM,
        Fixed("device.mfr", "EATON | Powerware"),
        Text("device.model", REVELATION + ".1.1.12.0", ONCE),
        Text("device.serial", REVELATION + ".1.1.2.0", ONCE),
        Fixed("device.type", "pdu"),
        Text("device.macaddr", REVELATION + ".1.1.6.0", ONCE),
        Text("device.revision", REVELATION + ".1.1.7.0", ONCE),
        Fixed("ups.mfr", "EATON | Powerware"),
        Text("ups.model", REVELATION + ".1.1.12.0", ONCE),
        Text("ups.id", REVELATION + ".1.1.13.0", ONCE),
        Text("ups.serial", REVELATION + ".1.1.2.0", ONCE),
        Text("ups.firmware", REVELATION + ".1.1.1.0", ONCE),
        Fixed("ups.type", "pdu"),
        Number("ups.temperature", REVELATION + ".1.3.1.5.0"),
        Fixed("outlet.id", "0"),
        Fixed("outlet.desc", "All outlets", WRITABLE, length=20),
        Number("outlet.count", REVELATION + ".1.2.1.0"),
        Number("outlet.current", REVELATION + ".1.3.1.1.0", 0.001),
        Number("outlet.voltage", REVELATION + ".1.3.1.2.0", 0.001),
        Number("outlet.realpower", REVELATION + ".1.3.1.3.0"),
        Number("outlet.power", REVELATION + ".1.3.1.4.0"),
        Number("outlet.n.switchable", REVELATION + ".1.2.2.1.3.n", 1, ONCE, SWITCHABLE),
        Fixed("outlet.n.id", "{n}"),
        Text("outlet.n.desc", REVELATION + ".1.2.2.1.2.n", WRITABLE),
        Text("outlet.n.status", REVELATION + ".1.2.2.1.3.n", words=SWITCHED),
        Number("outlet.n.current", REVELATION + ".1.2.2.1.4.n", 0.001),
        Number("outlet.n.current.maximum", REVELATION + ".1.2.2.1.5.n", 0.001),
        Number("outlet.n.realpower", REVELATION + ".1.2.2.1.7.n"),
        Number("outlet.n.voltage", REVELATION + ".1.2.2.1.6.n"),
        Number("outlet.n.powerfactor", REVELATION + ".1.2.2.1.9.n", 0.01),
        Number("outlet.n.power", REVELATION + ".1.2.2.1.8.n"),
        Number("ambient.temperature", REVELATION + ".2.2.1.3.0"),
        Number("ambient.temperature.low", REVELATION + ".2.2.1.6.0"),
        Number("ambient.temperature.high", REVELATION + ".2.2.1.7.0"),
        Number("ambient.humidity", REVELATION + ".2.4.1.3.0"),
        Number("ambient.humidity.low", REVELATION + ".2.4.1.6.0"),
        Number("ambient.humidity.high", REVELATION + ".2.4.1.7.0"),
        Command("outlet.n.load.off", REVELATION + ".1.2.2.1.3.n", "0"),
        Command("outlet.n.load.on", REVELATION + ".1.2.2.1.3.n", "1"),
        Command("outlet.n.load.cycle", REVELATION + ".1.2.2.1.3.n", "2"),
    ),
    ids=("1.3.6.1.4.1.534.6.6.6",),
    probe=REVELATION + ".1.1.12.0",
)

APHEL_GENESISII = Mib(
    "aphel_genesisII",
    "0.52",
    rows=(
        *SYSTEM,
        Fixed("device.mfr", "EATON | Powerware"),
        Text("device.model", GENESIS + ".1.1.0", ONCE),
        Fixed("device.type", "pdu"),
        Text("device.macaddr", GENESIS + ".1.4.0"),
        Fixed("ups.mfr", "EATON | Powerware"),
        Text("ups.model", GENESIS + ".1.1.0", ONCE),
        Text("ups.id", GENESIS + ".1.3.0", ONCE),
        Text("ups.firmware", GENESIS + ".1.2.0", ONCE),
        Fixed("ups.type", "pdu"),
        Number("outlet.1.current", GENESIS + ".2.1.0", 0.1, NOT_NEGATIVE),
        Number("outlet.2.current", GENESIS + ".2.2.0", 0.1, NOT_NEGATIVE),
        Number("outlet.3.current", GENESIS + ".2.3.0", 0.1, NOT_NEGATIVE),
        Number("outlet.4.current", GENESIS + ".2.4.0", 0.1, NOT_NEGATIVE),
        Number("outlet.5.current", GENESIS + ".2.5.0", 0.1, NOT_NEGATIVE),
        Number("outlet.6.current", GENESIS + ".2.6.0", 0.1, NOT_NEGATIVE),
        Number("outlet.7.current", GENESIS + ".2.7.0", 0.1, NOT_NEGATIVE),
        Number("outlet.8.current", GENESIS + ".2.8.0", 0.1, NOT_NEGATIVE),
    ),
    ids=("1.3.6.1.4.1.17373",),
    probe=GENESIS + ".1.1.0",
)

MIBS = (
    APHEL_REVELATION,
    APHEL_GENESISII,
)
