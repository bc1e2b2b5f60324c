"""What q2 and q6 have in common: three-phase UPSes with the commands of megatec.

Source: the reply formats in NUT's nutdrv_qx (q2, q6), by the protocol texts of the makers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.base import Option
from wallnut.drivers.qx import bits
from wallnut.drivers.qx.common import BITS
from wallnut.drivers.qx.common import Q1 as STATUS
from wallnut.drivers.qx.rows import Columns, Query, Row, number

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

NOOUTSTATS = Option("nooutstats", "Do not ask for the statistics of the output: not every model has them", flag=True)
PHASES = {"input.phases": "3", "output.phases": "3"}

BITS_OF_Q1 = Query(STATUS.ask, STATUS.sample, BITS)


def kilo(text: str, unit: Unit) -> float:
    """Kilowatts as watts, kilovolt-amperes as volt-amperes."""
    return number(text) * 1000


def topology(text: str, unit: Unit) -> str:
    """How a transformer is wound."""
    return "star" if bits.is_set(text) else "delta"


OUTPUT = Query(
    b"WA\r",
    # 0         1         2         3         4         5         6         7
    # 01234567890123456789012345678901234567890123456789012345678901234567890123456789
    b"(001.4 000.0 000.0 001.4 000.0 000.0 001.4 001.4 006.5 000.0 000.0 007 00000000\r",
    (
        Row("output.L1.realpower", Columns(1, 5), "%.2f", kilo),
        Row("output.L2.realpower", Columns(7, 11), "%.2f", kilo),
        Row("output.L3.realpower", Columns(13, 17), "%.2f", kilo),
        Row("output.L1.power", Columns(19, 23), "%.2f", kilo),
        Row("output.L2.power", Columns(25, 29), "%.2f", kilo),
        Row("output.L3.power", Columns(31, 35), "%.2f", kilo),
        Row("output.L1.current", Columns(49, 53), "%.1f"),
        Row("output.L2.current", Columns(55, 59), "%.1f"),
        Row("output.L3.current", Columns(61, 65), "%.1f"),
        Row("ups.realpower", Columns(37, 41), "%.2f", kilo),
        Row("ups.power", Columns(43, 47), "%.2f", kilo),
        Row("ups.load", Columns(67, 69), "%.0f"),
    ),
    unless="nooutstats",
)
