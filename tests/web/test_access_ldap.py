"""Signing in by OpenLDAP's own server."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.support.slapd import ADMINS, BASE, OPERATORS, PEOPLE, READER, USERS, VIEWERS, Directory, slapd
from tests.web.consoles import PASSWORDS, Place
from wallnut.config.wallnut_toml import Ldap
from wallnut.model.errors import ConfigError
from wallnut.web.access import directory
from wallnut.web.access.directory import Away, Entry
from wallnut.web.access.who import Role

# ldap3 uses what Python and pyasn1 are to drop, and leaves sockets open that it could not use.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Sockets that ldap3 forgot go within the test."""
    yield
    gc.collect()


GROUPS: dict[str, Any] = {"view": (VIEWERS,), "operate": (OPERATORS,), "administer": (ADMINS,)}
BY_NAME: dict[str, Any] = {"dn": f"uid={{user}},{PEOPLE}"}
BY_SEARCH: dict[str, Any] = {"base": BASE, "bind_dn": READER, "bind_password": "reads"}


@dataclass
class Peer:
    """The server and what to trust it by."""

    server: Directory
    authority: str

    def conf(self, url: str = "", **values: Any) -> Ldap:
        return Ldap(url=(url or self.server.plain,), **{"ca_file": self.authority, **GROUPS, **BY_NAME, **values})


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    folder = tmp_path_factory.mktemp("slapd")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    paths = [folder / name for name in ("certificate.pem", "key.pem", "authority.pem")]
    issued.cert_chain_pems[0].write_to_path(str(paths[0]))
    issued.private_key_pem.write_to_path(str(paths[1]))
    authority.cert_pem.write_to_path(str(paths[2]))
    with slapd(folder, *paths) as server:
        yield Peer(server, str(paths[2]))


@pytest.mark.parametrize("how", [BY_NAME, BY_SEARCH], ids=["by name", "by search"])
@pytest.mark.parametrize("way", ["plain", "tls"])
def test_who_is_let_in(peer: Peer, how: dict[str, Any], way: str) -> None:
    known = directory.Directory(peer.conf(getattr(peer.server, way), **{"dn": "", **how}))
    for name, role in (("ada", Role.ADMINISTER), ("otto", Role.OPERATE), ("vera", Role.VIEW)):
        assert known.look(name, USERS[name]) == Entry(f"uid={name},{PEOPLE}", role)
    assert known.look("ADA", USERS["ada"]) == Entry(f"uid=ada,{PEOPLE}", Role.ADMINISTER)  # the same person
    assert known.look("nils", USERS["nils"]) is None  # of no group
    for name, password in (("ada", "wrong"), ("ada", ""), ("ada", "x\0"), ("nobody", "x"), ("", "x"), ("x" * 65, "x")):
        assert known.look(name, password) is None


@pytest.mark.parametrize("how", [BY_NAME, BY_SEARCH], ids=["by name", "by search"])
@pytest.mark.parametrize(
    "name", ["*", "a*", "ada,ou=people", "ada)(uid=*", "*)(|(uid=*", f"ada,{PEOPLE}", "we*ird", "\\2a", " ada"]
)
def test_a_name_is_a_name_and_no_pattern(peer: Peer, how: dict[str, Any], name: str) -> None:
    known = directory.Directory(peer.conf(**{"dn": "", **how}))
    found = known.look(name, USERS["ada"])
    assert found in (None, Entry(f"uid=ada,{PEOPLE}", Role.ADMINISTER))
    assert found is None or name == " ada"  # which is how the directory itself compares


def test_one_line_where_it_cannot_be_asked(peer: Peer, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    for conf, said in (
        (peer.conf("ldap://127.0.0.1:1"), "refused"),
        (peer.conf(peer.server.tls, ca_file=str(other)), "CERTIFICATE_VERIFY_FAILED"),
        (peer.conf(peer.server.plain, ca_file=str(other)), "CERTIFICATE_VERIFY_FAILED"),
        (peer.conf(peer.server.plain.replace("127.0.0.1", "localhost")), "localhost"),  # its certificate is another's
        (peer.conf(**{**BY_SEARCH, "dn": "", "bind_password": "wrong"}), "does not let bind_dn in"),
    ):
        with pytest.raises(Away, match=said) as caught:
            directory.Directory(conf).look("vera", USERS["vera"])
        assert "\n" not in str(caught.value)
        assert USERS["vera"] not in str(caught.value)
    several = Ldap(url=("ldap://127.0.0.1:1", peer.server.tls), ca_file=peer.authority, **GROUPS, **BY_NAME)
    assert directory.Directory(several).look("vera", USERS["vera"])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dn": ""}, "needs dn, or base"),
        ({"dn": "uid=admin"}, "needs {user}"),
        ({"dn": "", "base": "dc=x", "filter": "(uid=admin)"}, "needs {user}"),
        ({"view": (), "operate": (), "administer": ()}, "needs a group"),
        ({"url": ("http://x",)}, "begins with ldaps://"),
        ({"ca_file": "/nowhere/ca.pem"}, "No such file"),
    ],
)
def test_settings_that_cannot_work(values: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        directory.check(Ldap(**{"url": ("ldaps://x",), **GROUPS, **BY_NAME, **values}))


def test_signing_in(peer: Peer, tmp_path: Path) -> None:
    place = Place(tmp_path, ldap=peer.conf())
    otto = place.visitor()
    assert otto.sign_in("otto", "wrong").status == 403
    # the console has an otto of its own, who is somebody else and comes first
    assert otto.sign_in("otto", USERS["otto"]).status == 403
    assert otto.sign_in("otto", PASSWORDS[Role.OPERATE]).status == 303
    assert "Known by</dt><dd>here" in otto.get("/settings/account").text
    nils = place.visitor("192.0.2.70")
    assert nils.sign_in("nils", USERS["nils"]).status == 403
    asyncio.run(place.access.close())


def test_without_users_of_its_own(peer: Peer, tmp_path: Path) -> None:
    place = Place(tmp_path, with_users=False, ldap=peer.conf())
    ada, vera = place.visitor(), place.visitor()
    assert ada.sign_in("Ada", USERS["ada"]).status == 303
    assert vera.sign_in("vera", USERS["vera"]).status == 303
    assert vera.get("/settings/users").status == 403
    page = ada.get("/settings/users").text
    assert "the directory" in page
    assert ada.post("/settings/users/2/password", password="a password").status == 400
    assert "Known by</dt><dd>the directory" in vera.get("/settings/account").text
    assert [one["via"] for one in ada.get("/api/v1/audit?who=vera").json()] == ["ldap"]
    assert not any(password in place.path.read_bytes().decode("latin-1") for password in USERS.values())
    asyncio.run(place.access.close())


def test_the_directory_is_away(tmp_path: Path) -> None:
    conf = Ldap(url=("ldap://127.0.0.1:1",), start_tls=False, **GROUPS, **BY_NAME)
    place = Place(tmp_path, ldap=conf)
    assert place.visitor().sign_in("vera", PASSWORDS[Role.VIEW]).status == 303
    answer = place.visitor().sign_in("nora", "a password")
    assert (answer.status, "directory cannot be asked" in answer.text) == (503, True)
    assert place.log.texts[-1].startswith("LDAP: ldap://127.0.0.1:1 cannot be asked: ")
    asyncio.run(place.access.close())
