"""What a battery is worth, from its real discharges: capacity, runtime, age, trend, and when to replace it.

No figure comes without bounds and a word on how sure it is.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from wallnut.history.energy import RATINGS, Ratings
from wallnut.history.reader import Reader
from wallnut.history.values import Device


class Confidence(Enum):
    """How sure a figure is."""

    LOW = "low"
    FAIR = "fair"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number, within what bounds it probably is, and how sure."""

    value: float
    low: float
    high: float
    confidence: Confidence


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
    NO_POWER = "no-power"  # neither power nor load are known: it counts for no capacity
    STEPS = "steps"  # the charge goes in large steps
    ESTIMATED = "estimated"  # power is load x rating
    COARSE = "coarse"  # only its hours are kept
    CUT = "cut"  # the end was not seen: what is known of it counts


@dataclass(frozen=True, slots=True)
class Discharge:
    """A time on battery from `start` to `end`, as far as it was seen.

    Charges are in percent, `load` is the mean in percent, `power` in watts, `wh` what went to the load; `measured` by a
    real power. `capacity` in Wh and `runtime` in seconds are those of a full battery at that load, as this discharge
    alone has them. `own` is what battery.runtime said at the beginning. `weight` is how much it counts, 0 to 1.
    """

    start: int
    end: int
    kind: Kind
    charge_from: float | None
    charge_to: float | None
    load: float | None
    power: float | None
    wh: float | None
    measured: bool
    capacity: float | None
    runtime: float | None
    own: float | None
    weight: float
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True)
class Age:
    """When the battery was fitted or made. `source` is the variable, `text` what it says; not `sure`: day and month
    could be the other way round."""

    day: datetime.date
    days: int
    source: str
    text: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Test:
    """The last test. `passed` None: its result says neither. `at`: when the history saw the result come, or the time on
    battery of a test end; `day` what ups.test.date says."""

    result: str | None
    passed: bool | None
    at: int | None
    day: datetime.date | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """At that load, in percent: for how many seconds a full battery lasts, and what battery.runtime has said at such a
    load of a full one."""

    load: float
    runtime: Figure
    own: float | None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Capacity at a discharge, in percent of what the battery had at first."""

    at: int
    percent: float
    weight: float


@dataclass(frozen=True, slots=True)
class Trend:
    """The course of the capacity: `per_year` percent points a year (below 0: it declines)."""

    points: tuple[TrendPoint, ...]
    per_year: Figure


class Outlook(Enum):
    """When to replace the battery."""

    NOW = "now"
    DATED = "dated"  # at about a day
    STEADY = "steady"  # no decline that would lead there within ten years
    UNKNOWN = "unknown"  # not enough is known


class Because(Enum):
    """What an outlook rests on."""

    FLAG = "flag"  # the UPS itself says so: RB
    CAPACITY = "capacity"
    RUNTIME = "runtime"
    AGE = "age"  # nothing is measured, and it is older than batteries get
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Forecast:
    """When to replace it, and why; DATED: at about `at`, probably not before `earliest` nor after `latest` (None: not
    within ten years)."""

    outlook: Outlook
    because: Because
    at: int | None = None
    earliest: int | None = None
    latest: int | None = None


@dataclass(frozen=True, slots=True)
class Lacks:
    """What is missing for a forecast: so many discharges, each deeper than so many percent, the first and the last of
    all at least so many days apart."""

    discharges: int
    deeper: float
    days: int


@dataclass(frozen=True, slots=True)
class Limits:
    """When a battery is to be replaced: below so many percent of its first capacity, or below so many seconds of
    runtime at the present load (None: no matter)."""

    capacity: float = 80.0
    runtime: float | None = None


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Battery:
    """All that is known. None stands for what is not.

    `charge`, `load` (percent), `power` (watts), `own` (battery.runtime, seconds) are the present ones; `flagged`: the
    UPS says that it needs a new battery. `discharges`: the newest first. `capacity` (Wh) and `runtime` (seconds) are a
    full battery's at the present load, or where that is not known at the discharges' mean load (`at_load`);
    `runtime_now` is from the present charge. `health`: the capacity in percent of the first. `lacks`: what is missing
    for a forecast.
    """

    device: Device
    at: int
    charge: float | None
    load: float | None
    power: float | None
    own: float | None
    flagged: bool
    age: Age | None
    test: Test | None
    discharges: tuple[Discharge, ...]
    at_load: float | None
    capacity: Figure | None
    runtime: Figure | None
    runtime_now: Figure | None
    curve: tuple[CurvePoint, ...]
    health: Figure | None
    trend: Trend | None
    forecast: Forecast
    lacks: Lacks | None
    limits: Limits


def battery(
    reader: Reader,
    device: Device,
    now: int,
    *,
    live: Mapping[str, str] = {},
    limits: Limits = LIMITS,
    ratings: Ratings = RATINGS,
) -> Battery:
    """All that is known of a device's battery. `live` are its present variables, where they are at hand: what is not
    among them is looked up in the history."""
    raise NotImplementedError
