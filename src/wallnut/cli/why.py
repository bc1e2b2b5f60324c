"""wallnut why: what upsmon on this host has decided last, and why."""

from __future__ import annotations

import json
import signal
import time
from collections import deque

from wallnut.cli import people
from wallnut.cli.common import Stop, out
from wallnut.cli.paint import Paint
from wallnut.cli.upsmon_socket import UpsmonSocket, unreachable
from wallnut.io.loop import Loop
from wallnut.model.errors import ConnectError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

USAGE = """\
usage: wallnut why [UPS] [options]    why this host is up, or goes down

Prints where each UPS stands and the last decisions of upsmon, each with what it
rests on. UPS is a name as MONITOR lines have it, or only the part before the @.

  -f, --follow        stay, and print each decision as it is taken
  -j, --json          what upsmon says, an object a line (docs/why.md)
  -n, --number N      this many decisions (20)
  -h, --help          show this help

It asks upsmon of this host, through upsmon.sock in NUT_PIDPATH or /run/nut.
"""
PATIENCE = 5.0
"""Seconds that upsmon may take to say where things stand."""


def run(argv: list[str]) -> int:
    """Ask, print, and follow until Ctrl-C or upsmon's end."""
    longs = {"--follow": "f", "--json": "j", "--number": "n:"}
    given = people.parse("why", argv, longs, USAGE)
    number = given.last("n", "20")
    if len(given.words) > 1 or not number.isdecimal():
        raise Stop(2, "wallnut why: one UPS, and a whole number after -n\nTry: wallnut why --help\n")
    ups = given.words[0] if given.words else ""
    listener = Listener(ups, int(number), json=given.has("j"), follow=given.has("f"))
    loop = Loop()
    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.on_signal(signal_number, loop.stop)
    try:
        listener.attach(loop)
        loop.run()
    finally:
        loop.close()
    if listener.trouble:
        raise Stop(1, f"{listener.trouble}\n")
    return 0


class Listener:
    """Hears upsmon and prints what is wanted. `trouble` says why it could not ("": it could)."""

    def __init__(self, ups: str, number: int, *, json: bool, follow: bool) -> None:
        self._ups, self._json, self._follow = ups, json, follow
        self._paint = Paint.standard()
        self._decisions: deque[dict[str, Any]] = deque(maxlen=number)
        self._known = False
        self.trouble = ""

    def attach(self, loop: Loop) -> None:
        """Connect. Raises Stop when upsmon is not there."""
        self._loop = loop
        try:
            self._upsmon = UpsmonSocket(loop, self._take, self._closed)
        except ConnectError as error:
            raise Stop(1, f"{unreachable(str(error))}\n") from None
        loop.call_later(PATIENCE, self._late)

    def _late(self) -> None:
        if not self._known:
            self._end(f"upsmon does not answer: nothing within {PATIENCE:g} s.")

    def _closed(self) -> None:
        self._end("upsmon has ended." if self._known else "upsmon takes no more listeners, or has just ended.")

    def _end(self, trouble: str = "") -> None:
        self.trouble = trouble
        self._upsmon.close()
        self._loop.stop()

    def _take(self, said: dict[str, Any]) -> None:
        """One line of upsmon's."""
        kind = said.get("type")
        if kind == "decision" and not self._concerns(said["ups"]):
            return
        if kind == "decision" and self._known:
            self._print(said)
        elif kind == "decision":
            self._decisions.append(said)
        elif kind == "state":
            self._standing(said)

    def _standing(self, said: dict[str, Any]) -> None:
        """All that there is has been said; what comes now is new."""
        self._known = True
        upses = [one for one in said["upses"] if self._concerns(one["ups"])]
        if self._ups and not upses:
            names = ", ".join(one["ups"] for one in said["upses"])
            self._end(f"upsmon does not watch '{self._ups}'. It watches: {names}")
            return
        if self._json:
            out(json.dumps({**said, "upses": upses}) + "\n")
        else:
            out("".join(f"{self._colour(one)}\n" for one in upses) + f"{_capital(said['text'])}\n")
            out("\nThe last decisions:\n" if self._decisions else "\nNothing was to be decided yet.\n")
        for decision in self._decisions:
            self._print(decision)
        if not self._follow:
            self._end()

    def _colour(self, ups: dict[str, Any]) -> str:
        severity = 2 if ups["critical"] else 0 if ups["connected"] and ups["status"].split()[:1] == ["OL"] else 1
        return self._paint.severity(severity, ups["text"])

    def _print(self, decision: dict[str, Any]) -> None:
        if self._json:
            out(json.dumps(decision) + "\n")
            return
        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(decision["time"]))
        out(f"{self._paint.dim(clock)}  {_capital(decision['text'])}\n")

    def _concerns(self, name: str) -> bool:
        """Whether it is to be shown: all, or what is about the wanted UPS or the host."""
        return not self._ups or not name or self._ups in (name, name.partition("@")[0])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
