"""Devices made up for the console's tests."""

from __future__ import annotations

from wallnut.model.status import Status
from wallnut.proto.address import Address
from wallnut.web.snapshot import Device


def device(
    name: str = "rack",
    status: str = "OL",
    *,
    code: str = "",
    reason: str = "something is wrong",
    host: str = "localhost",
    **values: str,
) -> Device:
    """A device; `values` with `__` for the dots of their names."""
    known = {key.replace("__", "."): text for key, text in values.items()}
    return Device(
        Address(name, host),
        "",
        dict(sorted({**known, "ups.status": status}.items())),
        {},
        ("beeper.mute",),
        code,
        reason if code else "",
        1000.0,
        True,
        2000.0 if code else 0.0,
        3000.0,
        Status.parse(status),
    )
