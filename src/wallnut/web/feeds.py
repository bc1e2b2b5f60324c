"""What feeds what: as [web] feeds says it, and what a device itself tells of its outlets and its source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wallnut.web.snapshot import Device

GENERIC = re.compile(
    r"(main |switched |unswitched |powershare )?(outlet|load|output|group)s?([ _#-]*(group)?[ _#-]*\d*)?", re.I
)
"""Names that makers give to outlets themselves."""
NOTHING: tuple[Thing, ...] = ()


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that is fed, or feeds: its name, and the id of the device that it is, "" where it is none of ours."""

    name: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Around:
    """What a device feeds, and what feeds it."""

    feeds: tuple[Thing, ...] = ()
    fed_by: tuple[Thing, ...] = ()


ALONE = Around()


class Feeds:
    """The relations that the settings name, each `DEVICE > THING, THING`."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._pairs: list[tuple[str, str]] = []
        for line in lines:
            source, _, things = line.partition(">")
            self._pairs += [(source.strip(), thing.strip()) for thing in things.split(",") if thing.strip()]

    def around(self, device: Device, devices: Mapping[str, Device]) -> Around:
        """A device's neighbours."""
        feeds = [_thing(thing, devices) for source, thing in self._pairs if _is(source, device)]
        fed_by = [_thing(source, devices) for source, thing in self._pairs if _is(thing, device)]
        return Around(tuple(feeds), tuple(fed_by)) if feeds or fed_by else ALONE


def _is(name: str, device: Device) -> bool:
    return name.lower() in (device.id.lower(), device.address.ups.lower())


def _thing(name: str, devices: Mapping[str, Device]) -> Thing:
    found = [device for device in devices.values() if _is(name, device)]
    return Thing(found[0].address.ups, found[0].id) if len(found) == 1 else Thing(name)


def outlets(device: Device) -> tuple[Thing, ...]:
    """What is plugged in, as far as somebody has named the outlets."""
    found = {}
    for name, text in device.values.items():
        parts = name.split(".")
        if parts[0] != "outlet" or len(parts) != 3 or parts[1] == "0" or parts[2] not in ("name", "desc"):
            continue
        said = text.strip()
        if said and not GENERIC.fullmatch(said) and (parts[2] == "name" or parts[1] not in found):
            found[parts[1]] = Thing(said)
    return tuple(found.values())
