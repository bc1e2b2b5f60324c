"""generic_modbus: a UPS that has contacts only, wired to a Modbus remote I/O unit.

Every contact that is wired stands for a word of ups.status. Keys, defaults, words and alarm texts are those of C NUT's
driver and generic_modbus(8); proved beside it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallnut.drivers.base import Driver, Option, Publisher, Result, Settings
from wallnut.drivers.modbus.lines import is_serial, network, serial_line
from wallnut.io.modbus import LIMIT, Modbus, Table
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from wallnut.io.modbus import Bus

TABLES = (Table.COILS, Table.INPUT_BITS, Table.INPUT_REGISTERS, Table.HOLDING)
"""What `*_regtype` counts."""
UNIT = 5
"""What C's driver takes for rio_slave_id where none is given, though its manual page says 1."""
WRITABLE = (Table.COILS, Table.HOLDING)
WORDS = ("OL", "OB", "LB", "HB", "RB", "CHRG", "DISCHRG")
COMMAND = "FSD"
CHARGING, DISCHARGING, RESTING = "charging", "discharging", "resting"


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a contact is, and the value that it has when what it stands for is so."""

    table: Table
    address: int
    on: int


def _options() -> tuple[Option, ...]:
    options = [
        Option("device_mfr", "Manufacturer of the UPS"),
        Option("device_model", "Model of the UPS"),
        Option("ser_baud_rate", "Speed of a serial line (9600)"),
        Option("ser_parity", "Parity of a serial line: N, E or O (N)"),
        Option("ser_data_bit", "Data bits of a serial line (8)"),
        Option("ser_stop_bit", "Stop bits of a serial line (1)"),
        Option("rio_slave_id", "Number of the remote I/O unit (5)"),
        Option("mod_resp_to_s", "Seconds that an answer may take"),
        Option("mod_resp_to_us", "Microseconds more that an answer may take"),
        Option("mod_byte_to_s", "Accepted for C's sake: there is one limit for an answer"),
        Option("mod_byte_to_us", "Accepted for C's sake"),
        Option("FSD_pulse_duration", "Milliseconds after which the FSD contact is released (never)"),
    ]
    for word in (*WORDS, COMMAND):
        usual = 0 if word == COMMAND else 1
        options += (
            Option(f"{word}_addr", f"Address of the contact for {word}"),
            Option(
                f"{word}_regtype", f"Its table: 0 coils, 1 input bits, 2 input registers, 3 holding registers ({usual})"
            ),
            Option(f"{word}_noro", "1: it is on when it reads 0; 0: when it reads 1 (0)"),
        )
    return tuple(options)


class GenericModbus(Driver):
    """The driver."""

    name = "generic_modbus"
    version = "1.0"
    title = "Generic Modbus driver"
    options = _options()
    later = ("pymodbus.client", "serial")
    shutdown_waits: tuple[float, ...] = (0.5, 0.75, 1.5)
    """Seconds before each further attempt to shut down."""

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self._way = self._place()
        self._contacts = {word: contact for word in WORDS if (contact := _contact(settings, word, Table.INPUT_BITS))}
        self._command = _contact(settings, COMMAND, Table.COILS)
        if self._command is not None and self._command.table not in WRITABLE:
            raise settings.error(f"{COMMAND}_regtype", "0 or 3 is needed: the others cannot be written")
        pulse = settings.integer("FSD_pulse_duration", -1, -1, 60_000)
        self._pulse = None if pulse < 0 else pulse / 1000
        self._bus: Bus | None = None

    def _place(self) -> Modbus:
        settings = self.settings
        limit = settings.integer("mod_resp_to_s", 0, 0, 60) + settings.integer("mod_resp_to_us", 0, 0) / 1e6
        for key in ("mod_byte_to_s", "mod_byte_to_us"):
            settings.integer(key, 0, 0)
        keys = ("ser_baud_rate", "ser_data_bit", "ser_parity", "ser_stop_bit")
        return Modbus(
            serial_line(settings, *keys) if is_serial(settings.text("port")) else network(settings),
            unit=settings.integer("rio_slave_id", UNIT, 0, 255),
            limit=limit or LIMIT,
        )

    def open(self) -> None:
        """Connect, and say what the user says the UPS is."""
        self._bus = self.connect(self._way)
        self.ups.set("device.mfr", self.settings.text("device_mfr", "UNKNOWN"))
        self.ups.set("device.model", self.settings.text("device_model", "unknown"))
        if self._command is not None:
            self.ups.add_command("load.off")

    def poll(self) -> None:
        """Read every contact, and make the status of them."""
        state = {word: self._read(contact) for word, contact in self._contacts.items() if self._counts(word)}
        words, charger = judge(state, frozenset(self._contacts))
        self.ups.alarm(
            "Low Battery (Charge)" if state.get("LB") else "",
            "Replace Battery" if state.get("RB") else "",
        )
        if charger:
            self.ups.set("battery.charger.status", charger)
        self.ups.status(*words)

    def _counts(self, word: str) -> bool:
        """Of a contact and its opposite the first one counts, as in C's driver."""
        opposite = {"OB": "OL", "DISCHRG": "CHRG"}.get(word)
        return opposite not in self._contacts

    def _read(self, contact: Contact) -> bool:
        value = self._opened().read(contact.table, contact.address)[0]
        return value & 0xFF == contact.on  # C looks at the lower byte of a register too

    def command(self, name: str, value: str) -> Result:
        """load.off closes the FSD contact."""
        if name != "load.off" or self._command is None:
            return Result.UNKNOWN
        self._switch_off(self._command)
        return Result.HANDLED

    def _switch_off(self, contact: Contact) -> None:
        self._opened().write(contact.table, contact.address, (contact.on,))
        if self._pulse is not None:
            time.sleep(self._pulse)
            self._opened().write(contact.table, contact.address, (1 - contact.on,))

    def shutdown(self) -> None:
        """Switch off; some more attempts where it fails."""
        if self._command is None:
            raise DeviceError("shutdown not supported: no FSD_addr is set")
        for wait in self.shutdown_waits:
            try:
                return self._switch_off(self._command)
            except DeviceError as error:
                self.ups.log.warning(f"{error}; trying again")
            time.sleep(wait)
        self._switch_off(self._command)

    def _opened(self) -> Bus:
        if self._bus is None:
            raise DeviceError("the device is not open")
        return self._bus

    def close(self) -> None:
        """Disconnect."""
        if self._bus is not None:
            self._bus.close()
            self._bus = None


def judge(state: dict[str, bool], wired: frozenset[str]) -> tuple[list[str], str]:
    """Words of ups.status and battery.charger.status ("": nothing is known): `state` has for each contact that counts
    whether it is on, `wired` those that there are. Where none tells of charging, it follows from the others."""
    words: list[str] = []
    charger = ""
    online: bool | None = state.get("OL")
    if online is None and "OB" in state:
        online = not state["OB"]
    if online is not None:
        words.append("OL" if online else "OB")
        if not online and "DISCHRG" not in wired:
            words.append("DISCHRG")
            charger = DISCHARGING
    if state.get("HB"):
        words.append("HB")
        charger = RESTING
    elif "HB" in wired and online and "CHRG" not in wired:
        words.append("CHRG")
        charger = CHARGING
    words += [word for word in ("LB", "RB", "CHRG", "DISCHRG") if state.get(word)]
    if state.get("CHRG"):
        charger = CHARGING
    elif state.get("DISCHRG"):
        charger = DISCHARGING
    return words, charger


def _contact(settings: Settings, word: str, usual: Table) -> Contact | None:
    key = f"{word}_addr"
    table = TABLES[settings.integer(f"{word}_regtype", TABLES.index(usual), 0, 3)]
    reverse = settings.integer(f"{word}_noro", 0, 0, 1)
    if key not in settings.values:
        return None
    text = settings.text(key)
    try:
        address = int(text, 8 if len(text) > 1 and text[0] == "0" and text.isdigit() else 0)
    except ValueError:
        address = -1
    if not 0 <= address <= 0xFFFF:
        raise settings.error(key, "a number from 0 to 65535 is needed, such as 12 or 0xc")
    return Contact(table, address, 1 - reverse)
