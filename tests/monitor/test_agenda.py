"""upssched's rules inside upsmon."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.monitor.bench import ADMIN, Observer, logins, say
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.wait import until
from wallnut.io.children import Children
from wallnut.io.log import Memory
from wallnut.io.loop import Loop
from wallnut.monitor.agenda import Agenda
from wallnut.monitor.queue import Queue
from wallnut.monitor.values import Notify


class Bench:
    """An agenda on a loop whose clock the test moves, and a CMDSCRIPT that notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now = folder, 1000.0
        self.loop, self.log = Loop(lambda: self.now), Memory()
        self.out = folder / "out"
        self.out.touch()
        self.queue = Queue(self.loop, Children(self.loop), self.log)
        self.agenda = Agenda(self.loop, self.queue, self.log, str(folder))

    def write(self, *lines: str, script: str = "script") -> None:
        path = self.folder / script
        path.write_text(f'#!/bin/sh\necho "{script}|$1|$UPSNAME|$NOTIFYTYPE|$NOTIFYMSG" >> {self.out}\n')
        path.chmod(0o755)
        head = (f"CMDSCRIPT {path}", f"PIPEFN {self.folder / 'pipe'}", f"LOCKFN {self.folder / 'lock'}")
        (self.folder / "upssched.conf").write_text("\n".join((*head, *lines, "")))
        self.agenda.follow(True)

    def tell(self, kind: str, *ways: str) -> None:
        self.agenda.tell(Notify(kind, "u@h", f"{kind} told", ways or ("EXEC",)))

    def forward(self, seconds: float) -> None:
        self.now += seconds
        self.loop.run_once(0)

    def until(self, done: Callable[[], object], what: str) -> None:
        def look() -> bool:
            self.loop.run_once(0.01)
            return bool(done())

        until(look, 10, what)

    def lines(self, count: int) -> list[str]:
        self.until(lambda: len(self.out.read_text().splitlines()) >= count and self.queue.idle, f"{count} lines")
        return self.out.read_text().splitlines()

    def listing(self) -> list[str]:
        env = {**os.environ, "NUT_CONFPATH": str(self.folder)}
        with subprocess.Popen([program("upssched"), "-l"], env=env, stdout=subprocess.PIPE, text=True) as call:
            self.until(lambda: call.poll() is not None, "upssched -l")
            assert call.stdout is not None
            return [line.split("\t")[0] for line in call.stdout]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    one = Bench(tmp_path)
    yield one
    one.agenda.close()
    one.loop.close()


def test_what_at_lines_say(bench: Bench) -> None:
    bench.write("AT ONBATT * START-TIMER warn 30", "AT ONBATT * EXECUTE now", "AT ONLINE u@h CANCEL-TIMER warn none")
    bench.tell("ONBATT", "SYSLOG", "WALL")  # NOTIFYCMD would not be called either
    bench.tell("ONBATT")
    assert bench.lines(1) == ["script|now|u@h|ONBATT|ONBATT told"]
    assert bench.listing() == ["warn"]
    bench.forward(29.9)
    assert bench.queue.idle
    bench.forward(0.2)
    assert bench.lines(2)[1] == "script|warn|u@h|ONBATT|ONBATT told"
    bench.tell("ONLINE")
    assert bench.lines(3)[2] == "script|none|u@h|ONLINE|ONLINE told"
    assert all(text.startswith("upssched: ") for text in bench.log.texts)  # of debug level


def test_timers_outlive_a_reload(bench: Bench) -> None:
    """They end when they would have, and run the CMDSCRIPT that holds then; a file that is broken changes nothing."""
    bench.write("AT ONBATT * START-TIMER warn 30", "AT ONLINE * CANCEL-TIMER warn")
    bench.tell("ONBATT")
    bench.forward(20)
    bench.write("AT ONLINE * EXECUTE back", script="second")
    assert bench.listing() == ["warn"]
    bench.forward(10.1)
    assert bench.lines(1) == ["second|warn|u@h|ONBATT|ONBATT told"]
    (bench.folder / "upssched.conf").write_text("AT ONBATT * EXECUTE x\n")
    bench.agenda.follow(True)
    assert bench.log.texts[-1].endswith("in the config file!; what it said before holds on")
    bench.tell("ONLINE")
    assert bench.lines(2)[1] == "second|back|u@h|ONLINE|ONLINE told"


def test_switched_off_timers_end_and_that_is_said(bench: Bench) -> None:
    assert not bench.agenda.replaces(("/usr/sbin/upssched",))
    bench.write("AT ONBATT * START-TIMER warn 30")
    assert bench.agenda.replaces(("/usr/sbin/upssched -D",))
    assert not bench.agenda.replaces(("/usr/local/bin/tell", "upssched"))
    assert not bench.agenda.replaces(())
    bench.tell("ONBATT")
    bench.agenda.follow(False)
    assert bench.log.texts[-1] == "Timer warn ends unheard: upsmon does not keep timers any more"
    assert not (bench.folder / "pipe").exists()
    assert not bench.agenda.replaces(("/usr/sbin/upssched",))
    bench.tell("ONBATT")
    bench.forward(31)
    assert bench.lines(0) == []


def test_timers_of_a_process_that_runs_are_left_alone(bench: Bench) -> None:
    other = Agenda(bench.loop, bench.queue, bench.log, str(bench.folder))
    bench.write("AT ONBATT * START-TIMER warn 30")
    other.follow(True)
    assert bench.log.texts == [
        f"{bench.folder / 'pipe'}: a process of upssched's is there; its timers run on, apart from ours"
    ]
    bench.tell("ONBATT")
    other.close()
    assert bench.listing() == ["warn"]


def test_no_file_is_said(bench: Bench) -> None:
    bench.agenda.follow(True)
    assert "upssched.conf: No such file or directory; there are no timers" in bench.log.texts[0]
    bench.tell("ONBATT")


def test_in_upsmon() -> None:
    """As RUN_AS_USER; NOTIFYCMD's upssched is not called, and what runs goes on over a reload."""
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        nut = CNut(folder, upsd=program("upsd"), dummy=program("dummy-ups")).ups("u", "ups.status: OL\n")
        nut.user(*ADMIN).user("mon", "pw", "upsmon primary")
        one = Observer(folder / "one", nut, [("u", 1, "primary")], f"NOTIFYCMD {program('upssched')}")
        out = one.conf / "out"
        one.script("cmd", f'echo "$1 $(id -un) $NOTIFYTYPE" >> {out}')
        at = f"AT ONBATT u@127.0.0.1:{nut.port} START-TIMER warn 2\nAT ONBATT * EXECUTE now\n"
        head = f"CMDSCRIPT {one.conf / 'cmd'}\nPIPEFN {one.conf / 'pipe'}\nLOCKFN {one.conf / 'lock'}\n"
        (one.conf / "upssched.conf").write_text(head + at)
        (one.conf / "wallnut.toml").write_text("[monitor]\nupssched = true\n")
        with nut, one.running(user=user) as process:
            until(lambda: logins(nut, "u") == 1, 10, "the login")
            say(nut, "u", "OB")
            until(out.exists, 10, "EXECUTE")
            os.kill(one.monitor_pid(), signal.SIGHUP)
            until(lambda: "Reloading configuration" in process.stderr(), 10, "the reload")
            until(lambda: len(out.read_text().splitlines()) == 2, 10, "the timer")
            assert out.read_text() == f"now {user} ONBATT\nwarn {user} ONBATT\n"
            assert not (one.conf / "lock").exists()
