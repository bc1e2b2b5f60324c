"""USB HID devices, by hidapi: reports, strings, the interrupt pipe.

`port = auto` (or anything else) looks at every HID device by hidapi's usual way, which on Linux is libusb; a path such
as /dev/hidraw0 is opened by the kernel's hidraw instead, for containers that are given nothing but that.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import Event, Lock
from typing import TYPE_CHECKING, Any, Protocol

from wallnut.model.errors import ConfigError, DeviceError

if TYPE_CHECKING:
    from wallnut.io.record import Tape

LONGEST_DESCRIPTOR = 4096
LONGEST_INPUT = 64
SYS = "/sys/bus/usb/devices"
NODES = "/dev/bus/usb"
HIDRAW = "/dev/hidraw"
_GONE = ("NO_DEVICE", "NOT_FOUND", "ERROR_IO", "ACCESS", "No such device", "Input/output error", "not connected")
"""Parts of hidapi's and libusb's messages that mean that the device must be opened again."""


class HidGone(DeviceError):
    """The device is no longer there, or no longer ours."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A USB device: its ids, its strings without the blanks around them ("" for none), and where it is plugged in:
    `bus` and `device` as in lsusb (three digits), `busport` the ports up to it, as in /sys; "" where unknown."""

    vendor_id: int
    product_id: int
    release: int = 0
    vendor: str = ""
    product: str = ""
    serial: str = ""
    bus: str = ""
    device: str = ""
    busport: str = ""
    path: str = ""
    """What hidapi opens it by."""
    interface: int = 0
    usage: int = 0
    """What its report descriptor says it is, page << 16 | id; 0 where that cannot be seen without opening it."""

    def __str__(self) -> str:
        return f"{self.vendor_id:04x}:{self.product_id:04x} {self.vendor} {self.product}".rstrip()


class Hid(Protocol):
    """An open device. Reports have their id first (0 where the device has only one). Every method raises HidGone where
    the device is lost, and DeviceError where it does not do this. `read` may be called in another thread than the
    rest, but must not wait when `close` is called."""

    @property
    def identity(self) -> Identity:
        """Which one it is."""

    def descriptor(self) -> bytes:
        """The report descriptor."""

    def feature(self, id: int, size: int) -> bytes:
        """A feature report, at most `size` bytes."""

    def input(self, id: int, size: int) -> bytes:
        """An input report, asked for and not waited for."""

    def set_feature(self, data: bytes) -> None:
        """Write a feature report."""

    def text(self, index: int) -> str:
        """A string descriptor, "" where there is none."""

    def read(self, size: int, limit: float) -> bytes:
        """The next report that comes by the interrupt pipe within `limit` seconds; b"" where none did."""

    def close(self) -> None:
        """Let the device go; never fails."""


@dataclass(frozen=True, slots=True)
class HidDevice:
    """The first device that opens, of those for which `wanted` gives the highest number, then the others; not of those
    for which it gives 0. `path`: one of /dev/hidraw*, else all are looked at."""

    wanted: Callable[[Identity], int]
    path: str = ""

    def open(self) -> Hid:
        """Find and open it. Raises DeviceError, which says what is in the way."""
        module = _module("hidraw" if self.path.startswith(HIDRAW) else "hid")
        reasons = []
        ranked = [(self.wanted(identity), identity) for identity in _identities(module, self.path)]
        for _, identity in sorted((one for one in ranked if one[0]), key=lambda one: -one[0]):
            whole = b"" if self.path.startswith(HIDRAW) else _whole_descriptor(identity)
            device = module.device()
            try:
                device.open_path(identity.path.encode())
            except OSError as error:
                reasons.append(_cannot_open(identity, error))
                continue
            return _RealHid(device, identity, module, whole)
        raise DeviceError(reasons[0] if reasons else "no matching HID device found")

    def record(self, device: Hid, tape: Tape) -> Hid:
        """The device, with what it says noted."""
        return _RecordedHid(device, tape)

    def replay(self, tape: Tape) -> Hid:
        """A device that the tape plays."""
        return _ReplayedHid(tape)


def library() -> str:
    """Name and release of the library, for driver.version.usb; "" where it is missing."""
    try:
        return f"hidapi {_module('hid').version_str()}"
    except ConfigError:
        return ""


def found() -> list[Identity]:
    """All HID devices that can be seen."""
    return list(_identities(_module("hid"), ""))


def _module(name: str) -> Any:
    try:
        module = __import__(name)
    except ImportError:
        raise ConfigError("USB HID devices need hidapi: pip install 'wallnut[usb]'") from None
    if not hasattr(module, "device"):
        raise ConfigError("the package hid stands in hidapi's place: pip uninstall hid, pip install 'wallnut[usb]'")
    return module


def _identities(module: Any, path: str) -> Iterable[Identity]:
    seen = []
    for one in module.enumerate():
        where = one["path"].decode(errors="replace")
        if path.startswith(HIDRAW) and where != path:
            continue
        bus, device, busport = _place(where)
        names = ("manufacturer_string", "product_string", "serial_number")
        vendor, product, serial = (str(one[name] or "").strip() for name in names)
        seen.append(
            Identity(
                one["vendor_id"],
                one["product_id"],
                one["release_number"],
                vendor,
                product,
                serial,
                bus,
                device,
                busport,
                where,
                max(one["interface_number"], 0),
                one["usage_page"] << 16 | one["usage"] if one["usage_page"] else _usage(where),
            )
        )
    return sorted(seen, key=lambda one: (one.bus, one.device, one.interface))


def _place(path: str) -> tuple[str, str, str]:
    """Bus, device and port of hidapi's path: "1-2.4:1.0" or "/dev/hidraw0"."""
    if path.startswith(HIDRAW):
        interface = os.path.realpath(f"/sys/class/hidraw/{os.path.basename(path)}/device/..")
        path = os.path.basename(interface)
    port = path.partition(":")[0]
    numbers = [_line(f"{SYS}/{port}/{name}") for name in ("busnum", "devnum")]
    if not all(number.isdigit() for number in numbers):
        return "", "", ""
    return f"{int(numbers[0]):03d}", f"{int(numbers[1]):03d}", port


def _usage(path: str) -> int:
    """What the device at hidapi's path "1-2.4:1.0" is, where the kernel has looked at it already."""
    folder = f"{SYS}/{path}"
    try:
        for name in os.listdir(folder):
            if name.count(":") == 2:
                with open(f"{folder}/{name}/report_descriptor", "rb") as file:
                    return first_usage(file.read(LONGEST_DESCRIPTOR))
    except OSError:
        pass  # nobody knows
    return 0


def first_usage(descriptor: bytes) -> int:
    """The usage of a report descriptor's first collection, page << 16 | id; 0 for none."""
    at = page = usage = 0
    while at < len(descriptor):
        prefix = descriptor[at]
        size = (0, 1, 2, 4)[prefix & 3]
        value = int.from_bytes(descriptor[at + 1 : at + 1 + size], "little")
        at += 1 + size
        if prefix & 0xFC == 0x04:  # Usage Page
            page = value
        elif prefix & 0xFC == 0x08:  # Usage
            usage = value if size == 4 else page << 16 | value
        elif prefix & 0xFC == 0xA0:  # Collection
            return usage
    return 0


def _line(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""


def _cannot_open(identity: Identity, error: OSError) -> str:
    node = identity.path if identity.path.startswith(HIDRAW) else f"{NODES}/{identity.bus}/{identity.device}"
    if os.path.exists(node) and not os.access(node, os.R_OK | os.W_OK):
        return f"can't open {identity} ({node}): Permission denied; a udev rule must let this program's user in"
    return f"can't open {identity}: {error}"


_SHORT_AT_FIRST = ((0x0463, 0x0202),)
"""Vendor and release of devices whose report descriptor at index 0 is a short one, with the whole one at index 1:
Eaton's. Systems, and so hidapi, know only the first one."""


def _whole_descriptor(identity: Identity) -> bytes:
    """The report descriptor at index 1 of such a device, before hidapi takes it; b"" where it cannot be had."""
    if (identity.vendor_id, identity.release) not in _SHORT_AT_FIRST or not identity.bus:
        return b""
    try:
        import usb.core
        import usb.util
    except ImportError:
        return b""
    device, interface = None, identity.interface
    try:
        device = usb.core.find(bus=int(identity.bus), address=int(identity.device))
        if device is None:
            return b""
        if device.is_kernel_driver_active(interface):
            device.detach_kernel_driver(interface)
        head = bytes(device.ctrl_transfer(0x81, 6, 0x2101, interface, 9))
        return bytes(device.ctrl_transfer(0x81, 6, 0x2201, interface, int.from_bytes(head[7:9], "little")))
    except (OSError, ValueError, NotImplementedError):
        return b""  # the short one is better than none
    finally:
        if device is not None:
            usb.util.dispose_resources(device)


class _RealHid:
    """hidapi's device: its errors as ours. hidapi lets one thread read while another does the rest."""

    def __init__(self, device: Any, identity: Identity, module: Any, whole: bytes = b"") -> None:
        self._device, self._module, self._whole = device, module, whole
        self.identity = identity
        self._open = True

    def descriptor(self) -> bytes:
        return self._whole or self._do("report descriptor", lambda: bytes(self._device.get_report_descriptor()))

    def feature(self, id: int, size: int) -> bytes:
        return self._do(f"report {id:02x}", lambda: bytes(self._device.get_feature_report(id, size)))

    def input(self, id: int, size: int) -> bytes:
        return self._do(f"report {id:02x}", lambda: bytes(self._device.get_input_report(id, size)))

    def set_feature(self, data: bytes) -> None:
        def send() -> bytes:
            if self._device.send_feature_report(data) < 0:
                raise OSError("not taken")
            return b""

        self._do(f"setting report {data[0]:02x}", send)

    def text(self, index: int) -> str:
        if not 0 < index < 256:
            return ""
        try:
            return str(self._device.get_indexed_string(index) or "").strip()
        except (OSError, ValueError):
            return ""

    def read(self, size: int, limit: float) -> bytes:
        try:
            return bytes(self._device.read(size, max(1, int(limit * 1000))))
        except (OSError, ValueError) as error:
            raise HidGone(f"{self.identity}: interrupt pipe: {error}") from None

    def close(self) -> None:
        if self._open:
            self._open = False
            self._device.close()

    def _do(self, what: str, call: Callable[[], bytes]) -> bytes:
        try:
            return call()
        except (OSError, ValueError) as error:  # ValueError: hidapi's, where it is closed
            why = self._why() or str(error)
        gone = HidGone if any(part in why for part in _GONE) else DeviceError
        raise gone(f"{self.identity}: {what}: {why}")

    def _why(self) -> str:
        try:
            said = str(self._device.error() or "")
        except (OSError, ValueError):
            return ""
        return "" if said == "Success" else said


class _RecordedHid:
    """A device that notes what it is asked and says; the reader's thread may note in between."""

    def __init__(self, device: Hid, tape: Tape) -> None:
        self._device, self._tape = device, tape
        self._lock = Lock()
        self.identity = identity = device.identity
        ids = f"{identity.vendor_id:04x}:{identity.product_id:04x} {identity.release:04x}"
        self._note("device", (ids, identity.vendor, identity.product, identity.serial))

    def _note(self, request: str, answers: Iterable[str]) -> None:
        with self._lock:
            self._tape.asked(request)
            for answer in answers:
                self._tape.answered(answer)

    def _noted(self, request: str, call: Callable[[], bytes]) -> bytes:
        try:
            answer = call()
        except DeviceError as error:
            with self._lock:
                self._tape.asked(request)
                self._tape.failed(str(error))
            raise
        self._note(request, [answer.hex()] if answer else [])
        return answer

    def descriptor(self) -> bytes:
        return self._noted("descriptor", self._device.descriptor)

    def feature(self, id: int, size: int) -> bytes:
        return self._noted(f"feature {id:02x}", lambda: self._device.feature(id, size))

    def input(self, id: int, size: int) -> bytes:
        return self._noted(f"input {id:02x}", lambda: self._device.input(id, size))

    def set_feature(self, data: bytes) -> None:
        def send() -> bytes:
            self._device.set_feature(data)
            return b""

        self._noted(f"set {data.hex()}", send)

    def text(self, index: int) -> str:
        text = self._device.text(index)
        self._note(f"text {index}", [text])
        return text

    def read(self, size: int, limit: float) -> bytes:
        report = self._device.read(size, limit)
        if report:
            self._note("pipe", [report.hex()])
        return report

    def close(self) -> None:
        self._device.close()


class _ReplayedHid:
    """A device that a tape plays. What came by the interrupt pipe is not played: polls find it in the reports."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._closed = Event()
        ids, *strings = tape.ask("device")
        try:
            pair, release = ids.split()
            vendor_id, product_id = (int(half, 16) for half in pair.split(":"))
            vendor, product, serial = (*strings, "", "", "")[:3]
            self.identity = Identity(vendor_id, product_id, int(release, 16), vendor, product, serial)
        except ValueError:
            raise DeviceError(f"the recording's device makes no sense: {ids}") from None

    def _bytes(self, request: str) -> bytes:
        answers = self._tape.ask(request)
        try:
            return bytes.fromhex("".join(answers))
        except ValueError:
            raise DeviceError(f"the recording's answer to {request} makes no sense") from None

    def descriptor(self) -> bytes:
        return self._bytes("descriptor")

    def feature(self, id: int, size: int) -> bytes:
        return self._bytes(f"feature {id:02x}")

    def input(self, id: int, size: int) -> bytes:
        return self._bytes(f"input {id:02x}")

    def set_feature(self, data: bytes) -> None:
        self._tape.ask(f"set {data.hex()}")

    def text(self, index: int) -> str:
        request = f"text {index}"
        return "".join(self._tape.ask(request)) if self._tape.heard(request) else ""

    def read(self, size: int, limit: float) -> bytes:
        self._closed.wait(limit)
        return b""

    def close(self) -> None:
        self._closed.set()


# --- what a device that does not answer may need (Linux)


def reset(identity: Identity) -> bool:
    """Reset the device as its driver in the kernel would: USBDEVFS_RESET; False where that cannot be done."""
    import fcntl

    try:
        node = os.open(f"{NODES}/{identity.bus}/{identity.device}", os.O_WRONLY)
    except OSError:
        return False
    try:
        fcntl.ioctl(node, _USBDEVFS_RESET)
    except OSError:
        return False
    finally:
        os.close(node)
    return True


_USBDEVFS_RESET = 0x5514
"""_IO('U', 20), linux/usbdevice_fs.h."""
REST = 1.0
"""Seconds for which a device is away when it is enumerated anew."""


def enumerate_again(identity: Identity) -> bool:
    """Have the kernel forget the device and find it again, as if it was unplugged; False where that cannot be done."""
    path = f"{SYS}/{identity.busport}/authorized"
    try:
        for value in (b"0", b"1"):
            node = os.open(path, os.O_WRONLY)
            try:
                os.write(node, value)
            finally:
                os.close(node)
            if value == b"0":
                time.sleep(REST)
    except OSError:
        return False
    return True
