"""Contact-closure UPSes: which modem line says and does what, by NUT's type numbers.

Written as ups.conf does: `DTR+RTS` is both lines on, `-CTS` means that CTS off tells the thing, `none` is no line.
Source: what genericups 1.38 of NUT 2.8.0 does with each type and each state of the lines (its man page, genericups(8),
says otherwise of types 0 and 3). Proved beside it on lines that a preloaded library plays.
"""

from __future__ import annotations

from dataclasses import dataclass

LINE_OF = {"CTS": "CTS", "DCD": "CD", "RNG": "RI", "DSR": "DSR"}
"""The lines that a UPS can switch: NUT's names, and ours (io/serial.py)."""
OUTPUTS = ("DTR", "RTS", "ST")
"""What we can switch: two lines, and a BREAK on the third."""
NOTHING = ("NULL", "NONE")


@dataclass(frozen=True, slots=True)
class Cable:
    """A type of UPS with its cable. `power` are the lines that feed the cable, `off` what switches the load off (None:
    nobody knows); the others are what tells the state."""

    mfr: str
    model: str
    title: str
    power: str
    online: str
    low: str
    off: str | None
    replace: str = "none"
    bypass: str = "none"


CABLES = (
    Cable("UPSONIC", "LAN Saver 600", "UPSONIC LAN Saver 600", "DTR+RTS", "-CTS", "DCD", "RTS"),
    Cable("APC", "Back-UPS", "APC Back-UPS (940-0095A/C cable)", "DTR", "-RNG", "DCD", "RTS"),
    Cable("APC", "Back-UPS", "APC Back-UPS (940-0020B/C cable)", "RTS", "-CTS", "DCD", "DTR+RTS"),
    Cable("PowerTech", "Comp1000", "PowerTech Comp1000 with DTR as cable power", "DTR", "-CTS", "DCD", "DTR+RTS"),
    Cable("Generic", "Generic RUPS model", "Generic RUPS model", "RTS", "CTS", "-DCD", "none"),
    Cable(
        "TrippLite",
        "Internet Office Series",
        "Tripp Lite UPS with Lan2.2 interface (black 73-0844 cable)",
        "DTR",
        "CTS",
        "-DCD",
        "DTR+RTS",
    ),
    Cable("Best", "Patriot", "Best Patriot (INT51 cable)", "DTR", "CTS", "-DCD", "RTS"),
    Cable("CyberPower", "Power99", "CyberPower Power99", "RTS", "CTS", "-DCD", "DTR"),
    Cable("Nitram", "Elite UPS", "Nitram Elite 500", "DTR", "CTS", "-DCD", None),
    Cable("APC", "Back-UPS", "APC Back-UPS (940-0023A cable)", "none", "-DCD", "CTS", "RTS"),
    Cable("Victron", "Lite", "Victron Lite (crack cable)", "RTS", "CTS", "-DCD", "DTR"),
    Cable("Powerware", "3115", "Powerware 3115", "DTR", "-CTS", "-DCD", "ST"),
    Cable("APC", "Back-UPS Office", "APC Back-UPS Office (940-0119A cable)", "RTS", "-CTS", "DCD", "DTR"),
    Cable("RPT", "Repoteck", "Repoteck RPT-800A, RPT-162A", "DTR+RTS", "DCD", "-CTS", "ST"),
    Cable("Online", "P250, P500, P750, P1250", "Online P-series", "DTR", "DCD", "-CTS", "RTS"),
    Cable("Powerware", "5119", "Powerware 5119", "DTR", "CTS", "-DCD", "ST"),
    Cable("Nitram", "Elite UPS", "Nitram Elite 2002", "DTR+RTS", "CTS", "-DCD", None),
    Cable("PowerKinetics", "9001", "PowerKinetics 9001", "DTR", "CTS", "-DCD", None),
    Cable("TrippLite", "Omni 450LAN", "TrippLite UPS with Martin's cabling", "DTR", "CTS", "DCD", None),
    Cable("Fideltronik", "Ares Series", "Fideltronik Ares Series", "DTR", "CTS", "-DCD", "RTS"),
    Cable("Powerware", "5119 RM", "Powerware 5119 RM", "DTR", "-CTS", "DCD", "ST"),
    Cable("Generic", "Generic RUPS 2000", "Generic RUPS 2000 (Megatec M2501 cable)", "RTS", "CTS", "-DCD", "DTR+RTS"),
    Cable(
        "Gamatronic Electronic Industries",
        "Generic Alarm UPS",
        "Gamatronic UPSs with alarm interface",
        "RTS",
        "CTS",
        "-DCD",
        "DTR",
    ),
    Cable(
        "Generic",
        "Generic FTTx Battery Backup",
        "FTTx (Fiber to the x) battery backup with 4-wire telemetry interface",
        "RTS",
        "CTS",
        "-DCD",
        "none",
        replace="-RNG",
        bypass="-DSR",
    ),
)
"""By the number that `upstype` is."""


def _words(text: str) -> list[str]:
    words = text.upper().replace("+", " ").replace(",", " ").split()
    return [word for word in words if word not in NOTHING]


def switches(text: str) -> frozenset[str]:
    """Which of OUTPUTS a text switches on. Raises ValueError, which says what is wrong."""
    words = _words(text)
    for word in words:
        if word.removeprefix("-") not in OUTPUTS:
            raise ValueError(f"{word} is none of {', '.join(OUTPUTS)} or none")
    return frozenset(word for word in words if not word.startswith("-"))


def signal(text: str) -> dict[str, bool]:
    """The lines that tell something, and how each must be. Raises ValueError, which says what is wrong."""
    found: dict[str, bool] = {}
    for word in _words(text):
        line = LINE_OF.get(word.removeprefix("-"))
        if line is None:
            raise ValueError(f"{word} is none of {', '.join(LINE_OF)} or none")
        found[line] = not word.startswith("-")
    return found


def told(signal: dict[str, bool], on: frozenset[str], nothing: bool = False) -> bool:
    """Whether lines that are on tell a thing; `nothing` where no line does."""
    return all((line in on) == wanted for line, wanted in signal.items()) if signal else nothing
