"""How settings and commands go to a server: each on a connection of its own, under the credentials of its user."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from wallnut.cli import common, people
from wallnut.cli.common import Given
from wallnut.client.texts import TEXTS, text
from wallnut.model.errors import (
    AccessDenied,
    ConnectError,
    InvalidArgument,
    NutError,
    ServerError,
    TlsError,
    TrackingFailed,
    TrackingUnknown,
)
from wallnut.proto import net
from wallnut.proto.address import Address

if TYPE_CHECKING:
    from wallnut.client.sync import Client
    from wallnut.config.types import AuthEntry

T = TypeVar("T")
WAIT = 10.0
"""Seconds that the driver has to say what became of it."""


class Secret:
    """A password that shows itself to nobody by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The password."""
        return self._text

    def __repr__(self) -> str:
        return "Secret()"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request, in words."""

    good: bool
    text: str


class Hand:
    """Acts on servers. Credentials are those of the command line, else nutauth.conf's, else those that were `told`.

    Everything but `signed_in`, `told` and `forget` waits for the network. Raises Stop for a nutauth.conf that cannot be
    used.
    """

    def __init__(self, given: Given, servers: list[Address]) -> None:
        self._given = given
        self._entries: dict[str, AuthEntry | None] = {}
        self._users: dict[str, tuple[str, Secret]] = {}
        self._asked: set[str] = set()
        for server in servers:
            name = people.server_name(server)
            entry = self._entries[name] = common.credentials(given, server, given.last("u"))
            user = given.last("u") if given.has("u") else None if entry is None else entry.username
            password = given.last("p") if given.has("p") else None if entry is None else entry.password
            if user is not None and password is not None:
                self._users[name] = (user, Secret(password))

    def user(self, server: Address) -> str:
        """The user that is known of beforehand, should the password not be."""
        entry = self._entries.get(people.server_name(server))
        return self._given.last("u") or (entry.username or "" if entry is not None else "")

    def signed_in(self, server: Address) -> bool:
        """Whether there are credentials for a server."""
        return people.server_name(server) in self._users

    def told(self, server: Address, user: str, password: Secret) -> None:
        """Somebody typed credentials."""
        self._asked.add(people.server_name(server))
        self._users[people.server_name(server)] = (user, password)

    def set(self, ups: Address, name: str, value: str) -> Answer:
        """Set a variable."""
        done, right = f"{name} is set to {value!r}", "actions = SET"
        return self._act(ups, done, right, lambda client: client.set(ups.ups, name, value, wait=WAIT))

    def run(self, ups: Address, command: str, value: str = "") -> Answer:
        """Run an instant command."""
        done, right = f"{command} {value}".rstrip() + " is done", f"instcmds = {command}"
        return self._act(ups, done, right, lambda client: client.run(ups.ups, command, value, wait=WAIT))

    def dependents(self, ups: Address) -> list[str] | None:
        """The machines that are logged in to a UPS; None where the server does not say."""
        try:
            with self._dial(ups) as client:
                try:
                    return client.clients(ups.ups)
                except ServerError:  # a server before 2.6.0
                    return ["a machine"] * client.call(net.GetNumLogins(ups.ups))
        except NutError:
            return None

    def _dial(self, server: Address) -> Client:
        return common.dial(self._given, server, self._entries.get(people.server_name(server)))

    def _act(self, ups: Address, done: str, right: str, work: Callable[[Client], bool]) -> Answer:
        server = people.server_name(ups)
        user, password = self._users[server]
        try:
            with self._dial(ups) as client:
                client.authenticate(user, password.reveal())
                if work(client):
                    return Answer(True, f"{done}: the driver confirms.")
                return Answer(True, "The server accepted it. This driver does not tell what became of it.")
        except AccessDenied:
            if server in self._asked:
                self._users.pop(server, None)  # so that the next time asks again
            advice = f"In upsd.users on {ups.host}, [{user}] needs: {right}. Then: upsd -c reload"
            return Answer(False, f"The NUT user {user} may not do that, or the password is wrong. {advice}")
        except TrackingUnknown:
            return Answer(False, f"The driver of {ups.ups} does not know how to do that.")
        except TrackingFailed:
            return Answer(False, f"The driver of {ups.ups} has tried and failed.")
        except InvalidArgument:
            return Answer(False, f"The driver of {ups.ups} does not take that value.")
        except ServerError as error:
            return Answer(False, f"{server} refuses: {error.text or TEXTS.get(error.code, error.code)}.")
        except (ConnectError, TlsError) as error:
            return Answer(False, people.explain(error, ups))
        except NutError as error:
            return Answer(False, f"It is not known whether it is done: {text(error).rstrip('.')}.")


async def apart(work: Callable[[], T]) -> T:
    """What `work` gives, from a thread of its own that holds nothing up, not even our end."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - the thread's end: it is raised again where it is waited for
            failure = error
        try:
            loop.call_soon_threadsafe(settle, result, failure)
        except RuntimeError:
            pass  # the program has ended meanwhile

    threading.Thread(target=run, name="hand", daemon=True).start()
    return await future
