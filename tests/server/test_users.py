"""Who may do what: passwords plain and hashed, addresses, the price of guessing, the audit lines."""

from __future__ import annotations

import time

from tests.server.local import Client, Local
from wallnut.config.files import parse_upsd_users
from wallnut.config.passwords import hash_password
from wallnut.io.log import NOTICE

DENIED = ["ERR ACCESS-DENIED"]


def login(local: Local, password: str, address: str = "192.0.2.1", name: str = "mon") -> list[str]:
    return local.user(name, password, address).ask("LOGIN u")


def test_a_wrong_password_slows_its_address_and_no_other() -> None:
    with Local() as local:
        local.driver()
        assert login(local, "no") == DENIED  # the first costs nothing
        guesser = local.user("mon", "nono")
        assert guesser.ask("LOGIN u", "NETVER") == []
        assert login(local, "pw", "192.0.2.2") == ["OK"]
        bystander = local.client()
        assert bystander.ask("GET VAR u ups.status") == ['VAR u ups.status "OL"']
        local.pass_time(0.4, 0.1)
        assert guesser.lines() == []
        local.pass_time(0.2, 0.1)
        assert guesser.lines() == ["ERR ACCESS-DENIED", "1.3"]  # and what was asked behind it
        assert guesser.ask("LOGIN u") == DENIED  # no second try on a connection, so no second wait
        texts = [text for _, text in local.log.lines if text.startswith("Login failed")]
        assert texts == [
            "Login failed: mon@192.0.2.1: wrong password (1 lately from there)",
            "Login failed: mon@192.0.2.1: wrong password (2 lately from there)",
        ]


def test_the_right_password_waits_too_or_guessing_would_be_free() -> None:
    with Local() as local:
        local.driver()
        before = local.user("mon", "pw")
        assert before.ask("PRIMARY u") == ["OK PRIMARY-GRANTED"]
        for _ in range(9):
            local.user("mon", "no").ask("LOGIN u")
            local.pass_time(5)
        right = local.user("admin", "adm")
        assert right.ask("FSD u") == []
        assert before.ask("LOGIN u", "FSD u") == ["OK", "OK FSD-SET"]  # who is known waits no more
        assert login(local, "pw") == ["OK"]  # nor does what was right from there before: a monitor that comes back
        assert login(local, "pww") == []
        local.pass_time(4.5, 0.5)
        assert right.lines() == ["OK FSD-SET"]
        local.pass_time(301)
        assert login(local, "no") == DENIED  # forgiven


def test_hashed_passwords() -> None:
    stored = hash_password("secret word", b"0123456789abcdef")
    users = f'[hash]\npassword = "{stored}"\nupsmon primary\n[off]\nupsmon primary\n'
    with Local(users=users) as local:
        local.driver()

        def tried(password: str, address: str) -> list[str]:
            client = local.user("hash", f'"{password}"', address)
            client.send(b"LOGIN u\nNETVER\n")
            return client.wait(2)

        assert tried("secret word", "192.0.2.1") == ["OK", "1.3"]
        assert tried("secret", "192.0.2.2") == ["ERR ACCESS-DENIED", "1.3"]
        assert tried(stored, "192.0.2.3") == ["ERR ACCESS-DENIED", "1.3"]
        started = time.process_time()
        for number in range(50):  # what was right once costs nothing any more
            assert local.user("hash", '"secret word"', f"192.0.3.{number}").ask("LOGIN u") == ["OK"]
        assert time.process_time() - started < 1
        assert local.user("off", '""').ask("LOGIN u") == DENIED  # no password: nobody


def test_a_client_that_leaves_while_its_password_is_checked() -> None:
    stored = hash_password("secret", b"0123456789abcdef")
    with Local(users=f'[hash]\npassword = "{stored}"\nupsmon primary\n') as local:
        local.driver()
        client = local.user("hash", "secret")
        client.ask("LOGIN u")
        client.socket.close()
        other = local.user("hash", "secret")
        other.send(b"LOGIN u\n")
        assert other.wait(1) == ["OK"]
        assert local.sessions() == 1


def test_allowfrom() -> None:
    users = "[near]\npassword = p\nupsmon secondary\nallowfrom = 192.0.2.0/24 2001:db8::/32\n"
    with Local(users=users) as local:
        local.driver()
        assert login(local, "p", "192.0.2.9", "near") == ["OK"]
        assert login(local, "p", "2001:db8::7", "near") == ["OK"]
        assert login(local, "p", "198.51.100.1", "near") == DENIED
        assert "Login failed: near@198.51.100.1: wrong address (1 lately from there)" in local.log.texts


def test_new_users_count_at_once() -> None:
    with Local() as local:
        local.driver()
        client = local.user()
        assert client.ask("SET VAR u ups.id a") == ["OK"]
        local.upsd.credentials.read(parse_upsd_users(b"[admin]\npassword = new\nactions = SET\n")[0])
        assert client.ask("SET VAR u ups.id a") == DENIED
        local.upsd.credentials.read(parse_upsd_users(b"[admin]\npassword = adm\nactions = SET\n")[0])
        local.pass_time(1)
        assert client.ask("SET VAR u ups.id a") == []  # its address is suspect now
        local.pass_time(1)
        assert client.lines() == ["OK"]


def said(local: Local, client: Client, request: str) -> str:
    before = len(local.log.lines)
    client.ask(request)
    (entry,) = [entry for entry in local.log.lines[before:] if entry[0] == NOTICE]
    return entry[1]


def test_audit() -> None:
    with Local() as local:
        driver, admin = local.driver(), local.user()
        who = "admin@192.0.2.1"
        assert said(local, admin, 'SET VAR u ups.id "a b"') == (
            f"Set variable: {who} set ups.id on u to a b (tracking ID: disabled)"
        )
        assert said(local, admin, "SET VAR u ups.status x") == f"Refused: {who} SET VAR u ups.status x: READONLY"
        assert said(local, admin, "SET VAR zz ups.status x") == f"Refused: {who} SET VAR zz ups.status x: UNKNOWN-UPS"
        assert said(local, admin, "INSTCMD u test.panel.start 5") == (
            f"Instant command: {who} did test.panel.start with value 5 on u (tracking ID: disabled)"
        )
        assert said(local, admin, "INSTCMD u no") == f"Refused: {who} INSTCMD u no: CMD-NOT-SUPPORTED"
        assert said(local, admin, "FSD v") == f"Client {who} set FSD on UPS [v]"
        mon = local.user("mon", "pw")
        assert said(local, mon, "SET VAR u ups.id x") == "Refused: mon@192.0.2.1 SET VAR u ups.id x: ACCESS-DENIED"
        driver.stream.close()
        local.settle()
        assert said(local, admin, "INSTCMD u no").endswith("INSTCMD u no: DRIVER-NOT-CONNECTED")
        before = len(local.log.lines)
        for _ in range(10):
            admin.ask(*["SET VAR zz a b"] * 20)
        assert len(local.log.lines) - before < 80
        local.pass_time(61)
        admin = local.user()
        admin.ask("SET VAR zz a b")
        assert any("more requests were refused" in text for text in local.log.texts)


def test_logins() -> None:
    with Local() as local:
        local.driver()
        one, two = local.user("mon", "pw", "192.0.2.1"), local.user("mon", "pw", "2001:db8::1")
        assert one.ask("LOGIN u") == two.ask("LOGIN U") == ["OK"]
        assert local.client().ask("LIST CLIENT U", "GET NUMLOGINS u") == [
            "BEGIN LIST CLIENT U",
            "CLIENT u 2001:db8::1",
            "CLIENT u 192.0.2.1",
            "END LIST CLIENT U",
            "NUMLOGINS u 2",
        ]
        two.socket.close()
        assert one.ask("GET NUMLOGINS u") == ["NUMLOGINS u 1"]
        assert one.ask("LOGOUT") == ["OK Goodbye"]
        one.lines()
        assert one.over
        texts = [text for text in local.log.texts if " logged " in text]
        assert texts == [
            "User mon@192.0.2.1 logged into UPS [u]",
            "User mon@2001:db8::1 logged into UPS [u]",
            "User mon@2001:db8::1 logged out from UPS [u]",
            "User mon@192.0.2.1 logged out from UPS [u]",
        ]
