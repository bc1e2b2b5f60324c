"""systemd's journal, told natively: an entry with fields is one datagram (systemd.io/JOURNAL_NATIVE_PROTOCOL).

Nothing here waits: what the journal does not take at once is the caller's to say elsewhere.
"""

from __future__ import annotations

import _socket
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

SOCKET = "/run/systemd/journal/socket"
DAEMON = "3"
"""syslog's facility of daemons."""


class Journal:
    """Entries of one program. `path` is where the journal listens."""

    def __init__(self, program: str, path: str = SOCKET) -> None:
        self._program, self._path = program, path
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_DGRAM | _socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)

    def send(self, priority: int, text: str, fields: Mapping[str, str]) -> bool:
        """Write an entry: `fields` have names of A-Z, 0-9 and _ that begin with a letter. Whether it was taken."""
        entry = {
            "MESSAGE": text,
            "PRIORITY": str(priority),
            "SYSLOG_FACILITY": DAEMON,
            "SYSLOG_IDENTIFIER": self._program,
            **fields,
        }
        try:
            self._socket.sendto(b"".join(_field(*pair) for pair in entry.items()), self._path)
        except OSError:  # it is not there, has no room, or the entry is too long
            return False
        return True

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()


def _field(name: str, value: str) -> bytes:
    data = value.encode("utf-8", "replace")
    if b"\n" in data:
        return b"%s\n%s%s\n" % (name.encode(), len(data).to_bytes(8, "little"), data)
    return b"%s=%s\n" % (name.encode(), data)


def is_stderr() -> bool:
    """Whether what we write to standard error goes to the journal (systemd.exec(5), JOURNAL_STREAM)."""
    device, _, inode = os.environ.get("JOURNAL_STREAM", "").partition(":")
    try:
        found = os.fstat(2)
    except OSError:
        return False
    return (device, inode) == (str(found.st_dev), str(found.st_ino))


def found(program: str, *, syslog: bool) -> Journal | None:
    """The journal, where that is what `syslog` or our standard error comes to, and it listens."""
    return Journal(program) if (syslog or is_stderr()) and os.path.exists(SOCKET) else None
