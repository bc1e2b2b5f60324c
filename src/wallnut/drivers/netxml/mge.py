"""MGE and Eaton network cards and proxies that speak XML version 3: NMC Minislot (66102), Transverse (66074), NMC and
Modbus (66103), SNMP/Web (66244), Network Management Proxy, monitored ePDUs.

Source of object names and of what their values mean: Eaton's XML protocol, as C NUT's mge-xml (MGEXML/0.25 to 0.36)
maps it, and NUT's dump of a 9PX. Proved beside C's driver, object by object.
"""

from __future__ import annotations

from wallnut.drivers.netxml.rows import Dialect, Flag, FlagRow, Row, Show, whole

VERSION = "MGEXML/0.36"
"""C's name of this dialect. It is the user agent too: what cards have heard for years."""
TEXT = 64
"""Characters that a text can be set to."""
NUMBER = 10
"""Digits that a number can be set to."""

# --- named converters


def is_one(text: str) -> bool:
    """1 says yes."""
    return text[:1] == "1"


def is_zero(text: str) -> bool:
    """0 says yes: these tell that something good is so."""
    return text[:1] == "0"


def is_yes(text: str) -> bool:
    """1 or Yes says yes."""
    return text[:1] == "1" or text[:3].lower() == "yes"


def yes_no(text: str) -> str:
    """A switch that is a variable."""
    return {"1": "yes", "0": "no"}.get(text[:1], "<unknown>")


def on_off(text: str) -> str:
    """An outlet's state."""
    return {"1": "on", "0": "off"}.get(text[:1], "<unknown>")


def day(text: str) -> str | None:
    """The date of a date and time, such as 2008/03/01 15:23:26."""
    return text.split(maxsplit=1)[0]


def clock(text: str) -> str | None:
    """The time of a date and time."""
    return text.split()[1] if len(text.split()) > 1 else None


def unless_zero(text: str) -> str | None:
    """0 where a phase is not there."""
    return None if not whole(text) else text


def ampere_hours(text: str) -> str | None:
    """Ampere seconds as ampere hours."""
    number = whole(text)
    return None if number is None else f"{number / 3600:.2f}"


def hundredths(text: str) -> str | None:
    """A number that comes a hundredfold."""
    number = whole(text)
    return None if number is None else f"{number / 100:.2f}"


def named(names: dict[int, str]) -> Show:
    """Names for numbers; others say nothing."""
    return lambda text: names.get(-1 if (number := whole(text)) is None else number)


contact = named({0: "opened", 1: "closed"})
beeper = named({1: "disabled", 2: "enabled", 3: "muted"})
sensitivity = named({0: "normal", 1: "high", 2: "low"})
ups_type = named(
    {
        1: "offline / line interactive",
        2: "online",
        3: "online - unitary/parallel",
        4: "online - parallel with hot standy",  # as C spells it
        5: "online - hot standby redundancy",
    }
)
test_result = named(
    {
        1: "done and passed",
        2: "done and warning",
        3: "done and error",
        4: "aborted",
        5: "in progress",
        6: "no test initiated",
        7: "test scheduled",
    }
)

# --- rows

SUMMARY, STATUS = "UPS.PowerSummary", "UPS.PowerSummary.PresentStatus"
CONVERTER, BATTERY = "UPS.PowerConverter", "UPS.BatterySystem.Battery"
ACQUIRED = "System.LastAcquisition"
OUTPUT, OUTLETS = "UPS.PowerConverter.Output", "UPS.OutletSystem"

FLAGS = (
    FlagRow(f"{STATUS}.ACPresent", Flag.ONLINE, is_one),
    FlagRow(f"{STATUS}.Charging", Flag.CHARGING, is_one),
    FlagRow(f"{STATUS}.Discharging", Flag.DISCHARGING, is_one),
    FlagRow(f"{STATUS}.BelowRemainingCapacityLimit", Flag.LOW_BATTERY, is_one),
    FlagRow(f"{STATUS}.Overload", Flag.OVERLOAD, is_one),
    FlagRow(f"{STATUS}.NeedReplacement", Flag.REPLACE_BATTERY, is_one),
    FlagRow(f"{CONVERTER}.Input[1].PresentStatus.Buck", Flag.TRIM, is_one),
    FlagRow(f"{CONVERTER}.Input[1].PresentStatus.Boost", Flag.BOOST, is_one),
    FlagRow(f"{CONVERTER}.Input[1].PresentStatus.VoltageOutOfRange", Flag.VOLTAGE_RANGE, is_yes),
    FlagRow(f"{CONVERTER}.Input[1].PresentStatus.FrequencyOutOfRange", Flag.FREQUENCY_RANGE, is_yes),
    FlagRow(f"{CONVERTER}.Input[1].PresentStatus.FuseFault", Flag.FUSE, is_one),
    FlagRow(f"{CONVERTER}.Input[1].PresentStatus.InternalFailure", Flag.INTERNAL, is_one),
    FlagRow(f"{STATUS}.Good", Flag.OFF, is_zero),
    FlagRow(f"{CONVERTER}.Input[2].PresentStatus.Used", Flag.BYPASS_AUTO, is_one),
    FlagRow(f"{CONVERTER}.Input[4].PresentStatus.Used", Flag.BYPASS_MANUAL, is_one),
    FlagRow(f"{STATUS}.FanFailure", Flag.FAN, is_one),
    FlagRow(f"{BATTERY}.PresentStatus.Present", Flag.NO_BATTERY, is_zero),
    FlagRow("UPS.BatterySystem.Charger.PresentStatus.InternalFailure", Flag.CHARGER, is_yes),
    FlagRow("UPS.BatterySystem.Charger.PresentStatus.VoltageTooHigh", Flag.BATTERY_HIGH_VOLTAGE, is_one),
    FlagRow("UPS.BatterySystem.Charger.PresentStatus.VoltageTooLow", Flag.BATTERY_LOW_VOLTAGE, is_one),
    FlagRow(f"{STATUS}.InternalFailure", Flag.INTERNAL, is_one),
    FlagRow(f"{STATUS}.CommunicationLost", Flag.COMMUNICATION, is_one),
    FlagRow(f"{STATUS}.OverTemperature", Flag.OVERHEAT, is_one),
)

WORDS = (
    (Flag.DISCHARGING, "DISCHRG"),
    (Flag.CHARGING, "CHRG"),
    (Flag.LOW_BATTERY, "LB"),
    (Flag.OVERLOAD, "OVER"),
    (Flag.REPLACE_BATTERY, "RB"),
    (Flag.TRIM, "TRIM"),
    (Flag.BOOST, "BOOST"),
    (Flag.BYPASS_AUTO, "BYPASS"),
    (Flag.BYPASS_MANUAL, "BYPASS"),
    (Flag.OFF, "OFF"),
    (Flag.SHUTDOWN_IMMINENT, "FSD"),
)

ALARMS = (
    (Flag.REPLACE_BATTERY, "Replace battery!"),
    (Flag.SHUTDOWN_IMMINENT, "Shutdown imminent!"),
    (Flag.FAN, "Fan failure!"),
    (Flag.NO_BATTERY, "No battery installed!"),
    (Flag.BATTERY_LOW_VOLTAGE, "Battery voltage too low!"),
    (Flag.BATTERY_HIGH_VOLTAGE, "Battery voltage too high!"),
    (Flag.CHARGER, "Battery charger fail!"),
    (Flag.OVERHEAT, "Temperature too high!"),
    (Flag.COMMUNICATION, "Communication fault!"),
    (Flag.INTERNAL, "Internal UPS fault!"),
    (Flag.FUSE, "Fuse fault!"),
    (Flag.BYPASS_AUTO, "Automatic bypass mode!"),
    (Flag.BYPASS_MANUAL, "Manual bypass mode!"),
)

BATTERY_ROWS = (
    Row("battery.charge", f"{SUMMARY}.RemainingCapacity"),
    Row("battery.charge.low", f"{SUMMARY}.RemainingCapacityLimitSetting"),
    Row("battery.charge.low", f"{SUMMARY}.RemainingCapacityLimit"),
    Row("battery.charge.restart", f"{SUMMARY}.RestartLevel"),
    Row("battery.capacity", f"{BATTERY}.DesignCapacity", ampere_hours),
    Row("battery.runtime", f"{SUMMARY}.RunTimeToEmpty"),
    Row("battery.runtime.low", "System.RunTimeToEmptyLimit", length=NUMBER),
    Row("battery.temperature", f"{BATTERY}.Temperature"),
    Row("battery.packs.external", f"{BATTERY}.Count"),
    Row("battery.type", f"{SUMMARY}.iDeviceChemistry", once=True),
    Row("battery.type", f"{SUMMARY}.iDeviceChemistery", once=True),  # some cards spell it so
    Row("battery.voltage", f"{SUMMARY}.Voltage"),
    Row("battery.voltage.nominal", "UPS.BatterySystem.ConfigVoltage", once=True),
    Row("battery.voltage.nominal", f"{SUMMARY}.ConfigVoltage", once=True),
    Row("battery.current", f"{SUMMARY}.Current"),
    Row("battery.protection", f"{BATTERY}.DeepDischargeProtection", yes_no),
    Row("battery.energysave", f"{CONVERTER}.Input[3].EnergySaving", yes_no),
)

UPS_ROWS = (
    Row("device.contact", "System.Contact", length=TEXT),
    Row("device.location", "System.Location", length=TEXT),
    Row("ups.mfr", f"{SUMMARY}.iManufacturer", once=True),
    Row("ups.model", "System.Description", once=True),
    Row("ups.model", f"{SUMMARY}.iProduct", once=True),
    Row("ups.model.aux", f"{SUMMARY}.iModel", once=True),
    Row("ups.date", ACQUIRED, day),
    Row("ups.time", ACQUIRED, clock),
    Row("ups.serial", f"{SUMMARY}.iSerialNumber", once=True),
    Row("ups.firmware", f"{SUMMARY}.iVersion", once=True),
    Row("ups.load", f"{SUMMARY}.PercentLoad"),
    Row("ups.load.high", "UPS.Flow[4].ConfigPercentLoad"),
    Row("ups.delay.shutdown", "System.ShutdownDuration", length=NUMBER),
    Row("ups.timer.start", f"{SUMMARY}.DelayBeforeStartup", length=NUMBER),
    Row("ups.timer.shutdown", f"{SUMMARY}.DelayBeforeShutdown", length=NUMBER),
    Row("ups.timer.reboot", f"{SUMMARY}.DelayBeforeReboot"),
    Row("ups.test.result", f"{BATTERY}.Test", test_result),
    Row("ups.test.interval", f"{BATTERY}.TestPeriod"),
    Row("ups.beeper.status", f"{BATTERY}.AudibleAlarmControl", beeper),
    Row("ups.beeper.status", f"{SUMMARY}.AudibleAlarmControl", beeper),
    Row("ups.temperature", f"{SUMMARY}.Temperature"),
    Row("ups.power", f"{OUTPUT}.ApparentPower"),
    Row("ups.power.nominal", "UPS.Flow[4].ConfigApparentPower", once=True),
    Row("ups.realpower", f"{OUTPUT}.ActivePower"),
    Row("ups.realpower.nominal", "UPS.Flow[4].ConfigActivePower", once=True),
    *(
        Row(f"ups.L{line}.{kind}", f"{OUTPUT}.Phase[{line}].{path}")
        for line in (1, 2, 3)
        for kind, path in (("power", "ApparentPower"), ("realpower", "ActivePower"))
    ),
    Row("ups.start.auto", f"{CONVERTER}.Input[1].AutomaticRestart", yes_no),
    Row("ups.start.battery", f"{CONVERTER}.Input[3].StartOnBattery", yes_no),
    Row("ups.start.reboot", f"{OUTPUT}.ForcedReboot", yes_no),
    Row("ups.type", f"{CONVERTER}.ConverterType", ups_type, once=True),
)

BETWEEN_LINES = (("L1-L2", 12), ("L2-L3", 23), ("L3-L1", 31))
BETWEEN_LINES_OLD = (("L1-L2", 11), ("L2-L3", 22), ("L3-L1", 33))
"""Numbers of the phases whose voltage is one between two lines, of newer and of older cards."""


def _side(name: str, path: str, *, old: Row, current: Row) -> tuple[Row, ...]:
    """The voltages and currents of input, bypass or output; `old` and `current` say how these are shown there."""
    return (
        Row(f"{name}.voltage", f"{path}.Voltage"),
        *(Row(f"{name}.L{line}-N.voltage", f"{path}.Phase[{line}].Voltage") for line in (1, 2, 3)),
        *(Row(f"{name}.{lines}.voltage", f"{path}.Phase[{phase}].Voltage") for lines, phase in BETWEEN_LINES),
        *(
            Row(f"{name}.{lines}.voltage", f"{path}.Phase[{phase}].Voltage", old.show, tenths=old.tenths)
            for lines, phase in BETWEEN_LINES_OLD
        ),
        Row(f"{name}.current", f"{path}.Current"),
        *(
            Row(f"{name}.L{line}.current", f"{path}.Phase[{line}].Current", current.show, tenths=current.tenths)
            for line in (1, 2, 3)
        ),
        Row(f"{name}.frequency", f"{path}.Frequency"),
    )


def _nominal(name: str, flow: int) -> tuple[Row, ...]:
    return tuple(Row(f"{name}.{kind.lower()}.nominal", f"UPS.Flow[{flow}].Config{kind}") for kind in NOMINALS)


NOMINALS = ("Voltage", "Current", "Frequency")
PLAIN, TENTHS, TENTHS_UNLESS_ZERO = Row("", ""), Row("", "", tenths=True), Row("", "", unless_zero, tenths=True)

POWER_ROWS = (
    *_side("input", f"{CONVERTER}.Input[1]", old=TENTHS, current=TENTHS),
    *_nominal("input", 1),
    Row("input.voltage.extended", f"{OUTPUT}.ExtendedVoltageMode", yes_no),
    Row("input.frequency.extended", f"{OUTPUT}.ExtendedFrequencyMode", yes_no),
    Row("input.transfer.low", f"{OUTPUT}.LowVoltageTransfer"),
    Row("input.transfer.boost.low", f"{OUTPUT}.LowVoltageBoostTransfer"),
    Row("input.transfer.boost.high", f"{OUTPUT}.HighVoltageBoostTransfer"),
    Row("input.transfer.trim.low", f"{OUTPUT}.LowVoltageBuckTransfer"),
    Row("input.transfer.high", f"{OUTPUT}.HighVoltageTransfer"),
    Row("input.transfer.trim.high", f"{OUTPUT}.HighVoltageBuckTransfer"),
    Row("input.sensitivity", f"{OUTPUT}.SensitivityMode", sensitivity),
    *_side("input.bypass", f"{CONVERTER}.Input[2]", old=PLAIN, current=PLAIN),
    *_nominal("input.bypass", 2),
    *_side("output", OUTPUT, old=TENTHS_UNLESS_ZERO, current=TENTHS),
    *_nominal("output", 4),
    Row("output.powerfactor", f"{OUTPUT}.PowerFactor", hundredths),
)

AMBIENT_ROWS = (
    *(
        row
        for name, path in (("humidity", "Humidity"), ("temperature", "Temperature"))
        for row in (
            Row(f"ambient.{name}", f"Environment.{path}"),
            Row(f"ambient.{name}.high", f"Environment.{path}.HighThreshold", length=NUMBER),
            Row(f"ambient.{name}.low", f"Environment.{path}.LowThreshold", length=NUMBER),
            Row(f"ambient.{name}.maximum", f"Environment.PresentStatus.High{path}", only="Transverse"),
            Row(f"ambient.{name}.minimum", f"Environment.PresentStatus.Low{path}", only="Transverse"),
        )
    ),
    Row("ambient.contacts.1.status", "Environment.Input[1].PresentStatus.State", contact),
    Row("ambient.contacts.2.status", "Environment.Input[2].PresentStatus.State", contact),
)


def _outlet(name: str, number: int) -> tuple[Row, ...]:
    """An outlet group that can be switched; the first one of a UPS is its number 2."""
    path = f"{OUTLETS}.Outlet[{number}]"
    return (
        Row(f"{name}.id", f"{path}.OutletID"),
        Row(f"{name}.desc", f"{path}.iName"),
        Row(f"{name}.switchable", f"{path}.PresentStatus.Switchable", yes_no),
        Row(f"{name}.status", f"{path}.PresentStatus.SwitchOnOff", on_off),
        Row(f"{name}.battery.charge.low", f"{path}.RemainingCapacityLimit"),
        Row(f"{name}.timer.start", f"{path}.DelayBeforeStartup"),
        Row(f"{name}.timer.shutdown", f"{path}.DelayBeforeShutdown"),
        Row(f"{name}.delay.start", f"{path}.StartupTimer"),
        Row(f"{name}.delay.shutdown", f"System.Outlet[{number}].ShutdownDuration", length=NUMBER),
    )


OUTLET_ROWS = (
    Row("outlet.id", f"{OUTLETS}.Outlet[1].OutletID"),
    Row("outlet.desc", f"{OUTLETS}.Outlet[1].iName"),
    Row("outlet.switchable", f"{OUTLETS}.Outlet[1].PresentStatus.Switchable", yes_no),
    *_outlet("outlet.1", 2),
    *_outlet("outlet.2", 3),
    *(
        row
        for number in range(1, 9)
        for row in (
            Row(f"outlet.{number}.desc", f"PDU.OutletSystem.Outlet[{number}].iName"),
            Row(f"outlet.{number}.current", f"PDU.OutletSystem.Outlet[{number}].Current", tenths=True),
        )
    ),
)

MGE = Dialect(
    version=VERSION,
    products=("/mgeups/product.xml", "/product.xml", "/ws/product.xml"),
    rows=UPS_ROWS + BATTERY_ROWS + POWER_ROWS + AMBIENT_ROWS + OUTLET_ROWS,
    flags=FLAGS,
    words=WORDS,
    alarms=ALARMS,
    set_page="/Forms/set_obj_2",
    last_setting=("battery.runtime.low", "999999999"),
    delay_path=f"{SUMMARY}.DelayBeforeShutdown",
    left_path="System.RunTimeToShutdown",
    time_path=ACQUIRED,
)
