"""Mirrors: of C upsd by polling, of servers played by the test by push; what is lost, found again, removed, refused."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.client.conftest import VARIABLES
from tests.client.played import server, var_list
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.wait import until
from wallnut.client.link import MAX_NAMES
from wallnut.client.mirror import BEAT, FIRST_WAIT, FULL, Change, Mirror
from wallnut.client.tls import Tls
from wallnut.io.loop import Loop
from wallnut.model.state import DataOk, DataStale, DelInfo, DriverGone, DumpDone, SetInfo
from wallnut.proto.push import UpsRemoved

LISTED = b'BEGIN LIST UPS\nUPS u "One"\nUPS v "Two"\nEND LIST UPS\n'
SNAPSHOT = (
    b'NOTIFY u SETINFO ups.status "OL"\nNOTIFY u SETINFO ups.id "x"\nNOTIFY u SETAUX ups.id 16\n'
    b"NOTIFY u SETFLAGS ups.id RW STRING\nNOTIFY u ADDCMD load.off\nNOTIFY u DATAOK\nNOTIFY u DUMPDONE\n"
)
PUSHING = {
    b"LIST UPS": LISTED,
    b"SUBSCRIBE u": b"OK SUBSCRIBED u\n" + SNAPSHOT,
    b"SUBSCRIBE v": b"OK SUBSCRIBED v\nNOTIFY v DRIVER-NOT-CONNECTED\n",
    b"USERNAME a": b"OK\n",
    b"PASSWORD b": b"OK\n",
}


class Watched:
    """A mirror on a loop with a clock that the test moves (or, if `real`, nobody); `changes` is what it said."""

    def __init__(self, port: int, *ups: str, real: bool = False, **settings: Any) -> None:
        self.now = 1000.0
        self.loop = Loop() if real else Loop(lambda: self.now)
        self.changes: list[Change] = []
        self.mirror = Mirror(self.loop, "127.0.0.1", port, ups=ups, on_change=self.changes.append, **settings)
        self.mirror.start()

    def until(self, done: Callable[[], object], what: str = "the mirror") -> None:
        def look() -> bool:
            self.loop.run_once(0.005)
            return bool(done())

        until(look, 10, what)

    def value(self, ups: str, name: str) -> str:
        return self.mirror.copies[ups].state.value(name)

    def trouble(self, ups: str) -> str:
        return self.mirror.copies[ups].trouble

    def forward(self, seconds: float) -> None:
        self.now += seconds
        self.loop.run_once(0)

    def poll(self) -> None:
        """Let the time of the next poll come, once the one before is over."""
        self.until(lambda: "poll" in self.mirror._timers)
        self.forward(5)

    def stop(self) -> None:
        self.mirror.stop()
        self.loop.close()


@pytest.fixture
def watch() -> Iterator[Callable[..., Watched]]:
    all_watched: list[Watched] = []

    def start(port: int, *ups: str, **settings: Any) -> Watched:
        all_watched.append(Watched(port, *ups, **settings))
        return all_watched[-1]

    yield start
    for watched in all_watched:
        watched.stop()


def complete(watched: Watched, ups: str) -> Callable[[], bool]:
    return lambda: watched.mirror.copies[ups].state.complete


# Pushed


def test_push_snapshot_then_changes(watch: Callable[..., Watched]) -> None:
    with server(PUSHING) as played:
        watched = watch(played.port, username="a", password="b")
        watched.until(lambda: "u" in watched.mirror.copies and complete(watched, "u")())
        assert watched.mirror.pushed is True
        assert played.told == [b"USERNAME a", b"PASSWORD b", b"LIST UPS", b"SUBSCRIBE u", b"SUBSCRIBE v"]
        copy = watched.mirror.copies["u"]
        assert (copy.description, copy.trouble, copy.state.stale) == ("One", "", False)
        found = copy.state.get("ups.id")
        assert found is not None
        assert (found.value, found.writable, found.length) == ("x", True, 16)
        assert watched.trouble("v") == "DRIVER-NOT-CONNECTED"
        watched.changes.clear()
        played.push(
            b'NOTIFY u SETINFO ups.status "OB"\nNOTIFY u DATASTALE\nNOTIFY zz SETINFO a "b"\nNOTIFY u NEWWORD x\n'
        )
        watched.until(lambda: watched.changes)
        assert [(change.ups, change.messages) for change in watched.changes] == [
            ("u", (SetInfo("ups.status", "OB"), DataStale()))
        ]
        played.push(b'NOTIFY v SETINFO ups.status "WAIT"\nNOTIFY v DATAOK\nNOTIFY v DUMPDONE\n')
        watched.until(lambda: watched.trouble("v") == "")


def test_push_after_a_restart_takes_out_what_is_gone(watch: Callable[..., Watched]) -> None:
    answers = dict(PUSHING)
    with server(answers) as played:
        watched = watch(played.port, "U")
        watched.until(complete(watched, "u"))
        assert watched.mirror.copies["u"].name == "u"
        watched.changes.clear()
        played.cut_off()
        watched.until(lambda: watched.trouble("u"))
        assert watched.mirror.trouble == "Server disconnected"
        assert watched.mirror.copies["u"].state.stale
        assert watched.value("u", "ups.status") == "OL"  # old, and known to be
        assert [(change.ups, change.trouble, change.messages) for change in watched.changes] == [
            ("", "Server disconnected", ()),
            ("u", "Server disconnected", (DataStale(),)),
        ]
        watched.changes.clear()
        answers[b"SUBSCRIBE u"] = (
            b'OK SUBSCRIBED u\nNOTIFY u SETINFO ups.status "OL"\nNOTIFY u DATAOK\nNOTIFY u DUMPDONE\n'
        )
        watched.forward(FIRST_WAIT)
        watched.until(lambda: watched.trouble("u") == "" and not watched.mirror.copies["u"].state.commands)
        assert watched.mirror.trouble == ""
        changed = [message for change in watched.changes for message in change.messages]
        assert DelInfo("ups.id") in changed
        assert DataOk() in changed
        assert not any(isinstance(message, (SetInfo, DriverGone, DumpDone)) for message in changed)


def test_some_variables_alone(watch: Callable[..., Watched]) -> None:
    """Asked for by name; a server that knows the plain form alone, or does not push, comes to the same."""
    wanted = ("ups.status", "Mode")
    narrow = {b"SUBSCRIBE u ups.status Mode": b'OK SUBSCRIBED u\nNOTIFY u SETINFO ups.status "OL"\nNOTIFY u DUMPDONE\n'}
    older = {**PUSHING, b"SUBSCRIBE u ups.status Mode": b"ERR INVALID-ARGUMENT\n"}
    for answers, pushed in (({**PUSHING, **narrow}, True), (older, True), (polled(VALUES), False)):
        with server(answers) as played:
            watched = watch(played.port, "u", variables=wanted)
            watched.until(complete(watched, "u"))
            copy = watched.mirror.copies["u"]
            assert watched.mirror.pushed is pushed
            assert played.told[1] == b"SUBSCRIBE u ups.status Mode"
            assert sorted(copy.state.variables) == (["ups.status"] if pushed else ["mode", "ups.status"])
            assert not copy.state.commands
            assert b"GET TYPE u ups.id" not in played.told
            if pushed:
                watched.changes.clear()
                played.push(b'NOTIFY u SETINFO ups.id "y"\nNOTIFY u SETINFO ups.status "OB"\n')
                watched.until(lambda: watched.changes)  # noqa: B023 - called at once
                assert watched.changes[0].messages == (SetInfo("ups.status", "OB"),)
            else:
                played.told.clear()
                watched.poll()
                watched.until(lambda: "poll" in watched.mirror._timers)  # noqa: B023 - called at once
                assert played.told == [b"LIST VAR u"]


def test_a_driver_that_went_and_came(watch: Callable[..., Watched]) -> None:
    with server(PUSHING) as played:
        watched = watch(played.port, "u")
        watched.until(complete(watched, "u"))
        played.push(b"NOTIFY u DRIVER-NOT-CONNECTED\n")
        watched.until(lambda: watched.trouble("u") == "DRIVER-NOT-CONNECTED")
        assert not watched.mirror.copies["u"].state.variables
        played.push(SNAPSHOT)
        watched.until(complete(watched, "u"))
        assert watched.trouble("u") == ""


def test_ups_removed_added_and_never_there(watch: Callable[..., Watched]) -> None:
    answers = dict(PUSHING)
    with server(answers) as played:
        everything, named = watch(played.port), watch(played.port, "u", "nowhere")
        everything.until(lambda: "u" in everything.mirror.copies and complete(everything, "u")())
        named.until(complete(named, "u"))
        named.until(lambda: named.trouble("nowhere") == "UNKNOWN-UPS")
        assert named.changes[1].messages == (UpsRemoved(),) or named.changes[0].messages == (UpsRemoved(),)
        answers[b"LIST UPS"] = b'BEGIN LIST UPS\nUPS v "Two"\nUPS w "Three"\nEND LIST UPS\n'
        answers[b"SUBSCRIBE w"] = b"OK SUBSCRIBED w\n" + SNAPSHOT.replace(b"NOTIFY u", b"NOTIFY w")
        everything.changes.clear()
        played.push(b"NOTIFY u UNKNOWN-UPS\n")
        everything.until(lambda: "u" not in everything.mirror.copies)
        assert (everything.changes[-1].ups, everything.changes[-1].trouble) == ("u", "UNKNOWN-UPS")
        assert everything.changes[-1].messages == (DriverGone(), UpsRemoved())
        named.until(lambda: named.trouble("u") == "UNKNOWN-UPS")
        everything.forward(BEAT)
        everything.until(lambda: "w" in everything.mirror.copies and complete(everything, "w")())
        answers[b"LIST UPS"] = LISTED
        named.forward(BEAT)
        named.until(complete(named, "u"))
        assert named.trouble("u") == ""


def test_a_server_that_hangs_is_left(watch: Callable[..., Watched]) -> None:
    answers = dict(PUSHING)
    with server(answers) as played:
        watched = watch(played.port, "u")
        watched.until(complete(watched, "u"))
        answers[b"LIST UPS"] = b""
        watched.forward(BEAT)
        watched.until(lambda: played.told[-1] == b"LIST UPS" and len(played.told) == 3)
        watched.forward(10)
        assert watched.mirror.trouble == "Read error: Connection timed out"
        answers[b"LIST UPS"] = LISTED
        watched.forward(FIRST_WAIT)
        watched.until(lambda: watched.mirror.trouble == "")
        assert played.connections == 2


def test_a_server_that_fills_the_memory_is_left(watch: Callable[..., Watched]) -> None:
    with server(PUSHING) as played:
        watched = watch(played.port, "u")
        watched.until(complete(watched, "u"))
        played.push(b"".join(b'NOTIFY u SETINFO v%d "x"\n' % n for n in range(MAX_NAMES + 1)))
        watched.until(lambda: watched.mirror.trouble)
        assert watched.mirror.trouble == "u: more variables than any UPS has"
        played.push(b"nonsense\n")
        assert len(watched.mirror.copies["u"].state.variables) == MAX_NAMES


@pytest.mark.parametrize(
    ("question", "answer", "trouble"),
    [
        (b"LIST UPS", b"nonsense\n", "no list"),
        (b"LIST UPS", b"ERR ACCESS-DENIED\n", "ACCESS-DENIED"),
        (b"USERNAME a", b"ERR INVALID-ARGUMENT\n", "INVALID-ARGUMENT"),
        (b"SUBSCRIBE u", b"ERR ACCESS-DENIED\n", "ACCESS-DENIED"),
        (b"SUBSCRIBE u", b"what\n", "expected OK"),
    ],
)
def test_what_a_server_refuses_is_tried_again_later(
    watch: Callable[..., Watched], question: bytes, answer: bytes, trouble: str
) -> None:
    with server({**PUSHING, question: answer}) as played:
        watched = watch(played.port, "u", username="a", password="b")
        watched.until(lambda: trouble in watched.mirror.trouble)
        assert trouble in watched.trouble("u")
        for wait in (0.5, 1, 2, 4, 8, 16, 30, 30):
            count = played.connections
            watched.forward(wait - 0.01)
            assert watched.mirror.trouble
            watched.forward(0.01)
            watched.until(lambda count=count: played.connections == count + 1)  # type: ignore[misc]
            watched.until(lambda: trouble in watched.mirror.trouble and watched.mirror._talk is None)
            if question == b"SUBSCRIBE u":
                break  # the list came: waiting begins anew


def test_no_server_at_first(watch: Callable[..., Watched]) -> None:
    port = free_port()
    watched = watch(port, "u")
    watched.until(lambda: watched.changes)
    assert watched.changes[0].trouble == "Connection failure: Connection refused"
    assert watched.changes[0].ups == ""
    assert watched.trouble("u") == "Connection failure: Connection refused"


def test_tls(watch: Callable[..., Watched], tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    ca_file = str(tmp_path / "ca.pem")
    authority.cert_pem.write_to_path(ca_file)
    with server(PUSHING, tls=context) as played:
        good = watch(played.port, "u", tls=Tls(ca_file=ca_file), username="a", password="b")
        good.until(complete(good, "u"))
        assert played.told[0] == b"STARTTLS"
        played.told.clear()
        bad = watch(played.port, "u", tls="require", username="a", password="b")
        bad.until(lambda: "certificate verify failed" in bad.mirror.trouble)
        pinned = watch(played.port, "u", tls=Tls(fingerprint="00" * 32), username="a", password="b")
        pinned.until(lambda: "another one" in pinned.mirror.trouble)
        broken = watch(played.port, "u", tls=Tls(ca_file="/no/such"), username="a")
        broken.until(lambda: "/no/such: No such file" in broken.mirror.trouble)
        assert set(played.told) == {b"STARTTLS"}
    with server(PUSHING) as played:
        opportunist = watch(played.port, "u", tls="try")
        opportunist.until(complete(opportunist, "u"))
        strict = watch(played.port, "u", tls="require", username="a")
        strict.until(lambda: strict.mirror.trouble == "UNKNOWN-COMMAND")


# Polled


def polled(values: dict[str, str]) -> dict[bytes, bytes]:
    return {
        b"LIST UPS": LISTED,
        b"LIST VAR u": var_list("u", values),
        b"LIST RW u": b'BEGIN LIST RW u\nRW u ups.id "x"\nRW u mode "a"\nRW u delay "5"\nEND LIST RW u\n',
        b"LIST CMD u": b"BEGIN LIST CMD u\nCMD u load.off\nEND LIST CMD u\n",
        b"GET TYPE u ups.id": b"TYPE u ups.id RW STRING:16\n",
        b"GET TYPE u mode": b"TYPE u mode RW ENUM STRING:8\n",
        b"GET TYPE u delay": b"TYPE u delay RW RANGE NUMBER\n",
        b"LIST ENUM u mode": b'BEGIN LIST ENUM u mode\nENUM u mode "a"\nENUM u mode "b"\nEND LIST ENUM u mode\n',
        b"LIST RANGE u delay": b'BEGIN LIST RANGE u delay\nRANGE u delay "1" "9"\nEND LIST RANGE u delay\n',
        b"LIST VAR v": b"ERR DRIVER-NOT-CONNECTED\n",
    }


VALUES = {"ups.id": "x", "mode": "a", "delay": "5", "ups.status": "OL"}


def test_polling_finds_what_push_tells(watch: Callable[..., Watched]) -> None:
    answers = polled(VALUES)
    with server(answers) as played:
        watched = watch(played.port)
        watched.until(lambda: "u" in watched.mirror.copies and complete(watched, "u")())
        assert watched.mirror.pushed is False
        state = watched.mirror.copies["u"].state
        described = {v.name: (v.value, v.flags(), v.length, v.enum, v.ranges) for v in state.variables.values()}
        assert described == {
            "ups.id": ("x", ("RW", "STRING"), 16, (), ()),
            "mode": ("a", ("RW", "STRING"), 8, ("a", "b"), ()),
            "delay": ("5", ("RW",), 0, (), ((1, 9),)),
            "ups.status": ("OL", (), 0, (), ()),
        }
        assert state.has_command("load.off")
        assert not state.stale
        assert watched.trouble("v") == "DRIVER-NOT-CONNECTED"
        answers[b"LIST VAR u"] = var_list("u", {**VALUES, "ups.status": "OB"})
        watched.changes.clear()
        played.told.clear()
        watched.poll()
        watched.until(lambda: watched.changes)
        assert [(change.ups, change.messages) for change in watched.changes] == [("u", (SetInfo("ups.status", "OB"),))]
        watched.until(lambda: played.told == [b"LIST VAR u", b"LIST VAR v"])


def test_polling_a_stale_and_a_changing_device(watch: Callable[..., Watched]) -> None:
    answers = polled(VALUES)
    with server(answers) as played:
        watched = watch(played.port, "u")
        watched.until(complete(watched, "u"))
        answers[b"LIST VAR u"] = b"ERR DATA-STALE\n"
        watched.poll()
        watched.until(lambda: watched.mirror.copies["u"].state.stale)
        assert watched.value("u", "ups.status") == "OL"
        assert watched.trouble("u") == ""
        values = {name: value for name, value in VALUES.items() if name != "mode"}
        answers.update(polled(values))
        answers[b"LIST RW u"] = b'BEGIN LIST RW u\nRW u ups.id "x"\nEND LIST RW u\n'
        answers[b"LIST CMD u"] = b"BEGIN LIST CMD u\nCMD u load.on\nEND LIST CMD u\n"
        watched.poll()
        watched.until(lambda: watched.mirror.copies["u"].state.has_command("load.on"))
        state = watched.mirror.copies["u"].state
        assert not state.stale
        assert state.get("mode") is None
        delay = state.get("delay")
        assert delay is not None
        assert (delay.writable, delay.ranges) == (False, ())
        assert not state.has_command("load.off")
        answers[b"LIST CMD u"] = b"BEGIN LIST CMD u\nEND LIST CMD u\n"
        for _ in range(int(FULL / 5)):
            watched.poll()
        watched.until(lambda: not state.commands)
        answers[b"LIST VAR u"] = b"ERR UNKNOWN-UPS\n"
        watched.poll()
        watched.until(lambda: watched.trouble("u") == "UNKNOWN-UPS")
        answers[b"LIST VAR u"] = var_list("u", VALUES)
        watched.forward(BEAT)
        watched.until(complete(watched, "u"))


@pytest.mark.parametrize("whose", ["C", "our"])
def test_beside_c_drivers(whose: str, tmp_path: Path, watch: Callable[..., Watched]) -> None:
    nut = CNut(tmp_path, upsd="" if whose == "C" else program("upsd")).ups(
        "u", "".join(f"{name}: {value}\n" for name, value in VARIABLES.items())
    )
    nut.user("admin", "adm", "actions = SET").section("nodrv", "driver = dummy-ups", "port = x")
    with nut:
        watched = watch(nut.port, real=True, interval=0.1, username="admin", password="adm")
        watched.until(lambda: "u" in watched.mirror.copies and complete(watched, "u")())
        assert watched.mirror.pushed is (whose == "our")
        state = watched.mirror.copies["u"].state
        assert state.value("ups.mfr") == 'Acme \\ # "Co"'
        found = state.get("ups.id")
        assert found is not None
        assert (found.writable, found.string, found.length) == (True, True, 16)
        assert state.has_command("load.off")
        assert watched.trouble("nodrv") == "DRIVER-NOT-CONNECTED"
        nut.ask("USERNAME admin", "PASSWORD adm", "SET VAR u ups.status OB")
        watched.until(lambda: watched.value("u", "ups.status") == "OB")
        nut.stop_driver("u")
        watched.until(lambda: watched.trouble("u") == "DRIVER-NOT-CONNECTED")
        assert not state.variables


def test_stopping_is_silent(watch: Callable[..., Watched]) -> None:
    with server(PUSHING) as played:
        watched = watch(played.port, "u")
        watched.until(complete(watched, "u"))
        watched.changes.clear()
        watched.mirror.stop()
        watched.mirror.stop()
        played.push(b'NOTIFY u SETINFO ups.status "OB"\n')
        watched.forward(100)
        assert watched.changes == []
        early = watch(played.port)
        early.mirror.stop()
        early.forward(100)
        assert early.changes == []
