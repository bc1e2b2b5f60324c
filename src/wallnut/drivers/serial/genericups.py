"""genericups: UPSes that only open and close contacts, on the modem lines of a serial port, as NUT's driver.

Proved beside C's genericups 2.8.0, every type in every state of the lines, which a preloaded library plays.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wallnut.drivers.base import Driver, Option
from wallnut.drivers.serial.cables import CABLES, signal, switches, told
from wallnut.io.serial import Serial
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from wallnut.drivers.base import Publisher, Settings
    from wallnut.io.serial import Port

    T = TypeVar("T")

BREAK = 5.0
"""Seconds of a BREAK that switches off."""
LONGEST_HOLD = 3600


class GenericUps(Driver):
    """A UPS that tells its state by four lines and is switched by two, or by a BREAK."""

    name, version, title = "genericups", "1.38", "Generic contact-closure UPS driver"
    later = ("serial",)
    options = (
        Option("upstype", f"Type of UPS and cable, 0 to {len(CABLES) - 1}; needed"),
        Option("mfr", "Manufacturer to show"),
        Option("model", "Model to show"),
        Option("serial", "Serial number to show"),
        Option("CP", "Lines that feed the cable: DTR, RTS or none"),
        Option("OL", "Lines that tell of mains: CTS, DCD, RNG, DSR or none, with - for off"),
        Option("LB", "Lines that tell of a low battery"),
        Option("RB", "Lines that tell of a battery to replace"),
        Option("BYPASS", "Lines that tell of a bypass, or no battery"),
        Option("SD", "What switches the load off: DTR, RTS, ST (a BREAK) or none"),
        Option("sdtime", "Seconds that the lines are held so that the load goes off"),
    )
    pause: Callable[[float], object] = staticmethod(time.sleep)

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        if "upstype" not in settings.values:
            listed = "; ".join(f"{number}: {cable.title}" for number, cable in enumerate(CABLES))
            raise settings.error("upstype", f"a type is needed, one of {listed}")
        cable = CABLES[settings.integer("upstype", 0, 0, len(CABLES) - 1)]
        self._cable = cable
        self._power = self._read("CP", cable.power, switches)
        if "ST" in self._power:
            raise settings.error("CP", "a BREAK feeds no cable")
        known = cable.off is not None or "SD" in settings.values
        self._switch = self._read("SD", cable.off or "none", switches) if known else None
        self._online = self._read("OL", cable.online, signal)
        self._told = (
            ("LB", self._read("LB", cable.low, signal)),
            ("RB", self._read("RB", cable.replace, signal)),
            ("BYPASS", self._read("BYPASS", cable.bypass, signal)),
        )
        self._hold = settings.integer("sdtime", 0, 0, LONGEST_HOLD)
        self._way = Serial(settings.text("port"), dtr="DTR" in self._power, rts="RTS" in self._power, hangup=False)
        self._port: Port | None = None

    def _read(self, key: str, default: str, read: Callable[[str], T]) -> T:
        try:
            return read(self.settings.text(key, default))
        except ValueError as error:
            raise self.settings.error(key, str(error)) from None

    def open(self) -> None:
        settings = self.settings
        self._port = self.connect(self._way)
        self.ups.set("ups.mfr", settings.text("mfr", self._cable.mfr))
        self.ups.set("ups.model", settings.text("model", self._cable.model))
        if serial := settings.text("serial"):
            self.ups.set("ups.serial", serial)

    def _open_port(self) -> Port:
        if self._port is None:
            raise DeviceError("the line is not open")
        return self._port

    def poll(self) -> None:
        on = self._open_port().lines()
        words = [word for word, lines in self._told if told(lines, on)]
        self.ups.status("OL" if told(self._online, on, nothing=True) else "OB", *words)

    def shutdown(self) -> None:
        port = self._open_port()
        if self._switch is None:
            raise DeviceError(f"nobody knows how to switch off a {self._cable.title}; say it by SD")
        if self._switch != {"ST"}:
            port.set_rts("RTS" in self._switch)
            port.set_dtr("DTR" in self._switch)
        if "ST" in self._switch:
            port.send_break(BREAK)
        elif self._hold:
            self.ups.log.info(f"holding the shutdown signal for {self._hold} seconds")
            self.pause(self._hold)

    def close(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            port.close()
