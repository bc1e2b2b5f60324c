"""`wallnut why` beside our upsmon."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.monitor.bench import ADMIN, Observer, logins, say
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.procs import Process, running
from tests.support.wait import until
from wallnut.history.store import open_history
from wallnut.history.values import Device


@pytest.fixture(scope="module")
def nut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CNut]:
    folder = tmp_path_factory.mktemp("nut")
    one = CNut(folder, upsd=program("upsd"), dummy=program("dummy-ups"))
    one.ups("rack", "ups.status: OL\nbattery.charge: 64\nbattery.runtime: 1450\n").ups("lab", "ups.status: OL\n")
    one.ups("attic", "ups.status: OL\n")  # no FSD is ever set on it
    with one.user(*ADMIN).user("mon", "pw", "upsmon primary"):
        yield one


def why(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [program("wallnut"), "why", *words]
    env = {"NUT_PIDPATH": str(folder), "PATH": "/usr/bin:/bin"}
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=20, check=False)


@contextlib.contextmanager
def watching(nut: CNut, folder: Path, ups: str = "rack") -> Iterator[Observer]:
    one = Observer(folder, nut, [(ups, 1, "primary"), ("lab", 0, "secondary")])
    with one.running():
        until(lambda: logins(nut, ups) == 1 and logins(nut, "lab") == 1, 10, "the logins")
        yield one


def test_why(nut: CNut, tmp_path: Path) -> None:
    with watching(nut, tmp_path / "one") as one:
        say(nut, "rack", "OB DISCHRG")
        one.wait_note("ONBATT")
        told = why(one.conf, "rack")
        assert told.returncode == 0, told.stderr
        assert "charge 64 %; runtime 1450 s; nearest: " in told.stdout
        assert "Power 1 of 1, at least 1 needed\n\nThe last decisions:\n" in told.stdout
        assert "is not critical: OB DISCHRG; on battery for 0 s; charge 64 %" in told.stdout
        assert "lab@" not in told.stdout

        few = why(one.conf, "-n", "1")
        assert "lab@" in few.stdout
        assert len(few.stdout.partition("The last decisions:\n")[2].splitlines()) == 1

        state, *decisions = map(json.loads, why(one.conf, "--json").stdout.splitlines())
        assert [ups["critical"] for ups in state["upses"]] == [None, None]
        assert {line["type"] for line in decisions} == {"decision"}

        unknown = why(one.conf, "none")
        assert (unknown.returncode, unknown.stdout) == (1, "")
        assert "upsmon does not watch 'none'. It watches: rack@" in unknown.stderr

        env = {"NUT_PIDPATH": str(one.conf)}
        with running(program("wallnut"), "why", "--follow", "rack", env=env) as follower:
            until(lambda: "The last decisions" in follower.stdout(), 10, "what is known")
            say(nut, "rack", "OB DISCHRG LB")
            one.wait_down()
            until(lambda: "Now SHUTDOWNCMD runs" in follower.stdout(), 10, "the end")
            assert 'is critical by "OB LB"' in follower.stdout()
            assert "Shutdown: power 0 is less than MINSUPPLIES 1" in follower.stdout()
            assert follower.wait() == 1
            assert follower.stderr() == "upsmon has ended.\n"
    assert not (one.conf / "upsmon.sock").exists()


def test_events(nut: CNut, tmp_path: Path) -> None:
    """What upsmon tells and decides: by itself, the last ones first; and between what the server tells."""
    env = {"NUT_PIDPATH": str(tmp_path / "one"), "TZ": "UTC"}
    address = f"attic@127.0.0.1:{nut.port}"

    def follow(*words: str) -> Process:
        return stack.enter_context(running(program("wallnut"), "events", *words, env=env))

    with contextlib.ExitStack() as stack:
        one = stack.enter_context(watching(nut, tmp_path / "one", "attic"))
        say(nut, "attic", "OB DISCHRG")
        one.wait_note("ONBATT")
        last, everything, both = follow("--monitor", "-n", "2", "attic"), follow("-mj"), follow(address)
        until(lambda: len(last.stdout().splitlines()) == 2, 10, "the last two")
        told, decided = sorted((line[21:] for line in last.stdout().splitlines()), reverse=True)
        assert told == f"upsmon tells ONBATT: UPS {address} on battery"
        assert decided.startswith(f"upsmon decides: UPS {address} is not critical: OB DISCHRG; on battery for ")
        until(lambda: "ONBATT" in everything.stdout() and "On battery" in both.stdout(), 10, "the others")
        say(nut, "attic", "OL")
        for process in (last, everything, both):
            until(lambda process=process: "ONLINE" in process.stdout(), 10, "what is new")  # type: ignore[misc]
        found = [json.loads(line) for line in everything.stdout().splitlines()]
        online = next(line for line in reversed(found) if line.get("kind") == "ONLINE")
        assert (online["event"], online["ups"], online["status"]) == ("notification", address, "OL")
        assert any(line["ups"].startswith("lab@") and line["event"] == "decision" for line in found)
        assert "lab@" not in last.stdout() + both.stdout()
        until(lambda: "On line power" in both.stdout(), 10, "the server's")
        assert "upsmon tells ONBATT" not in both.stdout()  # it was before
        one.process.send(signal.SIGTERM)
        assert last.wait() == 1
        assert last.stderr() == "upsmon has ended.\n"
        assert both.popen.poll() is None


def test_what_it_does_is_recorded(nut: CNut, tmp_path: Path) -> None:
    """By `wallnut history record`, which was there before it."""
    env = {"NUT_PIDPATH": str(tmp_path / "one"), "NUT_CONFPATH": str(tmp_path)}
    url, server = f"sqlite://{tmp_path}/history.db", f"127.0.0.1:{nut.port}"

    def kinds() -> list[str]:
        with open_history(url) as history:
            return [one.kind for one in history.read.notices(0, 1 << 50, [Device(server, "attic")])]

    recorder = running(program("wallnut"), "history", "record", "-u", url, "-A", "none", "-s", server, env=env)
    say(nut, "attic", "OL")
    with recorder, watching(nut, tmp_path / "one", "attic") as one:
        say(nut, "attic", "OB DISCHRG")
        one.wait_note("ONBATT")
        until(lambda: "ONBATT" in kinds() and "" in kinds(), 30, "notification and decision in the history")


def test_nobody_there(tmp_path: Path) -> None:
    gone = why(tmp_path)
    assert (gone.returncode, gone.stdout) == (1, "")
    assert "upsmon does not run here" in gone.stderr
    assert why(tmp_path, "a", "b").returncode == 2
    assert why(tmp_path, "-n", "few").returncode == 2
