"""upslog: formats beside C's, sampling on a test's clock, and the whole program with its signals."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.conftest import Site, Tool
from tests.cli.scripted import Scripted
from tests.support.ours import program
from tests.support.peers import need
from tests.support.ports import free_port
from tests.support.procs import Process, running
from tests.support.wait import until
from wallnut.cli import common
from wallnut.cli.logformat import DEFAULT, Format
from wallnut.cli.upslog import USAGE, Plan, Recorder, Server, open_systems, record
from wallnut.client.sync import Client
from wallnut.io.log import Memory
from wallnut.model.errors import ConnectError

LETTERS = "s:l:i:f:p:u:FBm:Nd:"
FORMATS = [
    DEFAULT,
    "%%|a%%b|%HOST%|%UPSHOST%|%VAR ups.status%|%VAR no.such%|%VAR%|%FOO%|%FOO bar%|x",
    "%VARups.status%|%VAR  ups.status%|%VAR UPS.STATUS%|%var ups.status%|%VAR nodot%|% VAR ups.status%",
    "%HOSTNAME%|%UPSHOSTx%|%E%|%ETIM%|%VAR battery.charge%%VAR ups.status%|\\n\\t",
    "%TIME @@ @Q @%|%TIMEX a@@b%",
    "100%",
    "%VAR ups.status",
    "%HOST",
    "%%%",
    "",
]


def plan(*argv: str) -> Plan:
    return Plan(common.parse("upslog", list(argv), LETTERS, USAGE, strict=True))


def lines_of(process: Process) -> list[str]:
    return process.stdout().splitlines()[2:]


def test_formats_are_those_of_c(site: Site, tmp_path: Path) -> None:
    ups = f"dummy@{site.server}"
    with ExitStack() as stack:
        processes = []
        for number, text in enumerate(FORMATS):
            for path in (need("upslog", package="nut-client"), program("upslog")):
                pid = str(tmp_path / f"{number}{path.replace('/', '_')}")
                argv = (path, "-s", ups, "-l", "-", "-i", "9", "-u", "root", "-p", pid, "-f", text)
                processes.append(stack.enter_context(running(*argv, ready=lines_of, env=site.env)))
        for text, c, us in zip(FORMATS, processes[::2], processes[1::2], strict=True):
            seen, ours = lines_of(c)[0], lines_of(us)[0]
            if "%TIME @Y" in text:
                seen, ours = (re.sub(r"^\d{8} \d{6}", "NOW", line) for line in (seen, ours))
            assert ours == seen, text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a%tb", "a\tb"),  # newer than 2.8.0
        ("%t%%t", "\t%t"),
        ("%time @Y%", "2026"),
        ("%TIME @H:@M%", "22:13"),
        ("%TIME%", "INVALID"),  # C 2.8.0 falls over
        ("%TIMEX%", "INVALID"),
        ("%ETIME%", "1795299200"),
        ("%PID%", "42"),
    ],
)
def test_format(text: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    assert Format(text).line({}, 1795299200.9, "here", "u@there", 42) == line


class Rounds:
    """A clock that only `wait` moves; each wait takes the next step, and the end comes after the last."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self.now = 1000.0
        self.waits: list[float] = []
        self._steps = iter(steps)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        step = next(self._steps, None)
        if step is None:
            raise StopIteration
        step()
        self.now += seconds

    def run(self, recorder: Recorder, plan: Plan) -> None:
        with pytest.raises(StopIteration):
            record(recorder, plan, self.wait, lambda: self.now)
        recorder.close()


def recorder(plan: Plan, log: Memory) -> Recorder:
    return Recorder(open_systems(plan, log), plan, log, lambda: 0.0)


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted({"STARTTLS": "ERR FEATURE-NOT-CONFIGURED", "GET VAR u ups.status": 'VAR u ups.status "OL"'})
    yield scripted
    scripted.close()


def nothing() -> None:
    pass


def test_interval_does_not_slip(server: Scripted, tmp_path: Path) -> None:
    log = Memory()
    asked = plan("-s", f"u@{server.name}", "-l", str(tmp_path / "log"), "-i", "10", "-f", "%VAR ups.status%")
    rounds = Rounds(nothing, nothing)

    def slow() -> None:
        rounds.now += 3  # as if a sample had taken so long

    rounds = Rounds(slow, nothing, nothing)
    rounds.run(recorder(asked, log), asked)
    assert rounds.waits == [10, 7, 10, 10]
    assert (tmp_path / "log").read_text() == "OL\n" * 4
    assert server.heard.count("STARTTLS") == 1, "one connection is kept"


def test_long_intervals_do_not_hold_a_connection(server: Scripted, tmp_path: Path) -> None:
    asked = plan("-s", f"u@{server.name}", "-l", str(tmp_path / "log"), "-i", "31", "-f", "%VAR ups.status%")
    Rounds(nothing).run(recorder(asked, Memory()), asked)
    assert server.heard.count("STARTTLS") == 2
    until(lambda: server.heard.count("LOGOUT") == 2, 10, "the second goodbye")


def test_server_goes_and_comes_back(tmp_path: Path) -> None:
    log = Memory()
    answers = {"STARTTLS": "ERR FEATURE-NOT-CONFIGURED", "GET VAR u ups.status": 'VAR u ups.status "OL"'}
    port = free_port()
    asked = plan("-s", f"u@127.0.0.1:{port}", "-l", str(tmp_path / "log"), "-f", "%VAR ups.status%")
    servers: list[Scripted] = []

    def start() -> None:
        servers.append(Scripted(answers, port))

    def stop() -> None:
        servers[-1].close()

    def restart() -> None:
        stop()
        start()

    Rounds(start, nothing, stop, nothing, start, restart).run(recorder(asked, log), asked)
    stop()
    assert (tmp_path / "log").read_text().split() == ["NA", "OL", "OL", "NA", "NA", "OL", "OL"]
    assert log.texts == [
        "Warning: initial connect failed: Connection failure: Connection refused",
        "Connection to 127.0.0.1 is back",
        "Warning: connection failed: Connection failure: Connection refused",
        "Connection to 127.0.0.1 is back",
    ]


def test_a_dead_server_is_tried_once_a_round() -> None:
    tries = []

    def dial() -> Client:
        tries.append(1)
        raise ConnectError("Connection failure: Connection refused")

    server = Server(dial, "there", Memory())
    for ups in "abc":
        assert server.values(ups, ["ups.status"]) == {}
    assert server.devices() == []
    assert len(tries) == 1
    server.end_round(keep=True)
    server.values("a", ["ups.status"])
    assert len(tries) == 2


def test_several_systems(site: Site, ours: Tool, tmp_path: Path) -> None:
    one, all_ = tmp_path / "one", tmp_path / "all"
    answer = ours(
        "upslog", "-F", "-u", "root", "-d", "2", "-i", "1", "-N", "-f", "%VAR ups.status%",
        "-s", f"dummy@{site.server}", "-l", str(one),
        "-m", f"*@{site.server},{all_}", "-m", f"rich@{site.server},-",
    )  # fmt: skip
    assert answer.status == 0
    assert one.read_text() == f"dummy@{site.server}\tOL CHRG\n" * 2
    assert all_.read_text() == (f"dummy@{site.server}\tOL CHRG\nrich@{site.server}\tOL\nnodrv@{site.server}\tNA\n" * 2)
    assert answer.out.splitlines()[1:] == [
        f"logging status of dummy@{site.server} to {one} (1s intervals)",
        f"logging status of *@{site.server} to {all_} (1s intervals)",
        f"logging status of rich@{site.server} to stdout (1s intervals)",
        f"rich@{site.server}\tOL",
        f"rich@{site.server}\tOL",
    ]
    assert answer.err == "2 loops have elapsed\n"


def test_old_command_line(site: Site, ours: Tool) -> None:
    asked = plan(f"dummy@{site.server}", "-", "5", "a", "%VAR ups.status%")
    assert (asked.systems, asked.interval, asked.format) == (
        [(f"dummy@{site.server}", "-")],
        5,
        "a %VAR ups.status% ",
    )
    assert plan("u", "f", "5").format == DEFAULT


@pytest.mark.parametrize(
    ("argv", "background"),
    [
        ("-s u -l -", False),
        ("-s u -l f", True),
        ("-s u -l f -F", False),
        ("-s u -l - -B", True),
        ("-s u -l f -F -B", True),
        ("-s u -l f -D", False),
        ("-s u -l f -D -B", True),
        ("-m u,- -m v,f", False),
    ],
)
def test_background(argv: str, background: bool) -> None:
    assert plan(*argv.split()).background is background


@pytest.mark.parametrize(
    ("argv", "err"),
    [
        ("", "No UPS defined for monitoring - use -s <system>, or -m <system>,<file>"),
        ("-l x", "No UPS defined for monitoring - use -s <system>, or -m <system>,<file>"),
        ("-s u", "No filename defined for logging - use -l <file>, or -m <system>,<file>"),
        ("-Z", "Error: unknown option -Z. Try -h for help."),
        ("-s", "Error: unknown option -s. Try -h for help."),
        ("-s u -l - -i x", "Error: -i needs a whole number above 0, not 'x'"),
        ("-s u -l - -i 0", "Error: -i needs a whole number above 0, not '0'"),
        ("-s u -l - -d -1", "Error: -d needs a whole number above 0, not '-1'"),
        ("-m u", "Error: -m needs a UPS and a file with a comma between them, not 'u'"),
        ("-s u -l /no/such/file", "Error: could not open logfile /no/such/file: No such file or directory"),
        ("-s u@ -l -", "Error: invalid UPS definition.  Required format: upsname[@hostname[:port]]"),
        ("-s u -l - -u no-such-user", "Error: OS user or group not found: getpwnam(): name not found: 'no-such-user'"),
    ],
)
def test_bad_command_lines(argv: str, err: str, ours: Tool) -> None:
    answer = ours("upslog", *argv.split())
    assert answer.status == 1
    assert answer.err == f"{err}\n"


def test_signals(site: Site, tmp_path: Path) -> None:
    log = tmp_path / "log"
    argv = (program("upslog"), "-F", "-u", "root", "-i", "3600", "-f", "x", "-s", f"dummy@{site.server}", "-l", log)
    env = {**site.env, "NUT_PIDPATH": str(tmp_path)}
    with running(*argv, ready=lambda _: log.exists() and log.read_text() == "x\n", env=env) as process:
        assert int((tmp_path / "upslog.pid").read_text()) == process.pid
        process.send(signal.SIGUSR1)
        until(lambda: log.read_text() == "x\nx\n", 10, "a line at once")
        log.rename(tmp_path / "old")
        process.send(signal.SIGHUP)
        until(log.exists, 10, "the file anew")
        process.send(signal.SIGUSR1)
        until(lambda: log.read_text() == "x\n", 10, "a line in it")
        process.send(signal.SIGTERM)
        assert process.wait() == 0
        assert process.stderr() == "Signal 15: exiting\n"
    assert (tmp_path / "old").read_text() == "x\nx\n"
    assert not (tmp_path / "upslog.pid").exists()


def test_in_the_background(site: Site, ours: Tool, tmp_path: Path) -> None:
    log = tmp_path / "log"
    pid_file = tmp_path / "mine"
    answer = ours(
        "upslog", "-u", "root", "-i", "3600", "-f", "%VAR ups.status%", "-p", str(pid_file),
        "-s", f"dummy@{site.server}", "-l", str(log),
    )  # fmt: skip
    pid = int(pid_file.read_text())
    try:
        assert (answer.status, answer.err) == (0, "")
        until(lambda: log.read_text() == "OL CHRG\n", 10, "the first line")
    finally:
        os.kill(pid, signal.SIGTERM)
    until(lambda: not pid_file.exists(), 10, "the end")


def test_quiet_banner(ours: Tool) -> None:
    assert ours("upslog").out.startswith("Network UPS Tools upslog ")
    assert ours("upslog", env={"NUT_QUIET_INIT_BANNER": "1"}).out.startswith("Network UPS Tools upslog ")
    assert ours("upslog", env={"NUT_QUIET_INIT_BANNER": ""}).out == ""
