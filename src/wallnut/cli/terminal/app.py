"""The program of `wallnut top`: screens over what the watcher's thread hands over, drawn but a few times a second."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.binding import Binding
from textual.filter import LineFilter

from wallnut.cli.terminal.device import DeviceView
from wallnut.cli.terminal.fleet import Fleet
from wallnut.cli.terminal.overview import Overview
from wallnut.cli.terminal.pages import Events, Help
from wallnut.cli.terminal.rows import Ascii
from wallnut.cli.terminal.view import View

if TYPE_CHECKING:
    from wallnut.cli.terminal.hand import Hand
    from wallnut.cli.terminal.upsmon import Upsmon
    from wallnut.web.watcher import Watcher

EVERY = 0.25
"""Seconds between two drawings at the least."""


class Top(App[int]):
    """Shows what a watcher (not started yet; None: nobody watches) and upsmon tell. Its result is the exit status."""

    CSS = """
    View, Field { background: ansi_default; color: ansi_default; scrollbar-size: 0 0; }
    Field > .input--cursor { background: ansi_default; color: ansi_default; text-style: reverse; }
    Field > .input--placeholder { background: ansi_default; color: ansi_default; text-style: dim; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [
        Binding("ctrl+c", "quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
        Binding("question_mark", "help", show=False),
    ]

    def __init__(
        self,
        fleet: Fleet,
        hand: Hand,
        watcher: Watcher | None = None,
        upsmon: Upsmon | None = None,
        *,
        ascii_only: bool = False,
    ) -> None:
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"
        self.animation_level = "none"
        self.fleet, self.hand, self.ascii_only = fleet, hand, ascii_only
        self._watcher, self._upsmon = watcher, upsmon
        self._ascii = Ascii()
        self._waiting: asyncio.TimerHandle | None = None
        self._drawn_at = 0.0
        self.upsmon = ""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """With ASCII alone one more, the last."""
        filters = super().get_line_filters()
        return [*filters, self._ascii] if self.ascii_only else filters

    def get_default_screen(self) -> Overview:
        """The first screen."""
        return Overview()

    def on_mount(self) -> None:
        """Begin to watch."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with contextlib.suppress(ValueError, RuntimeError):  # not in the main thread: a test's
                loop.add_signal_handler(number, self.exit, 0)
        if self._upsmon is not None:
            self._upsmon.start(self._from_thread(self._told))
        if self._watcher is not None:
            self._watcher.start(self._from_thread(self.news), self._from_thread(self._died))
        self.app_resume_signal.subscribe(self, lambda _: self.refresh(layout=True))  # all of it, after Ctrl-Z
        self.set_interval(1.0, self.draw)

    def on_unmount(self) -> None:
        """Watch no more."""
        if self._watcher is not None:
            self._watcher.stop()
        if self._upsmon is not None:
            self._upsmon.stop()

    def _from_thread(self, call: Callable[..., object]) -> Callable[..., None]:
        """The same for another thread to call."""
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def passed(*arguments: object) -> None:
            with contextlib.suppress(RuntimeError):  # our loop has ended
                loop.call_soon_threadsafe(call, *arguments, context=context)

        return passed

    def news(self) -> None:
        """Take in what the watcher has; draw it soon."""
        if self._watcher is not None:
            self.fleet.take(self._watcher.take())
        self.draw_soon()

    def _told(self, said: Mapping[str, Any]) -> None:
        self.upsmon = "with those of upsmon here"
        self.fleet.monitor(said)
        self.draw_soon()

    def _died(self) -> None:
        self.exit(1, message="wallnut top: the thread that watches the servers has ended, which is a fault of ours.")

    def draw_soon(self) -> None:
        """Draw, but not too often."""
        if self._waiting is None:
            loop = asyncio.get_running_loop()
            self._waiting = loop.call_later(max(self._drawn_at + EVERY - loop.time(), 0.01), self.draw)

    def draw(self) -> None:
        """Draw the screen that is seen, also below a dialog."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
        self._drawn_at = asyncio.get_running_loop().time()
        view = next((screen for screen in reversed(self.screen_stack) if isinstance(screen, View)), None)
        if view is not None:
            view.draw()

    def open_device(self, key: str) -> None:
        """The screen of a device."""
        self._open(DeviceView(key))

    def back(self) -> None:
        """To the screen before."""
        _ = self.pop_screen()

    def action_events(self) -> None:
        """The events of all devices."""
        self._open(Events())

    def action_help(self) -> None:
        """Keys and signs."""
        self._open(Help())

    def _open(self, view: View) -> None:
        _ = self.push_screen(view)  # it need not be awaited
