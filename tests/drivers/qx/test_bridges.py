"""The USB adapters of nutdrv_qx: what they are sent, and what is made of what they say; beside C's where an emulated
device can be shown to it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drivers.qx.sides import commands, driver
from tests.drivers.qx.test_usb import shown
from tests.support import qx_usb
from tests.support.driver_socket import DriverSocket
from tests.support.programs import place
from tests.support.ptyups import Megatec
from tests.support.qx_usb import Adapter, Plugged, model
from tests.support.umock import Model, UsbUps
from wallnut.drivers import usbids
from wallnut.drivers.base import Settings
from wallnut.drivers.qx.bridges.ablerex import AblerexLine
from wallnut.drivers.qx.bridges.strings import shutdown_string
from wallnut.drivers.qx.bridges.table import BRIDGES, IDS, find
from wallnut.drivers.qx.lines import Line
from wallnut.io.usb import UsbIdentity
from wallnut.model.errors import ConfigError


class Kind(NamedTuple):
    """A bridge: a device that has it, how that talks, whether C 2.8.0 can be shown it, and whether C then waits a
    second or more for each reply."""

    model: Model
    adapter: Callable[[Model, Megatec], Adapter]
    beside_c: bool = True
    slow_c: bool = False


KINDS: dict[str, Kind] = {
    "krauler": Kind(model(0x0001, 0x0000), qx_usb.KraulerAdapter),
    "fabula": Kind(model(0x0001, 0x0000, "MEC", "MEC0003"), qx_usb.StringAdapter),
    "hunnox": Kind(model(0x0001, 0x0000, "", "MEC0003"), qx_usb.StringAdapter),
    "phoenix": Kind(model(0x06DA, 0x0601), Adapter, slow_c=True),
    "ippon": Kind(model(0x06DA, 0x0003), qx_usb.IpponAdapter),
    "sgs": Kind(model(0x0483, 0x0035), qx_usb.SgsAdapter, slow_c=True),
    "armac": Kind(model(0x0925, 0x1234), qx_usb.ArmacAdapter),
    "ablerex": Kind(model(0xFFFF, 0x0000), qx_usb.AblerexAdapter, beside_c=False),
    "phoenixtec": Kind(model(0x06DA, 0x0002, "Phoenixtec Power", "USB Cable (V2.00)"), qx_usb.PhoenixtecAdapter),
    "fuji": Kind(model(0x0001, 0x0000, "ATCL FOR UPS", "ATCL FOR UPS"), qx_usb.FujiAdapter, beside_c=False),
    "omron": Kind(model(0x0590, 0x00B7), qx_usb.IpponAdapter, beside_c=False),
    "gtec": Kind(model(0x0590, 0x00B8), qx_usb.IpponAdapter, beside_c=False),
    "snr": Kind(model(0x0590, 0x00B9), qx_usb.StringAdapter, beside_c=False),
}


def connected(name: str, adapter: Adapter, **settings: str) -> Line:
    """A line over a bridge to an adapter."""
    bridge = find(name)
    assert bridge is not None
    if name == "ablerex":
        return AblerexLine(Plugged(adapter), wait=lambda seconds: None)
    return bridge.connect(Plugged(adapter), Settings("u", {"port": "auto", **settings}))


def test_every_bridge_is_here() -> None:
    assert {bridge.name for bridge in BRIDGES} == {*KINDS, "cypress"}
    assert {one.use for one in IDS} <= {*KINDS, "cypress"}


@pytest.mark.parametrize("name", KINDS)
def test_questions_and_commands(name: str) -> None:
    talker = Megatec()
    adapter = KINDS[name].adapter(KINDS[name].model, talker)
    line = connected(name, adapter)
    assert line.ask(b"Q1\r") == talker.state.line().encode() + b"\r"
    assert line.ask(b"F\r") == b"#230.0 004 024.0 50.0\r"
    assert line.ask(b"I\r") == b"#SIMCO           Q1-1000    V1.02     \r"
    if name != "snr":
        assert line.ask(b"Q\r") == b""
        assert talker.heard[-1] == b"Q"
    line.close()


@pytest.mark.parametrize("name", KINDS)
def test_a_device_that_is_silent(name: str) -> None:
    adapter = KINDS[name].adapter(KINDS[name].model, Megatec())
    adapter.hung = True
    line = connected(name, adapter)
    assert line.ask(b"Q1\r") == b""


@pytest.mark.parametrize("name", KINDS)
@given(said=st.binary(max_size=120))
def test_any_bytes(name: str, said: bytes) -> None:
    class Babbling(Megatec):
        def answer(self, line: bytes) -> bytes:
            return said

    adapter = KINDS[name].adapter(KINDS[name].model, Babbling())
    assert len(connected(name, adapter).ask(b"Q1\r")) <= 512


@pytest.mark.parametrize(
    ("request_", "string"),
    [
        (b"S.5R0003\r", 0x18),
        (b"S.5R0000\r", 0x10),
        (b"S.9\r", 0x58),
        (b"S01R0003\r", 0x68),
        (b"S10R0000\r", 0xF0),
        (b"S00R0000\r", 0x10),
        (b"S.2R0001\r", 0x18),
        (b"T10\r", None),
        (b"S\r", None),
    ],
)
def test_shutdown_strings(request_: bytes, string: int | None) -> None:
    assert shutdown_string(request_) == string


def test_fabula_says_no_ack_to_what_it_does() -> None:
    adapter = KINDS["fabula"].adapter(KINDS["fabula"].model, Megatec())
    line = connected("fabula", adapter)
    assert line.ask(b"S.5R0003\r") == b""
    assert adapter.numbers[-1] == 0x18  # type: ignore[attr-defined]
    assert line.ask(b"T\r") == b"T\r", "it knows no test"


def test_krauler_asks_again_and_in_the_language_that_is_wanted() -> None:
    class Stubborn(qx_usb.KraulerAdapter):
        ack = "UPS No Ack"
        languages: list[int] = []

    adapter = Stubborn(KINDS["krauler"].model, Megatec())
    line = connected("krauler", adapter, langid_fix="0x4095")
    assert line.ask(b"C\r") == b""
    assert adapter.numbers == [0x0B] * 10
    assert line.ask(b"S.5\r") == b"S.5\r"
    with pytest.raises(ConfigError, match="langid_fix = english"):
        connected("krauler", adapter, langid_fix="english")


def test_hunnox_keeps_step() -> None:
    adapter = qx_usb.StringAdapter(KINDS["hunnox"].model, Megatec())
    line = connected("hunnox", adapter)
    for _ in range(4):
        line.ask(b"Q1\r")
    assert adapter.numbers == [0x03, 0x0D, 0x03, 0x03, 0x0C, 0x03]


def test_armac_answers_nothing_to_what_is_not_asked() -> None:
    talker = Megatec()
    line = connected("armac", qx_usb.ArmacAdapter(KINDS["armac"].model, talker))
    assert line.ask(b"QGS\r") == b"QGS\r"
    assert talker.heard == []


def test_armac_with_wide_endpoints() -> None:
    class Wide(Adapter):
        def take(self, report: bytes) -> bytes:
            assert report[0] == 0xA0 + len(report) - 1
            return report[1:]

        def give(self, answer: bytes) -> list[bytes]:
            return [bytes([len(answer)]) + answer]

    talker = Megatec()
    bridge = find("armac")
    assert bridge is not None
    device = Plugged(Wide(KINDS["armac"].model, talker), ((0x82, 3, 64), (0x02, 3, 64)))
    line = bridge.connect(device, Settings("u", {"port": "auto"}))
    assert line.ask(b"Q1\r") == talker.state.line().encode() + b"\r"


def test_fuji_has_room_for_three_bytes() -> None:
    talker = Megatec()
    line = connected("fuji", qx_usb.FujiAdapter(KINDS["fuji"].model, talker))
    assert line.ask(b"S.5R0003\r") == b""
    assert talker.heard == [b"S.5"]
    assert line.ask(b"S.5R0000\r") == b"S.5R0000\r"


def test_phoenixtec_does_not_wait_for_what_never_comes() -> None:
    talker = Megatec(extra={b"MSO": b"(220 230"})
    adapter = qx_usb.PhoenixtecAdapter(KINDS["phoenixtec"].model, talker)
    line = connected("phoenixtec", adapter)
    assert line.ask(b"CT\r") == b""
    assert line.ask(b"MSO\r") == b"(220 230\r"


# --- which device


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if name not in ("gtec", "snr")])
def test_ids(name: str) -> None:
    one = KINDS[name].model
    identity = UsbIdentity(one.vendor_id, one.product_id, one.strings.get(1, ""), one.strings.get(2, ""))
    assert next(known.use for known in IDS if identity.fits(known)) == name


def test_udev_has_them() -> None:
    known = {(one.vendor, one.product) for one in usbids.known() if one.driver == "nutdrv_qx"}
    assert known == {(one.vendor_id, one.product_id) for one in IDS}


# --- beside C


class Side:
    """One of the two drivers with an adapter of its own."""

    def __init__(self, name: str, folder: Path, kind: Kind) -> None:
        self._stack = contextlib.ExitStack()
        folder.mkdir()
        self.talker = Megatec(acknowledge=b"ACK")
        usb = UsbUps(kind.model)
        usb.device = kind.adapter(kind.model, self.talker)
        env = self._stack.enter_context(usb).env
        where = self._stack.enter_context(place(folder))
        settings: dict[str, str | None] = {
            "port": "auto",
            "protocol": "megatec",
            "pollinterval": "1",
            "pollfreq": "300",
        }
        if kind.slow_c:
            settings["protocol"] = "q1"
        self.link: DriverSocket = self._stack.enter_context(driver(name, "nutdrv_qx", where, settings, env))

    def toggle(self) -> int:
        """A command; its result."""
        return self.link.do("INSTCMD beeper.toggle")[0]

    def close(self) -> None:
        self._stack.close()


BESIDE_C = [name for name, kind in KINDS.items() if kind.beside_c]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], tuple[Side, Side]]]:
    """C's driver and ours on an adapter. All start at once: they wait for most of the time."""
    folder = tmp_path_factory.mktemp("bridges")
    with ThreadPoolExecutor(len(BESIDE_C)) as pool:
        started = {
            (name, side): pool.submit(Side, side, folder / f"{name}-{side}", KINDS[name])
            for name in BESIDE_C
            for side in ("C", "ours")
        }
        yield lambda name: (started[name, "C"].result(), started[name, "ours"].result())
        for one in started.values():
            if one.exception() is None:
                one.result().close()


@pytest.mark.parametrize("name", BESIDE_C)
def test_beside_c(name: str, pairs: Callable[[str], tuple[Side, Side]]) -> None:
    """The same variables and commands, and the same UPS is heard."""
    theirs, ours = pairs(name)
    assert shown(ours.link) == shown(theirs.link)
    assert commands(ours.link) == commands(theirs.link)
    if KINDS[name].slow_c:
        return
    with ThreadPoolExecutor(2) as both:
        results = list(both.map(Side.toggle, (theirs, ours)))
    assert results == [0, 0]
    assert all(b"Q" in side.talker.heard for side in (theirs, ours))
