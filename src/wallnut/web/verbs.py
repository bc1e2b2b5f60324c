"""Instant commands as people speak of them: verbs, what they do to the load, and in which order a page has them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from wallnut.model import names
from wallnut.web.i18n import N_, Language
from wallnut.web.words import about

VERBS = {
    "load.off": N_("Switch the load off"),
    "load.on": N_("Switch the load on"),
    "load.off.delay": N_("Switch the load off later"),
    "load.on.delay": N_("Switch the load on later"),
    "shutdown.default": N_("Shut down as the driver prefers"),
    "shutdown.return": N_("Shut down until mains return"),
    "shutdown.stayoff": N_("Shut down for good"),
    "shutdown.stop": N_("Cancel the shutdown"),
    "shutdown.reboot": N_("Restart the load"),
    "shutdown.reboot.graceful": N_("Restart the load later"),
    "test.panel.start": N_("Start panel test"),
    "test.panel.stop": N_("Stop panel test"),
    "test.failure.start": N_("Simulate a mains failure"),
    "test.failure.stop": N_("End the simulated failure"),
    "test.battery.start": N_("Start battery test"),
    "test.battery.start.quick": N_("Start quick test"),
    "test.battery.start.low": N_("Start test until the battery is low"),
    "test.battery.start.deep": N_("Start deep test"),
    "test.battery.stop": N_("Stop battery test"),
    "test.system.start": N_("Start system test"),
    "calibrate.start": N_("Start calibration"),
    "calibrate.stop": N_("Stop calibration"),
    "bypass.start": N_("Enter bypass"),
    "bypass.stop": N_("Leave bypass"),
    "reset.input.minmax": N_("Forget lowest and highest input"),
    "reset.watchdog": N_("Restart the watchdog"),
    "beeper.enable": N_("Enable the beeper"),
    "beeper.disable": N_("Disable the beeper"),
    "beeper.mute": N_("Mute the beeper"),
    "beeper.toggle": N_("Toggle the beeper"),
    "beeper.on": N_("Switch the beeper on"),
    "beeper.off": N_("Switch the beeper off"),
    "clear.fault.record": N_("Erase the fault memory"),
    "driver.killpower": N_("Let the driver cut the power"),
    "driver.reload": N_("Reload the driver's settings"),
    "driver.reload-or-error": N_("Reload the driver's settings, or say why not"),
    "driver.reload-or-exit": N_("Reload the driver's settings, or end it"),
    "driver.exit": N_("End the driver"),
    "experimental.ecomode.start": N_("Enter eco mode"),
    "experimental.ecomode.stop": N_("Leave eco mode"),
    "experimental.bypass.ecomode.start": N_("Enter bypass, then eco mode"),
    "experimental.bypass.ecomode.stop": N_("Leave eco mode of bypass"),
    "experimental.essmode.start": N_("Enter ESS mode"),
    "experimental.essmode.stop": N_("Leave ESS mode"),
    "experimental.test.beeper.start": N_("Start beeper test"),
    "experimental.test.beeper.stop": N_("Stop beeper test"),
    "x.force.primary": N_("Prefer this source"),
    "x.force.ignore": N_("Leave this source out"),
}
OUTLET_VERBS = {
    "load.off": N_("Switch outlet %(number)s off"),
    "load.on": N_("Switch outlet %(number)s on"),
    "load.cycle": N_("Restart outlet %(number)s"),
    "load.off.delay": N_("Switch outlet %(number)s off later"),
    "load.on.delay": N_("Switch outlet %(number)s on later"),
    "load.cycle.delay": N_("Restart outlet %(number)s later"),
    "shutdown.return": N_("Shut outlet %(number)s down until mains return"),
}
"""What comes after `outlet.N.`"""

NONE, TEST, UNPROTECTS, DRIVER, RESTORES, CUTS = "none", "test", "unprotects", "driver", "restores power", "cuts power"
OTHER = ""
"""A command that is in no catalogue."""
EFFECTS = {
    NONE: N_("Nothing happens to the load."),
    TEST: N_("The load runs on battery meanwhile. If the battery is weak, it loses power."),
    UNPROTECTS: N_("The load is fed past the UPS: the next outage reaches it at once."),
    DRIVER: N_("The driver ends or begins anew. Meanwhile nothing is known of the device."),
    RESTORES: N_("The load gets power, also what somebody has switched off on purpose."),
    OTHER: N_("Nobody here knows what this does to the load. Take it for one that cuts power."),
    CUTS: N_("The load loses power."),
}
"""What a command does to the load."""
GROUPS = {
    NONE: N_("Harmless"),
    TEST: N_("Tests of battery and device"),
    UNPROTECTS: N_("Protection"),
    DRIVER: N_("Driver"),
    RESTORES: N_("Restores power"),
    OTHER: N_("Of this maker alone"),
    CUTS: N_("Cuts power"),
}
"""Headings of a page, in its order."""
SPEAKING = {
    "seconds to wait": N_("seconds to wait"),
    "seconds the test lasts (some devices)": N_("seconds the test lasts (some devices)"),
    "seconds it lasts": N_("seconds it lasts"),
}
"""What values mean."""


@dataclass(frozen=True, slots=True)
class Deed:
    """A command as a page shows it: NUT's name, what to call it, its effect, what it does, what its value means (""
    for none), and the outlet that it is about ("": the whole load)."""

    name: str
    verb: str
    effect: str
    about: str
    value: str
    outlet: str = ""
    setting: str | None = None
    """Of a variable that switches power when it is set: what it is set to. None: it is a command."""

    @property
    def asks(self) -> bool:
        """Whether it is asked once more before it is done."""
        return self.effect != NONE

    @property
    def cuts(self) -> bool:
        """Whether power may be lost by it at once."""
        return self.effect in (CUTS, OTHER)

    @property
    def takes_seconds(self) -> bool:
        """Whether its value is a number of seconds."""
        return self.value.startswith("seconds")


def deed(name: str, language: Language) -> Deed:
    """What is known of a command."""
    known = names.command(name)
    parts = name.split(".")
    outlet = parts[1] if len(parts) > 3 and parts[0] == "outlet" and parts[1].isdigit() else ""
    if outlet and (found := OUTLET_VERBS.get(".".join(parts[2:]))):
        verb = language.text(found, number=outlet)
    else:
        verb = language.gettext(VERBS[name]) if name in VERBS else name
    if known is None:
        return Deed(name, verb, OTHER, "", "", outlet)
    return Deed(name, verb, known.effect, language.gettext(known.text), known.value, outlet)


SWITCHING = re.compile(r"(?:.*\.)?(?:outlet\.(?:(?:group\.)?\d+\.)?switch|timer\.(?:shutdown|reboot))", re.I)
"""Variables that switch power when they are set, as RFC 1628's timers do: they begin to run."""
ON, NEVER = ("on", "yes", "1", "enabled"), "-1"


def setting(name: str, value: str, language: Language) -> Deed | None:
    """What setting a variable does, where that switches power; None for all others."""
    if not SWITCHING.fullmatch(name) or value.strip() == NEVER:
        return None
    on, parts = name.lower().endswith("switch") and value.strip().lower() in ON, name.split(".")
    outlet = parts[1] if parts[0].lower() == "outlet" and parts[1].isdigit() else ""
    verb = language.text(N_("Set %(name)s to %(value)s"), name=name, value=value)
    return Deed(name, verb, RESTORES if on else CUTS, about(name, language), "", outlet, value)


@dataclass(frozen=True, slots=True)
class Group:
    """Commands with one effect: its heading, those of the whole device, and those of single outlets."""

    effect: str
    heading: str
    deeds: tuple[Deed, ...]
    outlets: tuple[Deed, ...]


def grouped(commands: Iterable[str], language: Language) -> list[Group]:
    """Commands by what they do to the load; those of outlets by their number."""
    found: dict[str, list[Deed]] = {effect: [] for effect in GROUPS}
    for name in commands:
        one = deed(name, language)
        found[one.effect if one.effect in found else OTHER].append(one)
    return [
        Group(
            effect,
            GROUPS[effect],
            tuple(one for one in deeds if not one.outlet),
            tuple(sorted((one for one in deeds if one.outlet), key=lambda one: int(one.outlet))),
        )
        for effect, deeds in found.items()
        if deeds
    ]
