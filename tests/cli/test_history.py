"""wallnut history, from a UPS that loses its mains to the list of outages."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.cli.here import Here
from tests.support.ours import program
from tests.support.procs import running
from tests.support.wait import until
from wallnut.history.store import open_history
from wallnut.history.values import Device

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


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        (("recrod",), 2, "wallnut history: recrod?; did you mean record?\nTry: wallnut history --help\n"),
        (("prune", "now"), 2, "wallnut history: prune now?\nTry: wallnut history --help\n"),
        (("-u", "x"), 1, "'x' is no history: write sqlite:///var/lib/nut/history.db or postgresql://...\n"),
        (("-u", "sqlite:///no/such/history.db"), 1, "sqlite:///no/such/history.db: there is no folder /no/such\n"),
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
