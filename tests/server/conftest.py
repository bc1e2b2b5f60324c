"""What the server's tests share: C upsd and ours, side by side on the same drivers."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cnut import CNut, ask
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.procs import Process, running
from tests.support.wait import until

DEV = """\
ups.status: OL CHRG
ups.id: rack 3
ups.mfr: Acme \\\\ \\# \\"Co\\"
ups.model: Model 9
battery.charge: 100
battery.charge.low: 20
input.voltage: 230.1
"""


class Pair:
    """C upsd and our upsd with the same files (but for the port) and the same C drivers."""

    def __init__(self, folder: Path) -> None:
        self.c = CNut(folder)
        self.c.ups("dummy", DEV, 'desc = "Dummy \\"quoted\\" desc \\# back\\\\slash"')
        self.c.ups("doomed", "ups.status: OL\n")  # for FSD, which stays
        self.c.section("nodrv", "driver = dummy-ups", "port = nodrv.dev")
        self.c.user("admin", "adm", "actions = SET FSD", "instcmds = ALL")
        self.c.user("mon", "pw", "upsmon primary")
        self.c.user("second", "pw", "upsmon secondary")
        self.c.user("one", "pw", "instcmds = test.panel.start")
        self.ours_port = free_port()
        self._folder = folder

    def ports(self) -> dict[str, int]:
        return {"C": self.c.port, "ours": self.ours_port}

    @contextlib.contextmanager
    def run_ours(self) -> Iterator[Process]:
        """Our server beside C's, for as long as the block lasts."""
        conf = self._folder / "ours"
        shutil.copytree(self.c.conf, conf)
        (conf / "upsd.conf").write_text(f"LISTEN 127.0.0.1 {self.ours_port}\n")
        env = {**self.c.env, "NUT_CONFPATH": str(conf)}
        with running(program("upsd"), "-F", "-u", "root", ready=self._serves, env=env) as process:
            yield process

    def _serves(self, process: Process) -> bool:
        try:
            answer = ask(self.ours_port, "GET VAR dummy ups.status", "GET VAR doomed ups.status")
        except OSError:
            return False
        return not any("ERR" in line or "WAIT" in line for line in answer)


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    both = Pair(tmp_path_factory.mktemp("pair"))
    with both.c, both.run_ours():
        # what the driver has not announced when one of them looked would look like a difference
        lists = ("LIST VAR dummy", "LIST CMD dummy", "LIST VAR doomed")
        until(lambda: ask(both.c.port, *lists) == ask(both.ours_port, *lists), 10, "both to show the same")
        yield both
