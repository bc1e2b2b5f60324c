"""One UPS as the server sees it: what its driver says, and what the server itself adds."""

from __future__ import annotations

from wallnut.model.state import DataOk, DataStale, DriverGone, DumpDone, SetInfo, UpsState
from wallnut.server.push import Feed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wallnut.io.log import Logger
    from wallnut.model.state import Message, Variable
    from wallnut.server.replies import Replies
    from wallnut.server.session import Session

STATUS = "ups.status"
_JUDGED = (DataOk, DataStale, DriverGone)


class Ups:
    """A UPS of ups.conf.

    `connected`: a driver is there. `stale`: its data are old, by its own word or by its silence. `fsd`: the
    forced-shutdown mark, which stays until the server ends. `logins`: the sessions that said LOGIN, newest first.
    """

    __slots__ = ("_log", "connected", "desc", "driver", "feed", "fsd", "logins", "name", "replies", "stale", "state")

    def __init__(self, name: str, driver: str, desc: str | None, replies: Replies, log: Logger) -> None:
        self.name, self.driver, self.desc, self.replies, self._log = name, driver, desc, replies, log
        self.state = UpsState()
        self.feed: Feed | None = None
        self.connected = self.stale = self.fsd = False
        self.logins: list[Session] = []

    def trouble(self) -> bytes | None:
        """The error that every question about data gets now; None: there are fresh data."""
        if not self.connected:
            return b"ERR DRIVER-NOT-CONNECTED\n"
        return b"ERR DATA-STALE\n" if self.stale else None

    def shown(self, variable: Variable) -> str:
        """A variable's value as GET VAR and LIST VAR give it: ups.status carries the FSD mark."""
        if self.fsd and variable.name.lower() == STATUS:
            return f"FSD {variable.value}"
        return variable.value

    def came(self) -> None:
        """A driver is connected; until it says better, the status is WAIT."""
        self.connected, self.stale = True, False
        waiting = SetInfo(STATUS, "WAIT")
        self.state.apply(waiting)
        self._tell([waiting, DataOk()])

    def went(self) -> None:
        """There is no driver any more, and nothing is known."""
        self.connected = self.stale = False
        self.state.clear()
        self._tell([DriverGone()])

    def changed(self, messages: Sequence[Message]) -> None:
        """The state has taken in these messages of the driver. Freshness and presence are the server's to judge."""
        self.replies.drop(self)
        if self.feed is not None:
            self.feed.note([message for message in messages if type(message) not in _JUDGED])
        if self.stale or self.state.stale:
            self.judge(silent=False)

    def _tell(self, messages: Sequence[Message]) -> None:
        """The server itself changed something that clients see."""
        self.replies.drop(self)
        if self.feed is not None:
            self.feed.note(messages)

    def judge(self, *, silent: bool) -> None:
        """Decide whether the data are stale: the driver is silent, or says so itself and has told everything once."""
        stale = self.connected and (silent or (self.state.complete and self.state.stale))
        if stale == self.stale:
            return
        self.stale = stale
        self._tell([DataStale() if stale else DataOk()])
        if stale:
            self._log.notice(f"Data for UPS [{self.name}] is stale - check driver")
        else:
            self._log.notice(f"UPS [{self.name}] data is no longer stale")

    def force_shutdown(self) -> None:
        """Set the FSD mark."""
        if not self.fsd:
            self.fsd = True
            status = self.state.get(STATUS)
            self._tell([SetInfo(status.name, status.value)] if status else [])

    def dump(self) -> Iterator[Message]:
        """The messages that tell all there is to a new subscriber."""
        if not self.connected:
            yield DriverGone()
            return
        if self.stale:
            yield DataStale()
        for message in self.state.dump():
            if type(message) not in (DataOk, DataStale, DumpDone):
                yield message
        if not self.stale:
            yield DataOk()
        if self.state.complete:
            yield DumpDone()
