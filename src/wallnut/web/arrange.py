"""Where the overview puts each device, and what it says of all: found once for all pages that are open."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from wallnut.web import words
from wallnut.web.fleet import Fleet
from wallnut.web.snapshot import Device, Server
from wallnut.web.words import State

MANY = 12
"""Devices that are well and still get a tile each; more of them get a line each."""
MOST_TROUBLE = 24
"""Devices in trouble that get a tile each, the most urgent; the others get a line each, by their state."""


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of devices that belong together: by their site where they are well, else by their `state`."""

    name: str
    state: State | None
    devices: tuple[Device, ...]

    @property
    def key(self) -> str:
        """What the stream calls it."""
        return f"line {self.name}"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """All devices in the overview's order. `places` has where each is: `trouble`, `well`, or a group's key. `power` is
    the real power of those that tell it, in W; `last` the device whose change was seen last."""

    trouble: tuple[Device, ...]
    more: tuple[Group, ...]
    well: tuple[Device, ...]
    sites: tuple[Group, ...]
    places: dict[str, str]
    bad: int
    power: float
    lost: tuple[Server, ...]
    last: Device | None


class Arranger:
    """Arranges a fleet again when it has changed."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._version = -1
        self._found = Arrangement((), (), (), (), {}, 0, 0.0, (), None)
        self._states: dict[str, tuple[Device, State]] = {}

    def now(self) -> Arrangement:
        """The arrangement as of now."""
        if self._version != self._fleet.version:
            self._version = self._fleet.version
            self._found = self._arrange()
        return self._found

    def _state(self, key: str, device: Device) -> State:
        kept = self._states.get(key)
        if kept is None or kept[0] is not device:
            kept = self._states[key] = device, words.state(device)
        return kept[1]

    def _arrange(self) -> Arrangement:
        devices = self._fleet.devices
        for key in [key for key in self._states if key not in devices]:
            del self._states[key]
        ranked = [(self._state(key, device), key, device) for key, device in devices.items()]
        ranked.sort(key=lambda one: (one[0].urgency, one[2].address.ups, one[1]))
        bad = [one for one in ranked if one[0].urgency < words.WELL]
        well = [one[2] for one in ranked if one[0].urgency >= words.WELL]
        more: dict[State, list[Device]] = {}
        for state, _, device in bad[MOST_TROUBLE:]:
            more.setdefault(state, []).append(device)
        sites: dict[str, list[Device]] = {}
        for device in well if len(well) > MANY else ():
            sites.setdefault(device.values.get("device.location") or device.server, []).append(device)
        groups = tuple(Group(state.name.lower(), state, tuple(found)) for state, found in more.items())
        lines = tuple(Group(site, None, tuple(sites[site])) for site in sorted(sites))
        trouble = tuple(one[2] for one in bad[:MOST_TROUBLE])
        tiles = tuple(well) if not sites else ()
        places = dict.fromkeys((device.id for device in trouble), "trouble")
        places.update(dict.fromkeys((device.id for device in tiles), "well"))
        for group in (*groups, *lines):
            places.update(dict.fromkeys((device.id for device in group.devices), group.key))
        power = [words.number(device.values.get("ups.realpower", "")) for device in devices.values() if device.fresh]
        return Arrangement(
            trouble,
            groups,
            tiles,
            lines,
            places,
            len(bad),
            sum(watts for watts in power if watts is not None),
            tuple(server for server in self._fleet.servers.values() if server.trouble),
            max((device for device in devices.values() if changed_at(device)), key=changed_at, default=None),
        )


def changed_at(device: Device) -> float:
    """When its state changed before our eyes; 0 where that was not seen."""
    if device.code:
        return device.lost_at if device.heard_at else 0.0
    return device.since if device.exact else 0.0


class Shared:
    """Texts that many pages share for a moment: `get` makes one anew when its key has not been seen for a second."""

    def __init__(self, most: int = 16) -> None:
        self._most = most
        self._kept: dict[tuple[object, ...], tuple[float, str]] = {}

    def get(self, key: tuple[object, ...], make: Callable[[], str]) -> str:
        """The text of a key."""
        kept, now = self._kept.get(key), time.monotonic()
        if kept is not None and now - kept[0] < 1.0:
            return kept[1]
        if len(self._kept) >= self._most:
            self._kept.clear()
        text = make()
        self._kept[key] = time.monotonic(), text
        return text
