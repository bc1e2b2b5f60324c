"""upscmd and upsrw at a terminal: C's prompts, no password on the screen, Ctrl-C leaves the terminal as it was."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time

import pytest

from tests.cli.conftest import Site
from tests.support.ours import program
from tests.support.peers import need

# The child gets the terminal as its controlling one, as at a login.
LOGIN = """\
import fcntl, os, signal, sys, termios
signal.signal(signal.SIGINT, lambda *_: None)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
status = os.spawnv(os.P_WAIT, sys.argv[1], sys.argv[2:])
print("status", status, "echo", bool(termios.tcgetattr(0)[3] & termios.ECHO), flush=True)
"""


def converse(site: Site, path: str, *argv: str, says: list[tuple[str, str]]) -> str:
    """Run a program at a terminal; whenever a prompt appears, type the answer. What the terminal showed."""
    master, slave = os.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", LOGIN, path, *argv],
        stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=site.env,
    )  # fmt: skip
    os.close(slave)
    shown = ""
    waiting = list(says)
    deadline = time.monotonic() + 20
    try:
        while "status " not in shown and time.monotonic() < deadline:
            if select.select([master], [], [], 0.1)[0]:
                shown += os.read(master, 4096).decode()
            if waiting and shown.endswith(waiting[0][0]):
                os.write(master, waiting.pop(0)[1].encode())
    finally:
        child.kill()
        child.wait()
        os.close(master)
    return re.sub(r"Init SSL[^\n]*\n", "", shown.replace("\r\n", "\n")).replace(path, argv[0])


CONVERSATIONS = [
    (("upscmd", "{u}", "beeper.mute"), [("): ", "admin\n"), ("Password: ", "adm\n")]),
    (("upscmd", "-u", "admin", "{u}", "beeper.mute"), [("Password: ", "wrong\n")]),
    (("upsrw", "-s", "ups.id", "{u}"), [("): ", "admin\n"), ("Password: ", "adm\n"), ("ups.id: ", "shed\n")]),
    (("upsrw", "-p", "adm", "-s", "ups.id=shed", "{u}"), [("): ", "\n")]),
]


@pytest.mark.parametrize(("argv", "says"), CONVERSATIONS, ids=lambda value: " ".join(map(str, value)))
def test_same_as_c(argv: tuple[str, ...], says: list[tuple[str, str]], site: Site) -> None:
    site.driver.verdict = 0
    line = [word.replace("{u}", f"rich@{site.server}") for word in argv]
    c = converse(site, need(line[0], package="nut-client"), *line, says=says)
    us = converse(site, program(line[0]), *line, says=says)
    assert us == c
    assert "adm\n" not in us.replace("admin\n", "")
    assert "echo True" in us


def test_interrupt_at_the_password(site: Site) -> None:
    line = ("upscmd", "-u", "admin", f"rich@{site.server}", "beeper.mute")
    shown = converse(site, program("upscmd"), *line, says=[("Password: ", "\x03")])
    assert shown.endswith("status 130 echo True\n")
    assert "Traceback" not in shown


def test_end_of_input(site: Site) -> None:
    line = ("upscmd", f"rich@{site.server}", "beeper.mute")
    shown = converse(site, program("upscmd"), *line, says=[("): ", "\x04")])
    assert shown.endswith("Error reading from stdin!\nstatus 1 echo True\n")
