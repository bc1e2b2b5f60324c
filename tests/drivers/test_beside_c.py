"""Our drivers beside C's: the same .dev file, the same upsd, the same clients."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import wallnut
from tests.support.at_once import AtOnce
from tests.support.cnut import CNut, ask
from tests.support.ours import program
from tests.support.peers import need
from tests.support.procs import running
from tests.support.wait import until
from wallnut.client.plans import Value
from wallnut.config.files import ups_section
from wallnut.drivers.dummy import Dummy
from wallnut.drivers.host import DriverHost
from wallnut.drivers.looping import LoopThread
from wallnut.io.log import Memory
from wallnut.io.stream import listen_unix
from wallnut.model import names

at_once = AtOnce()

DUMP = """\
# what a real one says
battery.charge: 90
battery.charge.low: 10
battery.runtime: 1290
device.mfr: somebody
device.type: pdu
input.quality: FF
input.sensitivity: H
input.voltage: 229.6
outlet.1.switchable: yes
unknown.thing: x y  z
ups.alarm: Replace battery!
ups.delay.shutdown: 20
ups.id: say \\"hi\\" \\\\o/
ups.mfr: ACME
ups.model:    Big   One
ups.serial: 007
ups.status: ALARM OL CHRG RB
"""

# Ours are those of the newest NUT; 2.8.0 does not know them, or has another value.
VERSIONED = re.compile(
    r"driver\.(version|version\.internal|state|debug|flag\.allow_killpower|killpower|reload.*)|shutdown\.default"
)


def connected(path: Path) -> socket.socket:
    """A connection to a driver that is coming up. (A refused one is none: C 2.8.0 would mind a visitor that goes.)"""

    def attempt() -> bool:
        try:
            link.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        return True

    link = socket.socket(socket.AF_UNIX)
    link.settimeout(10)
    until(attempt, 10, f"{path.name} to be there")
    return link


def dump(path: Path) -> list[str]:
    """What a driver's socket says of everything once that is fresh and whole (C opens it before it has said what it
    is), but for what depends on the version."""

    def ask() -> str:
        link.sendall(b"DUMPALL\n")
        data = b""
        while b"DUMPDONE\n" not in data:
            data += link.recv(65536)
        return "" if b"DATASTALE\n" in data or b" driver.version.internal " not in data else data.decode()

    with connected(path) as link:
        until(ask, 10, "fresh data")
        text = ask().rpartition("\nDUMPDONE\n")[0]  # the first came among broadcasts
    return [line for line in text.splitlines() if not VERSIONED.match(line.partition(" ")[2])]


@at_once
def test_the_same_file_gives_the_same_dump(tmp_path: Path) -> None:
    with CNut(tmp_path).ups("u", DUMP) as nut:
        theirs = dump(nut.socket("u"))
        nut.stop_driver("u")
        argv = (program("dummy-ups"), "-F", "-u", "root", "-a", "u")
        with running(*argv, env=nut.env):
            ours = dump(nut.socket("u"))
    assert ours == theirs


@pytest.fixture
def served(tmp_path: Path) -> Iterator[CNut]:
    """C upsd over our dummy-ups and simulator."""
    nut = (
        CNut(tmp_path)
        .section("u", "driver = dummy-ups", "port = u.dev")
        .section("s", "driver = simulator", "port = auto")
    )
    nut.user("admin", "adm", "actions = SET", "instcmds = ALL").server("MAXAGE 3")
    (nut.conf / "u.dev").write_text(DUMP)
    with nut:
        dummy = (program("dummy-ups"), "-F", "-u", "root", "-a", "u")
        simulator = (program("simulator"), "-F", "-u", "root", "-a", "s")
        with running(*dummy, env=nut.env), running(*simulator, env=nut.env):
            nut.wait_for("u", "ups.id", 'say \\"hi\\" \\\\o/')
            nut.wait_for("s", "ups.mfr", "wallnut")
            yield nut


def run(nut: CNut, tool: str, *argv: str) -> subprocess.CompletedProcess[str]:
    path = need(tool, package="nut-client")
    return subprocess.run(
        [path, *argv], env={**os.environ, **nut.env}, capture_output=True, text=True, timeout=20, check=False
    )


def test_c_server_and_clients(served: CNut) -> None:
    where = f"127.0.0.1:{served.port}"
    shown = run(served, "upsc", f"u@{where}").stdout.splitlines()
    assert {"battery.charge: 90", 'ups.id: say "hi" \\o/', "device.mfr: ACME", "ups.status: ALARM OL CHRG RB"} <= set(
        shown
    )

    listed = run(served, "upsrw", f"s@{where}").stdout
    assert "[ups.beeper.status]\n" in listed
    assert (
        'Type: ENUM STRING\nMaximum length: 8\nOption: "enabled" SELECTED\nOption: "disabled"\nOption: "muted"\n'
        in listed
    )
    assert 'Type: RANGE NUMBER\nOption: "5-95" SELECTED\n' in listed
    assert "[ups.id]" in listed

    admin = ("-u", "admin", "-p", "adm", "-w")
    assert run(served, "upsrw", *admin, "-s", "ups.delay.start=33", f"s@{where}").stderr.endswith("SUCCESS\n")
    assert ask(served.port, "GET VAR s ups.delay.start") == ['VAR s ups.delay.start "33"']
    assert run(served, "upscmd", *admin, f"s@{where}", "test.failure.start").stderr.endswith("SUCCESS\n")
    served.wait_for("s", "ups.status", "OB DISCHRG")
    assert "ERR UNKNOWN" in run(served, "upscmd", *admin, f"u@{where}", "load.off").stderr
    assert "test.failure.start - Start a simulated power failure" in run(served, "upscmd", "-l", f"s@{where}").stdout
    assert run(served, "upsrw", *admin, "-s", 'ups.id=a "b" \\ # c', f"u@{where}").stderr.endswith("SUCCESS\n")
    served.wait_for("u", "ups.id", 'a \\"b\\" \\\\ # c'.replace("#", "\\#"))


@at_once
def test_c_server_outlives_our_driver(tmp_path: Path) -> None:
    nut = CNut(tmp_path).section("u", "driver = dummy-ups", "port = u.dev").server("MAXAGE 3")
    (nut.conf / "u.dev").write_text("ups.status: OL\n")
    argv = (program("dummy-ups"), "-F", "-u", "root", "-a", "u")
    with nut:
        for _ in range(3):
            with running(*argv, env=nut.env):
                nut.wait_for("u", "ups.status", "OL")
            until(
                lambda: nut.ask("GET VAR u ups.status") == ["ERR DRIVER-NOT-CONNECTED"], 10, "the driver to be missed"
            )
        with running(*argv, env=nut.env) as process:
            nut.wait_for("u", "ups.status", "OL")
            process.popen.kill()
            process.popen.wait()
            until(
                lambda: nut.ask("GET VAR u ups.status") == ["ERR DRIVER-NOT-CONNECTED"], 10, "the driver to be missed"
            )
        assert nut.upsd is not None
        assert nut.upsd.popen.poll() is None


@pytest.mark.parametrize("dummy", ["ours", "C"])
@pytest.mark.parametrize("kind", ["clone", "clone-outlet"])
@at_once
def test_clones_of_either_show_the_same(tmp_path: Path, dummy: str, kind: str) -> None:
    """Our clone and C's, on top of our dummy-ups and of C's."""
    nut = CNut(tmp_path).section("u", "driver = dummy-ups", "port = u.dev")
    own = "mincharge = 50" if kind == "clone" else "prefix = outlet.1"
    nut.section("c", f"driver = {kind}", "port = dummy-ups-u", own)
    nut._write()
    (nut.conf / "u.dev").write_text(f"{DUMP}outlet.1.status: off\nups.status: OB\nbattery.charge: 60\n")
    base = [program("dummy-ups") if dummy == "ours" else need("dummy-ups", package="nut-server")]
    shown = []
    try:
        with running(*base, "-F", "-u", "root", "-a", "u", env=nut.env), connected(nut.socket("u")):
            for argv in ([need(kind, package="nut-server")], [program(kind)]):
                path = nut.socket("c", kind)
                path.unlink(missing_ok=True)
                with running(*argv, "-F", "-u", "root", "-a", "c", env=nut.env):
                    shown.append([line for line in dump(path) if not line.startswith(("SETINFO ups.alarm", "ADDCMD"))])
    finally:
        nut.stop()
    assert shown[0] == shown[1]


# --- what a socket is told and what it answers, where 2.8.0 knows the words

TRANSCRIPTS = [
    ('SET ups.id "A3" TRACKING x', ['SETINFO ups.id "A3"', "TRACKING x 0"]),
    ('SET ups.id "" TRACKING q', ["DELINFO ups.id", "TRACKING q 0"]),
    (
        "SET nosuch.var 1 TRACKING q",
        ['SETINFO nosuch.var "1"', "SETAUX nosuch.var 32", "SETFLAGS nosuch.var RW STRING", "TRACKING q 0"],
    ),
    ("INSTCMD load.off a TRACKING zz", ["TRACKING zz 1"]),
    ("INSTCMD load.off a b", []),
    ("SET ups.model", []),
    ("SET ups.model B x", ['SETINFO ups.model "B"']),
    ("SET ups.model C x y", []),
    ("PROBE", []),
    ("ping", ["PONG"]),
]


@pytest.mark.parametrize("ours", [True, False], ids=["ours", "C"])
@at_once
def test_transcripts(tmp_path: Path, ours: bool) -> None:
    nut = CNut(tmp_path).section("u", "driver = dummy-ups", "port = u.dev")
    nut._write()
    (nut.conf / "u.dev").write_text("ups.id: x\n")
    argv = [program("dummy-ups") if ours else need("dummy-ups", package="nut-server")]
    argv += ["-F", "-u", "root", "-a", "u"]
    try:
        with (
            running(*argv, env=nut.env),
            connected(nut.socket("u")) as link,
        ):
            for said, heard in TRANSCRIPTS:
                link.sendall(
                    f"{said}\nSET end.mark {said.count(' ')} TRACKING end\nSET end.mark '' TRACKING gone\n".encode()
                )
                text = ""
                while "TRACKING gone" not in text:
                    text += link.recv(65536).decode()
                lines = [line for line in text.splitlines() if "end" not in line and "gone" not in line]
                assert sorted(lines) == sorted(heard), said
    finally:
        nut.stop()


# --- the device dump library

DDL = Path(os.environ.get("WALLNUT_DDL", Path(__file__).resolve().parents[3] / "shared" / "ddl"))


def expected(path: Path) -> dict[str, str]:
    """What a dump's lines say, by the rules of dummy-ups(8) and of NUT's files: words are joined by one blank, `#`
    begins a comment, a backslash escapes, also the line's end; only ASCII counts, driver.* does not, and an empty value
    removes."""
    found: dict[str, str] = {}
    for line in path.read_text("latin-1").replace("\\\n", "").split("\n"):
        name, colon, value = re.split(r"(?<!\\)#", line)[0].partition(":")
        if colon and not name.startswith("driver."):
            words = re.findall(r"(?:\\.|[^\\ \t\r])+", value)
            found[name.strip()] = " ".join(re.sub(r"\\(.)|[^ -~]", r"\1", word) for word in words)
    found = {
        "device.type": "ups",
        "ups.mfr": "Dummy Manufacturer",
        "ups.model": "Dummy UPS",
        "ups.status": "OL",
        **found,
    }
    found = {name: value for name, value in found.items() if value or name == "ups.status"}
    found.update({f"device.{x}": found[f"ups.{x}"] for x in ("mfr", "model", "serial") if f"ups.{x}" in found})
    return found


# What stays text where the catalogue has a number: devices that say no number, NUT's own name for a value that is none.
NO_NUMBERS = {"LoadTooLow", "XX.X", "normal", "3:58", "64:41", "1:57", "36:00"}


@pytest.mark.parametrize("server", ["C", "ours"])
def test_every_dump_of_the_library(server: str, tmp_path: Path) -> None:
    """Each through our dummy-ups and a server to clients: our own, typed, and under our server C upsc."""
    if not DDL.is_dir():
        pytest.skip(f"no device dump library in {DDL} (set WALLNUT_DDL)")
    dumps = {f"d{n}": path for n, path in enumerate(sorted(DDL.glob("*.dev")))}
    assert dumps
    nut = CNut(tmp_path, upsd=program("upsd") if server == "ours" else "")
    for name in dumps:
        nut.section(name, "driver = dummy-ups", "port = x")
    thread, log = LoopThread("drivers"), Memory()
    hosts, listeners = [], []
    ready: list[str] = []
    for name, path in dumps.items():
        host = DriverHost(thread.loop, Dummy, ups_section(name, {"port": str(path), "pollinterval": "600"})[0], log)
        listeners.append(listen_unix(thread.loop, str(nut.socket(name)), host.accept))
        host.start(ready.append)
        hosts.append(host)
    thread.start()
    until(lambda: len(ready) == len(dumps), 30, "all dumps to be read")
    assert set(ready) == {""}
    try:
        with nut:
            until(lambda: all_served(nut, dumps), 30, "the server to know them all")
            answers = list_all(nut.port, list(dumps))
            if server == "ours":
                assert {name: by_upsc(nut, name) for name in dumps} == answers
            with wallnut.connect("127.0.0.1", nut.port) as client:
                typed = [value for name in dumps for value in client.snapshot(name).values()]
        assert {value.text for value in typed if no_number(value)} <= NO_NUMBERS
        for name, path in dumps.items():
            shown = {key: value for key, value in answers[name].items() if not key.startswith("driver.")}
            assert shown == expected(path), path.name
    finally:
        for host in hosts:
            thread.ask(lambda answer, host=host: host.stop(lambda: answer(True)), 10)  # type: ignore[misc]
        for listener in listeners:
            thread.ask(lambda answer, listener=listener: answer(listener.close()), 10)  # type: ignore[misc]
        thread.stop()


def by_upsc(nut: CNut, name: str) -> dict[str, str]:
    """What C upsc shows."""
    shown = run(nut, "upsc", f"{name}@127.0.0.1:{nut.port}")
    assert shown.returncode == 0, shown.stderr
    return dict(line.split(": ", 1) for line in shown.stdout.splitlines())


def no_number(value: Value) -> bool:
    """Whether a value is text where others of its name are numbers. (One device says hundreds of digits.)"""
    number = isinstance(names.value(value.name, "1"), (int, float)) and not isinstance(
        names.value(value.name, "yes"), bool
    )
    return number and isinstance(value.value, str) and len(value.text) < 64


def all_served(nut: CNut, dumps: dict[str, Path]) -> bool:
    return not any(line.startswith("ERR") for line in nut.ask(*(f"GET VAR {name} driver.name" for name in dumps)))


def list_all(port: int, names: list[str]) -> dict[str, dict[str, str]]:
    """LIST VAR of many; acknowledged at once, or each would wait 44 ms for C's next line."""
    found: dict[str, dict[str, str]] = {name: {} for name in names}
    with socket.create_connection(("127.0.0.1", port), 20) as link:
        for name in names:
            link.sendall(f"LIST VAR {name}\n".encode())
            data = b""
            while f"END LIST VAR {name}\n".encode() not in data:
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
                data += link.recv(65536)
            for line in data.decode().splitlines()[1:-1]:
                _, _, key, value = line.split(" ", 3)
                found[name][key] = re.sub(r"\\(.)", r"\1", value[1:-1])
    return found
