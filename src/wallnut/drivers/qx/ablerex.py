"""ablerex: as megatec, with binary replies to three more questions, and charges of its own.

Models: Ablerex 625L and others. Source: the reply format, the numbers and the table of charges in NUT's nutdrv_qx. It
is tried only by name: megatec's questions are answered too. Proved beside C nutdrv_qx on a simulator, but for what is
binary: by specification.

    > Q5          < (..            at 1 the output's frequency in tenths, at 7 the battery's and at 9 its empty voltage
                                   (1200: nominal), at 13 an error number, at 15 the output's current in tenths
    > At          < (....          runtime in seconds
    > TR          < #0000          result of the last test
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wallnut.drivers.qx import bits
from wallnut.drivers.qx.common import BITS, COMMANDS, DELAYS, IGNORESAB, NORATING, NOVENDOR, VENDOR
from wallnut.drivers.qx.common import Q1 as COMMON
from wallnut.drivers.qx.common import RATING as RATED
from wallnut.drivers.qx.rows import STATUS, Columns, Dialect, Query, Row, number

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

CELL = 3.0
"""A voltage below is a cell's."""
# fmt: off
CELLS = (
    100, 90, 88, 87, 85, 83, 82, 80, 78, 77, 75, 73, 72, 70, 68, 65, 65, 62, 62, 58, 58, 55, 55, 53, 52, 50, 48, 47,
    45, 43, 42, 40, 38, 37, 35, 33, 32, 30, 28, 27, 25, 23, 22, 20, 18, 17, 15, 13, 12, 10, 8, 7, 5, 3, 2,
)
"""Charge at 2.22 V a cell and, hundredth by hundredth, below."""
BLOCKS = (
    90, 88, 86, 83, 80, 77, 74, 72, 69, 66, 63, 61, 58, 55, 52, 49, 47, 44, 41, 38, 36, 33, 30, 27, 24, 22, 19, 16, 13,
    11, 8, 5, 2,
)
"""Charge at 13.3 V a block of six cells and, tenth by tenth, below; full at 13.5 V."""
# fmt: on
BATTERY, EMPTY = "q5 battery", "q5 empty"


def charge(volts: float) -> float:
    """Per cent at a voltage, of a cell or of a block of six."""
    if volts < CELL:
        step = max(0, round(222 - 100 * volts))
        return CELLS[step] if step < len(CELLS) else 0
    if volts >= 13.5:
        return 100
    step = max(0, -int(10 * volts + 0.001) + 133)
    return BLOCKS[step] if step < len(BLOCKS) else 0


def _nominal(unit: Unit) -> float:
    return unit.amount("battery.voltage.nominal") or 0.0


def _volts(text: str, unit: Unit) -> float:
    volts, nominal, told = number(text), _nominal(unit), unit.amount(BATTERY) or 0.0
    if not nominal or (not told and volts > CELL):
        return volts
    return told * nominal / 1200 if told else volts * 6 * nominal / 12


def _charge(text: str, unit: Unit) -> float:
    volts, nominal = number(text), _nominal(unit)
    if not nominal:
        return 100.0
    return charge(volts if volts <= CELL else volts / (nominal / 12))


def _low(text: str, unit: Unit) -> float:
    return (unit.amount(EMPTY) or 960) * number(text) / 1200


def _high(text: str, unit: Unit) -> float:
    return 1365 * number(text) / 1200


def _pair(text: str, unit: Unit) -> float:
    if len(text) != 2:
        raise ValueError("two bytes are needed")
    return ord(text[0]) * 256 + ord(text[1])


def _tenths(text: str, unit: Unit) -> float:
    return _pair(text, unit) / 10


def _seconds(text: str, unit: Unit) -> float:
    return _pair(text[:2], unit) * 65536 + _pair(text[2:], unit)


def _error(text: str, unit: Unit) -> str:
    number_ = int(_pair(text, unit))
    return f"UPS error {number_}" if number_ else ""


def _bypass_or_boost(text: str, unit: Unit) -> str:
    """With its third bit (offline) the voltages decide; an online UPS is in bypass."""
    if len(text) == 3 and bits.is_set(text[0]) and not bits.is_set(text[2]):
        return "BYPASS"
    return bits.bypass_or_boost(text[:1], unit)


def _failed(text: str, unit: Unit) -> str:
    """A bad battery; and no voltage out means off."""
    words = ["RB"] if bits.is_set(text) else []
    if (unit.amount("output.voltage") or 0.0) < 50:
        words.append("OFF")
    return " ".join(words)


Q5 = Query(
    b"Q5\r",
    b"(\x01\xf4\x00\x00\x00\x00\x04\xb0\x03\xc0\x00\x00\x00\x00\x00\x15\x00\x00\x00\x00\r",
    (
        Row("output.frequency", Columns(1, 2), "%.1f", _tenths),
        Row(BATTERY, Columns(7, 8), "%.0f", _pair),
        Row(EMPTY, Columns(9, 10), "%.0f", _pair),
        Row("ups.alarm", Columns(13, 14), convert=_error),
        Row("output.current", Columns(15, 16), "%.1f", _tenths),
    ),
)
RUNTIME = Query(b"At\r", b"(\x00\x00\x02\x58\r", (Row("battery.runtime", Columns(1, 4), "%.0f", _seconds),), shortest=5)
TESTED = Query(b"TR\r", b"#0000\r", (Row("ups.test.result", Columns(1, 4)),), shortest=5)
RATING = replace(
    RATED,
    rows=(
        Row("output.voltage.nominal", Columns(1, 5), "%.1f"),
        Row("output.current.nominal", Columns(7, 9), "%.1f"),
        Row("battery.voltage.nominal", Columns(11, 15), "%.1f"),
        Row("output.frequency.nominal", Columns(17, 20), "%.1f"),
        Row("battery.voltage.low", Columns(11, 15), "%.2f", _low),
        Row("battery.voltage.high", Columns(11, 15), "%.2f", _high),
    ),
)
OWN = {
    40: (Row(STATUS, Columns(40, 42), convert=_bypass_or_boost, vital=True),),
    41: (Row(STATUS, Columns(41, 41), convert=_failed, vital=True), BITS[3]),
}
Q1 = Query(
    COMMON.ask,
    COMMON.sample,
    (
        *(row for row in COMMON.rows if row not in BITS and row.name != "battery.voltage"),
        Row("battery.voltage", Columns(28, 31), "%.2f", _volts),
        Row("battery.charge", Columns(28, 31), "%.0f", _charge),
        *(own for column, row in enumerate(BITS, 38) for own in OWN.get(column, (row,))),
    ),
)

ABLEREX = Dialect(
    "ablerex",
    "Ablerex 1.0",
    (Q5, RATING, Q1, RUNTIME, TESTED, VENDOR),
    tuple(replace(one, ask=b"S.2\r") if one.name == "load.off" else one for one in COMMANDS),
    DELAYS,
    claim=("input.voltage", "ups.firmware"),
    options=(NORATING, NOVENDOR, IGNORESAB),
)
