"""What fails in the middle of a shutdown, and a server that does not answer any more."""

from __future__ import annotations

import contextlib
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from tests.monitor.bench import ADMIN, Observer, alive, kill, logins, say
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.wait import until


def serving(folder: Path, *names: str) -> CNut:
    folder.mkdir()
    nut = CNut(folder, upsd=program("upsd"), dummy=program("dummy-ups"))
    for name in names:
        nut.ups(name, "ups.status: OL\n")
    return nut.user(*ADMIN).user("mon", "pw", "upsmon primary")


@contextlib.contextmanager
def guests(nut: CNut, *upses: str) -> Iterator[None]:
    """Somebody who is logged in to each of these UPSes and takes no notice of anything."""
    with contextlib.ExitStack() as stack:
        for ups in upses:
            link = stack.enter_context(socket.create_connection(("127.0.0.1", nut.port)))
            link.sendall(f"USERNAME mon\nPASSWORD pw\nLOGIN {ups}\n".encode())
        yield


def slow(one: Observer) -> Path:
    """Let SHUTDOWNCMD take a second; the file that is there from its beginning on."""
    begun = one.conf / "begun"
    one.script("down", f"touch {begun}; sleep 1; date +%s.%N >> {one.down_file}")
    return begun


def test_kill_9_in_a_shutdown(tmp_path: Path) -> None:
    """Driver, child and parent, while secondaries are waited for and while SHUTDOWNCMD runs."""
    nut = serving(tmp_path / "server", "dh", "ch", "ph", "cd", "pd")
    waiting = ("HOSTSYNC 600", "FINALDELAY 0")
    driver, child, parent = (
        Observer(tmp_path / ups, nut, [(ups, 1, "primary")], *waiting) for ups in ("dh", "ch", "ph")
    )
    staying = Observer(tmp_path / "cd", nut, [("cd", 1, "primary")], "SHUTDOWNEXIT no")
    leaving = Observer(tmp_path / "pd", nut, [("pd", 1, "primary")])
    begun = {one: slow(one) for one in (staying, leaving)}
    with nut, contextlib.ExitStack() as stack:
        for one in (driver, child, parent, staying, leaving):
            stack.enter_context(one.running())
        with guests(nut, "dh", "ch", "ph"):
            for name in ("dh", "ch", "ph"):
                until(lambda name=name: logins(nut, name) == 2, 15, f"two logins to {name}")  # type: ignore[misc]
            for name in ("cd", "pd"):
                until(lambda name=name: logins(nut, name) == 1, 15, f"the login to {name}")  # type: ignore[misc]
            monitors = {one: one.monitor_pid() for one in (child, parent, staying)}
            for name in ("dh", "ch", "ph", "cd", "pd"):
                say(nut, name, "OB LB")
            for one in (driver, child, parent):
                one.wait_note("SHUTDOWN_HOSTSYNC")
            kill(nut.drivers["dh"].pid)
            kill(monitors[child])
            kill(parent.process.pid)
            assert child.process.wait() == 1  # and nobody is left who would shut down
            # the words that SHUTDOWNCMD runs on are out: nothing that is killed takes them back
            for one in (staying, leaving):
                until(begun[one].exists, 15, "SHUTDOWNCMD")
            kill(monitors[staying])
            kill(leaving.process.pid)
            for one in (staying, leaving):
                one.wait_down()
            assert staying.process.wait() == 0
            assert alive(monitors[parent])
            assert not parent.is_down()
            # without a driver the server does not say who is logged in, and nobody is waited for: as in C
            driver.wait_down()
            assert driver.process.wait() == 0
        # the last secondary has left
        parent.wait_down()  # by the child
        until(lambda: not alive(monitors[parent]), 10, "the child's end")
        assert not child.is_down()
        # FSD stays set: started again, the host whose monitor died goes down
        with child.running() as again:
            child.wait_down()
            assert again.wait() == 0


def test_a_server_that_hangs_and_one_that_is_killed(tmp_path: Path) -> None:
    """Nothing comes, and no connection ends: on battery that is the end after DEADTIME; on mains it is told."""
    nut = serving(tmp_path / "server", "mains", "battery", "final")
    lines = ("DEADTIME 2",)
    mains, battery = (Observer(tmp_path / ups, nut, [(ups, 1, "primary")], *lines) for ups in ("mains", "battery"))
    final = Observer(
        tmp_path / "final", nut, [("final", 1, "primary")], "FINALDELAY 1", "SHUTDOWNEXIT no", "DEADTIME 60"
    )
    with nut, mains.running("-W", "1"), battery.running("-W", "1"), final.running("-W", "1"):
        for name in ("mains", "battery", "final"):
            until(lambda name=name: logins(nut, name) == 1, 15, f"the login to {name}")  # type: ignore[misc]
        say(nut, "battery", "OB")
        battery.wait_note("ONBATT")
        assert nut.upsd is not None
        at = time.time()
        nut.upsd.send(signal.SIGSTOP)
        battery.wait_down()
        assert time.time() - at >= 0.9  # DEADTIME counts from the last answer
        mains.wait_note("COMMBAD")
        assert not mains.is_down()
        nut.upsd.send(signal.SIGCONT)
        mains.wait_note("COMMOK")
        until(lambda: logins(nut, "mains") == logins(nut, "final") == 1, 15, "the logins")
        # killed while the last warning is out
        say(nut, "final", "OB LB")
        final.wait_note("SHUTDOWN")
        kill(nut.upsd.pid)
        final.wait_down()
        assert final.process.popen.poll() is None  # SHUTDOWNEXIT no
        final.process.send(signal.SIGTERM)
        assert final.process.wait() == 0
        assert not mains.is_down()
