"""io/hid.py over a made-up hidapi: finding, errors, recording and replaying."""

from __future__ import annotations

import os
import subprocess
import sys
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.fake_hidapi import FakeHidapi
from tests.support.hid_devices import ES850G2
from tests.support.umock import Device, UsbUps
from wallnut.io import hid
from wallnut.io.hid import Hid, HidDevice, HidGone, Identity
from wallnut.io.record import Line, Tape
from wallnut.model.errors import ConfigError, DeviceError


def everyone(identity: Identity) -> bool:
    return True


@pytest.fixture
def device() -> Device:
    return Device(ES850G2)


@pytest.fixture
def module(device: Device, monkeypatch: pytest.MonkeyPatch) -> FakeHidapi:
    made = FakeHidapi(device)
    monkeypatch.setitem(sys.modules, "hid", made)
    return made


def opened() -> Hid:
    return HidDevice(everyone).open()


def test_what_is_found(module: FakeHidapi) -> None:
    (identity,) = hid.found()
    assert (identity.vendor_id, identity.product_id, identity.release) == (0x051D, 2, 0x90)
    assert (identity.vendor, identity.serial) == ("American Power Conversion", "5B0000T00000")
    assert identity.usage == 0x00840004
    assert str(identity).startswith("051d:0002 American Power Conversion Back-UPS")
    assert hid.library() == "hidapi 0.15.0"


def test_an_open_device(module: FakeHidapi, device: Device) -> None:
    one = opened()
    assert one.descriptor() == bytes.fromhex(ES850G2.descriptor)
    assert one.feature(0x0C, 4).hex() == "0c646403"
    assert one.input(0x0C, 4).hex() == "0c646403"
    one.set_feature(bytes.fromhex("1114"))
    assert device.settings == ["1114"]
    assert one.text(4) == "PbAc"
    assert one.text(99) == one.text(0) == one.text(256) == ""
    assert one.read(64, 0.001) == b""
    device.news.append(b"\x16\x0c")
    assert one.read(64, 0.001) == b"\x16\x0c"
    one.close()
    one.close()
    assert module.opened == 0


def test_errors_say_whether_the_device_is_gone(module: FakeHidapi, device: Device) -> None:
    one = opened()
    device.stalled.add(0x0C)
    with pytest.raises(DeviceError, match=r"report 0c: LIBUSB_ERROR_PIPE$") as caught:
        one.feature(0x0C, 4)
    assert not isinstance(caught.value, HidGone)
    with pytest.raises(DeviceError):
        one.set_feature(b"\x0c\x01")
    device.gone = True
    for call in (lambda: one.feature(1, 2), lambda: one.read(64, 0.001), one.descriptor):
        with pytest.raises(HidGone):
            call()
    one.close()
    with pytest.raises(DeviceError, match="no matching HID device found"):
        opened()


def test_one_that_does_not_open_says_why(module: FakeHidapi, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = module.enumerate()
    monkeypatch.setattr(module, "enumerate", lambda: listed)
    device.gone = True
    with pytest.raises(DeviceError, match=r"can't open 051d:0002 .*: open failed"):
        opened()


def test_the_next_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    module = FakeHidapi(Device(ES850G2), Device(ES850G2))
    monkeypatch.setitem(sys.modules, "hid", module)
    found = [one.path for one in hid.found()]
    assert found == ["1-1:1.0", "1-2:1.0"]
    assert HidDevice(lambda identity: identity.path == "1-2:1.0").open().identity.path == "1-2:1.0"
    ranks = {"1-1:1.0": 1, "1-2:1.0": 2}
    assert HidDevice(lambda identity: ranks[identity.path]).open().identity.path == "1-2:1.0"
    module.devices[b"1-2:1.0"].gone = True
    assert HidDevice(lambda identity: ranks[identity.path]).open().identity.path == "1-1:1.0"


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hid", None)
    with pytest.raises(ConfigError, match=r"pip install 'wallnut\[usb\]'"):
        opened()
    assert hid.library() == ""
    monkeypatch.setitem(sys.modules, "hid", ModuleType("hid"))
    with pytest.raises(ConfigError, match="pip uninstall hid"):
        opened()


def test_recorded_and_replayed(module: FakeHidapi, device: Device) -> None:
    tape = Tape(clock=lambda: 0.0)
    way = HidDevice(everyone)
    one = way.record(way.open(), tape)
    device.stalled.add(5)

    def exercise(one: Hid) -> list[object]:
        said: list[object] = [one.descriptor(), one.feature(0x0C, 4), one.input(0x16, 5), one.text(4), one.text(5)]
        one.set_feature(b"\x11\x14")
        with pytest.raises(DeviceError) as caught:
            one.feature(5, 2)
        return [*said, str(caught.value), one.identity.vendor, one.identity.product, one.identity.product_id]

    device.news.append(b"\x16\x0a")
    assert one.read(64, 0.001)
    first = exercise(one)
    one.close()
    texts = [f"{line.kind} {line.text}" for line in tape.lines]
    assert texts[:5] == [
        "> device",
        "< 051d:0002 0090",
        "< American Power Conversion",
        "< Back-UPS ES 850G2 FW:938.a2 .I USB FW:a2",
        "< 5B0000T00000",
    ]
    assert texts[5:7] == ["> pipe", "< 160a"]
    replayed = way.replay(Tape(tape.lines))
    assert exercise(replayed) == first
    with pytest.raises(DeviceError, match="has no answer"):
        replayed.feature(0x42, 3)
    assert replayed.text(7) == ""
    assert replayed.read(64, 0.001) == b""
    replayed.close()


@pytest.mark.parametrize("ids", ["", "x", "051d", "051d:0002", "051d:zz 0090", "1:2:3 4"])
def test_a_recording_that_makes_no_sense(ids: str) -> None:
    with pytest.raises(DeviceError):
        HidDevice(everyone).replay(Tape([Line(0.0, ">", "device"), Line(0.0, "<", ids)]))


def test_nonsense_in_a_recording() -> None:
    lines = [("> device"), ("< 051d:0002 0090"), ("> feature 01"), ("< 0x"), ("> descriptor"), ("! timed out")]
    replayed = HidDevice(everyone).replay(Tape(Line(0.0, text[0], text[2:]) for text in lines))
    with pytest.raises(DeviceError, match="makes no sense"):
        replayed.feature(1, 2)
    with pytest.raises(DeviceError, match="timed out"):
        replayed.descriptor()


@given(st.binary(max_size=64))
def test_the_first_usage_of_any_bytes(data: bytes) -> None:
    assert hid.first_usage(data) >= 0
    assert hid.first_usage(bytes.fromhex(ES850G2.descriptor)) == 0x00840004


def test_under_a_kernel() -> None:
    script = """if True:
        from wallnut.io import hid
        (one,) = hid.found()
        device = hid.HidDevice(lambda identity: identity == one).open()
        print(one.bus, one.device, one.busport, one.interface, f"{one.usage:08x}", device.text(4))
        print(len(device.descriptor()), device.feature(0x0C, 4).hex())
        device.close()
        print(hid.reset(one), hid.enumerate_again(one))
    """
    with UsbUps(ES850G2) as ups:
        argv = [sys.executable, "-c", script]
        done = subprocess.run(
            argv, env={**os.environ, **ups.env}, capture_output=True, text=True, timeout=30, check=True
        )
        assert done.stdout.splitlines() == [
            "001 002 1-1 0 00840004 PbAc",
            f"{len(ES850G2.descriptor) // 2} 0c646403",
            "True True",
        ]
        assert ups.device.resets == 1


def test_reset_and_enumeration_where_there_is_nothing() -> None:
    nowhere = Identity(1, 2, bus="999", device="999", busport="999-9")
    assert not hid.reset(nowhere)
    assert not hid.enumerate_again(nowhere)
