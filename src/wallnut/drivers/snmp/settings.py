"""snmp-ups's keys in ups.conf, as the way to the agent that they describe. The names are C's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wallnut.drivers.base import Option
from wallnut.io.snmp import Snmp, address
from wallnut.model.errors import ConfigError
from wallnut.proto.usm import AUTH, PRIV, User

if TYPE_CHECKING:
    from wallnut.drivers.base import Settings

VERSIONS = ("v1", "v2c", "v3")
LEVELS = ("noAuthNoPriv", "authNoPriv", "authPriv")
SHORTEST = 8
"""Characters that a pass phrase of SNMPv3 has at the least (RFC 3414 section 11.2)."""

OPTIONS = (
    Option("mibs", "MIB of the device: auto, or a name that --list shows (default: auto)"),
    Option("community", "Community name (default: public)"),
    Option("snmp_version", "SNMP version: v1, v2c or v3 (default: v1)"),
    Option("snmp_timeout", "Seconds to wait for an answer (default: 1)"),
    Option("snmp_retries", "How often a request is repeated (default: 5)"),
    Option("pollfreq", "Seconds between two full readings (default: 30); status is read every pollinterval"),
    Option("semistaticfreq", "Full readings between two of what seldom changes (default: 10)"),
    Option("secLevel", "SNMPv3: noAuthNoPriv, authNoPriv or authPriv (default: noAuthNoPriv)"),
    Option("secName", "SNMPv3: name of the user"),
    Option("authPassword", "SNMPv3: pass phrase for authentication"),
    Option("privPassword", "SNMPv3: pass phrase for encryption"),
    Option("authProtocol", f"SNMPv3: {', '.join(AUTH)} (default: MD5)"),
    Option("privProtocol", f"SNMPv3: {', '.join(PRIV)} (default: DES)"),
    Option("notransferoids", "Leave out input.transfer.low and input.transfer.high", flag=True),
    Option("symmetrathreephase", "APC Symmetra with three phases: transfer voltages from line to neutral", flag=True),
    Option("ondelay", "Seconds before the load is switched on after a shutdown"),
    Option("offdelay", "Seconds before the load is switched off at a shutdown"),
)


def way(settings: Settings) -> Snmp:
    """Where the agent is and how it is asked. Raises ConfigError."""
    port = settings.text("port")
    host, number = ("", 0)
    if not port.startswith("replay:"):
        try:
            host, number = address(port)
        except ValueError as error:
            raise settings.error("port", str(error)) from None
    version = settings.choice("snmp_version", VERSIONS, "v1")
    return Snmp(
        host,
        number,
        version,
        settings.text("community", "public"),
        _user(settings) if version == "v3" else None,
        settings.number("snmp_timeout", 1.0, low=0.01),
        settings.integer("snmp_retries", 5, low=0),
    )


def _user(settings: Settings) -> User:
    level = settings.choice("secLevel", LEVELS, LEVELS[0])
    if not settings.text("secName"):
        raise settings.error("secName", "snmp_version = v3 needs it")
    user = User(settings.text("secName"))
    if level != "noAuthNoPriv":
        user = user._replace(
            auth=settings.choice("authProtocol", AUTH, "MD5"), auth_password=_phrase(settings, "authPassword", level)
        )
    if level == "authPriv":
        user = user._replace(
            priv=settings.choice("privProtocol", PRIV, "DES"), priv_password=_phrase(settings, "privPassword", level)
        )
    return user


def _phrase(settings: Settings, key: str, level: str) -> str:
    """A pass phrase; an error does not show it."""
    phrase = settings.text(key)
    if len(phrase) < SHORTEST:
        what = f"at least {SHORTEST} characters are needed" if phrase else f"secLevel = {level} needs it"
        raise ConfigError(f"[{settings.ups}] {key}: {what}")
    return phrase
