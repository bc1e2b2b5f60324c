"""battery.charge and battery.runtime where the UPS says neither: guessed from the voltage and, with `runtimecal`, from
load and time. nutdrv_qx(8), BATTERY CHARGE, has the formula and its weaknesses.

Numbers (sources: nutdrv_qx(8), the constants of NUT's nutdrv_qx): an empty battery has 104/120 of its nominal voltage,
a full one 130/120; with `runtimecal` and no voltages given, the nominal one and 1.15 of it. The number of packs is the
largest of PACKS that brings the voltage told to within 0.8 and 1.25 of the nominal one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings
    from wallnut.drivers.qx.unit import Unit

PACKS = (120, 100, 80, 60, 48, 36, 30, 24, 18, 12, 8, 6, 4, 3, 2, 1, 0.5)
PACK_COUNT = "packs"
"""Where the number of packs stands among a Unit's values."""
CHARGE, RUNTIME = "battery.charge", "battery.runtime"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the user knows of the battery: `runtime` in seconds at full load, and the exponent with which it grows
    where the load is less; seconds that charging takes; the least load that counts (0 to 1)."""

    runtime: float
    exponent: float
    chargetime: float
    idleload: float


def calibration(settings: Settings) -> Calibration | None:
    """The settings runtimecal, chargetime and idleload; None without the first. Raises ConfigError."""
    chargetime = settings.integer("chargetime", 43200, low=1)
    idleload = settings.number("idleload", 10.0, low=0.0, high=100.0) / 100
    if "runtimecal" not in settings.values:
        return None
    try:
        high, heavy, low, light = (float(part) for part in settings.text("runtimecal").split(","))
    except ValueError:
        raise settings.error("runtimecal", "four numbers are needed: seconds,load,seconds,load") from None
    if not 0 < high <= low:
        raise settings.error("runtimecal", "the first runtime has to be above 0, and the second not below it")
    if not 0 < light < heavy <= 100:
        raise settings.error(
            "runtimecal", "the loads have to be above 0, the second below the first, and that at most 100"
        )
    exponent = math.log(low / high) / math.log(heavy / light)
    return Calibration(high * (heavy / 100) ** exponent, exponent, chargetime, idleload)


class Guess:
    """The guesses of one battery. `unit` knows what the UPS says; both methods give what there is to publish.

    With `blazer` as the drivers of that name do it: battery.voltage is shown for all packs together; with `runtimecal`
    the voltage counts at the start alone, and between other bounds where the user gives none.
    """

    def __init__(
        self, unit: Unit, known: Calibration | None, clock: Callable[[], float], *, blazer: bool = False
    ) -> None:
        self._unit, self._known, self._clock, self._blazer = unit, known, clock, blazer
        self._packs = unit.amount("battery.packs")
        self._low = self._high = 0.0
        self._says_charge = self._says_runtime = False
        self._left = 0.0  # seconds at full load
        self._then = clock()

    def begin(self) -> Iterator[tuple[str, str]]:
        """After the first look at the UPS."""
        unit = self._unit
        self._says_charge, self._says_runtime = CHARGE in unit.values, RUNTIME in unit.values
        if self._says_charge and self._says_runtime:
            return
        nominal = unit.amount("battery.voltage.nominal")
        low, high = unit.amount("battery.voltage.low"), unit.amount("battery.voltage.high")
        given = low is not None and high is not None
        if nominal and not given:
            low, high = 104 * nominal / 120, 130 * nominal / 120
            unit.log.info(f"no battery.voltage.low and .high are known: guessing {low:.2f} and {high:.2f}")
            yield "battery.voltage.low", f"{low:.2f}"
            yield "battery.voltage.high", f"{high:.2f}"
        self._low, self._high = low or 0.0, high or 0.0
        if self._packs is None:
            self._packs = self._count_packs(nominal)
        volts = unit.amount("battery.voltage")
        if self._blazer and volts is not None:
            unit.values[PACK_COUNT] = str(self._packs)
            yield "battery.voltage", f"{volts * self._packs:.2f}"
        if self._known is not None and nominal and (not 0 < self._low < self._high or (self._blazer and not given)):
            self._low, self._high = nominal, 1.15 * nominal
        fraction = (unit.amount(CHARGE) or 0.0) / 100 if self._says_charge else self._by_voltage()
        if fraction is None and self._known is not None:
            unit.log.warning("runtimecal is of no use: the UPS tells neither charge nor voltage of its battery")
            self._known = None
        elif fraction is not None and self._known is not None:
            self._left = self._known.runtime * round(100 * fraction) / 100
        self._then = self._clock()
        yield from self.poll(online=True)

    def poll(self, online: bool) -> Iterator[tuple[str, str]]:
        """After a poll."""
        if self._says_charge and self._says_runtime:
            return
        fraction = self._by_voltage()
        if self._known is not None:
            fraction = self._by_load(self._known, fraction, online)
        if fraction is None:
            return
        if not self._says_charge:
            yield CHARGE, f"{100 * fraction:.0f}"
        if self._known is not None and not self._says_runtime and self._unit.amount("ups.load") is not None:
            yield RUNTIME, f"{self._left / self._load(self._known):.0f}"

    def _count_packs(self, nominal: float | None) -> float:
        """How many of what the voltage is told of make the battery."""
        volts = self._unit.amount("battery.voltage")
        if nominal and volts:
            for packs in PACKS:
                if packs * volts <= 1.25 * nominal:
                    if packs * volts >= 0.8 * nominal:
                        return packs
                    break
        self._unit.log.info(f"cannot tell the number of battery packs [{nominal or 0:g}/{volts or 0:g}]")
        return 1.0

    def _by_voltage(self) -> float | None:
        """The charge (0 to 1) that the voltage tells."""
        volts = self._unit.amount("battery.voltage")
        if volts is None or not 0 < self._low < self._high:
            return None
        if not self._blazer and not self._unit.flag("battery_voltage_reports_one_pack"):
            volts *= self._packs or 1.0
        return min(max((volts - self._low) / (self._high - self._low), 0.0), 1.0)

    def _by_load(self, known: Calibration, by_voltage: float | None, online: bool) -> float:
        """The charge that load and time leave. An old battery has less: never more than its voltage tells."""
        now = self._clock()
        passed, self._then = now - self._then, now
        if online:
            self._left = min(self._left + known.runtime * passed / known.chargetime, known.runtime)
        else:
            self._left = max(self._left - self._load(known) * passed, 0.0)
        if by_voltage is not None and not self._blazer:
            self._left = min(self._left, by_voltage * known.runtime)
        return self._left / known.runtime

    def _load(self, known: Calibration) -> float:
        """How much faster than at full load the battery empties."""
        load = (self._unit.amount("ups.load") or 0.0) / 100
        return max(load**known.exponent, known.idleload) or 1.0
