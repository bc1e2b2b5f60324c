"""What daemons do around their work: log lines, pid files, readiness, whole-or-nothing files."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.wait import until
from wallnut.io import service
from wallnut.io.log import Log
from wallnut.model.errors import ConfigError


def test_lines_are_plain_without_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    log = Log("upsd")
    log.error("it broke")
    log.debug(1, "details")
    assert capsys.readouterr().err == "it broke\n"


def test_lines_have_time_and_level_with_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    ticks = iter([10.0, 11.25, 12.5])
    log = Log("upsd", level=2, clock=lambda: next(ticks))
    log.notice("hello")
    log.debug(2, "details")
    log.debug(3, "more details")
    assert capsys.readouterr().err == "   1.250000\thello\n   2.500000\t[D2] details\n"


def test_debug_lines_say_who_where_the_environment_wants_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log("upsd", level=1, clock=lambda: 0.0)
    monkeypatch.setenv("NUT_DEBUG_PROCNAME", "")
    log.debug(1, "a")
    monkeypatch.setenv("NUT_DEBUG_PID", "")
    log.debug(1, "b")
    log.notice("c")
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition("\t")[2] for line in lines] == ["[D1:upsd] a", f"[D1:{os.getpid()}:upsd] b", "c"]


@pytest.mark.parametrize(
    ("flags", "environment", "configured", "level"),
    [(0, "", None, 0), (2, "5", None, 2), (0, "5", 1, 5), (1, "5", 3, 3), (0, "x", 3, 3), (4, "", 3, 4)],
)
def test_debug_level(
    monkeypatch: pytest.MonkeyPatch, flags: int, environment: str, configured: int | None, level: int
) -> None:
    monkeypatch.setenv("NUT_DEBUG_LEVEL", environment)
    assert service.debug_level(flags, configured) == level


@pytest.mark.parametrize(("value", "hushed"), [(None, False), ("1", False), ("", True), ("0", True), ("true", True)])
def test_only_exactly_1_leaves_the_banner(monkeypatch: pytest.MonkeyPatch, value: str | None, hushed: bool) -> None:
    if value is None:
        monkeypatch.delenv("NUT_QUIET_INIT_BANNER", raising=False)
    else:
        monkeypatch.setenv("NUT_QUIET_INIT_BANNER", value)
    assert service.hushed() == hushed


def test_a_state_path_that_does_not_count_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert service.overruled_statepath("/x") == ""
    monkeypatch.setenv("NUT_STATEPATH", "/s")
    assert [service.overruled_statepath(path) for path in ("", "/s/")] == ["", ""]
    assert service.overruled_statepath("/x") == "statepath /x does not count: NUT_STATEPATH says /s"


@pytest.mark.parametrize(("user", "jail", "loaded"), [("root", "", False), ("root", "/jail", True)])
def test_what_a_jail_would_hide_is_imported_before(user: str, jail: str, loaded: bool) -> None:
    script = (
        "import sys; from wallnut.io.service import Account; Account(sys.argv[1], jail=sys.argv[2], later=('wave',))"
    )
    command = [sys.executable, "-c", f"{script}; print('wave' in sys.modules)", user, jail]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=20)
    assert done.stdout == f"{loaded}\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_user_whom_the_jail_does_not_know(tmp_path: Path) -> None:
    script = (
        "import os, sys; from wallnut.io.service import Account; one = Account('nobody', jail=sys.argv[1]);"
        "one.enter_jail(); one.become(); print(os.listdir('/'), os.getuid() != 0, len(os.getgroups()))"
    )
    (tmp_path / "here").touch()
    command = [sys.executable, "-c", script, str(tmp_path)]
    tmp_path.chmod(0o755)
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=20)
    assert done.stdout == "['here'] True 1\n"
    with pytest.raises(service.ServiceError, match="OS user or group not found: "):
        service.Account("nobody-here")


def test_a_peer_cannot_forge_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Log("upsd").warning("user [a\nSignal 15: exiting\x1b[2J]")
    assert capsys.readouterr().err == "user [a?Signal 15: exiting?[2J]\n"


def test_a_pid_file_is_ours_alone_to_remove(tmp_path: Path) -> None:
    path = tmp_path / "upsd.pid"
    pid = service.PidFile(str(path))
    assert not pid.alive()
    pid.write()
    assert path.read_bytes() == f"{os.getpid()}\n".encode()
    assert pid.alive()
    path.write_text("1\n")
    pid.remove()
    assert path.exists()


@pytest.mark.parametrize("content", ["", "nonsense", "-5", "99999999999999999999999"])
def test_a_pid_file_with_nonsense_names_nobody(tmp_path: Path, content: str) -> None:
    path = tmp_path / "upsd.pid"
    path.write_text(content)
    assert not service.PidFile(str(path)).alive()
    with pytest.raises(service.ServiceError):
        service.PidFile(str(path)).signal(signal.SIGHUP, "upsd")


def test_a_number_that_is_another_programs_since_gets_no_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "upsd.pid"
    with subprocess.Popen(["sleep", "20"]) as other:
        path.write_text(f"{other.pid}\n")
        pid = service.PidFile(str(path))
        with pytest.raises(service.ServiceError, match=f"process {other.pid} of {path} is no upsd"):
            pid.signal(signal.SIGTERM, "upsd")
        assert other.poll() is None
        monkeypatch.setenv("NUT_IGNORE_CHECKPROCNAME", "true")
        pid.signal(signal.SIGTERM, "upsd")
        assert other.wait(10) == -signal.SIGTERM


def test_the_folders_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (service.confpath(), service.statepath(), service.altpidpath("/x")) == ("/etc/nut", "/run/nut", "/x")
    monkeypatch.setenv("NUT_STATEPATH", "/s")
    assert (service.statepath("/x"), service.altpidpath("/x")) == ("/s", "/s")
    monkeypatch.setenv("NUT_ALTPIDPATH", "/p")
    assert service.altpidpath("/x") == "/p"


def test_the_service_manager_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(where)
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", where)
        service.ready("serving 2 UPSes")
        assert manager.recv(1000).startswith(b"READY=1\nSTATUS=serving 2 UPSes\n")
        service.stopping()
        assert manager.recv(1000) == b"STOPPING=1"
    os.unlink(where)
    service.ready("nobody listens")


def test_files_are_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "upsd.users"
    service.write_file(str(path), b"one", 0o640)
    service.write_file(str(path), b"two", 0o640)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o640)
    assert [entry.name for entry in tmp_path.iterdir()] == ["upsd.users"]
    with pytest.raises(OSError, match="No such file"):
        service.write_file(str(tmp_path / "no" / "file"), b"", 0o640)


def test_what_cannot_be_read_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"Can't open {tmp_path}/ups.conf: No such file or directory"):
        service.read_bytes(f"{tmp_path}/ups.conf")
    with pytest.raises(ConfigError, match=f"stat {tmp_path}/upsd.users: No such file or directory"):
        service.world_readable(f"{tmp_path}/upsd.users")


@pytest.mark.parametrize(("verdict", "code"), [("service.release(fd)", 0), ("service.release(fd, 3)", 3), ("1/0", 1)])
def test_the_parent_in_the_foreground_exits_as_the_start_went(verdict: str, code: int) -> None:
    script = f"from wallnut.io import service; fd = service.background(); {verdict}"
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, timeout=20)
    assert done.returncode == code


@pytest.mark.parametrize(("wish", "there"), [("stderr", "hello\n"), ("none", ""), ("default", "")])
def test_the_log_of_the_background_stays_where_the_environment_wants_it(tmp_path: Path, wish: str, there: str) -> None:
    script = (
        "from wallnut.io import service; from wallnut.io.log import Log; log = Log('test'); fd = service.background();"
        "log.to_background(); service.release(fd); log.notice('hello'); open('done', 'w').close()"
    )
    with open(tmp_path / "err", "wb") as err:
        env = {**os.environ, "NUT_DEBUG_SYSLOG": wish}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, env=env, stderr=err, check=False, timeout=20
        )
    assert done.returncode == 0
    until((tmp_path / "done").exists, 10, "the child to be done")
    assert (tmp_path / "err").read_text() == there
