"""The thread that watches NUT servers: mirrors on a loop of its own, and what they say as values for another thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from wallnut.client.mirror import NOT_YET, Change, Mirror
from wallnut.io.loop import Loop
from wallnut.model.state import DataOk, DataStale, DumpDone, SetInfo, UpsState
from wallnut.model.status import Status
from wallnut.proto.address import Address
from wallnut.web.snapshot import NO_DESCRIPTION, Device, Server, Setting

if TYPE_CHECKING:
    from wallnut.client.tls import Mode, Tls
    from wallnut.io.log import Logger

POLL = 2.0
"""Seconds between two questions to a server that does not push."""
VALUES_ONLY = (SetInfo, DataOk, DataStale, DumpDone)
"""Messages that change nothing about what can be set or commanded."""

News = dict[str, Device | Server | None]
"""The newest of each device and server by its id; None: it is gone."""


class Watcher:
    """Watches servers from `start` to `stop`; the newest news wait in `take` for whoever `wake` wakes.

    `servers` are `host[:port]` (all UPSes) or `ups@host[:port]`. `wake` is called in this thread, at most once between
    two calls of `take`, so that what waits is bounded by the number of devices. `died` is called when the thread ends
    by a bug. Raises AddressError.
    """

    def __init__(
        self,
        servers: Sequence[str],
        log: Logger,
        *,
        tls: Callable[[Address], Tls | Mode] = lambda _: "try",
        interval: float = POLL,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._log, self._clock, self.tls = log, clock, tls
        self._loop = Loop()
        self._lock = threading.Lock()
        self._news: News = {}
        self._known: dict[str, Device] = {}
        self._servers: dict[str, Server] = {}
        self._wake: Callable[[], object] = lambda: None
        self._died: Callable[[], object] = lambda: None
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)
        self._mirrors: dict[str, Mirror] = {}
        self._named: set[str] = set()
        for where, names in _by_server(servers).items():
            mirror = Mirror(
                self._loop, where.host, where.port, ups=names, tls=tls(where), interval=interval, on_change=self._told
            )
            self._mirrors[mirror.server] = mirror
            self._named.update(str(Address(name, where.host, where.port)) for name in names)

    @property
    def servers(self) -> tuple[str, ...]:
        """The servers, as `host[:port]`."""
        return tuple(self._mirrors)

    def start(self, wake: Callable[[], object], died: Callable[[], object]) -> None:
        """Begin to watch."""
        self._wake, self._died = wake, died
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5.0)

    def take(self) -> News:
        """The news since the last time."""
        with self._lock:
            news, self._news = self._news, {}
        return news

    def _run(self) -> None:
        try:
            for mirror in self._mirrors.values():
                self._tell_of(mirror, mirror.trouble, self._clock())
                mirror.start()
            self._loop.run()
            for mirror in self._mirrors.values():
                mirror.stop()
            self._loop.close()
        except Exception as error:  # noqa: BLE001 - the thread's end: pages would show old data as new for ever
            self._log.error(f"the thread that watches the servers ended: {error!r}")
            self._died()

    def _tell(self, key: str, what: Device | Server | None) -> None:
        with self._lock:
            wake = not self._news
            self._news[key] = what
        if wake:
            self._wake()

    def _tell_of(self, mirror: Mirror, trouble: str, since: float) -> None:
        server = self._servers[mirror.server] = Server(mirror.server, trouble, since, bool(mirror.pushed))
        self._tell(mirror.server, server)

    def _told(self, change: Change) -> None:
        mirror = self._mirrors[change.server]
        if not change.ups:
            self._tell_of(mirror, change.trouble, self._clock())
            return
        known = self._servers.get(change.server)
        if known is not None and known.pushed != bool(mirror.pushed):  # it was asked for after the connection stood
            self._tell_of(mirror, known.trouble, known.since)
        copy = mirror.copies.get(change.ups.lower())
        address = Address(change.ups, mirror.host, mirror.port)
        key = str(address)
        gone = copy is None or (change.trouble == "UNKNOWN-UPS" and key not in self._named)
        if gone or copy is None:
            self._known.pop(key, None)
            self._tell(key, None)
            return
        if copy.fresh is not None and not change.trouble:
            return  # a snapshot is under way
        device = self._device(address, copy.description, change, self._known.get(key))
        self._known[key] = device
        self._tell(key, device)

    def _device(self, address: Address, description: str, change: Change, old: Device | None) -> Device:
        now, state = self._clock(), change.state
        code, reason = _trouble(change)
        status = Status.parse(state.value("ups.status"))
        values = {variable.name: variable.value for variable in state.in_order()}
        same = old is not None and bool(old.settings or old.commands)
        if old is not None and same and all(isinstance(message, VALUES_ONLY) for message in change.messages):
            settings, commands = old.settings, old.commands
        else:
            settings, commands = _settings(state), tuple(state.commands_in_order())
        since, exact, lost_at, heard_at = now, False, 0.0, now
        if old is not None:
            if old.status == status:
                since, exact = old.since, old.exact
            else:
                exact = old.fresh and bool(old.status.words)
            if code:
                lost_at = old.lost_at if old.code else now
                heard_at = old.heard_at if old.code else now
        elif code:
            lost_at, heard_at = now, 0.0
        return Device(
            address,
            "" if description in NO_DESCRIPTION else description,
            values,
            settings,
            commands,
            code,
            reason,
            since,
            exact,
            lost_at,
            heard_at,
            status,
        )


def _by_server(servers: Sequence[str]) -> dict[Address, list[str]]:
    """The servers with the UPSes that are named of each; none: all. Raises AddressError."""
    found: dict[str, tuple[Address, list[str]]] = {}
    everything = set()
    for text in servers:
        address = Address.parse(text) if "@" in text else Address.parse_server(text)
        where = Address("", address.host, address.port)
        names = found.setdefault(str(where), (where, []))[1]
        if address.ups:
            names.append(address.ups)
        else:
            everything.add(str(where))
    return {where: [] if key in everything else names for key, (where, names) in found.items()}


def _settings(state: UpsState) -> dict[str, Setting]:
    return {
        variable.name: Setting(variable.length, variable.enum, variable.ranges)
        for variable in state.in_order()
        if variable.writable
    }


def _trouble(change: Change) -> tuple[str, str]:
    """The trouble of a device (snapshot.TROUBLES), and what the system said of it."""
    trouble = change.trouble
    if trouble in ("DRIVER-NOT-CONNECTED", "UNKNOWN-UPS"):
        return trouble, ""
    if trouble == NOT_YET:
        return "WAITING", ""
    if trouble:
        return "UNREACHABLE", trouble.rstrip(".")
    return ("DATA-STALE", "") if change.state.stale else ("", "")
