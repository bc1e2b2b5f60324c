"""Eaton, MGE and Dell with a serial line that speaks SHUT: Ellipse, Evolution, Pulsar, Comet, 5P, 9PX and others.

The driver; what they mean is in eaton.py, how they talk in shut.py. Proved beside C mge-shut with a simulated device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.base import REPLAY, Driver, Option, Publisher, Result, Settings
from wallnut.drivers.usbhid import descriptor, eaton, shut
from wallnut.drivers.usbhid.driver import SHUTDOWN, SOON
from wallnut.drivers.usbhid.engine import Engine, Extent
from wallnut.drivers.usbhid.options import DEVICE_OPTIONS, given_by, habits_of
from wallnut.drivers.usbhid.rows import Match
from wallnut.drivers.usbhid.status import Judge
from wallnut.io.hid import LONGEST_INPUT
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from wallnut.io.hid import Hid, Identity

MOST_NEWS = 32
"""Notifications that a poll hears of."""
NOTIFICATIONS = {"1": shut.NOTIFY_NONE, "2": shut.NOTIFY_SOME, "3": shut.NOTIFY_ALL}


class MgeShut(Driver):
    """The driver."""

    name = "mge-shut"
    version = "1.0"
    title = "SHUT UPS driver"
    later = ("serial",)
    patience = 20.0
    """At 2400 baud a report takes a tenth of a second."""
    options = (
        *DEVICE_OPTIONS,
        Option("notification", "What the UPS tells unasked: 1 nothing (usual), 2 what is important, 3 everything"),
    )

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self._path = settings.text("port")
        if not self._path.startswith(REPLAY) and self._path in ("", "auto"):
            raise settings.error("port", "the serial line is needed, such as /dev/ttyS0")
        self._notify = NOTIFICATIONS[settings.choice("notification", NOTIFICATIONS, "1")]
        self._given = given_by(settings)
        self._pollfreq = settings.integer("pollfreq", eaton.VENDOR.pollfreq, 0)
        habits_of(settings)
        self._hid: Hid | None = None
        self._engine: Engine | None = None
        self._names: set[str] = set()
        self._next_full = 0.0
        self._changed = self._fresh = False

    def open(self) -> None:
        self._hid = hid = self.connect(shut.ShutDevice(self._path, self._notify))
        identity = hid.identity
        self._engine = engine = Engine(
            hid,
            descriptor.parse(hid.descriptor()),
            eaton.VENDOR,
            Match(identity.vendor_id, identity.product_id),
            self.ups,
            Judge(habits_of(self.settings)),
            clock=self.clock,
        )
        self._identify(identity)
        engine.start(self._given)
        for name in self._names - engine.variables():
            self.ups.unset(name)  # what it said before it was lost
        self._names = engine.variables()
        self._fresh = True
        self._next_full = self.clock() + self._pollfreq

    def _identify(self, identity: Identity) -> None:
        self.ups.set("driver.version.data", f"{eaton.VENDOR.title} {self.version}")
        self.ups.set("driver.parameter.pollfreq", self._pollfreq)
        self.ups.set("ups.vendorid", f"{identity.vendor_id:04x}")
        self.ups.set("ups.productid", f"{identity.product_id:04x}")
        for part in ("mfr", "model", "serial"):
            if text := getattr(eaton.VENDOR, part)(identity):
                self.ups.set(f"ups.{part}", text)

    def poll(self) -> None:
        engine, hid = self._opened()
        for _ in range(MOST_NEWS):
            if not (report := hid.read(LONGEST_INPUT, 0.0)):
                break
            engine.notified(report)
        if self._fresh:  # everything was read a moment ago, by `open`
            self._fresh = False
            engine.publish()
            return
        full = self._changed or self.clock() >= self._next_full
        engine.poll(Extent.CHANGED if self._changed else Extent.FULL if full else Extent.QUICK)
        if full:
            self._changed = False
            self._next_full = self.clock() + self._pollfreq

    def _opened(self) -> tuple[Engine, Hid]:
        if self._engine is None or self._hid is None:
            raise DeviceError("no device")
        return self._engine, self._hid

    def command(self, name: str, value: str) -> Result:
        self._changed = True
        result = self._opened()[0].command(name, value)
        self.ups.poll_in(SOON)
        return result

    def set(self, name: str, value: str) -> Result:
        self._changed = True
        return self._opened()[0].set(name, value)

    def shutdown(self) -> None:
        for name in SHUTDOWN:
            if self._opened()[0].command(name, "") is Result.HANDLED:
                self.ups.log.info(f"Shutdown successful with '{name}'")
                return
        raise DeviceError("shutdown failed")

    def close(self) -> None:
        hid, self._hid = self._hid, None
        self._engine = None
        if hid is not None:
            hid.close()
