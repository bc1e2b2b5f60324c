"""genericups: by itself, and beside C's on lines that a preloaded library plays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hosts import Hosted, section
from tests.support.modemlines import ModemLines, build
from tests.support.peers import need
from wallnut.drivers.base import Driver, Publisher, Result, Settings
from wallnut.drivers.serial import cables
from wallnut.drivers.serial.cables import CABLES
from wallnut.drivers.serial.genericups import GenericUps
from wallnut.io.log import Memory
from wallnut.model.errors import ConfigError, DeviceError

INPUTS = ("CTS", "DCD", "RNG", "DSR")
TYPES = [{"upstype": str(number)} for number in range(len(CABLES))]
OVERRIDDEN: list[dict[str, str]] = [
    {"upstype": "1", **given}
    for given in (
        {"OL": "NULL"},
        {"OL": "none"},
        {"LB": "none"},
        {"LB": "-DSR"},
        {"RB": "CTS"},
        {"RB": "NULL"},
        {"BYPASS": "-CTS"},
        {"OL": "CTS+DCD"},
        {"OL": "-CTS+DCD"},
        {"OL": "CTS,-DCD"},
        {"OL": "CTS", "LB": "-DCD", "RB": "-RNG", "BYPASS": "-DSR"},
    )
]
SWITCHED: list[dict[str, str]] = [
    {"upstype": "1", **given}
    for given in ({"SD": "ST"}, {"SD": "-RTS"}, {"SD": "none"}, {"SD": "DTR+RTS"}, {"SD": "DTR"}, {"sdtime": "1"})
] + [{"upstype": "8", "SD": "DTR"}]


class Lines:
    """A port that is nothing but modem lines."""

    def __init__(self) -> None:
        self.on: set[str] = set()
        self.done: list[str] = []
        self.lost = False

    def lines(self) -> frozenset[str]:
        if self.lost:
            raise DeviceError("/dev/ttyS0: Input/output error")
        return frozenset(self.on)

    def set_dtr(self, on: bool) -> None:
        self.done.append(f"DTR {on:d}")

    def set_rts(self, on: bool) -> None:
        self.done.append(f"RTS {on:d}")

    def send_break(self, seconds: float) -> None:
        self.done.append(f"break {seconds:g}")

    def close(self) -> None:
        self.done.append("closed")


def on(lines: Lines) -> type[Driver]:
    """The driver, on these lines; its waits are noted."""
    changed = {
        "connect": lambda self, way: lines,
        "pause": staticmethod(lambda seconds: lines.done.append(f"wait {seconds:g}")),
    }
    return type("GenericUps", (GenericUps,), changed)


def test_what_it_publishes() -> None:
    lines = Lines()
    given = section(port="/dev/ttyS0", upstype=23, serial="X1")
    with Hosted(on(lines), given) as u:
        lines.on = {"CTS", "CD", "RI", "DSR"}
        u.start()
        shown = {v.name: v.value for v in u.host.state.in_order() if not v.name.startswith("driver.")}
        assert shown == {
            "device.mfr": "Generic",
            "device.model": "Generic FTTx Battery Backup",
            "device.serial": "X1",
            "device.type": "ups",
            "ups.mfr": "Generic",
            "ups.model": "Generic FTTx Battery Backup",
            "ups.serial": "X1",
            "ups.status": "OL",
        }
        lines.on = {"CD", "RI", "DSR"}
        u.pass_time(2)
        assert u.host.state.value("ups.status") == "OB"
        lines.on = set()
        u.pass_time(2)
        assert set(u.host.state.value("ups.status").split()) == {"OB", "LB", "RB", "BYPASS"}
        lines.lost = True
        u.pass_time(2)
        assert u.host.state.stale
        lines.lost = False
        u.pass_time(5)
        assert not u.host.state.stale


def test_names_can_be_given() -> None:
    with Hosted(on(Lines()), section(port="/dev/ttyS0", upstype=0, mfr="ACME", model="One")) as u:
        u.start()
        assert (u.host.state.value("ups.mfr"), u.host.state.value("ups.model")) == ("ACME", "One")


@pytest.mark.parametrize(
    ("settings", "done"),
    [
        ({"upstype": 1}, ["RTS 1", "DTR 0"]),
        ({"upstype": 2, "sdtime": 4}, ["RTS 1", "DTR 1", "wait 4"]),
        ({"upstype": 4}, ["RTS 0", "DTR 0"]),
        ({"upstype": 11}, ["break 5"]),
        ({"upstype": 8, "SD": "ST"}, ["break 5"]),
        ({"upstype": 8, "SD": "RTS+ST"}, ["RTS 1", "DTR 0", "break 5"]),
    ],
)
def test_shutdown(settings: dict[str, str | int], done: list[str]) -> None:
    lines = Lines()
    with Hosted(on(lines), section(port="/dev/ttyS0", **settings)) as u:
        u.start()
        peer = u.peer()
        said = u.say(peer, "INSTCMD shutdown.default TRACKING t")
        assert f"TRACKING t {Result.HANDLED:d}" in said
        assert lines.done == done


def test_no_way_to_switch_off() -> None:
    with Hosted(on(Lines()), section(port="/dev/ttyS0", upstype=8)) as u:
        u.start()
        assert f"TRACKING t {Result.FAILED:d}" in u.say(u.peer(), "INSTCMD shutdown.default TRACKING t")
        assert any("nobody knows how to switch off a Nitram Elite 500" in text for text in u.log.texts)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, r"\[u\] upstype: a type is needed, one of 0: UPSONIC LAN Saver 600; 1: "),
        ({"upstype": "24"}, "0 to 23 is needed"),
        ({"upstype": "1", "OL": "DTR"}, "OL = DTR: DTR is none of CTS, DCD, RNG, DSR or none"),
        ({"upstype": "1", "LB": "cts+garbage"}, "GARBAGE is none of"),
        ({"upstype": "1", "SD": "CTS"}, "SD = CTS: CTS is none of DTR, RTS, ST or none"),
        ({"upstype": "1", "CP": "ST"}, "a BREAK feeds no cable"),
        ({"upstype": "1", "sdtime": "x"}, "a whole number is needed"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        GenericUps(Settings("u", {"port": "/dev/ttyS0", **settings}, "/"), Publisher(lambda changes: None, Memory()))


@given(st.text())
def test_any_text_for_a_signal(text: str) -> None:
    for read in (cables.signal, cables.switches):
        try:
            read(text)
        except ValueError as error:
            assert "is none of" in str(error)  # noqa: PT017


# --- beside C's


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that plays the lines."""
    return build(tmp_path_factory.mktemp("modemlines"))


@pytest.fixture
def port(tmp_path: Path, library: Path) -> Iterator[ModemLines]:
    """A port with lines."""
    with ModemLines(tmp_path, library) as made:
        yield made


def theirs(port: ModemLines, settings: dict[str, str], *argv: str) -> subprocess.CompletedProcess[str]:
    """Run C's driver."""
    state = str(Path(port.env["LINES_IN"]).parent)
    given = [word for key, value in settings.items() for word in ("-x", f"{key}={value}")]
    return subprocess.run(
        [need("genericups", "nut-server"), "-u", "root", "-s", "u", "-x", f"port={port.path}", *given, *argv],
        env={**os.environ, **port.env, "NUT_STATEPATH": state, "NUT_ALTPIDPATH": state},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def ours(port: ModemLines, cases: list[dict[str, str | bool]]) -> list[dict[str, object]]:
    """Run our driver in every case."""
    files = (port.env["LINES_IN"], port.env["LINES_OUT"])
    done = subprocess.run(
        [sys.executable, "-m", "tests.drivers.serial.all_states", port.path, *files],
        input="".join(f"{json.dumps(case)}\n" for case in cases),
        env={**os.environ, **port.env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_state_of_the_lines_is_told_as_in_c(port: ModemLines) -> None:
    cases = TYPES + OVERRIDDEN
    for case, our in zip(cases, ours(port, [dict(one) for one in cases]), strict=True):
        their = []
        for chosen in product((0, 1), repeat=len(INPUTS)):
            port.on(*(line for line, state in zip(INPUTS, chosen, strict=True) if state))
            shown = theirs(port, case, "-d", "1").stdout
            (status,) = [line[12:] for line in shown.splitlines() if line.startswith("ups.status: ")]
            their.append(" ".join(sorted(status.split())))
        assert our["states"] == their, case


def test_the_lines_are_switched_as_in_c(port: ModemLines) -> None:
    cases = TYPES + SWITCHED
    for case, our in zip(cases, ours(port, [{**one, "off": True} for one in cases]), strict=True):
        port.forget()
        status = theirs(port, {key: value for key, value in case.items() if key != "sdtime"}, "-k").returncode
        expected = port.switched()
        assert ("error" in our) == (status != 0), case
        if status == 0:
            Path(port.env["LINES_OUT"]).write_text(str(our["switched"]))
            assert port.switched() == expected, case


def test_the_same_names_as_c(port: ModemLines) -> None:
    for case, cable in zip(TYPES, CABLES, strict=True):
        done = theirs(port, case, "-d", "1")
        assert f"ups.mfr: {cable.mfr}\n" in done.stdout
        assert f"ups.model: {cable.model}\n" in done.stdout
        assert cable.title in done.stderr


def test_our_program(port: ModemLines) -> None:
    """Through pyserial, on the same lines."""
    port.on("RNG", "DCD")
    argv = ["-u", "root", "-s", "u", "-x", f"port={port.path}", "-x", "upstype=1", "-d", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "wallnut.cli.driver", "genericups", *argv],
        env={**os.environ, **port.env},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert "ups.status: OB LB\n" in done.stdout, done.stderr
    assert port.switched() == (frozenset({"DTR"}), False)
