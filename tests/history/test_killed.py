"""Killed at any moment, a writer leaves all that was committed, whole; and so does a database server."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.history.killed import FIRST, RACK, SIZE, batch
from tests.support.postgres import PostgresServer, postgres
from tests.support.wait import until
from wallnut.history.store import History, open_history
from wallnut.history.values import HOUR, MINUTE, Device, HistoryError, Sample

ROOT = Path(__file__).parents[2]


@contextmanager
def writing(url: str, said: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The program, for as long as the block lasts."""
    with said.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.history.killed", url], stdout=out, cwd=ROOT, stdin=subprocess.DEVNULL
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


def committed(said: Path) -> int:
    """How many batches were said to be committed."""
    return len(said.read_bytes().splitlines())


def check(history: History, least: int) -> None:
    """All of the batches that were committed are there, and perhaps one more; none in part."""
    texts = history.read.texts(RACK, "ups.status", 0, 1 << 50)
    number = len(texts)
    assert least <= number <= least + 1
    assert [text for _, text in texts] == [f"OL {one}" for one in range(number)]
    rows = history.database.rows("SELECT count(*) FROM raw")[0][0]
    assert rows == number * SIZE
    end = FIRST + number * MINUTE // 4 + HOUR
    history.roll_up(end + HOUR)
    chart = history.read.series(RACK, "outlet.7.power", FIRST, end, 10_000)
    assert [point.mean for point in chart.points] == [float(one) for one in range(number)]


def test_a_writer_is_killed_again_and_again(url: str, tmp_path: Path) -> None:
    said = tmp_path / "said"
    said.touch()
    for after in (1, 2, 5, 7, 11):
        before = committed(said)
        with writing(url, said) as process:
            until(lambda: process.poll() is not None or committed(said) >= before + after, 30, "batches")  # noqa: B023
            assert process.poll() is None
            process.kill()
            process.wait(20)
        with open_history(url) as history:
            number = len(history.read.texts(RACK, "ups.status", 0, 1 << 50))
            check(history, committed(said))
            if history.database.kind == "sqlite":
                assert history.database.rows("PRAGMA integrity_check") == [("ok",)]
        if number > committed(said):  # killed between commit and word
            with said.open("ab") as out:
                out.write(b"%d\n" % (number - 1))


def test_a_server_is_killed(tmp_path: Path) -> None:
    with postgres() as own:
        url = own.database()
        said = tmp_path / "said"
        said.touch()
        with writing(url, said) as process:
            until(lambda: process.poll() is not None or committed(said) >= 4, 30, "batches")
            own.end(signal.SIGQUIT)  # as in a crash: nothing is tidied up
            process.wait(20)
        own.start()
        with open_history(url) as history:
            check(history, committed(said))


def test_a_connection_that_is_lost_is_an_error_that_may_pass(server: PostgresServer) -> None:
    url = server.database()
    with open_history(url) as history:
        history.write(batch(0))
        with open_history(url) as other:
            other.database.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with pytest.raises(HistoryError) as caught:
            history.write(batch(1))
        assert caught.value.passing


def test_a_full_disk_is_an_error_and_the_file_stays_whole(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/history.db"
    with open_history(url) as history:
        history.write(batch(0))
        pages = history.database.rows("PRAGMA page_count")[0][0]
        history.database.run(f"PRAGMA max_page_count = {pages + 1}")
        other = Device("localhost", "other")
        with pytest.raises(HistoryError, match="full") as caught:
            history.write([Sample(other, f"outlet.{one}.power", FIRST, 1.5) for one in range(5000)])
        assert caught.value.passing
        history.database.run(f"PRAGMA max_page_count = {pages + 1000}")
        check(history, 1)
        assert list(history.read.devices()) == [RACK]
