"""Every client sees and does the same, whoever wrote driver and server.

Four stacks, {C dummy-ups, ours} under {C upsd, ours}, run side by side; each test asks all of them with one client
(C's tools, ours, Debian's PyNUT and ours, aionut, nut2) and wants the same answers. What is known to differ with the
version of the driver (driver.*, and the commands that newer drivers announce) is left out.
"""

from __future__ import annotations

import ast
import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.peers import need, need_file
from tests.support.procs import running

DEV = """\
device.mfr: Acme
device.model: Shed 3000
device.serial: 000123
ups.mfr: Acme
ups.model: Shed 3000
ups.status: OL CHRG
ups.load: 23
ups.id: back\\\\slash, hash \\#1
battery.charge: 95
battery.charge.low: 20
battery.runtime: 1840
battery.voltage: 27.1
input.voltage: 230.4
input.frequency: 50.0
input.L1-N.voltage: 231
outlet.1.status: on
outlet.1.desc: Server, Rack 1 = left
ups.beeper.status: enabled
ups.test.result: Done and passed
ups.contacts: a \\"b\\" c
ups.vendorid: 0764
"""
# C announces load.off alone; newer drivers these too
NEWER_COMMANDS = ("driver.", "shutdown.default")
SCRATCH = "ups.test.result"  # what the scripts set
OURS = "ours"
T = TypeVar("T")


class Stack:
    """A driver under a server."""

    def __init__(self, name: str, nut: CNut) -> None:
        self.name, self.nut = name, nut

    @property
    def ups(self) -> str:
        return f"shed@127.0.0.1:{self.nut.port}"

    def plain(self, text: str) -> str:
        """An output without what may differ: the port, and lines that come with the driver's version."""
        lines = text.replace(f"127.0.0.1:{self.nut.port}", "HOST").splitlines(keepends=True)
        return "".join(
            line
            for line in lines
            if not line.startswith(("driver.", *NEWER_COMMANDS)) and "Init SSL without certificate" not in line
        )


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Stack]]:
    with contextlib.ExitStack() as ends:
        made = []
        for dummy in ("C", OURS):
            for upsd in ("C", OURS):
                nut = CNut(
                    tmp_path_factory.mktemp("stack"),
                    dummy=program("dummy-ups") if dummy == OURS else "",
                    upsd=program("upsd") if upsd == OURS else "",
                )
                nut.ups("shed", DEV, 'desc = "The shed, 2nd = left"')
                nut.section("gone", "driver = dummy-ups", "port = none.dev")
                nut.user("admin", "adm", "actions = SET FSD", "instcmds = ALL")
                made.append(Stack(f"driver {dummy}, server {upsd}", ends.enter_context(nut)))
        yield made


def ran(*argv: str) -> tuple[int, str, str]:
    """Exit status and both outputs of a program."""
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    return done.returncode, done.stdout, done.stderr


def tool(name: str, whose: str) -> str:
    return program(name) if whose == OURS else need(name, package="nut-client")


def on_all(stacks: list[Stack], look: Callable[[Stack], T]) -> list[T]:
    """What is seen of each stack, looked at side by side: C's dummy-ups is slow to answer."""
    with ThreadPoolExecutor(len(stacks)) as pool:
        return list(pool.map(look, stacks))


def same(stacks: list[Stack], results: Sequence[object]) -> object:
    """What all stacks answered; fails with the first that differs."""
    for stack, result in zip(stacks[1:], results[1:], strict=True):
        assert result == results[0], f"{stack.name} differs from {stacks[0].name}"
    return results[0]


READS = [
    ("upsc", "shed@HOST"),
    ("upsc", "shed@HOST", "ups.id"),
    ("upsc", "shed@HOST", "no.such"),
    ("upsc", "nobody@HOST"),
    ("upsc", "gone@HOST"),
    ("upsc", "-l", "HOST"),
    ("upsc", "-L", "HOST"),
    ("upsc", "-c", "shed@HOST"),
    ("upscmd", "-l", "shed@HOST"),
    ("upscmd", "-l", "nobody@HOST"),
    ("upscmd", "-u", "admin", "-p", "wrong", "shed@HOST", "load.off"),
    ("upscmd", "-u", "admin", "-p", "adm", "shed@HOST", "no.such"),
    ("upsrw", "-s", "no.such=x", "-u", "admin", "-p", "adm", "shed@HOST"),
    ("upsrw", "-s", f"ups.id={'x' * 40}", "-u", "admin", "-p", "adm", "shed@HOST"),
]


@pytest.mark.parametrize("call", READS, ids=" ".join)
def test_tools_read_and_are_refused_alike(stacks: list[Stack], call: tuple[str, ...]) -> None:
    def look(stack: Stack) -> tuple[int, str, str]:
        arguments = [part.replace("HOST", f"127.0.0.1:{stack.nut.port}") for part in call[1:]]
        theirs = ran(tool(call[0], "C"), *arguments)
        ours = ran(tool(call[0], OURS), *arguments)
        assert (ours[0], ours[1], stack.plain(ours[2])) == (theirs[0], theirs[1], stack.plain(theirs[2])), stack.name
        return theirs[0], stack.plain(theirs[1]), stack.plain(theirs[2])

    same(stacks, on_all(stacks, look))


def test_upsrw_lists_alike(stacks: list[Stack]) -> None:
    seen = []
    for stack in stacks:
        theirs, ours = (ran(tool("upsrw", whose), stack.ups)[1] for whose in ("C", OURS))
        assert ours == theirs, stack.name
        # a server of ours has a text where Debian's cmdvartab has none
        seen.append(
            [
                block
                for block in theirs.split("\n\n")
                if not block.startswith(("[device.", "[driver.", "[outlet.", "[input.L"))
            ]
        )
    assert len(seen[0]) > 10
    same(stacks, seen)


@pytest.mark.parametrize("whose", ["C", OURS])
def test_what_upsrw_sets_is_what_upsc_reads(stacks: list[Stack], whose: str) -> None:
    values = ["plain", "two words", 'a "quoted" \\ one', f"{whose} = last"]

    def set_all(stack: Stack) -> str:
        for value in values:
            call = (tool("upsrw", whose), "-s", f"ups.id={value}", "-u", "admin", "-p", "adm", stack.ups)
            status, out, err = ran(*call)
            assert (status, out, stack.plain(err).splitlines()[0]) == (0, "", "OK"), stack.name
            if stack.name == "driver C, server C" and '"' in value:
                continue  # C drivers broadcast values unescaped (NUT 2.8.0): C upsd loses part of them
            stack.nut.wait_for("shed", "ups.id", value.replace("\\", "\\\\").replace('"', '\\"'))
        return ran(tool("upsc", "C"), stack.ups, "ups.id")[1]

    back = same(stacks, on_all(stacks, set_all))
    assert back == f"{whose} = last\n"


@pytest.mark.parametrize("whose", ["C", OURS])
def test_commands_arrive_and_their_fate_is_told(stacks: list[Stack], whose: str) -> None:
    def command(stack: Stack) -> None:
        call = (tool("upscmd", whose), "-u", "admin", "-p", "adm")
        status, _, err = ran(*call, stack.ups, "load.off")
        assert (status, err.splitlines()[-1] if whose == "C" else err.splitlines()[0]) == (0, "OK"), stack.name
        status, _, err = ran(*call, "-w", stack.ups, "load.off")
        assert "ERR UNKNOWN" in err, stack.name
        assert status == (0 if whose == "C" else 1), stack.name

    on_all(stacks, command)


def test_upslog_logs_the_same_line(stacks: list[Stack]) -> None:
    form = "%VAR battery.charge% %VAR input.voltage% [%VAR ups.status%] %VAR no.such% %HOST% %%"

    def logged(stack: Stack) -> list[str]:
        lines = []
        for whose in ("C", OURS):
            argv = (tool("upslog", whose), "-F", "-s", stack.ups, "-l", "-", "-i", "1", "-f", form, "-u", "root")
            env = {"NUT_PIDPATH": str(stack.nut.state), **stack.nut.env}
            with running(*argv, env=env, ready=lambda p: "[OL CHRG]" in p.stdout()) as log:
                lines.append(next(line for line in log.stdout().splitlines() if "[OL" in line))
        return lines

    seen = [line for lines in on_all(stacks, logged) for line in lines]
    assert len(set(seen)) == 1, seen
    assert seen[0].startswith("95 230.4 [OL CHRG] NA ")


PYNUT = """
import sys
import PyNUT
port = int(sys.argv[1])
client = PyNUT.PyNUTClient(host="127.0.0.1", port=port, login="admin", password="adm")
seen = {"list": client.GetUPSList(), "vars": client.GetUPSVars("shed"),
        "rw": client.GetRWVars("shed"), "commands": client.GetUPSCommands("shed"),
        "available": [client.GetUPSVars("shed")[b"ups.load"]],
        "set": client.SetRWVar("shed", "ups.test.result", "by PyNUT"), "help": client.help()}
for call in (lambda: client.GetUPSVars("nobody"), lambda: client.SetRWVar("shed", "no.such", "x"),
             lambda: client.RunUPSCommand("shed", "no.such")):
    try:
        call()
    except PyNUT.PyNUTError as error:
        # Debian's 2.8.0 gives bytes to the exception, PyNUTClient 2.8.2 text
        text = error.args[0]
        seen.setdefault("errors", []).append(text.decode() if isinstance(text, bytes) else text)
print(repr(seen))
"""
AIONUT = """
import asyncio, sys
from aionut import AIONUTClient, NUTError
async def main():
    client = AIONUTClient("127.0.0.1", int(sys.argv[1]), "admin", "adm")
    seen = {"ups": await client.list_ups(), "vars": await client.list_vars("shed"),
            "commands": sorted(await client.list_commands("shed")), "description": await client.description("shed")}
    for call in (client.list_vars("nobody"), client.run_command("shed", "no.such")):
        try:
            await call
        except NUTError as error:
            seen.setdefault("errors", []).append(str(error))
    client.shutdown()
    print(repr(seen))
asyncio.run(main())
"""
NUT2 = """
import sys
from nut2 import PyNUTClient, PyNUTError
with PyNUTClient("127.0.0.1", int(sys.argv[1]), login="admin", password="adm") as client:
    seen = {"ups": client.list_ups(), "vars": client.list_vars("shed"), "commands": client.list_commands("shed"),
            "rw": client.list_rw_vars("shed"),
            "ver": client.ver().split()[:4],
            "desc": client.var_description("shed", "ups.status"), "type": client.var_type("shed", "ups.id"),
            "description": client.description("shed"), "set": client.set_var("shed", "ups.test.result", "by nut2")}
    for call in (lambda: client.list_vars("nobody"), lambda: client.get("shed", "no.such"),
                 lambda: client.run_command("shed", "no.such")):
        try:
            call()
        except PyNUTError as error:
            seen.setdefault("errors", []).append(str(error))
    print(repr(seen))
"""
SCRIPTS = {
    "Debian's PyNUT": ("debian", PYNUT),
    "our PyNUT": ("venv", PYNUT),
    "aionut": ("venv", AIONUT),
    "nut2": ("venv", NUT2),
}


def python(which: str) -> str:
    if which == "venv":
        return sys.executable
    need_file("/usr/lib/python3/dist-packages/PyNUT.py", package="python3-nut")
    return need("python3", package="python3")


def without_newer(value: object) -> object:
    """A script's result without what comes with the driver's version."""
    if isinstance(value, dict):
        return {
            key: without_newer(item)
            for key, item in value.items()
            if not (key.decode() if isinstance(key, bytes) else str(key)).startswith((*NEWER_COMMANDS, SCRATCH))
        }
    if isinstance(value, (list, set)):
        return [item for item in value if not str(item).startswith(NEWER_COMMANDS)]
    return value


def scripted(stack: Stack, name: str) -> object:
    """What a script saw of a stack."""
    which, script = SCRIPTS[name]
    status, out, err = ran(python(which), "-W", "ignore", "-c", script, str(stack.nut.port))
    assert status == 0, f"{stack.name}: {err}"
    found = ast.literal_eval(out)
    return {key: without_newer(item) for key, item in found.items() if key != "help"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_see_the_same(stacks: list[Stack], name: str) -> None:
    same(stacks, on_all(stacks, lambda stack: scripted(stack, name)))
