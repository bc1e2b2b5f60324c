"""Our programs, as they are installed beside the Python that runs the tests."""

from __future__ import annotations

import sys
from pathlib import Path


def program(name: str) -> str:
    """The path of one of our programs."""
    path = Path(sys.executable).with_name(name)
    assert path.exists(), f"{path} is missing: ./dev setup"
    return str(path)
