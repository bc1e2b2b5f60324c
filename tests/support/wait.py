"""Waiting for something to come true, always with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

INTERVAL = 0.01


def until(predicate: Callable[[], T], timeout: float, what: str) -> T:
    """Call `predicate` every 10 ms until it gives something true, and return that.

    After `timeout` seconds: AssertionError, naming `what` was waited for and the last answer.
    """
    deadline = time.monotonic() + timeout
    while not (answer := predicate()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"waited {timeout:g} s for {what}; last answer: {answer!r}")
        time.sleep(INTERVAL)
    return answer
