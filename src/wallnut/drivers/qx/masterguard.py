"""masterguard: Masterguard's A and E series, which have addresses: several may share a line.

Models: A700, A1000, A2000, A3000 (also -19), E60, E100, E200. Source: nutdrv_qx(8); the reply formats, model names,
flags and commands in NUT's nutdrv_qx. Proved by
specification only: C nutdrv_qx 2.8.0 never finds one (it asks itself for a value that it has under another name).

XX in a request stands for the UPS's address, which WH tells.

    > WH          < (00 10.06 03.09 A  700  ...       who it is
    > Q3          < (00 225.9 ...                     status
    > GS,00       < (00,00 0 1                        packs, beeper; SS---1,00 sets
    > PNV         < (PNV=230                          output voltage; PNV=240 sets it to one of those that MSO tells
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.base import Option
from wallnut.drivers.qx import bits
from wallnut.drivers.qx.common import minutes
from wallnut.drivers.qx.rows import (
    ALARM,
    STATUS,
    Columns,
    Command,
    Convert,
    Dialect,
    Fill,
    Limits,
    Query,
    Row,
    Setting,
    When,
    number,
)

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

MODELS = {
    "A  700": ("A700", 700, (0, 0), (0, 0)),
    "A 1000": ("A1000", 1000, (0, 2), (0, 2)),
    "A 2000": ("A2000", 2000, (0, 2), (1, 5)),
    "A 3000": ("A3000", 3000, (0, 2), (1, 5)),
    "E 60": ("E60", 6000, (1, 1), (1, 1)),
    "E100": ("E100", 10000, (1, 1), (1, 1)),
    "E200": ("E200", 20000, (1, 1), (1, 1)),
}
"""By the first characters of the name: model, VA, the least and most battery packs, and those of the rack's."""
RACK = "-19"
TESTS = {
    "000": "no test in progress",
    "001": "in progress",
    "010": "OK",
    "011": "failed",
    "100": "not possible",
    "101": "aborted",
    "110": "autonomy time calibration in progress",
    "111": "unknown",
}
ADDRESS, CELLS, VOLTAGES = "ups.id", "cells", "output voltages"
DAY, HOUR, MINUTE = 86400, 3600, 60


def addressed(request: bytes, unit: Unit) -> bytes:
    """XX as the UPS's address."""
    return request.replace(b",XX\r", b"," + unit.values.get(ADDRESS, "00").encode("latin-1") + b"\r")


# --- values


def _address(text: str, unit: Unit) -> str:
    if not text.isdigit():
        raise ValueError(f"{text!r} is no address")
    return text


def _found(text: str) -> tuple[str, int, tuple[int, int], tuple[int, int]]:
    for begin, model in MODELS.items():
        if text.startswith(begin):
            return model
    raise ValueError(f"{text!r} is no model that is known")


def _model(text: str, unit: Unit) -> str:
    return _found(text)[0] + (RACK if RACK in text else "")


def _power(text: str, unit: Unit) -> float:
    return _found(text)[1]


def _packs(unit: Unit) -> Limits:
    model = unit.value("device.model")
    for name, _, plain, rack in MODELS.values():
        if model.removesuffix(RACK) == name:
            return Limits(ranges=(rack if model.endswith(RACK) else plain,))
    return Limits(ranges=((0, 9),))


def _whole_battery(text: str, unit: Unit) -> float:
    return number(text) * (unit.amount(CELLS) or 0)


def _minutes_seconds(text: str, unit: Unit) -> float:
    whole, _, seconds = text.partition(".")
    return MINUTE * number(whole) + number(seconds)


def _running(text: str, unit: Unit) -> float:
    days, hours, minutes_, seconds = (number(part) for part in text.split(":"))
    return DAY * days + HOUR * hours + MINUTE * minutes_ + seconds


def _nominal_power(unit: Unit) -> float:
    return unit.amount("ups.power.nominal") or 0.0


def _taken(text: str, unit: Unit) -> float:
    return number(text) / 100 * _nominal_power(unit) + 0.5


def _amperes(fraction: float, unit: Unit) -> float:
    volts = unit.amount("output.voltage")
    if not volts:
        raise ValueError("no output voltage")
    return fraction * _nominal_power(unit) / volts + 0.005


def _current(text: str, unit: Unit) -> float:
    return _amperes(number(text) / 100, unit)


def _nominal_current(text: str, unit: Unit) -> float:
    return _amperes(1.0, unit)


def _word(yes: str, no: str) -> Convert:
    return lambda text, unit: yes if bits.is_set(text) else no


def _tested(text: str, unit: Unit) -> str:
    if text not in TESTS:
        raise ValueError(f"{text!r} is no result")
    return TESTS[text]


# --- questions


def _once(name: str, first: int, last: int, format: str = "%s", convert: Convert | None = None) -> Row:
    return Row(name, Columns(first, last), format, convert, When.ONCE)


IDENTITY = Query(
    b"WH\r",
    # 0         1         2         3         4         5         6         7         8
    # 01234567890123456789012345678901234567890123456789012345678901234567890123456789012345
    b"(00 10.06 03.09 A  700  + 0 Bat Pack-19        0 230 50.00 012 02.30 006.00 012.00 018"
    #    9         10        11
    # 678901234567890123456789012
    b" 10 40 160 276 47.00 53.00\r",
    (
        Row(ADDRESS, Columns(1, 2), convert=_address, when=When.CHANGED, limits=Limits(ranges=((0, 99),))),
        _once("ups.firmware", 4, 8),
        _once("ups.firmware.aux", 10, 14),
        _once("device.model", 16, 45, convert=_model),
        _once("ups.power.nominal", 16, 45, "%.0f", _power),
        _once("input.voltage.nominal", 49, 51, "%.0f"),
        _once("input.frequency.nominal", 53, 57, "%.2f"),
        _once(CELLS, 59, 61, "%.0f"),
        _once("battery.voltage.nominal", 63, 67, "%.2f", _whole_battery),
        _once("ambient.0.temperature.low", 87, 88, "%.0f"),
        _once("ambient.0.temperature.high", 90, 91, "%.0f"),
        _once("input.voltage.low.critical", 93, 95, "%.0f"),
        _once("input.voltage.high.critical", 97, 99, "%.0f"),
        _once("input.frequency.low", 101, 105, "%.2f"),
        _once("input.frequency.high", 107, 111, "%.2f"),
    ),
)
MEASURED = Query(
    b"Q3\r",
    # 0         1         2         3         4         5         6         7
    # 01234567890123456789012345678901234567890123456789012345678901234567890
    b"(00 225.9 225.9 229.3 043 50.0 02.27 23.4 017.03 100 00000000 00000000\r",
    (
        Row("input.voltage", Columns(4, 8), "%.1f"),
        Row("output.voltage", Columns(16, 20), "%.1f"),
        Row("ups.load", Columns(22, 24), "%.0f"),
        Row("ups.power", Columns(22, 24), "%.0f", _taken),
        Row("output.current", Columns(22, 24), "%.2f", _current),
        Row("input.frequency", Columns(26, 29), "%.1f"),
        Row("battery.voltage", Columns(31, 35), "%.2f", _whole_battery),
        Row("ups.temperature", Columns(37, 40), "%.1f"),
        Row("ambient.0.temperature", Columns(37, 40), "%.1f"),
        Row("battery.runtime", Columns(42, 47), "%.0f", _minutes_seconds),
        Row("battery.charge", Columns(49, 51), "%.0f"),
        Row(STATUS, Columns(53, 53), convert=bits.utility_fail, vital=True),
        Row(STATUS, Columns(54, 54), convert=bits.battery_low, vital=True),
        Row(STATUS, Columns(55, 55), convert=_word("BYPASS", "!BYPASS"), vital=True),
        Row(ALARM, Columns(56, 56), convert=_word("UPS Failed", "")),
        Row("ups.type", Columns(57, 57), convert=_word("offline", "online"), when=When.ONCE),
        Row(STATUS, Columns(58, 58), convert=bits.testing, vital=True),
        Row(STATUS, Columns(59, 59), convert=bits.shutdown_active, vital=True),
        Row(ALARM, Columns(63, 63), convert=_word("problems in parallel operation mode", "")),
        Row(STATUS, Columns(65, 65), convert=_word("RB", "!RB"), vital=True),
        Row(ALARM, Columns(66, 66), convert=_word("no battery connected", "")),
        Row("ups.test.result", Columns(67, 69), convert=_tested),
    ),
)
SET = Query(
    b"GS,XX\r",
    # 01234567890
    b"(00,00 0 1\r",
    (
        Row("battery.packs", Columns(7, 7), "%.0f", when=When.CHANGED, limits=Limits(ask=_packs)),
        Row("ups.beeper.status", Columns(9, 9), convert=bits.beeper, when=When.CHANGED),
    ),
)
BATTERY = Query(
    b"GBS,XX\r",
    # 0         1         2         3         4
    # 0123456789012345678901234567890123456789012
    b"(00,100 0017 0000 0708 0712 0994 115 02.28\r",
    (Row("battery.charge", Columns(4, 6), "%.0f"),),
)
SERIAL = Query(
    b"GSN,XX\r",
    # 0         1         2
    # 0123456789012345678901234
    b"(00,SSN=6A1212      2782\r",
    (
        Row("device.part", Columns(8, 18), when=When.ONCE, trim=True),
        _once("device.serial", 20, 23),
    ),
)
RUNNING = Query(
    b"DRC,XX\r",
    # 0         1
    # 012345678901234567
    b"(00,1869:19:06:37\r",
    (Row("device.uptime", Columns(4, 16), "%.0f", _running, When.CHANGED, limits=Limits()),),
    shortest=17,
)
POSSIBLE = Query(b"MSO\r", b"(220 230 240\r", (Row(VOLTAGES, Columns(1), when=When.ONCE),), shortest=5)
NOMINAL = Query(
    b"PNV\r",
    # 012345678
    b"(PNV=230\r",
    (
        Row(
            "output.voltage.nominal",
            Columns(5, 7),
            "%.0f",
            when=When.CHANGED,
            limits=Limits(ask=lambda unit: Limits(choices=tuple(unit.value(VOLTAGES).split()))),
        ),
        Row("output.current.nominal", Columns(5, 7), "%.2f", _nominal_current, When.CHANGED),
    ),
    shortest=8,
)


# --- commands and settings


def _off(_: str, unit: Unit) -> str:
    return minutes(int(unit.amount("ups.delay.shutdown") or 0))


def _off_and_on(_: str, unit: Unit) -> str:
    return f"{_off('', unit)}R{int(unit.amount('ups.delay.start') or 0) // MINUTE:04d}"


def _test(value: str, unit: Unit) -> str:
    seconds = int(number(value))
    if seconds == 10:
        return ""
    if not 60 <= seconds <= 5940:
        raise ValueError(f"a test of {seconds} s is out of range [10, 60..5940]")
    return f"{seconds // MINUTE:02d}"


def _digits(format: str) -> Fill:
    return lambda value, unit: format % int(number(value))


def _days(value: str, unit: Unit) -> str:
    seconds = int(number(value))
    days, rest = divmod(seconds, DAY)
    if days > 9999:
        raise ValueError(f"{seconds} s are more than 9999 days")
    return f"{days:04d}:{rest // HOUR:02d}:{rest % HOUR // MINUTE:02d}:{rest % MINUTE:02d}"


def _claim(unit: Unit) -> bool:
    wanted = unit.settings.integer("slave_address", -1, low=0, high=99)
    if not all(unit.look(name, MASTERGUARD) for name in (ADDRESS, "device.model", VOLTAGES)):
        return False
    return wanted in (-1, int(unit.value(ADDRESS)))


MASTERGUARD = Dialect(
    "masterguard",
    "Masterguard 1.0",
    (IDENTITY, MEASURED, SET, BATTERY, SERIAL, RUNNING, POSSIBLE, NOMINAL),
    (
        Command("shutdown.return", b"S%s\r", _off_and_on),
        Command("shutdown.stayoff", b"S%s\r", _off),
        Command("shutdown.stop", b"C\r"),
        Command("test.battery.start", b"T%s\r", _test, "600"),
        Command("test.battery.start.quick", b"T\r"),
        Command("test.battery.start.deep", b"TUD\r"),
        Command("test.battery.stop", b"CT\r"),
        Command("bypass.start", b"FOFF\r"),
        Command("bypass.stop", b"FON\r"),
        Command("beeper.enable", b"SS---1,XX\r"),
        Command("beeper.disable", b"SS---0,XX\r"),
    ),
    (
        Setting(ADDRESS, b"SS%s--,XX\r", _digits("%02d")),
        Setting("battery.packs", b"SS--%s-,XX\r", _digits("%d")),
        Setting("output.voltage.nominal", b"PNV=%s\r", _digits("%03d")),
        Setting("device.uptime", b"SRC%s,XX\r", _days),
        Setting("ups.delay.shutdown", default="30", limits=Limits(ranges=((0, 5940),))),
        Setting("ups.delay.start", default="180", limits=Limits(ranges=((0, 599940),))),
    ),
    claim=_claim,
    accepted=(),
    encode=addressed,
    fixed={"device.mfr": "Masterguard", "load.high": "140", "battery.type": "PbAc"},
    options=(Option("slave_address", "The address (ups.id) of the UPS that is meant, 0 to 99"),),
)
