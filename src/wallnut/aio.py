"""wallnut for asyncio.

async with await wallnut.aio.connect("localhost") as client:
    print((await client.snapshot("ups"))["battery.charge"])

async with wallnut.aio.watch("ups@localhost") as changes:
    async for change in changes:
        print(change.ups, change.messages)
"""

from __future__ import annotations

from wallnut.client.aio import Client, connect
from wallnut.client.watch import AsyncWatch as watch

__all__ = ["Client", "connect", "watch"]
