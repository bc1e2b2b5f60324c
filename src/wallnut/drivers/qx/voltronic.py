"""voltronic: Voltronic Power's own protocol (P00 to P99), under the names of PowerWalker, BlueWalker, Salicru, nJoy...

Source: nutdrv_qx(8); the questions, reply formats, letters and commands in NUT's nutdrv_qx. Proved beside C nutdrv_qx
on a simulator. What the several protocols have is asked for by the reply to QPI and QFLAG, as there.

    > QPI         < (PI01          the protocol
    > QFLAG       < (EpasDbro      capabilities that are on (E) and off (D), a letter each
    > PEA, PDA    < (ACK           switch one on or off
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.base import Option
from wallnut.drivers.qx import bits
from wallnut.drivers.qx import voltronic_limits as bounds
from wallnut.drivers.qx import voltronic_words as words
from wallnut.drivers.qx.common import delays, minutes, off, off_and_on, whole_battery
from wallnut.drivers.qx.rows import (
    ALARM,
    STATUS,
    Columns,
    Command,
    Convert,
    Dialect,
    Fill,
    Limits,
    Never,
    Only,
    Query,
    Row,
    Setting,
    When,
    number,
)

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

ACK = b"(ACK\r"
PROTOCOLS = ("00", "01", "02", "03", "08", "09", "10", "13", "14", "31", "71", "99")
NO_BYPASS_LIMITS = ("P00", "P08", "P31")
SWITCHES = {
    "ups.start.auto": "R",
    "battery.protection": "S",
    "battery.energysave": "G",
    "ups.start.battery": "C",
    "outlet.0.switchable": "J",
}
"""Capabilities that NUT has variables for, with their letters."""
CAPABILITIES = {
    "bypass_alarm": ("P", "Alarm in bypass mode: enabled, disabled"),
    "battery_alarm": ("B", "Alarm in battery mode: enabled, disabled"),
    "bypass_when_off": ("O", "Bypass while the UPS is off: enabled, disabled"),
    "alarm_control": ("A", "Control of the alarm: enabled, disabled"),
    "converter_mode": ("V", "Converter mode: enabled, disabled"),
    "eco_mode": ("E", "Eco mode: enabled, disabled"),
    "battery_open_status_check": ("D", "Check for the battery at the start: enabled, disabled"),
    "bypass_forbidding": ("F", "Never bypass: enabled, disabled"),
    "site_fault_detection": ("L", "Detection of site faults: enabled, disabled"),
    "advanced_eco_mode": ("N", "Advanced eco mode: enabled, disabled"),
    "constant_phase_angle": ("Q", "Constant phase angle: enabled, disabled"),
    "limited_runtime_on_battery": ("W", "Limited runtime on battery: enabled, disabled"),
}
"""Those that are keys of ups.conf."""
MODE, FAULT = "mode", "fault"
YES_NO, ON_OFF = Limits(choices=("no", "yes")), Limits(choices=("enabled", "disabled"))
BATTERY_TYPES, RANGES, ANGLES = ("Li", "Flooded", "AGM"), ("Appliance", "UPS"), ("000", "120", "180", "240")


def _protocol(text: str, unit: Unit) -> str:
    if text[:2].upper() != "PI" or text[2:] not in PROTOCOLS:
        raise ValueError(f"{text!r} is no protocol that this speaks")
    return f"P{text[2:]}"


def _is(*protocols: str) -> Only:
    return lambda unit: unit.value("ups.firmware.aux") in protocols


def _knows(name: str) -> Only:
    return lambda unit: bool(unit.value(name))


# --- the status


def _flag(text: str) -> bool:
    """A bit; "-", which P71 says, is none."""
    return text != "-" and bits.is_set(text)


def _bit(yes: str, no: str) -> Convert:
    return lambda text, unit: "" if text == "-" else (yes if _flag(text) else no)


def _type(text: str, unit: Unit) -> str:
    kinds = {"00": "offline", "01": "line-interactive", "10": "online", "--": "online"}
    if text not in kinds:
        raise ValueError(f"{text!r} is no type")
    return kinds[text]


def _bypass_or_boost(text: str, unit: Unit) -> str:
    word = bits.bypass_or_boost(text, unit) if _flag(text) else ""
    return "" if word == "BYPASS" and _is("P00", "P08")(unit) else word


def _avr(text: str, unit: Unit) -> str:
    """P00 and P08 have no bypass: there the same voltages mean a regulator."""
    is_avr = _flag(text) and _is("P00", "P08")(unit) and bits.bypass_or_boost(text, unit) == "BYPASS"
    return "UPS is in AVR Mode." if is_avr else ""


def _beeper(text: str, unit: Unit) -> str:
    """Its bit is set where it is silent; what QFLAG says of control of the alarm decides what that is called."""
    control, silent = unit.value("alarm_control"), _flag(text)
    if control == "disabled":
        return "disabled"
    return ("muted" if control else "disabled") if silent else "enabled"


STATUS_QUERY = Query(
    b"QGS\r",
    # 0         1         2         3         4         5         6         7
    # 0123456789012345678901234567890123456789012345678901234567890123456789012345
    b"(234.9 50.0 229.8 50.0 000.0 000 369.1 ---.- 026.5 ---.- 018.8 100000000001\r",
    (
        Row("input.voltage", Columns(1, 5), "%.1f"),
        Row("input.frequency", Columns(7, 10), "%.1f"),
        Row("output.voltage", Columns(12, 16), "%.1f"),
        Row("output.frequency", Columns(18, 21), "%.1f"),
        Row("output.current", Columns(23, 27), "%.1f"),
        Row("ups.load", Columns(29, 31), "%.0f"),
        Row("battery.voltage", Columns(45, 49), "%.2f", whole_battery),
        Row("ups.temperature", Columns(57, 61), "%.1f"),
        Row("ups.type", Columns(63, 64), convert=_type, when=When.CHANGED),
        Row(STATUS, Columns(65, 65), convert=bits.utility_fail, vital=True),
        Row(STATUS, Columns(66, 66), convert=_bit("LB", "!LB"), vital=True),
        Row(STATUS, Columns(67, 67), convert=_bypass_or_boost, vital=True),
        Row(ALARM, Columns(67, 67), convert=_avr),
        Row(ALARM, Columns(68, 68), convert=_bit("UPS Fault!", "")),
        Row(FAULT, Columns(68, 68)),
        Row(STATUS, Columns(70, 70), convert=_bit("CAL", "!CAL"), vital=True),
        Row(STATUS, Columns(71, 71), convert=_bit("FSD", "!FSD"), vital=True),
        Row("ups.beeper.status", Columns(72, 72), convert=_beeper),
    ),
)
MODE_QUERY = Query(
    b"QMOD\r",
    # 012
    b"(S\r",
    (
        Row(ALARM, Columns(1, 1), convert=words.mode_alarm),
        Row(STATUS, Columns(1, 1), convert=words.mode),
        Row(MODE, Columns(1, 1)),
    ),
    often=True,
)
WARNING_QUERY = Query(
    b"QWS\r",
    # 0         1         2         3         4         5         6
    # 012345678901234567890123456789012345678901234567890123456789012345
    b"(0000000100000000000000000000000000000000000000000000000000000000\r",
    (
        Row(ALARM, Columns(1, 64), convert=words.warnings),
        Row(STATUS, Columns(1, 64), convert=words.warning_words),
    ),
)
FAULT_QUERY = Query(
    b"QFS\r",
    # 0         1         2         3         4         5         6
    # 012345678901234567890123456789012345678901234567890123456789012345678
    b"(14 212.1 50.0 005.6 49.9 006 010.6 343.8 ---.- 026.2 021.8 01101100\r",
    (
        Row(ALARM, Columns(1, 2), convert=words.fault),
        Row(STATUS, Columns(1, 2), convert=words.fault_word),
    ),
    shortest=4,
    only=lambda unit: unit.value(FAULT) == "1",
)


# --- who it is


def _percent(text: str, unit: Unit) -> float:
    return number(text) / 100


def _serial(text: str, unit: Unit) -> str:
    if not text.strip("0 "):
        raise Never("no serial number")
    return text


def _once(name: str, first: int, last: int | None, format: str = "%s", *, trim: bool = False) -> Row:
    return Row(name, Columns(first, last), format, when=When.ONCE, trim=trim)


IDENTITY = (
    Query(
        b"QPI\r",
        # 012345
        b"(PI00\r",
        (Row("ups.firmware.aux", Columns(1, 4), convert=_protocol, when=When.ONCE),),
    ),
    Query(
        b"QRI\r",
        # 0         1         2
        # 0123456789012345678901
        b"(230.0 004 024.0 50.0\r",
        (
            _once("output.voltage.nominal", 1, 5, "%.1f"),
            _once("output.current.nominal", 7, 9, "%.0f"),
            Row("battery.voltage.nominal", Columns(11, 15), "%.1f", when=When.CHANGED),
            _once("output.frequency.nominal", 17, 20, "%.1f"),
        ),
    ),
    Query(
        b"QMD\r",
        # 0         1         2         3         4
        # 012345678901234567890123456789012345678901234567
        b"(#######OLHVT1K0 ###1000 80 1/1 230 230 02 12.0\r",
        (
            _once("device.model", 1, 15, trim=True),
            _once("ups.power.nominal", 17, 23, trim=True),
            Row("output.powerfactor", Columns(25, 26), "%.1f", _percent, When.ONCE),
            _once("input.phases", 28, 28, "%.0f"),
            _once("output.phases", 30, 30, "%.0f"),
            _once("input.voltage.nominal", 32, 34, "%.1f"),
            _once("output.voltage.nominal", 36, 38, "%.1f"),
        ),
    ),
    Query(
        b"F\r",
        # 0         1         2
        # 0123456789012345678901
        b"#220.0 000 024.0 50.0\r",
        (
            _once("input.voltage.nominal", 1, 5, "%.1f"),
            _once("input.current.nominal", 7, 9, "%.1f"),
            _once("battery.voltage.nominal", 11, 15, "%.1f"),
            _once("input.frequency.nominal", 17, 20, "%.1f"),
        ),
    ),
    Query(b"QMF\r", b"(#######BOH\r", (_once("device.mfr", 1, None, trim=True),), shortest=2),
    Query(
        b"QVFW\r",
        # 0         1
        # 0123456789012345
        b"(VERFW:00322.02\r",
        (_once("ups.firmware", 7, 14),),
    ),
    Query(
        b"QID\r",
        b"(12345679012345\r",
        (Row("device.serial", Columns(1), convert=_serial, when=When.ONCE),),
        shortest=2,
    ),
    Query(
        b"I\r",
        # 0         1         2         3
        # 012345678901234567890123456789012345678
        b"#-------------   ------     VT12046Q  \r",
        (
            _once("device.mfr", 1, 15, trim=True),
            _once("device.model", 17, 26, trim=True),
            _once("ups.firmware", 28, 37, trim=True),
        ),
    ),
)


# --- capabilities


def _capability(letter: str, on: str, off_: str) -> Convert:
    def read(text: str, unit: Unit) -> str:
        enabled, _, disabled = text.removeprefix("E").partition("D")
        if letter.lower() in enabled:
            return on
        if letter.lower() in disabled:
            return off_
        raise Never("the UPS has not that capability")

    return read


CAPABILITY_QUERY = Query(
    b"QFLAG\r",
    b"(EpashcjnqwDbroegfldv\r",
    (
        *(
            Row(name, Columns(1), convert=_capability(letter, "yes", "no"), when=When.CHANGED, limits=YES_NO)
            for name, letter in SWITCHES.items()
        ),
        *(
            Row(name, Columns(1), convert=_capability(letter, "enabled", "disabled"), when=When.CHANGED)
            for name, (letter, _) in CAPABILITIES.items()
        ),
    ),
    shortest=4,
)


def _switch(value: str, unit: Unit) -> str:
    return "E" if value.lower() in ("yes", "enabled") else "D"


def _reset(value: str, unit: Unit) -> str:
    if unit.value(MODE) != "S":
        raise ValueError("only while the UPS is off (standby)")
    return ""


# --- the battery


def _seconds(text: str, unit: Unit) -> float:
    return 60 * number(text)


def _one_of(choices: tuple[str, ...]) -> Convert:
    def read(text: str, unit: Unit) -> str:
        index = int(number(text))
        if index >= len(choices):
            raise ValueError(f"{text!r} is none of {len(choices)}")
        return choices[index]

    return read


def _low_range(unit: Unit) -> Limits:
    power = (unit.amount("output.voltage.nominal") or 0) * (unit.amount("output.current.nominal") or 0)
    return Limits(ranges=((20, 24 if power < 1000 else 28),)) if power else Limits()


BATTERY = (
    Query(
        b"QBV\r",
        # 0         1         2
        # 012345678901234567890
        b"(026.5 02 01 068 255\r",
        (
            Row("battery.voltage", Columns(1, 5), "%.2f", whole_battery),
            Row("battery_number", Columns(7, 8), "%.0f", when=When.CHANGED),
            Row("battery.packs", Columns(10, 11), "%.0f", when=When.CHANGED, limits=Limits(ranges=((1, 99),))),
            Row("battery.charge", Columns(13, 15), "%.0f"),
            Row("battery.runtime", Columns(17), "%.0f", _seconds),
        ),
    ),
    Query(
        b"QBT\r",
        b"(01\r",
        (
            Row(
                "battery.type",
                Columns(1, 2),
                convert=_one_of(BATTERY_TYPES),
                when=When.CHANGED,
                limits=Limits(choices=BATTERY_TYPES),
            ),
        ),
        only=_is("P31"),
    ),
    Query(
        b"RE0\r",
        b"#20\r",
        (Row("battery.voltage.low", Columns(1, 2), "%.1f", when=When.CHANGED, limits=Limits(ask=_low_range)),),
        shortest=3,
    ),
)


# --- three phases


def _phases(question: bytes, names: tuple[str, ...], *protocols: str) -> Query:
    """Six or three voltages, or three whole numbers."""
    volts = question in (b"Q3PV\r", b"Q3OV\r", b"Q3YV\r")
    field, format = (b"123.4", "%.1f") if volts else (b"123", "%.0f")
    fields = (3 if protocols == ("P09",) and question == b"Q3YV\r" else 6) if volts else 3
    wide = len(field) + 1
    rows = tuple(
        Row(name, Columns(1 + wide * index, wide * (index + 1) - 1), format) for index, name in enumerate(names)
    )
    return Query(question, b"(" + b" ".join([field] * fields) + b"\r", rows, only=_is(*protocols))


def _volts(of: str, three: bool = True) -> tuple[str, ...]:
    """P09 has two phases."""
    lines = ("L1-N", "L2-N", "L3-N", "L1-L2", "L2-L3", "L1-L3") if three else ("L1-N", "L2-N", "", "L1-L2")
    return tuple(f"{of}.{line}.voltage" if line else "" for line in lines)


def _two(query: Query) -> Query:
    """Without the phase that is not there."""
    return query.without("")


PHASES = (
    _phases(b"Q3PV\r", _volts("input"), "P03", "P10"),
    _two(_phases(b"Q3PV\r", _volts("input", three=False), "P09")),
    _phases(b"Q3PC\r", ("input.L1.current", "input.L2.current", "input.L3.current"), "P03", "P10"),
    _phases(b"Q3PC\r", ("input.L1.current", "input.L2.current"), "P09"),
    _phases(b"Q3OV\r", _volts("output"), "P10"),
    _two(_phases(b"Q3OV\r", _volts("output", three=False), "P09")),
    _phases(b"Q3OC\r", ("output.L1.current", "output.L2.current", "output.L3.current"), "P10"),
    _phases(b"Q3OC\r", ("output.L1.current", "output.L2.current"), "P09"),
    _phases(b"Q3LD\r", tuple(f"output.L{line}.power.percent" for line in (1, 2, 3)), "P10"),
    _phases(b"Q3LD\r", tuple(f"output.L{line}.power.percent" for line in (1, 2)), "P09"),
    _phases(b"Q3YV\r", _volts("output.bypass"), "P10"),
    _phases(b"Q3YV\r", _volts("output.bypass", three=False)[:2], "P09"),
)


# --- outlets, limits and the rest


def _outlet(on: str, off_: str) -> Convert:
    return lambda text, unit: on if bits.is_set(text) else off_


OUTLETS = tuple(
    query
    for outlet in (1, 2, 3, 4)
    for query in (
        Query(
            b"QSK%d\r" % outlet,
            b"(1\r",
            (
                Row(f"outlet.{outlet}.switchable", Columns(1, 1), convert=_outlet("yes", "yes"), when=When.CHANGED),
                Row(f"outlet.{outlet}.status", Columns(1, 1), convert=_outlet("on", "off"), when=When.CHANGED),
            ),
            only=lambda unit: unit.value("outlet.0.switchable") == "yes",
        ),
        Query(
            b"QSKT%d\r" % outlet,
            b"(008\r",
            (
                Row(
                    f"outlet.{outlet}.delay.shutdown",
                    Columns(1, 3),
                    "%.0f",
                    _seconds,
                    When.CHANGED,
                    limits=Limits(ranges=((0, 59940),)),
                ),
            ),
            only=_knows(f"outlet.{outlet}.status"),
        ),
    )
)


def _limit(name: str, first: int, last: int, format: str, limits: Limits | None = None) -> Row:
    return Row(name, Columns(first, last), format, when=When.CHANGED, limits=limits)


def _bound(name: str, end: int, *, high: bool) -> Row:
    return Row(name, Columns(1), convert=bounds.eco_bound(end, high=high), when=When.CHANGED)


def _has_bypass_limits(unit: Unit) -> bool:
    return unit.value("ups.firmware.aux") not in NO_BYPASS_LIMITS


LIMIT_QUERIES = (
    Query(
        b"QHE\r",
        b"(242 218\r",
        (
            _limit("input.transfer.high", 1, 3, "%.0f", bounds.eco_volts(high=True)),
            _limit("input.transfer.low", 5, 7, "%.0f", bounds.eco_volts(high=False)),
            _bound("input.transfer.low.min", 0, high=False),
            _bound("input.transfer.low.max", 1, high=False),
            _bound("input.transfer.high.min", 0, high=True),
            _bound("input.transfer.high.max", 1, high=True),
        ),
        only=_knows("eco_mode"),
    ),
    Query(
        b"QFRE\r",
        b"(53.0 47.0\r",
        (
            _limit("input.frequency.high", 1, 4, "%.1f", bounds.frequency(bounds.ECO_MAX)),
            _limit("input.frequency.low", 6, 9, "%.1f", bounds.frequency(bounds.ECO_MIN)),
        ),
        only=_knows("eco_mode"),
    ),
    Query(
        b"QBYV\r",
        b"(264 170\r",
        (_limit("max_bypass_volt", 1, 3, "%.0f"), _limit("min_bypass_volt", 5, 7, "%.0f")),
        only=_has_bypass_limits,
    ),
    Query(
        b"QBYF\r",
        b"(53.0 47.0\r",
        (_limit("max_bypass_freq", 1, 4, "%.1f"), _limit("min_bypass_freq", 6, 9, "%.1f")),
        only=_has_bypass_limits,
    ),
)
OTHER = (
    Query(
        b"QLDL\r",
        b"(021 023\r",
        (
            Row("output.power.minimum.percent", Columns(1, 3), "%.0f"),
            Row("output.power.maximum.percent", Columns(5, 7), "%.0f"),
        ),
    ),
    Query(
        b"QGR\r",
        b"(01\r",
        (Row("work_range_type", Columns(1, 2), convert=_one_of(RANGES), when=When.CHANGED),),
        only=_is("P31"),
    ),
    Query(b"QPD\r", b"(000 120\r", (Row("output_phase_angle", Columns(5, 7), when=When.CHANGED),)),
)


# --- commands and settings


def _test(value: str, unit: Unit) -> str:
    seconds = int(number(value))
    if not 12 <= seconds <= 5940:
        raise ValueError(f"a test of {seconds} s is out of range [12..5940]")
    return minutes(seconds)


def _toggle(_: str, unit: Unit) -> str:
    now, silent = unit.value("ups.beeper.status"), "muted" if unit.value("alarm_control") else "disabled"
    if now not in ("enabled", silent):
        raise ValueError("the beeper is disabled")
    return "OFF" if now == "enabled" else "ON"


def _command(name: str, ask: bytes, fill: Fill | None = None, default: str = "", only: Only | None = None) -> Command:
    return Command(name, ask, fill, default, ACK, only=only)


COMMANDS = (
    _command("load.off", b"SOFF\r"),
    _command("load.on", b"SON\r"),
    _command("shutdown.return", b"S%s\r", off_and_on),
    _command("shutdown.stayoff", b"S%sR0000\r", off),
    _command("shutdown.stop", b"CS\r"),
    _command("test.battery.start", b"T%s\r", _test, "600"),
    _command("test.battery.start.deep", b"TL\r"),
    _command("test.battery.start.quick", b"T\r"),
    _command("test.battery.stop", b"CT\r"),
    _command("beeper.toggle", b"BZ%s\r", _toggle),
    _command("beeper.enable", b"PEA\r", only=_knows("alarm_control")),
    _command("beeper.disable", b"PDA\r", only=_knows("alarm_control")),
    *(
        _command(f"outlet.{outlet}.load.{way}", b"SK%s%d\r" % (way.upper().encode(), outlet), only=only)
        for outlet in (1, 2, 3, 4)
        for only in (_knows(f"outlet.{outlet}.status"),)
        for way in ("off", "on")
    ),
    _command("bypass.start", b"PEE\r", only=_knows("eco_mode")),
    _command("bypass.stop", b"PDE\r", only=_knows("eco_mode")),
)


def _number(format: str) -> Fill:
    return lambda value, unit: format % number(value)


def _in_minutes(value: str, unit: Unit) -> str:
    return f"{int(number(value)) // 60:03d}"


def _index(choices: tuple[str, ...]) -> Fill:
    return lambda value, unit: f"{[one.lower() for one in choices].index(value.lower()):02d}"


def _key(name: str, ask: bytes, fill: Fill, limits: Limits) -> Setting:
    return Setting(name, ask, fill, limits=limits, sample=ACK, once=True, only=_knows(name))


SETTINGS = (
    Setting("reset_to_default", b"PF\r%s", _reset, sample=ACK, once=True),
    *(Setting(name, b"P%%s%s\r" % letter.encode(), _switch, sample=ACK) for name, letter in SWITCHES.items()),
    *(_key(name, b"P%%s%s\r" % letter.encode(), _switch, ON_OFF) for name, (letter, _) in CAPABILITIES.items()),
    *(Setting(f"outlet.{n}.delay.shutdown", b"PSK%d%%s\r" % n, _in_minutes, sample=ACK) for n in (1, 2, 3, 4)),
    Setting("input.transfer.high", b"HEH%s\r", _number("%03.0f"), sample=ACK),
    Setting("input.transfer.low", b"HEL%s\r", _number("%03.0f"), sample=ACK),
    Setting("input.frequency.high", b"FREH%s\r", _number("%04.1f"), sample=ACK),
    Setting("input.frequency.low", b"FREL%s\r", _number("%04.1f"), sample=ACK),
    _key("max_bypass_volt", b"PHV%s\r", _number("%03.0f"), bounds.bypass_volts(0)),
    _key("min_bypass_volt", b"PLV%s\r", _number("%03.0f"), bounds.bypass_volts(1)),
    _key("max_bypass_freq", b"PGF%s\r", _number("%04.1f"), bounds.frequency(bounds.BYPASS_MAX)),
    _key("min_bypass_freq", b"PSF%s\r", _number("%04.1f"), bounds.frequency(bounds.BYPASS_MIN)),
    _key("battery_number", b"BATN%s\r", _number("%1.0f"), Limits(ranges=((1, 9),))),
    Setting("battery.packs", b"BATGN%s\r", _number("%02.0f"), sample=ACK),
    Setting("battery.type", b"PBT%s\r", _index(BATTERY_TYPES), sample=ACK),
    _key("work_range_type", b"PGR%s\r", _index(RANGES), Limits(choices=RANGES)),
    Setting("battery.voltage.low", b"W0E%s\r", _number("%02.0f"), sample=ACK),
    _key("output_phase_angle", b"PPD%s\r", lambda value, unit: value, Limits(choices=ANGLES)),
    *delays(shutdown=(12, 5940)),
)
OPTIONS = (
    Option("reset_to_default", "Reset capabilities and their limits at the start, if the UPS is off", flag=True),
    *(Option(name, help) for name, (_, help) in CAPABILITIES.items()),
    Option("max_bypass_volt", "Highest voltage for bypass mode"),
    Option("min_bypass_volt", "Lowest voltage for bypass mode"),
    Option("max_bypass_freq", "Highest frequency for bypass mode"),
    Option("min_bypass_freq", "Lowest frequency for bypass mode"),
    Option("work_range_type", "Working range of P31 UPSes: Appliance, UPS"),
    Option("output_phase_angle", "Phase angle of the output: 000, 120, 180, 240"),
    Option("battery_number", "Batteries that make a pack: 1 to 9"),
    Option("testing", "Accepted, as C's; there is nothing untested here", flag=True),
)

VOLTRONIC = Dialect(
    "voltronic",
    "Voltronic 1.0",
    (
        *IDENTITY,
        CAPABILITY_QUERY,
        STATUS_QUERY,
        MODE_QUERY,
        FAULT_QUERY,
        WARNING_QUERY,
        *BATTERY,
        *PHASES,
        *OUTLETS,
        *LIMIT_QUERIES,
        *OTHER,
    ),
    COMMANDS,
    SETTINGS,
    claim=("input.voltage", "ups.firmware.aux"),
    rejected=b"(NAK\r",
    options=OPTIONS,
)
