"""The API at /api/v1. It only reads."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from wallnut.model import names
from wallnut.web import controls, identity, metered, peanut, records
from wallnut.web.answers import Refused, as_json
from wallnut.web.context import console, device_of, fleet_of
from wallnut.web.fleet import Fleet, Listener, TooMany, in_order
from wallnut.web.openapi import document
from wallnut.web.pages import battery, calendar
from wallnut.web.routes import route
from wallnut.web.snapshot import Device
from wallnut.web.streams import BEAT, Stream, event
from wallnut.web.words import state, urgency

# Ours


def summary(device: Device) -> dict[str, Any]:
    """A device without its variables."""
    found = state(device)
    return {
        "id": device.id,
        "name": device.address.ups,
        "server": device.server,
        "description": device.description,
        "model": device.model,
        "state": found.name.lower(),
        "urgency": found.urgency,
        "status": list(device.status.words),
        "since": device.since,
        "fresh": device.fresh,
        "trouble": {"code": device.code, "detail": device.trouble, "since": device.lost_at} if device.trouble else None,
    }


def variable(device: Device, name: str) -> dict[str, Any]:
    """A variable with what is known of it."""
    text, known = device.values[name], names.describe(name)
    setting = device.settings.get(name)
    return {
        "name": name,
        "value": names.value(name, text),
        "raw": text,
        "unit": names.unit(name),
        "kind": known.kind if known else "",
        "description": known.text if known else "",
        "writable": setting is not None,
        "length": setting.length if setting else 0,
        "enum": list(setting.enum) if setting else [],
        "ranges": [list(pair) for pair in setting.ranges] if setting else [],
    }


def command(name: str) -> dict[str, Any]:
    """A command with what it does."""
    known = names.command(name)
    return {
        "name": name,
        "description": known.text if known else "",
        "effect": known.effect if known else "",
        "value": known.value if known else "",
    }


async def list_ups(request: Request) -> Response:
    """All servers and devices, trouble first."""
    fleet = fleet_of(request)
    servers = [
        {"name": one.name, "up": not one.trouble, "trouble": one.trouble, "since": one.since, "pushed": one.pushed}
        for one in fleet.servers.values()
    ]
    return as_json({"servers": servers, "ups": [summary(device) for device in in_order(fleet.devices, urgency)]})


async def get_ups(request: Request) -> Response:
    """One device, whole."""
    device = device_of(request)
    return as_json(
        {
            **summary(device),
            "variables": [variable(device, name) for name in device.values],
            "commands": [command(name) for name in device.commands],
        }
    )


async def list_variables(request: Request) -> Response:
    """A device's variables."""
    device = device_of(request)
    return as_json([variable(device, name) for name in device.values])


async def get_variable(request: Request) -> Response:
    """One variable."""
    device, name = device_of(request), request.path_params["variable"]
    if name not in device.values:
        raise Refused(404, f"{device.id} has no variable {name}.")
    return as_json(variable(device, name))


async def list_ranges(request: Request) -> Response:
    """What the writable variables may be set to."""
    device = device_of(request)
    return as_json([variable(device, name) for name in device.settings if name in device.values])


async def list_commands(request: Request) -> Response:
    """A device's commands."""
    return as_json([command(name) for name in device_of(request).commands])


async def events(request: Request) -> Response:
    """Changes as server-sent events: first all devices, then each that changes with its changed values."""
    fleet = fleet_of(request)
    listener = listen(fleet, request.query_params.get("ups", ""))
    return Stream(fleet, listener, _as_events(changes(fleet, listener)))


def listen(fleet: Fleet, wanted: str) -> Listener:
    """A listener for one device, or for all ("")."""
    only = ""
    if wanted:
        found = fleet.find(wanted)
        if len(found) != 1:
            raise Refused(404, f"There is no device {wanted}.")
        only = found[0].id
    try:
        return fleet.listen(only)
    except TooMany:
        raise Refused(503, "Too many streams are open.") from None


async def _as_events(news: AsyncIterator[tuple[str, dict[str, Any]]]) -> AsyncIterator[str]:
    async for kind, value in news:
        yield event(kind, value) if value else ": beat\n\n"


async def changes(fleet: Fleet, listener: Listener) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """What a listener hears: `change` with a device and its changed values, `gone`, and `beat` with nothing."""
    told: dict[str, dict[str, str]] = {}
    ids = list(fleet.devices) if not listener.only else [listener.only]
    while not listener.closed:
        for key in ids:
            if key in fleet.servers:
                continue
            device = fleet.devices.get(key)
            if device is None:
                told.pop(key, None)
                yield "gone", {"id": key}
                continue
            before, now = told.get(key, {}), dict(device.values)
            changed: dict[str, str | None] = {name: text for name, text in now.items() if before.get(name) != text}
            changed.update(dict.fromkeys(name for name in before if name not in now))
            told[key] = now
            yield "change", {**summary(device), "values": changed}
        ids = await listener.wait(BEAT)
        if not ids:
            yield "beat", {}


async def openapi(request: Request) -> Response:
    """The description of all this."""
    return as_json(document(console(request).prefix, [part.DESCRIBED for part in (*PARTS, battery, calendar, peanut)]))


PARTS = (records, metered, controls, identity)
"""Further files of the API, each with its ROUTES and what the document says of them (DESCRIBED)."""
ROUTES = [
    *(one for part in PARTS for one in part.ROUTES),
    route("/api/v1/openapi.json", openapi),
    route("/api/v1/ups", list_ups),
    route("/api/v1/events", events),
    route("/api/v1/ups/{device}", get_ups),
    route("/api/v1/ups/{device}/variables", list_variables),
    route("/api/v1/ups/{device}/variables/{variable}", get_variable),
    route("/api/v1/ups/{device}/ranges", list_ranges),
    route("/api/v1/ups/{device}/commands", list_commands),
]
