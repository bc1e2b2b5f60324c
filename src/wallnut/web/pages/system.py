"""Settings: what this console watches, what is recorded and who is told, without anything secret."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from wallnut.history.reader import Level, Reader
from wallnut.web.about import versions
from wallnut.web.context import console
from wallnut.web.i18n import N_
from wallnut.web.pages.settings import settings_page
from wallnut.web.past import NoHistory
from wallnut.web.routes import route

SILENT = 120.0
"""Seconds after which the recorder counts as silent."""
LEVELS = {
    "raw": N_("Every change"),
    "minute": N_("By the minute"),
    "hour": N_("By the hour"),
    "text": N_("Texts"),
    "notice": N_("Notifications"),
}
SEVERITIES = {"info": N_("information"), "warning": N_("warning"), "critical": N_("critical")}


def _recorded(reader: Reader) -> tuple[list[Level], int, int]:
    """The levels, how many devices there are, and when one was heard last."""
    devices = reader.devices()
    return reader.levels(), len(devices), max(devices.values(), default=0)


async def system(request: Request) -> Response:
    """The page."""
    parts = console(request)
    levels: list[Level] = []
    devices, heard, trouble = 0, 0.0, ""
    try:
        levels, devices, last = await parts.past.ask(_recorded)
        heard = last / 1000
    except NoHistory as error:
        trouble = error.detail
    counts: dict[str, int] = {}
    for device in parts.fleet.devices.values():
        counts[device.server] = counts.get(device.server, 0) + 1
    return settings_page(
        request,
        "system.html",
        title=N_("This console"),
        servers=sorted(parts.fleet.servers.values(), key=lambda server: server.name),
        counts=counts,
        announced=parts.announced,
        discover=parts.settings.discover,
        about=parts.about,
        severities=SEVERITIES,
        levels=[(LEVELS.get(level.name, level.name), level) for level in levels],
        devices=devices,
        heard=heard,
        silent=SILENT,
        no_history=trouble,
        pages=parts.fleet.listeners,
        versions=versions(),
    )


ROUTES = [route("/settings/console", system)]
