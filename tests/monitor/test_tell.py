"""Notifications: in order, bounded, and never in the way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.wait import until
from wallnut.io.children import Children
from wallnut.io.log import Memory
from wallnut.io.loop import Loop
from wallnut.monitor import queue as limits
from wallnut.monitor.queue import Job, Queue, command_line
from wallnut.monitor.tell import Teller
from wallnut.monitor.values import Notify


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


class Bench:
    """A queue, and programs that append a word to a file."""

    def __init__(self, loop: Loop, folder: Path, patience: float = 2.0) -> None:
        self.loop, self.log = loop, Memory()
        self.out = folder / "out"
        self.out.touch()
        self.queue = Queue(loop, Children(loop), self.log, patience)

    def job(self, word: str, seconds: float = 0) -> Job:
        return Job("test", ("sh", "-c", f"sleep {seconds}; echo {word} >> {self.out}"))

    def lines(self) -> list[str]:
        return self.out.read_text().splitlines()

    def wait(self, count: int) -> list[str]:
        def there() -> bool:
            self.loop.run_once(0.02)
            return len(self.lines()) >= count

        until(there, 10, f"{count} lines")
        return self.lines()


def test_programs_run_in_order(loop: Loop, tmp_path: Path) -> None:
    bench = Bench(loop, tmp_path)
    for number in range(8):
        bench.queue.add(bench.job(str(number), seconds=0.02 if number % 2 else 0))
    assert bench.wait(8) == [str(number) for number in range(8)]
    bench.queue.add(bench.job("last"))
    assert not bench.queue.idle


def test_one_that_hangs_keeps_the_next_one_waiting_no_longer_than_our_patience(loop: Loop, tmp_path: Path) -> None:
    bench = Bench(loop, tmp_path, patience=0.1)
    bench.queue.add(bench.job("slow", seconds=0.5))
    bench.queue.add(bench.job("quick"))
    assert bench.wait(2) == ["quick", "slow"]


def test_in_a_hurry_they_wait_for_each_other_a_moment_only(loop: Loop, tmp_path: Path) -> None:
    bench = Bench(loop, tmp_path, patience=60)
    bench.queue.add(bench.job("hangs", seconds=0.6))
    for word in "abc":
        bench.queue.add(bench.job(word))
    bench.queue.hurry()
    assert bench.wait(4) == ["a", "b", "c", "hangs"]


def test_at_the_end_nothing_waits(loop: Loop, tmp_path: Path) -> None:
    bench = Bench(loop, tmp_path, patience=60)
    bench.queue.add(bench.job("hangs", seconds=0.5))
    bench.queue.add(bench.job("waiting"))
    bench.queue.flush()
    bench.queue.add(bench.job("late"))
    assert set(bench.wait(2)) == {"waiting", "late"}
    bench.wait(3)


def test_what_waits_is_bounded(loop: Loop, tmp_path: Path) -> None:
    bench = Bench(loop, tmp_path)
    for _ in range(limits.MOST_WAITING + 3):
        bench.queue.add(Job("test", ("true",)))
    assert bench.log.texts == ["Too many programs wait to be started: one (test) is dropped"] * 2


def test_no_such_program_is_said(loop: Loop, tmp_path: Path) -> None:
    bench = Bench(loop, tmp_path)
    bench.queue.add(Job("NOTIFYCMD", ("/nowhere/tell", "x")))
    bench.queue.add(bench.job("next"))
    assert bench.wait(1) == ["next"]
    assert bench.log.texts == ["Can't execute NOTIFYCMD /nowhere/tell: No such file or directory"]


def test_a_notification_goes_all_its_ways(loop: Loop, tmp_path: Path) -> None:
    bench = Bench(loop, tmp_path)
    script = tmp_path / "tell"
    script.write_text(f'#!/bin/sh\necho "$#|$1|$UPSNAME|$NOTIFYTYPE" >> {bench.out}\n')
    script.chmod(0o755)
    wall = ("sh", "-c", f"echo wall: $(cat) >> {bench.out}")
    teller = Teller(bench.queue, bench.log, (str(script),), wall)
    text = 'UPS x: $(touch /tmp/x) `id` "quotes"'
    teller.notify(Notify("ONBATT", "x@y", text, ("SYSLOG", "WALL", "EXEC")))
    teller.notify(Notify("SHUTDOWN", "", "bye", ("EXEC",)))
    teller.notify(Notify("ONLINE", "x@y", "never seen", ()))
    assert bench.wait(3) == [f"wall: {text}", f"1|{text}|x@y|ONBATT", "1|bye||SHUTDOWN"]
    assert bench.log.lines == []  # SYSLOG is not its
    teller.command = ()
    teller.notify(Notify("ONBATT", "x@y", text, ("EXEC",)))
    assert "EXEC without a NOTIFYCMD" in bench.log.texts[-1]


@pytest.mark.parametrize(
    ("command", "argv"),
    [
        (("/bin/tell",), ("/bin/tell", "it's $x")),
        (("/bin/tell", "--to", "me"), ("/bin/tell", "--to", "me", "it's $x")),
        (("/bin/tell --to me",), ("/bin/sh", "-c", '/bin/tell --to me "$1"', "sh", "it's $x")),
        (("NUT=1 tell",), ("/bin/sh", "-c", 'NUT=1 tell "$1"', "sh", "it's $x")),
    ],
)
def test_command_lines(command: tuple[str, ...], argv: tuple[str, ...]) -> None:
    assert command_line(command, "it's $x") == argv


def test_a_path_with_a_blank_is_a_path_when_it_is_there(tmp_path: Path) -> None:
    script = tmp_path / "tell me"
    script.touch()
    assert command_line((str(script),), "x") == (str(script), "x")
