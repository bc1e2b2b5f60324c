"""Modbus, by pymodbus: registers and bits behind a serial line (RTU) or a network address (TCP).

One exchange at a time, each with a limit. A reading that failed is tried once more; a writing never, so that nothing is
switched twice. What one says on a tape: `holding 128 2` asks, `00001a2b` answers (a bit is 0 or 1), `exception 2`
refuses; `holding 1540 = 0001` writes.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Protocol, TypeVar

from wallnut.io.serial import Port, Serial
from wallnut.model.errors import ConfigError, DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pymodbus.client import ModbusSerialClient, ModbusTcpClient
    from pymodbus.pdu import ModbusPDU

    from wallnut.io.record import Tape

T = TypeVar("T")

TCP_PORT = 502
LIMIT = 0.5
"""Seconds that an answer may take, where nobody says otherwise."""
LARGEST_FRAME = 256
REASONS = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledged, not done yet",
    6: "device busy",
    8: "memory parity error",
    10: "no path to the device",
    11: "the device behind the gateway does not answer",
}
"""Exception codes. Source: MODBUS Application Protocol Specification V1.1b3, section 7."""


class Table(Enum):
    """The four tables of a Modbus device."""

    COILS = "coils"
    INPUT_BITS = "inputs"
    INPUT_REGISTERS = "input"
    HOLDING = "holding"

    @property
    def of_bits(self) -> bool:
        """Whether it holds bits, and not registers of 16 bits."""
        return self in (Table.COILS, Table.INPUT_BITS)


class Refused(DeviceError):
    """The device answered, with an exception; `code` is its number."""

    def __init__(self, what: str, code: int) -> None:
        self.code = code
        super().__init__(f"the device refuses {what}: {REASONS.get(code, 'exception')} ({code})")


class Bus(Protocol):
    """A device's tables. Raises Refused where it says no, DeviceError where it does not answer, or not sensibly."""

    def read(self, table: Table, address: int, count: int = 1) -> tuple[int, ...]:
        """The values from an address on: 0 or 1 each of bits, 0 to 65535 each of registers."""

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        """Write values from an address on, into coils or holding registers."""

    def close(self) -> None:
        """Let the device go; never fails."""


@dataclass(frozen=True, slots=True)
class Network:
    """A Modbus TCP server."""

    host: str
    port: int = TCP_PORT


@dataclass(frozen=True, slots=True)
class Modbus:
    """A device by its number on a serial line or behind a TCP server. `limit`: seconds that an answer may take; `gap`:
    seconds of silence between two exchanges."""

    line: Serial | Network
    unit: int = 1
    limit: float = LIMIT
    gap: float = 0.0

    def open(self) -> Bus:
        """Open the line. Raises DeviceError."""
        try:
            import pymodbus  # noqa: F401
        except ImportError:
            raise ConfigError("Modbus needs pymodbus: pip install 'wallnut[modbus]'") from None
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL + 1)  # its errors are ours to tell
        client = _serial(self, self.line) if isinstance(self.line, Serial) else _network(self, self.line)
        return _RealBus(client, self)

    def record(self, device: Bus, tape: Tape) -> Bus:
        """The device, with what passes noted."""
        return _RecordedBus(device, tape)

    def replay(self, tape: Tape) -> Bus:
        """A device for which the tape answers."""
        return _ReplayedBus(tape)


def _network(way: Modbus, place: Network) -> ModbusTcpClient:
    from pymodbus.client import ModbusTcpClient

    client = ModbusTcpClient(place.host, port=place.port, timeout=way.limit, retries=0)
    try:
        client.socket = socket.create_connection((place.host, place.port), way.limit)
    except (OSError, UnicodeError) as error:  # UnicodeError: a name that is none
        number = getattr(error, "errno", None) or 0
        reason = os.strerror(number) if number > 0 else str(error)
        raise DeviceError(f"can't reach {place.host} port {place.port}: {reason}") from None
    return client


def _serial(way: Modbus, place: Serial) -> ModbusSerialClient:
    from pymodbus.client import ModbusSerialClient

    class Line(ModbusSerialClient):
        """pymodbus's client over our serial port: it waits for an answer without asking every few milliseconds."""

        def __init__(self, port: Port, way: Modbus, place: Serial) -> None:
            super().__init__(place.path, baudrate=place.baud, timeout=way.limit, retries=0)
            self._port, self._limit = port, way.limit
            # Three and a half characters, of which one has eleven bits at most (MODBUS over Serial Line V1.02, 2.5.1.1)
            self._silence = max(0.00175, 38.5 / place.baud)

        def connect(self) -> bool:
            return True

        def close(self) -> None:
            self._port.close()

        def send(self, request: bytes, addr: tuple[object, ...] | None = None) -> int:
            """Send, once nobody speaks any more: what comes still is an answer to a question before this."""
            end = time.monotonic() + self._limit
            while self._port.read(LARGEST_FRAME, self._silence) and time.monotonic() < end:
                pass
            self._port.write(request)
            return len(request)

        def recv(self, size: int | None) -> bytes:
            """What comes next; b"" where nothing does in time."""
            first = self._port.read(1, self._limit)
            return first + self._port.read(LARGEST_FRAME, 0.0) if first else b""

    return Line(place.open(), way, place)


class _RealBus:
    """pymodbus's client: its errors as ours, and no faith in what it lets through. One thread uses it."""

    def __init__(self, client: ModbusTcpClient | ModbusSerialClient, way: Modbus) -> None:
        self._client, self._way = client, way
        self._read: dict[Table, Callable[..., ModbusPDU]] = {
            Table.COILS: client.read_coils,
            Table.INPUT_BITS: client.read_discrete_inputs,
            Table.INPUT_REGISTERS: client.read_input_registers,
            Table.HOLDING: client.read_holding_registers,
        }
        self._last = float("-inf")

    def read(self, table: Table, address: int, count: int = 1) -> tuple[int, ...]:
        what = _reading(table, address, count)
        ask = self._read[table]
        try:
            answer = self._exchange(what, ask, address, count=count)
        except Refused:
            raise
        except DeviceError:
            answer = self._exchange(what, ask, address, count=count)
        values = [int(value) for value in (answer.bits[:count] if table.of_bits else answer.registers)]
        if len(values) != count:
            raise DeviceError(f"the device answers {what} with {len(values)} values")
        return tuple(values)

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        what = _writing(table, address, values)
        if table is Table.COILS and len(values) == 1:
            self._exchange(what, self._client.write_coil, address, bool(values[0]))
        elif table is Table.COILS:
            self._exchange(what, self._client.write_coils, address, [bool(value) for value in values])
        elif table is Table.HOLDING and len(values) == 1:
            self._exchange(what, self._client.write_register, address, values[0])
        elif table is Table.HOLDING:
            self._exchange(what, self._client.write_registers, address, list(values))
        else:
            raise DeviceError(f"{table.value} can only be read")

    def _exchange(self, what: str, ask: Callable[..., ModbusPDU], *args: object, **more: object) -> ModbusPDU:
        from pymodbus.exceptions import ConnectionException, ModbusException

        time.sleep(max(0.0, self._last + self._way.gap - time.monotonic()))
        try:
            answer = ask(*args, device_id=self._way.unit, **more)
        except (ConnectionException, OSError):
            self._begin_anew()
            raise DeviceError(f"the connection is lost: no answer to {what}") from None
        except ModbusException:
            self._begin_anew()
            raise DeviceError(f"no answer to {what}, or none that makes sense") from None
        except (struct.error, ValueError, IndexError, TypeError):  # what its decoders raise on nonsense
            self._begin_anew()
            raise DeviceError(f"no sense in the answer to {what}") from None
        finally:
            self._last = time.monotonic()
        if answer.isError():
            raise Refused(what, getattr(answer, "exception_code", 0))
        expected = _FUNCTIONS[ask.__name__]
        if answer.function_code != expected:
            raise DeviceError(f"the device answers {what} with function {answer.function_code}, not {expected}")
        return answer

    def _begin_anew(self) -> None:
        """After a failure part of an answer may be under way yet. pymodbus connects again when it is to say something;
        a serial line falls silent by itself."""
        if isinstance(self._way.line, Network):
            self.close()

    def close(self) -> None:
        with suppress(OSError):
            self._client.close()  # type: ignore[no-untyped-call]


_FUNCTIONS = {
    "read_coils": 1,
    "read_discrete_inputs": 2,
    "read_holding_registers": 3,
    "read_input_registers": 4,
    "write_coil": 5,
    "write_register": 6,
    "write_coils": 15,
    "write_registers": 16,
}
"""Function codes. Source: MODBUS Application Protocol Specification V1.1b3, section 5.1."""


# --- recordings


def _reading(table: Table, address: int, count: int) -> str:
    return f"{table.value} {address} {count}"


def _writing(table: Table, address: int, values: Sequence[int]) -> str:
    return f"{table.value} {address} = {_shown(table, values)}"


def _shown(table: Table, values: Sequence[int]) -> str:
    return "".join(f"{value:d}" if table.of_bits else f"{value:04x}" for value in values)


class _RecordedBus:
    """A device that notes what passes."""

    def __init__(self, bus: Bus, tape: Tape) -> None:
        self._bus, self._tape = bus, tape

    def read(self, table: Table, address: int, count: int = 1) -> tuple[int, ...]:
        self._tape.asked(_reading(table, address, count))
        values = self._noted(lambda: self._bus.read(table, address, count))
        self._tape.answered(_shown(table, values))
        return values

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        self._tape.asked(_writing(table, address, values))
        self._noted(lambda: self._bus.write(table, address, values))
        self._tape.answered("done")

    def _noted(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except Refused as error:
            self._tape.answered(f"exception {error.code}")
            raise
        except DeviceError as error:
            self._tape.failed(str(error))
            raise

    def close(self) -> None:
        self._bus.close()


class _ReplayedBus:
    """A device that a tape plays."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def read(self, table: Table, address: int, count: int = 1) -> tuple[int, ...]:
        text = self._said(_reading(table, address, count))
        size, base = (1, 2) if table.of_bits else (4, 16)
        try:
            values = tuple(int(text[at : at + size], base) for at in range(0, len(text), size))
        except ValueError:
            raise DeviceError(f"the recording makes no sense: {text}") from None
        if len(values) != count:
            raise DeviceError(f"the recording has {len(values)} values for {_reading(table, address, count)}")
        return values

    def write(self, table: Table, address: int, values: Sequence[int]) -> None:
        self._said(_writing(table, address, values))

    def _said(self, what: str) -> str:
        text = " ".join(self._tape.ask(what))
        word, _, code = text.partition(" ")
        if word == "exception":
            raise Refused(what, int(code) if code.isdigit() else 0)
        return text

    def close(self) -> None:
        pass
