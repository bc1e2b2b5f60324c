"""PeaNUT's forms under /api/v1/devices: https://github.com/Brandawg93/PeaNUT, its API of version 1."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from wallnut.web.answers import Refused, as_json
from wallnut.web.context import device_of, fleet_of
from wallnut.web.routes import route
from wallnut.web.snapshot import Device
from wallnut.web.words import number


def _flat(device: Device) -> dict[str, float | str]:
    return {name: _plain(text) for name, text in device.values.items()}


def _plain(text: str) -> float | str:
    found = number(text)
    return text if found is None else int(found) if found == int(found) else found


async def peanut_devices(request: Request) -> Response:
    """All devices, each an object of its variables."""
    return as_json([_flat(device) for device in fleet_of(request).devices.values()])


async def peanut_device(request: Request) -> Response:
    """One device's variables as an object."""
    return as_json(_flat(device_of(request)))


async def peanut_variable(request: Request) -> Response:
    """One variable's value."""
    device, name = device_of(request), request.path_params["variable"]
    if name not in device.values:
        raise Refused(404, f"Parameter {name} on device {device.id} not found.")
    return as_json(_plain(device.values[name]))


async def peanut_commands(request: Request) -> Response:
    """The names of a device's commands."""
    return as_json(list(device_of(request).commands))


ROUTES = [
    route("/api/v1/devices", peanut_devices),
    route("/api/v1/devices/{device}", peanut_device),
    route("/api/v1/devices/{device}/vars", peanut_device),
    route("/api/v1/devices/{device}/var/{variable}", peanut_variable),
    route("/api/v1/devices/{device}/commands", peanut_commands),
]
