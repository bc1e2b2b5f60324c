"""usbhid-ups: its options, which device is meant, the interrupt pipe, and what is done when the device is lost."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from wallnut.drivers.base import Driver, Publisher, Result, Settings
from wallnut.drivers.usbhid import descriptor, generic, powercom, usages
from wallnut.drivers.usbhid.engine import Engine, Extent
from wallnut.drivers.usbhid.options import OPTIONS, given_by, habits_of
from wallnut.drivers.usbhid.pipe import Pipe
from wallnut.drivers.usbhid.select import Wanted
from wallnut.drivers.usbhid.status import Judge
from wallnut.drivers.usbhid.vendors import VENDORS, choose
from wallnut.io import hid as usb
from wallnut.io.hid import HidDevice, HidGone
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from wallnut.drivers.usbhid.descriptor import Descriptor
    from wallnut.drivers.usbhid.rows import Match, Vendor
    from wallnut.io.hid import Hid, Identity

RESET_AFTER, ENUMERATE_AFTER = 2, 4
"""Openings in vain, or to no good, after which the device is reset, and enumerated anew."""
SOON = 0.5
"""Seconds after a command until the next poll shows what it did."""
SHUTDOWN = ("shutdown.return", "shutdown.reboot", "load.off.delay", "shutdown.stayoff")


class UsbHid(Driver):
    """The driver."""

    name = "usbhid-ups"
    version = "1.0"
    title = "USB HID UPS driver"
    later = ("hid", "hidraw")
    options = OPTIONS

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self._wanted = Wanted(settings)
        habits_of(settings)
        self._given = given_by(settings)
        self._pollfreq = settings.integer("pollfreq", -1, 0)
        self._explore = settings.flag("explore")
        if self._explore and "vendorid" not in settings.values:
            raise settings.error("explore", "vendorid is needed with it")
        self._hid: Hid | None = None
        self._engine: Engine | None = None
        self._pipe: Pipe | None = None
        self._lost: DeviceError | None = None
        self._met: Identity | None = None
        self._known: Identity | None = None
        self._vain = 0
        self._counts = dict.fromkeys(("reopened", "reset", "enumerated"), 0)
        self._names: set[str] = set()
        self._next_full = 0.0
        self._changed = self._fresh = False
        self._seen = self._silent = 0

    # --- life

    def open(self) -> None:
        self._heal()
        self._vain += 1
        self._lost = None
        self._hid = device = self.connect(HidDevice(self._fits, self.settings.text("port", "auto")))
        self._met = device.identity
        vendor, match = self._vendor(device.identity)
        layout = self._layout(device, vendor)
        if vendor is generic.VENDOR and usages.UPS not in layout.application():
            raise DeviceError(f"{device.identity} does not say that it is a UPS")
        self._engine = engine = self._made(device, layout, vendor, match)
        if self.settings.flag(powercom.FALLBACK):
            engine.memory[powercom.FALLBACK] = 1.0
        if self._explore:
            for line in engine.tree():
                self.ups.log.info(line)
        self._identify(device.identity, vendor)
        engine.start(self._given)
        for name in self._names - engine.variables():
            self.ups.unset(name)  # what it said before it was lost
        self._names = engine.variables()
        self._fresh = True
        self._begin(device, engine, vendor, match)
        if self._known is not None:
            self._count("reopened")
        self._known = device.identity

    def _made(self, device: Hid, layout: Descriptor, vendor: Vendor, match: Match) -> Engine:
        return Engine(
            device,
            layout,
            vendor,
            match,
            self.ups,
            Judge(habits_of(self.settings, match.lbrb_delay)),
            interrupt_only=match.interruptonly or self.settings.flag("interruptonly"),
            maxreport=match.maxreport or self.settings.flag("maxreport"),
            clock=self.clock,
        )

    def _layout(self, device: Hid, vendor: Vendor) -> Descriptor:
        layout = descriptor.parse(device.descriptor())
        if vendor.fix is not None and not self.settings.flag("disable_fix_report_desc"):
            layout = vendor.fix(device.identity, layout)
        return layout

    def _begin(self, device: Hid, engine: Engine, vendor: Vendor, match: Match) -> None:
        if self._pollfreq < 0:
            self._pollfreq = vendor.pollfreq
        self.ups.set("driver.parameter.pollfreq", self._pollfreq)
        self._next_full = self.clock() + self._pollfreq
        self._seen = self._silent = 0
        if self.settings.flag("pollonly") or match.pollonly or self._explore:
            return
        size = self.settings.integer("interruptsize", match.interruptsize, 0, usb.LONGEST_INPUT)
        self._pipe = Pipe(device, size, self._notified, self._gone)

    def close(self) -> None:
        pipe, self._pipe = self._pipe, None
        device, self._hid = self._hid, None
        self._engine = None
        quiet = pipe is None or pipe.end()
        if device is not None and quiet:  # hidapi would take the memory from under a thread that still reads
            device.close()

    # --- which device

    def _fits(self, identity: Identity) -> int:
        """Whether a device is meant: 2 for one that a vendor file serves, or that the user names; 1 for another UPS."""
        if not self._wanted.fits(identity):
            return 0
        if self._known is not None:
            return 2 * same(self._known, identity)
        named = self._explore or self._wanted.insists or self._by_title() is not None
        if named or choose(identity) is not None:
            return 2
        return int(identity.usage == usages.UPS)

    def _vendor(self, identity: Identity) -> tuple[Vendor, Match]:
        from wallnut.drivers.usbhid.rows import Match

        named = self._by_title()
        if named is not None:
            fitting = (match for match in named.matches if match.fits(identity, insist=True))
            return named, next(fitting, Match(identity.vendor_id, identity.product_id))
        return choose(identity, insist=self._wanted.insists) or (
            generic.VENDOR,
            Match(identity.vendor_id, identity.product_id),
        )

    def _by_title(self) -> Vendor | None:
        """The vendor file that the user names by `subdriver`."""
        text = self.settings.text("subdriver")
        if not text:
            return None
        for vendor in (*VENDORS, generic.VENDOR):
            if re.match(text, vendor.title, re.IGNORECASE):
                return vendor
        raise self.settings.error("subdriver", f"one of {', '.join(vendor.title for vendor in VENDORS)} is needed")

    def _identify(self, identity: Identity, vendor: Vendor) -> None:
        self.ups.set("driver.version.data", f"{vendor.title} {self.version}")
        if library := usb.library():
            self.ups.set("driver.version.usb", library)
        self.ups.set("ups.vendorid", f"{identity.vendor_id:04x}")
        self.ups.set("ups.productid", f"{identity.product_id:04x}")
        named = {"mfr": vendor.mfr(identity), "model": vendor.model(identity), "serial": vendor.serial(identity)}
        for part, text in named.items():
            if text:
                self.ups.set(f"ups.{part}", text)
        for name, text in (vendor.more(identity) if vendor.more else {}).items():
            self.ups.set(name, text)
        if vendor.notice and self._vain == 1:
            self.ups.log.info(vendor.notice)

    # --- polls

    def poll(self) -> None:
        if self._lost is not None:
            raise self._lost
        engine = self._open_engine()
        if self._fresh:  # everything was read a moment ago, by `open`
            self._fresh = False
            return
        full = self._changed or self.clock() >= self._next_full
        engine.poll(Extent.CHANGED if self._changed else Extent.FULL if full else Extent.QUICK)
        if full:
            self._changed = False
            self._next_full = self.clock() + self._pollfreq
        self._watch_silence(engine)
        self._vain = 0

    def _open_engine(self) -> Engine:
        if self._engine is None:
            raise DeviceError("no device")
        return self._engine

    def _watch_silence(self, engine: Engine) -> None:
        """interrupt_pipe_no_events_tolerance: how many polls in a row may pass without a notification."""
        self._silent = self._silent + 1 if engine.events == self._seen else 0
        self._seen = engine.events
        tolerance = self.settings.integer("interrupt_pipe_no_events_tolerance", -1, -1)
        if self._pipe is not None and 0 <= tolerance < self._silent:
            raise HidGone(f"{self._known}: no notification for {self._silent} polls")

    def _notified(self, report: bytes) -> None:
        """A report came; in the pipe's thread."""
        engine = self._engine
        if engine is not None and engine.notified(report):
            engine.publish()
            self.ups.commit()

    def _gone(self, error: DeviceError) -> None:
        """The device went away; in the pipe's thread."""
        self._lost = error
        self.ups.poll_in(0)
        self.ups.commit()

    # --- commands

    def command(self, name: str, value: str) -> Result:
        self._changed = True
        result = self._open_engine().command(name, value)
        self.ups.poll_in(SOON)
        return result

    def set(self, name: str, value: str) -> Result:
        self._changed = True
        return self._open_engine().set(name, value)

    def shutdown(self) -> None:
        for name in SHUTDOWN:
            if self._open_engine().command(name, "") is Result.HANDLED:
                self.ups.log.info(f"Shutdown successful with '{name}'")
                return
        raise DeviceError("shutdown failed")

    # --- the watchdog

    def _heal(self) -> None:
        """Before another opening: wait as the user wishes, then what helps devices that hang, the milder first."""
        if self._met is None:
            return
        time.sleep(self.settings.number("waitbeforereconnect", 0, 0, 60))
        if self._vain >= ENUMERATE_AFTER and usb.enumerate_again(self._met):
            self._count("enumerated")
        elif self._vain >= RESET_AFTER and usb.reset(self._met):
            self._count("reset")

    def _count(self, what: str) -> None:
        self._counts[what] += 1
        self.ups.set(f"driver.watchdog.{what}", self._counts[what])


def same(known: Identity, other: Identity) -> bool:
    """Whether it is the device that was there before, wherever it is plugged in now."""
    key = ("vendor_id", "product_id", "vendor", "product", "serial")
    return all(getattr(known, name) == getattr(other, name) for name in key)
