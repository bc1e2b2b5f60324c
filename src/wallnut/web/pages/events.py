"""Events: what there is now, and every change of status and every notification, the newest first."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wallnut.history import objects
from wallnut.history.values import Cursor, Event, Notice, Page
from wallnut.model.status import Status
from wallnut.web import records, words
from wallnut.web.answers import Refused
from wallnut.web.asked import Asked
from wallnut.web.axes import WEEKDAYS, day_text, local
from wallnut.web.context import Console, console
from wallnut.web.fleet import Listener, TooMany, in_order
from wallnut.web.i18n import N_, Language, language_of
from wallnut.web.past import NoHistory
from wallnut.web.routes import route
from wallnut.web.streamed import Export, files
from wallnut.web.streams import BEAT, Stream, event

KINDS = {
    "all": N_("everything"),
    "status": N_("changes of status"),
    "notification": N_("notifications"),
    "decision": N_("upsmon's decisions"),
    "outages": N_("outages only"),
}
"""What a list can be narrowed to; the last has a page of its own."""
ROWS = 100
MOST_PRESENT = 30
"""Devices in trouble that stand above the list."""
MOST_CHOICES = 300
"""Devices that the filter offers by name; of more it takes what is typed."""
SETTLED = 7.0
"""Seconds after a change when the recorder has written it."""
GAP = 0.5
"""Seconds between two looks of a stream: with many devices something changes all the time."""
UNKNOWN = N_("Not known: the console's recorder heard nothing of it")


@lru_cache(1024)
def style(status: str | None) -> str:
    """The class that colours a status."""
    if status is None:
        return "lost"
    found = Status.parse(status)
    if found.forced_shutdown or found.critical_words or found.overload:
        return "red"
    if found.on_battery or found.bypass:
        return "mains" if found.on_battery and (found.calibrating or found.testing) else "amber"
    if found.alarm or found.replace_battery:
        return "violet"
    return "off" if found.off or found.waiting else "mains"


def said(status: str | None, language: Language) -> str:
    """A status for people."""
    return language.gettext(UNKNOWN) if status is None else words.status_text(Status.parse(status), language)


def day_of(at: int, language: Language) -> str:
    """`Sat 21 Nov 2026`, of local time."""
    when = local(at)
    return f"{language.gettext(WEEKDAYS[when.weekday()])} {day_text(when, language)} {when.year}"


def by_day(items: Sequence[Event | Notice], language: Language) -> list[tuple[str, list[dict[str, Any]]]]:
    """The rows of a list, a part for each day."""
    return [
        (day, [_row(one, language) for one in group])
        for day, group in groupby(items, key=lambda one: day_of(one.at, language))
    ]


def _row(one: Event | Notice, language: Language) -> dict[str, Any]:
    row: dict[str, Any] = {"at": one.at / 1000, "device": one.device, "type": "", "style": "told", "raw": None}
    if isinstance(one, Event):
        length = None if one.until is None else words.duration((one.until - one.at) / 1000, language)
        return {**row, "what": said(one.status, language), "style": style(one.status), "raw": one.status, "for": length}
    return {**row, "what": one.text, "host": one.host, "kind": one.kind, "type": one.type.value}


def present(parts: Console, device: str = "") -> list[Any]:
    """The devices that are not well, the most urgent first."""
    found = parts.fleet.find(device) if device else parts.fleet.devices.values()
    return [one for one in in_order({one.id: one for one in found}, words.urgency) if words.urgency(one) < words.WELL]


def _present_values(parts: Console, asked: Asked, language: Language) -> dict[str, Any]:
    found = present(parts, asked.device)
    rows = [(one, words.state(one), one.trouble_in(language.gettext)) for one in found[:MOST_PRESENT]]
    return {"rows": rows, "more": len(found) - len(rows), "count": len(parts.fleet.devices)}


async def _log(parts: Console, asked: Asked) -> tuple[Page[Event | Notice], str]:
    """A part of the list; and why there is none."""
    try:
        return await parts.past.ask(lambda reader: records.events_of(reader, asked)), ""
    except NoHistory as error:
        return Page((), None), error.detail


def _log_values(page: Page[Event | Notice], away: str, asked: Asked, language: Language) -> dict[str, Any]:
    return {
        "days": by_day(page.items, language),
        "away": away,
        "asked": asked,
        "older": asked.words(before=str(page.next)) if page.next else "",
        "newest": asked.words(before="") if asked.before else "",
    }


async def choices(parts: Console) -> list[str]:
    """The devices that a filter offers."""
    found = set(parts.fleet.devices)
    try:
        found |= set(map(str, await parts.past.ask(lambda reader: reader.devices())))
    except NoHistory:
        pass
    return sorted(found) if len(found) <= MOST_CHOICES else []


def inputs(asked: Asked) -> tuple[str, str]:
    """The times of a form."""
    start, end = (local(at).strftime("%Y-%m-%dT%H:%M") if at else "" for at in (asked.start, asked.end))
    return start, end


def asked_of(request: Request) -> Asked:
    """What the address asks for. Raises Refused."""
    return Asked.of(request.query_params, KINDS, ROWS, ROWS)


async def events(request: Request) -> Response:
    """The page."""
    parts, language, asked = console(request), language_of(request), asked_of(request)
    if asked.kind == "outages":
        return RedirectResponse(f"{parts.prefix}/outages{asked.words(kind='', before='')}", 303)
    page, away = await _log(parts, asked)
    return parts.drawing.page(
        request,
        "events.html",
        title=N_("Events"),
        live=None if asked.before or asked.end else asked.words(),
        kinds=KINDS,
        choices=await choices(parts),
        inputs=inputs(asked),
        now_values=_present_values(parts, asked, language),
        query=asked.words(before=""),
        **_log_values(page, away, asked, language),
    )


async def live(request: Request) -> Response:
    """The stream of that page."""
    parts, asked = console(request), asked_of(request)
    try:
        listener = parts.fleet.listen()
    except TooMany:
        raise Refused(503, "Too many pages are open.") from None
    return Stream(parts.fleet, listener, _changes(parts, asked, language_of(request), listener))


async def _changes(parts: Console, asked: Asked, language: Language, listener: Listener) -> AsyncIterator[str]:
    """The present at once when it changes; the list a little later, when it is written down."""
    shown: dict[str, str] = {}
    statuses = ""
    changed_at = drawn_at = time.monotonic()
    while not listener.closed:
        looked_at = time.monotonic()
        yield event("beat", {"now": time.time()})
        now = parts.shared.get(("statuses", parts.fleet.version), lambda: _statuses(parts))
        if now != statuses:
            statuses, changed_at = now, time.monotonic()
            drawn = parts.drawing.draw(language, "events-now.html", **_present_values(parts, asked, language))
            for piece in _if_new(shown, "present", drawn):
                yield piece
        due = min(changed_at + SETTLED, drawn_at + 2 * SETTLED) if drawn_at < changed_at + SETTLED else 0.0
        if due and time.monotonic() >= due:
            drawn_at, due = time.monotonic(), 0.0
            page, away = await _log(parts, asked)
            drawn = parts.drawing.draw(language, "events-list.html", **_log_values(page, away, asked, language))
            for piece in _if_new(shown, "log", drawn):
                yield piece
        await listener.wait(min(BEAT, max(due - time.monotonic(), 0.1)) if due else BEAT)
        await asyncio.sleep(max(looked_at + GAP - time.monotonic(), 0.0))


def _statuses(parts: Console) -> str:
    """All of the fleet that the top of the page follows from."""
    return "\n".join(f"{key} {one.status} {one.code}" for key, one in parts.fleet.devices.items())


def _if_new(shown: dict[str, str], part: str, html: str) -> list[str]:
    if shown.get(part) == html:
        return []
    shown[part] = html
    return [event("part", {"id": part, "html": html})]


def export(request: Request) -> Export[Event | Notice]:
    """All that the address asks for, as a file."""
    parts, asked = console(request), asked_of(request)

    async def page(before: Cursor | None) -> Page[Event | Notice]:
        part = Asked(asked.device, asked.kind, asked.start, asked.until, before or asked.before, records.MOST)
        return await parts.past.ask(lambda reader: records.events_of(reader, part))

    return Export("events", page, objects.event, objects.EVENT)


NAV = (N_("Events"), "/events", "e")
ROUTES = [
    route("/events", events),
    *files("/events", export),
    route("/live/events", live),
]
