"""A device in words and figures, as pages show it: its state, how urgent that is, and the number that matters.

Colours, words and order of the states are settled here alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import partial

from wallnut.model import names
from wallnut.model.status import WORDS, Status
from wallnut.web.i18n import EN, N_, Language
from wallnut.web.snapshot import Device

THIN = "\N{NARROW NO-BREAK SPACE}"
"""Between a number and its unit."""
COMPOSED = N_("%(part)s: %(what)s")


class State(Enum):
    """What a device's tile says, most urgent first: (urgency, class of the style sheet, words)."""

    FORCED = (0, "red", N_("Forced shutdown"))
    LOW = (1, "red", N_("Battery low"))
    BATTERY = (2, "amber", N_("On battery"))
    OVERLOAD = (3, "red", N_("Overloaded"))
    LOST = (4, "lost", N_("Server gone"))
    NO_DRIVER = (5, "lost", N_("No driver"))
    OLD = (6, "lost", N_("Data is old"))
    ALARM = (7, "violet", N_("Alarm"))
    REPLACE = (8, "violet", N_("Replace the battery"))
    BYPASS = (9, "amber", N_("On bypass, not protected"))
    OFF = (10, "off", N_("Output is off"))
    WAITING = (11, "off", N_("Waiting for data"))
    CALIBRATING = (12, "mains", N_("Calibrating"))
    MAINS = (20, "mains", N_("On mains"))
    OTHER = (19, "off", N_("No state"))

    @property
    def urgency(self) -> int:
        """The smaller, the more urgent; from WELL on nothing is wrong."""
        return int(self.value[0])

    @property
    def style(self) -> str:
        """The class that colours it."""
        return str(self.value[1])

    @property
    def words(self) -> str:
        """What it is called: a text of gettext."""
        return str(self.value[2])


WELL = 12
"""The urgency from which on nobody need look."""
TROUBLES = {
    "UNREACHABLE": State.LOST,
    "UNKNOWN-UPS": State.NO_DRIVER,
    "DRIVER-NOT-CONNECTED": State.NO_DRIVER,
    "DATA-STALE": State.OLD,
    "WAITING": State.WAITING,
}


def state(device: Device) -> State:
    """The one state that matters most."""
    if device.code:
        return TROUBLES.get(device.code, State.OLD)
    status = device.status
    table = (
        (status.forced_shutdown, State.FORCED),
        (status.critical_words, State.LOW),
        (status.calibrating, State.CALIBRATING),
        (status.on_battery, State.BATTERY),
        (status.overload, State.OVERLOAD),
        (status.alarm, State.ALARM),
        (status.replace_battery, State.REPLACE),
        (status.low_battery, State.LOW),
        (status.bypass, State.BYPASS),
        (status.off, State.OFF),
        (status.waiting, State.WAITING),
        (status.online, State.MAINS),
    )
    return next((found for holds, found in table if holds), State.OTHER)


def urgency(device: Device) -> int:
    """The urgency of a device's state."""
    return state(device).urgency


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name and unit; `share` is what a bar shows of it, 0 to 100, or None."""

    label: str
    number: str
    unit: str
    share: int | None = None

    @property
    def text(self) -> str:
        """Number and unit."""
        return f"{self.number}{THIN}{self.unit}" if self.unit else self.number


def duration(seconds: float, language: Language = EN) -> str:
    """A time span in its two largest units: 45 s, 3 min 12 s, 2 h 5 min, 3 d 4 h."""
    left = max(int(seconds), 0)
    parts = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{THIN}{language.gettext(unit)}")
        elif parts:
            break
    return " ".join(parts[:2]) or f"0{THIN}{language.gettext('s')}"


def number(text: str) -> float | None:
    """A value's number; None if it is none."""
    try:
        found = float(text) if len(text) <= 32 and text.isascii() and "_" not in text else None
    except ValueError:
        return None
    return found if found is not None and abs(found) < 1e12 else None


def plain(value: float) -> str:
    """A number with as many digits as a glance needs."""
    return f"{value:.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}"


def reading(name: str, text: str, language: Language = EN) -> str:
    """A variable's value as people read it, with its unit."""
    unit = names.unit(name)
    if not unit or number(text) is None:
        return text
    if unit == "s" and (number(text) or 0) >= 60:
        return f"{language.number(text)}{THIN}s ({duration(float(text), language)})"
    return f"{language.number(text)}{THIN}{unit}"


def about(name: str, language: Language = EN) -> str:
    """What a variable is; "" for one that is not in the catalogue."""
    known = names.describe(name)
    if known is None:
        return ""
    found = language.gettext(known.text)
    if language is EN or found != known.text:
        return found
    for domain in sorted(names.DOMAINS.values(), key=len, reverse=True):  # a text that the catalogue composes
        part, what = known.text[: len(domain)], known.text[len(domain) + 1 :]
        if part == domain:
            context, _, rest = what.partition(" ")
            if context in names.CONTEXTS:
                return language.text(COMPOSED, part=f"{language.gettext(part)} {context}", what=language.gettext(rest))
            return language.text(COMPOSED, part=language.gettext(part), what=language.gettext(what))
    return found


def runtime(device: Device, language: Language = EN) -> Figure | None:
    """The time that the battery is said to last."""
    label = language.gettext(N_("Time left"))
    seconds = number(device.values.get("battery.runtime", ""))
    if seconds is None or seconds < 0:
        return None
    if seconds < 60:
        return Figure(label, f"{seconds:.0f}", language.gettext("s"))
    if seconds < 5400:
        return Figure(label, f"{seconds // 60:.0f}", language.gettext("min"))
    return Figure(label, duration(seconds // 60 * 60, language), "")


def _measured(device: Device, language: Language, label: str, unit: str, *candidates: str) -> Figure | None:
    for name in candidates:
        value = number(device.values.get(name, ""))
        if value is not None:
            share = min(max(round(value), 0), 100) if unit == "%" else None
            return Figure(language.gettext(label), language.number(plain(value)), unit, share)
    return None


def figures(device: Device, language: Language = EN) -> dict[str, Figure]:
    """The few things that matter, as far as the device tells them."""
    load = "ups.load", "output.load", "ups.L1.load"
    power = "ups.realpower", "output.realpower", "outlet.realpower"
    mains = "input.voltage", "input.L1-N.voltage", "input.L1.voltage"
    output = "output.voltage", "output.L1-N.voltage", "output.L1.voltage"
    measured = partial(_measured, device, language)
    found = {
        "load": measured(N_("Load"), "%", *load),
        "power": measured(N_("Power"), "W", *power),
        "charge": measured(N_("Charge"), "%", "battery.charge"),
        "runtime": runtime(device, language),
        "input": measured(N_("Input"), "V", *mains),
        "frequency": measured(N_("Frequency"), "Hz", "input.frequency"),
        "output": measured(N_("Output"), "V", *output),
        "temperature": measured(N_("Temperature"), "°C", "ups.temperature", "battery.temperature"),
    }
    return {key: figure for key, figure in found.items() if figure is not None}


def headline(device: Device, found: dict[str, Figure]) -> Figure | None:
    """The number that matters: on battery the time left, on mains the load."""
    order = ("runtime", "charge", "load") if device.status.on_battery else ("load", "power", "charge", "output")
    return next((found[key] for key in order if key in found), None)


def outlets(device: Device, language: Language = EN) -> list[tuple[str, str, str]]:
    """A PDU's outlets: number, name and `on`, `off` or ""."""
    numbers = {
        name.split(".")[1]
        for name in device.values
        if name.startswith("outlet.") and name.count(".") > 1 and name.split(".")[1].isdigit()
    }
    return [
        (
            each,
            device.values.get(f"outlet.{each}.name")
            or device.values.get(f"outlet.{each}.desc")
            or language.text(N_("Outlet %(number)s"), number=each),
            device.values.get(f"outlet.{each}.status", ""),
        )
        for each in sorted(numbers, key=int)
        if each != "0"
    ]


def outlet_states(device: Device, language: Language = EN) -> dict[str, str]:
    """What outlets are, for people: by `outlet.N.state`, a name that is none of NUT's."""
    said = {"on": N_("switched on"), "off": N_("switched off")}
    return {
        f"outlet.{number}.state": language.gettext(said.get(status, status or N_("not known")))
        for number, _, status in outlets(device)
    }


def status_text(status: Status, language: Language = EN) -> str:
    """All of a status for people: "On battery, battery low"; unknown words as they are."""
    found = ", ".join(language.gettext(WORDS[word].text) if word in WORDS else word for word in status.words)
    return found[:1].upper() + found[1:] if found else language.gettext(N_("No status"))
