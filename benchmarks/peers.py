"""The programs measured and measured with: servers with a fake driver, the C helpers, what /proc says of a process."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until

HERE = Path(__file__).parent
UPS = "bench"
LIST_LINES = 71
C_UPSD = "/lib/nut/upsd"
OUR_UPSD = os.path.join(os.path.dirname(sys.executable), "upsd")


def build(folder: Path, source: str, *flags: str) -> Path:
    """Compile one of our C programs."""
    program = folder / Path(source).stem
    subprocess.run(["gcc", "-O2", "-Wall", "-o", program, HERE / source, *flags], check=True)
    return program


def upsclient_flags() -> list[str]:
    """What compiling against libupsclient needs."""
    argv = ["pkg-config", "--cflags", "--libs", "libupsclient"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.split()


def raise_file_limit() -> None:
    """As many descriptors as the system lets us and our children have."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def cpu(pid: int) -> float:
    """CPU seconds of a process until now, all threads, user and system."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def rss(pid: int) -> int:
    """Resident kB of a process."""
    return _field(Path(f"/proc/{pid}/status"), "VmRSS:")


def pss(pid: int) -> int:
    """Resident kB of a process, shared pages divided by their users."""
    return _field(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _field(path: Path, name: str) -> int:
    return next(int(line.split()[1]) for line in path.read_text().splitlines() if line.startswith(name))


@contextlib.contextmanager
def pinned(*servers: int, apart: bool) -> Iterator[None]:
    """Let these processes share one core, and what this one starts meanwhile use that too, or (apart) the others."""
    before = {pid: os.sched_getaffinity(pid) for pid in (0, *servers)}
    cores = before[0]
    one = {max(cores)}
    for pid in servers:
        os.sched_setaffinity(pid, one)
    os.sched_setaffinity(0, (cores - one or one) if apart else one)
    try:
        yield
    finally:
        for pid, usual in before.items():
            os.sched_setaffinity(pid, usual)


class Fixture:
    """The fake driver's process, and orders to it. `marks` counts the orders "mark"."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self._popen = popen
        self.pid = popen.pid
        self.marks = 0

    def order(self, text: str) -> None:
        """Start what the order says; `done` waits for its end."""
        assert self._popen.stdin
        self.marks += text == "mark"
        self._popen.stdin.write(text + "\n")
        self._popen.stdin.flush()

    def done(self) -> None:
        """Wait until the order is carried out."""
        assert self._popen.stdout
        answer = self._popen.stdout.readline()
        assert answer in ("done\n", "ready\n"), answer


@contextlib.contextmanager
def fake_driver(paths: Sequence[Path]) -> Iterator[Fixture]:
    """The fake driver, listening on these sockets."""
    argv = [sys.executable, "-m", "benchmarks.fakedriver", *map(str, paths)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE.parent) as popen:
        try:
            fixture = Fixture(popen)
            fixture.done()
            yield fixture
        finally:
            popen.kill()


@dataclass(frozen=True, slots=True)
class Target:
    """A running server."""

    name: str
    pid: int
    port: int


def ask(port: int, line: str) -> str:
    """A server's one-line answer to one line."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
        link.sendall(line.encode() + b"\n")
        return link.makefile("r", encoding="latin-1").readline().rstrip("\n")


@dataclass(frozen=True, slots=True)
class Server(Target):
    """A running server and its driver."""

    driver: Fixture

    def ask(self, line: str) -> str:
        """One line's one-line answer."""
        return ask(self.port, line)

    def await_value(self, variable: str, value: str, ups: str = UPS) -> None:
        """Wait until the server serves a value."""
        want = f'VAR {ups} {variable} "{value}"'
        until(lambda: self.ask(f"GET VAR {ups} {variable}") == want, 30, f"{variable} to be {value}")


@contextlib.contextmanager
def server(program: str, devices: int = 1, users: str = "") -> Iterator[Server]:
    """A server with `devices` UPSes fed by the fake driver: "bench", then bench1, bench2... `users` is upsd.users."""
    names = [UPS, *(f"{UPS}{at}" for at in range(1, devices))]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        conf = Path(folder)
        port = free_port()
        files = {
            "nut.conf": "MODE=netserver\n",
            "ups.conf": "".join(f"[{name}]\n  driver = dummy-ups\n  port = {name}.dev\n" for name in names),
            "upsd.conf": f"LISTEN 127.0.0.1 {port}\nMAXCONN 12000\n",
            "upsd.users": users,
        }
        for name, text in files.items():
            (conf / name).write_text(text)
            (conf / name).chmod(0o640)
        variables = ("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH", "NUT_PIDPATH")
        with (
            fake_driver([conf / f"dummy-ups-{name}" for name in names]) as driver,
            running(program, "-F", "-u", "root", env=dict.fromkeys(variables, folder)) as process,
        ):
            found = Server("C upsd" if program == C_UPSD else "wallnut", process.pid, port, driver)
            until(lambda: _serves(found, names[-1]), 15, "the server to have its data")
            yield found


@contextlib.contextmanager
def floor(request: str, answer: str) -> Iterator[Target]:
    """The barest server in Python (benchmarks/floor.py)."""
    argv = [sys.executable, "-m", "benchmarks.floor", request, answer]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=HERE.parent) as popen:
        try:
            assert popen.stdout
            yield Target("bare loop", popen.pid, int(popen.stdout.readline()))
        finally:
            popen.kill()


def _serves(found: Server, last: str) -> bool:
    try:
        return found.ask(f"GET VAR {last} ups.status") == f'VAR {last} ups.status "OL"'
    except OSError:
        return False


class Load:
    """The load generator."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self.folder = program.parent

    def __call__(self, target: Target, mode: str, *lines: str, **options: float | str) -> dict[str, float]:
        """Run it against a server; options are its letters. Adds server_cpu: the server's CPU seconds meanwhile."""
        with self.start(target, mode, *lines, **options) as popen:
            return self.finish(target, popen, cpu(target.pid))

    @contextlib.contextmanager
    def start(self, target: Target, mode: str, *lines: str, **options: float | str) -> Iterator[subprocess.Popen[str]]:
        """Start it and wait until all its connections stand."""
        argv = [str(self._program), mode, "-p", str(target.port)]
        for line in lines:
            argv += ["-r", line]
        for letter, value in options.items():
            argv += [f"-{letter}", str(value)]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as popen:
            try:
                assert popen.stdout
                if popen.stdout.readline() != "ready\n":
                    raise SystemExit(f"bench: failed: {' '.join(argv)}")
                yield popen
            finally:
                popen.kill()

    def finish(self, target: Target, popen: subprocess.Popen[str], before: float) -> dict[str, float]:
        """What it found."""
        assert popen.stdout
        text = popen.stdout.readline()
        if not text:
            raise SystemExit(f"bench: the load on {target.name} failed")
        found: dict[str, float] = json.loads(text)
        found["server_cpu"] = cpu(target.pid) - before
        return found
