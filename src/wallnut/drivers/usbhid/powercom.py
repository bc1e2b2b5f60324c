"""PowerCOM: Imperial, Smart King Pro, WOW, Vanguard, Black Knight Pro and others on USB.

Source: NUT's drivers/powercom-hid.c (usages, usage paths, ids, what values mean). Proved beside C usbhid-ups with a
simulated device. Devices with the product id 0002 do not speak HID: NUT's powercom serves them.

Delays are two bytes: of the startup minutes, high byte first; of the shutdown minutes and seconds, the seconds with two
bits that say whether the load comes back with the mains. With powercom_sdcmd_byte_order_fallback the bytes of the
shutdown are the other way round. Models with the id 0001 send input reports alone, on a page of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.bits import Bits, bit, no_bit
from wallnut.drivers.usbhid.rows import (
    ONCE,
    QUICK,
    Command,
    Convert,
    Flag,
    Lookup,
    Match,
    Own,
    Row,
    Sign,
    Var,
    Vendor,
)

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.rows import Device

USAGES = {
    "PowercomUPS": 0x00020004,
    "PowercomBatterySystem": 0x00020010,
    "PowercomPowerConverter": 0x00020016,
    "PowercomInput": 0x0002001A,
    "PowercomOutput": 0x0002001C,
    "PowercomVoltage": 0x00020030,
    "PowercomFrequency": 0x00020032,
    "PowercomPercentLoad": 0x00020035,
    "PowercomTemperature": 0x00020036,
    "PowercomDelayBeforeStartup": 0x00020056,
    "PowercomDelayBeforeShutdown": 0x00020057,
    "PowercomTest": 0x00020058,
    "PowercomShutdownRequested": 0x00020068,
    "PowercomInternalChargeController": 0x00020081,
    "PowercomPrimaryBatterySupport": 0x00020082,
    "PowercomDesignCapacity": 0x00020083,
    "PowercomSpecificationInfo": 0x00020084,
    "PowercomManufacturerDate": 0x00020085,
    "PowercomSerialNumber": 0x00020086,
    "PowercomManufacturerName": 0x00020087,
    "PCMDelayBeforeStartup": 0x00FF0056,
    "PCMDelayBeforeShutdown": 0x00FF0057,
}

FALLBACK = "powercom_sdcmd_byte_order_fallback"
"""What the device's memory holds where the user set the option."""
_RETURN, _STAY_OFF = 0x40, 0x80
_MOST = 0xFFFF


def _swapped(number: int) -> int:
    return (number & 0xFF) << 8 | number >> 8 & 0xFF


def _seconds(text: str, device: Device, name: str) -> int | None:
    """The delay that came with a command, else the one that the driver keeps."""
    text = text or device.variable(name)
    return int(text) if text.isascii() and text.isdigit() and int(text) <= _MOST else None


def _startup(value: float, device: Device) -> str:
    return str(60 * _swapped(int(value)))


def _startup_value(text: str, device: Device) -> float | None:
    seconds = _seconds(text, device, "ups.delay.start")
    return None if seconds is None else float(_swapped(seconds // 60))


def _shutdown(value: float, device: Device) -> str:
    number = int(value) if FALLBACK not in device.memory else _swapped(int(value))
    return str(60 * (number >> 8 & 0xFF) + (number & 0xFF))


def _shutdown_value(bits: int, text: str, device: Device) -> float | None:
    seconds = _seconds(text, device, "ups.delay.shutdown")
    if seconds is None or seconds >= 60 * 256:
        return None
    seconds = max(seconds, 1)  # 0 stands for the longest delay
    number = seconds // 60 << 8 | seconds % 60 | bits
    return float(number if FALLBACK not in device.memory else _swapped(number))


MAKER = Convert(lambda value, device: None if device.identity.vendor else device.text(int(value)) or None)
STARTUP = Convert(_startup, _startup_value)
SHUTDOWN = Convert(_shutdown, lambda text, device: _shutdown_value(_RETURN, text, device))
STAY_OFF = Convert(_shutdown, lambda text, device: _shutdown_value(_STAY_OFF, text, device))
BEEPER = Lookup(((1, "enabled"), (2, "disabled")))
FOURFOLD = Convert(lambda value, device: f"{value * 4:.0f}")

_SUMMARY = "UPS.PowerSummary"
_OWN = "PowercomUPS"
_BATTERY = "PowercomUPS.PowercomBatterySystem"
_CONVERTER = "PowercomUPS.PowercomPowerConverter"
_IN = f"{_CONVERTER}.PowercomInput"
_OUT = f"{_CONVERTER}.PowercomOutput"
_STATE = f"{_OUT}.PowercomInternalChargeController"
_LINE = f"{_OUT}.PowercomPrimaryBatterySupport"


def _status(collection: str) -> tuple[Row, ...]:
    return (
        Flag(f"{collection}.ACPresent", tables.ONLINE),
        Flag(f"{collection}.BatteryPresent", tables.NO_BATTERY),
        Flag(f"{collection}.BelowRemainingCapacityLimit", tables.LOW_BATTERY),
        Flag(f"{collection}.Charging", tables.CHARGING),
        Flag(f"{collection}.CommunicationLost", tables.FAULT),
        Flag(f"{collection}.Discharging", tables.DISCHARGING),
        Flag(f"{collection}.NeedReplacement", tables.REPLACE_BATTERY),
        Flag(f"{collection}.Overload", tables.OVERLOAD),
        Flag(f"{collection}.RemainingTimeLimitExpired", tables.TIME_LIMIT_EXPIRED),
        Flag(f"{collection}.ShutdownImminent", tables.SHUTDOWN_IMMINENT),
    )


_STANDARD: tuple[Row, ...] = (
    *_status(f"{_SUMMARY}.PresentStatus"),
    *_status("UPS.PresentStatus"),
    Flag("UPS.PresentStatus.Boost", tables.BOOST),
    Flag("UPS.PresentStatus.Buck", tables.TRIM),
    # Voltage and ConfigVoltage of PowerSummary and Battery repeat those of the output
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity"),
    Var("battery.charge", "UPS.Battery.RemainingCapacity"),
    Var("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit"),
    Var("battery.charge.warning", f"{_SUMMARY}.WarningCapacityLimit"),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty"),
    Var("battery.mfr.date", "UPS.Battery.ManufacturerDate", tables.DATE, ONCE),
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING, ONCE),
    Var("ups.beeper.status", f"{_SUMMARY}.AudibleAlarmControl", BEEPER),
    Var("ups.beeper.status", "UPS.AudibleAlarmControl", BEEPER),
    Var("ups.load", "UPS.Output.PercentLoad"),
    Var("ups.date", f"{_SUMMARY}.ManufacturerDate", tables.DATE, ONCE),
    Var("ups.test.result", "UPS.Battery.Test", tables.TEST_RESULT),
    Own("ups.delay.start", f"{_SUMMARY}.DelayBeforeStartup", "60", length=8),
    Var("ups.timer.start", f"{_SUMMARY}.DelayBeforeStartup", STARTUP),
    Own("ups.delay.shutdown", f"{_SUMMARY}.DelayBeforeShutdown", tables.OFFDELAY, length=8),
    Var("ups.timer.shutdown", f"{_SUMMARY}.DelayBeforeShutdown", SHUTDOWN, QUICK),
    Own("ups.delay.shutdown", f"{_SUMMARY}.PCMDelayBeforeShutdown", tables.OFFDELAY, length=8),
    Var("ups.timer.shutdown", f"{_SUMMARY}.PCMDelayBeforeShutdown", SHUTDOWN, QUICK),
    Var("input.voltage", "UPS.Input.Voltage", "%.1f"),
    Var("input.voltage.nominal", "UPS.Input.ConfigVoltage", poll=ONCE),
    Var("input.frequency", "UPS.Input.Frequency", "%.1f"),
    Var("output.voltage", "UPS.Output.Voltage", "%.1f"),
    Var("output.voltage.nominal", "UPS.Output.ConfigVoltage", poll=ONCE),
    Var("output.frequency", "UPS.Output.Frequency", "%.1f"),
    Command("beeper.toggle", f"{_SUMMARY}.AudibleAlarmControl", "1"),
    Command("beeper.enable", f"{_SUMMARY}.AudibleAlarmControl", "1"),
    Command("beeper.disable", f"{_SUMMARY}.AudibleAlarmControl", "0"),
    Command("test.battery.start.quick", "UPS.Battery.Test", "1"),
    Command("load.on.delay", f"{_SUMMARY}.DelayBeforeStartup", "", STARTUP),
    Command("shutdown.return", f"{_SUMMARY}.DelayBeforeShutdown", "", SHUTDOWN),
    Command("shutdown.stayoff", f"{_SUMMARY}.DelayBeforeShutdown", "", STAY_OFF),
    Command("load.on", f"{_SUMMARY}.PCMDelayBeforeStartup", "0", STARTUP),
    Command("load.off", f"{_SUMMARY}.PCMDelayBeforeShutdown", "0", STAY_OFF),
    Command("shutdown.return", f"{_SUMMARY}.PCMDelayBeforeShutdown", "", SHUTDOWN),
    Command("shutdown.stayoff", f"{_SUMMARY}.PCMDelayBeforeShutdown", "", STAY_OFF),
)
_OWN_PAGE: tuple[Row, ...] = (
    Var("ups.serial", f"{_OWN}.PowercomSerialNumber", tables.SERIAL),
    Var("ups.mfr", f"{_OWN}.PowercomManufacturerName", MAKER),
    Var("ups.mfr.date", f"{_OWN}.PowercomManufacturerDate", tables.DATE),
    Var("battery.temperature", f"{_BATTERY}.PowercomTemperature"),
    Var("battery.temperature", "UPS.Battery.Temperature", "%.1f"),
    Var("battery.charge", f"{_BATTERY}.PowercomVoltage"),
    Var("input.frequency", f"{_IN}.PowercomFrequency"),
    Var("input.voltage", f"{_IN}.PowercomVoltage", FOURFOLD),
    Var("output.voltage", f"{_OUT}.PowercomVoltage", FOURFOLD),
    Var("ups.load", f"{_OUT}.PowercomPercentLoad"),
    Flag(_STATE, bit(0x01, Sign.FAN_FAILED), QUICK),
    Flag(_STATE, bit(0x02, Sign.REPLACE_BATTERY), QUICK),
    Flag(_STATE, bit(0x04, Sign.CALIBRATING), QUICK),
    Flag(_STATE, bit(0x10, Sign.SHUTDOWN_IMMINENT), QUICK),
    Flag(_LINE, no_bit(0x01, Sign.ONLINE), QUICK),
    Flag(_LINE, bit(0x02, Sign.LOW_BATTERY), QUICK),
    Flag(_LINE, Bits(0x18, 0x08, Sign.TRIM), QUICK),
    Flag(_LINE, Bits(0x18, 0x18, Sign.BOOST), QUICK),
    Flag(_LINE, bit(0x20, Sign.OVERLOAD), QUICK),
    Var("output.frequency", f"{_OUT}.PowercomFrequency"),
    Var("ups.test.result", f"{_CONVERTER}.PowercomTest", tables.TEST_RESULT),
    Var("ups.delay.shutdown", f"{_CONVERTER}.PowercomDelayBeforeShutdown"),
    Var("ups.delay.start", f"{_CONVERTER}.PowercomDelayBeforeStartup"),
    Command("load.off", f"{_CONVERTER}.PowercomDelayBeforeShutdown", "0"),
)
ROWS: tuple[Row, ...] = (*_STANDARD, *_OWN_PAGE)

VENDOR = Vendor(
    "PowerCOM HID",
    (
        Match(0x0D9F, 0x00A2),  # Imperial
        Match(0x0D9F, 0x00A3),  # Smart King Pro
        Match(0x0D9F, 0x00A4),  # WOW
        Match(0x0D9F, 0x00A5),  # Vanguard
        Match(0x0D9F, 0x00A6),  # Black Knight Pro
        Match(0x0D9F, 0x0004),  # Vanguard, BNT-xxxAP
        Match(0x0D9F, 0x0001, interruptonly=True, interruptsize=8),
        Match(0x0D9F, only_if=lambda identity: identity.product_id != 0x0002),
    ),
    ROWS,
    USAGES,
    mfr=lambda identity: identity.vendor or "PowerCOM",
)
