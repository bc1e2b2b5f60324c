"""upsmon over TLS: what CERTPATH, CERTVERIFY, CERTHOST and FORCESSL mean, with our upsd."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import trustme

from tests.monitor.bench import ADMIN, Observer, logins, say
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.wait import until

NAMES = "abcdefg"


def test_certificates(tmp_path: Path) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    stranger.cert_pem.write_to_path(tmp_path / "other.pem")
    authority.issue_cert("ups.example", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        tmp_path / "server.pem"
    )
    nut = CNut(tmp_path, upsd=program("upsd"), dummy=program("dummy-ups")).server(f"CERTFILE {tmp_path / 'server.pem'}")
    for name in NAMES:
        nut.ups(name, "ups.status: OL\n")
    nut.user(*ADMIN).user("mon", "pw", "upsmon primary")
    good, bad = f"CERTPATH {tmp_path / 'ca.pem'}", f"CERTPATH {tmp_path / 'other.pem'}"
    # what is said of a server that will not do; "" for one that will
    cases: dict[str, tuple[tuple[str, ...], str]] = {
        "a": ((), ""),
        "b": (("FORCESSL 1",), ""),
        "c": (("FORCESSL 1", "CERTVERIFY 1", good), ""),
        "d": (("CERTVERIFY 1", bad), "certificate verify failed"),
        "e": ((good, "CERTHOST 127.0.0.1 ups.example 1 1"), ""),
        "f": ((good, "CERTHOST 127.0.0.1 other.example 1 1"), "certificate verify failed"),
        "g": (("CERTVERIFY 1", f"CERTPATH {tmp_path / 'nowhere.pem'}"), "No such file"),
    }
    with nut, ExitStack() as stack:
        observers = {}
        for name, (lines, _) in cases.items():
            observer = observers[name] = Observer(tmp_path / f"o{name}", nut, [(name, 1, "primary")], *lines)
            stack.enter_context(observer.running())
        for name, (_, said) in cases.items():
            observer = observers[name]
            if said:
                observer.wait_note("COMMBAD")
                assert said in observer.process.stderr()
                assert logins(nut, name) == 0
                assert observer.process.popen.poll() is None
            else:
                until(lambda name=name: logins(nut, name) == 1, 10, f"a login to {name}")  # type: ignore[misc]
        say(nut, "c", "OB LB")
        observers["c"].wait_down()


def test_a_server_without_tls(tmp_path: Path) -> None:
    nut = CNut(tmp_path, upsd=program("upsd"), dummy=program("dummy-ups")).ups("a", "ups.status: OL\n")
    nut.user("mon", "pw", "upsmon primary")
    forced = Observer(tmp_path / "forced", nut, [("a", 1, "primary")], "FORCESSL 1")
    with nut, forced.running():
        forced.wait_note("COMMBAD")
        assert "the server does not offer TLS, and it is required (FEATURE-NOT-CONFIGURED)" in forced.process.stderr()
        assert logins(nut, "a") == 0
