"""Huawei's UPSes (UPS5000): HUAWEI-UPS-MIB.

Sources: HUAWEI-UPS-MIB (enterprise 2011, group 6.174); names and number formats as NUT's snmp-ups 2.8.0 publishes them.
Proved beside C: every row with a made-up device, and recordings of real ones.
"""

from __future__ import annotations

from wallnut.drivers.snmp.mibs.ietf import RESULTS
from wallnut.drivers.snmp.rows import (
    ONCE,
    SYSTEM,
    Fixed,
    Mib,
    Number,
    Status,
    Text,
)

HUAWEI_UPS = "1.3.6.1.4.1.2011.6.174.1"
UPS = "1.3.6.1.2.1.33.1"

SOURCES = {
    1: "",
    2: "OL BYPASS",
    3: "OL",
    4: "OB",
    5: "",
    6: "OL ECO",
    7: "OB ECO",
}
BATTERIES = {
    1: "",
    2: "",
    3: "",
    4: "",
    5: "CHRG",
    6: "DISCHRG",
}
VOLTAGES = {
    1: "200",
    2: "208",
    3: "220",
    4: "380",
    5: "400",
    6: "415",
    7: "480",
    8: "600",
    9: "690",
}
FREQUENCIES = {
    1: "50",
    2: "60",
}
POWERS = {
    1: "80000",
    2: "100000",
    3: "120000",
    4: "160000",
    5: "200000",
    6: "30000",
    7: "40000",
    8: "60000",
    9: "2400000",
    10: "2500000",
    11: "2800000",
    12: "3000000",
}


HUAWEI = Mib(
    "huawei",
    "0.4",
    rows=(
        *SYSTEM,
        Fixed("ups.mfr", "Huawei"),
        Text("ups.model", HUAWEI_UPS + ".2.100.1.2.1", ONCE),
        Text("ups.id", HUAWEI_UPS + ".1.1.2.0", ONCE),
        Number("ups.time", HUAWEI_UPS + ".11.1.0"),
        Text("ups.firmware", HUAWEI_UPS + ".2.100.1.3.1", ONCE),
        Text("ups.serial", HUAWEI_UPS + ".2.100.1.5.1", ONCE),
        Status(HUAWEI_UPS + ".2.101.1.1.1", SOURCES),
        Status(HUAWEI_UPS + ".2.101.1.3.1", BATTERIES),
        Text("ups.test.result", UPS + ".7.3.0", words=RESULTS),
        Fixed("input.phases", "3"),
        Number("input.L1-N.voltage", HUAWEI_UPS + ".3.100.1.1.1", 0.1),
        Number("input.L2-N.voltage", HUAWEI_UPS + ".3.100.1.2.1", 0.1),
        Number("input.L3-N.voltage", HUAWEI_UPS + ".3.100.1.3.1", 0.1),
        Number("input.frequency", HUAWEI_UPS + ".3.100.1.4.1", 0.01),
        Number("input.L1.current", HUAWEI_UPS + ".3.100.1.5.1", 0.1),
        Number("input.L2.current", HUAWEI_UPS + ".3.100.1.6.1", 0.1),
        Number("input.L3.current", HUAWEI_UPS + ".3.100.1.7.1", 0.1),
        Number("input.L1.powerfactor", HUAWEI_UPS + ".3.100.1.8.1", 0.01),
        Number("input.L2.powerfactor", HUAWEI_UPS + ".3.100.1.9.1", 0.01),
        Number("input.L3.powerfactor", HUAWEI_UPS + ".3.100.1.10.1", 0.01),
        Number("input.bypass.L1-N.voltage", HUAWEI_UPS + ".5.100.1.1.1", 0.1),
        Number("input.bypass.L2-N.voltage", HUAWEI_UPS + ".5.100.1.2.1", 0.1),
        Number("input.bypass.L3-N.voltage", HUAWEI_UPS + ".5.100.1.3.1", 0.1),
        Number("input.bypass.frequency", HUAWEI_UPS + ".5.100.1.4.1", 0.01),
        Fixed("output.phases", "3"),
        Number("output.L1-N.voltage", HUAWEI_UPS + ".4.100.1.1.1", 0.1),
        Number("output.L2-N.voltage", HUAWEI_UPS + ".4.100.1.2.1", 0.1),
        Number("output.L3-N.voltage", HUAWEI_UPS + ".4.100.1.3.1", 0.1),
        Number("output.L1.current", HUAWEI_UPS + ".4.100.1.4.1", 0.1),
        Number("output.L2.current", HUAWEI_UPS + ".4.100.1.5.1", 0.1),
        Number("output.L3.current", HUAWEI_UPS + ".4.100.1.6.1", 0.1),
        Number("output.frequency", HUAWEI_UPS + ".4.100.1.7.1", 0.01),
        Number("output.L1.realpower", HUAWEI_UPS + ".4.100.1.8.1", 0.1),
        Number("output.L2.realpower", HUAWEI_UPS + ".4.100.1.9.1", 0.1),
        Number("output.L3.realpower", HUAWEI_UPS + ".4.100.1.10.1", 0.1),
        Number("output.L1.power", HUAWEI_UPS + ".4.100.1.11.1", 0.1),
        Number("output.L2.power", HUAWEI_UPS + ".4.100.1.12.1", 0.1),
        Number("output.L3.power", HUAWEI_UPS + ".4.100.1.13.1", 0.1),
        Number("output.L1.power.percent", HUAWEI_UPS + ".4.100.1.14.1", 0.1),
        Number("output.L2.power.percent", HUAWEI_UPS + ".4.100.1.15.1", 0.1),
        Number("output.L3.power.percent", HUAWEI_UPS + ".4.100.1.16.1", 0.1),
        Text("output.voltage.nominal", HUAWEI_UPS + ".4.100.1.17.1", ONCE, VOLTAGES),
        Text("output.frequency.nominal", HUAWEI_UPS + ".4.100.1.18.1", ONCE, FREQUENCIES),
        Text("output.power.nominal", HUAWEI_UPS + ".2.100.1.6.1", ONCE, POWERS),
        Number("output.L1.powerfactor", HUAWEI_UPS + ".4.100.1.19.1", 0.01),
        Number("output.L2.powerfactor", HUAWEI_UPS + ".4.100.1.20.1", 0.01),
        Number("output.L3.powerfactor", HUAWEI_UPS + ".4.100.1.21.1", 0.01),
        Number("battery.voltage", HUAWEI_UPS + ".6.100.1.1.1", 0.1),
        Number("battery.current", HUAWEI_UPS + ".6.100.1.2.1", 0.1),
        Number("battery.charge", HUAWEI_UPS + ".6.100.1.3.1"),
        Number("battery.runtime", HUAWEI_UPS + ".6.100.1.4.1"),
    ),
    ids=("1.3.6.1.4.1.8072.3.2.10",),
    probe=HUAWEI_UPS + ".2.100.1.2.1",
)

MIBS = (HUAWEI,)
