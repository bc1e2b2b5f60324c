"""The console as a program: users made at the command line, addresses beyond the loopback, TLS."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from tests.support.ours import program
from tests.support.ports import accepts, free_port
from tests.support.procs import Process, running
from tests.support.wait import until

EVERYWHERE = "0.0.0.0"


def user(folder: Path, *words: str, password: str = "") -> subprocess.CompletedProcess[str]:
    """Run wallnut user with a password on its standard input."""
    argv = [program("wallnut"), "user", *words, "--store", str(folder / "console.db")]
    env = {**os.environ, "NUT_CONFPATH": str(folder)}
    return subprocess.run(argv, input=f"{password}\n", capture_output=True, text=True, env=env, timeout=30, check=False)


@contextmanager
def console(folder: Path, host: str = "127.0.0.1", toml: str = "") -> Iterator[tuple[int, Process]]:
    """A console that watches a server that is not there."""
    port = free_port()
    (folder / "wallnut.toml").write_text(f'[web]\nstore = "{folder}/console.db"\nservers = "127.0.0.1:1"\n{toml}')
    argv = [program("wallnut"), "web", "-l", f"{host}:{port}", "-A", "none"]
    with running(*argv, ready=lambda _: accepts(port), limit=30, env={"NUT_CONFPATH": str(folder)}) as process:
        yield port, process


def test_users_at_the_command_line(tmp_path: Path) -> None:
    assert user(tmp_path, "list").stdout == ""
    assert user(tmp_path, "add", "ann", "--role", "operate", password="a good password").returncode == 0
    assert (tmp_path / "console.db").stat().st_mode & 0o777 == 0o600
    for words, password, said in (
        (("add", "ANN"), "a good password", "There is a user of this name."),
        (("add", "bob"), "short", "at least 8 characters"),
        (("add", "a b"), "a good password", "A user's name has"),
        (("add", "bob", "-r", "root"), "", "There is no role root"),
        (("add", "bob", "-f", "ldap"), "", "known when they sign in"),
        (("passwd", "bob"), "", "There is no user bob."),
        (("key", "bob", "x"), "", "There is no user bob."),
        (("nut", "ann", "né"), "x", "characters of ASCII"),
        (("ad", "bob"), "", "did you mean add?"),
        (("add",), "", "wallnut user --help"),
    ):
        ended = user(tmp_path, *words, password=password)
        assert (ended.returncode != 0, said in ended.stderr, ended.stderr.count("Traceback")) == (True, True, 0), ended
    key = user(tmp_path, "key", "ann", "scripts", "-r", "administer").stdout
    assert key.startswith("wn_")
    assert user(tmp_path, "nut", "ann", "upsadmin", password="geheim").returncode == 0
    assert user(tmp_path, "role", "ann", "administer").returncode == 0
    assert user(tmp_path, "add", "petra", "-f", "proxy").returncode == 0
    listed = user(tmp_path).stdout
    assert "ann                   administer   local   never here         NUT account upsadmin  keys: 1" in listed
    assert "petra" in listed
    assert "geheim" not in listed
    assert user(tmp_path, "remove", "ann").returncode == 0
    assert "ann" not in user(tmp_path).stdout


def test_beyond_the_loopback_once_there_are_users(tmp_path: Path) -> None:
    argv = [
        program("wallnut"),
        "web",
        "-l",
        f"{EVERYWHERE}:{free_port()}",
        "-A",
        "none",
        "--store",
        f"{tmp_path}/console.db",
    ]
    env = {**os.environ, "NUT_CONFPATH": str(tmp_path)}
    ended = subprocess.run(argv, capture_output=True, text=True, env=env, timeout=30, check=False)
    assert ended.returncode == 1
    assert "there are no users yet: nobody else may look" in ended.stderr
    assert "wallnut user add NAME --role administer" in ended.stderr
    assert ended.stderr.count("\n") == 1
    user(tmp_path, "add", "ann", password="a good password")
    with console(tmp_path, EVERYWHERE) as (port, process):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        link.request("GET", "/api/v1/ups", headers={"X-Forwarded-For": "192.0.2.1"})
        assert link.getresponse().status == 401
        link.close()
        key = user(tmp_path, "key", "ann", "scripts").stdout.strip()  # while the console runs
        link.request("GET", "/api/v1/me", headers={"X-Forwarded-For": "192.0.2.1", "Authorization": f"Bearer {key}"})
        assert b'"name":"ann"' in link.getresponse().read()
        link.close()
        assert key not in process.stdout() + process.stderr()


def test_the_first_user_needs_no_restart(tmp_path: Path) -> None:
    with console(tmp_path) as (port, process):
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        link.request("GET", "/login")
        assert b"wallnut user add" in link.getresponse().read()
        user(tmp_path, "add", "ann", password="a good password")
        body = "user=ann&password=a+good+password"

        def signs_in() -> bool:
            link.request("POST", "/login", body, {"Content-Type": "application/x-www-form-urlencoded"})
            answer = link.getresponse()
            answer.read()
            return answer.status == 303

        assert signs_in()
        link.close()
        process.popen.terminate()
        assert process.wait() == 0
        assert process.stderr() == ""


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('view_from = "192.0.2.0/33"', "nothing is served while there are faults in [web]"),
        ('veiw_from = "192.0.2.0/24"', "did you mean view_from?"),
        ('[web.ldap]\nurl = "ldaps://x"', "[web.ldap] needs dn"),
        ('[web.oidc]\nissuer = "https://x"', "[web.oidc] needs a client_id"),
        ('certificate = "/nowhere/c.pem"', "/nowhere/c.pem: No such file"),
        ('certificate = "/dev/null"', "holds no certificate with its key"),
    ],
)
def test_faults_that_would_open_a_door_end_the_start(toml: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "wallnut.toml").write_text(f"[web]\n{toml}\n")
    argv = [program("wallnut"), "web", "-l", f"127.0.0.1:{free_port()}", "-A", "none"]
    env = {**os.environ, "NUT_CONFPATH": str(tmp_path)}
    ended = subprocess.run(argv, capture_output=True, text=True, env=env, timeout=30, check=False)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def serial(port: int, trust: ssl.SSLContext) -> str:
    """The number of the certificate that is served."""
    with (
        socket.create_connection(("127.0.0.1", port), 20) as link,
        trust.wrap_socket(link, server_hostname="127.0.0.1") as tls,
    ):
        found = tls.getpeercert()
        assert found is not None
        return str(found["serialNumber"])


def test_tls_and_its_certificate_read_again(tmp_path: Path) -> None:
    authority, path = trustme.CA(), tmp_path / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(path))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    user(tmp_path, "add", "ann", password="a good password")
    with console(tmp_path, toml=f'certificate = "{path}"\n') as (port, process):
        assert f"https://127.0.0.1:{port}/" in process.stdout()
        link = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=trust)
        body = "user=ann&password=a+good+password"
        link.request("POST", "/login", body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = link.getresponse()
        assert answer.status == 303
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-wallnut=")
        assert cookie.endswith("; Secure")
        assert answer.headers["Strict-Transport-Security"] is None  # this port is not all of this host's
        link.close()
        first = serial(port, trust)
        path.write_text("no certificate")
        process.send(signal.SIGHUP)
        until(lambda: "the one before goes on" in process.stderr(), 20, "the refusal of a broken file")
        assert serial(port, trust) == first
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(path))
        process.send(signal.SIGHUP)
        until(lambda: serial(port, trust) != first, 20, "the new certificate")
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        plain.request("GET", "/")
        with pytest.raises((http.client.HTTPException, OSError)):
            plain.getresponse()
        plain.close()
        process.popen.terminate()
        assert process.wait() == 0
        assert "Traceback" not in process.stderr()
