"""Lines of text with styles, before any terminal: what screens are drawn from.

Colour means state and nothing else, and whatever has a colour also has a word and a shape. The colours are the
terminal's own sixteen, so that its light or dark ground and its reader's choice hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap

from rich.cells import cell_len, set_cell_size

ASCII = str.maketrans(
    {
        **dict.fromkeys("─━╌═", "-"),
        **dict.fromkeys("│┃╎▌", "|"),
        **dict.fromkeys("┌┐└┘┏┓┗┛├┤┬┴┝┥┯┷┰┸┨┠╭╮╰╯", "+"),
        **dict.fromkeys("█■●▇", "#"),
        **dict.fromkeys("░▒□○", "."),
        "▲": "^",
        "▼": "v",
        "►": ">",
        "▸": "+",
        "▾": "-",
        "╳": "X",  # noqa: RUF001 - a cross of lines is meant
        "×": "x",  # noqa: RUF001
        "•": "*",
        "·": "-",
        "…": "~",
        "→": ">",
        "←": "<",
        "↑": "^",
        "↓": "v",
        "°": " ",
        "╱": "/",  # noqa: RUF001
        "╲": "\\",
    }
)
"""What stands for a character where there is ASCII alone; each takes one place."""


def ascii_only(text: str) -> str:
    """A text for a terminal that knows nothing but ASCII, as wide as before."""
    if text.isascii():
        return text
    text = text.translate(ASCII)
    return "".join(char if char.isascii() else "?" * cell_len(char) for char in text)


def has_unicode(environ: Mapping[str, str]) -> bool:
    """Whether the locale is a UTF-8 one. Where it is C's, Python itself has put C.UTF-8 into LC_CTYPE (PEP 538)."""
    everything, characters, lang = (environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    if not everything and characters == "C.UTF-8" and lang in ("", "C", "POSIX"):
        return False
    return "utf8" in (everything or characters or lang).lower().replace("-", "")


def clean(text: str) -> str:
    """A text without anything that a terminal would obey, each place a blank or a question mark."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else " " if char.isspace() else "?" for char in text)


class Line:
    """A line that is written from left to right: `pieces` are (text, style) pairs, `width` the places they take.

    Styles are words of STYLES (see wallnut.cli.terminal.rows), several with a blank between: "amber bold".
    """

    __slots__ = ("pieces", "width")

    def __init__(self, text: str = "", style: str = "") -> None:
        self.pieces: list[tuple[str, str]] = []
        self.width = 0
        if text:
            self.add(text, style)

    def add(self, text: str, style: str = "", room: int | None = None, *, right: bool = False) -> Line:
        """Write a text; into `room` places where that is given, cut with an ellipsis or padded."""
        text = clean(text)
        if room is not None:
            text = fit(text, room, right=right)
        if text:
            self.pieces.append((text, style))
            self.width += cell_len(text)
        return self

    def to(self, place: int) -> Line:
        """Go to a place, if it is further on."""
        return self.add(" " * (place - self.width)) if place > self.width else self

    def join(self, other: Line) -> Line:
        """Write another line's pieces."""
        self.pieces += other.pieces
        self.width += other.width
        return self

    def end(self, text: str, style: str, width: int) -> Line:
        """Write a text so that it ends at `width`; with a blank at the least before it."""
        return self.to(max(width - cell_len(clean(text)), self.width + 1)).add(text, style)

    @property
    def text(self) -> str:
        """It without styles."""
        return "".join(text for text, _ in self.pieces)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Line) and self.pieces == other.pieces

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Line({self.text!r})"


def fit(text: str, room: int, *, right: bool = False) -> str:
    """A text in so many places."""
    width = cell_len(text)
    if width > room:
        return set_cell_size(text, room - 1) + "…" if room > 0 else ""
    return " " * (room - width) + text if right else text + " " * (room - width)


def folded(text: str, width: int, style: str = "", most: int = 3) -> list[Line]:
    """A text in as many lines as it takes, at most so many."""
    lines = wrap(clean(text), max(width, 1), max_lines=most, placeholder="…")
    return [Line(line, style) for line in lines]


def bar(share: int, width: int, style: str) -> Line:
    """A bar for 0 to 100 per cent."""
    full = min(max(round(share * width / 100), 1 if share > 0 else 0), width)
    return Line("█" * full, style).add("░" * (width - full), "soft")
