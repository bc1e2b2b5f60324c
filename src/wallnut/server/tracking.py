"""What became of commands and settings that were handed to a driver: ids and their outcomes."""

from __future__ import annotations

import os

from wallnut.proto.driver import FAILED, HANDLED, INVALID, UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MOST = 10_000
"""Ids that are remembered at once; the oldest goes first."""

_TEXT = {
    HANDLED: b"SUCCESS\n",
    UNKNOWN: b"ERR UNKNOWN\n",
    INVALID: b"ERR INVALID-ARGUMENT\n",
    FAILED: b"ERR FAILED\n",
}


class Tracking:
    """Outcomes by id, each for as many seconds as `keep` says (TRACKINGDELAY)."""

    __slots__ = ("_clock", "_known", "keep")

    def __init__(self, clock: Callable[[], float], keep: float) -> None:
        self._clock, self.keep = clock, keep
        self._known: dict[str, tuple[float, bytes]] = {}  # id in upper case -> (since when, answer), oldest first

    def new(self) -> str:
        """A new id, pending: a random UUID, in upper case as C's."""
        bits = bytearray(os.urandom(16))
        bits[6] = bits[6] & 0x0F | 0x40  # version 4
        bits[8] = bits[8] & 0x3F | 0x80  # variant of RFC 9562
        text = bits.hex().upper()
        id = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
        if len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        self._known[id] = (self._clock(), b"PENDING\n")
        return id

    def outcome(self, id: str, result: int) -> bytes | None:
        """Note what the driver says of an id; the answer it gives from now on, None for an id that nobody waits for."""
        key = id.upper()
        entry = self._known.get(key)
        if entry is None:
            return None
        answer = _TEXT.get(result, _TEXT[FAILED])
        self._known[key] = (entry[0], answer)
        return answer

    def answer(self, id: str) -> bytes:
        """The answer to GET TRACKING; ids compare without case, one that is unknown or expired is UNKNOWN."""
        return self._known.get(id.upper(), (0.0, _TEXT[UNKNOWN]))[1]

    def purge(self) -> None:
        """Forget those that are too old."""
        oldest = self._clock() - self.keep
        while self._known:
            id = next(iter(self._known))
            if self._known[id][0] > oldest:
                return
            del self._known[id]
