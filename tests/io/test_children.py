"""Programs that are started and not waited for."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.wait import until
from wallnut.io.children import Child, Children
from wallnut.io.loop import Loop


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


def run_until(loop: Loop, ended: list[Child], count: int) -> None:
    def check() -> bool:
        loop.run_once(0.05)
        return len(ended) >= count

    until(check, 10, "the children")


def test_status_environment_and_input(loop: Loop, tmp_path: Path) -> None:
    children = Children(loop)
    ended: list[Child] = []
    out = tmp_path / "out"
    child = children.start(
        ["sh", "-c", 'cat > "$1"; echo "$WHO" >> "$1"; exit 3', "sh", str(out)],
        ended.append,
        env={"WHO": "me"},
        stdin=b"hello\n",
    )
    assert len(children) == 1
    run_until(loop, ended, 1)
    assert ended == [child]
    assert child.status == 3
    assert out.read_text() == "hello\nme\n"
    assert len(children) == 0


def test_many_at_once(loop: Loop) -> None:
    children = Children(loop)
    ended: list[Child] = []
    for number in range(20):
        children.start(["sh", "-c", f"exit {number}"], ended.append)
    run_until(loop, ended, 20)
    assert sorted(child.status or 0 for child in ended) == list(range(20))


def test_no_such_program(loop: Loop) -> None:
    with pytest.raises(FileNotFoundError):
        Children(loop).start(["/nowhere/program"], print)


def test_one_over_its_time_is_ended_with_what_it_started(loop: Loop, tmp_path: Path) -> None:
    children = Children(loop)
    ended: list[Child] = []
    pid_file = tmp_path / "pid"
    script = 'sleep 60 & echo $! > "$1"; wait'
    child = children.start(["sh", "-c", script, "sh", str(pid_file)], ended.append, limit=0.2)
    run_until(loop, ended, 1)
    assert child.status == -signal.SIGTERM
    grandchild = int(pid_file.read_text())
    until(lambda: not alive(grandchild), 5, "the grandchild's end")


def test_one_that_ignores_its_end_is_killed(loop: Loop) -> None:
    children = Children(loop, kill_after=0.1)
    ended: list[Child] = []
    child = children.start(["sh", "-c", "trap '' TERM; while :; do sleep 60; done"], ended.append, limit=0.3)
    run_until(loop, ended, 1)
    assert child.status in (-signal.SIGKILL, -signal.SIGTERM)


def test_signals_are_as_a_program_expects_them(loop: Loop) -> None:
    """Python ignores SIGPIPE, and our loop has its own ways: neither must be inherited."""
    children = Children(loop)
    ended: list[Child] = []
    children.start(["sh", "-c", "kill -PIPE $$; exit 0"], ended.append)
    run_until(loop, ended, 1)
    assert ended[0].status == -signal.SIGPIPE


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if os.path.exists(f"/proc/{pid}/stat") else True
