"""Server-sent events: endless answers that end when the client has gone or the program ends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from wallnut.web.fleet import Fleet, Listener

BEAT = 10.0
"""Seconds of silence after which a stream says that it is still there."""


class Stream(StreamingResponse):
    """An endless answer; its listener leaves when it ends. Who asks for its head alone gets that, and no stream."""

    def __init__(self, fleet: Fleet, listener: Listener, pieces: AsyncIterator[str]) -> None:
        super().__init__(pieces, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        self._fleet, self._listener = fleet, listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            if scope["method"] == "HEAD":
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            else:
                await super().__call__(scope, receive, send)
        finally:
            self._fleet.leave(self._listener)


def event(kind: str, value: object) -> str:
    """One event of a stream."""
    return f"event: {kind}\ndata: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}\n\n"
