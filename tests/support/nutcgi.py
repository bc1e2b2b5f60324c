"""C NUT's CGI programs as ./dev setup unpacks them, run without a web server."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.support.peers import missing

FOLDER = Path(sys.prefix) / "peers" / "usr" / "lib" / "cgi-bin" / "nut"
OWN_ETC = ("unshare", "-m", "sh", "-c", 'mount --bind "$0" /etc/nut && exec "$@"')
"""NUT 2.8.0's CGI programs read /etc/nut whatever the environment says: each run gets its own."""


@cache
def _may_mount() -> bool:
    return subprocess.run([*OWN_ETC, "/etc/nut", "true"], capture_output=True, check=False).returncode == 0


def cgi(name: str, conf: Path, query: str) -> str:
    """What `name`.cgi writes for a query, without its header."""
    program = FOLDER / f"{name}.cgi"
    if not program.exists():
        missing(str(program), "nut-cgi (./dev setup unpacks it)")
    if not _may_mount():
        pytest.skip("needs the right to mount")
    env = {**os.environ, "QUERY_STRING": query, "TZ": "UTC"}
    ended = subprocess.run([*OWN_ETC, conf, program], env=env, capture_output=True, timeout=20, check=False)
    head, _, body = ended.stdout.decode("utf-8", "surrogateescape").partition("\n\n")
    assert ended.returncode in (0, 1), (ended.returncode, ended.stderr)
    assert "Content-type:" in head
    return body
