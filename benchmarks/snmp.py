"""Many SNMP devices polled by one process, beside one C snmp-ups process for each."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.harness import Row, compare, spread
from benchmarks.peers import HERE, Load, cpu, pss, rss
from tests.drivers.snmp import devices
from tests.support import snmpsim
from tests.support.procs import running
from tests.support.wait import until

C_DRIVER = "/lib/nut/snmp-ups"
COMMUNITY = "bench"
DEVICES, C_DEVICES = 500, 20
INTERVAL = 10
WINDOW = 60.0


def snmp(load: Load) -> list[Row]:
    """CPU and memory of 500 devices in one process, and of 500 of C's processes, 20 of which are measured."""
    with snmpsim.simulated({COMMUNITY: snmpsim.record(devices.SMART)}) as ports:
        ours = _ours(ports[0])
        theirs = _theirs(ports[0])
    times = DEVICES / C_DEVICES
    work = f"{DEVICES} SNMP devices polled every {INTERVAL} s"
    return [
        Row(f"{work}, polls missed in {WINDOW:g} s", "polls", (ours["missed"],) * 3, at_most=0),
        Row(f"{work}, longest time between two polls of one", "s", (ours["longest"],) * 3),
        compare(
            f"{work}, CPU (C: {C_DEVICES} processes, extrapolated)",
            "% of a core",
            f"{DEVICES} C snmp-ups",
            [ours["share"]],
            [theirs["share"] * times],
        ),
        compare(
            f"{work}, memory, PSS (C: {C_DEVICES} processes, extrapolated)",
            "MB",
            f"{DEVICES} C snmp-ups",
            [ours["memory"]],
            [theirs["memory"] * times],
        ),
        Row(f"{work}, memory, RSS", "MB", spread([ours["rss"]])),
    ]


def _ours(port: int) -> dict[str, float]:
    argv = [sys.executable, "-m", "benchmarks.snmpfarm", str(port), str(DEVICES), str(INTERVAL)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE.parent) as popen:
        try:
            assert popen.stdin
            assert popen.stdout
            if popen.stdout.readline() != "ready\n":
                raise SystemExit("bench: not every device answers")
            time.sleep(INTERVAL)
            popen.stdin.write(f"{WINDOW}\n")
            popen.stdin.flush()
            found: dict[str, float] = json.loads(popen.stdout.readline())
            found["share"] = found["cpu"] / found["seconds"] * 100
            found["memory"], found["rss"] = pss(popen.pid) / 1024, rss(popen.pid) / 1024
            return found
        finally:
            popen.kill()


def _theirs(port: int) -> dict[str, float]:
    """C's drivers do a full reading when more than `pollfreq` seconds have passed."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        env = dict.fromkeys(("NUT_CONFPATH", "NUT_STATEPATH", "NUT_ALTPIDPATH"), folder)
        settings = (
            f"port=127.0.0.1:{port}",
            f"community={COMMUNITY}",
            "snmp_version=v2c",
            "snmp_timeout=5",
            f"pollfreq={INTERVAL - 1}",
        )
        words = [word for setting in settings for word in ("-x", setting)]
        processes = []
        for number in range(C_DEVICES):
            name = f"ups{number}"
            argv = (C_DRIVER, "-F", "-u", "root", "-i", str(INTERVAL), "-s", name, *words)
            processes.append(stack.enter_context(running(*argv, env=env)))
            until(Path(folder, f"snmp-ups-{name}").exists, 60, f"the driver of {name}")
        time.sleep(INTERVAL)
        before, begun = [cpu(process.pid) for process in processes], time.monotonic()
        time.sleep(WINDOW)
        passed = time.monotonic() - begun
        spent = sum(cpu(process.pid) - start for process, start in zip(processes, before, strict=True))
        memory = sum(pss(process.pid) for process in processes) / 1024
    return {"share": spent / passed * 100, "memory": memory}
