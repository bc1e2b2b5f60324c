"""upsset.cgi: leads to the page of the device, where its functions are, if upsset.conf's guard lets it."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wallnut.config.cgi import SECURED, parse_upsset_conf
from wallnut.web.answers import Refused
from wallnut.web.cgi.hosts import file, hosts
from wallnut.web.context import console, fleet_of


async def upsset(request: Request) -> Response:
    """The device's page of variables or, as `function` says, of commands (`host` or `monups`); else the overview."""
    data = file("upsset.conf")
    if data is None or not parse_upsset_conf(data)[0].secured:
        raise Refused(
            403, f"upsset.cgi is not to be used until upsset.conf has the line {SECURED}, see upsset.conf(5)."
        )
    name = request.query_params.get("host") or request.query_params.get("monups")
    to = f"{console(request).prefix}/"
    if name:
        device = hosts(fleet_of(request)).find(name).device
        if device is None:
            raise Refused(404, f"{name} is not watched here.")
        page = "commands" if request.query_params.get("function") in ("showcmds", "docmd") else "variables"
        to += f"device/{quote(device.id)}/{page}"
    return RedirectResponse(to, 303)
