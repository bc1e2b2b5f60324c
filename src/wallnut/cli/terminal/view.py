"""What the full screens share: title, footer with keys, and drawing anew when there is news."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.screen import Screen

from wallnut.cli.terminal.field import Field
from wallnut.cli.terminal.fleet import Fleet, reason
from wallnut.cli.terminal.ink import Line
from wallnut.cli.terminal.rows import Rows
from wallnut.web import words

if TYPE_CHECKING:
    from wallnut.cli.terminal.app import Top

MARGIN = 1
"""Places left free at both sides."""


def clock(at: float) -> str:
    """A moment in local time; of another day with its date."""
    moment = time.localtime(at)
    today = time.localtime()
    return time.strftime("%H:%M:%S" if moment[:3] == today[:3] else "%Y-%m-%d %H:%M:%S", moment)


def duration(seconds: float) -> str:
    """A time span in its two largest units."""
    return words.duration(seconds)


def keys(*pairs: tuple[str, str]) -> Line:
    """A footer: keys and what they do."""
    line = Line(" " * MARGIN)
    for key, what in pairs:
        line.add(key, "bold").add(f" {what}   ", "soft")
    return line


def lost_servers(fleet: Fleet) -> list[Line]:
    """A line for each server that is gone."""
    found = []
    for server in fleet.servers.values():
        if server.trouble:
            line = Line(" " * MARGIN).add(server.name, "red").add(" cannot be reached since ", "red")
            line.add(f"{clock(server.since)} ({duration(fleet.clock() - server.since)})", "red")
            found.append(line.add(f": {reason(server.trouble)}. It is tried again.", "soft"))
    return found


class Search(Field):
    """The words to look for, in the place of the footer."""

    DEFAULT_CSS = "Search { dock: bottom; margin: 0 1; display: none; }"
    BINDINGS = [Binding("escape", "leave", show=False), Binding("down", "keep", show=False)]

    def __init__(self) -> None:
        super().__init__(
            "", self.action_keep, hint="part of a name or a text; Enter keeps it, Esc ends it", boxed=False
        )

    def open(self) -> None:
        """Show it."""
        self.display = True
        self.screen.set_focus(self)

    def action_leave(self) -> None:
        """Look for nothing."""
        self.value = ""
        self.action_keep()

    def action_keep(self) -> None:
        """Back to the rows."""
        self.display = False
        self.screen.set_focus(self.screen.query_one(Rows))


class View(Screen[None]):
    """A full screen; `redraw` draws it from what is known now."""

    app: Top
    _widgets = 0

    @property
    def fleet(self) -> Fleet:
        """What is known."""
        return self.app.fleet

    @property
    def room(self) -> int:
        """Places in a line between the margins."""
        return max(self.app.size.width - 2 * MARGIN, 20)

    def redraw(self) -> None:
        """Draw what is known now."""
        raise NotImplementedError

    def begin(self) -> None:
        """Its widgets are there."""
        self._widgets = len(self.children)
        self.query_one(Rows).focus()
        self.redraw()

    @property
    def there(self) -> bool:
        """Whether it has its widgets, all of them: they come after it, and at the end they go before it, one by one."""
        return 0 < self._widgets == len(self.children) and self in self.app.screen_stack

    def draw(self) -> None:
        """The same, if there is anything to draw on."""
        if self.there:
            self.redraw()

    def on_screen_resume(self) -> None:
        """It is seen again."""
        self.draw()

    def on_resize(self) -> None:
        """There is another room."""
        self.draw()


class SearchView(View):
    """A full screen with rows that are narrowed to what is looked for."""

    def on_mount(self) -> None:
        """The rows have the keys."""
        self.query_one(Rows).at_once["slash"] = self.query_one(Search).open
        self.begin()

    @property
    def wanted(self) -> str:
        """What is looked for, in lower case."""
        return self.query_one(Search).value.strip().lower()

    def on_input_changed(self) -> None:
        """Look for something else."""
        self.draw()

    def action_back(self) -> None:
        """Out of the search, else out of the screen."""
        search = self.query_one(Search)
        if search.value:
            search.value = ""
        else:
            self.leave()

    def leave(self) -> None:
        """To the screen before."""
        self.app.back()
