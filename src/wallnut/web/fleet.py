"""All devices for the side that serves pages, and who wants to hear of their changes. It belongs to one thread."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping

from wallnut.web.snapshot import Device, Server
from wallnut.web.watcher import News

MOST_LISTENERS = 550
"""Streams at a time; one costs a connection and what of the devices' ids it has not sent yet."""
MOST_GONE = 1000
"""Devices that are gone and still remembered, so that pages which looked away hear of it."""


class TooMany(Exception):
    """There is no room for another listener."""


class Listener:
    """One stream's queue: what has changed since it last looked, each device once, so that a slow reader gets the
    newest values and costs no more than any. `only` is the id of the one device that it wants ("": all)."""

    def __init__(self, only: str = "") -> None:
        self.only = only
        self.closed = False
        self._changed: dict[str, None] = {}
        self._event = asyncio.Event()

    def tell(self, key: str) -> None:
        """Something has changed."""
        if not self.only or key == self.only:
            self._changed[key] = None
            self._event.set()

    def close(self) -> None:
        """It gets no more."""
        self.closed = True
        self._event.set()

    async def wait(self, timeout: float) -> list[str]:
        """The ids that have changed, in the order in which they did first; none after so many seconds of silence."""
        try:
            async with asyncio.timeout(timeout):
                await self._event.wait()
        except TimeoutError:
            return []
        self._event.clear()
        changed, self._changed = list(self._changed), {}
        return changed


class Fleet:
    """Devices and servers by id, newest first-hand. `most` bounds its listeners."""

    def __init__(self, most: int = MOST_LISTENERS) -> None:
        self.devices: dict[str, Device] = {}
        self.servers: dict[str, Server] = {}
        self.alive = True
        self.version = 0
        """Another number for each state of the fleet."""
        self._versions: dict[str, int] = {}
        self._name = secrets.token_hex(4)
        self._most = most
        self._listeners: set[Listener] = set()

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def update(self, news: News) -> None:
        """Take news in, and tell those who listen."""
        self.version += 1
        if len(self._versions) > 2 * len(self.devices) + MOST_GONE:  # names that come and go
            self._versions, self._name = {}, secrets.token_hex(4)
        for key, what in news.items():
            self._versions[key] = self.version
            if isinstance(what, Server):
                self.servers[key] = what
            elif isinstance(what, Device):
                self.devices[key] = what
            else:
                self.devices.pop(key, None)
            for listener in self._listeners:
                listener.tell(key)

    def again(self, keys: Iterable[str]) -> None:
        """Tell of devices as if they had changed: something else that is shown of them has."""
        self.version += 1
        for key in keys:
            self._versions[key] = self.version
            for listener in self._listeners:
                listener.tell(key)

    @property
    def mark(self) -> str:
        """What a page keeps, to be told of what changed since."""
        return f"{self._name}.{self.version}"

    def since(self, mark: str) -> list[str] | None:
        """The ids of what changed since a mark; None for one that is not ours."""
        name, _, number = mark.partition(".")
        if name != self._name or not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        return [key for key, version in self._versions.items() if version > int(number)]

    def find(self, name: str, server: str = "") -> list[Device]:
        """The devices of an id, or of a UPS name, without case; all of them for "". `server` narrows it to one."""
        found = [self.devices[name]] if name in self.devices else []
        if not found:
            key = name.lower()
            found = [
                device
                for device in self.devices.values()
                if not name or key in (device.address.ups.lower(), device.id.lower())
            ]
        return [device for device in found if not server or device.server == server]

    def listen(self, only: str = "") -> Listener:
        """Hear of changes from now on. Raises TooMany."""
        if len(self._listeners) >= self._most:
            raise TooMany
        listener = Listener(only)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """Hear no more."""
        self._listeners.discard(listener)

    def close(self) -> None:
        """End every stream."""
        for listener in self._listeners:
            listener.close()


def in_order(devices: Mapping[str, Device], urgency: Callable[[Device], int]) -> list[Device]:
    """Devices with the most urgent first, then by name."""
    return sorted(devices.values(), key=lambda device: (urgency(device), device.id))
