"""Tables of words that MIBs of several vendors share. There is no MIB of this name.

Sources: those of the files that take them.
"""

from __future__ import annotations

YES_NO = {
    1: "yes",
    2: "no",
}
ALWAYS = {
    1: "yes",
    2: "yes",
}
"""Whatever an outlet's switch says: that it does makes the outlet switchable."""
ON_OFF = {
    1: "on",
    2: "off",
}
OFF_ON = {
    1: "off",
    2: "on",
}
CYCLING = {
    -1: "error",
    0: "off",
    1: "on",
    2: "cycling",
}
PENDING = {
    1: "off",
    2: "on",
    3: "pendingOff",
    4: "pendingOn",
}
PHASES = {
    1: "1",
    2: "2",
    3: "3",
    4: "3",
}
"""Of a PDU: single, two, three in delta, three in star."""
RANGE = {
    1: "good",
    2: "out-of-range",
}
LOW = {
    1: "LB",
    2: "",
}
SOCKETS = {
    1: "iecC13",
    2: "iecC19",
    10: "uk",
    11: "french",
    12: "schuko",
    20: "nema515",
    21: "nema51520",
    22: "nema520",
    23: "nemaL520",
    24: "nemaL530",
    25: "nema615",
    26: "nema620",
    27: "nemaL620",
    28: "nemaL630",
    29: "nemaL715",
    30: "rf203p277",
}
LEVELS = ("good", "warning-low", "critical-low", "warning-high", "critical-high")


def levels(first: int) -> dict[int, str]:
    """Where a value stands between its bounds, numbered from `first`."""
    return dict(enumerate(LEVELS, first))


def alarms(what: str, first: int) -> dict[int, str]:
    """The alarms to these."""
    texts = (f"{bound} {what} {weight}!" for bound in ("low", "high") for weight in ("warning", "critical"))
    return dict(enumerate(("", *texts), first))
