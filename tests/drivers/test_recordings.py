"""Recordings: made by `wallnut record`, played in a device's place, and every one of ours giving the same as ever."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ours import program
from wallnut.drivers import recording
from wallnut.io import record
from wallnut.io.log import Memory
from wallnut.io.record import Line, Recording

FOLDER = Path(__file__).parent.parent / "recordings"
LAMP = f"{Path(__file__).with_name('recorded_lamp.py')}:Lamp"


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.rec")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_ours(path: Path) -> None:
    """The driver makes of what the device said what it made of it when it was recorded."""
    whole, outcome = recording.play(str(path), Memory())
    assert outcome.variables == whole.variables
    assert outcome.commands == whole.commands


@pytest.fixture
def lamp() -> Iterator[str]:
    """A lamp on a pty; the path of its line."""
    device, ours = os.openpty()
    tty.setraw(ours)
    charges = iter((b"90\r", b"89\r", b"88\r"))

    def answer() -> None:
        with contextlib.suppress(OSError):
            while asked := os.read(device, 1):
                if asked == b"S":
                    os.write(device, b"AB-1234\r")
                elif asked == b"C":
                    os.write(device, next(charges))

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield os.ttyname(ours)
    os.close(ours)  # the last one: the device's read ends
    thread.join(10)
    os.close(device)
    assert not thread.is_alive()


def run(*argv: str, folder: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "NUT_CONFPATH": str(folder)}
    return subprocess.run(
        [program("wallnut"), "record", *argv], env=env, capture_output=True, text=True, timeout=30, check=False
    )


def test_record_and_replay(lamp: str, tmp_path: Path) -> None:
    (tmp_path / "ups.conf").write_text(
        f'[desk]\n driver = "{LAMP}"\n port = {lamp}\n pollinterval = 1\n colour = red\n password = geheim\n'
    )
    path = tmp_path / "lamp.rec"
    acts = ("-c", "beeper.mute=5", "--set", "ups.id=x y")
    done = run("desk", "-n", "2", "-o", str(path), *acts, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith(f"beeper.mute: HANDLED\nups.id: it does not listen\n{path}: 4 exchanges, 6 variables")
    whole = record.read(str(path))
    assert [(line.kind, line.text) for line in whole.lines] == [
        (">", "S\\r"),
        ("<", "XX-0000\\r"),
        (">", "C\\r"),
        ("<", "90\\r"),
        (">", "C\\r"),
        ("<", "89\\r"),
        (">", "B5\\r"),
    ]
    assert whole.variables == {
        "battery.charge": "89",
        "device.serial": "XX-0000",
        "device.type": "ups",
        "ups.id": "red",
        "ups.serial": "XX-0000",
        "ups.status": "OL DISCHRG",
    }
    assert whole.settings == {"colour": "red", "password": "redacted"}
    assert whole.commands == ["beeper.mute"]
    path.write_text(path.read_text().replace("driver: lamp", f"driver: {LAMP}"))  # it is not in the registry
    again = recording.play(str(path), Memory())[1]
    assert (again.variables, again.commands) == (whole.variables, whole.commands)
    played = run(LAMP, f"port=replay:{path}", "-n", "1", folder=tmp_path)
    assert "battery.charge: 90\n" in played.stdout


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("desk",), "Can't open"),
        (("lamq", "port=x"), "there is no driver lamq; "),
        ((LAMP, "color=red", "port=x"), "has no setting 'color'"),
        ((LAMP, "colour=red"), "where is the device?"),
        ((LAMP, "port=/dev/nowhere"), "can't open /dev/nowhere: No such file or directory"),
        ((LAMP, "port=replay:nowhere.rec"), "Can't open "),
        ((LAMP, "port=x", "-n", "0"), "--polls needs a number of at least 1, not '0'"),
        ((LAMP, "port=x", "-s", "ups.id"), "--set needs VAR=VALUE, not 'ups.id'"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(argv: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = run(*argv, folder=tmp_path)
    assert done.returncode in (1, 2)
    assert done.stderr.startswith("wallnut record: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_private_values_are_gone_in_every_form() -> None:
    lines = [Line(0, "<", text) for text in ("AS12Z", "4153313 2", "415331325A", "415331325a", "41 53 31 32 5a", "AS1")]
    variables = {"ups.serial": "AS12Z", "ups.model": "AS12Z-3", "input.serial": "AS1", "battery.charge": "12"}
    whole = recording.redacted(Recording("lamp", {}, {}, 1, lines, variables, []))
    assert [line.text for line in whole.lines] == [
        "XX00X",
        "4153313 2",
        "5858303058",
        "5858303058",
        "58 58 30 30 58",
        "AS1",
    ]
    assert whole.variables == {
        "ups.serial": "XX00X",
        "ups.model": "XX00X-3",
        "input.serial": "AS1",
        "battery.charge": "12",
    }
