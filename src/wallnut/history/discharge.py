"""What single discharges say about a battery: from the charge that was spent, the power that was drawn and the time.

A UPS's charge is no straight line: a full battery may stay at 100 % for minutes, and the last part, the tail, may be
gone in a moment. So a discharge counts with what it really delivered, and only what it left in the battery is reckoned:
at the rate of its middle, the tail at a rate that deep discharges have shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from wallnut.history.chronicle import STATUS
from wallnut.history.energy import LOAD, WATT_HOUR, Flow, Ratings, Source, power, spent
from wallnut.history.reader import CHARGE, RUNTIME, Reader
from wallnut.history.rollup import Piece
from wallnut.history.values import SECOND, Outage
from wallnut.model.status import Status

SHALLOW = 10.0
"""Percent; who spends less says nothing about the whole."""
DEEP = 50.0
"""Percent; who spends so much counts fully."""
TAIL = 20.0
"""Percent; a battery that has less may go faster."""
FULL = 99.0
"""Percent; who begins with so much has delivered all that there is above."""
FAINTEST, STRONGEST = 0.01, 1e7
"""Watts, or percent of load; what is beyond is no power that a UPS gives."""
FEW_TICKS = 5
"""Who comes down in fewer steps has a coarse charge."""


class Kind(Enum):
    """Why a battery was discharged."""

    OUTAGE = "outage"
    TEST = "test"
    CALIBRATION = "calibration"


class Doubt(Enum):
    """Why a discharge counts less, or not at all."""

    NO_CHARGE = "no-charge"  # battery.charge is not known: it does not count
    SHALLOW = "shallow"  # too little was spent: it does not count
    OTHER_BATTERY = "other-battery"  # it is from before the battery's date: it does not count
    NO_POWER = "no-power"  # neither power nor rating are known: it says nothing of watt-hours
    STEPS = "steps"  # the charge goes in large steps
    ESTIMATED = "estimated"  # power is load x rating
    COARSE = "coarse"  # only its hours are kept
    CUT = "cut"  # the end was not seen: what is known of it counts


LESS = {Doubt.STEPS: 0.5, Doubt.COARSE: 0.5, Doubt.NO_POWER: 0.7, Doubt.ESTIMATED: 0.8, Doubt.CUT: 0.8}
"""By what the weight is multiplied."""


@dataclass(frozen=True, slots=True)
class Discharge:
    """A time on battery from `start` to `end`, as far as it was seen.

    Charges are in percent, `load` is the mean in percent, `power` in watts, `wh` what went to the load; `measured` by a
    real power. `capacity` in Wh and `runtime` in seconds are those of a full battery at that load, as this discharge
    alone has them; `tail` is how much of them, 0 to 1, rests on the last part of the charge, which it did not reach.
    `own` is what battery.runtime said at the beginning. `step` is the resolution of the charge, in percent. `weight` is
    how much it counts, 0 to 1.
    """

    start: int
    end: int
    kind: Kind
    charge_from: float | None
    charge_to: float | None
    load: float | None = None
    power: float | None = None
    wh: float | None = None
    measured: bool = False
    capacity: float | None = None
    runtime: float | None = None
    tail: float = 0.0
    own: float | None = None
    step: float = 1.0
    weight: float = 0.0
    doubts: tuple[Doubt, ...] = ()

    @property
    def spent(self) -> float | None:
        """How much of the charge, in percent."""
        return None if self.charge_from is None or self.charge_to is None else self.charge_from - self.charge_to


class Tick(NamedTuple):
    """At that time the charge had come down to so much."""

    at: int
    charge: float


@dataclass(frozen=True, slots=True)
class Course:
    """What was seen of a discharge: the charge's way down from the start, and `work`, what was drawn between each two
    of its ticks: watts (or percent of load, or 1, where there is nothing better) times milliseconds. `power`: whether
    it is watts; `measured` by a real power."""

    start: int
    end: int
    kind: Kind
    line: tuple[Tick, ...]
    work: tuple[float, ...]
    power: bool
    measured: bool
    load: float | None
    own: float | None
    doubts: tuple[Doubt, ...]


def course(reader: Reader, outage: Outage, now: int, ratings: Ratings) -> Course | Discharge:
    """Look at a discharge; one that does not count is a Discharge at once."""
    device, start = outage.device, outage.start
    statuses = reader.texts(device, STATUS, start, outage.end or now)
    blind = next((at for at, text in statuses if text is None and at > start), now)
    end = max(min(outage.end or now, blind, (reader.heard(device) or 0) + 1), start)
    kind = Kind.TEST if outage.planned else Kind.OUTAGE
    if outage.planned and any(text and Status.parse(text).calibrating for _, text in statuses):
        kind = Kind.CALIBRATION
    if outage.charge is None or outage.lowest_charge is None or end == start:
        return Discharge(start, end, kind, outage.charge, outage.lowest_charge, doubts=(Doubt.NO_CHARGE,))
    if outage.charge - outage.lowest_charge < SHALLOW:
        return Discharge(start, end, kind, outage.charge, outage.lowest_charge, doubts=(Doubt.SHALLOW,))
    level, pieces = reader.pieces(device, CHARGE, start, end)
    line = ticks(pieces, start, end, outage.charge, outage.lowest_charge if level == "hour" else None)
    if line[0].charge - line[-1].charge < SHALLOW:
        return Discharge(start, end, kind, outage.charge, line[-1].charge, doubts=(Doubt.SHALLOW,))
    load = reader.pieces(device, LOAD, start, end)[1]
    sources = power(reader, device, start, end, ratings, 0)
    own = reader.value(device, RUNTIME, start - 1)
    work, power_known, measured = _work(line, sources, load)
    doubts = [
        *([Doubt.COARSE] if level == "hour" else []),
        *([Doubt.CUT] if blind < (outage.end or now) else []),
        *([Doubt.STEPS] if level != "hour" and len(line) < FEW_TICKS else []),
        *([] if measured else [Doubt.ESTIMATED if power_known else Doubt.NO_POWER]),
    ]
    return Course(
        start,
        end,
        kind,
        tuple(line),
        tuple(work),
        power_known,
        measured,
        _mean(load, start, end),
        own if isinstance(own, int | float) else None,
        tuple(doubts),
    )


def ticks(pieces: Sequence[Piece], start: int, end: int, charge: float, lowest: float | None) -> list[Tick]:
    """A charge's way down from what it was at the start: each new lowest value and when it came; of samples just then,
    of minutes at their end. With `lowest`, that alone is known, at the end."""
    found = [Tick(start, charge)]
    if lowest is not None:
        return [*found, Tick(end, min(lowest, charge))]
    for begin, stop, low, _, high, _ in pieces:
        if low < found[-1].charge:
            found.append(Tick(max(begin, start) if low == high else min(stop, end), low))
    return found


def _mean(pieces: Sequence[Piece], start: int, end: int) -> float | None:
    flows = [Flow(max(one[0], start), min(one[1], end), one[3], one[5] / (one[1] - one[0])) for one in pieces]
    (row,) = spent([Source("", False, flows)], [start, end])
    return row.watts


def _work(line: Sequence[Tick], sources: Sequence[Source], load: Sequence[Piece]) -> tuple[list[float], bool, bool]:
    """What was drawn between ticks; whether it is watts, and measured."""
    cuts = [tick.at for tick in line]
    start, end = cuts[0], cuts[-1]
    flows = [Flow(max(one[0], start), min(one[1], end), one[3], one[5] / (one[1] - one[0])) for one in load]
    for choice, power_known in ((list(sources), True), ([Source(LOAD, False, flows)], False)):
        rows = spent(choice, cuts)
        known = sum(row.known for row in rows)
        mean = sum(row.kwh or 0.0 for row in rows) * 1000 * WATT_HOUR / known if known else 0.0
        if known * 2 >= end - start > 0 and FAINTEST <= mean <= STRONGEST:
            # gaps are taken for the mean of the rest
            measured = power_known and all(part.measured for row in rows for part in row.parts)
            work = [(mean if row.watts is None else row.watts) * (row.end - row.start) for row in rows]
            return work, power_known, measured
    return [float(later - earlier) for earlier, later in pairwise(cuts)], False, False


def tail_of(one: Course) -> float | None:
    """How much the last percents gave, as a share of what those before them gave; None: it did not come so far."""
    body = _body(one)
    if body is None or one.line[-1].charge > TAIL / 2 or Doubt.COARSE in one.doubts:
        return None
    place = next(number for number, tick in enumerate(one.line) if tick.charge <= TAIL)
    percents = one.line[place].charge - one.line[-1].charge
    return sum(one.work[place:]) / percents / body if percents >= TAIL / 4 else None


def _body(one: Course) -> float | None:
    """What a percent gives between the first that was spent and the tail; None: too little of it was seen."""
    last = next((number for number, tick in enumerate(one.line) if tick.charge <= TAIL), len(one.line) - 1)
    for first in (1, 0):  # without the first step, if it can be: how long a full battery stays full is another matter
        percents = one.line[first].charge - one.line[last].charge
        if last > first and percents >= SHALLOW / 2 and (work := sum(one.work[first:last])) > 0:
            return work / percents
    return None


def reckon(one: Course, tail_rate: float = 1.0) -> Discharge:
    """What a discharge says, if the last percents give so much of what those before them give."""
    first, last = one.line[0], one.line[-1]
    done, depth = sum(one.work), first.charge - last.charge
    rate = _body(one) or done / depth
    tail = min(last.charge, TAIL) * rate
    whole = done + max(last.charge - TAIL, 0.0) * rate + tail * tail_rate
    if first.charge < FULL:
        whole += (100.0 - first.charge) * rate
    mean = done / (last.at - first.at)
    runtime = whole / mean if mean > 0 else 0.0
    weight = min(depth / DEEP, 1.0)
    for doubt in one.doubts:
        weight *= LESS[doubt]
    return Discharge(
        one.start,
        one.end,
        one.kind,
        first.charge,
        last.charge,
        one.load,
        mean if one.power else None,
        mean * (one.end - one.start) / WATT_HOUR if one.power else None,
        one.measured,
        whole / WATT_HOUR if one.power else None,
        runtime / SECOND,
        tail / whole if whole > 0 else 0.0,
        one.own,
        depth / (len(one.line) - 1),
        weight,
        one.doubts,
    )
