"""UPSes of Powerware and Eaton with ConnectUPS, PXGX or Network-M cards: XUPS-MIB, and RFC 1628 where it says more.

Sources: XUPS-MIB (enterprise 534, group 1), RFC 1628; names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row with a made-up device, and recordings of real ones.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wallnut.drivers.snmp.mibs.blocks import each
from wallnut.drivers.snmp.mibs.eaton_sensors import DRY_CONTACTS
from wallnut.drivers.snmp.mibs.eaton_sensors import ROWS as SENSOR_ROWS
from wallnut.drivers.snmp.mibs.ietf import UPS
from wallnut.drivers.snmp.mibs.words import LOW, YES_NO
from wallnut.drivers.snmp.rows import (
    INPUT_1,
    INPUT_3,
    ONCE,
    OUTPUT_1,
    OUTPUT_3,
    SYSTEM,
    WRITABLE,
    Command,
    Conditions,
    Fixed,
    Mib,
    Number,
    Status,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

XUPS = "1.3.6.1.4.1.534.1"

SOURCES = {
    1: "",
    2: "OFF",
    3: "OL",
    4: "BYPASS",
    5: "OB",
    6: "OL BOOST",
    7: "OL TRIM",
    8: "OL",
    9: "OL",
    10: "OL",
    240: "OB",
    100: "BYPASS",
    96: "BYPASS",
    81: "OL",
    80: "OL",
    64: "OL",
    16: "OFF",
}
ON_BATTERY = {
    1: "OB",
    2: "",
}
CHARGING = {
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
MODES = {
    **TYPES,
    240: "",
    100: "",
    96: "",
    81: "high efficiency",
    80: "normal",
    64: "",
    16: "",
}
TOPOLOGIES = {
    0: "",
    16: "Off-line switcher, Single Phase",
    32: "Line-Interactive UPS, Single Phase",
    33: "Line-Interactive UPS, Two Phase",
    34: "Line-Interactive UPS, Three Phase",
    48: "Dual AC Input, On-Line UPS, Single Phase",
    49: "Dual AC Input, On-Line UPS, Two Phase",
    50: "Dual AC Input, On-Line UPS, Three Phase",
    64: "On-Line UPS, Single Phase",
    65: "On-Line UPS, Two Phase",
    66: "On-Line UPS, Three Phase",
    80: "Parallel Redundant On-Line UPS, Single Phase",
    81: "Parallel Redundant On-Line UPS, Two Phase",
    82: "Parallel Redundant On-Line UPS, Three Phase",
    96: "Parallel for Capacity On-Line UPS, Single Phase",
    97: "Parallel for Capacity On-Line UPS, Two Phase",
    98: "Parallel for Capacity On-Line UPS, Three Phase",
    258: "System Bypass Module, Three Phase",
    290: "Hot-Tie Cabinet, Three Phase",
    512: "Outlet Controller, Single Phase",
    546: "Dual AC Input Static Switch Module, 3 Phase",
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
CHARGERS = {
    1: "charging",
    2: "discharging",
    3: "floating",
    4: "resting",
    5: "unknown",
    6: "disabled",
}
SWITCHED = {
    1: "on",
    2: "off",
    3: "on",
    4: "off",
    7: "off",
    8: "on",
}
CONDITIONS = {
    XUPS + ".7.4": ("LB", ""),
    XUPS + ".7.7": ("OVER", "Output overload!"),
    XUPS + ".7.8": ("", "Internal failure!"),
    XUPS + ".7.9": ("", "Battery discharged!"),
    XUPS + ".7.10": ("", "Inverter failure!"),
    XUPS + ".7.11": ("BYPASS", "On bypass!"),
    XUPS + ".7.12": ("", "Bypass not available!"),
    XUPS + ".7.13": ("OFF", "Output off!"),
    XUPS + ".7.14": ("", "Input failure!"),
    XUPS + ".7.15": ("", "Building alarm!"),
    XUPS + ".7.16": ("", "Shutdown imminent!"),
    XUPS + ".7.17": ("", "On inverter!"),
    XUPS + ".7.20": ("", "Breaker open!"),
    XUPS + ".7.23": ("RB", "Battery bad!"),
    XUPS + ".7.24": ("OFF", "Output off as requested!"),
    XUPS + ".7.25": ("", "Diagnostic test failure!"),
    XUPS + ".7.26": ("", "Communication with UPS lost!"),
    XUPS + ".7.27": ("", "Shutdown pending!"),
    XUPS + ".7.29": ("", "Bad ambient temperature!"),
    XUPS + ".7.30": ("", "Redundancy lost!"),
    XUPS + ".7.31": ("", "Bad temperature!"),
    XUPS + ".7.32": ("", "Charger failure!"),
    XUPS + ".7.33": ("", "Fan failure!"),
    XUPS + ".7.34": ("", "Fuse failure!"),
    XUPS + ".7.35": ("", "Powerswitch failure!"),
    XUPS + ".7.36": ("", "Parallel or composite module failure!"),
    XUPS + ".7.37": ("", "Using alternative power source!"),
    XUPS + ".7.38": ("", "Alternative power source unavailable!"),
    XUPS + ".7.40": ("", "Bad remote temperature!"),
    XUPS + ".7.41": ("", "Bad remote humidity!"),
    XUPS + ".7.42": ("", "Bad output condition!"),
    XUPS + ".7.43": ("", "Awaiting power!"),
    XUPS + ".7.44": ("BYPASS", "On maintenance bypass!"),
}


_US_DATE = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})\Z")


def iso_date(text: str, known: Mapping[str, str]) -> str | None:
    """06/25/2015 -> 2015-06-25; others as they are."""
    found = _US_DATE.match(text)
    return f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}" if found else text


ROWS = (
    *SYSTEM,
    Text("ups.mfr", XUPS + ".1.1.0", ONCE),
    Text("ups.model", XUPS + ".1.2.0", ONCE),
    Text("ups.firmware", XUPS + ".1.3.0"),
    Text("ups.firmware.aux", UPS + ".1.4.0"),
    Text("ups.serial", UPS + ".1.5.0", ONCE),
    Number("ups.load", XUPS + ".4.1.0"),
    Number("ups.power", XUPS + ".4.4.1.4.1"),
    Number("ups.power", XUPS + ".4.4.1.4.1.0"),
    Status(XUPS + ".4.5.0", SOURCES),
    Status(XUPS + ".7.3", ON_BATTERY),
    Status(XUPS + ".7.4", LOW),
    Status(XUPS + ".2.5.0", CHARGING),
    Text("experimental.ups.type", XUPS + ".4.5.0", ONCE, MODES),
    Text("ups.type", XUPS + ".13.1.0", ONCE, TOPOLOGIES),
    Number("ups.realpower.nominal", XUPS + ".10.3.0"),
    Number("ups.power.nominal", UPS + ".9.5.0"),
    Number("ups.temperature", XUPS + ".6.1.0"),
    Number("ups.temperature.low", XUPS + ".6.2.0", 1, WRITABLE),
    Number("ups.temperature.high", XUPS + ".6.3.0", 1, WRITABLE),
    Text("ups.test.result", XUPS + ".8.2.0", words=RESULTS),
    Text("ups.start.auto", UPS + ".8.5.0", WRITABLE, YES_NO),
    Text("battery.charger.status", XUPS + ".2.5.0", words=CHARGERS),
    Number("battery.charge", XUPS + ".2.4.0"),
    Number("battery.runtime", XUPS + ".2.1.0"),
    Number("battery.voltage", XUPS + ".2.2.0"),
    Number("battery.current", XUPS + ".2.3.0", 0.1),
    Number("battery.runtime.low", UPS + ".9.7.0", 60),
    Text("battery.date", XUPS + ".2.6.0", WRITABLE, iso_date),
    Number("output.phases", XUPS + ".4.3.0"),
    Number("output.frequency", XUPS + ".4.2.0", 0.1),
    Number("output.frequency.nominal", XUPS + ".10.4.0", 0.1),
    Number("output.voltage", XUPS + ".4.4.1.2.1", 1, OUTPUT_1),
    Number("output.voltage", XUPS + ".4.4.1.2.1.0", 1, OUTPUT_1),
    Number("output.voltage.nominal", XUPS + ".10.1.0"),
    Number("output.voltage.low", XUPS + ".10.6.0"),
    Number("output.voltage.high", XUPS + ".10.7.0"),
    Number("output.current", XUPS + ".4.4.1.3.1", 1, OUTPUT_1),
    Number("output.current", XUPS + ".4.4.1.3.1.0", 1, OUTPUT_1),
    Number("output.realpower", XUPS + ".4.4.1.4.1", 1, OUTPUT_1),
    Number("output.realpower", XUPS + ".4.4.1.4.1.0"),
    Number("output.realpower.nominal", XUPS + ".10.3.0"),
    *each(3, Number("output.L#-N.voltage", XUPS + ".4.4.1.2.#", 1, OUTPUT_3)),
    *each(3, Number("output.L#.current", XUPS + ".4.4.1.3.#", 1, OUTPUT_3)),
    *each(3, Number("output.L#.realpower", XUPS + ".4.4.1.4.#", 1, OUTPUT_3)),
    *each(3, Number("output.L#.power.percent", UPS + ".4.4.1.5.#", 1, OUTPUT_3)),
    Number("input.phases", XUPS + ".3.3.0"),
    Number("input.frequency", XUPS + ".3.1.0", 0.1),
    Number("input.voltage", XUPS + ".3.4.1.2.0", 1, INPUT_1),
    Number("input.voltage", XUPS + ".3.4.1.2.1", 1, INPUT_1),
    Number("input.voltage.nominal", XUPS + ".10.2.0"),
    Number("input.current", XUPS + ".3.4.1.3.0", 0.1, INPUT_1),
    *each(3, Number("input.L#-N.voltage", XUPS + ".3.4.1.2.#", 1, INPUT_3)),
    *each(3, Number("input.L#.current", XUPS + ".3.4.1.3.#", 1, INPUT_3)),
    *each(3, Number("input.L#.realpower", XUPS + ".3.4.1.4.#", 1, INPUT_3)),
    Number("input.quality", XUPS + ".3.2.0"),
    Number("input.bypass.frequency", XUPS + ".5.1.0", 0.1),
    Number("input.bypass.voltage", XUPS + ".5.3.1.2.0", 1, INPUT_1),
    Number("input.bypass.voltage", XUPS + ".5.3.1.2.1.0", 1, INPUT_1),
    *each(3, Number("input.bypass.L#-N.voltage", XUPS + ".5.3.1.2.#", 1, INPUT_3)),
    Fixed("outlet.id", "0"),
    Number("outlet.switchable", XUPS + ".9.7.0", 1, ONCE, YES_NO),
    Number("outlet.count", XUPS + ".12.1.0", 1, ONCE),
    Number("outlet.n.id", XUPS + ".12.2.1.1.n", 1, ONCE),
    Number("outlet.n.switchable", XUPS + ".12.2.1.1.n", 1, ONCE),
    Number("outlet.n.status", XUPS + ".12.2.1.2.n", words=SWITCHED),
    Number("ambient.temperature", XUPS + ".6.5.0"),
    Number("ambient.temperature.low", XUPS + ".6.9.0", 1, WRITABLE),
    Number("ambient.temperature.high", XUPS + ".6.10.0", 1, WRITABLE),
    Number("ambient.humidity", XUPS + ".6.6.0"),
    Number("ambient.humidity.low", XUPS + ".6.11.0", 1, WRITABLE),
    Number("ambient.humidity.high", XUPS + ".6.12.0", 1, WRITABLE),
    Text("ambient.contacts.1.name", XUPS + ".6.8.1.4.1"),
    Text("ambient.contacts.2.name", XUPS + ".6.8.1.4.2"),
    Text("ambient.contacts.1.status", XUPS + ".6.8.1.3.1", words=DRY_CONTACTS),
    Text("ambient.contacts.2.status", XUPS + ".6.8.1.3.2", words=DRY_CONTACTS),
    *SENSOR_ROWS,
    Command("test.battery.start.quick", XUPS + ".8.1.0", "1"),
    Command("shutdown.stop", XUPS + ".9.1.0", "0"),
    Command("load.off", XUPS + ".9.1.0", "1"),
    Command("load.off.delay", XUPS + ".9.1.0"),
    Command("load.on", XUPS + ".9.2.0", "1"),
    Command("load.on.delay", XUPS + ".9.2.0"),
    Command("outlet.n.load.off", XUPS + ".12.2.1.3.n", "0"),
    Command("outlet.n.load.on", XUPS + ".12.2.1.4.n", "0"),
    Command("outlet.n.load.off.delay", XUPS + ".12.2.1.3.n"),
    Command("outlet.n.load.on.delay", XUPS + ".12.2.1.4.n"),
    Conditions(XUPS + ".7.1.0", XUPS + ".7.2.1.2", CONDITIONS),
)

MIBS = (
    Mib("pw", "0.104", ROWS, ids=("1.3.6.1.4.1.534.1",), probe=XUPS + ".1.2.0"),
    Mib("pxgx_ups", "0.104", ROWS, ids=("1.3.6.1.4.1.534.2.12",), probe=XUPS + ".1.2.0"),
)
