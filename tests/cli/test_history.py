"""wallnut history, from a UPS that loses its mains to the list of outages."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.here import Here
from tests.support.ours import program
from tests.support.procs import running
from tests.support.wait import until
from wallnut.history.store import open_history
from wallnut.history.values import DAY, Device, Notice, NoticeType, Sample

OUTAGE = ("USERNAME demo", "PASSWORD demo", "INSTCMD demo test.failure.start")


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def history(here: Here, *argv: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [program("wallnut"), "history", *argv],
        input=given,
        capture_output=True,
        text=True,
        timeout=30,
        env={**here.env, "NUT_CONFPATH": str(here.folder), "TZ": "UTC"},
        check=False,
    )


def configure(here: Here, text: str = "") -> Path:
    path = here.folder / "history.db"
    here.write(wallnut_toml=f'[history]\nurl = "sqlite://{path}"\nservers = "127.0.0.1:{here.port}"\nflush = 1\n{text}')
    return path


def texts(path: Path) -> list[str | None]:
    """The statuses in a file, in order."""
    if not path.exists():
        return []
    db = sqlite3.connect(path)
    try:
        return [text for (text,) in db.execute("SELECT value FROM texts ORDER BY at")]
    except sqlite3.OperationalError:  # no tables yet
        return []
    finally:
        db.close()


def test_an_outage_is_recorded(here: Here) -> None:
    path = configure(here, 'variables = ["ups.status", "battery.charge", "battery.runtime"]\n')
    env = {**here.env, "NUT_CONFPATH": str(here.folder)}
    line = program("wallnut"), "history", "record", "-A", "none"
    with here.up("--demo"), running(*line, ready=lambda process: texts(path), env=env, limit=30) as process:
        here.ask(*OUTAGE)
        until(lambda: any("OB" in str(text) for text in texts(path)), 20, "the outage to be on disk")
        process.send(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr() == f"recording 127.0.0.1:{here.port}\n"
    device = Device(f"127.0.0.1:{here.port}", "demo")
    with open_history(f"sqlite://{path}") as found:
        assert set(found.read.variables(device)) == {"ups.status", "battery.charge", "battery.runtime"}
        (outage,) = found.read.outages(0, 1 << 60)
        assert outage.charge is not None
        assert (outage.end, outage.seen) == (None, False)
    said = history(here)
    assert said.returncode == 0
    assert f"sqlite://{path}: " in said.stdout
    assert f"{device}: heard " in said.stdout
    said = history(here, "outages")
    assert f"  {device}  still on battery  " in said.stdout
    assert history(here, "prune").stdout.splitlines()[0] == "raw: 0 rows removed"
    said = history(here, "export")
    lines = [json.loads(one) for one in said.stdout.splitlines()]
    assert said.stderr == f"{len(lines)} lines\n"
    assert {one["device"] for one in lines} == {str(device)}
    other = f"--url=sqlite://{here.folder}/other.db"
    back = history(here, "import", other, given=said.stdout)
    assert (back.returncode, back.stderr) == (0, f"{len(lines)} lines\n")
    assert sorted(history(here, other, "export").stdout) == sorted(said.stdout)
    sheet = here.folder / "all.csv"
    sheet.write_text(history(here, "export", "--csv").stdout)
    assert history(here, "import", "--csv", str(sheet), other).stderr == f"{len(lines)} lines\n"


def made(here: Here) -> None:
    """A history of three days, with an outage and what upsmon told."""
    path = configure(here, 'price_per_kwh = 0.5\ncurrency = "EUR"\n')
    rack, attic = Device("localhost", "rack"), Device("far:3494", "attic")
    now = time.time_ns() // 1_000_000
    start = now - 3 * DAY
    outage = now - DAY
    with open_history(f"sqlite://{path}") as found:
        first: dict[str, float | str | None] = {
            "ups.status": "OL",
            "battery.charge": 100.0,
            "battery.runtime": 2400.0,
            "battery.date": "2024/02/03",
            "ups.load": 20.0,
            "ups.realpower": 180.0,
            "ups.test.result": "Done and passed",
        }
        samples = [Sample(rack, name, start, value) for name, value in first.items()]
        samples += [Sample(rack, "battery.charge", outage + 30_000 * one, 100.0 - one) for one in range(1, 61)]
        samples += [
            Sample(rack, "ups.status", outage, "OB DISCHRG"),
            Sample(rack, "ups.status", outage + 1_801_000, "OL"),
        ]
        samples += [Sample(attic, "ups.status", start, "OL")]
        found.write(samples, {rack: now, attic: now})
        found.roll_up(now)
        found.write_notices([Notice("nas", rack, outage, NoticeType.NOTIFICATION, "ONBATT", "rack on battery", "OB")])


def test_what_is_told_of_a_history(here: Here) -> None:
    made(here)
    lines = history(here, "events").stdout.splitlines()
    assert [line[21:] for line in lines] == [
        "rack@localhost  OL  for 172800 s",
        "attic@far:3494  OL",
        "upsmon tells ONBATT: rack on battery",
        "rack@localhost  OB DISCHRG  for 1801 s",
        "rack@localhost  OL",
    ]
    assert len(history(here, "events", "attic").stdout.splitlines()) == 1
    assert len(history(here, "events", "-n", "2", "rack").stdout.splitlines()) == 3
    said = history(here, "outages", "--csv").stdout.splitlines()
    assert said[0] == "time,device,seconds,at_most,test,charge,lowest_charge,depth,lowest_runtime"
    assert said[1].endswith(",rack@localhost,1801.0,no,no,100,40,60,2400")
    (found,) = map(json.loads, history(here, "outages", "-j").stdout.splitlines())
    assert (found["seconds"], found["depth"], found["test"]) == (1801.0, 60, False)


def test_a_battery_and_energy_in_words(here: Here) -> None:
    made(here)
    said = history(here, "battery", "rack")
    assert said.stderr == ""
    assert said.stdout.startswith("rack@localhost\n  now        charge 40 %, load 20 %, 180 W, the UPS says 40 min\n")
    assert "  last test  Done and passed, " in said.stdout
    assert "  capacity   150 Wh (" in said.stdout
    assert "fairly sure) at 20 % load\n" in said.stdout
    assert "needs 2 more discharges deeper than 25 %, 90 more days between the first and the last\n" in said.stdout
    assert ", outage, 30 min, 100 to 40 %, 180 W, a full one: 50 min, 150 Wh, counts 100 %\n" in said.stdout
    both = history(here, "battery", "-j").stdout.splitlines()
    assert [json.loads(line)["device"] for line in both] == ["attic@far:3494", "rack@localhost"]
    assert json.loads(both[1])["forecast"]["outlook"] == "unknown"
    assert "runtime    not measured" in history(here, "battery", "attic").stdout
    said = history(here, "energy", "--days", "3")
    assert "attic@far:3494: nothing is known of its power\n" in said.stdout
    assert "      4.320 kWh       2.16 EUR     180 W  measured\n" in said.stdout
    assert said.stdout.endswith("  by ups.realpower\n")
    rows = [json.loads(line) for line in history(here, "energy", "-j", "-p", "month").stdout.splitlines()]
    assert sum(row["kwh"] for row in rows) == pytest.approx(3 * 4.32, abs=0.01)
    assert {row["quality"] for row in rows} == {"measured"}
    assert history(here, "energy", "-c").stdout.startswith("day,device,kwh,cost,currency,quality,known,watts,basis\n")


def test_upsmon_is_recorded_and_may_come_and_go(here: Here) -> None:
    """An upsmon that ends in the middle of a line, and one that says odd things before something sensible."""
    path = configure(here)
    config = f'[history]\nurl = "sqlite://{path}"\nservers = "localhost:{here.port}"\nflush = 1\n'
    here.write(wallnut_toml=config)
    env = {**here.env, "NUT_CONFPATH": str(here.folder), "NUT_PIDPATH": str(here.folder)}
    where = str(here.folder / "upsmon.sock")

    def upsmon() -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        stack.callback(listener.close)
        Path(where).unlink(missing_ok=True)
        listener.bind(where)
        listener.listen()
        listener.settimeout(20)
        return listener

    def accepted() -> socket.socket:
        peer = listener.accept()[0]
        stack.callback(peer.close)
        return peer

    def event(text: str, at: float) -> bytes:
        said = {"type": "decision", "time": at, "ups": f"rack@127.0.0.1:{here.port}", "text": text}
        return json.dumps(said).encode() + b"\n"

    def notices() -> list[Notice]:
        with open_history(f"sqlite://{path}") as found:
            return found.read.notices(0, 1 << 50)

    with contextlib.ExitStack() as stack:
        listener = upsmon()
        process = stack.enter_context(running(program("wallnut"), "history", "record", "-A", "none", env=env, limit=30))
        peer = accepted()
        now = time.time()
        peer.sendall(b'{"type": "monitor", "version": 1, "pid": 1}\n' + event("first", now) + event("half", now)[:20])
        peer.close()
        peer = accepted()
        peer.sendall(event("first", now) + b"[]\n{\n" + event("second", now + 1) + b'{"type": "state", "time": 1}\n')
        until(lambda: len(notices()) == 2, 20, "both on disk")
        process.send(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr() == f"recording localhost:{here.port}\n"
    assert [(one.text, one.device) for one in notices()] == [
        (text, Device(f"localhost:{here.port}", "rack")) for text in ("first", "second")
    ]


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        (("recrod",), 2, "wallnut history: recrod?; did you mean record?\nTry: wallnut history --help\n"),
        (("prune", "now"), 2, "wallnut history: prune now?\nTry: wallnut history --help\n"),
        (("energy", "--per", "year"), 2, "wallnut history: --per takes day or month\n"),
        (("events", "-n", "0"), 2, "wallnut history: --days needs a number from 1 to 36500\n"),
        (("outages", "rakc"), 1, "the history has no UPS rakc\n"),
        (("-u", "x"), 1, "'x' is no history: write sqlite:///var/lib/nut/history.db or postgresql://...\n"),
        (
            ("-u", "sqlite:///no/such/history.db"),
            1,
            "sqlite:///no/such/history.db: there is no folder /no/such. Run this as ",
        ),
        (("record", "-s", "a:b"), 2, "no port number"),
        (("import", "/no/such/file"), 1, "Can't open /no/such/file: No such file or directory\n"),
    ],
)
def test_what_cannot_be_done(here: Here, argv: tuple[str, ...], status: int, said: str) -> None:
    configure(here)
    found = history(here, *argv)
    assert found.returncode == status
    assert found.stdout == ""
    assert found.stderr.startswith(said)


def test_a_line_that_is_none(here: Here) -> None:
    configure(here)
    assert history(here, "import", given="[\n").stderr == "line 1 is no JSON\n"
    assert history(here, "import", given="{}\n").stderr == "record 1 is none of a history: {}\n"
    assert history(here, "import", "--csv", given="a\n").stderr.startswith("this is no CSV as it is exported: ")
