"""What a build of NUT's upsmon after 2.8.5 was seen to do (POLLFREQ 1, FINALDELAY 1, polling), row for row."""

from __future__ import annotations

import pytest

from tests.monitor.test_scenarios import shown
from wallnut.monitor.drill import World, parse
from wallnut.monitor.values import Notify

# A script is statuses, each for 3 seconds; `settings` and `kind` differ from row to row. Expected: [seconds] type ...
ROWS: list[tuple[str, str, str]] = [
    ("OL, OB DISCHRG, OL CHRG", "", "3 ONBATT, 6 ONLINE"),
    ("OL OFF, OL", "", "0 OFF, 3 NOTOFF"),
    ("OL BYPASS, OL", "", "0 BYPASS, 3 NOTBYPASS"),
    ("OL ALARM, OL", "", "0 ALARM [n/a], 3 NOTALARM"),
    ("OL OVER TRIM BOOST, OL", "", "0 OVER, 0 TRIM, 0 BOOST, 3 NOTOVER, 3 NOTTRIM, 3 NOTBOOST"),
    ("OL FOO BAR, OL FOO, OL", "", "0 OTHER [FOO BAR], 3 OTHER [FOO], 6 NOTOTHER"),  # C crashed at the end
    ("OL FOO, OL", "", "0 OTHER [FOO], 3 NOTOTHER"),
    ("OL CAL, OL RB", "", "0 CAL, 3 NOTCAL, 3 REPLBATT"),
    ("ol ob, ol ob", "", "0 ONBATT"),  # C tells ONLINE and ONBATT again and again; the last word counts
    (
        "OB LB CAL, OB LB",
        "",
        "0 ONBATT, 0 LOWBATT, 0 CAL, 3 NOTCAL, 3 FSD to ups, 3 FSD, 3 wall, 3 SHUTDOWN, 4 SHUTDOWNCMD, 4 exit 0",
    ),
    ("OL, lost", "", "3 COMMBAD"),
    (
        "OL BYPASS, lost",
        "",
        "0 BYPASS, 3 COMMBAD, 3 FSD to ups, 3 FSD, 3 wall, 3 SHUTDOWN, 4 SHUTDOWNCMD, 4 exit 0",
    ),
    ("OL ALARM, lost", "ALARMCRITICAL 0", "0 ALARM [n/a], 3 COMMBAD"),
    ("OL OVER, lost", "OVERDURATION -1", "0 OVER, 3 COMMBAD"),
    # C decides at the next whole second after "more than"
    (
        "OL OFF, OL OFF, OL OFF",
        "OFFDURATION 3",
        "0 OFF, 3 FSD to ups, 3 FSD, 3 wall, 3 SHUTDOWN, 4 SHUTDOWNCMD, 4 exit 0",
    ),
    ("OL OFF, lost, lost, lost", "OFFDURATION -1", "0 OFF, 3 COMMBAD"),
    (
        "OB, lost, lost, lost",
        "DEADTIME 4",
        "0 ONBATT, 3 COMMBAD, 6 FSD to ups, 6 FSD, 6 wall, 6 SHUTDOWN, 7 SHUTDOWNCMD, 7 exit 0",
    ),
    (
        "OB LB, OB LB, OB LB",
        "OBLBDURATION 4",
        "0 ONBATT, 0 LOWBATT, 4 FSD to ups, 4 FSD, 4 wall, 4 SHUTDOWN, 5 SHUTDOWNCMD, 5 exit 0",
    ),
    (
        "OB LB, OB LB, OB LB",
        "HOSTSYNC 4, secondary",
        "0 ONBATT, 0 LOWBATT, 4 wall, 4 SHUTDOWN, 5 SHUTDOWNCMD, 5 exit 0",
    ),
    # C polls every 5 seconds here until it has seen OL; we at POLLFREQ from the start
    ("lost, lost", "", "0 COMMBAD, 1 NOCOMM"),
]


def scenario(script: str, settings: str) -> str:
    """The text of a scenario for a row."""
    names = [name.strip() for name in settings.split(",") if name]
    kind = "secondary" if "secondary" in names else "primary"
    lines = [f"monitor ups 1 {kind}", "polled", "set POLLFREQ 1", "set POLLFREQALERT 1", "set FINALDELAY 1"]
    lines += [f"set {name}" for name in names if name != "secondary"]
    statuses = script.split(", ")
    lines += [f"at {3 * number} ups {status}" for number, status in enumerate(statuses)]
    return "\n".join([*lines, f"at {3 * len(statuses)} end"])


@pytest.mark.parametrize(("script", "settings", "expected"), ROWS)
def test_transcript(script: str, settings: str, expected: str) -> None:
    seen = []
    for entry in World(parse(scenario(script, settings))).play():
        text = shown(entry)
        if isinstance(entry.action, Notify):
            text = entry.action.kind
            if text in ("ALARM", "OTHER"):
                text += entry.action.text[entry.action.text.index(" [") :]
        if text:
            seen.append(f"{entry.at:.0f} {text}")
    assert ", ".join(seen) == expected
