"""What people do to devices, at C upsd and at ours: done, refused, and what nobody knows."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.wait import until
from tests.web.devices import device
from wallnut.client.tls import Tls
from wallnut.proto.address import Address
from wallnut.web.access.who import Role, Who
from wallnut.web.actions import MOST_ACCOUNTS, Account, Actions, Outcome
from wallnut.web.i18n import languages
from wallnut.web.snapshot import Device

T = TypeVar("T")
EN = languages()["en"]
OTTO = Who("otto", Role.OPERATE, "session", session=b"1")
RACK = "ups.status: OL\nups.load: 31\nups.id: old\nbattery.charge: 87\n"
SECRET = "geheim 7"


@pytest.fixture(scope="module", params=["C upsd", "our upsd"])
def nut(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CNut]:
    upsd = "" if request.param == "C upsd" else program("upsd")
    found = CNut(tmp_path_factory.mktemp("actions"), upsd=upsd).ups("rack", RACK)
    found.user("admin", SECRET, "actions = SET", "instcmds = ALL").user("looker", SECRET)
    found.user("monitor", "mon", "upsmon secondary")
    with found:
        yield found


class Book:
    """Keeps the notes."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str, str]] = []

    async def note(self, who: Who, what: str, target: str, result: str) -> None:
        self.lines.append((who.name, what, target, result))


def at(port: int) -> Device:
    return replace(device("rack"), address=Address("rack", "127.0.0.1", port))


def acting(name: str = "admin", password: str = SECRET, **how: Any) -> tuple[Actions, Book]:
    async def account_of(_: Who) -> tuple[str, str]:
        return name, password

    book = Book()
    return Actions(account_of=account_of, note=book.note, **how), book


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def test_a_variable_is_set(nut: CNut) -> None:
    actions, book = acting()
    result = run(actions.set(OTTO, at(nut.port), "ups.id", "new 7"))
    assert (result.outcome, result.said(EN)) == (Outcome.DONE, "Done: the driver confirms it.")
    nut.wait_for("rack", "ups.id", "new 7")
    assert book.lines == [("otto", "set", f"rack@127.0.0.1:{nut.port} ups.id = new 7", "done")]
    assert SECRET not in repr((book.lines, result, Account("admin", SECRET)))


def test_who_may_not_is_told_which_right_is_missing(nut: CNut) -> None:
    actions, book = acting("looker")
    result = run(actions.set(OTTO, at(nut.port), "ups.id", "x"))
    assert (result.outcome, result.code) == (Outcome.REFUSED, "ACCESS-DENIED")
    assert "The NUT user looker may not set variables" in result.said(EN)
    assert "[looker] needs: actions = SET" in result.advised(EN)
    result = run(actions.run(OTTO, at(nut.port), "load.off"))
    assert "[looker] needs: instcmds = load.off" in result.advised(EN)
    assert [line[3] for line in book.lines] == ["refused ACCESS-DENIED"] * 2


@pytest.mark.parametrize(
    ("name", "value", "code", "said"),
    [
        ("ups.id", "longer than sixteen characters", "TOO-LONG", "This is too long for ups.id."),
        ("driver.name", "x", "READONLY", "driver.name cannot be set."),
        ("ups.nothing", "x", "VAR-NOT-SUPPORTED", "The device has no ups.nothing."),
        ("ups.id", "a\nFSD rack", "", "A value has printable ASCII characters, at most 512."),
        ("ups.id\nFSD rack", "a", "", "A value has printable ASCII characters, at most 512."),
        ("ups.id", "K\xfcche", "", "A value has printable ASCII characters, at most 512."),
        ("ups.id", "x" * 513, "", "A value has printable ASCII characters, at most 512."),
    ],
)
def test_what_cannot_be_set_says_why(nut: CNut, name: str, value: str, code: str, said: str) -> None:
    result = run(acting()[0].set(OTTO, at(nut.port), name, value))
    assert (result.outcome, result.code, result.said(EN)) == (Outcome.REFUSED, code, said)


def test_commands(nut: CNut) -> None:
    actions, book = acting()
    result = run(actions.run(OTTO, at(nut.port), "load.off"))
    assert result.outcome in (Outcome.DONE, Outcome.FAILED), result
    assert book.lines[-1][1:3] == ("command", f"rack@127.0.0.1:{nut.port} load.off")
    result = run(actions.run(OTTO, at(nut.port), "make.coffee"))
    assert (result.code, result.said(EN)) == ("CMD-NOT-SUPPORTED", "The device has no make.coffee.")


def test_clients_are_asked_for_now_and_then(nut: CNut) -> None:
    now = [0.0]
    actions = Actions(clock=lambda: now[0])
    assert run(actions.clients(at(nut.port))) == []
    with socket.create_connection(("127.0.0.1", nut.port), 5) as link:
        link.sendall(b"USERNAME monitor\nPASSWORD mon\nLOGIN rack\n")
        heard = b""
        while heard.count(b"\n") < 3:
            heard += link.recv(4096)
        assert run(actions.clients(at(nut.port))) == []  # as it was
        now[0] = 11.0
        assert run(actions.clients(at(nut.port))) == ["127.0.0.1"]


def test_a_dead_server_is_one_line() -> None:
    actions, book = acting()
    nobody = at(free_port())
    result = run(actions.set(OTTO, nobody, "ups.id", "x"))
    assert result.outcome is Outcome.UNREACHABLE
    assert result.said(EN).endswith("cannot be reached: Connection failure: Connection refused.")
    assert result.advised(EN) == "Nothing was changed."
    assert book.lines[0][3] == "unreachable"
    assert run(actions.clients(nobody)) is None


def test_a_server_that_says_nothing() -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        actions, _ = acting(timeout=0.2, tls=lambda _: "off")
        result = run(actions.set(OTTO, at(server.getsockname()[1]), "ups.id", "x"))
        assert result.outcome in (Outcome.UNKNOWN, Outcome.UNREACHABLE)
        assert "timed out" in result.said(EN)
        assert run(actions.clients(at(server.getsockname()[1]))) is None


def test_tls_is_as_it_is_asked_for(nut: CNut) -> None:
    actions, _ = acting(tls=lambda _: Tls("require"))
    result = run(actions.set(OTTO, at(nut.port), "ups.id", "x"))
    assert result.outcome is Outcome.UNREACHABLE
    assert "TLS" in result.said(EN)


def test_an_account_is_kept_for_a_session_and_no_longer() -> None:
    now, here = [0.0], at(1)
    actions = Actions(clock=lambda: now[0])
    vera = Who("vera", Role.OPERATE, "session", session=b"2")

    def known(who: Who) -> Account | None:
        return run(actions.account(who, here.server))

    result = run(actions.set(OTTO, here, "ups.id", "x"))
    assert result.outcome is Outcome.NO_ACCOUNT
    assert "upsd.users" in result.advised(EN)
    actions.keep(OTTO, here.server, Account("admin", SECRET))
    assert known(OTTO) == Account("admin", SECRET)
    assert known(vera) is None
    assert known(Who("otto", Role.OPERATE, "session", session=b"3")) is None  # their next session
    now[0] += 13 * 3600
    assert known(OTTO) is None
    actions.keep(OTTO, here.server, Account("admin", SECRET))
    actions.forget(OTTO)
    assert known(OTTO) is None
    for number in range(MOST_ACCOUNTS + 5):
        actions.keep(replace(OTTO, session=str(number).encode()), here.server, Account("a", "b"))
    assert known(replace(OTTO, session=b"4")) is None
    assert known(replace(OTTO, session=b"5")) is not None


def test_only_so_much_at_once(nut: CNut) -> None:
    async def many() -> list[Outcome]:
        actions, _ = acting()
        each = [actions.set(OTTO, at(nut.port), "ups.id", f"{n}") for n in range(12)]
        return [result.outcome for result in await asyncio.gather(*each)]

    found = run(many())
    assert found.count(Outcome.REFUSED) == 4
    assert found.count(Outcome.DONE) == 8
    until(lambda: '"' in nut.ask("GET VAR rack ups.id")[0], 5, "the server")
