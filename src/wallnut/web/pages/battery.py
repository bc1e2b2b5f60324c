"""A device's battery: what it is worth by its real discharges, and when to replace it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from wallnut.history import objects
from wallnut.history.battery import Battery, Because, Confidence, Discharge, Doubt, Figure, Kind, Outlook, battery
from wallnut.history.reader import Reader
from wallnut.history.settings import limits, ratings
from wallnut.history.values import SECOND
from wallnut.web import curves, words
from wallnut.web.access.who import Role, who_of
from wallnut.web.answers import Refused, as_json
from wallnut.web.axes import MONTHS, Span, Tick, day_text, local, moment_text, scale, time_ticks
from wallnut.web.context import Console, console, device_of
from wallnut.web.curves import Curve, Dot
from wallnut.web.i18n import N_, Language, language_of
from wallnut.web.openapi import Part, reading
from wallnut.web.pages.device import device_page
from wallnut.web.past import NoHistory, recorded
from wallnut.web.routes import route
from wallnut.web.snapshot import Device
from wallnut.web.words import THIN

SURE = {
    Confidence.GOOD: N_("quite sure"),
    Confidence.FAIR: N_("fairly sure"),
    Confidence.LOW: N_("rough"),
}
KINDS = {Kind.OUTAGE: N_("outage"), Kind.TEST: N_("test"), Kind.CALIBRATION: N_("calibration")}
DOUBTS = {
    Doubt.NO_CHARGE: N_("does not count: the charge is not known"),
    Doubt.SHALLOW: N_("does not count: too little was spent"),
    Doubt.OTHER_BATTERY: N_("does not count: before this battery"),
    Doubt.NO_POWER: N_("neither power nor rating known"),
    Doubt.STEPS: N_("the charge goes in large steps"),
    Doubt.ESTIMATED: N_("power estimated"),
    Doubt.COARSE: N_("only hours are kept"),
    Doubt.CUT: N_("its end was not seen"),
}
TESTS = (
    ("test.battery.start.quick", N_("Start quick test")),
    ("test.battery.start.deep", N_("Start deep test")),
    ("test.battery.start", N_("Start battery test")),
    ("test.battery.stop", N_("Stop battery test")),
)
SHOWN = 12
"""Discharges of the table."""


def month_text(at: int, language: Language) -> str:
    """`May 2028`."""
    when = local(at)
    return f"{language.gettext(MONTHS[when.month - 1])} {when.year}"


def outlook(found: Battery, language: Language) -> tuple[str, str, str]:
    """The forecast: what to do, why, and the class that colours it."""
    made, say = found.forecast, language.text
    percent = f"{found.limits.capacity:.0f}{THIN}%"
    if made.outlook is Outlook.NOW:
        why = {
            Because.FLAG: say(N_("The UPS itself says so.")),
            Because.CAPACITY: say(N_("It has less than %(share)s of its first capacity."), share=percent),
            Because.RUNTIME: say(N_("It does not last as long as the settings need.")),
        }.get(made.because, "")
        return say(N_("Replace the battery")), why, "violet"
    if made.outlook is Outlook.DATED and made.at is not None:
        early = month_text(made.earliest, language) if made.earliest else ""
        late = month_text(made.latest, language) if made.latest else say(N_("more than ten years from now"))
        why = say(N_("Probably between %(early)s and %(late)s."), early=early, late=late)
        return say(N_("Replace it in about %(month)s"), month=month_text(made.at, language)), why, "mains"
    if made.outlook is Outlook.STEADY:
        return say(N_("No decline to speak of")), say(N_("At this rate it lasts more than ten years.")), "mains"
    if made.because is Because.AGE:
        return say(N_("Replace it soon")), say(N_("Too little is measured, but it is older than most get.")), "violet"
    return say(N_("No forecast yet")), "", "mains"


def missing(found: Battery, language: Language) -> str:
    """What is missing for a forecast; "" for nothing."""
    lacks = found.lacks
    if lacks is None:
        return ""
    deeper = f"{lacks.deeper:.0f}{THIN}%"
    text = language.ngettext(
        "Not enough discharges yet: %(num)s more is needed, deeper than %(share)s",
        "Not enough discharges yet: %(num)s more are needed, each deeper than %(share)s",
        lacks.discharges,
    ) % {"num": lacks.discharges, "share": deeper}
    if lacks.days:
        text += language.ngettext(
            ", over at least %(num)s more day.", ", over at least %(num)s more days.", lacks.days
        ) % {"num": lacks.days}
        return text
    return f"{text}."


def _figure(found: Figure | None, show: Any, language: Language) -> dict[str, str] | None:
    if found is None:
        return None
    return {
        "value": show(found.value),
        "bounds": language.text(N_("%(low)s to %(high)s"), low=show(found.low), high=show(found.high)),
        "sure": language.gettext(SURE[found.confidence]),
    }


def _curve(found: Battery, language: Language) -> str:
    """How long it lasts at which load, and what the UPS says."""
    if len(found.curve) < 2:
        return ""
    ratio = 1 / 60
    most = found.curve[0].runtime.value * ratio
    axis = scale(0.0, most * 1.15, floor=0.0)
    dots = [
        Dot(one.load, one.runtime * ratio, one.weight, moment_text(one.start, language))
        for one in found.discharges
        if one.load and one.runtime and one.weight > 0
    ]
    made = Curve(
        [(one.load, one.runtime.low * ratio, one.runtime.high * ratio) for one in found.curve],
        [(one.load, one.runtime.value * ratio) for one in found.curve],
        [(one.load, one.own * ratio) for one in found.curve if one.own is not None],
        dots,
    )
    ticks = [Tick(one.load, f"{one.load:.0f}{THIN}%", not index % 2) for index, one in enumerate(found.curve)]
    about = language.gettext(N_("Time that a full battery lasts, by load; the same as numbers is below"))
    span = (found.curve[0].load, found.curve[-1].load)
    return curves.draw(made, span, ticks, axis, language.gettext(N_("min")), about, language)


def _trend(found: Battery, language: Language) -> str:
    """The capacity over the years."""
    trend = found.trend
    if trend is None or len(trend.points) < 2:
        return ""
    first, now = trend.points[0].at, found.at
    years = (now - first) / (365.25 * 86400 * SECOND)
    level, step = trend.now, trend.per_year.value
    span = Span(first, now + max((now - first) // 20, 1))
    most = max(100.0, *(point.percent for point in trend.points))
    least = min(found.limits.capacity, level.low, *(point.percent for point in trend.points))
    dots = [
        Dot(
            point.at,
            point.percent,
            point.weight,
            language.text(words.COMPOSED, part=moment_text(point.at, language), what=f"{point.percent:.0f}{THIN}%"),
        )
        for point in trend.points
    ]
    made = Curve(line=[(first, level.value - step * years), (now, level.value)], dots=dots, level=found.limits.capacity)
    about = language.gettext(N_("Capacity of each discharge, in percent of the first"))
    ticks = time_ticks(span, language)
    axis = scale(max(least - 5, 0.0), most + 3)
    return curves.draw(made, (span.start, span.end), ticks, axis, "%", about, language)


def _discharge(one: Discharge, language: Language) -> dict[str, Any]:
    def percent(value: float | None) -> str:
        return "" if value is None else f"{value:.0f}{THIN}%"

    return {
        "start": one.start / SECOND,
        "at": one.start,
        "text": moment_text(one.start, language),
        "kind": KINDS[one.kind],
        "length": words.duration((one.end - one.start) / SECOND, language),
        "charge": f"{percent(one.charge_from)} → {percent(one.charge_to)}" if one.spent is not None else "",
        "load": percent(one.load) or (f"{one.power:.0f}{THIN}W" if one.power else ""),
        "capacity": f"{one.capacity:.0f}{THIN}Wh" if one.capacity else "",
        "runtime": words.duration(one.runtime, language) if one.runtime else "",
        "doubts": ", ".join(language.gettext(DOUBTS[doubt]) for doubt in one.doubts),
        "counts": one.weight > 0,
    }


def _facts(found: Battery, language: Language) -> dict[str, Any]:
    def wh(value: float) -> str:
        return f"{value:.0f}{THIN}Wh"

    def lasts(value: float) -> str:
        return words.duration(round(value / 10) * 10 if value < 600 else round(value / 60) * 60, language)

    age = None
    if found.age:
        when = found.age.day
        since = (
            f"{day_text(when, language) if found.age.sure else language.gettext(MONTHS[when.month - 1])} {when.year}"
        )
        years = language.number(f"{found.age.days / 365.25:.1f}")
        age = {
            "text": language.text(N_("%(years)s years"), years=years),
            "since": since,
            "source": found.age.source,
        }
    return {
        "capacity": _figure(found.capacity, wh, language),
        "runtime": _figure(found.runtime, lasts, language),
        "here": _figure(found.runtime_now, lasts, language),
        "own": lasts(found.own) if found.own is not None else "",
        "load": f"{found.at_load:.0f}{THIN}%" if found.at_load is not None else "",
        "age": age,
        "charge": f"{found.charge:.0f}{THIN}%" if found.charge is not None else "",
        "test": _test(found, language),
    }


def _test(found: Battery, language: Language) -> dict[str, Any] | None:
    test = found.test
    if test is None:
        return None
    when = moment_text(test.at, language) if test.at else ""
    if not when and test.day:
        when = f"{day_text(test.day, language)} {test.day.year}"
    passed = {True: N_("passed"), False: N_("failed")}.get(test.passed, "") if test.passed is not None else ""
    return {"result": test.result or "", "passed": passed, "when": when}


def _signed(percent: float, language: Language) -> str:
    sign = "+" if percent >= 0 else "\N{MINUS SIGN}"
    return f"{sign}{language.number(f'{abs(percent):.1f}')}{THIN}%"


def question(parts: Console, device: Device, now: int) -> Any:
    """What the history is asked about a device's battery."""
    conf, live = parts.recording, _live(device)

    def ask(reader: Reader) -> tuple[bool, Battery]:
        known = recorded(device) in reader.devices()
        found = battery(reader, recorded(device), now, live=live, limits=limits(conf), ratings=ratings(conf))
        return known, found

    return ask


def _tests(device: Device) -> list[tuple[str, str]]:
    """The commands that are of use now: the plain test only where there is no quick one, stopping while one runs."""
    useless = {"test.battery.start"} if TESTS[0][0] in device.commands else set()
    if not (device.status.testing or device.status.calibrating):
        useless.add("test.battery.stop")
    return [(name, text) for name, text in TESTS if name in device.commands and name not in useless]


def _live(device: Device) -> Mapping[str, str]:
    return device.values if device.fresh else {}


async def page(request: Request) -> Response:
    """The page."""
    parts, device, language = console(request), device_of(request), language_of(request)
    now = round(time.time() * 1000)
    found, away, known = None, "", False
    try:
        known, found = await parts.past.ask(question(parts, device, now))
    except NoHistory as error:
        away = error.detail
    verdict = outlook(found, language) if found else ("", "", "mains")
    return device_page(
        request,
        device,
        "battery",
        away=away,
        known=known,
        bare=bool(found and not found.discharges and not any(name.startswith("battery.") for name in device.values)),
        found=found,
        verdict=verdict,
        missing=missing(found, language) if found else "",
        facts=_facts(found, language) if found else None,
        curve=_curve(found, language) if found else "",
        trend=_trend(found, language) if found else "",
        capacity_limit=f"{found.limits.capacity:.0f}{THIN}%" if found else "",
        decline=_signed(found.trend.per_year.value, language) if found and found.trend else "",
        rows=[_discharge(one, language) for one in found.discharges[:SHOWN]] if found else [],
        points=[
            (
                f"{one.load:.0f}{THIN}%",
                words.duration(one.runtime.value, language),
                words.duration(one.own, language) if one.own is not None else "",
            )
            for one in (found.curve if found else ())
        ],
        tests=_tests(device),
        may_plan=who_of(request).role >= Role.OPERATE,
    )


async def get_battery(request: Request) -> Response:
    """The same for programs."""
    parts, device = console(request), device_of(request)
    try:
        _, found = await parts.past.ask(question(parts, device, round(time.time() * 1000)))
    except NoHistory as error:
        raise Refused(503, error.detail) from None
    return as_json(objects.battery(found))


DESCRIBED = Part(
    reading(
        "/api/v1/ups/{device}/battery",
        "What a device's battery is worth, and when to replace it; null stands for what is not known",
        {"type": "object"},
    )
)
ROUTES = [
    route("/device/{device}/battery", page),
    route("/api/v1/ups/{device}/battery", get_battery),
]
