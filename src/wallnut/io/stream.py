"""Byte streams on a loop: TCP, Unix sockets, TLS over either, and a pair within one process.

A stream hands received bytes to `on_data` and says once, through `on_close`, that it is over and why. What cannot be
sent at once waits in a buffer with a bound: a peer that does not read is cut off, it holds up nobody.
"""

from __future__ import annotations

import _socket
import os
from sys import intern

from wallnut.io.loop import READ, WRITE, Loop
from wallnut.model.errors import ConnectError, TlsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

CHUNK = 65536
UNSENT_LIMIT = 1 << 20
"""Bytes that may wait for a peer to read them."""
BACKLOG = 1024


def _nothing(_: object) -> None:
    """The callback of a stream whose owner has not said otherwise."""


class Stream:
    """One non-blocking connection. `peer` names the other end for people: an address, or a path.

    `on_data(bytes)`, `on_close(reason)` (reason "" when the peer just closed) and `on_drain()` (all is sent) are the
    owner's to set. `unsent` is the number of bytes that wait.
    """

    __slots__ = (
        "_fd",
        "_loop",
        "_out",
        "_reading",
        "_sock",
        "_tls",
        "closed",
        "limit",
        "on_close",
        "on_data",
        "on_drain",
        "peer",
    )

    def __init__(self, loop: Loop, sock: _socket.socket, peer: str, limit: int = UNSENT_LIMIT) -> None:
        sock.setblocking(False)
        self._loop, self._sock, self.peer, self.limit = loop, sock, peer, limit
        self._fd = sock.fileno()
        self._out = b""
        self._reading = True
        self._tls: Tls | None = None
        self.closed = False
        self.on_data: Callable[[bytes], object] = _nothing
        self.on_close: Callable[[str], object] = _nothing
        self.on_drain: Callable[[], object] | None = None
        loop.serve(self._fd, self)

    @property
    def unsent(self) -> int:
        """Bytes that wait for the peer to read."""
        return len(self._out)

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS session, once there is one."""
        return self._tls.session if self._tls else None

    def write(self, data: bytes, sealed: bool = False) -> int:
        """Send, or keep for later; how many bytes wait now. Past the limit the connection is closed.

        Nothing happens once it is closed. `sealed`: these are TLS records already.
        """
        if self.closed:
            return 0
        if self._tls is not None and not sealed:
            data = self._tls.encrypt(data)
        if self._out:
            return self._keep(data)
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            return self._keep(data)
        except OSError as error:
            self.close(error.strerror or "broken")
            return 0
        return 0 if sent == len(data) else self._keep(data[sent:])

    def _keep(self, data: bytes) -> int:
        if not self._out:
            self._loop.rewatch(self._fd, READ | WRITE if self._reading else WRITE)
        self._out += data
        if len(self._out) > self.limit:
            self.close("does not read what it is sent")
        return len(self._out)

    def start_tls(
        self,
        context: ssl.SSLContext,
        *,
        server_side: bool,
        name: str | None = None,
        check: Callable[[ssl.SSLObject], object] | None = None,
    ) -> None:
        """Go on in TLS. Call it between messages; the handshake goes its way, what is written meanwhile waits.

        `check` looks at the session before anything is said in it; it may raise TlsError.
        """
        self._tls = Tls(context, server_side=server_side, name=name, check=check)
        self._advance_tls(b"")

    def ready(self, events: int) -> None:
        """The loop's call."""
        if events != READ:
            if events & WRITE:
                self._flush()
            if self.closed or not events & ~WRITE:
                return
        try:
            data = self._sock.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            self.close(error.strerror or "broken")
            return
        if not data:
            self.close("")
        elif self._tls is None:
            self.on_data(data)
        else:
            self._advance_tls(data)

    def _advance_tls(self, data: bytes) -> None:
        assert self._tls is not None
        try:
            plain, answer, over = self._tls.receive(data)
        except TlsError as error:
            if alert := self._tls.alert():
                self.write(alert, sealed=True)
            self.close(str(error))
            return
        if answer:
            self.write(answer, sealed=True)
        if plain and not self.closed:
            self.on_data(plain)
        if over:
            self.close("")

    def _flush(self) -> None:
        try:
            self._out = self._out[self._sock.send(self._out) :]
        except BlockingIOError:
            return
        except OSError as error:
            self.close(error.strerror or "broken")
            return
        if not self._out:
            self._loop.rewatch(self._fd, READ if self._reading else 0)
            if self.on_drain:
                self.on_drain()

    def pause(self) -> None:
        """Take in nothing more until `resume`: what the peer sends waits in the system, and then holds it up."""
        if self._reading and not self.closed:
            self._reading = False
            self._loop.rewatch(self._fd, WRITE if self._out else 0)

    def resume(self) -> None:
        """Take in again."""
        if not self._reading and not self.closed:
            self._reading = True
            self._loop.rewatch(self._fd, READ | WRITE if self._out else READ)

    def close(self, reason: str = "") -> None:
        """End it, and say so to the owner; harmless when it is over."""
        if self.closed:
            return
        self.closed = True
        self._loop.forget(self._fd)
        if self._tls is not None and not self._out:
            self._end_tls()
        self._sock.close()
        self._out = b""
        on_close = self.on_close
        self.on_data = self.on_close = _nothing  # the owner, which holds us, is held no more: no work for gc
        self.on_drain = None
        on_close(reason)

    def _end_tls(self) -> None:
        assert self._tls is not None
        try:
            self._sock.send(self._tls.goodbye())
        except OSError:  # whoever is gone needs no goodbye
            pass


class Tls:
    """TLS as bytes in, bytes out: the records come and go over any stream.

    `ready` says that the handshake is done; `check(session)`, called at that moment, may refuse it with a TlsError.
    """

    __slots__ = ("_check", "_early", "_in", "_out", "ready", "session")

    def __init__(
        self,
        context: ssl.SSLContext,
        *,
        server_side: bool,
        name: str | None = None,
        check: Callable[[ssl.SSLObject], object] | None = None,
    ) -> None:
        import ssl

        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.session = context.wrap_bio(self._in, self._out, server_side=server_side, server_hostname=name)
        self._check = check
        self.ready = False
        """The handshake is done."""
        self._early: list[bytes] = []

    def encrypt(self, data: bytes) -> bytes:
        """Records for plain bytes; before the handshake is done they wait for it."""
        if not self.ready:
            self._early.append(data)
            return b""
        self.session.write(data)
        return self._out.read()

    def alert(self) -> bytes:
        """What is left to send after a failure."""
        return self._out.read()

    def goodbye(self) -> bytes:
        """The record that ends TLS, by which the peer knows that nothing was cut off."""
        import ssl

        try:
            self.session.unwrap()
        except ssl.SSLError:  # it waits for the peer's, which we do not; or TLS has never begun, or has failed
            pass
        return self._out.read()

    def receive(self, data: bytes) -> tuple[bytes, bytes, bool]:
        """(plain bytes, records to send, whether the peer ended TLS). Raises TlsError."""
        import ssl

        if data:
            self._in.write(data)
        plain: list[bytes] = []
        over = False
        try:
            if not self.ready:
                self.session.do_handshake()
                if self._check is not None:
                    self._check(self.session)
                self.ready = True
                for early in self._early:
                    self.session.write(early)
                self._early.clear()
            while piece := self.session.read(CHUNK):
                plain.append(piece)
            over = True
        except ssl.SSLWantReadError:
            pass
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            over = True
        except ssl.SSLCertVerificationError as error:
            raise TlsError(f"TLS: certificate verify failed: {error.verify_message}") from None
        except ssl.SSLError as error:
            raise TlsError(f"TLS: {error.reason or error}") from None
        return b"".join(plain), self._out.read(), over


def pair(loop: Loop, name: str) -> tuple[Stream, Stream]:
    """Two ends of a connection that never leaves this process."""
    ours, theirs = _socketpair()
    return Stream(loop, ours, name), Stream(loop, theirs, name)


def _socketpair() -> tuple[_socket.socket, _socket.socket]:
    one, other = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
    return one, other


class Listener:
    """A listening socket that hands each accepted connection, with its peer's address, to `on_accept(sock, peer)`.

    `where` is what it listens on: (host, port), or a path.
    """

    def __init__(
        self,
        loop: Loop,
        sock: _socket.socket,
        where: tuple[str, int] | str,
        on_accept: Callable[[_socket.socket, str], object],
    ) -> None:
        sock.setblocking(False)
        self._loop, self._sock, self._on_accept, self.where = loop, sock, on_accept, where
        loop.watch(sock.fileno(), self._ready)

    def _ready(self, events: int) -> None:
        # As many as others are served in this pass: newcomers wait no longer than they do, and where nothing else is
        # to do, it is not worth an error to learn that no second one waits.
        for _ in self._loop.found:
            try:
                fd, address = self._sock._accept()  # type: ignore[attr-defined]
            except OSError:  # none left; aborted; out of descriptors: the next pass tries again
                return
            accepted = _socket.socket(self._sock.family, _socket.SOCK_STREAM, self._sock.proto, fd)
            peer = address[0] if isinstance(address, tuple) else str(self.where)
            self._on_accept(accepted, intern(peer.removeprefix("::ffff:")))  # many may come from one address

    def close(self) -> None:
        """Listen no more; a Unix socket's file is removed."""
        self._loop.forget(self._sock.fileno())
        self._sock.close()
        if isinstance(self.where, str):
            try:
                os.unlink(self.where)
            except FileNotFoundError:
                pass


def resolve(host: str, port: int | str, family: int = 0) -> list[tuple[int, tuple[str, int]]]:
    """The TCP addresses of a host as (family, address); of "" those that listen everywhere. Raises ConnectError."""
    name = host.encode() if host.isascii() else host  # text would load the codec for international names, and `re`
    try:
        found = _socket.getaddrinfo(name or None, port, family, _socket.SOCK_STREAM, 0, _socket.AI_PASSIVE)
    except OSError as error:
        raise ConnectError(f"No such host: {host} ({error.strerror})") from None
    return [(entry[0], entry[4]) for entry in found]  # type: ignore[misc]


def listen_tcp(
    loop: Loop, family: int, address: tuple[str, int], on_accept: Callable[[_socket.socket, str], object]
) -> Listener:
    """Listen on one address (port 0: any free one); replies go out at once (TCP_NODELAY). Raises ConnectError."""
    sock = _socket.socket(family, _socket.SOCK_STREAM)
    try:
        sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        _find_dead_peers(sock)
        if family == _socket.AF_INET6:
            sock.setsockopt(_socket.IPPROTO_IPV6, _socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise ConnectError(f"not listening on {address[0]} port {address[1]}: {error.strerror}") from None
    return Listener(loop, sock, sock.getsockname()[:2], on_accept)


def _find_dead_peers(sock: _socket.socket) -> None:
    """Let the system notice peers that vanished without a word: after a minute of silence it asks, a minute long."""
    sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(_socket, name):
            sock.setsockopt(_socket.IPPROTO_TCP, getattr(_socket, name), value)


def listen_unix(
    loop: Loop, path: str, on_accept: Callable[[_socket.socket, str], object], mode: int = 0o660
) -> Listener:
    """Listen on a Unix socket, replacing one that a crash left behind. Raises ConnectError."""
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    old = os.umask(0o777 & ~mode)
    try:
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
        sock.bind(path)
        os.chmod(path, mode)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise ConnectError(f"Can't create socket {path}: {error.strerror or error}") from None
    finally:
        os.umask(old)
    return Listener(loop, sock, path, on_accept)


def connect_unix(loop: Loop, path: str, limit: int = UNSENT_LIMIT) -> Stream:
    """Connect to a Unix socket; it succeeds or fails at once. Raises ConnectError with the system's words."""
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        sock.connect(path)
    except OSError as error:
        sock.close()
        raise ConnectError(error.strerror or str(error)) from None
    return Stream(loop, sock, path, limit)
