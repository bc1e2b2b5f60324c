"""How routes are made: each says what it needs, and is reached by nobody who has less."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from wallnut.web.access.who import Role, Who, who_of
from wallnut.web.answers import Refused

Endpoint = Callable[[Request], Awaitable[Response]]
SAFE = ("GET", "HEAD", "OPTIONS")
CSRF_HEADER, CSRF_FIELD = "x-csrf-token", "csrf"
MOST_FIELDS = 1000


def route(path: str, endpoint: Endpoint, needs: Role = Role.VIEW, methods: Sequence[str] = ("GET",)) -> Route:
    """A route that whoever has the role `needs` reaches. What is not a reading method needs the sender's own token,
    too, where a browser would send their rights by itself."""

    async def checked(request: Request) -> Response:
        who = who_of(request)
        if who.role < needs:
            return _turned_away(request, who, needs)
        if request.method not in SAFE and who.csrf and not await _is_theirs(request, who):
            raise Refused(403, "This form is old, or not one of ours. Load the page again.")
        return await endpoint(request)

    found = Route(path, checked, methods=list(methods), name=f"{endpoint.__module__}.{endpoint.__name__}")
    found.needs = needs  # type: ignore[attr-defined]  # for the test that walks all routes
    return found


def _turned_away(request: Request, who: Who, needs: Role) -> Response:
    if who.role > Role.NOBODY and who.via != "local":
        raise Refused(403, f"{who.name} may not do this: it needs the role {needs.name.lower()}.")
    wants_page = request.method in SAFE and "text/html" in request.headers.get("accept", "")
    if wants_page and not request.url.path.startswith("/api/"):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        prefix: str = request.app.state.console.prefix
        return RedirectResponse(f"{prefix}/login?next={quote(here)}", 303)
    raise Refused(401, "Sign in first.")


async def _is_theirs(request: Request, who: Who) -> bool:
    token = request.headers.get(CSRF_HEADER, "")
    if not token:
        token = (await form(request)).get(CSRF_FIELD, "")
    return compare_digest(token.encode("utf-8", "replace"), who.csrf.encode())


async def form(request: Request) -> dict[str, str]:
    """The fields of a form, each once."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    text = (await request.body()).decode("utf-8", "replace")
    try:
        found: dict[str, Any] = parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Refused(400, "The form has too many fields.") from None
    return {name: values[-1] for name, values in found.items()}
