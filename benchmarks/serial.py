"""Many UPSes on serial lines polled by one process, beside one C nutdrv_qx process for each."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.harness import Row, compare
from benchmarks.peers import HERE, Load, cpu, pss
from tests.support.procs import running
from tests.support.wait import until

C_DRIVER = "/lib/nut/nutdrv_qx"
UPSES, C_UPSES = 200, 20
INTERVAL = 2
WINDOW = 60.0


def serial(load: Load) -> list[Row]:
    """Missed polls, CPU and memory of 200 UPSes in one process; of 200 of C's processes, by 20 that are measured."""
    with _farm("ups", str(UPSES)) as paths:
        ours = _ours(paths)
    with _farm("ups", str(C_UPSES)) as paths:
        theirs = _theirs(paths)
    times = UPSES / C_UPSES
    work = f"{UPSES} serial UPSes at 9600 baud polled every {INTERVAL} s"
    against, note = f"{UPSES} C nutdrv_qx", f"(C: {C_UPSES} processes, extrapolated)"
    return [
        Row(f"{work}, polls missed in {WINDOW:g} s", "polls", (ours["missed"],) * 3, at_most=0),
        Row(f"{work}, longest time between two polls of one", "s", (ours["longest"],) * 3),
        compare(f"{work}, CPU {note}", "% of a core", against, [ours["share"]], [theirs["share"] * times]),
        compare(f"{work}, memory, PSS {note}", "MB", against, [ours["memory"]], [theirs["memory"] * times]),
    ]


@contextmanager
def _farm(*argv: str) -> Iterator[list[str]]:
    """A process of serialfarm; what it said before it was ready."""
    with _started(*argv) as popen:
        yield _until_ready(popen)


@contextmanager
def _started(*argv: str) -> Iterator[subprocess.Popen[str]]:
    line = [sys.executable, "-m", "benchmarks.serialfarm", *argv]
    popen = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE.parent)
    with popen:
        try:
            yield popen
        finally:
            popen.kill()


def _until_ready(popen: subprocess.Popen[str]) -> list[str]:
    assert popen.stdout
    said = [line.strip() for line in iter(popen.stdout.readline, "ready\n") if line]
    if popen.poll() is not None:
        raise SystemExit("bench: not every UPS answers")
    return said


def _ours(paths: list[str]) -> dict[str, float]:
    with _started("drivers", str(INTERVAL), *paths) as popen:
        _until_ready(popen)
        assert popen.stdin
        assert popen.stdout
        time.sleep(2 * INTERVAL)
        popen.stdin.write(f"{WINDOW}\n")
        popen.stdin.flush()
        found: dict[str, float] = json.loads(popen.stdout.readline())
        found["share"] = found["cpu"] / found["seconds"] * 100
        found["memory"] = pss(popen.pid) / 1024
        return found


def _theirs(paths: list[str]) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        env = dict.fromkeys(("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"), folder)
        processes = []
        for number, path in enumerate(paths):
            settings = ("-x", f"port={path}", "-x", "protocol=megatec", "-i", str(INTERVAL), "-s", f"ups{number}")
            processes.append(stack.enter_context(running(C_DRIVER, "-F", "-u", "root", *settings, env=env)))
        for number in range(len(paths)):
            until(Path(folder, f"nutdrv_qx-ups{number}").exists, 60, f"the driver of ups{number}")
        time.sleep(2 * INTERVAL)
        before, begun = [cpu(process.pid) for process in processes], time.monotonic()
        time.sleep(WINDOW)
        passed = time.monotonic() - begun
        spent = sum(cpu(process.pid) - start for process, start in zip(processes, before, strict=True))
        memory = sum(pss(process.pid) for process in processes) / 1024
    return {"share": spent / passed * 100, "memory": memory}
