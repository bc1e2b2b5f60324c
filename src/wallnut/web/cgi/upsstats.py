"""upsstats.cgi: templates, all variables of one UPS, JSON; and ?check, what is wrong in the files."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from wallnut.model.status import WORDS
from wallnut.web.answers import Refused, as_json, as_text
from wallnut.web.cgi.hosts import Hosts, file, hosts
from wallnut.web.cgi.template import Host, Page, Template, quoted, read, shown
from wallnut.web.context import fleet_of

LIST, SINGLE = "upsstats.html", "upsstats-single.html"
LIST_KEY, SINGLE_KEY = "template_list", "template_single"
"""With which requests name a template of their own."""
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
"""Templates bring their own style, and no script."""
HEADERS = {"Content-Type": "text/html", "Pragma": "no-cache", "Content-Security-Policy": POLICY}
MOST_REFRESH = 86400


async def upsstats(request: Request) -> Response:
    """What upsstats.cgi(8) gives for the same query."""
    asked = request.query_params
    known = hosts(fleet_of(request))
    if "check" in asked:
        return _check(request, known)
    host = asked.get("host", "")
    if "json" in asked:
        return _json(known, host)
    if host:
        one = known.find(host)
        if "treemode" in asked:
            return _answer(_tree(one))
        return _draw(request, known, [one], SINGLE)
    if not known.shown:
        where = "hosts.conf has no MONITOR line" if known.conf else "no server that is watched has a UPS"
        raise Refused(404, f"There is nothing to show: {where}.")
    return _draw(request, known, list(known.shown), LIST)


def _draw(request: Request, known: Hosts, which: list[Host], usual: str) -> Response:
    own = {kind: _own(request, known, kind) for kind in (LIST_KEY, SINGLE_KEY)}
    link = "&amp;".join(f"{kind}={quoted(name)}" for kind, name in own.items() if name)
    page = Page(which, now=time.time(), refresh=_refresh(request), single=usual == SINGLE, link=link)
    return _answer(page.draw(_template(own[SINGLE_KEY if usual == SINGLE else LIST_KEY] or usual)))


def _own(request: Request, known: Hosts, kind: str) -> str:
    """The template that a request names; hosts.conf must name it, too. Raises Refused."""
    name = request.query_params.get(kind, "")
    if name and name not in _allowed(known).get(kind, ()):
        raise Refused(403, f"hosts.conf has no line CUSTOM_{kind.upper()} {name}.")
    return name


def _allowed(known: Hosts) -> dict[str, tuple[str, ...]]:
    conf = known.conf
    return {LIST_KEY: conf.custom_template_list, SINGLE_KEY: conf.custom_template_single} if conf else {}


def _refresh(request: Request) -> int:
    text = request.query_params.get("refresh", "")
    return min(int(text), MOST_REFRESH) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _template(name: str) -> Template:
    """The user's template, or ours where there is none. Raises Refused."""
    data = file(name)
    if data is not None:
        return read(data.decode("utf-8", "surrogateescape"), name)
    if name not in (LIST, SINGLE):
        raise Refused(404, f"There is no template {name}.")
    return _ours(name)


@cache
def _ours(name: str) -> Template:
    with open(os.path.join(os.path.dirname(__file__), name), encoding="utf-8") as opened:
        return read(opened.read(), name)


def _answer(text: str) -> Response:
    return Response(text.encode("utf-8", "surrogateescape"), headers=HEADERS)


def _check(request: Request, known: Hosts) -> Response:
    """What is wrong in hosts.conf and the templates, a line each."""
    names = [LIST, SINGLE, *dict.fromkeys(name for names in _allowed(known).values() for name in names)]
    found: list[object] = list(known.problems)
    for name in names:
        try:
            found += _template(name).faults
        except Refused as error:
            found.append(error.detail)
    return as_text(200, "\n".join(map(str, found)) or "Nothing is wrong.")


# All variables of one UPS


def _tree(host: Host) -> str:
    if host.device is None or host.error:
        return f"[error: {host.error}]\n"
    rows = "".join(
        f"<tr><th scope=row>{shown(name)}</th><td>{shown(text)}</td></tr>\n"
        for name, text in host.device.values.items()
    )
    return (
        f"<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n<title>{host.label}</title>\n"
        "<style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;margin:2rem}"
        "th{text-align:left;font-weight:400;padding-right:2rem;vertical-align:top}td{overflow-wrap:anywhere}</style>\n"
        f"</head>\n<body>\n<main>\n<h1>{host.label}</h1>\n<table>\n{rows}</table>\n</main>\n</body>\n</html>\n"
    )


# JSON


def _json(known: Hosts, name: str) -> Response:
    if not name:
        return as_json({"devices": [_facts(host) for host in known.shown]})
    try:
        return as_json(_facts(known.find(name)))
    except Refused:
        return as_json({"error": f"Access to host {name} is not authorized."}, 403)


def _facts(host: Host) -> dict[str, Any]:
    """A UPS as upsstats.cgi writes it."""
    if host.device is None or host.error:
        return {"host": host.name, "desc": host.description, "error": host.error}
    status = host.device.status
    return {
        "host": host.name,
        "desc": host.description,
        "status_raw": host.device.values.get("ups.status", ""),
        "status_parsed": [WORDS[word].text if word in WORDS else word for word in status.words],
        "vars": dict(host.device.values),
    }
