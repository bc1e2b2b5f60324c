"""The names of NUT's CGI programs, for pages that link to them or embed their pictures."""

from __future__ import annotations

from wallnut.web.cgi.upsimage import upsimage
from wallnut.web.cgi.upsset import upsset
from wallnut.web.cgi.upsstats import upsstats
from wallnut.web.routes import route

FOLDERS = ("", "/cgi-bin/nut")
"""Where the programs are found."""
ROUTES = [
    route(f"{folder}/{endpoint.__name__}.cgi", endpoint)
    for endpoint in (upsstats, upsimage, upsset)
    for folder in FOLDERS
]
