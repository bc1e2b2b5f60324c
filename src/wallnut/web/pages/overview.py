"""The overview: a tile a device, trouble first; and the streams that keep pages live."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from wallnut.web import words
from wallnut.web.access.who import Role
from wallnut.web.answers import Refused
from wallnut.web.context import console, fleet_of
from wallnut.web.drawing import Drawing
from wallnut.web.fleet import Fleet, Listener, TooMany, in_order
from wallnut.web.i18n import N_, Language, language_of
from wallnut.web.routes import route
from wallnut.web.snapshot import Device
from wallnut.web.streams import BEAT, event, stream

MANY = 12
"""Devices that are well and still get a tile each; more of them get a line each."""


def place(device: Device, many: bool) -> str:
    """Where the overview puts a device: `trouble`, `well`, or, where there are many, `line`."""
    return "trouble" if words.urgency(device) < words.WELL else "line" if many else "well"


def _many(fleet: Fleet) -> bool:
    return sum(words.urgency(device) >= words.WELL for device in fleet.devices.values()) > MANY


async def overview(request: Request) -> Response:
    """All devices, trouble first."""
    fleet, drawing, language = fleet_of(request), console(request).drawing, language_of(request)
    drawing.forget(fleet)
    many = _many(fleet)
    groups: dict[str, list[Device]] = {"trouble": [], "well": [], "line": []}
    for device in in_order(fleet.devices, words.urgency):
        groups[place(device, many)].append(device)
    power = [words.number(device.values.get("ups.realpower", "")) for device in fleet.devices.values() if device.fresh]
    sites: dict[str, list[dict[str, Any]]] = {}
    for device in groups["line"]:
        site = device.values.get("device.location") or device.server
        sites.setdefault(site, []).append(drawing.view(device, language))
    return drawing.page(
        request,
        "overview.html",
        title=N_("Overview"),
        fleet=fleet,
        trouble=[drawing.tile(device, language) for device in groups["trouble"]],
        well=[drawing.tile(device, language) for device in groups["well"]],
        sites=sites,
        power=sum(watts for watts in power if watts is not None),
        lost=[server for server in fleet.servers.values() if server.trouble],
    )


async def live(request: Request) -> Response:
    """The stream of a page: of a device's (`device`), or of the overview."""
    fleet, drawing, language = fleet_of(request), console(request).drawing, language_of(request)
    only = request.query_params.get("device", "")
    try:
        listener = fleet.listen(only)
    except TooMany:
        raise Refused(503, "Too many pages are open.") from None
    pieces = _device_changes if only else _tile_changes
    return stream(fleet, listener, pieces(fleet, drawing, language, listener))


async def _tile_changes(fleet: Fleet, drawing: Drawing, language: Language, listener: Listener) -> AsyncIterator[str]:
    ids = list(fleet.devices)
    while not listener.closed:
        yield event("beat", {"now": time.time()})
        many = _many(fleet)
        for key in ids:
            found = fleet.devices.get(key)
            if found is None:
                yield event("again", {"id": key})  # a device is gone, or a server's news
                continue
            where = place(found, many)
            html = drawing.tile(found, language) if where != "line" else ""
            yield event("tile", {"id": key, "place": where, "html": html})
        ids = await listener.wait(BEAT)


async def _device_changes(fleet: Fleet, drawing: Drawing, language: Language, listener: Listener) -> AsyncIterator[str]:
    key, shape, again = listener.only, None, False
    while not listener.closed:
        yield event("beat", {"now": time.time()})
        found = fleet.devices.get(key)
        if found is None:
            yield event("again", {"id": key})
        else:
            head = drawing.draw(language, "head.html", **drawing.view(found, language))
            texts = {name: words.reading(name, text, language) for name, text in found.values.items()}
            again, shape = shape not in (None, _shape(found)), _shape(found)
            yield event("device", {"id": key, "head": head, "values": texts, "again": again})
        while not await listener.wait(BEAT) and not listener.closed:
            yield event("beat", {"now": time.time()})


def _shape(device: Device) -> tuple[object, ...]:
    """What of a device's page is drawn anew as a whole when it changes."""
    return (tuple(device.values), tuple(device.settings), device.commands)


async def healthy(request: Request) -> Response:
    """Whether the console works."""
    if not fleet_of(request).alive:
        raise Refused(503, "The servers are not watched any more.")
    return Response("ok\n", media_type="text/plain")


NAV = (N_("Overview"), "/", "o")
ROUTES = [
    route("/", overview),
    route("/live", live),
    route("/healthz", healthy, needs=Role.NOBODY),
]
