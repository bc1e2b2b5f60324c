"""The overview: a tile a device, trouble first; and the streams that keep pages live."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from wallnut.web import words
from wallnut.web.access.who import Role
from wallnut.web.answers import Refused
from wallnut.web.arrange import Arrangement, changed_at
from wallnut.web.context import Console, console, fleet_of
from wallnut.web.fleet import Listener, TooMany
from wallnut.web.i18n import N_, Language, language_of
from wallnut.web.routes import route
from wallnut.web.snapshot import Device
from wallnut.web.streams import BEAT, Stream, event

LONGEST_QUERY = 200
SEARCHED = 6
"""More devices than these are worth a search."""


def matching(query: str) -> Callable[[Device], bool]:
    """Whether a device has all the words that somebody looks for: in its id, model, description, place, or state."""
    wanted = query.lower().split()
    if not wanted:
        return lambda device: True

    def matches(device: Device) -> bool:
        place = device.values.get("device.location", "")
        text = f"{device.id} {device.model} {device.description} {place} {device.status} {words.state(device).words}"
        return all(word in text.lower() for word in wanted)

    return matches


def _query(request: Request) -> str:
    return request.query_params.get("q", "")[:LONGEST_QUERY].strip()


async def overview(request: Request) -> Response:
    """All devices, trouble first."""
    parts, language, query = console(request), language_of(request), _query(request)
    key = "overview", parts.fleet.version, language.code, query
    return parts.drawing.page(
        request,
        "overview.html",
        title=N_("Overview"),
        mark=parts.fleet.mark,
        summary=Markup(_summary(parts, language)),
        body=Markup(parts.shared.get(key, lambda: _body(parts, language, query))),
        query=query,
        many=query or len(parts.fleet.devices) > SEARCHED,
    )


def _body(parts: Console, language: Language, query: str) -> str:
    """All of the page that is the same for everybody."""
    drawing, found, wanted = parts.drawing, parts.arranger.now(), matching(query)
    drawing.forget(parts.fleet)

    def tiles(devices: tuple[Device, ...]) -> list[str]:
        return [drawing.tile(device, language) for device in devices if wanted(device)]

    groups = []
    for group in (*found.more, *found.sites):
        lines = [drawing.line(device, language) for device in group.devices if wanted(device)]
        if lines:
            groups.append((group, lines))
    return drawing.draw(
        language,
        "overview-body.html",
        trouble=tiles(found.trouble),
        well=tiles(found.well),
        more=[one for one in groups if one[0].state is not None],
        sites=[one for one in groups if one[0].state is None],
        query=query,
        announced=parts.announced,
    )


def _summary(parts: Console, language: Language) -> str:
    """What stands above the tiles."""
    found = parts.arranger.now()

    def draw() -> str:
        return parts.drawing.draw(
            language,
            "overview-summary.html",
            found=found,
            count=len(parts.fleet.devices),
            last=found.last,
            last_at=changed_at(found.last) if found.last else 0.0,
            last_state=words.state(found.last) if found.last else None,
        )

    return parts.shared.get(("summary", parts.fleet.version, language.code), draw)


async def live(request: Request) -> Response:
    """The stream of a page: of a device's (`device`), or of the overview."""
    parts, language = console(request), language_of(request)
    only = request.query_params.get("device", "")
    try:
        listener = parts.fleet.listen(only)
    except TooMany:
        raise Refused(503, "Too many pages are open.") from None
    if only:
        return Stream(parts.fleet, listener, _device_changes(parts, language, listener))
    mark = request.headers.get("last-event-id", "") or request.query_params.get("mark", "")
    return Stream(parts.fleet, listener, _tile_changes(parts, language, listener, _query(request), mark))


async def _tile_changes(
    parts: Console, language: Language, listener: Listener, query: str, mark: str
) -> AsyncIterator[str]:
    fleet, wanted, summary = parts.fleet, matching(query), ""
    ids = fleet.since(mark)
    if ids is None:
        ids = list(fleet.devices)
        if mark:
            yield event("again", {})  # the page is of a console that was before this one
    while not listener.closed:
        yield f"id: {fleet.mark}\n" + event("beat", {"now": time.time()})
        found = parts.arranger.now()
        said = _summary(parts, language)
        if said != summary:
            summary = said
            yield event("part", {"id": "summary", "html": said})
        for key in ids:
            device = fleet.devices.get(key)
            if device is None:
                if key not in fleet.servers:
                    yield event("again", {"id": key})
            elif wanted(device):
                yield _piece(parts, language, device, found)
        ids = await listener.wait(BEAT)


def _piece(parts: Console, language: Language, device: Device, found: Arrangement) -> str:
    """The event that brings a device's tile or line."""
    where = found.places.get(device.id, "")
    draw = parts.drawing.tile if where in ("trouble", "well") else parts.drawing.line
    return event("tile", {"id": device.id, "place": where, "html": draw(device, language)})


async def _device_changes(parts: Console, language: Language, listener: Listener) -> AsyncIterator[str]:
    key, shape = listener.only, None
    while not listener.closed:
        yield event("beat", {"now": time.time()})
        found = parts.fleet.devices.get(key)
        if found is None:
            yield event("again", {"id": key})
        else:
            again, shape = shape not in (None, _shape(found)), _shape(found)
            yield _whole(parts, language, found, again)
        while not await listener.wait(BEAT) and not listener.closed:
            yield event("beat", {"now": time.time()})


def _whole(parts: Console, language: Language, device: Device, again: bool) -> str:
    """The event that brings a device's head and values; the same for all who look at it."""
    head = parts.drawing.head(device, language)

    def make() -> str:
        texts = {name: words.reading(name, text, language) for name, text in device.values.items()}
        return event("device", {"id": device.id, "head": head, "values": texts, "again": again})

    return parts.shared.get(("device", device.id, language.code, parts.fleet.version, again, hash(head)), make)


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
