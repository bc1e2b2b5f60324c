"""What upsmon says on its socket (docs/why.md) as notices. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import blake2b

from wallnut.history.database import Row
from wallnut.history.values import LATEST, SECOND, Device, Notice, NoticeType, kept
from wallnut.proto.address import Address, AddressError

COLUMNS = ("at", "mark", "host", "ups", "type", "kind", "text", "status", "critical", "charge", "runtime")
"""Of the table."""
LONGEST = 2000
"""Characters of a notice's text that are kept."""
TYPES = {one.value: one for one in NoticeType}


def parse_notice(said: Mapping[str, object], host: str, servers: Mapping[str, str]) -> Notice | None:
    """An object of upsmon's on `host`; None: it is no notice. `servers` gives the names under which the history has
    those that upsmon calls otherwise."""
    kind_of, text, time, ups = (said.get(name) for name in ("type", "text", "time", "ups"))
    number = _number(time)
    if not isinstance(kind_of, str) or kind_of not in TYPES or number is None:
        return None
    if not isinstance(text, str) or not isinstance(ups, str) or not (host + ups).isprintable():
        return None
    at = round(number * SECOND)
    if not 0 <= at < LATEST:
        return None
    device = None
    if ups:
        try:
            address = Address.parse(ups)
        except AddressError:
            return None
        server = str(Address("", address.host, address.port))
        device = Device(servers.get(server, server), address.ups)
    return Notice(
        host,
        device,
        at,
        TYPES[kind_of],
        _text(said.get("kind")) or "",
        kept(text, LONGEST),
        _text(said.get("status")),
        _text(said.get("critical")),
        _number(said.get("charge")),
        _number(said.get("runtime")),
    )


def _text(value: object) -> str | None:
    return kept(value) if isinstance(value, str) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e15:
        return None
    return float(value)


def to_row(notice: Notice) -> Row:
    """A notice as a row of the table. Its mark is made of what it says: the same heard twice is the same row."""
    ups = str(notice.device) if notice.device else ""
    said = notice.host, ups, notice.type.value, notice.kind, notice.text
    mark = int.from_bytes(blake2b("\0".join(said).encode(), digest_size=7).digest(), "big")
    return (notice.at, mark, *said, notice.status, notice.critical, notice.charge, notice.runtime)


def from_row(row: Row) -> Notice:
    """The other way round."""
    at, _, host, ups, kind_of, kind, text, status, critical, charge, runtime = row
    device = Device.parse(ups) if ups else None
    return Notice(host, device, at, NoticeType(kind_of), kind, text, status, critical, charge, runtime)
