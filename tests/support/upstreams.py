"""Drivers for others to sit on: ours, in this process, each on a socket of its own."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from tests.support.hosts import Hosted, Peer, section
from wallnut.drivers.dummy import Dummy
from wallnut.io.stream import Listener, listen_unix


class Upstreams:
    """dummy-ups drivers on the loop of the first one; those of a name have the socket `dummy-ups-<name>`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._listeners: dict[str, Listener] = {}
        self._peers: dict[str, Peer] = {}
        self._all: dict[str, Hosted] = {}
        monkeypatch.setenv("NUT_STATEPATH", str(folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in list(self._all):
            self.close(name)
        self._stack.close()

    def add(self, name: str, *lines: str) -> None:
        """Start one that shows these `variable: value` lines."""
        path = self._folder / f"{name}.dev"
        path.write_text("".join(f"{line}\n" for line in lines))
        first = next(iter(self._all.values()), None)
        made = self._stack.enter_context(Hosted(Dummy, section(port=str(path)), beside=first))
        self._all[name] = made.start()
        self._peers[name] = made.peer()
        self.listen(name)

    def listen(self, name: str) -> None:
        """Open its socket."""
        made = self._all[name]
        self._listeners[name] = listen_unix(made.loop, str(self._folder / f"dummy-ups-{name}"), made.host.accept)

    def close(self, name: str) -> None:
        """Close its socket and all connections, as its end would."""
        listener = self._listeners.pop(name, None)
        if listener is not None:
            listener.close()
            made = self._all[name]
            made.host._sessions.close()
            self._peers[name] = made.peer()

    def say(self, name: str, *lines: str) -> list[str]:
        """Say lines of the driver socket to one; what it answers."""
        return self._all[name].say(self._peers[name], *lines)

    def value(self, name: str, variable: str) -> str:
        """A variable of one."""
        return self._all[name].host.state.value(variable)

    def lose_device(self, name: str) -> None:
        """Take its device away: it goes on trying, and says DATASTALE meanwhile (once time passes)."""
        (self._folder / f"{name}.dev").unlink()

    @property
    def first(self) -> Hosted:
        """The one whose loop and clock count."""
        return next(iter(self._all.values()))
