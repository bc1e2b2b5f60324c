"""What a battery is worth, from its real discharges: capacity, runtime, age, trend, and when to replace it.

No figure comes without bounds and a word on how sure it is; where too little is known, it says what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from statistics import median

from wallnut.history.capacity import (
    Confidence,
    Figure,
    Lacks,
    Model,
    Trend,
    TrendPoint,
    lacks,
    model,
    plausible,
    reaches,
    seen,
    trend,
)
from wallnut.history.chronicle import STATUS
from wallnut.history.dates import parse_day
from wallnut.history.discharge import FULL, Course, Discharge, Doubt, Kind, course, reckon, tail_of
from wallnut.history.energy import LOAD, RATED, RATED_WATTS, RATINGS, Ratings
from wallnut.history.reader import CHARGE, RUNTIME, Reader
from wallnut.history.values import DAY, HOUR, SECOND, Device, Outage
from wallnut.model.status import Status

__all__ = [
    "Age",
    "Battery",
    "Because",
    "Confidence",
    "CurvePoint",
    "Discharge",
    "Doubt",
    "Figure",
    "Forecast",
    "Kind",
    "Lacks",
    "Limits",
    "Outlook",
    "Test",
    "Trend",
    "TrendPoint",
    "battery",
]

MOST, LOOKED_AT = 100, 300
"""Discharges that are shown, and times on battery that are looked at for them, the newest first."""
SHORT, LITTLE = 60 * SECOND, 5.0
"""Who is shorter and spends less, in percent, is not shown."""
REACH = 3650 * DAY
OWN_DAYS = 60 * DAY
"""How far back battery.runtime is compared."""
OLD = 5 * 365
"""Days; lead-acid batteries seldom last longer."""
MOST_OF_ALL = 1e9
"""No number of a UPS is greater."""
REAL_POWER = ("ups.realpower", "output.realpower")


@dataclass(frozen=True, slots=True)
class Age:
    """When the battery was fitted or made. `source` is the variable, `text` what it says; not `sure`: day and month
    could be the other way round."""

    day: date
    days: int
    source: str
    text: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Test:
    """The last test. `passed` None: its result says neither. `at`: when the history saw the result come, or the end of
    a test on battery; `day` what ups.test.date says."""

    result: str | None
    passed: bool | None
    at: int | None
    day: date | None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """At that load, in percent: for how many seconds a full battery lasts, and what battery.runtime has said at such a
    load of a full one."""

    load: float
    runtime: Figure
    own: float | None


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
    AGE = "age"  # too little is measured, and it is older than batteries get
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
    full battery's at the present load, or where that is not known at the discharges' mean load: `at_load`, percent.
    `runtime_now` is from the present charge. `curve` ascends by load. `lacks`: what is missing for a forecast.
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
    trend: Trend | None
    forecast: Forecast
    lacks: Lacks | None
    limits: Limits


def battery(
    reader: Reader,
    device: Device,
    now: int,
    *,
    live: Mapping[str, str] | None = None,
    limits: Limits = LIMITS,
    ratings: Ratings = RATINGS,
) -> Battery:
    """All that is known of a device's battery. `live` are its present variables, where they are at hand: what is not
    among them is looked up in the history."""
    present = _Present(reader, device, live or {}, ratings)
    age = _age(present, now)
    outages = _outages(reader, device, now)
    discharges, tail_known = _discharges(reader, outages, now, age, ratings)
    watts = _in_watts(discharges)
    found = seen(discharges, watts)
    decline = trend(found, now)
    made = model(found, now, tail_known, decline)
    percent = _watts_per_percent(discharges, present) if watts else 1.0
    intensity = present.power if watts else present.load
    runtime = capacity = None
    if made:
        intensity = intensity if plausible(intensity) else made.intensity
        runtime = made.at(intensity)
        capacity = runtime.times(intensity * SECOND / HOUR) if watts else None
    status = present.text(STATUS)
    flagged = status is not None and Status.parse(status).replace_battery
    return Battery(
        device,
        now,
        present.charge,
        present.load,
        present.power,
        present.own,
        flagged,
        age,
        _test(reader, device, present, outages, now),
        tuple(discharges),
        intensity / percent if made and intensity and percent else None,
        capacity,
        runtime,
        _from_here(runtime, present.charge),
        _curve(reader, device, made, percent, now) if made and percent else (),
        decline,
        _forecast(flagged, age, decline, runtime, limits, now),
        lacks(found),
        limits,
    )


class _Present:
    """What a device says now; of what seldom changes, what it said last."""

    def __init__(self, reader: Reader, device: Device, live: Mapping[str, str], ratings: Ratings) -> None:
        self._reader, self._device, self._live = reader, device, live
        self._known = reader.variables(device)
        self.charge, self.load, self.own = self.number(CHARGE), self.number(LOAD), self.number(RUNTIME)
        apparent = self.number(RATED, ever=True) or ratings.power
        rated = self.number(RATED_WATTS, ever=True) or ratings.realpower or (apparent and apparent * ratings.factor)
        self.rated = rated or None
        power = next((found for name in REAL_POWER if (found := self.number(name)) is not None), None)
        if power is None and self.load is not None and self.rated:
            power = self.load * self.rated / 100
        self.power = power

    def text(self, name: str, *, ever: bool = True) -> str | None:
        """A variable as text; if not `ever`, only if it is known now."""
        if name in self._live:
            return self._live[name]
        ask = self._reader.ever if ever else self._reader.latest
        found = ask(self._device, name) if name in self._known else None
        return found if found is None or isinstance(found, str) else f"{found:.15g}"

    def number(self, name: str, *, ever: bool = False) -> float | None:
        """A variable as a number, not below 0."""
        try:
            found = float(self.text(name, ever=ever) or "none")
        except ValueError:
            return None
        return max(found, 0.0) if abs(found) <= MOST_OF_ALL else None


def _age(present: _Present, now: int) -> Age | None:
    today = datetime.fromtimestamp(now / SECOND, UTC).date()
    found = {}
    for source in ("battery.date", "battery.mfr.date", "ups.mfr.date"):
        text = present.text(source)
        if text and (day := parse_day(text, today)):
            found[source] = Age(day.day, max((today - day.day).days, 0), source, text.strip(), day.sure)
    made = [found[source].day for source in ("battery.mfr.date", "ups.mfr.date") if source in found]
    fitted = found.get("battery.date")
    if fitted and all(fitted.day >= day for day in made):
        return fitted  # one that was fitted before it was made is what the factory, or nobody, has set
    return found.get("battery.mfr.date")


def _test(reader: Reader, device: Device, present: _Present, outages: Sequence[Outage], now: int) -> Test | None:
    result = present.text("ups.test.result")
    low = (result or "").lower()
    if not low or low in ("no", "0", "unknown") or low.startswith(("no test", "not ")):
        result = None
    changes = reader.texts(device, "ups.test.result", 0, now + 1) if result else []
    at = next((at for at, text in reversed(changes) if text == result), None)
    if at is None:
        at = next((one.end for one in outages if one.planned), None)
    text = present.text("ups.test.date")
    day = parse_day(text, datetime.fromtimestamp(now / SECOND, UTC).date()) if text else None
    if result is None and at is None and day is None:
        return None
    passed = None
    if any(word in low for word in ("fail", "error", "bad", "replace", "warning")):
        passed = False
    elif "pass" in low or low in ("ok", "good", "success"):
        passed = True
    return Test(result, passed, at, day.day if day else None)


def _outages(reader: Reader, device: Device, now: int) -> list[Outage]:
    """The last times on battery that are worth a look, the newest first."""
    found = reader.outage_page(now - REACH, now + 1, [device], limit=LOOKED_AT).items
    return [one for one in found if one.planned or (one.depth or 0) >= LITTLE or (one.end or now) - one.start >= SHORT][
        :MOST
    ]


def _discharges(
    reader: Reader, outages: Sequence[Outage], now: int, age: Age | None, ratings: Ratings
) -> tuple[list[Discharge], bool]:
    """What each discharge says; whether it is known how fast the last percents go."""
    courses = [course(reader, outage, now, ratings) for outage in outages]
    tails = [rate for one in courses if isinstance(one, Course) and (rate := tail_of(one)) is not None]
    rate = min(median(tails), 1.0) if tails else 1.0
    since = datetime(age.day.year, age.day.month, age.day.day, tzinfo=UTC).timestamp() * SECOND if age else 0
    found = []
    for one in courses:
        made = reckon(one, rate) if isinstance(one, Course) else one
        if age and age.sure and made.start < since:
            made = replace(made, weight=0.0, doubts=(*made.doubts, Doubt.OTHER_BATTERY))
        found.append(made)
    return found, bool(tails)


def _in_watts(discharges: Sequence[Discharge]) -> bool:
    """Whether to reckon in watts: unless more discharges know their load alone."""
    counted = [one for one in discharges if one.weight > 0]
    with_power, with_load = (sum(bool(one.power) for one in counted), sum(bool(one.load) for one in counted))
    return with_power > 0 and with_power >= with_load


def _watts_per_percent(discharges: Sequence[Discharge], present: _Present) -> float:
    """How many watts a percent of load is; 0: not known."""
    ratios = [one.power / one.load for one in discharges if plausible(one.power) and plausible(one.load)]
    if ratios:
        return median(ratios)
    if plausible(present.power) and plausible(present.load):
        return present.power / present.load
    return present.rated / 100 if plausible(present.rated) else 0.0


def _from_here(runtime: Figure | None, charge: float | None) -> Figure | None:
    """The runtime from a charge: what is uncertain of the whole is uncertain of what is left."""
    if runtime is None or charge is None:
        return None
    share = min(charge / 100, 1.0)
    low = max(runtime.low - runtime.value * (1 - share), 0.0)
    return Figure(runtime.value * share, low, runtime.high * share, runtime.confidence)


def _curve(reader: Reader, device: Device, made: Model, percent: float, now: int) -> tuple[CurvePoint, ...]:
    own = _own(reader, device, now)
    return tuple(CurvePoint(float(load), made.at(load * percent), own.get(load)) for load in range(10, 101, 10))


def _own(reader: Reader, device: Device, now: int) -> dict[int, float]:
    """What battery.runtime said of a full battery at loads around 10, 20... percent."""
    names = LOAD, RUNTIME, CHARGE
    axis = reader.compare([(device, name) for name in names], now - OWN_DAYS, now, OWN_DAYS // HOUR + 1)
    load, runtime, charge = axis.lines
    said: dict[int, list[float]] = {}
    for percents, seconds, full in zip(load.mean, runtime.mean, charge.low, strict=True):
        if percents is not None and seconds is not None and full is not None and full >= FULL:
            place = round(percents / 10) * 10
            said.setdefault(place, []).append(seconds * percents / (place or 1))
    return {place: median(values) for place, values in said.items()}


def _forecast(
    flagged: bool, age: Age | None, decline: Trend | None, runtime: Figure | None, limits: Limits, now: int
) -> Forecast:
    if flagged:
        return Forecast(Outlook.NOW, Because.FLAG)
    if limits.runtime and runtime and runtime.value < limits.runtime:
        return Forecast(Outlook.NOW, Because.RUNTIME)
    if decline is None:
        return Forecast(Outlook.UNKNOWN, Because.AGE if age and age.days > OLD else Because.NOTHING)
    least, because = limits.capacity, Because.CAPACITY
    if limits.runtime and runtime and runtime.value > 0:
        needed = decline.now.value * limits.runtime / runtime.value
        if needed > least:
            least, because = needed, Because.RUNTIME
    if decline.now.value <= least:
        return Forecast(Outlook.NOW, because)
    at, earliest, latest = reaches(decline, least, now)
    return Forecast(Outlook.STEADY if at is None else Outlook.DATED, because, at, earliest, latest)
