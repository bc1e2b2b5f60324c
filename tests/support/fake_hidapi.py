"""hidapi's module `hid`, as far as io/hid.py uses it, over devices of tests/support/umock.py: no library, no preload.

monkeypatch.setitem(sys.modules, "hid", FakeHidapi(device))
"""

from __future__ import annotations

import errno
from types import ModuleType
from typing import Any

from tests.support.umock import FEATURE, INPUT, Device

_WORDS = {
    errno.ENODEV: "LIBUSB_ERROR_NO_DEVICE",
    errno.EPIPE: "LIBUSB_ERROR_PIPE",
    errno.ETIMEDOUT: "LIBUSB_ERROR_TIMEOUT",
}

TURN = 0.02
"""Seconds of one read at the most, however long it may take: tests open and close a lot."""


class FakeHidapi(ModuleType):
    """The module. `opened` counts what was opened and not closed again."""

    def __init__(self, *devices: Device) -> None:
        super().__init__("hid")
        self.devices = {f"1-{number}:1.0".encode(): device for number, device in enumerate(devices, 1)}
        self.opened = 0

    def version_str(self) -> str:
        return "0.15.0"

    def enumerate(self) -> list[dict[str, Any]]:
        found = []
        for path, device in self.devices.items():
            if device.gone:
                continue
            model = device.model
            texts = (model.strings.get(index) for index in model.indexes)
            names = ("manufacturer_string", "product_string", "serial_number")
            found.append(
                {
                    "path": path,
                    "vendor_id": model.vendor_id,
                    "product_id": model.product_id,
                    "release_number": model.release,
                    "interface_number": 0,
                    "usage_page": 0x84,
                    "usage": 4,
                    **dict(zip(names, texts, strict=True)),
                }
            )
        return found

    def device(self) -> _FakeDevice:
        return _FakeDevice(self)


class _FakeDevice:
    def __init__(self, module: FakeHidapi) -> None:
        self._module = module
        self._device: Device | None = None
        self._heard = 0
        self._error = "Success"

    def open_path(self, path: bytes) -> None:
        device = self._module.devices[path]
        if device.gone:
            raise OSError("open failed")
        self._device, self._heard = device, len(device.news)
        self._module.opened += 1

    def close(self) -> None:
        assert self._device is not None
        self._device = None
        self._module.opened -= 1

    def error(self) -> str:
        return self._error

    def _control(self, kind: int, request: int, value: int, length: int, data: bytes = b"") -> list[int]:
        if self._device is None:
            raise ValueError("not open")
        answer = self._device.control(kind, request, value, length, data)
        if isinstance(answer, int):
            self._error = _WORDS.get(-answer, "?")
            raise OSError("read error")
        return list(answer)

    def get_report_descriptor(self) -> list[int]:
        return self._control(0x81, 6, 0x2200, 4096)

    def get_feature_report(self, id: int, size: int) -> list[int]:
        return self._control(0xA1, 1, FEATURE << 8 | id, size)

    def get_input_report(self, id: int, size: int) -> list[int]:
        return self._control(0xA1, 1, INPUT << 8 | id, size)

    def send_feature_report(self, data: bytes) -> int:
        try:
            self._control(0x21, 9, FEATURE << 8 | data[0], len(data), data)
        except OSError:
            return -1
        return len(data)

    def get_indexed_string(self, index: int) -> str | None:
        data = bytes(self._control(0x80, 6, 0x300 | index, 255))
        return data[2:].decode("utf-16-le")

    def read(self, size: int, timeout: int) -> list[int]:
        device = self._device
        assert device is not None
        with device.changed:
            if self._heard >= len(device.news) and not device.gone:
                device.changed.wait(min(timeout / 1000, TURN))
            if device.gone:
                raise OSError("read error")
            if self._heard >= len(device.news):
                return []
            self._heard += 1
            return list(device.news[self._heard - 1][:size])
