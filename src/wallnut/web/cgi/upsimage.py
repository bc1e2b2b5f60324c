"""upsimage.cgi: a variable as a bar, as PNG or SVG. What cannot be shown is a picture that says so."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from wallnut.web.answers import Refused
from wallnut.web.cgi import gauge
from wallnut.web.cgi.hosts import hosts
from wallnut.web.context import fleet_of

HEADERS = {"Pragma": "no-cache", "Vary": "Accept", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Pictures are there for others' pages, too: these cannot read what is on them."""
SVG = "image/svg+xml"


async def upsimage(request: Request) -> Response:
    """The picture of `display` of `host`."""
    asked = request.query_params
    chosen = gauge.options(asked)
    status, picture = _picture(request, chosen)
    headers = dict(HEADERS)
    wants = request.headers.get("accept", "")
    if asked.get("format") == "svg" or ("format" not in asked and SVG in wants and "*" not in wants):
        return Response(gauge.svg(picture), status, headers, SVG)
    try:
        return Response(gauge.png(picture), status, headers, "image/png")
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "PIL":
            raise
        raise Refused(501, "PNG pictures need Pillow: pip install 'wallnut[web]'; &format=svg does not.") from None


def _picture(request: Request, chosen: gauge.Options) -> tuple[int, gauge.Picture]:
    name, display = request.query_params.get("host", ""), request.query_params.get("display", "")
    if not name or not display:
        return 400, gauge.words("No host or display", chosen)
    try:
        host = hosts(fleet_of(request)).find(name)
    except Refused as error:
        said = "Access denied" if error.status == 403 else error.detail
        return error.status, gauge.words(said, chosen)
    if host.device is None or host.error:
        return 503, gauge.words(host.error, chosen)
    try:
        return 200, gauge.draw(display, host.device.values, chosen)
    except gauge.NoPicture as error:
        return 404, gauge.words(error.text, chosen)
