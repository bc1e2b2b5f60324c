"""The same tests for every database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import PostgresServer, postgres
from wallnut.history.store import History, open_history


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL server."""
    with postgres() as made:
        yield made


@pytest.fixture(scope="session")
def database(server: PostgresServer) -> str:
    """A database of it, for one test after the other: a new one for each would be 7 MB of files each time."""
    return server.database()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an empty history is."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path}/history.db"
        return
    made: str = request.getfixturevalue("database")
    yield made
    with psycopg.connect(made, autocommit=True, options="-c lock_timeout=20s") as db:
        db.execute("DROP SCHEMA IF EXISTS wallnut CASCADE")


@pytest.fixture
def history(url: str) -> Iterator[History]:
    """An empty history."""
    with open_history(url) as made:
        yield made
