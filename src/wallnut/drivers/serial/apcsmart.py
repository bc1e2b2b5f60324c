"""apcsmart: APC's UPSes with the smart protocol on a serial line, as NUT's driver of that name.

Proved beside C's apcsmart 2.8.0 on a simulator.
"""

from __future__ import annotations

import re
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING

from wallnut.drivers.base import Driver, Option, Result
from wallnut.drivers.serial.listener import Listener
from wallnut.drivers.serial.smart_line import SHORT, SmartLine
from wallnut.drivers.serial.smart_settings import rotate, write_text
from wallnut.drivers.serial.smart_shutdown import padded, plan, switch_off
from wallnut.drivers.serial.smart_tables import (
    ALERTS,
    CALIBRATE,
    COMMANDS,
    CONFIRM,
    DELAYED_OFF,
    MOST_PACKED,
    NOT_AVAILABLE,
    OFF,
    OK,
    ON,
    REFUSED,
    SETTING_CHANGED,
    STATUS,
    TEXT_LENGTH,
    Bit,
    shown,
    status_words,
)
from wallnut.drivers.serial.smart_unit import Unit, identify, packed_name
from wallnut.io.serial import Serial
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from wallnut.drivers.base import Publisher, Settings
    from wallnut.drivers.serial.smart_tables import Command, Variable

BAUD = 2400
CABLE_WITH_RTS_OFF = "940-0095B"
TRIES = 5
"""Tries to bring a UPS into smart mode."""
ALL_AGAIN = 3600.0
"""Seconds after which what does not change by itself is read again, too."""


def _is_status(answer: str) -> bool:
    return re.fullmatch("[0-9A-Fa-f]{2}", answer) is not None


class ApcSmart(Driver):
    """A UPS in smart mode. What it says unasked is heard by a thread of its own, which has the line between polls."""

    name, version, title = "apcsmart", "3.3", "APC Smart protocol driver"
    later = ("serial",)
    options = (
        Option("ttymode", "Taken for the sake of NUT's files; lines are always raw"),
        Option("cable", f"{CABLE_WITH_RTS_OFF} for the dual-mode cable of that name"),
        Option("awd", "Wake-up delay of hard hibernate, in steps of 6 minutes: one to three digits"),
        Option("sdtype", "Which way to switch the load off, 0 to 5"),
        Option("advorder", "Ways to switch the load off, tried one after another: digits 0 to 4, or no"),
        Option("cshdelay", "Seconds between simulated failure and soft hibernate, 0 to 9.9"),
    )

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        super().__init__(settings, ups)
        self._plan = plan(settings)
        special = settings.text("cable").lower() == CABLE_WITH_RTS_OFF.lower()
        lines = (True, False) if special else (None, None)
        settings.text("ttymode")
        self._way = Serial(settings.text("port"), BAUD, dtr=lines[0], rts=lines[1])
        self._lock = RLock()
        self._line: SmartLine | None = None
        self._listener: Listener | None = None
        self._unit: Unit | None = None
        self._status = 0
        self._all_at = 0.0
        self._asked_for: tuple[str, str, float] | None = None

    # --- life

    def open(self) -> None:
        port = self.connect(self._way)
        self._line, self._unit, self._asked_for = SmartLine(port, self._alert), None, None
        self._listener = Listener(port, self._heard)

    def close(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()
        line, self._line = self._line, None
        if line is None:
            return
        try:
            line.sleep()
        except DeviceError:
            pass  # it is gone already
        line.port.close()

    def _known(self, line: SmartLine) -> Unit:
        """What it is; asked once after the line was opened."""
        if self._unit is None:
            self._unit = self._identify(line)
        return self._unit

    def _identify(self, line: SmartLine) -> Unit:
        if not line.wake(TRIES):
            raise DeviceError("no APC Smart protocol UPS answers on this port; check the cable and the port")
        unit = identify(line, self.ups.log)
        if not unit.variables:
            raise DeviceError("the UPS says nothing but that it is there")
        self.ups.set("ups.mfr", "APC")
        if unit.model:
            self.ups.set("ups.model", unit.model)
        for variable in unit.variables:
            self._show(unit, variable, unit.answers[variable.name])
        self.ups.add_command(*unit.commands)
        self._all_at = self.clock() + ALL_AGAIN
        return unit

    def _open_line(self) -> SmartLine:
        if self._line is None:
            raise DeviceError("the line is not open")
        return self._line

    # --- what it says

    def poll(self) -> None:
        with self._lock:
            line = self._open_line()
            unit = self._known(line)
            self._read_status(line)
            everything, now = self.clock() >= self._all_at, self.clock()
            if everything:
                self._all_at = now + ALL_AGAIN
            for variable in [one for one in unit.variables if everything or one.polled]:
                self._read(line, unit, variable)
            line.drain()

    def _read_status(self, line: SmartLine) -> None:
        answer = line.insist(STATUS)
        if answer and not _is_status(answer):  # some say nonsense while their panel is tested
            self.ups.log.debug(1, f"no status: {answer!r}")
            answer = line.insist(STATUS)
        if not _is_status(answer):
            raise DeviceError(f"the UPS says {answer!r} of its status" if answer else "the UPS does not answer")
        self._status = int(answer, 16)
        self._say_status()

    def _say_status(self) -> None:
        self.ups.status(*status_words(self._status))

    def _read(self, line: SmartLine, unit: Unit, variable: Variable) -> None:
        answer = line.insist(variable.code)
        if not answer:
            raise DeviceError(f"the UPS does not answer (asked for {variable.name})")
        if answer == NOT_AVAILABLE:
            self.ups.log.warning(f"the UPS no longer knows {variable.name}")
            unit.variables.remove(variable)
            self._hide(variable, 0)
        else:
            self._show(unit, variable, answer)

    def _show(self, unit: Unit, variable: Variable, answer: str) -> None:
        if variable.packed:
            values = answer.split(",")[:MOST_PACKED]
            for number, value in enumerate(values, 1):
                self.ups.set(packed_name(variable.name, number), shown(variable.form, value) if value else "N/A")
            self._hide(variable, len(values))
            return
        value = shown(variable.form, answer)
        if variable.text:
            self.ups.set(variable.name, value, writable=True, length=TEXT_LENGTH)
        elif choices := unit.choices.get(variable.code):
            self.ups.set(variable.name, value, writable=True, enum=[shown(variable.form, one) for one in choices])
        else:
            self.ups.set(variable.name, value)

    def _hide(self, variable: Variable, left: int) -> None:
        """Remove a variable, or those of several that have a higher number than is left."""
        if not variable.packed:
            self.ups.unset(variable.name)
        for number in range(left + 1, MOST_PACKED + 1) if variable.packed else ():
            self.ups.unset(packed_name(variable.name, number))

    # --- what it says unasked

    def _heard(self) -> bool:
        """Something waits on the line and nobody asked: take it in; False where the line is lost."""
        with self._lock:
            try:
                if self._line is not None:
                    self._line.drain()
            except DeviceError:
                self.ups.poll_in(0.0)  # to say so
                self.ups.commit()
                return False
        return True

    def _alert(self, char: str) -> None:
        if char == SETTING_CHANGED:
            self._all_at = self.clock()
            return
        on, off = ALERTS[char]
        self.ups.log.debug(1, f"alert {char}")
        self._status = self._status & ~off | on
        if self._unit is not None:
            self._say_status()
            self.ups.poll_in(0.0)
            self.ups.commit()

    # --- what it is told

    def command(self, name: str, value: str) -> Result:
        with self._lock:
            line = self._open_line()
            named = [one for one in COMMANDS if one.name == name.lower()]
            if not named:
                return Result.UNKNOWN
            unit = self._known(line)
            fitting = [one for one in named if one.fits(value) and one.code in unit.characters]
            if not fitting:
                return Result.INVALID
            command = fitting[0]
            if command.confirmed and not self._confirmed(command, value.lower()):
                return Result.FAILED
            done = self._carry_out(line, command, value)
            self.ups.poll_in(0.0)
        return Result.HANDLED if done else Result.FAILED

    def _confirmed(self, command: Command, value: str) -> bool:
        """Whether a command comes for the second time, neither too soon nor too late."""
        now, before = self.clock(), self._asked_for
        self._asked_for = (command.name, value, now)
        least, most = CONFIRM
        if before is not None and before[:2] == (command.name, value) and least <= now - before[2] <= most:
            self._asked_for = None
            return True
        self.ups.log.notice(f"{command.name} must be repeated after {least:g} to {most:g} seconds to be carried out")
        return False

    def _carry_out(self, line: SmartLine, command: Command, value: str) -> bool:
        if command.name == "shutdown.return":
            way = "CS" if value.lower() == "cs" else command.code
            delay = padded(value[3:]) if value.lower().startswith("at:") else self._plan.delay
            return switch_off(line, way, replace(self._plan, delay=delay), lambda: self._status)
        if command.code in (OFF, DELAYED_OFF):
            return switch_off(line, command.code, self._plan, lambda: self._status)
        if command.code == ON:
            return line.twice(ON)  # it has no answer
        if command.code == CALIBRATE:
            return self._calibrate(line, start=command.name == "calibrate.start")
        return line.ask(command.code) == OK

    def _calibrate(self, line: SmartLine, start: bool) -> bool:
        """Start or stop the runtime calibration: one character switches between the two."""
        self._read_status(line)
        if bool(self._status & Bit.CAL) == start:
            self.ups.log.notice(f"the runtime calibration is {'already' if start else 'not'} going on")
            return True
        return line.ask(CALIBRATE) not in ("", NOT_AVAILABLE, REFUSED)

    def set(self, name: str, value: str) -> Result:
        with self._lock:
            line = self._open_line()
            unit = self._known(line)
            variable = unit.variable(name)
            if variable is None:
                return Result.UNKNOWN
            if variable.text:
                if len(value) > TEXT_LENGTH or not (value.isascii() and value.isprintable()):
                    return Result.INVALID
                done = write_text(line, variable.code, value)
            elif choices := unit.choices.get(variable.code):
                form = variable.form
                if value not in [shown(form, one) for one in choices]:
                    return Result.INVALID
                done = rotate(line, variable.code, lambda answer: shown(form, answer) == value)
            else:
                return Result.UNKNOWN
            self._read(line, unit, variable)
        return Result.HANDLED if done else Result.FAILED

    def shutdown(self) -> None:
        with self._lock:
            line = self._open_line()
            if not line.wake(1):
                self.ups.log.warning("the UPS does not go into smart mode; switching off without it")
            answer = line.ask(STATUS, SHORT)
            if _is_status(answer):
                self._status = int(answer, 16)
            else:
                self.ups.log.warning("the UPS does not tell its status; taken for on battery and low")
                self._status = Bit.LB | Bit.OB
            for way in self._plan.ways(self._status):
                if switch_off(line, way, self._plan, lambda: self._status):
                    return
        raise DeviceError("the UPS does not agree to be switched off")
