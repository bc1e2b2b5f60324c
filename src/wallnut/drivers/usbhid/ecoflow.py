"""EcoFlow: River 3 Plus, Delta 3 Plus and other power stations on USB.

Source: NUT's drivers/ecoflow-hid.c. Proved with a simulated device. Times are in minutes; no command works.
"""

from __future__ import annotations

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.rows import CHANGE, ONCE, QUICK, Convert, Flag, Match, Row, Var, Vendor

MINUTES = Convert(lambda value, device: f"{value * 60:.0f}" if value >= 0 else None)

_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"

ROWS: tuple[Row, ...] = (
    Var("ups.beeper.status", f"{_SUMMARY}.AudibleAlarmControl", tables.BEEPER, QUICK),
    Var("ups.power.nominal", "UPS.Flow.[4].ConfigActivePower", poll=ONCE),
    Var("battery.voltage.nominal", f"{_SUMMARY}.ConfigVoltage", "%.1f", CHANGE),
    Var("ups.timer.reboot", "UPS.OutletSystem.Outlet.DelayBeforeReboot", poll=QUICK),
    Var("ups.timer.shutdown", "UPS.OutletSystem.Outlet.DelayBeforeShutdown", poll=QUICK),
    Var("battery.capacity.nominal", f"{_SUMMARY}.DesignCapacity", poll=CHANGE),
    Var("battery.capacity", f"{_SUMMARY}.FullChargeCapacity", poll=CHANGE),
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING, ONCE),
    Var("ups.mfr.date", f"{_SUMMARY}.ManufacturerDate", tables.DATE),
    Flag(f"{_STATUS}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.BatteryPresent", tables.NO_BATTERY, QUICK),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_STATUS}.CommunicationLost", tables.FAULT, QUICK),
    Flag(f"{_STATUS}.Charging", tables.CHARGING, QUICK),
    Flag(f"{_STATUS}.Discharging", tables.DISCHARGING, QUICK),
    Flag(f"{_STATUS}.FullyCharged", tables.FULLY_CHARGED, QUICK),
    Flag(f"{_STATUS}.FullyDischarged", tables.DEPLETED, QUICK),
    Flag(f"{_STATUS}.NeedReplacement", tables.REPLACE_BATTERY, QUICK),
    Flag(f"{_STATUS}.Overload", tables.OVERLOAD, QUICK),
    Flag(f"{_STATUS}.RemainingTimeLimitExpired", tables.TIME_LIMIT_EXPIRED, QUICK),
    Flag(f"{_STATUS}.ShutdownImminent", tables.SHUTDOWN_IMMINENT, QUICK),
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity", poll=QUICK),
    Var("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit", poll=CHANGE, length=5),
    Var("battery.runtime.low", f"{_SUMMARY}.RemainingTimeLimit", poll=CHANGE),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty", MINUTES, QUICK),
    Var("battery.voltage", f"{_SUMMARY}.Voltage", "%.1f", QUICK),
    Var("battery.charge.warning", f"{_SUMMARY}.WarningCapacityLimit", poll=CHANGE),
)

VENDOR = Vendor(
    "EcoFlow HID",
    (Match(0x3746, 0xFFFF), Match(0x3746)),
    ROWS,
    mfr=lambda identity: identity.vendor or "EcoFlow",
)
