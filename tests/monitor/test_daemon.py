"""Our upsmon at work: with C's server and with ours, by itself."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.monitor.bench import ADMIN, FLAG, Observer, alive, kill, logins, say
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.procs import running
from tests.support.wait import until

NAMES = (*"abcdefghijklmnopq", "b2")


def server(folder: Path, upsd: str = "") -> CNut:
    """A server whose UPSes are all online; each test has some of its own."""
    nut = CNut(folder, upsd=upsd, dummy=program("dummy-ups"))  # C's spins, or dies, once a server was killed
    for name in NAMES:
        nut.ups(name, "ups.status: OL\n")
    return nut.user(*ADMIN).user("mon", "pw", "upsmon primary")


@pytest.fixture(scope="module")
def polled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CNut]:
    """C's server, which has to be asked."""
    with server(tmp_path_factory.mktemp("c")) as nut:
        yield nut


@pytest.fixture(scope="module")
def pushing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CNut]:
    """Our server, which tells."""
    with server(tmp_path_factory.mktemp("ours"), program("upsd")) as nut:
        yield nut


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that other users may enter; pytest's own are closed to them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        path.chmod(0o755)
        yield path


@pytest.fixture(params=["polled", "pushing"])
def nut(request: pytest.FixtureRequest) -> CNut:
    """One and the other."""
    found: CNut = request.getfixturevalue(request.param)
    return found


def test_an_outage_with_all_its_trimmings(nut: CNut, tmp_path: Path) -> None:
    """Several hosts, each with a UPS and a problem of its own, go through one outage at the same time."""
    plain = Observer(tmp_path / "plain", nut, [("a", 1, "primary")])
    hanging = Observer(tmp_path / "hanging", nut, [("b", 1, "primary")])
    note = f'echo "$(date +%s.%N)|$NOTIFYTYPE|$UPSNAME|$1" >> {hanging.notes_file}'
    hanging.script("notify", f"echo $$ >> {tmp_path}/hang; {note}; exec sleep 60")
    failing = Observer(tmp_path / "failing", nut, [("c", 1, "primary")])
    failing.script("down", f"date +%s.%N >> {failing.down_file}; exit 1")
    two = Observer(tmp_path / "two", nut, [("d", 1, "primary"), ("e", 1, "primary")])
    delayed = Observer(tmp_path / "delayed", nut, [("f", 1, "primary")], "FINALDELAY 1")
    staying = Observer(tmp_path / "staying", nut, [("g", 1, "secondary")], "HOSTSYNC 1", "SHUTDOWNEXIT no")
    single = Observer(tmp_path / "single", nut, [("h", 1, "primary")])
    observers = [plain, hanging, failing, two, delayed, staying, single]
    with (
        plain.running(),
        hanging.running(),
        failing.running(),
        two.running(),
        delayed.running(),
        staying.running(),
        single.running("-p"),
    ):
        for name in "abcdefgh":
            until(lambda name=name: logins(nut, name) == 1, 10, f"a login to {name}")  # type: ignore[misc]
        at = {name: say(nut, name, "OB DISCHRG") for name in "abcdfgh"}
        for observer in observers:
            assert observer.wait_note("ONBATT").text.endswith("on battery")
        at |= {name: say(nut, name, "OB DISCHRG LB") for name in "abcdfgh"}
        quick = 10.0  # a poll, and a busy machine
        assert plain.wait_down() - at["a"] < quick
        assert plain.flag.read_bytes() == FLAG
        assert plain.process.wait() == 0
        until(lambda: sorted(plain.kinds()) == ["FSD", "LOWBATT", "ONBATT", "SHUTDOWN"], 5, "the notifications")
        assert nut.ask("GET VAR a ups.status") == ['VAR a ups.status "FSD OB DISCHRG LB"']

        assert hanging.wait_down() - at["b"] < quick
        assert hanging.process.wait() == 0
        hung = tmp_path / "hang"
        until(lambda: len(hung.read_text().split()) == 4, 10, "all that is told to hang")
        for pid in hung.read_text().split():
            kill(int(pid))

        assert failing.wait_down() - at["c"] < quick
        until(lambda: "trying again in 5 s" in failing.process.stderr(), 5, "the failure to be said")
        assert "Unable to call shutdown command:" in failing.process.stderr()
        assert failing.process.popen.poll() is None
        kill(failing.process.pid)  # it would go on trying for a while

        assert 1 <= delayed.wait_down() - at["f"] < quick + 1
        assert sorted(delayed.kinds()) == ["FSD", "LOWBATT", "ONBATT", "SHUTDOWN"]  # each script starts when it may
        assert single.wait_down() - at["h"] < quick
        assert single.flag.read_bytes() == FLAG
        assert single.process.wait() == 0

        assert 1 <= staying.wait_down() - at["g"] < quick + 1
        assert staying.flag.read_bytes() == FLAG
        assert logins(nut, "g") == 1
        assert staying.process.popen.poll() is None
        staying.process.send(signal.SIGTERM)
        assert staying.process.wait() == 0
        until(lambda: logins(nut, "g") == 0, 5, "the logout")

        assert not two.is_down()
        at["e"] = say(nut, "e", "OB LB")
        assert two.wait_down() - at["e"] < quick
        # told in the order of MONITOR lines; the programs that tell it all start at once by now
        assert [text[4] for text in two.texts() if "forced shutdown" in text] == ["d", "e"]


@contextlib.contextmanager
def guest(nut: CNut, ups: str) -> Iterator[None]:
    """Somebody who logs in to a UPS and takes no notice of anything."""
    with socket.create_connection(("127.0.0.1", nut.port)) as link:
        link.sendall(f"USERNAME mon\nPASSWORD pw\nLOGIN {ups}\n".encode())
        yield


def test_contact_lost_and_found(pushing: CNut, tmp_path: Path) -> None:
    """A driver that ends, a server that is killed: on mains never a shutdown, on battery after DEADTIME."""
    lines = ("DEADTIME 2", "NOCOMMWARNTIME 2")
    mains = Observer(tmp_path / "mains", pushing, [("i", 1, "primary")], *lines)
    battery = Observer(tmp_path / "battery", pushing, [("j", 1, "primary")], *lines)
    back = Observer(tmp_path / "back", pushing, [("k", 1, "primary"), ("l", 0, "secondary")], *lines, "DEADTIME 60")
    waiting = Observer(tmp_path / "waiting", pushing, [("q", 1, "primary")], "HOSTSYNC 600")
    with mains.running(), battery.running(), back.running(), waiting.running(), guest(pushing, "q"):
        for name in "ijkl":
            until(lambda name=name: logins(pushing, name) == 1, 10, f"a login to {name}")  # type: ignore[misc]
        say(pushing, "j", "OB")
        say(pushing, "k", "OB")
        battery.wait_note("ONBATT")
        back.wait_note("ONBATT")
        pushing.stop_driver("l")
        assert back.wait_note("COMMBAD").ups == "l"
        pushing.start_driver("l")
        assert back.wait_note("COMMOK").ups == "l"
        until(lambda: logins(pushing, "q") == 2, 10, "the logins to q")
        say(pushing, "q", "OB LB")
        assert waiting.wait_note("SHUTDOWN_HOSTSYNC").ups == ""
        assert not waiting.is_down()
        assert pushing.upsd is not None
        at = time.time()
        kill(pushing.upsd.pid)
        assert 0.9 <= battery.wait_down() - at < 12  # DEADTIME counts from the last answer, a second ago at most
        assert battery.kinds()[:3] == ["ONBATT", "COMMBAD", "SHUTDOWN"] or battery.kinds()[:2] == ["ONBATT", "COMMBAD"]
        assert "FSD set on UPS j@127.0.0.1" in battery.process.stderr()
        waiting.wait_down()  # nobody can be logged in to a server that is no more
        mains.wait_note("NOCOMM")
        assert not mains.is_down()
        assert mains.process.popen.poll() is None
        assert not back.is_down()
        pushing.start_server()
        until(lambda: [note.ups for note in back.notes() if note.kind == "COMMOK"].count("k") == 1, 10, "k to be back")
        until(lambda: logins(pushing, "k") == 1, 5, "the login to be back")
        assert [note.kind for note in back.notes() if note.ups == "k"] == [
            "ONBATT",
            "COMMBAD",
            "COMMOK",
        ] or "NOCOMM" in back.kinds()


def test_killed_at_each_step(pushing: CNut, tmp_path: Path) -> None:
    """kill -9 of the monitor's processes; started again, what has to be done is done."""
    child = Observer(tmp_path / "child", pushing, [("m", 1, "primary")], "FINALDELAY 600")
    parent = Observer(tmp_path / "parent", pushing, [("n", 1, "primary")], "FINALDELAY 1")
    late = Observer(tmp_path / "late", pushing, [("o", 1, "primary")], "FINALDELAY 2")
    with child.running(), parent.running(), late.running():
        for name in "mno":
            until(lambda name=name: logins(pushing, name) == 1, 10, f"a login to {name}")  # type: ignore[misc]
        # the parent dies: said, and watched on; the child does what it can
        monitor = parent.monitor_pid()
        kill(parent.process.pid)
        parent.process.wait()
        until(lambda: "Parent died - shutdown impossible" in parent.process.stderr(), 5, "NOPARENT")
        parent.wait_note("NOPARENT")
        assert alive(monitor)
        say(pushing, "n", "OB LB")
        parent.wait_down()
        assert parent.flag.read_bytes() == FLAG
        until(lambda: not alive(monitor), 5, "the monitor's end")
        # the parent dies while the last warning is out: the child does it
        say(pushing, "o", "OB LB")
        late.wait_note("SHUTDOWN")
        kill(late.process.pid)
        late.wait_down()
        # the child dies in the middle of a shutdown: the parent ends too, and shuts nothing down
        say(pushing, "m", "OB LB")
        child.wait_note("SHUTDOWN")
        kill(child.monitor_pid())
        assert child.process.wait() == 1
        assert "the monitor has ended (signal 9)" in child.process.stderr()
        assert not child.is_down()
    # started again, it goes on where the world is
    child.file.write_text(child.file.read_text().replace("FINALDELAY 600", "FINALDELAY 0"))
    with child.running() as process:
        child.wait_down()
        assert process.wait() == 0


def test_signals_and_commands(polled: CNut, tmp_path: Path) -> None:
    one = Observer(tmp_path / "one", polled, [("m", 1, "primary")])
    env = {**os.environ, "NUT_CONFPATH": str(one.conf), "NUT_PIDPATH": str(one.conf)}

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        argv = [program("upsmon"), *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=20, check=False)

    assert command("-c", "stop").returncode == 1
    with one.running("-D") as process:
        until(lambda: logins(polled, "m") == 1, 10, "the login")
        again = command("-F")
        assert again.returncode == 1
        assert "Fatal error: A previous upsmon instance is already running!\n" in again.stdout
        # reload: another UPS, another text
        text = one.file.read_text()
        more = (
            f'MONITOR n@127.0.0.1:{polled.port} 0 mon pw secondary\nNOTIFYMSG ONBATT "%s: no mains"\nSHUTDOWNCMD "x"\n'
        )
        one.file.write_text(text + more)
        assert command("-c", "reload").returncode == 0
        until(lambda: logins(polled, "n") == 1, 10, "the new UPS")
        assert "Warning: SHUTDOWNCMD redefined in split-process mode!" in process.stderr()
        say(polled, "n", "OB")
        assert one.wait_note("ONBATT").text == f"n@127.0.0.1:{polled.port}: no mains"
        # one that cannot be: said, and nothing changes
        one.file.write_text(text + "MINSUPPLIES 7\n")
        assert command("-c", "rel").returncode == 0
        until(lambda: "Impossible power configuration" in process.stderr(), 5, "the refusal")
        one.file.unlink()
        assert command("-c", "reload").returncode == 0
        until(lambda: "keeping the old configuration" in process.stderr(), 5, "the complaint")
        one.file.write_text(text)
        assert command("-c", "reload").returncode == 0
        until(lambda: logins(polled, "n") == 0, 10, "the UPS to be watched no more")
        assert logins(polled, "m") == 1
        # FSD by hand, on a healthy UPS
        assert command("-c", "fsd").returncode == 0
        one.wait_down()
        assert process.wait() == 0
        assert "Signal 10: User requested FSD" in process.stderr()
    assert command("-K").returncode == 0
    one.flag.unlink()
    answer = command("-K")
    assert (answer.returncode, answer.stderr) == (1, "Power down flag is not set\n")
    one.file.write_text(text.replace("MONITOR m@", "MONITOR o@"))
    with one.running() as process:
        until(lambda: logins(polled, "o") == 1, 10, "the login")
        assert command("-c", "s").returncode == 0
        assert process.wait() == 0
        assert "Signal 15: exiting" in process.stderr()
        until(lambda: logins(polled, "o") == 0, 5, "the logout")


def test_refused_by_the_server(polled: CNut, tmp_path: Path) -> None:
    """A wrong password: watched all the same; FSD fails, and the host goes down for itself."""
    one = Observer(tmp_path / "one", polled, [("p", 1, "primary")])
    one.file.write_text(one.file.read_text().replace("mon pw", "mon wrong"))
    with one.running() as process:
        login = f"Login on UPS [p@127.0.0.1:{polled.port}] failed - got [ERR ACCESS-DENIED]"
        until(lambda: login in process.stderr(), 10, "the refusal")
        say(polled, "p", "OB")
        one.wait_note("ONBATT")
        assert logins(polled, "p") == 0
        say(polled, "p", "OB LB")
        one.wait_down()
        assert "FSD set on UPS p@127.0.0.1" in process.stderr()


def test_rights_are_given_up(pushing: CNut, shared: Path) -> None:
    """The monitor runs as an ordinary user, who can neither read root's files nor signal the parent; it still works."""
    if os.geteuid() != 0:
        pytest.skip("only root has rights to give up")
    user = pwd.getpwnam("nobody")
    one = Observer(shared / "one", pushing, [("b2", 1, "primary")])
    secret = shared / "secret"
    secret.write_text("x")
    secret.chmod(0o600)
    who = one.conf / "who"
    one.script("down", f"id -u > {who}; date +%s.%N >> {one.down_file}")
    with one.running(user="nobody") as process:
        until(lambda: logins(pushing, "b2") == 1, 10, "the login")
        status = Path(f"/proc/{one.monitor_pid()}/status").read_text()
        ids = {
            line.split()[0]: set(line.split()[1:]) for line in status.splitlines() if line.startswith(("Uid", "Gid"))
        }
        assert ids == {"Uid:": {str(user.pw_uid)}, "Gid:": {str(user.pw_gid)}}
        one.script("notify", f"cat {secret} > {one.conf}/stolen; kill -9 {process.pid}; id -u > {one.conf}/id")
        say(pushing, "b2", "OB")
        until((one.conf / "id").exists, 10, "NOTIFYCMD")
        until(lambda: (one.conf / "id").read_text() == f"{user.pw_uid}\n", 5, "NOTIFYCMD's user")
        assert (one.conf / "stolen").read_text() == ""
        assert process.popen.poll() is None
        say(pushing, "b2", "OB LB")
        one.wait_down()
        assert who.read_text() == "0\n"
        assert one.flag.stat().st_uid == 0


def test_the_manager_hears_the_parent_alone(pushing: CNut, tmp_path: Path) -> None:
    """Ready is said when it is true, by the process that was started: nothing else need be listened to."""
    path = str(tmp_path / "manager")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        manager.settimeout(10)
        os.chmod(path, 0o777)
        for name, options in (("split", ()), ("single", ("-p",))):
            one = Observer(tmp_path / name, pushing, [("p", 1, "primary")])
            env = {"NUT_CONFPATH": str(one.conf), "NUT_PIDPATH": str(one.conf), "NOTIFY_SOCKET": path}
            with running(program("upsmon"), "-F", "-u", "root", *options, env=env) as process:
                text, extra, _, _ = manager.recvmsg(1000, 1000)
                assert text == f"READY=1\nSTATUS=watching UPSes\nMAINPID={process.pid}".encode()
                assert int.from_bytes(extra[0][2][:4], sys.byteorder) == process.pid
                until(lambda: logins(pushing, "p") == 1, 10, "the login")
                process.send(signal.SIGTERM)
                assert process.wait() == 0
            manager.setblocking(False)
            told = []
            with contextlib.suppress(BlockingIOError):
                while True:
                    told.append(manager.recv(1000))
            manager.settimeout(10)
            assert told == ([] if name == "split" else [b"STOPPING=1"])


def test_in_the_background(pushing: CNut, tmp_path: Path) -> None:
    one = Observer(tmp_path / "one", pushing, [("p", 1, "primary")])
    env = {**pushing.env, "NUT_CONFPATH": str(one.conf), "NUT_PIDPATH": str(one.conf), "NUT_DEBUG_SYSLOG": "none"}
    with running(program("upsmon"), "-u", "root", env=env) as process:
        assert process.wait() == 0
    pid = int((one.conf / "upsmon.pid").read_text())
    try:
        until(lambda: logins(pushing, "p") == 1, 10, "the login")
        assert alive(pid)
    finally:
        os.kill(pid, signal.SIGTERM)
    until(lambda: not alive(pid), 5, "its end")
    assert not (one.conf / "upsmon.pid").exists()
