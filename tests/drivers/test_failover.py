"""failover on the sockets of other drivers: ours in this process, and C's. Its rules: test_election.py.

There is no C failover to compare with (Debian's NUT is 2.8.0, failover came with 2.8.4): names, settings and what they
do are those of failover(8).
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.cnut import CNut
from tests.support.hosts import Hosted, section
from tests.support.peers import need
from tests.support.procs import running
from tests.support.upstreams import Upstreams
from tests.support.wait import until
from wallnut.drivers.failover import Failover
from wallnut.model.errors import ConfigError

TICK = 0.01
A = ("ups.status: OL CHRG", "ups.id: the first", "battery.charge: 90", "battery.charge.low: 10")
B = ("ups.status: OL", "ups.id: the second", "battery.charge: 80", "ups.temperature: 33")


@contextmanager
def failover(upstreams: Upstreams, **settings: str | int | None) -> Iterator[Hosted]:
    """failover on a and b."""
    made = section(port="dummy-ups-a,dummy-ups-b", **settings)
    with Hosted(Failover, made, beside=upstreams.first).start() as hosted:
        yield hosted


def shows(hosted: Hosted, variable: str, value: str) -> None:
    hosted.until(lambda: hosted.host.state.value(variable) == value, f"{variable} to be {value!r}", TICK)


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstreams]:
    with Upstreams(tmp_path, monkeypatch) as upstreams:
        upstreams.add("a", *A)
        upstreams.add("b", *B)
        yield upstreams


def test_the_primary_is_shown(two: Upstreams) -> None:
    with failover(two) as f:
        state = f.host.state
        assert f.verdict == ""
        shows(f, "ups.id", "the first")
        assert (state.value("ups.status"), state.value("battery.charge"), state.stale) == ("OL CHRG", "90", False)
        assert state.value("upstream.driver.name") == "dummy-ups"
        assert state.value("driver.name") == "failover"
        assert state.value("driver.primary.socketname") == "dummy-ups-a"
        assert state.value("driver.primary.priority") == "2"
        numbers = [state.value(f"driver.stats.{what}_drivers") for what in ("alive", "online", "primary", "total")]
        assert numbers == ["2", "2", "2", "2"]
        charge = state.get("battery.charge.low")
        assert charge is not None
        assert charge.writable
        commands = state.commands_in_order()
        assert [name for name in commands if name.startswith("dummy")] == [
            "dummy-ups-a.force.ignore",
            "dummy-ups-a.force.primary",
            "dummy-ups-b.force.ignore",
            "dummy-ups-b.force.primary",
        ]
        assert "upstream.load.off" in commands
        assert "upstream.driver.reload" in commands
        assert "load.off" not in commands


def test_a_switch_is_one_step(two: Upstreams) -> None:
    """Nobody sees stale data, or a variable that goes and comes."""
    with failover(two) as f:
        shows(f, "ups.id", "the first")
        peer = f.peer()
        f.loop.run_once(0)
        two.say("a", 'SET ups.status "OB DISCHRG"')
        f.until(lambda: "DELINFO battery.charge.low" in peer.lines, "the switch to come through", TICK)
        shows(f, "ups.id", "the second")
        assert f.host.state.value("ups.status") == "OL"
        assert f.host.state.get("battery.charge.low") is None
        assert f.host.state.value("ups.temperature") == "33"
        assert "DATASTALE" not in peer.lines
        assert not any("OB" in line for line in peer.lines)
        assert [line for line in peer.lines if line.startswith("DELINFO")] == ["DELINFO battery.charge.low"]
        assert not any("DISCHRG" in line for line in peer.lines), "another battery's charge tells no direction"
        two.say("a", 'SET ups.status "OL"')
        shows(f, "ups.id", "the first")


def test_an_alarm_goes_with_its_driver(two: Upstreams) -> None:
    with failover(two, status_nothave_any="ALARM") as f:
        two.say("a", 'SET ups.alarm "fan"', 'SET ups.status "ALARM OL"')
        shows(f, "ups.id", "the second")
        two.say("b", 'SET ups.alarm "heat"', 'SET ups.status "ALARM OL"')
        shows(f, "ups.alarm", "fan")
        assert f.host.state.value("ups.status") == "ALARM OL"
        two.say("b", 'SET ups.alarm ""', 'SET ups.status "OL"')
        shows(f, "ups.id", "the second")
        assert f.host.state.get("ups.alarm") is None
        assert f.host.state.value("ups.status") == "OL"


def test_commands_and_settings(two: Upstreams) -> None:
    with failover(two) as f:
        shows(f, "ups.id", "the first")
        peer = f.peer()

        def said(line: str) -> str:
            f.say(peer, f"{line} TRACKING t")
            f.until(lambda: "TRACKING t " in "".join(peer.lines[-1:]), f"the outcome of {line}", TICK)
            return peer.lines[-1]

        assert said('SET ups.id "named"') == "TRACKING t 0"
        assert two.value("a", "ups.id") == "named"
        assert two.value("b", "ups.id") == "the second"
        shows(f, "ups.id", "named")
        assert said("SET upstream.driver.debug 2") == "TRACKING t 0"
        assert two.value("a", "driver.debug") == "2"
        assert said("SET driver.something 2") == "TRACKING t 1"
        assert said("INSTCMD upstream.load.off") == "TRACKING t 1"  # dummy-ups announces it, but does not know it
        assert said("INSTCMD load.off") == "TRACKING t 1"
        assert said("INSTCMD upstream.driver.reload-or-error") == "TRACKING t 3"  # nothing to read again in this test
        assert said("INSTCMD shutdown.default") == "TRACKING t 3"


def test_orders(two: Upstreams) -> None:
    with failover(two) as f:
        peer = f.peer()

        def order(line: str) -> str:
            f.say(peer, f"INSTCMD {line} TRACKING t")
            f.until(lambda: "TRACKING t " in "".join(peer.lines[-1:]), f"the outcome of {line}", TICK)
            return peer.lines[-1]

        assert order("dummy-ups-b.force.primary -1") == "TRACKING t 0"
        shows(f, "ups.id", "the second")
        assert f.host.state.value("driver.primary.priority") == "0"
        assert order("dummy-ups-b.force.ignore 60") == "TRACKING t 0"
        shows(f, "ups.id", "the first")
        shows(f, "driver.stats.primary_drivers", "1")
        assert order("dummy-ups-b.force.ignore") == "TRACKING t 0"
        shows(f, "ups.id", "the second")
        assert order("dummy-ups-b.force.primary 0") == "TRACKING t 0"
        shows(f, "ups.id", "the first")
        assert order("dummy-ups-b.force.primary often") == "TRACKING t 2"
        assert order("dummy-ups-c.force.primary 1") == "TRACKING t 1"


def test_stale_data_is_the_last_resort(two: Upstreams) -> None:
    with failover(two) as f:
        two.lose_device("a")
        shows(f, "ups.id", "the second")
        assert not f.host.state.stale
        two.lose_device("b")
        f.until(lambda: f.host.state.stale, "the data to be stale", TICK)
        shows(f, "driver.primary.socketname", "dummy-ups-a")
        assert f.host.state.value("driver.primary.priority") == "4"


@pytest.mark.parametrize(
    ("fsdmode", "status", "stale", "alarm"),
    [(0, "OL", True, ""), (2, "FSD ALARM", False, "No suitable primaries for failover")],
)
def test_without_any_driver(two: Upstreams, fsdmode: int, status: str, stale: bool, alarm: str) -> None:
    with failover(two, fsdmode=fsdmode, noprimarytime="0.2") as f:
        two.say("b", 'SET ups.id ""')
        two.close("a")
        shows(f, "ups.status", "OL")
        two.close("b")
        f.until(lambda: f.host.state.stale or "FSD" in f.host.state.value("ups.status"), "the end of patience", TICK)
        shows(f, "ups.status", status)
        assert f.host.state.stale is stale
        assert f.host.state.value("ups.alarm") == alarm
        assert f.host.state.value("ups.temperature") == ("33" if fsdmode == 0 else "")
        peer = f.peer()
        f.say(peer, "INSTCMD upstream.load.off TRACKING t", "SET ups.id x TRACKING u")
        f.until(lambda: sum("TRACKING" in line for line in peer.lines) == 2, "both outcomes", TICK)
        assert peer.lines[-2:] == ["TRACKING t 3", "TRACKING u 3"]
        two.listen("b")
        shows(f, "ups.status", "OL")
        f.until(lambda: not f.host.state.stale, "the data to be fresh", TICK)
        assert f.host.state.get("ups.alarm") is None


def test_an_alarm_before_stale_data(two: Upstreams) -> None:
    with failover(two, fsdmode=1, noprimarytime="0.1") as f:
        two.close("a")
        two.close("b")
        shows(f, "ups.status", "ALARM")
        assert not f.host.state.stale
        assert f.host.state.value("ups.alarm") == "No suitable primaries for failover"
        assert f.host.state.get("ups.id") is None
        assert f.host.state.get("driver.primary.socketname") is None


def test_what_the_last_primary_says_goes_on_to_show(two: Upstreams) -> None:
    """It passes no filter any more, but it is the one that knows."""
    with failover(two, strictfiltering=1, status_have_all="OL", noprimarytime=60) as f:
        two.say("b", 'SET ups.status "OB"')
        shows(f, "driver.stats.primary_drivers", "1")
        two.say("a", 'SET ups.status "OB LB"')
        shows(f, "ups.status", "OB LB")
        assert f.host.state.value("driver.stats.primary_drivers") == "0"
        assert not f.host.state.stale


def test_drivers_that_come_later(two: Upstreams) -> None:
    two.close("a")
    two.close("b")
    with failover(two, relogtime=60) as f:
        assert f.verdict == "", "as in C, failover starts"
        assert f.host.state.value("ups.status") == "WAIT"
        assert not f.host.state.stale
        said = [text for text in f.log.texts if "Can't connect" in text]
        assert said == [f"Can't connect to UPS [dummy-ups-{name}]: No such file or directory" for name in "ab"]
        two.listen("b")
        shows(f, "ups.id", "the second")
        assert [text for text in f.log.texts if "Can't connect" in text] == said, "said once in relogtime"


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"port": ","}, "names of drivers' sockets are needed"),
        ({"port": "x-a,x-a"}, "x-a is there twice"),
        ({"port": "x-a,failover-u"}, "failover-u is this UPS itself"),
        ({"port": "x-a", "fsdmode": 3}, "0 to 2 is needed"),
        ({"port": "x-a", "strictfiltering": "yes"}, "a whole number is needed"),
        ({"port": "x-a", "noprimarytime": -1}, "at least 0 is needed"),
    ],
)
def test_settings_that_cannot_be_meant(settings: dict[str, str | int | None], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        Hosted(Failover, section(**settings))


# --- with C's drivers, server and client


def test_with_c_drivers_and_server(tmp_path: Path) -> None:
    """kill -9 of one driver and of the other; no client sees stale data while one is left."""
    upsc = need("upsc", package="nut-client")
    nut = CNut(tmp_path)
    nut.ups("a", "ups.status: OL\nups.id: the first\n").ups("b", "ups.status: OL\nups.id: the second\n")
    nut.section("f", "driver = failover", "port = dummy-ups-a,dummy-ups-b", "noprimarytime = 1", "pollinterval = 1")
    nut.user("admin", "adm", "actions = SET", "instcmds = ALL")
    argv = (sys.executable, "-m", "wallnut.cli.driver", "failover", "-a", "f", "-F", "-u", "root")

    def ask(*lines: str) -> list[str]:
        return nut.ask("USERNAME admin", "PASSWORD adm", "SET TRACKING ON", *lines)[3:]

    def outcome(answer: list[str]) -> str:
        """What became of a request, when it is known."""
        assert answer[0].startswith("OK TRACKING "), answer
        id = answer[0].removeprefix("OK TRACKING ")
        return until(lambda: "".join(ask(f"GET TRACKING {id}")).replace("PENDING", ""), 15, "an outcome")

    def kill(name: str) -> None:
        driver = nut.drivers.pop(name)
        driver.send(signal.SIGKILL)
        driver.wait()

    def shown() -> str:
        answer = nut.ask("GET VAR f ups.id", "GET VAR f ups.status")
        assert "ERR DATA-STALE" not in answer
        return answer[0]

    with nut, running(*argv, ready=lambda _: nut.socket("f", "failover").exists(), env=nut.env):
        nut.wait_for("f", "ups.id", "the first")
        seen = subprocess.run(
            [upsc, f"f@127.0.0.1:{nut.port}", "driver.primary.socketname"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        assert seen.stdout == "dummy-ups-a\n"
        kill("a")
        until(lambda: shown() == 'VAR f ups.id "the second"', 10, "the other driver to be shown")
        assert outcome(ask('SET VAR f ups.id "via failover"')) == "SUCCESS"
        nut.wait_for("b", "ups.id", "via failover")
        nut.wait_for("f", "ups.id", "via failover")
        assert outcome(ask("INSTCMD f upstream.load.off")) == "ERR UNKNOWN", "as dummy-ups says"
        kill("b")
        until(lambda: nut.ask("GET VAR f ups.status") == ["ERR DATA-STALE"], 15, "the data to be stale")
        nut.socket("a").unlink()
        nut.start_driver("a")
        until(lambda: nut.ask("GET VAR f ups.id") == ['VAR f ups.id "the first"'], 15, "the first driver to be back")
