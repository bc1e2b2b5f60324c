"""PeaNUT's addresses under /api (https://github.com/Brandawg93/PeaNUT, its API of version 1), with PeaNUT's forms.

What it answers where something is wrong is ours: problems by RFC 9457, with the same statuses.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from wallnut.model import names
from wallnut.version import VERSION
from wallnut.web import metrics
from wallnut.web.access.who import Role, who_of
from wallnut.web.actions import Outcome, Result
from wallnut.web.answers import Refused, as_json
from wallnut.web.context import console, device_of, fleet_of
from wallnut.web.i18n import EN
from wallnut.web.known import board
from wallnut.web.openapi import NUMBER, TEXT, Part, array, fields, reading, ref
from wallnut.web.routes import route
from wallnut.web.snapshot import Device, Setting
from wallnut.web.words import number

STARTED = time.monotonic()
STATUSES = {
    Outcome.DONE: 200,
    Outcome.ACCEPTED: 200,
    Outcome.NO_ACCOUNT: 409,
    Outcome.UNREACHABLE: 502,
    Outcome.UNKNOWN: 504,
}
"""What PeaNUT's one 500 is here; 500 for all else."""


def _flat(request: Request, device: Device) -> dict[str, float | str]:
    """All values; with ?meta=true the device's id and server, too."""
    found = {name: _plain(text) for name, text in device.values.items()}
    if request.query_params.get("meta") == "true":
        found["peanut.device_id"] = device.id
        found["peanut.server"] = f"{device.address.host}:{device.address.port}"
    return found


def _plain(text: str) -> float | str:
    found = number(text)
    return text if found is None else int(found) if found == int(found) else found


def _parameter(request: Request) -> tuple[Device, str]:
    """The device and the variable that a path names. Raises Refused."""
    device, name = device_of(request), str(request.path_params["variable"])
    if name not in device.values:
        raise Refused(404, f"Parameter {name} on device {device.id} not found.")
    return device, name


def _setting(request: Request) -> Setting:
    device, name = _parameter(request)
    return device.settings.get(name, Setting(0, (), ()))


# Devices


async def devices(request: Request) -> Response:
    """All devices, each an object of its variables."""
    return as_json([_flat(request, device) for device in fleet_of(request).devices.values()])


async def device(request: Request) -> Response:
    """One device's variables as an object."""
    return as_json(_flat(request, device_of(request)))


async def description(request: Request) -> Response:
    """What the server calls it."""
    return as_json(device_of(request).description or "Unavailable")


async def rwvars(request: Request) -> Response:
    """The names of the variables that can be set."""
    return as_json(list(device_of(request).settings))


async def clients(request: Request) -> Response:
    """The addresses of those logged in to it. Raises Refused."""
    found = await console(request).actions.clients(device_of(request))
    if found is None:
        raise Refused(502, "The server does not say who is logged in.")
    return as_json(found)


# Variables


async def variable(request: Request) -> Response:
    """A variable's value."""
    device, name = _parameter(request)
    return as_json(_plain(device.values[name]))


async def variable_description(request: Request) -> Response:
    """What a variable means."""
    _, name = _parameter(request)
    return as_json(names.variable_text(name) or "Description unavailable")


async def variable_type(request: Request) -> Response:
    """A variable's type, as the server's answer to GET TYPE has it."""
    device, name = _parameter(request)
    setting = device.settings.get(name)
    if setting is None:
        return as_json("NUMBER")
    kinds = ["ENUM"] * bool(setting.enum) + ["RANGE"] * bool(setting.ranges)
    if setting.length:
        kinds.append(f"STRING:{setting.length}")
    return as_json(" ".join(("RW", *(kinds or ["NUMBER"]))))


async def variable_enum(request: Request) -> Response:
    """The values that a variable may have; none where it is no choice."""
    return as_json(list(_setting(request).enum))


async def variable_range(request: Request) -> Response:
    """The bounds of a variable, from and to in turn; none where it has none."""
    return as_json([str(bound) for pair in _setting(request).ranges for bound in pair])


async def save(request: Request) -> Response:
    """Set a variable to what the body says."""
    device, name = _parameter(request)
    value = await _body(request)
    result = await console(request).actions.set(who_of(request), device, name, value)
    return _done(result, f"Variable {name} on device {device.id} saved successfully on device {device.id}")


# Commands


async def commands(request: Request) -> Response:
    """The names of a device's commands."""
    return as_json(list(device_of(request).commands))


async def command_description(request: Request) -> Response:
    """What a command does. Raises Refused."""
    device, name = device_of(request), request.path_params["command"]
    if name not in device.commands:
        raise Refused(404, f"Command {name} on device {device.id} not found.")
    known = names.command(name)
    return as_json(known.text if known else "Description unavailable")


async def run(request: Request) -> Response:
    """Run the command that the path names, or else the body."""
    device = device_of(request)
    name = request.path_params.get("command") or await _body(request)
    if name not in device.commands:
        raise Refused(404, f"Command {name} on device {device.id} not found.")
    result = await console(request).actions.run(who_of(request), device, name)
    return _done(result, f"Command {name} on device {device.id} run successfully on device {device.id}")


async def _body(request: Request) -> str:
    """The text of a body; of JSON the one value in it. Raises Refused."""
    text = (await request.body()).decode("utf-8", "replace")
    if not request.headers.get("content-type", "").startswith("application/json"):
        return text
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text  # PeaNUT looks at no media type
    if not isinstance(found, str | int | float) or isinstance(found, bool):
        raise Refused(400, "The body must be one text or number.")
    return found if isinstance(found, str) else text.strip()


def _done(result: Result, good: str) -> Response:
    if result.outcome.good:
        return as_json(good)
    detail = f"{result.said(EN)} {result.advised(EN)}".strip()
    raise Refused(STATUSES.get(result.outcome, 403 if result.code == "ACCESS-DENIED" else 500), detail)


# The program


async def info(request: Request) -> Response:
    """What this is."""
    about = {
        "name": "wallnut",
        "version": VERSION,
        "description": "The console of wallnut",
        "platform": sys.platform,
        "uptime": round(time.monotonic() - STARTED, 3),
    }
    return as_json(about)


async def ping(request: Request) -> Response:
    """That it is there."""
    return as_json("pong")


async def all_metrics(request: Request) -> Response:
    """All numbers of all devices, for Prometheus."""
    return await board(request, metrics.peanut)


DEVICE = "/api/v1/devices/{device}"


def _text(path: str, media_type: str, about: str) -> dict[str, dict[str, Any]]:
    """A path that gives something else than JSON."""
    found = reading(path, about, TEXT)
    found[path]["get"]["responses"]["200"]["content"] = {media_type: {"schema": TEXT}}
    return found


def _writing(path: str, about: str, second: str = "") -> dict[str, dict[str, Any]]:
    """A path to which a value or a command's name is posted."""
    fault = {"description": "A problem", "content": {"application/problem+json": {"schema": ref("Problem")}}}
    names = ("device", second) if second else ("device",)
    return {
        path: {
            "post": {
                "summary": about,
                "parameters": [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names],
                "requestBody": {"content": {"text/plain": {"schema": TEXT}, "application/json": {"schema": TEXT}}},
                "responses": {
                    "200": {"description": about, "content": {"application/json": {"schema": TEXT}}},
                    "default": fault,
                },
            }
        }
    }


def _described(path: str, about: str, schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A path with the name of a command in it."""
    command = {"name": "command", "in": "path", "required": True, "schema": TEXT}
    return reading(path, about, schema, command)


DESCRIBED = Part(
    {
        **reading("/api/ping", "That the console is there, as PeaNUT says it", TEXT),
        **reading("/api/v1/info", "The program", fields(name=TEXT, version=TEXT, description=TEXT, uptime=NUMBER)),
        **_text("/api/v1/metrics", "text/plain", "All numbers of all devices under PeaNUT's names, for Prometheus"),
        **reading(f"{DEVICE}/description", "What the server calls a device", TEXT),
        **reading(f"{DEVICE}/rwvars", "The names of the variables that can be set", array(TEXT)),
        **reading(f"{DEVICE}/clients", "The addresses of those logged in to a device", array(TEXT)),
        **reading(f"{DEVICE}/var/{{variable}}/description", "What a variable means", TEXT),
        **reading(f"{DEVICE}/var/{{variable}}/type", "A variable's type: RW ENUM and the like", TEXT),
        **reading(f"{DEVICE}/var/{{variable}}/enum", "The values that a variable may have", array(TEXT)),
        **reading(f"{DEVICE}/var/{{variable}}/range", "A variable's bounds, from and to in turn", array(TEXT)),
        **_described(f"{DEVICE}/command/{{command}}/description", "What a command does", TEXT),
        **_writing(f"{DEVICE}/var/{{variable}}", "Set a variable, under one's own NUT account", "variable"),
        **_writing(f"{DEVICE}/command/{{command}}", "Run a command, under one's own NUT account", "command"),
        **_writing(f"{DEVICE}/command", "Run the command that the body names"),
    }
)
ROUTES = [
    route("/api/ping", ping, needs=Role.NOBODY),
    route("/api/v1/info", info),
    route("/api/v1/metrics", all_metrics),
    route("/api/v1/devices", devices),
    route(DEVICE, device),
    route(f"{DEVICE}/vars", device),
    route(f"{DEVICE}/description", description),
    route(f"{DEVICE}/rwvars", rwvars),
    route(f"{DEVICE}/clients", clients),
    route(f"{DEVICE}/var/{{variable}}", variable),
    route(f"{DEVICE}/var/{{variable}}", save, needs=Role.OPERATE, methods=("POST",)),
    route(f"{DEVICE}/var/{{variable}}/description", variable_description),
    route(f"{DEVICE}/var/{{variable}}/type", variable_type),
    route(f"{DEVICE}/var/{{variable}}/enum", variable_enum),
    route(f"{DEVICE}/var/{{variable}}/range", variable_range),
    route(f"{DEVICE}/commands", commands),
    route(f"{DEVICE}/command", run, needs=Role.OPERATE, methods=("POST",)),
    route(f"{DEVICE}/command/{{command}}", run, needs=Role.OPERATE, methods=("POST",)),
    route(f"{DEVICE}/command/{{command}}/description", command_description),
]
