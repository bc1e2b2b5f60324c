"""Arduino boards that pretend to be a UPS: Leonardo, Leonardo ETH, Pro Micro with the library HIDPowerDevice.

Source: NUT's drivers/arduino-hid.c. Proved with a simulated device.
"""

from __future__ import annotations

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.generic import delay_commands, delays
from wallnut.drivers.usbhid.rows import CHANGE, ONCE, QUICK, Flag, Match, Row, Var, Vendor

_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"

ROWS: tuple[Row, ...] = (
    *delays(_SUMMARY),
    *delay_commands(_SUMMARY),
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING, ONCE),
    Var("battery.voltage.nominal", f"{_SUMMARY}.ConfigVoltage", "%.2f", QUICK),
    Var("battery.voltage", f"{_SUMMARY}.Voltage", "%.2f", QUICK),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty", poll=QUICK),
    Var("battery.runtime.low", f"{_SUMMARY}.RemainingTimeLimit", poll=CHANGE),
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity"),
    Var("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit", poll=CHANGE),
    Var("battery.charge.warning", f"{_SUMMARY}.WarningCapacityLimit", poll=CHANGE),
    Flag(f"{_STATUS}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.Discharging", tables.DISCHARGING, QUICK),
    Flag(f"{_STATUS}.Charging", tables.CHARGING, QUICK),
    Flag(f"{_STATUS}.NeedReplacement", tables.REPLACE_BATTERY),
    Flag(f"{_STATUS}.ShutdownImminent", tables.SHUTDOWN_IMMINENT),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_STATUS}.Overload", tables.OVERLOAD),
    Flag(f"{_STATUS}.RemainingTimeLimitExpired", tables.TIME_LIMIT_EXPIRED),
    Flag(f"{_STATUS}.BatteryPresent", tables.NO_BATTERY),
    Flag(f"{_STATUS}.FullyCharged", tables.FULLY_CHARGED, QUICK),
    Flag(f"{_STATUS}.FullyDischarged", tables.DEPLETED, QUICK),
)

VENDOR = Vendor(
    "Arduino HID",
    (
        *(Match(0x2341, product) for product in (0x0036, 0x8036)),
        *(Match(0x2A03, product) for product in (0x0036, 0x8036, 0x0040, 0x8040)),
        Match(0x2341),
        Match(0x2A03),
    ),
    ROWS,
    mfr=lambda identity: identity.vendor or "Arduino",
)
