"""dummy-ups: what it makes of a file, and what its socket answers (transcripts seen with C's, NUT 2.8.0 and 2.8.5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.hosts import Hosted, section
from wallnut.drivers.dummy import Dummy


def hosted(tmp_path: Path, text: str, name: str = "u.dev", **settings: str | int | None) -> Hosted:
    path = tmp_path / name
    path.write_text(text, "latin-1")
    return Hosted(Dummy, section(port=str(path), **settings)).start()


TRANSCRIPTS = [
    (('SET ups.id "A3" TRACKING x',), ['SETINFO ups.id "A3"', "TRACKING x 0"]),
    (('SET ups.id "" TRACKING q',), ["DELINFO ups.id", "TRACKING q 0"]),
    (
        ("SET nosuch.var 1 TRACKING q",),
        ['SETINFO nosuch.var "1"', "SETAUX nosuch.var 32", "SETFLAGS nosuch.var RW STRING", "TRACKING q 0"],
    ),
    (('SET ups.id "q2\\"q\\#x"',), ['SETINFO ups.id "q2\\"q\\#x"']),
    (
        ("DUMPVALUE ups.id",),
        ['SETINFO ups.id "x"', "SETAUX ups.id 16", "SETFLAGS ups.id RW STRING", "DATAOK", "DUMPDONE"],
    ),
    (("DUMPVALUE nosuch",), ["DATAOK", "DUMPDONE"]),
    (("DUMPVALUE",), []),
    (
        ("DUMPSTATUS",),
        ['SETINFO ups.status "OL CHRG"', "SETAUX ups.status 32", "SETFLAGS ups.status RW STRING", "DATAOK", "DUMPDONE"],
    ),
    (("INSTCMD load.off a TRACKING zz",), ["TRACKING zz 1"]),
    (("INSTCMD load.off a b",), []),
    (("INSTCMD shutdown.default TRACKING t",), ["TRACKING t 0"]),
    (("SET driver.flag.allow_killpower maybe TRACKING t",), ["TRACKING t 0"]),
    (("BROADCAST 0", "SET ups.id zz TRACKING t"), ["TRACKING t 0"]),
    (("PING",), ["PONG"]),
    (("ping",), ["PONG"]),
    (("LOGOUT",), ["OK Goodbye"]),
]


@pytest.mark.parametrize(("said", "heard"), TRANSCRIPTS, ids=[" / ".join(said) for said, _ in TRANSCRIPTS])
def test_transcript(tmp_path: Path, said: tuple[str, ...], heard: list[str]) -> None:
    with hosted(tmp_path, "ups.id: x\nups.status: OL CHRG\n") as u:
        assert u.say(u.peer(), *said) == heard
