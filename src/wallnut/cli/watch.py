"""wallnut show --watch: the page of a UPS kept up to date, or its changes as lines where nobody looks at a terminal."""

from __future__ import annotations

import signal
import sys
import time

from wallnut.cli import people
from wallnut.cli.common import out
from wallnut.cli.follow import POLL, follow
from wallnut.cli.paint import Paint
from wallnut.cli.screen import Page, Screen
from wallnut.cli.sheet import reading
from wallnut.io.loop import Loop
from wallnut.model.errors import server_error
from wallnut.model.state import DelInfo, SetInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.cli.common import Given
    from wallnut.cli.sheet import Sheet
    from wallnut.client.mirror import Change, Mirror

BRIGHT = 2.0
"""Seconds that a new value stands out."""


def watch(given: Given, sheet: Sheet) -> int:
    """Follow the UPS of a page until Ctrl-C."""
    loop = Loop()
    terminal = sys.stdout.isatty() and not given.has("j")
    live = Live(loop, sheet)
    told = live.told if terminal else JsonLines(sheet) if given.has("j") else PlainLines(sheet)
    screen: Screen | None = None
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.on_signal(number, loop.stop)
        live.mirror = follow(loop, given, sheet.ups, told, [sheet.ups.ups])
        if terminal:
            screen = Screen(loop, live.page, loop.stop)
            live.changed = screen.changed
            screen.open()
        loop.run()
    finally:
        if live.mirror is not None:
            live.mirror.stop()
        if screen is not None:
            screen.close()
        loop.close()
    return 0


def why(change: Change, sheet: Sheet) -> str:
    """A change's trouble, or the state's staleness, in words."""
    if change.trouble in ("DRIVER-NOT-CONNECTED", "UNKNOWN-UPS"):
        return people.explain(server_error(change.trouble), sheet.ups)
    if change.trouble:
        return people.lost(change.trouble, sheet.ups)
    return people.explain(server_error("DATA-STALE"), sheet.ups) if change.state.stale else ""


class Live:
    """The page, following a mirror. `changed` is called when it looks different."""

    def __init__(self, loop: Loop, sheet: Sheet) -> None:
        self._loop, self._sheet = loop, sheet
        self.changed: Callable[[], object] = lambda: None
        self.mirror: Mirror | None = None
        self._bright: dict[str, float] = {}
        self._begun = False

    def told(self, change: Change) -> None:
        """Take in what the mirror tells."""
        if not change.ups or self.mirror is None:
            return
        copy = self.mirror.copies.get(change.ups.lower())
        if copy is not None and copy.fresh is not None and not change.trouble:
            return  # a snapshot is under way
        sheet, state, now = self._sheet, change.state, self._loop.clock()
        sheet.trouble = why(change, sheet)
        if state.complete:
            values = {variable.name: variable.value for variable in state.in_order()}
            new = {name for name, value in values.items() if sheet.values.get(name) != value}
            if new and self._begun:
                self._bright.update(dict.fromkeys(new, now + BRIGHT))
                self._loop.call_later(BRIGHT, self.changed)
            self._begun = True
            sheet.values = values
            sheet.writable = {variable.name for variable in state.in_order() if variable.writable}
            sheet.commands = state.commands_in_order()
        self.changed()

    def page(self, width: int) -> Page:
        """The page for a width, with the time of the drawing."""
        now = self._loop.clock()
        self._bright = {name: until for name, until in self._bright.items() if until > now}
        paint = Paint(Paint.standard().colour, width)
        pushed = self.mirror is not None and self.mirror.pushed
        how = "pushed by the server" if pushed else f"asked every {POLL:g} s"
        lines = self._sheet.text(paint, frozenset(self._bright)).rstrip("\n").split("\n")
        return Page(lines, len(self._sheet.head(paint)), f"{time.strftime('%H:%M:%S')}, {how}")


class PlainLines:
    """Changes of values as lines for people; what the page has is known already."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._trouble = ""

    def __call__(self, change: Change) -> None:
        if not change.ups:
            return
        clock = time.strftime("%H:%M:%S")
        trouble = why(change, self._sheet) if change.trouble or change.state.complete else ""
        if trouble != self._trouble:
            self._trouble = trouble
            out(f"{clock}  {trouble or 'all is well again'}\n")
        for message in change.messages:
            if isinstance(message, SetInfo):
                if self._sheet.values.get(message.name) != message.value:
                    self._sheet.values[message.name] = message.value
                    out(f"{clock}  {message.name}  {reading(message.name, message.value)}\n")
            elif isinstance(message, DelInfo):
                self._sheet.values.pop(message.name, None)
                out(f"{clock}  {message.name}  is gone\n")


class JsonLines:
    """All values and then their changes as one JSON object a line; `trouble` where it changed."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._trouble: str | None = None

    def __call__(self, change: Change) -> None:
        if not change.ups:
            return
        from json import dumps

        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        found: list[dict[str, object]] = []
        trouble = why(change, self._sheet) if change.trouble or change.state.complete else None
        if trouble is not None and trouble != self._trouble:
            self._trouble = trouble
            found.append({"trouble": trouble})
        for message in change.messages:
            if isinstance(message, SetInfo):
                found.append({"name": message.name, **self._sheet.json_value(message.name, message.value)})
            elif isinstance(message, DelInfo):
                found.append({"name": message.name, "value": None})
        out("".join(dumps({"time": moment, "ups": change.ups, **one}, ensure_ascii=False) + "\n" for one in found))
