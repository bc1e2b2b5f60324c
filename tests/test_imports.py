"""Imports are a budget: what a one-shot tool or the library loads, and above all what it does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parent.parent / "src"

# Each costs a noticeable part of the time in which Python starts.
COSTLY = ("argparse", "asyncio", "dataclasses", "enum", "logging", "re", "ssl", "typing")
# upsc has 3 ms for everything.
ONE_SHOT = (
    *COSTLY,
    "collections",
    "functools",
    "json",
    "select",
    "signal",
    "wallnut.client.plans",
    "wallnut.client.tls",
    "wallnut.config",
    "wallnut.io.loop",
    "wallnut.io.service",
    "wallnut.model.names",
    "wallnut.model.state",
    "wallnut.proto.driver",
)

# What is run, and which modules must not be loaded after it.
BUDGET = [
    ("import wallnut", COSTLY),
    ("import wallnut.cli", COSTLY),
    ("import wallnut.model.names, wallnut.model.status", COSTLY),
    ("import wallnut.cli.upsc, wallnut.client.sync", ONE_SHOT),
    ("import wallnut.cli.upscmd, wallnut.cli.upsrw, wallnut.client.sync", ONE_SHOT),
    # the privileged parent is what is left of upsmon after this
    ("import wallnut.cli.upsmon", (*COSTLY, "json", "wallnut.client", "wallnut.io.loop", "wallnut.monitor.rules")),
    ("import wallnut.config.files, wallnut.config.passwords", (*COSTLY, "hashlib", "ipaddress")),
]


def loaded_by(statement: str) -> set[str]:
    """The modules in memory after a statement, in a Python without site packages (their .pth files import things)."""
    code = f"import sys; sys.path.insert(0, {str(SRC)!r}); {statement}; print(*sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-S", "-E", "-c", code], check=True, capture_output=True, text=True, timeout=30
    )
    return set(answer.stdout.split())


@pytest.mark.parametrize(("statement", "forbidden"), BUDGET)
def test_budget(statement: str, forbidden: tuple[str, ...]) -> None:
    assert loaded_by(statement).isdisjoint(forbidden), f"`{statement}` loads what it must not"


def test_the_budget_notices() -> None:
    assert {"re", "enum"} <= loaded_by("import re")
