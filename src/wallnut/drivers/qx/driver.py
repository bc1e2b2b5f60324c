"""nutdrv_qx: UPSes that speak one of the Q* protocols, over a serial line or a USB adapter.

The line, the choice of a dialect, and when what is asked are here; the dialects are rows (dialects.py), the adapters
one file each (bridges/).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallnut.drivers.base import Driver, Option, Publisher, Result, Settings
from wallnut.drivers.qx.battery import Guess, calibration
from wallnut.drivers.qx.bridges.table import BRIDGES, IDS, find
from wallnut.drivers.qx.dialects import DIALECTS
from wallnut.drivers.qx.engine import Engine, Unanswered
from wallnut.drivers.qx.lines import LIMIT, SerialLine
from wallnut.drivers.qx.unit import TRIES, Unit
from wallnut.io.serial import Serial
from wallnut.io.usb import Usb, UsbDevice
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from wallnut.drivers.qx.lines import Line
    from wallnut.drivers.qx.rows import Dialect
    from wallnut.io.record import Tape
    from wallnut.io.serial import Port
    from wallnut.io.usb import UsbId

BAUD = 2400
PATIENCE = TRIES + 1
"""Polls in a row that may have no usable answer before the data counts as old."""
OLD = 15.0
"""Seconds after which it does, however few polls that were."""
LONG_SILENCE = 15
"""Such polls after which a USB adapter is closed and opened again."""
SOON = 1.0
"""Seconds until the next poll after one without an answer, at the most."""
DTR_AND_RTS = {"normal": (True, False), "reverse": (False, True), "both": (True, True), "none": (False, False)}

WHICH_USB = ("vendorid", "productid", "vendor", "product", "serial", "bus", "device")
USB_KEYS = (*WHICH_USB, "subdriver", "langid_fix")
"""The keys by which the settings mean a USB device."""
SHARED_OPTIONS = (
    Option("protocol", "The dialect that the UPS speaks, instead of trying all"),
    Option("runtimecal", "Seconds,load,seconds,load: two runtimes at different loads, to guess battery.runtime"),
    Option("chargetime", "Seconds that charging an empty battery takes, with runtimecal (43200)"),
    Option("idleload", "Least load in per cent that counts for battery.runtime, with runtimecal (10)"),
)
SERIAL_OPTIONS = (Option("cablepower", "Which lines feed the cable: normal (DTR), reverse (RTS), both, none"),)
USB_OPTIONS = (
    Option("vendorid", "Four hexadecimal digits of the USB vendor, a regular expression"),
    Option("productid", "Four hexadecimal digits of the USB product, a regular expression"),
    Option("vendor", "The maker's name as USB tells it, a regular expression"),
    Option("product", "The product's name as USB tells it, a regular expression"),
    Option("serial", "The serial number as USB tells it, a regular expression"),
    Option("bus", "The number of the USB bus, three digits, a regular expression"),
    Option("device", "The number of the USB device, three digits, a regular expression"),
    Option("subdriver", "The USB adapter, where the ids do not tell; needs vendorid and productid"),
    Option("langid_fix", "Language id for the krauler adapter: 0x409 or 0x4095"),
    Option("noscanlangid", "Do not ask the device for its language ids", flag=True),
    *(option for bridge in BRIDGES for option in bridge.options),
)


def own_options(dialects: tuple[Dialect, ...]) -> tuple[Option, ...]:
    """The keys that dialects add, each once."""
    return tuple({option.name: option for dialect in dialects for option in dialect.options}.values())


@dataclass(frozen=True, slots=True)
class Way:
    """How the UPS is reached: a serial line or USB. A recording knows by itself which."""

    serial: Serial
    usb: Usb
    by_usb: bool

    def open(self) -> Port | UsbDevice:
        """Open it. Raises DeviceError."""
        return self.usb.open() if self.by_usb else self.serial.open()

    def record(self, device: Port | UsbDevice, tape: Tape) -> Port | UsbDevice:
        """The same, with what passes noted."""
        if isinstance(device, UsbDevice):
            return self.usb.record(device, tape)
        return self.serial.record(device, tape)

    def replay(self, tape: Tape) -> Port | UsbDevice:
        """What the tape plays."""
        return self.usb.replay(tape) if tape.heard("identity") else self.serial.replay(tape)


class Qx(Driver):
    """What nutdrv_qx and the blazer drivers share. `dialects` are those that are tried, `ids` the USB devices known;
    `settle` is how many seconds a UPS gets after its serial line was opened: some start anew with DTR."""

    later = ("serial", "usb.core", "usb.backend.libusb1")
    dialects: tuple[Dialect, ...] = DIALECTS
    ids: tuple[UsbId, ...] = IDS
    settle = 1.1
    limit = LIMIT
    """Seconds that a reply may take on a serial line."""
    guesses_as_blazer = False

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        names = [dialect.name for dialect in self.dialects]
        protocol = settings.choice("protocol", names)
        self._candidates = tuple(one for one in self.dialects if protocol in ("", one.name))
        self._bridge = self._chosen_bridge()
        self._way = Way(self._serial_way(), self._usb_way(), self.by_usb())
        self._calibration = calibration(settings)
        self._line: Line | None = None
        self._usb: UsbDevice | None = None
        self._deaf = False
        self._engine: Engine | None = None
        self._guess: Guess | None = None
        self._failures = 0
        self._last_full = self._last_good = 0.0

    # --- the way there

    def by_usb(self) -> bool:
        """Whether the settings mean a USB device."""
        given = self.settings.values
        return self.settings.text("port", "auto").lower() == "auto" or any(key in given for key in USB_KEYS)

    def _chosen_bridge(self) -> str:
        settings = self.settings
        name = settings.choice("subdriver", [bridge.name for bridge in BRIDGES])
        if name and not ("vendorid" in settings.values and "productid" in settings.values):
            raise settings.error("subdriver", "vendorid and productid are needed with it")
        return name

    def _serial_way(self) -> Serial:
        dtr, rts = DTR_AND_RTS[self.settings.choice("cablepower", DTR_AND_RTS, "normal")]
        return Serial(self.settings.text("port", "auto"), baud=BAUD, dtr=dtr, rts=rts)

    def _usb_way(self) -> Usb:
        patterns = {key: self.settings.text(key) for key in WHICH_USB}
        for key, pattern in patterns.items():
            try:
                re.compile(pattern)
            except re.error as error:
                raise self.settings.error(key, f"no regular expression: {error}") from None
        return Usb(self.ids, **patterns, any_id=bool(self._bridge))

    def _connect(self) -> Line:
        """Open the way. What is open is closed by `close`, whatever fails then."""
        device = self.connect(self._way)
        if not isinstance(device, UsbDevice):
            self._line = SerialLine(device, self.limit)
            device.read(1024, self.settle)
            return self._line
        self._usb = device
        if self._deaf:  # it was opened, and nobody answered: perhaps its firmware hangs
            self.ups.log.debug(1, "the USB adapter is silent: resetting it")
            device.reset()
        identity = device.identity
        bridge = find(self._bridge or next((one.use for one in self.ids if identity.fits(one)), ""))
        if bridge is None:
            raise DeviceError("no adapter is known for this USB device: name it with subdriver")
        self.ups.set("ups.vendorid", f"{identity.vendor_id:04x}")
        self.ups.set("ups.productid", f"{identity.product_id:04x}")
        self._line = bridge.connect(device, self.settings)
        return self._line

    # --- life

    def open(self) -> None:
        """Find out what the UPS speaks, and ask it everything."""
        line = self._connect()
        unit = Unit(line, self.settings, self.ups.log, self._usb.identity if self._usb else None)
        self._deaf = True
        dialect = unit.choose(self._candidates)
        if dialect is None:
            names = ", ".join(one.name for one in self._candidates)
            raise DeviceError(f"no UPS on {self.settings.text('port', 'auto')} that speaks {names}")
        if self._candidates != (dialect,):
            self.ups.log.info(f"using protocol: {dialect.name}")
        self._candidates = (dialect,)  # a device that comes back is the same one
        if dialect.title:
            self.ups.set("driver.version.data", dialect.title)
        self._engine = Engine(dialect, unit, self.ups)
        self._engine.begin()
        self._set_delays(self._engine)
        self._guess = Guess(unit, self._calibration, self.clock, blazer=self.guesses_as_blazer)
        for name, value in self._guess.begin():
            self._engine.put(name, value)
        self._deaf = False
        self._failures = 0
        self._last_full = self._last_good = self.clock()

    def _set_delays(self, engine: Engine) -> None:
        """What the user wants of ups.delay.*."""

    def _full(self) -> bool:
        """Whether this poll asks everything."""
        return True

    def poll(self) -> None:
        """Ask; the data is old where there is no usable answer several times in a row."""
        engine = self._spoken()
        full = self._full() or self._failures > PATIENCE
        try:
            engine.poll(full)
        except Unanswered as error:
            self._unanswered(str(error))
            return
        self._failures = 0
        self._last_good = self.clock()
        if full:
            self._last_full = self._last_good
        if self._guess is not None:
            for name, value in self._guess.poll("OL" in engine.status):
                engine.put(name, value)

    def _unanswered(self, why: str) -> None:
        """A poll without an answer. A serial line stays open, an adapter that stays silent is opened anew."""
        self._failures += 1
        self.ups.log.debug(1, f"no usable answer ({self._failures}): {why}")
        if self._failures <= PATIENCE and self.clock() - self._last_good < OLD:
            self.ups.poll_in(SOON)
            return
        if self._failures >= LONG_SILENCE and self._usb is not None:
            raise DeviceError("the USB adapter is silent")
        self.ups.stale("the UPS does not answer" if why.startswith("no answer") else f"the UPS stammers: {why}")

    def _spoken(self) -> Engine:
        if self._engine is None:
            raise DeviceError("the UPS is not connected")
        return self._engine

    def close(self) -> None:
        """Let the line go."""
        opened = self._line or self._usb
        if opened is not None:
            opened.close()
        self._line = self._usb = self._engine = self._guess = None

    # --- commands

    def command(self, name: str, value: str) -> Result:
        """Run an instant command."""
        result = self._spoken().command(name, value)
        if result is Result.HANDLED:
            self.ups.poll_in(0.0)
        return result

    def set(self, name: str, value: str) -> Result:
        """Set a variable."""
        result = self._spoken().set(name, value)
        if result is Result.HANDLED:
            self.ups.poll_in(0.0)
        return result

    def shutdown(self) -> None:
        """Stop what shutdown is pending, and have the load switched off."""
        engine = self._spoken()
        self._set_delays(engine)
        if not self._insist("shutdown.stop"):
            self.ups.log.info("no shutdown was pending")
        name = self._shutdown_command()
        if not self._insist(name):
            raise DeviceError(f"the UPS does not do {name}")
        self.ups.log.notice(f"the UPS shuts down in {engine.unit.value('ups.delay.shutdown')} seconds")

    def _shutdown_command(self) -> str:
        return "shutdown.return"

    def _insist(self, name: str) -> bool:
        """Run a command, several times where it must be."""
        engine = self._spoken()
        return any(engine.command(name, "") is Result.HANDLED for _ in range(TRIES))


class NutdrvQx(Qx):
    """nutdrv_qx, all dialects."""

    name = "nutdrv_qx"
    version = "1.0"
    title = "Generic Q* USB/Serial driver"
    options = (
        Option("ondelay", "Seconds until the load is switched on again, in steps of 60 (180)"),
        Option("offdelay", "Seconds until the load is switched off, in steps of 6 or 60 (30)"),
        Option("stayoff", "With shutdown.default the load is not switched on again", flag=True),
        Option("pollfreq", "Seconds between two polls of everything; in between only the status is asked (30)"),
        Option(
            "battery_voltage_reports_one_pack",
            "The UPS tells the voltage of one pack: show it times battery.packs",
            flag=True,
        ),
        *SHARED_OPTIONS,
        *SERIAL_OPTIONS,
        *USB_OPTIONS,
        *own_options(DIALECTS),
    )

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self._pollfreq = settings.integer("pollfreq", 30, low=1)
        for key in ("ondelay", "offdelay"):
            settings.integer(key, low=0)

    def open(self) -> None:
        """Open, and say how often everything is asked."""
        super().open()
        self.ups.set("driver.parameter.pollfreq", self._pollfreq)

    def _full(self) -> bool:
        return self.clock() - self._last_full >= self._pollfreq

    def _set_delays(self, engine: Engine) -> None:
        for key, name in (("ondelay", "ups.delay.start"), ("offdelay", "ups.delay.shutdown")):
            wanted = self.settings.text(key)
            if wanted and engine.set(name, wanted) not in (Result.HANDLED, Result.UNKNOWN):
                raise self.settings.error(key, "out of the UPS's range")

    def _shutdown_command(self) -> str:
        return "shutdown.stayoff" if self.settings.flag("stayoff") else "shutdown.return"
