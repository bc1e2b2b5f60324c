"""The way to one address, on a clock that only the test moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notify.fakes import Bench
from wallnut.config.record import replace
from wallnut.notify.event import Severity


def test_a_burst_is_one_message(tmp_path: Path) -> None:
    bench = Bench(tmp_path, burst=3)
    bench.tell("ONBATT")
    assert len(bench.files) == 1, "on disk before anybody is asked"
    bench.run(2)
    bench.tell("COMMBAD", "TRIM")
    assert bench.service.sent == []
    bench.run(1)
    assert bench.service.bodies == [["ONBATT rack@localhost", "COMMBAD rack@localhost", "TRIM rack@localhost"]]
    assert (bench.files, bench.lane.waiting, bench.lane.due) == ([], 0, None)
    bench.tell("ONLINE")
    bench.run(3)
    assert bench.service.bodies[1:] == [["ONLINE rack@localhost"]]
    assert bench.service.sent[1][1].title == "nas: ONLINE rack@localhost"


def test_a_steady_stream_does_not_wait_for_its_end(tmp_path: Path) -> None:
    bench = Bench(tmp_path, burst=3)
    for _ in range(10):
        bench.tell("ONBATT")
        bench.run(1)
    assert [len(body) for body in bench.service.bodies] == [3, 3, 3]


def test_critical_is_soon(tmp_path: Path) -> None:
    bench = Bench(tmp_path, burst=30)
    bench.tell("ONBATT")
    bench.run(1)
    bench.tell("FSD")
    bench.tell("SHUTDOWN")
    bench.run(0.5)
    assert bench.service.bodies == [["ONBATT rack@localhost", "FSD rack@localhost", "SHUTDOWN rack@localhost"]]
    assert bench.service.sent[0][1].severity is Severity.CRITICAL


def test_no_gathering_at_all(tmp_path: Path) -> None:
    bench = Bench(tmp_path, burst=0)
    bench.tell("FSD")
    bench.run(0)
    assert len(bench.service.sent) == 1


def test_tried_again_with_longer_and_longer_waits(tmp_path: Path) -> None:
    bench = Bench(tmp_path, burst=0, retry_first=5, retry_max=40)
    bench.service.reason = "no route to host"
    bench.tell("ONBATT")
    tries = []
    for _ in range(200):
        before = bench.service.tries
        bench.run(1)
        if bench.service.tries > before:
            tries.append(bench.now)
    assert tries == [1, 5, 15, 35, 75, 115, 155, 195]
    assert len(bench.files) == 1
    bench.service.reason = ""
    bench.run(40)
    assert bench.service.bodies == [["ONBATT rack@localhost"]]
    assert bench.files == []
    assert [text for text in bench.log.texts if "trying again in 10" not in text][:1] == [
        "notify ops: not delivered: no route to host; trying again in 5 s"
    ]
    assert bench.log.texts[-1] == "notify ops: delivered again"
    shown = [text for priority, text in bench.log.lines if priority < 7]
    assert len(shown) == 2, "said once, and when it is over"


def test_news_are_tried_sooner(tmp_path: Path) -> None:
    """The network may be back; but a service that is down is not asked at every event."""
    bench = Bench(tmp_path, burst=0, retry_first=5, retry_max=1000)
    bench.service.reason = "down"
    bench.tell("ONBATT")
    bench.run(200)
    assert bench.lane.due is not None
    assert bench.lane.due > bench.now + 50
    before = bench.service.tries
    for _ in range(10):
        bench.tell("FSD")
        bench.run(1)
    assert bench.service.tries == before + 3
    bench.service.reason = ""
    bench.tell("FSD")
    bench.run(5)
    assert bench.service.bodies == [["ONBATT rack@localhost", *["FSD rack@localhost"] * 11]]


def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, burst=3)
    bench.tell("ONBATT")
    bench.tell("FSD")
    bench.restarted()
    bench.run(0)
    assert bench.service.bodies == [["ONBATT rack@localhost", "FSD rack@localhost"]]
    assert bench.log.texts == ["notify ops: 2 notifications from before"]
    assert bench.files == []


def test_a_pile_is_few_messages(tmp_path: Path) -> None:
    """After a long time without network nobody is sent hundreds of messages."""
    bench = Bench(tmp_path, burst=0)
    bench.service.reason = "down"
    for _ in range(120):
        bench.tell("ONBATT", "ONLINE")
    bench.run(10)
    bench.service.reason = ""
    bench.run(1000)
    assert [len(body) for body in bench.service.bodies] == [50, 50, 50, 50, 40]


def test_the_oldest_go_when_too_many_wait(tmp_path: Path) -> None:
    bench = Bench(tmp_path, burst=0, max_waiting=5)
    bench.service.reason = "down"
    for kind in ("ONBATT", "ONLINE", "OFF", "NOTOFF"):
        bench.tell(kind, kind)
        bench.run(1)
    assert bench.lane.waiting == 4
    assert len(bench.files) == 2
    bench.service.reason = ""
    bench.run(100)
    assert [line.split()[0] for line in bench.service.bodies[0]] == ["OFF", "OFF", "NOTOFF", "NOTOFF"]
    assert [text for text in bench.log.texts if "oldest" in text] == ["notify ops: more than 5 wait, the oldest go"]


def test_one_flood_beyond_the_bound(tmp_path: Path) -> None:
    bench = Bench(tmp_path, max_waiting=60)
    bench.lane.gather([event for _ in range(3) for event in bench_events(50)])
    assert bench.lane.waiting == 50
    assert len(bench.files) == 1


def bench_events(number: int) -> list:
    from tests.notify.fakes import event

    return [event(text=f"number {each}") for each in range(number)]


def test_what_is_too_old_goes_after_one_more_try(tmp_path: Path) -> None:
    bench = Bench(tmp_path, burst=0, max_age=100, retry_max=20)
    bench.service.reason = "down"
    bench.tell("ONBATT")
    bench.run(130)
    assert (bench.files, bench.lane.due) == ([], None)
    assert bench.log.texts[-1] == "notify ops: 1 notification dropped, not delivered for 100 s: down"
    bench.tell("ONLINE")
    bench.now += 1000
    bench.service.reason = ""
    bench.restarted()
    bench.run(0)
    assert bench.service.bodies == [["ONLINE rack@localhost"]], "late, but delivered"


def test_what_can_not_be_kept_is_still_delivered(tmp_path: Path) -> None:
    bench = Bench(tmp_path, burst=0)
    bench.folder.write_text("a file in the way")
    bench.service.reason = "down"
    bench.restarted()
    bench.tell("ONBATT")
    bench.run(1)
    bench.service.reason = ""
    bench.run(5)
    assert bench.service.bodies == [["ONBATT rack@localhost"]]
    assert len([text for text in bench.log.texts if "outbox" in text]) == 1


def test_a_bad_address_is_said_at_the_start(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.service.bad_url = "unknown schema"
    bench.restarted()
    assert bench.log.texts == ["notify ops: its url cannot be used: unknown schema"]


def test_dropped_while_on_its_way(tmp_path: Path) -> None:
    """A bound that is reached during a delivery does not confuse the count."""
    bench = Bench(tmp_path, burst=0, max_waiting=1)
    send = bench.service.send

    def slow(url: str, message: object) -> str:
        bench.tell("ONLINE")
        return send(url, message)  # type: ignore[arg-type]

    bench.service.send = slow  # type: ignore[method-assign]
    bench.tell("ONBATT")
    bench.lane.work()
    bench.service.send = send  # type: ignore[method-assign]
    assert bench.lane.waiting == 1
    bench.run(0)
    assert bench.service.bodies == [["ONBATT rack@localhost"], ["ONLINE rack@localhost"]]
    assert (bench.lane.waiting, bench.files) == (0, [])


def test_settings_may_change(tmp_path: Path) -> None:
    bench = Bench(tmp_path, burst=100)
    bench.lane.settings = replace(bench.settings, burst=1)
    bench.lane.url = "json://elsewhere"
    bench.tell("ONBATT")
    bench.run(1)
    assert bench.service.sent[0][0] == "json://elsewhere"


@pytest.mark.parametrize("failing", [False, True])
def test_hurry(tmp_path: Path, failing: bool) -> None:
    """At the end what waits goes out, but not to a service that is known to be down."""
    bench = Bench(tmp_path, burst=60)
    bench.tell("ONBATT")
    if failing:
        bench.service.reason = "down"
        bench.run(60)
        bench.service.reason = ""
    bench.lane.hurry()
    bench.run(0)
    assert len(bench.service.sent) == (0 if failing else 1)
