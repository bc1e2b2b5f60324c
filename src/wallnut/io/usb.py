"""USB devices by pyusb, for those that speak neither HID as it is meant nor a class that the system knows.

A device is chosen among those whose ids a driver knows, or that the user describes. Time-outs give b"": many adapters
answer by silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from wallnut.io.record import show, unshow
from wallnut.model.errors import ConfigError, DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.io.record import Tape

WRITE_LIMIT = 5.0
"""Seconds that a device may take to take what it is sent."""
OVERFLOWS = 3
"""Answers in a row that are longer than the endpoint allows, after which the device is reset: its firmware hangs."""
EPIPE, EOVERFLOW, ETIMEDOUT = 32, 75, 110

TO_INTERFACE, FROM_DEVICE = 0x21, 0x80
"""Request types: to the interface, by class; from the device, standard."""


@dataclass(frozen=True, slots=True)
class UsbId:
    """Devices that a driver knows: numbers, and where those do not tell enough the texts that they say of themselves
    (whatever their case). `use` is what the driver makes of them, `title` which ones they are."""

    vendor_id: int
    product_id: int
    use: str
    title: str = ""
    vendor: str | None = None
    product: str | None = None


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """What a device says of itself, and where it is."""

    vendor_id: int
    product_id: int
    vendor: str = ""
    product: str = ""
    serial: str = ""
    bus: str = ""
    device: str = ""

    def fits(self, known: UsbId) -> bool:
        """Whether it is one of these."""
        return (
            (known.vendor_id, known.product_id) == (self.vendor_id, self.product_id)
            and (known.vendor is None or known.vendor.lower() == self.vendor.lower())
            and (known.product is None or known.product.lower() == self.product.lower())
        )


@runtime_checkable
class UsbDevice(Protocol):
    """An open device, its first interface ours. Methods raise DeviceError where it is gone."""

    identity: UsbIdentity

    def control(self, request: int, value: int, data: bytes, index: int = 0, kind: int = TO_INTERFACE) -> int:
        """A control transfer to the device; how many bytes it took, 0 where it took none in time."""

    def ask(self, request: int, value: int, size: int, index: int = 0, kind: int = FROM_DEVICE) -> bytes:
        """A control transfer from the device; b"" where it does not answer that."""

    def read(self, endpoint: int, size: int, limit: float) -> bytes:
        """What an interrupt endpoint has, waiting `limit` seconds at the most; b"" for nothing, or nothing usable."""

    def write(self, endpoint: int, data: bytes) -> int:
        """Send to an interrupt endpoint; how many bytes it took, 0 where it took none in time."""

    def endpoints(self) -> tuple[tuple[int, int, int], ...]:
        """Address, attributes and largest packet of each of the interface's endpoints."""

    def reset(self) -> None:
        """Reset it on the bus."""

    def close(self) -> None:
        """Let it go; never fails."""


@dataclass(frozen=True, slots=True)
class Usb:
    """Which device: the first of `ids`, unless `any_id`, that fits what the user says of it: regular expressions, that
    have to match all of it. `wait_for` limits the seconds that opening may take."""

    ids: tuple[UsbId, ...]
    vendorid: str = ""
    productid: str = ""
    vendor: str = ""
    product: str = ""
    serial: str = ""
    bus: str = ""
    device: str = ""
    any_id: bool = False

    def chooses(self, identity: UsbIdentity) -> bool:
        """Whether this is the one."""
        said = (
            (self.vendorid, f"{identity.vendor_id:04x}"),
            (self.productid, f"{identity.product_id:04x}"),
            (self.vendor, identity.vendor),
            (self.product, identity.product),
            (self.serial, identity.serial),
            (self.bus, identity.bus),
            (self.device, identity.device),
        )
        if not all(not wanted or re.fullmatch(wanted, is_.strip(), re.IGNORECASE) for wanted, is_ in said):
            return False
        return self.any_id or any(identity.fits(known) for known in self.ids)

    def open(self) -> UsbDevice:
        """Find and open it. Raises DeviceError, which says what to do."""
        core = _pyusb()
        refused = ""
        try:
            for found in core.find(find_all=True):
                if not self.any_id and not any(found.idVendor == known.vendor_id for known in self.ids):
                    continue
                try:
                    identity = _identity(found)
                    if self.chooses(identity):
                        return _RealDevice(found, identity)
                except core.USBError as error:
                    refused = f"; {found.idVendor:04x}:{found.idProduct:04x} cannot be opened: {_reason(error)}"
        except core.NoBackendError:
            raise ConfigError("USB needs the system's libusb-1.0: apt-get install libusb-1.0-0") from None
        except core.USBError as error:
            raise DeviceError(f"cannot look for USB devices: {error.strerror or error}") from None
        raise DeviceError(f"no USB device that this driver knows{refused or '; is it connected?'}")

    def record(self, device: UsbDevice, tape: Tape) -> UsbDevice:
        """The device, with what passes noted."""
        return _RecordedDevice(device, tape)

    def replay(self, tape: Tape) -> UsbDevice:
        """A device in whose place the tape answers, without waiting."""
        return _ReplayedDevice(tape)


def found(ids: tuple[UsbId, ...]) -> list[UsbIdentity]:
    """The devices on the bus that fit one of some ids. Raises ConfigError, DeviceError."""
    core = _pyusb()
    try:
        candidates = [
            _identity(one)
            for one in core.find(find_all=True)
            if any((one.idVendor, one.idProduct) == (known.vendor_id, known.product_id) for known in ids)
        ]
    except core.NoBackendError:
        raise ConfigError("USB needs the system's libusb-1.0: apt-get install libusb-1.0-0") from None
    except core.USBError as error:
        raise DeviceError(f"cannot look for USB devices: {error.strerror or error}") from None
    return [identity for identity in candidates if any(identity.fits(known) for known in ids)]


def _pyusb() -> Any:
    try:
        import usb.core
    except ImportError:
        raise ConfigError("USB needs pyusb: pip install 'wallnut[usb]'") from None
    return usb.core


def _reason(error: Any) -> str:
    if error.errno == 13:
        return "permission denied; let this program's user in by a udev rule"
    return error.strerror or str(error)


def _identity(found: Any) -> UsbIdentity:
    vendor, product, serial = (
        _string(found, index).strip() if index else ""
        for index in (found.iManufacturer, found.iProduct, found.iSerialNumber)
    )
    bus, device = f"{found.bus:03d}", f"{found.address:03d}"
    return UsbIdentity(found.idVendor, found.idProduct, vendor, product, serial, bus, device)


def _string(found: Any, index: int) -> str:
    """A string of the device's; "" where it has none, or keeps it for itself."""
    from usb.core import USBError
    from usb.util import get_string

    try:
        return get_string(found, index) or ""
    except (USBError, ValueError, UnicodeError):
        return ""


class _RealDevice:
    """pyusb's device, its errors as ours. One thread uses it."""

    def __init__(self, found: Any, identity: UsbIdentity) -> None:
        from usb import core, util

        self.identity = identity
        self._device, self._error = found, core.USBError
        self._overflows = 0
        try:
            if found.is_kernel_driver_active(0):
                found.detach_kernel_driver(0)
        except (NotImplementedError, core.USBError):
            pass  # no kernel driver here; if it is in the way, claiming says so
        util.claim_interface(found, 0)

    def control(self, request: int, value: int, data: bytes, index: int = 0, kind: int = TO_INTERFACE) -> int:
        return int(
            self._do(lambda: self._device.ctrl_transfer(kind, request, value, index, data, _ms(WRITE_LIMIT))) or 0
        )

    def ask(self, request: int, value: int, size: int, index: int = 0, kind: int = FROM_DEVICE) -> bytes:
        return bytes(
            self._do(lambda: self._device.ctrl_transfer(kind, request, value, index, size, _ms(WRITE_LIMIT))) or b""
        )

    def read(self, endpoint: int, size: int, limit: float) -> bytes:
        return bytes(self._do(lambda: self._device.read(endpoint, size, _ms(limit)), endpoint) or b"")

    def write(self, endpoint: int, data: bytes) -> int:
        return int(self._do(lambda: self._device.write(endpoint, data, _ms(WRITE_LIMIT)), endpoint) or 0)

    def _do(self, call: Callable[[], Any], endpoint: int = 0) -> Any:
        """The call's result; None where nothing came in time, or the device refused (a stall is cleared)."""
        try:
            result = call()
        except self._error as error:
            if error.errno == ETIMEDOUT:
                return None
            if error.errno == EPIPE:
                return self._cleared(endpoint)
            if error.errno == EOVERFLOW and self._overflows + 1 < OVERFLOWS:
                self._overflows += 1
                return None
            if error.errno == EOVERFLOW:
                self.reset()
            raise DeviceError(f"the USB device is lost: {error.strerror or error}") from None
        self._overflows = 0
        return result

    def _cleared(self, endpoint: int) -> None:
        if not endpoint:
            return
        try:
            self._device.clear_halt(endpoint)
        except self._error as error:
            raise DeviceError(f"the USB device is stalled: {error.strerror or error}") from None

    def endpoints(self) -> tuple[tuple[int, int, int], ...]:
        try:
            interface = self._device.get_active_configuration()[(0, 0)]
        except self._error as error:
            raise DeviceError(f"the USB device is lost: {error.strerror or error}") from None
        return tuple((end.bEndpointAddress, end.bmAttributes, end.wMaxPacketSize) for end in interface)

    def reset(self) -> None:
        try:
            self._device.reset()
        except self._error as error:
            raise DeviceError(f"the USB device cannot be reset: {error.strerror or error}") from None

    def close(self) -> None:
        from usb import util

        try:
            util.dispose_resources(self._device)
        except self._error:
            pass  # it is gone already


def _ms(seconds: float) -> int:
    return max(1, round(1000 * seconds))


class _RecordedDevice:
    """A device that notes what passes: what is sent as asked, what endpoints say as answers to the last of it."""

    def __init__(self, device: UsbDevice, tape: Tape) -> None:
        self._device, self._tape = device, tape
        self.identity = device.identity
        one = self.identity
        tape.asked("identity")
        for text in (f"{one.vendor_id:04x}:{one.product_id:04x}", one.vendor, one.product):
            tape.answered(show(text.encode()))  # no serial number: it is nobody's business
        tape.asked("endpoints")
        for end in device.endpoints():
            tape.answered(" ".join(f"{part:x}" for part in end))

    def control(self, request: int, value: int, data: bytes, index: int = 0, kind: int = TO_INTERFACE) -> int:
        self._tape.asked(_sent(kind, request, value, index, data))
        return self._device.control(request, value, data, index, kind)

    def ask(self, request: int, value: int, size: int, index: int = 0, kind: int = FROM_DEVICE) -> bytes:
        self._tape.asked(_sent(kind, request, value, index, b""))
        return self._noted(self._device.ask(request, value, size, index, kind))

    def read(self, endpoint: int, size: int, limit: float) -> bytes:
        return self._noted(self._device.read(endpoint, size, limit))

    def write(self, endpoint: int, data: bytes) -> int:
        self._tape.asked(f"{endpoint:02x} {show(data)}")
        return self._device.write(endpoint, data)

    def _noted(self, data: bytes) -> bytes:
        if data:
            self._tape.answered(show(data))
        return data

    def endpoints(self) -> tuple[tuple[int, int, int], ...]:
        return self._device.endpoints()

    def reset(self) -> None:
        self._device.reset()

    def close(self) -> None:
        self._device.close()


class _ReplayedDevice:
    """A device in whose place a tape answers. What the tape never heard stays without an answer."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._waiting: list[bytes] = []
        ids, vendor, product = (unshow(text).decode() for text in [*tape.ask("identity"), "", ""][:3])
        vendor_id, _, product_id = ids.partition(":")
        self.identity = UsbIdentity(int(vendor_id, 16), int(product_id, 16), vendor, product)

    def control(self, request: int, value: int, data: bytes, index: int = 0, kind: int = TO_INTERFACE) -> int:
        self._play(_sent(kind, request, value, index, data))
        return len(data)

    def ask(self, request: int, value: int, size: int, index: int = 0, kind: int = FROM_DEVICE) -> bytes:
        text = _sent(kind, request, value, index, b"")
        answers = self._tape.ask(text) if self._tape.heard(text) else []
        return unshow(answers[0])[:size] if answers else b""

    def read(self, endpoint: int, size: int, limit: float) -> bytes:
        return self._waiting.pop(0)[:size] if self._waiting else b""

    def write(self, endpoint: int, data: bytes) -> int:
        self._play(f"{endpoint:02x} {show(data)}")
        return len(data)

    def _play(self, text: str) -> None:
        if self._tape.heard(text):
            self._waiting += [unshow(answer) for answer in self._tape.ask(text)]

    def endpoints(self) -> tuple[tuple[int, int, int], ...]:
        if not self._tape.heard("endpoints"):
            return ()
        parts = ([int(part, 16) for part in line.split()] for line in self._tape.ask("endpoints"))
        return tuple((address, attributes, size) for address, attributes, size in parts)

    def reset(self) -> None:
        self._waiting.clear()

    def close(self) -> None:
        self._waiting.clear()


def _sent(kind: int, request: int, value: int, index: int, data: bytes) -> str:
    return f"{kind:02x} {request:02x} {value:04x} {index:04x} {show(data)}".rstrip()
