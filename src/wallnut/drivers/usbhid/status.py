"""What a device says of itself -> ups.status, ups.alarm and input.transfer.reason.

Pure: signs and times in, words out. Source: NUT's usbhid-ups(8) (onlinedischarge_*, lbrb_log_delay_*) and, for the
words of the alarms, what C's driver publishes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from wallnut.drivers.usbhid.rows import Sign

_ALARMS = {
    Sign.REPLACE_BATTERY: "Replace battery!",
    Sign.SHUTDOWN_IMMINENT: "Shutdown imminent!",
    Sign.FAN_FAILED: "Fan failure!",
    Sign.NO_BATTERY: "No battery installed!",
    Sign.BATTERY_VOLTAGE_LOW: "Battery voltage too low!",
    Sign.BATTERY_VOLTAGE_HIGH: "Battery voltage too high!",
    Sign.CHARGER_FAILED: "Battery charger fail!",
    Sign.OVERHEAT: "Temperature too high!",
    Sign.FAULT: "Internal UPS fault!",
    Sign.AWAITING_POWER: "Awaiting power!",
    Sign.BYPASS_AUTO: "Automatic bypass mode!",
    Sign.BYPASS_MANUAL: "Manual bypass mode!",
}
_PLAIN = (
    (Sign.OVERLOAD, "OVER"),
    (Sign.TRIM, "TRIM"),
    (Sign.BOOST, "BOOST"),
    (Sign.BYPASS_AUTO, "BYPASS"),
    (Sign.BYPASS_MANUAL, "BYPASS"),
    (Sign.ECO, "ECO"),
    (Sign.ESS, "ESS"),
    (Sign.OFF, "OFF"),
)
_LOW = frozenset((Sign.LOW_BATTERY, Sign.TIME_LIMIT_EXPIRED, Sign.SHUTDOWN_IMMINENT))
_REPLACE = frozenset((Sign.REPLACE_BATTERY, Sign.NO_BATTERY))


def alarms(signs: Collection[Sign]) -> list[str]:
    """The texts of ups.alarm."""
    return [text for sign, text in _ALARMS.items() if sign in signs]


def transfer_reason(signs: Collection[Sign]) -> str:
    """input.transfer.reason, "" for none."""
    if Sign.VOLTAGE_RANGE in signs:
        return "input voltage out of range"
    return "input frequency out of range" if Sign.FREQUENCY_RANGE in signs else ""


@dataclass(frozen=True, slots=True)
class Habits:
    """What the user knows of the device: on line and discharging at once means on battery, or calibrating; LB and RB
    count only after `delay` seconds on line, while it calibrates or always. `throttle`: seconds between two remarks on
    the first of these (negative: one is enough; None: when the charge changed); `hover`: charge from which on there are
    none."""

    on_battery: bool = False
    calibrating: bool = False
    delay: float = 0.0
    always: bool = False
    throttle: float | None = None
    hover: int = 100


@dataclass(slots=True)
class Judge:
    """Makes words of signs. `knows_online`: the device has a flag for the mains; else it is on line unless it
    discharges."""

    habits: Habits = field(default_factory=Habits)
    knows_online: bool = True
    _low_since: float | None = None
    _replace_since: float | None = None
    _remarked: float | None = None
    _remarked_charge: int | None = None

    def words(self, signs: Collection[Sign], now: float) -> list[str]:
        """The words of ups.status."""
        habits = self.habits
        discharging = Sign.DISCHARGING in signs
        online = Sign.ONLINE in signs if self.knows_online else not discharging
        odd = online and discharging
        calibrating = Sign.CALIBRATING in signs or (odd and habits.calibrating)
        said = ["CAL"] * calibrating
        if not online or (odd and habits.on_battery):
            said.append("OB")
        elif not (odd and habits.calibrating):
            said.append("OL")
        if discharging and Sign.DEPLETED not in signs:
            said.append("DISCHRG")
        if Sign.CHARGING in signs and Sign.FULLY_CHARGED not in signs:
            said.append("CHRG")
        wait = habits.delay if online and (calibrating or habits.always) else 0.0
        low = not _LOW.isdisjoint(signs)
        replace = not _REPLACE.isdisjoint(signs)
        self._low_since = (now if self._low_since is None else self._low_since) if low else None
        self._replace_since = (now if self._replace_since is None else self._replace_since) if replace else None
        if self._low_since is not None and now - self._low_since >= wait:
            said.append("LB")
        if self._replace_since is not None and now - self._replace_since >= (wait if low else 0.0):
            said.append("RB")
        said += [word for sign, word in _PLAIN if sign in signs]
        return list(dict.fromkeys(said))

    def remark(self, signs: Collection[Sign], charge: int | None, now: float) -> str:
        """What to tell the user of a device that is on line and discharges, where the settings do not explain it."""
        habits = self.habits
        odd = self.knows_online and Sign.ONLINE in signs and Sign.DISCHARGING in signs
        if not odd or habits.on_battery or habits.calibrating or Sign.CALIBRATING in signs:
            self._remarked = self._remarked_charge = None
            return ""
        if charge is not None and charge >= habits.hover and self._remarked is None:
            return ""
        if self._remarked is not None and not self._worth_it(charge, now):
            return ""
        self._remarked, self._remarked_charge = now, charge
        return (
            "the UPS says that it is on line and discharges: if it calibrates then, set onlinedischarge_calibration; "
            "if it is on battery, set onlinedischarge_onbattery"
        )

    def _worth_it(self, charge: int | None, now: float) -> bool:
        assert self._remarked is not None
        throttle = self.habits.throttle
        if throttle is not None and throttle < 0:
            return False
        if charge is not None and charge < self.habits.hover and charge != self._remarked_charge:
            return True
        if throttle is None:
            return charge is None and now - self._remarked >= 30.0
        return now - self._remarked >= throttle
