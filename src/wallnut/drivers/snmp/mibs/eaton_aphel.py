"""Aphel's PDUs, later Eaton's Metered (Genesis II) and Switched (Revelation) ePDUs of the first generation.

Sources: objects (enterprise 17373; enterprise 534, group 6.6.6), names and number formats as NUT's snmp-ups 2.8.0 has
them.
Proved beside C: every row with a made-up device, Revelation also by a recording of a real one.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.blocks import each, switch
from wallnut.drivers.snmp.mibs.raritan import device, outlets, unit
from wallnut.drivers.snmp.rows import (
    NOT_NEGATIVE,
    ONCE,
    SYSTEM,
    Fixed,
    Mib,
    Number,
    Text,
)

MFR = "EATON | Powerware"
REVELATION = "1.3.6.1.4.1.534.6.6.6"
REVELATION_PDU = REVELATION + ".1"
"""Objects of Raritan's PDU-MIB."""
GENESIS = "1.3.6.1.4.1.17373.3"

SWITCHABLE = {
    -1: "yes",
    0: "yes",
    1: "yes",
    2: "yes",
}


APHEL_REVELATION = Mib(
    "aphel_revelation",
    "0.52",
    rows=(
        *SYSTEM,
        *device(REVELATION_PDU, MFR),
        Text("device.revision", REVELATION + ".1.1.7.0", ONCE),
        *unit(REVELATION_PDU, MFR),
        Number("outlet.n.switchable", REVELATION + ".1.2.2.1.3.n", 1, ONCE, SWITCHABLE),
        *outlets(REVELATION_PDU),
        Number("ambient.temperature", REVELATION + ".2.2.1.3.0"),
        Number("ambient.temperature.low", REVELATION + ".2.2.1.6.0"),
        Number("ambient.temperature.high", REVELATION + ".2.2.1.7.0"),
        Number("ambient.humidity", REVELATION + ".2.4.1.3.0"),
        Number("ambient.humidity.low", REVELATION + ".2.4.1.6.0"),
        Number("ambient.humidity.high", REVELATION + ".2.4.1.7.0"),
        *switch("outlet.n.load", REVELATION + ".1.2.2.1.3.n"),
    ),
    ids=("1.3.6.1.4.1.534.6.6.6",),
    probe=REVELATION + ".1.1.12.0",
)

APHEL_GENESISII = Mib(
    "aphel_genesisII",
    "0.52",
    rows=(
        *SYSTEM,
        Fixed("device.mfr", MFR),
        Text("device.model", GENESIS + ".1.1.0", ONCE),
        Fixed("device.type", "pdu"),
        Text("device.macaddr", GENESIS + ".1.4.0"),
        Fixed("ups.mfr", MFR),
        Text("ups.model", GENESIS + ".1.1.0", ONCE),
        Text("ups.id", GENESIS + ".1.3.0", ONCE),
        Text("ups.firmware", GENESIS + ".1.2.0", ONCE),
        Fixed("ups.type", "pdu"),
        *each(8, Number("outlet.#.current", GENESIS + ".2.#.0", 0.1, NOT_NEGATIVE)),
    ),
    ids=("1.3.6.1.4.1.17373",),
    probe=GENESIS + ".1.1.0",
)

MIBS = (
    APHEL_REVELATION,
    APHEL_GENESISII,
)
