"""Mini-Box openUPS (firmware 1.4 and later) and openUPS2 on USB.

Source: NUT's drivers/openups-hid.c (usage paths, ids, scales, the thermistor's table). Proved beside C usbhid-ups with
a simulated device.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.bits import Nonzero
from wallnut.drivers.usbhid.rows import ONCE, QUICK, Convert, Flag, Match, Row, Sign, Var, Vendor

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.rows import Device

_OPENUPS, _OPENUPS2 = 0xD004, 0xD005
# volts in, volts out, amperes in, amperes out
_SCALES = {_OPENUPS: (3.545, 2.571, 0.08274, 1.6113), _OPENUPS2: (0.1, 0.1, 0.1, 0.1)}


def _scaled(which: int, form: str) -> Convert:
    def read(value: float, device: Device) -> str:
        return form % (value * _SCALES.get(device.identity.product_id, (1.0, 1.0, 1.0, 1.0))[which])

    return Convert(read)


_THERMISTOR = (
    *(0x31, 0x40, 0x53, 0x68, 0x82, 0xA0, 0xC3, 0xE9, 0x113, 0x13F, 0x16E, 0x19F, 0x1CF, 0x200, 0x22F, 0x25C, 0x286),
    *(0x2AE, 0x2D3, 0x2F4, 0x312, 0x32D, 0x345, 0x35A, 0x36D, 0x37E, 0x38C, 0x399, 0x3A5, 0x3AF, 0x3B7, 0x3BF, 0x3C6),
    0x3CC,
)
_COLDEST, _STEP = -40, 5
"""Degrees Celsius of the first entry, and from each to the next."""


def _temperature(value: float, device: Device) -> str:
    """Between two entries in proportion; the value is a hundredth of the table's."""
    raw = int(value * 100)
    at = bisect_right(_THERMISTOR, raw) - 1
    if at < 0:
        return str(_COLDEST)
    below = _COLDEST + _STEP * at
    if at == len(_THERMISTOR) - 1 or raw == _THERMISTOR[at]:
        return str(below)
    return f"{below + _STEP * (raw - _THERMISTOR[at]) / (_THERMISTOR[at + 1] - _THERMISTOR[at]):.2f}"


TEMPERATURE = Convert(_temperature)

_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"

ROWS: tuple[Row, ...] = (
    Var("ups.serial", f"{_SUMMARY}.iSerialNumber", tables.SERIAL),
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING, ONCE),
    Var("battery.mfr.date", f"{_SUMMARY}.iOEMInformation", tables.STRING, ONCE),
    Var("battery.voltage", f"{_SUMMARY}.Voltage", "%.2f", QUICK),
    Var("battery.current", f"{_SUMMARY}.Current", "%.3f", QUICK),
    Var("battery.capacity", f"{_SUMMARY}.DesignCapacity", poll=ONCE),
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity", poll=QUICK),
    Var("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit", poll=QUICK),
    Var("battery.charge.warning", f"{_SUMMARY}.WarningCapacityLimit"),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty", poll=QUICK),
    Var("battery.temperature", f"{_SUMMARY}.Temperature", TEMPERATURE, QUICK),
    Var("output.voltage", f"{_SUMMARY}.Output.Voltage", _scaled(1, "%.2f"), QUICK),
    Var("output.current", f"{_SUMMARY}.Output.Current", _scaled(3, "%.3f"), QUICK),
    Var("input.voltage", f"{_SUMMARY}.Input.Voltage", _scaled(0, "%.2f"), QUICK),
    Var("input.current", f"{_SUMMARY}.Input.Current", _scaled(2, "%.3f"), QUICK),
    Flag(f"{_STATUS}.Good", Nonzero(Sign.OFF, denied=True), QUICK),
    Flag(f"{_STATUS}.InternalFailure", tables.FAULT, QUICK),
    Flag(f"{_STATUS}.Overload", tables.OVERLOAD, QUICK),
    Flag(f"{_STATUS}.OverTemperature", tables.OVERHEAT, QUICK),
    Flag(f"{_STATUS}.ShutdownImminent", tables.SHUTDOWN_IMMINENT, QUICK),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_STATUS}.RemainingTimeLimitExpired", tables.TIME_LIMIT_EXPIRED, QUICK),
    Flag(f"{_STATUS}.Charging", Nonzero(Sign.CHARGING), QUICK),
    Flag(f"{_STATUS}.Discharging", Nonzero(Sign.DISCHARGING), QUICK),
    Flag(f"{_STATUS}.NeedReplacement", tables.REPLACE_BATTERY),
    Flag(f"{_STATUS}.ACPresent", Nonzero(Sign.ONLINE), QUICK),
    Flag(f"{_STATUS}.BatteryPresent", Nonzero(Sign.NO_BATTERY), QUICK),  # against the specification, as C has it
)

VENDOR = Vendor(
    "openUPS HID",
    (Match(0x04D8, _OPENUPS), Match(0x04D8, _OPENUPS2), Match(0x04D8)),
    ROWS,
    mfr=lambda identity: identity.vendor or "openUPS",
)
