"""What a command or a setting does to the load, in words, and what must be said before it is done."""

from __future__ import annotations

from dataclasses import dataclass

from wallnut.model import names
from wallnut.model.names import CUTS, DRIVER, NONE, RESTORES, TESTS, UNPROTECTS, Command
from wallnut.web import words
from wallnut.web.snapshot import Device

UNKNOWN = ""
"""The effect of a command that is not standard."""
HEADS = {
    NONE: ("Nothing happens to the load", "soft"),
    TESTS: ("Tests: the load may run on the battery meanwhile", "soft"),
    RESTORES: ("Switch power on", "soft"),
    DRIVER: ("About the driver, not the device", "soft"),
    UNPROTECTS: ("Take protection away", "amber"),
    UNKNOWN: ("Not standard: what they do is not known here", "soft"),
    CUTS: ("Cut power", "red bold"),
}
"""Effects in the order of the page: what cuts power stands apart, at the end."""
WARNINGS = {
    TESTS: "The load may run on the battery meanwhile.",
    RESTORES: "What is connected gets power.",
    DRIVER: "This acts on the driver: its data may be missing for a while.",
    UNPROTECTS: "The load stays powered, but less or not protected.",
    UNKNOWN: "This command is not standard: what it does to the load is not known here.",
}


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done. `what` says it as a verb, `effect` is one of names.EFFECTS, or UNKNOWN; `parts` is
    what of the device it is about ("" the whole)."""

    what: str
    effect: str
    value: str = ""
    part: str = ""

    @property
    def warning(self) -> str:
        """What it does to the load, where that is worth a question."""
        return WARNINGS.get(self.effect, "")


def command(device: Device, name: str) -> Act:
    """What a command does."""
    known = names.command(name) or Command(name, UNKNOWN, "", name)
    return Act(known.text, known.effect, known.value, _part(device, name))


def setting(device: Device, name: str, value: str) -> Act:
    """What a setting does: the switch of an outlet is more than a setting."""
    known = names.describe(name)
    if known is not None and known.name == "outlet.switch":
        effect = RESTORES if value.lower() in ("on", "1", "yes") else CUTS
        return Act(f"Set {name} to {value}", effect, "", _part(device, name))
    return Act(f"Set {name}", NONE)


def _part(device: Device, name: str) -> str:
    """The outlet that a name is about, with what it is called."""
    parts = name.lower().split(".")
    if parts[0] != "outlet" or len(parts) < 3:
        return ""
    if parts[1] == "group":
        return f"outlet group {parts[2]}"
    called = next((text for number, text, _ in words.outlets(device) if number == parts[1]), "")
    return f"outlet {parts[1]}" + (f" ({called})" if called and called != f"Outlet {parts[1]}" else "")


def cut(device: Device, act: Act, machines: list[str] | None) -> list[str]:
    """What to say before power is cut, a paragraph each."""
    behind = f"{act.part} of {device.id}" if act.part else device.id
    found = [f"This cuts the power of everything behind {behind}."]
    if machines is None:
        found.append("The server does not say which machines depend on it.")
    elif machines:
        count = "1 machine depends" if len(machines) == 1 else f"{len(machines)} machines depend"
        found.append(f"{count} on this device: {', '.join(machines)}.")
    else:
        found.append("No machine is logged in to this device.")
    return found
