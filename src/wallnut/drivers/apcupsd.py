"""apcupsd-ups: what apcupsd knows of its UPS, by its network information server (NIS), as NUT's driver of that name.

The question is `status`; the answer records such as `LINEV    : 229.5 Volts`. Both have their length before them, in
two bytes, and a length of 0 ends the answer.

Source: apcupsd's manual (the status report fields, the NIS protocol); which record is which variable, and its form, is
that of NUT 2.8.0's apcupsd-ups. Proved beside C's on apcupsd 3.14.14, with its test UPS and with a simulated Smart-UPS.
"""

from __future__ import annotations

import re
import struct
import time
from dataclasses import dataclass
from enum import Enum

from wallnut.drivers.base import Driver, Publisher, Settings
from wallnut.io.tcp import Tcp
from wallnut.model.errors import DeviceError

PORT = 3551
ASK = b"\x00\x06status"
LIMIT = 10.0
"""Seconds that the whole answer may take."""
LONGEST = 1024
MOST_RECORDS = 200
SEPARATORS = " \t:"


class Form(Enum):
    """What becomes of a record's text."""

    TEXT = "it stays, but for what is too long"
    NUMBER = "its number"
    DATE = "its first word"
    TIME = "its second word"
    FIRMWARE = "what stands before /"
    AUXILIARY = "what stands after /"
    INTERVAL = "hours, or a number with its unit, in seconds"


@dataclass(frozen=True, slots=True)
class Row:
    """A record and its variable. `size`: the most characters of a text; `factor` and `digits` of a number. `stays`: it
    is not removed where the record is missing for once."""

    record: str
    variable: str
    form: Form = Form.NUMBER
    size: int = 32
    factor: int = 1
    digits: int = 1
    stays: bool = False


ROWS = (
    Row("MODEL", "ups.model", Form.TEXT, stays=True),
    Row("SERIALNO", "ups.serial", Form.TEXT),
    Row("LOADPCT", "ups.load"),
    Row("DATE", "ups.time", Form.TIME),
    Row("DATE", "ups.date", Form.DATE),
    Row("MANDATE", "ups.mfr.date", Form.TEXT, size=16),
    Row("FIRMWARE", "ups.firmware", Form.FIRMWARE),
    Row("FIRMWARE", "ups.firmware.aux", Form.AUXILIARY),
    Row("ITEMP", "ups.temperature"),
    Row("UPSNAME", "ups.id", Form.TEXT, size=16),
    Row("DWAKE", "ups.delay.start", digits=0),
    Row("DSHUTD", "ups.delay.shutdown", digits=0),
    Row("STESTI", "ups.test.interval", Form.INTERVAL),
    Row("SELFTEST", "ups.test.result", Form.TEXT, size=16),
    Row("LINEV", "input.voltage"),
    Row("MAXLINEV", "input.voltage.maximum"),
    Row("MINLINEV", "input.voltage.minimum"),
    Row("NOMINV", "input.voltage.nominal", digits=0),
    Row("NOMOUTV", "output.voltage.nominal", digits=0),
    Row("LASTXFER", "input.transfer.reason", Form.TEXT),
    Row("LOTRANS", "input.transfer.low"),
    Row("HITRANS", "input.transfer.high"),
    Row("SENSE", "input.sensitivity", Form.TEXT, size=1),
    Row("LINEFREQ", "input.frequency"),
    Row("OUTPUTV", "output.voltage"),
    Row("LINEFREQ", "output.frequency"),
    Row("BCHARGE", "battery.charge", stays=True),
    Row("MBATTCHG", "battery.charge.low", digits=0),
    Row("BATTDATE", "battery.date", Form.DATE),
    Row("BATTV", "battery.voltage"),
    Row("NOMBATTV", "battery.voltage.nominal"),
    Row("TIMELEFT", "battery.runtime", factor=60, stays=True),
    Row("MINTIMEL", "battery.runtime.low", factor=60, digits=0),
    Row("RETPCT", "battery.charge.restart"),
    Row("NOMPOWER", "ups.realpower.nominal", stays=True),
    Row("LOAD_W", "ups.realpower"),
    Row("LOADAPNT", "power.percent"),
    Row("OUTCURNT", "output.current", digits=2),
    Row("LOAD_VA", "ups.power"),
    Row("NOMAPNT", "ups.power.nominal", digits=0, stays=True),
)
WORDS = {
    "CAL": "CAL",
    "TRIM": "TRIM",
    "BOOST": "BOOST",
    "ONLINE": "OL",
    "ONBATT": "OB",
    "OVERLOAD": "OVER",
    "LOWBATT": "LB",
    "REPLACEBATT": "RB",
    "NOBATT": "BYPASS",
    "SELFTEST": "OB",
}
"""The words of STATUS."""
NO_UPS = ("COMMLOST", "NETWORK ERROR", "ERROR")
"""What STATUS says where apcupsd does not reach its UPS itself."""
SHUTTING_DOWN = "SHUTTING DOWN"
"""What STATUS says, and nothing besides, while apcupsd shuts its host down."""
ONLINE = 0x08
"""The bit of STATFLAG that means mains."""
_NUMBER = re.compile(r"\s*([-+]?[0-9]+(\.[0-9]*)?|[-+]?\.[0-9]+)\s*(\w*)")
_SECONDS = {"": 3600, "hour": 3600, "day": 86400, "week": 604800}


def shown(row: Row, text: str) -> str:
    """A record's text as its variable's value, "" for none."""
    if row.form is Form.TEXT:
        return text[: row.size].rstrip()
    if row.form in (Form.DATE, Form.TIME):
        words = text.split(" ")
        if row.form is Form.DATE:
            return words[0]
        return words[1] if len(words) > 1 else ""
    before, slash, after = text.partition("/")
    if row.form is Form.FIRMWARE:
        return before.rstrip(" ") if slash and before.endswith(" ") else text.rstrip()
    if row.form is Form.AUXILIARY:
        return after.strip(" ")
    number = _NUMBER.match(text)
    if number is None:
        return ""
    if row.form is Form.INTERVAL:
        return f"{float(number[1]) * _SECONDS.get(number[3].lower().removesuffix('s'), 1):.0f}"
    return f"{float(number[1]) * row.factor:.{row.digits}f}"


def status(text: str, flags: str) -> tuple[str, ...]:
    """ups.status for the records STATUS and STATFLAG. While apcupsd shuts down, the battery counts as low."""
    if text == SHUTTING_DOWN:
        try:
            on_line = bool(int(flags, 16) & ONLINE)
        except ValueError:
            on_line = False
        return ("OL" if on_line else "OB", "LB")
    return tuple(WORDS[word] for word in text.split() if word in WORDS)


def record(data: bytes) -> tuple[str, str]:
    """The name and the text of a record. Raises DeviceError where it is none."""
    text = data.decode("utf-8", "replace").strip("\r\n")
    name = re.match(rf"[{SEPARATORS}]*([^{SEPARATORS}\r\n]+)", text)
    if name is None:
        raise DeviceError(f"apcupsd says something that is no record: {text[:40]!r}")
    return name[1], text[name.end() :].strip("\r\n").lstrip(SEPARATORS).rstrip()


def address(settings: Settings) -> Tcp:
    """HOST, HOST:PORT or [ADDRESS]:PORT; localhost and 3551 where they are not given. Raises ConfigError."""
    text = settings.text("port") or "localhost"
    host, colon, port = text.rpartition(":")
    if not colon or port.endswith("]") or (":" in host and not host.endswith("]")):  # an IPv6 address alone
        host, port = text, str(PORT)
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port) < 65536:
        raise settings.error("port", "HOST or HOST:PORT is needed")
    return Tcp(host, int(port), LIMIT)


class Apcupsd(Driver):
    """A UPS that apcupsd watches. Every poll is a connection, as C's."""

    name, version, title = "apcupsd-ups", "0.73", "apcupsd network client UPS driver"

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        replayed = settings.text("port").startswith("replay:")
        self._way = Tcp("localhost", PORT) if replayed else address(settings)
        self._shown: set[str] = set()

    def open(self) -> None:
        self.ups.set("ups.mfr", "APC")

    def poll(self) -> None:
        records = self._records()
        if "STATUS" not in records:
            raise DeviceError("apcupsd does not tell the status of its UPS")
        said = {row.variable: shown(row, records[row.record]) for row in ROWS if row.record in records}
        known = {name: value for name, value in said.items() if value}
        stay = {row.variable for row in ROWS if row.stays}
        for name in self._shown - set(known) - stay:
            self.ups.unset(name)
        self._shown |= set(known)
        for name, value in known.items():
            self.ups.set(name, value)
        text = records["STATUS"]
        if not text or any(text.startswith(word) for word in NO_UPS):
            self.ups.stale(f"apcupsd does not reach its UPS{': ' * bool(text)}{text}")
        else:
            self.ups.status(*status(text, records.get("STATFLAG", "")))

    def _records(self) -> dict[str, str]:
        """All records of the answer."""
        connection = self.connect(self._way)
        try:
            connection.write(ASK)
            deadline = time.monotonic() + LIMIT
            found: dict[str, str] = {}
            for _ in range(MOST_RECORDS):
                (size,) = struct.unpack(">H", connection.read(2, deadline - time.monotonic()))
                if not size:
                    return found
                if size >= LONGEST:
                    raise DeviceError(f"apcupsd announces a record of {size} bytes")
                name, text = record(connection.read(size, deadline - time.monotonic()))
                found[name] = text
        finally:
            connection.close()
        raise DeviceError("apcupsd's answer has no end")
