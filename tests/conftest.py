"""For all tests: nothing of the developer's own NUT set-up, no time limits that depend on the machine's load, and
nothing that runs on after them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support import guard

for name in [name for name in os.environ if name.startswith("NUT_")]:
    del os.environ[name]
# Whoever starts the tests in the background of a shell has them ignore SIGINT, and every program they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("wallnut", deadline=None)
settings.load_profile("wallnut")


@pytest.fixture(scope="session", autouse=True)
def guarded() -> Iterator[None]:
    """Every program that a test starts is ended by it; if not, the last test of all says so."""
    with guard.standing_by():
        yield
