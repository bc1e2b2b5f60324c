"""Serial lines, by pyserial: what drivers need of them, with a limit on every wait.

A path is a device, or one of pyserial's addresses such as socket://HOST:PORT for a serial line behind a network.
"""

from __future__ import annotations

import os
import termios
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from wallnut.io.record import show, unshow
from wallnut.model.errors import ConfigError, DeviceError

if TYPE_CHECKING:
    import serial

    from wallnut.io.record import Tape

MODEM_LINES = ("CTS", "DSR", "CD", "RI")
LOST = (OSError, termios.error)
"""What pyserial raises where a line is gone, or cannot be set as asked: it lets the latter through as it is."""
WRITE_LIMIT = 5.0
"""Seconds that a line may take to take what is written."""


class Port(Protocol):
    """An open line. Every method raises DeviceError where the line is lost."""

    def write(self, data: bytes, pace: float = 0.0) -> None:
        """Send; with `pace` byte by byte, so many seconds after each."""

    def read(self, size: int, limit: float) -> bytes:
        """What comes within `limit` seconds, at most `size` bytes; b"" where nothing came."""

    def read_until(self, ending: bytes, limit: float, most: int = 1024) -> bytes:
        """What comes up to and with `ending`; where that does not come in time, or not in `most` bytes, what came."""

    def discard(self) -> None:
        """Throw away what came and was not read."""

    def lines(self) -> frozenset[str]:
        """Those of MODEM_LINES that are on."""

    def set_dtr(self, on: bool) -> None:
        """Switch the DTR line."""

    def set_rts(self, on: bool) -> None:
        """Switch the RTS line."""

    def send_break(self, seconds: float) -> None:
        """Hold the TXD line down."""

    def fileno(self) -> int:
        """What to wait on until something comes, in another thread too; -1 where that cannot be."""

    def close(self) -> None:
        """Let the line go; never fails."""


@dataclass(frozen=True, slots=True)
class Serial:
    """A line and how it is set. `parity` is N, E or O; `dtr` and `rts` are set where not None. `exclusive`: nobody else
    who asks for the same (C NUT's drivers do) may open it. `hangup`: DTR and RTS go off when it is closed."""

    path: str
    baud: int = 9600
    bits: int = 8
    parity: str = "N"
    stop: int = 1
    dtr: bool | None = None
    rts: bool | None = None
    exclusive: bool = True
    hangup: bool = True

    def open(self) -> Port:
        """Open the line. Raises DeviceError, which says what to do."""
        return _RealPort(_opened(self), self.path)

    def record(self, device: Port, tape: Tape) -> Port:
        """The line, with what passes noted."""
        return _RecordedPort(device, tape)

    def replay(self, tape: Tape) -> Port:
        """A line on which the tape answers, without waiting."""
        return _ReplayedPort(tape)


def _opened(way: Serial) -> serial.Serial:
    try:
        import serial
    except ImportError:
        raise ConfigError("serial lines need pyserial: pip install 'wallnut[serial]'") from None
    network = "://" in way.path
    port: serial.Serial = serial.serial_for_url(way.path, do_not_open=True)
    try:
        port.baudrate, port.bytesize, port.parity, port.stopbits = way.baud, way.bits, way.parity, way.stop
        port.timeout, port.write_timeout = 0.0, WRITE_LIMIT
        if not network:
            port.exclusive = way.exclusive
        if way.dtr is not None:
            port.dtr = way.dtr
        if way.rts is not None:
            port.rts = way.rts
        port.open()
        if not way.hangup and not network:
            _keep_lines(port.fileno())
    except (*LOST, ValueError) as error:
        raise DeviceError(_cannot_open(way.path, error)) from None
    return port


def _keep_lines(number: int) -> None:
    """Let DTR and RTS stay as they are when the line is closed."""
    attributes = termios.tcgetattr(number)
    attributes[2] &= ~termios.HUPCL
    termios.tcsetattr(number, termios.TCSANOW, attributes)


def _cannot_open(path: str, error: Exception) -> str:
    number = _number(error)
    reason = str(error) if number is None else os.strerror(number)
    if "xclusively lock" in str(error):
        return f"{path} is in use by another program"
    if number == 13:
        return f"can't open {path}: {reason}; let this program's user in (the group dialout, or a udev rule)"
    return f"can't open {path}: {reason}"


def _number(error: Exception) -> int | None:
    """The system's number of an error, where it has one."""
    number = getattr(error, "errno", None) or (error.args[0] if error.args else None)
    return number if isinstance(number, int) else None


class _RealPort:
    """pyserial's port: its errors as ours, its waits with limits. One thread uses it."""

    def __init__(self, port: serial.Serial, path: str) -> None:
        self._port, self._path = port, path
        self._kept = b""

    def write(self, data: bytes, pace: float = 0.0) -> None:
        try:
            if not pace:
                self._port.write(data)
                return
            for byte in data:
                self._port.write(bytes((byte,)))
                time.sleep(pace)
        except LOST as error:
            raise self._lost(error) from None

    def read(self, size: int, limit: float) -> bytes:
        deadline = time.monotonic() + limit
        while len(self._kept) < size and self._wait(deadline):
            pass
        return self._take(size)

    def read_until(self, ending: bytes, limit: float, most: int = 1024) -> bytes:
        deadline = time.monotonic() + limit
        while ending not in self._kept and len(self._kept) < most and self._wait(deadline):
            pass
        end = self._kept.find(ending)
        return self._take(min(most, end + len(ending)) if end >= 0 else most)

    def _wait(self, deadline: float) -> bool:
        """Take in what comes before the deadline; False where nothing did."""
        left = deadline - time.monotonic()
        try:
            self._port.timeout = max(0.0, left)
            first = self._port.read(1)
            if first:
                self._kept += first
                if waiting := self._port.in_waiting:
                    self._kept += self._port.read(waiting)
        except (*LOST, TypeError) as error:  # TypeError: pyserial's, where another thread closed it
            raise self._lost(error) from None
        return bool(first)

    def _take(self, size: int) -> bytes:
        taken, self._kept = self._kept[:size], self._kept[size:]
        return taken

    def discard(self) -> None:
        self._kept = b""
        try:
            self._port.reset_input_buffer()
        except LOST as error:
            raise self._lost(error) from None

    def lines(self) -> frozenset[str]:
        port = self._port
        try:
            on = {"CTS": port.cts, "DSR": port.dsr, "CD": port.cd, "RI": port.ri}
        except LOST as error:
            raise self._lost(error) from None
        return frozenset(name for name, state in on.items() if state)

    def set_dtr(self, on: bool) -> None:
        self._switch("dtr", on)

    def set_rts(self, on: bool) -> None:
        self._switch("rts", on)

    def _switch(self, line: str, on: bool) -> None:
        try:
            setattr(self._port, line, on)
        except LOST as error:
            raise self._lost(error) from None

    def send_break(self, seconds: float) -> None:
        try:
            self._port.break_condition = True
            time.sleep(seconds)
            self._port.break_condition = False
        except LOST as error:
            raise self._lost(error) from None

    def fileno(self) -> int:
        try:
            return int(self._port.fileno())
        except (OSError, ValueError):  # not open, or not a device
            return -1

    def close(self) -> None:
        try:
            self._port.close()
        except LOST:
            pass  # it is gone already

    def _lost(self, error: Exception) -> DeviceError:
        number = _number(error)
        return DeviceError(f"{self._path}: {error if number is None else os.strerror(number)}")


class _RecordedPort:
    """A port that notes what passes. What control lines do stands in brackets."""

    def __init__(self, port: Port, tape: Tape) -> None:
        self._port, self._tape = port, tape

    def write(self, data: bytes, pace: float = 0.0) -> None:
        self._tape.asked(show(data))
        self._port.write(data, pace)

    def read(self, size: int, limit: float) -> bytes:
        return self._noted(self._port.read(size, limit))

    def read_until(self, ending: bytes, limit: float, most: int = 1024) -> bytes:
        return self._noted(self._port.read_until(ending, limit, most))

    def _noted(self, data: bytes) -> bytes:
        if data:
            self._tape.answered(show(data))
        return data

    def discard(self) -> None:
        self._port.discard()

    def lines(self) -> frozenset[str]:
        on = self._port.lines()
        self._tape.asked("[lines]")
        self._tape.answered(" ".join(name for name in MODEM_LINES if name in on))
        return on

    def set_dtr(self, on: bool) -> None:
        self._tape.asked(f"[DTR {'on' if on else 'off'}]")
        self._port.set_dtr(on)

    def set_rts(self, on: bool) -> None:
        self._tape.asked(f"[RTS {'on' if on else 'off'}]")
        self._port.set_rts(on)

    def send_break(self, seconds: float) -> None:
        self._tape.asked(f"[break {seconds:g}]")
        self._port.send_break(seconds)

    def fileno(self) -> int:
        return self._port.fileno()

    def close(self) -> None:
        self._port.close()


class _ReplayedPort:
    """A port on which a tape answers. What the tape never heard stays without an answer, as on a real line."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._waiting = b""

    def write(self, data: bytes, pace: float = 0.0) -> None:
        request = show(data)
        if self._tape.heard(request):
            self._waiting += b"".join(unshow(answer) for answer in self._tape.ask(request))

    def read(self, size: int, limit: float) -> bytes:
        taken, self._waiting = self._waiting[:size], self._waiting[size:]
        return taken

    def read_until(self, ending: bytes, limit: float, most: int = 1024) -> bytes:
        end = self._waiting.find(ending)
        return self.read(min(most, end + len(ending)) if end >= 0 else most, limit)

    def discard(self) -> None:
        self._waiting = b""

    def lines(self) -> frozenset[str]:
        return frozenset(" ".join(self._tape.ask("[lines]")).split())

    def set_dtr(self, on: bool) -> None:
        pass  # it has no answer

    def set_rts(self, on: bool) -> None:
        pass

    def send_break(self, seconds: float) -> None:
        pass

    def fileno(self) -> int:
        return -1

    def close(self) -> None:
        self._waiting = b""
