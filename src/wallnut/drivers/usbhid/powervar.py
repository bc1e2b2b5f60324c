"""Powervar (AMETEK) on USB.

Source: NUT's drivers/powervar-hid.c. Proved with a simulated device. The UPS is the device's interface 1: where it
shows another HID interface besides, set usb_hid_rep_index = 1.
"""

from __future__ import annotations

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.rows import QUICK, Flag, Match, Row, Var, Vendor

_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"

ROWS: tuple[Row, ...] = (
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING),
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity"),
    Var("battery.capacity", f"{_SUMMARY}.FullChargeCapacity"),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty"),
    Flag(f"{_STATUS}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.Discharging", tables.DISCHARGING, QUICK),
    Flag(f"{_STATUS}.Charging", tables.CHARGING, QUICK),
    Flag(f"{_STATUS}.ShutdownImminent", tables.SHUTDOWN_IMMINENT),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", tables.LOW_BATTERY),
    Flag(f"{_STATUS}.Overload", tables.OVERLOAD),
    Flag(f"{_STATUS}.NeedReplacement", tables.REPLACE_BATTERY),
    Flag(f"{_STATUS}.RemainingTimeLimitExpired", tables.TIME_LIMIT_EXPIRED),
    Flag(f"{_STATUS}.OverTemperature", tables.OVERHEAT),
    Flag(f"{_STATUS}.FullyCharged", tables.FULLY_CHARGED),
    Flag(f"{_STATUS}.FullyDischarged", tables.DEPLETED),
)

VENDOR = Vendor(
    "Powervar HID",
    (Match(0x4234, 0x0002), Match(0x4234)),
    ROWS,
    mfr=lambda identity: identity.vendor or "Powervar",
)
