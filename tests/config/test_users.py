"""upsd.users: rights, networks, passwords."""

from __future__ import annotations

import pytest

from wallnut.config.files import parse_upsd_users
from wallnut.config.passwords import check_password, hash_password, is_hashed, parse_hash
from wallnut.config.types import UpsdUsers, User
from wallnut.model.errors import NutError


def users(text: str) -> UpsdUsers:
    """A file without a fault."""
    found, problems = parse_upsd_users(text.encode())
    assert list(map(str, problems)) == []
    return found


def problems(text: str) -> list[str]:
    return [f"{one.line} {one.severity[0]} {one.text}" for one in parse_upsd_users(text.encode())[1]]


def only(text: str) -> User:
    """The one user of a file that may have faults."""
    (user,) = parse_upsd_users(text.encode())[0].users
    return user


def test_an_ordinary_file() -> None:
    found = users(
        """
        [admin]
            password = "my pass"
            Actions = set fsd
            instcmds = ALL
        [pfy]
            PASSWORD = duh
            instcmds = test.panel.start
            instcmds = test.panel.stop beeper.on
            "actions=SET"
        [m]
            upsmon primary
        [s]
            upsmon slave
        """
    )
    admin, pfy, m, s = found.users
    assert (admin.name, admin.password, admin.actions, admin.instcmds) == ("admin", "my pass", ("SET", "FSD"), ("ALL",))
    assert (pfy.password, pfy.instcmds) == ("duh", ("test.panel.start", "test.panel.stop", "beeper.on"))
    assert (m.upsmon, s.upsmon, m.password) == (("primary",), ("secondary",), None)
    assert found.find("pfy") is pfy
    assert found.find("PFY") is None
    assert "my pass" not in repr(found)
    rights = {
        user.name: [right for right in ("SET", "FSD", "LOGIN", "PRIMARY", "MASTER") if user.may(right)]
        for user in found.users
    }
    assert rights == {
        "admin": ["SET", "FSD"],
        "pfy": ["SET"],
        "m": ["FSD", "LOGIN", "PRIMARY", "MASTER"],
        "s": ["LOGIN"],
    }
    assert [user.may_run("Test.Panel.START") for user in found.users] == [True, True, False, False]
    assert [user.may_run("load.off") for user in found.users] == [True, False, False, False]


def test_rights_by_hand() -> None:
    user = only("[a]\nactions = login master\n")
    assert [user.may(right) for right in ("LOGIN", "MASTER", "PRIMARY", "FSD")] == [True, True, True, False]


def test_upsmon_with_an_equals_sign() -> None:
    assert only("[a]\nupsmon = master\n").upsmon == ("primary",)


def test_a_second_section_gives_nobody_its_rights() -> None:
    text = "[admin]\npassword=a\n[guest]\npassword=g\n[admin]\nactions=SET\ninstcmds=ALL\n[last]\nupsmon primary\n"
    found, _ = parse_upsd_users(text.encode())
    assert [(user.name, user.actions, user.instcmds) for user in found.users] == [
        ("admin", (), ()),
        ("guest", (), ()),
        ("last", (), ()),
    ]
    assert problems(text) == ["5 e Ignoring duplicate user admin: the section's lines have no effect"]


def test_the_first_password_counts() -> None:
    assert only("[a]\npassword=1\npassword=2\n").password == "1"
    assert problems("[a]\npassword=1\npassword=2\n") == ["3 e Ignoring duplicate password: the first one counts"]


def test_problems() -> None:
    assert problems("password = x\n") == ["1 e password: a line before the first [user] has no effect"]
    assert problems("[a]\npasword = x\n") == ["2 w Unrecognized user setting pasword (did you mean password?)"]
    assert problems("[a]\nfoo = x\n") == ["2 w Unrecognized user setting foo"]
    assert problems("[a]\npassword x\n") == ["2 e password needs `=` and a password after it"]
    assert problems("[a]\nactions =\n") == ["2 e actions needs one action or more, got nothing"]
    assert problems("[a]\nupsmon boss\n") == ["2 e Unknown upsmon type boss: upsmon needs primary or secondary"]
    assert problems("[a]\nupsmon\n") == ["2 e upsmon needs primary or secondary, got nothing"]
    assert problems("[a]\nuser x\n") == ["2 e user: the old form of this file; write a section [name] for each user"]
    assert problems("[a b]\npassword = x\n") == [
        "1 e [a b]: a section is named by one word in brackets; its lines are ignored"
    ]
    assert problems("[a]\nallowfrom = home\n") == [
        "2 e allowfrom needs addresses or networks such as 10.0.0.0/8, got 'home'"
    ]
    assert problems("[a]\npassword = $scrypt$oops\n") == [
        "2 e password is a broken hash, nobody can log in with it: make a new one with `wallnut passwd`"
    ]


def test_networks() -> None:
    user = only("[a]\nallowfrom = 10.0.0.0/8 192.168.1.7\nallowfrom = fd00::/8 10.1.2.3/16\n")
    assert user.allowfrom == ("10.0.0.0/8", "192.168.1.7", "fd00::/8", "10.1.2.3/16")
    inside = ["10.2.3.4", "192.168.1.7", "fd12::1", "::ffff:10.0.0.1", "10.1.255.255"]
    outside = ["11.0.0.1", "192.168.1.8", "fe80::1%eth0", "::1", "", "somewhere"]
    assert [address for address in inside + outside if user.may_come_from(address)] == inside


def test_without_networks_from_anywhere() -> None:
    assert only("[a]\n").may_come_from("203.0.113.1")


@pytest.mark.parametrize("line", ["allowfrom = home", "allowfrom =", "allowfrom", "allowfrom 10.0.0.0/8"])
def test_a_broken_network_lets_nobody_in(line: str) -> None:
    user = only(f"[a]\n{line}\n")
    assert user.allowfrom == ()
    assert not user.may_come_from("10.0.0.1")


# RFC 7914, section 12: the third test vector, written as wallnut writes a hash (64 bytes).
RFC_7914 = (
    "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$"
    "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw"
)


def test_hashes() -> None:
    stored = hash_password("my pass")
    assert stored.startswith("$scrypt$ln=14,r=8,p=1$")
    assert stored != hash_password("my pass")
    assert hash_password("x", b"salt") == hash_password("x", b"salt")
    assert is_hashed(stored)
    assert check_password(stored, "my pass")
    assert not check_password(stored, "my pas")
    assert only(f'[a]\npassword = "{stored}"\n').password == stored


def test_a_known_hash() -> None:
    assert check_password(RFC_7914, "pleaseletmein")
    assert not check_password(RFC_7914, "pleaseletmeout")


def test_a_hash_is_not_the_password() -> None:
    stored = hash_password("x")
    assert not check_password(stored, stored)
    assert not check_password("$scrypt$oops", "$scrypt$oops")


def test_plain_passwords() -> None:
    assert check_password("plain", "plain")
    assert not check_password("plain", "Plain")
    assert check_password("", "")
    assert not check_password(None, "")
    assert not check_password("é", "\udcff")


@pytest.mark.parametrize(
    "stored",
    [
        "plain",
        "$scrypt$",
        RFC_7914[:-1] + "=",
        RFC_7914.replace("ln=14", "ln=40"),
        RFC_7914.replace("r=8", "r=900"),
        RFC_7914.replace("p=1", "p=0"),
        RFC_7914.replace("p=1", "p=1,q=2"),
        RFC_7914.replace("ln=14", "ln=-1"),
        RFC_7914 + "$",
        RFC_7914[:60],
        "$scrypt$ln=14,r=8,p=1$$" + RFC_7914.rpartition("$")[2],
        "$scrypt$ln=14,r=8,p=1$!!$" + RFC_7914.rpartition("$")[2],
    ],
)
def test_broken_hashes(stored: str) -> None:
    assert parse_hash(stored) is None
    assert not is_hashed(stored) or not check_password(stored, "pleaseletmein")


@pytest.mark.parametrize("text", ["", "café", "a\tb", "x" * 513])
def test_passwords_that_cannot_be_sent(text: str) -> None:
    with pytest.raises(NutError):
        hash_password(text)
