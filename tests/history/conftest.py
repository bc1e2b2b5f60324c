"""The same tests for every database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import PostgresServer, postgres
from wallnut.history.store import History, open_history


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server."""
    with postgres() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty history is."""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/history.db"
    made: PostgresServer = request.getfixturevalue("server")
    return made.database()


@pytest.fixture
def history(url: str) -> Iterator[History]:
    """An empty history."""
    with open_history(url) as made:
        yield made
