"""Eaton's environment sensors (EMP002, EMPDT1H1C2), which their UPSes' and PDUs' network cards tell of in one way, and
words that all Eaton files share. There is no MIB of this name: `powerware` and `eaton_pdu` take the rows.

Sources: EATON-SENSOR-MIB (enterprise 534, group 6.8.1); names and number formats as NUT's snmp-ups 2.8.0 publishes
them.
Proved beside C: every row with a made-up device, and a recording of a real one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.snmp.mibs.words import alarms, levels
from wallnut.drivers.snmp.rows import MASTER, WRITABLE, Alarm, Number, Text

if TYPE_CHECKING:
    from collections.abc import Mapping

SENSORS = "1.3.6.1.4.1.534.6.8.1"

LEVELS = levels(0)
TEMPERATURE_ALARMS = alarms("temperature", 0)
HUMIDITY_ALARMS = alarms("humidity", 0)
PRESENT = {
    0: "unknown",
    2: "yes",
    3: "no",
}
UNITS = {
    0: "kelvin",
    1: "celsius",
    2: "fahrenheit",
}
PUBLISHED_UNITS = dict.fromkeys(UNITS, "celsius")
CONTACTS = {
    0: "inactive",
    1: "active",
}
DRY_CONTACTS = {
    -1: "unknown",
    1: "opened",
    2: "closed",
    3: "opened",
    4: "closed",
}
NORMAL = {
    0: "normal-opened",
    1: "normal-closed",
}


def celsius(text: str, known: Mapping[str, str]) -> str | None:
    """A temperature in the unit that the card is set to -> in degrees Celsius; None where it does not tell the unit."""
    number = float(text)
    match known.get("_temperature.unit"):
        case "celsius":
            return f"{number:.1f}"
        case "fahrenheit":
            return f"{(number - 32) / 1.8:.1f}"
        case "kelvin":
            return f"{number - 273.15:.1f}"
        case _:
            return None


ROWS = (
    Number("ambient.count", SENSORS + ".1.1.0", 1, WRITABLE | MASTER),
    Text("ambient.n.present", SENSORS + ".1.4.1.1.n", MASTER, PRESENT),
    Text("ambient.n.name", SENSORS + ".1.3.1.1.n", MASTER),
    Text("ambient.n.mfr", SENSORS + ".1.2.1.6.n", MASTER),
    Text("ambient.n.model", SENSORS + ".1.2.1.7.n", MASTER),
    Text("ambient.n.serial", SENSORS + ".1.2.1.9.n", MASTER),
    Text("ambient.n.id", SENSORS + ".1.2.1.2.n", MASTER),
    Number("ambient.n.address", SENSORS + ".1.2.1.4.n", 1, MASTER),
    Text("ambient.n.parent.serial", SENSORS + ".1.2.1.5.n", MASTER),
    Text("ambient.n.firmware", SENSORS + ".1.2.1.10.n", MASTER),
    Number("_temperature.unit", SENSORS + ".2.5.0", 1, MASTER, UNITS),
    Number("ambient.n.temperature.unit", SENSORS + ".2.5.0", 1, MASTER, PUBLISHED_UNITS),
    Number("ambient.n.temperature", SENSORS + ".2.3.1.3.n.1", 0.1, MASTER, celsius),
    Text("ambient.n.temperature.status", SENSORS + ".2.3.1.1.n.1", MASTER, LEVELS),
    Alarm(SENSORS + ".2.3.1.1.n.1", TEMPERATURE_ALARMS, MASTER, name="ambient.n.alarm"),
    Number("ambient.n.temperature.low.critical", SENSORS + ".2.2.1.6.n.1", 0.1, WRITABLE | MASTER),
    Number("ambient.n.temperature.low.warning", SENSORS + ".2.2.1.5.n.1", 0.1, WRITABLE | MASTER),
    Number("ambient.n.temperature.high.warning", SENSORS + ".2.2.1.7.n.1", 0.1, WRITABLE | MASTER),
    Number("ambient.n.temperature.high.critical", SENSORS + ".2.2.1.8.n.1", 0.1, WRITABLE | MASTER),
    Number("ambient.n.humidity", SENSORS + ".3.3.1.3.n.1", 0.1, MASTER),
    Text("ambient.n.humidity.status", SENSORS + ".3.3.1.1.n.1", MASTER, LEVELS),
    Alarm(SENSORS + ".3.3.1.1.n.1", HUMIDITY_ALARMS, MASTER, name="ambient.n.alarm"),
    Number("ambient.n.humidity.low.critical", SENSORS + ".3.2.1.6.n.1", 0.1, WRITABLE | MASTER),
    Number("ambient.n.humidity.low.warning", SENSORS + ".3.2.1.5.n.1", 0.1, WRITABLE | MASTER),
    Number("ambient.n.humidity.high.warning", SENSORS + ".3.2.1.7.n.1", 0.1, WRITABLE | MASTER),
    Number("ambient.n.humidity.high.critical", SENSORS + ".3.2.1.8.n.1", 0.1, WRITABLE | MASTER),
    Text("ambient.n.contacts.1.name", SENSORS + ".4.2.1.1.n.1", MASTER),
    Text("ambient.n.contacts.2.name", SENSORS + ".4.2.1.1.n.2", MASTER),
    Text("ambient.n.contacts.1.config", SENSORS + ".4.2.1.3.n.1", WRITABLE | MASTER, NORMAL),
    Text("ambient.n.contacts.2.config", SENSORS + ".4.2.1.3.n.2", WRITABLE | MASTER, NORMAL),
    Text("ambient.n.contacts.1.status", SENSORS + ".4.3.1.3.n.1", MASTER, CONTACTS),
    Text("ambient.n.contacts.2.status", SENSORS + ".4.3.1.3.n.2", MASTER, CONTACTS),
)
