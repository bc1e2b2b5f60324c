"""Eaton and MGE: Ellipse, Protection Station, Evolution, 5P, 5PX, 5SC, 9E, 9SX, 9PX, Pulsar, Nova, Galaxy and others,
on USB and on serial lines (mge-shut); those that Dell, HP, IBM, Powerware, AEG and KSTAR sell under their own ids.

Source: NUT's drivers/mge-hid.c (usages, usage paths, ids, what values mean). Proved beside C usbhid-ups and C mge-shut
with simulated devices.

ABM: a charger that rests between charges. While it is enabled, what it says of itself decides on CHRG and DISCHRG; by
which of two paths, and so by which of two tables, differs with the model.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.eaton_models import Family, model
from wallnut.drivers.usbhid.eaton_usages import USAGES
from wallnut.drivers.usbhid.generic import battery_tests, delay_commands, delays
from wallnut.drivers.usbhid.rows import (
    CHANGE,
    ONCE,
    QUICK,
    Alarm,
    Command,
    Convert,
    Flag,
    Lookup,
    Match,
    Means,
    Own,
    Row,
    Show,
    Sign,
    Var,
    Vendor,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wallnut.drivers.usbhid.rows import Change, Device
    from wallnut.io.hid import Identity

_DELL = 0x047C
_EUROPE = 0

# --- the model


def _model_by_string(value: float, device: Device) -> str | None:
    kind = device.text(int(value))
    return _model(kind, device) if kind else None


def _model_by_power(value: float, device: Device) -> str | None:
    return _model(f"{value:.0f}", device)


def _model(kind: str, device: Device) -> str | None:
    """Name of the model, noting its family. Dell's product string is the name."""
    if device.identity.vendor_id == _DELL:
        return None
    family, name = model(device.identity.product or "unknown", kind)
    device.memory["family"] = float(family)
    return name


def _family(device: Device) -> int:
    return int(device.memory.get("family", Family.OTHER))


def _country(value: float, device: Device) -> None:
    device.memory["country"] = value


def _eco_control(device: Device) -> bool:
    """Models whose main outlet can switch the others off: Protection Station, Ellipse ECO, 3S outside of Europe."""
    if _family(device) == Family.THREE_S:
        return device.memory.get("country") != _EUROPE
    return _family(device) == Family.PEGASUS


# --- ABM


def _abm(value: float, device: Device) -> None:
    device.memory["abm"] = value


def _has_abm(device: Device) -> bool:
    return device.memory.get("abm") == 1


_MODE = {1: "charging", 2: "discharging", 3: "floating", 4: "resting", 6: "off"}
_STATUS = {1: "charging", 2: "floating", 3: "resting", 4: "discharging", 6: "off"}
_CHARGER_MODE = "UPS.BatterySystem.Charger.Mode"
_CHARGER_STATUS = "UPS.BatterySystem.Charger.Status"


def _charger(words: dict[int, str]) -> Convert:
    def read(value: float, device: Device) -> str | None:
        if _has_abm(device):
            return words.get(int(value))
        return "disabled" if device.variable("battery.charger.status") else None

    return Convert(read)


class _Charger:
    """CHRG and DISCHRG by ABM's charger. The path by Mode counts before the other, which some devices have as well."""

    def __init__(self, words: dict[int, str], unless: str = "") -> None:
        self._words, self._unless = words, unless

    def __call__(self, value: float, device: Device) -> Iterable[Change]:
        if not _has_abm(device) or (self._unless and device.value(self._unless) is not None):
            return ()
        word = self._words.get(int(value))
        return (
            (Sign.CHARGING, word in ("charging", "floating")),
            (Sign.DISCHARGING, word == "discharging"),
        )


class _Plain:
    """The flag of the specification, which counts where there is no ABM, or where it is disabled."""

    def __init__(self, sign: Sign) -> None:
        self._sign = sign

    def __call__(self, value: float, device: Device) -> Iterable[Change]:
        return () if _has_abm(device) else ((self._sign, int(value) == 1),)


# --- values


def _family_only(form: str, fixed: float | None = None) -> Convert:
    """Of a value that only some families mean; `fixed` is what it should be on an Evolution 650."""
    served = (Family.EVOLUTION, Family.EVOLUTION_650, Family.PULSAR_M, Family.FIVE_P, Family.NINE_E)

    def read(value: float, device: Device) -> str | None:
        family = _family(device)
        if family not in served:
            return None
        return form % (fixed if fixed is not None and family == Family.EVOLUTION_650 else value)

    return Convert(read)


def _local(form: str) -> Convert:
    """A time in seconds since 1970, of which one part is shown, and set while the other stays."""

    def read(value: float, device: Device) -> str | None:
        try:
            return time.strftime(form, time.localtime(value))
        except (ValueError, OverflowError, OSError):
            return None

    def write(text: str, device: Device) -> float | None:
        date, clock = (text, device.variable("ups.time")) if form == _DAY else (device.variable("ups.date"), text)
        try:
            return time.mktime(time.strptime(f"{date} {clock}", f"{_DAY} {_CLOCK}"))
        except (ValueError, OverflowError):
            return None

    return Convert(read, write)


_DAY, _CLOCK = "%Y/%m/%d", "%H:%M:%S"


def _estimate(value: float, device: Device) -> str | None:
    """Real power where the device does not say it: of load, nominal power and power factor."""
    try:
        load, nominal = float(device.variable("ups.load")), float(device.variable("ups.power.nominal"))
        factor = float(device.variable("output.powerfactor") or 0.8)
    except ValueError:
        return None
    return f"{int(load * 0.01 * nominal * factor + 0.5)}"


def _threshold(value: float, device: Device) -> str | None:
    return f"{value:.0f}" if _eco_control(device) else None


def _threshold_value(text: str, device: Device) -> float | None:
    return float(text) if _eco_control(device) and text in ("10", "25", "60") else None


def _eco_switch(value: float, device: Device) -> str | None:
    return ("yes" if value else "no") if _eco_control(device) else None


def _eco_switch_value(text: str, device: Device) -> float | None:
    return tables.YES_NO.write(text, device) if _eco_control(device) else None


class _ByInverter:
    """The mains by what feeds the converter, which means nothing while the output is off."""

    def __call__(self, value: float, device: Device) -> Iterable[Change]:
        return () if device.value(f"{_PRESENT}.Good") == 0 else ((Sign.ONLINE, bool(value)),)


COUNTRY, ABM = Convert(_country), Convert(_abm)
MODEL, MODEL_BY_POWER = Convert(_model_by_string), Convert(_model_by_power)
BATTERY_VOLTAGE, BATTERY_NOMINAL = _family_only("%.1f"), _family_only("%.0f", 12.0)
DATE, TIME = _local(_DAY), _local(_CLOCK)
REAL_POWER = Convert(_estimate)
THRESHOLD = Convert(_threshold, _threshold_value)
ECO_SWITCH = Convert(_eco_switch, _eco_switch_value)
AMPERE_HOURS = Convert(lambda value, device: f"{value / 3600:.2f}")
POWER_FACTOR = Convert(lambda value, device: f"{value / 100:.2f}")
CHARGER_TYPE = Lookup(
    (
        (0, "None"),
        (1, "Extended (CLA)"),
        (2, "Large extension"),
        (3, "Extra large extension (XL)"),
        (4, "ABM"),
        (5, "Constant Charge (CC)"),
    )
)
ENABLED = Lookup(((0, "disabled"), (1, "enabled")))
TYPE = Lookup(
    (
        (1, "offline / line interactive"),
        (2, "online"),
        (3, "online - unitary/parallel"),
        (4, "online - parallel with hot standy"),
        (5, "online - hot standby redundancy"),
    )
)
SENSITIVITY = Lookup(((0, "normal"), (1, "high"), (2, "low")))
LOW_VOLTAGES = Lookup(tuple((volts, str(volts)) for volts in (100, 110, 120, 127)))
HIGH_VOLTAGES = Lookup(tuple((volts, str(volts)) for volts in (200, 208, 220, 230, 240)))
ECO_CONTROLLED = Lookup(((0, "The outlet is not ECO controlled"), (1, "The outlet is ECO controlled")))
PROTECTED = Lookup(((0, "not powered"), (1, "not protected"), (2, "protected")))
ECO_MODE = Lookup(((0, "normal"), (1, "ECO"), (2, "ESS")))
BYPASS_ON, BYPASS_OFF = Lookup(((0, "disabled"), (1, "on"))), Lookup(((0, "disabled"), (1, "off")))
ON_BATTERY = Means(((1, (Sign.ONLINE, False)), (0, (Sign.ONLINE, True))))


def _alarm(text: str) -> Lookup:
    return Lookup(((1, text),))


# --- rows

_SUMMARY = "UPS.PowerSummary"
_PRESENT = "UPS.PowerSummary.PresentStatus"
_BATTERY = "UPS.BatterySystem.Battery"
_CHARGER = "UPS.BatterySystem.Charger"
_OUTPUT = "UPS.PowerConverter.Output"


def _input(number: int) -> str:
    return f"UPS.PowerConverter.Input.[{number}]"


def _set(name: str, path: str, show: Show = "%.0f", length: int = 5) -> Var:
    return Var(name, path, show, CHANGE, length)


def _phases(name: str, collection: str) -> tuple[Row, ...]:
    """Voltages and currents of a three-phase input or output."""
    phase = f"{collection}.Phase"
    return (
        *(Var(f"{name}.L{n}-N.voltage", f"{phase}.[{n}].Voltage", "%.1f") for n in (1, 2, 3)),
        *(Var(f"{name}.L{a}-L{b}.voltage", f"{phase}.[{a}{b}].Voltage", "%.1f") for a, b in ((1, 2), (2, 3), (3, 1))),
        *(Var(f"{name}.L{n}.current", f"{phase}.[{n}].Current", "%.1f") for n in (1, 2, 3)),
    )


def _powers(name: str, usage: str) -> tuple[Row, ...]:
    return tuple(Var(f"ups.L{n}.{name}", f"{_OUTPUT}.Phase.[{n}].{usage}") for n in (1, 2, 3))


def _outlet(number: int) -> tuple[Row, ...]:
    """An outlet group that can be switched (PowerShare); the first collection is the main outlet."""
    name, path = f"outlet.{number}", f"UPS.OutletSystem.Outlet.[{number + 1}]"
    return (
        Var(f"{name}.id", f"{path}.OutletID", poll=ONCE),
        Own(f"{name}.desc", f"{path}.OutletID", f"PowerShare Outlet {number}", length=20),
        *(_set("outlet.2.switchable", f"{path}.PresentStatus.Switchable", ECO_SWITCH, 3) for _ in range(number - 1)),
        Var(f"{name}.switchable", f"{path}.PresentStatus.Switchable", tables.YES_NO),
        Var(f"{name}.status", f"{path}.PresentStatus.SwitchOn/Off", tables.ON_OFF),
        Var(f"{name}.protect.status", f"{path}.Status", PROTECTED),
        Var(f"{name}.designator", f"{path}.iDesignator", tables.STRING, ONCE),
        # of offline models, with an outlet that the battery does not feed
        *(Var("outlet.1.status", f"{_PRESENT}.ACPresent", tables.ON_OFF) for _ in range(2 - number)),
        _set(f"{name}.autoswitch.charge.low", f"{path}.RemainingCapacityLimit", length=3),
        _set(f"{name}.delay.shutdown", f"{path}.ShutdownTimer"),
        _set(f"{name}.delay.start", f"{path}.StartupTimer"),
        Var(f"{name}.power", f"{path}.ApparentPower"),
        Var(f"{name}.realpower", f"{path}.ActivePower"),
        Var(f"{name}.current", f"{path}.Current", "%.2f"),
        Var(f"{name}.powerfactor", f"{path}.PowerFactor", "%.2f"),
        Var(f"{name}.ecocontrol", f"{path}.ECOControl", ECO_CONTROLLED, CHANGE),
        Command(f"{name}.load.off", f"{path}.DelayBeforeShutdown", "0"),
        Command(f"{name}.load.on", f"{path}.DelayBeforeStartup", "0"),
    )


_DEVICE: tuple[Row, ...] = (
    Var("ups.model", f"{_SUMMARY}.iModel", MODEL, ONCE),
    Var("ups.model", "UPS.Flow.[4].ConfigApparentPower", MODEL_BY_POWER, ONCE),
    Var("device.country", f"{_SUMMARY}.Country", COUNTRY, ONCE),
    Var("device.usb.version", "UPS.System.USB.iVersion", tables.STRING, ONCE),
)
_BATTERY_ROWS: tuple[Row, ...] = (
    Var("battery.charge", f"{_SUMMARY}.RemainingCapacity"),
    _set("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimitSetting"),
    Var("battery.charge.low", f"{_SUMMARY}.RemainingCapacityLimit", poll=ONCE),
    _set("battery.charge.restart", f"{_SUMMARY}.RestartLevel", length=3),
    Var("battery.capacity", f"{_BATTERY}.DesignCapacity", AMPERE_HOURS, ONCE),
    Var("battery.runtime", f"{_SUMMARY}.RunTimeToEmpty"),
    Var("battery.runtime.low", f"{_SUMMARY}.RemainingTimeLimit", length=10),
    Var("battery.runtime.elapsed", "UPS.StatisticSystem.Input.[1].Statistic.[1].Time", poll=QUICK),
    Var("battery.temperature", f"{_BATTERY}.Temperature", tables.KELVIN),
    Var("battery.type", f"{_SUMMARY}.iDeviceChemistry", tables.STRING, ONCE),
    Var("battery.voltage", "UPS.BatterySystem.Voltage", "%.1f"),
    Var("battery.voltage", f"{_SUMMARY}.Voltage", BATTERY_VOLTAGE),
    Var("battery.voltage.nominal", "UPS.BatterySystem.ConfigVoltage", poll=ONCE),
    Var("battery.voltage.nominal", f"{_SUMMARY}.ConfigVoltage", BATTERY_NOMINAL, ONCE),
    _set("battery.protection", f"{_BATTERY}.DeepDischargeProtection", tables.YES_NO),
    _set("battery.energysave", f"{_input(3)}.EnergySaving", tables.YES_NO),
    _set("battery.energysave.load", f"{_input(3)}.ConfigPercentLoad"),
    _set("battery.energysave.delay", f"{_input(3)}.EnergySaving.ShutdownTimer"),
    _set("battery.energysave.delay", f"{_input(3)}.ShutdownTimer"),
    _set("battery.energysave.realpower", f"{_input(3)}.ConfigActivePower"),
    Var("battery.charger.abm.status", f"{_CHARGER}.ABMEnable", ABM, QUICK),  # noted, not shown
    Var("battery.charger.status", _CHARGER_MODE, _charger(_MODE), QUICK),
    Var("battery.charger.status", _CHARGER_STATUS, _charger(_STATUS), QUICK),
    Var("battery.charger.type", f"{_CHARGER}.ChargerType", CHARGER_TYPE, QUICK),
)
_UPS: tuple[Row, ...] = (
    Var("ups.efficiency", f"{_OUTPUT}.Efficiency"),
    Var("ups.firmware", f"{_SUMMARY}.iVersion", tables.STRING, ONCE),
    Var("ups.load", f"{_SUMMARY}.PercentLoad"),
    _set("ups.load.high", "UPS.Flow.[4].ConfigPercentLoad"),
    *delays(_SUMMARY),
    Var("ups.test.result", f"{_BATTERY}.Test", tables.TEST_RESULT),
    _set("ups.test.interval", f"{_BATTERY}.TestPeriod", length=8),
    *(
        Var("ups.beeper.status", f"{collection}.AudibleAlarmControl", tables.BEEPER, CHANGE)
        for collection in (_BATTERY, _SUMMARY, "UPS")
    ),
    Var("ups.temperature", f"{_SUMMARY}.Temperature", tables.KELVIN),
    Var("ups.power", f"{_OUTPUT}.ApparentPower"),
    *_powers("power", "ApparentPower"),
    Var("ups.power.nominal", "UPS.Flow.[4].ConfigApparentPower", poll=ONCE),
    Var("ups.realpower", f"{_OUTPUT}.ActivePower"),
    Var("ups.realpower", "UPS.Flow.[4].ConfigApparentPower", REAL_POWER),
    *_powers("realpower", "ActivePower"),
    Var("ups.realpower.nominal", "UPS.Flow.[4].ConfigActivePower", poll=ONCE),
    _set("ups.start.auto", f"{_input(1)}.AutomaticRestart", tables.YES_NO),
    _set("ups.start.battery", f"{_input(3)}.StartOnBattery", tables.YES_NO),
    _set("ups.start.reboot", f"{_OUTPUT}.ForcedReboot", tables.YES_NO),
    Var("ups.shutdown", f"{_PRESENT}.Switchable", ENABLED, CHANGE, 10, enum=True),
    Var("ups.date", f"{_SUMMARY}.Time", DATE, length=10),
    Var("ups.time", f"{_SUMMARY}.Time", TIME, length=10),
    Var("ups.type", "UPS.PowerConverter.ConverterType", TYPE, ONCE),
)
_FLAGS: tuple[Row, ...] = (
    Flag(f"{_PRESENT}.ACPresent", tables.ONLINE, QUICK),
    Flag(f"{_input(3)}.PresentStatus.Used", ON_BATTERY),
    Flag(f"{_PRESENT}.Discharging", _Plain(Sign.DISCHARGING), QUICK),
    Flag(f"{_PRESENT}.Charging", _Plain(Sign.CHARGING), QUICK),
    Flag(_CHARGER_MODE, _Charger(_MODE), QUICK),
    Flag(_CHARGER_STATUS, _Charger(_STATUS, unless=_CHARGER_MODE), QUICK),
    Flag(f"{_PRESENT}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
    Flag(f"{_OUTPUT}.Overload.[1].PresentStatus.OverThreshold", tables.OVERLOAD),
    Flag(f"{_OUTPUT}.Overload.[2].PresentStatus.OverThreshold", tables.OVERLOAD),
    Flag(f"{_PRESENT}.Overload", tables.OVERLOAD),
    Flag(f"{_PRESENT}.NeedReplacement", tables.REPLACE_BATTERY),
    Flag("UPS.LCMSystem.LCMAlarm.[2].PresentStatus.TimerExpired", tables.REPLACE_BATTERY),
    Flag(f"{_input(1)}.PresentStatus.Buck", tables.TRIM),
    Flag(f"{_input(1)}.PresentStatus.Boost", tables.BOOST),
    Flag(f"{_input(1)}.PresentStatus.VoltageOutOfRange", tables.VOLTAGE_RANGE),
    Flag(f"{_input(1)}.PresentStatus.FrequencyOutOfRange", tables.FREQUENCY_RANGE),
    Flag(f"{_PRESENT}.Good", tables.OFF),
    Flag(f"{_input(1)}.PresentStatus.Used", _ByInverter()),
    Flag(f"{_input(2)}.PresentStatus.Used", tables.BYPASS_AUTO),
    Flag(f"{_input(4)}.PresentStatus.Used", tables.BYPASS_MANUAL),
    Flag(f"{_input(5)}.PresentStatus.Used", tables.ECO_MODE),
    Flag(f"{_PRESENT}.FanFailure", tables.FAN_FAILED),
    Flag(f"{_BATTERY}.PresentStatus.Present", tables.NO_BATTERY),
    Flag(f"{_CHARGER}.PresentStatus.InternalFailure", tables.CHARGER_FAILED),
    Flag(f"{_CHARGER}.PresentStatus.VoltageTooHigh", tables.BATTERY_VOLTAGE_HIGH),
    Flag(f"{_input(1)}.PresentStatus.VoltageTooHigh", tables.BATTERY_VOLTAGE_HIGH),
    Flag(f"{_BATTERY}.PresentStatus.VoltageTooHigh", tables.BATTERY_VOLTAGE_HIGH),
    Flag(f"{_CHARGER}.PresentStatus.VoltageTooLow", tables.BATTERY_VOLTAGE_LOW),
    Flag(f"{_input(1)}.PresentStatus.VoltageTooLow", ON_BATTERY),
    Flag(f"{_PRESENT}.InternalFailure", tables.FAULT),
    Flag(f"{_PRESENT}.OverTemperature", tables.OVERHEAT),
    Flag(f"{_PRESENT}.ShutdownImminent", tables.SHUTDOWN_IMMINENT),
    Alarm(f"{_PRESENT}.EmergencyStop", _alarm("Emergency stop!")),
    Alarm(f"{_input(1)}.PresentStatus.WiringFault", _alarm("Wiring fault!")),
    Alarm(f"{_PRESENT}.ConfigurationFailure", _alarm("Fatal EEPROM fault!")),
    Alarm("UPS.PowerConverter.Inverter.PresentStatus.VoltageTooHigh", _alarm("Inverter AC voltage too high!")),
    Alarm("UPS.PowerConverter.Inverter.PresentStatus.VoltageTooLow", _alarm("Inverter AC voltage too low!")),
    Alarm(f"{_OUTPUT}.PresentStatus.ShortCircuit", _alarm("Output short circuit!")),
)
_INPUT: tuple[Row, ...] = (
    Var("input.voltage", f"{_input(1)}.Voltage", "%.1f"),
    *_phases("input", _input(1)),
    Var("input.voltage.nominal", "UPS.Flow.[1].ConfigVoltage", poll=ONCE),
    Var("input.current", f"{_input(1)}.Current", "%.2f"),
    Var("input.current.nominal", "UPS.Flow.[1].ConfigCurrent", "%.2f", ONCE),
    Var("input.frequency", f"{_input(1)}.Frequency", "%.1f"),
    Var("input.frequency.nominal", "UPS.Flow.[1].ConfigFrequency", poll=ONCE),
    _set("input.transfer.low", f"{_OUTPUT}.LowVoltageTransfer"),
    _set("input.transfer.eco.low", f"{_OUTPUT}.LowVoltageEcoTransfer"),
    _set("input.transfer.bypass.low", f"{_OUTPUT}.LowVoltageBypassTransfer"),
    _set("input.transfer.boost.low", f"{_OUTPUT}.LowVoltageBoostTransfer"),
    _set("input.transfer.boost.high", f"{_OUTPUT}.HighVoltageBoostTransfer"),
    _set("input.transfer.trim.low", f"{_OUTPUT}.LowVoltageBuckTransfer"),
    _set("input.transfer.high", f"{_OUTPUT}.HighVoltageTransfer"),
    _set("input.transfer.eco.high", f"{_OUTPUT}.HighVoltageEcoTransfer"),
    _set("input.transfer.bypass.high", f"{_OUTPUT}.HighVoltageBypassTransfer"),
    _set("input.transfer.frequency.bypass.range", f"{_OUTPUT}.FrequencyRangeBypassTransfer"),
    _set("input.transfer.frequency.eco.range", f"{_OUTPUT}.FrequencyRangeEcoTransfer"),
    _set("input.transfer.hysteresis", f"{_OUTPUT}.HysteresisVoltageTransfer"),
    _set("input.transfer.bypass.forced", f"{_input(2)}.ForcedTransferEnable", ENABLED, 8),
    _set("input.transfer.bypass.overload", f"{_input(2)}.OverloadTransferEnable", ENABLED, 8),
    _set("input.transfer.bypass.outlimits", f"{_input(2)}.OutOfToleranceTransferEnable", ENABLED, 8),
    _set("input.transfer.trim.high", f"{_OUTPUT}.HighVoltageBuckTransfer"),
    _set("input.sensitivity", f"{_OUTPUT}.SensitivityMode", SENSITIVITY, 10),
    _set("input.voltage.extended", f"{_OUTPUT}.ExtendedVoltageMode", tables.YES_NO),
    _set("input.frequency.extended", f"{_OUTPUT}.ExtendedFrequencyMode", tables.YES_NO),
    Var("input.bypass.voltage", f"{_input(2)}.Voltage", "%.1f", QUICK),
    *_phases("input.bypass", _input(2)),
    Var("input.bypass.voltage.nominal", "UPS.Flow.[2].ConfigVoltage", poll=ONCE),
    Var("input.bypass.current", f"{_input(2)}.Current", "%.2f"),
    Var("input.bypass.current.nominal", "UPS.Flow.[2].ConfigCurrent", "%.2f", ONCE),
    Var("input.bypass.frequency", f"{_input(2)}.Frequency", "%.1f", QUICK),
    Var("input.bypass.frequency.nominal", "UPS.Flow.[2].ConfigFrequency", poll=ONCE),
    Var("input.bypass.switch.on", f"{_input(2)}.SwitchOnControl", BYPASS_ON, QUICK, 8),
    Var("input.bypass.switch.off", f"{_input(2)}.SwitchOffControl", BYPASS_OFF, QUICK, 12),
    _set("input.bypass.switchable", f"{_input(2)}.Switchable", ENABLED, 8),
    Var("input.eco.switchable", f"{_input(5)}.Switchable", ECO_MODE, QUICK, 8),
)
_OUTPUT_ROWS: tuple[Row, ...] = (
    Var("output.voltage", f"{_OUTPUT}.Voltage", "%.1f"),
    *_phases("output", _OUTPUT),
    *(
        Var("output.voltage.nominal", "UPS.Flow.[4].ConfigVoltage", volts, CHANGE, 3, enum=True)
        for volts in (LOW_VOLTAGES, HIGH_VOLTAGES)
    ),
    _set("output.voltage.nominal", "UPS.Flow.[4].ConfigVoltage", length=3),
    Var("output.current", f"{_OUTPUT}.Current", "%.2f"),
    Var("output.current.nominal", "UPS.Flow.[4].ConfigCurrent", "%.2f"),
    Var("output.frequency", f"{_OUTPUT}.Frequency", "%.1f"),
    Var("output.frequency.nominal", "UPS.Flow.[4].ConfigFrequency", poll=ONCE),
    Var("output.powerfactor", f"{_OUTPUT}.PowerFactor", POWER_FACTOR),
    Var("outlet.id", "UPS.OutletSystem.Outlet.[1].OutletID", poll=ONCE),
    Own("outlet.desc", "UPS.OutletSystem.Outlet.[1].OutletID", "Main Outlet", length=20),
    Var("outlet.switchable", "UPS.OutletSystem.Outlet.[1].PresentStatus.Switchable", tables.YES_NO, ONCE),
    _set("outlet.power", "UPS.OutletSystem.Outlet.[1].ConfigApparentPower", THRESHOLD, 6),
    Var("outlet.power", "UPS.OutletSystem.Outlet.[1].ApparentPower"),
    Var("outlet.realpower", "UPS.OutletSystem.Outlet.[1].ActivePower"),
    Var("outlet.current", "UPS.OutletSystem.Outlet.[1].Current", "%.2f"),
    Var("outlet.powerfactor", "UPS.OutletSystem.Outlet.[1].PowerFactor", "%.2f"),
    *_outlet(1),
    *_outlet(2),
)
_BEEPERS = (_BATTERY, _SUMMARY, "UPS")
_COMMANDS: tuple[Row, ...] = (
    *battery_tests(f"{_BATTERY}.Test"),
    *delay_commands(_SUMMARY),
    Command("beeper.off", f"{_SUMMARY}.AudibleAlarmControl", "1"),
    Command("beeper.on", f"{_SUMMARY}.AudibleAlarmControl", "2"),
    *(Command("beeper.mute", f"{collection}.AudibleAlarmControl", "3") for collection in _BEEPERS[:2]),
    *(Command("beeper.disable", f"{collection}.AudibleAlarmControl", "1") for collection in _BEEPERS),
    *(Command("beeper.enable", f"{collection}.AudibleAlarmControl", "2") for collection in _BEEPERS),
    Command("experimental.ecomode.stop", f"{_input(5)}.Switchable", "0"),
    Command("experimental.ecomode.start", f"{_input(5)}.Switchable", "1"),
    Command("experimental.essmode.start", f"{_input(5)}.Switchable", "2"),
    Command("experimental.essmode.stop", f"{_input(5)}.Switchable", "0"),
    Command("bypass.start", f"{_input(2)}.SwitchOnControl", "1"),
    Command("bypass.stop", f"{_input(2)}.SwitchOffControl", "1"),
)
ROWS: tuple[Row, ...] = (*_DEVICE, *_BATTERY_ROWS, *_UPS, *_FLAGS, *_INPUT, *_OUTPUT_ROWS, *_COMMANDS)


def _is_aeg(identity: Identity) -> bool:
    """Phoenixtec's id is served by another file, but for what AEG sells."""
    return "AEG" in identity.vendor or "AEG" in identity.product


VENDOR = Vendor(
    "MGE HID",
    (
        Match(0x0463, 0x0001),
        Match(0x0463, 0xFFFF),
        Match(_DELL, 0xFFFF),
        Match(0x0592, 0x0004),  # Powerware 9140
        Match(0x03F0, 0x1FE5),  # HP R/T3000
        Match(0x03F0, 0x1FE6),
        Match(0x03F0, 0x1FE7),
        Match(0x03F0, 0x1FE8),
        Match(0x2B2D, 0xFFFF),  # AEG PROTECT B, PROTECT NAS
        Match(0x06DA, 0xFFFF, only_if=_is_aeg),
        Match(0x04B3, 0x0001),  # IBM 6000 VA LCD 4U Rack UPS, 5396-1Kx
        Match(0x09D6, 0x0001, only_if=lambda identity: "KSTAR" in identity.vendor),  # MasterPower MF-UPS650VA
        Match(0x0463),
        Match(_DELL),
        Match(0x0592),
        Match(0x03F0),
        Match(0x2B2D),
        Match(0x04B3),
    ),
    ROWS,
    USAGES,
    mfr=lambda identity: identity.vendor or "Eaton",
    model=lambda identity: identity.product or "unknown",
)
