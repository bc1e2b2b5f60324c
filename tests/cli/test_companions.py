"""What `wallnut up` starts beside itself: it serves, and ends with it, however that ends."""

from __future__ import annotations

import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from tests.cli.here import Here
from tests.support.ports import free_port
from tests.support.procs import Process
from tests.support.wait import until


@pytest.fixture
def port() -> int:
    return free_port()


def page(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def children(process: Process) -> list[int]:
    text = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text()
    return [int(word) for word in text.split()]


def gone(pid: int) -> bool:
    """Whether a process has ended, though nobody may have asked for its status yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def kept(pid: int) -> str:
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return next(word for word in words if word.endswith("history.db")).removeprefix("sqlite://")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_console_and_recorder_come_and_go_with_it(here: Here, port: int, number: signal.Signals) -> None:
    with here.up("--demo", beside=("--web", f"127.0.0.1:{port}")) as process:
        until(lambda: "demo" in page(port), 30, "the console")
        both = children(process)
        assert len(both) == 2
        history = kept(both[0])
        until(lambda: Path(history).exists(), 30, "the history")
        process.send(number)
        assert process.wait() == (0 if number == signal.SIGTERM else -number)
        until(lambda: all(map(gone, both)), 20, "their end")
        if number == signal.SIGTERM:
            assert not Path(history).exists()  # of a simulated UPS nothing is kept


def test_a_console_that_cannot_be_ends_alone(here: Here) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        with here.up("--demo", beside=("--web", where, "--no-history")) as process:
            until(lambda: "the rest goes on without" in process.stderr(), 30, "the word of it")
            assert f"cannot serve on {where}: Address already in use" in process.stderr()
            assert here.ask("GET VAR demo ups.status") == ['VAR demo ups.status "OL"']


def test_what_wallnut_toml_names_is_used(here: Here, port: int) -> None:

    here.write(ups_conf="[one]\ndriver = simulator\nport = auto\n")
    here.write(
        wallnut_toml=f'[history]\nurl = "sqlite://{here.folder}/mine.db"\n[web]\nstore = "{here.folder}/mine-too.db"\n'
    )
    with here.up(beside=("--web", f"127.0.0.1:{port}")) as process:
        until(lambda: "one" in page(port), 30, "the console")
        until((here.folder / "mine.db").exists, 30, "the history that wallnut.toml names")
        said = "".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in children(process))
        assert ".db" not in said
