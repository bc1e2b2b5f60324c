"""How a UPS is watched on servers that push what is asked for, push everything, or do not push."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client.played import Server as Played
from tests.client.played import server
from tests.support.wait import until
from wallnut.client.tls import Tls
from wallnut.config.upsmon import parse_upsmon_conf
from wallnut.io.log import Memory
from wallnut.io.loop import Loop
from wallnut.monitor.values import Look, Lost, Readings
from wallnut.monitor.watch import WANTED, Server, Watch

ACCESS = {b"USERNAME mon": b"OK\n", b"PASSWORD pw": b"OK\n", b"LOGIN u": b"OK\n", b"PRIMARY u": b"OK\n"}
SNAPSHOT = (
    b'OK SUBSCRIBED u\nNOTIFY u SETINFO battery.charge "90"\nNOTIFY u SETINFO ups.status "OL"\n'
    b"NOTIFY u DATAOK\nNOTIFY u DUMPDONE\n"
)
NARROW = f"SUBSCRIBE u {' '.join(WANTED)}".encode()


class Watched:
    """A watch on a loop of its own; `events` is what it said."""

    def __init__(self, played: Played) -> None:
        conf = parse_upsmon_conf(f"MONITOR u@127.0.0.1:{played.port} 1 mon pw primary\n".encode())[0]
        self.loop = Loop()
        self.events: list[Look | Lost] = []
        self.server = Server(self.loop)
        self.watch = Watch(self.loop, Memory(), self.server, conf.monitors[0], Tls.of("off"), self.events.append)
        self.server.watches = [self.watch]
        self.server.cycle()

    def until(self, done: Callable[[], object]) -> None:
        def look() -> bool:
            self.loop.run_once(0.005)
            return bool(done())

        until(look, 10, "the watch")


@pytest.mark.parametrize("older", [False, True])
def test_pushed(older: bool) -> None:
    """What the rules read is asked for; a server that refuses the names is asked for everything."""
    how = {NARROW: b"ERR INVALID-ARGUMENT\n", b"SUBSCRIBE u": SNAPSHOT} if older else {NARROW: SNAPSHOT}
    with server({**ACCESS, **how, b"GET VAR u ups.status": b'VAR u ups.status "OL"\n'}) as played:
        watched = Watched(played)
        watched.until(lambda: watched.events)
        name = watched.watch.name
        assert watched.events == [Look(name, "OL")]
        assert watched.watch.pushed
        assert [line for line in played.told if b"SUBSCRIBE" in line] == [NARROW, b"SUBSCRIBE u"][: 1 + older]
        played.push(b'NOTIFY u SETINFO ups.load "3"\nNOTIFY u SETINFO ups.status "OB"\n')
        watched.until(lambda: len(watched.events) == 2)
        assert watched.events[1] == Look(name, "OB", readings=Readings(charge=90))
        watched.watch.close()
        watched.loop.run_once(0)
        watched.loop.close()


def test_polled() -> None:
    with server({**ACCESS, b"GET VAR u ups.status": b'VAR u ups.status "OL"\n'}) as played:
        watched = Watched(played)
        watched.until(lambda: watched.events)
        assert watched.events == [Look(watched.watch.name, "OL")]
        assert not watched.watch.pushed
        assert [line for line in played.told if b"SUBSCRIBE" in line] == [NARROW]
        watched.watch.close()
        watched.loop.run_once(0)
        watched.loop.close()
