"""The driver in docs/drivers.md works as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.hosts import Hosted, section
from wallnut.drivers import registry
from wallnut.model.errors import ConfigError

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture
def battery(tmp_path: Path) -> Path:
    """The driver's file; beside it the folder that it reads."""
    found = re.search(r"```python\n(.*?)```", (DOCS / "drivers.md").read_text(), re.S)
    assert found
    path = tmp_path / "battery.py"
    path.write_text(found[1])
    lines = [line for line in found[1].splitlines() if line.strip()]
    assert len(lines) <= 20
    for name, text in {
        "manufacturer": "SMP",
        "model_name": "DELL 12",
        "capacity": "57",
        "status": "Discharging",
    }.items():
        (tmp_path / name).write_text(f"{text}\n")
    return path


def test_in_the_host(battery: Path) -> None:
    with Hosted(registry.find(f"{battery}:Battery"), section(port=str(battery.parent))).start() as u:
        state = u.host.state
        assert u.verdict == ""
        assert state.value("device.model") == "DELL 12"
        assert state.value("ups.status") == "OB"
        (battery.parent / "capacity").write_text("19\n")
        u.pass_time(2)
        assert state.value("ups.status") == "OB LB DISCHRG"
        (battery.parent / "capacity").unlink()
        u.pass_time(2)
        assert state.stale
        (battery.parent / "capacity").write_text("20\n")
        u.pass_time(2)
        assert not state.stale


def test_as_the_page_says(battery: Path) -> None:
    argv = ["-s", "laptop", "-x", f"port={battery.parent}", "-d", "1", "-u", "root"]
    line = [sys.executable, "-m", "wallnut.cli.driver", f"{battery}:Battery", *argv]
    env = {"NUT_STATEPATH": str(battery.parent)}
    answer = subprocess.run(line, capture_output=True, text=True, timeout=20, check=False, env=env)
    assert answer.returncode == 0, answer.stderr
    assert "battery.charge: 57\n" in answer.stdout
    assert answer.stdout.startswith("Network UPS Tools 2.8.5 - Laptop battery driver 1.0")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dummy_ups", "there is no driver dummy_ups; did you mean dummy-ups?"),
        ("x", f"there is no driver x; there are {', '.join(registry.names())}"),
        ("none.py:Lamp", "Can't open none.py: No such file or directory"),
    ],
)
def test_unknown_drivers(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(text)):
        registry.find(name)


def test_a_file_without_the_class(battery: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used: KeyError: 'Lamp'"):
        registry.find(f"{battery}:Lamp")


def test_every_driver_is_there() -> None:
    for name in registry.names():
        assert registry.find(name).name == name
        assert registry.known(name)
    assert not registry.known("no-such-ups")
