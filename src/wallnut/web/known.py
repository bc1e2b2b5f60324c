"""Addresses that other programs' users know: nut_exporter's metrics and upsstats.cgi's JSON."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from wallnut.model.status import WORDS
from wallnut.proto.address import Address, AddressError
from wallnut.web import metrics
from wallnut.web.answers import Refused, as_json
from wallnut.web.context import fleet_of
from wallnut.web.fleet import Fleet
from wallnut.web.routes import route
from wallnut.web.snapshot import Device

LOCAL = ("localhost", "127.0.0.1", "::1")
MOST = 200
"""Names that a request may list."""


def _names(request: Request, key: str, otherwise: list[str]) -> list[str]:
    text = request.query_params.get(key, "")
    found = [word.strip() for word in text.split(",")[:MOST] if word.strip()]
    return found or otherwise


def _server(fleet: Fleet, text: str) -> str:
    """The watched server that a parameter means; "" for any. Raises Refused: no other is connected to."""
    if not text:
        return ""
    try:
        asked = Address.parse_server(text)
    except AddressError as error:
        raise Refused(400, f"{error}.") from None
    for host in LOCAL if asked.host in LOCAL else (asked.host,):
        if (name := str(Address("", host, asked.port))) in fleet.servers:
            return name
    raise Refused(404, f"{text} is none of the servers that are watched here: [web] servers in wallnut.toml.")


async def ups_metrics(request: Request) -> Response:
    """nut_exporter's page: one device."""
    asked = request.query_params
    if "password" in asked:
        raise Refused(400, "No password belongs into an address. The console's own settings say how it logs in.")
    fleet = fleet_of(request)
    found = fleet.find(asked.get("ups", ""), _server(fleet, asked.get("server", "")))
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
    fleet = fleet_of(request)
    text = metrics.everything(fleet.devices.values(), fleet.servers.values())
    return Response(text.encode("utf-8", "replace"), headers={"Content-Type": metrics.CONTENT_TYPE})


def _upsstats(device: Device) -> dict[str, Any]:
    """A UPS as upsstats.cgi(8) writes it."""
    return {
        "host": f"{device.address.ups}@{device.server}",
        "desc": device.description,
        "status_raw": device.values.get("ups.status", ""),
        "status_parsed": [WORDS[word].text if word in WORDS else word for word in device.status.words],
        "vars": dict(device.values),
    }


async def upsstats(request: Request) -> Response:
    """upsstats.cgi's JSON: all devices, or with `host` one."""
    if "json" not in request.query_params:
        raise Refused(404, "Of upsstats.cgi only ?json is here. The pages for people are at the top.")
    fleet, host = fleet_of(request), request.query_params.get("host", "")
    if not host:
        return as_json({"devices": [_upsstats(device) for device in fleet.devices.values()]})
    name, _, server = host.partition("@")
    found = fleet.find(name, _server(fleet, server)) if name else []
    if len(found) != 1:
        raise Refused(404, f"There is no device {host}.")
    return as_json(_upsstats(found[0]))


ROUTES = [
    route("/ups_metrics", ups_metrics),
    route("/metrics", all_metrics),
    route("/upsstats.cgi", upsstats),
    route("/cgi-bin/nut/upsstats.cgi", upsstats),
]
