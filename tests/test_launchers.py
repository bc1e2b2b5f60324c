"""The launchers in scripts/ and `wallnut.cli.run`, which they all call."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.procs import running

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"

# Registers wallnut.cli.fake with a main() of the given body, then starts it as a launcher does.
FAKE = """
import sys, types
fake = types.ModuleType("wallnut.cli.fake")
exec({main!r}, fake.__dict__)
sys.modules["wallnut.cli.fake"] = fake
from wallnut.cli import run
run("fake", *sys.argv[1:])
"""


def fake(main: str, *args: str) -> list[str]:
    return [sys.executable, "-c", FAKE.format(main=main), *args]


@pytest.mark.parametrize("script", sorted(SCRIPTS.iterdir()), ids=lambda path: path.name)
def test_launcher(script: Path) -> None:
    lines = script.read_text().splitlines()
    assert lines[0] == "#!python", "the line that installers rewrite"
    assert lines[1:3] == ["from wallnut.cli import run", ""]
    assert lines[3] in (f'run("{script.name}")', f'run("driver", "{script.name}")')
    assert os.access(script, os.X_OK)


def test_status_and_arguments() -> None:
    argv = fake("def main(name):\n print(name)\n return 3", "dummy-ups")
    answer = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (3, "dummy-ups\n", "")


def test_interrupt_is_quiet() -> None:
    main = "import time\ndef main():\n print('on', flush=True)\n time.sleep(60)"
    with running(*fake(main), ready=lambda process: process.stdout()) as process:
        process.send(signal.SIGINT)
        assert process.wait() == 130
        assert process.stderr() == ""


def test_reader_that_went_away_is_quiet() -> None:
    main = "def main():\n for n in range(100_000): print(n)\n return 0"
    with subprocess.Popen(fake(main), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"0\n"
        process.stdout.close()
        assert process.wait(30) == 141
        assert process.stderr.read() == b""


def test_closed_output() -> None:
    argv = ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *fake("def main():\n return 0")]
    assert subprocess.run(argv, capture_output=True, timeout=30, check=False).returncode == 0
