"""wallnut events: a line for every change of state, as it happens."""

from __future__ import annotations

import signal
import time
from collections import deque

from wallnut.cli import people
from wallnut.cli.changes import FINE, SEVERE, Change, Look, changes
from wallnut.cli.common import Stop, out
from wallnut.cli.follow import follow
from wallnut.cli.paint import Paint
from wallnut.cli.upsmon_socket import UpsmonSocket, unreachable
from wallnut.io.loop import Loop
from wallnut.model.errors import ConnectError
from wallnut.proto.address import Address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from wallnut.cli.common import Given
    from wallnut.client import mirror as client
    from wallnut.client.mirror import Mirror

USAGE = f"""\
usage: wallnut events [UPS...] [options]    what changes, as it happens

Tells of status, alarms, stale data, drivers and servers that are lost and back,
until Ctrl-C. UPS is name[@host[:port]]; @host stands for all UPSes of a server.
Without any: those of this machine. Where upsmon runs here, what it notifies and
decides about these UPSes stands between.

  -m, --monitor       upsmon of this host alone: its last events, then more
  -n, --number N      with -m so many of the last (20)
  -j, --json          an object a line
{people.SERVER_OPTIONS}"""
TROUBLES = ("", "DRIVER-NOT-CONNECTED", "UNKNOWN-UPS")
"""What a mirror's copy may be troubled by while its server is connected."""
AGAIN = 5.0
"""Seconds after which upsmon is looked for again."""
WATCHED = ("ups.status", "ups.alarm")
"""The variables whose changes are told."""


def run(argv: list[str]) -> int:
    """Follow until Ctrl-C."""
    given = people.parse("events", argv, {"--json": "j", "--monitor": "m", "--number": "n:"}, USAGE)
    if given.has("m"):
        return _monitor(given)
    servers: dict[tuple[str, int], tuple[Address, list[str]]] = {}
    for word in given.words or ["@localhost"]:
        ups = people.server_of(word[1:]) if word.startswith("@") else people.ups_of(word)
        _, names = servers.setdefault((ups.host, ups.port), (ups, []))
        names.append(ups.ups)
    loop = _loop()
    write = _writer(given)
    mirrors = []
    try:
        Monitor(loop, write.monitor, given.words).find()
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


def _monitor(given: Given) -> int:
    """Follow upsmon alone until Ctrl-C or its end."""
    number = given.last("n", "20")
    if not number.isdecimal():
        raise Stop(2, "wallnut events: a whole number after -n\nTry: wallnut events --help\n")
    loop = _loop()
    monitor = Monitor(loop, _writer(given).monitor, given.words, int(number), on_end=loop.stop)
    try:
        monitor.attach()
        loop.run()
    except ConnectError as error:
        raise Stop(1, f"{unreachable(str(error))}\n") from None
    finally:
        loop.close()
    if monitor.ended:
        raise Stop(1, "upsmon has ended.\n")
    return 0


def _loop() -> Loop:
    """A loop that Ctrl-C ends."""
    loop = Loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.on_signal(number, loop.stop)
    return loop


def _writer(given: Given) -> Lines | JsonLines:
    return JsonLines(time.time) if given.has("j") else Lines(Paint.standard(), time.time)


class Monitor:
    """Passes on what upsmon of this host tells and decides about the wanted UPSes, and about the host.

    `words` are UPSes and servers as on the command line; none: all. `number` is how many of its last events are shown.
    """

    def __init__(
        self,
        loop: Loop,
        write: Callable[[dict[str, Any]], object],
        words: Sequence[str],
        number: int = 0,
        on_end: Callable[[], object] = bool,
    ) -> None:
        self._loop, self._write, self._words, self._on_end = loop, write, words, on_end
        self._last: deque[dict[str, Any]] = deque(maxlen=number)
        self._known = self.ended = False

    def find(self) -> None:
        """Connect as soon as upsmon is there, and whenever it is there again."""
        self._on_end = lambda: self._loop.call_later(AGAIN, self.find)
        try:
            self.attach()
        except ConnectError:
            self._on_end()

    def attach(self) -> None:
        """Connect. Raises ConnectError."""
        self._known = self.ended = False
        UpsmonSocket(self._loop, self._take, self._gone)

    def _gone(self) -> None:
        self.ended = True
        self._on_end()

    def _take(self, said: dict[str, Any]) -> None:
        kind = said.get("type")
        if kind == "state":
            self._known = True
            for event in self._last:
                self._write(event)
        elif kind in ("decision", "notification") and self._concerns(said["ups"]):
            if self._known:
                self._write(said)
            else:
                self._last.append(said)

    def _concerns(self, name: str) -> bool:
        return not name or not self._words or any(_is_about(word, name) for word in self._words)


def _is_about(word: str, name: str) -> bool:
    """Whether a word of the command line, `ups[@host]` or `@host`, means a UPS of a MONITOR line."""
    wanted, _, place = word.partition("@")
    ups, _, host = name.partition("@")
    hosts = [one.rpartition(":")[0] or one for one in (place or "localhost", host)]
    return wanted in ("", ups) and (place == host or all(one in people.LOCAL for one in hosts))


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

    def monitor(self, event: Mapping[str, Any]) -> None:
        """An event of upsmon's."""
        from wallnut.notify.event import severity

        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event["time"]))
        if event["type"] == "notification":
            text = f"upsmon tells {event['kind']}: {self._paint.severity(severity(event['kind']), event['text'])}"
        else:
            text = f"upsmon decides: {event['text']}"
        self._write(f"{self._paint.dim(clock)}  {text}\n")


class JsonLines:
    """Changes as one JSON object a line."""

    def __init__(self, now: Callable[[], float], write: Callable[[str], object] = out) -> None:
        self._now, self._write = now, write

    def __call__(self, server: Address, ups: str, change: Change) -> None:
        found = {
            "time": _utc(self._now()),
            "server": f"{server.host}:{server.port}",
            "ups": ups,
            "event": change.event,
            "text": change.text,
            **change.more,
        }
        self._say(found)

    def monitor(self, event: Mapping[str, Any]) -> None:
        """An event of upsmon's: `event` is its type, `kind` that of a notification, and what was known."""
        more = {key: value for key, value in event.items() if key not in ("type", "time")}
        self._say({"time": _utc(event["time"]), "event": event["type"], **more})

    def _say(self, found: Mapping[str, Any]) -> None:
        from json import dumps

        self._write(dumps(found, ensure_ascii=False) + "\n")


def _utc(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
