"""APC (Schneider Electric): Back-UPS, Smart-UPS and other models on USB, and the AP9584 USB kit.

Source: NUT's drivers/apc-hid.c (usages, usage paths, ids, what values mean). Proved beside C usbhid-ups with the
descriptor and reports of a Back-UPS ES 850G2.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wallnut.drivers.usbhid import tables, usages
from wallnut.drivers.usbhid.descriptor import Kind
from wallnut.drivers.usbhid.generic import battery_tests, beeper_commands, delay_commands, delays, first_of
from wallnut.drivers.usbhid.rows import (
    CHANGE,
    QUICK,
    Command,
    Convert,
    Flag,
    Lookup,
    Match,
    Means,
    Row,
    Sign,
    Var,
    Vendor,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wallnut.drivers.usbhid.descriptor import Descriptor
    from wallnut.drivers.usbhid.rows import Device
    from wallnut.io.hid import Identity

USAGES = {
    "APCGeneralCollection": 0xFF860005,
    "APCEnvironment": 0xFF860006,
    "APCProbe1": 0xFF860007,
    "APCProbe2": 0xFF860008,
    "APCBattReplaceDate": 0xFF860016,
    "APCBattCapBeforeStartup": 0xFF860019,
    "APC_UPS_FirmwareRevision": 0xFF860042,
    "APCLineFailCause": 0xFF860052,
    "APCStatusFlag": 0xFF860060,
    "APCSensitivity": 0xFF860061,
    "APCPanelTest": 0xFF860072,
    "APCShutdownAfterDelay": 0xFF860076,
    "APC_USB_FirmwareRevision": 0xFF860079,
    "APCDelayBeforeReboot": 0xFF86007C,
    "APCDelayBeforeShutdown": 0xFF86007D,
    "APCDelayBeforeStartup": 0xFF86007E,
    "BUPHibernate": 0x00850058,
    "BUPBattCapBeforeStartup": 0x00860012,
    "BUPDelayBeforeStartup": 0x00860076,
    "BUPSelfTest": 0x00860010,
}


def _date(value: float, device: Device) -> str:
    """0x102202 is October 22, 2002: decimal digits in hexadecimal places."""
    number = int(value)
    if not number:
        return "not set"
    month, day, year = (10 * (number >> at + 4 & 15) + (number >> at & 15) for at in (16, 8, 0))
    return f"{year + (1900 if year >= 70 else 2000):04d}/{month:02d}/{day:02d}"


DATE = Convert(_date)
SENSITIVITY = Lookup(((0, "low"), (1, "medium"), (2, "high")))
RUNNING = Means(((8, (Sign.OFF, False)), (16, (Sign.OFF, False)), (0, (Sign.OFF, True))))
"""Seen on a Back-UPS LS 500: 8 in normal operation, 16 for a moment when it is switched on."""


def _caused(number: int, voltage: bool, frequency: bool) -> tuple[tuple[int, tuple[Sign, bool]], ...]:
    return ((number, (Sign.VOLTAGE_RANGE, voltage)), (number, (Sign.FREQUENCY_RANGE, frequency)))


LINE_FAIL_CAUSE = Means(
    (
        *_caused(0, False, False),  # none yet
        *_caused(1, True, False),  # low
        *_caused(2, True, False),  # high
        *_caused(4, True, False),  # notch, spike or blackout
        *_caused(8, True, False),  # notch or blackout
        *_caused(9, True, False),  # spike or blackout
        *_caused(7, False, True),
    )
)
"""Why it was last on battery. Other causes, such as a test, are none of the line's, and leave it as it is."""

_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"
_APC = "UPS.APCGeneralCollection"


def _settable(name: str, path: str) -> Var:
    return Var(name, path, poll=CHANGE, length=10)


ROWS: tuple[Row, ...] = (
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity"),
    _settable("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit"),
    Var("battery.charge.warning", f"{_SUMMARY}.WarningCapacityLimit"),
    *first_of("battery.runtime", "%.0f", "UPS.Battery.RunTimeToEmpty", f"{_SUMMARY}.RunTimeToEmpty"),
    _settable("battery.runtime.low", "UPS.Battery.RemainingTimeLimit"),
    _settable("battery.runtime.low", f"{_SUMMARY}.RemainingTimeLimit"),
    *first_of("battery.voltage", "%.1f", "UPS.Battery.Voltage", f"{_SUMMARY}.Voltage"),
    *first_of("battery.voltage.nominal", "%.1f", "UPS.Battery.ConfigVoltage", f"{_SUMMARY}.ConfigVoltage"),
    Var("battery.temperature", "UPS.Battery.Temperature", tables.KELVIN),
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING),
    Var("battery.mfr.date", "UPS.Battery.ManufacturerDate", tables.DATE, CHANGE, length=10),
    Var("battery.mfr.date", f"{_SUMMARY}.APCBattReplaceDate", DATE),  # Back-UPS 500, Back-UPS ES, CyberFort 500
    Var("battery.date", "UPS.Battery.APCBattReplaceDate", DATE),
    Var("ups.load", "UPS.Output.PercentLoad", "%.1f"),
    Var("ups.load", "UPS.PowerConverter.PercentLoad"),
    *delays(_SUMMARY),
    *delays("UPS.Output"),  # Smart-UPS RM
    *delays(_APC, "APC"),  # Back-UPS ES
    Var("ups.test.result", "UPS.Battery.Test", tables.TEST_RESULT),
    Var("ups.beeper.status", f"{_SUMMARY}.AudibleAlarmControl", tables.BEEPER),
    *first_of("ups.mfr.date", tables.DATE, "UPS.ManufacturerDate", f"{_SUMMARY}.ManufacturerDate"),
    *first_of("ups.realpower.nominal", "%.0f", "UPS.PowerConverter.ConfigActivePower", "UPS.Output.ConfigActivePower"),
    Flag(f"{_STATUS}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.Discharging", tables.DISCHARGING, QUICK),
    Flag(f"{_STATUS}.Charging", tables.CHARGING, QUICK),
    Flag(f"{_STATUS}.ShutdownImminent", tables.SHUTDOWN_IMMINENT),
    Flag(f"{_STATUS}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_STATUS}.Overload", tables.OVERLOAD),
    Flag(f"{_STATUS}.NeedReplacement", tables.REPLACE_BATTERY),
    Flag(f"{_STATUS}.RemainingTimeLimitExpired", tables.TIME_LIMIT_EXPIRED),
    Flag(f"{_STATUS}.BatteryPresent", tables.NO_BATTERY),
    # Back-UPS 500
    Flag(f"{_SUMMARY}.Charging", tables.CHARGING, QUICK),
    Flag(f"{_SUMMARY}.Discharging", tables.DISCHARGING, QUICK),
    Flag(f"{_SUMMARY}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_SUMMARY}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_SUMMARY}.ShutdownImminent", tables.SHUTDOWN_IMMINENT),
    Flag(f"{_SUMMARY}.APCStatusFlag", RUNNING, QUICK),  # Back-UPS LS 500
    Flag("UPS.Input.APCLineFailCause", LINE_FAIL_CAUSE),
    Var("input.voltage", "UPS.Input.Voltage", "%.1f"),
    Var("input.voltage.nominal", "UPS.Input.ConfigVoltage"),
    _settable("input.transfer.low", "UPS.Output.LowVoltageTransfer"),
    _settable("input.transfer.high", "UPS.Output.HighVoltageTransfer"),
    _settable("input.transfer.low", "UPS.Input.LowVoltageTransfer"),  # Back-UPS RS
    _settable("input.transfer.high", "UPS.Input.HighVoltageTransfer"),
    Var("input.sensitivity", "UPS.Input.APCSensitivity", SENSITIVITY, CHANGE, length=10),
    Var("output.voltage", "UPS.Output.Voltage", "%.1f"),
    Var("output.voltage.nominal", "UPS.Output.ConfigVoltage", "%.1f"),
    Var("output.current", "UPS.Output.Current", "%.2f"),
    Var("output.frequency", "UPS.Output.Frequency", "%.1f"),
    Var("ambient.temperature", "UPS.APCEnvironment.APCProbe1.Temperature", tables.KELVIN),
    Var("ambient.humidity", "UPS.APCEnvironment.APCProbe1.Humidity", "%.1f"),
    *battery_tests("UPS.BatterySystem.Battery.Test"),
    *battery_tests("UPS.Battery.Test"),  # Back-UPS RS
    Command("test.panel.start", "UPS.APCPanelTest", "1"),
    Command("test.panel.stop", "UPS.APCPanelTest", "0"),
    Command("test.panel.start", f"{_SUMMARY}.APCPanelTest", "1"),  # Back-UPS 500
    Command("test.panel.stop", f"{_SUMMARY}.APCPanelTest", "0"),
    *delay_commands(_SUMMARY),
    *delay_commands("UPS.Output"),
    *delay_commands(_APC, "APC"),
    Command("shutdown.return", "UPS.Output.APCDelayBeforeReboot", "1"),  # Back-UPS CS
    *beeper_commands(f"{_SUMMARY}.AudibleAlarmControl"),
)


def _parts(identity: Identity) -> tuple[str, str, str]:
    """Model, firmware and USB firmware, out of "Back-UPS ES 850G2 FW:938.a2 .I USB FW:a2"."""
    model, _, firmware = (identity.product or "unknown").partition("FW:")
    firmware, _, aux = firmware.partition("USB FW:")
    return model.strip(), firmware.strip(), aux.strip()


def _firmware(identity: Identity) -> Mapping[str, str]:
    _, firmware, aux = _parts(identity)
    named = {"ups.firmware": firmware, "ups.firmware.aux": aux}
    return {name: text for name, text in named.items() if text}


def _asks_for_more(identity: Identity) -> bool:
    """Models that send more of some reports than their descriptor says: 0x0c (ES 525), 0x46 (CS 650)."""
    return identity.product.startswith(("Back-UPS ES 525", "Back-UPS CS"))


_WOLVES = re.compile(r"(^|.* )(BX.*MI|BVK.*M2|BK.*M2[-_]CH)")
"""Models that say LB and RB for a second or two now and then."""


def _cries_wolf(identity: Identity) -> bool:
    return identity.vendor in ("APC", "American Power Conversion") and bool(_WOLVES.fullmatch(identity.product))


_HIGH = usages.parse("UPS.Input.HighVoltageTransfer")
_VOLTAGES = {usages.parse("UPS.Input.Voltage"): 2, usages.parse("UPS.Input.ConfigVoltage"): 1}


def _widen(identity: Identity, layout: Descriptor) -> Descriptor:
    """Back-UPS XS 1400U, ES 850G2...: where they allow transfers at a higher voltage than they can say, they can say
    more."""
    high = layout.find(Kind.FEATURE, _HIGH)
    if high is None or identity.product_id != 0x0002:
        return layout
    for field in layout.fields:
        if field.path in _VOLTAGES and field.logical[1] < high.logical[1]:
            bound = max(255, high.logical[1] * _VOLTAGES[field.path])
            layout = layout.mended(field, logical=(0, min(bound, (1 << field.size) - 1)))
    return layout


VENDOR = Vendor(
    "APC HID",
    (
        Match(0x051D, 0x0000),  # AP9584
        Match(0x051D, 0x0002, only_if=_asks_for_more, maxreport=True),
        Match(0x051D, 0x0002, only_if=_cries_wolf, lbrb_delay=3.0),
        Match(0x051D, 0x0002),
        Match(0x051D, 0x0003, pollonly=True),  # the pipe speaks a protocol of APC's own
        Match(0x051D),
    ),
    ROWS,
    USAGES,
    mfr=lambda identity: identity.vendor or "APC",
    model=lambda identity: _parts(identity)[0],
    more=_firmware,
    fix=_widen,
)
