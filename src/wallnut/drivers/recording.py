"""Run a driver for some polls and keep what came out: how a recording is made, and how one is proved.

What could tell whose device it was (serial numbers, addresses, places, passwords) is made unreadable, at the same
length, in the exchange too.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from wallnut.config.files import ups_section
from wallnut.drivers import registry
from wallnut.drivers.base import REPLAY, Result
from wallnut.drivers.common import COMMANDS, for_everybody
from wallnut.drivers.host import DriverHost
from wallnut.io import record
from wallnut.io.loop import Loop
from wallnut.io.record import Recording, Tape
from wallnut.model.errors import ConfigError, DeviceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallnut.config.types import UpsSection
    from wallnut.drivers.base import Driver
    from wallnut.io.log import Logger
    from wallnut.model.errors import NutError

PRIVATE = (".serial", ".macaddr", ".contact", ".location", ".asset", ".ipaddress")
"""Ends of the names of variables that tell whose device it is."""
SECRETS = ("pass", "community", "secname", "login")
"""Words in the names of settings whose values are nobody else's business."""
NOT_KEPT = ("port", "serial")
"""Settings that say where the device is, or which of several."""
SHORTEST = 4
"""Characters that a private value must have to be looked for in the exchange: a shorter one is everywhere."""


class Act(NamedTuple):
    """Something to do after the polls: a command (`name`, `value`) or, with `setting`, a variable to set."""

    name: str
    value: str = ""
    setting: bool = False


class Outcome(NamedTuple):
    """What a driver said after some polls, and what became of each act (a Result, or the error's text)."""

    variables: dict[str, str]
    commands: list[str]
    acts: list[str]


class _Run:
    """One run of a driver, until the polls are over and the acts done, or something fails."""

    def __init__(self, loop: Loop, host: DriverHost, polls: int, acts: Sequence[Act]) -> None:
        self.loop, self.host = loop, host
        self.left, self.acts = polls, list(acts)
        self.problem = ""
        self.variables: dict[str, str] = {}
        self.commands: list[str] = []
        self.results: list[str] = []
        host.on_poll = self._polled

    def started(self, problem: str) -> None:
        """The device was opened and polled once; or not."""
        if problem:
            self.problem = problem
            self.loop.stop()

    def _polled(self) -> None:
        self.left -= 1
        if self.left == 0:
            state = self.host.state
            known = [one for one in state.in_order() if not one.name.startswith("driver.")]
            self.variables = {one.name: one.value for one in known}
            self.commands = sorted(name for name in state.commands.values() if name not in COMMANDS)
            self._next()

    def _next(self) -> None:
        driver = self.host.driver
        if not self.acts or driver is None:
            self.host.stop(self.loop.stop)
            return
        act = self.acts.pop(0)
        method = driver.set if act.setting else driver.command
        self.host.worker.submit(partial(self.host.call, partial(method, act.name, act.value)), self._acted)

    def _acted(self, result: Result | None, error: NutError | None) -> None:
        self.results.append(str(error) if error or result is None else result.name)
        self._next()


def run(driver: type[Driver], section: UpsSection, polls: int, log: Logger, acts: Sequence[Act] = ()) -> Outcome:
    """Run a driver until it polled so many times and did the acts. Raises DeviceError where the device is not there,
    ConfigError where the settings cannot be used."""
    loop = Loop()
    try:
        host = DriverHost(loop, driver, section, log)
        one = _Run(loop, host, polls, acts)
        host.start(one.started)
        loop.run()
    finally:
        loop.close()
    if one.problem:
        raise DeviceError(one.problem)
    return Outcome(one.variables, one.commands, one.results)


def make(
    driver: type[Driver], section: UpsSection, polls: int, log: Logger, acts: Sequence[Act] = (), **about: str
) -> tuple[Recording, list[str]]:
    """Record a device; the recording and what became of each act. Raises as `run` does."""
    tape = driver.tape = Tape()
    try:
        outcome = run(driver, section, polls, log, acts)
    finally:
        driver.tape = None
    kept = [one for one in section.settings if one.key not in NOT_KEPT and not for_everybody(one.key)]
    whole = Recording(
        driver.name,
        {one.key: "redacted" if one.value and _secret(one.key) else one.value for one in kept},
        about,
        polls,
        tape.lines,
        outcome.variables,
        outcome.commands,
    )
    return redacted(whole), outcome.acts


def play(path: str, log: Logger) -> tuple[Recording, Outcome]:
    """Run the driver that a recording names on the recording; what it was when it was made, and what came out now.
    Raises ConfigError and DeviceError."""
    whole = record.read(path)
    given = {**whole.settings, "driver": whole.driver, "port": f"{REPLAY}{path}", "pollinterval": "1"}
    section, problems = ups_section("replay", given)
    if problems:
        raise ConfigError(f"{path}: {problems[0].text}")
    return whole, run(_hurried(registry.find(whole.driver)), section, whole.polls, log)


def _hurried(driver: type[Driver]) -> type[Driver]:
    """The same driver, which is polled again at once."""

    def poll(self: Driver) -> None:
        driver.poll(self)
        self.ups.poll_in(0)

    return type(driver.__name__, (driver,), {"poll": poll})


def _secret(key: str) -> bool:
    return any(word in key.lower() for word in SECRETS)


def redacted(whole: Recording) -> Recording:
    """A recording in which private values are unreadable."""
    private = [v for name, v in whole.variables.items() if name.endswith(PRIVATE) and len(v.strip()) >= SHORTEST]
    swaps: dict[str, str] = {}
    for value in sorted(private, key=len, reverse=True):
        for old, new in _forms(value.strip()):
            swaps.setdefault(old, new)
    return whole._replace(
        lines=[line._replace(text=_swapped(line.text, swaps)) for line in whole.lines],
        variables={name: _swapped(value, swaps) for name, value in whole.variables.items()},
    )


def _swapped(text: str, swaps: dict[str, str]) -> str:
    for old, new in swaps.items():
        text = text.replace(old, new)
    return text


def _blank(text: str) -> str:
    """A text of the same form: digits are 0, letters X."""
    return "".join("0" if char.isdigit() else "X" if char.isalpha() else char for char in text)


def _forms(value: str) -> list[tuple[str, str]]:
    """How a value may stand in an exchange, and what to put there: as text, and in hexadecimal."""
    blank = _blank(value)
    old, new = value.encode(), blank.encode()
    if len(old) != len(new):  # a letter that takes several bytes became one: as text only
        return [(value, blank)]
    forms = [(value, blank), (old.hex(), new.hex()), (old.hex().upper(), new.hex().upper())]
    return [*forms, (old.hex(" "), new.hex(" ")), (old.hex(" ").upper(), new.hex(" ").upper())]
