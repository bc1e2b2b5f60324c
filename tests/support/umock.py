"""USB HID UPSes for programs that run under Debian's libumockdev-preload: C's drivers and ours, with libusb and all.

    with UsbUps(ES850G2) as ups:
        ... run a program with ups.env in its environment ...
        ups.report("16 04 00 00 00")     the device changes, and says so by its interrupt pipe

The preload sends what programs under it do to the fake /dev nodes to Unix sockets, as messages of three 64-bit words;
what answers here is the device (linux/usbdevice_fs.h). The tree of /sys is made by hand, so that no GObject is needed.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import socket
import struct
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.peers import need_file

PRELOAD = "libumockdev-preload.so.0"
IOCTL, DONE, READ_MEMORY, WRITE_MEMORY = 1, 3, 5, 6
INPUT, OUTPUT, FEATURE = 1, 2, 3
_U64 = (1 << 64) - 1


@dataclass(frozen=True)
class Model:
    """What a device is. `reports` are its feature reports as hex, and its input reports where `inputs` has none."""

    vendor_id: int
    product_id: int
    strings: Mapping[int, str]
    descriptor: str
    reports: str
    inputs: str = ""
    release: int = 0x0100
    indexes: tuple[int, int, int] = (1, 2, 3)
    """Strings of maker, product and serial number."""
    interval: int = 10
    short: str = ""
    """A short report descriptor at index 0; the whole one is then at index 1."""


def _by_id(reports: str) -> dict[int, bytes]:
    return {data[0]: data for data in map(bytes.fromhex, reports.split())}


@dataclass
class Device:
    """The device's own life. `asked` counts the reports that were asked for, `settings` holds those that were set,
    `stalled` those that it refuses; it is `gone` while it is unplugged; `resets` counts what its name says."""

    model: Model
    feature: dict[int, bytes] = field(default_factory=dict)
    input: dict[int, bytes] = field(default_factory=dict)
    news: list[bytes] = field(default_factory=list)
    asked: Counter[int] = field(default_factory=Counter)
    settings: list[str] = field(default_factory=list)
    stalled: set[int] = field(default_factory=set)
    gone: bool = False
    hung: bool = False
    resets: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.feature = _by_id(self.model.reports)
        self.input = {**self.feature, **_by_id(self.model.inputs)}

    def layout(self, index: int) -> bytes:
        """The report descriptor at an index."""
        return bytes.fromhex((self.model.short if index == 0 else "") or self.model.descriptor)

    def descriptors(self, index: int = 0) -> tuple[bytes, bytes, bytes]:
        """Device, configuration (with interface and endpoint) and HID descriptor (USB 2.0, 9.6; HID 1.11, 6.2.1)."""
        model, length = self.model, len(self.layout(index))
        device = struct.pack(
            "<BBHBBBBHHHBBBB",
            *(18, 1, 0x0110, 0, 0, 0, 8, model.vendor_id, model.product_id, model.release, *model.indexes, 1),
        )
        hid = struct.pack("<BBHBBBH", 9, 0x21, 0x0100, 0, 1, 0x22, length)
        endpoint = struct.pack("<BBBBHB", 7, 5, 0x81, 3, 8, model.interval)
        body = struct.pack("<9B", 9, 4, 0, 0, 1, 3, 0, 0, 0) + hid + endpoint
        return device, struct.pack("<BBHBBBBB", 9, 2, 9 + len(body), 1, 1, 0, 0xA0, 12) + body, hid

    def control(self, kind: int, request: int, value: int, length: int, data: bytes) -> bytes | int:
        """A control transfer: what it answers, or a negative errno."""
        if self.gone:
            return -errno.ENODEV
        if self.hung:
            return -errno.ETIMEDOUT
        high, low = value >> 8, value & 0xFF
        if request == 6 and kind in (0x80, 0x81):
            return self._descriptor(high, low, length)
        if (kind, request) == (0xA1, 1):
            self.asked[low] += 1
            report = (self.input if high == INPUT else self.feature).get(low)
            return -errno.EPIPE if report is None or low in self.stalled else report[:length]
        if (kind, request) == (0x21, 9):
            return self._set(high, low, data)
        return {(0x80, 8): b"\1", (0x80, 0): b"\1\0"}.get((kind, request), b"")

    def _descriptor(self, kind: int, index: int, length: int) -> bytes | int:
        device, configuration, hid = self.descriptors(index)
        fixed = {1: device, 2: configuration, 0x21: hid, 0x22: self.layout(index)}
        if kind == 3:
            text = self.model.strings.get(index)
            if index == 0:
                return b"\4\3\x09\4"[:length]
            if text is None:
                return -errno.EPIPE
            data = text.encode("utf-16-le")
            return (bytes((len(data) + 2, 3)) + data)[:length]
        return fixed[kind][:length] if kind in fixed else -errno.EPIPE

    def _set(self, kind: int, id: int, data: bytes) -> bytes | int:
        if kind != FEATURE or id not in self.feature or id in self.stalled:
            return -errno.EPIPE
        self.settings.append(data.hex())
        self.feature[id] = self.input[id] = data
        return b""


class _Gate:
    """The file behind the device's node: a pipe, which a program that waits for the device finds writable (as usbfs
    says that a transfer has ended) only while it is open."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        path.chmod(0o666)
        self._end = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        self._size = fcntl.fcntl(self._end, fcntl.F_SETPIPE_SZ, 4096)
        self._open = True
        self.set(False)

    def set(self, open: bool) -> None:
        """Open or shut it."""
        if open is not self._open and self._end >= 0:
            self._open = open
            os.read(self._end, self._size) if open else os.write(self._end, bytes(self._size))

    def close(self) -> None:
        """No longer touch it."""
        os.close(self._end)
        self._end = -1


class _Connection(threading.Thread):
    """One program's open file on the device's node."""

    _URB = struct.Struct("<BBxxiIxxxxQiiiiiIQ")

    def __init__(self, link: socket.socket, device: Device, gate: _Gate) -> None:
        super().__init__(daemon=True)
        self._link, self._device, self._gate = link, device, gate
        self._heard = len(device.news)
        self._waiting: list[tuple[int, int, int]] = []
        self._done: list[tuple[int, int, int, bytes]] = []

    def run(self) -> None:
        try:
            while True:
                kind, request, argument = struct.unpack("<QQQ", self._take(24))
                code = self._ioctl(request & 0xFF, argument) if kind == IOCTL else -errno.EINVAL
                with self._device.changed:
                    self._match()
                    if self._done:
                        self._gate.set(True)
                self._link.sendall(struct.pack("<QQQ", DONE, (code if code >= 0 else -1) & _U64, max(0, -code)))
        except (EOFError, OSError):
            self._link.close()

    def _take(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self._link.recv(size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    def _memory(self, address: int, size: int) -> bytes:
        self._link.sendall(struct.pack("<QQQ", READ_MEMORY, address, size))
        return self._take(size)

    def _put(self, address: int, data: bytes) -> None:
        if data:
            self._link.sendall(struct.pack("<QQQ", WRITE_MEMORY, address, len(data)) + data)

    def _ioctl(self, number: int, argument: int) -> int:
        """USBDEVFS_* by number: what the call returns, or a negative errno."""
        if number in (12, 13):
            return self._reap(argument)
        if self._device.gone:
            return -errno.ENODEV
        if number in (8, 18):  # GETDRIVER, IOCTL: the kernel has no driver for it
            return -errno.ENODATA
        if number == 0:
            return self._control(argument)
        if number == 10:
            return self._submit(argument)
        if number == 11:
            return self._discard(argument)
        if number == 26:
            self._put(argument, struct.pack("<I", 0x01 | 0x04 | 0x08))
        if number == 20:
            self._device.resets += 1
        return 0

    def _control(self, argument: int) -> int:
        kind, request, value, _, length, _, address = struct.unpack("<BBHHHIxxxxQ", self._memory(argument, 24))
        data = b"" if kind & 0x80 or not length else self._memory(address, length)
        answer = self._device.control(kind, request, value, length, data)
        if isinstance(answer, int):
            return answer
        if not kind & 0x80:
            return int(length)
        self._put(address, answer)
        return len(answer)

    def _submit(self, argument: int) -> int:
        kind, endpoint, _, _, buffer, length, *_ = self._URB.unpack(self._memory(argument, 56))
        if kind == 2:
            setup = self._memory(buffer, 8)
            way, request, value, _, size = struct.unpack("<BBHHH", setup)
            data = b"" if way & 0x80 or not size else self._memory(buffer + 8, size)
            answer = self._device.control(way, request, value, size, data)
            if isinstance(answer, int):
                self._done.append((argument, answer, 0, b""))
            elif way & 0x80:
                self._put(buffer + 8, answer)
                self._done.append((argument, 0, len(answer), b""))
            else:
                self._done.append((argument, 0, size, b""))
        elif endpoint & 0x80:
            self._waiting.append((argument, buffer, length))
        return 0

    def _discard(self, argument: int) -> int:
        for urb in self._waiting:
            if urb[0] == argument:
                self._waiting.remove(urb)
                self._done.append((argument, -errno.ENOENT, 0, b""))
                return 0
        return -errno.EINVAL

    def _reap(self, argument: int) -> int:
        device = self._device
        with device.changed:
            self._match()
            if not self._done and not device.gone:
                self._gate.set(False)
        if device.gone and not self._done:
            if not self._waiting:
                return -errno.ENODEV
            self._done.append((self._waiting.pop(0)[0], -errno.ENODEV, 0, b""))
        if not self._done:
            return -errno.EAGAIN
        urb, status, length, _ = self._done.pop(0)
        self._put(urb + 4, struct.pack("<i", status))
        self._put(urb + 28, struct.pack("<i", length))
        self._put(argument, struct.pack("<Q", urb))
        return 0

    def _match(self) -> None:
        """Give what the device said to the transfers that wait for it."""
        while self._waiting and self._heard < len(self._device.news):
            argument, buffer, length = self._waiting.pop(0)
            report = self._device.news[self._heard][:length]
            self._heard += 1
            self._put(buffer, report)
            self._done.append((argument, 0, len(report), b""))


class UsbUps:
    """A UPS on a bus of its own, in a folder of its own. `env` is for programs that are to see it."""

    bus, number = 1, 2

    def __init__(self, model: Model) -> None:
        if not any(Path(folder, PRELOAD).exists() for folder in ("/lib/x86_64-linux-gnu", "/usr/lib", "/lib")):
            need_file(f"/usr/lib/x86_64-linux-gnu/{PRELOAD}", package="umockdev")
        self.device = Device(model)
        self._listener = socket.socket(socket.AF_UNIX)

    @property
    def env(self) -> dict[str, str]:
        """What makes a program see this device and no other."""
        return {"LD_PRELOAD": PRELOAD, "UMOCKDEV_DIR": str(self.root)}

    def __enter__(self) -> Self:
        self.root = Path(tempfile.mkdtemp(prefix="usb-"))  # short, for the sockets in it
        self._build()
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        with self.device.changed:
            self._gate.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            _Connection(link, self.device, self._gate).start()

    # --- what happens to the device

    def set(self, *reports: str) -> None:
        """Its reports change, and it tells nobody."""
        for data in map(bytes.fromhex, reports):
            self.device.feature[data[0]] = self.device.input[data[0]] = data

    def report(self, *reports: str) -> None:
        """Its reports change, and it says so by the interrupt pipe."""
        self.set(*reports)
        with self.device.changed:
            self.device.news += map(bytes.fromhex, reports)
            self._gate.set(True)

    def unplug(self) -> None:
        """It goes."""
        with self.device.changed:
            self.device.gone = True
            self._gate.set(True)

    def plug(self) -> None:
        """It comes back."""
        self.device.gone = False

    # --- the tree

    def _build(self) -> None:
        device, configuration, _ = self.device.descriptors()
        model = self.device.model
        maker, product, serial = (model.strings.get(index, "") for index in model.indexes)
        base = f"sys/devices/pci0000:00/0000:00:14.0/usb{self.bus}/{self.bus}-1"
        node = f"bus/usb/{self.bus:03d}/{self.number:03d}"
        minor = (self.bus - 1) * 128 + self.number - 1
        ids = f"{model.vendor_id:x}/{model.product_id:x}/{model.release:x}"
        self._files(
            base,
            uevent=f"MAJOR=189\nMINOR={minor}\nDEVNAME={node}\nDEVTYPE=usb_device\nDRIVER=usb\nPRODUCT={ids}\nTYPE=0/0/0\n"
            f"BUSNUM={self.bus:03d}\nDEVNUM={self.number:03d}",
            busnum=self.bus,
            devnum=self.number,
            idVendor=f"{model.vendor_id:04x}",
            idProduct=f"{model.product_id:04x}",
            bcdDevice=f"{model.release:04x}",
            speed="1.5",
            bConfigurationValue=1,
            bNumConfigurations=1,
            bNumInterfaces=" 1",
            bDeviceClass="00",
            manufacturer=maker,
            product=product,
            serial=serial,
            dev=f"189:{minor}",
            authorized=1,
        )
        (self.root / base / "descriptors").write_bytes(device + configuration)
        self._files(
            f"{base}/{self.bus}-1:1.0",
            uevent=f"DEVTYPE=usb_interface\nPRODUCT={ids}\nTYPE=0/0/0\nINTERFACE=3/0/0",
            bInterfaceNumber="00",
            bAlternateSetting=" 0",
            bInterfaceClass="03",
            bInterfaceSubClass="00",
            bInterfaceProtocol="00",
            bNumEndpoints="01",
        )
        hid = self.root / base / f"{self.bus}-1:1.0/0003:{model.vendor_id:04X}:{model.product_id:04X}.0001"
        hid.mkdir()
        (hid / "report_descriptor").write_bytes(bytes.fromhex(model.descriptor))
        for one in (base, f"{base}/{self.bus}-1:1.0"):
            self._link(f"{one}/subsystem", "sys/bus/usb")
            self._link(f"sys/bus/usb/devices/{Path(one).name}", one)
        self._node(node, f"189:{minor}")
        (self.root / "run/udev/data").mkdir(parents=True)

    def _node(self, name: str, numbers: str) -> None:
        for path in (self.root / "dev" / name, self.root / "ioctl/dev" / name):
            path.parent.mkdir(parents=True, exist_ok=True)
        self._gate = _Gate(self.root / "dev" / name)
        (self.root / "dev/.node").mkdir(exist_ok=True)
        (self.root / "dev/.node" / name.replace("/", "_")).symlink_to(numbers)
        self._listener.bind(str(self.root / "ioctl/dev" / name))
        self._listener.listen(16)

    def _files(self, folder: str, **texts: object) -> None:
        (self.root / folder).mkdir(parents=True)
        for name, text in texts.items():
            (self.root / folder / name).write_text(f"{text}\n")

    def _link(self, name: str, target: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(os.path.relpath(self.root / target, path.parent))
