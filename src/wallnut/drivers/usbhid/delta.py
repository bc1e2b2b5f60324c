"""Delta: RT and Amplon R series on USB.

Source: NUT's drivers/delta_ups-hid.c. Proved beside C usbhid-ups with a simulated device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.generic import battery_tests, beeper_commands, delay_commands
from wallnut.drivers.usbhid.rows import CHANGE, ONCE, QUICK, Convert, Flag, Lookup, Match, Row, Var, Vendor

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.rows import Device

USAGES = {
    "DeltaCustom": 0xFFFF0010,
    "DeltaConfigTransferLowMax": 0xFFFF0057,
    "DeltaConfigTransferLowMin": 0xFFFF0058,
    "DeltaConfigTransferHighMax": 0xFFFF0059,
    "DeltaConfigTransferHighMin": 0xFFFF005A,
    "DeltaConfigExternalBatteryPack": 0xFFFF0061,
    "DeltaModelName": 0xFFFF0075,
    "DeltaUPSType": 0xFFFF007C,
    "DeltaConfigStartPowerRestoreDelay": 0xFFFF0081,
    "DeltaOutputSource": 0xFFFF0091,
    "DeltaConfigSensitivity": 0xFFFF009B,
    "DeltaConfigStartPowerRestore": 0xFFFF009C,
}

_TYPES = {
    0: "online",
    1: "offline",
    2: "line-interactive",
    3: "offline",
    4: "line-interactive",
    5: "3-phase",
    6: "split-phase",
}


def _model(value: float, device: Device) -> str | None:
    return device.text(int(value)) or None


MODEL = Convert(_model)
TYPE = Convert(lambda value, device: _TYPES.get(int(value) & 0x0F))
SENSITIVITY = Lookup(((0, "normal"), (1, "reduced"), (2, "low")))
SOURCE = Lookup(
    (
        (0, "normal"),
        (1, "battery"),
        (2, "bypass/reserve"),
        (3, "reducing"),
        (4, "boosting"),
        (5, "manual bypass"),
        (6, "other"),
        (7, "no output"),
        (8, "on eco"),
    )
)

_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"
_CONVERTER = "UPS.PowerConverter"
_OUTLET = "UPS.OutletSystem.Outlet"
_CUSTOM = "UPS.DeltaCustom.[1]"
_BATTERY = "UPS.BatterySystem"

ROWS: tuple[Row, ...] = (
    Var("ups.model", f"{_CUSTOM}.DeltaModelName", MODEL, ONCE),
    Var("input.sensitivity", f"{_CUSTOM}.DeltaConfigSensitivity", SENSITIVITY, length=10),
    Var("input.voltage.nominal", f"{_SUMMARY}.Input.ConfigVoltage", "%.1f", CHANGE),
    Var("input.voltage", f"{_SUMMARY}.Input.Voltage", "%.1f", QUICK),
    Var("input.voltage", f"{_CONVERTER}.Input.Voltage", "%.1f", QUICK),
    Var("input.transfer.low", f"{_CONVERTER}.Output.LowVoltageTransfer", "%.1f", length=10),
    Var("input.transfer.high", f"{_CONVERTER}.Output.HighVoltageTransfer", "%.1f", length=10),
    Var("input.transfer.low.min", f"{_CONVERTER}.Output.DeltaConfigTransferLowMin", "%.1f", ONCE),
    Var("input.transfer.low.max", f"{_CONVERTER}.Output.DeltaConfigTransferLowMax", "%.1f", ONCE),
    Var("input.transfer.high.min", f"{_CONVERTER}.Output.DeltaConfigTransferHighMin", "%.1f", ONCE),
    Var("input.transfer.high.max", f"{_CONVERTER}.Output.DeltaConfigTransferHighMax", "%.1f", ONCE),
    Var("input.source", f"{_OUTLET}.DeltaOutputSource", SOURCE),
    Var("input.frequency", f"{_CONVERTER}.Input.Frequency", "%.1f", QUICK),
    Var("battery.voltage.nominal", f"{_BATTERY}.Battery.ConfigVoltage", "%.1f", ONCE),
    Var("battery.voltage", f"{_BATTERY}.Battery.Voltage", "%.1f", QUICK),
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity", poll=QUICK),
    Var("battery.charge", f"{_BATTERY}.Battery.RemainingCapacity"),
    Var("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit", poll=CHANGE, length=5),
    Var("battery.charge.warning", f"{_SUMMARY}.WarningCapacityLimit", poll=CHANGE),
    Var("battery.temperature", f"{_BATTERY}.Temperature", tables.KELVIN, QUICK),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty", poll=QUICK),
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING, ONCE),
    Var("battery.capacity", f"{_SUMMARY}.DesignCapacity", poll=CHANGE),
    Var("battery.capacity", f"{_SUMMARY}.FullChargeCapacity", poll=CHANGE),
    Var("output.voltage.nominal", "UPS.Flow.ConfigVoltage", "%.1f", CHANGE),
    Var("output.frequency.nominal", "UPS.Flow.ConfigFrequency", "%.1f", CHANGE),
    Var("output.voltage", f"{_CONVERTER}.Output.Voltage", "%.1f", QUICK),
    Var("output.frequency", f"{_CONVERTER}.Output.Frequency", "%.1f", QUICK),
    Var("output.current", f"{_CONVERTER}.Output.Current", "%.1f", QUICK),
    Var("ups.beeper.status", f"{_SUMMARY}.AudibleAlarmControl", tables.BEEPER, QUICK),
    Var("ups.test.result", f"{_BATTERY}.Test", tables.TEST_RESULT),
    Var("ups.type", f"{_CUSTOM}.DeltaUPSType", TYPE, ONCE),
    Var("ups.start.auto", f"{_CUSTOM}.DeltaConfigStartPowerRestore", tables.YES_NO, length=3),
    Var("ups.power.nominal", "UPS.Flow.ConfigApparentPower", poll=ONCE),
    Var("ups.realpower", f"{_OUTLET}.ActivePower", "%.1f", QUICK),
    Var("ups.realpower", f"{_CONVERTER}.Output.ActivePower", "%.1f", QUICK),
    Var("ups.load", f"{_OUTLET}.PercentLoad", "%.1f", QUICK),
    Var("ups.delay.start", f"{_OUTLET}.DeltaConfigStartPowerRestoreDelay", length=10),
    Var("ups.timer.start", f"{_OUTLET}.DelayBeforeStartup", poll=QUICK),
    Var("ups.timer.shutdown", f"{_OUTLET}.DelayBeforeShutdown", poll=QUICK),
    Var("ups.timer.reboot", f"{_OUTLET}.DelayBeforeReboot", poll=QUICK),
    Flag(f"{_STATUS}.Good", tables.OFF, QUICK),
    Flag(f"{_STATUS}.InternalFailure", tables.FAULT, QUICK),
    Flag(f"{_STATUS}.ShutdownImminent", tables.SHUTDOWN_IMMINENT, QUICK),
    Flag(f"{_STATUS}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_STATUS}.FullyCharged", tables.FULLY_CHARGED, QUICK),
    Flag(f"{_STATUS}.Charging", tables.CHARGING, QUICK),
    Flag(f"{_STATUS}.Discharging", tables.DISCHARGING, QUICK),
    Flag(f"{_STATUS}.FullyDischarged", tables.DEPLETED, QUICK),
    Flag(f"{_STATUS}.NeedReplacement", tables.REPLACE_BATTERY, QUICK),
    Flag(f"{_CONVERTER}.PresentStatus.VoltageOutOfRange", tables.VOLTAGE_RANGE, QUICK),
    Flag(f"{_CONVERTER}.PresentStatus.Buck", tables.TRIM, QUICK),
    Flag(f"{_CONVERTER}.PresentStatus.Boost", tables.BOOST, QUICK),
    Flag(f"{_CONVERTER}.PresentStatus.Overload", tables.OVERLOAD, QUICK),
    Flag(f"{_CONVERTER}.PresentStatus.Used", tables.NO_BATTERY, QUICK),
    Flag(f"{_CONVERTER}.PresentStatus.OverTemperature", tables.OVERHEAT, QUICK),
    Flag(f"{_CONVERTER}.PresentStatus.InternalFailure", tables.FAULT, QUICK),
    Flag(f"{_CONVERTER}.PresentStatus.AwaitingPower", tables.AWAITING_POWER, QUICK),
    *beeper_commands(f"{_SUMMARY}.AudibleAlarmControl"),
    *battery_tests(f"{_BATTERY}.Test"),
    *delay_commands(_OUTLET),
)

VENDOR = Vendor(
    "Delta UPS HID",
    (Match(0x05DD, 0x041B), Match(0x05DD)),
    ROWS,
    USAGES,
    mfr=lambda identity: identity.vendor or "Delta",
)
