"""Tests that wait for others' programs much and compute little, run side by side.

    at_once = AtOnce()

    @at_once
    def test_something(tmp_path: Path) -> None: ...

    @pytest.mark.parametrize("name", CASES)
    @at_once
    def test_something_else(name: str) -> None: ...

The first of them that pytest comes to runs all that were chosen, each in a thread; every test then fails or passes by
what came of itself. They take tmp_path and parameters, no other fixture, and share nothing.
"""

from __future__ import annotations

import inspect
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

Body = Callable[..., None]


class AtOnce:
    """The tests of a file that run side by side, at most `most` at a time."""

    def __init__(self, most: int = 12) -> None:
        self._most = most
        self._bodies: dict[Callable[..., None], Body] = {}
        self._ended: dict[str, Future[None]] = {}

    def __call__(self, body: Body) -> Callable[..., None]:
        """Decorate a test."""

        def test(request: pytest.FixtureRequest, **_: object) -> None:
            name = request.node.nodeid
            if name not in self._ended:
                self._run(request.session.items)
            self._ended.pop(name).result()

        signature = inspect.signature(body)
        fixture = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD)
        taken = [taken for taken in signature.parameters.values() if taken.name != "tmp_path"]
        test.__name__, test.__doc__, test.__module__ = body.__name__, body.__doc__, body.__module__
        test.__signature__ = signature.replace(parameters=[fixture, *taken])  # type: ignore[attr-defined]
        self._bodies[test] = body
        return test

    def _run(self, items: list[pytest.Item]) -> None:
        with ThreadPoolExecutor(self._most) as pool:
            for item in items:
                if isinstance(item, pytest.Function) and item.function in self._bodies:
                    given = item.callspec.params if hasattr(item, "callspec") else {}
                    self._ended[item.nodeid] = pool.submit(_call, self._bodies[item.function], given)


def _call(body: Body, given: dict[str, Any]) -> None:
    if "tmp_path" not in inspect.signature(body).parameters:
        body(**given)
        return
    with tempfile.TemporaryDirectory(prefix="at-once-") as folder:
        body(**given, tmp_path=Path(folder))
