"""The choice of a language; it stays with the browser."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from wallnut.web.access.who import Role
from wallnut.web.answers import Refused
from wallnut.web.context import console
from wallnut.web.i18n import COOKIE, languages
from wallnut.web.routes import local_path, route

YEAR = 366 * 86400


async def choose(request: Request) -> Response:
    """Show pages in a language from now on, and go back to the page that this came from."""
    code, prefix = request.path_params["code"], console(request).prefix
    if code not in languages():
        raise Refused(404, f"There is no language {code} here. Those there are: {', '.join(languages())}.")
    back = local_path(request.query_params.get("back", "/"))
    answer = RedirectResponse(f"{prefix}{back}", 303)
    answer.set_cookie(COOKIE, code, max_age=YEAR, path=f"{prefix}/", samesite="lax", httponly=True)
    return answer


ROUTES = [route("/language/{code}", choose, needs=Role.NOBODY)]
