"""The blocking client: against C upsd, and against servers that are slow, broken or hostile."""

from __future__ import annotations

import contextlib
import operator
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client.conftest import VARIABLES
from tests.client.played import server, var_list
from tests.support.cnut import CNut
from tests.support.ports import free_port
from tests.support.wait import until
from wallnut.client.sync import WINDOW, Client, connect
from wallnut.io import blocking
from wallnut.model.errors import (
    AccessDenied,
    AlreadySetUsername,
    ConnectError,
    DriverNotConnected,
    InvalidValue,
    LinkError,
    LinkLost,
    LinkTimeout,
    ProtocolError,
    Readonly,
    ServerError,
    TooLong,
    TrackingFailed,
    TrackingUnknown,
    UnknownUps,
    UsernameRequired,
    VarNotSupported,
)
from wallnut.proto import net

LIST = net.list_var("u")


@pytest.fixture
def client(nut: CNut) -> Iterator[Client]:
    with connect("127.0.0.1", nut.port, username="admin", password="adm") as client:
        yield client


# Beside C upsd


def test_what_a_c_server_tells(client: Client, nut: CNut) -> None:
    assert client.call(net.Text("VER")).startswith("Network UPS Tools upsd 2.")
    assert client.devices() == {
        "dummy": 'Test "UPS"',
        "bare": "Description unavailable",
        "nodrv": "Description unavailable",
    }
    assert client.get("dummy", "ups.mfr").text == 'Acme \\ # "Co"'
    with pytest.raises(UnknownUps):
        client.snapshot("zz")
    with pytest.raises(DriverNotConnected):
        client.snapshot("nodrv")
    with pytest.raises(VarNotSupported):
        client.get("dummy", "no.such")
    assert client.commands("dummy") == {"load.off": "Turn off the load immediately"}
    assert client.clients("nodrv") == []


def test_a_snapshot_is_typed(client: Client) -> None:
    found = client.snapshot("dummy")
    assert {name: found[name].text for name in VARIABLES if name != "ups.mfr"} == {
        name: value for name, value in VARIABLES.items() if name != "ups.mfr"
    }
    assert found["ups.model"].text == "Model = 9"
    voltage = found["input.voltage"]
    assert (voltage.value, voltage.unit, str(voltage), float(voltage)) == (230.1, "V", "230.1 V", 230.1)
    assert found["battery.charge"].value == 100
    assert found["ups.mfr"].value == 'Acme \\ # "Co"'
    assert found.status.online
    assert found.status.charging


def test_settings_are_checked_first_and_confirmed(client: Client) -> None:
    assert client.set("dummy", "ups.id", 'a "q" # \\ value', wait=10) is True
    assert client.set("dummy", "ups.id", "rack 3") is False
    with pytest.raises(TooLong, match=r"ups\.id takes 16 characters, not 17"):
        client.set("dummy", "ups.id", "x" * 17)
    with pytest.raises(Readonly, match=r"driver\.name cannot be set"):
        client.set("dummy", "driver.name", "x")
    with pytest.raises(VarNotSupported):
        client.set("dummy", "no.such", "x")


def test_commands_are_awaited(client: Client) -> None:
    assert client.run("dummy", "load.off") is False
    with pytest.raises(TrackingUnknown):
        client.run("dummy", "load.off", wait=10)
    with pytest.raises(TrackingUnknown):
        client.run("dummy", "load.off", "5", wait=10)
    with pytest.raises(LinkTimeout):  # C upsd loses a value with a blank on the way to the driver
        client.run("dummy", "load.off", "5 # 6", wait=0.1)


def test_rights(nut: CNut) -> None:
    with connect("127.0.0.1", nut.port) as client:
        with pytest.raises(UsernameRequired):
            client.run("dummy", "load.off", wait=1)
        client.authenticate("mon", "mon")
        with pytest.raises(AlreadySetUsername):
            client.authenticate("mon", "mon")
        client.login("dummy")
        client.primary("dummy")
        assert "127.0.0.1" in client.clients("dummy")
        with pytest.raises(AccessDenied):
            client.set("dummy", "ups.id", "x")
        client.fsd("bare")
        assert client.get("bare", "ups.status").text == "FSD OB LB"
        assert client.snapshot("bare").status.forced_shutdown
    with connect("127.0.0.1", nut.port, username="guest", password="pass word #1") as client:
        with pytest.raises(AccessDenied):
            client.login("dummy")
        # right user, right password: only then is a command that does not exist called so
        with pytest.raises(AccessDenied):
            client.run("dummy", "load.off")


def test_a_long_pipeline(client: Client) -> None:
    requests = [net.list_var("dummy"), net.GetVar("dummy", "ups.status"), net.GetVar("zz", "x")] * WINDOW
    replies = client.pipeline(requests)
    assert len(replies) == len(requests)
    assert replies[-2].get() == "OL CHRG"
    with pytest.raises(UnknownUps):
        replies[-1].get()
    assert client.pipeline([]) == []


@pytest.mark.skipif(sys.platform != "linux", reason="TCP_QUICKACK is Linux's")
def test_c_upsd_does_not_stall(client: Client) -> None:
    client.snapshot("dummy")
    moments = [time.perf_counter()]
    for _ in range(50):
        client.snapshot("dummy")
        moments.append(time.perf_counter())
    # without quick acknowledgements each takes 0.044 s
    assert median(map(operator.sub, moments[1:], moments)) < 0.02


# Servers that answer as they like


def test_tracking_is_polled_until_it_is_decided() -> None:
    states = iter([b"PENDING\n", b"PENDING\n", b"SUCCESS\n", b"PENDING\n", b"ERR FAILED\n"])

    def answer(line: bytes) -> bytes:
        if line.startswith(b"GET TRACKING"):
            return next(states, b"PENDING\n")
        return b"OK TRACKING 1-2\n" if line.startswith(b"INSTCMD") else b"OK\n"

    with server(answer) as played, connect("127.0.0.1", played.port) as client:
        assert client.run("u", "c", wait=10) is True
        with pytest.raises(TrackingFailed):
            client.run("u", "c", "5", wait=10)
        with pytest.raises(LinkTimeout, match=r"within 0\.05 s"):
            client.run("u", "c", wait=0.05)
        assert not client.closed
        assert played.told[:3] == [b"SET TRACKING ON", b"INSTCMD u c", b"GET TRACKING 1-2"]
        assert b'INSTCMD u c "5"' in played.told


def test_a_server_before_tracking() -> None:
    answers = {
        b"SET TRACKING ON": b"ERR INVALID-ARGUMENT\n",
        b"INSTCMD u c": b"OK\n",
        b"MASTER u": b"OK MASTER-GRANTED\n",
    }
    with server(answers) as played, connect("127.0.0.1", played.port) as client:
        assert client.run("u", "c", wait=10) is False
        client.primary("u")
        assert played.told[-2:] == [b"PRIMARY u", b"MASTER u"]


def ranged(line: bytes) -> bytes:
    return {
        b"GET TYPE u v": b"TYPE u v RW RANGE NUMBER\n",
        b"LIST ENUM u v": b"BEGIN LIST ENUM u v\nEND LIST ENUM u v\n",
        b"LIST RANGE u v": b'BEGIN LIST RANGE u v\nRANGE u v "5" "10"\nRANGE u v "20" "30"\nEND LIST RANGE u v\n',
        b"GET TYPE u e": b"TYPE u e RW ENUM STRING:5\n",
        b"LIST ENUM u e": b'BEGIN LIST ENUM u e\nENUM u e "on"\nENUM u e "off"\nEND LIST ENUM u e\n',
        b"LIST RANGE u e": b"BEGIN LIST RANGE u e\nEND LIST RANGE u e\n",
        b"GET TYPE u old": b"TYPE u old NUMBER\n",
        b"LIST ENUM u old": b"BEGIN LIST ENUM u old\nEND LIST ENUM u old\n",
        b"LIST RANGE u old": b"BEGIN LIST RANGE u old\nEND LIST RANGE u old\n",
        b"LIST RW u": b'BEGIN LIST RW u\nRW u old "1"\nEND LIST RW u\n',
    }.get(line, b"OK\n")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("v", "11", "v must be 5 to 10 or 20 to 30, not '11'"),
        ("v", "x", "v must be 5 to 10 or 20 to 30, not 'x'"),
        ("v", "inf", "v must be 5 to 10 or 20 to 30, not 'inf'"),
        ("e", "On", "e must be one of 'on', 'off', not 'On'"),
    ],
)
def test_a_value_out_of_reach_is_not_sent(name: str, value: str, text: str) -> None:
    with server(ranged) as played, connect("127.0.0.1", played.port) as client:
        with pytest.raises(InvalidValue) as caught:
            client.set("u", name, value)
        assert caught.value.text == text
        assert not any(line.startswith(b"SET") for line in played.told)


@pytest.mark.parametrize(("name", "value"), [("v", "5"), ("v", "10.9"), ("v", "30"), ("e", "on"), ("old", "anything")])
def test_a_value_within_reach_is_sent(name: str, value: str) -> None:
    with server(ranged) as played, connect("127.0.0.1", played.port) as client:
        client.set("u", name, value)
        assert played.told[-1] == f'SET VAR u {name} "{value}"'.encode()


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_answers_in_pieces(cut: int) -> None:
    variables = {f"v{n}": str(n) for n in range(30)}
    answers = {b"LIST VAR u": var_list("u", variables)}
    with server(answers, cut=cut) as played, connect("127.0.0.1", played.port) as client:
        assert client.call(LIST) == variables
        assert client.call(LIST) == variables


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\n",
        b'VAR other ups.status "OL"\n',
        b"BEGIN LIST VAR u\nEND LIST VAR u\nEND LIST VAR u\n",
        b"BEGIN LIST VAR u\nVAR u x\nEND LIST VAR u\n",
        b'BEGIN LIST VAR u\nVAR u x "#"\nEND LIST VAR u\n',
        b"\n",
        b"\xff\xfe\n",
        b"x" * 10_000,
    ],
)
def test_nonsense_is_one_kind_of_error_and_ends_the_connection(answer: bytes) -> None:
    with server(lambda line: answer) as played:
        client = connect("127.0.0.1", played.port)
        with pytest.raises(ProtocolError):
            client.pipeline([LIST, LIST])  # in one case nonsense comes after a good answer
        assert client.closed
        with pytest.raises(LinkLost, match="the connection is closed"):
            client.call(LIST)
        client.close()


def test_an_endless_list_is_cut() -> None:
    with server(lambda line: b"BEGIN LIST VAR u\n" + b'VAR u x "y"\n' * 500_000) as played:
        client = connect("127.0.0.1", played.port)
        with pytest.raises(ProtocolError, match="more than"):
            client.call(LIST)
        assert client.closed


def test_the_deadline_is_the_whole_call_s() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = connect("127.0.0.1", listener.getsockname()[1], timeout=0.2)
        peer, _ = listener.accept()
        over = threading.Event()

        def drip() -> None:
            with contextlib.suppress(OSError):
                while not over.wait(0.02):
                    peer.sendall(b'VAR u x "y"\n')

        with peer:
            peer.sendall(b"BEGIN LIST VAR u\n")
            dripping = threading.Thread(target=drip)
            dripping.start()
            start = time.perf_counter()
            with pytest.raises(LinkTimeout, match="Connection timed out"):
                client.call(LIST)
            assert 0.15 < time.perf_counter() - start < 2
            assert client.closed
            over.set()
            dripping.join(10)


def test_the_server_goes_away() -> None:
    with server(lambda line: None) as played:
        client = connect("127.0.0.1", played.port)
        with pytest.raises(LinkLost, match="Server disconnected"):
            client.call(LIST)
        assert client.closed


def test_notify_lines_between_answers_are_passed_over() -> None:
    answer = b'NOTIFY u SETINFO ups.status "OB"\nVAR u x "1"\nNOTIFY u WHAT\n'
    with server({b"GET VAR u x": answer}) as played, connect("127.0.0.1", played.port) as client:
        assert client.get("u", "x").text == "1"
        assert client.get("u", "x").text == "1"


def test_no_server() -> None:
    with pytest.raises(ConnectError, match=r"^Connection failure: Connection refused$"):
        connect("127.0.0.1", free_port())
    for host in ("no-such-host.invalid", "x" * 300, "bad..name", "ü" * 70):
        with pytest.raises(ConnectError, match=r"^No such host$"):
            connect(host)


def test_a_server_that_does_not_accept() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        held: list[Client] = []
        try:
            with pytest.raises(ConnectError, match=r"^Connection failure: Connection timed out$"):
                held.extend(connect("127.0.0.1", port, timeout=0.05) for _ in range(20))
        finally:
            for client in held:
                client.close()


def test_ipv6_and_a_chosen_family() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        connect("::1", listener.getsockname()[1]).close()
        with pytest.raises(ConnectError):
            connect("::1", listener.getsockname()[1], family=socket.AF_INET)


def test_a_call_that_is_interrupted_does_not_confuse_the_next() -> None:
    with server({b"LIST VAR u": b""}) as played:
        client = connect("127.0.0.1", played.port)

        class Interrupted(net.GetVar):
            def line(self) -> str:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            client.call(Interrupted("u", "x"))
        with pytest.raises(LinkLost):
            client.call(LIST)


def test_nothing_stays_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    with server({}) as played:
        inside = len(os.listdir("/proc/self/fd"))
        with pytest.raises(ServerError):
            connect("127.0.0.1", played.port, username="u")
        until(lambda: len(os.listdir("/proc/self/fd")) == inside, 5, "the server's end to close")
    assert len(os.listdir("/proc/self/fd")) == before


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5), st.booleans())
def test_any_bytes_give_an_answer_or_one_kind_of_error(pieces: list[bytes], ended: bool) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        client = Client(blocking.Connection(ours, "test", 1.0), timeout=0.01)
        for piece in pieces:
            theirs.sendall(piece)
        if ended:
            theirs.shutdown(socket.SHUT_WR)
        for request in (net.GetVar("u", "x"), LIST, net.Text("VER")):
            try:
                client.call(request)
            except (ProtocolError, LinkError, ServerError):
                pass
        client.close()
