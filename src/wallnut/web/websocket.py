"""The API's changes over a WebSocket, for those who need one: the same as the stream of /api/v1/events.

Each message is an object with `type`: `change`, `gone`, or `beat` after some silence. Nothing is to be said to it.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from wallnut.web.answers import Refused
from wallnut.web.api import changes, listen
from wallnut.web.context import fleet_of
from wallnut.web.fleet import Fleet, Listener
from wallnut.web.routes import socket

PATIENCE = 20.0
"""Seconds that a reader may take for a message."""
REFUSED, LATER = 1008, 1013
"""Close codes of RFC 6455 and IANA's registry: policy violation, try again later."""


async def follow(websocket: WebSocket) -> None:
    """Changes, until the peer has gone or says something."""
    fleet = fleet_of(websocket)
    try:
        listener = listen(fleet, websocket.query_params.get("ups", ""))
    except Refused as refusal:
        await websocket.accept()
        await websocket.close(REFUSED if refusal.status == 404 else LATER, refusal.detail[:100])
        return
    try:
        await websocket.accept()
        peer = asyncio.ensure_future(_until_gone(websocket, listener))
        try:
            await _tell(websocket, fleet, listener)
        finally:
            peer.cancel()
            await asyncio.wait([peer])
    finally:
        fleet.leave(listener)
    with suppress(RuntimeError, WebSocketDisconnect):
        await websocket.close(1001)


async def _until_gone(websocket: WebSocket, listener: Listener) -> None:
    """Whatever comes ends it: a message, or the end."""
    await websocket.receive()
    listener.close()


async def _tell(websocket: WebSocket, fleet: Fleet, listener: Listener) -> None:
    with suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
        async for kind, value in changes(fleet, listener):
            if listener.closed:
                return
            async with asyncio.timeout(PATIENCE):
                await websocket.send_text(json.dumps({"type": kind, **value}, ensure_ascii=False))


ROUTES = [socket("/api/v1/ws", follow)]
