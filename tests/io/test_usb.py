"""USB devices by pyusb: which one is chosen, what its errors become, and what a tape keeps of it. (Real transfers:
tests/drivers/qx/test_usb.py.)"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from usb.core import USBError

from wallnut.io.record import Tape
from wallnut.io.usb import Usb, UsbDevice, UsbId, UsbIdentity, _RealDevice
from wallnut.model.errors import DeviceError

KNOWN = (
    UsbId(0x0001, 0x0000, "fabula", vendor="MEC", product="MEC0003"),
    UsbId(0x0001, 0x0000, "krauler"),
    UsbId(0x0665, 0x5161, "cypress"),
)
LUPUS = UsbIdentity(0x0001, 0x0000, "mec", "MEC0003", "77", "001", "004")


def test_texts_tell_devices_of_one_number_apart() -> None:
    assert [known.use for known in KNOWN if LUPUS.fits(known)] == ["fabula", "krauler"]
    assert [known.use for known in KNOWN if UsbIdentity(1, 0, "ATCL").fits(known)] == ["krauler"]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ({}, True),
        ({"vendorid": "0001", "productid": "0{4}"}, True),
        ({"vendor": "M.C", "product": "mec0003", "serial": "7+", "bus": "00[1-3]", "device": "004"}, True),
        ({"vendor": "ME"}, False),
        ({"bus": "002"}, False),
    ],
)
def test_what_the_user_says_has_to_match_whole(wanted: dict[str, str], chosen: bool) -> None:
    assert Usb(KNOWN, **wanted).chooses(LUPUS) is chosen  # type: ignore[arg-type]


def test_an_unknown_device_is_chosen_only_by_the_user() -> None:
    other = UsbIdentity(0x1234, 0x5678)
    assert not Usb(KNOWN, vendorid="1234").chooses(other)
    assert Usb(KNOWN, vendorid="1234", any_id=True).chooses(other)


class Pyusb:
    """A pyusb device: what it does next is what the test says."""

    def __init__(self) -> None:
        self.next: Callable[[], object] = lambda: b""
        self.did: list[str] = []

    def is_kernel_driver_active(self, interface: int) -> bool:
        return True

    def detach_kernel_driver(self, interface: int) -> None:
        self.did.append("detach")

    @property
    def _ctx(self) -> Any:
        return self

    def managed_claim_interface(self, device: object, interface: int) -> None:
        self.did.append("claim")

    def dispose(self, device: object) -> None:
        self.did.append("dispose")

    def ctrl_transfer(self, *args: object) -> object:
        return self.next()

    def read(self, *args: object) -> object:
        return self.next()

    def clear_halt(self, endpoint: int) -> None:
        self.did.append(f"clear {endpoint:x}")

    def reset(self) -> None:
        self.did.append("reset")


def failing(number: int) -> Callable[[], object]:
    def fail() -> object:
        raise USBError("it fails", errno=number)

    return fail


@pytest.fixture
def fake() -> Pyusb:
    return Pyusb()


def test_errors(fake: Pyusb) -> None:
    device: UsbDevice = _RealDevice(fake, LUPUS)
    assert fake.did == ["detach", "claim"]
    fake.next = failing(110)
    assert device.read(0x81, 8, 1.0) == b"", "a time-out is silence"
    assert device.control(9, 0x200, b"Q1\r") == 0
    fake.next = failing(32)
    assert device.read(0x81, 8, 1.0) == b"", "a stall is cleared"
    assert fake.did[-1] == "clear 81"
    fake.next = failing(75)
    assert device.read(0x81, 8, 1.0) == b"", "too long once or twice may happen"
    assert device.read(0x81, 8, 1.0) == b""
    with pytest.raises(DeviceError, match="the USB device is lost: it fails"):
        device.read(0x81, 8, 1.0)
    assert fake.did[-1] == "reset"
    fake.next = failing(19)
    with pytest.raises(DeviceError):
        device.control(9, 0x200, b"Q1\r")
    device.close()


def test_recorded_and_replayed(fake: Pyusb) -> None:
    class Told(_RealDevice):
        def endpoints(self) -> tuple[tuple[int, int, int], ...]:
            return ((0x81, 3, 8),)

    tape = Tape()
    way = Usb(KNOWN)
    device = way.record(Told(fake, LUPUS), tape)
    fake.next = lambda: 3
    assert device.control(9, 0x200, b"Q1\r") == 3
    fake.next = lambda: b"(228.0\r\0"
    assert device.read(0x81, 8, 1.0) == b"(228.0\r\0"
    fake.next = lambda: b"\4\3\x09\4"
    assert device.ask(6, 0x300, 255) == b"\4\3\x09\4"
    assert all("77" not in line.text for line in tape.lines), "no serial number"
    played = way.replay(Tape(tape.lines))
    assert (played.identity.vendor_id, played.identity.product, played.identity.serial) == (1, "MEC0003", "")
    assert played.endpoints() == ((0x81, 3, 8),)
    assert played.read(0x81, 8, 1.0) == b""
    assert played.control(9, 0x200, b"Q1\r") == 3
    assert played.read(0x81, 8, 1.0) == b"(228.0\r\0"
    assert played.ask(6, 0x300, 255) == b"\4\3\x09\4"
    played.control(9, 0x200, b"never heard")
    assert played.read(0x81, 8, 1.0) == b""
