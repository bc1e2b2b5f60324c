"""Where a Modbus device is, from a section's `port`: a serial device, or a host with an optional port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.base import REPLAY
from wallnut.io.modbus import TCP_PORT, Network
from wallnut.io.serial import Serial

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings

PARITIES = ("N", "E", "O")


def is_serial(port: str) -> bool:
    """Whether a port is a serial line: a path, or one of pyserial's addresses."""
    return port.startswith("/") or ("://" in port and not port.startswith(REPLAY))


def network(settings: Settings) -> Network:
    """HOST, HOST:PORT or [ADDRESS]:PORT; the port is 502 where none is given."""
    text = settings.text("port")
    if text.startswith(REPLAY):
        return Network("")  # a recording answers
    host, colon, port = text.rpartition(":")
    if not colon or port.endswith("]") or (":" in host and not host.endswith("]")):  # an IPv6 address alone
        host, colon, port = text, "", ""
    host = host.removeprefix("[").removesuffix("]")
    number = int(port) if port.isascii() and port.isdigit() else 0 if colon else TCP_PORT
    if not host or not 0 < number < 65536:
        raise settings.error("port", "a serial device, HOST or HOST:PORT is needed")
    return Network(host, number)


def serial_line(settings: Settings, baud: str, bits: str, parity: str, stop: str) -> Serial:
    """A serial line; the arguments are the names of the keys that set it: 9600 8N1 where they are not set."""
    return Serial(
        settings.text("port"),
        baud=settings.integer(baud, 9600, 50, 4_000_000),
        bits=settings.integer(bits, 8, 5, 8),
        parity=settings.choice(parity, PARITIES, "N"),
        stop=settings.integer(stop, 1, 1, 2),
    )
