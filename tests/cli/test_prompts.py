"""upscmd and upsrw at a terminal: C's prompts, no password on the screen, Ctrl-C leaves the terminal as it was."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Site
from tests.cli.terminal import converse
from tests.support.ours import program
from tests.support.peers import need

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
    c = converse(site.env, need(line[0], package="nut-client"), *line, says=says)
    us = converse(site.env, program(line[0]), *line, says=says)
    assert us == c
    assert "adm\n" not in us.replace("admin\n", "")
    assert "echo True" in us


def test_interrupt_at_the_password(site: Site) -> None:
    line = ("upscmd", "-u", "admin", f"rich@{site.server}", "beeper.mute")
    shown = converse(site.env, program("upscmd"), *line, says=[("Password: ", "\x03")])
    assert shown.endswith("ended: 130 echo True\n")
    assert "Traceback" not in shown


def test_end_of_input(site: Site) -> None:
    line = ("upscmd", f"rich@{site.server}", "beeper.mute")
    shown = converse(site.env, program("upscmd"), *line, says=[("): ", "\x04")])
    assert shown.endswith("Error reading from stdin!\nended: 1 echo True\n")
