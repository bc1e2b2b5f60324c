"""apcupsd-ups: on answers of any kind, and beside C's on apcupsd itself."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.apcupsd import apcupsd
from tests.support.hosts import Hosted, section
from tests.support.peers import need
from tests.support.ptyups import PtyDevice
from tests.support.smartups import LB, OB, SmartUps
from tests.support.wait import until
from wallnut.drivers.apcupsd import ROWS, Apcupsd, Form, Row, address, record, shown, status
from wallnut.drivers.base import Publisher, Settings
from wallnut.io.log import Memory
from wallnut.model import names
from wallnut.model.errors import ConfigError, DeviceError

ANSWER = """\
APC      : 001,036,0893
DATE     : 2026-11-21 06:06:46 +0000
UPSNAME  : rack
MODEL    : Smart-UPS 1500
STATUS   : ONLINE
LINEV    : 229.5 Volts
LOADPCT  : 40.5 Percent
BCHARGE  : 100.0 Percent
TIMELEFT : 21.0 Minutes
MINTIMEL : 3 Minutes
SENSE    : High
STESTI   : 14 days
STATFLAG : 0x05000008
BATTDATE : 2001-09-21
SERIALNO : AS12345
FIRMWARE : 653.18.I / 7.3
NOMPOWER : 1000 Watts
LASTXFER : No transfers since turnon
END APC  : 2026-11-21 06:06:46 +0000
"""


class Server:
    """An information server that says what it is told to. `answer` makes the bytes."""

    def __init__(self) -> None:
        self.text = ANSWER
        self.answer: Callable[[], bytes] = lambda: framed(self.text)
        self.asked: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def change(self, old: str, new: str) -> None:
        """Say something else in the place of something."""
        assert old in self.text
        self.text = self.text.replace(old, new)

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._socket.accept()
            except OSError:
                return
            with link:
                self.asked.append(link.recv(100))
                link.sendall(self.answer())

    def close(self) -> None:
        """Serve no longer."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


def framed(text: str) -> bytes:
    """Records with their lengths, and the end."""
    lines = [f"{line}\n".encode() for line in text.splitlines()]
    return b"".join(struct.pack(">H", len(line)) + line for line in lines) + b"\0\0"


@contextmanager
def serving() -> Iterator[Server]:
    """A server for a test."""
    server = Server()
    try:
        yield server
    finally:
        server.close()


@contextmanager
def hosted(port: int) -> Iterator[Hosted]:
    """The driver on a server."""
    with Hosted(Apcupsd, section(port=f"127.0.0.1:{port}")) as u:
        u.start()
        yield u


def test_what_it_publishes() -> None:
    with serving() as server, hosted(server.port) as u:
        assert server.asked == [b"\0\6status"]
        shown = {v.name: v.value for v in u.host.state.in_order() if not v.name.startswith(("driver.", "device."))}
        assert shown == {
            "battery.charge": "100.0",
            "battery.date": "2001-09-21",
            "battery.runtime": "1260.0",
            "battery.runtime.low": "180",
            "input.sensitivity": "H",
            "input.transfer.reason": "No transfers since turnon",
            "input.voltage": "229.5",
            "ups.date": "2026-11-21",
            "ups.firmware": "653.18.I",
            "ups.firmware.aux": "7.3",
            "ups.id": "rack",
            "ups.load": "40.5",
            "ups.mfr": "APC",
            "ups.model": "Smart-UPS 1500",
            "ups.realpower.nominal": "1000.0",
            "ups.serial": "AS12345",
            "ups.status": "OL",
            "ups.test.interval": "1209600",
            "ups.time": "06:06:46",
        }


def test_names_are_of_the_catalogue() -> None:
    unknown = [row.variable for row in ROWS if not names.variable_text(row.variable)]
    assert unknown == ["power.percent"], "C's name for it"


def test_what_is_missing_goes_and_some_stays() -> None:
    with serving() as server, hosted(server.port) as u:
        server.text = "STATUS   : ONBATT LOWBATT\n"
        u.pass_time(2)
        assert set(u.host.state.value("ups.status").split()) >= {"OB", "LB"}
        assert u.host.state.value("input.voltage") == u.host.state.value("ups.serial") == ""
        assert u.host.state.value("battery.charge") == "100.0"
        assert u.host.state.value("ups.model") == "Smart-UPS 1500"


@pytest.mark.parametrize("text", ["COMMLOST", "NETWORK ERROR", "ERROR", ""])
def test_no_ups_behind_it(text: str) -> None:
    with serving() as server, hosted(server.port) as u:
        server.change(": ONLINE", f": {text}")
        u.pass_time(2)
        assert u.host.state.stale
        assert any("apcupsd does not reach its UPS" in line and text in line for line in u.log.texts)
        server.text = ANSWER
        u.pass_time(2)
        assert not u.host.state.stale


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"", "it was closed"),
        (b"\0", "it was closed"),
        (b"\0\x20STATUS", "it was closed"),
        (b"\xff\xff" + b"x" * 70000, "announces a record of 65535 bytes"),
        (b"\0\0", "does not tell the status"),
        (b"\0\2 \n\0\0", "no record"),
        (framed("A : b\n" * 300), "no end"),
    ],
)
def test_nonsense(answer: bytes, said: str) -> None:
    with serving() as server, hosted(server.port) as u:
        server.answer = lambda: answer
        u.pass_time(2)
        assert u.host.state.stale
        assert any(said in text for text in u.log.texts), u.log.texts
        server.answer = lambda: framed(ANSWER)
        u.pass_time(8)
        assert not u.host.state.stale


def test_nobody_there() -> None:
    with serving() as server:
        port = server.port
    with Hosted(Apcupsd, section(port=f"127.0.0.1:{port}")) as u:
        u.start()
        assert u.verdict == f"can't connect to 127.0.0.1:{port}: Connection refused"


@pytest.mark.parametrize(
    ("words", "flags", "expected"),
    [
        ("ONLINE", "0x8", ("OL",)),
        (
            "CAL TRIM BOOST ONLINE ONBATT OVERLOAD LOWBATT REPLACEBATT NOBATT",
            "",
            "CAL TRIM BOOST OL OB OVER LB RB BYPASS",
        ),
        ("SELFTEST", "", ("OB",)),
        ("SHUTTING DOWN", "0x05000010", ("OB", "LB")),
        ("SHUTTING DOWN", "0x05000008", ("OL", "LB")),
        ("SHUTTING DOWN", "x", ("OB", "LB")),
        ("ONLINE SLAVE", "", ("OL",)),
    ],
)
def test_status(words: str, flags: str, expected: tuple[str, ...] | str) -> None:
    assert status(words, flags) == (tuple(expected.split()) if isinstance(expected, str) else expected)


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        (Form.NUMBER, "N/A", ""),
        (Form.NUMBER, "-3.25 C", "-3.2"),
        (Form.INTERVAL, "336", "1209600"),
        (Form.INTERVAL, "OFF", ""),
        (Form.INTERVAL, "7 days", "604800"),
        (Form.FIRMWARE, "4.1/2", "4.1/2"),
        (Form.AUXILIARY, "4.1/2", "2"),
        (Form.FIRMWARE, "8.g6 .D USB FW:g6", "8.g6 .D USB FW:g6"),
        (Form.TIME, "2026-11-21", ""),
        (Form.TEXT, "x" * 40, "x" * 32),
    ],
)
def test_forms(form: Form, text: str, value: str) -> None:
    assert shown(Row("X", "ups.x", form), text) == value


@pytest.mark.parametrize(
    ("port", "host", "number"),
    [
        ("localhost", "localhost", 3551),
        ("ups.example:1234", "ups.example", 1234),
        ("[::1]:99", "::1", 99),
        ("::1", "::1", 3551),
        ("[fe80::2]", "fe80::2", 3551),
    ],
)
def test_addresses(port: str, host: str, number: int) -> None:
    way = address(Settings("u", {"port": port}, "/"))
    assert (way.host, way.port) == (host, number)


@pytest.mark.parametrize("port", ["host:", "host:0", "host:x", ":12", "host:65536"])
def test_addresses_that_make_no_sense(port: str) -> None:
    with pytest.raises(ConfigError, match="HOST or HOST:PORT is needed"):
        address(Settings("u", {"port": port}, "/"))


@given(st.binary(max_size=60))
def test_any_record(data: bytes) -> None:
    try:
        name, text = record(data)
    except DeviceError:
        return
    for row in ROWS:
        assert isinstance(shown(row, text), str)
    assert name
    status(text, text)


class Deaf:
    """A connection that says these bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def write(self, data: bytes) -> None:
        pass

    def read(self, size: int, limit: float) -> bytes:
        if len(self.data) < size:
            raise DeviceError("it was closed")
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def close(self) -> None:
        pass


@settings(max_examples=50)
@given(
    st.lists(st.one_of(st.binary(max_size=20), st.sampled_from([b"STATUS : ONLINE\n", b"LINEV : x\n"]))), st.binary()
)
def test_any_answer(records: list[bytes], end: bytes) -> None:
    data = b"".join(struct.pack(">H", len(one)) + one for one in records) + end
    driver = type("Apcupsd", (Apcupsd,), {"connect": lambda self, way: Deaf(data)})(
        Settings("u", {"port": "x"}, "/"), Publisher(lambda changes: None, Memory())
    )
    driver.open()
    with suppress(DeviceError):
        driver.poll()
    driver.close()


# --- beside C's

DIFFERENT = {
    "ups.test.interval": "a time in seconds; C shows apcupsd's hours",
    "ups.time": "the clock goes on",
}


def theirs(port: int, folder: Path) -> dict[str, str]:
    """What C's driver says."""
    done = subprocess.run(
        [need("apcupsd-ups", "nut-server"), "-u", "root", "-s", "u", "-x", f"port=127.0.0.1:{port}", "-d", "1"],
        env={**os.environ, "NUT_STATEPATH": str(folder), "NUT_ALTPIDPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pairs = [line.partition(": ") for line in done.stdout.splitlines() if ": " in line]
    return {name: value for name, _, value in pairs if not name.startswith("driver.")}


def compared(port: int, folder: Path, but: Iterable[str] = ()) -> dict[str, str]:
    """What both say, which is the same but for DIFFERENT and `but`."""
    left_out = {*DIFFERENT, *but}
    their = theirs(port, folder)
    with hosted(port) as u:
        our = {v.name: v.value for v in u.host.state.in_order() if not v.name.startswith("driver.")}
    assert set(our) == set(their)
    assert {name: value for name, value in our.items() if name not in left_out} == {
        name: value for name, value in their.items() if name not in left_out
    }
    return our


def test_beside_c_on_apcupsds_own_ups(tmp_path: Path) -> None:
    with apcupsd(tmp_path) as port:
        our = compared(port, tmp_path)
    assert len(our) > 35
    assert our["ups.model"] == "Test Driver"
    assert our["ups.test.interval"] == str(336 * 3600)


def test_beside_c_on_a_smart_ups(tmp_path: Path) -> None:
    """apcupsd on a serial line; the UPS loses the mains."""
    with PtyDevice(SmartUps()) as ups, apcupsd(tmp_path, ups.path) as port:
        with hosted(port) as u:
            u.until(lambda: u.host.state.value("ups.status") == "OL" and u.host.state.value("ups.serial"), "data", 0.1)
        assert compared(port, tmp_path)["ups.serial"] == "AS0123456789"
        ups.talker.status = OB
        ups.say(b"!")
        with hosted(port) as u:
            u.until(lambda: u.host.state.value("ups.status") == "OB", "OB", 0.1)
        compared(port, tmp_path)
        ups.talker.status = OB | LB
        ups.say(b"%")
        with hosted(port) as u:
            u.until(lambda: u.host.state.value("ups.status") == "OB LB", "OB LB", 0.1)
        # SHUTTING DOWN is two words to C, of which it knows none
        until(lambda: theirs(port, tmp_path)["ups.status"] == "", 20, "apcupsd to shut down")
        assert compared(port, tmp_path, {"ups.status"})["ups.status"] == "OB LB"
