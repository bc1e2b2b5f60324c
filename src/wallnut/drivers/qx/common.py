"""What Megatec and its relatives have in common: the replies' rows, the commands, the two delays.

Sources: the Megatec protocol (networkupstools.org/ups-protocols/megatec.html) for the replies' columns, the commands
and the forms of their times; nutdrv_qx(8) for ranges and defaults.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.base import Option
from wallnut.drivers.qx import bits
from wallnut.drivers.qx.rows import Columns, Command, Convert, Limits, Query, Row, Setting, When, number

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

NORATING = Option("norating", "Do not ask for the rating: some UPSes lock up when asked", flag=True)
NOVENDOR = Option("novendor", "Do not ask for the vendor: some UPSes lock up when asked", flag=True)
IGNORESAB = Option("ignoresab", "Ignore the bit 'shutdown active', which some UPSes always set", flag=True)


def whole_battery(text: str, unit: Unit) -> float:
    """battery.voltage: of one pack times battery.packs where the flag battery_voltage_reports_one_pack is set."""
    volts = number(text)
    packs = unit.amount("battery.packs") or 1.0
    return volts * packs if unit.flag("battery_voltage_reports_one_pack") and packs > 1 else volts


def _bit(column: int, name: str, convert: Convert, when: When = When.ALWAYS, unless: str = "") -> Row:
    return Row(name, Columns(column, column), convert=convert, when=when, vital=name == "ups.status", unless=unless)


BITS = (
    _bit(38, "ups.status", bits.utility_fail),
    _bit(39, "ups.status", bits.battery_low),
    _bit(40, "ups.status", bits.bypass_or_boost),
    _bit(41, "ups.alarm", bits.failed),
    _bit(42, "ups.type", bits.kind, When.ONCE),
    _bit(43, "ups.status", bits.testing),
    _bit(44, "ups.status", bits.shutdown_active, unless="ignoresab"),
    _bit(45, "ups.beeper.status", bits.beeper),
)

Q1 = Query(
    b"Q1\r",
    # 0         1         2         3         4
    # 01234567890123456789012345678901234567890123456
    b"(226.0 195.0 226.0 014 49.0 27.5 30.0 00001000\r",
    (
        Row("input.voltage", Columns(1, 5), "%.1f"),
        Row("input.voltage.fault", Columns(7, 11), "%.1f"),
        Row("output.voltage", Columns(13, 17), "%.1f"),
        Row("ups.load", Columns(19, 21), "%.0f"),
        Row("input.frequency", Columns(23, 26), "%.1f"),
        Row("battery.voltage", Columns(28, 31), "%.2f", whole_battery),
        Row("ups.temperature", Columns(33, 36), "%.1f"),
        *BITS,
    ),
)

RATING = Query(
    b"F\r",
    # 0         1         2
    # 0123456789012345678901
    b"#220.0 000 024.0 50.0\r",
    (
        Row("input.voltage.nominal", Columns(1, 5), "%.0f", when=When.ONCE),
        Row("input.current.nominal", Columns(7, 9), "%.1f", when=When.ONCE),
        Row("battery.voltage.nominal", Columns(11, 15), "%.1f", when=When.ONCE),
        Row("input.frequency.nominal", Columns(17, 20), "%.0f", when=When.ONCE),
    ),
    unless="norating",
)

VENDOR = Query(
    b"I\r",
    # 0         1         2         3
    # 012345678901234567890123456789012345678
    b"#-------------   ------     VT12046Q  \r",
    (
        Row("device.mfr", Columns(1, 15), trim=True, when=When.ONCE),
        Row("device.model", Columns(17, 26), trim=True, when=When.ONCE),
        Row("ups.firmware", Columns(28, 37), trim=True, when=When.ONCE),
    ),
    unless="novendor",
)


# --- commands


def minutes(seconds: int) -> str:
    """A delay as the S and T commands take it: under a minute .2 to .9 (tenths), else 01 and up."""
    return f".{seconds // 6}" if seconds < 60 else f"{seconds // 60:02d}"


def _delay(name: str, unit: Unit) -> int:
    return int(unit.amount(name) or 0)


def off_and_on(_: str, unit: Unit) -> str:
    """Sn or SnRm: off after ups.delay.shutdown; on again ups.delay.start after that, or, where that is 0, with the
    mains. Some early firmware never comes back where m is 1 or 2 minutes: hence the default of 3."""
    start = _delay("ups.delay.start", unit) // 60
    off = minutes(_delay("ups.delay.shutdown", unit))
    return f"{off}R{start:04d}" if start else off


def off(_: str, unit: Unit) -> str:
    """SnR0000: off after ups.delay.shutdown, for good."""
    return minutes(_delay("ups.delay.shutdown", unit))


def test_minutes(value: str, unit: Unit) -> str:
    """Tnn, of 60 to 5940 seconds."""
    seconds = int(number(value))
    if not 60 <= seconds <= 5940:
        raise ValueError(f"a test of {seconds} s is out of range [60..5940]")
    return f"{seconds // 60:02d}"


COMMANDS = (
    Command("beeper.toggle", b"Q\r"),
    Command("load.off", b"S00R0000\r"),
    Command("load.on", b"C\r"),
    Command("shutdown.return", b"S%s\r", off_and_on),
    Command("shutdown.stayoff", b"S%sR0000\r", off),
    Command("shutdown.stop", b"C\r"),
    Command("test.battery.start", b"T%s\r", test_minutes, "600"),
    Command("test.battery.start.deep", b"TL\r"),
    Command("test.battery.start.quick", b"T\r"),
    Command("test.battery.stop", b"CT\r"),
)


# --- settings


def whole_minutes(value: str, unit: Unit) -> str:
    """ups.delay.start, as the device can keep it."""
    seconds = int(number(value))
    return str(seconds - seconds % 60)


def tenths_or_minutes(value: str, unit: Unit) -> str:
    """ups.delay.shutdown, as the device can keep it: steps of 6 s below a minute, of a minute from there."""
    seconds = int(number(value))
    return str(seconds - seconds % (6 if seconds < 60 else 60))


def delays(start: tuple[int, int] = (0, 599940), shutdown: tuple[int, int] = (12, 600)) -> tuple[Setting, Setting]:
    """ups.delay.start and ups.delay.shutdown, which live in the driver, with their ranges in seconds."""
    return (
        Setting("ups.delay.start", fill=whole_minutes, default="180", limits=Limits(ranges=(start,))),
        Setting("ups.delay.shutdown", fill=tenths_or_minutes, default="30", limits=Limits(ranges=(shutdown,))),
    )


DELAYS = delays()
