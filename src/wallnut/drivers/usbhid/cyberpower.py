"""CyberPower: models on USB with the ids 0005, 0501 and 0601, those sold as Dynex and Cyber Energy too.

Source: NUT's drivers/cps-hid.c (usages, usage paths, ids, what is known to be wrong), usbhid-ups(8) (delays, pollfreq).
Proved beside C usbhid-ups with a simulated device.

Known to be wrong in these devices: the battery's voltage, by half as much again (0501); frequencies in tenths (0501);
bounds of voltages that are those of another field, or that were meant without a sign; a bound of the nominal power that
cuts it off; delays, which they round down to whole minutes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.generic import battery_tests, beeper_commands, delay_commands, delays
from wallnut.drivers.usbhid.rows import CHANGE, ONCE, QUICK, Convert, Flag, Lookup, Match, Row, Var, Vendor

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.descriptor import Descriptor, Field
    from wallnut.drivers.usbhid.rows import Device
    from wallnut.io.hid import Identity

USAGES = {"CPSFirmwareVersion": 0xFF0100D0, "CPSInputSensitivity": 0xFF010043}

OFFDELAY, ONDELAY = "60", "120"
_DOUBTFUL = 0x0501
"""The product whose battery voltages and frequencies need a second look."""
_TOO_HIGH = 1.4
"""Times the nominal voltage; above that it is half as much again as it should be."""


def _battery_voltage(value: float, device: Device) -> str:
    """The first value that can be compared with the nominal voltage decides for all."""
    scale = device.memory.get("battery scale", 0.0)
    if not scale and device.identity.product_id == _DOUBTFUL:
        nominal = _number(device.variable("battery.voltage.nominal"))
        if nominal:
            scale = 2 / 3 if value / nominal > _TOO_HIGH else 1.0
            device.memory["battery scale"] = scale
    return f"{(scale or 1.0) * value:.1f}"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _frequency(value: float, device: Device) -> str:
    tenths = device.identity.product_id == _DOUBTFUL and 450 <= value <= 650
    return f"{value / 10 if tenths else value:.1f}"


BATTERY_VOLTAGE = Convert(_battery_voltage)
FREQUENCY = Convert(_frequency)
CHARGE = Convert(lambda value, device: f"{min(value, 100.0):.0f}")
PERCENT = Convert(lambda value, device: f"{value:.0f}%")
SENSITIVITY = Lookup(((0, "low"), (1, "normal"), (2, "high")))

_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"


def _settable(name: str, path: str) -> Var:
    return Var(name, path, poll=CHANGE, length=10)


ROWS: tuple[Row, ...] = (
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING),
    Var("battery.mfr.date", "UPS.Battery.ManufacturerDate", tables.DATE, CHANGE, length=10),
    Var("battery.mfr.date", f"{_SUMMARY}.iOEMInformation", tables.STRING),
    Var("battery.charge.warning", f"{_SUMMARY}.WarningCapacityLimit"),
    _settable("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit"),
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity", CHARGE),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty"),
    _settable("battery.runtime.low", f"{_SUMMARY}.RemainingTimeLimit"),
    Var("battery.voltage.nominal", f"{_SUMMARY}.ConfigVoltage"),
    Var("battery.voltage", f"{_SUMMARY}.Voltage", BATTERY_VOLTAGE),
    Var("battery.status", f"{_SUMMARY}.FullChargeCapacity", PERCENT),
    Var("ups.load", "UPS.Output.PercentLoad"),
    Var("ups.beeper.status", f"{_SUMMARY}.AudibleAlarmControl", tables.BEEPER),
    Var("ups.test.result", "UPS.Output.Test", tables.TEST_RESULT),
    Var("ups.power", "UPS.Output.ApparentPower"),
    Var("ups.power.nominal", "UPS.Output.ConfigApparentPower"),
    Var("ups.realpower", "UPS.Output.ActivePower"),
    Var("ups.realpower.nominal", "UPS.Output.ConfigActivePower"),
    *delays("UPS.Output", on=ONDELAY, off=OFFDELAY),
    Var("ups.firmware", f"{_SUMMARY}.CPSFirmwareVersion", tables.STRING, ONCE),
    Var("ups.temperature", f"{_SUMMARY}.Temperature", tables.KELVIN),
    Flag(f"{_STATUS}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.Charging", tables.CHARGING, QUICK),
    Flag(f"{_STATUS}.Discharging", tables.DISCHARGING, QUICK),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_STATUS}.FullyCharged", tables.FULLY_CHARGED),
    Flag(f"{_STATUS}.RemainingTimeLimitExpired", tables.TIME_LIMIT_EXPIRED),
    Flag("UPS.Output.Boost", tables.BOOST),
    Flag("UPS.Output.Overload", tables.OVERLOAD),
    Var("input.frequency", "UPS.Input.Frequency", FREQUENCY),
    Var("input.voltage.nominal", "UPS.Input.ConfigVoltage"),
    Var("input.voltage", "UPS.Input.Voltage", "%.1f"),
    _settable("input.transfer.low", "UPS.Input.LowVoltageTransfer"),
    _settable("input.transfer.high", "UPS.Input.HighVoltageTransfer"),
    _settable("input.transfer.low", "UPS.Output.LowVoltageTransfer"),  # CP1350EPFCLCD
    _settable("input.transfer.high", "UPS.Output.HighVoltageTransfer"),
    Var("input.sensitivity", "UPS.Output.CPSInputSensitivity", SENSITIVITY, CHANGE, length=10, enum=True),
    Var("output.frequency", "UPS.Output.Frequency", FREQUENCY),
    Var("output.voltage", "UPS.Output.Voltage", "%.1f"),
    Var("output.voltage.nominal", "UPS.Output.ConfigVoltage"),
    *battery_tests("UPS.Output.Test"),
    *delay_commands("UPS.Output", on=ONDELAY, off=OFFDELAY),
    *beeper_commands(f"{_SUMMARY}.AudibleAlarmControl"),
)

_VOLTAGE, _HIGH_TRANSFER, _NOMINAL_POWER = 0x00840030, 0x00840054, 0x00840044
_INPUT_REPORT, _TRANSFER_REPORT, _OUTPUT_REPORT, _POWER_REPORT = 0x0F, 0x10, 0x12, 0x18
HIGHEST_VOLTAGE = 511
HIGHEST_POWER = 2048
_UNSIGNED = (0xFF, 0xFFFF)
"""Bounds that say nothing: all bits set, meant without a sign or not meant at all."""


def _fix(identity: Identity, layout: Descriptor) -> Descriptor:
    """Bounds that would cut values off."""
    if (identity.vendor_id, identity.product_id) not in ((0x0764, 0x0501), (0x0764, 0x0601)):
        return layout
    transfer = _field(layout, _TRANSFER_REPORT, _HIGH_TRANSFER)
    voltages = (_field(layout, _OUTPUT_REPORT, _VOLTAGE), _field(layout, _INPUT_REPORT, _VOLTAGE))
    if transfer and voltages[0] and voltages[0].logical == transfer.logical:
        for voltage in voltages:
            if voltage and voltage.logical == transfer.logical:
                layout = layout.mended(voltage, logical=(0, HIGHEST_VOLTAGE))
    for report in (_OUTPUT_REPORT, _INPUT_REPORT):
        voltage = _field(layout, report, _VOLTAGE)
        if voltage and voltage.logical[0] >= 0 and voltage.logical[1] in _UNSIGNED:
            highest = min(max(voltage.logical[1], HIGHEST_VOLTAGE), (1 << voltage.size) - 1)
            layout = layout.mended(voltage, logical=(voltage.logical[0], highest))
    power = _field(layout, _POWER_REPORT, _NOMINAL_POWER)
    if power and power.logical[1] < HIGHEST_POWER:
        layout = layout.mended(power, logical=(power.logical[0], HIGHEST_POWER))
    return layout


def _field(layout: Descriptor, report: int, usage: int) -> Field | None:
    """The first field of a report that has the usage."""
    return next((one for one in layout.fields if one.report.id == report and one.path[-1] == usage), None)


VENDOR = Vendor(
    "CyberPower HID",
    (
        Match(0x0764, 0x0005),  # 900AVR, BC900D
        Match(0x0764, 0x0501),  # CP1200AVR, CP825AVR-G, CP1000PFCLCD, CP1500C, CP550HG, Dynex DX-800U...
        Match(0x0764, 0x0601),  # OR2200LCDRM2U, OR700LCDRM1U, PR6000LCDRTXL5U, CP1350EPFCLCD
        Match(0x0483, 0xA430),  # Cyber Energy
        Match(0x0764),
    ),
    ROWS,
    USAGES,
    mfr=lambda identity: identity.vendor or "CPS",
    fix=_fix,
    pollfreq=12,
    notice="CyberPower devices round delays down to whole minutes; where the interrupt pipe fails, set pollonly",
)
