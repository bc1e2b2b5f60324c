"""How text looks on a terminal: colours, columns, times for people."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

ESCAPE = "\x1b["
RESET, BOLD, DIM, BRIGHT = "\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;36m"
SEVERITIES = ("\x1b[32m", "\x1b[33m", "\x1b[1;31m")  # fine: green; warning: yellow; severe: bold red


class Paint:
    """Colours, or none where `colour` is False. `width` is the terminal's."""

    def __init__(self, colour: bool, width: int = 100) -> None:
        self.colour, self.width = colour, width

    @classmethod
    def standard(cls) -> Paint:
        """For standard output: colour on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb says no."""
        terminal = sys.stdout.isatty()
        colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        width = 100
        if terminal:
            try:
                width = os.get_terminal_size(sys.stdout.fileno()).columns or width
            except OSError:
                pass
        return cls(colour, width)

    def _with(self, code: str, text: str) -> str:
        return f"{code}{text}{RESET}" if self.colour and text else text

    def bold(self, text: str) -> str:
        """Bold."""
        return self._with(BOLD, text)

    def dim(self, text: str) -> str:
        """Dim."""
        return self._with(DIM, text)

    def bright(self, text: str) -> str:
        """So that it catches the eye."""
        return self._with(BRIGHT, text)

    def severity(self, severity: int, text: str) -> str:
        """In the colour of a severity, 0 to 2."""
        return self._with(SEVERITIES[severity], text)

    def columns(self, lines: Sequence[Sequence[str]]) -> str:
        """Cells under one another, two blanks apart; columns that are empty everywhere are left out."""
        widths = [max(map(length, column)) for column in zip(*lines, strict=True)]
        filled = [any(length(cell) for cell in column[1:]) for column in zip(*lines, strict=True)]
        text = []
        for line in lines:
            cells = zip(line, widths, filled, strict=True)
            padded = [cell + " " * (width - length(cell)) for cell, width, kept in cells if kept]
            text.append("  ".join(padded).rstrip())
        return "\n".join(text) + "\n"


def length(text: str) -> int:
    """How many places a text takes, colours left out."""
    count, at = 0, 0
    while (start := text.find("\x1b[", at)) >= 0:
        count += start - at
        at = text.find("m", start) + 1
    return count + len(text) - at


def clip(text: str, width: int) -> str:
    """As much of a text as fits, colours kept."""
    if length(text) <= width:
        return text
    kept, at, places = "", 0, 0
    while places < width - 1:
        if text.startswith("\x1b[", at):
            end = text.index("m", at) + 1
            kept, at = kept + text[at:end], end
        else:
            kept, at, places = kept + text[at], at + 1, places + 1
    return f"{kept}…{RESET if ESCAPE in kept else ''}"


def seconds(text: str) -> str:
    """A time for people: `45 s`, `35 min 12 s`, `3 h 05 min`, `4 d 02 h`; what is no number stays as it is."""
    try:
        whole = int(float(text))
    except (ValueError, OverflowError):
        return text
    for size, big, small, part in ((86400, "d", "h", 3600), (3600, "h", "min", 60), (60, "min", "s", 1)):
        if abs(whole) >= size:
            rest = abs(whole) % size // part
            return f"{'-' * (whole < 0)}{abs(whole) // size} {big} {rest:02d} {small}"
    return f"{whole} s"
