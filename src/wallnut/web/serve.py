"""The web server around the application: sockets, TLS, bounds, and a clean end."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Sequence
from typing import TYPE_CHECKING

import uvicorn

from wallnut.model.errors import ConfigError
from wallnut.proto.address import Address, AddressError
from wallnut.web import pages
from wallnut.web.about import About
from wallnut.web.access.access import Access
from wallnut.web.actions import Actions, accounts_of
from wallnut.web.app import build
from wallnut.web.context import Console
from wallnut.web.drawing import Drawing
from wallnut.web.feeds import Feeds
from wallnut.web.fleet import Fleet
from wallnut.web.guard import HEAD_LIMIT, PATIENCE, Guarded, is_loopback
from wallnut.web.past import Past
from wallnut.web.plan import Plan
from wallnut.web.watcher import Watcher

if TYPE_CHECKING:
    from wallnut.config.wallnut_toml import History, Web
    from wallnut.io.log import Logger
    from wallnut.scan.mdns import Browser

BACKLOG = 128
NOTHING = About()


def listeners(where: Sequence[str], refusal: str = "nobody can sign in yet") -> list[socket.socket]:
    """Open the sockets of `host:port`. Raises ConfigError, also for what is not of this machine's loopback where a
    `refusal` says why nobody else may come."""
    found: list[socket.socket] = []
    try:
        found.extend(_listener(text, refusal) for text in where)
    except ConfigError:
        for sock in found:
            sock.close()
        raise
    return found


def _listener(text: str, refusal: str) -> socket.socket:
    try:
        address = Address.parse_server(text)
    except AddressError as error:
        raise ConfigError(f"listen: {error}; write host:port") from None
    if refusal and not is_loopback(address.host):
        raise ConfigError(
            f"listen: {text} is not of this machine's loopback, and {refusal}: nobody else may look."
            " Write 127.0.0.1:PORT, or make a user first: wallnut user add NAME --role administer"
        )
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio looks for TCP to send at once
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address.host, address.port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise ConfigError(f"listen: cannot serve on {text}: {error.strerror}") from None
    return sock


def certificate(settings: Web) -> ssl.SSLContext | None:
    """What TLS needs; None where it is not wanted. Raises ConfigError."""
    if not settings.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    load(context, settings)
    return context


def load(context: ssl.SSLContext, settings: Web) -> None:
    """Take the certificate's files, perhaps again. Raises ConfigError."""
    path = settings.certificate
    try:
        with open(path, "rb"), open(path := settings.key or path, "rb"):
            pass
        context.load_cert_chain(settings.certificate, settings.key or None, password=lambda: "")
    except OSError as error:  # ssl's errors are such, too
        reason = "holds no certificate with its key" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConfigError(f"[web] certificate: {path}: {reason}") from None


def url(sock: socket.socket, prefix: str = "", *, tls: bool = False) -> str:
    """Where a browser finds us."""
    host, port = sock.getsockname()[:2]
    return f"http{'s' if tls else ''}://{f'[{host}]' if ':' in host else host}:{port}{prefix}/"


class Faults(logging.Handler):
    """Says what the web server calls an error, which is a bug, in one line of our log."""

    def __init__(self, log: Logger) -> None:
        super().__init__(logging.ERROR)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        cause = record.exc_info[1] if record.exc_info else None
        self._log.error(f"{record.getMessage().strip().splitlines()[0]}{f' {cause!r}' if cause else ''}")


class Server(uvicorn.Server):
    """uvicorn's, which ends its streams before it waits for them. `failed`: it ended by itself."""

    def __init__(
        self, config: uvicorn.Config, fleet: Fleet, settings: Web, log: Logger, tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(config)
        self._fleet, self._settings, self._log, self._tls = fleet, settings, log, tls
        self.failed = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve on sockets that are open."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            self.fail()
            return
        loop, config = asyncio.get_running_loop(), self.config

        def connection() -> asyncio.Protocol:
            made: asyncio.Protocol = config.http_protocol_class(  # type: ignore[call-arg]
                config=config, server_state=self.server_state, app_state=self.lifespan.state
            )
            return made

        tls, patience = self._tls, PATIENCE if self._tls else None
        self.servers = [
            await loop.create_server(connection, sock=sock, ssl=tls, backlog=BACKLOG, ssl_handshake_timeout=patience)
            for sock in sockets or ()
        ]
        self.started = True

    def reload(self) -> None:
        """Read the certificate again; with one that cannot be used, the one there is goes on to count."""
        if self._tls is None:
            return
        try:
            certificate(self._settings)
            load(self._tls, self._settings)
            self._log.notice("the certificate was read again")
        except ConfigError as error:
            self._log.error(f"{error}; the one before goes on")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End it."""
        self._fleet.close()
        await super().shutdown(sockets)

    def end(self) -> None:
        """End it, from any thread."""
        self.should_exit = True

    def fail(self) -> None:
        """End it: what it shows would be old."""
        self.failed = self.should_exit = True


def server(
    watcher: Watcher,
    log: Logger,
    settings: Web,
    *,
    prefix: str = "",
    history: str = "",
    recording: History | None = None,
    plan: Plan | None = None,
    browser: Browser | None = None,
    about: About = NOTHING,
    access: Access | None = None,
    tls: ssl.SSLContext | None = None,
) -> Server:
    """A server of the console, for `run(sockets=...)`. What clients send is never logged. `history` is the history's
    address, "" for none, and `recording` what [history] says. Raises ConfigError."""
    logger = logging.getLogger("uvicorn")
    logger.setLevel(logging.ERROR)
    logger.handlers, logger.propagate = [Faults(log)], False
    fleet = Fleet(max(settings.connections * 11 // 12, 1))
    protocol = type("Connection", (Guarded,), {"most": settings.connections})
    plan = plan or Plan()
    feeds = Feeds(settings.feeds)
    drawing = Drawing(prefix, pages.NAV, plan.forecast, lambda device: feeds.around(device, fleet.devices))
    parts = Console(fleet, drawing, prefix, settings, Past(history))
    parts.plan, parts.browser, parts.about = plan, browser, about
    parts.recording = recording or parts.recording
    parts.access = access or Access(settings, log, prefix=prefix)
    parts.actions = Actions(watcher.tls, accounts_of(parts.store), parts.access.audit.note)

    def died() -> None:
        found.fail()

    config = uvicorn.Config(
        build(watcher, parts, died=died),
        http=protocol,
        ws="websockets-sansio",
        ws_max_size=4096,
        ws_per_message_deflate=False,
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        h11_max_incomplete_event_size=HEAD_LIMIT,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
    )
    found = Server(config, fleet, settings, log, tls)
    return found
