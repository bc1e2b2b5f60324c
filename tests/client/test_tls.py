"""TLS: a server of Python's ssl played by the test, and C upsd with its NSS certificates."""

from __future__ import annotations

import ssl
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
import trustme

from tests.client.played import server
from tests.support.cnut import CNut
from tests.support.peers import need
from tests.support.wait import until
from wallnut.client.sync import connect
from wallnut.client.tls import Tls
from wallnut.model.errors import LinkError, ProtocolError, TlsError
from wallnut.proto import net

ANSWERS = {b"VER": b"Network UPS Tools upsd 2.8.0\n", b"USERNAME u": b"OK\n", b"PASSWORD p": b"OK\n"}
VER = net.Text("VER")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA) -> trustme.LeafCert:
    return authority.issue_cert("localhost", "127.0.0.1")


@pytest.fixture(scope="module")
def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def fingerprint(certificate: trustme.LeafCert) -> str:
    return sha256(ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode())).hexdigest()


def test_defaults_of_verification() -> None:
    assert Tls("require").verify
    assert not Tls("try").verify
    assert not Tls("require", fingerprint="ab").verify
    assert Tls("try", ca_file="x").verify
    assert Tls("require", fingerprint="ab", ca_path="x").verify
    assert not Tls("require", verify=False).verify
    with pytest.raises(ValueError):
        Tls("yes")  # type: ignore[arg-type]


def test_a_verified_server(context: ssl.SSLContext, ca_file: str) -> None:
    with server(ANSWERS, tls=context, cut=3) as played:
        with connect("localhost", played.port, username="u", password="p", tls=Tls(ca_file=ca_file)) as client:
            assert client.call(VER) == "Network UPS Tools upsd 2.8.0"
            assert client.tls is not None
            assert client.tls.version() == "TLSv1.3"
        told = [b"STARTTLS", b"USERNAME u", b"PASSWORD p", b"VER", b"LOGOUT"]
        until(lambda: played.told == told, 20, "LOGOUT to arrive")


def test_a_server_with_an_unknown_certificate_is_told_nothing(context: ssl.SSLContext) -> None:
    with server(ANSWERS, tls=context) as played:
        with pytest.raises(TlsError, match="certificate verify failed"):
            connect("localhost", played.port, username="u", password="p", tls="require")
        assert played.told == [b"STARTTLS"]


def test_a_certificate_for_another_host(authority: trustme.CA, ca_file: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("elsewhere.example").configure_cert(context)
    with server(ANSWERS, tls=context) as played:
        with pytest.raises(TlsError, match=r"[Hh]ostname mismatch"):
            connect("localhost", played.port, tls=Tls(ca_file=ca_file))
        named = Tls(ca_file=ca_file, server_name="elsewhere.example")
        with connect("localhost", played.port, tls=named) as client:
            assert client.call(VER)


def test_pinning(context: ssl.SSLContext, certificate: trustme.LeafCert) -> None:
    pin = fingerprint(certificate)
    colons = ":".join(pin[at : at + 2] for at in range(0, 64, 2)).upper()
    with server(ANSWERS, tls=context) as played:
        with connect("localhost", played.port, tls=Tls(fingerprint=colons)) as client:
            assert client.call(VER)
        with pytest.raises(TlsError, match=f"its SHA-256 is {pin}"):
            connect("localhost", played.port, username="u", password="p", tls=Tls("try", fingerprint="00" * 32))
        until(lambda: b"LOGOUT" in played.told, 20, "the first client's LOGOUT, which may come in last")
        # who is not the one we pinned hears no name and no password
        assert sorted(set(played.told)) == [b"LOGOUT", b"STARTTLS", b"VER"]


def test_a_client_s_certificate(
    authority: trustme.CA, certificate: trustme.LeafCert, ca_file: str, tmp_path: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    ours = tmp_path / "ours.pem"
    authority.issue_cert("client.example").private_key_and_cert_chain_pem.write_to_path(str(ours))
    with server(ANSWERS, tls=context) as played:
        with connect("localhost", played.port, tls=Tls(ca_file=ca_file, cert_file=str(ours))) as client:
            assert client.call(VER)
        with pytest.raises(LinkError), connect("localhost", played.port, tls=Tls(ca_file=ca_file)) as client:
            client.call(VER)  # TLS 1.3 tells only now


@pytest.mark.parametrize("code", [b"FEATURE-NOT-CONFIGURED", b"FEATURE-NOT-SUPPORTED", b"UNKNOWN-COMMAND"])
def test_a_server_without_tls(code: bytes) -> None:
    with server({**ANSWERS, b"STARTTLS": b"ERR " + code + b"\n"}) as played:
        with connect("localhost", played.port, tls="try") as client:
            assert client.call(VER)
            assert client.tls is None
        told = [b"STARTTLS", b"VER", b"LOGOUT"]
        until(lambda: played.told == told, 20, "LOGOUT to arrive")
        with pytest.raises(TlsError, match=f"does not offer TLS .{code.decode()}."):
            connect("localhost", played.port, username="u", password="p", tls="require")
        assert played.told == [*told, b"STARTTLS"]


def test_a_server_that_promises_tls_and_talks_on_in_clear() -> None:
    with server({b"STARTTLS": b"OK STARTTLS\nOK\nOK\n"}) as played, pytest.raises(ProtocolError, match="unasked"):
        connect("localhost", played.port, username="u", password="p", tls=Tls("try"))
    with server({b"STARTTLS": b"OK STARTTLS\nVAR"}) as played, pytest.raises(ProtocolError, match="in clear"):
        connect("localhost", played.port, tls=Tls("try"))
    answers = iter([b"OK STARTTLS\n"])
    with server(lambda line: next(answers, b"no handshake\n")) as played, pytest.raises(TlsError):
        connect("localhost", played.port, tls=Tls("try"))


def test_a_server_that_goes_away_in_the_handshake() -> None:
    answers = iter([b"OK STARTTLS\n"])
    with server(lambda line: next(answers, None)) as played, pytest.raises(LinkError):
        connect("localhost", played.port, tls=Tls("try"), timeout=0.3)


def test_files_that_cannot_be_used(context: ssl.SSLContext, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with server(ANSWERS, tls=context) as played:
        for settings, text in (
            (Tls(ca_file=str(tmp_path / "none")), "none: No such file or directory"),
            (Tls(ca_file=str(tmp_path / "empty")), "empty: "),
            (Tls("try", cert_file=str(tmp_path / "empty")), "empty: "),
        ):
            with pytest.raises(TlsError, match=text):
                connect("localhost", played.port, tls=settings)


def test_the_end_of_tls_is_the_end(context: ssl.SSLContext, ca_file: str) -> None:
    with server({**ANSWERS, b"VER": b"x\n"}, tls=context) as played:
        client = connect("localhost", played.port, tls=Tls(ca_file=ca_file))
        assert client.call(VER)  # the server's side of the handshake is over, too
        played.cut_off()
        with pytest.raises(LinkError):
            client.call(VER)
        assert client.closed


def test_beside_c_upsd(tmp_path: Path) -> None:
    database = tmp_path / "nss"
    database.mkdir()
    password, noise = tmp_path / "password", tmp_path / "noise"
    password.write_text("secret")
    noise.write_bytes(b"not so random" * 10)
    certutil = [need("certutil", package="libnss3-tools"), "-d", str(database), "-f", str(password)]
    for words in (
        ["-N"],
        ["-S", "-n", "nut", "-s", "CN=localhost", "-8", "localhost", "-x", "-t", "CTu,Cu,Cu", "-z", str(noise)],
    ):
        subprocess.run([*certutil, *words], check=True, capture_output=True, timeout=30)
    pem = subprocess.run([*certutil, "-L", "-n", "nut", "-a"], check=True, capture_output=True, timeout=30).stdout
    (tmp_path / "ca.pem").write_bytes(pem)
    pin = sha256(ssl.PEM_cert_to_DER_cert(pem.decode())).hexdigest()
    nut = CNut(tmp_path).ups("dummy", "ups.status: OL\n").user("admin", "adm", "actions = SET")
    nut.server(f"CERTPATH {database}", 'CERTIDENT "nut" "secret"')
    with nut:
        for settings in (Tls(ca_file=str(tmp_path / "ca.pem")), Tls(fingerprint=pin), Tls("try")):
            with connect("localhost", nut.port, username="admin", password="adm", tls=settings) as client:
                assert client.tls is not None
                assert client.snapshot("dummy").status.online
                client.set("dummy", "ups.model", "new")
        with pytest.raises(TlsError, match="self-signed"):
            connect("localhost", nut.port, tls="require")
