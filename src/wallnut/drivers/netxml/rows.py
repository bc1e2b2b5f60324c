"""The types of a dialect's rows, and what objects that a card names make of them. Pure.

A card tells of objects, each with a name and a value: `UPS.PowerSummary.RemainingCapacity` is `100`. A row makes a
variable of one, a flag row a flag; flags make the words of ups.status and the alarms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum


class Flag(Enum):
    """What a card says of the device, yes or no."""

    ONLINE = "online"
    CHARGING = "charging"
    DISCHARGING = "discharging"
    LOW_BATTERY = "low battery"
    OVERLOAD = "overload"
    REPLACE_BATTERY = "replace battery"
    TRIM = "trim"
    BOOST = "boost"
    VOLTAGE_RANGE = "input voltage out of range"
    FREQUENCY_RANGE = "input frequency out of range"
    OFF = "off"
    BYPASS_AUTO = "automatic bypass"
    BYPASS_MANUAL = "manual bypass"
    SHUTDOWN_IMMINENT = "shutdown imminent"
    FAN = "fan failure"
    NO_BATTERY = "no battery"
    BATTERY_LOW_VOLTAGE = "battery voltage too low"
    BATTERY_HIGH_VOLTAGE = "battery voltage too high"
    CHARGER = "charger failure"
    OVERHEAT = "temperature too high"
    COMMUNICATION = "communication lost"
    INTERNAL = "internal failure"
    FUSE = "fuse fault"


Show = Callable[[str], "str | None"]
"""An object's value as a variable's; None where it says nothing."""


def as_is(text: str) -> str | None:
    """The value itself."""
    return text


@dataclass(frozen=True, slots=True)
class Row:
    """A variable. `once`: what was said first stays; `length`: it can be set to a text of so many characters, 0: it
    cannot be set; `tenths`: old cards send ten times as much; `only`: the kind of card that means it."""

    name: str
    path: str
    show: Show = as_is
    once: bool = False
    length: int = 0
    tenths: bool = False
    only: str = ""


@dataclass(frozen=True, slots=True)
class FlagRow:
    """A flag: set where the value `is_set`."""

    path: str
    flag: Flag
    is_set: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Dialect:
    """A family of cards. `products`: where the first page may be; `words` and `alarms`: what stands in ups.status and
    ups.alarm while a flag is set; `set_page`: where settings are sent; `last_setting`: the one that shuts down."""

    version: str
    products: tuple[str, ...]
    rows: tuple[Row, ...]
    flags: tuple[FlagRow, ...]
    words: tuple[tuple[Flag, str], ...]
    alarms: tuple[tuple[Flag, str], ...]
    set_page: str
    last_setting: tuple[str, str]
    delay_path: str = ""
    """The object that counts down to the output being cut, in seconds; -1 where it does not."""
    left_path: str = ""
    """The object that counts down to the shutdown of computers; 0 is now."""
    time_path: str = ""
    """The object that has date and time."""


def whole(text: str) -> int | None:
    """The whole number that a text begins with."""
    digits = text.strip()
    sign, digits = (-1, digits[1:]) if digits[:1] == "-" else (1, digits.removeprefix("+"))
    end = 0
    while end < len(digits) and digits[end] in "0123456789":
        end += 1
    return sign * int(digits[:end]) if 0 < end <= 18 else None


@dataclass(slots=True)
class Picture:
    """What is known of a device. `kind` is the card's; `duration` the seconds that computers need to shut down;
    `tenths` whether values that old cards send tenfold are to be divided."""

    dialect: Dialect
    duration: int = 120
    tenths: bool = False
    kind: str = ""
    values: dict[str, str] = field(default_factory=dict)
    flags: set[Flag] = field(default_factory=set)
    _rows: dict[str, list[Row]] = field(default_factory=dict)
    _flags: dict[str, FlagRow] = field(default_factory=dict)
    _delay: int = -1
    _left: str = ""

    def __post_init__(self) -> None:
        for flag_row in self.dialect.flags:
            self._flags[flag_row.path.lower()] = flag_row
        for row in self.dialect.rows:
            self._rows.setdefault(row.path.lower(), []).append(row)

    def take(self, path: str, text: str) -> None:
        """Note an object's value."""
        text = text.strip()
        if not text:
            return
        key = path.lower()
        if (flag_row := self._flags.get(key)) is not None:
            self._set(flag_row.flag, flag_row.is_set(text))
        if key == self.dialect.delay_path.lower():
            self._delay = -1 if (seconds := whole(text)) is None else seconds
        elif key == self.dialect.left_path.lower():
            self._left = text
        self._set(Flag.SHUTDOWN_IMMINENT, self._imminent())
        for row in self._rows.get(key, ()):
            self._show(row, text)

    def _imminent(self) -> bool:
        """Whether computers must shut down now: the output goes off before they could do so later."""
        return 0 <= self._delay <= self.duration or (self._left[:1] == "0" and whole(self._left) == 0)

    def _set(self, flag: Flag, on: bool) -> None:
        if on:
            self.flags.add(flag)
        else:
            self.flags.discard(flag)

    def _show(self, row: Row, text: str) -> None:
        if (row.once and row.name in self.values) or (row.only and row.only.lower() != self.kind.lower()):
            return
        shown = row.show(text)
        if shown is not None and row.tenths and self.tenths:
            shown = f"{(whole(shown) or 0) / 10:.1f}"
        if shown is not None:
            self.values[row.name] = shown

    def words(self) -> list[str]:
        """The words of ups.status."""
        flags = self.flags - {Flag.CHARGING} if Flag.DISCHARGING in self.flags else self.flags
        first = "OL" if Flag.ONLINE in flags else "OB"
        return [first, *dict.fromkeys(word for flag, word in self.dialect.words if flag in flags)]

    def alarms(self) -> list[str]:
        """The texts of ups.alarm."""
        return [text for flag, text in self.dialect.alarms if flag in self.flags]

    def row(self, name: str) -> Row | None:
        """The row that sets a variable, if one does."""
        found = (row for row in self.dialect.rows if row.name == name.lower())
        row = next(found, None)
        return row if row is not None and row.length else None


LINES = ("L1", "L2", "L3")


def phases(values: dict[str, str], prefix: str) -> int:
    """How many phases the values of `input.`, `output.` ... tell of; 0 where they do not. A 0 tells of none."""

    def there(*names: str) -> list[bool]:
        return [values.get(prefix + name, "0") not in ("", "0") for name in names]

    single = there("voltage", "current")
    sets = [there(*(line + end for line in LINES)) for end in (".voltage", "-N.voltage", ".current")]
    between = there("L1-L2.voltage", "L2-L3.voltage", "L3-L1.voltage")
    if any(one == [True, True, False] for one in sets) or between == [True, False, False]:
        return 2
    if any(all(one) for one in sets) or sum(sets[2]) > 1 or any(between):
        return 3
    return 1 if any(single) or any(sum(one) == 1 for one in sets) else 0
