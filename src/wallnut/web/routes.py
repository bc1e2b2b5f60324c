"""How routes are made: each says what it needs, and is reached by nobody who has less."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from hmac import compare_digest
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from wallnut.web.access.access import HOW
from wallnut.web.access.who import Role, Who, who_of
from wallnut.web.answers import Refused, refused
from wallnut.web.i18n import N_
from wallnut.web.squeeze import unmasked

if TYPE_CHECKING:
    from wallnut.web.context import Console

Endpoint = Callable[[Request], Awaitable[Response]]
SocketEndpoint = Callable[[WebSocket], Awaitable[None]]
SAFE = ("GET", "HEAD", "OPTIONS")
CSRF_HEADER, CSRF_FIELD = "x-csrf-token", "csrf"
MOST_FIELDS = 1000
NOT_THEM = N_("%(name)s may not do this, or not from %(address)s.")
NO_USERS = N_("Only this machine itself may look, and nobody may do more: there are no users yet. %(how)s")
NO_STORE = N_("Nobody can sign in, and nothing can be changed: %(why)s")
OLD_FORM = N_("This form is old, or not one of ours. Load the page again.")
MOST_PATH = 2000


class Whole(IntegerConvertor):
    """`{number:int}` in a path: one that a database has room for."""

    regex = "[0-9]{1,15}"


register_url_convertor("int", Whole())


def route(path: str, endpoint: Endpoint, needs: Role = Role.VIEW, methods: Sequence[str] = ("GET",)) -> Route:
    """A route that whoever has the role `needs` reaches. What is not a reading method needs the sender's own token,
    too, where a browser would send their rights by itself."""

    async def checked(request: Request) -> Response:
        who = who_of(request)
        if who.role < needs:
            return await _turned_away(request, who, needs)
        if request.method not in SAFE and who.csrf and not await _is_theirs(request, who):
            raise Refused(403, OLD_FORM)
        return await endpoint(request)

    found = Route(path, checked, methods=list(methods), name=f"{endpoint.__module__}.{endpoint.__name__}")
    found.needs = needs  # type: ignore[attr-defined]  # for the test that walks all routes
    return found


def socket(path: str, endpoint: SocketEndpoint, needs: Role = Role.VIEW) -> WebSocketRoute:
    """The same for a WebSocket; who may not is refused before it begins."""

    async def checked(websocket: WebSocket) -> None:
        if who_of(websocket).role < needs:
            await websocket.close(1008)
            return
        await endpoint(websocket)

    found = WebSocketRoute(path, checked, name=f"{endpoint.__module__}.{endpoint.__name__}")
    found.needs = needs  # type: ignore[attr-defined]  # as above
    return found


async def _turned_away(request: Request, who: Who, needs: Role) -> Response:
    if who.named:
        raise Refused(403, NOT_THEM, name=who.name, address=who.address)
    here: Console = request.app.state.console
    gate = here.access.gate
    if not await gate.can_sign_in():
        if gate.trouble and who.via == "local":
            raise Refused(403, NO_STORE, why=gate.trouble)
        raise Refused(403, NO_USERS, how=HOW)
    if wants_page(request) and request.method in SAFE:
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        if request.headers.get("sec-fetch-site", "none") in ("cross-site", "same-site"):
            return here.drawing.page(request, "again.html", title="Sign in", path=path)
        return RedirectResponse(f"{here.prefix}/login?next={quote(path)}", 303)
    answer = refused(request, Refused(401, "Sign in first."))
    answer.headers["WWW-Authenticate"] = 'Bearer realm="wallnut"'
    return answer


def wants_page(request: Request) -> bool:
    """Whether a person waits for the answer."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def local_path(text: str) -> str:
    """A path of the console's own to go to; "/" for what is none, such as another site's address."""
    good = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and "\\" not in text
    return text if good and len(text) <= MOST_PATH else "/"


async def _is_theirs(request: Request, who: Who) -> bool:
    token = request.headers.get(CSRF_HEADER, "")
    if not token:
        token = (await form(request)).get(CSRF_FIELD, "")
    token = unmasked(token, len(who.csrf))
    return compare_digest(token.encode("utf-8", "replace"), who.csrf.encode())


async def form(request: Request) -> dict[str, str]:
    """The fields of a form, each once."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return {}
    text = (await request.body()).decode("utf-8", "replace")
    try:
        found: dict[str, Any] = parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Refused(400, N_("The form has too many fields.")) from None
    return {name: values[-1] for name, values in found.items()}
