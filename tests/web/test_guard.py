"""Who may ask, and how."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from wallnut.config.wallnut_toml import Web
from wallnut.web.access.gate import Gate
from wallnut.web.access.who import Role, Who, who_of
from wallnut.web.answers import Refused
from wallnut.web.guard import BODY_LIMIT, Guard, _Answers, _Watch, is_loopback
from wallnut.web.store import Store


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Says the path, and how much came."""
    request = Request(scope, receive)
    role = who_of(request).role.name
    await PlainTextResponse(f"{scope['path']} {role} {len(await request.body())}")(scope, receive, send)


def ask(
    path: str = "/",
    *,
    method: str = "GET",
    peer: str = "127.0.0.1",
    body: Iterable[bytes] = (b"",),
    settings: Web | None = None,
    scheme: str = "http",
    port: int = 8493,
    **headers: str,
) -> tuple[int, str, str]:
    """Status, body and headers of a request's answer."""
    sent: list[Message] = []
    named = {"host": "localhost:8493", **{key.replace("_", "-"): value for key, value in headers.items()}}
    pieces = list(body)

    async def receive() -> Message:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(key.encode(), value.encode()) for key, value in named.items()]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": raw,
        "client": (peer, 1),
        "server": ("127.0.0.1", port),
        "scheme": scheme,
        "query_string": b"",
    }
    gate = Gate(settings or Web(), Store(""))
    asyncio.run(Guard(echo, "/ups", ["ups.example"], gate)(scope, receive, send))
    head = b"\n".join(key + b": " + value for key, value in sent[0]["headers"]).decode()
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]).decode(), head


def test_the_prefix_is_taken_off_and_names_are_known() -> None:
    assert ask("/ups/device/x")[:2] == (200, "/device/x VIEW 0")
    assert ask("/ups")[:2] == (200, "/ VIEW 0")
    assert ask("/upsx")[:2] == (200, "/upsx VIEW 0")
    for host in ("ups.example", "[::1]:8493", "192.0.2.1:8493", "[2001:db8::1]"):
        assert ask(host=host)[0] == 200
    for host in ("evil.example", "", "127.0.0.1.evil.example", "ups.example.evil.example", "192.0.2.1."):
        assert ask(host=host)[0] == 421, host


@pytest.mark.parametrize(
    ("how", "role"),
    [
        ({}, Role.VIEW),
        ({"peer": "::1"}, Role.VIEW),
        ({"peer": "::ffff:127.0.0.1"}, Role.VIEW),
        ({"peer": "192.0.2.1"}, Role.NOBODY),
        ({"peer": ""}, Role.NOBODY),
        ({"x_forwarded_for": "127.0.0.1"}, Role.VIEW),
        ({"x_forwarded_for": "192.0.2.1, 127.0.0.1"}, Role.NOBODY),
        ({"x_real_ip": "2001:db8::1"}, Role.NOBODY),
        ({"forwarded": 'for="[2001:db8::1]:80";proto=https'}, Role.NOBODY),
        ({"forwarded": "for=unknown"}, Role.NOBODY),
        ({"peer": "192.0.2.1", "x_forwarded_for": "127.0.0.1"}, Role.NOBODY),
        ({"remote_user": "root"}, Role.VIEW),
    ],
)
def test_who_has_not_signed_in_may_look_on_this_machine_alone(how: dict[str, str], role: Role) -> None:
    status, body, _ = ask(**how)  # type: ignore[arg-type]
    assert (status, body) == (200, f"/ {role.name} 0")


def test_of_proxies_those_are_believed_that_are_named() -> None:
    def role(settings: Web, **how: str) -> str:
        return ask(settings=settings, **how)[1].split()[1]  # type: ignore[arg-type]

    near = Web(proxies=("127.0.0.1",), anonymous_from=("192.0.2.0/24",))
    assert role(near, x_forwarded_for="192.0.2.7") == "VIEW"
    assert role(near, x_forwarded_for="192.0.2.7, 198.51.100.1") == "NOBODY"  # the proxy's word is the last
    assert role(near, x_forwarded_for="198.51.100.1, 192.0.2.7") == "VIEW"
    assert role(near, forwarded="for=192.0.2.7") == "NOBODY"  # it does not take this one out of what clients send
    assert role(near) == "NOBODY"  # it does not say for whom
    assert role(near, peer="198.51.100.9", x_forwarded_for="127.0.0.1") == "NOBODY"
    chain = Web(proxies=("127.0.0.1", "10.0.0.0/8"), anonymous_from=("192.0.2.0/24",))
    assert role(chain, x_forwarded_for="192.0.2.7, 10.1.2.3") == "VIEW"
    assert role(Web(anonymous="none")) == "NOBODY"


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"method": "TRACE"}, 405),
        ({"method": "PATCH"}, 405),
        ({"content_length": "5"}, 413),
        ({"transfer_encoding": "chunked"}, 413),
        ({"method": "POST", "content_length": str(BODY_LIMIT + 1)}, 413),
        ({"method": "POST", "content_length": "-1"}, 413),
        ({"method": "POST", "origin": "http://evil.example"}, 403),
        ({"method": "POST", "origin": "null"}, 403),
        ({"method": "POST", "origin": "http://localhost:3000"}, 403),
        ({"method": "DELETE", "origin": "http://localhost"}, 403),
        ({"method": "POST", "sec_fetch_site": "cross-site"}, 403),
        ({"method": "POST", "origin": "http://[::1"}, 403),
        ({"method": "POST", "origin": "http://localhost:8493"}, 200),
        ({"method": "POST", "origin": "https://ups.example"}, 200),
        ({"method": "PUT"}, 200),
    ],
)
def test_what_nobody_may(how: dict[str, str], status: int) -> None:
    found, body, _ = ask(**how)  # type: ignore[arg-type]
    assert found == status
    assert body.count("\n") == (status != 200)


def test_a_body_has_its_bounds() -> None:
    def send(*pieces: bytes) -> int:
        return ask(method="POST", body=pieces, transfer_encoding="chunked")[0]

    assert send(b"x" * BODY_LIMIT) == 200
    with pytest.raises(Exception, match="at most 65536 bytes"):  # the application's handler makes an answer of it
        send(b"x" * BODY_LIMIT, b"x")


def test_a_body_that_does_not_come() -> None:
    async def part() -> None:
        async def never() -> Message:
            await asyncio.get_running_loop().create_future()
            raise AssertionError

        watch = _Watch(Gate(Web(), Store("")), Who("", Role.VIEW, "local"), never, patience=0.01)
        with pytest.raises(Refused, match="too slowly"):
            await watch()

    asyncio.run(part())


def test_a_stream_ends_when_its_user_may_no_more() -> None:
    class Fickle(Gate):
        left = 2

        async def still(self, who: Who) -> bool:
            self.left -= 1
            return self.left > 0

    async def endless(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        assert (await receive())["type"] == "http.disconnect"

    async def part() -> None:
        asked = 0

        async def receive() -> Message:
            nonlocal asked
            asked += 1
            if asked > 1:
                await asyncio.get_running_loop().create_future()
            return {"type": "http.request", "body": b"", "more_body": False}

        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        gate = Fickle(Web(), Store(""))
        watch = _Watch(gate, Who("ann", Role.VIEW, "session", user=1), receive, again=0.01)
        answers = _Answers({"type": "http"}, send)
        async with asyncio.timeout(10):
            await endless({"type": "http"}, watch, answers)
        assert watch.ended
        await answers.end()
        assert sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
        assert gate.left == 0
        asked, gate.left = 1, 1
        socket = _Watch(gate, Who("ann", Role.VIEW, "session", user=1), receive, again=0.01, whole=True)
        assert await socket() == {"type": "websocket.disconnect", "code": 1008}

    asyncio.run(part())


def test_every_answer_has_the_security_headers() -> None:
    for answer in (ask(), ask(method="TRACE"), ask(host="evil.example"), ask(scheme="https")):
        head = answer[2].lower()
        assert "content-security-policy: default-src 'none'" in head
        assert "x-content-type-options: nosniff" in head
        assert "cache-control: no-store" in head
        assert "strict-transport-security" not in head
    assert "strict-transport-security" in ask(scheme="https", port=443)[2].lower()
    assert "strict-transport-security" not in ask(port=443)[2].lower()


async def accept(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({"host": "localhost"}, "accept"),
        ({"host": "localhost", "origin": "http://localhost"}, "accept"),
        ({"host": "localhost", "origin": "http://evil.example"}, "close"),
        ({"host": "evil.example"}, "close"),
    ],
)
def test_a_websocket_is_looked_at_like_a_request(headers: dict[str, str], kind: str) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(key.encode(), value.encode()) for key, value in headers.items()]
    scope = {"type": "websocket", "path": "/", "headers": raw, "client": ("127.0.0.1", 1), "scheme": "ws"}
    asyncio.run(Guard(accept)(scope, receive, send))
    assert [message["type"] for message in sent] == [f"websocket.{kind}"]


def test_what_the_loopback_is() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.0.2.1", "example", "")))
