"""Answers by gzip: which are packed, which never, and that a form's token looks different on every page."""

from __future__ import annotations

import asyncio
import gzip

import pytest
from starlette.types import Message, Receive, Scope, Send

from wallnut.web.squeeze import WORTH, Squeeze, masked, unmasked

LONG = b"wallnut " * WORTH


def answer(
    body: list[bytes],
    kind: str = "text/html; charset=utf-8",
    *,
    accept: str = "br, gzip",
    path: str = "/",
    status: int = 200,
    method: str = "GET",
    **more: str,
) -> tuple[dict[str, str], bytes]:
    """Headers and body of what an application says in so many pieces."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {"content-type": kind, **{name.replace("_", "-"): text for name, text in more.items()}}
        raw = [(name.encode(), text.encode()) for name, text in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        for at, piece in enumerate(body):
            await send({"type": "http.response.body", "body": piece, "more_body": at < len(body) - 1})

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    scope = {"type": "http", "method": method, "path": path, "headers": [(b"accept-encoding", accept.encode())]}
    asyncio.run(Squeeze(application)(scope, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", *["http.response.body"] * len(body)]
    return {name.decode(): text.decode() for name, text in sent[0]["headers"]}, b"".join(
        message["body"] for message in sent[1:]
    )


@pytest.mark.parametrize(("body", "path"), [(LONG, "/"), (LONG * 20, "/"), (LONG, "/static/console.css")])
def test_a_whole_text_is_packed(body: bytes, path: str) -> None:
    headers, packed = answer([body], path=path, content_length=str(len(body)), etag='"5"')
    assert gzip.decompress(packed) == body
    assert headers["content-encoding"] == "gzip"
    assert headers["content-length"] == str(len(packed))
    assert headers["vary"] == "Accept-Encoding"
    assert headers["etag"] == 'W/"5"'


@pytest.mark.parametrize(
    "how",
    [
        {"accept": "br"},
        {"accept": "gzip;q=0"},
        {"accept": ""},
        {"kind": "image/png"},
        {"kind": "text/event-stream"},
        {"status": 404},
        {"method": "POST"},
        {"content_encoding": "gzip"},
    ],
)
def test_what_is_not_packed(how: dict[str, str]) -> None:
    headers, body = answer([LONG], **how)  # type: ignore[arg-type]
    assert body == LONG
    assert headers.get("content-encoding", "") == how.get("content_encoding", "")


def test_what_is_short_or_comes_in_pieces_is_not_packed() -> None:
    for pieces in ([b"short"], [LONG, LONG], [LONG, b""]):
        headers, body = answer(pieces)
        assert body == b"".join(pieces)
        assert "content-encoding" not in headers


def test_a_mask_is_another_one_each_time() -> None:
    token = "0123456789abcdef" * 4
    found = {masked(token) for _ in range(20)}
    assert len(found) == 20
    assert {unmasked(text, len(token)) for text in found} == {token}
    assert not any(token in text for text in found)
    for other in (token, "", "z" * 128, "00"):
        assert unmasked(other, len(token)) == other
