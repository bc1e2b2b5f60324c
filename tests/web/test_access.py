"""Users, sessions, keys, networks, the pace of log-ins, the audit and the file that they are in."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from wallnut.history.sqlite import Sqlite
from wallnut.io.log import Memory
from wallnut.web.access import people, slowing
from wallnut.web.access.audit import Audit
from wallnut.web.access.networks import address_of, allowed, caller
from wallnut.web.access.people import BadUser, Lifetime
from wallnut.web.access.pool import Busy, Pool
from wallnut.web.access.who import Role, Who
from wallnut.web.store import NoStore, Store, open_store

HASH = people.hashed("a good password")
LIFE = Lifetime(idle=100, whole=1000)
WHERE = {Role.VIEW: (), Role.OPERATE: ("192.0.2.0/24", "2001:db8::/32"), Role.ADMINISTER: ("192.0.2.7",)}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Sqlite]:
    found = open_store(str(tmp_path / "console.db"))
    yield found
    found.close()


def test_names_and_passwords(db: Sqlite) -> None:
    number = people.add(db, "Ann", Role.OPERATE, HASH, 5)
    assert people.find(db, "ann") == people.user(db, number)
    for name in ("ANN", "", " ann", "a b", "-a", "a" * 65, "é", "a\n", "root:x", "<b>"):
        with pytest.raises(BadUser):
            people.add(db, name, Role.VIEW, HASH, 5)
    for password in ("", "short", "with é in it", "x" * 501, "tab\tin it"):
        with pytest.raises(BadUser):
            people.hashed(password)
    with pytest.raises(BadUser):
        people.set_nut_account(db, number, "né", "x")
    people.set_nut_account(db, number, "upsadmin", "nut's own")
    people.set_nut_account(db, number, "upsadmin", None)
    assert people.nut_account(db, number) == ("upsadmin", "nut's own")
    people.set_nut_account(db, number, "", None)
    assert people.nut_account(db, number) is None


def test_a_session_ends_unused_and_in_any_case(db: Sqlite) -> None:
    number = people.add(db, "ann", Role.VIEW, HASH, 0)
    token = people.begin_session(db, number, "192.0.2.1", 1000, LIFE)
    hash_ = people.digest(token)
    assert people.session(db, hash_, 1099, LIFE)
    assert people.session(db, hash_, 1198, LIFE)  # it was used
    assert people.session(db, hash_, 1290, LIFE, use=False)
    assert not people.session(db, hash_, 1298, LIFE)  # to be looked at was no use
    assert not people.session(db, hash_, 1298, LIFE)
    token = people.begin_session(db, number, "192.0.2.1", 1000, LIFE)
    for now in range(1000, 2000, 90):
        assert people.session(db, people.digest(token), now, LIFE)
    assert not people.session(db, people.digest(token), 2000, LIFE)
    assert not people.session(db, people.digest("anything else"), 1000, LIFE)


def test_sessions_are_few_and_end_with_their_user(db: Sqlite) -> None:
    number = people.add(db, "ann", Role.VIEW, HASH, 0)
    tokens = [people.begin_session(db, number, "", 1000 + i, LIFE) for i in range(people.MOST_SESSIONS + 2)]
    live = [people.session(db, people.digest(token), 1050, LIFE) is not None for token in tokens]
    assert live == [False] * 2 + [True] * people.MOST_SESSIONS
    people.set_password(db, number, HASH)
    assert people.sessions(db, number) == []
    token = people.begin_session(db, number, "", 1000, LIFE)
    key = people.add_key(db, number, "scripts", Role.VIEW, 1000)
    people.remove(db, number)
    assert people.session(db, people.digest(token), 1001, LIFE) is None
    assert people.by_key(db, key, 1001) is None


def test_keys_give_no_more_than_their_user_has(db: Sqlite) -> None:
    number = people.add(db, "ann", Role.OPERATE, HASH, 0)
    wide, narrow = (people.add_key(db, number, "x", role, 5) for role in (Role.ADMINISTER, Role.VIEW))
    assert people.by_key(db, wide, 9) == (people.user(db, number), Role.OPERATE)
    assert people.by_key(db, narrow, 9) == (people.user(db, number), Role.VIEW)
    people.set_role(db, number, Role.VIEW)
    assert people.by_key(db, wide, 9) == (people.user(db, number), Role.VIEW)
    assert [key.used for key in people.keys(db, number)] == [9, 9]
    assert people.remove_key(db, number + 1, 1) == ""
    assert people.remove_key(db, number, 1) == "x"
    assert people.by_key(db, wide, 9) is None
    for name in ("", "x" * 65, "a\nb"):
        with pytest.raises(BadUser):
            people.add_key(db, number, name, Role.VIEW, 5)
    elsewhere = people.vouched(db, people.LDAP, "uid=x", "x", Role.VIEW, 5, Role.VIEW)
    with pytest.raises(BadUser):
        people.add_key(db, elsewhere.id, "x", Role.VIEW, 5)


def test_who_is_vouched_for_is_nobody_else(db: Sqlite) -> None:
    local = people.add(db, "ann", Role.ADMINISTER, HASH, 0)
    first = people.vouched(db, people.LDAP, "uid=ann,dc=x", "ann", Role.VIEW, 5, Role.VIEW)
    other = people.vouched(db, people.OIDC, "1234", "ann", Role.OPERATE, 5, Role.VIEW)
    assert len({local, first.id, other.id}) == 3
    again = people.vouched(db, people.LDAP, "uid=ann,dc=x", "Ann\x1b[2J", Role.OPERATE, 500, Role.VIEW)
    assert (again.id, again.name, again.role, again.seen) == (first.id, "Ann?[2J", Role.OPERATE, 500)
    proxied = people.vouched(db, people.PROXY, "ann", "ann", None, 5, Role.VIEW)
    people.set_role(db, proxied.id, Role.ADMINISTER)
    assert people.vouched(db, people.PROXY, "ann", "ann", None, 6, Role.VIEW).role == Role.ADMINISTER
    people.set_password(db, first.id, HASH)
    assert not people.user(db, first.id).can_sign_in  # type: ignore[union-attr]
    assert people.password_of(db, "ann") == (local, HASH)


def test_nothing_secret_is_in_the_file_in_clear(tmp_path: Path) -> None:
    path = tmp_path / "console.db"
    db = open_store(str(path))
    number = people.add(db, "ann", Role.VIEW, people.hashed("correct horse"), 0)
    secrets = [
        "correct horse",
        people.begin_session(db, number, "", 0, LIFE),
        people.add_key(db, number, "x", Role.VIEW, 0),
    ]
    db.close()
    content = path.read_bytes()
    assert not any(secret.removeprefix(people.KEY_PREFIX).encode() in content for secret in secrets)
    assert path.stat().st_mode & 0o777 == 0o600


# Networks


@pytest.mark.parametrize(
    ("address", "role", "holds"),
    [
        ("192.0.2.7", Role.ADMINISTER, Role.ADMINISTER),
        ("192.0.2.8", Role.ADMINISTER, Role.OPERATE),
        ("2001:db8::7", Role.ADMINISTER, Role.OPERATE),
        ("::ffff:192.0.2.7", Role.ADMINISTER, Role.ADMINISTER),
        ("198.51.100.1", Role.ADMINISTER, Role.VIEW),
        ("192.0.2.7", Role.VIEW, Role.VIEW),
        ("192.0.2.7", Role.NOBODY, Role.NOBODY),
        ("unknown", Role.ADMINISTER, Role.VIEW),
    ],
)
def test_a_role_holds_in_its_networks(address: str, role: Role, holds: Role) -> None:
    assert allowed(role, address_of(address), WHERE) == holds


def test_who_may_not_look_may_nothing() -> None:
    where = {Role.VIEW: ("192.0.2.0/24",), Role.OPERATE: (), Role.ADMINISTER: ()}
    assert allowed(Role.ADMINISTER, address_of("198.51.100.1"), where) == Role.NOBODY


@given(
    st.text(max_size=20),
    st.lists(st.tuples(st.sampled_from(["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-proto"]), st.text())),
)
def test_no_header_is_too_odd(peer: str, headers: list[tuple[str, str]]) -> None:
    raw = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers]
    for proxies in ((), ("0.0.0.0/0", "::/0")):
        found = caller(peer, Headers(raw=raw), proxies, secure=False)
        assert found.peer == peer
        if address_of(peer) is None:
            assert not found.by_proxy


# The pace of log-ins


def test_whoever_guesses_waits_longer_and_longer() -> None:
    pace, now, waits = slowing.Slowing(), 0.0, []
    for _ in range(12):
        waits.append(wait := pace.wait("ann", "192.0.2.1", now))
        now += wait
        pace.begin("ann", "192.0.2.1", now)
    assert waits[:5] == [0] * 5
    assert waits[5:9] == [2, 4, 8, 16]
    assert pace.wait("bob", "192.0.2.1", now) > 0  # nor is another name tried from there
    assert pace.wait("ann", "192.0.2.2", now) == 0
    assert pace.wait("ann", "192.0.2.1", now + slowing.FORGET + 1) == 0


def test_many_at_once_are_no_way_around() -> None:
    pace = slowing.Slowing()
    for _ in range(5):
        assert pace.wait("ann", "2001:db8::1", 0.0) == 0
        pace.begin("ann", "2001:db8::1", 0.0)
    assert pace.wait("ann", "2001:db8::2", 0.0) > 0  # of the same line


def test_nobody_is_locked_out_by_others() -> None:
    pace = slowing.Slowing()
    pace.begin("ann", "192.0.2.1", 0.0)
    pace.good("ann", "192.0.2.1")
    for i in range(1000):
        pace.begin("ann", f"198.51.{i // 250}.{i % 250}", 1.0)
    assert pace.wait("ann", "203.0.113.1", 1.0) == slowing.OF_USER.longest
    assert pace.wait("ann", "192.0.2.1", 1.0) == 0
    assert pace.wait("bob", "203.0.113.1", 1.0) == 0


def test_what_nobody_looked_at_does_not_count() -> None:
    pace = slowing.Slowing()
    for _ in range(50):
        assert pace.wait("ann", "192.0.2.1", 0.0) == 0
        pace.begin("ann", "192.0.2.1", 0.0)
        pace.excuse("ann", "192.0.2.1")
    assert not pace.usual("ann", "192.0.2.1")
    pace.good("ann", "192.0.2.1")
    assert pace.usual("ANN", "192.0.2.1")


def test_what_is_remembered_has_a_bound() -> None:
    pace = slowing.Slowing()
    for i in range(slowing.MOST + 500):
        address = f"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}"
        pace.begin(f"user{i}" * 20, address, float(i))
        pace.good(f"user{i}", address) if i % 2 else None
    assert pace.size <= 3 * slowing.MOST


def test_work_that_waits_has_a_bound() -> None:
    async def part() -> None:
        pool, gate = Pool("test", 1, 1, 10.0), asyncio.Event()
        loop = asyncio.get_running_loop()
        hold = lambda: asyncio.run_coroutine_threadsafe(gate.wait(), loop).result(10)  # noqa: E731
        first, second = asyncio.ensure_future(pool.run(hold)), asyncio.ensure_future(pool.run(hold))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await pool.run(hold)
        gate.set()
        assert await first
        assert await second
        pool.close()

    asyncio.run(part())


# The audit and the file


def test_the_audit_forgets_what_is_old_and_too_much(tmp_path: Path) -> None:
    async def part() -> None:
        store, log, now = Store(str(tmp_path / "c.db"), make=True), Memory(), 0.0
        audit = Audit(store, log, days=1, most=50, clock=lambda: now)
        ann = Who("ann", Role.OPERATE, "session", address="192.0.2.1")
        await audit.note(ann, "set", "ups.delay", "ok")
        now = 90_000.0
        for i in range(400):
            await audit.note(ann, "command", f"beeper.mute {i}\n")
        found = await audit.deeds(limit=500)
        assert len(found) == 50
        assert (found[0].target, found[0].at) == ("beeper.mute 399?", 90_000)
        assert [one.id for one in await audit.deeds(before=found[9].id, limit=2)] == [found[10].id, found[11].id]
        assert await audit.deeds(who="bob") == []
        for _ in range(400):
            await audit.note(Who("", Role.NOBODY, ""), "sign-in", result="wrong name or password")
        found = await audit.deeds(limit=500)
        assert [sum(one.what == what for one in found) for what in ("sign-in", "command")] == [5, 45]
        await store.close()
        lost = Audit(Store(""), log, days=1, most=50)
        await lost.note(ann, "set", "ups.delay", "ok")
        assert "ann (session from 192.0.2.1): set: ups.delay: ok; not kept" in log.texts[-1]

    asyncio.run(part())


def test_a_store_that_cannot_be(tmp_path: Path) -> None:
    assert "there is no folder" in Store(str(tmp_path / "no" / "c.db"), make=True).open()
    (tmp_path / "text.db").write_text("this is no database, and long enough to be none" * 50)
    assert "not a database" in Store(str(tmp_path / "text.db")).open()
    newer = tmp_path / "newer.db"
    open_store(str(newer)).close()
    with sqlite3.connect(newer) as link:
        link.execute("PRAGMA user_version = 9999")
    link.close()
    assert "newer wallnut" in Store(str(newer)).open()
    (tmp_path / "link.db").symlink_to(newer)
    assert Store(str(tmp_path / "link.db")).open()  # another's file may stand behind it


def test_a_store_that_somebody_makes_is_used(tmp_path: Path) -> None:
    async def part() -> None:
        path = str(tmp_path / "c.db")
        store = Store(path)
        with pytest.raises(NoStore, match="wallnut user add"):
            await store.ask(people.users)
        assert not os.path.exists(path)
        open_store(path).close()
        assert await store.ask(people.users) == []
        await store.close()

    asyncio.run(part())


def test_a_store_that_is_removed_or_replaced_lets_nobody_in_any_more(tmp_path: Path) -> None:
    async def part() -> None:
        path = tmp_path / "c.db"
        store = Store(str(path), make=True)
        await store.ask(lambda db: people.add(db, "ada", Role.ADMINISTER, "", 0))
        assert await store.ask(people.any_user)
        for file in tmp_path.glob("c.db*"):
            file.unlink()
        other = open_store(str(path))  # such as by `wallnut user add`
        people.add(other, "eve", Role.VIEW, "", 0)
        other.close()
        assert [one.name for one in await store.ask(people.users)] == ["eve"]
        for file in tmp_path.glob("c.db*"):
            file.unlink()
        assert await store.ask(people.users) == []
        await store.close()

    asyncio.run(part())


def test_others_may_no_longer_read_it(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    path.touch(0o644)
    open_store(str(path)).close()
    assert path.stat().st_mode & 0o777 == 0o600


WRITER = """
import sys
from wallnut.web.access import people
from wallnut.web.access.who import Role
from wallnut.web.store import open_store
db = open_store(sys.argv[1])
for i in range(10000):
    number = people.add(db, f"user{i}", Role.VIEW, "hash", i)
    people.set_nut_account(db, number, "a", "b")
    print(i, flush=True)
"""


def test_what_was_kept_survives_a_kill(tmp_path: Path) -> None:
    path = str(tmp_path / "c.db")
    with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        last = -1
        for line in process.stdout:
            last = int(line)
            if last == 30:
                process.send_signal(signal.SIGKILL)
    db = open_store(path)
    assert db.rows("PRAGMA integrity_check") == [("ok",)]
    assert all(people.find(db, f"user{i}") is not None for i in range(last + 1))
    db.close()
