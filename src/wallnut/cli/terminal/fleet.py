"""What the screens know: devices and servers, what changed a moment ago, and what has happened."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wallnut.cli.changes import Look, changes
from wallnut.notify.event import severity
from wallnut.web import words
from wallnut.web.snapshot import Device, Server
from wallnut.web.watcher import News

BRIGHT = 2.0
"""Seconds that a new value stands out."""
KEPT = 1000
"""Events that are kept."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: when (seconds of the epoch), to which device or server by its id, what, in which style,
    and who says it ("": what we saw ourselves). `lasts`: it holds until the next such event of the same id."""

    at: float
    id: str
    text: str
    style: str
    source: str = ""
    lasts: bool = False


class Fleet:
    """Devices and servers by id, newest first-hand; it belongs to one thread. `clock` gives seconds of the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.devices: dict[str, Device] = {}
        self.servers: dict[str, Server] = {}
        self.events: deque[Event] = deque(maxlen=KEPT)
        self._looks: dict[str, Look] = {}
        self._bright: dict[str, dict[str, float]] = {}
        self._lost: set[str] = set()
        self._told = 0.0  # when the last of upsmon's events was
        self._states: dict[str, tuple[Device, words.State]] = {}

    def take(self, news: News) -> None:
        """Take in what the watcher tells."""
        for key, what in news.items():
            if isinstance(what, Server):
                self._server(key, what)
            elif isinstance(what, Device):
                self._compare(key, what)
                self.devices[key] = what
                self._happened(key, what)
            else:
                if self.devices.pop(key, None) is not None:
                    self._note(key, "The server has no such UPS any more", "bold")
                self._looks.pop(key, None)
                self._bright.pop(key, None)
                self._states.pop(key, None)

    def monitor(self, said: Mapping[str, Any]) -> None:
        """Take in an event of upsmon's; those that were told before are passed over."""
        at = float(said["time"])
        if at <= self._told:
            return
        self._told = at
        notified = said["type"] == "notification"
        style = ("", "amber", "red")[severity(said["kind"])] if notified else ""
        text = f"{said['kind']}: {said['text']}" if notified else said["text"]
        self.events.append(Event(at, said["ups"], text, style, "upsmon" if notified else "upsmon decides"))

    def acted(self, key: str, text: str, *, good: bool) -> None:
        """Take in what became of something that was done here."""
        self.events.append(Event(self.clock(), key, text, "" if good else "bold", "you"))

    def state(self, device: Device) -> words.State:
        """A device's state, worked out once."""
        kept = self._states.get(device.id)
        if kept is None or kept[0] is not device:
            kept = self._states[device.id] = (device, words.state(device))
        return kept[1]

    def in_order(self) -> list[Device]:
        """The most urgent first, then by name."""
        return sorted(self.devices.values(), key=lambda device: (self.state(device).urgency, device.id))

    def bright(self, key: str) -> frozenset[str]:
        """The variables of a device whose values have just changed."""
        now, found = self.clock(), self._bright.get(key)
        if not found:
            return frozenset()
        left = self._bright[key] = {name: until for name, until in found.items() if until > now}
        return frozenset(left)

    def events_of(self, device: Device | None) -> Iterator[Event]:
        """What happened, newest first; of one device also what concerns its server and this host."""
        for event in reversed(self.events):
            if device is None or event.id in ("", device.id, device.server) or _same(event, device):
                yield event

    def lasted(self) -> dict[int, float]:
        """How long what lasts did, by the event's identity; what still holds is not among them."""
        found: dict[int, float] = {}
        ends: dict[str, float] = {}
        for event in reversed(self.events):
            if event.lasts:
                if event.id in ends:
                    found[id(event)] = ends[event.id] - event.at
                ends[event.id] = event.at
        return found

    def _note(self, key: str, text: str, style: str, *, lasts: bool = True) -> None:
        self.events.append(Event(self.clock(), key, text, style, lasts=lasts))

    def _server(self, key: str, server: Server) -> None:
        before = self.servers.get(key)
        self.servers[key] = server
        if server.trouble and before is not None and key not in self._lost:
            self._lost.add(key)
            self._note(key, f"cannot be reached: {reason(server.trouble)}", "bold")
        elif not server.trouble and key in self._lost:
            self._lost.discard(key)
            self._note(key, "The server is back", "")

    def _compare(self, key: str, device: Device) -> None:
        before = self.devices.get(key)
        if before is None or not before.values:
            return
        values = before.values
        new = [name for name, text in device.values.items() if values.get(name) != text]
        if new:
            self._bright.setdefault(key, {}).update(dict.fromkeys(new, self.clock() + BRIGHT))

    def _happened(self, key: str, device: Device) -> None:
        if device.code in ("UNREACHABLE", "WAITING"):
            return  # the server's own news tell
        look = Look(
            device.values.get("ups.status", ""),
            device.values.get("ups.alarm", ""),
            there=device.code != "UNKNOWN-UPS",
            driver=device.code != "DRIVER-NOT-CONNECTED",
            stale=device.code == "DATA-STALE",
        )
        before = self._looks.get(key)
        if look.stale and before is not None and look.there and look.driver:
            look.status, look.alarm = before.status, before.alarm
        self._looks[key] = look
        for change in changes(before, look):
            if before is not None or self.state(device).urgency < words.WELL:  # how well all was at first is no news
                style = self.state(device).style if change.event in ("status", "alarm") else "bold"
                lasts = change.event not in ("alarm", "alarm-over")
                self._note(key, change.text, "bold" if style == "lost" else style, lasts=lasts)


def reason(trouble: str) -> str:
    """Why a server cannot be reached, without what every reason begins with."""
    return trouble.removeprefix("Connection failure: ").rstrip(".")


def _same(event: Event, device: Device) -> bool:
    """Whether an event of upsmon's is about a device: its name is that of a MONITOR line."""
    if not event.source:
        return False
    ups, _, host = event.id.partition("@")
    local = ("localhost", "127.0.0.1", "::1")
    known = device.address
    return ups == known.ups and (host == device.server or {host.rpartition(":")[0] or host, known.host} <= set(local))
