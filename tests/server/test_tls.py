"""STARTTLS, as the openssl program and C upsc see it."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.server.talk import Talk
from tests.server.test_program import Site, serve
from tests.support.peers import need


class Papers:
    """Certificates: an authority, the server's, a client's, and a client's of somebody else's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        authority = trustme.CA()
        self.authority = self._write("ca.pem", authority.cert_pem)
        server = authority.issue_cert("localhost", "127.0.0.1")
        self.server = self._write("server.pem", *server.cert_chain_pems, server.private_key_pem)
        self.client = self._write("client.pem", authority.issue_cert("upsmon@example").private_key_and_cert_chain_pem)
        stranger = trustme.CA().issue_cert("stranger@example")
        self.stranger = self._write("stranger.pem", stranger.private_key_and_cert_chain_pem)

    def _write(self, name: str, *blobs: trustme.Blob) -> str:
        path = self.folder / name
        path.write_bytes(b"".join(blob.bytes() for blob in blobs))
        return str(path)

    def locked(self, password: str) -> str:
        """The server's file with its key under a password."""
        path = self.folder / "locked.pem"
        key = ("openssl", "pkey", "-in", self.server, "-aes256", "-passout", f"pass:{password}")
        locked = subprocess.run(key, capture_output=True, check=True, timeout=20).stdout
        path.write_bytes(Path(self.server).read_bytes().split(b"-----BEGIN RSA")[0].split(b"-----BEGIN EC")[0] + locked)
        return str(path)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return Papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    tmp_path.chmod(0o750)
    return Site(tmp_path)


def secure(site: Site, papers: Papers, *lines: str) -> Site:
    first = f"LISTEN 127.0.0.1 {site.port}\nCERTFILE {papers.server}\n"
    site.write("upsd.conf", first + "".join(f"{line}\n" for line in lines))
    return site


def pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def behind_starttls(port: int) -> Iterator[int]:
    """A port behind which TLS begins at once: openssl does not know NUT's STARTTLS."""
    with socket.create_server(("127.0.0.1", 0)) as door, Talk(port) as talk:
        assert talk.ask("STARTTLS") == ["OK STARTTLS"]

        def serve_one() -> None:
            with contextlib.suppress(OSError):
                inner, _ = door.accept()
                with inner:
                    back = threading.Thread(target=pump, args=(talk.socket, inner))
                    back.start()
                    pump(inner, talk.socket)
                    back.join(10)

        thread = threading.Thread(target=serve_one)
        thread.start()
        yield door.getsockname()[1]
        door.close()
        thread.join(10)


def openssl(port: int, papers: Papers, *words: str) -> subprocess.CompletedProcess[str]:
    """What `openssl s_client` makes of the server, which it asks two things."""
    argv = [
        need("openssl", package="openssl"),
        "s_client",
        "-CAfile",
        papers.authority,
        "-verify_return_error",
        "-quiet",
    ]
    argv += ["-verify_hostname", "localhost", *words]
    with behind_starttls(port) as inner:
        return subprocess.run(
            [*argv, "-connect", f"127.0.0.1:{inner}"],
            input="NETVER\nSTARTTLS\nLOGOUT\n",
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )


GOOD = "1.3\nERR ALREADY-SSL-MODE\nOK Goodbye\n"


def test_versions(site: Site, papers: Papers) -> None:
    with serve(secure(site, papers), "-F"):
        for word in ("-tls1_2", "-tls1_3"):
            answer = openssl(site.port, papers, word)
            assert answer.stdout == GOOD
            assert "unexpected eof" not in answer.stderr  # the server says that it ends here
        for word in ("-tls1", "-tls1_1"):
            refused = openssl(site.port, papers, word, "-cipher", "ALL:@SECLEVEL=0")
            assert refused.stdout == ""
            assert "alert protocol version" in refused.stderr
        with Talk(site.port) as talk:
            assert talk.ask("GET TRACKING") == ["OFF"]


def test_client_certificates(site: Site, papers: Papers) -> None:
    with serve(secure(site, papers, f"CERTPATH {papers.authority}", "CERTREQUEST REQUIRE"), "-F") as process:
        assert openssl(site.port, papers, "-cert", papers.client).stdout == GOOD
        assert openssl(site.port, papers, "-cert", papers.stranger).stdout == ""
        assert openssl(site.port, papers).stdout == ""
        assert process.popen.poll() is None
    with serve(secure(site, papers, f"CERTPATH {papers.authority}", "CERTREQUEST 1"), "-F"):
        assert openssl(site.port, papers, "-cert", papers.client).stdout == GOOD
        assert openssl(site.port, papers).stdout == GOOD
        assert openssl(site.port, papers, "-cert", papers.stranger).stdout == ""


def test_key_with_a_password(site: Site, papers: Papers) -> None:
    need("openssl", package="openssl")
    locked = papers.locked("open sesame")
    site.write("upsd.conf", f'LISTEN 127.0.0.1 {site.port}\nCERTFILE {locked}\nCERTIDENT localhost "open sesame"\n')
    with serve(site, "-F"):
        assert openssl(site.port, papers).stdout == GOOD
    site.write("upsd.conf", f"LISTEN 127.0.0.1 {site.port}\nCERTFILE {locked}\n")
    assert site.run("-F", "-u", "root").returncode == 1  # and nobody is asked for it on the terminal


def test_what_came_in_clear_behind_starttls_is_not_obeyed(site: Site, papers: Papers) -> None:
    """Somebody on the line may put commands in front of what the client says in TLS: they must not count."""
    context = ssl.create_default_context(cafile=papers.authority)
    with serve(secure(site, papers), "-F"), Talk(site.port) as talk:
        talk.send(b"STARTTLS\nUSERNAME evil\nPASSW")
        assert talk.line() == "OK STARTTLS"
        with context.wrap_socket(talk.socket, server_hostname="localhost") as inner:
            inner.sendall(b"USERNAME good\nUSERNAME x\n")
            answer = b""
            while answer.count(b"\n") < 2:
                answer += inner.recv(1000)
            assert answer == b"OK\nERR ALREADY-SET-USERNAME\n"


def test_garbage_instead_of_a_handshake(site: Site, papers: Papers) -> None:
    with serve(secure(site, papers), "-F") as process, Talk(site.port) as talk:
        talk.send(b"STARTTLS\n")
        assert talk.line() == "OK STARTTLS"
        talk.send(b"GET VAR u ups.status\n" * 100)
        with contextlib.suppress(ConnectionResetError):
            while talk.socket.recv(1000):
                pass
        with Talk(site.port) as other:
            assert other.ask("NETVER") == ["1.3"]
        assert "Traceback" not in process.stderr()


def test_a_handshake_that_never_goes_on(site: Site, papers: Papers) -> None:
    with serve(secure(site, papers), "-F"), Talk(site.port) as talk:
        assert talk.ask("STARTTLS") == ["OK STARTTLS"]
        with Talk(site.port) as other:
            assert other.ask("NETVER") == ["1.3"]


def test_c_upsc_goes_over_to_tls(site: Site, papers: Papers) -> None:
    upsc = need("upsc", package="nut-client")
    with serve(secure(site, papers), "-F"):
        argv = [upsc, "-l", f"localhost:{site.port}"]
        answer = subprocess.run(
            argv, capture_output=True, text=True, timeout=20, env={**os.environ, **site.env}, check=False
        )
    assert (answer.returncode, answer.stdout) == (0, "u\n")
    assert "Connected to NUT server localhost in SSL" in answer.stderr
