"""dummy-ups as repeater: a UPS of another server, passed on. Changes come through a mirror, by push where offered.

Commands and settings go to the other server on a connection of their own, and their outcome is waited for.
"""

from __future__ import annotations

import os

from wallnut.client.auth import tls
from wallnut.client.mirror import Change, Mirror
from wallnut.client.sync import connect
from wallnut.config.nutauth import parse_nutauth_conf
from wallnut.config.types import AuthEntry
from wallnut.drivers.base import Publisher, Result, Settings
from wallnut.drivers.looping import LoopThread
from wallnut.io.service import read_bytes
from wallnut.model.errors import (
    CmdNotSupported,
    ConfigError,
    DeviceError,
    InvalidArgument,
    InvalidValue,
    NutError,
    Readonly,
    TooLong,
    TrackingUnknown,
    VarNotSupported,
)
from wallnut.model.state import DelInfo, DriverGone, SetInfo
from wallnut.proto.address import Address, AddressError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.client.sync import Client
    from wallnut.model.state import Message

FIRST_DATA = 10.0
"""Seconds that the first data may take."""
OUTCOME = 10.0
"""Seconds that the other driver may take to do what it is asked for."""

_RESULTS: tuple[tuple[tuple[type[NutError], ...], Result], ...] = (
    ((CmdNotSupported, VarNotSupported, TrackingUnknown), Result.UNKNOWN),
    ((InvalidArgument, InvalidValue, TooLong, Readonly), Result.INVALID),
)


class Repeater:
    """The UPS that `port` names on another server."""

    def __init__(self, settings: Settings, ups: Publisher) -> None:
        """Raises ConfigError."""
        self._ups = ups
        self._strict = not settings.flag("repeater_disable_strict_start")
        self._interval = max(settings.number("pollinterval", 2.0), 1.0)
        try:
            self._address = Address.parse(settings.text("port"))
        except AddressError as error:
            raise settings.error("port", str(error)) from None
        self._entry = self._credentials(settings)
        self._thread: LoopThread | None = None
        self._mirror: Mirror | None = None
        self._trouble = ""
        self._known: set[str] = set()
        self._was_gone = False
        self._came: Callable[[str], object] | None = None

    def _credentials(self, settings: Settings) -> AuthEntry | None:
        """What nutauth.conf has for the server: that of `authconf`, or else the one in the configuration folder."""
        named = settings.text("authconf")
        path = os.path.join(settings.folder, named or "nutauth.conf")
        if not named and not os.path.exists(path):
            return None
        auth, problems = parse_nutauth_conf(read_bytes(path), path, _included)
        for problem in problems:
            self._ups.log.warning(str(problem))
        return auth.find(self._address.host, self._address.port)

    def open(self) -> None:
        """Follow the server. Raises DeviceError when it cannot be reached, unless that does not matter yet."""
        address, entry = self._address, self._entry
        self._thread = LoopThread(str(address))
        self._mirror = Mirror(
            self._thread.loop,
            address.host,
            address.port,
            on_change=self._changed,
            ups=(address.ups,),
            tls="off" if entry is None else tls(entry),
            interval=self._interval,
        )
        self._thread.start()
        try:
            self._trouble = self._thread.ask(self._begin, FIRST_DATA)
        except DeviceError as error:
            self._trouble = str(error)
        if self._trouble and self._strict:
            raise DeviceError(f"{address}: {self._trouble}")
        self._strict = False  # once it has started it goes on

    def _begin(self, came: Callable[[str], object]) -> None:
        assert self._mirror is not None
        self._came = came
        self._mirror.start()

    def _changed(self, change: Change) -> None:
        """Take in what is new; in the loop's thread."""
        if not change.ups:  # of the server: it comes for its UPS, too
            return
        state = change.state
        self._trouble = change.trouble or ("its data is stale" if state.complete and state.stale else "")
        for message in change.messages:
            self._pass_on(message)
        if state.complete and self._was_gone:
            self._was_gone = False
            for name in [name for name in self._known if state.get(name) is None]:
                self._pass_on(DelInfo(name))
        self._ups.poll_in(0)
        self._ups.commit()
        if self._came is not None and (change.trouble or state.complete):
            self._came(self._trouble)
            self._came = None

    def _pass_on(self, message: Message) -> None:
        """Publish a change, but for what concerns the other driver itself."""
        name = getattr(message, "name", "").lower()
        if isinstance(message, DriverGone):
            self._was_gone = True
        if not name or name.startswith("driver.") or name == "shutdown.default":
            return
        if isinstance(message, SetInfo):
            self._known.add(name)
        elif isinstance(message, DelInfo):
            self._known.discard(name)
        self._ups.apply(message)

    def poll(self) -> None:
        """Nothing is to be asked; only whether what is known still counts."""
        if self._trouble:
            self._ups.stale(f"{self._address}: {self._trouble}")

    def command(self, name: str, value: str) -> Result:
        """Have the other server run it."""
        return self._ask(lambda client: client.run(self._address.ups, name, value, wait=OUTCOME), name)

    def set(self, name: str, value: str) -> Result:
        """Have the other server set it."""
        return self._ask(lambda client: client.set(self._address.ups, name, value, wait=OUTCOME), name)

    def _ask(self, call: Callable[[Client], bool], what: str) -> Result:
        address, entry = self._address, self._entry
        user, password = (None, None) if entry is None else (entry.username, entry.password)
        try:
            with connect(
                address.host,
                address.port,
                username=user,
                password=password,
                tls="off" if entry is None else tls(entry),
            ) as client:
                call(client)
        except NutError as error:
            self._ups.log.warning(f"{address}: {what}: {error}")
            return next((result for kinds, result in _RESULTS if isinstance(error, kinds)), Result.FAILED)
        return Result.HANDLED

    def close(self) -> None:
        """Follow no more."""
        if self._thread is None or self._mirror is None:
            return
        self._thread.loop.call_soon_threadsafe(self._mirror.stop)
        self._thread.stop()
        self._thread = self._mirror = None


def _included(path: str) -> bytes | None:
    try:
        return read_bytes(path)
    except ConfigError:
        return None
