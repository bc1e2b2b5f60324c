"""A driver for the tests of recordings: a lamp with a battery on a serial line."""

from __future__ import annotations

from wallnut.drivers.base import Driver, Option, Result
from wallnut.io.serial import Serial
from wallnut.model.errors import DeviceError


class Lamp(Driver):
    """It answers C\\r with its charge, S\\r with its serial number, B\\r with nothing."""

    name, version, title = "lamp", "1.0", "Lamp driver"
    options = (Option("colour", "its colour"), Option("password", "what it must be told"))

    def open(self) -> None:
        self.port = self.connect(Serial(self.settings.text("port")))
        self.ups.set("ups.serial", self._ask("S"))
        self.ups.set("ups.id", self.settings.text("colour"))
        self.ups.add_command("beeper.mute")

    def poll(self) -> None:
        self.ups.set("battery.charge", self._ask("C"))
        self.ups.status("OL")

    def command(self, name: str, value: str) -> Result:
        self.port.write(f"B{value}\r".encode())
        return Result.HANDLED

    def set(self, name: str, value: str) -> Result:
        raise DeviceError("it does not listen")

    def _ask(self, letter: str) -> str:
        self.port.write(f"{letter}\r".encode())
        answer = self.port.read_until(b"\r", 10)
        if not answer:
            raise DeviceError("the lamp does not answer")
        return answer.decode("ascii", "replace").strip()

    def close(self) -> None:
        if hasattr(self, "port"):
            self.port.close()
