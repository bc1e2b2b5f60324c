"""The consumer's end of a driver socket: against drivers played by the test, and against C dummy-ups."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.support.cnut import CNut
from tests.support.wait import until
from wallnut.client.link import MAX_CHOICES, MAX_NAMES, Link, leftovers
from wallnut.io.log import Memory
from wallnut.io.loop import Loop
from wallnut.io.stream import Stream, connect_unix, pair
from wallnut.model.state import DelCmd, DelEnum, DelInfo, DriverGone, Message, SetFlags, SetInfo, UpsState
from wallnut.proto.driver import HANDLED, UNKNOWN, InstCmd, Set

DUMP = b'SETINFO ups.status "OL"\nSETINFO ups.id "x"\nSETAUX ups.id 16\nSETFLAGS ups.id RW STRING\nDATAOK\nDUMPDONE\n'


class Driver:
    """The test's end: what it is told, and a link with what comes out of it. Time stands still unless moved."""

    def __init__(self, start: bool = True) -> None:
        self.now = 100.0
        self.loop = Loop(lambda: self.now)
        ours, self.theirs = pair(self.loop, "test")
        self.told = b""
        self.gone: list[str] = []
        self.theirs.on_data = self._told
        self.theirs.on_close = self.gone.append
        self.log = Memory()
        self.changes: list[Message] = []
        self.batches = 0
        self.results: list[tuple[str, int]] = []
        self.ends: list[str] = []
        self.state = UpsState()
        self.link = Link(
            self.loop,
            ours,
            self.state,
            self.log,
            "u",
            on_change=self._changed,
            on_tracking=lambda id, result: self.results.append((id, result)),
            on_close=self.ends.append,
        )
        self.link.start()
        self.pump()
        if start:
            assert self.told == b"DUMPALL\n"
            self.say(DUMP)
            self.forget()

    def _told(self, data: bytes) -> None:
        self.told += data

    def _changed(self, messages: list[Message]) -> None:
        self.batches += 1
        self.changes += messages

    def forget(self) -> None:
        self.told, self.changes, self.batches = b"", [], 0

    def pump(self) -> bool:
        for _ in range(6):
            self.loop.run_once(0)
        return False

    def say(self, data: bytes) -> None:
        self.theirs.write(data)
        self.pump()

    def stop(self) -> None:
        self.link.close()
        self.theirs.close()
        self.loop.close()


def test_dump_then_changes_once_a_read() -> None:
    driver = Driver(start=False)
    driver.say(DUMP)
    assert driver.state.complete
    assert not driver.state.stale
    assert driver.state.value("ups.status") == "OL"
    assert driver.batches == 1
    driver.forget()
    driver.say(b'SETINFO ups.status "OB"\nSETINFO ups.id "x"\n')
    assert driver.changes == [SetInfo("ups.status", "OB")]
    driver.forget()
    driver.say(b"PONG\n")
    assert driver.batches == 0
    driver.stop()


def test_what_makes_sense_is_heard() -> None:
    driver = Driver()
    driver.now = 200.0
    driver.say(b"WHATEVER\n")
    assert driver.link.heard == 100.0
    driver.link.ping()
    driver.pump()
    assert driver.told == b"PING\n"
    driver.say(b"PONG\n")
    assert driver.link.heard == 200.0
    driver.stop()


def test_values_are_quoted_and_results_come_back() -> None:
    driver = Driver()
    assert driver.link.send(Set("ups.id", 'a "b" #', "7"))
    assert driver.link.send(InstCmd("test", "two words", "8"))
    driver.pump()
    assert driver.told == b'SET ups.id "a \\"b\\" \\#" TRACKING 7\nINSTCMD test "two words" TRACKING 8\n'
    driver.say(b"TRACKING 7 0\nTRACKING 8 1\n")
    assert driver.results == [("7", HANDLED), ("8", UNKNOWN)]
    driver.stop()


def test_a_raw_value_makes_everything_be_asked_for_again() -> None:
    driver = Driver()
    driver.say(b'SETINFO ups.id "q2"q#x"\n')
    assert (driver.changes, driver.told) == ([], b"DUMPALL\n")
    assert driver.link.nonsense == 1
    # a change that comes before the dump is not kept waiting
    driver.say(b'SETINFO ups.status "OB"\n')
    assert driver.changes == [SetInfo("ups.status", "OB")]
    driver.say(DUMP.replace(b'"x"', b'"q2\\"q\\#x"').replace(b'"OL"', b'"OB"'))
    assert driver.state.value("ups.id") == 'q2"q#x'
    assert driver.told == b"DUMPALL\n"
    driver.stop()


def test_raw_values_of_every_kind_are_noticed() -> None:
    for raw in (b'SETINFO ups.id "a#b"\n', b'SETINFO ups.id "a\\"\n', b'ADDENUM ups.id "a"b"\n'):
        driver = Driver()
        driver.say(raw)
        assert driver.told == b"DUMPALL\n", raw
        driver.say(DUMP + b'SETINFO ups.id "after"\n')
        assert driver.state.value("ups.id") == "after"
        driver.stop()


def test_a_driver_that_keeps_on_is_asked_again_at_intervals() -> None:
    driver = Driver()
    driver.say(b'SETINFO ups.id "a#b"\n')
    driver.say(DUMP)
    for _ in range(10):
        driver.say(b'SETINFO ups.id "a#b"\n')
    assert driver.told == b"DUMPALL\n"
    driver.now += 2
    driver.pump()
    assert driver.told == b"DUMPALL\n" * 2
    assert driver.link.nonsense == 11
    assert len(driver.log.lines) == 1
    driver.now += 60
    driver.say(b"more nonsense\n")
    assert len(driver.log.lines) == 2
    assert driver.log.texts[1].endswith("more nonsense (11 such lines)")
    driver.stop()


def test_what_a_new_dump_leaves_out_is_taken_out() -> None:
    driver = Driver()
    driver.say(b'ADDENUM ups.id "x"\nADDENUM ups.id "y"\nADDRANGE ups.id 1 2\nADDCMD load.off\nSETINFO old "1"\n')
    driver.say(b'SETINFO ups.id "a#b"\n')
    driver.forget()
    driver.say(b'SETINFO ups.status "OL"\nSETINFO ups.id "x"\nADDENUM ups.id "y"\nDATAOK\nDUMPDONE\n')
    assert {DelEnum("ups.id", "x"), SetFlags("ups.id", ()), DelCmd("load.off"), DelInfo("old")} < set(driver.changes)
    left = driver.state.get("ups.id")
    assert left is not None
    assert (left.enum, left.ranges, left.length, left.writable) == (("y",), (), 0, False)
    driver.stop()


def test_leftovers_make_the_copies_equal() -> None:
    driver = Driver()
    fresh = UpsState()
    for message in leftovers(driver.state, fresh):
        driver.state.apply(message)
    assert not driver.state.variables
    driver.stop()


def test_the_end_of_the_driver_voids_what_it_said() -> None:
    driver = Driver()
    driver.theirs.close()
    driver.pump()
    assert driver.changes == [DriverGone()]
    assert driver.ends == [""]
    assert not driver.state.variables
    assert driver.link.closed
    assert not driver.link.ping()
    driver.stop()


def test_leaving_says_logout_and_reads_on_until_the_driver_closes() -> None:
    driver = Driver()
    driver.link.leave()
    driver.say(b'SETINFO ups.status "OB"\n' * 1000)
    assert driver.told == b"LOGOUT\n"
    assert not driver.link.closed
    driver.say(b"OK Goodbye\n")
    driver.theirs.close()
    until(lambda: driver.pump() or driver.link.closed, 5, "the end")
    assert (driver.changes, driver.ends, driver.gone) == ([], [], [""])
    driver.stop()


def test_a_driver_cannot_fill_the_memory() -> None:
    driver = Driver()
    for start in range(0, 2 * MAX_NAMES, 1000):
        driver.say(
            b"".join(
                b'SETINFO v%d "x"\nADDCMD c%d\nADDENUM ups.id "%d"\n' % (n, n, n) for n in range(start, start + 1000)
            )
        )
    assert len(driver.state.variables) == MAX_NAMES
    assert len(driver.state.commands) == MAX_NAMES
    found = driver.state.get("ups.id")
    assert found is not None
    assert len(found.enum) == MAX_CHOICES
    assert len(driver.log.lines) == 1
    driver.say(b'SETINFO ups.status "OB"\nSETINFO v1 "y"\n')
    assert (driver.state.value("ups.status"), driver.state.value("v1")) == ("OB", "y")
    driver.stop()


@given(st.lists(st.one_of(st.binary(max_size=30), st.sampled_from(DUMP.split(b"\n")), st.just(b"\n")), max_size=40))
def test_any_bytes_leave_it_working(pieces: list[bytes]) -> None:
    driver = Driver()
    for piece in pieces:
        driver.say(piece)
    driver.now += 10
    driver.say(b'"\n\n"\n')  # out of whatever was left open
    driver.say(b'SETINFO ups.status "OB"\n')
    driver.say(DUMP)
    driver.say(b'SETINFO ups.status "OB LB"\n')
    assert driver.state.value("ups.status") == "OB LB"
    assert not driver.ends
    driver.stop()


def test_beside_c_dummy_ups(tmp_path: Path, loop: Loop) -> None:
    nut = CNut(tmp_path).ups("u", 'ups.status: OL\nups.id: "a \\# b"\nups.model: M\n').start(server=False)
    try:
        state = UpsState()
        results: list[tuple[str, int]] = []
        ends: list[str] = []
        stream: Stream = connect_unix(loop, str(nut.socket("u")))
        link = Link(
            loop,
            stream,
            state,
            Memory(),
            "u",
            on_change=lambda _: None,
            on_tracking=lambda id, result: results.append((id, result)),
            on_close=ends.append,
        )
        link.start()

        def seen(name: str, value: str) -> None:
            def look() -> bool:
                loop.run_once(0.05)
                return state.value(name) == value

            until(look, 10, f"{name} = {value}")

        seen("ups.id", "a # b")
        assert state.complete
        # the driver broadcasts this raw, as SETINFO ups.id "q2"q#x": only a new dump can tell
        link.send(Set("ups.id", 'q2"q#x', "t1"))
        seen("ups.id", 'q2"q#x')
        assert results == [("t1", HANDLED)]
        link.send(InstCmd("load.off", "with blank", "t2"))
        link.send(Set("ups.model", "N"))
        seen("ups.model", "N")
        assert results[1:] == [("t2", UNKNOWN)]
        nut.stop_driver("u")

        def ended() -> bool:
            loop.run_once(0.05)
            return bool(ends)

        until(ended, 10, "the end")
        assert not state.variables
    finally:
        nut.stop()
