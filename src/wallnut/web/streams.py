"""Server-sent events: endless answers that end when the client has gone or the program ends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from wallnut.web.fleet import Fleet, Listener

BEAT = 10.0
"""Seconds of silence after which a stream says that it is still there."""


def stream(fleet: Fleet, listener: Listener, pieces: AsyncIterator[str]) -> Response:
    """An endless answer; the listener leaves when it ends."""

    async def until_gone() -> AsyncIterator[str]:
        try:
            async for piece in pieces:
                yield piece
        finally:
            fleet.leave(listener)

    return StreamingResponse(until_gone(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def event(kind: str, value: object) -> str:
    """One event of a stream."""
    return f"event: {kind}\ndata: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}\n\n"
