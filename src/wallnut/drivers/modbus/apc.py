"""apc_modbus: APC Smart-UPS with Modbus (SMT, SMX, SRT, SURTD...), by serial line or TCP.

Source of addresses, scales, bits and names of causes: APC's "Modbus Register Map: Smart-UPS" 990-9840 and application
note MPAO-98KJ7F, "Modbus Implementation in APC Smart-UPS". Variables, formats and texts are those of C NUT's apc_modbus
of 2.8.2 and later. Proved by specification, and by NUT's dump of a Smart-UPS 750: C's driver is not in Debian 12.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from wallnut.drivers.base import Option
from wallnut.drivers.modbus.lines import PARITIES, is_serial, network, serial_line
from wallnut.drivers.modbus.mapped import Mapped
from wallnut.drivers.modbus.registers import (
    WHOLE,
    Alarm,
    Bit,
    Block,
    Codec,
    Command,
    Kind,
    Map,
    Row,
    Word,
    scaled,
    words,
)
from wallnut.io.modbus import LIMIT, Modbus

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallnut.drivers.modbus.registers import Image

SIGNED, TEXT = Kind.SIGNED, Kind.TEXT
GAP = 0.035
"""Seconds between two frames (MPAO-98KJ7F, 4.2.2)."""
SETTLE = 0.1
"""Seconds after a setting: several at once upset the UPS."""
FIRST_DAY = date(2000, 1, 1)
"""Dates are days since then (MPAO-98KJ7F, 1.3)."""

# --- named converters


def show_date(days: int) -> str:
    """Days since 2000 as a date."""
    return (FIRST_DAY + timedelta(days)).isoformat()


def parse_date(text: str) -> int:
    """A date as days since 2000. Raises ValueError."""
    return (date.fromisoformat(text) - FIRST_DAY).days


def show_input_voltage(number: int) -> str:
    """Volts times 64; 0xffff says that there is none to measure."""
    return "NA" if number == 0xFFFF else f"{number / 64:.2f}"


def show_efficiency(number: int) -> str:
    """Per cent times 128, or why it is not known."""
    return NO_EFFICIENCY.get(number) or f"{number / 128:.1f}"


def show_test_result(bits: int) -> str:
    """Result of a battery test, who started it, and what was in its way."""
    parts = []
    for prefix, names in (("", TEST_RESULTS), ("Source: ", TEST_SOURCES), ("Modifier: ", TEST_MODIFIERS)):
        parts += [prefix + name for number, name in names if bits >> number & 1][:1]
    return ", ".join(parts)


def show_outlet(bits: int) -> str:
    """An outlet group's state."""
    return "on" if bits & 1 else "off"


NO_EFFICIENCY = {
    -1: "NotAvailable",
    -2: "LoadTooLow",
    -3: "OutputOff",
    -4: "OnBattery",
    -5: "InBypass",
    -6: "BatteryCharging",
    -7: "PoorACInput",
    -8: "BatteryDisconnected",
}
TEST_RESULTS = ((0, "Pending"), (1, "InProgress"), (2, "Passed"), (3, "Failed"), (4, "Refused"), (5, "Aborted"))
TEST_SOURCES = ((6, "Protocol"), (7, "LocalUI"), (8, "Internal"))
TEST_MODIFIERS = ((9, "InvalidState"), (10, "InternalFault"), (11, "StateOfChargeNotAcceptable"))
CAUSES = (
    "SystemInitialization",
    "HighInputVoltage",
    "LowInputVoltage",
    "DistortedInput",
    "RapidChangeOfInputVoltage",
    "HighInputFrequency",
    "LowInputFrequency",
    "FreqAndOrPhaseDifference",
    "AcceptableInput",
    "AutomaticTest",
    "TestEnded",
    "LocalUICommand",
    "ProtocolCommand",
    "LowBatteryVoltage",
    "GeneralError",
    "PowerSystemError",
    "BatterySystemError",
    "ErrorCleared",
    "AutomaticRestart",
    "DistortedInverterOutput",
    "InverterOutputAcceptable",
    "EPOInterface",
    "InputPhaseDeltaOutOfRange",
    "InputNeutralNotConnected",
    "ATSTransfer",
    "ConfigurationChange",
    "AlertAsserted",
    "AlertCleared",
    "PlugRatingExceeded",
    "OutletGroupStateChange",
    "FailureBypassExpired",
)
"""Why UPSStatus changed, by number."""

DATE = Codec(show_date)
SETTABLE_DATE = Codec(show_date, parse_date)

# --- bits

UPS_STATUS, OUTLETS, SIGNALING, GENERAL, POWER, BATTERY, CALIBRATION = 0, 3, 18, 19, 20, 22, 24
INPUT_STATUS = 150
GROUPS = 590
"""SOGRelayConfigSetting: which outlet groups there are. Bit 0 is the main one, which every UPS has, set or not."""
GROUP_BITS = tuple(Bit(GROUPS, number) for number in range(5))
SWITCHED = (1, 2, 3)
"""Switched outlet groups, after the main one."""

WORDS = (
    Word(Bit(UPS_STATUS, 1, 2), "OL"),
    Word(Bit(UPS_STATUS, 2, 2), "OB"),
    Word(Bit(UPS_STATUS, 3, 2), "BYPASS"),
    Word(Bit(UPS_STATUS, 4, 2), "OFF"),
    Word(Bit(UPS_STATUS, 7, 2), "TEST"),
    Word(Bit(UPS_STATUS, 21, 2), "OVER"),
    Word(Bit(POWER, 0, 2), "OVER"),
    Word(Bit(SIGNALING, 1), "LB"),
    Word(Bit(BATTERY, 2), "RB"),
    Word(Bit(CALIBRATION, 1), "CAL"),
    Word(Bit(INPUT_STATUS, 5), "BOOST"),
    Word(Bit(INPUT_STATUS, 6), "TRIM"),
)
HIGH_EFFICIENCY = Bit(UPS_STATUS, 13, 2)

ALARMS = (
    Alarm(Bit(UPS_STATUS, 5, 2), "General fault"),
    Alarm(Bit(UPS_STATUS, 6, 2), "Input not acceptable"),
    Alarm(Bit(GENERAL, 0), "Site wiring fault"),
    Alarm(Bit(GENERAL, 1), "EEPROM fault"),
    Alarm(Bit(GENERAL, 2), "A/D converter fault"),
    Alarm(Bit(GENERAL, 3), "Logic power supply fault"),
    Alarm(Bit(GENERAL, 4), "Internal communication fault"),
    Alarm(Bit(GENERAL, 5), "Button fault"),
    Alarm(Bit(GENERAL, 7), "Emergency power off active"),
    Alarm(Bit(GENERAL, 8), "Firmware mismatch"),
    Alarm(Bit(GENERAL, 9), "Oscillator fault"),
    Alarm(Bit(GENERAL, 10), "Measurement mismatch"),
    Alarm(Bit(GENERAL, 11), "Subsystem fault"),
    Alarm(Bit(POWER, 0, 2), "Output overload"),
    Alarm(Bit(POWER, 1, 2), "Output short circuit"),
    Alarm(Bit(POWER, 2, 2), "Output overvoltage"),
    Alarm(Bit(POWER, 3, 2), "Transformer DC imbalance"),
    Alarm(Bit(POWER, 4, 2), "Overtemperature"),
    Alarm(Bit(POWER, 5, 2), "Backfeed relay fault"),
    Alarm(Bit(POWER, 6, 2), "AVR relay fault"),
    Alarm(Bit(POWER, 7, 2), "PFC input relay fault"),
    Alarm(Bit(POWER, 8, 2), "Output relay fault"),
    Alarm(Bit(POWER, 9, 2), "Bypass relay fault"),
    Alarm(Bit(POWER, 10, 2), "Fan fault"),
    Alarm(Bit(POWER, 11, 2), "PFC fault"),
    Alarm(Bit(POWER, 12, 2), "DC bus overvoltage"),
    Alarm(Bit(POWER, 13, 2), "Inverter fault"),
    Alarm(Bit(POWER, 14, 2), "Overcurrent"),
    Alarm(Bit(BATTERY, 0), "Battery disconnected"),
    Alarm(Bit(BATTERY, 1), "Battery overvoltage"),
    Alarm(Bit(BATTERY, 2), "Battery needs replacement"),
    Alarm(Bit(BATTERY, 3), "Battery overtemperature, critical"),
    Alarm(Bit(BATTERY, 4), "Charger fault"),
    Alarm(Bit(BATTERY, 5), "Battery temperature sensor fault"),
    Alarm(Bit(BATTERY, 6), "Battery bus soft start fault"),
    Alarm(Bit(BATTERY, 7), "Battery overtemperature"),
    Alarm(Bit(BATTERY, 8), "Battery system fault"),
    Alarm(Bit(BATTERY, 9), "Battery communication fault"),
)

# --- variables

POWER_NOMINAL = Row("ups.power.nominal", 588)
REALPOWER_NOMINAL = Row("ups.realpower.nominal", 589)
PERCENT = 256
"""Loads are per cent times this."""


def _of_group(group: int) -> tuple[Row, ...]:
    """An outlet group's rows: 0 is the main one. Its timers are the UPS's own."""
    needs = GROUP_BITS[group] if group else None
    prefix = f"outlet.group.{group}"
    delays, timers = 1029 + 5 * group, 155 + 4 * group
    rows = (
        Row(f"{prefix}.name", 604 + 8 * group, 8, TEXT, writable=True, needs=needs),
        Row(f"{prefix}.status", OUTLETS + 3 * group, 2, codec=Codec(show_outlet), needs=needs),
        Row(f"{prefix}.delay.shutdown", delays, 1, SIGNED, writable=True, needs=needs),
        Row(f"{prefix}.delay.start", delays + 1, 1, SIGNED, writable=True, needs=needs),
        Row(f"{prefix}.delay.reboot", delays + 2, 2, SIGNED, writable=True, needs=needs),
    )
    if not group:
        return rows
    return (
        *rows,
        Row(f"{prefix}.timer.shutdown", timers, 1, SIGNED, needs=needs),
        Row(f"{prefix}.timer.start", timers + 1, 1, SIGNED, needs=needs),
        Row(f"{prefix}.timer.reboot", timers + 2, 2, SIGNED, needs=needs),
    )


ROWS = (
    # what it is
    Row("ups.firmware", 516, 8, TEXT),
    Row("ups.model", 532, 16, TEXT),
    Row("ups.serial", 564, 8, TEXT),
    POWER_NOMINAL,
    REALPOWER_NOMINAL,
    Row("outlet.group.count", GROUPS, codec=Codec(lambda bits: str((bits & 0x1F).bit_count()))),
    Row("ups.mfr.date", 591, codec=DATE),
    Row("battery.date", 595, codec=SETTABLE_DATE, writable=True),
    Row("ups.id", 596, 8, TEXT, writable=True),
    # status
    Row("input.transfer.reason", 2, codec=words(dict(enumerate(CAUSES)), "Unknown")),
    Row("ups.test.result", 23, codec=Codec(show_test_result)),
    # measurements
    Row("battery.runtime", 128, 2),
    Row("battery.charge", 130, codec=scaled(512, 2)),
    Row("battery.voltage", 131, 1, SIGNED, scaled(32, 2)),
    Row("battery.date.maintenance", 133, codec=DATE),
    Row("battery.temperature", 135, 1, SIGNED, scaled(128, 2)),
    Row("ups.load", 136, codec=scaled(PERCENT, 2)),
    Row("ups.realpower", 136, codec=scaled(100 * PERCENT, 2), percent_of=REALPOWER_NOMINAL),
    Row("ups.power", 138, codec=scaled(100 * PERCENT, 2), percent_of=POWER_NOMINAL),
    Row("output.current", 140, codec=scaled(32, 2)),
    Row("output.voltage", 142, codec=scaled(64, 2)),
    Row("output.frequency", 144, codec=scaled(128, 2)),
    Row("experimental.output.energy", 145, 2),
    Row("input.voltage", 151, codec=Codec(show_input_voltage)),
    Row("ups.efficiency", 154, 1, SIGNED, Codec(show_efficiency)),
    Row("ups.timer.shutdown", 155, 1, SIGNED),
    Row("ups.timer.start", 156, 1, SIGNED),
    Row("ups.timer.reboot", 157, 2, SIGNED),
    # settings
    Row("input.transfer.high", 1026, writable=True),
    Row("input.transfer.low", 1027, writable=True),
    Row("ups.delay.shutdown", 1029, 1, SIGNED, WHOLE, writable=True),
    Row("ups.delay.start", 1030, 1, SIGNED, WHOLE, writable=True),
    Row("ups.delay.reboot", 1031, 2, SIGNED, WHOLE, writable=True),
    *(row for group in (0, *SWITCHED) for row in _of_group(group)),
)

# --- commands

UPS_COMMAND, OUTLET_COMMAND, SIGNALING_COMMAND, TEST_COMMAND, CALIBRATE_COMMAND, PANEL_COMMAND = (
    1536,
    1538,
    *range(1540, 1544),
)
ON, OFF, SHUTDOWN, REBOOT = 1 << 1, 1 << 2, 1 << 3, 1 << 4
ON_DELAY, OFF_DELAY = 1 << 6, 1 << 7
MAIN_GROUP = 1 << 8
"""The target of an outlet command; those of the switched groups are the bits after it."""
ACTIONS = {
    "load.off": OFF,
    "load.on": ON,
    "load.cycle": REBOOT,
    "load.off.delay": OFF | OFF_DELAY,
    "load.on.delay": ON | ON_DELAY,
    "shutdown.return": SHUTDOWN | OFF_DELAY,
    "shutdown.stayoff": OFF | OFF_DELAY,
    "shutdown.reboot": REBOOT,
    "shutdown.reboot.graceful": REBOOT | OFF_DELAY,
}
REQUEST_SHUTDOWN = Command("shutdown.return", SIGNALING_COMMAND, 1)
"""Simple signaling: off in about a minute, on again with the mains. What an SRT takes that refuses outlet commands."""


def _outlet_commands() -> Iterator[Command]:
    """Those for all outlets, and the same for each group. Group 0 stands for all: the main one feeds the others."""
    for name, action in ACTIONS.items():
        otherwise = REQUEST_SHUTDOWN if name == "shutdown.return" else None
        for prefix in ("", "outlet.group.0."):
            yield Command(prefix + name, OUTLET_COMMAND, action | MAIN_GROUP, 2, None, otherwise)
        for group in SWITCHED:
            value = action | MAIN_GROUP << group
            yield Command(f"outlet.group.{group}.{name}", OUTLET_COMMAND, value, 2, GROUP_BITS[group])


COMMANDS = (
    Command("test.battery.start", TEST_COMMAND, 1 << 0),
    Command("test.battery.stop", TEST_COMMAND, 1 << 1),
    Command("test.panel.start", PANEL_COMMAND, 1 << 0),
    Command("calibrate.start", CALIBRATE_COMMAND, 1 << 0),
    Command("calibrate.stop", CALIBRATE_COMMAND, 1 << 1),
    Command("bypass.start", UPS_COMMAND, 1 << 4, 2),
    Command("bypass.stop", UPS_COMMAND, 1 << 5, 2),
    Command("beeper.mute", PANEL_COMMAND, 1 << 2),
    *_outlet_commands(),
)

APC = Map(
    blocks=(
        Block(516, 120, once=True),
        Block(0, 27),
        Block(128, 31),
        Block(159, 12, optional=True),
        Block(1026, 22),
    ),
    rows=ROWS,
    words=WORDS,
    alarms=ALARMS,
    commands=COMMANDS,
    fixed=(("ups.mfr", "American Power Conversion"), ("device.type", "ups")),
    settle=SETTLE,
)


class ApcModbus(Mapped):
    """The driver."""

    name = "apc_modbus"
    version = "1.0"
    title = "APC Modbus driver"
    options = (
        Option("porttype", "Kind of the port: serial or tcp (as it looks: a path is serial)"),
        Option("slaveid", "Modbus number of the UPS (1)"),
        Option("response_timeout_ms", "Milliseconds that an answer may take (500)"),
        Option("baudrate", "Speed of a serial line (9600)"),
        Option("parity", f"Parity of a serial line: {', '.join(PARITIES)} (N)"),
        Option("databits", "Data bits of a serial line (8)"),
        Option("stopbits", "Stop bits of a serial line (1)"),
    )
    map = APC
    last_command = "shutdown.return"

    def way(self) -> Modbus:
        """By serial line or TCP."""
        settings = self.settings
        usual = "serial" if is_serial(settings.text("port")) else "tcp"
        kind = settings.choice("porttype", ("serial", "tcp", "usb"), usual)
        if kind == "usb" or settings.text("port") == "auto":
            raise settings.error(
                "porttype" if "porttype" in settings.values else "port",
                "serial or tcp is needed: these UPSes' USB port is served by usbhid-ups",
            )
        return Modbus(
            serial_line(settings, "baudrate", "databits", "parity", "stopbits")
            if kind == "serial"
            else network(settings),
            unit=settings.integer("slaveid", 1, 0, 255),
            limit=settings.integer("response_timeout_ms", round(LIMIT * 1000), 1, 10_000) / 1000,
            gap=GAP,
        )

    def show(self, image: Image) -> None:
        """High efficiency is no word of ups.status, but one of the vendor's modes."""
        self.ups.set("experimental.ups.mode.buzzwords", "vendor:apc:HE" if image.has(HIGH_EFFICIENCY) else "")

    def prepared(self, command: Command, image: Image) -> Command:
        """What goes to all outlets goes to each switched group that there is, too."""
        if command.address != OUTLET_COMMAND or not command.value & MAIN_GROUP:
            return command
        there = sum(MAIN_GROUP << group for group in SWITCHED if image.has(GROUP_BITS[group]))
        return replace(command, value=command.value | there)
