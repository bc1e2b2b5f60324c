"""The asyncio client: beside C upsd, and against servers that answer as they like."""

from __future__ import annotations

import asyncio
import gc
import operator
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import trustme

import wallnut
from tests.client.conftest import VARIABLES
from tests.client.played import server, var_list
from tests.client.test_sync import ranged
from tests.support.cnut import CNut
from tests.support.ports import free_port
from wallnut.client.aio import Client, Link, connect
from wallnut.client.tls import Tls
from wallnut.model.errors import (
    AccessDenied,
    ConnectError,
    InvalidValue,
    LinkError,
    LinkLost,
    LinkTimeout,
    ProtocolError,
    Readonly,
    TlsError,
    TooLong,
    TrackingUnknown,
    UnknownUps,
)
from wallnut.proto import net

LIST = net.list_var("u")


def run(main: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(30):
            await main()

    asyncio.run(limited(), debug=True)


def test_the_same_as_the_blocking_client(nut: CNut) -> None:
    async def main() -> None:
        blocking = wallnut.connect("127.0.0.1", nut.port, username="admin", password="adm")
        async with await connect("127.0.0.1", nut.port, username="admin", password="adm") as client:
            assert await client.devices() == blocking.devices()
            assert await client.snapshot("dummy") == blocking.snapshot("dummy")
            assert await client.commands("dummy") == blocking.commands("dummy")
            assert await client.get("dummy", "ups.mfr") == blocking.get("dummy", "ups.mfr")
            assert await client.clients("nodrv") == []
            with pytest.raises(UnknownUps):
                await client.snapshot("zz")
            assert await client.set("dummy", "ups.id", "rack 3", wait=10) is True
            with pytest.raises(TooLong):
                await client.set("dummy", "ups.id", "x" * 17)
            with pytest.raises(Readonly):
                await client.set("dummy", "driver.name", "x")
            with pytest.raises(TrackingUnknown):
                await client.run("dummy", "load.off", wait=10)
            with pytest.raises(AccessDenied):
                await client.login("dummy")
            with pytest.raises(AccessDenied):
                await client.primary("dummy")
        blocking.close()
        async with await connect("127.0.0.1", nut.port, username="mon", password="mon") as client:
            await client.login("dummy")
            await client.primary("dummy")
            await client.fsd("bare")
            assert (await client.snapshot("bare")).status.forced_shutdown

    run(main)


def test_many_tasks_share_a_connection(nut: CNut) -> None:
    async def main() -> None:
        async with await connect("127.0.0.1", nut.port) as client:
            got = await asyncio.gather(*(client.call(net.list_var("dummy")) for _ in range(200)))
            assert all(found == got[0] for found in got)
            assert {name: got[0][name] for name in VARIABLES}.keys() == VARIABLES.keys()
            replies = await client.pipeline([net.GetVar("dummy", "ups.status"), net.GetVar("zz", "x")] * 100)
            assert replies[0].get() == "OL CHRG"
            assert await client.pipeline([]) == []

    run(main)


def test_c_upsd_does_not_stall(nut: CNut) -> None:
    async def main() -> None:
        async with await connect("127.0.0.1", nut.port) as client:
            await client.snapshot("dummy")
            loop = asyncio.get_running_loop()
            moments = [loop.time()]
            for _ in range(30):
                await client.snapshot("dummy")
                moments.append(loop.time())
            assert median(map(operator.sub, moments[1:], moments)) < 0.02

    run(main)


def test_what_is_asked_together_travels_together() -> None:
    async def main() -> None:
        with server({b"GET VAR u x": b'VAR u x "1"\n'}) as played:
            client = await connect("127.0.0.1", played.port)
            assert await asyncio.gather(*(client.call(net.GetVar("u", "x")) for _ in range(50))) == ["1"] * 50
            await client.close()
            await client.close()

    run(main)


def test_a_cancelled_task_loses_only_its_own_answer() -> None:
    answers = {b"GET VAR u a": b'VAR u a "1"\n', b"GET VAR u b": b'VAR u b "2"\n'}

    async def main() -> None:
        with server(answers) as played:
            client = await connect("127.0.0.1", played.port)
            first = asyncio.create_task(client.call(net.GetVar("u", "a")))
            second = asyncio.create_task(client.call(net.GetVar("u", "b")))
            third = asyncio.create_task(client.pipeline([net.GetVar("u", "a"), net.GetVar("u", "b")]))
            await asyncio.sleep(0)
            first.cancel()
            third.cancel()
            assert await second == "2"
            assert await client.call(net.GetVar("u", "a")) == "1"
            for task in (first, third):
                with pytest.raises(asyncio.CancelledError):
                    await task
            await client.close()

    run(main)


@pytest.mark.parametrize("answer", [b"nonsense\n", b"", b"BEGIN LIST VAR u\nVAR u x\nEND LIST VAR u\n", None])
def test_one_kind_of_error_for_all_who_wait(answer: bytes | None) -> None:
    async def main() -> None:
        with server(lambda line: answer) as played:
            client = await connect("127.0.0.1", played.port, timeout=0.2)
            got = await asyncio.gather(*(client.call(LIST) for _ in range(3)), return_exceptions=True)
            kinds: Any = {b"": LinkTimeout, None: LinkLost}.get(answer, ProtocolError)
            assert [type(error) for error in got] == [kinds] * 3
            assert client.closed
            with pytest.raises(LinkLost, match="the connection is closed"):
                await client.call(LIST)
            with pytest.raises(LinkLost):
                await client.pipeline([LIST, LIST])
            await client.close()
        with server(lambda line: answer) as played:
            client = await connect("127.0.0.1", played.port, timeout=0.2)
            with pytest.raises((ProtocolError, LinkError)):
                await client.pipeline([LIST, LIST, LIST])
        gc.collect()  # an exception that nobody fetched would show here

    run(main)


@pytest.mark.parametrize("cut", [1, 100])
def test_answers_in_pieces(cut: int) -> None:
    variables = {f"v{n}": str(n) for n in range(30)}

    async def main() -> None:
        with server({b"LIST VAR u": var_list("u", variables)}, cut=cut) as played:
            async with await connect("127.0.0.1", played.port) as client:
                assert [*await asyncio.gather(client.call(LIST), client.call(LIST))] == [variables] * 2

    run(main)


def test_values_are_checked_as_in_the_blocking_client() -> None:
    async def main() -> None:
        with server(ranged) as played:
            async with await connect("127.0.0.1", played.port) as client:
                with pytest.raises(InvalidValue, match="v must be 5 to 10 or 20 to 30"):
                    await client.set("u", "v", "11")
                assert await client.set("u", "old", "x") is False

    run(main)


def test_tracking_is_awaited() -> None:
    states = iter([b"PENDING\n", b"SUCCESS\n"])

    def answer(line: bytes) -> bytes:
        if line.startswith(b"GET TRACKING"):
            return next(states, b"PENDING\n")
        return b"OK TRACKING 1\n" if line.startswith(b"INSTCMD") else b"OK\n"

    async def main() -> None:
        with server(answer) as played:
            async with await connect("127.0.0.1", played.port) as client:
                assert await client.run("u", "c", wait=10) is True
                with pytest.raises(LinkTimeout):
                    await client.run("u", "c", wait=0.05)

    run(main)


def test_no_server() -> None:
    async def main() -> None:
        with pytest.raises(ConnectError, match=r"^Connection failure: Connection refused$") as caught:
            await connect("127.0.0.1", free_port())
        assert caught.value.errno == 111
        for host in ("no-such-host.invalid", "x" * 300):
            with pytest.raises(ConnectError, match=r"^No such host$"):
                await connect(host)

    run(main)


def test_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    ca_file = str(tmp_path / "ca.pem")
    authority.cert_pem.write_to_path(ca_file)
    answers = {b"VER": b"yes\n", b"USERNAME u": b"OK\n", b"PASSWORD p": b"OK\n"}

    async def main() -> None:
        with server(answers, tls=context) as played:
            trusted = Tls(ca_file=ca_file)
            async with await connect("localhost", played.port, username="u", password="p", tls=trusted) as client:
                assert await client.call(net.Text("VER")) == "yes"
                assert client.tls is not None
                assert client.tls.version() == "TLSv1.3"
            played.told.clear()
            for tls, text in (
                (Tls("require"), "certificate verify failed"),
                (Tls(fingerprint="00" * 32), "another one"),
                (Tls(ca_file=ca_file, server_name="elsewhere"), "ostname mismatch"),
                (Tls(ca_file="/no/such"), "No such file"),
            ):
                with pytest.raises(TlsError, match=text):
                    await connect("localhost", played.port, username="u", password="p", tls=tls)
            assert set(played.told) == {b"STARTTLS"}
            while not played.idle:
                await asyncio.sleep(0.01)
        with server(answers) as played:
            async with await connect("localhost", played.port, tls="try") as client:
                assert client.tls is None
            with pytest.raises(TlsError, match="does not offer TLS"):
                await connect("localhost", played.port, tls="require")
        with (
            server({b"STARTTLS": b"OK STARTTLS\nVAR"}) as played,
            pytest.raises(ProtocolError, match="in clear"),
        ):
            await connect("localhost", played.port, tls="require")

    run(main)


@pytest.fixture
def silent() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_cancelled_while_connecting(silent: int) -> None:
    async def main() -> None:
        task = asyncio.create_task(connect("127.0.0.1", silent, username="u", password="p"))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(LinkTimeout):
            await connect("127.0.0.1", silent, username="u", timeout=0.05)

    run(main)


def test_names_of_the_package() -> None:
    assert wallnut.aio.connect is connect
    assert wallnut.aio.Client is Client
    assert issubclass(wallnut.errors.UnknownUps, wallnut.errors.NutError)
    assert Link.__doc__
    with pytest.raises(AttributeError):
        wallnut.nothing  # noqa: B018
