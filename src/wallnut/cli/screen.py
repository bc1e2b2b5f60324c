"""A page on the whole terminal that is drawn anew as things change: scrolled with the arrow keys, left with q."""

from __future__ import annotations

import os
import signal
import sys
import termios

from wallnut.cli.paint import clip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from wallnut.io.loop import Loop

ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"
HOME, CLEAR_LINE, CLEAR_REST = "\x1b[H", "\x1b[K", "\x1b[J"
GAP = 0.1
"""Seconds between two drawings, at the least."""
UP, DOWN, PAGE_UP, PAGE_DOWN, TOP, END = b"\x1b[A", b"\x1b[B", b"\x1b[5~", b"\x1b[6~", b"\x1b[H", b"\x1b[F"


class Page:
    """What to draw: `lines`, of which the first `head` never scroll away, and a `note` for the bottom line."""

    __slots__ = ("head", "lines", "note")

    def __init__(self, lines: list[str], head: int, note: str) -> None:
        self.lines, self.head, self.note = lines, head, note


class Screen:
    """Draws `page(width)` until q, which calls `ended`."""

    def __init__(self, loop: Loop, page: Callable[[int], Page], ended: Callable[[], object]) -> None:
        self._loop, self._page, self._ended = loop, page, ended
        self._at = 0
        self._planned = False
        self._fd = sys.stdin.fileno()
        self._before: list[Any] | None = None

    def open(self) -> None:
        """Take the terminal."""
        if sys.stdin.isatty():
            self._before = termios.tcgetattr(self._fd)
            raw = termios.tcgetattr(self._fd)
            raw[3] &= ~(termios.ICANON | termios.ECHO)
            termios.tcsetattr(self._fd, termios.TCSADRAIN, raw)
            self._loop.watch(self._fd, self._typed)
        self._loop.on_signal(signal.SIGWINCH, self.draw)
        self._write(ENTER)
        self.draw()

    def close(self) -> None:
        """Give the terminal back as it was."""
        if self._before is not None:
            self._loop.forget(self._fd)
            termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)
        self._write(LEAVE)

    def changed(self) -> None:
        """Draw soon."""
        if not self._planned:
            self._planned = True
            self._loop.call_later(GAP, self.draw)

    def draw(self) -> None:
        """Draw now."""
        self._planned = False
        width, height = size()
        page = self._page(width)
        lines, head = page.lines, page.head
        room = max(height - head - 1, 1)
        self._at = max(0, min(self._at, len(lines) - head - room))
        shown = lines[:head] + lines[head + self._at : head + self._at + room]
        more = len(lines) - head - self._at - room
        note = f"{page.note}   q ends, arrows scroll{f', {more} more lines below' if more > 0 else ''}"
        text = "".join(f"{clip(line, width)}{CLEAR_LINE}\n" for line in shown)
        bottom = f"\x1b[{height};1H\x1b[2m{note[: width - 1]}\x1b[0m{CLEAR_LINE}"
        self._write(f"{HOME}{text}{CLEAR_REST}{bottom}")

    def _typed(self, _: int) -> None:
        keys = os.read(self._fd, 64)
        page = size()[1] // 2
        moves = {UP: -1, b"k": -1, DOWN: 1, b"j": 1, PAGE_UP: -page, PAGE_DOWN: page, b" ": page, TOP: -9999, END: 9999}
        if keys in (b"q", b"Q", b""):
            self._ended()
        elif keys in moves:
            self._at += moves[keys]
            self.draw()

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def size() -> tuple[int, int]:
    """The terminal's columns and lines; 80 and 24 where it does not know."""
    columns, lines = os.get_terminal_size(sys.stdout.fileno())
    return columns or 80, lines or 24
