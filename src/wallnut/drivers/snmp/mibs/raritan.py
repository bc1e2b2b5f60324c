"""Raritan's PDUs of the Dominion PX series: PDU-MIB.

Sources: Raritan's PDU-MIB (enterprise 13742, group 1); names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row, with a made-up device.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.blocks import switch
from wallnut.drivers.snmp.mibs.words import CYCLING
from wallnut.drivers.snmp.rows import (
    ONCE,
    SYSTEM,
    WRITABLE,
    Fixed,
    Mib,
    Number,
    Row,
    Text,
)

PDU = "1.3.6.1.4.1.13742.1"


def device(pdu: str, mfr: str) -> tuple[Row, ...]:
    """What the PDU is. `pdu` is PDU-MIB's own number, or what stands for it in Eaton's Revelation, which has the same
    objects."""
    return (
        Fixed("device.mfr", mfr),
        Text("device.model", pdu + ".1.12.0", ONCE),
        Text("device.serial", pdu + ".1.2.0", ONCE),
        Fixed("device.type", "pdu"),
        Text("device.macaddr", pdu + ".1.6.0", ONCE),
    )


def unit(pdu: str, mfr: str) -> tuple[Row, ...]:
    """The same as `ups.`, and what all outlets draw together."""
    return (
        Fixed("ups.mfr", mfr),
        Text("ups.model", pdu + ".1.12.0", ONCE),
        Text("ups.id", pdu + ".1.13.0", ONCE),
        Text("ups.serial", pdu + ".1.2.0", ONCE),
        Text("ups.firmware", pdu + ".1.1.0", ONCE),
        Fixed("ups.type", "pdu"),
        Number("ups.temperature", pdu + ".3.1.5.0"),
        Fixed("outlet.id", "0"),
        Fixed("outlet.desc", "All outlets", WRITABLE, length=20),
        Number("outlet.count", pdu + ".2.1.0"),
        Number("outlet.current", pdu + ".3.1.1.0", 0.001),
        Number("outlet.voltage", pdu + ".3.1.2.0", 0.001),
        Number("outlet.realpower", pdu + ".3.1.3.0"),
        Number("outlet.power", pdu + ".3.1.4.0"),
    )


def outlets(pdu: str) -> tuple[Row, ...]:
    """What each outlet draws."""
    return (
        Fixed("outlet.n.id", "{n}"),
        Text("outlet.n.desc", pdu + ".2.2.1.2.n", WRITABLE),
        Text("outlet.n.status", pdu + ".2.2.1.3.n", words=CYCLING),
        Number("outlet.n.current", pdu + ".2.2.1.4.n", 0.001),
        Number("outlet.n.current.maximum", pdu + ".2.2.1.5.n", 0.001),
        Number("outlet.n.realpower", pdu + ".2.2.1.7.n"),
        Number("outlet.n.voltage", pdu + ".2.2.1.6.n"),
        Number("outlet.n.powerfactor", pdu + ".2.2.1.9.n", 0.01),
        Number("outlet.n.power", pdu + ".2.2.1.8.n"),
    )


RARITAN = Mib(
    "raritan",
    "0.8",
    rows=(
        *SYSTEM,
        *device(PDU, "Raritan"),
        *unit(PDU, "Raritan"),
        Number("outlet.n.switchable", PDU + ".2.2.1.1.n", 1, ONCE),
        *outlets(PDU),
        *switch("outlet.n.load", PDU + ".2.2.1.3.n"),
    ),
    ids=("1.3.6.1.4.1.13742",),
    probe=PDU + ".1.12.0",
)

MIBS = (RARITAN,)
