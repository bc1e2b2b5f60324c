"""Names of Eaton's and MGE's models, and the families that behave alike.

Source: NUT's drivers/mge-hid.c.
"""

from __future__ import annotations

from enum import IntEnum


class Family(IntEnum):
    """What a converter needs to know of a model. The first three are offline UPSes."""

    OFFLINE = 1
    PEGASUS = 2
    THREE_S = 3
    OTHER = 4
    """Line-interactive or online: also what is not in the table."""
    EVOLUTION = 5
    EVOLUTION_650 = 6
    PULSAR_M = 7
    FIVE_P = 8
    NINE_E = 9


def _same(product: str, family: Family, *models: str) -> dict[tuple[str, str], tuple[Family, str]]:
    """Models whose name is product and model."""
    return {(product, model): (family, f"{product} {model}") for model in models}


def _named(product: str, family: Family, pattern: str, *models: str) -> dict[tuple[str, str], tuple[Family, str]]:
    """Models whose name is a pattern with the model in it."""
    return {(product, model): (family, pattern.format(model)) for model in models}


def _each(product: str, names: dict[str, str]) -> dict[tuple[str, str], tuple[Family, str]]:
    """Models with names of their own."""
    return {(product, model): (Family.OTHER, name) for model, name in names.items()}


_F = Family
MODELS: dict[tuple[str, str], tuple[Family, str]] = {
    **_named("ELLIPSE", _F.OFFLINE, "ellipse {}", "300", "500", "650", "800", "1200"),
    **_named("ELLIPSE", _F.OFFLINE, "Ellipse {}", "600", "750", "1000", "1500"),
    **{("ellipse", f"PR{va}"): (_F.OFFLINE, f"ellipse premium {va}") for va in ("500", "650", "800", "1200")},
    **_same("Ellipse MAX", _F.OFFLINE, "600", "850", "1100", "1500"),
    **_named("PROTECTIONCENTER", _F.OFFLINE, "Protection Center {}", "420", "500", "675"),
    **_same("Protection Station", _F.PEGASUS, "500", "650", "800"),
    **_same("Ellipse ECO", _F.PEGASUS, "650", "800", "1200", "1600"),
    **_same("3S", _F.OFFLINE, "450", "550"),
    **_same("3S", _F.THREE_S, "700", "750"),
    **_named("Evolution", _F.OTHER, "Pulsar Evolution {}", "500", "800", "1100", "1500", "2200", "3000"),
    ("Evolution", "3000XL"): (_F.OTHER, "Pulsar Evolution 3000 XL"),
    **_same("Evolution", _F.EVOLUTION_650, "650"),
    **_same("Evolution", _F.EVOLUTION, "850", "1150", "S 1250", "1550", "S 1750", "2000", "S 2500", "S 3000"),
    **_named("Eaton 5P", _F.FIVE_P, "5P {}", "650", "850", "1150", "1550"),
    **_same("Eaton 5PX", _F.FIVE_P, "1500", "2200", "3000"),
    **_same("Eaton 5SC", _F.FIVE_P, "500", "750", "1000", "1500", "2200", "3000"),
    **_same("Ellipse PRO", _F.FIVE_P, "1200"),
    **_named(
        "Eaton 9E",
        _F.NINE_E,
        "9E{}",
        *(f"{va}{kind}" for va in ("1000", "2000", "3000") for kind in ("", "i", "iau", "ir")),
        "3000ixl",
        "3000ixlau",
    ),
    **_named("unknown", _F.NINE_E, "9E{}i (presumed)", "1000", "2000", "3000"),
    **_named("Eaton 9SX", _F.NINE_E, "9SX{}", "700i", "1000i", "1000im", "1500i", "2000i", "3000i", "3000im"),
    **_named("Eaton 9SX", _F.NINE_E, "9SX{}", "1000ir", "1500ir", "2000ir", "3000ir"),
    **_named("Eaton 9PX", _F.NINE_E, "9px{}", "1000irt2u", "1500irt2u", "1500irtm", "2200irt2u", "2200irt3u"),
    **_named("Eaton 9PX", _F.NINE_E, "9px{}", "3000irt2u", "3000irt3u", "3000irtm"),
    **_same("PULSAR M", _F.PULSAR_M, "2200", "3000", "3000 XL"),
    **_same("EX", _F.PULSAR_M, "2200", "3000", "3000 XL"),
    **_each("PULSAR", {"MX4000": "Pulsar MX 4000 RT", "MX5000": "Pulsar MX 5000 RT"}),
    **_named("NOVA AVR", _F.OTHER, "Nova {} AVR", "500", "600", "625", "1100", "1250"),
    **_named("EXtreme", _F.OTHER, "Pulsar EXtreme {}", "700C", "1000C", "1500C", "2200C", "3200C"),
    ("EXtreme", "1500CCLA"): (_F.OTHER, "Pulsar EXtreme 1500C CLA"),
    **{("EX", f"{va}RT"): (_F.OTHER, f"Pulsar EX {va} RT") for va in ("700", "1000", "1500", "2200", "3200")},
    **_each("EX", {"5RT31": "EX 5 RT 3:1", "7RT31": "EX 7 RT 3:1", "11RT31": "EX 11 RT 3:1"}),
    **_each("EX", {"5RT": "EX 5 RT", "7RT": "EX 7 RT", "11RT": "EX 11 RT"}),
    **_each("GALAXY", {f"3000_{kva}": f"Galaxy 3000 {kva} kVA" for kva in ("10", "15", "20", "30")}),
}


def model(product: str, kind: str) -> tuple[Family, str]:
    """Family and name of a model by the device's two strings."""
    return MODELS.get((product, kind), (Family.OTHER, f"{product} {kind}"))
