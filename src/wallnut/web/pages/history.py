"""A device's history: charts of what it did, over a time that the address names."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from wallnut.history.reader import Reader
from wallnut.history.values import Comparison, Outage
from wallnut.history.values import Device as HistoryDevice
from wallnut.web import chart, words
from wallnut.web.answers import Refused
from wallnut.web.axes import DAY, HOUR, MINUTE, Span, moment_text, moment_word, offsets, parse_moment
from wallnut.web.chart import Chart, Trace
from wallnut.web.context import console, device_of
from wallnut.web.drawing import FOLDER
from wallnut.web.i18n import N_, Language, language_of
from wallnut.web.pages.device import device_page
from wallnut.web.past import NoHistory, recorded
from wallnut.web.routes import route
from wallnut.web.snapshot import Device

RANGES = {
    "hour": (N_("Hour"), HOUR),
    "day": (N_("Day"), DAY),
    "week": (N_("Week"), 7 * DAY),
    "month": (N_("Month"), 30 * DAY),
    "year": (N_("Year"), 365 * DAY),
}
OUTAGE = "outage"
COMPARED = {
    "": N_("nothing"),
    "day": N_("the day before"),
    "week": N_("the week before"),
    "before": N_("the time before"),
}
NO_RANGE = N_("There is no range %(range)s. Those there are: %(ranges)s.")
LONGEST = 11 * 365 * DAY
SHORTEST = 10_000
LATEST = 1 << 47
"""What a calendar has room for beyond, to go on to later."""
POINTS, ROWS = 500, 25
"""Points of a chart, and rows of the table of the same numbers."""
MOST_CHARTS = 10
DASH = "\N{EN DASH}"
SVG_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-site",
}
"""A picture has its colours with it, and pages of this host may show it, whatever their port."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for: a range by its name ("": from and to are given), the time up to which (0: now)."""

    range: str
    to: int
    start: int
    variables: tuple[str, ...]
    compare: str

    @classmethod
    def of(cls, query: Mapping[str, str], variables: Sequence[str]) -> Asked:
        """Read it. Raises Refused."""
        try:
            to, start = (parse_moment(query[key]) if query.get(key) else 0 for key in ("to", "from"))
        except ValueError as error:
            raise Refused(400, f"{error}.") from None
        range_ = query.get("range", "" if start else "day")
        compare = query.get("compare", "")
        if range_ not in ("", OUTAGE, *RANGES) or (not range_ and not start):
            raise Refused(400, NO_RANGE, range=range_[:40], ranges=", ".join((*RANGES, OUTAGE)))
        if compare not in COMPARED:
            raise Refused(400, f"Compared is with {', '.join(filter(None, COMPARED))}.")
        chosen = tuple(dict.fromkeys(name for text in variables for name in text.split(",") if 0 < len(name) <= 128))
        return cls(range_, to, 0 if range_ else start, chosen[:MOST_CHARTS], compare)

    def span(self, now: int, outage: Outage | None) -> Span:
        """The time that is meant. Raises Refused."""
        if self.range == OUTAGE and outage is not None:
            end = outage.end or now
            margin = max((end - outage.start) // 4, 2 * MINUTE)
            return Span(outage.start - margin, end + 2 * margin)
        to = self.to or now
        span = Span(self.start if not self.range else to - RANGES.get(self.range, RANGES["day"])[1], to)
        if not SHORTEST <= span.length <= LONGEST or span.start < 0 or span.end > LATEST:
            raise Refused(400, N_("A range has 10 seconds to 11 years, and its end comes after its beginning."))
        return span

    def shift(self, span: Span) -> int:
        """How much earlier the time is that is compared with; 0: none."""
        return {"day": DAY, "week": 7 * DAY, "before": span.length}.get(self.compare, 0)


@dataclass(frozen=True, slots=True)
class Found:
    """What the history says. `heard`: up to when it knows the device, None: not at all."""

    heard: int | None
    numbers: tuple[str, ...]
    span: Span
    charts: tuple[Chart, ...]
    outages: tuple[Outage, ...]
    outage: Outage | None
    """The one that the range is of."""
    after: Outage | None
    """The one after it."""
    table: Comparison | None


def look(reader: Reader, device: HistoryDevice, asked: Asked, now: int) -> Found:
    """Ask the history for all that a page shows."""
    heard = reader.devices().get(device)
    numbers = tuple(name for name, kind in reader.variables(device).items() if kind != "text")
    outage = after = None
    if asked.range == OUTAGE:
        outage = reader.last_outage(asked.to or now + 1, [device], None)
        if outage is not None:
            later = reader.outages(outage.start + 1, now + 1, [device])
            after = next((one for one in later if one.start > outage.start), None)
    span = asked.span(now, outage)
    if heard is None or (asked.range == OUTAGE and outage is None):
        return Found(heard, numbers, span, (), (), outage, after, None)
    chosen = [name for name in asked.variables if name in numbers] or chart.usual(numbers)
    shift = asked.shift(span)
    charts = []
    for name in chosen:
        traces = [Trace(reader.series(device, name, span.start, span.end, POINTS))]
        if shift:
            before = span.moved(-shift)
            traces.append(Trace(reader.series(device, name, before.start, before.end, POINTS), shift))
        charts.append(Chart(name, traces))
    outages = tuple(reader.outages(span.start, span.end, [device]))
    table = reader.compare([(device, name) for name in chosen], span.start, span.end, ROWS) if chosen else None
    return Found(heard, numbers, span, tuple(charts), outages, outage, after, table)


class Address:
    """Addresses of the page, each for one view."""

    def __init__(self, request: Request, device: Device, asked: Asked, chosen: Sequence[str]) -> None:
        self._base = f"{console(request).prefix}/device/{quote(device.id, safe='')}/history"
        self._asked, self._chosen = asked, chosen

    def to(self, **changed: str) -> str:
        """The page's address with some of what it asks for changed; "" leaves it out."""
        asked = self._asked
        values = {
            "range": asked.range,
            "from": moment_word(asked.start) if asked.start else "",
            "to": moment_word(asked.to) if asked.to else "",
            "variables": ",".join(asked.variables),
            "compare": asked.compare,
        }
        values.update({key.rstrip("_"): value for key, value in changed.items()})
        words_ = urlencode({key: value for key, value in values.items() if value}, safe=":,")
        return f"{self._base}?{words_}" if words_ else self._base

    def without(self, variable: str) -> str:
        """Without a chart."""
        return self.to(variables=",".join(name for name in self._chosen if name != variable))

    def ranges(self) -> list[tuple[str, str, bool]]:
        """The range picker: address, name, whether it is this one."""
        to = {} if self._asked.range != OUTAGE and self._asked.range else {"to": ""}
        found = [
            (self.to(range=key, from_="", **to), name, key == self._asked.range) for key, (name, _) in RANGES.items()
        ]
        return [*found, (self.to(range=OUTAGE, from_="", to=""), N_("Outage"), self._asked.range == OUTAGE)]

    def ways(self, found: Found, now: int) -> dict[str, str]:
        """Earlier and later; "" where there is nothing."""
        asked, span = self._asked, found.span
        if asked.range == OUTAGE:
            earlier = self.to(to=moment_word(found.outage.start)) if found.outage else ""
            later = self.to(to=moment_word(found.after.start + 1000)) if found.after else ""
            return {"earlier": earlier, "later": later}
        back, on = span.moved(-span.length), span.moved(span.length)
        end = "" if on.end >= now - 1000 else moment_word(on.end)
        if not asked.range:
            later = self.to(from_=moment_word(on.start), to=moment_word(on.end)) if on.start < now else ""
            return {"earlier": self.to(from_=moment_word(back.start), to=moment_word(back.end)), "later": later}
        return {
            "earlier": self.to(to=moment_word(back.end)),
            "later": self.to(to=end) if asked.to and span.end < now - 1000 else "",
        }


def table_of(found: Found, language: Language) -> list[tuple[str, str, list[str]]]:
    """The numbers of the charts: time for machines, for people, and a text for each chart."""
    table = found.table
    if table is None:
        return []
    rows = []
    for index, at in enumerate(table.times):
        texts = []
        for one, line in zip(found.charts, table.lines, strict=True):
            low, mean, high = line.low[index], line.mean[index], line.high[index]
            if low is None or mean is None or high is None:
                texts.append(DASH)
                continue
            text = chart.figure(mean * one.factor, one, language)
            lowest, highest = (language.number(words.plain(value * one.factor)) for value in (low, high))
            texts.append(text if lowest == highest else f"{text} ({lowest}{DASH}{highest})")
        rows.append((moment_word(at), moment_text(at, language), texts))
    return rows


def _pictures(found: Found, language: Language) -> list[dict[str, Any]]:
    pictures = []
    for one in found.charts:
        known = chart.facts(one)
        pictures.append(
            {
                "variable": one.variable,
                "label": chart.label_of(one.variable, language),
                "unit": language.gettext(one.unit) if one.unit in ("min", "s") else one.unit,
                "svg": chart.draw(one, found.span, found.outages, language),
                "points": chart.points_text(one, found.span),
                "facts": {
                    name: chart.figure(getattr(known, name), one, language) for name in ("low", "mean", "high", "last")
                }
                if known
                else None,
            }
        )
    return pictures


def _span_words(span: Span, language: Language) -> tuple[str, str]:
    """A span's ends for people; of the second only what differs."""
    seconds = span.length < 10 * MINUTE
    start = moment_text(span.start, language, seconds=seconds)
    end = moment_text(span.end, language, seconds=seconds)
    day, _, clock = end.rpartition(" ")
    return start, clock if start.startswith(day) else end


async def history(request: Request) -> Response:
    """The history tab."""
    device, language, now = device_of(request), language_of(request), round(time.time() * 1000)
    query = request.query_params
    asked = Asked.of(query, [*query.getlist("variables"), *query.getlist("add")])
    span = asked.span(now, None)
    try:
        found = await console(request).past.ask(lambda reader: look(reader, recorded(device), asked, now))
        away = ""
    except NoHistory as error:
        found, away = Found(None, (), span, (), (), None, None, None), error.detail
    chosen = [one.variable for one in found.charts]
    address = Address(request, device, asked, chosen)
    start, end = _span_words(found.span, language)
    texts = chart.span_text(found.span, language)
    return device_page(
        request,
        device,
        "history",
        asked=asked,
        away=away,
        found=found,
        address=address,
        ways=address.ways(found, now),
        pictures=_pictures(found, language),
        known=any(one.known for one in found.charts),
        rows=table_of(found, language),
        start=start,
        end=end,
        inputs=texts,
        others=[(name, chart.label_of(name, language)) for name in found.numbers if name not in chosen],
        compared=list(COMPARED.items()),
        offsets=[list(pair) for pair in offsets(found.span)],
        live=not asked.to and asked.range not in ("", OUTAGE),
        refresh=max(10, found.span.length // 1000 // POINTS),
        newest=moment_word(found.heard) if found.heard else "",
        newest_text=moment_text(found.heard, language) if found.heard else "",
    )


@cache
def _alone() -> str:
    """The style sheet of a chart that stands alone: our colours, and what we say of charts."""
    with open(os.path.join(FOLDER, "static", "console.css"), encoding="utf-8") as file:
        whole = file.read()
    colours, _, _ = whole.partition("* {")
    _, _, charts = whole.partition("/* Charts")
    return colours + charts.partition("*/")[2].partition("/* end of charts */")[0]


async def picture(request: Request) -> Response:
    """One chart, for pages that show it as a picture."""
    device, language, now = device_of(request), language_of(request), round(time.time() * 1000)
    variable = request.query_params.get("variable", "")
    if not variable:
        raise Refused(400, "Name the variable, as in history.svg?variable=ups.load&range=day.")
    asked = Asked.of(request.query_params, [variable])
    try:
        found = await console(request).past.ask(lambda reader: look(reader, recorded(device), asked, now))
    except NoHistory as error:
        raise Refused(503, error.detail) from None
    if variable not in found.numbers:
        raise Refused(404, f"Of {device.id} no {variable} is recorded.")
    one = next(iter(found.charts), None)
    if one is None:
        raise Refused(404, f"No outage of {device.id} is recorded.")
    text = chart.draw(one, found.span, found.outages, language, alone=_alone())
    return Response(text.encode(), media_type="image/svg+xml", headers=SVG_HEADERS)


ROUTES = [
    route("/device/{device}/history", history),
    route("/device/{device}/history.svg", picture),
]
