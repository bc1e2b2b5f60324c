"""A blocking connection for one-shot tools and scripts: TCP, TLS (loaded only when asked for), Unix sockets.

Deadlines are absolute, in `time.monotonic` seconds, and hold for the whole of what is being done. The system's errors
become LinkErrors whose texts are those of NUT's tools.
"""

from __future__ import annotations

import _socket
import sys
from errno import ETIMEDOUT
from time import monotonic

from wallnut.model.errors import ConnectError, LinkLost, LinkTimeout, TlsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from wallnut.io.stream import Tls

CHUNK = 65536
# Linux: acknowledge at once. Needed before every receive, the system forgets it.
QUICKACK: int = getattr(_socket, "TCP_QUICKACK", 0)
# The kernel can keep a socket's time limit itself, which halves the system calls; its struct timeval holds two longs.
KERNEL_LIMITS = sys.platform == "linux" and sys.maxsize > 1 << 32


class Connection:
    """One connection to a `host`, as it was named. After a LinkError it is of no more use: close it.

    `armed` is the socket's present time limit in seconds.
    """

    __slots__ = ("_armed", "_sock", "_tls", "host")

    def __init__(self, sock: _socket.socket, host: str, armed: float) -> None:
        self._sock, self.host, self._armed = sock, host, armed
        self._tls: Tls | None = None
        if KERNEL_LIMITS:
            sock.settimeout(None)
            self._limit(armed)

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS session, once there is one."""
        return self._tls.session if self._tls else None

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of it. Raises LinkTimeout, LinkLost."""
        self._send(data if self._tls is None else self._tls.encrypt(data), deadline)

    def receive(self, deadline: float, more: bool = False) -> bytes:
        """Some bytes, at least one. `more` says that they continue an answer. Raises LinkTimeout, LinkLost, TlsError.

        C upsd writes an answer line by line, and its system holds a line back until we have acknowledged the one
        before; an acknowledgement that waits for company (44 ms) would so stall every list.
        """
        if more and QUICKACK:
            try:
                self._sock.setsockopt(_socket.IPPROTO_TCP, QUICKACK, 1)
            except OSError:
                pass  # not TCP, or just broken: receiving will tell
        while True:
            data = self._receive(deadline)
            if self._tls is None:
                return data
            plain, answer, over = self._tls.receive(data)
            if answer:
                self._send(answer, deadline)
            if plain:
                return plain
            if over:
                raise LinkLost("Server disconnected")

    def start_tls(
        self,
        context: ssl.SSLContext,
        name: str | None,
        deadline: float,
        check: Callable[[ssl.SSLObject], object] | None = None,
    ) -> None:
        """Go on in TLS; `name` is what the server's certificate must be for, `check` looks at the session before
        anything is said in it. Raises TlsError, LinkTimeout, LinkLost."""
        from wallnut.io.stream import Tls

        tls = Tls(context, server_side=False, name=name, check=check)
        data = b""
        while not tls.ready:
            try:
                _, answer, over = tls.receive(data)
            except TlsError:
                if alert := tls.alert():
                    self._send(alert, deadline)
                raise
            if answer:
                self._send(answer, deadline)
            if over:
                raise LinkLost("Server disconnected")
            if not tls.ready:
                data = self._receive(deadline)
        self._tls = tls

    def close(self) -> None:
        """End it; harmless when it is over."""
        self._sock.close()

    def _send(self, data: bytes, deadline: float) -> None:
        self._arm(deadline)
        try:
            self._sock.sendall(data)
        except (TimeoutError, BlockingIOError):
            raise LinkTimeout("Write error: Connection timed out") from None
        except OSError as error:
            raise LinkLost(f"Write error: {error.strerror}", error.errno or 0) from None

    def _receive(self, deadline: float) -> bytes:
        self._arm(deadline)
        while True:
            try:
                data = self._sock.recv(CHUNK)
            except (TimeoutError, BlockingIOError):
                self._arm(deadline)
                continue
            except OSError as error:
                raise LinkLost(f"Read error: {error.strerror}", error.errno or 0) from None
            if not data:
                raise LinkLost("Server disconnected")
            return data

    def _arm(self, deadline: float) -> None:
        """Set the socket's own time limit, unless it is about right."""
        left = deadline - monotonic()
        if left <= 0:
            raise LinkTimeout("Read error: Connection timed out")
        if not -0.05 * left < self._armed - left < 0.05 * left:
            self._limit(left)
            self._armed = left

    def _limit(self, seconds: float) -> None:
        if KERNEL_LIMITS:
            micros = max(int(seconds * 1_000_000), 1)  # 0 would be no limit
            timeval = b"".join(part.to_bytes(8, sys.byteorder) for part in divmod(micros, 1_000_000))
            self._sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_RCVTIMEO, timeval)
            self._sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_SNDTIMEO, timeval)
        else:
            self._sock.settimeout(seconds)


def connect(host: str, port: int, deadline: float, family: int = 0) -> Connection:
    """Connect to the first of a host's addresses that answers. Raises ConnectError, LinkTimeout."""
    trouble, number = "no address", 0
    for kind, address in addresses(host, port, family):
        left = deadline - monotonic()
        if left <= 0:
            trouble, number = "Connection timed out", ETIMEDOUT
            break
        sock = _socket.socket(kind, _socket.SOCK_STREAM)
        try:
            sock.settimeout(left)
            sock.connect(address)
            sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        except TimeoutError:
            trouble, number = "Connection timed out", ETIMEDOUT
        except OSError as error:
            trouble, number = error.strerror or str(error), error.errno or 0
        else:
            return Connection(sock, host, left)
        sock.close()
    raise ConnectError(f"Connection failure: {trouble}", number)


def connect_unix(path: str, deadline: float) -> Connection:
    """Connect to a Unix socket. Raises ConnectError."""
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    left = max(deadline - monotonic(), 0.001)
    try:
        sock.settimeout(left)
        sock.connect(path)
    except OSError as error:  # a path that is too long has no strerror
        sock.close()
        raise ConnectError(f"Connection failure: {error.strerror or error}", error.errno or 0) from None
    return Connection(sock, path, left)


def addresses(host: str, port: int, family: int = 0) -> list[tuple[int, tuple[str, int]]]:
    """The TCP addresses of a host as (family, address), best first. Raises ConnectError."""
    try:
        # as bytes: text would load the codec for international names
        name = host.encode("ascii") if host.isascii() else host
        found = _socket.getaddrinfo(name, port, family, _socket.SOCK_STREAM)
    except OSError as error:
        raise ConnectError("No such host", error.errno or 0) from None
    except UnicodeError:  # a name that cannot be one
        raise ConnectError("No such host") from None
    return [(entry[0], entry[4]) for entry in found]  # type: ignore[misc]
