"""Legrand: Keor PDU and Keor SP on USB.

Source: NUT's drivers/legrand-hid.c (usage paths, ids, scales). Proved beside C usbhid-ups with a simulated device. The
interrupt pipe is not used. Exponents are wrong in ways that differ from field to field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.generic import battery_tests
from wallnut.drivers.usbhid.rows import ONCE, QUICK, Command, Convert, Flag, Match, Own, Row, Var, Vendor

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.rows import Device


def _times(scale: float) -> Convert:
    def read(value: float, device: Device) -> str:
        return f"{value * scale:.1f}"

    return Convert(read)


_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"
_BATTERY = "UPS.BatterySystem.Battery"
_IN = "UPS.PowerConverter.Input"
_OUT = "UPS.PowerConverter.Output"
_OUTLET = "UPS.OutletSystem.Outlet"

ROWS: tuple[Row, ...] = (
    Var("input.voltage", "UPS.Input.Voltage"),
    Var("input.voltage", f"{_IN}.Voltage", _times(1e6)),
    Var("input.transfer.high", "UPS.Input.HighVoltageTransfer", poll=ONCE),
    Var("input.transfer.high", f"{_OUT}.HighVoltageTransfer", _times(10), ONCE),
    Var("input.transfer.low", "UPS.Input.LowVoltageTransfer", poll=ONCE),
    Var("input.transfer.low", f"{_OUT}.LowVoltageTransfer", poll=ONCE),
    Var("input.voltage.nominal", "UPS.Input.ConfigVoltage", poll=ONCE),
    Var("input.voltage.nominal", "UPS.Flow.ConfigVoltage", poll=ONCE),
    Var("battery.voltage.nominal", f"{_SUMMARY}.ConfigVoltage", tables.TENTHS, ONCE),
    Var("battery.voltage.nominal", f"{_BATTERY}.ConfigVoltage", poll=ONCE),
    Var("battery.voltage", f"{_SUMMARY}.Voltage", tables.TENTHS),
    Var("battery.voltage", f"{_BATTERY}.Voltage", _times(1e5)),
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity"),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty"),
    Var("battery.charge.warning", f"{_SUMMARY}.WarningCapacityLimit", poll=ONCE),
    Var("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit", poll=ONCE),
    Var("output.voltage", "UPS.Output.Voltage"),
    Var("output.voltage", f"{_OUT}.Voltage", _times(1e7)),
    Var("output.frequency", "UPS.Output.Frequency"),
    Var("ups.load", "UPS.Output.PercentLoad"),
    Var("ups.load", f"{_OUTLET}.PercentLoad"),
    Var("ups.realpower.nominal", "UPS.Output.ConfigActivePower", poll=ONCE),
    Var("ups.realpower.nominal", "UPS.Flow.ConfigApparentPower", poll=ONCE),
    Flag(f"{_STATUS}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_STATUS}.Charging", tables.CHARGING, QUICK),
    Flag(f"{_STATUS}.Discharging", tables.DISCHARGING, QUICK),
    Flag("UPS.Output.Overload", tables.OVERLOAD, QUICK),
    *(
        row
        for collection in (_OUTLET, "UPS.Output")
        for row in (
            Own("ups.delay.shutdown", f"{collection}.DelayBeforeShutdown", tables.OFFDELAY),
            Own("ups.delay.start", f"{collection}.DelayBeforeStartup", tables.ONDELAY),
            Command("load.off.delay", f"{collection}.DelayBeforeShutdown", tables.OFFDELAY),
            Command("load.on.delay", f"{collection}.DelayBeforeStartup", tables.ONDELAY),
        )
    ),
    *battery_tests(f"{_BATTERY}.Test"),
    *battery_tests("UPS.Output.Test"),
    Command("beeper.enable", f"{_SUMMARY}.AudibleAlarmControl", "2"),
    Command("beeper.disable", f"{_SUMMARY}.AudibleAlarmControl", "3"),
)

VENDOR = Vendor(
    "Legrand HID",
    (
        Match(0x1CB0, 0x0038, pollonly=True),  # Keor PDU
        Match(0x1CB0, 0x0032, pollonly=True),  # Keor SP
        Match(0x1CB0),
    ),
    ROWS,
    mfr=lambda identity: identity.vendor or "Legrand",
)
