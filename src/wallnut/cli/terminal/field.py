"""A line to type in, whose keys work in the order in which they were typed.

Textual lets letters overtake Backspace and Enter, and the focus follow later, when several keys come at once, as they
do over a slow link: a wrong value would be set, a password would land in the field before its own.
"""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.widget import Widget
from textual.widgets import Input

KEYS = {
    "backspace": "delete_left",
    "ctrl+h": "delete_left",
    "delete": "delete_right",
    "ctrl+d": "delete_right",
    "ctrl+w": "delete_left_word",
    "ctrl+u": "delete_left_all",
    "ctrl+k": "delete_right_all",
    "left": "cursor_left",
    "right": "cursor_right",
    "home": "home",
    "ctrl+a": "home",
    "end": "end",
    "ctrl+e": "end",
}
"""Keys that are obeyed at once, with the input's action."""


class Field(Input):
    """An Input with a `value` at first, a `length` that bounds it (0: none), a `title` for its box and a `hint` while
    it is empty. `entered` is called at once when Enter is pressed; `secret` hides what is typed."""

    def __init__(
        self,
        value: str,
        entered: Callable[[], object],
        *,
        length: int = 0,
        title: str = "",
        hint: str = "",
        secret: bool = False,
        boxed: bool = True,
        id: str | None = None,
    ) -> None:
        super().__init__(
            value, hint, max_length=length, password=secret, select_on_focus=False, compact=not boxed, id=id
        )
        self.border_title = title or None
        self.cursor_blink = False
        self._entered = entered

    async def _on_key(self, event: events.Key) -> None:
        if passed_on(self, event):
            return
        if event.key == "enter":
            taken(event)
            self._entered()
        elif event.key in KEYS:
            taken(event)
            getattr(self, f"action_{KEYS[event.key]}")()


def taken(event: events.Key) -> None:
    """Nobody else is to get a key."""
    event.stop()
    event.prevent_default()


def passed_on(widget: Widget, event: events.Key) -> bool:
    """Whether a key that has come to a widget was meant for the field that has the focus by now, and goes there."""
    focused = widget.screen.focused
    if focused is widget or not isinstance(focused, Field):
        return False
    taken(event)
    focused.post_message(events.Key(event.key, event.character))
    return True
