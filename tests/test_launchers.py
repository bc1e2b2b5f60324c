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


@pytest.mark.parametrize(
    ("closed", "out", "err"),
    [
        ("<&-", "hello\nchild\n", "oh\nchild\n"),
        (">&-", "", "oh\nchild\n"),
        ("2>&-", "hello\nchild\n", ""),
        ("<&- >&- 2>&-", "", ""),
    ],
)
def test_a_closed_stream_is_the_null_device(closed: str, out: str, err: str, tmp_path: Path) -> None:
    main = f"""
import os, sys
def main():
    file = os.open({str(tmp_path / "next")!r}, os.O_RDWR | os.O_CREAT)
    print("hello", flush=True)
    print("oh", file=sys.stderr, flush=True)
    os.system("echo child; echo child >&2")
    return 0 if file > 2 and sys.stdin.read() == "" and not os.fstat(file).st_size else 1
"""
    argv = ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *fake(main)]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, out, err)


@pytest.mark.parametrize("script", sorted(SCRIPTS.iterdir()), ids=lambda path: path.name)
def test_output_that_cannot_be_written(script: Path) -> None:
    with open("/dev/full", "wb") as full:
        argv = [str(Path(sys.executable).with_name(script.name)), "-h"]
        done = subprocess.run(argv, stdout=full, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (1, "Error: cannot write: No space left on device\n")
