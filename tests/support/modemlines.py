"""A serial port with modem lines, for programs: a pseudo-terminal, and a preloaded library that plays the lines.

`build(folder)` compiles it. with ModemLines(folder) as port: run a program on port.path with port.env; port.on(...)
switches what it reads, port.switched() tells what it switched.
"""

from __future__ import annotations

import os
import subprocess
import tty
from pathlib import Path
from typing import Self

from tests.support.peers import need

BITS = {"DTR": 0x002, "RTS": 0x004, "ST": 0x008, "CTS": 0x020, "DCD": 0x040, "RNG": 0x080, "DSR": 0x100}
"""Linux's numbers of the lines."""
OUT = ("DTR", "RTS")


def build(folder: Path) -> Path:
    """The library, compiled."""
    source = Path(__file__).with_suffix(".c")
    made = folder / "modemlines.so"
    compiler = need("gcc", "gcc")
    argv = [compiler, "-shared", "-fPIC", "-Wall", "-o", str(made), str(source), "-ldl"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return made


class ModemLines:
    """One port."""

    def __init__(self, folder: Path, library: Path) -> None:
        self._in, self._out = folder / "lines-in", folder / "lines-out"
        self.env = {"LD_PRELOAD": str(library), "LINES_IN": str(self._in), "LINES_OUT": str(self._out)}
        self.path = ""
        self._ends: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        self._ends = os.openpty()
        tty.setraw(self._ends[1])
        self.path = os.ttyname(self._ends[1])
        self.on()
        self.forget()
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._ends:
            os.close(end)

    def on(self, *lines: str) -> None:
        """Let these lines be on, and no other. Seen whole or not at all."""
        fresh = self._in.with_suffix(".new")
        fresh.write_text(f"{sum(BITS[line] for line in lines):x}")
        fresh.rename(self._in)

    def forget(self) -> None:
        """Forget what was switched."""
        self._out.write_text("")

    def switched(self) -> tuple[frozenset[str], bool]:
        """The lines that are on by now, of OUT, and whether there was a BREAK."""
        state, broke = 0, False
        for line in self._out.read_text().splitlines():
            what, bits = line.split()
            number = int(bits, 16)
            state = {"SET": number, "ON": state | number, "OFF": state & ~number}.get(what, state)
            broke = broke or what == "BREAK"
        return frozenset(name for name in OUT if state & BITS[name]), broke
