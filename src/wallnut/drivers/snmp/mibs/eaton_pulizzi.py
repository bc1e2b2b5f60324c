"""Switched PDUs of Pulizzi, later Eaton's Switched ePDUs of the first generation.

Sources: objects (enterprise 20677), names and number formats as NUT's snmp-ups 2.8.0 has them.
Proved beside C: every row, with a made-up device.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.words import ALWAYS, ON_OFF
from wallnut.drivers.snmp.rows import (
    NEXT,
    ONCE,
    SYSTEM,
    WRITABLE,
    Command,
    Fixed,
    Mib,
    Number,
    Text,
)

PULIZZI = "1.3.6.1.4.1.20677.2"


ROWS = (
    *SYSTEM,
    Fixed("device.mfr", "EATON | Powerware"),
    Text("device.model", PULIZZI + ".1.1.0", ONCE),
    Fixed("device.type", "pdu"),
    Text("device.macaddr", PULIZZI + ".2.6.0"),
    Fixed("ups.mfr", "EATON"),
    Text("ups.model", PULIZZI + ".1.1.0", ONCE),
    Text("ups.date", PULIZZI + ".1.4.0", ONCE),
    Text("ups.time", PULIZZI + ".1.3.0", ONCE),
    Fixed("outlet.id", "0"),
    Fixed("outlet.desc", "All outlets", WRITABLE, length=20),
    Number("outlet.current", PULIZZI + ".8.6.4.2.0"),
    Number("outlet.voltage", PULIZZI + ".8.6.4.1.0"),
    Number("outlet.power", PULIZZI + ".8.6.4.3.0"),
    Text("outlet.n.desc", PULIZZI + ".6.1.n.1.0", ONCE | WRITABLE),
    Text("outlet.n.status", PULIZZI + ".6.3.n.0", words=ON_OFF),
    Fixed("outlet.n.id", "{n}"),
    Text("outlet.n.switchable", PULIZZI + ".6.3.n.0", ONCE, ALWAYS),
    Number("outlet.n.delay.reboot", PULIZZI + ".6.1.n.5.0", 1, WRITABLE),
    Number("outlet.n.delay.start", PULIZZI + ".6.1.n.4.0", 1, WRITABLE),
    Command("load.on", PULIZZI + ".6.2.1.0", "1"),
    Command("load.off", PULIZZI + ".6.2.1.0", "2"),
    Command("load.on.delay", PULIZZI + ".6.2.1.0", "3"),
    Command("load.off.delay", PULIZZI + ".6.2.1.0", "4"),
    Command("outlet.n.load.on", PULIZZI + ".6.2.n.0", "1", NEXT),
    Command("outlet.n.load.off", PULIZZI + ".6.2.n.0", "2", NEXT),
    Command("outlet.n.load.cycle", PULIZZI + ".6.2.n.0", "3", NEXT),
)

MIBS = (
    Mib("pulizzi_switched1", "0.5", ROWS, ids=("1.3.6.1.4.1.20677.1",), probe="1.3.6.1.4.1.20677.1"),
    Mib("pulizzi_switched2", "0.5", ROWS, ids=("1.3.6.1.4.1.20677.2",), probe="1.3.6.1.4.1.20677.1"),
)
