"""mge-shut: a UPS behind a pseudo-terminal, its faults, any bytes at all, and beside C's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.drivers.usbhid.test_made_up import LATER, LATER_COMMANDS, OF_ALL, described, same_writes
from tests.support.driver_socket import DriverSocket
from tests.support.hid_made_up import Item, everything
from tests.support.hosts import Hosted, section
from tests.support.peers import need
from tests.support.procs import running
from tests.support.programs import place
from tests.support.ptyups import PtyDevice
from tests.support.shut_ups import ShutUps
from tests.support.umock import Device, Model
from wallnut.config.types import UpsSection
from wallnut.drivers.usbhid import descriptor, eaton, shut, usages
from wallnut.drivers.usbhid.mge_shut import MgeShut
from wallnut.drivers.usbhid.reports import put
from wallnut.io.log import Memory
from wallnut.model.errors import ConfigError, DeviceError


def padded(model: Model) -> Model:
    """The same with a longer descriptor, both bytes of whose length are one: C 2.8.0 takes the low byte for both. The
    padding says that there is no unit."""
    size = len(model.descriptor) // 2
    length = next(high * 0x101 for high in range(24) if high * 0x101 >= size)
    return replace(model, descriptor=model.descriptor + "64" * (length - size))


# C 2.8.0 reads strings of at most nine characters, and writes reports of less than eight bytes
SHORT = {"iDeviceChemistry": "PbAc", "iVersion": "01.02", "iModel": "850"}
VALUES: dict[str, Item | str] = {**SHORT, "Mode": Item("", 1, 8), "Status": Item("", 1, 8)}
MODEL = everything(eaton.VENDOR, VALUES, product="Eaton 5P")
SHORT_REPORTS = padded(everything(eaton.VENDOR, VALUES, product="Eaton 5P", apart=True))
PRESENT = "UPS.PowerSummary.PresentStatus"


@pytest.fixture
def line() -> Iterator[PtyDevice[ShutUps]]:
    with PtyDevice(ShutUps(Device(MODEL))) as one:
        yield one


def configured(line: PtyDevice[ShutUps], **options: str | int | None) -> UpsSection:
    return section(driver="mge-shut", port=line.path, **options)


@pytest.fixture
def ups(line: PtyDevice[ShutUps]) -> Iterator[Hosted]:
    with Hosted(MgeShut, configured(line)) as one:
        yield one.start()


def flags(device: Device, **named: int) -> str:
    """The report of PresentStatus with some flags otherwise, as hex."""
    layout = descriptor.parse(bytes.fromhex(device.model.descriptor))
    report = b""
    for name, value in named.items():
        field = layout.find(descriptor.Kind.FEATURE, usages.parse(f"{PRESENT}.{name}", eaton.VENDOR.usages))
        assert field is not None
        report = put(field, report or device.feature[field.report.id], value)
    return report.hex()


def change(device: Device, report: str) -> None:
    data = bytes.fromhex(report)
    device.feature[data[0]] = data


def status(one: Hosted) -> str:
    return one.host.state.value("ups.status")


def test_packets() -> None:
    assert shut.packet(1, bytes.fromhex("8006000100001200")).hex() == "8188800600010000120095"
    assert [one.hex() for one in shut.packets(4, bytes(range(10)))] == ["048800010203040506070000"[:22], "8422080901"]
    assert shut.packets(4, b"") == [b"\x84\x00\x00"]


def test_what_it_says(ups: Hosted, line: PtyDevice[ShutUps]) -> None:
    assert ups.verdict == ""
    known = {"ups.mfr": "ACME", "ups.model": "5P 850", "ups.serial": "SN0001", "ups.vendorid": "0463"}
    known |= {"ups.status": "OL CHRG", "battery.charge": "87", "input.voltage": "230.1", "ups.firmware": "01.02"}
    assert {name: ups.host.state.value(name) for name in known} == known
    assert line.talker.level == shut.NOTIFY_NONE


def test_status_follows(ups: Hosted, line: PtyDevice[ShutUps]) -> None:
    device = line.talker.device
    change(device, flags(device, ACPresent=0, BelowRemainingCapacityLimit=1))
    ups.pass_time(3)
    assert status(ups) == "OB CHRG LB"
    change(device, flags(device, ACPresent=1, BelowRemainingCapacityLimit=0))
    ups.pass_time(3)
    assert status(ups) == "OL CHRG"


def test_a_notification_counts(line: PtyDevice[ShutUps]) -> None:
    with Hosted(MgeShut, configured(line, notification=3, pollinterval=5)) as one:
        one.start()
        assert line.talker.level == shut.NOTIFY_ALL
        report = flags(line.talker.device, ACPresent=0)
        change(line.talker.device, report)
        line.talker.unasked = bytes.fromhex(report)  # before an acknowledgement
        one.pass_time(6)
        assert status(one) == "OB CHRG"
        report = flags(line.talker.device, ACPresent=1)
        line.say(shut.packet(5, bytes.fromhex(report)))  # between two requests
        change(line.talker.device, report)
        one.pass_time(6)
        assert status(one) == "OL CHRG"
        assert one.log.texts == []


def test_an_early_ellipse_knows_one_greeting(line: PtyDevice[ShutUps]) -> None:
    line.talker.greeting = shut.NOTIFY_ALL
    found = shut.Line(Now(line))  # type: ignore[arg-type]
    found.begin()
    assert line.talker.level == shut.NOTIFY_ALL


class Now:
    """A port without its waits: what the UPS says is there when it was asked."""

    def __init__(self, line: PtyDevice[ShutUps]) -> None:
        self._talker, self._waiting = line.talker, b""

    def write(self, data: bytes, pace: float = 0.0) -> None:
        self._waiting += b"".join(said for _, said in self._talker.hear(data))

    def read(self, size: int, limit: float) -> bytes:
        taken, self._waiting = self._waiting[:size], self._waiting[size:]
        return taken

    def discard(self) -> None:
        self._waiting = b""

    def __getattr__(self, name: str) -> object:
        raise AssertionError(name)


@pytest.mark.parametrize("fault", ["refusals", "garbled", "lost"])
def test_what_goes_wrong_once_or_twice_is_said_again(fault: str, line: PtyDevice[ShutUps]) -> None:
    hid = shut.ShutHid(Now(line))  # type: ignore[arg-type]
    for times in (1, 2, 3):
        setattr(line.talker, fault, times)
        assert hid.feature(1, 64) == line.talker.device.feature[1]


def test_a_line_that_stays_garbled(line: PtyDevice[ShutUps]) -> None:
    hid = shut.ShutHid(Now(line))  # type: ignore[arg-type]
    line.talker.garbled = 10**6
    with pytest.raises(DeviceError, match="garbled"):
        hid.feature(1, 64)


def test_a_report_that_the_ups_refuses(line: PtyDevice[ShutUps]) -> None:
    hid = shut.ShutHid(Now(line))  # type: ignore[arg-type]
    with pytest.raises(DeviceError, match="does not take"):
        hid.feature(0xEE, 64)
    with pytest.raises(DeviceError, match="does not take"):
        hid.set_feature(b"\xee\1")
    assert hid.text(99) == ""
    assert hid.feature(1, 64)


def test_a_long_report_goes_in_several_packets(line: PtyDevice[ShutUps]) -> None:
    device = line.talker.device
    longest = max(device.feature, key=lambda id: len(device.feature[id]))
    data = bytes((longest, *range(len(device.feature[longest]) - 1)))
    hid = shut.ShutHid(Now(line))  # type: ignore[arg-type]
    hid.set_feature(data)
    assert len(data) > 16
    assert device.settings == [data.hex()]
    assert hid.feature(longest, 64) == data


def test_the_longer_descriptor(line: PtyDevice[ShutUps]) -> None:
    line.talker.device.model = replace(MODEL, release=0x0202)
    hid = shut.ShutHid(Now(line))  # type: ignore[arg-type]
    hid.descriptor()
    assert [value & 0xFF for kind, what, value, _ in line.talker.requests if (kind, what) == (0x81, 6)] == [1, 1]


def test_silence_makes_the_data_old(ups: Hosted, line: PtyDevice[ShutUps], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shut, "LIMIT", 0.05)
    monkeypatch.setattr(shut, "SYNC_LIMIT", 0.05)
    line.talker.silent = True
    ups.until(lambda: ups.host.state.stale, "stale data", tick=0.2)
    line.talker.silent = False
    ups.until(lambda: not ups.host.state.stale, "fresh data", tick=0.2)
    assert status(ups) == "OL CHRG"


def test_commands_and_settings(ups: Hosted, line: PtyDevice[ShutUps]) -> None:
    peer = ups.peer()
    for request, result in (
        ("INSTCMD test.battery.start.quick", 0),
        ("INSTCMD outlet.1.load.off", 0),
        ("INSTCMD nothing", 1),
        ("SET outlet.desc Rack", 0),
        ("SET input.sensitivity low", 0),
        ("SET input.sensitivity lowest", 2),
    ):
        assert f"TRACKING t {result}" in ups.say(peer, f"{request} TRACKING t"), request
    assert ups.host.state.value("outlet.desc") == "Rack"
    assert ups.host.state.value("input.sensitivity") == "low"
    assert len(line.talker.device.settings) == 3


@pytest.mark.parametrize(
    ("options", "why"),
    [({"port": "auto"}, "serial line"), ({"notification": "4"}, "one of 1, 2, 3"), ({"pollfreq": "often"}, "whole")],
)
def test_wrong_options(options: dict[str, str], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        Hosted(MgeShut, section(**{"driver": "mge-shut", "port": "/dev/null", **options})).start()


class Babble:
    """A port on which any bytes come."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.reads = 0

    def write(self, data: bytes, pace: float = 0.0) -> None:
        assert data

    def read(self, size: int, limit: float) -> bytes:
        self.reads += 1
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    def discard(self) -> None:
        """What comes later stays."""


_PACKETS = st.builds(shut.packet, st.sampled_from([1, 4, 5, 0x14]), st.binary(max_size=8), last=st.booleans())


@settings(max_examples=300)
@given(st.lists(st.one_of(_PACKETS, st.binary(max_size=12), st.just(b"\x06"), st.just(b"\x18"))).map(b"".join))
def test_any_bytes(data: bytes) -> None:
    for call in (
        lambda port: shut.Line(port).get(0xA1, 1, 0x0301, 8),
        lambda port: shut.Line(port).put(0x0301, bytes(12)),
        lambda port: shut.ShutHid(port).read(64, 0),
    ):
        port = Babble(data)
        with contextlib.suppress(DeviceError):
            call(port)
        assert port.reads < 3000


# --- beside C


def test_beside_c(tmp_path_factory: pytest.TempPathFactory) -> None:
    with ExitStack() as stack:
        here = stack.enter_context(place(tmp_path_factory.mktemp("shut")))
        theirs, mine = (stack.enter_context(PtyDevice(ShutUps(Device(SHORT_REPORTS)))) for _ in range(2))
        here.write("ups.conf", f"maxretry = 3\npollinterval = 1\n[u]\n  driver = mge-shut\n  port = {theirs.path}\n")
        argv = (need("mge-shut", package="nut-server"), "-F", "-u", "root", "-a", "u")
        stack.enter_context(running(*argv, env=here.env))
        ours = stack.enter_context(Hosted(MgeShut, configured(mine, pollfreq=1))).start()
        c = stack.enter_context(DriverSocket(here.socket("mge-shut", "u")))
        known, said = described(ours), described(c)
        differ = {name for name in known.keys() | said.keys() if known.get(name) != said.get(name)}
        assert differ == LATER["eaton"], {name: (known.get(name), said.get(name)) for name in differ}
        assert set(ours.host.state.commands) ^ set(c.state.commands) == OF_ALL | LATER_COMMANDS["eaton"]
        same_writes(ours, c, mine.talker.device, theirs.talker.device, LATER["eaton"])


def test_nothing_is_left_open(line: PtyDevice[ShutUps]) -> None:
    with Hosted(MgeShut, configured(line)) as one:
        one.start()
    assert isinstance(one.log, Memory)
