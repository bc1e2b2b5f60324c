"""Who hears of changes, and what a slow one costs."""

from __future__ import annotations

import asyncio

import pytest

from tests.web.devices import device
from wallnut.web.fleet import Fleet, TooMany


def test_a_slow_reader_has_each_device_once() -> None:
    async def play() -> None:
        fleet = Fleet()
        slow, one = fleet.listen(), fleet.listen("rack@localhost")
        for load in range(1000):
            fleet.update({"rack@localhost": device(ups__load=str(load)), "attic@localhost": device("attic")})
        assert await slow.wait(5) == ["rack@localhost", "attic@localhost"]
        assert await one.wait(5) == ["rack@localhost"]
        assert await one.wait(0.001) == []
        assert fleet.devices["rack@localhost"].values["ups.load"] == "999"

    asyncio.run(play())


def test_listeners_are_bounded_and_leave() -> None:
    async def play() -> None:
        fleet = Fleet(2)
        first, _ = fleet.listen(), fleet.listen()
        with pytest.raises(TooMany):
            fleet.listen()
        fleet.leave(first)
        assert fleet.listeners == 1
        last = fleet.listen()
        fleet.close()
        assert await last.wait(5) == []
        assert last.closed

    asyncio.run(play())


def test_finding_a_device() -> None:
    fleet = Fleet()
    fleet.update({one.id: one for one in (device(), device("Attic"), device(host="far"))})
    assert [one.id for one in fleet.find("rack@localhost")] == ["rack@localhost"]
    assert [one.id for one in fleet.find("attic")] == ["Attic@localhost"]
    assert len(fleet.find("rack")) == 2
    assert [one.id for one in fleet.find("rack", "far")] == ["rack@far"]
    assert fleet.find("cellar") == []
    fleet.update({"rack@far": None})
    assert len(fleet.find("rack")) == 1
