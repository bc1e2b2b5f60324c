"""Outages: how long, how deep, how close it was; and a report of each, for paper, too."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from wallnut.history import objects
from wallnut.history.reader import Reader
from wallnut.history.values import Cursor, Event, Notice, Outage, Page
from wallnut.history.values import Device as HistoryDevice
from wallnut.web import chart, records, words
from wallnut.web.answers import Refused
from wallnut.web.asked import Asked
from wallnut.web.axes import MINUTE, SECOND, Span, moment_text
from wallnut.web.chart import Chart, Trace
from wallnut.web.context import Console, console
from wallnut.web.i18n import N_, Language, language_of
from wallnut.web.pages.events import by_day, choices, inputs
from wallnut.web.past import NoHistory
from wallnut.web.routes import route
from wallnut.web.streamed import Export, files

KINDS = {"all": N_("outages and tests"), "outage": N_("outages only"), "test": N_("tests only")}
ROWS = 50
CHARTS = (
    ("battery.charge",),
    ("battery.runtime",),
    ("ups.load", "output.load", "ups.realpower"),
    ("input.voltage", "input.L1-N.voltage", "input.L1.voltage"),
)
"""What a report shows, of each the first that there is."""
POINTS = 400
MOST_LINES = 200
"""Events of a report."""


def _ongoing(parts: Console, device: HistoryDevice) -> bool:
    """Whether a device is on battery just now, as far as the console itself sees."""
    found = parts.fleet.devices.get(str(device))
    return found is not None and found.fresh and found.status.on_battery


def length_of(parts: Console, one: Outage, language: Language) -> str:
    """How long it was, honestly."""
    if one.end is not None:
        text = words.duration((one.end - one.start) / SECOND, language)
        return text if one.seen else language.text(N_("at most %(time)s"), time=text)
    if _ongoing(parts, one.device):
        return language.text(N_("%(time)s so far"), time=words.duration(time.time() - one.start / SECOND, language))
    return language.gettext(N_("its end is not known"))


def row_of(parts: Console, one: Outage, language: Language) -> dict[str, Any]:
    """An outage as the templates need it."""

    def percent(value: float | None) -> str:
        return "" if value is None else f"{language.number(words.plain(value))}{words.THIN}%"

    runtime = one.lowest_runtime
    return {
        "outage": one,
        "start": one.start / SECOND,
        "text": moment_text(one.start, language, seconds=True),
        "href": f"{parts.prefix}/outages/{quote(str(one.device), safe='@:')}/{one.start}",
        "length": length_of(parts, one, language),
        "depth": percent(one.depth),
        "charge": percent(one.charge),
        "lowest": percent(one.lowest_charge),
        "runtime": "" if runtime is None else words.duration(runtime, language),
    }


async def outages(request: Request) -> Response:
    """The list."""
    parts, language = console(request), language_of(request)
    asked = Asked.of(request.query_params, KINDS, ROWS, ROWS)
    page: Page[Outage] = Page((), None)
    away = ""
    try:
        page = await parts.past.ask(lambda reader: records.outages_of(reader, asked))
    except NoHistory as error:
        away = error.detail
    return parts.drawing.page(
        request,
        "outages.html",
        title=N_("Outages"),
        rows=[row_of(parts, one, language) for one in page.items],
        away=away,
        asked=asked,
        kinds=KINDS,
        choices=await choices(parts),
        inputs=inputs(asked),
        older=asked.words(before=str(page.next)) if page.next else "",
        query=asked.words(before=""),
    )


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report of an outage shows."""

    outage: Outage
    span: Span
    charts: tuple[Chart, ...]
    around: tuple[Outage, ...]
    lines: tuple[Event | Notice, ...]


def report_of(reader: Reader, device: HistoryDevice, start: int, now: int) -> Report | None:
    """An outage by its beginning; None: there is none."""
    found = next((one for one in reader.outages(start, start + 1, [device]) if one.start == start), None)
    if found is None:
        return None
    end = found.end or min(now, reader.devices().get(device, now) + 1)
    margin = max((end - found.start) // 5, MINUTE)
    span = Span(found.start - margin, max(end, found.start) + 2 * margin)
    there = reader.variables(device)
    names = [next((name for name in some if there.get(name) in ("number", "both")), "") for some in CHARTS]
    charts = tuple(
        Chart(name, [Trace(reader.series(device, name, span.start, span.end, POINTS))]) for name in names if name
    )
    around = tuple(reader.outages(span.start, span.end, [device]))
    lines = reader.log(span.start, span.end, [device], limit=MOST_LINES).items
    return Report(found, span, charts, around, tuple(reversed(lines)))


async def outage(request: Request) -> Response:
    """The report of one."""
    parts, language = console(request), language_of(request)
    device, start = HistoryDevice.parse(request.path_params["device"]), request.path_params["start"]
    now = round(time.time() * 1000)
    if start > now + MINUTE:
        raise Refused(404, N_("No outage began then."))
    try:
        found = await parts.past.ask(lambda reader: report_of(reader, device, start, now))
    except NoHistory as error:
        raise Refused(503, error.detail) from None
    if found is None:
        raise Refused(404, N_("No outage of %(device)s is recorded that began then."), device=device)
    pictures = [
        {
            "label": chart.label_of(one.variable, language),
            "variable": one.variable,
            "svg": chart.draw(one, found.span, found.around, language),
        }
        for one in found.charts
        if one.known
    ]
    end = found.outage.end
    return parts.drawing.page(
        request,
        "outage.html",
        title=N_("Outage"),
        device=device,
        there=str(device) in parts.fleet.devices,
        row=row_of(parts, found.outage, language),
        end_text="" if end is None else moment_text(end, language, seconds=True),
        pictures=pictures,
        days=by_day(found.lines, language),
    )


def export(request: Request) -> Export[Outage]:
    """All that the address asks for, as a file."""
    parts, asked = console(request), Asked.of(request.query_params, KINDS, ROWS, ROWS)

    async def page(before: Cursor | None) -> Page[Outage]:
        part = Asked(asked.device, asked.kind, asked.start, asked.until, before or asked.before, ROWS * 4)
        return await parts.past.ask(lambda reader: records.outages_of(reader, part))

    return Export("outages", page, objects.outage, objects.OUTAGE)


ROUTES = [
    route("/outages", outages),
    *files("/outages", export),
    route("/outages/{device}/{start:int}", outage),
]
