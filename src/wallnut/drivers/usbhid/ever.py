"""EVER: Sinline, ECO and other models on USB.

Source: NUT's drivers/ever-hid.c (usages, usage paths, ids, what values mean). Proved with a simulated device. Names
that begin with experimental. are NUT's, too; numbers of collections, and the network card's addresses and counters, are
left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.rows import QUICK, Command, Convert, Flag, Match, Own, Row, Sign, Var, Vendor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallnut.drivers.usbhid.rows import Change, Device

_MODES = ("UNKNOWN", "STOP", "ONLINE", "ONBATTERY", "WATCH", "WAITING", "EMERGENCY")
_MESSAGES = {
    0: "OVERLOAD",
    1: "BATTERY_LOW",
    2: "BOOST",
    3: "BUCK",
    4: "BOOST_BLOCKED",
    5: "BUCK_BLOCKED",
    6: "CHARGING",
    7: "FAN_ON",
    8: "EPO_BLOCKED",
    9: "NEED_REPLACMENT",
    10: "OVERHEAT",
    11: "OVERHEAT_2",
    12: "WAITING_FOR_MIN_CHARGE",
}
_ALARMS = {
    0: "OVERLOAD",
    1: "SHORT-CIRCUIT",
    2: "OVERHEAT",
    3: "OVERHEAT_2",
    4: "EPO",
    5: "INERNAL_ERROR",
    6: "REVERSE_POWER_SUPPLY",
    7: "NO_INETERNAL_COMM",
    8: "CRITICAL_BATT_VOLTAGE",
}
_CODES = {
    "InverterFirmware": 0x11,
    "InterfacesFirmware": 0x12,
    "Hardware": 0x13,
    "InverterProtocol": 0x14,
    "InterfacesProtocol": 0x15,
    "Messages": 0x16,
    **{f"Message{at}": 0x17 + at for at in range(9)},
    **{f"Message{9 + at}": 0x20 + at for at in range(4)},
    "Alarms": 0x30,
    **{f"Alarm{at}": 0x31 + at for at in range(9)},
    "HeatsinkTemperature": 0x40,
    "BatteryTemperature": 0x41,
    "PowerFactor": 0x42,
    "Controls": 0x43,
    "UpsOn": 0x44,
    "ClearFault": 0x45,
    "ClearBatteryFault": 0x46,
    "Switches": 0x50,
    "EpoBlocked": 0x51,
    "GreenMode": 0x52,
    "ButtonSound": 0x53,
    "AudibleAlarm": 0x54,
    "OutputVoltage": 0x60,
    "OverloadClearance": 0x66,
    "StandbyCharge": 0x67,
    "ExternalPacks": 0x68,
    **{
        name: 0x69 + at
        for at, name in enumerate(("MainsLosses", "AvrDowns", "AvrUps", "Overloads", "ShortCircuits", "Discharges"))
    },
    "Overheats": 0x6F,
    "MainsTime": 0x70,
    "BatteryTime": 0x71,
    "OverloadTime": 0x72,
    "Workmode": 0x90,
    **{f"Mode{at}": 0x91 + at for at in range(7)},
}
USAGES = {"Ever": 0x00000000, **{f"Ever{name}": 0xFF000000 | c for name, c in _CODES.items()}}

_EVER = "UPS.Ever"
_SUMMARY = "UPS.PowerSummary"
_STATUS = "UPS.PowerSummary.PresentStatus"
_OUTLET = "UPS.OutletSystem.Outlet"
_CONVERTER = "UPS.PowerConverter"


def _mode_path(at: int) -> str:
    return f"{_EVER}.EverWorkmode.EverMode{at}"


def _said(words: Iterable[tuple[str, str]], device: Device) -> str:
    """The words whose usage says 1."""
    return " ".join(dict.fromkeys(word.removesuffix("_2") for path, word in words if device.value(path)))


def _workmode(value: float, device: Device) -> str:
    return _said(((_mode_path(at), word) for at, word in enumerate(_MODES)), device) or "UNKNOWN"


def _messages(value: float, device: Device) -> str:
    """All but OVERLOAD and BATTERY_LOW, which are in ups.status."""
    shown = ((f"{_EVER}.EverMessages.EverMessage{at}", word) for at, word in _MESSAGES.items() if at > 1)
    return _said(shown, device)


def _alarms(value: float, device: Device) -> str:
    return _said(((f"{_EVER}.EverAlarms.EverAlarm{at}", word) for at, word in _ALARMS.items()), device)


class _OffByMode:
    """The output is on in the modes ONLINE and ONBATTERY."""

    def __call__(self, value: float, device: Device) -> Iterable[Change]:
        on = device.value(_mode_path(2)) or device.value(_mode_path(3))
        return ((Sign.OFF, not on),)


def _hardware(value: float, device: Device) -> str | None:
    number = int(value)
    letter = number >> 8 & 0xFF
    if letter > 26:
        return None
    return f"rev.{chr(64 + letter) if letter else '0'}v{number & 0xFF:02d}"


VERSION = Convert(
    lambda value, device: f"v{int(value) >> 12 & 0xF:X}.{int(value) >> 8 & 0xF:X}b{int(value) & 0xFF:02d}"
)
HARDWARE, WORKMODE, MESSAGES, ALARMS = Convert(_hardware), Convert(_workmode), Convert(_messages), Convert(_alarms)


def _message(at: int) -> str:
    return f"{_EVER}.EverMessages.EverMessage{at}"


def _control(name: str, path: str) -> Var:
    return Var(f"experimental.control.{name}", f"{_EVER}.{path}", length=10)


_ABOUT: tuple[Row, ...] = (
    Var("experimental.id.firmware_version_inverter", f"{_EVER}.EverInverterFirmware", VERSION),
    Var("experimental.id.firmware_version_interfaces", f"{_EVER}.EverInterfacesFirmware", VERSION),
    Var("experimental.id.hardware_version", f"{_EVER}.EverHardware", HARDWARE),
    Var("experimental.id.protocol_version_inverter", f"{_EVER}.EverInverterProtocol", VERSION),
    Var("experimental.id.protocol_version_interfaces", f"{_EVER}.EverInterfacesProtocol", VERSION),
    Var("ups.temperature", f"{_EVER}.EverHeatsinkTemperature", tables.KELVIN),
    Var("battery.temperature", f"{_EVER}.EverBatteryTemperature", tables.KELVIN),
    Var("output.powerfactor", f"{_EVER}.EverPowerFactor"),
    _control("ups_on", "EverControls.EverUpsOn"),
    _control("clear_fault", "EverControls.EverClearFault"),
    _control("clear_battery_fault", "EverControls.EverClearBatteryFault"),
    _control("epo_blocked", "EverSwitches.EverEpoBlocked"),
    _control("green_mode", "EverSwitches.EverGreenMode"),
    _control("button_sound", "EverSwitches.EverButtonSound"),
    _control("audible_alarm", "EverSwitches.EverAudibleAlarm"),
    Var("output.voltage", f"{_EVER}.EverOutputVoltage", length=3),
    Var("experimental.config.overload_clearance_threshold", f"{_EVER}.EverOverloadClearance", length=2),
    Var("experimental.config.stb_charge", f"{_EVER}.EverStandbyCharge", length=2),
    Var("battery.packs.external", f"{_EVER}.EverExternalPacks", length=1),
    Var("experimental.statistics.mains_loss_counter", f"{_EVER}.EverMainsLosses"),
    Var("experimental.statistics.lowering_AVR_trigger_counter", f"{_EVER}.EverAvrDowns"),
    Var("experimental.statistics.rising_AVR_trigger_counter", f"{_EVER}.EverAvrUps"),
    Var("experimental.statistics.overload_counter", f"{_EVER}.EverOverloads"),
    Var("experimental.statistics.short_circuit_counter", f"{_EVER}.EverShortCircuits"),
    Var("experimental.statistics.discharge_counter", f"{_EVER}.EverDischarges"),
    Var("experimental.statistics.overheat_counter", f"{_EVER}.EverOverheats"),
    Var("experimental.statistics.mains_operation_time", f"{_EVER}.EverMainsTime"),
    Var("experimental.statistics.autonomous_operation_time", f"{_EVER}.EverBatteryTime"),
    Var("experimental.statistics.overload_operation_time", f"{_EVER}.EverOverloadTime"),
)
_POWER: tuple[Row, ...] = (
    Var("ups.realpower.nominal", "UPS.Flow.ConfigActivePower"),
    Var("ups.power.nominal", "UPS.Flow.ConfigApparentPower"),
    Var("output.frequency.nominal", "UPS.Flow.ConfigFrequency"),
    Var("output.voltage.nominal", "UPS.Flow.ConfigVoltage"),
    Var("outlet.1.id", f"{_OUTLET}.OutletID"),
    Var("outlet.1.switchable", f"{_OUTLET}.PresentStatus.Switchable", tables.YES_NO),
    Var("outlet.1.status", f"{_OUTLET}.PresentStatus.SwitchOn/Off", tables.ON_OFF),
    Var("input.frequency", f"{_CONVERTER}.Input.Frequency"),
    Var("input.voltage", f"{_CONVERTER}.Input.Voltage"),
    Var("ups.realpower", f"{_CONVERTER}.Output.ActivePower"),
    Var("ups.power", f"{_CONVERTER}.Output.ApparentPower"),
    Var("output.current", f"{_CONVERTER}.Output.Current"),
    Var("output.frequency", f"{_CONVERTER}.Output.Frequency"),
    Var("ups.load", f"{_CONVERTER}.Output.PercentLoad"),
    Var("output.voltage", f"{_CONVERTER}.Output.Voltage"),
    Own("ups.delay.shutdown", f"{_SUMMARY}.DelayBeforeShutdown", tables.OFFDELAY),
    Var("battery.capacity", f"{_SUMMARY}.DesignCapacity"),
    Var("battery.capacity", f"{_SUMMARY}.FullChargeCapacity"),
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING),
    Var("ups.load", f"{_SUMMARY}.PercentLoad"),
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity"),
    Var("battery.runtime.low", f"{_SUMMARY}.RemainingTimeLimit", length=10),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty"),
    Var("battery.voltage", f"{_SUMMARY}.Voltage"),
    Var("ups.timer.shutdown", f"{_SUMMARY}.DelayBeforeShutdown", poll=QUICK),
)
_FLAGS: tuple[Row, ...] = (
    Flag(f"{_STATUS}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_STATUS}.AwaitingPower", tables.AWAITING_POWER, QUICK),
    Flag(f"{_STATUS}.BatteryPresent", tables.NO_BATTERY),
    Flag(f"{_STATUS}.CommunicationLost", tables.FAULT),
    Flag(f"{_STATUS}.Discharging", tables.DISCHARGING, QUICK),
    Flag(f"{_STATUS}.NeedReplacement", tables.REPLACE_BATTERY),
    Flag(f"{_STATUS}.Overload", tables.OVERLOAD, QUICK),
    Flag(f"{_STATUS}.OverTemperature", tables.OVERHEAT),
    Flag(f"{_STATUS}.ShutdownImminent", tables.SHUTDOWN_IMMINENT),
    Flag(_message(0), tables.OVERLOAD),
    Flag(_message(1), tables.LOW_BATTERY),
    Flag(_message(2), tables.BOOST),
    Flag(_message(3), tables.TRIM),
    Flag(_message(6), tables.CHARGING),
    Flag(_message(9), tables.REPLACE_BATTERY),
    Flag(f"{_EVER}.EverAlarms.EverAlarm0", tables.OVERLOAD),
    Flag(f"{_EVER}.EverAlarms.EverAlarm7", tables.FAULT),
    Flag(_mode_path(4), _OffByMode()),
    Var("experimental.status.workmode", _mode_path(0), WORKMODE),
    Var("experimental.status.messages", _message(9), MESSAGES),
    Var("experimental.status.alarms", f"{_EVER}.EverAlarms.EverAlarm0", ALARMS),
    Command("load.off.delay", f"{_SUMMARY}.DelayBeforeShutdown", tables.OFFDELAY),
    Command("shutdown.return", f"{_SUMMARY}.DelayBeforeShutdown", tables.OFFDELAY),
)
ROWS: tuple[Row, ...] = (*_ABOUT, *_POWER, *_FLAGS)

VENDOR = Vendor(
    "Ever HID",
    (Match(0x0483, 0xA113), Match(0x2E51, 0xFFFF), Match(0x2E51, 0x0000), Match(0x2E51)),
    ROWS,
    USAGES,
    mfr=lambda identity: identity.vendor or "Ever",
)
