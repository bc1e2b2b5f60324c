"""NUT servers that keep no protocol: the page says which, the good one's device stays live, memory stays bounded."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until
from tests.web.test_console import Console, serves

Says = Callable[[socket.socket], object]
ENOUGH = 64 * 1024 * 1024
"""Bytes after which a server that never ends lets go."""


class Hostile(socketserver.ThreadingTCPServer):
    """A server that says what it likes. `met` counts the connections, `said` the bytes."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, says: Says) -> None:
        self.says, self.met = says, 0
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Handler(socketserver.BaseRequestHandler):
    """One connection."""

    server: Hostile

    def handle(self) -> None:
        """Say it until nobody listens."""
        self.server.met += 1
        try:
            self.server.says(self.request)
        except OSError:
            pass  # cut off: that is what we wanted to see


def noise(sock: socket.socket) -> None:
    """Bytes that are no lines of NUT's."""
    sock.sendall(bytes(range(256)) * 64 + b"\n")


def one_line(sock: socket.socket) -> None:
    """A line that does not end."""
    for _ in range(ENOUGH // 65536):
        sock.sendall(b"x" * 65536)


def too_many(sock: socket.socket) -> None:
    """A list of UPSes that does not end."""
    with sock.makefile("r", encoding="ascii", newline="\n") as lines:
        for line in lines:
            if line != "LIST UPS\n":
                sock.sendall(b"ERR UNKNOWN-COMMAND\n")
                continue
            sock.sendall(b"BEGIN LIST UPS\n")
            for number in range(0, ENOUGH // 40, 1000):
                names = range(number, number + 1000)
                sock.sendall("".join(f'UPS u{each} "a UPS among many"\n' for each in names).encode())


def other_answers(sock: socket.socket) -> None:
    """Answers to what nobody asked."""
    for _ in range(ENOUGH // 4096):
        sock.sendall(b'VAR rack ups.load "999"\n' * 128)


@contextmanager
def serving(*kinds: Says) -> Iterator[list[Hostile]]:
    with ExitStack() as stack:
        servers = [stack.enter_context(Hostile(says)) for says in kinds]
        for server in servers:
            threading.Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()
            stack.callback(server.shutdown)
        yield servers


def rss(pid: int) -> int:
    """Megabytes."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) // 1024


def test_servers_that_keep_no_protocol(tmp_path: Path) -> None:
    nut = CNut(tmp_path).ups("rack", "ups.status: OL\nups.load: 31\n").user("admin", "adm", "actions = SET")
    port = free_port()
    with nut, serving(noise, one_line, too_many, other_answers) as hostile:
        servers = [f"127.0.0.1:{nut.port}", *(one.name for one in hostile)]
        argv = (program("wallnut"), "web", *servers, "-l", f"127.0.0.1:{port}", "-A", "none")
        with running(*argv, ready=lambda _: serves(port), env={"NUT_CONFPATH": str(tmp_path)}) as process:
            found = Console(nut, port, process)

            def troubles() -> dict[str, str]:
                return {one["name"]: one["trouble"] for one in found.json("/api/v1/ups")["servers"]}

            def all_said() -> bool:
                said = troubles()
                return all(said[one.name] for one in hostile) and all(one.met > 1 for one in hostile)

            until(all_said, 40, "a word of each, twice tried")
            assert not troubles()[f"127.0.0.1:{nut.port}"]
            assert [ups["id"] for ups in found.json("/api/v1/ups")["ups"]] == [found.id]
            page = found.get("/")
            for one in hostile:
                assert one.name in page
            try:
                found.set_status("OB")
                until(lambda: found.state() == "battery", 20, "the outage of the good one")
            finally:
                found.set_status("OL")
            assert rss(process.pid) < 120
            assert "Traceback" not in process.stderr()
