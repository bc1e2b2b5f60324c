"""C upsmon, as primary and as secondary, trusts our upsd with a machine's life."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.talk import Talk
from tests.support.cnut import CNut, ask
from tests.support.ours import program
from tests.support.peers import need, with_own_run_folder
from tests.support.procs import Process, running
from tests.support.wait import until


class Machine:
    """A machine that upsmon guards: it goes down by writing a file."""

    def __init__(self, nut: CNut, folder: Path, role: str) -> None:
        folder.mkdir(mode=0o750)
        self.down, self.flag, self.events = folder / "down", folder / "flag", folder / "events"
        self._nut, self._folder = nut, folder
        notify = folder / "notify"
        notify.write_text(f'#!/bin/sh\necho "$NOTIFYTYPE" >>{self.events}\n')
        notify.chmod(0o755)
        types = "ONLINE ONBATT LOWBATT FSD COMMOK COMMBAD SHUTDOWN NOCOMM"
        conf = folder / "upsmon.conf"
        conf.write_text(
            f"MONITOR dummy@127.0.0.1:{nut.port} 1 {role} pw {role}\n"
            f'SHUTDOWNCMD "echo down >{self.down}"\nNOTIFYCMD {notify}\nPOWERDOWNFLAG {self.flag}\n'
            "POLLFREQ 1\nPOLLFREQALERT 1\nHOSTSYNC 10\nFINALDELAY 0\nDEADTIME 15\n"
            + "".join(f"NOTIFYFLAG {each} EXEC\n" for each in types.split())
        )
        conf.chmod(0o640)

    @contextlib.contextmanager
    def guarded(self) -> Iterator[Process]:
        """upsmon at work."""
        env = {**self._nut.env, "NUT_CONFPATH": str(self._folder)}
        upsmon = need("upsmon", package="nut-client")
        with running(*with_own_run_folder(), upsmon, "-F", "-u", "root", env=env) as process:
            yield process

    def told(self) -> list[str]:
        return self.events.read_text().split() if self.events.exists() else []


@pytest.fixture
def nut(tmp_path: Path) -> Iterator[CNut]:
    nut = CNut(tmp_path, upsd=program("upsd"))
    nut.ups("dummy", "ups.status: OL\n")
    nut.user("primary", "pw", "upsmon primary")
    nut.user("secondary", "pw", "upsmon secondary")
    nut.user("admin", "adm", "actions = SET")
    with nut:
        yield nut


def test_a_power_failure(nut: CNut, tmp_path: Path) -> None:
    first, other = Machine(nut, tmp_path / "first", "primary"), Machine(nut, tmp_path / "other", "secondary")
    with first.guarded(), other.guarded():
        until(lambda: ask(nut.port, "GET NUMLOGINS dummy") == ["NUMLOGINS dummy 2"], 20, "both to log in")
        assert ask(nut.port, "LIST CLIENT dummy")[1:-1] == ["CLIENT dummy 127.0.0.1"] * 2
        with Talk(nut.port) as admin:
            assert [admin.ask(line) for line in ("USERNAME admin", "PASSWORD adm")] == [["OK"]] * 2
            assert admin.ask('SET VAR dummy ups.status "OB"') == ["OK"]
            until(lambda: "ONBATT" in first.told() and "ONBATT" in other.told(), 20, "both to see the mains fail")
            assert not first.down.exists()
            assert admin.ask('SET VAR dummy ups.status "OB LB"') == ["OK"]
            until(other.down.exists, 30, "the secondary to go down")
            until(first.down.exists, 30, "the primary to go down")
            assert admin.ask("GET VAR dummy ups.status") == ['VAR dummy ups.status "FSD OB LB"']
        # upsmon waits for none of its notify scripts
        until(lambda: "SHUTDOWN" in first.told() and "FSD" in other.told(), 20, "both to have told")
    assert first.flag.exists()
    assert nut.upsd is not None
    server = nut.upsd
    until(lambda: server.stderr().count("logged out from UPS [dummy]") == 2, 5, "both to be logged out")
    assert "User primary@127.0.0.1 logged into UPS [dummy]" in server.stderr()
    assert "Client primary@127.0.0.1 set FSD on UPS [dummy]" in server.stderr()


def test_the_server_is_away_for_a_moment(nut: CNut, tmp_path: Path) -> None:
    machine = Machine(nut, tmp_path / "one", "primary")
    with machine.guarded():
        until(lambda: ask(nut.port, "GET NUMLOGINS dummy") == ["NUMLOGINS dummy 1"], 20, "the login")
        nut.stop_driver("dummy")
        until(lambda: "COMMBAD" in machine.told(), 20, "the loss to be noticed")
        nut.start_driver("dummy")
        until(lambda: "COMMOK" in machine.told(), 20, "contact again")
        assert ask(nut.port, "GET NUMLOGINS dummy") == ["NUMLOGINS dummy 1"]
    assert not machine.down.exists()
