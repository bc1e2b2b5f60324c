"""What the server loads and weighs: a machine with little memory runs it for years."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.talk import Talk
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.ports import accepts
from tests.support.procs import running

HEAVY = (
    "argparse asyncio dataclasses enum hashlib hmac inspect ipaddress logging re selectors socket ssl subprocess"
    " threading typing"
)
MORE_THAN_PYTHON = 4500
"""kB that the server may need beyond what the bare interpreter does."""


def rss(pid: int | str) -> int:
    """Resident memory of a process, in kB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


@pytest.fixture
def nut(tmp_path: Path) -> Iterator[CNut]:
    nut = CNut(tmp_path, upsd=program("upsd"))
    nut.ups("dummy", "ups.status: OL\n" + "".join(f"ups.v{n}: {n}.5\n" for n in range(60)))
    nut.user("mon", "pw", "upsmon primary")
    with nut:
        yield nut


def test_memory_at_rest(nut: CNut) -> None:
    if not Path("/proc/self/status").exists():
        pytest.skip("needs /proc")
    bare = [sys.executable, "-c", "print(open('/proc/self/status').read())"]
    text = subprocess.run(bare, capture_output=True, text=True, check=True, timeout=20).stdout
    interpreter = next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmRSS:"))
    assert nut.upsd is not None
    with Talk(nut.port) as talk:
        for line in ("USERNAME mon", "PASSWORD pw", "LOGIN dummy", "SUBSCRIBE dummy"):
            assert talk.ask(line)[0].startswith("OK")
    assert rss(nut.upsd.pid) < interpreter + MORE_THAN_PYTHON


def test_what_it_loads(nut: CNut) -> None:
    """A whole run, with a login, a list and a subscription, without TLS and without hashed passwords."""
    code = (
        "import atexit, sys; sys.argv = ['upsd', '-F', '-u', 'root'];"
        "atexit.register(lambda: print('LOADED', *sys.modules));"
        "from wallnut.cli import run; run('upsd')"
    )
    assert nut.upsd is not None
    nut.upsd.stop()
    with running(sys.executable, "-c", code, ready=lambda _: accepts(nut.port), env=nut.env) as process:
        with Talk(nut.port) as talk:
            for line in ("USERNAME mon", "PASSWORD pw", "LOGIN dummy", "LIST VAR dummy", "SUBSCRIBE dummy"):
                assert not talk.ask(line)[0].startswith("ERR")
        process.stop()
        (line,) = [line for line in process.stdout().splitlines() if line.startswith("LOADED")]
    assert set(line.split()).isdisjoint(HEAVY.split())
