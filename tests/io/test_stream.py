"""Streams: bytes both ways, ends that are said once, peers that do not read, TLS against Python's own."""

import os
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.support.wait import until
from wallnut.io import stream as streams
from wallnut.io.loop import Loop
from wallnut.io.stream import Stream
from wallnut.model.errors import ConnectError


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


def run_until(loop: Loop, done: object) -> None:
    def check() -> bool:
        loop.run_once(0.01)
        return bool(done())  # type: ignore[operator]

    until(check, 10, "the streams")


def test_a_pair_carries_bytes_both_ways_and_says_its_end_once(loop: Loop) -> None:
    one, other = streams.pair(loop, "test")
    got: list[bytes] = []
    ends: list[str] = []
    other.on_data = lambda data: other.write(data.upper())
    one.on_data = got.append
    other.on_close = ends.append
    one.write(b"hello")
    run_until(loop, lambda: got)
    one.close()
    one.close()
    run_until(loop, lambda: ends)
    assert (got, ends) == ([b"HELLO"], [""])
    one.write(b"into the void")
    other.write(b"into the void")


def test_much_arrives_whole_and_the_owner_is_told_when_all_is_sent(loop: Loop) -> None:
    one, other = streams.pair(loop, "test")
    got = bytearray()
    drained: list[bool] = []
    other.on_data = got.extend
    one.on_drain = lambda: drained.append(True)
    data = os.urandom(900_000)
    one.write(data)
    assert one.unsent > 0
    run_until(loop, lambda: len(got) == len(data))
    assert bytes(got) == data
    run_until(loop, lambda: drained)
    one.close()
    other.close()


def test_a_peer_that_does_not_read_is_cut_off(loop: Loop) -> None:
    ours, theirs = socket.socketpair()
    stream = Stream(loop, ours, "test", limit=100_000)
    ends: list[str] = []
    stream.on_close = ends.append
    for _ in range(100):
        stream.write(b"x" * 65536)
    assert ends == ["does not read what it is sent"]
    assert stream.unsent == 0
    theirs.close()


def test_tcp_listens_on_a_free_port_and_names_its_peer(loop: Loop) -> None:
    peers: list[str] = []

    def accept(sock: Any, peer: str) -> None:
        peers.append(peer)
        sock.close()

    listener = streams.listen_tcp(loop, socket.AF_INET, ("127.0.0.1", 0), accept)
    port = listener.where[1]
    with socket.create_connection(("127.0.0.1", int(port))):
        run_until(loop, lambda: peers)
    assert peers == ["127.0.0.1"]
    with pytest.raises(ConnectError, match=f"not listening on 127.0.0.1 port {port}: Address already in use"):
        streams.listen_tcp(loop, socket.AF_INET, ("127.0.0.1", int(port)), lambda sock, peer: None)
    listener.close()


def test_a_unix_socket_replaces_a_dead_one_and_goes_with_its_listener(loop: Loop, tmp_path: Path) -> None:
    path = str(tmp_path / "dummy-ups-x")
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(path)
    dead.close()
    accepted: list[Stream] = []
    listener = streams.listen_unix(loop, path, lambda sock, peer: accepted.append(Stream(loop, sock, peer)))
    assert os.stat(path).st_mode & 0o777 == 0o660
    client = streams.connect_unix(loop, path)
    run_until(loop, lambda: accepted)
    client.close()
    accepted[0].close()
    listener.close()
    assert not os.path.exists(path)
    with pytest.raises(ConnectError, match="No such file or directory"):
        streams.connect_unix(loop, path)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def test_tls_carries_what_was_written_before_and_after_the_handshake(loop: Loop, authority: trustme.CA) -> None:
    ours, theirs = socket.socketpair()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    client_context = ssl.create_default_context()
    authority.configure_trust(client_context)
    stream = Stream(loop, ours, "test")
    stream.on_data = lambda data: stream.write(data[::-1])
    ends: list[str] = []
    stream.on_close = ends.append
    stream.start_tls(context, server_side=True)
    stream.write(b"early ")
    answers: list[bytes] = []

    def client() -> None:
        theirs.settimeout(10)
        with client_context.wrap_socket(theirs, server_hostname="localhost") as tls:
            tls.sendall(b"abc")
            got = b""
            while len(got) < 9:
                got += tls.recv(100)
            answers.append(got)

    thread = threading.Thread(target=client)
    thread.start()
    run_until(loop, lambda: ends)
    thread.join(10)
    assert answers == [b"early cba"]
    assert ends == [""]


def test_what_is_no_tls_ends_the_stream_with_a_reason(loop: Loop, authority: trustme.CA) -> None:
    ours, theirs = socket.socketpair()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    stream = Stream(loop, ours, "test")
    ends: list[str] = []
    stream.on_close = ends.append
    stream.start_tls(context, server_side=True)
    theirs.sendall(b"GET VAR dummy ups.status\n")
    run_until(loop, lambda: ends)
    assert ends[0].startswith("TLS: ")
    theirs.close()


def test_a_host_that_is_none() -> None:
    with pytest.raises(ConnectError, match="No such host"):
        streams.resolve("no-such-host.invalid", 3493)
