"""wallnut top for tests: in this process with somebody who presses keys, or in a terminal of tmux."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from textual import events

from tests.support.ours import program
from tests.support.peers import need
from tests.support.wait import until
from tests.web.devices import device
from wallnut.cli.common import Given
from wallnut.cli.terminal.app import Top
from wallnut.cli.terminal.fleet import Fleet
from wallnut.cli.terminal.hand import Hand
from wallnut.model.status import Status
from wallnut.proto.address import Address
from wallnut.web.snapshot import Device, Server, Setting
from wallnut.web.watcher import Watcher

FIGURES = {"ups__load": "34", "battery__charge": "87", "battery__runtime": "1390", "input__voltage": "230.4"}
KEYS = {" ": "space", ".": "full_stop", "-": "minus", "/": "slash", "\r": "enter"}
NAMED = {key: char for char, key in KEYS.items()} | {"question_mark": "?"}
SETTINGS = {
    "battery.charge.low": Setting(0, (), ((10, 60),)),
    "ups.beeper.status": Setting(0, ("enabled", "disabled", ""), ()),
    "ups.id": Setting(8, (), ()),
}


class Clock:
    """Seconds that a test moves."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def ups(name: str = "rack", status: str = "OL", **values: str) -> Device:
    """A UPS with figures."""
    return device(name, status, host="nas", **{**FIGURES, **values})


def with_status(one: Device, status: str, **values: str) -> Device:
    """The same a moment later."""
    news = {key.replace("__", "."): text for key, text in values.items()}
    return replace(one, status=Status.parse(status), values={**one.values, **news, "ups.status": status}, since=1100.0)


class Screen:
    """A running app and its keys."""

    def __init__(self, app: Top) -> None:
        self.app = app

    async def press(self, *keys: str) -> None:
        """Press keys one after another, and wait for what each of them does."""
        for key in keys:
            await self.at_once(events.Key(key, key if len(key) == 1 else NAMED.get(key)))

    async def type(self, text: str) -> None:
        """Letters that come all at once, as over a slow link."""
        await self.at_once(*(events.Key(KEYS.get(char, char), char) for char in text))

    async def at_once(self, *keys: events.Key) -> None:
        for key in keys:
            self.app.post_message(key)
        await self.settle()

    async def settle(self, limit: float = 10) -> None:
        """Wait until nobody has a message waiting, several times over. Textual's own way waits for what is gone."""
        deadline = time.monotonic() + limit
        calm = 0
        while calm < 5 and time.monotonic() < deadline:
            await asyncio.sleep(0.002)
            if calm == 2:
                self.app.screen._on_timer_update()
            calm = 0 if self._busy() else calm + 1

    def _busy(self) -> bool:
        pumps = [self.app, *self.app.screen_stack, *self.app.screen.walk_children()]
        return any(pump._message_queue.qsize() + len(pump._next_callbacks) > 0 for pump in pumps)

    async def tell(self, *devices: Device, **servers: str) -> None:
        """News: devices, and servers with their trouble."""
        self.app.fleet.take({one.id: one for one in devices})
        self.app.fleet.take({name: Server(name, trouble, 1000.0, False) for name, trouble in servers.items()})
        await self.draw()

    async def draw(self) -> None:
        self.app.draw()
        await self.settle()

    @property
    def lines(self) -> list[str]:
        """What is seen."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def words(self) -> str:
        """The same, one blank between two words."""
        return " ".join(self.text.split())

    async def see(self, *texts: str, limit: float = 10) -> None:
        """Wait until all these texts are seen."""
        deadline = time.monotonic() + limit
        while not all(text in self.text for text in texts):
            assert time.monotonic() < deadline, f"{texts} not seen:\n{self.text}"
            await asyncio.sleep(0.02)
            await self.settle()


@contextlib.asynccontextmanager
async def top(
    *servers: str,
    size: tuple[int, int] = (80, 24),
    clock: Callable[[], float] | None = None,
    ascii_only: bool = False,
    options: list[tuple[str, str]] | None = None,
) -> AsyncIterator[Screen]:
    """The app; it watches what is named, and is alone without."""
    given = Given()
    given.authconf = "none"
    given.options += options or []
    hand = Hand(given, [Address.parse_server(server) for server in servers])
    fleet = Fleet(clock) if clock is not None else Fleet()
    watcher = Watcher(servers, _NoLog(), interval=0.1) if servers else None
    app = Top(fleet, hand, watcher, ascii_only=ascii_only)
    async with app.run_test(size=size):
        yield Screen(app)


class _NoLog:
    """Nothing is to be logged."""

    def error(self, text: str) -> None:
        raise AssertionError(text)

    warning = notice = info = error

    def debug(self, level: int, text: str) -> None:
        pass


class Tmux:
    """`wallnut top` in a terminal that tmux plays; what it shows is `text`."""

    def __init__(self, folder: Path, *argv: str, width: int, height: int, env: Mapping[str, str]) -> None:
        self._socket = folder / "tmux"
        line = shlex.join((program("wallnut"), "top", *argv)) + '; echo "status $?"; cat'
        self._call("-f", os.devnull, "new-session", "-d", "-x", str(width), "-y", str(height), line, env=env)

    def _call(self, *argv: str, env: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            [need("tmux", package="tmux"), "-S", str(self._socket), *argv],
            env={**os.environ, **(env or {})},
            capture_output=True,
            timeout=10,
            check=False,
            text=True,
        )
        return done.stdout

    def text(self, *options: str) -> str:
        return self._call("capture-pane", "-p", *options)

    def keys(self, *names: str) -> None:
        self._call("send-keys", *names)

    def type(self, text: str) -> None:
        self._call("send-keys", "-l", text)

    def resize(self, width: int, height: int) -> None:
        self._call("resize-window", "-x", str(width), "-y", str(height))

    def see(self, *texts: str, limit: float = 15) -> str:
        """Wait until all these texts are seen."""
        try:
            return self.until(lambda shown: all(text in shown for text in texts), limit, f"{texts}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text()}") from None

    def until(self, holds: Callable[[str], bool], limit: float, what: str) -> str:
        """Wait until something holds for what is shown; not too often, for each look is a program."""
        found = ""

        def look() -> bool:
            nonlocal found
            time.sleep(0.05)
            found = self.text()
            return holds(found)

        until(look, limit, what)
        return found

    def close(self) -> None:
        self._call("kill-server")


@contextlib.contextmanager
def tmux(
    folder: Path, *argv: str, width: int = 80, height: int = 24, env: Mapping[str, str] | None = None
) -> Iterator[Tmux]:
    """A terminal for as long as the block lasts."""
    need("tmux", package="tmux")
    plain = {"TERM": "xterm", "LANG": "C.UTF-8", "HOME": str(folder), "NUT_CONFPATH": str(folder)}
    terminal = Tmux(folder, *argv, width=width, height=height, env={**plain, "NUT_PIDPATH": str(folder), **(env or {})})
    try:
        yield terminal
    finally:
        terminal.close()
