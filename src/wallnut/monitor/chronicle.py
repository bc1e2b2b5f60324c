"""What is told and decided, as events: on the monitor's socket, and in the journal with fields or the log as lines."""

from __future__ import annotations

from typing import Any

from wallnut.io.journal import Journal
from wallnut.model.notify import SYSLOG
from wallnut.monitor import rules
from wallnut.monitor.board import Board
from wallnut.monitor.values import INFO, NOTICE, Explain, Notify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.log import Logger

TOLD = "87629bd8b99d4bee9aa1699cad56d8c6"
DECIDED = "c247769d28ea41cbbc1b5d7f8222f4de"
"""MESSAGE_ID of notifications and of decisions, for `journalctl MESSAGE_ID=...`."""
_FIELDS = {
    "status": "NUT_STATUS",
    "critical": "NUT_CRITICAL",
    "charge": "NUT_BATTERY_CHARGE",
    "runtime": "NUT_BATTERY_RUNTIME",
}


class Chronicle:
    """Keeps events. With a `journal`, that is where they are written; without, notifications go into the log as NUT has
    it, and decisions if it is `aloud`, which on a terminal they are not."""

    def __init__(self, board: Board, log: Logger, journal: Journal | None = None, *, aloud: bool = False) -> None:
        self._board, self._log, self._journal, self._aloud = board, log, journal, aloud

    def told(self, notice: Notify, state: rules.State) -> None:
        """People are told something; the log too, if the flag SYSLOG says so."""
        found = inputs(state, notice.ups)
        self._board.told(notice, found)
        if SYSLOG in notice.ways:
            fields = {"MESSAGE_ID": TOLD, "WALLNUT_EVENT": "notification", "NUT_NOTIFYTYPE": notice.kind}
            if not self._journalled(NOTICE, notice.text, notice.ups, fields, found):
                self._log.notice(notice.text)

    def decided(self, why: Explain, state: rules.State) -> None:
        """A decision was taken."""
        found = inputs(state, why.ups)
        self._board.decided(why, found)
        fields = {"MESSAGE_ID": DECIDED, "WALLNUT_EVENT": "decision"}
        if not self._journalled(INFO, why.text, why.ups, fields, found):
            if self._aloud:
                self._log.info(why.text)
            else:
                self._log.debug(1, why.text)

    def _journalled(self, priority: int, text: str, ups: str, fields: dict[str, str], found: dict[str, Any]) -> bool:
        if self._journal is None:
            return False
        if ups:
            fields["NUT_UPS"] = ups
        fields |= {_FIELDS[name]: value if isinstance(value, str) else f"{value:g}" for name, value in found.items()}
        return self._journal.send(priority, text, fields)


def inputs(state: rules.State, ups: str) -> dict[str, Any]:
    """What was known of a UPS: its status, the rule by which it is critical, charge and runtime, as far as known."""
    about = state.upses.get(ups)
    if about is None:
        return {}
    rule = state.verdicts.get(ups)
    found = {
        "status": str(about.status) or None,
        "critical": rule.name if rule else None,
        "charge": about.readings.charge,
        "runtime": about.readings.runtime,
    }
    return {name: value for name, value in found.items() if value is not None}
