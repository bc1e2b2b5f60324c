"""The writer and the recorder, with a clock of the test's own, step by step."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.wait import until
from wallnut.client.mirror import Change
from wallnut.history import writer as writers
from wallnut.history.recorder import Recorder
from wallnut.history.store import History, open_history
from wallnut.history.values import HOUR, MINUTE, SECOND, Device, Event, HistoryError, Keep, Notice, NoticeType, Sample
from wallnut.history.writer import Writer
from wallnut.io.log import Memory
from wallnut.model.state import DataOk, DataStale, DelInfo, Message, SetInfo, UpsState

T0 = 1_700_000_000 * SECOND // HOUR * HOUR
RACK = Device("localhost", "rack")
ROOT = Path(__file__).parents[2]


class Bench:
    """A writer whose thread is the test's, its clock, and a database that can be away."""

    def __init__(self, url: str, **settings: int) -> None:
        self.url, self.now, self.away = url, T0, False
        self.log = Memory()
        self.writer = Writer(self.open, self.log, Keep(), clock=lambda: self.now, **settings)

    def open(self) -> History:
        if self.away:
            raise HistoryError("nobody there", passing=True)
        return open_history(self.url)

    def put(self, *values: float | None) -> None:
        for value in values:
            self.writer.put([Sample(RACK, "ups.load", self.now, value)])
            self.now += SECOND

    def loads(self) -> list[float | None]:
        with open_history(self.url) as history:
            chart = history.read.series(RACK, "ups.load", T0, self.now + HOUR, 100_000)
            assert chart.source == "raw"
            return [point.mean for point in chart.points]


@pytest.fixture
def bench(url: str) -> Iterator[Bench]:
    made = Bench(url, bound=10)
    yield made
    made.writer.stop(20)


def test_what_is_put_is_written(bench: Bench) -> None:
    bench.put(1.0, 2.0)
    assert bench.writer.waiting() == 2
    assert not bench.writer.step()
    assert (bench.writer.waiting(), bench.writer.written) == (0, 2)
    assert bench.loads() == [1.0, 2.0]


def test_a_database_that_is_away_loses_nothing_within_the_bound(bench: Bench) -> None:
    bench.put(1.0)
    bench.away = True
    for _ in range(3):
        bench.writer.step()
    bench.put(2.0, 3.0)
    assert bench.writer.trouble == "nobody there"
    bench.away = False
    bench.writer.step()
    assert bench.writer.trouble == ""
    assert bench.loads() == [1.0, 2.0, 3.0]
    assert [text.split(".")[0] for text in bench.log.texts] == [
        "history: nobody there",
        f"history: {bench.url.split('?')[0]} is written again".split(".")[0],
    ]


def test_beyond_the_bound_the_oldest_are_dropped_and_their_time_is_not_known(bench: Bench) -> None:
    with open_history(bench.url) as history:
        history.write([Sample(RACK, "ups.load", T0, 0.0)])
    bench.now = T0 + SECOND
    bench.away = True
    bench.put(*map(float, range(1, 15)))
    bench.writer.step()
    assert (bench.writer.waiting(), bench.writer.dropped) == (10, 4)
    bench.away = False
    bench.writer.step()
    assert bench.loads() == [0.0, None, None, *map(float, range(5, 15))]  # not recorded; dropped
    assert bench.log.texts[-1] == "history: 4 samples were dropped, the oldest first"


def test_a_database_that_is_away_for_an_hour(url: str) -> None:
    """A sample every two seconds; more than may wait. It is said once, asked for at most once a minute, and what is
    there again afterwards is the latest."""
    bench = Bench(url, bound=1000)
    with open_history(url) as history:
        history.write([Sample(RACK, "ups.load", T0, 1.0)])
    bench.now = T0 + SECOND
    bench.away = True
    back, due = bench.now + HOUR, bench.now
    tries = 0
    while bench.now < back:
        bench.writer.put([Sample(RACK, "ups.load", bench.now, bench.now / SECOND % 100)])
        bench.writer.note(Notice("here", RACK, bench.now, NoticeType.DECISION, "", "on and on"))
        if bench.now >= due:
            assert not bench.writer.step()
            due = bench.now + round(bench.writer.wait * SECOND)
            tries += 1
        bench.now += 2 * SECOND
        assert bench.writer.waiting() <= 1000
    assert 60 <= tries <= 70  # at most one a minute, after the first few
    assert len(bench.log.texts) == 1
    bench.away = False
    while bench.writer.step():
        pass
    assert bench.log.texts[-2:] == [
        f"history: {bench.url.split('?')[0]} is written again",
        "history: 800 samples were dropped, the oldest first",
    ]
    with open_history(url) as history:
        found = history.read.series(RACK, "ups.load", T0, bench.now + MINUTE, 100_000).points
        known = [point.at for point in found if point.mean is not None]
        assert [at for at in known if at > T0 + MINUTE] == list(range(bench.now - 2000 * SECOND, bench.now, 2 * SECOND))
        unknown = [point.at for point in found if point.mean is None]
        assert len(unknown) <= 2
        assert history.read.value(RACK, "ups.load", T0 + 10 * MINUTE) is None
        assert len(history.read.notices(0, bench.now, limit=5000)) == 1800
    bench.writer.stop()


def test_what_upsmon_does_is_written_and_kept_while_it_cannot_be(bench: Bench) -> None:
    bench.away = True
    bench.writer.note(Notice("here", RACK, T0, NoticeType.NOTIFICATION, "ONBATT", "on battery"))
    bench.writer.step()
    bench.writer.note(Notice("here", RACK, T0 + 1, NoticeType.NOTIFICATION, "ONLINE", "on line"))
    bench.writer.step()
    bench.away = False
    bench.writer.step()
    bench.writer.step()
    with open_history(bench.url) as history:
        assert [one.kind for one in history.read.notices(0, T0 + HOUR)] == ["ONBATT", "ONLINE"]


def test_a_full_disk_is_said_and_waited_for(tmp_path: Path) -> None:
    """The real thing: a file system of one megabyte, of the test's own."""
    argv = ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "tests.history.full", str(tmp_path)]
    found = subprocess.run(argv, capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    if "unshare" in found.stderr or "mount:" in found.stderr:
        pytest.skip("no file systems of one's own may be mounted here")
    assert found.stderr == ""
    assert found.stdout.splitlines() == ["written", "full: True", "said: 1", "again", "whole: ok", "lost: 0"]


def test_after_a_kill_the_break_is_seen(bench: Bench) -> None:
    bench.writer.alive(RACK, yes=True)
    bench.put(1.0)
    bench.now = T0 + MINUTE
    bench.writer.step()
    again = Bench(bench.url)  # the first one was killed
    again.now = T0 + 2 * MINUTE
    again.put(1.0)
    again.writer.step()
    again.writer.stop()
    with open_history(bench.url) as history:
        values = [history.read.value(RACK, "ups.load", T0 + at) for at in (MINUTE, MINUTE + 1, 2 * MINUTE)]
    assert values == [1.0, None, 1.0]


def test_what_is_old_is_rolled_up_and_pruned_in_time(bench: Bench) -> None:
    bench.put(1.0)
    bench.writer.step()
    bench.now = T0 + 9 * 24 * HOUR
    bench.put(2.0)
    bench.writer.step()
    with open_history(bench.url) as history:
        assert [(level.name, level.rows) for level in history.read.levels()][:3] == [
            ("raw", 1),
            ("minute", 1),
            ("hour", 1),
        ]


def test_the_thread_writes_all_before_it_ends(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "BATCH", 4)
    bench.put(*map(float, range(10)))
    bench.writer.start()
    until(lambda: bench.writer.written >= 8, 20, "what is much to be written at once")
    bench.writer.stop(20)
    assert bench.loads() == list(map(float, range(10)))
    Bench(bench.url).writer.stop()  # one that was never started


# The recorder


class Told:
    """A UPS as a mirror tells of it."""

    def __init__(self, recorder: Recorder, server: str = "localhost") -> None:
        self._recorder, self._server = recorder, server
        self.state = UpsState()

    def __call__(self, *messages: Message, trouble: str = "") -> None:
        changed = [message for message in messages if self.state.apply(message)]
        self._recorder.told(Change(self._server, "rack", self.state, trouble, changed))


def test_chosen_variables_are_recorded_when_they_change(bench: Bench) -> None:
    recorder = Recorder(bench.writer, ["ups.*", "input.voltage"])
    assert recorder.named == ()
    tell = Told(recorder)
    tell(SetInfo("ups.load", "1"), SetInfo("ups.status", "OL"), SetInfo("device.mfr", "ACME"))
    assert bench.writer.waiting() == 0  # not fresh yet
    tell(DataOk())
    bench.now += SECOND
    tell(SetInfo("ups.load", "2"), SetInfo("device.mfr", "Acme"))
    tell(SetInfo("ups.load", "2.0"))  # another spelling
    bench.now += SECOND
    tell(DelInfo("ups.load"))
    bench.now += SECOND
    tell(SetInfo("ups.load", "4"))
    tell(DataStale())
    bench.writer.step()
    assert bench.loads() == [1.0, 2.0, None, None]  # 4 held no time at all
    with open_history(bench.url) as history:
        assert history.read.variables(RACK) == {"ups.load": "number", "ups.status": "text"}
        events = history.read.events(T0, T0 + HOUR)
    assert events == [Event(RACK, T0, bench.now, "OL"), Event(RACK, bench.now, None, None)]


def test_out_of_reach_and_back(bench: Bench) -> None:
    recorder = Recorder(bench.writer, ["ups.load"])
    assert recorder.named == ("ups.load",)
    tell = Told(recorder)
    tell(SetInfo("ups.load", "1"), DataOk())
    bench.now += SECOND
    tell(DataStale(), trouble="refused")
    tell(trouble="refused again")
    bench.now += SECOND
    tell(DataOk())
    bench.now += SECOND
    recorder.close()
    bench.writer.step()
    assert bench.loads() == [1.0, None, 1.0, None]


def test_only_some_upses(bench: Bench) -> None:
    recorder = Recorder(bench.writer, ["*"], ["rack@attic*"])
    Told(recorder)(SetInfo("ups.load", "1"), DataOk())
    assert bench.writer.waiting() == 0
    Told(recorder, "attic:3494")(SetInfo("ups.load", "1"), DataOk())
    assert bench.writer.waiting() == 1


def test_inventions_of_a_server_are_bounded(bench: Bench) -> None:
    recorder = Recorder(bench.writer, ["*"])
    tell = Told(recorder)
    tell(DataOk())
    for number in range(2500):
        tell(SetInfo(f"ups.made.up.{number}", "1"), SetInfo("ups.made\nup", "1"))
        bench.writer._queue.clear()
    tell(SetInfo("ups.more", "1"))
    assert bench.writer.waiting() == 0
