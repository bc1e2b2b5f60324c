"""What stands between the network and the application: who may ask, how, and for how long one connection may dawdle."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from ipaddress import ip_address

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from wallnut.web.access.who import SCOPE, Role, Who
from wallnut.web.answers import as_text

LOCAL = ("localhost", "127.0.0.1", "[::1]")
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""Headers in which a proxy tells for whom it asks."""
NOT_YET = "Only this machine itself may look: there are no users yet."
HERE = Who("", Role.VIEW, "local")
"""Whoever asks on this machine."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
PATIENCE = 10.0
"""Seconds in which a connection must get on: with its request, or with taking what is written to it."""
HEAD_LIMIT = 16 * 1024
"""Bytes that a request's head may have."""


def is_loopback(host: str) -> bool:
    """Whether an address is of this machine alone."""
    try:
        return ip_address(host.strip("[]").partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


class Guard:
    """Lets in whoever may look, and puts the security headers on every answer.

    Until there are users that is this machine alone: the peer's address, whom a proxy asks for, and the name that the
    browser knows us by (so that no foreign page can have its own name point here) are all looked at. A path below
    `prefix` is taken as one at the top.
    """

    def __init__(self, app: ASGIApp, prefix: str = "", hosts: Iterable[str] = ()) -> None:
        self._app, self._prefix = app, prefix
        self._hosts = {*LOCAL, *(host.lower() for host in hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        status, trouble = self._trouble(scope)
        if trouble:
            answer = as_text(status, trouble)
            answer.headers["Connection"] = "close"
            if status == 405:
                answer.headers["Allow"] = "GET, HEAD"
            await answer(scope, receive, with_headers)
            return
        path: str = scope["path"]
        if self._prefix and (path == self._prefix or path.startswith(f"{self._prefix}/")):
            scope = {**scope, "path": path[len(self._prefix) :] or "/"}
        scope[SCOPE] = HERE
        await self._app(scope, receive, with_headers)

    def _trouble(self, scope: Scope) -> tuple[int, str]:
        """Why a request is refused; (0, "") for one that is not."""
        headers = Headers(scope=scope)
        peer = scope.get("client")
        if peer is None or not is_loopback(peer[0]):
            return 403, NOT_YET
        for name in FORWARDED:
            for value in headers.getlist(name):
                if not all(is_loopback(_address(one)) for one in value.split(",")):
                    return 403, f"{NOT_YET} The proxy asks for somebody else."
        host = headers.get("host", "").lower()
        if _without_port(host) not in self._hosts:
            return 421, "This name is none of the console's. Add it to hosts in [web] of wallnut.toml."
        if scope["method"] not in ("GET", "HEAD"):
            return 405, "The console only reads yet."
        if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
            return 413, "Nothing that is read takes a body."
        return 0, ""


def _address(text: str) -> str:
    """The address in one element of a forwarding header: `1.2.3.4`, `for="[::1]:80";proto=http`."""
    text = text.strip()
    for part in text.split(";"):
        key, equals, value = part.partition("=")
        if equals and key.strip().lower() == "for":
            text = value.strip().strip('"')
    return _without_port(text) if text.count(":") == 1 or text.startswith("[") else text


def _without_port(host: str) -> str:
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


class Guarded(H11Protocol):
    """A connection that is closed when nothing moves: a head that comes too slowly, an answer that is not read."""

    most = 600
    """Connections at a time; one more is closed at once."""
    patience = PATIENCE

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        self._served: object = None  # the request that was under way at the last look
        self._idle = False
        self._look = self.loop.call_later(self.patience, self._check)
        if len(self.connections) > self.most:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._look.cancel()
        super().connection_lost(exc)

    def _check(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        busy = cycle is not None and not cycle.response_complete
        moved = self.cycle is not self._served or (busy and not self.flow.write_paused)
        if not moved and self._idle:
            self.transport.abort()
            return
        self._idle, self._served = not moved, self.cycle
        self._look = self.loop.call_later(self.patience, self._check)
