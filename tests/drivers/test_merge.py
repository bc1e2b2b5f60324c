"""merge on the sockets of other drivers: ours in this process, and C's. Its rules: test_combining.py."""

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
from wallnut.drivers.merge import Merge
from wallnut.model.errors import ConfigError

TICK = 0.01
PORT = "dummy-ups-serial,dummy-ups-net"
SERIAL = ("ups.status: OL CHRG", "ups.id: serial", "battery.charge: 90", "input.voltage: 230")
NET = ("ups.status: OL", "ups.id: net", "battery.charge: 91.5", "battery.runtime: 1800", "ups.temperature: 33")


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstreams]:
    with Upstreams(tmp_path, monkeypatch) as upstreams:
        upstreams.add("serial", *SERIAL)
        upstreams.add("net", *NET)
        yield upstreams


@contextmanager
def merge(links: Upstreams, **settings: str | int | None) -> Iterator[Hosted]:
    with Hosted(Merge, section(port=PORT, **settings), beside=links.first).start() as hosted:
        yield hosted


def shows(hosted: Hosted, variable: str, value: str) -> None:
    hosted.until(lambda: hosted.host.state.value(variable) == value, f"{variable} to be {value!r}", TICK)


def outcome(hosted: Hosted, line: str) -> str:
    """What becomes of a request."""
    peer = hosted.peer()
    hosted.say(peer, f"{line} TRACKING t")
    hosted.until(lambda: any(line.startswith("TRACKING") for line in peer.lines), f"the outcome of {line}", TICK)
    return next(line for line in peer.lines if line.startswith("TRACKING"))


def test_each_value_from_the_best_link(links: Upstreams) -> None:
    with merge(links, **{"prefer__battery__*": "net"}) as m:
        state = m.host.state
        assert m.verdict == ""
        assert not state.stale
        shown = {
            name: (state.value(name), state.value(f"driver.source.{name}"))
            for name in ("ups.id", "battery.charge", "battery.runtime", "ups.temperature", "input.voltage")
        }
        assert shown == {
            "ups.id": ("serial", "dummy-ups-serial"),
            "battery.charge": ("91.5", "dummy-ups-net"),
            "battery.runtime": ("1800", "dummy-ups-net"),
            "ups.temperature": ("33", "dummy-ups-net"),
            "input.voltage": ("230", "dummy-ups-serial"),
        }
        assert state.value("ups.status") == "OL CHRG"
        assert state.value("driver.source.ups.status") == "dummy-ups-serial, dummy-ups-net"
        assert state.value("driver.name") == "merge"
        assert state.get("driver.source.driver.name") is None
        assert [state.value(f"driver.link.dummy-ups-{name}") for name in ("serial", "net")] == ["fresh", "fresh"]
        assert state.value("driver.link.dummy-ups-net.status") == "OL"
        assert [state.value(f"driver.stats.{what}_drivers") for what in ("alive", "online", "total")] == ["2", "2", "2"]
        commands = [name for name in state.commands_in_order() if not name.startswith("driver.")]
        assert commands == ["load.off", "shutdown.default"]


def test_a_link_that_is_lost(links: Upstreams) -> None:
    with merge(links) as m:
        peer = m.peer()
        shows(m, "ups.id", "serial")
        links.close("serial")
        shows(m, "ups.id", "net")
        state = m.host.state
        assert state.value("battery.charge") == "91.5"
        assert state.get("input.voltage") is None, "nobody knows it now"
        assert state.value("driver.link.dummy-ups-serial") == "lost"
        assert "DATASTALE" not in peer.lines
        links.listen("serial")
        shows(m, "ups.id", "serial")
        shows(m, "input.voltage", "230")


def test_a_stale_link_does_not_count(links: Upstreams) -> None:
    with merge(links) as m:
        links.lose_device("serial")
        shows(m, "ups.id", "net")
        assert m.host.state.value("driver.link.dummy-ups-serial") == "stale"
        assert not m.host.state.stale
        links.lose_device("net")
        m.until(lambda: m.host.state.stale, "the data to be stale", TICK)
        assert m.host.state.value("ups.id") == "net", "the last that was known"
        assert outcome(m, "SET ups.id x") == "TRACKING t 1"


def test_the_statuses_together(links: Upstreams) -> None:
    with merge(links, holdtime="0.2") as m:
        links.say("net", 'SET ups.status "OB DISCHRG"')
        shows(m, "ups.status", "OB DISCHRG")
        links.say("serial", 'SET ups.status "OL LB"')
        shows(m, "ups.status", "OB DISCHRG LB")
        links.close("net")
        shows(m, "ups.status", "OL LB")
        links.say("serial", 'SET ups.status "OL RB"')
        shows(m, "ups.status", "OL RB")


def test_the_alarms_together(links: Upstreams) -> None:
    with merge(links) as m:
        links.say("net", 'SET ups.alarm "fan"', 'SET ups.status "ALARM OL"')
        shows(m, "ups.alarm", "fan")
        assert m.host.state.value("ups.status") == "ALARM OL CHRG"
        links.say("serial", 'SET ups.alarm "heat"')
        shows(m, "ups.alarm", "heat fan")
        links.say("serial", 'SET ups.alarm ""')
        links.say("net", 'SET ups.alarm ""', 'SET ups.status "OL"')
        shows(m, "ups.status", "OL CHRG")
        assert m.host.state.get("ups.alarm") is None


def test_settings_go_where_they_work(links: Upstreams) -> None:
    with merge(links, prefer__ups__id="dummy-ups-net") as m:
        assert outcome(m, 'SET ups.id "one"') == "TRACKING t 0"
        assert (links.value("serial", "ups.id"), links.value("net", "ups.id")) == ("serial", "one")
        shows(m, "ups.id", "one")
        assert outcome(m, "SET ups.temperature 20") == "TRACKING t 0"
        assert links.value("net", "ups.temperature") == "20"
        assert links.value("serial", "ups.temperature") == ""
        assert outcome(m, "SET driver.something 1") == "TRACKING t 1"
        assert outcome(m, "SET no.such 1") == "TRACKING t 1"
        assert outcome(m, "INSTCMD load.off") == "TRACKING t 1", "both say that they do not know it"
        assert sum("load.off: unknown" in text for text in m.log.texts) == 2
        assert outcome(m, "INSTCMD test.battery.start") == "TRACKING t 1"
        assert outcome(m, "INSTCMD shutdown.default") == "TRACKING t 3"


def test_drivers_that_come_later(links: Upstreams) -> None:
    links.close("serial")
    links.close("net")
    with merge(links) as m:
        assert m.verdict == ""
        assert m.host.state.stale
        links.listen("net")
        shows(m, "ups.id", "net")
        m.until(lambda: not m.host.state.stale, "the data to be fresh", TICK)


def test_a_reload_with_other_links(links: Upstreams) -> None:
    new = section(port="dummy-ups-serial")
    with Hosted(Merge, section(port=PORT), beside=links.first, configuration=lambda: new).start() as m:
        shows(m, "driver.source.ups.temperature", "dummy-ups-net")
        assert outcome(m, "INSTCMD driver.reload-or-error") == "TRACKING t 0"
        m.until(lambda: m.host.driver is not None and not m.host.state.stale, "the new settings to count", TICK)
        shows(m, "driver.source.ups.id", "dummy-ups-serial")
        names = [name for name in m.host.state.variables if "temperature" in name or "dummy-ups-net" in name]
        assert names == []


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"port": ","}, "names of drivers' sockets are needed"),
        ({"prefer__battery__*": "usb"}, "usb is no link; those of port are dummy-ups-serial, dummy-ups-net"),
        ({"port": "a-x,b-x", "prefer__ups__id": "x"}, "x is more than one link; those of port are a-x, b-x"),
        ({"prefer__*__charge": "net"}, "a name is needed behind prefer., or the beginning of one and *"),
        ({"prefer__ups__id": ""}, "the name of a link is needed"),
        ({"holdtime": "long"}, "a number is needed"),
    ],
)
def test_settings_that_cannot_be_meant(settings: dict[str, str | int | None], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        Hosted(Merge, section(**{"port": PORT, **settings}))


# --- with C's drivers, server and client


def test_with_c_drivers_and_server(tmp_path: Path) -> None:
    """kill -9 of one link in an outage, and of the other; what it warned of is not forgotten."""
    upsc = need("upsc", package="nut-client")
    nut = CNut(tmp_path)
    nut.ups("serial", "ups.status: OL\nups.id: serial\ninput.voltage: 230\n")
    nut.ups("net", "ups.status: OL\nups.id: net\nbattery.charge: 90\nbattery.charge.low: 20\n")
    port = "port = dummy-ups-serial,dummy-ups-net"
    nut.section("m", "driver = merge", port, "prefer.ups.id = net, serial", "holdtime = 60", "pollinterval = 1")
    nut.user("admin", "adm", "actions = SET", "instcmds = ALL")
    argv = (sys.executable, "-m", "wallnut.cli.driver", "merge", "-a", "m", "-F", "-u", "root")

    def set_var(ups: str, name: str, value: str) -> None:
        answer = nut.ask("USERNAME admin", "PASSWORD adm", f'SET VAR {ups} {name} "{value}"')
        assert answer[-1] == "OK", answer

    def kill(name: str) -> None:
        driver = nut.drivers.pop(name)
        driver.send(signal.SIGKILL)
        driver.wait()

    def lines() -> dict[str, str]:
        answer = subprocess.run(
            [upsc, f"m@127.0.0.1:{nut.port}"], capture_output=True, text=True, timeout=20, check=True
        )
        return dict(line.split(": ", 1) for line in answer.stdout.splitlines())

    with nut, running(*argv, ready=lambda _: nut.socket("m", "merge").exists(), env=nut.env):
        nut.wait_for("m", "ups.id", "net")
        seen = lines()
        assert (seen["input.voltage"], seen["driver.source.input.voltage"]) == ("230", "dummy-ups-serial")
        assert (seen["battery.charge"], seen["driver.source.battery.charge"]) == ("90", "dummy-ups-net")
        assert seen["ups.status"] == "OL"
        set_var("m", "battery.charge.low", "30")
        nut.wait_for("net", "battery.charge.low", "30")
        nut.wait_for("m", "battery.charge.low", "30")
        set_var("net", "ups.status", "OB LB")
        nut.wait_for("m", "ups.status", "OB LB")
        kill("net")
        nut.wait_for("m", "ups.id", "serial")
        seen = lines()
        assert seen["ups.status"] == "OB LB", "the other link still says OL"
        assert "battery.charge" not in seen
        assert seen["driver.link.dummy-ups-net"] == "lost"
        set_var("serial", "ups.status", "OB")
        until(lambda: lines()["driver.link.dummy-ups-serial.status"] == "OB", 10, "the other link to see it")
        assert lines()["ups.status"] == "OB LB"
        kill("serial")
        until(lambda: nut.ask("GET VAR m ups.status") == ["ERR DATA-STALE"], 15, "the data to be stale")
        nut.socket("net").unlink()
        nut.start_driver("net")
        until(lambda: nut.ask("GET VAR m ups.id") == ['VAR m ups.id "net"'], 15, "the link to be back")
        nut.wait_for("m", "ups.status", "OB")  # serial's, for holdtime; net's is OL
