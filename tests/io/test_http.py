"""HTTP and HTTPS: kept connections, who may come in, and servers that drip, flood, hang up or talk nonsense."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ports import free_port
from tests.support.xml_card import Card, serving
from wallnut.io.http import LARGEST, Http, Reply
from wallnut.io.record import Tape
from wallnut.model.errors import ConfigError, DeviceError


def card() -> Card:
    """A server with a page."""
    made = Card()
    made.pages["/a"] = b"<a>\r\n1\xff</a>"
    return made


@contextmanager
def raw(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """A server that says anything at all, once for each connection; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                with link:
                    try:
                        link.recv(65536)
                        answer(link)
                    except OSError:
                        pass  # the other one had enough

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)


def test_pages_over_one_connection() -> None:
    with serving(card()) as served:
        web = Http(f"http://127.0.0.1:{served.port}").open()
        assert web.get("/a") == Reply(200, b"<a>\r\n1\xff</a>")
        assert web.get("/none").status == 404
        assert web.post("/form", b"x=1", "text/plain") == Reply(200, b"")
        assert web.get("/a").status == 200
        web.close()
        web.close()
    assert served.posted == [("/form", b"x=1")]


PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<a/>"


def test_a_connection_that_was_closed_is_made_again() -> None:
    with raw(lambda link: link.sendall(PAGE)) as port:  # it hangs up without having said so
        web = Http(f"http://127.0.0.1:{port}").open()
        assert [web.get("/a").body for _ in range(3)] == [b"<a/>"] * 3
    with pytest.raises(DeviceError, match="can't reach"):
        web.get("/a")
    web.close()


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"])
def test_answers_that_end_with_the_connection(head: bytes) -> None:
    with raw(lambda link: link.sendall(head + b"<a/>")) as port:
        web = Http(f"http://127.0.0.1:{port}").open()
        assert [web.get("/a").body for _ in range(2)] == [b"<a/>"] * 2
        web.close()


def test_who_may_come_in() -> None:
    with serving(card()) as served:
        served.login, served.password = "admin", "sécret"
        url = f"http://127.0.0.1:{served.port}"
        for login, password, status in (("", "", 401), ("admin", "wrong", 401), ("admin", "sécret", 200)):
            web = Http(url, login, password).open()
            assert web.get("/a").status == status
            assert web.post("/form", b"", "text/plain").status == status
            web.close()
    assert served.asked == ["/a", "/form"] + ["/a", "/a", "/form"] * 2


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def test_https(authority: trustme.CA, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    cafile = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(cafile))
    with serving(card(), tls=context) as served:
        url = f"https://127.0.0.1:{served.port}"
        web = Http(url, cafile=str(cafile)).open()
        assert web.get("/a").status == web.get("/a").status == 200
        web.close()
        web = Http(url, insecure=True).open()
        assert web.get("/a").status == 200
        web.close()
        with pytest.raises(DeviceError, match="its certificate is not trusted: "):
            Http(url).open()
        with pytest.raises(DeviceError, match="can't reach"):
            Http(f"https://127.0.0.1:{free_port()}").open()


def test_a_file_without_certificates(tmp_path: Path) -> None:
    for name in ("none.pem", "empty.pem"):
        (tmp_path / "empty.pem").write_text("nothing")
        with pytest.raises(ConfigError, match="no certificates that can be used"):
            Http("https://127.0.0.1", cafile=str(tmp_path / name)).open()


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1", "ftp://x", "http://", "http://x:y", "http://x:99999", "http://x/path", "http://x?y"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ValueError):
        Http(url).place()
    with pytest.raises(ConfigError):
        Http(url).open()


@pytest.mark.parametrize("host", ["127.0.0.1", "no.such.host.invalid", "x" * 70])
def test_nobody_there(host: str) -> None:
    with pytest.raises(DeviceError, match=f"can't reach http://{host}"):
        Http(f"http://{host}:{free_port()}", limit=2).open()


OVER = threading.Event()


def drip(link: socket.socket) -> None:
    """One byte after another, for ever."""
    link.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        link.sendall(b"x")
        OVER.wait(0.01)


def drip_body(link: socket.socket) -> None:
    """The same in the body."""
    link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        link.sendall(b"x")
        OVER.wait(0.01)


def flood(link: socket.socket) -> None:
    """More than anybody wants."""
    link.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(LARGEST // 65536 + 2):
        link.sendall(b"x" * 65536)


ANSWERS: dict[str, tuple[Callable[[socket.socket], object], str]] = {
    "drips": (drip, "no whole answer in time"),
    "drips in the body": (drip_body, "no whole answer in time"),
    "floods": (flood, f"more than {LARGEST} bytes"),
    "hangs up": (lambda link: None, "closed connection|reset"),
    "is no web server": (lambda link: link.sendall(b"220 ftp\r\n"), "220 ftp"),
    "stops in the body": (
        lambda link: link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"),
        "too early",
    ),
    "says nothing": (lambda link: link.recv(1), "no whole answer in time"),
    "sends bad chunks": (
        lambda link: link.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        "IncompleteRead",
    ),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_servers_with_faults(kind: str) -> None:
    answer, says = ANSWERS[kind]
    with raw(answer) as port:
        web = Http(f"http://127.0.0.1:{port}", limit=0.3).open()
        with pytest.raises(DeviceError, match=says):
            web.get("/a")
        web.close()


HEADS = (
    b"",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(HEADS), st.binary(max_size=60) | st.text("HTP/1. 20\r\n:;a", max_size=40).map(str.encode))
def test_any_bytes(head: bytes, noise: bytes) -> None:
    """Whatever a server says: an answer, or a DeviceError."""
    with raw(lambda link: link.sendall(head + noise)) as port:
        web = Http(f"http://127.0.0.1:{port}", limit=2).open()
        try:
            assert isinstance(web.get("/a"), Reply)
        except DeviceError:
            pass
        web.close()


def test_recording_and_replay() -> None:
    way = Http("http://127.0.0.1")
    tape = Tape()
    with serving(card()) as served:
        web = way.record(Http(f"http://127.0.0.1:{served.port}").open(), tape)
        web.get("/a")
        web.post("/form", b"x\n", "text/plain")
        web.get("/none")
        served.raw = lambda path: b""
        with pytest.raises(DeviceError):
            web.get("/a")
        web.close()
    said = [f"{line.kind} {line.text}" for line in tape.lines]
    assert said[:5] == ["> GET /a", "< 200", r"< <a>\r\n", r"< 1\xff</a>", r"> POST /form x\n"]

    played = way.replay(Tape(tape.lines))
    assert played.get("/a") == Reply(200, b"<a>\r\n1\xff</a>")
    assert played.post("/form", b"x\n", "text/plain") == Reply(200, b"")
    assert played.get("/none").status == 404
    with pytest.raises(DeviceError):
        played.get("/a")
    with pytest.raises(DeviceError, match="no answer to GET /other"):
        played.get("/other")
    played.close()
