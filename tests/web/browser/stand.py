"""What the browser proof looks at: C's upsd, three devices, upsmon, months of history, the console with users."""

from __future__ import annotations

import contextlib
import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.monitor.bench import Observer, logins
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until
from tests.web import months
from tests.web.test_console import serves
from wallnut.config.passwords import hash_password
from wallnut.history.store import open_history
from wallnut.web.access import people
from wallnut.web.access.who import Role
from wallnut.web.store import open_store

UPS = """\
ups.status: OL
ups.load: {load}
ups.realpower: {watts}
ups.mfr: ACME
ups.model: Power <5>
ups.delay.shutdown: 20
device.location: {place}
device.type: ups
battery.charge: {charge}
battery.charge.low: 20
battery.runtime: 1380
battery.runtime.low: 120
input.voltage: 231.4
input.frequency: 50.0
output.voltage: 230.1
"""
PDU = """\
ups.status: OL
device.type: pdu
outlet.count: 3
outlet.realpower: 310
outlet.1.desc: nas
outlet.1.status: on
outlet.1.switchable: yes
outlet.2.desc: router
outlet.2.status: off
outlet.2.switchable: yes
outlet.3.desc: Outlet 3
outlet.3.status: on
"""
RACK, CELLAR = (
    UPS.format(load=31, watts=279, place="Hall 2", charge=87),
    UPS.format(load=12, watts=90, place="Cellar", charge=100),
)
NAMES = {Role.VIEW: "vera", Role.OPERATE: "otto", Role.ADMINISTER: "ada"}
LIFETIME = people.Lifetime(3600, 3600)
PASSWORD = "correct horse"
TOML = """\
[web]
feeds = ["rack > pdu1"]
[[notify.target]]
name = "phone"
url = "ntfy://secret-topic@ntfy.example/ups"
"""


class Stand:
    """Everything, running. `port` is the console's, `begun` when the outages of the history began."""

    def __init__(self, nut: CNut, port: int, folder: Path) -> None:
        self.nut, self.port, self.folder = nut, port, folder
        self.server = f"127.0.0.1:{nut.port}"
        self.users: dict[Role, int] = {}
        self.begun: dict[str, list[int]] = {}
        self.touched = False

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def rack(self) -> str:
        return f"rack@{self.server}"

    def say(self, name: str, value: str, ups: str = "rack") -> None:
        """A device says something new."""
        self.touched = True
        answers = self.nut.ask("USERNAME admin", "PASSWORD adm", f'SET VAR {ups} {name} "{value}"')
        assert answers == ["OK"] * 3, answers

    def states(self) -> dict[str, str]:
        """The devices' states, as the console has them."""
        with urllib.request.urlopen(f"{self.origin}/api/v1/ups", timeout=10) as answer:
            found: dict[str, Any] = json.loads(answer.read())
        return {one["name"]: one["state"] for one in found["ups"]}

    def calm(self) -> None:
        """All is as it was, and the console knows it."""
        if not self.touched:
            return
        for name in ("rack", "cellar"):
            self.say("ups.status", "OL", name)
        until(lambda: self.states() == dict.fromkeys(("rack", "cellar", "pdu1"), "mains"), 30, "all on mains")
        self.touched = False

    def cookie(self, role: Role) -> Any:
        """The cookie of a session that somebody has begun."""
        db = open_store(str(self.folder / "console.db"))
        try:
            token = people.begin_session(db, self.users[role], "127.0.0.1", int(time.time()), LIFETIME)
        finally:
            db.close()
        return {"name": "wallnut", "value": token, "url": self.origin}


def _users(stand: Stand) -> None:
    db = open_store(str(stand.folder / "console.db"))
    try:
        for role, name in NAMES.items():
            stand.users[role] = people.add(db, name, role, hash_password(PASSWORD), int(time.time()))
        people.set_nut_account(db, stand.users[Role.OPERATE], "poor", "pp")  # upsd lets this one do nothing
        people.set_nut_account(db, stand.users[Role.ADMINISTER], "admin", "adm")
    finally:
        db.close()


@contextlib.contextmanager
def standing(folder: Path) -> Iterator[Stand]:
    """Run it all."""
    # C's dummy-ups spins, and may be lost, when its server goes
    nut = CNut(folder, dummy=program("dummy-ups")).ups("rack", RACK).ups("cellar", CELLAR).ups("pdu1", PDU)
    nut.user("admin", "adm", "actions = SET", "instcmds = ALL").user("poor", "pp").user("mon", "pw", "upsmon primary")
    stand = Stand(nut, free_port(), folder)
    history = f"sqlite:///{folder}/history.db"
    with open_history(history) as kept:
        stand.begun = months.fill(kept, stand.server, int(time.time() * 1000), 3)
    _users(stand)
    with nut, contextlib.ExitStack() as stack:
        upsmon = Observer(folder / "ours", nut, [("rack", 1, "primary")], "RUN_AS_USER root")
        conf = folder / "console"  # upsmon must not have the target: it would tell it
        conf.mkdir()
        (conf / "wallnut.toml").write_text(TOML)
        (conf / "upsmon.conf").write_bytes(upsmon.file.read_bytes())
        stack.enter_context(upsmon.running())
        until(lambda: logins(nut, "rack") == 1, 10, "upsmon's login")
        argv = (program("wallnut"), "web", stand.server, "-l", f"127.0.0.1:{stand.port}", "-A", "none")
        more = ("--history", history, "--store", str(folder / "console.db"))
        env = {"NUT_CONFPATH": str(conf), "NUT_PIDPATH": str(upsmon.conf)}
        stack.enter_context(running(*argv, *more, ready=lambda _: serves(stand.port), env=env))
        until(lambda: list(stand.states().values()) == ["mains"] * 3, 20, "the first data")
        yield stand
