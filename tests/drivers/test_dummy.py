"""dummy-ups: what it makes of a file, and what its socket answers (transcripts seen with C's, NUT 2.8.0 and 2.8.5)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hosts import Hosted, section
from wallnut.drivers.dummy import Dummy, Script, read_script
from wallnut.model.errors import ConfigError


def hosted(tmp_path: Path, text: str, name: str = "u.dev", **settings: str | None) -> Hosted:
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


def test_letter_case_is_kept(tmp_path: Path) -> None:
    """C neither stores nor sends a change of letter case alone, and yet says that it was done."""
    with hosted(tmp_path, "ups.id: Abc\n") as u:
        assert u.say(u.peer(), 'SET ups.id "ABC" TRACKING q') == ['SETINFO ups.id "ABC"', "TRACKING q 0"]


# What C dummy-ups 2.8.0 made of these lines (-d 1).
@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("battery.charge: 90", "battery.charge", "90"),
        ('ups.model:  "Big   thing" x  y', "ups.model", "Big   thing x y"),
        ("ups.serial 77 # comment", "ups.serial", "77"),
        ('ups.id: q\\"b', "ups.id", 'q"b'),
        ("ups.load = 4", "ups.load", "= 4"),
        ("foo : 5", "foo", ": 5"),
        ("server.x: 3", "server.x", "3"),
        ("battery.charge:50", "battery.charge", "50"),
        ("driver.foo: 4", "driver.foo", None),
        ("ups.mfr:", "ups.mfr", None),
        ("ups.status:", "ups.status", ""),
        ('ups.alarm: "no # good"', "ups.alarm", None),
    ],
)
def test_lines(tmp_path: Path, line: str, name: str, value: str | None) -> None:
    with hosted(tmp_path, f"{line}\n") as u:
        variable = u.host.state.get(name)
        assert (None if variable is None else variable.value) == value


def test_what_is_there_without_a_file(tmp_path: Path) -> None:
    with hosted(tmp_path, "") as u:
        shown = {v.name: v.value for v in u.host.state.in_order() if v.name.startswith(("ups.", "device."))}
        assert shown == {
            "device.mfr": "Dummy Manufacturer",
            "device.model": "Dummy UPS",
            "device.type": "ups",
            "ups.mfr": "Dummy Manufacturer",
            "ups.model": "Dummy UPS",
            "ups.status": "OL",
        }
        assert u.host.state.commands_in_order()[-2:] == ["load.off", "shutdown.default"]


@pytest.mark.parametrize(
    ("port", "mode", "shown"),
    [
        ("u.dev", None, "dummy-once"),
        ("u.seq", None, "dummy-loop"),
        ("u.txt", None, "dummy-loop"),
        ("u.seq", "dummy-once", "dummy-once"),
        ("u.dev", "Dummy", "dummy"),
        ("u.dev", "dummy-loop", "dummy-loop"),
    ],
)
def test_modes(tmp_path: Path, port: str, mode: str | None, shown: str) -> None:
    with hosted(tmp_path, "ups.id: 1\n", port, **({"mode": mode} if mode else {})) as u:
        assert u.host.state.value("driver.parameter.mode") == shown
        u.say(u.peer(), "SET ups.id 2")
        u.pass_time(3)
        assert u.host.state.value("ups.id") == ("2" if shown == "dummy-once" else "1"), "a loop reads it again"


def test_bad_mode(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"^\[u\] mode = x: one of dummy-once, dummy-loop, dummy, repeater is needed$"
    ):
        hosted(tmp_path, "", mode="x")


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    with hosted(tmp_path, "ups.id: 1\nups.load: 3\n") as u:
        peer = u.peer()
        u.say(peer, "SET ups.id 2")
        path = tmp_path / "u.dev"
        path.write_text("ups.id: 1\nups.status: OB\nups.load:\n")
        os.utime(path, ns=(1, 1))
        u.pass_time(1)
        assert peer.lines[1:] == ['SETINFO ups.id "1"', "DELINFO ups.load", 'SETINFO ups.status "OB"']


def test_a_file_that_goes_and_comes(tmp_path: Path) -> None:
    with hosted(tmp_path, "ups.id: 1\n") as u:
        path = tmp_path / "u.dev"
        path.rename(tmp_path / "away")
        u.pass_time(1)
        assert u.host.state.stale
        assert f"[u] Can't open {path}: No such file or directory; data is stale" in u.log.texts
        (tmp_path / "away").rename(path)
        u.pass_time(10)
        assert not u.host.state.stale


def test_no_file(tmp_path: Path) -> None:
    with Hosted(Dummy, section(port=str(tmp_path / "none"))) as u:
        u.start()
        assert u.verdict == f"Can't open {tmp_path}/none: No such file or directory"


def test_alarm(tmp_path: Path) -> None:
    with hosted(tmp_path, "ups.status: OL RB\nALARM Battery is old\n") as u:
        assert u.host.state.value("ups.status") == "ALARM OL RB"
        assert u.host.state.value("ups.alarm") == "Battery is old"
        assert u.say(u.peer(), 'SET ups.alarm ""') == ["DELINFO ups.alarm", 'SETINFO ups.status "OL RB"']


def test_ignorelb(tmp_path: Path) -> None:
    with hosted(tmp_path, "ups.status: OL LB\nbattery.charge: 50\nbattery.charge.low: 10\n", ignorelb=None) as u:
        assert u.host.state.value("ups.status") == "OL"
    with hosted(tmp_path, "ups.status: OL\nbattery.charge: 5\nbattery.charge.low: 10\n", ignorelb=None) as u:
        assert u.host.state.value("ups.status") == "OL LB"


def test_types(tmp_path: Path) -> None:
    """Those of C dummy-ups 2.8.0, read from its socket."""
    text = "battery.charge: 9\nups.id: x\ninput.sensitivity: H\nother.name: y\n"
    with hosted(tmp_path, text) as u:
        peer = u.peer()
        for name, facts in {
            "battery.charge": ["SETFLAGS battery.charge RW"],
            "ups.id": ["SETAUX ups.id 16", "SETFLAGS ups.id RW STRING"],
            "input.sensitivity": ["SETAUX input.sensitivity 1", "SETFLAGS input.sensitivity RW STRING"],
            "other.name": ["SETAUX other.name 32", "SETFLAGS other.name RW STRING"],
        }.items():
            assert u.say(peer, f"DUMPVALUE {name}")[1:-2] == facts


# --- the script: pure


def script(text: str, *, looping: bool) -> Script:
    made = Script(looping)
    made.restart(read_script(text.encode())[0])
    return made


def test_timers() -> None:
    once = script("a: 1\nTIMER 5\na: 2\nTIMER 0.5\na: 3\n", looping=False)
    assert list(once.advance(100.0)) == [("a", "1")]
    assert once.wait(100.0) == 5.0
    assert list(once.advance(104.9)) == []
    assert list(once.advance(105.0)) == [("a", "2")]
    assert list(once.advance(105.5)) == [("a", "3")]
    assert list(once.advance(999.0)) == []
    assert not once.at_start(999.0)


def test_a_loop_is_read_again_when_its_last_timer_is_over() -> None:
    loop = script("a: 1\nTIMER 5\na: 2\ntimer 3\n", looping=True)
    assert list(loop.advance(0.0)) == [("a", "1")]
    assert not loop.at_start(0.0)
    assert list(loop.advance(5.0)) == [("a", "2")]
    assert not loop.at_start(7.9)
    assert loop.at_start(8.0)


def test_bad_lines_are_named() -> None:
    lines, problems = read_script(b'a: 1\nTIMER soon\nb: "x # y"\nc: 3\n')
    assert problems == ["2: TIMER needs seconds, not 'soon'", "3: Unbalanced word due to unescaped # in quotes"]
    assert ("c", "3") in lines


@given(st.binary(max_size=300), st.booleans())
def test_any_file(data: bytes, looping: bool) -> None:
    lines, _ = read_script(data)
    made = Script(looping)
    made.restart(lines)
    for now in range(20):
        for name, value in made.advance(float(now)):
            assert name
            assert value.isascii()


def test_a_sequence_in_its_time(tmp_path: Path) -> None:
    with hosted(tmp_path, "ups.status: OL\nTIMER 30\nups.status: OB\nTIMER 20\n", "u.seq") as u:
        peer = u.peer()
        for passed, lines in ((29.9, []), (0.1, ["OB"]), (19.9, []), (0.1, ["OL"]), (29.9, []), (0.1, ["OB"])):
            before = len(peer.lines)
            u.pass_time(passed, passed)
            assert peer.lines[before:] == [f'SETINFO ups.status "{line}"' for line in lines]
