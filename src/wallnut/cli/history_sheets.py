"""What wallnut history prints about batteries and energy, for people."""

from __future__ import annotations

import time
from collections.abc import Iterator

from wallnut.history.battery import (
    Battery,
    Because,
    Confidence,
    Discharge,
    Doubt,
    Figure,
    Outlook,
)
from wallnut.history.energy import Energy, EnergyRow, Per, Quality
from wallnut.history.values import SECOND

SURE = {Confidence.LOW: "a guess", Confidence.FAIR: "fairly sure", Confidence.GOOD: "sure"}
DOUBTS = {
    Doubt.NO_CHARGE: "its charge is not known",
    Doubt.SHALLOW: "too little was spent to count",
    Doubt.OTHER_BATTERY: "another battery",
    Doubt.NO_POWER: "no power known",
    Doubt.STEPS: "the charge goes in large steps",
    Doubt.ESTIMATED: "power estimated",
    Doubt.COARSE: "only its hours are kept",
    Doubt.CUT: "its end was not seen",
}
REASONS = {
    Because.FLAG: "the UPS says so",
    Because.CAPACITY: "its capacity",
    Because.RUNTIME: "its runtime",
    Because.AGE: "older than five years",
    Because.NOTHING: "not enough is known",
}


def battery(found: Battery) -> str:
    """A battery in some lines."""
    lines = [f"{found.device}", *(f"  {line}" for line in _battery(found))]
    return "\n".join(lines) + "\n"


def _battery(found: Battery) -> Iterator[str]:
    present = [
        *([f"charge {found.charge:g} %"] if found.charge is not None else []),
        *([f"load {found.load:g} %"] if found.load is not None else []),
        *([f"{found.power:.0f} W"] if found.power is not None else []),
        *([f"the UPS says {minutes(found.own)}"] if found.own is not None else []),
    ]
    yield f"now        {', '.join(present) or 'nothing is known'}"
    if found.age:
        what = "fitted" if found.age.source == "battery.date" else "made"
        sure = "" if found.age.sure else " (day and month may be the other way round)"
        yield f"age        {what} {found.age.day}, {found.age.days / 365.25:.1f} years ago{sure}"
    if found.test:
        when = found.test.day or (found.test.at and day(found.test.at))
        yield f"last test  {', '.join(str(one) for one in (found.test.result, when) if one)}"
    at = f" at {found.at_load:.0f} % load" if found.at_load else ""
    if found.capacity:
        yield f"capacity   {_figure(found.capacity, '{:.0f} Wh')}{at}"
    if found.runtime:
        yield f"runtime    {_figure(found.runtime)} when full{at}"
    else:
        yield "runtime    not measured: no discharge deep enough was recorded yet"
    if found.trend:
        slope = found.trend.per_year
        yield f"capacity   {_figure(found.trend.now, '{:.0f} %')} of the first, {slope.value:+.1f} % a year"
    yield f"replace    {_forecast(found)}"
    if found.curve:
        yield "load       a full battery lasts"
        for point in found.curve:
            own = f"; the UPS says {minutes(point.own)}" if point.own is not None else ""
            yield f"  {point.load:>5.0f} %  {_figure(point.runtime)}{own}"
    if found.discharges:
        yield "discharges"
        for one in found.discharges:
            yield f"  {discharge(one)}"


def discharge(one: Discharge) -> str:
    """A discharge in a line."""
    parts = [
        time.strftime("%Y-%m-%d %H:%M", time.localtime(one.start / SECOND)),
        one.kind.value,
        minutes((one.end - one.start) / SECOND),
        *([f"{one.charge_from:g} to {one.charge_to:g} %"] if one.spent is not None else []),
        *([f"{one.power:.0f} W"] if one.power is not None else []),
        *([f"a full one: {minutes(one.runtime)}"] if one.runtime is not None else []),
        *([f"{one.capacity:.0f} Wh"] if one.capacity is not None else []),
        f"counts {100 * one.weight:.0f} %" if one.weight else "does not count",
        *(DOUBTS[doubt] for doubt in one.doubts),
    ]
    return ", ".join(parts)


def _forecast(found: Battery) -> str:
    said, reason = found.forecast, REASONS[found.forecast.because]
    if said.outlook is Outlook.NOW:
        return f"now: {reason}"
    if said.outlook is Outlook.STEADY:
        return "no decline that would lead there in the next ten years"
    if said.outlook is Outlook.DATED and said.at is not None:
        span = [
            *([f"not before {month(said.earliest)}"] if said.earliest else []),
            *([f"not after {month(said.latest)}"] if said.latest else []),
        ]
        return f"about {month(said.at)}, for {reason}{': probably ' if span else ''}{', '.join(span)}"
    missing = ""
    if found.lacks:
        more = "discharge" if found.lacks.discharges == 1 else "discharges"
        missing = f"{found.lacks.discharges} more {more} deeper than {found.lacks.deeper:g} %"
        missing += f", {found.lacks.days} more days between the first and the last" if found.lacks.days else ""
    return f"{reason}{'; a forecast needs ' if missing else ''}{missing}"


def _figure(one: Figure, form: str = "") -> str:
    def text(value: float) -> str:
        return form.format(value) if form else minutes(value)

    return f"{text(one.value)} ({text(one.low)} to {text(one.high)}, {SURE[one.confidence]})"


def minutes(seconds: float) -> str:
    """A time in words."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def day(at: int) -> str:
    """A day, local."""
    return time.strftime("%Y-%m-%d", time.localtime(at / SECOND))


def month(at: int) -> str:
    """A month, local."""
    return time.strftime("%Y-%m", time.localtime(at / SECOND))


# Energy

QUALITY = {
    Quality.MEASURED: "measured",
    Quality.ESTIMATED: "estimated",
    Quality.MIXED: "in part estimated",
    Quality.UNKNOWN: "not known",
}


def energy(found: Energy) -> str:
    """A device's energy, a line a day or month of which anything is known, and all of it."""
    rows = [row for row in found.rows if row.kwh is not None]
    if not rows:
        return f"{found.device}: nothing is known of its power\n"
    name = day if found.per is Per.DAY else month
    lines = [str(found.device), *(_row(name(row.start), row, found) for row in rows), _row("all", found.total, found)]
    bases = sorted({part.basis for part in found.total.parts})
    return "\n".join([*lines, f"  by {'; '.join(bases)}"]) + "\n"


def _row(name: str, row: EnergyRow, found: Energy) -> str:
    cost = found.cost(row)
    parts = [
        f"{row.kwh or 0:>10.3f} kWh",
        *([f"{cost:>9.2f} {found.currency}".rstrip()] if cost is not None else []),
        f"{row.watts or 0:>6.0f} W",
        QUALITY[row.quality],
        *([f"{100 * row.share:.1f} % of the time known"] if row.share < 0.9995 else []),
    ]
    return f"  {name:<10} {'  '.join(parts)}"
