"""NUT servers that announce themselves on the network: mDNS, `_nut._tcp` (RFC 6763), as Avahi does it for upsd."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallnut.model.errors import ConfigError
from wallnut.proto.address import Address

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf

    from wallnut.io.log import Logger

SERVICE = "_nut._tcp.local."
MOST = 256
"""Servers that are kept; whoever can send on the network can announce any number."""
PATIENCE = 3000
"""Milliseconds for an announcement's particulars."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A server: what it calls itself, and where it is."""

    name: str
    host: str
    port: int
    addresses: tuple[str, ...]

    @property
    def server(self) -> str:
        """`host[:port]`, as a setting has it."""
        return str(Address("", self.host, self.port))


class Browser:
    """Listens for announcements between `start` and `stop`, in threads of its own; `found` has those that are none of
    the servers in `watched`. `changed` is called in such a thread. Raises ConfigError without zeroconf."""

    def __init__(
        self,
        watched: Sequence[str],
        log: Logger,
        changed: Callable[[], object] = lambda: None,
        *,
        interfaces: Sequence[str] = (),
    ) -> None:
        try:
            import zeroconf
        except ModuleNotFoundError:
            raise ConfigError("discover needs zeroconf: pip install 'wallnut[mdns]'") from None
        self._library, self._log = zeroconf, log
        self._watched = [Address.parse_server(text) for text in watched]
        self._interfaces = list(interfaces)
        self._lock = threading.Lock()
        self._found: dict[str, Announcement] = {}
        self._zeroconf: Zeroconf | None = None
        self.changed = changed

    @property
    def found(self) -> tuple[Announcement, ...]:
        """The servers that are announced and not watched, by name."""
        with self._lock:
            return tuple(sorted(self._found.values(), key=lambda one: one.name))

    def start(self) -> None:
        """Begin to listen, where the network lets us."""
        try:
            if self._interfaces:
                self._zeroconf = self._library.Zeroconf(interfaces=self._interfaces)
            else:
                self._zeroconf = self._library.Zeroconf()
        except OSError as error:
            self._log.warning(f"discover: cannot listen for announcements: {error.strerror or error}")
            return
        self._library.ServiceBrowser(self._zeroconf, SERVICE, handlers=[self._heard])

    def stop(self) -> None:
        """Listen no more."""
        if self._zeroconf is not None:
            self._zeroconf.close()
            self._zeroconf = None

    def _heard(self, zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if state_change is self._library.ServiceStateChange.Removed:
            announcement = None
        else:
            announcement = self._ask(zeroconf, service_type, name)
        with self._lock:
            before = self._found.get(name)
            self._found.pop(name, None)
            if announcement is not None and len(self._found) < MOST:
                self._found[name] = announcement
        if announcement != before:
            self.changed()

    def _ask(self, zeroconf: Zeroconf, service_type: str, name: str) -> Announcement | None:
        """An announcement's particulars; None where there are none, or the server is watched."""
        info = zeroconf.get_service_info(service_type, name, PATIENCE)
        if info is None or not info.port or not info.server:
            return None
        addresses = tuple(sorted(info.parsed_addresses()))
        host = info.server.rstrip(".")
        called = name.removesuffix(f".{service_type}")
        if any(_is(one, host, info.port, addresses) for one in self._watched):
            return None
        return Announcement(called[:200], host[:200], info.port, addresses[:8])


def _is(watched: Address, host: str, port: int, addresses: Sequence[str]) -> bool:
    """Whether a watched server is the one that is announced."""
    if watched.port != port:
        return False
    own = socket.gethostname().partition(".")[0].lower()
    names = {host.lower(), host.lower().removesuffix(".local")}
    if watched.host.lower() in names:
        return True
    try:
        known = {str(one[4][0]).partition("%")[0] for one in socket.getaddrinfo(watched.host, port)}
    except OSError:
        return False
    return bool(known & set(addresses)) or (own in names and bool(known & {"127.0.0.1", "::1"}))
