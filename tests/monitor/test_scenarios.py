"""Every scenario in scenarios/: what happens is exactly what the file expects, in order and at its time."""

from __future__ import annotations

from pathlib import Path

import pytest

from wallnut.monitor.drill import Happening, Scenario, World, parse
from wallnut.monitor.values import Exit, Explain, Notify, PowerDown, RunSteps, Say, SetFsd, Wall

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.txt"))


def shown(happening: Happening) -> str:
    """A happening as a scenario writes it; "" for what scenarios leave out."""
    match happening.action:
        case Notify(kind, ups):
            return f"{kind} {ups}".rstrip()
        case SetFsd(ups):
            return f"FSD to {ups}"
        case Wall():
            return "wall"
        case RunSteps():
            return "steps"
        case PowerDown():
            return "SHUTDOWNCMD"
        case Exit(status):
            return f"exit {status}"
    return ""


def check(scenario: Scenario) -> World:
    world = World(scenario)
    played = world.play()
    words = ("says ", "because ", "text ")
    events = [entry for entry in scenario.expected if not entry.text.startswith(words)]
    happened = [f"{entry.at:.1f} {shown(entry)}" for entry in played if shown(entry)]
    assert happened == [f"{entry.at:.1f} {entry.text}" for entry in events]
    for entry in scenario.expected:
        kind, _, text = entry.text.partition(" ")
        kinds = {"says": Say, "because": Explain, "text": Notify}.get(kind)
        if kinds:
            said = [
                str(getattr(happening.action, "text", ""))
                for happening in played
                if isinstance(happening.action, kinds)
            ]
            assert any(text in line for line in said), (text, said)
    return world


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_scenario(file: Path) -> None:
    check(parse(file.read_text()))
