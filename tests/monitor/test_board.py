"""What the monitor tells on its local socket, and that nobody there can hold it up."""

from __future__ import annotations

import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wallnut.io.log import Memory
from wallnut.io.loop import Loop
from wallnut.monitor import rules
from wallnut.monitor.board import KEPT, MOST_PEERS, Board
from wallnut.monitor.values import Explain, ForceShutdown, Look, Readings, Settings, Supply


@pytest.fixture
def loop() -> Iterator[Loop]:
    one = Loop()
    yield one
    one.close()


@pytest.fixture
def board(loop: Loop, tmp_path: Path) -> Iterator[Board]:
    state, _ = rules.step(rules.start(Settings((Supply("ups"),)), 0), Look("ups", "OB", "", "", Readings(64, 1450)), 0)
    state, _ = rules.step(state, Look("ups", "OB", "", "", Readings(64, 1450)), 5)
    one = Board(loop, Memory(), lambda: state)
    one.open(str(tmp_path / "sock"))
    yield one
    one.close()


def connect(loop: Loop, path: Path) -> socket.socket:
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(5)
    link.connect(str(path))
    loop.run_once(1)
    return link


def heard(link: socket.socket) -> list[dict[str, Any]]:
    return [json.loads(line) for line in link.recv(1 << 20).splitlines()]


def test_what_a_peer_hears(loop: Loop, board: Board, tmp_path: Path) -> None:
    board.decided(Explain("before", "ups"))
    assert stat.S_IMODE((tmp_path / "sock").stat().st_mode) == 0o660
    with connect(loop, tmp_path / "sock") as link:
        first, decision, state = heard(link)
        assert (first["type"], first["version"]) == ("monitor", 1)
        assert (decision["type"], decision["ups"], decision["text"]) == ("decision", "ups", "before")
        assert state["upses"][0]["status"] == "OB"
        assert state["upses"][0]["critical"] is None
        assert "on battery for 5 s; charge 64 %; runtime 1450 s; nearest: " in state["upses"][0]["text"]
        assert state["power"] == {"healthy": 1, "of": 1, "needed": 1}
        assert state["shutdown"] is None
        board.decided(Explain("one"))
        board.decided(Explain("two"))
        loop.run_once(1)
        assert [one["text"] for one in heard(link)] == ["one", "two"]


def test_a_shutdown_shows(loop: Loop, tmp_path: Path) -> None:
    state, _ = rules.step(rules.start(Settings((Supply("ups"),)), 0), ForceShutdown("a drill"), 0)
    board = Board(loop, Memory(), lambda: state)
    board.open(str(tmp_path / "sock"))
    with connect(loop, tmp_path / "sock") as link:
        assert heard(link)[-1]["shutdown"] == {"phase": "setting FSD", "reason": "a drill"}
    board.close()
    assert not (tmp_path / "sock").exists()


def test_nobody_holds_it_up(loop: Loop, board: Board, tmp_path: Path) -> None:
    with connect(loop, tmp_path / "sock") as talker, connect(loop, tmp_path / "sock") as sleeper:
        talker.recv(65536)
        talker.sendall(b"x")
        loop.run_once(1)
        assert talker.recv(1) == b""  # who says anything is cut off
        for _ in range(3000):  # about 3 MB
            board.decided(Explain("x" * 1000))
            loop.run_once(0)
        received = 0
        while piece := sleeper.recv(1 << 20):  # who did not read has been cut off, too
            received += len(piece)
        assert received < 2_000_000
    assert len(board.decisions) == KEPT


def test_there_is_a_bound_of_peers(loop: Loop, board: Board, tmp_path: Path) -> None:
    links = [connect(loop, tmp_path / "sock") for _ in range(MOST_PEERS + 1)]
    assert links[-1].recv(1) == b""
    assert links[0].recv(1) == b"{"
    links.pop(0).close()
    loop.run_once(1)
    links.append(connect(loop, tmp_path / "sock"))
    assert links[-1].recv(1) == b"{"
    for link in links:
        link.close()


def test_a_socket_that_cannot_be_made_is_a_warning(loop: Loop, tmp_path: Path) -> None:
    log = Memory()
    board = Board(loop, log, lambda: rules.start(Settings(), 0))
    board.open(str(tmp_path / "none" / "sock"))
    assert any("`wallnut why` will not work" in line for line in map(str, log.lines))
    board.decided(Explain("all the same"))
    board.close()
