"""The tests' own tools must fail loudly: a wait ends, a process is stopped, a missing peer is named."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support import guard, peers
from tests.support.ports import accepts, free_port, free_udp_port
from tests.support.procs import running
from tests.support.wait import until

PYTHON = sys.executable


def test_until_returns_the_answer() -> None:
    answers = iter([None, 0, "yes"])
    assert until(lambda: next(answers), 5, "a yes") == "yes"


def test_until_gives_up() -> None:
    with pytest.raises(AssertionError, match=r"waited 0\.02 s for rain; last answer: False"):
        until(lambda: False, 0.02, "rain")


def test_running_waits_and_stops() -> None:
    port = free_port()
    assert not accepts(port)
    server = f"import socket\ns = socket.create_server(('127.0.0.1', {port}))\nwhile True: s.accept()"
    with running(PYTHON, "-c", server, ready=lambda _: accepts(port)) as process:
        assert process.popen.poll() is None
    assert process.popen.poll() is not None
    assert not accepts(port)


def test_a_port_is_given_once() -> None:
    given = [find() for find in (free_port, free_udp_port) * 20]
    assert len({*given, free_port("::1")}) == 41
    other = f"import socket\nwith socket.socket({{}}) as s: s.bind(('127.0.0.1', {given[0]}))"
    as_claimed = subprocess.run(
        [PYTHON, "-c", other.format("type=socket.SOCK_DGRAM")], capture_output=True, text=True, check=False
    )
    assert "Address already in use" in as_claimed.stderr
    as_used = subprocess.run([PYTHON, "-c", other.format("")], capture_output=True, text=True, check=False)
    assert as_used.stderr == ""


def test_running_kills_what_ignores_sigterm() -> None:
    deaf = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('on', flush=True)\ntime.sleep(60)"
    with running(PYTHON, "-c", deaf, ready=lambda process: process.stdout()) as process:
        assert process.stop(timeout=0.1) == -9


def test_running_says_what_an_early_end_wrote() -> None:
    with (
        pytest.raises(AssertionError, match="ended before it was ready") as caught,
        running(PYTHON, "-c", "import sys; sys.exit('no such UPS')", ready=lambda _: False),
    ):
        pass
    assert "exit status 1" in caught.value.__notes__[0]
    assert "no such UPS" in caught.value.__notes__[0]


def test_nothing_outlives_tests_that_are_killed() -> None:
    daemon = "import os, sys; os.fork() and sys.exit(); os.setsid(); os.execvp('sleep', ['sleep', '60'])"
    tests = (
        "import os, subprocess, sys\nfrom tests.support import guard\nwith guard.standing_by():\n"
        f"  subprocess.run([sys.executable, '-c', {daemon!r}])\n"
        f"  print(os.environ[guard.NAME], flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen([PYTHON, "-c", tests], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        mark = process.stdout.readline().strip()
        until(lambda: [guard.command(pid) for pid in guard.bearing(mark)] == ["sleep 60"], 10, "the daemon")
    finally:
        process.kill()
        process.communicate(timeout=10)
    until(lambda: not guard.bearing(mark), 10, "the guard to end it")


def test_what_tests_leave_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "GRACE", 0.1)
    monkeypatch.setenv(guard.NAME, "")  # and put back at the end

    def leave() -> None:
        with guard.standing_by():
            left.append(subprocess.Popen(["sleep", "60"]))
            until(lambda: guard.bearing(os.environ[guard.NAME]), 10, "the program")

    left: list[subprocess.Popen[bytes]] = []
    with pytest.raises(AssertionError, match="'sleep 60'"):
        leave()
    assert left[0].wait(10) == -15


def test_need_finds_programs() -> None:
    assert os.access(peers.need("sh", package="dash"), os.X_OK)


def test_need_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install nut-moon"):
        peers.need("moon-ups", package="nut-moon")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install nut-moon"):
        peers.need_file("/lib/nut/moon.h", package="nut-moon")
