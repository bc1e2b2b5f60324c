"""nutauth.conf: which section counts for which server."""

from __future__ import annotations

import pytest

from wallnut.config.directive import BadValue
from wallnut.config.nutauth import parse_nutauth_conf, section_key
from wallnut.config.types import AuthEntry, NutAuth
from wallnut.model.errors import ConfigError


def auth(text: str, **files: str) -> NutAuth:
    """A file without a fault, and those it includes."""
    contents = {name: data.encode() for name, data in files.items()}
    found, problems = parse_nutauth_conf(text.encode(), "nutauth.conf", contents.get)
    assert list(map(str, problems)) == []
    return found


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("user@host:1", ("user", "host", 1)),
        ("user@host", ("user", "host", 3493)),
        ("@host:1", ("", "host", 1)),
        ("@Host", ("", "host", 3493)),
        ("host", ("", "host", 3493)),
        ("host:1", ("", "host", 1)),
        (":1", ("", "localhost", 1)),
        ("@:1", ("", "localhost", 1)),
        ("@localhost:nut", ("", "localhost", 3493)),
        ("a@b@host", ("a@b", "host", 3493)),
        ("@[::1]:5", ("", "::1", 5)),
        ("[::1]", ("", "::1", 3493)),
        ("::1", ("", "::1", 3493)),
        ("", ("", "", 0)),
        ("_global_defaults", ("", "", 0)),
    ],
)
def test_section_names(name: str, key: tuple[str, str, int]) -> None:
    assert section_key(name) == key


@pytest.mark.parametrize("name", ["host:http", "host:0", "host:65536", "[::1", "[::1]5", "host:"[:-1] + ":-1"])
def test_bad_section_names(name: str) -> None:
    with pytest.raises(BadValue):
        section_key(name)


EXAMPLE = """
CERTVERIFY = on
FORCESSL = 1
[@localhost]
    PASS = "password 1"
    user = local
[admin@remote:3493]
    password = secret2
    CERTVERIFY = off
[other@remote]
    PASS = x
[_global_defaults]
    CERTPATH = /etc/ssl
"""


def test_what_counts_for_a_server() -> None:
    found = auth(EXAMPLE)
    assert found.default == AuthEntry(certverify=True, forcessl=True, certpath="/etc/ssl")
    here = found.find("", 3493)
    assert (here.username, here.password, here.certverify, here.host) == ("local", "password 1", True, "localhost")
    there = found.find("Remote", 3493, "admin")
    assert (there.username, there.password, there.certverify, there.forcessl) == ("admin", "secret2", False, True)
    assert found.find("remote", 3493).username == "admin"
    assert found.find("remote", 3493, "other").password == "x"
    stranger = found.find("remote", 3493, "stranger")
    assert (stranger.username, stranger.password, stranger.certpath) == ("stranger", None, "/etc/ssl")
    assert found.find("remote", 4000).username is None
    assert "secret2" not in repr(found)


def test_a_password_is_never_sent_for_somebody_else() -> None:
    found = auth("USER = a\nPASS = pa\n[@one]\nUSER = b\n[@two]\nPASS = p2\n")
    assert (found.find("zero", 3493).username, found.find("zero", 3493).password) == ("a", "pa")
    assert found.find("zero", 3493, "c").password is None
    assert (found.find("one", 3493).username, found.find("one", 3493).password) == ("b", None)
    assert (found.find("two", 3493).username, found.find("two", 3493).password) == ("a", "p2")
    assert found.find("two", 3493, "a").password == "p2"


def test_included_files() -> None:
    found = auth(
        "INCLUDE_REQUIRED base\nINCLUDE gone\n[@h]\nINCLUDE = more\nUSER = u\n",
        base="FORCESSL = yes\n[@g]\nPASS = g\n",
        more="PASS = h\n[@other]\nPASS = no\n[h]\nCERTHOST = c\n",
    )
    assert found.default.forcessl is True
    assert [(one.host, one.password, one.certhost) for one in found.entries] == [("g", "g", None), ("h", "h", "c")]


def test_required_and_endless_files() -> None:
    with pytest.raises(ConfigError, match="a:2: cannot read the required file b"):
        parse_nutauth_conf(b"\nINCLUDE_REQUIRED b\n", "a")
    with pytest.raises(ConfigError, match="a:1: files include one another without end"):
        parse_nutauth_conf(b"INCLUDE a\n", "a", lambda _: b"INCLUDE a\n")


def test_problems() -> None:
    text = (
        b"INCLUDE\nPAS = x\nUSER admin\nCERTVERIFY = maybe\n[u@h]\nUSER = v\n[a b]\nPASS = x\n[h:x]\nPASS = y\n"
        b"[@h]\nPASS = two words\n"
    )
    found, problems = parse_nutauth_conf(text)
    assert list(map(str, problems)) == [
        "nutauth.conf:1: INCLUDE needs a file",
        "nutauth.conf:2: unknown directive PAS (did you mean PASS?)",
        "nutauth.conf:3: USER: a line is `key = value`",
        "nutauth.conf:4: CERTVERIFY needs yes or no, got 'maybe'",
        "nutauth.conf:6: USER is ignored: the section's name has the user",
        "nutauth.conf:7: [a b]: a section is named by one word in brackets; its lines are ignored",
        "nutauth.conf:9: [h:x]: 'x' is no port from 1 to 65535; its lines are ignored",
        "nutauth.conf:12: PASS: only '***' counts; put a value with blanks in quotes",
    ]
    assert found.default.password is None
    assert [(one.user, one.host, one.password) for one in found.entries] == [("u", "h", None), ("", "h", "two")]
