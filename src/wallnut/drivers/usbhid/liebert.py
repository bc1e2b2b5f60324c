"""Liebert (Vertiv) and others with electronics by Phoenixtec, id 06da, on USB. Other Liebert models: belkin.py.

Source: NUT's drivers/liebert-hid.c. Proved beside C usbhid-ups with a simulated device. Many devices with this id do
not speak HID: nutdrv_qx serves them.
"""

from __future__ import annotations

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.rows import CHANGE, QUICK, Command, Flag, Match, Own, Row, Var, Vendor

USAGES = {
    "LiebertLowVoltageTransfer": 0xFFFF0057,
    "LiebertHighVoltageTransfer": 0xFFFF0058,
    "LiebertHighFrequencyTransfer": 0xFFFF00F8,
    "LiebertLowFrequencyTransfer": 0xFFFF00F9,
}

_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"
_INPUT = "UPS.PowerConverter.Input.[1]"
_OUTPUT = "UPS.PowerConverter.Output"

ROWS: tuple[Row, ...] = (
    Var("battery.voltage", f"{_SUMMARY}.Voltage", "%.2f"),
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity"),
    Var("experimental.battery.capacity", f"{_SUMMARY}.FullChargeCapacity"),
    Var("experimental.battery.capacity.nominal", f"{_SUMMARY}.DesignCapacity"),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty"),
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING),
    Var("ups.load", f"{_SUMMARY}.PercentLoad"),
    Var("ups.power.nominal", "UPS.Flow.[4].ConfigApparentPower", poll=CHANGE),
    Var("ups.test.result", "UPS.BatterySystem.Battery.Test", tables.TEST_RESULT),
    Var("ups.beeper.status", f"{_SUMMARY}.AudibleAlarmControl", tables.BEEPER, CHANGE),
    Var("output.voltage", f"{_OUTPUT}.Voltage", "%.1f"),
    Var("output.voltage.nominal", "UPS.Flow.[4].ConfigVoltage", poll=CHANGE),
    Var("output.frequency", f"{_OUTPUT}.Frequency", "%.2f"),
    Var("output.frequency.nominal", "UPS.Flow.[4].ConfigFrequency", poll=CHANGE),
    Var("output.transfer.high", f"{_OUTPUT}.HighVoltageTransfer", "%.1f", CHANGE),
    Var("output.transfer.low", f"{_OUTPUT}.LowVoltageTransfer", "%.1f", CHANGE),
    Var("input.voltage", f"{_INPUT}.Voltage", "%.1f"),
    Var("input.frequency", f"{_INPUT}.Frequency", "%.2f"),
    Var("input.transfer.low", f"{_OUTPUT}.LiebertLowVoltageTransfer", poll=CHANGE),
    Var("input.transfer.high", f"{_OUTPUT}.LiebertHighVoltageTransfer", poll=CHANGE),
    Var("input.frequency.transfer.low", f"{_OUTPUT}.LiebertLowFrequencyTransfer", poll=CHANGE),
    Var("input.frequency.transfer.high", f"{_OUTPUT}.LiebertHighFrequencyTransfer", poll=CHANGE),
    Flag(f"{_STATUS}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_STATUS}.Charging", tables.CHARGING, QUICK),
    Flag(f"{_STATUS}.Discharging", tables.DISCHARGING, QUICK),
    Flag(f"{_STATUS}.Overload", tables.OVERLOAD, QUICK),
    Flag(f"{_STATUS}.Good", tables.OFF, QUICK),
    Flag(f"{_STATUS}.InternalFailure", tables.FAULT, QUICK),
    Flag(f"{_STATUS}.ShutdownImminent", tables.SHUTDOWN_IMMINENT, QUICK),
    Flag(f"{_INPUT}.PresentStatus.Buck", tables.TRIM),
    Flag(f"{_INPUT}.PresentStatus.Boost", tables.BOOST),
    Own("ups.delay.start", f"{_SUMMARY}.DelayBeforeStartup", tables.ONDELAY),
    Own("ups.delay.shutdown", f"{_SUMMARY}.DelayBeforeShutdown", tables.OFFDELAY),
    Command("test.battery.start", "UPS.BatterySystem.Battery.Test", "1"),
    Command("load.off.delay", f"{_SUMMARY}.DelayBeforeShutdown", tables.OFFDELAY),
    Command("load.on.delay", f"{_SUMMARY}.DelayBeforeStartup", tables.ONDELAY),
    Command("shutdown.stop", f"{_SUMMARY}.DelayBeforeShutdown", "-1"),
    Command("beeper.toggle", f"{_SUMMARY}.AudibleAlarmControl", "1"),
)

VENDOR = Vendor(
    "Phoenixtec/Liebert HID",
    (Match(0x06DA, 0xFFFF), Match(0x06DA)),
    ROWS,
    USAGES,
    mfr=lambda identity: identity.vendor or "Liebert",
)
