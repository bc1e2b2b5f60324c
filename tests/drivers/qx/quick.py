"""The drivers without the seconds that real UPSes need, on a host whose clock the test moves."""

from __future__ import annotations

from typing import Self

from tests.support.hosts import Hosted, section
from tests.support.ptyups import Megatec, PtyDevice
from wallnut.drivers.qx.blazer import BlazerSer
from wallnut.drivers.qx.driver import NutdrvQx, Qx


class QuickQx(NutdrvQx):
    """nutdrv_qx on a UPS that is awake."""

    settle = 0.0


class QuickBlazer(BlazerSer):
    """blazer_ser on a UPS that is awake."""

    settle = 0.0


class HastyQx(QuickQx):
    """nutdrv_qx that does not wait long: for UPSes that fall silent, or say nothing that is expected."""

    limit = 0.25


class ImpatientQx(QuickQx):
    """nutdrv_qx that waits for nobody: for UPSes that never say a thing."""

    limit = 0.02


class Bench:
    """A driver on a UPS on a pty."""

    def __init__(self, talker: Megatec | None = None, driver: type[Qx] = QuickQx, **settings: str | int | None) -> None:
        self.talker = Megatec() if talker is None else talker
        self._device = PtyDevice(self.talker)
        self.host = Hosted(driver, section(port=self._device.path, **settings))

    def __enter__(self) -> Self:
        self._device.__enter__()
        self.host.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.host.__exit__(None, None, None)
        self._device.__exit__()

    def __getitem__(self, name: str) -> str:
        return self.host.host.state.value(name)

    def poll(self, seconds: float = 2.0) -> None:
        """Let time pass: a poll every 2 s, of everything every 30 s."""
        self.host.pass_time(seconds, 2.0)

    def become(self, stale: bool) -> int:
        """Let seconds pass until the data is stale, or fresh; how many."""
        for second in range(60):
            if self.host.host.state.stale is stale:
                return second
            self.host.pass_time(1.0)
        raise AssertionError(f"stale should be {stale}; log: {self.host.log.texts}")

    def do(self, line: str) -> int:
        """A request over the driver socket; its result. The talker's `heard` begins anew with it."""
        peer = self.host.peer()
        self.talker.heard.clear()
        said = self.host.say(peer, f"{line} TRACKING t")
        answers = [one for one in said if one.startswith("TRACKING t ")]
        return int(answers[-1].split()[2])
