"""Passes on what another driver says, but for what its own driver makes; and remembers it to be looked at."""

from __future__ import annotations

import os
from threading import Lock

from wallnut.drivers.rules import leading_number
from wallnut.drivers.upstream import Upstream
from wallnut.io.service import statepath
from wallnut.model.errors import DeviceError
from wallnut.model.state import DelInfo, DriverGone, SetInfo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.drivers.base import Publisher, Result, Settings
    from wallnut.model.state import Message
    from wallnut.proto.driver import InstCmd, Set


class Relay:
    """The other driver is the one whose socket `port` names. Variables whose names begin with one of `own` stay here.

    Only values are passed on, as C does: what may be set there is set there.
    """

    def __init__(self, settings: Settings, ups: Publisher, own: tuple[str, ...]) -> None:
        self._path = os.path.join(statepath(), settings.text("port"))
        self._ups, self._own = ups, own
        self._upstream: Upstream | None = None
        self._lock = Lock()
        self._values: dict[str, str] = {}
        self._before: set[str] = set()

    def open(self) -> None:
        """Connect, and wait until everything was said once. Raises DeviceError."""
        self._upstream = Upstream(self._path, self._ups.log, self._changed)
        with self._lock:
            gone = self._before.difference(self._values)
            self._before = set()
        for name in gone:
            self._pass_on(DelInfo(name))

    def close(self) -> None:
        """Leave the other driver."""
        if self._upstream is not None:
            self._upstream.close()
            self._upstream = None
        with self._lock:
            self._before.update(self._values)
            self._values.clear()

    def check(self) -> None:
        """Say where what is known is stale. Raises DeviceError when the connection is over."""
        if old := self._connected().check():
            self._ups.stale(old)

    def request(self, message: Set | InstCmd) -> Result:
        """Have the other driver do something. Raises DeviceError when it does not answer."""
        return self._connected().request(message)

    def value(self, name: str) -> str:
        """A variable of the other driver, "" for none."""
        with self._lock:
            return self._values.get(name.lower(), "")

    def number(self, name: str) -> int | None:
        """The whole number that a variable of the other driver begins with."""
        return leading_number(self.value(name))

    def _connected(self) -> Upstream:
        if self._upstream is None:
            raise DeviceError("not connected")
        return self._upstream

    def _changed(self, messages: list[Message]) -> None:
        """Take in what changed; in the loop's thread."""
        with self._lock:
            for message in messages:
                if isinstance(message, SetInfo):
                    self._values[message.name.lower()] = message.value
                elif isinstance(message, DelInfo):
                    self._values.pop(message.name.lower(), None)
                elif isinstance(message, DriverGone):
                    self._before.update(self._values)
                    self._values.clear()
        for message in messages:
            if isinstance(message, SetInfo | DelInfo):
                self._pass_on(message)
        self._ups.poll_in(0)
        self._ups.commit()

    def _pass_on(self, message: SetInfo | DelInfo) -> None:
        if not message.name.lower().startswith(self._own):
            self._ups.apply(message)
