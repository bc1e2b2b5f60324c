"""Short visits to a driver's socket: a newer driver played by the test, and C dummy-ups 2.8.0."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.support.cnut import CNut
from wallnut.client.driver import Visit
from wallnut.model.errors import ConnectError, LinkLost, LinkTimeout
from wallnut.proto.driver import FAILED, HANDLED, UNKNOWN

ANSWERS = {
    b"GETPID": b"PID 4711\n",
    b"PING": b"PONG\n",
    b"DUMPSTATUS": b'SETINFO driver.state "quiet"\nSETINFO ups.status "OL CHRG"\nDATAOK\nDUMPDONE\n',
    b'SET driver.debug "3" TRACKING visit-1': b'SETINFO driver.debug "3"\nTRACKING other 3\nTRACKING visit-1 0\n',
    b"INSTCMD driver.reload TRACKING visit-2": b"TRACKING visit-2 3\n",
    b"LOGOUT": b"OK Goodbye\n",
}


@contextmanager
def driver(path: Path, answers: dict[bytes, bytes]) -> Iterator[list[bytes]]:
    """A driver that answers one visitor, byte by byte; what it was told."""
    told: list[bytes] = []

    def serve() -> None:
        peer, _ = listener.accept()
        with suppress(OSError), peer, peer.makefile("rb") as lines:
            for line in lines:
                told.append(line.rstrip())
                for byte in answers.get(line.rstrip(), b""):
                    peer.send(bytes((byte,)))

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield told
        finally:
            thread.join(10)
            assert not thread.is_alive()


def test_a_newer_driver(tmp_path: Path) -> None:
    with driver(tmp_path / "s", ANSWERS) as told, Visit(str(tmp_path / "s")) as visit:
        assert visit.pid() == 4711
        assert visit.status() == "OL CHRG"
        assert visit.set("driver.debug", "3") == HANDLED
        assert visit.command("driver.reload") == FAILED
    assert told == list(ANSWERS)


def test_a_driver_that_says_nothing(tmp_path: Path) -> None:
    with driver(tmp_path / "s", {}), Visit(str(tmp_path / "s"), timeout=0.05) as visit, pytest.raises(LinkTimeout):
        visit.status()


def test_a_driver_that_talks_without_end(tmp_path: Path) -> None:
    endless = {b"PING": b"PONG\n", b"DUMPALL": b"SETINFO a b\n" * 100_000}
    with driver(tmp_path / "s", endless), Visit(str(tmp_path / "s"), timeout=0.05) as visit, pytest.raises(LinkTimeout):
        visit.status()


def test_no_driver(tmp_path: Path) -> None:
    with pytest.raises(ConnectError, match=r"^Connection failure: No such file or directory$"):
        Visit(str(tmp_path / "s"))
    (tmp_path / "s").touch()
    with pytest.raises(ConnectError, match=r"^Connection failure: Connection refused$"):
        Visit(str(tmp_path / "s"))
    with pytest.raises(ConnectError, match="too long"):
        Visit("x" * 200)


def test_beside_c_dummy_ups(tmp_path: Path) -> None:
    nut = CNut(tmp_path).ups("u", "ups.status: OL CHRG\n").start(server=False)
    try:
        with Visit(str(nut.socket("u"))) as visit:
            assert visit.pid() == 0  # 2.8.0 does not say
            assert visit.status() == "OL CHRG"
            assert visit.set("ups.id", "rack # 5") == HANDLED
            assert visit.command("load.off") == UNKNOWN
            nut.stop_driver("u")
            with pytest.raises(LinkLost):
                visit.pid()
    finally:
        nut.stop()
