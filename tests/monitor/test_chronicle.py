"""Events: on the board always; in the journal with what was known; in the log where there is no journal."""

from __future__ import annotations

import socket
from pathlib import Path

from wallnut.io.journal import Journal
from wallnut.io.log import DEBUG, INFO, NOTICE, Memory
from wallnut.io.loop import Loop
from wallnut.monitor import rules
from wallnut.monitor.board import Board
from wallnut.monitor.chronicle import DECIDED, TOLD, Chronicle
from wallnut.monitor.values import Explain, Look, Notify, Readings, Settings, Supply

STATE, _ = rules.step(
    rules.start(Settings((Supply("ups"),)), 0), Look("ups", "OB DISCHRG LB", "", "", Readings(64, 1450)), 0
)
ONBATT = Notify("ONBATT", "ups", "UPS ups on battery", ("SYSLOG", "WALL"))
WHY = Explain('UPS ups is critical by "OB LB"', "ups")
KNOWN = {"status": "OB DISCHRG LB", "critical": "OB LB", "charge": 64, "runtime": 1450}


def made(journal: Journal | None = None, *, aloud: bool = False) -> tuple[Chronicle, Board, Memory]:
    loop, log = Loop(), Memory()
    board = Board(loop, log, lambda: STATE)
    loop.close()
    return Chronicle(board, log, journal, aloud=aloud), board, log


def test_in_the_journal(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sink:
        sink.bind(str(tmp_path / "socket"))
        sink.settimeout(5)
        journal = Journal("upsmon", str(tmp_path / "socket"))
        chronicle, board, log = made(journal, aloud=True)

        def entry() -> dict[str, str]:
            return dict(line.split("=", 1) for line in sink.recv(10000).decode().splitlines())

        chronicle.told(ONBATT, STATE)
        known = {
            "NUT_UPS": "ups",
            "NUT_STATUS": "OB DISCHRG LB",
            "NUT_CRITICAL": "OB LB",
            "NUT_BATTERY_CHARGE": "64",
            "NUT_BATTERY_RUNTIME": "1450",
        }
        common = {"SYSLOG_FACILITY": "3", "SYSLOG_IDENTIFIER": "upsmon"}
        assert entry() == common | known | {
            "MESSAGE": ONBATT.text,
            "PRIORITY": "5",
            "MESSAGE_ID": TOLD,
            "WALLNUT_EVENT": "notification",
            "NUT_NOTIFYTYPE": "ONBATT",
        }
        chronicle.decided(WHY, STATE)
        assert entry() == common | known | {
            "MESSAGE": WHY.text,
            "PRIORITY": "6",
            "MESSAGE_ID": DECIDED,
            "WALLNUT_EVENT": "decision",
        }
        chronicle.decided(Explain("now SHUTDOWNCMD runs"), STATE)
        assert "NUT_UPS" not in entry()
        assert log.lines == []
        journal.close()
    assert [event["text"] for event in (*board.notifications, *board.decisions)] == [
        ONBATT.text,
        WHY.text,
        "now SHUTDOWNCMD runs",
    ]


def test_a_journal_that_takes_nothing(tmp_path: Path) -> None:
    """Then it is the log's."""
    journal = Journal("upsmon", str(tmp_path / "none"))
    chronicle, _, log = made(journal, aloud=True)
    chronicle.told(ONBATT, STATE)
    chronicle.decided(WHY, STATE)
    assert log.lines == [(NOTICE, ONBATT.text), (INFO, WHY.text)]
    journal.close()


def test_in_the_log() -> None:
    """As NUT has it on a terminal; in syslog decisions, too. Flags count for the log, and for the board they do not."""
    chronicle, board, log = made()
    chronicle.told(Notify("ONLINE", "ups", "back", ("WALL",)), STATE)
    chronicle.told(ONBATT, STATE)
    chronicle.decided(WHY, STATE)
    assert log.lines == [(NOTICE, ONBATT.text), (DEBUG, WHY.text)]
    back, onbatt = board.notifications
    assert back["kind"] == "ONLINE"
    assert onbatt == {
        "type": "notification",
        "kind": "ONBATT",
        "ups": "ups",
        "text": ONBATT.text,
        "time": onbatt["time"],
        **KNOWN,
    }
    (decision,) = board.decisions
    assert decision == {"type": "decision", "ups": "ups", "text": WHY.text, "time": decision["time"], **KNOWN}
