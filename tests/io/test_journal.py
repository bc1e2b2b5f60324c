"""The journal's native protocol, at a socket of the test's."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from wallnut.io import journal
from wallnut.io.journal import Journal


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(str(tmp_path / "socket"))
        one.settimeout(5)
        yield one


def test_an_entry(sink: socket.socket, tmp_path: Path) -> None:
    one = Journal("upsmon", str(tmp_path / "socket"))
    assert one.send(5, "UPS ä on battery", {"NUT_UPS": "x@y", "TWO": "a\nb"})
    assert sink.recv(10000) == (
        "MESSAGE=UPS ä on battery\nPRIORITY=5\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=upsmon\nNUT_UPS=x@y\n".encode()
        + b"TWO\n\x03\0\0\0\0\0\0\0a\nb\n"
    )
    one.close()


def test_what_is_not_taken_is_said_to_be(sink: socket.socket, tmp_path: Path) -> None:
    """No journal, too long an entry, a journal that does not read: never a wait, never an error."""
    nobody, one = Journal("upsmon", str(tmp_path / "none")), Journal("upsmon", str(tmp_path / "socket"))
    assert not nobody.send(6, "text", {})
    assert not one.send(6, "x" * 10_000_000, {})
    taken = 0
    while taken < 100_000 and one.send(6, "text", {}):
        taken += 1
    assert 0 < taken < 100_000
    sink.recv(10000)
    assert one.send(6, "text", {})
    nobody.close()
    one.close()


def test_standard_error_that_is_the_journal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    assert not journal.is_stderr()
    about = os.fstat(2)
    monkeypatch.setenv("JOURNAL_STREAM", f"{about.st_dev}:{about.st_ino}")
    assert journal.is_stderr()
    monkeypatch.setenv("JOURNAL_STREAM", f"{about.st_dev}:{about.st_ino + 1}")
    assert not journal.is_stderr()
    assert journal.found("upsmon", syslog=False) is None
