"""Baytech's PDUs. The RPC3-NC tells its model elsewhere.

Sources: objects (enterprise 4779), names and number formats as NUT's snmp-ups 2.8.0 has them; RPC3-NC: NUT 2.8.1.
Proved beside C: every row, with a made-up device. RPC3-NC by specification only.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.words import CYCLING
from wallnut.drivers.snmp.rows import (
    ONCE,
    SYSTEM,
    WRITABLE,
    Command,
    Fixed,
    Mib,
    Number,
    Row,
    Text,
)

BAY = "1.3.6.1.4.1.4779.1"


LOCKS = {
    **CYCLING,
    3: "lockon",
    4: "lockoff",
    5: "unlock",
    6: "unknown",
}
"""What an RPC3-NC's outlets can be besides."""


def _rows(model: str, states: dict[int, str]) -> tuple[Row, ...]:
    """The rows of a PDU whose model is told by the object `model`."""
    return (
        Text("device.model", model, ONCE),
        Text("ups.model", model, ONCE),
        *ROWS,
        Text("outlet.n.status", BAY + ".3.5.3.1.3.1.n", words=states),
    )


ROWS = (
    *SYSTEM,
    Fixed("device.mfr", "BayTech"),
    Text("device.serial", BAY + ".1.2.0", ONCE),
    Fixed("device.type", "pdu"),
    Text("device.macaddr", "1.3.6.1.2.1.2.2.1.6.2", ONCE),
    Fixed("ups.mfr", "Baytech"),
    Text("ups.id", BAY + ".1.3.0", ONCE),
    Text("ups.serial", BAY + ".1.2.0", ONCE),
    Text("ups.firmware", BAY + ".1.1.0", ONCE),
    Fixed("ups.type", "pdu"),
    Number("ups.temperature", BAY + ".3.5.5.1.10.2.1", 0.1),
    Fixed("outlet.id", "0"),
    Fixed("outlet.desc", "All outlets", WRITABLE, length=20),
    Number("outlet.count", BAY + ".3.5.2.1.15.1"),
    Number("outlet.current", BAY + ".3.5.5.1.6.2.1", 0.1),
    Number("outlet.voltage", BAY + ".3.5.5.1.8.2.1", 0.1),
    Text("outlet.n.desc", BAY + ".3.5.3.1.4.1.n", WRITABLE),
    Number("outlet.n.id", BAY + ".3.5.6.1.3.2.1.n", 1, ONCE),
    Number("outlet.n.switchable", BAY + ".3.5.3.1.1.1.n", 1, ONCE),
    Command("outlet.n.load.off", BAY + ".3.5.3.1.3.1.n", "0"),
    Command("outlet.n.load.on", BAY + ".3.5.3.1.3.1.n", "1"),
)
"""What all tell in the same way."""

MODEL = BAY + ".3.5.2.1.24.1"
MODEL_RPC3NC = BAY + ".3.5.5.1.3.2.1"

MIBS = (
    Mib("baytech", "0.4034", _rows(MODEL, CYCLING), ids=("1.3.6.1.4.1.4779",), probe=MODEL),
    Mib("baytech_rpc3nc", "0.4035", _rows(MODEL_RPC3NC, LOCKS), ids=("1.3.6.1.4.1.4779",), probe=MODEL_RPC3NC),
)
