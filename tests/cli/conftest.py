"""C upsd with a C dummy-ups and a driver of ours behind it; C's tools and ours run against it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.cli.fake_driver import FakeDriver
from tests.cli.here import Here
from tests.cli.scripted import Scripted
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.peers import need
from tests.support.wait import until

DEV = """\
battery.charge: 90
device.mfr: Acme
input.voltage: 230.1
ups.id: shed
ups.mfr: Acme
ups.model: Model \\"3000\\" \\#1
ups.status: OL CHRG
"""
NSS = "Init SSL without certificate database\n"


class Site:
    """A running server: UPSes `dummy` (C dummy-ups), `rich` (`driver`) and `nodrv` (no driver)."""

    def __init__(self, nut: CNut, driver: FakeDriver, home: Path) -> None:
        self.nut, self.driver, self.home = nut, driver, home
        self.server = f"127.0.0.1:{nut.port}"

    @property
    def env(self) -> dict[str, str]:
        """An environment without anybody's own files."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "NUT_CONFPATH": str(self.home),
            "NUT_PIDPATH": str(self.home),
            "NUT_QUIET_OK_NOTRACKING": "true",
            "TZ": "UTC",
        }


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    nut = CNut(tmp_path_factory.mktemp("cnut"))
    nut.ups("dummy", DEV, r'desc = "A \"quoted\" \# back\\slash"')
    nut.section("rich", "driver = fake", "port = none")
    nut.section("nodrv", "driver = dummy-ups", "port = none")
    nut.user("admin", "adm", "actions = SET", "instcmds = ALL")
    nut.user("blank", r"a b \# c", "actions = SET", "instcmds = ALL")
    nut.user("guest", "gue")
    driver = FakeDriver(nut.socket("rich", "fake"))
    try:
        with nut:
            until(lambda: "OL" in nut.ask("GET VAR rich ups.status")[0], 10, "the data of the fake driver")
            yield Site(nut, driver, tmp_path_factory.mktemp("home"))
    finally:
        driver.close()


class Run:
    """What a program did. NSS's line is left out: only builds with that library print it."""

    def __init__(self, done: subprocess.CompletedProcess[bytes]) -> None:
        self.status = done.returncode
        self.out = done.stdout.decode("latin-1")
        self.err = done.stderr.decode("latin-1").replace(NSS, "")

    def __repr__(self) -> str:
        return f"Run(status={self.status}, out={self.out!r}, err={self.err!r})"


Tool = Callable[..., Run]


def runner(find: Callable[[str], str], site: Site) -> Tool:
    def call(*argv: str, stdin: str = "", env: Mapping[str, str] | None = None) -> Run:
        done = subprocess.run(
            argv,  # C's tools call themselves by the name they were started with
            executable=find(argv[0]),
            input=stdin.encode(),
            capture_output=True,
            timeout=30,
            check=False,
            env={**site.env, **(env or {})},
            start_new_session=True,  # no terminal: prompts go to the standard streams
        )
        return Run(done)

    return call


@pytest.fixture(scope="session")
def theirs(site: Site) -> Tool:
    """Run one of C's tools."""
    return runner(lambda name: need(name, package="nut-client"), site)


@pytest.fixture(scope="session")
def ours(site: Site) -> Tool:
    """Run one of our tools."""
    return runner(program, site)


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    server = Scripted({"STARTTLS": "ERR FEATURE-NOT-CONFIGURED"})
    yield server
    server.close()


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)
