"""The API about whoever asks, and about what was done."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from wallnut.web.access.audit import MOST_AT_ONCE
from wallnut.web.access.who import Role, who_of
from wallnut.web.answers import Refused, as_json
from wallnut.web.context import console
from wallnut.web.i18n import N_
from wallnut.web.openapi import TEXT, WHOLE, Part, array, fields, query, reading, ref
from wallnut.web.routes import route


def number(request: Request, name: str, otherwise: int) -> int:
    """A whole number in the query. Raises Refused."""
    text = request.query_params.get(name, "")
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Refused(400, N_("%(name)s is a whole number."), name=name)
    return int(text)


async def me(request: Request) -> Response:
    """Who asks."""
    who = who_of(request)
    return as_json({"name": who.name, "role": who.role.word, "via": who.via, "address": who.address})


async def audit(request: Request) -> Response:
    """What was done, newest first."""
    found = await console(request).access.audit.deeds(
        before=number(request, "before", 0),
        limit=number(request, "limit", 100),
        who=request.query_params.get("who", ""),
    )
    return as_json([one.as_dict() for one in found])


DESCRIBED = Part(
    {
        **reading("/api/v1/me", "Who asks, and what they may: nobody, view, operate or administer", ref("Who")),
        **reading(
            "/api/v1/audit",
            "What was done, newest first; for administrators",
            array(ref("Deed")),
            query("before", "Only what has a smaller id", WHOLE),
            query("limit", f"How many at most, up to {MOST_AT_ONCE}; without it 100", WHOLE),
            query("who", "Only what somebody of this name did"),
        ),
    },
    {
        "Who": fields(name=TEXT, role=TEXT, via=TEXT, address=TEXT),
        "Deed": fields(
            id=WHOLE,
            at={**WHOLE, "description": "Unix time"},
            who=TEXT,
            via=TEXT,
            address=TEXT,
            what=TEXT,
            target=TEXT,
            result={**TEXT, "description": "ok, or why not"},
        ),
    },
)
DESCRIBED.paths["/api/v1/audit"]["get"]["security"] = [{"key": []}]  # not without one
ROUTES = [
    route("/api/v1/me", me, needs=Role.NOBODY),
    route("/api/v1/audit", audit, needs=Role.ADMINISTER),
]
