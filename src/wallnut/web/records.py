"""What happened, for programs: events, outages; the objects that API and files are made of."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from wallnut.history import objects
from wallnut.history.reader import KINDS, Reader
from wallnut.history.values import Event, Notice, Outage, Page
from wallnut.web.answers import Refused, as_json
from wallnut.web.asked import Asked, named
from wallnut.web.context import console
from wallnut.web.openapi import NUMBER, TEXT, TRUTH, Part, array, fields, maybe, query, reading, ref
from wallnut.web.past import NoHistory
from wallnut.web.routes import route

EVERY_KIND = ("all", *KINDS)
OUTAGE_KINDS = ("all", "outage", "test")
MOST = 1000

NONE: Page[Any] = Page((), None)


def events_of(reader: Reader, asked: Asked) -> Page[Event | Notice]:
    """A part of what happened."""
    devices = named(reader, asked.device) if asked.device else []
    if asked.device and not devices:
        return NONE
    kinds = KINDS if asked.kind == "all" else (asked.kind,)
    return reader.log(asked.start, asked.until, devices, limit=asked.limit, before=asked.before, kinds=kinds)


def outages_of(reader: Reader, asked: Asked) -> Page[Outage]:
    """A part of the times on battery."""
    devices = named(reader, asked.device) if asked.device else []
    if asked.device and not devices:
        return NONE
    planned = {"all": None, "outage": False, "test": True}[asked.kind]
    return reader.outage_page(
        asked.start, asked.until, devices, limit=asked.limit, before=asked.before, planned=planned
    )


def _listed(items: list[objects.Object], page: Page[Any]) -> Response:
    return as_json({"items": items, "next": str(page.next) if page.next else None})


async def get_events(request: Request) -> Response:
    """What happened, the newest first."""
    asked = Asked.of(request.query_params, EVERY_KIND, 100, MOST)
    try:
        page = await console(request).past.ask(lambda reader: events_of(reader, asked))
    except NoHistory as error:
        raise Refused(503, error.detail) from None
    return _listed([objects.event(one) for one in page.items], page)


async def get_outages(request: Request) -> Response:
    """The times on battery, the newest first."""
    asked = Asked.of(request.query_params, OUTAGE_KINDS, 100, MOST)
    try:
        page = await console(request).past.ask(lambda reader: outages_of(reader, asked))
    except NoHistory as error:
        raise Refused(503, error.detail) from None
    return as_json(
        {"items": [objects.outage(one) for one in page.items], "next": str(page.next) if page.next else None}
    )


LISTED = (
    query("device", "of this one alone: its id or name"),
    query("from", "not before: seconds since 1970, or ISO 8601"),
    query("to", "before this"),
    query("before", "where to go on: `next` of the part before"),
    query("limit", f"1 to {MOST}, 100 where nothing is said"),
)
DESCRIBED = Part(
    {
        **reading(
            "/api/v1/events/history",
            "What happened, the newest first",
            fields(items=array(ref("Event")), next=maybe(TEXT)),
            query("kind", "one of all, status, notification, decision"),
            *LISTED,
        ),
        **reading(
            "/api/v1/outages",
            "The times on battery, the newest first",
            fields(items=array(ref("Outage")), next=maybe(TEXT)),
            query("kind", "one of all, outage, test"),
            *LISTED,
        ),
    },
    {
        "Event": fields(
            time={**TEXT, "description": "when, in UTC"},
            at={**NUMBER, "description": "the same, Unix time"},
            type={**TEXT, "description": "status, notification or decision"},
            device=maybe(TEXT),
            host={**maybe(TEXT), "description": "where upsmon runs that told or decided it"},
            status={**maybe(TEXT), "description": "ups.status from then on; of a status null: it was not known"},
            until={**maybe(NUMBER), "description": "up to when it was so; null: still"},
            seconds=maybe(NUMBER),
            kind={**maybe(TEXT), "description": "the notification's, such as ONBATT"},
            text=maybe(TEXT),
        ),
        "Outage": fields(
            time={**TEXT, "description": "its start, in UTC"},
            device=TEXT,
            start={**NUMBER, "description": "Unix time"},
            end={**maybe(NUMBER), "description": "null: still on battery, as far as is known"},
            seconds=maybe(NUMBER),
            at_most={**TRUTH, "description": "the end was not seen: it may have been shorter"},
            test={**TRUTH, "description": "the UPS was testing or calibrating all the time"},
            charge={**maybe(NUMBER), "description": "percent, at its start"},
            lowest_charge=maybe(NUMBER),
            depth={**maybe(NUMBER), "description": "how much of the charge was spent, in percent of a full battery"},
            lowest_runtime={**maybe(NUMBER), "description": "seconds"},
        ),
    },
)
ROUTES = [
    route("/api/v1/events/history", get_events),
    route("/api/v1/outages", get_outages),
]
