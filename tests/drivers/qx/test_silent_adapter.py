"""A USB adapter that falls silent is opened anew, then reset; one that takes its time is not given up too late."""

from __future__ import annotations

from typing import TypeVar

from tests.support.hosts import Hosted, section
from tests.support.ptyups import Megatec
from wallnut.drivers.qx.driver import NutdrvQx
from wallnut.io.record import Way
from wallnut.io.usb import UsbIdentity

T = TypeVar("T")


class Adapter:
    """An open cypress adapter with a UPS behind it."""

    def __init__(self, ups: Megatec) -> None:
        self.identity = UsbIdentity(0x0665, 0x5161)
        self.ups = ups
        self.did: list[str] = []
        self._waiting = b""

    def control(self, request: int, value: int, data: bytes, index: int = 0, kind: int = 0) -> int:
        said = b"".join(piece for _, piece in self.ups.hear(data.rstrip(b"\0")))
        self._waiting = said + b"\0" * (-len(said) % 8)
        return len(data)

    def ask(self, request: int, value: int, size: int, index: int = 0, kind: int = 0) -> bytes:
        return b""

    def read(self, endpoint: int, size: int, limit: float) -> bytes:
        taken, self._waiting = self._waiting[:size], self._waiting[size:]
        return taken

    def write(self, endpoint: int, data: bytes) -> int:
        return len(data)

    def endpoints(self) -> tuple[tuple[int, int, int], ...]:
        return ((0x81, 3, 8),)

    def reset(self) -> None:
        self.did.append("reset")

    def close(self) -> None:
        self.did.append("close")


ADAPTER = Adapter(Megatec())


class OnAdapter(NutdrvQx):
    """The driver with this adapter in the place of any."""

    def connect(self, way: Way[T]) -> T:
        ADAPTER.did.append("open")
        return ADAPTER  # type: ignore[return-value]


def stale(host: Hosted) -> bool:
    """Whether the data is old."""
    return host.host.state.stale


def test_silence() -> None:
    with Hosted(OnAdapter, section(port="auto", protocol="megatec")) as host:
        host.start()
        assert host.verdict == ""
        assert host.host.state.value("ups.vendorid") == "0665"
        ADAPTER.ups.silent = True
        host.pass_time(8.0)
        assert stale(host)
        assert ADAPTER.did == ["open"]
        host.pass_time(30.0)
        assert ADAPTER.did[:6] == ["open", "close", "open", "close", "open", "reset"]
        ADAPTER.ups.silent = False
        host.pass_time(40.0)
        assert not stale(host)
        assert ADAPTER.did[-2:] == ["open", "reset"]
        assert host.host.state.value("ups.status") == "OL"
