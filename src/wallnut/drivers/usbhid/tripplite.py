"""Tripp Lite: AVR, ECO, OMNI, SMART and SmartOnline models on USB that speak HID; HP's and Minuteman's made by them.

Source: NUT's drivers/tripplite-hid.c (usages, usage paths, ids, scales). Proved beside C usbhid-ups with a simulated
device. Devices with the product id 0001 do not speak HID: NUT's tripplite_usb serves them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.generic import battery_tests, beeper_commands, first_of
from wallnut.drivers.usbhid.rows import CHANGE, ONCE, QUICK, Command, Convert, Flag, Match, Own, Row, Var, Vendor

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.rows import Device

USAGES = {
    "TLCustom": 0xFFFF0010,
    "TLDelayBeforeStartup": 0xFFFF0056,  # minutes
    "TLLowVoltageTransferMax": 0xFFFF0057,
    "TLLowVoltageTransferMin": 0xFFFF0058,
    "TLHighVoltageTransferMax": 0xFFFF0059,
    "TLHighVoltageTransferMin": 0xFFFF005A,
    "OutletState": 0xFFFF007A,
    "OutletCount": 0xFFFF007B,
    "UPSFirmwareVersion": 0xFFFF007C,
    "CommunicationProtocolVersion": 0xFFFF007D,
    "CommunicationVersion": 0xFFFF007E,
    "iUPSPartNumber": 0xFFFF007F,
    "AutoOnDelay": 0xFFFF0080,
    "TLWatchdog": 0xFFFF0092,
    "TLOutletsAvailableMask": 0xFFFF0095,
    "TLOutletsStatusMask": 0xFFFF0096,
    # some OMNI1000LCD have these on the wrong page; TLDischarging is what ConfigPercentLoad is by the specification
    "TLCharging": 0x00840044,
    "TLDischarging": 0x00840045,
    "TLNeedReplacement": 0x0084004B,
    "TLACPresent": 0x008400D0,
}

TENTHS, PLAIN, TINY = 0.1, 1.0, 100000.0
"""Scales of the battery's voltage. With TINY, voltages of the mains are wrong alike, and frequencies and currents are
in hundredths."""
_LINE = {TINY: (TINY, 0.01, 0.01)}


def _line(which: int) -> Convert:
    def read(value: float, device: Device) -> str:
        return f"{_LINE.get(device.match.scale, (1.0, 1.0, 1.0))[which] * value:.1f}"

    return Convert(read)


def _chemistry(value: float, device: Device) -> str:
    """A firmware fault of the AVR550U and the OMNI1000LCD: the string is nonsense."""
    return "unknown" if device.identity.product_id in (0x1003, 0x2005) else device.text(int(value))


BATTERY_VOLTAGE = Convert(lambda value, device: f"{device.match.scale * value:.1f}")
LINE_VOLTAGE, LINE_FREQUENCY, LINE_CURRENT = _line(0), _line(1), _line(2)
CHEMISTRY = Convert(_chemistry)

_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"
_CONVERTER = "UPS.PowerConverter.PresentStatus"
_OUTLET = "UPS.OutletSystem.Outlet"
_OUTPUT = "UPS.PowerConverter.Output"

ROWS: tuple[Row, ...] = (
    Var("device.part", "UPS.TLCustom.[1].iUPSPartNumber", tables.STRING, ONCE),
    *first_of("battery.charge", "%.0f", f"{_SUMMARY}.RemainingCapacity", "UPS.BatterySystem.Battery.RemainingCapacity"),
    Var("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit", poll=CHANGE, length=5),
    Var("battery.charge.warning", f"{_SUMMARY}.WarningCapacityLimit"),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty"),
    Var("battery.voltage.nominal", "UPS.BatterySystem.Battery.ConfigVoltage", "%.1f", ONCE),
    Var("battery.voltage", "UPS.BatterySystem.Battery.Voltage", BATTERY_VOLTAGE),
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", CHEMISTRY, ONCE),
    Var("battery.temperature", "UPS.BatterySystem.Temperature", tables.KELVIN),
    Own("ups.delay.start", f"{_OUTLET}.DelayBeforeStartup", tables.ONDELAY),
    Own("ups.delay.start", f"{_OUTLET}.TLDelayBeforeStartup", tables.ONDELAY),
    Own("ups.delay.shutdown", f"{_OUTLET}.DelayBeforeShutdown", tables.OFFDELAY),
    Var("ups.timer.start", f"{_OUTLET}.DelayBeforeStartup", poll=QUICK),
    Var("ups.timer.start", f"{_OUTLET}.TLDelayBeforeStartup", poll=QUICK),
    Var("ups.timer.shutdown", f"{_OUTLET}.DelayBeforeShutdown", poll=QUICK),
    Var("ups.timer.reboot", f"{_OUTLET}.DelayBeforeReboot", poll=QUICK),
    Var("ups.test.result", "UPS.BatterySystem.Test", tables.TEST_RESULT),
    Var("ups.beeper.status", f"{_SUMMARY}.AudibleAlarmControl", tables.BEEPER),
    Var("ups.power.nominal", "UPS.Flow.ConfigApparentPower", poll=ONCE),
    *first_of("ups.power", "%.1f", f"{_OUTLET}.ActivePower", f"{_OUTPUT}.ActivePower"),
    Var("ups.load", f"{_OUTLET}.PercentLoad"),
    Var("ups.firmware", "UPS.TLCustom.[1].UPSFirmwareVersion", poll=ONCE),
    Var("ups.watchdog.status", f"{_OUTLET}.TLWatchdog"),
    Flag(f"{_STATUS}.InternalFailure", tables.FAULT),
    Flag(f"{_STATUS}.ShutdownImminent", tables.SHUTDOWN_IMMINENT),
    Flag(f"{_STATUS}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_STATUS}.FullyCharged", tables.FULLY_CHARGED, QUICK),
    Flag(f"{_STATUS}.Charging", tables.CHARGING, QUICK),
    Flag(f"{_STATUS}.Discharging", tables.DISCHARGING, QUICK),
    Flag(f"{_STATUS}.FullyDischarged", tables.DEPLETED, QUICK),
    Flag(f"{_STATUS}.NeedReplacement", tables.REPLACE_BATTERY),
    # OMNI1000LCD
    Flag(f"{_STATUS}.TLACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.TLDischarging", tables.DISCHARGING, QUICK),
    Var("ups.load.nominal", "UPS.Flow.ConfigPercentLoad"),  # HP
    Flag(f"{_STATUS}.TLCharging", tables.CHARGING, QUICK),
    Flag(f"{_STATUS}.TLNeedReplacement", tables.REPLACE_BATTERY),
    Flag(f"{_CONVERTER}.VoltageOutOfRange", tables.VOLTAGE_RANGE),
    Flag(f"{_CONVERTER}.Buck", tables.TRIM),
    Flag(f"{_CONVERTER}.Boost", tables.BOOST),
    Flag(f"{_CONVERTER}.Overload", tables.OVERLOAD),
    Flag(f"{_CONVERTER}.OverTemperature", tables.OVERHEAT),
    Flag(f"{_CONVERTER}.InternalFailure", tables.FAULT),
    Flag(f"{_CONVERTER}.AwaitingPower", tables.AWAITING_POWER),
    Var("input.voltage.nominal", f"{_SUMMARY}.Input.ConfigVoltage", poll=ONCE),
    *first_of("input.voltage", LINE_VOLTAGE, f"{_SUMMARY}.Input.Voltage", "UPS.PowerConverter.Input.Voltage"),
    Var("input.frequency", "UPS.PowerConverter.Input.Frequency", LINE_FREQUENCY),
    Var("input.transfer.low", f"{_OUTPUT}.LowVoltageTransfer", "%.1f", CHANGE, length=5),
    Var("input.transfer.low.max", f"{_OUTPUT}.TLLowVoltageTransferMax", poll=ONCE),
    Var("input.transfer.low.min", f"{_OUTPUT}.TLLowVoltageTransferMin", poll=ONCE),
    Var("input.transfer.high", f"{_OUTPUT}.HighVoltageTransfer", "%.1f", CHANGE, length=5),
    Var("input.transfer.high.max", f"{_OUTPUT}.TLHighVoltageTransferMax", poll=ONCE),
    Var("input.transfer.high.min", f"{_OUTPUT}.TLHighVoltageTransferMin", poll=ONCE),
    Var("output.voltage.nominal", "UPS.Flow.ConfigVoltage", poll=ONCE),
    *first_of("output.voltage", LINE_VOLTAGE, f"{_OUTPUT}.Voltage", f"{_SUMMARY}.Voltage"),
    Var("output.current", f"{_OUTPUT}.Current", LINE_CURRENT),
    Var("output.frequency.nominal", "UPS.Flow.ConfigFrequency", poll=ONCE),
    Var("output.frequency", f"{_OUTPUT}.Frequency", LINE_FREQUENCY),
    *battery_tests("UPS.BatterySystem.Test"),
    Command("load.off.delay", f"{_OUTLET}.DelayBeforeShutdown", tables.OFFDELAY),
    Command("load.on.delay", f"{_OUTLET}.DelayBeforeStartup", tables.ONDELAY),
    Command("load.on.delay", f"{_OUTLET}.TLDelayBeforeStartup", tables.ONDELAY),
    Command("shutdown.stop", f"{_OUTLET}.DelayBeforeShutdown", "-1"),
    Command("shutdown.reboot", f"{_OUTLET}.DelayBeforeReboot", "10"),
    Command("shutdown.reboot", f"{_OUTLET}.TLWatchdog", "10"),  # ECO550UPS, which has no DelayBeforeStartup
    Command("reset.watchdog", f"{_OUTLET}.TLWatchdog", "60"),  # when these seconds are over the UPS reboots
    *beeper_commands(f"{_SUMMARY}.AudibleAlarmControl"),
)


def _all(vendor: int, scale: float, *products: int) -> tuple[Match, ...]:
    return tuple(Match(vendor, product, scale=scale) for product in products)


VENDOR = Vendor(
    "TrippLite HID",
    (
        *_all(0x09AE, TENTHS, 0x1003, 0x1007, 0x1008, 0x1009, 0x1010),  # AVR550U, AVR750U, ECO550UPS
        *_all(0x09AE, PLAIN, 0x1330),  # SU3000LCD2UHV
        *_all(0x09AE, TENTHS, 0x2005, 0x2007, 0x2008, 0x2009, 0x2010, 0x2011, 0x2012, 0x2013, 0x2014),  # OMNI, SMART
        *_all(0x09AE, PLAIN, 0x3008, 0x3009, 0x3010, 0x3011, 0x3012, 0x3013, 0x3014, 0x3015),  # SMART2200RMXL2U
        *_all(0x09AE, TINY, 0x3016, 0x3024),  # newer SMART1500LCD, newer AVR750U
        *_all(0x09AE, PLAIN, 0x4001, 0x4002, 0x4003, 0x4004, 0x4005, 0x4006, 0x4007, 0x4008),  # SmartOnline
        *_all(0x03F0, PLAIN, 0x0001, 0x1FE0, 0x1FE1, 0x1FE2, 0x1FE3, 0x1F06, 0x1F08, 0x1F09, 0x1F0A),  # HP R, T
        *_all(0x05DD, PLAIN, 0xA011, 0xA0A0),  # Minuteman Enterprise Plus, PRO
        Match(0x09AE, only_if=lambda identity: identity.product_id != 0x0001),
    ),
    ROWS,
    USAGES,
)
