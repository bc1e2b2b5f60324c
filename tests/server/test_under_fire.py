"""The server as a process among hostile clients: upsmon is answered within its normal time all the same."""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.talk import Talk
from tests.support.cnut import CNut
from tests.support.ours import program

PATIENCE = 1.0
"""Seconds for one answer, on a machine with other work; upsmon itself waits for 10 and asks every 5."""


@pytest.fixture
def nut(tmp_path: Path) -> Iterator[CNut]:
    nut = CNut(tmp_path, upsd=program("upsd"))
    nut.ups("dummy", "ups.status: OL\n" + "".join(f"ups.v{n}: {n}.5\n" for n in range(60)))
    nut.user("mon", "pw", "upsmon primary")
    with nut:
        yield nut


@contextlib.contextmanager
def hostile(port: int) -> Iterator[None]:
    """Clients that flood and do not read, flood and read, send byte by byte; and new ones that guess passwords."""
    over = threading.Event()
    links: list[socket.socket] = []

    def connect() -> socket.socket:
        link = socket.create_connection(("127.0.0.1", port), 5)
        link.setblocking(False)
        links.append(link)
        return link

    deaf = [connect() for _ in range(5)]
    greedy = [connect() for _ in range(5)]
    slow = [connect() for _ in range(50)]
    for link in deaf:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

    def fire() -> None:
        bullets = itertools.cycle((b"LIST VAR dummy\n" * 2000, b"\n" * 30000, b'GET VAR dummy "\\u\n' * 1000))
        while not over.wait(0.002):
            shot = next(bullets)
            for link in (*deaf, *greedy):
                with contextlib.suppress(OSError):
                    link.send(shot)
            for link in slow:
                with contextlib.suppress(OSError):
                    link.send(b"G")
            for link in select.select(greedy, [], [], 0)[0]:
                with contextlib.suppress(OSError):
                    link.recv(1 << 20)
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as passing:
                passing.send(b"USERNAME mon\nPASSWORD wrong\nLOGIN dummy\n")

    thread = threading.Thread(target=fire)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)
        for link in links:
            link.close()


def test_upsmon_is_answered_in_time(nut: CNut) -> None:
    with Talk(nut.port, PATIENCE) as upsmon:
        for line in ("USERNAME mon", "PASSWORD pw", "LOGIN dummy"):
            assert upsmon.ask(line) == ["OK"]
        with hostile(nut.port):
            end = time.monotonic() + 4
            asked = 0
            while time.monotonic() < end:
                assert upsmon.ask("GET VAR dummy ups.status") == ['VAR dummy ups.status "OL"']
                asked += 1
            assert asked > 20
            with Talk(nut.port, PATIENCE) as late:
                assert late.ask("GET VAR dummy ups.status") == ['VAR dummy ups.status "OL"']
        assert upsmon.ask("FSD dummy") == ["OK FSD-SET"]
    assert nut.upsd is not None
    assert "Traceback" not in nut.upsd.stderr()
