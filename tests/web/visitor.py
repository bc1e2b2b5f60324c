"""Somebody who asks the console, without a network: requests go straight into it, as its server hands them."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.types import Message

from wallnut.web.guard import Guard

LIMIT = 20.0


class Answer:
    """What came back."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self) -> str:
        return self.body.decode()

    def header(self, name: str) -> str:
        """All values of a header."""
        return ", ".join(value for key, value in self.headers if key == name)

    def json(self) -> Any:
        return json.loads(self.body)


class Visitor:
    """Somebody with a browser of their own: it keeps cookies, and knows the token of the forms that it has seen."""

    def __init__(
        self,
        app: Guard,
        peer: str = "127.0.0.1",
        headers: Mapping[str, str] | None = None,
        *,
        scheme: str = "http",
        host: str = "localhost:8493",
    ) -> None:
        self.app, self.peer, self.scheme, self.host = app, peer, scheme, host
        self.headers = dict(headers or {})
        self.cookies: dict[str, str] = {}
        self.csrf = ""

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, *, csrf: str | None = None, **fields: str) -> Answer:
        """Send a form, with the token that it needs, or with another."""
        token = self.csrf if csrf is None else csrf
        body = urlencode({**({"csrf": token} if token else {}), **fields}).encode()
        return self.ask("POST", path, body, {"content-type": "application/x-www-form-urlencoded"})

    def sign_in(self, name: str, password: str, after: str = "/") -> Answer:
        """Sign in, and look at a page for its token."""
        answer = self.post("/login", user=name, password=password, next=after)
        if answer.status == 303:
            self.get("/settings/account")
        return answer

    def ask(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request; of a stream only its beginning is waited for."""
        return asyncio.run(self._ask(method, path, body, headers or {}))

    async def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        where = urlsplit(path)
        named = {"host": self.host, "accept": "text/html" if not where.path.startswith("/api/") else "*/*"}
        if self.cookies:
            named["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body:
            named["content-length"] = str(len(body))
        named |= {key.replace("_", "-"): value for key, value in {**self.headers, **headers}.items()}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            "path": where.path,
            "raw_path": where.path.encode(),
            "query_string": where.query.encode(),
            "root_path": "",
            "headers": [(key.encode("latin-1"), value.encode("latin-1")) for key, value in named.items()],
            "client": (self.peer, 40000),
            "server": ("127.0.0.1", 8493),
        }
        sent: list[Message] = []
        gone = asyncio.Event()
        given = False

        async def receive() -> Message:
            nonlocal given
            if not given:
                given = True
                return {"type": "http.request", "body": body, "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)
            if message.get("more_body") or b"event-stream" in dict(message.get("headers", [])).get(
                b"content-type", b""
            ):
                gone.set()

        async with asyncio.timeout(LIMIT):
            await self.app(scope, receive, send)
        answer = Answer(
            sent[0]["status"],
            [(key.decode("latin-1").lower(), value.decode("latin-1")) for key, value in sent[0]["headers"]],
            b"".join(message.get("body", b"") for message in sent[1:]),
        )
        self._keep(answer)
        return answer

    def _keep(self, answer: Answer) -> None:
        for key, value in answer.headers:
            if key == "set-cookie":
                for name, morsel in SimpleCookie(value).items():
                    if morsel["max-age"] == "0":
                        self.cookies.pop(name, None)
                    else:
                        self.cookies[name] = morsel.value
        if found := re.search(rb'data-csrf="([0-9a-f]+)"', answer.body):
            self.csrf = found[1].decode()
