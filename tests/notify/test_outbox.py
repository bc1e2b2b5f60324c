"""The folder in which notifications wait."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.notify.fakes import event
from tests.notify.test_event import EVENTS
from wallnut.io.log import Memory
from wallnut.notify.event import Event
from wallnut.notify.outbox import Outbox, decode, encode


def test_kept_over_a_restart(tmp_path: Path) -> None:
    log = Memory()
    first = Outbox(str(tmp_path / "a" / "ops"), log)
    assert first.load() == []
    one = first.add([event("ONBATT"), event("LOWBATT")])
    two = first.add([event("ONLINE", text="wörter\n")])
    second = Outbox(first.folder, log)
    assert second.load() == [one, two]
    assert second.add([event()]).path > two.path
    second.remove(one)
    second.remove(one)
    assert Outbox(first.folder, log).load()[0] == two
    assert log.texts == []
    assert os.stat(two.path).st_mode & 0o777 == 0o600
    assert os.stat(first.folder).st_mode & 0o777 == 0o700


def test_what_is_not_ours(tmp_path: Path) -> None:
    """Half a file goes, a broken one is said, what others put there is left alone."""
    log = Memory()
    (tmp_path / "0000000001-77.json.77.new").write_text('{"wall')
    (tmp_path / "0000000002-77.json").write_text('{"wallnut": 1, "events": [{"kind"')
    (tmp_path / "0000000003-77.json").write_text('{"wallnut": 2, "events": []}')
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "0000000004-77.json").mkdir()
    outbox = Outbox(str(tmp_path), log)
    assert outbox.load() == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "0000000002-77.json",
        "0000000003-77.json",
        "0000000004-77.json",
        "notes.txt",
    ]
    assert [text.partition(": ")[0].replace(f"{tmp_path}/", "") for text in log.texts] == [
        "0000000002-77.json is no notification; delete it",
        "0000000003-77.json is no notification; delete it",
        f"Can't read the outbox {tmp_path}",
    ]
    assert Path(outbox.add([event()]).path).name.startswith("0000000005-")


def test_no_folder_can_be_made(tmp_path: Path) -> None:
    log = Memory()
    (tmp_path / "file").write_text("")
    outbox = Outbox(str(tmp_path / "file" / "ops"), log)
    for _ in range(3):
        assert outbox.add([event()]).events == (event(),)
    assert outbox.load() == []
    assert len(log.texts) == 1
    assert log.texts[0].startswith(f"Can't write the outbox {tmp_path}/file/ops: Not a directory; until that is mended")


FULL = """
import resource, sys
from wallnut.io.log import Memory
from wallnut.notify.event import Event
from wallnut.notify.outbox import Outbox
log = Memory()
outbox = Outbox(sys.argv[1], log)
event = Event("ONBATT", "u", "text", 0.0)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
for _ in range(3):
    outbox.add([event])
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
outbox.add([event])
outbox.add([event])
print(*log.texts, sep="\\n")
"""


def test_nothing_can_be_written(tmp_path: Path) -> None:
    """A limit of the system in place of a full disk: said once, nothing left over, and said when it works again."""
    argv = [sys.executable, "-c", FULL, str(tmp_path / "ops")]
    answer = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True)
    bad, good = answer.stdout.splitlines()
    assert bad.startswith(f"Can't write the outbox {tmp_path}/ops: File too large; until that is mended")
    assert good == f"The outbox {tmp_path}/ops can be written again"
    assert len(list((tmp_path / "ops").iterdir())) == 2


@given(st.lists(EVENTS, min_size=1, max_size=4))
def test_a_file_says_what_was_put_in(events: list[Event]) -> None:
    assert decode(encode(events)) == tuple(events)


@given(st.one_of(st.binary(max_size=60), st.from_regex(rb'\{"wallnut":1,"events":[\[\]{}":0-9a-z,]{0,40}\}')))
def test_any_bytes_are_events_or_nothing(data: bytes) -> None:
    assert isinstance(decode(data), tuple)
