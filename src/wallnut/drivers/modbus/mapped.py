"""The driver of every device that is a map of registers (registers.py)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from wallnut.drivers.base import Driver, Publisher, Result, Settings
from wallnut.drivers.modbus.registers import Image, Kind, Map, alarms, encoded, shown, status, written
from wallnut.io.modbus import Refused, Table
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from wallnut.drivers.modbus.registers import Block, Command, Row
    from wallnut.io.modbus import Bus, Modbus


class Mapped(Driver):
    """A device by its map. A driver is this with a `map`, a `way` to the device and the command that shuts down."""

    map: Map
    later = ("pymodbus.client", "serial")
    last_command = ""
    """The instant command that `shutdown` runs."""

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self._way = self.way()
        self._bus: Bus | None = None
        self._image = Image()
        self._refused: set[Block] = set()

    def way(self) -> Modbus:
        """How to reach the device, by the settings. Raises ConfigError."""
        raise NotImplementedError

    def open(self) -> None:
        """Connect, and read what does not change."""
        self._image, self._refused = Image(), set()
        self._bus = self.connect(self._way)
        for block in self.map.blocks:
            if block.once:
                self._read(block)
        for name, value in self.map.fixed:
            self.ups.set(name, value)
        self.ups.add_command(*(row.name for row in self.map.commands if self._image.has(row.needs)))

    def poll(self) -> None:
        """Read the other blocks, and publish everything."""
        for block in self.map.blocks:
            if not block.once:
                self._read(block)
        for row in self.map.rows:
            self._publish(row)
        self.show(self._image)
        self.ups.alarm(*alarms(self.map, self._image))
        self.ups.status(*status(self.map, self._image))

    def show(self, image: Image) -> None:
        """Publish what no row can say; nothing, mostly."""

    def _read(self, block: Block) -> None:
        if block in self._refused:
            return
        try:
            self._image.take(block.address, self._opened().read(Table.HOLDING, block.address, block.count))
        except Refused as error:
            if not block.optional:
                raise
            self._refused.add(block)
            self.ups.log.info(f"{error}; going without")

    def _publish(self, row: Row) -> None:
        text = shown(row, self._image)
        if text is None:
            return
        if row.writable and row.kind is Kind.TEXT:
            self.ups.set(row.name, text, writable=True, length=2 * row.count)
        elif row.writable:
            self.ups.set(row.name, text, writable=True)
        else:
            self.ups.set(row.name, text)

    def set(self, name: str, value: str) -> Result:
        """Write a setting, and read what became of it."""
        row = next((row for row in self.map.rows if row.name == name.lower()), None)
        if row is None or shown(row, self._image) is None:
            return Result.UNKNOWN
        if not row.writable:
            return Result.INVALID
        try:
            registers = encoded(row, value)
        except ValueError as error:
            self.ups.log.warning(f"{name} cannot be {value!r}: {error}")
            return Result.INVALID
        bus = self._opened()
        bus.write(Table.HOLDING, row.address, registers)
        time.sleep(self.map.settle)
        self._image.take(row.address, bus.read(Table.HOLDING, row.address, row.count))
        for other in self.map.rows:
            if other.address == row.address:
                self._publish(other)
        return Result.HANDLED

    def command(self, name: str, value: str) -> Result:
        """Run an instant command."""
        row = next((row for row in self.map.commands if row.name == name.lower()), None)
        if row is None or not self._image.has(row.needs):
            return Result.UNKNOWN
        self._run(self.prepared(row, self._image))
        return Result.HANDLED

    def prepared(self, command: Command, image: Image) -> Command:
        """A command as it is to be written; for maps in which that depends on the device."""
        return command

    def _run(self, command: Command) -> None:
        try:
            self._opened().write(Table.HOLDING, command.address, written(command))
        except Refused as error:
            if command.otherwise is None:
                raise
            self.ups.log.notice(f"{error}; trying another way")
            self._run(command.otherwise)

    def shutdown(self) -> None:
        """Switch the load off."""
        if self.command(self.last_command, "") is not Result.HANDLED:
            raise DeviceError("shutdown not supported")

    def _opened(self) -> Bus:
        if self._bus is None:
            raise DeviceError("the device is not open")
        return self._bus

    def close(self) -> None:
        """Disconnect."""
        if self._bus is not None:
            self._bus.close()
            self._bus = None
