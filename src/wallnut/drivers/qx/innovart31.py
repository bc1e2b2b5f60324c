"""innovart31: Ippon Innova RT 3/1, three phases in and one out.

Source: the reply formats in NUT's nutdrv_qx (2.8.3 and later). Proved by specification only: C nutdrv_qx 2.8.0 does
not know it. The beeper's command is left out: the UPS does not answer it.

C takes every UPS that answers Q6 for one of these. Here it has to answer BPS too, and to have one phase out (or
`protocol = innovart31`), so that q6 and innovart33 are found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.qx.common import COMMANDS, DELAYS, IGNORESAB, RATING, whole_battery
from wallnut.drivers.qx.q6 import MEASURED as Q6
from wallnut.drivers.qx.rows import Columns, Dialect, Query, Row, number
from wallnut.drivers.qx.three_phases import BITS_OF_Q1, OUTPUT, kilo

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit


def _one_phase(text: str, unit: Unit) -> str:
    """The second and third phase of the output."""
    return "no" if any(number(volts) for volts in text.split()) else "yes"


ONE_PHASE = "one phase out"
TOLD = tuple(one for one in COMMANDS if one.name != "beeper.toggle")
BYPASS = Query(
    b"BPS\r",
    # 0         1         2
    # 012345678901234567890123
    b"(230.4 000.0 000.0 49.9\r",
    (
        Row("input.bypass.voltage", Columns(1, 5), "%.1f"),
        Row("input.bypass.frequency", Columns(19, 22), "%.1f"),
    ),
)
MEASURED = Query(
    Q6.ask,
    Q6.sample,
    (
        Row("input.voltage", Columns(1, 5), "%.1f"),
        Row("input.L1-N.voltage", Columns(1, 5), "%.1f"),
        Row("input.L2-N.voltage", Columns(7, 11), "%.1f"),
        Row("input.L3-N.voltage", Columns(13, 17), "%.1f"),
        Row("input.frequency", Columns(19, 22), "%.1f"),
        Row("output.voltage", Columns(24, 28), "%.1f"),
        Row("output.frequency", Columns(42, 45), "%.1f"),
        Row("ups.load", Columns(47, 49), "%.0f"),
        Row("ups.temperature", Columns(71, 74), "%.1f"),
        Row("battery.voltage", Columns(59, 63), "%.2f", whole_battery),
        Row("battery.runtime", Columns(76, 80), "%.0f"),
        Row("battery.charge", Columns(82, 84), "%.0f"),
        Row(ONE_PHASE, Columns(30, 40), convert=_one_phase),
    ),
)
POWER = Query(
    OUTPUT.ask,
    OUTPUT.sample,
    (
        Row("output.current", Columns(49, 53), "%.1f"),
        Row("ups.realpower", Columns(37, 41), "%.2f", kilo),
        Row("ups.power", Columns(43, 47), "%.2f", kilo),
    ),
)


def _claim(unit: Unit) -> bool:
    if not unit.look("input.voltage", INNOVART31):
        return False
    if unit.settings.text("protocol"):
        return True
    unit.look(ONE_PHASE, INNOVART31)
    return unit.value(ONE_PHASE) == "yes" and unit.look("input.bypass.voltage", INNOVART31)


INNOVART31 = Dialect(
    "innovart31",
    "INNOVART31 1.0",
    (MEASURED, POWER, BYPASS, RATING, BITS_OF_Q1),
    TOLD,
    DELAYS,
    claim=_claim,
    rejected=b"NAK\r",
    fixed={"input.phases": "3", "input.bypass.phases": "1", "output.phases": "1"},
    options=(IGNORESAB,),
)
