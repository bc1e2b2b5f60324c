"""The pages for people, and the streams that keep them live: what changes is drawn here again, never in the browser."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from wallnut.model import names
from wallnut.model.names import Command
from wallnut.version import VERSION
from wallnut.web import words
from wallnut.web.answers import Refused
from wallnut.web.api import BEAT, device_of, event, fleet_of, stream
from wallnut.web.fleet import Fleet, TooMany, in_order
from wallnut.web.snapshot import Device

FOLDER = os.path.dirname(os.path.abspath(__file__))
MANY = 12
"""Devices that are well and still get a tile each; more of them get a line each."""
SUBJECTS = {
    "battery": "Battery",
    "input": "Input",
    "output": "Output",
    "outlet": "Outlets",
    "ups": "UPS",
    "ambient": "Surroundings",
    "device": "Device",
    "driver": "Driver",
}
"""First part of a name: heading, in the order of the page; others follow."""


def clock(seconds: float) -> str:
    """A moment in local time."""
    return time.strftime("%H:%M:%S", time.localtime(seconds))


def utc(seconds: float) -> str:
    """A moment for machines, and for a pointer that rests."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Drawing:
    """Draws pages and their parts. `prefix` is the path that a proxy serves us under."""

    def __init__(self, prefix: str = "") -> None:
        self._tiles: dict[str, tuple[Device, int, str]] = {}
        self._environment = Environment(
            loader=FileSystemLoader(os.path.join(FOLDER, "templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            base=prefix, version=VERSION, clock=clock, utc=utc, duration=words.duration, thin=words.THIN
        )

    def draw(self, name: str, **values: Any) -> str:
        """A template with its values."""
        return self._environment.get_template(name).render(now=time.time(), **values)

    def view(self, device: Device) -> dict[str, Any]:
        """What the templates need of a device."""
        figures = words.figures(device)
        return {
            "device": device,
            "state": words.state(device),
            "figures": figures,
            "main": words.headline(device, figures),
            "status": device.status,
            "last": device.status.text if device.trouble and device.status.words else "",
            "alarm": device.values.get("ups.alarm", ""),
        }

    def tile(self, device: Device) -> str:
        """A device's tile; the same device is drawn once, but for its times."""
        kept = self._tiles.get(device.id)
        minute = int(time.time() // 60)
        if kept is not None and kept[0] is device and kept[1] == minute:
            return kept[2]
        text = self.draw("tile.html", **self.view(device))
        self._tiles[device.id] = (device, minute, text)
        return text

    def forget(self, fleet: Fleet) -> None:
        """Drop the tiles of devices that are gone."""
        for key in [key for key in self._tiles if key not in fleet.devices]:
            del self._tiles[key]


def _drawing(request: Request) -> Drawing:
    drawing: Drawing = request.app.state.drawing
    return drawing


def _page(text: str) -> Response:
    return Response(text.encode("utf-8", "replace"), media_type="text/html")


def place(device: Device, many: bool) -> str:
    """Where the overview puts a device: `trouble`, `well`, or, where there are many, `line`."""
    return "trouble" if words.urgency(device) < words.WELL else "line" if many else "well"


def _many(fleet: Fleet) -> bool:
    return sum(words.urgency(device) >= words.WELL for device in fleet.devices.values()) > MANY


async def overview(request: Request) -> Response:
    """All devices, trouble first."""
    fleet, drawing = fleet_of(request), _drawing(request)
    drawing.forget(fleet)
    many = _many(fleet)
    groups: dict[str, list[Device]] = {"trouble": [], "well": [], "line": []}
    for device in in_order(fleet.devices, words.urgency):
        groups[place(device, many)].append(device)
    power = [words.number(device.values.get("ups.realpower", "")) for device in fleet.devices.values() if device.fresh]
    sites: dict[str, list[dict[str, Any]]] = {}
    for device in groups["line"]:
        sites.setdefault(device.values.get("device.location") or device.server, []).append(drawing.view(device))
    return _page(
        drawing.draw(
            "overview.html",
            title="Overview",
            fleet=fleet,
            trouble=[drawing.tile(device) for device in groups["trouble"]],
            well=[drawing.tile(device) for device in groups["well"]],
            sites=sites,
            power=sum(watts for watts in power if watts is not None),
            lost=[server for server in fleet.servers.values() if server.trouble],
        )
    )


def _groups(device: Device) -> list[tuple[str, list[dict[str, Any]]]]:
    found: dict[str, list[dict[str, Any]]] = {subject: [] for subject in SUBJECTS}
    for name, text in device.values.items():
        known, setting = names.describe(name), device.settings.get(name)
        row = {"name": name, "text": words.reading(name, text), "about": known.text if known else "", "can": setting}
        found.setdefault(name.partition(".")[0].lower(), []).append(row)
    return [(SUBJECTS.get(subject, subject), rows) for subject, rows in found.items() if rows]


async def device(request: Request) -> Response:
    """One device."""
    drawing, found = _drawing(request), device_of(request)
    commands = [(name, names.command(name) or Command(name, "", "", "")) for name in found.commands]
    groups = _groups(found)
    view = drawing.view(found)
    outlets = words.outlets(found)
    return _page(drawing.draw("device.html", title=found.id, groups=groups, commands=commands, outlets=outlets, **view))


async def live(request: Request) -> Response:
    """The stream of a page: of a device's (`device`), or of the overview."""
    fleet, drawing = fleet_of(request), _drawing(request)
    only = request.query_params.get("device", "")
    try:
        listener = fleet.listen(only)
    except TooMany:
        raise Refused(503, "Too many pages are open.") from None

    async def changes() -> AsyncIterator[str]:
        known = fleet.devices.get(only)
        shape = _shape(known) if known else None
        ids = list(fleet.devices) if not only else [only]
        while not listener.closed:
            yield event("beat", {"now": time.time()})
            many = _many(fleet)
            for key in ids:
                found = fleet.devices.get(key)
                if found is None:
                    yield event("again", {"id": key})  # a device is gone, or a server's news
                elif not only:
                    tile = drawing.tile(found) if place(found, many) != "line" else ""
                    yield event("tile", {"id": key, "place": place(found, many), "html": tile})
                else:
                    head = drawing.draw("head.html", **drawing.view(found))
                    texts = {name: words.reading(name, text) for name, text in found.values.items()}
                    now = _shape(found)
                    yield event("device", {"id": key, "head": head, "values": texts, "again": now != shape})
                    shape = now
            ids = await listener.wait(BEAT)

    return stream(fleet, listener, changes())


def _shape(device: Device) -> tuple[object, ...]:
    """What of a device's page is drawn anew as a whole when it changes."""
    return (tuple(device.values), tuple(device.settings), device.commands)


async def healthy(request: Request) -> Response:
    """Whether the console works."""
    if not fleet_of(request).alive:
        raise Refused(503, "The servers are not watched any more.")
    return Response("ok\n", media_type="text/plain")


ROUTES = [
    Route("/", overview),
    Route("/device/{device}", device),
    Route("/live", live),
    Route("/healthz", healthy),
]
