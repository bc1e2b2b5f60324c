"""SHUTDOWNCMD without a privileged parent: spawned, tried again, heard of on the loop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.wait import until
from wallnut.io.children import Children
from wallnut.io.log import Memory
from wallnut.io.loop import Loop
from wallnut.monitor import root
from wallnut.monitor.shutdowncmd import ShutdownCommand


class Alone:
    """One on a loop of its own; `pause` is 0 so that tries follow at once."""

    def __init__(self) -> None:
        self.loop, self.log = Loop(), Memory()
        self.done = 0
        self.command = ShutdownCommand(self.loop, Children(self.loop), self.log, self._done, 0.0)

    def _done(self) -> None:
        self.done += 1

    def run(self, command: list[str], flag: str = "") -> None:
        def over() -> bool:
            self.loop.run_once(0.05)
            return self.done > 0

        self.command.run(command, flag)
        until(over, 10, "its end")


@pytest.fixture
def alone() -> Iterator[Alone]:
    one = Alone()
    yield one
    one.loop.close()


def test_the_flag_then_the_command_with_its_words(alone: Alone, tmp_path: Path) -> None:
    flag, out = tmp_path / "killpower", tmp_path / "out"
    alone.run([f"exec >{out}; cat {flag}; printf '|%s' a", "it's"], str(flag))
    assert out.read_text() == "upsmon-shutdown-file|a|it's"
    assert alone.log.texts == []


def test_a_failure_is_said_and_tried_again(alone: Alone, tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    alone.run([f"echo x >> {tries}; test $(wc -l < {tries}) -ge 3"])
    assert tries.read_text().count("x") == 3
    assert len(alone.log.texts) == 2
    assert alone.log.texts[0].endswith("(exit status 1), trying again in 5 s")


def test_there_is_an_end_of_tries(alone: Alone) -> None:
    alone.run(["exit 7"])
    assert len(alone.log.texts) == root.TRIES
    assert alone.log.texts[-1] == "Unable to call shutdown command: exit 7 (exit status 7)"
    assert alone.done == 1


def test_no_command_is_said(alone: Alone, tmp_path: Path) -> None:
    alone.run([], str(tmp_path / "killpower"))
    assert alone.log.texts == [root.NO_COMMAND]
    assert root.flag_is_set(str(tmp_path / "killpower"))
