"""The eight status bits that end the reply to Q1, QS and D, each as its row's converter.

Source: the Megatec protocol (networkupstools.org/ups-protocols/megatec.html), section status, b7 to b0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wallnut.drivers.qx.unit import Unit


def is_set(text: str) -> bool:
    """A bit. Raises ValueError where it is none."""
    if text not in ("0", "1"):
        raise ValueError(f"{text!r} is no bit")
    return text == "1"


def utility_fail(text: str, unit: Unit) -> str:
    """b7: the mains are gone."""
    return "!OL" if is_set(text) else "OL"


def battery_low(text: str, unit: Unit) -> str:
    """b6"""
    return "LB" if is_set(text) else "!LB"


def bypass_or_boost(text: str, unit: Unit) -> str:
    """b5: what comes out is not the inverter's alone; the voltages tell what it is. Nothing where they cannot be meant
    (no mains, no output), which is no reason to lose sight of the UPS."""
    given, made = unit.amount("input.voltage"), unit.amount("output.voltage")
    if not is_set(text) or not given or not made or not 0.5 * given <= made < 1.5 * given:
        return ""
    if made < 0.95 * given:
        return "TRIM"
    return "BYPASS" if made < 1.05 * given else "BOOST"


def failed(text: str, unit: Unit) -> str:
    """b4, an alarm"""
    return "UPS selftest failed!" if is_set(text) else ""


def kind(text: str, unit: Unit) -> str:
    """b3, ups.type"""
    return "offline / line interactive" if is_set(text) else "online"


def testing(text: str, unit: Unit) -> str:
    """b2"""
    return "CAL" if is_set(text) else "!CAL"


def shutdown_active(text: str, unit: Unit) -> str:
    """b1"""
    return "FSD" if is_set(text) else "!FSD"


def beeper(text: str, unit: Unit) -> str:
    """b0, ups.beeper.status"""
    return "enabled" if is_set(text) else "disabled"
