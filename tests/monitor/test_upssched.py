"""upssched as a program, and beside C's."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.ours import program
from tests.support.peers import need
from tests.support.wait import until


def run(argv: list[str], env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, check=False, env=env, capture_output=True, text=True, timeout=20)


class Bench:
    """A configuration in a folder, and a CMDSCRIPT that notes how it was called."""

    def __init__(self, folder: Path, upssched: str, *lines: str) -> None:
        self.folder, self.upssched = folder, upssched
        folder.mkdir()
        self.out = folder / "out"
        self.out.touch()
        script = folder / "script"
        script.write_text(f'#!/bin/sh\necho "$1|$UPSNAME|$NOTIFYTYPE|$NOTIFYMSG" >> {self.out}\n')
        script.chmod(0o755)
        self.pipe = folder / "pipe"
        head = (f"CMDSCRIPT {script}", f"PIPEFN {self.pipe}", f"LOCKFN {folder / 'lock'}")
        (folder / "upssched.conf").write_text("\n".join((*head, *lines, "")))

    def call(self, kind: str, ups: str = "ups@host", *args: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "NUT_CONFPATH": str(self.folder), "UPSNAME": ups, "NOTIFYTYPE": kind}
        return run([self.upssched, *(args or (f"{kind} of {ups}",))], env)

    def lines(self) -> list[str]:
        return self.out.read_text().splitlines()

    def arguments(self) -> list[str]:
        return [line.split("|")[0] for line in self.lines()]

    def close(self) -> None:
        """End the process that keeps the timers."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and self.keeps(entry):
                os.kill(int(entry.name), signal.SIGTERM)

    def keeps(self, entry: Path) -> bool:
        try:
            return f"NUT_CONFPATH={self.folder}\0".encode() in (entry / "environ").read_bytes()
        except OSError:
            return False


AT = (
    "AT ONBATT * START-TIMER warn 1",
    "AT ONBATT ups@host EXECUTE now",
    "AT ONBATT other@host EXECUTE never",
    "AT LOWBATT * START-TIMER long 300",
    "AT ONLINE * CANCEL-TIMER long was-not-running",
    "AT COMMBAD * START-TIMER-SHARED shared 3",
    "AT COMMOK * CANCEL-TIMER-MATCHED shared",
)


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path / "ours", program("upssched"), *AT)
    yield bench
    bench.close()


def test_execute_and_a_timer(ours: Bench) -> None:
    answer = ours.call("onbatt")
    assert (answer.returncode, answer.stderr) == (0, "Executing command: now\n")
    assert ours.lines() == ["now|ups@host|onbatt|onbatt of ups@host"]
    assert ours.pipe.is_socket()
    assert ours.pipe.stat().st_mode & 0o777 == 0o660
    until(lambda: len(ours.lines()) == 2, 5, "the timer")
    assert ours.lines()[1] == "warn|ups@host|onbatt|onbatt of ups@host"


def test_cancel(ours: Bench) -> None:
    assert ours.call("ONLINE").returncode == 0  # no process yet
    assert ours.arguments() == ["was-not-running"]
    ours.call("LOWBATT")
    listing = ours.call("", "", "-l").stdout.rstrip("\n").split("\t")
    assert (listing[0], listing[3:]) == ("long", ["LOWBATT", "ups@host", "LOWBATT of ups@host"])
    assert abs(int(listing[1]) - time.time() - 300) < 5
    assert int(listing[2]) in range(295, 301)
    ours.call("ONLINE")
    assert ours.call("", "", "-l").stdout == ""
    assert ours.arguments() == ["was-not-running"]
    ours.call("ONLINE", "third@host")
    until(lambda: len(ours.lines()) == 2, 5, "the command for a timer that does not run")
    assert ours.lines()[1] == "was-not-running|third@host|ONLINE|ONLINE of third@host"


def test_shared_timers_and_a_matched_cancel(ours: Bench) -> None:
    for ups in ("one", "two", "three"):
        ours.call("COMMBAD", ups)
    ours.call("COMMOK", "two")
    until(ours.lines, 5, "the shared timer")
    assert ours.lines() == ["shared|one,three|COMMBAD,COMMBAD|COMMBAD of one.\tCOMMBAD of three"]


def test_many_calls_at_once_start_one_process(ours: Bench) -> None:
    env = {**os.environ, "NUT_CONFPATH": str(ours.folder), "UPSNAME": "x", "NOTIFYTYPE": "LOWBATT"}
    calls = [subprocess.Popen([ours.upssched, "m"], env=env) for _ in range(5)]
    assert [call.wait(20) for call in calls] == [0] * 5
    assert len(ours.call("", "", "-l").stdout.splitlines()) == 5
    assert not (ours.folder / "lock").exists()


def test_the_process_is_killed(ours: Bench) -> None:
    """Its timers are lost; the next event starts another one over the socket that was left behind."""
    ours.call("LOWBATT")
    ours.close()
    until(lambda: not ours.pipe.exists(), 5, "the process to end and remove its socket")
    ours.call("LOWBATT")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and ours.keeps(entry):
            os.kill(int(entry.name), signal.SIGKILL)
    assert ours.pipe.exists()
    ours.call("LOWBATT", "again")
    assert "\tagain\t" in ours.call("", "", "-l").stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "PIPEFN must be set before any ATs in the config file!\n"),
        ("PIPEFN x", "LOCKFN must be set before any ATs in the config file!\n"),
    ],
)
def test_what_must_stand_before_at(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "upssched.conf").write_text(f"CMDSCRIPT /bin/true\n{line}\nAT ONBATT * EXECUTE x\n")
    env = {**os.environ, "NUT_CONFPATH": str(tmp_path), "UPSNAME": "x", "NOTIFYTYPE": "ONBATT"}
    answer = run([program("upssched")], env)
    assert (answer.returncode, answer.stdout) == (1, said)
    assert answer.stderr.endswith(said)


def test_without_an_event(tmp_path: Path) -> None:
    answer = run([program("upssched"), "x"])
    assert answer.returncode == 1
    assert answer.stdout.splitlines() == [
        "Error: environment variables UPSNAME and NOTIFYTYPE must be set.",
        "This program should only be run from upsmon(8).",
    ]
    for option in ("-V", "-h", "-Z"):
        answer = run([program("upssched"), option])
        assert answer.returncode == 0
        assert answer.stdout.startswith("Network UPS Tools upssched 2.8.5")


def test_beside_c(tmp_path: Path) -> None:
    """The same events give the same calls of CMDSCRIPT. (Its environment differs: 2.8.0 has a fault there.)"""
    lines = tuple(line for line in AT if "SHARED" not in line and "MATCHED" not in line)
    benches = [
        Bench(tmp_path / name, path, *lines)
        for name, path in (("c", need("upssched", package="nut-client")), ("ours", program("upssched")))
    ]
    try:
        for kind, ups in (("ONLINE", "a"), ("ONBATT", "ups@host"), ("LOWBATT", "a"), ("ONLINE", "a"), ("ONLINE", "b")):
            for bench in benches:
                assert bench.call(kind, ups).returncode == 0
        for bench in benches:
            until(lambda bench=bench: len(bench.lines()) == 4, 10, "four calls")  # type: ignore[misc]
        assert sorted(benches[0].arguments()) == sorted(benches[1].arguments())
        assert sorted(benches[1].arguments()) == ["now", "warn", "was-not-running", "was-not-running"]
    finally:
        for bench in benches:
            bench.close()
