"""upsd as a program: options, start, refusal to start, background, signals, reload, end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.server.talk import Talk
from tests.support.cnut import ask
from tests.support.ours import program
from tests.support.ports import accepts, free_port
from tests.support.procs import Process, running
from tests.support.wait import until
from wallnut.cli.upsd import most_connections


class Site:
    """A folder of configuration files, and the environment that points there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.write("ups.conf", "[u]\ndriver = d\nport = p\ndesc = One\n")
        self.write("upsd.conf", f"LISTEN 127.0.0.1 {self.port}\n")
        self.write("upsd.users", "[mon]\npassword = pw\nupsmon primary\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o640)

    @property
    def env(self) -> Mapping[str, str]:
        folder = str(self.folder)
        return {"NUT_CONFPATH": folder, "NUT_STATEPATH": folder, "NUT_ALTPIDPATH": folder}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, **self.env}
        argv = [program("upsd"), *words]
        return subprocess.run(
            argv, env=env, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL, check=False
        )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    tmp_path.chmod(0o750)
    return Site(tmp_path)


def serve(site: Site, *words: str, env: Mapping[str, str] | None = None) -> AbstractContextManager[Process]:
    everything = {**site.env, **(env or {})}
    return running(program("upsd"), *words, "-u", "root", ready=lambda _: accepts(site.port), env=everything)


def test_version_and_help(site: Site) -> None:
    answer = site.run("-V")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.startswith("Network UPS Tools upsd 2.8.5")
    for words in (["-h"], ["-Z"], ["-c", "foo"], ["-c"]):
        answer = site.run(*words)
        assert answer.returncode == 0
        assert "usage: upsd [OPTIONS]" in answer.stdout
    assert site.run("-Z").stderr == "upsd: invalid option -- 'Z'\n"


def test_old_listen_options(site: Site) -> None:
    answer = site.run("-i", "127.0.0.1")
    assert answer.returncode == 1
    assert "Use 'LISTEN <address> [<port>]' in 'upsd.conf' instead." in answer.stderr


def test_foreground(site: Site) -> None:
    with serve(site, "-F") as process:
        assert ask(site.port, "LIST UPS") == ["BEGIN LIST UPS", 'UPS u "One"', "END LIST UPS"]
        until(lambda: "not saving a PID file" in process.stderr(), 5, "the last line of the start")
        lines = process.stderr().splitlines()
        assert lines[:2] == ["Found 1 UPS defined in ups.conf", f"listening on 127.0.0.1 port {site.port}"]
        assert "Can't connect to UPS [u] (d-u): No such file or directory" in lines
        assert process.stdout().startswith("Network UPS Tools upsd 2.8.5")
        assert not (site.folder / "upsd.pid").exists()
        process.send(signal.SIGTERM)
        assert process.wait() == 0
        assert process.stderr().splitlines()[-1] == "Signal 15: exiting"
    assert not accepts(site.port)


def test_ctrl_c(site: Site) -> None:
    with serve(site, "-F", "-F") as process:
        pid = site.folder / "upsd.pid"
        until(pid.exists, 5, "the pid file")
        assert pid.read_text() == f"{process.pid}\n"
        process.send(signal.SIGINT)
        assert process.wait() == 0
        assert not pid.exists()
        assert "Traceback" not in process.stderr()


def test_background(site: Site) -> None:
    answer = site.run("-u", "root")
    try:
        assert answer.returncode == 0
        pid = int((site.folder / "upsd.pid").read_text())
        assert ask(site.port, "NETVER") == ["1.3"]
        again = site.run("-u", "root")
        assert again.returncode == 1
        assert "Fatal error: A previous upsd instance is already running!\n" in again.stdout
        site.write("ups.conf", "[u]\ndriver = d\nport = p\ndesc = Two\n")
        assert site.run("-c", "rel").returncode == 0
        until(lambda: ask(site.port, "GET UPSDESC u") == ['UPSDESC u "Two"'], 5, "the new description")
        assert site.run("-c", "reload", "-P", str(pid)).returncode == 0
    finally:
        stopped = site.run("-c", "stop")
    assert stopped.returncode == 0
    until(lambda: not accepts(site.port), 5, "the end")
    until(lambda: not (site.folder / "upsd.pid").exists(), 5, "the pid file to go")
    failed = site.run("-c", "stop")
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[1] == "Failed to signal the currently running daemon (if any)"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a jail")
def test_background_in_a_jail(site: Site) -> None:
    """There is neither Python, nor an account `nut`, nor /dev/null."""
    jail = site.folder
    for folder in ("", "etc", "etc/nut", "run", "run/nut"):
        (jail / folder).mkdir(exist_ok=True)
        (jail / folder).chmod(0o777)
    for name in ("ups.conf", "upsd.conf", "upsd.users"):
        (jail / name).rename(jail / "etc/nut" / name)
        (jail / "etc/nut" / name).chmod(0o644)
    nowhere = dict.fromkeys(site.env, "")
    argv = [program("upsd"), "-r", str(jail), "-u", "nobody"]
    done = subprocess.run(argv, env={**os.environ, **nowhere}, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    pid = jail / "run/nut/upsd.pid"
    try:
        assert ask(site.port, "LIST UPS") == ["BEGIN LIST UPS", 'UPS u "One"', "END LIST UPS"]
    finally:
        os.kill(int(pid.read_text()), signal.SIGTERM)
    until(lambda: not pid.exists(), 5, "the pid file to go")


@pytest.mark.parametrize("stale", ["999999\n", "no number\n", ""])
def test_a_stale_pid_file_stops_nobody(site: Site, stale: str) -> None:
    (site.folder / "upsd.pid").write_text(stale)
    with serve(site, "-FF"):
        until(lambda: (site.folder / "upsd.pid").read_text() != stale, 5, "a new pid file")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("upsd.conf", None, "stat {}/upsd.conf: No such file or directory"),
        ("upsd.users", None, "stat {}/upsd.users: No such file or directory"),
        ("ups.conf", None, "Can't open {}/ups.conf: No such file or directory"),
        ("ups.conf", "", "Fatal error: at least one UPS must be defined in ups.conf"),
        ("upsd.conf", "LISTEN 192.0.2.77 3493\n", "no listening interface available"),
        ("upsd.conf", "LISTEN no.such.host.invalid 1\n", "no listening interface available"),
        (
            "upsd.conf",
            "LISTEN 127.0.0.1 {port}\nLISTEN 192.0.2.77\n",
            "Fatal error: some listening interfaces were not",
        ),
        ("upsd.conf", "CERTFILE /no/such.pem\n", "stat /no/such.pem: No such file or directory"),
        ("upsd.conf", "CERTFILE /etc/hostname\n", "SSL configuration was specified, but cannot be used"),
        ("upsd.conf", "CERTREQUEST REQUIRE\n", "CERTREQUEST require needs a CERTFILE"),
    ],
)
def test_will_not_start(site: Site, name: str, text: str | None, message: str) -> None:
    if text is None:
        (site.folder / name).unlink()
    else:
        site.write(name, text.format(port=site.port))
    answer = site.run("-F", "-u", "root")
    assert answer.returncode == 1
    assert answer.stderr.splitlines()[-1].startswith(message.format(site.folder))
    assert "Traceback" not in answer.stderr
    assert not (site.folder / "upsd.pid").exists()


def test_start_in_spite_of(site: Site) -> None:
    site.write("ups.conf", "")
    with serve(site, "-F", env={"ALLOW_NO_DEVICE": "true"}):
        assert ask(site.port, "LIST UPS") == ["BEGIN LIST UPS", "END LIST UPS"]
    site.write("upsd.conf", f"ALLOW_NO_DEVICE 1\nLISTEN 192.0.2.77\nLISTEN 127.0.0.1 {site.port}\n")
    with serve(site, "-F", env={"ALLOW_NOT_ALL_LISTENERS": "yes"}) as process:
        assert "not listening on 192.0.2.77 port 3493" in process.stderr()


def test_broken_lines_are_named_and_the_rest_counts(site: Site) -> None:
    site.write("upsd.conf", f"MAXAGE ten\nFOO bar\nLISTEN 127.0.0.1 {site.port}\n")
    site.write("ups.conf", "[u]\ndriver = d\nport = p\n[v]\ndriver = d\n")
    (site.folder / "upsd.users").chmod(0o644)
    with serve(site, "-F") as process:
        until(lambda: "is world readable" in process.stderr(), 5, "the warnings")
        said = process.stderr()
        assert f"{site.folder}/upsd.conf:1: " in said
        assert "upsd.conf: invalid directive FOO bar" in said
        assert "ignoring incomplete configuration for UPS [v]" in said
        assert f"{site.folder}/upsd.users is world readable" in said
        assert ask(site.port, "LIST UPS")[1:-1] == ['UPS u "Description unavailable"']


def test_listens_where_it_is_told(site: Site) -> None:
    other = free_port("::1")
    site.write("upsd.conf", f"LISTEN localhost {site.port}\nLISTEN ::1 {other}\n")
    with serve(site, "-F"):
        assert accepts(other, "::1")
        assert not accepts(other)
    site.write("upsd.conf", f"LISTEN * {site.port}\n")
    with serve(site, "-F"):
        assert accepts(site.port, "::1")
    with serve(site, "-F", "-4"):
        assert not accepts(site.port, "::1")


def test_reload(site: Site) -> None:
    site.write("ups.conf", "[a]\ndriver = d\nport = p\n[b]\ndriver = d\nport = p\n")
    with serve(site, "-F") as process, Talk(site.port) as on_a, Talk(site.port) as on_b:
        for talk, ups in ((on_a, "a"), (on_b, "b")):
            assert [talk.ask(line) for line in ("USERNAME mon", "PASSWORD pw", f"LOGIN {ups}")] == [["OK"]] * 3
        site.write(
            "ups.conf", "[new]\ndriver = d\nport = p\n[b]\ndriver = e\nport = p\ndesc = B\n[new2]\ndriver=d\nport=p\n"
        )
        process.send(signal.SIGHUP)
        assert on_a.line() == ""
        assert on_b.ask("LIST UPS") == [
            "BEGIN LIST UPS",
            'UPS new "Description unavailable"',
            'UPS new2 "Description unavailable"',
            'UPS b "B"',
            "END LIST UPS",
        ]
        said = process.stderr()
        for line in (
            "SIGHUP: reloading configuration",
            "Deleting UPS [a]",
            "Kicking client 127.0.0.1 (was on UPS [a])",
            "Redefined UPS [b]",
            "Can't connect to UPS [new] (d-new): No such file or directory",
        ):
            assert line in said
        site.write("upsd.users", "[mon]\npassword = other\nupsmon primary\n")
        process.send(signal.SIGHUP)
        until(lambda: on_b.ask("PRIMARY b") == ["ERR ACCESS-DENIED"], 5, "the new users")
        (site.folder / "upsd.conf").unlink()
        process.send(signal.SIGHUP)
        until(lambda: "Reload failed: stat " in process.stderr(), 5, "the complaint")
        assert on_b.ask("GET NUMLOGINS b") == ["ERR DRIVER-NOT-CONNECTED"]


def test_readiness(site: Site) -> None:
    path = str(site.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(10)
        with serve(site, "-F", env={"NOTIFY_SOCKET": path}) as process:
            assert manager.recv(1000).startswith(b"READY=1\n")
            process.send(signal.SIGTERM)
            assert manager.recv(1000) == b"STOPPING=1"


def test_debug_lines(site: Site) -> None:
    with serve(site, "-D") as process:
        ask(site.port, "NETVER")
        assert process.stderr().startswith("   0.")
        assert "\tFound 1 UPS defined in ups.conf" in process.stderr()
    with serve(site, "-F", "-q") as process:
        ask(site.port, "NETVER")
        assert "Found 1 UPS" not in process.stderr()
        assert "Can't connect to UPS [u]" in process.stderr()


@pytest.mark.parametrize(("limit", "most"), [("7", 7), ("0", None), ("many", None)])
def test_a_limit_from_the_environment(monkeypatch: pytest.MonkeyPatch, limit: str, most: int | None) -> None:
    usual = most_connections(0)
    monkeypatch.setenv("NUT_SYSMAXCONN_LIMIT", limit)
    assert most_connections(0) == (most or usual)
