"""Within what Voltronic Power's UPSes let voltages and frequencies be set, by protocol and nominal values.

Source: the ranges in NUT's nutdrv_qx. P00, P08, P31 and P71 have none of these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wallnut.drivers.qx.rows import Convert, Limits

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

Range = tuple[int, int]

MANY = ("P02", "P03", "P10", "P13", "P14", "P99")
SMALL = ("P01", "P09")
BYPASS_VOLTS: dict[str, tuple[tuple[Range, Range], tuple[Range, Range]]] = {
    # at 200 V and above: max, min; below: max, min
    "P01": (((230, 264), (170, 220)), ((120, 140), (85, 115))),
    "P09": (((60, 140), (60, 140)), ((60, 140), (60, 140))),
    "P99": (((231, 261), (149, 209)), ((115, 132), (50, 85))),
    **dict.fromkeys(MANY[:-1], (((231, 276), (110, 209)), ((115, 138), (55, 104)))),
}
_SMALL_FREQUENCIES = {50: ((51, 60), (40, 49), (53, 60), (40, 47)), 60: ((61, 70), (50, 59), (63, 70), (50, 57))}
_MANY_FREQUENCIES = {50: ((51, 54), (46, 49), (52, 54), (46, 48)), 60: ((61, 64), (56, 59), (62, 64), (56, 58))}
FREQUENCIES: dict[str, dict[int, tuple[Range, Range, Range, Range]]] = {
    **dict.fromkeys(SMALL, _SMALL_FREQUENCIES),
    **dict.fromkeys(MANY, _MANY_FREQUENCIES),
}
"""By the nominal frequency: bypass max, bypass min, eco max, eco min."""
BYPASS_MAX, BYPASS_MIN, ECO_MAX, ECO_MIN = range(4)


def _limits(ask: Callable[[Unit], Range | None]) -> Limits:
    def of(unit: Unit) -> Limits:
        found = ask(unit)
        return Limits(ranges=(found,)) if found else Limits()

    return Limits(ask=of)


def bypass_volts(which: int) -> Limits:
    """`which`: 0 the highest, 1 the lowest voltage."""

    def ask(unit: Unit) -> Range | None:
        nominal = unit.amount("input.voltage.nominal")
        found = BYPASS_VOLTS.get(unit.value("ups.firmware.aux"))
        return found[0 if nominal >= 200 else 1][which] if found and nominal else None

    return _limits(ask)


def frequency(which: int) -> Limits:
    """`which`: BYPASS_MAX..."""

    def ask(unit: Unit) -> Range | None:
        nominal = int(unit.amount("output.frequency.nominal") or 0)
        found = FREQUENCIES.get(unit.value("ups.firmware.aux"), {}).get(nominal)
        return found[which] if found else None

    return _limits(ask)


def eco_range(unit: Unit, *, high: bool) -> Range | None:
    """The range of the highest or lowest voltage of eco mode."""
    protocol, nominal = unit.value("ups.firmware.aux"), int(unit.amount("output.voltage.nominal") or 0)
    if not nominal or protocol not in (*SMALL, *MANY):
        return None
    far = 24 if nominal >= 200 else 12
    near = (7 if nominal >= 200 else 3) if protocol in SMALL else (11 if nominal >= 200 else 5)
    return (nominal + near, nominal + far) if high else (nominal - far, nominal - near)


def eco_volts(*, high: bool) -> Limits:
    """The same as limits."""
    return _limits(lambda unit: eco_range(unit, high=high))


def eco_bound(end: int, *, high: bool) -> Convert:
    """A row's value: an end of that range."""

    def read(text: str, unit: Unit) -> str:
        found = eco_range(unit, high=high)
        return str(found[end]) if found else ""

    return read
