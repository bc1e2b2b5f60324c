"""One client's loop: python -m benchmarks.loops KIND PORT UPS REQUESTS. Writes JSON: requests, seconds, cpu."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from benchmarks.fakedriver import VARIABLES

MANY = 200


def sync(port: int, ups: str, requests: int) -> dict[str, float]:
    """Our blocking client."""
    import wallnut
    from wallnut.proto.net import list_var

    with wallnut.connect("127.0.0.1", port) as client:
        assert len(client.call(list_var(ups))) == len(VARIABLES)
        watch = Watch(requests)
        for _ in range(requests):
            client.call(list_var(ups))
        return watch.stop()


class Watch:
    """Time and CPU of a number of requests, from now on."""

    def __init__(self, requests: int) -> None:
        self.requests = requests
        self.time, self.cpu = time.perf_counter(), time.process_time()

    def stop(self) -> dict[str, float]:
        """What it came to."""
        seconds, cpu = time.perf_counter() - self.time, time.process_time() - self.cpu
        return {"requests": self.requests, "seconds": seconds, "cpu": cpu}


async def aio_one(port: int, ups: str, requests: int) -> dict[str, float]:
    """Our asyncio client."""
    from wallnut.client import aio
    from wallnut.proto.net import list_var

    async with await aio.connect("127.0.0.1", port) as client:
        return await _one(lambda: client.call(list_var(ups)), requests)


async def aionut_one(port: int, ups: str, requests: int) -> dict[str, float]:
    """aionut."""
    from aionut import AIONUTClient

    client = AIONUTClient("127.0.0.1", port)
    try:
        return await _one(lambda: client.list_vars(ups), requests)
    finally:
        client.shutdown()


async def _one(ask: Callable[[], Awaitable[dict[str, str]]], requests: int) -> dict[str, float]:
    assert len(await ask()) == len(VARIABLES)
    watch = Watch(requests)
    for _ in range(requests):
        await ask()
    return watch.stop()


async def aio_many(port: int, ups: str, requests: int) -> dict[str, float]:
    """Our asyncio client, a connection to each of many devices."""
    from wallnut.client import aio
    from wallnut.proto.net import list_var

    clients = [await aio.connect("127.0.0.1", port) for _ in range(MANY)]
    try:
        asks = [partial(client.call, list_var(name)) for client, name in zip(clients, _names(ups), strict=True)]
        return await _many(asks, requests)
    finally:
        for client in clients:
            await client.close()


async def aionut_many(port: int, ups: str, requests: int) -> dict[str, float]:
    """aionut, a connection to each of many devices."""
    from aionut import AIONUTClient

    clients = [AIONUTClient("127.0.0.1", port) for _ in range(MANY)]
    try:
        asks = [partial(client.list_vars, name) for client, name in zip(clients, _names(ups), strict=True)]
        return await _many(asks, requests)
    finally:
        for client in clients:
            client.shutdown()


def _names(ups: str) -> list[str]:
    return [ups, *(f"{ups}{at}" for at in range(1, MANY))]


async def _many(asks: Sequence[Callable[[], Awaitable[dict[str, str]]]], requests: int) -> dict[str, float]:
    found = await asyncio.gather(*(ask() for ask in asks))
    assert all(len(each) == len(VARIABLES) for each in found)
    watch = Watch(requests)
    for _ in range(requests // MANY):
        await asyncio.gather(*(ask() for ask in asks))
    return watch.stop()


def main(kind: str, port: str, ups: str, requests: str) -> None:
    """Run the loop of that name."""
    if kind == "sync":
        found = sync(int(port), ups, int(requests))
    else:
        loops = {"aio": aio_one, "aionut": aionut_one, "aio-many": aio_many, "aionut-many": aionut_many}
        found = asyncio.run(loops[kind](int(port), ups, int(requests)))
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
