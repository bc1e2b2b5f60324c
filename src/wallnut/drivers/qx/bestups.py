"""bestups: Best Power's and Sola's UPSes, which say who they are with ID.

Models: Best Power Fortress, Fortress Telecom, Axxium Rackmount, Patriot Pro, Patriot Pro II; Sola Australia 320, 325,
520, 525, 620. Source: nutdrv_qx(8); the reply formats, model codes and voltage limits in NUT's nutdrv_qx and bestups.
Proved beside C nutdrv_qx on a simulator.

    > ID          < FOR,750,120,120,20.0,27.6      code, VA, volts in, volts out, empty, full battery
    > RT          < 025                            runtime in minutes
    > BP?         < 02                             battery packs; BP1 sets them
    > SS?         < 0                              what two pins of the connector do; SS2 sets it
    > M           < 0                              number of a row of voltage limits
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.base import Option
from wallnut.drivers.qx import bits
from wallnut.drivers.qx.common import BITS, COMMANDS, IGNORESAB, Q1, delays, off
from wallnut.drivers.qx.rows import (
    STATUS,
    Columns,
    Command,
    Convert,
    Dialect,
    Limits,
    Query,
    Row,
    Setting,
    When,
    number,
)

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit

BEST, SOLA = "Best Power", "Sola Australia"
MODELS = {
    "AX1": (BEST, "Axxium Rackmount"),
    "FOR": (BEST, "Fortress"),
    "FTC": (BEST, "Fortress Telecom"),
    "PR2": (BEST, "Patriot Pro II"),
    "PRO": (BEST, "Patriot Pro"),
    "325": (SOLA, "Sola 325"),
    "520": (SOLA, "Sola 520"),
    "620": (SOLA, "Sola 620"),
    "320": ("Unknown", "Sola 320"),
    "525": ("Unknown", "Sola 525"),
}
INVERTED = ("PR2", "PRO")
"""Models whose bit for bypass and boost is 0 where it is meant."""
NO_RUNTIME, WITH_PACKS = ("PRO", "320"), ("AX1", "620")
CODE, PINS = "model code", "pins_shutdown_mode"
LIMITS_U = (
    (96, 109, 120, 130, 146),
    (96, 109, 120, 138, 156),
    (90, 104, 120, 130, 146),
    (90, 104, 120, 138, 156),
    (90, 104, 110, 120, 130),
    (90, 104, 110, 130, 146),
    (90, 96, 110, 120, 130),
    (90, 96, 110, 130, 146),
    (96, 109, 128, 146, 156),
    (90, 104, 128, 146, 156),
)
"""Low, boost, nominal, buck and high voltage of the U models (120 V), by the reply to M."""
LIMITS_E = (
    (200, 222, 240, 250, 284),
    (200, 222, 240, 264, 290),
    (188, 210, 240, 250, 284),
    (188, 210, 240, 264, 290),
    (188, 210, 230, 244, 270),
    (188, 210, 230, 250, 284),
    (180, 200, 230, 244, 270),
    (180, 200, 230, 250, 284),
    (165, 188, 208, 222, 244),
    (165, 188, 208, 244, 270),
)
"""The same of the E models (230 V)."""
LOW, BOOST, NOMINAL, BUCK, HIGH = range(5)


def aligned(reply: bytes, unit: Unit) -> bytes:
    """The reply to ID with its power 4 wide and its last field 5 wide."""
    fields = reply.rstrip(b"\r").split(b",")
    if not 24 <= len(reply) <= 28 or len(fields) != 6:
        raise ValueError(f"{reply!r} has another form")
    fields[1], fields[5] = fields[1].rjust(4), fields[5].rjust(5)
    return b",".join(fields) + b"\r"


def _maker(text: str, unit: Unit) -> str:
    return MODELS.get(text, ("Unknown", ""))[0]


def _model(text: str, unit: Unit) -> str:
    return MODELS[text][1] if text in MODELS else f"Unknown ({text})"


def _runtime(text: str, unit: Unit) -> float:
    return 60 * number(text)


def _limit(which: int) -> Convert:
    def read(text: str, unit: Unit) -> float:
        nominal = unit.amount("input.voltage.nominal") or unit.amount("output.voltage.nominal")
        if nominal is None or not text.isdigit() or len(text) != 1:
            raise ValueError(f"{text!r} with {nominal} V is no row of limits")
        return (LIMITS_E if nominal > 160 else LIMITS_U)[int(text)][which]

    return read


def _bypass_or_boost(text: str, unit: Unit) -> str:
    """The bit counts on mains only, and not during a test or a shutdown."""
    if len(text) != 7:
        raise ValueError(f"{text!r} are no seven bits")
    if bits.is_set(text[0]) or bits.is_set(text[5]) or bits.is_set(text[6]):
        return ""
    bit = text[2]
    if unit.value(CODE) in INVERTED:
        bit = "0" if bits.is_set(bit) else "1"
    return bits.bypass_or_boost(bit, unit)


def _whole(value: str, unit: Unit) -> str:
    return f"{number(value):.0f}"


def _start(_: str, unit: Unit) -> str:
    return f"{off('', unit)}R{int(unit.amount('ups.delay.start') or 0) // 60:04d}"


IDENTITY = Query(
    b"ID\r",
    # 0         1         2
    # 0123456789012345678901234567
    b"FOR, 750,120,120,20.0, 27.6\r",
    (
        Row(CODE, Columns(0, 2), when=When.ONCE),
        Row("device.mfr", Columns(0, 2), convert=_maker, when=When.ONCE),
        Row("device.model", Columns(0, 2), convert=_model, when=When.ONCE),
        Row("ups.power.nominal", Columns(4, 7), "%.0f", when=When.ONCE),
        Row("input.voltage.nominal", Columns(9, 11), "%.0f", when=When.ONCE),
        Row("output.voltage.nominal", Columns(13, 15), "%.0f", when=When.ONCE),
        Row("battery.voltage.low", Columns(17, 20), "%.1f", when=When.CHANGED),
        Row("battery.voltage.high", Columns(22, 26), "%.1f", when=When.CHANGED),
    ),
    lead=b"",
    decode=aligned,
)
MEASURED = Query(
    Q1.ask,
    Q1.sample,
    (
        *(row for row in Q1.rows if row not in (BITS[2], BITS[7])),
        Row(STATUS, Columns(38, 44), convert=_bypass_or_boost, vital=True),
    ),
)
RUNTIME = Query(
    b"RT\r",
    # 0123
    b"025\r",
    (Row("battery.runtime", Columns(0, 2), "%.0f", _runtime),),
    lead=b"",
    only=lambda unit: unit.value(CODE) not in NO_RUNTIME,
)
PACKS = Query(
    b"BP?\r",
    # 012
    b"02\r",
    (Row("battery.packs", Columns(0, 1), "%.0f", when=When.CHANGED, limits=Limits(ranges=((0, 5),))),),
    lead=b"",
    only=lambda unit: unit.value(CODE) in WITH_PACKS,
)
SHUTDOWN_PINS = Query(
    b"SS?\r",
    # 01
    b"0\r",
    (Row(PINS, Columns(0), "%.0f", when=When.CHANGED),),
    lead=b"",
)
LIMITS = Query(
    b"M\r",
    # 01
    b"0\r",
    (
        Row("input.transfer.low", Columns(0), "%.0f", _limit(LOW)),
        Row("input.transfer.boost.low", Columns(0), "%.0f", _limit(LOW)),
        Row("input.transfer.boost.high", Columns(0), "%.0f", _limit(BOOST)),
        Row("input.voltage.nominal", Columns(0), "%.0f", _limit(NOMINAL)),
        Row("output.voltage.nominal", Columns(0), "%.0f", _limit(NOMINAL)),
        Row("input.transfer.trim.low", Columns(0), "%.0f", _limit(BUCK)),
        Row("input.transfer.trim.high", Columns(0), "%.0f", _limit(HIGH)),
        Row("input.transfer.high", Columns(0), "%.0f", _limit(HIGH)),
    ),
    lead=b"",
)
OWN = {
    "shutdown.return": Command("shutdown.return", b"S%s\r", _start),
    "shutdown.stayoff": Command("shutdown.stayoff", b"S%s\r", off),
}

BESTUPS = Dialect(
    "bestups",
    "BestUPS 1.0",
    (IDENTITY, MEASURED, RUNTIME, PACKS, SHUTDOWN_PINS, LIMITS),
    tuple(OWN.get(one.name, one) for one in COMMANDS if one.name != "beeper.toggle"),
    (
        Setting("battery.packs", b"BP%s\r", _whole),
        Setting(PINS, b"SS%s\r", _whole, limits=Limits(ranges=((0, 6),)), once=True),
        *delays(start=(60, 599940), shutdown=(12, 5940)),
    ),
    claim=("input.voltage", "device.model"),
    accepted=(),
    options=(Option(PINS, "What pins 1 and 7 of the connector do at a shutdown: 0 to 6"), IGNORESAB),
)
