"""The two widgets that everything is drawn with: a sheet of lines, and rows of which one is chosen.

Both redraw only the lines that have become different, and rows are drawn only where they are seen: a fleet that changes
every second costs no more than the lines on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.color import Color
from textual.events import Key
from textual.filter import LineFilter
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from wallnut.cli.terminal.field import passed_on, taken
from wallnut.cli.terminal.ink import Line, ascii_only

STYLES = {
    "": Style(),
    "bold": Style(bold=True),
    "soft": Style(dim=True),
    "mains": Style(),
    "amber": Style(color="yellow"),
    "red": Style(color="red", bold=True),
    "violet": Style(color="magenta"),
    "off": Style(dim=True),
    "lost": Style(dim=True),
    "good": Style(color="green"),
    "chosen": Style(reverse=True),
}
"""The words of a line's styles; the states' are those of wallnut.web.words."""


@lru_cache(256)
def style_of(words: str) -> Style:
    """The terminal's style for words of STYLES."""
    return Style.combine([STYLES[""], *(STYLES[word] for word in words.split())])


def strip_of(line: Line, width: int) -> Strip:
    """A line for the terminal, cut with an ellipsis or padded to a width."""
    strip = Strip([Segment(text, style_of(style)) for text, style in line.pieces], line.width)
    if line.width > width > 0:
        end = Strip([Segment("…", style_of("soft"))], 1)
        return Strip.join([strip.crop(0, width - 1), end])
    return strip.adjust_cell_length(width, Style())


class Ascii(LineFilter):
    """Replaces what is not ASCII in everything that is drawn."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments with other texts."""
        return [Segment(ascii_only(text), style, control) for text, style, control in segments]


def _spans(numbers: list[int]) -> list[tuple[int, int]]:
    """Ascending numbers as runs of (first, count)."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and sum(found[-1]) == number:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((number, 1))
    return found


class Sheet(Widget):
    """Lines, as many as it is given: its height follows."""

    DEFAULT_CSS = "Sheet { height: 1; width: 1fr; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[Line] = []

    def show(self, lines: list[Line]) -> None:
        """Draw these in the place of those before."""
        old, self.lines = self.lines, lines
        if len(old) != len(lines):
            self.styles.height = len(lines)
            self.refresh(layout=True)
            return
        changed = [at for at, (before, now) in enumerate(zip(old, lines, strict=True)) if before != now]
        for first, count in _spans(changed):
            self.refresh(Region(0, first, self.size.width, count))

    def render_line(self, y: int) -> Strip:
        """A line as Textual asks for it."""
        width = self.size.width
        return strip_of(self.lines[y], width) if y < len(self.lines) else Strip.blank(width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are."""
        return len(self.lines)


@dataclass(frozen=True, slots=True)
class Row:
    """Lines that belong together. `draw(width, chosen)` gives `height` of them; without a key it is never chosen."""

    key: str
    draw: Callable[[int, bool], list[Line]]
    height: int = 1


class Rows(ScrollView, can_focus=True):
    """Rows to scroll through and choose from; the chosen one stays chosen wherever it moves to.

    `at_once` holds more keys and what they do.
    """

    DEFAULT_CSS = "Rows { height: 1fr; scrollbar-size: 0 0; overflow-x: hidden; }"
    BINDINGS = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,b", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home,g", "edge(0)", show=False),
        Binding("end,G", "edge(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Chosen(Message):
        """Enter was pressed on a row."""

        def __init__(self, rows: Rows, key: str) -> None:
            self.rows, self.key = rows, key
            super().__init__()

        @property
        def control(self) -> Rows:
            """Whose row it is."""
            return self.rows

    class Moved(Message):
        """Another row is chosen, or another part is seen."""

        def __init__(self, rows: Rows) -> None:
            self.rows = rows
            super().__init__()

        @property
        def control(self) -> Rows:
            """Whose it is."""
            return self.rows

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.key = ""
        self.at_once: dict[str, Callable[[], object]] = {}
        self._rows: Sequence[Row] = ()
        self._at: list[tuple[int, int]] = []  # of each line the row, and which of its lines
        self._first: list[int] = []  # of each row its first line
        self._index: dict[str, int] = {}
        self._drawn: dict[int, list[Line]] = {}
        self._seen: dict[int, Line] = {}  # by line, as the terminal shows it
        self._choice = 0  # where the chosen row was, should it vanish

    @property
    def keys(self) -> list[str]:
        """The rows that can be chosen."""
        return list(self._index)

    def show(self, rows: Sequence[Row]) -> None:
        """Draw these in the place of those before."""
        self._rows = rows
        self._at, self._first, self._index = [], [], {}
        for number, row in enumerate(rows):
            if row.key:
                self._index[row.key] = number
            self._first.append(len(self._at))
            self._at += [(number, line) for line in range(row.height)]
        if self.key not in self._index:
            keys = self.keys
            self.key = keys[min(self._choice, len(keys) - 1)] if keys else ""
        self._choice = self.keys.index(self.key) if self.key else 0
        size = Size(self.size.width, len(self._at))
        if size != self.virtual_size:
            self.virtual_size = size
        self._redraw()

    def choose(self, key: str) -> None:
        """Choose a row, and bring it into sight."""
        if key in self._index:
            self.key = key
            self._choice = self.keys.index(key)
            self._bring()
            self._redraw()
            self.post_message(self.Moved(self))

    @property
    def where(self) -> str:
        """What part is seen, in words; "" where it is all."""
        height, top = self.size.height, self.scroll_offset.y
        if len(self._at) <= height:
            return ""
        return f"{top + 1}-{min(top + height, len(self._at))} of {len(self._at)}"

    def line(self, y: int) -> Line:
        """A line of all."""
        number, part = self._at[y]
        if number not in self._drawn:
            row = self._rows[number]
            self._drawn[number] = row.draw(self.size.width, bool(row.key) and row.key == self.key and self.has_focus)
        return self._drawn[number][part]

    def render_line(self, y: int) -> Strip:
        """A line as Textual asks for it."""
        at = y + self.scroll_offset.y
        if at >= len(self._at):
            self._seen.pop(at, None)
            return Strip.blank(self.size.width)
        line = self._seen[at] = self.line(at)
        return strip_of(line, self.size.width)

    def _redraw(self) -> None:
        self._drawn = {}
        top = self.scroll_offset.y
        span = range(top, top + self.size.height)
        self._seen = {at: line for at, line in self._seen.items() if at in span}
        changed = []
        for at in span:
            now = self.line(at) if at < len(self._at) else None
            if self._seen.get(at) != now:
                changed.append(at - top)
        for first, count in _spans(changed):
            self.refresh(Region(0, first, self.size.width, count))

    def _bring(self) -> None:
        """Scroll so that the chosen row is seen."""
        if not self.key:
            return
        number = self._index[self.key]
        first, height = self._first[number], self._rows[number].height
        if number == min(self._index.values()):
            first, height = 0, first + height  # what stands above the first comes along
        top, room = self.scroll_offset.y, self.size.height
        target = first if first < top else max(first + height - room, 0) if first + height > top + room else top
        if target != top:
            self._drawn = {}
            self.scroll_to(y=target, animate=False)

    def on_key(self, event: Key) -> None:
        """Keys of `at_once` are obeyed before the next key is looked at."""
        if not passed_on(self, event) and event.key in self.at_once:
            taken(event)
            self.at_once[event.key]()

    def on_resize(self) -> None:
        """The size is another."""
        self.virtual_size = Size(self.size.width, len(self._at))
        self._drawn, self._seen = {}, {}
        self._bring()
        self.refresh()

    def on_focus(self) -> None:
        """The chosen row shows from now on."""
        self._redraw()

    def on_blur(self) -> None:
        """It does not any more."""
        self._redraw()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Another part is seen."""
        self._seen = {}
        super().watch_scroll_y(old_value, new_value)
        self.post_message(self.Moved(self))

    def action_move(self, steps: int) -> None:
        """To a row before or behind."""
        keys = self.keys
        if keys:
            self.choose(keys[min(max(self._choice + steps, 0), len(keys) - 1)])

    def action_page(self, pages: int) -> None:
        """A screenful on or back."""
        self.action_move(pages * max(self.size.height - 1, 1))

    def action_edge(self, end: int) -> None:
        """To the first row, or the last."""
        keys = self.keys
        if keys:
            self.choose(keys[end])

    def action_choose(self) -> None:
        """Enter."""
        if self.key:
            self.post_message(self.Chosen(self, self.key))
