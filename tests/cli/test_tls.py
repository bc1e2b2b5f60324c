"""The client tools in TLS: taken where it is offered, checked as nutauth.conf wants."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.cli.conftest import Site, Tool
from tests.support.cnut import CNut
from tests.support.ours import program


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """(address, authority's file) of a server with a certificate for localhost."""
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
    nut = CNut(folder, upsd=program("upsd")).ups("dummy", "ups.status: OL\n").user("admin", "a b", "instcmds = ALL")
    with nut.server(f"CERTFILE {folder / 'server.pem'}"):
        yield f"localhost:{nut.port}", folder / "ca.pem"


def test_tls_is_taken(secure: tuple[str, Path], ours: Tool, tmp_path: Path) -> None:
    server, authority = secure
    assert ours("upsc", f"dummy@{server}", "ups.status").out == "OL\n"
    strict = tmp_path / "nutauth.conf"
    strict.write_text(f'FORCESSL = yes\nCERTVERIFY = yes\nCERTPATH = {authority}\n[admin@{server}]\nPASS = "a b"\n')
    assert ours("upsc", "-A", str(strict), f"dummy@{server}", "ups.status").out == "OL\n"
    assert ours("upscmd", "-A", str(strict), f"dummy@{server}", "load.off").err == "OK\n"
    assert "On line power" in ours("wallnut", "list", "-A", str(strict), server).out


def test_a_certificate_that_does_not_pass(secure: tuple[str, Path], ours: Tool, tmp_path: Path, site: Site) -> None:
    server, authority = secure
    strict = tmp_path / "nutauth.conf"
    strict.write_text(f"FORCESSL = yes\nCERTVERIFY = yes\nCERTPATH = {authority}\nCERTHOST = elsewhere\n")
    answer = ours("upsc", "-A", str(strict), f"dummy@{server}", "ups.status")
    assert (answer.status, answer.out) == (1, "")
    assert answer.err.startswith("Error: SSL error: ")
    assert "elsewhere" in answer.err
    assert answer.err.count("\n") == 1
    strict.write_text("FORCESSL = yes\nCERTVERIFY = yes\n")
    answer = ours("wallnut", "list", "-A", str(strict), server)
    assert (answer.status, answer.out) == (1, "")
    assert "certificate" in answer.err
