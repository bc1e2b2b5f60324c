"""What upsmon of this host says on its socket (docs/why.md), an object at a time."""

from __future__ import annotations

import json

from wallnut.io.service import pidpath
from wallnut.io.stream import Stream, connect_unix
from wallnut.monitor.board import SOCKET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wallnut.io.loop import Loop

LONGEST = 1 << 20
"""Bytes of a line."""


def path() -> str:
    """Where the socket is."""
    return f"{pidpath()}/{SOCKET}"


class UpsmonSocket:
    """A connection: `take` gets each object, `gone` is called when upsmon ends it. Raises ConnectError."""

    def __init__(self, loop: Loop, take: Callable[[dict[str, Any]], object], gone: Callable[[], object]) -> None:
        self._take, self._gone = take, gone
        self._rest = b""
        self._closed = False
        self._stream: Stream = connect_unix(loop, path())
        self._stream.on_data = self._heard
        self._stream.on_close = self._ended

    def _heard(self, data: bytes) -> None:
        *whole, self._rest = (self._rest + data).split(b"\n")
        for line in whole:
            if not self._closed:
                said = _object(line)
                if said is not None:
                    self._take(said)
        if len(self._rest) > LONGEST:
            self._stream.close("that is not upsmon")

    def _ended(self, reason: str) -> None:
        if not self._closed:
            self._closed = True
            self._gone()

    def close(self) -> None:
        """Hear no more."""
        self._closed = True
        self._stream.close()


def _object(line: bytes) -> dict[str, Any] | None:
    """A line's object; None: it is none, which upsmon does not say."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def unreachable(error: str) -> str:
    """Why upsmon cannot be asked, and what to do."""
    if "denied" in error:
        return f"{path()}: {error}. Root and upsmon's group may ask: try with sudo."
    return f"wallnut's upsmon does not run here ({path()}: {error}). Start it: upsmon. Elsewhere: set NUT_PIDPATH."
