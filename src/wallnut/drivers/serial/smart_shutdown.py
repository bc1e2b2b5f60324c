"""The ways to switch an APC UPS's load off, and in which order they are tried. Source: apcsmart(8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wallnut.drivers.serial.smart_line import SHORT
from wallnut.drivers.serial.smart_tables import (
    DELAYED_OFF,
    GO_SMART,
    HARD_HIBERNATE,
    OFF,
    SIMULATE_FAILURE,
    SOFT_HIBERNATE,
    Bit,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.drivers.base import Settings
    from wallnut.drivers.serial.smart_line import SmartLine

ADVORDER = ("S", "@", "K", "Z", "CS")
"""The ways by their digit in advorder: soft and hard hibernate, delayed and instant poweroff, and soft hibernate after
a simulated failure."""
SDTYPE = {2: "Z", 3: "K", 4: "CS", 5: "@"}
"""The ways by sdtype; 0 and 1 go by the state."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to switch off. `order`: ways one after another until one works, () for sdtype; `delay`: the argument of hard
    hibernate, as digits; `cshdelay`: seconds between the two halves of CS."""

    sdtype: int = 0
    order: tuple[str, ...] = ()
    delay: str = "000"
    cshdelay: float = 3.5

    def ways(self, status: int) -> tuple[str, ...]:
        """What to try, one after another."""
        if self.order:
            return self.order
        if self.sdtype in SDTYPE:
            return (SDTYPE[self.sdtype],)
        if self.sdtype == 1:
            return ("S", "@") if status & Bit.OB else ("@",)
        return ("@",) if status & Bit.OL else ("S",)


def plan(settings: Settings) -> Plan:
    """The plan of a section. Raises ConfigError."""

    def checked(key: str, pattern: str, default: str, what: str) -> str:
        value = settings.text(key, default)
        if not re.fullmatch(pattern, value):
            raise settings.error(key, what)
        return value

    advorder = checked("advorder", "[0-4]{1,5}|[Nn][Oo]", "no", "no or up to five of the digits 0 to 4 are needed")
    delay = checked("awd", "[0-9]{1,3}", "000", "one to three digits are needed")
    cshdelay = checked("cshdelay", r"[0-9]\.?|[0-9]?\.[0-9]", "3.5", "0 to 9.9 seconds are needed")
    order = () if advorder.lower() == "no" else tuple(ADVORDER[int(digit)] for digit in advorder)
    return Plan(settings.integer("sdtype", 0, 0, 5), order, padded(delay), float(cshdelay))


def padded(delay: str) -> str:
    """The argument of hard hibernate: three digits, or two where two are given."""
    return delay if len(delay) == 2 else delay.rjust(3, "0")


def switch_off(line: SmartLine, way: str, plan: Plan, status: Callable[[], int]) -> bool:
    """Try one way; whether the UPS agreed. `status()` is its status as last heard."""
    if way == "@":
        return _hibernate_hard(line, plan.delay)
    if way == "K":
        return line.twice(DELAYED_OFF) and line.agreed()
    if way == "Z":
        return line.twice(OFF) and line.agreed(silence=True)
    if way == "CS" and status() & Bit.OL:
        line.ask(SIMULATE_FAILURE, SHORT)
        line.pause(plan.cshdelay)
    line.send(SOFT_HIBERNATE)
    return line.agreed()


def _hibernate_hard(line: SmartLine, delay: str) -> bool:
    if not line.long(HARD_HIBERNATE, delay):
        return False
    agreed = line.agreed()
    if not agreed and len(delay) == 2:
        line.ask(GO_SMART, SHORT)  # it waits for a third digit: anything else ends that
    return agreed
