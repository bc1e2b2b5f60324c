"""Answers by gzip. Streams never are: what they say must arrive at once. What is secret on a page, the token of its
forms, is masked anew on every page, so that its length tells nothing to whoever can put a text beside it (BREACH)."""

from __future__ import annotations

import asyncio
import gzip
import secrets
from functools import lru_cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WORTH = 800
"""Bytes from which on it is done."""
LARGE = 64 * 1024
"""Bytes from which on it is done in another thread."""
KINDS = ("text/", "application/json", "application/problem+json", "application/javascript", "image/svg+xml")
NEVER = "text/event-stream"


class Squeeze:
    """Packs whole answers to GET for clients that take gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not _takes(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Packing(send, scope["path"].startswith("/static/")))


def _takes(headers: Headers) -> bool:
    words = (part.partition(";") for part in headers.get("accept-encoding", "").lower().split(","))
    return any(
        name.strip() == "gzip" and quality.replace(" ", "") not in ("q=0", "q=0.0") for name, _, quality in words
    )


class _Packing:
    """Holds an answer's head back until its body shows that it is whole."""

    def __init__(self, send: Send, kept: bool) -> None:
        self._send, self._kept = send, kept
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _suits(message):
            self._head = message
            return
        head, self._head = self._head, None
        if head is not None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                message = await self._packed(head, message)
            await self._send(head)
        await self._send(message)

    async def _packed(self, head: Message, message: Message) -> Message:
        headers, body = MutableHeaders(scope=head), message.get("body", b"")
        headers.add_vary_header("Accept-Encoding")
        if len(body) < WORTH:
            return message
        if self._kept:
            packed = _pack_once(body)
        else:
            packed = _pack(body) if len(body) < LARGE else await asyncio.to_thread(_pack, body)
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(packed))
        if "etag" in headers and not headers["etag"].startswith("W/"):
            headers["ETag"] = f"W/{headers['etag']}"
        return {**message, "body": packed}


def _suits(head: Message) -> bool:
    headers = Headers(scope=head)
    kind = headers.get("content-type", "")
    return (
        head["status"] == 200
        and kind.startswith(KINDS)
        and not kind.startswith(NEVER)
        and "content-encoding" not in headers
    )


def _pack(body: bytes) -> bytes:
    return gzip.compress(body, 5, mtime=0)


@lru_cache(maxsize=32)
def _pack_once(body: bytes) -> bytes:
    """The same for files, which are few."""
    return gzip.compress(body, 9, mtime=0)


def masked(token: str) -> str:
    """A token of hexadecimal digits in a form that is another one each time."""
    plain = bytes.fromhex(token)
    pad = secrets.token_bytes(len(plain))
    return (pad + bytes(a ^ b for a, b in zip(plain, pad, strict=True))).hex()


def unmasked(text: str, length: int) -> str:
    """The token of so many digits that was masked; any other text as it is."""
    if len(text) != 2 * length:
        return text
    try:
        both = bytes.fromhex(text)
    except ValueError:
        return text
    half = len(both) // 2
    return bytes(a ^ b for a, b in zip(both[:half], both[half:], strict=True)).hex()
