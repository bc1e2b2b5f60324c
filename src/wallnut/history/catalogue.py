"""Which devices and series a database knows, by number."""

from __future__ import annotations

from wallnut.history.database import Database
from wallnut.history.values import HOUR, MINUTE, Device

NUMBER, TEXT = "number", "text"


class Known:
    """A device in the database: up to when it was `heard`, and up to when its minutes and hours are made."""

    __slots__ = ("device", "heard", "hour_to", "id", "minute_to")

    def __init__(self, device: Device, number: int, heard: int, minute_to: int, hour_to: int) -> None:
        self.device, self.id = device, number
        self.heard, self.minute_to, self.hour_to = heard, minute_to, hour_to

    def marks(self) -> tuple[int, int, int]:
        """What may change."""
        return self.heard, self.minute_to, self.hour_to

    def hear(self, at: int) -> None:
        """It was heard up to that time."""
        if at > self.heard:
            if self.minute_to > (self.heard + 1) // MINUTE * MINUTE:
                self.lower(self.heard)  # its last minute was made as it was, for lack of news
            self.heard = at

    def lower(self, at: int) -> None:
        """Samples from that time on came in: minutes and hours are to be made again."""
        self.minute_to = min(self.minute_to, at // MINUTE * MINUTE)
        self.hour_to = min(self.hour_to, at // HOUR * HOUR)


class Catalogue:
    """Finds numbers, and gives new ones. Those of series do not change, and are remembered."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._series: dict[tuple[int, str, str], int] = {}
        self._owners: dict[int, int] = {}
        self._latest = 0

    def forget(self) -> None:
        """What was added may have been taken back."""
        self._series.clear()
        self._owners.clear()
        self._latest = 0

    def devices(self) -> dict[Device, Known]:
        """All devices."""
        found = self._db.rows("SELECT server, name, id, heard, minute_to, hour_to FROM device")
        return {device: Known(device, *rest) for server, name, *rest in found for device in (Device(server, name),)}

    def device(self, device: Device) -> Known | None:
        """One device."""
        found = self._db.rows(
            "SELECT id, heard, minute_to, hour_to FROM device WHERE server = ? AND name = ?",
            (device.server, device.name),
        )
        return Known(device, *found[0]) if found else None

    def add(self, device: Device, first: int) -> Known:
        """A new device, whose first sample is of that time."""
        args = device.server, device.name, first, first // MINUTE * MINUTE, first // HOUR * HOUR
        number = self._db.rows(
            "INSERT INTO device (server, name, heard, minute_to, hour_to) VALUES (?, ?, ?, ?, ?) RETURNING id", args
        )[0][0]
        return Known(device, number, *args[2:])

    def mark(self, devices: list[Known]) -> None:
        """Write down what has changed of devices."""
        self._db.many(
            "UPDATE device SET heard = ?, minute_to = ?, hour_to = ? WHERE id = ?",
            [(*one.marks(), one.id) for one in devices],
        )

    def series(self, device: int, variable: str, kind: str) -> int:
        """A series' number; 0: there is none."""
        if (device, variable, kind) not in self._series:
            self.learn()
        return self._series.get((device, variable, kind), 0)

    def learnt(self, device: int, variable: str, kind: str) -> int:
        """The same, without a look into the database."""
        return self._series.get((device, variable, kind), 0)

    def owners(self) -> dict[int, int]:
        """All series of numbers, and whose they are."""
        self.learn()
        return self._owners

    def of(self, device: int) -> list[tuple[str, str, int]]:
        """All series of a device as (variable, kind, number), by variable."""
        self.learn()
        return sorted(
            (variable, kind, number) for (owner, variable, kind), number in self._series.items() if owner == device
        )

    def add_series(self, device: int, variable: str, kind: str) -> int:
        """A series' number, of a new one if there is none; for a writer that has learnt what there is."""
        if number := self.learnt(device, variable, kind):
            return number
        made: int = self._db.rows(
            "INSERT INTO series (device, variable, kind) VALUES (?, ?, ?) RETURNING id", (device, variable, kind)
        )[0][0]
        self._keep(made, device, variable, kind)
        return made

    def learn(self) -> None:
        """Learn of the series that others have added."""
        for row in self._db.rows("SELECT id, device, variable, kind FROM series WHERE id > ?", (self._latest,)):
            self._keep(*row)

    def _keep(self, number: int, device: int, variable: str, kind: str) -> None:
        self._latest = max(self._latest, number)
        self._series[device, variable, kind] = number
        if kind == NUMBER:
            self._owners[number] = device
