"""Any bytes on the driver socket, however they are cut: nobody else notices."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hosts import Hosted, section
from wallnut.drivers.base import Driver, Result
from wallnut.proto.driver import decode
from wallnut.proto.words import Lexer


class Still(Driver):
    """A driver that does nothing."""

    name, version = "still", "1"

    def poll(self) -> None:
        self.ups.status("OL")
        self.ups.poll_in(1e9)

    def command(self, name: str, value: str) -> Result:
        return Result.HANDLED

    def set(self, name: str, value: str) -> Result:
        return Result.INVALID


@pytest.fixture(scope="module")
def host() -> Iterator[Hosted]:
    with Hosted(Still, section(port="x")) as made:
        yield made.start()


WORDS = st.sampled_from(
    b"DUMPALL DUMPSTATUS DUMPVALUE PING GETPID SET INSTCMD NOBROADCAST BROADCAST TRACKING LOGOUT SETINFO ups.status"
    b' driver.debug "" "a#b" "\\"" \\ = # 1 -1 99999999999999999999'.split()
)
LINES = st.lists(st.lists(WORDS | st.binary(max_size=12), max_size=7).map(b" ".join), max_size=8).map(b"\n".join)


@given(st.lists(LINES | st.binary(max_size=600), max_size=4))
def test_any_bytes(host: Hosted, pieces: list[bytes]) -> None:
    bad, good = host.peer(), host.peer()
    for piece in pieces:
        bad.stream.write(piece)
        host.loop.run_once(0)
    bad.stream.write(b"\n")
    for _ in range(3):
        host.loop.run_once(0)
    host.settle()
    assert host.say(good, "PING")[-1:] == ["PONG"]
    assert host.host.state.value("ups.status") == "OL"
    for words in Lexer().feed(bad.data):
        assert isinstance(words, list), "what is said is grammatical"
        assert decode(words) is not None, words
    bad.stream.close()
    good.stream.close()
    host.loop.run_once(0)


def test_a_line_without_end(host: Hosted) -> None:
    peer = host.peer()
    for _ in range(50):
        peer.stream.write(b"x" * 65536)
        host.loop.run_once(0)
    assert host.say(host.peer(), "PING") == ["PONG"]
    assert host.say(peer, "", "PING") == ["PONG"], "it was one bad line"
