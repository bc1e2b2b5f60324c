"""Salicru: SPS ADV RT2, SPS HOME, SPS ADV T, SLC TWIN PRO2 and PRO3, TWIN RT3 on USB.

Source: NUT's drivers/salicru-hid.c. Proved beside C usbhid-ups with a simulated device.
"""

from __future__ import annotations

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.generic import battery_tests, first_of
from wallnut.drivers.usbhid.rows import CHANGE, ONCE, QUICK, Flag, Match, Row, Var, Vendor

_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"
_IN = "UPS.PowerConverter.Input.[1]"
_OUT = "UPS.PowerConverter.Output"
_TEST = "UPS.BatterySystem.Battery.Test"

ROWS: tuple[Row, ...] = (
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING),
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity"),
    Var("battery.charge.warning", f"{_SUMMARY}.WarningCapacityLimit"),
    Var("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit", poll=CHANGE, length=10),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty"),
    Var("battery.runtime.low", f"{_SUMMARY}.RemainingTimeLimit", poll=CHANGE, length=10),
    Var("battery.voltage.nominal", f"{_SUMMARY}.ConfigVoltage"),
    Var("battery.voltage", f"{_SUMMARY}.Voltage", "%.2f"),
    # the second path of each is that of the TWIN models
    *first_of("ups.load", "%.0f", "UPS.Output.PercentLoad", f"{_SUMMARY}.PercentLoad"),
    Var("ups.beeper.status", f"{_SUMMARY}.AudibleAlarmControl", tables.BEEPER),
    *first_of("ups.test.result", tables.TEST_RESULT, "UPS.Output.Test", _TEST),
    *first_of("ups.realpower.nominal", "%.0f", "UPS.Output.ConfigActivePower", "UPS.Flow.[4].ConfigActivePower"),
    Var("ups.realpower", f"{_OUT}.ActivePower"),
    Flag(f"{_STATUS}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.Charging", tables.CHARGING, QUICK),
    Flag(f"{_STATUS}.Discharging", tables.DISCHARGING, QUICK),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_STATUS}.FullyCharged", tables.FULLY_CHARGED),
    Flag(f"{_STATUS}.RemainingTimeLimitExpired", tables.TIME_LIMIT_EXPIRED),
    Flag("UPS.Output.CommunicationLost", tables.FAULT),
    Flag("UPS.Output.Boost", tables.BOOST),
    Flag("UPS.Output.Overload", tables.OVERLOAD),
    Flag(f"{_STATUS}.Overload", tables.OVERLOAD),
    Flag(f"{_STATUS}.OverTemperature", tables.OVERHEAT),
    *first_of("input.frequency", "%.1f", "UPS.Input.Frequency", f"{_IN}.Frequency"),
    Var("input.voltage.nominal", "UPS.Input.ConfigVoltage"),
    *first_of("input.voltage", "%.1f", "UPS.Input.Voltage", f"{_IN}.Voltage"),
    Var("input.transfer.high", f"{_OUT}.HighVoltageTransfer", poll=ONCE),
    Var("input.transfer.low", f"{_OUT}.LowVoltageTransfer", poll=ONCE),
    *first_of("output.frequency", "%.1f", "UPS.Output.Frequency", f"{_OUT}.Frequency"),
    *first_of("output.voltage", "%.1f", "UPS.Output.Voltage", f"{_OUT}.Voltage"),
    *first_of("output.voltage.nominal", "%.0f", "UPS.Output.ConfigVoltage", f"{_SUMMARY}.ConfigVoltage"),
    *battery_tests(_TEST),
)

VENDOR = Vendor(
    "Salicru HID",
    (
        Match(0x2E66, 0x0101),  # SPS 3000 ADV RT2
        Match(0x2E66, 0x0201),  # SLC TWIN PRO2, TWIN PRO3, TWIN RT3
        Match(0x2E66, 0x0202),
        Match(0x2E66, 0x0203),
        Match(0x2E66, 0x0300),  # SPS 850 HOME
        Match(0x2E66, 0x0302),  # SPS 850 ADV T
        Match(0x2E66),
    ),
    ROWS,
    mfr=lambda identity: identity.vendor or "Salicru",
)
