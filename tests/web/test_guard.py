"""Who may ask, and how."""

from __future__ import annotations

import asyncio

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from wallnut.model.errors import ConfigError
from wallnut.web.guard import Guard, is_loopback
from wallnut.web.serve import listeners


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(scope["path"])(scope, receive, send)


def ask(path: str = "/", *, method: str = "GET", peer: str = "127.0.0.1", **headers: str) -> tuple[int, str, str]:
    """Status, body and headers of a request's answer."""
    sent: list[Message] = []
    named = {"host": "localhost:8493", **{key.replace("_", "-"): value for key, value in headers.items()}}

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(key.encode(), value.encode()) for key, value in named.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw, "client": (peer, 1), "query_string": b""}
    asyncio.run(Guard(echo, "/ups", ["ups.example"])(scope, receive, send))
    head = b"\n".join(key + b": " + value for key, value in sent[0]["headers"]).decode()
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]).decode(), head


def test_this_machine_is_let_in_and_the_prefix_taken_off() -> None:
    assert ask("/ups/device/x")[:2] == (200, "/device/x")
    assert ask("/ups")[:2] == (200, "/")
    assert ask("/upsx")[:2] == (200, "/upsx")
    assert ask(host="ups.example")[0] == 200
    assert ask(host="[::1]:8493")[0] == 200
    assert ask(x_forwarded_for="127.0.0.1")[0] == 200


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"peer": "192.0.2.1"}, 403),
        ({"x_forwarded_for": "192.0.2.1, 127.0.0.1"}, 403),
        ({"x_real_ip": "2001:db8::1"}, 403),
        ({"forwarded": 'for="[2001:db8::1]:80";proto=https'}, 403),
        ({"host": "evil.example"}, 421),
        ({"host": ""}, 421),
        ({"method": "POST"}, 405),
        ({"method": "DELETE"}, 405),
        ({"content_length": "5"}, 413),
        ({"transfer_encoding": "chunked"}, 413),
    ],
)
def test_all_others_are_refused_with_a_line(how: dict[str, str], status: int) -> None:
    found, body, _ = ask(**how)
    assert found == status
    assert body.count("\n") == 1


def test_every_answer_has_the_security_headers() -> None:
    for head in (ask()[2], ask(method="POST")[2]):
        assert "content-security-policy: default-src 'none'" in head.lower()
        assert "x-content-type-options: nosniff" in head.lower()


def test_loopback_alone_is_served() -> None:
    assert all(map(is_loopback, ("localhost", "127.0.0.1", "127.8.9.1", "::1")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "192.0.2.1", "example", "")))
    for where in ("0.0.0.0:80", "192.0.2.1:80", "example.org:80"):
        with pytest.raises(ConfigError, match="no users yet"):
            listeners([where])
    with pytest.raises(ConfigError, match="write host:port"):
        listeners(["127.0.0.1:x"])
