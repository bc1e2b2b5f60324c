"""Answers kept by the line that asks for them: the reason why the server is fast.

Most requests repeat: every client polls the same few lines. An answer that depends on one UPS alone is kept under the
very bytes of its request line, and a session that finds it there neither splits the line nor looks anything up. When
something of that UPS changes, its answers are dropped, all of them: a driver sends its changes together every few
seconds, so the next request of each kind makes them again.
"""

from __future__ import annotations

LONGEST_LINE = 256
MOST_BYTES = 4 * 1024 * 1024
"""Requests and answers kept. A client that varies its spelling for ever gets them all dropped, no more."""
_OVERHEAD = 200


class Replies:
    """Answers by request line. `known` is for reading: line with its line feed -> whole answer."""

    __slots__ = ("_lines", "_size", "known")

    def __init__(self) -> None:
        self.known: dict[bytes, bytes] = {}
        self._lines: dict[object, list[bytes]] = {}
        self._size = 0

    def keep(self, line: bytes, answer: bytes, owner: object) -> None:
        """Keep an answer until its owner changes."""
        line += b"\n"
        if len(line) > LONGEST_LINE or line in self.known:
            return
        self._size += _OVERHEAD + len(line) + len(answer)
        if self._size > MOST_BYTES:
            self.clear()
        self.known[line] = answer
        self._lines.setdefault(owner, []).append(line)

    def drop(self, owner: object) -> None:
        """The owner changed."""
        lines = self._lines.pop(owner, None)
        if lines:
            for line in lines:
                self._size -= _OVERHEAD + len(line) + len(self.known.pop(line))

    def clear(self) -> None:
        """Anything may have changed."""
        self.known.clear()
        self._lines.clear()
        self._size = 0
