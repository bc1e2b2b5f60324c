"""Settings > What was done: every action, by whom and from where."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from wallnut.web.access.who import Role
from wallnut.web.answers import Refused, as_json
from wallnut.web.context import console
from wallnut.web.i18n import N_
from wallnut.web.pages.settings import settings_page
from wallnut.web.routes import route

A_PAGE = 100


def _number(request: Request, name: str, otherwise: int) -> int:
    text = request.query_params.get(name, "")
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Refused(400, f"{name} is a whole number.")
    return int(text)


async def audit(request: Request) -> Response:
    """The page."""
    who = request.query_params.get("who", "")
    found = await console(request).access.audit.deeds(before=_number(request, "before", 0), limit=A_PAGE + 1, who=who)
    more = found[A_PAGE - 1].id if len(found) > A_PAGE else 0
    return settings_page(
        request, "audit.html", title=N_("What was done"), deeds=found[:A_PAGE], more=more, who_only=who
    )


async def deeds(request: Request) -> Response:
    """The same for programs: newest first, those before a number."""
    found = await console(request).access.audit.deeds(
        before=_number(request, "before", 0),
        limit=_number(request, "limit", A_PAGE),
        who=request.query_params.get("who", ""),
    )
    return as_json([one.as_dict() for one in found])


ROUTES = [
    route("/settings/audit", audit, needs=Role.ADMINISTER),
    route("/api/v1/audit", deeds, needs=Role.ADMINISTER),
]
