"""ups.status as the host composes it from a driver's words: the rules that hold for every driver.

Pure: words, values and times in, text out. See NUT's docs/new-drivers.txt ("Status data") and ups.conf(5), `ignorelb`.
"""

from __future__ import annotations

from wallnut.model.status import compose

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_SILENT = frozenset(("CHRG", "DISCHRG", "OFF"))
"""Words with which the charge's direction is not worth a word of its own."""
TREND_HOLDS = 600.0
"""Seconds for which a change of charge tells its direction; a charger near the end needs minutes for one per cent."""


def leading_number(text: str) -> int | None:
    """The whole number at the start of a value, None where there is none."""
    digits = text.strip()
    sign = digits[:1] if digits[:1] in ("-", "+") else ""
    end = len(sign)
    while end < len(digits) and "0" <= digits[end] <= "9":
        end += 1
    return int(digits[:end]) if end > len(sign) else None


def battery_low(value: Callable[[str], str]) -> bool:
    """Whether charge or runtime is below its threshold: what counts with `ignorelb`."""
    for name in ("battery.charge", "battery.runtime"):
        now, low = leading_number(value(name)), leading_number(value(f"{name}.low"))
        if now is not None and low is not None and now < low:
            return True
    return False


def can_judge_low(value: Callable[[str], str]) -> list[str]:
    """The variables by which `ignorelb` can judge."""
    return [name for name in ("battery.charge", "battery.runtime") if value(name) and value(f"{name}.low")]


class StatusRules:
    """Remembers what is needed to compose the next status: the charge and where it went."""

    def __init__(self, *, ignorelb: bool, composed: bool = False) -> None:
        """`composed`: the words come from a driver that tells the charge's direction already."""
        self.ignorelb, self._composed = ignorelb, composed
        self._charge: int | None = None
        self._supply: tuple[str, ...] = ()
        self._trend = ""
        self._until = 0.0

    def compose(self, words: tuple[str, ...], *, alarm: bool, value: Callable[[str], str], now: float) -> str:
        """ups.status for a driver's words; `value(name)` reads the variables as they are now ("" for none).

        ALARM stands first while there is an alarm text. With `ignorelb` the driver's own LB does not count.

        Where the driver says neither CHRG nor DISCHRG, a charge below 100 that changes adds one by its direction (NUT
        2.8.5). It stays some minutes or until OL or OB change, so as not to flicker between two steps of the charge.
        """
        said = list(words)
        if self.ignorelb:
            said = [word for word in said if word != "LB"]
            if battery_low(value):
                said.append("LB")
        if not self._composed and (trend := self._direction(leading_number(value("battery.charge")), words, now)):
            said.append(trend)
        if alarm:
            said.append("ALARM")
        return compose(said)

    def _direction(self, charge: int | None, words: tuple[str, ...], now: float) -> str:
        before, self._charge = self._charge, charge
        supply = tuple(word for word in words if word in ("OL", "OB"))
        same, self._supply = supply == self._supply, supply
        if charge is None or charge >= 100 or not same or not _SILENT.isdisjoint(words):
            self._trend = ""
        elif before is not None and charge != before:
            self._trend = "CHRG" if charge > before else "DISCHRG"
            self._until = now + TREND_HOLDS
        elif now >= self._until:
            self._trend = ""
        return self._trend
