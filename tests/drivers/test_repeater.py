"""dummy-ups as repeater: of C upsd, which is polled, and of ours, which pushes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cnut import CNut
from tests.support.hosts import Hosted, section
from tests.support.ours import program
from tests.support.ports import accepts, free_port
from tests.support.procs import Process, running
from tests.support.programs import Place, place
from wallnut.drivers.dummy import Dummy
from wallnut.model.errors import ConfigError

TICK = 0.05


def repeater(port: int, folder: Path, **settings: str | None) -> Hosted:
    (folder / "auth").write_text(f"[@127.0.0.1:{port}]\nUSER = admin\nPASS = adm\n")
    return Hosted(Dummy, section(port=f"u@127.0.0.1:{port}", pollinterval=1, authconf=str(folder / "auth"), **settings))


def test_of_c(tmp_path: Path) -> None:
    source = CNut(tmp_path).ups("u", "ups.status: OL\nups.id: big\nbattery.charge: 90\n")
    source.user("admin", "adm", "actions = SET", "instcmds = ALL").server("MAXAGE 3")
    with source as nut, repeater(nut.port, tmp_path).start() as u:
        state = u.host.state
        assert u.verdict == ""
        assert state.value("ups.id") == "big"
        assert state.value("driver.name") == "dummy-ups"
        assert state.value("driver.parameter.mode") == "repeater"
        assert state.value("driver.version") == "2.8.5", "ours, not the other one's"
        variable = state.get("ups.id")
        assert variable is not None
        assert (variable.writable, variable.length) == (True, 16)
        assert state.has_command("load.off")
        peer = u.peer()
        assert "TRACKING t 0" in u.say(peer, "SET ups.id small TRACKING t")
        u.until(lambda: state.value("ups.id") == "small", "the value to come round", TICK)
        assert "TRACKING t 1" in u.say(peer, "INSTCMD load.off TRACKING t")
        assert "TRACKING t 1" in u.say(peer, "SET no.such x TRACKING t")
        nut.ask("USERNAME admin", "PASSWORD adm", "SET VAR u ups.status OB")
        u.until(lambda: state.value("ups.status") == "OB", "the status to come", TICK)
        nut.stop_driver("u")
        u.until(lambda: state.stale, "the loss to be noticed", TICK)
        assert any("DRIVER-NOT-CONNECTED; data is stale" in text for text in u.log.texts)
        nut.start_driver("u")
        u.until(lambda: not state.stale and state.value("ups.id") == "big", "it to be back", TICK)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Place, int, Process]]:
    """Our upsd over our dummy-ups."""
    with place(tmp_path) as at:
        port = free_port()
        at.write("ups.conf", "[u]\n driver = dummy-ups\n port = u.dev\n")
        at.write("u.dev", "ups.status: OL\nups.id: big\noutlet.1.status: on\n")
        at.write("upsd.conf", f"LISTEN 127.0.0.1 {port}\n")
        at.write("upsd.users", "[admin]\n password = adm\n actions = SET\n instcmds = ALL\n").chmod(0o640)
        argv = (program("upsd"), "-F", "-u", "root")
        with (
            at.driver("dummy-ups", "-a", "u") as driver,
            running(*argv, env=at.env, ready=lambda _: accepts(port)),
        ):
            yield at, port, driver


def test_of_ours(tmp_path: Path, server: tuple[Place, int, Process]) -> None:
    at, port, driver = server
    with repeater(port, tmp_path).start() as u:
        state, peer = u.host.state, u.peer()
        assert u.verdict == "", u.log.texts
        assert state.value("outlet.1.status") == "on"
        # the clock stands still: what comes now is pushed
        assert "TRACKING t 0" in u.say(peer, "SET ups.id small TRACKING t")
        u.until(lambda: state.value("ups.id") == "small", "the value to come round")
        assert "TRACKING t 0" in u.say(peer, 'SET outlet.1.status "" TRACKING t')
        u.until(lambda: state.get("outlet.1.status") is None, "the variable to go")
        u.until(lambda: u.host.worker.waiting == 0, "quiet")
        driver.popen.terminate()
        u.until(lambda: state.stale, "the loss to be noticed", TICK)
        at.write("u.dev", "ups.status: OB\n")
        with at.driver("dummy-ups", "-a", "u"):
            u.until(lambda: not state.stale, "it to be back", TICK)
            u.until(lambda: state.value("ups.status") == "OB", "OB", TICK)
            assert state.get("ups.id") is None, "what is gone there is gone here"


def test_a_wrong_password(tmp_path: Path, server: tuple[Place, int, Process]) -> None:
    _, port, _ = server
    (tmp_path / "auth").write_text("USER = admin\nPASS = wrong\n")
    with Hosted(Dummy, section(port=f"u@127.0.0.1:{port}", authconf=str(tmp_path / "auth"))).start() as u:
        assert u.verdict == ""
        assert "TRACKING t 3" in u.say(u.peer(), "SET ups.id small TRACKING t")
        assert f"u@127.0.0.1:{port}: ups.id: ACCESS-DENIED" in u.log.texts


def test_strict_start(tmp_path: Path) -> None:
    port = free_port()
    with repeater(port, tmp_path).start() as u:
        assert u.verdict == f"u@127.0.0.1:{port}: Connection failure: Connection refused"
    with repeater(port, tmp_path, repeater_disable_strict_start=None).start() as u:
        assert u.verdict == ""
        assert u.host.state.stale
        assert f"[u] u@127.0.0.1:{port}: Connection failure: Connection refused; data is stale" in u.log.texts


def test_an_unknown_ups(tmp_path: Path, server: tuple[Place, int, Process]) -> None:
    _, port, _ = server
    with Hosted(Dummy, section(port=f"none@127.0.0.1:{port}")).start() as u:
        assert u.verdict == f"none@127.0.0.1:{port}: UNKNOWN-UPS"


def test_a_port_that_is_none() -> None:
    with pytest.raises(ConfigError, match=r"^\[u\] port = u@: invalid UPS definition"):
        Hosted(Dummy, section(port="u@"))
