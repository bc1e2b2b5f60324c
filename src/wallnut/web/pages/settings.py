"""What the settings' pages share: which there are, and who sees them. A further one is a line in TABS."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wallnut.web.access.who import Role, who_of
from wallnut.web.context import console
from wallnut.web.i18n import N_
from wallnut.web.routes import route

TABS: tuple[tuple[str, str, Role], ...] = (
    (N_("This console"), "/settings/console", Role.VIEW),
    (N_("Your account"), "/settings/account", Role.VIEW),
    (N_("Tests"), "/settings/tests", Role.VIEW),
    (N_("Users"), "/settings/users", Role.ADMINISTER),
    (N_("What was done"), "/settings/audit", Role.ADMINISTER),
)
"""Name and path of each, and the role that it needs."""
NAV = (N_("Settings"), "/settings", "s")


def settings_page(request: Request, template: str, answer: int = 200, **values: Any) -> Response:
    """One of the settings' pages, with the ways to the others. Its template extends settings.html."""
    role = who_of(request).role
    tabs = [(title, path) for title, path, needs in TABS if role >= needs]
    return console(request).drawing.page(request, template, answer, tabs=tabs, **values)


async def settings(request: Request) -> Response:
    """The first of them."""
    return RedirectResponse(f"{console(request).prefix}{TABS[0][1]}", 303)


ROUTES = [route("/settings", settings)]
