"""A driver as a program, C's or ours, and what is said on its socket."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tests.support.driver_socket import LIMIT, DriverSocket
from tests.support.peers import need
from tests.support.procs import running
from tests.support.programs import Place

Flags = Mapping[str, str | None]


@contextmanager
def driver(name: str, which: str, where: Place, settings: Flags, env: Flags | None = None) -> Iterator[DriverSocket]:
    """The socket of a driver, C's or "ours", that runs with these settings (None for a flag), its first data there."""
    lines = [key if value is None else f"{key} = {value}" for key, value in settings.items()]
    where.write("ups.conf", f"[u]\n  driver = {which}\n" + "".join(f"  {line}\n" for line in lines))
    argv = [need(which, "nut-server")] if name == "C" else [sys.executable, "-m", "wallnut.cli.driver", which]
    path = where.socket(which, "u")
    both = {**where.env, **{key: value for key, value in (env or {}).items() if value is not None}}
    line = (*argv, "-F", "-u", "root", "-a", "u")
    with running(*line, ready=lambda _: path.exists(), limit=LIMIT, env=both), DriverSocket(path) as link:
        link.until(lambda: link.value("ups.status"), f"{name}'s first data")
        yield link


def commands(link: DriverSocket) -> set[str]:
    """All instant commands but those that every driver has."""
    return {name for name in link.state.commands if not name.startswith(("driver.", "shutdown.default"))}


def settable(link: DriverSocket) -> dict[str, object]:
    """What can be set, and how."""
    return {
        name: (variable.flags(), variable.length, variable.enum, variable.ranges)
        for name, variable in link.state.variables.items()
        if variable.writable and not name.startswith("driver.")
    }
