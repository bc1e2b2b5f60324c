"""Connections on which nothing moves are closed; those at work are not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from wallnut.web.guard import Guarded

LIMIT = 10.0


class Hasty(Guarded):
    most = 3
    patience = 0.05


async def flood(scope: Scope, receive: Receive, send: Send) -> None:
    """An answer without an end, or for /slow one that takes many times the patience to come."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    if scope["path"] == "/slow":
        await asyncio.sleep(8 * Hasty.patience)
        await send({"type": "http.response.body", "body": b"here"})
        return
    gone = asyncio.ensure_future(receive())
    await gone
    gone = asyncio.ensure_future(receive())
    while not gone.done():
        await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})


def play(part: Callable[[int, ServerState], Awaitable[None]]) -> None:
    async def serve() -> None:
        config = uvicorn.Config(flood, lifespan="off", log_config=None, access_log=False)
        state = ServerState()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Hasty(config, state, {}), "127.0.0.1", 0)
        async with server, asyncio.timeout(LIMIT):
            await part(server.sockets[0].getsockname()[1], state)
            while state.tasks or state.connections:
                await asyncio.sleep(0.01)

    asyncio.run(serve())


async def rest(reader: asyncio.StreamReader) -> bytes:
    """What comes until the connection is closed, or cut."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


def test_a_head_that_does_not_end() -> None:
    async def part(port: int, state: ServerState) -> None:
        for piece in (b"", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow:"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(piece)
            assert await rest(reader) == b""
            writer.close()

    play(part)


def test_an_answer_that_nobody_reads() -> None:
    async def part(port: int, state: ServerState) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while not state.connections:
            await asyncio.sleep(0.01)
        while state.connections:
            await asyncio.sleep(0.01)
        writer.close()

    play(part)


def test_an_answer_that_takes_its_time_is_waited_for() -> None:
    async def part(port: int, state: ServerState) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"here" in await rest(reader)
        writer.close()

    play(part)


def test_one_connection_too_many() -> None:
    async def part(port: int, state: ServerState) -> None:
        links = [await asyncio.open_connection("127.0.0.1", port) for _ in range(Hasty.most)]
        while len(state.connections) < Hasty.most:
            await asyncio.sleep(0.001)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await rest(reader) == b""
        for _, each in (*links, (reader, writer)):
            each.close()

    play(part)
