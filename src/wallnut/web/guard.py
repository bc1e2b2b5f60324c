"""What stands between the network and the application: who asks, how, and for how long one connection may dawdle."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit

import h11
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from wallnut.config.wallnut_toml import Web
from wallnut.web.access.gate import CALLER, Gate
from wallnut.web.access.networks import is_loopback, without_port
from wallnut.web.access.who import SCOPE, Who
from wallnut.web.answers import Refused, as_text, problem
from wallnut.web.store import NoStore, Store

__all__ = ["HEADERS", "HEAD_LIMIT", "Guard", "Guarded", "is_loopback"]

LOCAL = ("localhost", "127.0.0.1", "[::1]")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer, forms would come from the origin "null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
ONLY_TLS = "max-age=31536000"
"""For browsers that have come by TLS to the port that is everybody's for it. On another port it would bind all other
services of this host, too, which may speak no TLS."""
TLS_PORT = 443
PATIENCE = 10.0
"""Seconds in which a connection must get on: with its request, or with taking what is written to it."""
HEAD_LIMIT = 16 * 1024
"""Bytes that a request's head may have."""
BODY_LIMIT = 64 * 1024
"""And its body."""
READING, WRITING = ("GET", "HEAD"), ("POST", "PUT", "DELETE")
LOOK_AGAIN = 30.0
"""Seconds after which it is looked at again whether somebody who watches a stream still may."""


class Guard:
    """Finds out who asks, refuses what is not for us, and puts the security headers on every answer.

    Requests and WebSockets are looked at in the same way. The name that the browser knows us by is looked at, so that
    no foreign page can have its own name point here, and for what changes something also the page that it comes from.
    A path below `prefix` is taken as one at the top.
    """

    def __init__(self, app: ASGIApp, prefix: str = "", hosts: Iterable[str] = (), gate: Gate | None = None) -> None:
        self._app, self._prefix = app, prefix
        self._gate = gate or Gate(Web(), Store(""), prefix=prefix)
        self._named = {host.lower() for host in hosts}
        self._hosts = {*LOCAL, *self._named, *_own_names()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        scope = {**scope, CALLER: self._gate.caller(scope)}
        answers = _Answers(scope, send)
        status, trouble = self._trouble(scope)
        who = None
        if not trouble:
            try:
                who = await self._gate.who(scope)
            except NoStore as error:
                status, trouble = 503, f"Users cannot be looked up: {error.detail}."
        if who is None:
            await self._refuse(scope, receive, answers, status, trouble)
            return
        path: str = scope["path"]
        if self._prefix and (path == self._prefix or path.startswith(f"{self._prefix}/")):
            scope["path"] = path[len(self._prefix) :] or "/"
        scope[SCOPE] = who
        watch = _Watch(self._gate, who, receive, whole=scope["type"] == "websocket")
        await self._app(scope, watch, answers)
        if watch.ended:
            await answers.end()

    async def _refuse(self, scope: Scope, receive: Receive, send: _Answers, status: int, trouble: str) -> None:
        if scope["type"] == "websocket":
            await receive()  # its wish to connect
            await send({"type": "websocket.close", "code": 1008, "reason": HTTPStatus(status).phrase})
            return
        answer = problem(status, trouble) if scope["path"].startswith("/api/") else as_text(status, trouble)
        answer.headers["Connection"] = "close"
        if status == 405:
            answer.headers["Allow"] = ", ".join((*READING, *WRITING))
        await answer(scope, receive, send)

    def _trouble(self, scope: Scope) -> tuple[int, str]:
        """Why a request is refused whoever asks; (0, "") for one that is not."""
        headers = Headers(scope=scope)
        if len(headers.getlist("host")) != 1 or not self._known(headers["host"].lower()):
            return 421, "This name is none of the console's. Add it to hosts in [web] of wallnut.toml."
        if scope["type"] == "websocket":
            return (0, "") if self._own_page(headers) else (403, "Another site's page asks.")
        if scope["method"] in READING:
            if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
                return 413, "Nothing that is read takes a body."
            return 0, ""
        if scope["method"] not in WRITING:
            return 405, "There is no such method here."
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and len(length) < 10 and int(length) <= BODY_LIMIT):
            return 413, f"A body has at most {BODY_LIMIT} bytes."
        return (0, "") if self._own_page(headers) else (403, "Another site's page asks.")

    def _known(self, host: str) -> bool:
        """Whether a browser may know us by this name. An address is no name, so nobody can have it point here."""
        name = without_port(host)
        if name in self._hosts:
            return True
        try:
            return bool(ip_address(name.strip("[]")))
        except ValueError:
            return False

    def _own_page(self, headers: Headers) -> bool:
        """Whether a page of ours asks, or something that is no page: those name no origin."""
        if "origin" not in headers:
            return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
        try:
            where = urlsplit(headers["origin"].lower())
            name = where.hostname or ""
        except ValueError:
            return False
        return where.scheme in ("http", "https") and (where.netloc == headers["host"].lower() or name in self._named)


def _own_names() -> set[str]:
    """What this machine is called in its own network."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return {name, short, f"{short}.local"} - {"", ".local"}


class _Answers:
    """Sends, with the security headers; knows whether an answer has been begun and not ended."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._open = False
        own = scope.get("server")
        self._only_tls = scope.get("scheme") == "https" and own is not None and own[1] == TLS_PORT

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._open = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "no-store")
            if self._only_tls:
                headers["Strict-Transport-Security"] = ONLY_TLS
        elif message["type"] == "http.response.body" and not message.get("more_body"):
            self._open = False
        await self._send(message)

    async def end(self) -> None:
        """End what has been begun."""
        if self._open:
            await self({"type": "http.response.body", "body": b"", "more_body": False})


class _Watch:
    """Receives: a body within its bounds of size and time, and then, while an answer goes on and on, looks from time to
    time whether whoever asked still may. `ended`: they may not, and the application was told that they have gone.
    `whole`: there is no body to come, for it is a WebSocket."""

    def __init__(
        self,
        gate: Gate,
        who: Who,
        receive: Receive,
        patience: float = PATIENCE,
        again: float = LOOK_AGAIN,
        *,
        whole: bool = False,
    ) -> None:
        self._gate, self._who, self._receive = gate, who, receive
        self._size, self._socket = 0, whole
        self._whole = whole
        self._until, self._again = asyncio.get_running_loop().time() + patience, again
        self.ended = False

    async def __call__(self) -> Message:
        while self._whole:
            try:
                async with asyncio.timeout(self._again if self._who.user else None):
                    return await self._receive()
            except TimeoutError:
                if not await self._gate.still(self._who):
                    self.ended = True
                    return (
                        {"type": "websocket.disconnect", "code": 1008} if self._socket else {"type": "http.disconnect"}
                    )
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            raise Refused(408, "The body came too slowly.") from None
        self._size += len(message.get("body", b""))
        if self._size > BODY_LIMIT:
            raise Refused(413, f"A body has at most {BODY_LIMIT} bytes.")
        self._whole = not message.get("more_body", False)
        return message


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

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """From here on it is another protocol's, which has its own patience."""
        self._look.cancel()
        super().handle_websocket_upgrade(event)

    def _check(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        busy = cycle is not None and not cycle.response_complete
        moved = self.cycle is not self._served or (busy and not self.flow.write_paused)
        if not moved and self._idle:
            self.transport.abort()
            return
        self._idle, self._served = not moved, self.cycle
        self._look = self.loop.call_later(self.patience, self._check)
