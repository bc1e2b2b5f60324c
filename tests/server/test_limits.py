"""Whatever a client sends, cut wherever: an answer a line, no exception, no growth, and the next client is served."""

from __future__ import annotations

import socket

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.server.local import Local
from wallnut.proto.words import Lexer
from wallnut.server import replies

STATUS = "GET VAR u ups.status"
OL = ['VAR u ups.status "OL"']

VERBS = (
    "GET VAR u ups.status|LIST VAR u|VER|USERNAME x|PASSWORD y|SET VAR u ups.id z|LOGIN u|SET TRACKING ON|SUBSCRIBE u"
    "|UNSUBSCRIBE u|INSTCMD u test.panel.start|FSD u|GET TRACKING 1"
)
verbs = st.sampled_from([verb.encode() for verb in VERBS.split("|")])
noise = st.binary(max_size=40)
marks = st.sampled_from([b"\n", b'"', b"\\", b"#", b"=", b" ", b"\r\n"])
pieces = st.lists(st.one_of(verbs, noise, marks), max_size=30)


def answers(data: bytes) -> int:
    """How many answers some bytes must get: one a line, also for a line that breaks the grammar."""
    return len(Lexer().feed(data))


@settings(max_examples=150)
@given(pieces, st.lists(st.integers(1, 200), max_size=4))
@example([b"GET VAR u ", b'"', b"ups.", b"\n", b'status"', b"\n"], [3])
@example([b"VER\\", b"\n", b"x\n"], [4])
@example([b'"a#b', b"\n", b"VER\n"], [3])
def test_any_bytes_cut_anywhere(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts).replace(b"LOGOUT", b"")
    whole = data + b"\n" * (not data.endswith(b"\n"))
    with Local() as local:
        local.driver()
        client, witness = local.client(), local.client()
        rest = whole
        for cut in cuts:
            client.send(rest[:cut])
            rest = rest[cut:]
        client.send(rest)
        got = client.lines()
        count, framed = 0, False
        for line in got:
            framed = framed or line.startswith("BEGIN LIST")
            count += not framed and not line.startswith("NOTIFY")
            framed = framed and not line.startswith("END LIST")
            count += line.startswith("END LIST")
        assert count == answers(whole)
        assert witness.ask(STATUS)[0].startswith("VAR u ups.status")


def test_an_endless_line_ends_the_connection() -> None:
    with Local() as local:
        local.driver()
        for piece in (b"x" * 5000, b'"' + b"y" * 5000, b"\\" * 5000):
            client = local.client()
            client.send(piece)
            assert not client.over
            client.send(piece)
            client.lines()
            assert client.over
        whole = local.client()
        whole.send(b"z" * 20_000 + b"\n")
        assert whole.lines() == []
        assert whole.over
        assert local.client().ask(STATUS) == OL
        assert local.sessions() == 1


def test_quotes_that_stay_open_for_ever() -> None:
    with Local() as local:
        client = local.client()
        client.send(b'"' + b"abc\n" * 100_000)
        assert client.lines() == []
        local.pass_time(62)
        client.lines()
        assert client.over


def test_slow_loris_is_dropped_after_a_minute() -> None:
    with Local() as local:
        slow, busy, empty = local.client(), local.client(), local.client()
        for second in range(66):
            local.pass_time(1)
            if not slow.over:
                slow.send(b"x")
            if second % 30 == 0:
                busy.send(b"GET TRACKING\n")
                empty.send(b"\n")
            slow.read()
        assert slow.over
        assert busy.lines() == ["OFF"] * 3
        assert empty.lines() == ["ERR UNKNOWN-COMMAND"] * 3
        assert local.sessions() == 2


def test_pipelined_without_reading() -> None:
    """Output is bounded: the server stops listening to somebody who does not take the answers, and forgets nothing."""
    requests = 20_000
    with Local() as local:
        local.driver()
        hog, other = local.client(), local.client()
        hog.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        todo = b"LIST VAR u\n" * requests
        for _ in range(50):
            try:
                todo = todo[hog.socket.send(todo) :]
            except BlockingIOError:
                pass
            local.settle()
        assert max(session.stream.unsent for session in local.upsd.sessions) < 1 << 19
        assert other.ask(STATUS) == OL
        lines = 0
        while lines < 5 * requests:
            try:
                todo = todo[hog.socket.send(todo) :]
            except BlockingIOError:
                pass
            local.settle()
            lines += hog.read().count(b"\n")
        local.settle()
        assert (lines, hog.read()) == (5 * requests, b"")
        assert other.ask(STATUS) == OL


def test_a_flood_leaves_room_for_others() -> None:
    """Between two turns of a flood of questions that are not kept, everybody else is served."""
    with Local() as local:
        local.driver()
        floods = [local.client() for _ in range(10)]
        other = local.client()
        for flood in floods:
            flood.socket.send(b"\n" * 60_000)
        other.socket.send(f"{STATUS}\n".encode())
        local.loop.run_once(0)
        assert other.read().decode().splitlines() == OL
        local.settle()
        assert sum(len(flood.read()) for flood in floods) < 60_000 * 20  # so it was far from done


def test_places() -> None:
    with Local(conf="MAXCONN 12\n") as local:  # two of them for the drivers
        near = [local.client("192.0.2.1") for _ in range(5)]
        assert near[-1].ask("NETVER") == ["1.3"]
        refused = local.client("192.0.2.1")
        assert refused.lines() == ['ERR ACCESS-DENIED "too many connections"']
        assert refused.over
        far = [local.client(f"192.0.2.{number}") for number in range(2, 7)]
        assert far[-1].ask("NETVER") == ["1.3"]
        assert local.client("192.0.2.99").lines() == ['ERR ACCESS-DENIED "too many connections"']
        near[0].socket.close()
        local.settle()
        assert local.client("192.0.2.1").ask("NETVER") == ["1.3"]


def test_places_for_one_address() -> None:
    with Local(conf="MAXCONNPERADDR 2\n") as local:
        assert [local.client().ask("NETVER") for _ in range(2)] == [["1.3"]] * 2
        assert local.client().ask()[0].startswith("ERR ACCESS-DENIED")


def test_kept_answers_have_a_bound() -> None:
    with Local() as local:
        local.driver(dump="".join(f'SETINFO v{n} "{"x" * 200}"\n' for n in range(1000)) + "DATAOK\nDUMPDONE\n")
        client = local.client()
        for number in range(200):
            client.send(b"LIST VAR u" + b" x" * number + b"\n")
            client.lines()
        kept = local.upsd.replies.known
        assert sum(map(len, kept.values())) <= replies.MOST_BYTES
        assert kept
        for number in range(30_000):
            local.upsd.replies.keep(b"%d" % number, b"", None)
        assert len(kept) < 25_000


def test_half_open_and_reset_peers() -> None:
    with Local() as local:
        local.driver()
        for _ in range(20):
            client = local.client()
            client.send(b"LIST VAR u\n" * 50)
            client.socket.close()  # with answers unread: a reset
            half = local.client()
            half.socket.send(b"GET VAR u ups.sta")
            half.socket.shutdown(socket.SHUT_WR)
        local.settle()
        assert local.sessions() == 0
        assert local.client().ask(STATUS) == OL
