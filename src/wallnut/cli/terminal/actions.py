"""What a command or a setting does to the load, in the console's words, and what must be said before it is done."""

from __future__ import annotations

from dataclasses import dataclass

from wallnut.model import names
from wallnut.web import verbs, words
from wallnut.web.i18n import EN
from wallnut.web.snapshot import Device

STYLES = {verbs.CUTS: "red bold", verbs.OTHER: "bold", verbs.UNPROTECTS: "amber"}
"""Of headings; the others' are soft."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that can be done: `verb` says it, `effect` is one of verbs.EFFECTS, `about` explains it, `value` is
    what its value means ("": it takes none), `part` the outlet it is about ("": the whole device)."""

    verb: str
    effect: str
    about: str = ""
    value: str = ""
    part: str = ""

    @property
    def asks(self) -> bool:
        """Whether it is asked once more before it is done."""
        return self.effect != verbs.NONE

    @property
    def cuts(self) -> bool:
        """Whether power may be lost by it."""
        return self.effect in (verbs.CUTS, verbs.OTHER)

    @property
    def does(self) -> str:
        """What it does to the load, and otherwise."""
        return " ".join(filter(None, (verbs.EFFECTS[self.effect], f"{self.about}." if self.about else "")))

    def judge(self, value: str) -> str:
        """What is wrong with a value for it; none is allowed."""
        wrong = self.value.startswith("seconds") and value and not (value.isascii() and value.isdigit())
        return "A number of seconds is wanted, or nothing" if wrong else ""


def command(device: Device, name: str) -> Act:
    """What a command does."""
    deed = verbs.deed(name, EN)
    return Act(deed.verb, deed.effect, deed.about, deed.value, _part(device, name))


def setting(device: Device, name: str, value: str) -> Act:
    """What a setting does: the switch of an outlet is more than a setting."""
    known = names.describe(name)
    if known is not None and known.name == "outlet.switch":
        effect = verbs.RESTORES if value.lower() in ("on", "1", "yes") else verbs.CUTS
        return Act(f"Set {name} to {value}", effect, "", "", _part(device, name))
    return Act(f"Set {name}", verbs.NONE)


def _part(device: Device, name: str) -> str:
    """The outlet that a name is about, with what it is called."""
    parts = name.lower().split(".")
    if parts[0] != "outlet" or len(parts) < 3:
        return ""
    if parts[1] == "group":
        return f"outlet group {parts[2]}"
    called = next((text for number, text, _ in words.outlets(device) if number == parts[1]), "")
    return f"outlet {parts[1]}" + (f" ({called})" if called and called != f"Outlet {parts[1]}" else "")


def machines_of(act: Act, machines: list[str] | None) -> str:
    """Who depends on what is cut, in words."""
    if machines is None:
        return "The server does not say which machines depend on it. Take it that all do."
    if not machines:
        return "No machine has logged in to it: whatever hangs on it goes down without a warning."
    listed = ", ".join(machines)
    if act.part:
        return f"These machines depend on the whole device; some of them may hang on this outlet: {listed}."
    if len(machines) == 1:
        return f"This machine goes down: {listed}."
    return f"These {len(machines)} machines go down: {listed}."
