"""wallnut events: a line for every change of state, as it happens."""

from __future__ import annotations

import signal
import time

from wallnut.cli import people
from wallnut.cli.changes import FINE, SEVERE, Change, Look, changes
from wallnut.cli.common import out
from wallnut.cli.follow import follow
from wallnut.cli.paint import Paint
from wallnut.io.loop import Loop
from wallnut.proto.address import Address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.client import mirror as client
    from wallnut.client.mirror import Mirror

USAGE = f"""\
usage: wallnut events [UPS...] [options]    what changes, as it happens

Tells of status, alarms, stale data, drivers and servers that are lost and back,
until Ctrl-C. UPS is name[@host[:port]]; @host stands for all UPSes of a server.
Without any: those of this machine.

  -j, --json          an object a line
{people.SERVER_OPTIONS}"""
TROUBLES = ("", "DRIVER-NOT-CONNECTED", "UNKNOWN-UPS")
"""What a mirror's copy may be troubled by while its server is connected."""
WATCHED = ("ups.status", "ups.alarm")
"""The variables whose changes are told."""


def run(argv: list[str]) -> int:
    """Follow until Ctrl-C."""
    given = people.parse("events", argv, {"--json": "j"}, USAGE)
    servers: dict[tuple[str, int], tuple[Address, list[str]]] = {}
    for word in given.words or ["@localhost"]:
        ups = people.server_of(word[1:]) if word.startswith("@") else people.ups_of(word)
        _, names = servers.setdefault((ups.host, ups.port), (ups, []))
        names.append(ups.ups)
    loop = Loop()
    write = JsonLines(time.time) if given.has("j") else Lines(Paint.standard(), time.time)
    mirrors = []
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.on_signal(number, loop.stop)
    try:
        for server, names in servers.values():
            reporter = Reporter(server, write)
            # "" stands for all: then no name narrows it
            reporter.mirror = follow(loop, given, server, reporter.told, names if all(names) else [], WATCHED)
            mirrors.append(reporter.mirror)
        loop.run()
    finally:
        for mirror in mirrors:
            mirror.stop()
        loop.close()
    return 0


class Reporter:
    """Finds what is worth a line in what one server's mirror tells; `write(server, ups, change)` gets it.

    `mirror` is to be set before its loop runs.
    """

    def __init__(self, server: Address, write: Callable[[Address, str, Change], object]) -> None:
        self._server, self._write = server, write
        self.mirror: Mirror | None = None
        self._looks: dict[str, Look] = {}
        self._lost = False

    def told(self, change: client.Change) -> None:
        """Take in what the mirror tells."""
        if not change.ups:
            self._server_told(change.trouble)
            return
        assert self.mirror is not None
        copy = self.mirror.copies.get(change.ups.lower())
        if change.trouble not in TROUBLES:
            return  # the server is lost
        telling = copy is not None and copy.fresh is not None  # a snapshot is under way
        if not change.trouble and (telling or (not change.state.complete and not change.state.stale)):
            return
        state = change.state
        look = Look(
            state.value("ups.status"),
            state.value("ups.alarm"),
            there=change.trouble != "UNKNOWN-UPS",
            driver=change.trouble != "DRIVER-NOT-CONNECTED",
            stale=state.stale,
        )
        before = self._looks.get(change.ups)
        if look.stale and before is not None and look.there and look.driver:
            look.status, look.alarm = before.status, before.alarm
        self._looks[change.ups] = look
        for one in changes(before, look):
            self._write(self._server, change.ups, one)

    def _server_told(self, trouble: str) -> None:
        if trouble and not self._lost:
            self._write(self._server, "", Change("server-lost", people.lost(trouble, self._server), SEVERE))
        elif not trouble and self._lost:
            self._write(self._server, "", Change("server-back", "The server is back", FINE))
        self._lost = bool(trouble)


class Lines:
    """Changes as lines for people."""

    def __init__(self, paint: Paint, now: Callable[[], float], write: Callable[[str], object] = out) -> None:
        self._paint, self._now, self._write = paint, now, write

    def __call__(self, server: Address, ups: str, change: Change) -> None:
        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self._now()))
        text = self._paint.severity(change.severity, change.text)
        name = ups if server.host == "localhost" else str(Address(ups, server.host, server.port))
        name = f"{name}  " if ups else ""
        self._write(f"{self._paint.dim(clock)}  {name}{text}\n")


class JsonLines:
    """Changes as one JSON object a line."""

    def __init__(self, now: Callable[[], float], write: Callable[[str], object] = out) -> None:
        self._now, self._write = now, write

    def __call__(self, server: Address, ups: str, change: Change) -> None:
        from json import dumps

        found = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._now())),
            "server": f"{server.host}:{server.port}",
            "ups": ups,
            "event": change.event,
            "text": change.text,
            **change.more,
        }
        self._write(dumps(found, ensure_ascii=False) + "\n")
