"""`upsc` as users get it, from its start to its end, beside C's and beside an interpreter that does nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.harness import PAIRS, Row, compare, spread
from benchmarks.peers import C_UPSD, HERE, OUR_UPSD, UPS, Load, server

C_UPSC = "/bin/upsc"
RUNS = 15
"""Starts in one value of a pair; the value is their median."""


def installed(folder: Path) -> Path:
    """The bin folder of a fresh environment into which wallnut was installed, its bytecode compiled."""
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", str(HERE.parent)], check=True)
    return venv / "bin"


def upsc(load: Load) -> list[Row]:
    """All variables of a UPS, from our server and from C's."""
    programs = installed(load.folder)
    # as a user's shell has it
    env = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    bare = [str(programs / "python"), "-c", "pass"]
    rows = []
    for upsd, asked in ((OUR_UPSD, 4), (C_UPSD, None)):
        with server(upsd) as target:
            address = f"{UPS}@127.0.0.1:{target.port}"
            sides = [[str(programs / "upsc"), address], [C_UPSC, address], bare]
            _same(sides[0], sides[1], env)
            found = _interleave(sides, env)
        work = f"upsc of {target.name}, whole process"
        rows.append(compare(work, "ms", "C upsc", found[0], found[1], share=True, at_most=asked))
        if asked:
            over = [one - other for one, other in zip(found[0], found[2], strict=True)]
            rows.append(Row("upsc, more than `python -c pass`", "ms", spread(over), at_most=3, pairs=PAIRS))
            rows.append(Row("`python -c pass` of the same environment", "ms", spread(found[2]), pairs=PAIRS))
    return rows


def _same(ours: Sequence[str], peer: Sequence[str], env: dict[str, str]) -> None:
    texts = [subprocess.run(argv, env=env, capture_output=True, check=True).stdout for argv in (ours, peer)]
    if texts[0] != texts[1] or len(texts[0]) < 1000:
        raise SystemExit("bench: upsc's output differs from C's")


def _interleave(sides: Sequence[list[str]], env: dict[str, str]) -> list[list[float]]:
    """Milliseconds of each side: pairs of medians of single starts taken in turn."""
    found: list[list[float]] = [[] for _ in sides]
    for _ in range(PAIRS):
        single: list[list[float]] = [[] for _ in sides]
        for _ in range(RUNS):
            for times, argv in zip(single, sides, strict=True):
                times.append(_start(argv, env))
        for values, times in zip(found, single, strict=True):
            values.append(spread(times)[1])
    return found


def _start(argv: list[str], env: dict[str, str]) -> float:
    """Milliseconds from the start of a program to its end."""
    began = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    _, status = os.waitpid(os.posix_spawn(argv[0], argv, env, file_actions=quiet), 0)
    if status:
        raise SystemExit(f"bench: {' '.join(argv)} failed")
    return (time.perf_counter() - began) * 1000
