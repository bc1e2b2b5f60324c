"""Every address of the console, and everybody: who reaches what follows from what the route says that it needs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import Message

from tests.web.consoles import FAR, Place
from tests.web.visitor import Answer, Visitor
from wallnut.web.access import people
from wallnut.web.access.who import Role
from wallnut.web.routes import SAFE

PROXY = "192.0.2.2"
REACHED, SIGN_IN, UNKNOWN, FORBIDDEN, OLD_FORM = "reached", "sent to sign in", "401", "403", "old form"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(tmp_path_factory.mktemp("matrix"), proxies=(PROXY,), proxy_user_header="Remote-User")
    store = found.access.store
    petra = store.ask_now(lambda db: people.vouched(db, people.PROXY, "petra", "petra", None, 0, Role.OPERATE))
    found.users[Role.NOBODY] = petra.id
    yield found
    asyncio.run(found.access.close())


def visitors(place: Place) -> Iterator[tuple[str, Role, Visitor, bool]]:
    """Somebody of each kind: what they are called, their role, they themselves, and whether their forms are good."""
    yield "anonymous here", Role.VIEW, place.visitor("127.0.0.1"), True
    yield "anonymous far away", Role.NOBODY, place.visitor(), True
    for role in place.users:
        if role:
            yield f"{role.word} by session", role, place.session(role), True
    forged = place.session(Role.ADMINISTER)
    forged.csrf = "0" * 64
    yield "administrator with a forged form", Role.ADMINISTER, forged, False
    bare = place.session(Role.ADMINISTER)
    bare.csrf = ""
    yield "administrator whose form has no token", Role.ADMINISTER, bare, False
    number = place.users[Role.OPERATE]
    store = place.access.store
    store.ask_now(lambda db: [people.remove_key(db, number, key.id) for key in people.keys(db, number)])
    key = store.ask_now(lambda db: people.add_key(db, number, "scripts", Role.ADMINISTER, 0))
    yield "operator's key", Role.OPERATE, place.visitor(headers={"authorization": f"Bearer {key}"}), True
    wrong = place.visitor("127.0.0.1", headers={"authorization": f"Bearer {key[:-1]}!"})
    yield "broken key", Role.NOBODY, wrong, True
    through = {"remote-user": "petra", "x-forwarded-for": "198.51.100.1"}
    petra = place.visitor(PROXY, headers=through)
    petra.get("/settings/account")
    yield "operator named by the proxy", Role.OPERATE, petra, True
    lured = place.visitor(PROXY, headers=through)
    yield "operator named by the proxy, lured by another page", Role.OPERATE, lured, False
    yield "user named by nobody's proxy", Role.NOBODY, place.visitor(FAR, headers=through), True
    yield "nobody through the proxy", Role.NOBODY, place.visitor(PROXY, headers={"x-forwarded-for": FAR}), True


def named(kind: str) -> bool:
    return not kind.startswith(("anonymous", "broken", "user named by nobody", "nobody"))


def expected(kind: str, role: Role, good: bool, route: Route, method: str) -> str:
    """What the route's needs say."""
    needs: Role = route.needs  # type: ignore[attr-defined]
    if role < needs:
        if named(kind):
            return FORBIDDEN
        return SIGN_IN if method in SAFE and not route.path.startswith("/api/") else UNKNOWN
    return REACHED if good or method in SAFE else OLD_FORM


def found(answer: Answer) -> str:
    """What happened."""
    if answer.status == 303 and answer.header("location").startswith("/login?next="):
        return SIGN_IN
    if answer.status == 401 and "Sign in first." in answer.text:
        assert answer.header("www-authenticate") == 'Bearer realm="wallnut"'
        return UNKNOWN
    if answer.status == 403 and ("may not do this" in answer.text or "page asks" in answer.text):
        return FORBIDDEN
    if answer.status == 403 and "This form is old" in answer.text:
        return OLD_FORM
    assert answer.status not in (401, 421), answer.text
    return REACHED


def filled(place: Place, path: str) -> str:
    """An address of a route."""
    known = {
        "device": quote(place.device),
        "variable": "ups.load",
        "name": "ups.load",
        "command": "beeper.mute",
        "code": "fr",
    }

    def value(match: re.Match[str]) -> str:
        name, _, kind = match[1].partition(":")
        return "999" if kind == "int" else known.get(name, "x")

    return re.sub(r"{([^}]+)}", value, path)


def routes(place: Place) -> Iterator[Route | WebSocketRoute]:
    app = place.app._app
    assert isinstance(app, Starlette)
    for route in app.routes:
        if isinstance(route, Mount) and route.path == "/static":
            continue
        assert isinstance(route, Route | WebSocketRoute), route
        assert isinstance(getattr(route, "needs", None), Role), f"{route.path} does not say what it needs"
        yield route


def test_every_route_and_everybody(place: Place) -> None:
    wrong = []
    count = 0
    for route in routes(place):
        if not isinstance(route, Route):
            continue
        for method in sorted((route.methods or set()) - {"HEAD"}):
            for kind, role, visitor, good in visitors(place):
                path = filled(place, route.path)
                if method in SAFE:
                    answer = visitor.ask(method, path)
                else:
                    body = f"csrf={visitor.csrf}".encode() if visitor.csrf else b""
                    answer = visitor.ask(method, path, body, {"content-type": "application/x-www-form-urlencoded"})
                happened, wanted = found(answer), expected(kind, role, good, route, method)
                count += 1
                if happened != wanted:
                    wrong.append(f"{method} {route.path}: {kind}: {happened} ({answer.status}), not {wanted}")
    assert not wrong, "\n".join(wrong)
    assert count > 300


def test_what_changes_something_is_no_reading_method(place: Place) -> None:
    """Paths that name a deed are reached by POST, PUT or DELETE alone."""
    for route in routes(place):
        if isinstance(route, Route) and re.search(r"/(add|remove|role|password|nut|keys|sign-out|logout)$", route.path):
            assert not (route.methods or set()) & set(SAFE), route.path


def test_every_websocket_and_everybody(place: Place) -> None:
    for route in routes(place):
        if isinstance(route, WebSocketRoute):
            needs: Role = route.needs  # type: ignore[attr-defined]
            for kind, role, visitor, _ in visitors(place):
                accepted = asyncio.run(connects(visitor, filled(place, route.path)))
                assert accepted == (role >= needs), f"{route.path}: {kind}"


async def connects(visitor: Visitor, path: str) -> bool:
    """Whether a WebSocket is let in."""
    sent: list[Message] = []
    first = True

    async def receive() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "websocket.connect"}
        return {"type": "websocket.disconnect", "code": 1001}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = {"host": visitor.host, **visitor.headers}
    if visitor.cookies:
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "path": path,
        "query_string": b"",
        "root_path": "",
        "headers": [(key.encode(), value.encode()) for key, value in headers.items()],
        "client": (visitor.peer, 1),
        "server": ("127.0.0.1", 8493),
        "scheme": "ws",
        "subprotocols": [],
    }
    async with asyncio.timeout(20):
        await visitor.app(scope, receive, send)
    return bool(sent[0]["type"] == "websocket.accept")


@pytest.mark.parametrize(
    ("peer", "users", "account"),
    [
        ("192.0.2.9", 403, "may switch and set"),
        ("192.0.2.7", 200, "administers"),
        ("192.0.2.99", 403, "may look"),
        ("127.0.0.1", 403, "may look"),  # it is in administer_from alone: what is refused a role has none above it
    ],
)
def test_networks_bound_roles_in_requests(peer: str, users: int, account: str, tmp_path: Path) -> None:
    place = Place(tmp_path, operate_from=("192.0.2.0/28",), administer_from=("127.0.0.1", "192.0.2.7"))
    ada = place.session(Role.ADMINISTER, peer)
    assert ada.get("/settings/users").status == users
    assert f"<dd>{account}" in ada.get("/settings/account").text
    asyncio.run(place.access.close())
