"""iDowell: iBox on USB.

Source: NUT's drivers/idowell-hid.c. Proved beside C usbhid-ups with a simulated device.
"""

from __future__ import annotations

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.rows import ONCE, QUICK, Command, Flag, Match, Own, Row, Var, Vendor

_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"
_OUTPUT = "UPS.PowerConverter.Output"

ROWS: tuple[Row, ...] = (
    Flag(f"{_STATUS}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_STATUS}.Charging", tables.CHARGING, QUICK),
    Flag(f"{_STATUS}.CommunicationLost", tables.FAULT),
    Flag(f"{_STATUS}.Discharging", tables.DISCHARGING, QUICK),
    Flag(f"{_STATUS}.Good", tables.OFF),
    Flag(f"{_STATUS}.InternalFailure", tables.FAULT),
    Flag(f"{_STATUS}.NeedReplacement", tables.REPLACE_BATTERY),
    Flag(f"{_STATUS}.Overload", tables.OVERLOAD),
    Flag(f"{_STATUS}.ShutdownImminent", tables.SHUTDOWN_IMMINENT),
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity"),
    Var("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit", poll=ONCE),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty"),
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING, ONCE),
    Own("ups.delay.start", f"{_SUMMARY}.DelayBeforeStartup", tables.ONDELAY),
    Own("ups.delay.shutdown", f"{_SUMMARY}.DelayBeforeShutdown", tables.OFFDELAY),
    Var("ups.timer.start", f"{_SUMMARY}.DelayBeforeStartup", poll=QUICK),
    Var("ups.timer.shutdown", f"{_SUMMARY}.DelayBeforeShutdown", poll=QUICK),
    Var("ups.load", f"{_SUMMARY}.PercentLoad"),
    Var("ups.power.nominal", "UPS.Flow.[4].ConfigApparentPower", poll=ONCE),
    Var("input.transfer.high", f"{_OUTPUT}.HighVoltageTransfer", poll=ONCE),
    Var("input.transfer.low", f"{_OUTPUT}.LowVoltageTransfer", poll=ONCE),
    Var("output.voltage", f"{_OUTPUT}.Voltage", "%.1f"),
    Var("output.voltage.nominal", "UPS.Flow.[4].ConfigVoltage", poll=ONCE),
    Var("output.frequency.nominal", "UPS.Flow.[4].ConfigFrequency", poll=ONCE),
    Command("load.off.delay", f"{_SUMMARY}.DelayBeforeShutdown", tables.OFFDELAY),
    Command("load.on.delay", f"{_SUMMARY}.DelayBeforeStartup", tables.ONDELAY),
    Command("shutdown.stop", f"{_SUMMARY}.DelayBeforeShutdown", "-1"),
)

VENDOR = Vendor(
    "iDowell HID", (Match(0x075D, 0x0300), Match(0x075D)), ROWS, mfr=lambda identity: identity.vendor or "iDowell"
)
