"""Belkin (F6C and F6H models, Regulator PRO) and Liebert (GXT3, GXT4, PowerSure PSA, PSI, PST) on USB.

Source: NUT's drivers/belkin-hid.c (usages, usage paths, ids, what values mean). Proved beside C usbhid-ups with a
simulated device.

Belkin keeps its values on a page that is reserved (0x86). Liebert's firmware comes in two kinds under the same ids:
one like Belkin's, and one that keeps to the specification but for exponents: voltages come a hundred thousand, or ten
million, times too small.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.bits import Nonzero, bit, no_bit
from wallnut.drivers.usbhid.generic import battery_tests, beeper_commands, delay_commands, delays
from wallnut.drivers.usbhid.rows import ONCE, QUICK, Command, Convert, Flag, Lookup, Match, Row, Sign, Var, Vendor

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.rows import Device

USAGES = {
    "BELKINConfig": 0x00860026,
    "BELKINConfigVoltage": 0x00860040,
    "BELKINConfigFrequency": 0x00860042,
    "BELKINConfigApparentPower": 0x00860043,
    "BELKINConfigBatteryVoltage": 0x00860044,
    "BELKINConfigOverloadTransfer": 0x00860045,
    "BELKINLowVoltageTransfer": 0x00860053,
    "BELKINHighVoltageTransfer": 0x00860054,
    "BELKINLowVoltageTransferMax": 0x0086005B,
    "BELKINLowVoltageTransferMin": 0x0086005C,
    "BELKINHighVoltageTransferMax": 0x0086005D,
    "BELKINHighVoltageTransferMin": 0x0086005E,
    "BELKINControls": 0x00860027,
    "BELKINLoadOn": 0x00860050,
    "BELKINLoadOff": 0x00860051,
    "BELKINLoadToggle": 0x00860052,
    "BELKINDelayBeforeReboot": 0x00860055,
    "BELKINDelayBeforeStartup": 0x00860056,  # minutes
    "BELKINDelayBeforeShutdown": 0x00860057,  # seconds
    "BELKINTest": 0x00860058,
    "BELKINAudibleAlarmControl": 0x0086005A,
    "BELKINDevice": 0x00860029,
    "BELKINVoltageSensitivity": 0x00860074,
    "BELKINModelString": 0x00860075,
    "BELKINModelStringOffset": 0x00860076,
    "BELKINUPSType": 0x0086007C,
    "BELKINPowerState": 0x0086002A,
    "BELKINInput": 0x0086001A,
    "BELKINOutput": 0x0086001C,
    "BELKINBatterySystem": 0x00860010,
    "BELKINVoltage": 0x00860030,
    "BELKINFrequency": 0x00860032,
    "BELKINPower": 0x00860034,
    "BELKINPercentLoad": 0x00860035,
    "BELKINTemperature": 0x00860036,
    "BELKINCharge": 0x00860039,
    "BELKINRunTimeToEmpty": 0x0086006C,
    "BELKINStatus": 0x00860028,
    "BELKINBatteryStatus": 0x00860022,
    "BELKINPowerStatus": 0x00860021,
}


def _line_voltage(value: float, device: Device) -> str:
    """Liebert: 1.39e-06 is 13.9 V, 2.201e-05 is 220.1 V; 0.000273 is 27.3 V, 0.001212 is 121.2 V."""
    scale = 1e7 if value < 5e-5 else 1e5 if value < 5e-3 else 1.0
    return f"{value * scale:.1f}"


def _nominal_voltage(value: float, device: Device) -> str:
    """Liebert: 1e-07 stands for 10 V."""
    return f"{value * (1e8 if abs(value - 1e-7) < 1e-9 else 1.0):.1f}"


_TYPES = {
    1: "offline",
    2: "line-interactive",
    3: "simple online",
    4: "simple offline",
    5: "simple line-interactive",
}
_SENSITIVITIES = {1: "reduced", 2: "low"}
_SENSITIVITY_VALUES = {"normal": 0.0, "reduced": 1.0, "low": 2.0}

LINE_VOLTAGE = Convert(_line_voltage)
NOMINAL_VOLTAGE = Convert(_nominal_voltage)
FIRMWARE = Convert(lambda value, device: f"{int(value) >> 4}")
TYPE = Convert(lambda value, device: _TYPES.get(int(value) & 0x0F, "online"))
SENSITIVITY = Convert(
    lambda value, device: _SENSITIVITIES.get(int(value), "normal"), lambda text, device: _SENSITIVITY_VALUES.get(text)
)
TEST_RESULT = Lookup(
    (
        (0, "No test initiated"),
        (1, "Done and passed"),
        (2, "Done and warning"),
        (3, "Done and error"),
        (4, "Aborted"),
        (5, "In progress"),
    )
)

_CONFIG = "UPS.BELKINConfig"
_CONTROLS = "UPS.BELKINControls"
_DEVICE = "UPS.BELKINDevice"
_IN = "UPS.BELKINPowerState.BELKINInput"
_OUT = "UPS.BELKINPowerState.BELKINOutput"
_POWER_STATUS = "UPS.BELKINStatus.BELKINPowerStatus"
_BATTERY_STATUS = "UPS.BELKINStatus.BELKINBatteryStatus"
_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"
_CONVERTER = "UPS.PowerConverter"

_BELKIN: tuple[Row, ...] = (
    Var("battery.charge", "UPS.BELKINBatterySystem.BELKINCharge"),
    Var("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit"),
    Var("battery.charge.warning", f"{_SUMMARY}.WarningCapacityLimit"),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty"),
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING),
    Var("battery.voltage", "UPS.BELKINBatterySystem.BELKINVoltage", tables.TENTHS),
    Var("battery.voltage.nominal", f"{_CONFIG}.BELKINConfigBatteryVoltage"),
    Var("input.frequency", f"{_IN}.BELKINFrequency", tables.TENTHS),
    Var("input.frequency.nominal", f"{_CONFIG}.BELKINConfigFrequency"),
    Var("input.sensitivity", f"{_DEVICE}.BELKINVoltageSensitivity", SENSITIVITY, length=10),
    Var("input.transfer.high", f"{_CONFIG}.BELKINHighVoltageTransfer", length=10),
    Var("input.transfer.high.max", f"{_CONFIG}.BELKINHighVoltageTransferMax"),
    Var("input.transfer.high.min", f"{_CONFIG}.BELKINHighVoltageTransferMin"),
    Var("input.transfer.low", f"{_CONFIG}.BELKINLowVoltageTransfer", length=10),
    Var("input.transfer.low.max", f"{_CONFIG}.BELKINLowVoltageTransferMax"),
    Var("input.transfer.low.min", f"{_CONFIG}.BELKINLowVoltageTransferMin"),
    Var("input.voltage", f"{_IN}.BELKINVoltage", tables.TENTHS),
    Var("input.voltage.nominal", f"{_CONFIG}.BELKINConfigVoltage"),
    Var("output.frequency", f"{_OUT}.BELKINFrequency", tables.TENTHS),
    Var("output.voltage", f"{_OUT}.BELKINVoltage", tables.TENTHS),
    Var("ups.beeper.status", f"{_CONTROLS}.BELKINAudibleAlarmControl", tables.BEEPER),
    *delays(_CONTROLS, "BELKIN"),
    Var("ups.firmware", f"{_DEVICE}.BELKINUPSType", FIRMWARE),
    Var("ups.load", f"{_OUT}.BELKINPercentLoad"),
    Var("ups.load.high", f"{_CONFIG}.BELKINConfigOverloadTransfer"),
    Var("ups.mfr.date", f"{_SUMMARY}.ManufacturerDate", tables.DATE),
    Var("ups.power.nominal", f"{_CONFIG}.BELKINConfigApparentPower"),
    Var("ups.serial", f"{_SUMMARY}.iSerialNumber", tables.SERIAL),
    Var("ups.test.result", f"{_CONTROLS}.BELKINTest", TEST_RESULT),
    Var("ups.type", f"{_DEVICE}.BELKINUPSType", TYPE),
)
_LIEBERT: tuple[Row, ...] = (
    # PowerSure PSA
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity", poll=QUICK),
    Var("input.frequency", "UPS.Input.Frequency", tables.TENTHS),
    Var("input.voltage", "UPS.Input.Voltage", LINE_VOLTAGE),
    Var("output.voltage", "UPS.Output.Voltage", LINE_VOLTAGE),
    Var("battery.voltage", f"{_SUMMARY}.Voltage", LINE_VOLTAGE),
    Var("battery.voltage.nominal", f"{_SUMMARY}.ConfigVoltage", NOMINAL_VOLTAGE, ONCE),
    Var("ups.load", "UPS.Output.PercentLoad"),
    # PSI5
    Var("input.voltage.nominal", "UPS.Flow.ConfigVoltage"),
    Var("input.frequency", f"{_CONVERTER}.Input.Frequency", tables.HUNDREDTHS),
    Var("input.voltage", f"{_CONVERTER}.Input.Voltage", LINE_VOLTAGE),
    Var("output.voltage.nominal", "UPS.Flow.ConfigVoltage"),
    Var("output.frequency", f"{_CONVERTER}.Output.Frequency", tables.HUNDREDTHS),
    Var("output.voltage", f"{_CONVERTER}.Output.Voltage", LINE_VOLTAGE),
    Var("ups.load", "UPS.OutletSystem.Outlet.PercentLoad"),
    Var("battery.voltage", "UPS.BatterySystem.Battery.Voltage", LINE_VOLTAGE),
    Var("battery.voltage.nominal", "UPS.BatterySystem.Battery.ConfigVoltage"),
    Var("battery.capacity", "UPS.Flow.ConfigApparentPower"),
)
_FLAGS: tuple[Row, ...] = (
    *(
        Flag(f"{collection}.{usage}", Nonzero(sign), QUICK)
        for collection in (_SUMMARY, _STATUS)
        for usage, sign in (
            ("Discharging", Sign.DISCHARGING),
            ("Charging", Sign.CHARGING),
            ("ShutdownImminent", Sign.SHUTDOWN_IMMINENT),
            ("ACPresent", Sign.ONLINE),
        )
    ),
    Flag(f"{_STATUS}.NeedReplacement", Nonzero(Sign.REPLACE_BATTERY), QUICK),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", Nonzero(Sign.LOW_BATTERY), QUICK),
    Flag(_POWER_STATUS, bit(0x0010, Sign.OVERLOAD)),
    Flag(_POWER_STATUS, bit(0x0040, Sign.OVERHEAT)),
    Flag(_POWER_STATUS, bit(0x0080, Sign.FAULT)),
    Flag(_POWER_STATUS, bit(0x2000, Sign.AWAITING_POWER)),
    Flag(_POWER_STATUS, no_bit(0x0001, Sign.ONLINE), QUICK),
    Flag(_BATTERY_STATUS, bit(0x0040, Sign.DEPLETED), QUICK),
    Flag(_BATTERY_STATUS, bit(0x0080, Sign.REPLACE_BATTERY)),
    Flag(_BATTERY_STATUS, bit(0x0004, Sign.LOW_BATTERY), QUICK),
)
_COMMANDS: tuple[Row, ...] = (
    *battery_tests(f"{_CONTROLS}.BELKINTest"),
    *beeper_commands(f"{_CONTROLS}.BELKINAudibleAlarmControl"),
    Command("load.off", f"{_CONTROLS}.BELKINDelayBeforeShutdown", "1"),
    Command("load.on", f"{_CONTROLS}.BELKINDelayBeforeStartup", "1"),
    *delay_commands(_CONTROLS, "BELKIN"),
)
ROWS: tuple[Row, ...] = (*_BELKIN, *_LIEBERT, *_FLAGS, *_COMMANDS)

_HUB = 0x0218
"""F5U218-MOB, which is no UPS."""

VENDOR = Vendor(
    "Belkin/Liebert HID",
    (
        Match(0x050D, 0x0980),  # F6C800-UNV
        Match(0x050D, 0x0900),  # F6C900-UNV
        Match(0x050D, 0x0910),  # F6C100-UNV
        Match(0x050D, 0x0912),  # F6C120-UNV
        Match(0x050D, 0x0551),  # F6C550-AVR
        Match(0x050D, 0x0750),  # F6C1250-TW-RK
        Match(0x050D, 0x0751),  # F6C1500-TW-RK
        Match(0x050D, 0x0375),  # F6H375-USB
        Match(0x050D, 0x0F51),  # Regulator PRO-USB
        Match(0x050D, 0x1100),  # F6C1100-UNV, F6C1200-UNV
        Match(0x10AF, 0x0000),  # GXT4
        Match(0x10AF, 0x0001),  # PowerSure PSA
        Match(0x10AF, 0x0002),  # PowerSure PST
        Match(0x10AF, 0x0004),  # PowerSure PSI 1440
        Match(0x10AF, 0x0008),  # GXT3
        Match(0x050D, only_if=lambda identity: identity.product_id != _HUB),
        Match(0x10AF),
    ),
    ROWS,
    USAGES,
    mfr=lambda identity: identity.vendor or "Belkin",
    model=lambda identity: identity.product or "unknown",
)
