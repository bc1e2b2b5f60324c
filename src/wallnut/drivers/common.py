"""What every driver has, whatever its device: variables and commands. See ups.conf(5) and nutupsdrv(8)."""

from __future__ import annotations

from wallnut.config.directive import Table
from wallnut.config.types import UpsSection
from wallnut.model.state import AddCmd, Message, SetFlags, SetInfo
from wallnut.proto.words import printable
from wallnut.version import NUT_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallnut.drivers.base import Driver

DIRECTIVES = Table(UpsSection)
"""The directives that every driver knows."""

# What is not shown as driver.parameter.* or driver.flag.*: it concerns other programs, has a name of its own, or is
# secret.
_UNSHOWN = frozenset(
    (
        "LIBUSB_DEBUG",
        "allow_killpower",
        "authPassword",
        "community",
        "debug_min",
        "desc",
        "driver",
        "group",
        "maxretry",
        "maxstartdelay",
        "pollinterval",
        "privPassword",
        "retrydelay",
        "sdorder",
        "secName",
        "synchronous",
        "user",
    )
)

COMMANDS = (
    "driver.killpower",
    "driver.reload",
    "driver.reload-or-error",
    "driver.reload-or-exit",
    "shutdown.default",
)
"""Instant commands that every driver announces. driver.exit is understood, but not announced."""

ALLOW_KILLPOWER = "driver.flag.allow_killpower"


def for_everybody(key: str) -> bool:
    """Whether a key of a section means the same to every driver, if only that it is obsolete."""
    return key.startswith(("override.", "default.")) or key in UpsSection.obsolete or DIRECTIVES.find(key) is not None


def unknown_settings(driver: type[Driver], section: UpsSection) -> Iterator[tuple[str, bool]]:
    """The keys of a section that neither this driver nor every driver knows, and whether each stands as a flag."""
    for setting in section.settings:
        known = any(option.fits(setting.key) for option in driver.options)
        if not known and not for_everybody(setting.key):
            yield setting.key, setting.value is None


def variables(driver: type[Driver], section: UpsSection, debug: int) -> Iterator[Message]:
    """The driver.* variables at the start, and the commands."""
    yield SetInfo("device.type", "ups")
    yield SetInfo("driver.name", driver.name)
    yield SetInfo("driver.version", NUT_VERSION)
    yield SetInfo("driver.version.internal", driver.version)
    yield SetInfo("driver.debug", str(debug))
    yield SetFlags("driver.debug", ("RW", "NUMBER"))
    yield SetInfo(ALLOW_KILLPOWER, str(int(section.allow_killpower)))
    yield SetFlags(ALLOW_KILLPOWER, ("RW", "NUMBER"))
    yield from parameters(section)
    for command in COMMANDS:
        yield AddCmd(command)


def parameters(section: UpsSection) -> Iterator[SetInfo]:
    """driver.parameter.* and driver.flag.*: the settings as they count."""
    yield SetInfo("driver.parameter.pollinterval", str(section.pollinterval))
    yield SetInfo("driver.parameter.synchronous", section.synchronous)
    for setting in section.settings:
        key, value = setting.key, setting.value
        if key in ("ignorelb", "nolock"):
            if getattr(section, key):
                yield SetInfo(f"driver.flag.{key}", "enabled")
        elif key not in _UNSHOWN and key not in UpsSection.obsolete:
            yield (
                SetInfo(f"driver.flag.{key}", "enabled")
                if value is None
                else SetInfo(f"driver.parameter.{key}", printable(value))
            )


def killpower_allowed(text: str) -> bool:
    """What a SET of driver.flag.allow_killpower means: yes for a number above 0 and for NUT's words, else no."""
    if text.lstrip("-+").isdecimal():
        return int(text) > 0
    return text.startswith("enable") or text in ("true", "yes", "on")
