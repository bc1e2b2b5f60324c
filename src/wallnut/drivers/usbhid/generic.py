"""The map for any UPS that keeps to the specification, whoever made it; C's driver has none. Groups of rows that vendor
files compose, too.

Source: "Universal Serial Bus Usage Tables for HID Power Devices" 1.1, section 3 (how the collections of a UPS are
nested) and 4 (what the usages mean). Proved by specification only, and by devices whose own file serves them as well.
"""

from __future__ import annotations

from wallnut.drivers.usbhid import tables
from wallnut.drivers.usbhid.rows import CHANGE, ONCE, QUICK, Command, Flag, Own, Row, Show, Var, Vendor


def first_of(name: str, show: Show, *paths: str) -> tuple[Row, ...]:
    """A variable that devices keep in different places."""
    return tuple(Var(name, path, show) for path in paths)


def present_status(collection: str) -> tuple[Row, ...]:
    """The flags of a PresentStatus collection (4.1.1, 4.2.4), or of one that holds them directly."""
    return (
        Flag(f"{collection}.ACPresent", tables.ONLINE, QUICK),
        Flag(f"{collection}.Discharging", tables.DISCHARGING, QUICK),
        Flag(f"{collection}.Charging", tables.CHARGING, QUICK),
        Flag(f"{collection}.BelowRemainingCapacityLimit", tables.LOW_BATTERY, QUICK),
        Flag(f"{collection}.RemainingTimeLimitExpired", tables.TIME_LIMIT_EXPIRED, QUICK),
        Flag(f"{collection}.ShutdownImminent", tables.SHUTDOWN_IMMINENT, QUICK),
        Flag(f"{collection}.FullyCharged", tables.FULLY_CHARGED),
        Flag(f"{collection}.FullyDischarged", tables.DEPLETED),
        Flag(f"{collection}.Overload", tables.OVERLOAD),
        Flag(f"{collection}.OverTemperature", tables.OVERHEAT),
        Flag(f"{collection}.InternalFailure", tables.FAULT),
        Flag(f"{collection}.NeedReplacement", tables.REPLACE_BATTERY),
        Flag(f"{collection}.BatteryPresent", tables.NO_BATTERY),
        Flag(f"{collection}.AwaitingPower", tables.AWAITING_POWER),
        Flag(f"{collection}.VoltageOutOfRange", tables.VOLTAGE_RANGE),
        Flag(f"{collection}.FrequencyOutOfRange", tables.FREQUENCY_RANGE),
        Flag(f"{collection}.Boost", tables.BOOST),
        Flag(f"{collection}.Buck", tables.TRIM),
    )


def delays(collection: str, prefix: str = "", on: str = tables.ONDELAY, off: str = tables.OFFDELAY) -> tuple[Row, ...]:
    """What the driver keeps for the delays of a collection, and the timers that run there (4.1.4)."""
    startup, shutdown, reboot = (
        f"{collection}.{prefix}DelayBefore{what}" for what in ("Startup", "Shutdown", "Reboot")
    )
    return (
        Own("ups.delay.start", startup, on),
        Own("ups.delay.shutdown", shutdown, off),
        Var("ups.timer.start", startup, poll=QUICK),
        Var("ups.timer.shutdown", shutdown, poll=QUICK),
        Var("ups.timer.reboot", reboot, poll=QUICK),
    )


def delay_commands(
    collection: str, prefix: str = "", on: str = tables.ONDELAY, off: str = tables.OFFDELAY
) -> tuple[Row, ...]:
    """The commands that those delays make."""
    startup, shutdown, reboot = (
        f"{collection}.{prefix}DelayBefore{what}" for what in ("Startup", "Shutdown", "Reboot")
    )
    return (
        Command("load.off.delay", shutdown, off),
        Command("load.on.delay", startup, on),
        Command("shutdown.stop", shutdown, "-1"),
        Command("shutdown.reboot", reboot, "10"),
    )


def beeper_commands(path: str) -> tuple[Row, ...]:
    """AudibleAlarmControl: 1 disabled, 2 enabled, 3 muted."""
    return (
        Command("beeper.on", path, "2"),
        Command("beeper.off", path, "3"),
        Command("beeper.enable", path, "2"),
        Command("beeper.disable", path, "1"),
        Command("beeper.mute", path, "3"),
    )


def battery_tests(path: str) -> tuple[Row, ...]:
    """Test, written: 1 quick, 2 deep, 3 abort."""
    return (
        Command("test.battery.start.quick", path, "1"),
        Command("test.battery.start.deep", path, "2"),
        Command("test.battery.stop", path, "3"),
    )


_BATTERIES = ("UPS.PowerSummary", "UPS.BatterySystem.Battery", "UPS.Battery", "UPS.BatterySystem")
_OUTPUTS = ("UPS.Output", "UPS.PowerConverter.Output", "UPS.OutletSystem.Outlet", "UPS.PowerSummary")
_INPUTS = ("UPS.Input", "UPS.PowerConverter.Input")
_TESTS = ("UPS.BatterySystem.Battery.Test", "UPS.BatterySystem.Test", "UPS.Battery.Test", "UPS.Output.Test", "UPS.Test")
_DELAYS = ("UPS.PowerSummary", "UPS.Output", "UPS.OutletSystem.Outlet", "UPS")


def _in(collections: tuple[str, ...], usage: str) -> tuple[str, ...]:
    return tuple(f"{collection}.{usage}" for collection in collections)


def _limits(name: str, usage: str) -> tuple[Row, ...]:
    return tuple(Var(name, path, poll=CHANGE, length=10) for path in _in(_BATTERIES, usage))


ROWS: tuple[Row, ...] = (
    *first_of("battery.charge", "%.0f", *_in(_BATTERIES, "RemainingCapacity")),
    *_limits("battery.charge.low", "RemainingCapacityLimit"),
    *first_of("battery.charge.warning", "%.0f", *_in(_BATTERIES, "WarningCapacityLimit")),
    *first_of("battery.runtime", "%.0f", *_in(_BATTERIES, "RunTimeToEmpty")),
    *_limits("battery.runtime.low", "RemainingTimeLimit"),
    *first_of("battery.voltage", "%.1f", *_in(_BATTERIES, "Voltage")),
    *first_of("battery.voltage.nominal", "%.1f", *_in(_BATTERIES, "ConfigVoltage")),
    *first_of("battery.current", "%.2f", *_in(_BATTERIES, "Current")),
    *first_of("battery.temperature", tables.KELVIN, *_in(_BATTERIES, "Temperature")),
    *(Var("battery.type", path, tables.STRING, ONCE) for path in _in(_BATTERIES, "iDeviceChemistry")),
    *(Var("battery.mfr.date", path, tables.DATE, ONCE) for path in _in(_BATTERIES[1:], "ManufacturerDate")),
    *first_of("ups.load", "%.0f", *_in((*_OUTPUTS, "UPS.PowerConverter"), "PercentLoad")),
    *first_of("ups.power", "%.0f", *_in((*_OUTPUTS, "UPS.Flow.[4]"), "ApparentPower")),
    *first_of("ups.power.nominal", "%.0f", *_in((*_OUTPUTS, "UPS.Flow.[4]"), "ConfigApparentPower")),
    *first_of("ups.realpower", "%.0f", *_in((*_OUTPUTS, "UPS.Flow.[4]"), "ActivePower")),
    *first_of("ups.realpower.nominal", "%.0f", *_in((*_OUTPUTS, "UPS.Flow.[4]"), "ConfigActivePower")),
    *(row for collection in _DELAYS for row in delays(collection)),
    *first_of("ups.test.result", tables.TEST_RESULT, *_TESTS),
    *first_of("ups.beeper.status", tables.BEEPER, "UPS.PowerSummary.AudibleAlarmControl", "UPS.AudibleAlarmControl"),
    *(
        Var("ups.mfr.date", path, tables.DATE, ONCE)
        for path in ("UPS.ManufacturerDate", "UPS.PowerSummary.ManufacturerDate")
    ),
    *present_status("UPS.PowerSummary.PresentStatus"),
    *present_status("UPS.PresentStatus"),
    *present_status("UPS.BatterySystem.Battery.PresentStatus"),
    Flag("UPS.Output.Overload", tables.OVERLOAD),
    Flag("UPS.Output.Boost", tables.BOOST),
    Flag("UPS.Output.Buck", tables.TRIM),
    *first_of("input.voltage", "%.1f", *_in(_INPUTS, "Voltage")),
    *first_of("input.voltage.nominal", "%.0f", *_in((*_INPUTS, "UPS.Flow.[1]"), "ConfigVoltage")),
    *first_of("input.frequency", "%.1f", *_in(_INPUTS, "Frequency")),
    *first_of("input.current", "%.2f", *_in(_INPUTS, "Current")),
    *(
        Var("input.transfer.low", path, poll=CHANGE, length=10)
        for path in _in((*_INPUTS, *_OUTPUTS), "LowVoltageTransfer")
    ),
    *(
        Var("input.transfer.high", path, poll=CHANGE, length=10)
        for path in _in((*_INPUTS, *_OUTPUTS), "HighVoltageTransfer")
    ),
    *first_of("output.voltage", "%.1f", *_in(_OUTPUTS[:3], "Voltage")),
    *first_of("output.voltage.nominal", "%.1f", *_in((*_OUTPUTS[:3], "UPS.Flow.[4]"), "ConfigVoltage")),
    *first_of("output.current", "%.2f", *_in(_OUTPUTS[:3], "Current")),
    *first_of("output.frequency", "%.1f", *_in(_OUTPUTS[:3], "Frequency")),
    *(row for path in _TESTS for row in battery_tests(path)),
    *(row for collection in _DELAYS for row in delay_commands(collection)),
    *beeper_commands("UPS.PowerSummary.AudibleAlarmControl"),
    *beeper_commands("UPS.AudibleAlarmControl"),
)

VENDOR = Vendor("Generic HID", (), ROWS)
"""Serves what no other file does, where the descriptor says that it is a UPS."""
