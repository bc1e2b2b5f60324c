"""A device's pages: now, its variables, its commands."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from wallnut.model import names
from wallnut.model.names import Command
from wallnut.web import words
from wallnut.web.context import console, device_of
from wallnut.web.i18n import N_, language_of
from wallnut.web.routes import route
from wallnut.web.snapshot import Device

SUBJECTS = {
    "battery": N_("Battery"),
    "input": N_("Input"),
    "output": N_("Output"),
    "outlet": N_("Outlets"),
    "ups": N_("UPS"),
    "ambient": N_("Surroundings"),
    "device": N_("Device"),
    "driver": N_("Driver"),
}
"""First part of a name: heading, in the order of the page; others follow."""
TABS = {
    "": N_("Now"),
    "history": N_("History"),
    "variables": N_("Variables"),
    "commands": N_("Commands"),
}
"""A device's pages: last part of their path, and name."""


def device_page(request: Request, device: Device, tab: str, **values: Any) -> Response:
    """One of a device's pages: `device-TAB.html`, which extends device.html."""
    drawing = console(request).drawing
    view = drawing.view(device, language_of(request))
    template = f"device-{tab or 'now'}.html"
    return drawing.page(request, template, title=device.id, tab=tab, tabs=TABS, **view, **values)


def _groups(request: Request, device: Device) -> list[tuple[str, list[dict[str, Any]]]]:
    language = language_of(request)
    found: dict[str, list[dict[str, Any]]] = {subject: [] for subject in SUBJECTS}
    for name, text in device.values.items():
        setting = device.settings.get(name)
        row = {
            "name": name,
            "text": words.reading(name, text, language),
            "about": words.about(name, language),
            "can": setting,
        }
        found.setdefault(name.partition(".")[0].lower(), []).append(row)
    return [(SUBJECTS.get(subject, subject), rows) for subject, rows in found.items() if rows]


async def now(request: Request) -> Response:
    """What matters now."""
    device = device_of(request)
    return device_page(request, device, "", outlets=words.outlets(device))


async def variables(request: Request) -> Response:
    """All variables, by subject."""
    device = device_of(request)
    return device_page(request, device, "variables", groups=_groups(request, device))


async def commands(request: Request) -> Response:
    """All commands, with what they do."""
    device = device_of(request)
    known = [(name, names.command(name) or Command(name, "", "", "")) for name in device.commands]
    return device_page(request, device, "commands", commands=known)


ROUTES = [
    route("/device/{device}", now),
    route("/device/{device}/variables", variables),
    route("/device/{device}/commands", commands),
]
