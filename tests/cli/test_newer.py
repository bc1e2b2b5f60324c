"""What NUT's client tools learnt after 2.8.0 (tested without a peer), and what only ours do."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import DEV, Site, Tool
from tests.cli.scripted import Scripted
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.wait import until

ADMIN = ("-u", "admin", "-p", "adm")


def test_json(site: Site, ours: Tool) -> None:
    whole = ours("upsc", "-j", f"dummy@{site.server}")
    plain = dict(line.split(": ", 1) for line in ours("upsc", f"dummy@{site.server}").out.splitlines())
    assert json.loads(whole.out) == plain
    assert whole.out.startswith('{\n  "battery.charge": "90",\n  "device.mfr": "Acme",\n')
    assert whole.out.endswith('  "ups.status": "OL CHRG"\n}\n')
    assert whole.err == ""
    assert ours("upsc", "-j", f"dummy@{site.server}", "ups.model").out == '"Model \\"3000\\" #1"\n'
    assert ours("upsc", "-jl", site.server).out == '[\n  "dummy",\n  "rich",\n  "nodrv"\n]\n'
    described = json.loads(ours("upsc", "-j", "-L", site.server).out)
    assert described["dummy"] == 'A "quoted" # back\\slash'
    assert ours("upsc", "-jc", f"dummy@{site.server}").out == "[\n\n]\n"


def test_json_error(site: Site, ours: Tool) -> None:
    answer = ours("upsc", "-j", f"zz@{site.server}")
    assert (answer.status, answer.out, answer.err) == (1, "", "Error: Unknown UPS\n")


@pytest.mark.parametrize("tool", ["upsc", "upscmd", "upsrw", "upslog"])
@pytest.mark.parametrize("seconds", ["x", "0", "-1", "1s", "inf", "nan"])
def test_bad_timeout(tool: str, seconds: str, ours: Tool) -> None:
    answer = ours(tool, "-W", seconds, "dummy")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err == f"Error: invalid network timeout: {seconds}\n"


def test_bad_timeout_in_the_environment(ours: Tool) -> None:
    answer = ours("upsc", "dummy", env={"NUT_DEFAULT_CONNECT_TIMEOUT": "soon"})
    assert (answer.status, answer.err) == (1, "Error: invalid network timeout: soon\n")


def test_timeout_holds(ours: Tool) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        where = deaf.getsockname()
        fillers = [socket.socket() for _ in range(4)]  # a full backlog: connecting now takes for ever
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(where)
        answer = ours("upsc", "-W", "0.2", f"dummy@127.0.0.1:{where[1]}")
        for filler in fillers:
            filler.close()
    assert (answer.status, answer.err) == (1, "Error: Connection failure: Connection timed out\n")


def test_ok_is_explained(site: Site, ours: Tool) -> None:
    line = ("upscmd", *ADMIN, f"rich@{site.server}", "beeper.mute")
    explained = ours(*line, env={"NUT_QUIET_OK_NOTRACKING": "no"})
    assert (explained.status, explained.out) == (0, "")
    assert explained.err.startswith("OK\nWARNING: 'OK' only means the NUT data server accepted")
    assert ours(*line).err == "OK\n"


def test_nothing_is_cut_on_the_wire(scripted: Scripted, ours: Tool) -> None:
    answer = ours("upscmd", "-u", 'a "b', "-p", "# c \\", f"my ups@{scripted.name}", "x.y", 'val "ue" #1')
    assert answer.err == "OK\n"
    until(lambda: scripted.heard[-1:] == ["LOGOUT"], 10, "the goodbye, which nobody waits for")
    assert scripted.heard == [
        "STARTTLS",
        'USERNAME "a \\"b"',
        'PASSWORD "\\# c \\\\"',
        'INSTCMD "my ups" x.y "val \\"ue\\" \\#1"',
        "LOGOUT",
    ]


def test_the_driver_gets_the_value_whole(site: Site, ours: Tool) -> None:
    site.driver.verdict = 0
    site.driver.seen.clear()
    assert ours("upsrw", *ADMIN, "-w", "-s", 'ups.id=a "b" #c \\d', f"rich@{site.server}").err == "SUCCESS\n"
    assert site.driver.seen == [("SET", "ups.id", 'a "b" #c \\d')]


def test_no_tracking(scripted: Scripted, ours: Tool) -> None:
    scripted.answers["SET TRACKING ON"] = "ERR INVALID-ARGUMENT"
    answer = ours("upscmd", *ADMIN, "-w", f"u@{scripted.name}", "x.y")
    why = "Enabling command status tracking failed. upsd answered: ERR INVALID-ARGUMENT\n"
    assert (answer.status, answer.err) == (1, why)


def test_nonsense_from_the_server(scripted: Scripted, ours: Tool) -> None:
    scripted.answers["GET VAR u x.y"] = "hello"
    answer = ours("upsc", f"u@{scripted.name}", "x.y")
    assert (answer.status, answer.out, answer.err) == (1, "", "Error: Protocol error\n")


def auth(folder: Path, text: str) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nutauth.conf").write_text(text)
    return str(folder / "nutauth.conf")


def test_nutauth_gives_credentials(site: Site, ours: Tool, tmp_path: Path) -> None:
    path = auth(tmp_path, f"[admin@{site.server}]\n  PASS = adm\n[guest@{site.server}]\n  PASS = gue\n")
    line = (f"rich@{site.server}", "beeper.mute")
    assert ours("upscmd", "-A", path, *line).err == "OK\n"
    assert ours("upscmd", "-A", path, "-u", "guest", *line).err.endswith("ERR ACCESS-DENIED\n")
    assert ours("upscmd", "-A", path, "-u", "guest", "-p", "x", *line).err.endswith("ERR ACCESS-DENIED\n")
    assert ours("upscmd", "-A", path, "-u", "admin", *line).err == "OK\n"
    assert ours("upscmd", *line, env={"NUT_AUTHCONF_FILE": path}).err == "OK\n"
    assert ours("upscmd", *line, env={"NUT_AUTHCONF_PATH": str(tmp_path)}).err == "OK\n"
    assert ours("upscmd", "-A", "none", *line, env={"NUT_AUTHCONF_FILE": path}).err == "Error reading from stdin!\n"


@pytest.mark.parametrize("place", [".config/nut", "", "etc"])
def test_nutauth_is_found(place: str, site: Site, ours: Tool, tmp_path: Path) -> None:
    auth(tmp_path / place, f"[admin@{site.server}]\n  PASS = adm\n")
    if not place:
        (tmp_path / "nutauth.conf").rename(tmp_path / ".nutauth.conf")
    env = {"HOME": str(tmp_path), "NUT_CONFPATH": str(tmp_path / "etc")}
    answer = ours("upscmd", "-A", "default", f"rich@{site.server}", "beeper.mute", env=env)
    assert (answer.status, answer.err) == (0, "OK\n")


def test_nutauth_trouble(site: Site, ours: Tool, tmp_path: Path) -> None:
    ups = f"rich@{site.server}"
    gone = str(tmp_path / "gone")
    answer = ours("upsc", "-A", gone, ups)
    assert (answer.status, answer.out, answer.err) == (1, "", f"Error: Can't open {gone}: No such file or directory\n")
    answer = ours("upsc", ups, env={"NUT_AUTHCONF_FILE": gone})
    assert (answer.status, answer.err) == (1, f"Error: Can't open {gone}: No such file or directory\n")
    answer = ours("upsc", "-A", "default", ups)
    assert (answer.status, answer.err) == (1, "Error: no nutauth.conf found, and -A default asks for one\n")
    path = auth(tmp_path, "USR = x\n")
    answer = ours("upsc", "-A", path, ups, "ups.status")
    assert (answer.status, answer.out) == (0, "OL\n")
    assert answer.err.startswith(f"{path}:1: unknown directive USR")
    path = auth(tmp_path, "FORCESSL = on\n")
    answer = ours("upsc", "-A", path, ups, "ups.status")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err.startswith("Error: SSL error: the server does not offer TLS")


def test_debug_names_the_file(site: Site, ours: Tool, tmp_path: Path) -> None:
    path = auth(tmp_path, "USER = x\n")
    answer = ours("upsc", "-D", "-A", path, f"rich@{site.server}", "ups.status")
    assert path in answer.err


def test_server_down(ours: Tool) -> None:
    answer = ours("upsc", f"dummy@127.0.0.1:{free_port()}")
    assert (answer.status, answer.out, answer.err) == (1, "", "Error: Connection failure: Connection refused\n")


def test_nobody_reads(site: Site) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [program("upsc"), f"dummy@{site.server}"], stdout=write_end, stderr=subprocess.PIPE, env=site.env, check=False
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (141, b"")


def test_disk_full(site: Site) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [program("upsc"), f"dummy@{site.server}"], stdout=full, stderr=subprocess.PIPE, env=site.env, check=False
        )
    assert (done.returncode, done.stderr) == (1, b"Error: cannot write: No space left on device\n")


def test_the_data_is_what_the_driver_has(site: Site, ours: Tool) -> None:
    names = [line.split(":")[0] for line in DEV.splitlines()]
    assert {line.split(":")[0] for line in ours("upsc", f"dummy@{site.server}").out.splitlines()} >= set(names)
