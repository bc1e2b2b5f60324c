"""CyberPower's UPSes with RMCARD 100 to 400: the group `ups` of CPS-MIB.

Sources: CPS-MIB (enterprise 3808); names and number formats as NUT's snmp-ups
2.8.2 has them (cyberpower 0.55).
Proved beside C: every row with a made-up device, and recordings of real ones.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.apc_ups import BATTERIES, CALIBRATIONS, REPLACEMENTS, RESULTS
from wallnut.drivers.snmp.mibs.ietf import UPS
from wallnut.drivers.snmp.rows import (
    ONCE,
    SELDOM,
    SYSTEM,
    WRITABLE,
    Alarm,
    Command,
    Fixed,
    Mib,
    Number,
    Status,
    Text,
)

CPS = "1.3.6.1.4.1.3808.1.1.1"


OUTPUTS = {
    1: "",
    2: "OL",
    3: "OB",
    4: "OL BOOST",
    5: "OFF",
    6: "OFF",
    7: "OL",
    8: "OL",
    9: "OL BYPASS",
    10: "OL TRIM",
    11: "OL OVER",
}
ALARMS = {
    1: "",
    2: "Temperature too high!",
    3: "Internal UPS fault!",
}
REASONS = {
    1: "noTransfer",
    2: "highLineVoltage",
    3: "brownout",
    4: "selfTest",
}

CYBERPOWER = Mib(
    "cyberpower",
    "0.55",
    rows=(
        *SYSTEM,
        Fixed("device.type", "ups"),
        Fixed("ups.mfr", "CYBERPOWER"),
        Text("ups.model", CPS + ".1.1.1.0", ONCE),
        Text("ups.id", CPS + ".1.1.2.0", ONCE | WRITABLE, length=8),
        Text("ups.serial", CPS + ".1.2.3.0", ONCE),
        Text("ups.firmware", CPS + ".1.2.1.0", ONCE),
        Text("ups.mfr.date", CPS + ".1.2.2.0"),
        Status(CPS + ".4.1.1.0", OUTPUTS),
        Status(CPS + ".2.1.1.0", BATTERIES),
        Status(CPS + ".7.2.7.0", CALIBRATIONS),
        Status(CPS + ".2.2.5.0", REPLACEMENTS),
        Number("ups.load", CPS + ".4.2.3.0"),
        Number("ups.temperature", CPS + ".10.2.0"),
        Alarm(CPS + ".10.1.0", ALARMS),
        Number("battery.runtime", CPS + ".2.2.4.0"),
        Number("battery.runtime.elapsed", CPS + ".2.1.2.0"),
        Number("battery.voltage", UPS + ".2.5.0", 0.1),
        Number("battery.voltage", CPS + ".2.2.2.0", 0.1),
        Number("battery.voltage.nominal", CPS + ".2.2.8.0"),
        Number("battery.current", CPS + ".4.2.4.0", 0.1),
        Number("battery.current", CPS + ".2.2.7.0", 0.1),
        Number("battery.charge", CPS + ".2.2.1.0"),
        Number("battery.temperature", CPS + ".2.2.3.0"),
        Text("battery.date", CPS + ".2.1.3.0", SELDOM),
        Number("input.voltage", CPS + ".3.2.1.0", 0.1),
        Number("input.frequency", CPS + ".3.2.4.0", 0.1),
        Text("input.transfer.reason", CPS + ".3.2.5.0", words=REASONS),
        Number("output.voltage", CPS + ".4.2.1.0", 0.1),
        Number("output.frequency", CPS + ".4.2.2.0", 0.1),
        Number("output.current", CPS + ".4.2.4.0", 0.1),
        Number("ups.delay.start", CPS + ".5.2.9.0", 1, WRITABLE),
        Fixed("ups.delay.reboot", "0"),
        Number("ups.delay.shutdown", CPS + ".5.2.11.0", 1, WRITABLE),
        Command("load.off", CPS + ".6.2.1.0", "2"),
        Command("load.on", CPS + ".6.2.6.0", "2"),
        Command("shutdown.stayoff", CPS + ".6.2.1.0", "3"),
        Command("shutdown.return", CPS + ".6.2.3.0", "3"),
        Command("test.failure.start", CPS + ".6.2.4.0", "2"),
        Command("test.panel.start", CPS + ".7.2.5.0", "2"),
        Command("test.battery.start", CPS + ".7.2.2.0", "2"),
        Command("calibrate.start", CPS + ".7.2.6.0", "2"),
        Command("calibrate.stop", CPS + ".7.2.6.0", "3"),
        Text("ups.test.date", CPS + ".7.2.4.0", SELDOM),
        Text("ups.test.result", CPS + ".7.2.3.0", words=RESULTS),
    ),
    ids=("1.3.6.1.4.1.3808.1.1.1", "1.3.6.1.4.1.3808"),
    probe=CPS + ".1.1.1.0",
)

MIBS = (CYBERPOWER,)
