"""wallnut top beside C's upsd: what is set and run, by whom; and the program itself in a terminal."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Site
from tests.cli.tops import Screen, tmux, top
from tests.monitor.bench import ADMIN, Observer
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.wait import until
from wallnut.proto.driver import FAILED, HANDLED

DEV = """\
battery.charge: 90
battery.runtime: 1800
input.voltage: 230.1
ups.id: shed
ups.load: 20
ups.model: C 3000
ups.realpower: 200
ups.status: OL CHRG
"""
AS_ADMIN = [("u", "admin"), ("p", "adm")]


def play(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


async def open_rich(screen: Screen) -> None:
    await screen.see("rich")
    await screen.press("slash")
    await screen.type("rich")
    await screen.press("enter", "enter")
    await screen.see("rich@", "Variables 6")


async def find(screen: Screen, text: str) -> None:
    await screen.press("slash")
    await screen.type(text)
    await screen.press("enter")


def test_set_a_number(site: Site) -> None:
    async def story() -> None:
        async with top(site.server, options=AS_ADMIN) as screen:
            await open_rich(screen)
            await find(screen, "transfer")
            await screen.press("enter")
            assert "A number, 160 to 180 or 190 to 200." in screen.text
            await screen.press("backspace", "backspace", "backspace", "backspace", "backspace")
            await screen.type("185")
            assert "It must be 160 to 180 or 190 to 200" in screen.text
            await screen.press("enter")
            assert "Set input.transfer.low" in screen.text, "it is not taken"
            await screen.press("ctrl+u", "1", "9", "9", "enter")
            await screen.see("OK: input.transfer.low is set to '199': the driver confirms.")
            assert ("SET", "input.transfer.low", "199") in site.driver.seen
            await screen.press("e")
            assert "you: input.transfer.low is set to '199'" in screen.text

    site.driver.seen.clear()
    site.driver.verdict = HANDLED
    play(story())


def test_set_from_a_list(site: Site) -> None:
    async def story() -> None:
        async with top(site.server, options=AS_ADMIN) as screen:
            await open_rich(screen)
            await find(screen, "beeper")
            await screen.press("enter")
            assert "enabled  (now)" in screen.text
            await screen.press("up", "enter")
            await screen.see("No: The driver of rich has tried and failed.")
            assert site.driver.seen == [("SET", "ups.beeper.status", "disabled")]
            await screen.press("enter", "escape")
            assert "Set ups.beeper.status" not in screen.text

    site.driver.seen.clear()
    site.driver.verdict = FAILED
    play(story())
    site.driver.verdict = HANDLED


def test_set_a_text(site: Site) -> None:
    async def story() -> None:
        async with top(site.server, options=AS_ADMIN) as screen:
            await open_rich(screen)
            await find(screen, "ups.id")
            await screen.press("enter", "ctrl+u")
            await screen.type("b" * 45)
            assert "0 of 40 characters left." in screen.text
            await screen.press("enter")
            await screen.see("OK: ups.id is set to")
            assert site.driver.seen == [("SET", "ups.id", "b" * 40)]

    site.driver.seen.clear()
    site.driver.verdict = HANDLED
    play(story())


def test_who_asks(site: Site) -> None:
    """Nobody is known: the user is asked; a refusal asks again; the password is never seen."""

    async def story() -> None:
        async with top(site.server) as screen:
            await open_rich(screen)
            await screen.press("c")
            await find(screen, "mute")
            await screen.press("enter")
            assert "Sign in to 127.0.0.1" in screen.text
            await screen.type("admin\rwrong")
            assert " admin " in screen.text
            assert " •••••" in screen.text
            assert "wrong" not in screen.text, "it came in one piece with the user, and yet is in the field of its own"
            await screen.press("enter")
            await screen.see("The NUT user admin may not do that, or the password is wrong.")
            await screen.press("enter")
            await screen.type("admin")
            await screen.press("enter", *"adm", "enter")
            await screen.see("OK: beeper.mute is done: the driver confirms.")
            await screen.press("enter")
            await screen.see("OK: beeper.mute is done")
            assert "Sign in" not in screen.text, "once is enough"
            assert "'adm'" not in repr(vars(screen.app.hand))

    site.driver.seen.clear()
    play(story())
    assert [name for _, name, _ in site.driver.seen] == ["beeper.mute", "beeper.mute"]


def test_what_is_not_standard_is_confirmed(site: Site) -> None:
    async def story() -> None:
        async with top(site.server, options=AS_ADMIN) as screen:
            await open_rich(screen)
            await screen.press("c")
            await find(screen, "vendor")
            await screen.press("enter")
            await screen.see("Nobody here knows what this does to the load.", "No machine has logged in to it")
            await screen.press("enter")
            assert site.driver.seen == []
            await screen.press("enter")
            await screen.see("▌ Leave it ")
            await screen.press("down", "enter")
            await screen.see("OK: vendor.specific is done")

    site.driver.seen.clear()
    play(story())


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CNut]:
    nut = CNut(tmp_path_factory.mktemp("rack"))
    nut.ups("rack", DEV).user("admin", "adm", "actions = SET", "instcmds = ALL").user("guest", "gue")
    with nut.user("mon", "pw", "upsmon secondary"):
        yield nut


def test_what_cuts_power(rack: CNut) -> None:
    async def story() -> None:
        async with top(f"127.0.0.1:{rack.port}", options=AS_ADMIN) as screen:
            await screen.see("rack")
            await screen.press("enter", "c", "enter")
            await screen.see("The load loses power.", "No machine has logged in to it", "▌ Leave it ")
            await screen.press("enter")
            assert "The load loses power. Switch the load off at once.  " not in screen.text
            with socket.create_connection(("127.0.0.1", rack.port), 5) as machine:
                machine.sendall(b"USERNAME mon\nPASSWORD pw\nLOGIN rack\n")
                assert machine.recv(64).startswith(b"OK")
                until(lambda: rack.ask("GET NUMLOGINS rack") == ["NUMLOGINS rack 1"], 5, "the machine")
                await screen.press("enter")
                await screen.see("This machine goes down: 127.0.0.1.", "Type rack and press Enter")
                await screen.press("enter")
                await screen.type("rock")
                await screen.press("enter")
                assert "That is not rack" in screen.text
                assert rack.ask("GET VAR rack ups.status") == ['VAR rack ups.status "OL CHRG"']
                await screen.press("ctrl+u")
                await screen.type("rack")
                await screen.press("enter")
                # so C's dummy-ups says, for all that it offers it
                await screen.see("No: The driver of rack does not know how to do that.")

    play(story())


def test_in_a_terminal(rack: CNut, tmp_path: Path) -> None:
    """80x24 on an xterm: an outage, a setting, a refusal, the server lost and back, the end."""
    server, admin = f"127.0.0.1:{rack.port}", ("-u", "admin", "-p", "adm")
    with tmux(tmp_path, server, *admin) as terminal:
        shown = terminal.see("rack", "200 W")
        assert len(shown.splitlines()) == 24
        assert "230/230 V" not in shown
        terminal.keys("Enter")
        terminal.see("C 3000", "━►", "*ups.id")
        terminal.keys("/")
        terminal.type("ups.status")
        terminal.keys("Enter")
        terminal.see(" /ups.status ")
        terminal.keys("Enter")
        terminal.see("Set ups.status")
        terminal.keys("C-u")
        terminal.type("OB DISCHRG")
        terminal.keys("Enter")
        terminal.see("OK: ups.status is set", "On battery", "no mains", "30 min", limit=20)
        terminal.keys("Escape")
        terminal.keys("Escape")
        terminal.see("1 of 1 needs a look", "On battery", "30 min")
        assert rack.upsd is not None
        rack.upsd.stop()
        terminal.see("cannot be reached since", "Server gone", "Last known: On battery, discharging.")
        rack.start_server()
        terminal.until(lambda shown: "cannot be reached" not in shown and "On battery" in shown, 20, "the server")
        terminal.keys("e")
        terminal.see("The server is back", "you: ups.status is set to 'OB DISCHRG'", "On battery")
        terminal.resize(60, 20)
        terminal.until(lambda shown: max(map(len, shown.splitlines())) <= 60, 5, "the narrow screen")
        terminal.keys("Escape")
        terminal.see("Enter open")
        terminal.keys("q")
        shown = terminal.see("status 0")
        assert "Traceback" not in shown
        assert "Enter open" not in shown, "the terminal is as it was"


def test_a_refused_write_in_a_plain_terminal(rack: CNut, tmp_path: Path) -> None:
    """No colour, no UTF-8; a user without rights. TERM ends it and leaves the terminal as it was."""
    env = {"LANG": "C", "NO_COLOR": "1", "LC_ALL": "C"}
    (tmp_path / "nutauth.conf").write_text(f"[127.0.0.1:{rack.port}]\n  USER = guest\n  PASS = gue\n")
    (tmp_path / "nutauth.conf").chmod(0o600)
    with tmux(tmp_path, f"rack@127.0.0.1:{rack.port}", width=60, height=24, env=env) as terminal:
        terminal.see("rack")
        terminal.keys("Enter")
        terminal.see("*ups.id")
        terminal.keys("/")
        terminal.type("ups.id")
        terminal.keys("Enter")
        terminal.see(" /ups.id ")
        terminal.keys("Enter")
        terminal.see("Set ups.id")
        terminal.type("2")
        terminal.see("shed2")
        terminal.keys("Enter")
        shown = terminal.see("No: The NUT user guest may not do that", "[guest] needs: actions")
        assert shown.isascii(), shown
        assert not re.search(r"\x1b\[[0-9;]*\b(3[0-8]|9[0-7])[;m]", terminal.text("-e")), "no colour"
        terminal.keys("C-c")
        terminal.see("status 0")


def test_a_hang_up(rack: CNut, tmp_path: Path) -> None:
    with tmux(tmp_path, f"127.0.0.1:{rack.port}") as terminal:
        terminal.see("rack")
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit() and _is_top(name, rack.port)]
        os.kill(pids[0], signal.SIGTERM)
        terminal.see("status 0")


def _is_top(pid: str, port: int) -> bool:
    try:
        words = Path("/proc", pid, "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"top" in words and f"127.0.0.1:{port}".encode() in words


def test_what_upsmon_tells(tmp_path: Path) -> None:
    nut = CNut(tmp_path, upsd=program("upsd"), dummy=program("dummy-ups"))
    nut.ups("rack", "ups.status: OL\n").user(*ADMIN).user("mon", "pw", "upsmon primary")
    with nut:
        one = Observer(tmp_path / "upsmon", nut, [("rack", 1, "primary")])
        with one.running(), tmux(tmp_path, f"127.0.0.1:{nut.port}", env={"NUT_PIDPATH": str(one.conf)}) as terminal:
            terminal.see("rack")
            terminal.keys("e")
            terminal.see("Events", "with those of upsmon here")
            nut.ask("USERNAME " + ADMIN[0], "PASSWORD " + ADMIN[1], 'SET VAR rack ups.status "OB"')
            terminal.see("upsmon: ONBATT: ", "On battery (OB)", "upsmon decides: ")
