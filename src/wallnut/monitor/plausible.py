"""Which readings of a battery cannot be. What cannot be decides nothing: the next plausible reading does.

The words of ups.status (LB, FSD ...) are never doubted here: they count whatever the readings are.
"""

from __future__ import annotations

from collections.abc import Mapping

from wallnut.monitor.values import Readings

HALF = 50.0
"""Charge in percent with which some runtime must be left."""
A_WHILE = 300.0
"""Runtime in seconds with which some charge must be left."""
CELL = 1.0
"""Volts. No battery has less while it carries a UPS: a cell of lead has about 2 V, and some UPSes tell that of one."""
MOST_TIMES = 5.0
"""How many times its nominal voltage a battery may show at most: there are UPSes that tell the nominal voltage of one
of four blocks, and charging takes a quarter more."""


def doubts(readings: Readings, low: bool) -> Mapping[str, str]:
    """The readings that cannot be, by field, each with why. `low`: the UPS itself says that its battery is low."""
    found: dict[str, str] = {}
    charge, runtime, voltage, nominal = readings.charge, readings.runtime, readings.voltage, readings.nominal
    if charge is not None and not 0 <= charge <= 100:
        found["charge"] = f"charge {charge:g} % is not within 0 and 100"
    if runtime is not None and runtime < 0:
        found["runtime"] = f"runtime {runtime:g} s is below 0"
    if not low and charge is not None and runtime is not None:
        if runtime == 0 and (charge >= HALF or "charge" in found):
            found["runtime"] = f"runtime 0 s does not go with charge {charge:g} %"
        elif charge == 0 and (runtime >= A_WHILE or "runtime" in found):
            found["charge"] = f"charge 0 % does not go with runtime {runtime:g} s"
    if voltage is not None and (reason := _odd(voltage, nominal)):
        # charge and runtime are reckoned from it
        found.update({field: reason for field in ("voltage", "charge", "runtime") if _given(readings, field)})
    return found


def _given(readings: Readings, field: str) -> bool:
    return getattr(readings, field) is not None


def _odd(voltage: float, nominal: float | None) -> str:
    if voltage < CELL:
        return f"battery voltage {voltage:g} V is that of none"
    if nominal is not None and nominal > 0 and voltage > MOST_TIMES * nominal:
        return f"battery voltage {voltage:g} V is not that of a battery of {nominal:g} V"
    return ""
