"""Addresses that others' users know: nut_exporter's metrics, those of all devices at once, and NUT's CGI names."""

from __future__ import annotations

import asyncio
import gzip
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import Response

from wallnut.web import cgi, metrics
from wallnut.web.answers import Refused
from wallnut.web.cgi.hosts import server
from wallnut.web.context import fleet_of
from wallnut.web.fleet import Fleet
from wallnut.web.routes import route

MOST = 200
"""Names that a request may list."""
WORTH_PACKING = 4000
"""Bytes of an answer."""

_boards: WeakKeyDictionary[Fleet, dict[metrics.Naming, metrics.Board]] = WeakKeyDictionary()


def _names(request: Request, key: str, otherwise: list[str]) -> list[str]:
    text = request.query_params.get(key, "")
    found = [word.strip() for word in text.split(",")[:MOST] if word.strip()]
    return found or otherwise


async def ups_metrics(request: Request) -> Response:
    """nut_exporter's page: one device."""
    asked = request.query_params
    if "password" in asked:
        raise Refused(400, "No password belongs into an address. The console's own settings say how it logs in.")
    fleet = fleet_of(request)
    found = fleet.find(asked.get("ups", ""), server(fleet, asked.get("server", "")))
    if not found:
        raise Refused(404, f"There is no device {asked.get('ups', '')}".rstrip() + ".")
    if len(found) > 1:
        ids = ", ".join(sorted(device.id for device in found))
        raise Refused(400, f"Name the device, as in ?ups=NAME&server=HOST. Those there are: {ids}.")
    device = found[0]
    if not device.fresh:
        raise Refused(503, device.trouble)
    wanted = _names(request, "variables", metrics.VARIABLES)
    text = metrics.one(device, wanted, _names(request, "statuses", metrics.STATUSES))
    return Response(text.encode("utf-8", "replace"), headers={"Content-Type": metrics.CONTENT_TYPE})


async def all_metrics(request: Request) -> Response:
    """All devices, labelled."""
    return await board(request, metrics.family)


async def board(request: Request, naming: metrics.Naming) -> Response:
    """All devices at once; by gzip for who takes it."""
    fleet = fleet_of(request)
    kept = _boards.setdefault(fleet, {})
    if naming not in kept:
        kept[naming] = metrics.Board(naming, whole=naming is metrics.family, port=naming is metrics.peanut)
    one = kept[naming]
    text = one.text(fleet.devices.values(), fleet.servers.values())
    headers = {"Content-Type": metrics.CONTENT_TYPE, "Vary": "Accept-Encoding"}
    if len(text) < WORTH_PACKING or "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(text, headers=headers)
    packed = one.packed
    if not packed:
        packed = await asyncio.to_thread(gzip.compress, text, 1)
        one.keep(text, packed)
    return Response(packed, headers={**headers, "Content-Encoding": "gzip"})


ROUTES = [
    route("/ups_metrics", ups_metrics),
    route("/metrics", all_metrics),
    *cgi.ROUTES,
]
