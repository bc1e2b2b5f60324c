"""Settings > What was done: every action, by whom and from where."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from wallnut.web.access.audit import GOOD
from wallnut.web.access.who import Role
from wallnut.web.context import console
from wallnut.web.i18n import N_
from wallnut.web.identity import number
from wallnut.web.pages.settings import settings_page
from wallnut.web.routes import route

A_PAGE = 100


async def audit(request: Request) -> Response:
    """The page."""
    who = request.query_params.get("who", "")
    found = await console(request).access.audit.deeds(before=number(request, "before", 0), limit=A_PAGE + 1, who=who)
    more = found[A_PAGE - 1].id if len(found) > A_PAGE else 0
    return settings_page(
        request, "audit.html", title=N_("What was done"), deeds=found[:A_PAGE], good=GOOD, more=more, who_only=who
    )


ROUTES = [route("/settings/audit", audit, needs=Role.ADMINISTER)]
