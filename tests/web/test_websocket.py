"""The changes over a WebSocket, by a client of the library that most use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until
from tests.web.test_console import LOGIN, RACK, Console, serves


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("websocket")
    nut = CNut(folder, upsd=program("upsd")).ups("rack", RACK).user("admin", "adm", "actions = SET")
    port = free_port()
    with nut:
        argv = (program("wallnut"), "web", f"127.0.0.1:{nut.port}", "-l", f"127.0.0.1:{port}", "-A", "none")
        with running(*argv, ready=lambda _: serves(port), env={"NUT_CONFPATH": str(folder)}) as process:
            found = Console(nut, port, process)
            until(lambda: found.state() == "mains", 20, "the first data")
            yield found


def listening(console: Console, query: str = "", **how: Any) -> ClientConnection:
    found: ClientConnection = connect(f"ws://127.0.0.1:{console.port}/api/v1/ws{query}", **how)
    return found


def ended(link: ClientConnection) -> bool:
    """Whether the other side ends it."""
    try:
        while link.recv(10):
            pass
    except ConnectionClosed:
        return True
    return False


def test_changes_come_as_they_do_on_the_stream(console: Console) -> None:
    with listening(console, f"?ups={console.id}") as link:
        first = json.loads(link.recv(10))
        assert (first["type"], first["id"], first["state"]) == ("change", console.id, "mains")
        assert first["values"]["ups.load"] == "31"
        console.nut.ask(*LOGIN, "SET VAR rack ups.load 44")
        changed = json.loads(link.recv(10))
        assert (changed["type"], changed["values"]) == ("change", {"ups.load": "44"})


def test_nothing_is_to_be_said_to_it(console: Console) -> None:
    with listening(console) as link:
        link.recv(10)
        link.send("hello")
        assert ended(link)


def test_a_device_that_is_not_there_is_said(console: Console) -> None:
    with listening(console, "?ups=cellar") as link, pytest.raises(ConnectionClosed) as caught:
        link.recv(10)
    assert caught.value.rcvd is not None
    assert (caught.value.rcvd.code, caught.value.rcvd.reason) == (1008, "There is no device cellar.")


def test_another_site_s_page_is_refused(console: Console) -> None:
    with pytest.raises(InvalidStatus) as caught:
        listening(console, origin="http://evil.example")
    assert caught.value.response.status_code == 403


def test_it_ends_with_the_console(tmp_path: Path) -> None:
    nut = CNut(tmp_path, upsd=program("upsd")).ups("rack", RACK)
    port = free_port()
    with nut:
        argv = (program("wallnut"), "web", f"127.0.0.1:{nut.port}", "-l", f"127.0.0.1:{port}", "-A", "none")
        with running(*argv, ready=lambda _: serves(port), env={"NUT_CONFPATH": str(tmp_path)}) as process:
            with connect(f"ws://127.0.0.1:{port}/api/v1/ws") as link:
                process.popen.terminate()
                assert ended(link)
            assert process.wait() == 0
