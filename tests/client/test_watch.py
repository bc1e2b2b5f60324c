"""Iterating over changes, blocking and in asyncio."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select

import pytest

import wallnut
from tests.client.played import server
from tests.client.test_mirror import LISTED, PUSHING, SNAPSHOT
from tests.support.cnut import CNut
from wallnut.client.mirror import Change
from wallnut.client.watch import BOUND
from wallnut.model.errors import LinkError
from wallnut.model.state import SetInfo
from wallnut.proto.address import AddressError

MORE = b'NOTIFY u SETINFO ups.status "OB"\n'


def test_blocking() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with server(PUSHING) as played:
        changes = wallnut.watch(f"u@127.0.0.1:{played.port}", username="a", password="b")
        for change in changes:
            if change.ups == "u" and change.state.complete:
                break
        assert change.state.value("ups.status") == "OL"
        played.push(MORE)
        assert next(changes).messages == (SetInfo("ups.status", "OB"),)
        changes.close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_some_variables_alone() -> None:
    narrow = b'OK SUBSCRIBED u\nNOTIFY u SETINFO ups.status "OL"\nNOTIFY u DATAOK\nNOTIFY u DUMPDONE\n'
    with server({b"LIST UPS": LISTED, b"SUBSCRIBE u ups.status": narrow}) as played:

        async def first() -> Change:
            async with wallnut.aio.watch(f"u@127.0.0.1:{played.port}", variables=["ups.status"]) as changes:
                return await anext(one async for one in changes if one.state.complete)

        changes = wallnut.watch(f"u@127.0.0.1:{played.port}", variables=["ups.status"])
        for change in (next(one for one in changes if one.state.complete), asyncio.run(first())):
            assert list(change.state.variables) == ["ups.status"]
        changes.close()


def test_several_servers_and_all_upses(nut: CNut) -> None:
    with server(PUSHING) as played:
        seen = set()
        for change in wallnut.watch(f"u@127.0.0.1:{played.port}", f"dummy@127.0.0.1:{nut.port}", interval=0.1):
            if change.state.complete:
                seen.add((change.server, change.ups))
            if len(seen) == 2:
                break
        assert seen == {(f"127.0.0.1:{played.port}", "u"), (f"127.0.0.1:{nut.port}", "dummy")}
        found = set()
        for change in wallnut.watch(host="127.0.0.1", port=played.port):
            found.add(change.ups)
            if found == {"", "u", "v"}:
                break


def test_a_name_that_is_none() -> None:
    with pytest.raises(AddressError):
        wallnut.watch("@x")


def test_asyncio() -> None:
    async def main() -> None:
        with server(PUSHING) as played:
            async with wallnut.aio.watch(f"u@127.0.0.1:{played.port}") as changes, asyncio.timeout(20):
                async for change in changes:
                    if change.ups == "u" and change.state.complete:
                        break
                played.push(MORE)
                assert (await anext(changes)).messages == (SetInfo("ups.status", "OB"),)
                waiting = asyncio.create_task(anext(changes))
                await asyncio.sleep(0.01)
                waiting.cancel()
                played.cut_off()
                assert (await anext(changes)).trouble == "Server disconnected"
                async for change in changes:  # it comes back
                    if change.ups == "u" and not change.trouble:
                        break

    asyncio.run(main(), debug=True)


def test_asyncio_timers_run_though_nothing_arrives(nut: CNut) -> None:
    async def main() -> None:
        async with wallnut.aio.watch(f"dummy@127.0.0.1:{nut.port}", interval=0.05) as changes, asyncio.timeout(20):
            async for change in changes:
                if change.state.complete:
                    break
            nut.ask("USERNAME admin", "PASSWORD adm", 'SET VAR dummy ups.id "other"')
            async for change in changes:
                if change.state.value("ups.id") == "other":
                    break
        nut.ask("USERNAME admin", "PASSWORD adm", 'SET VAR dummy ups.id "rack 3"')
        nut.wait_for("dummy", "ups.id", "rack 3")

    asyncio.run(main(), debug=True)


def test_a_task_that_does_not_keep_up_is_not_buried() -> None:
    async def main() -> None:
        with server({b"LIST UPS": LISTED, b"SUBSCRIBE u": b"OK SUBSCRIBED u\n" + SNAPSHOT}) as played:
            async with wallnut.aio.watch(f"u@127.0.0.1:{played.port}") as changes, asyncio.timeout(30):
                await anext(changes)
                for turn in range(BOUND + 100):
                    played.push(b'NOTIFY u SETINFO ups.load "%d"\n' % turn)
                    await asyncio.sleep(0.0005)
                waiting = len(changes._source.changes)
                assert waiting <= BOUND
                async for change in changes:
                    if change.state.value("ups.load") == str(BOUND + 99):
                        break

    asyncio.run(main())


def test_where_there_is_no_epoll(nut: CNut, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS: poll serves, but not within asyncio."""
    monkeypatch.delattr(select, "epoll")
    with contextlib.closing(wallnut.watch(f"dummy@127.0.0.1:{nut.port}")) as changes:
        assert any(change.state.value("ups.status") for change in changes)

    async def main() -> None:
        with pytest.raises(LinkError, match="needs epoll"):
            async with wallnut.aio.watch(f"dummy@127.0.0.1:{nut.port}"):
                pass

    asyncio.run(main())


def test_where_there_is_no_poll_either(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.delattr(select, "epoll")
    monkeypatch.delattr(select, "poll")
    with pytest.raises(LinkError, match="needs epoll or poll"):
        wallnut.watch("dummy@localhost")
