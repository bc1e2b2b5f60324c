"""Connecting without holding up the loop."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests.support.ports import free_port
from tests.support.wait import until
from wallnut.io.dial import Dial
from wallnut.io.loop import Loop
from wallnut.io.stream import Stream
from wallnut.model.errors import ConnectError


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


class Outcome:
    """What came of a Dial."""

    def __init__(self, loop: Loop, host: str, port: int, **options: object) -> None:
        self.loop = loop
        self.streams: list[Stream] = []
        self.failures: list[str] = []
        timeout = options.pop("timeout", 10.0)
        self.dial = Dial(loop, host, port, timeout, self.done, **options)  # type: ignore[arg-type]

    def done(self, outcome: Stream | ConnectError) -> None:
        if isinstance(outcome, Stream):
            self.streams.append(outcome)
        else:
            self.failures.append(str(outcome))

    def wait(self) -> None:
        def over() -> bool:
            self.loop.run_once(0.01)
            return bool(self.streams or self.failures)

        until(over, 10, "the attempt to connect")

    def close(self) -> None:
        for stream in self.streams:
            stream.close()


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_it_connects_and_the_stream_works(loop: Loop, server: socket.socket) -> None:
    for host in ("127.0.0.1", "localhost"):  # a number; a name, perhaps with ::1 first, where nobody listens
        outcome = Outcome(loop, host, server.getsockname()[1])
        outcome.wait()
        assert outcome.failures == []
        peer, _ = server.accept()
        with peer:
            outcome.streams[0].write(b"hello")
            assert peer.recv(10) == b"hello"
        assert outcome.dial.places
        outcome.close()


def test_nobody_listens(loop: Loop) -> None:
    outcome = Outcome(loop, "127.0.0.1", free_port())
    outcome.wait()
    assert outcome.failures == ["Connection failure: Connection refused"]


def test_no_such_host_is_found_out_in_a_thread(loop: Loop) -> None:
    outcome = Outcome(loop, "nowhere.invalid", 3493)
    assert not outcome.failures
    outcome.wait()
    assert outcome.failures[0].startswith("No such host")


def test_a_name_that_cannot_be_resolved_any_more_has_its_old_address(loop: Loop, server: socket.socket) -> None:
    known = [(socket.AF_INET, ("127.0.0.1", server.getsockname()[1]))]
    outcome = Outcome(loop, "nowhere.invalid", 3493, known=known)
    outcome.wait()
    assert outcome.failures == []
    assert outcome.dial.places == tuple(known)
    outcome.close()


def test_a_server_that_does_not_answer_ends_at_the_time_limit(loop: Loop) -> None:
    with socket.socket() as full:  # a backlog that is full: the system leaves further attempts unanswered
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        outcome = Outcome(loop, "127.0.0.1", port, timeout=0.1)
        outcome.wait()
        assert outcome.failures == ["Connection failure: Connection timed out"]
        for one in waiting:
            one.close()


def test_cancelled_it_says_nothing(loop: Loop, server: socket.socket) -> None:
    outcome = Outcome(loop, "127.0.0.1", server.getsockname()[1])
    outcome.dial.cancel()
    other = Outcome(loop, "127.0.0.1", server.getsockname()[1])
    other.wait()
    assert (outcome.streams, outcome.failures) == ([], [])
    other.close()
