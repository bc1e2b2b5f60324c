"""What people do to devices: SET and INSTCMD, each under the NUT account of whoever asks, so that its rights hold.

The only place from where anything is written to a NUT server. Every action is noted, also one that is refused.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from wallnut.client import aio
from wallnut.model.errors import LinkError, LinkTimeout, NutError, ServerError
from wallnut.web.access import people
from wallnut.web.i18n import N_
from wallnut.web.store import NoStore, Store
from wallnut.web.words import THIN

if TYPE_CHECKING:
    from wallnut.client.tls import Mode, Tls
    from wallnut.proto.address import Address
    from wallnut.web.access.who import Who
    from wallnut.web.i18n import Language
    from wallnut.web.snapshot import Device

TIMEOUT = 5.0
"""Seconds for a connection, and for each answer."""
WAIT = 8.0
"""Seconds in which a driver may say what became of it."""
WHOLE = 20.0
"""Seconds for all of an action."""
MOST_AT_ONCE = 8
"""Actions under way; one more is refused."""
MOST_ACCOUNTS = 500
IDLE = 12 * 3600.0
"""How many NUT accounts are kept in memory, and for how many seconds after their last use."""
CLIENTS_FOR = 10.0
"""Seconds for which the list of a device's clients is kept."""
MOST_LISTS = 2000
LONGEST = 512
"""Characters of a NUT user's name, a password, a value."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user of upsd.users."""

    name: str
    password: str = field(repr=False)


class Outcome(Enum):
    """What became of an action: a word for programs, and whether it is done as far as anybody knows."""

    DONE = "done"
    """The driver says so."""
    ACCEPTED = "accepted"
    """The server took it; the driver does not tell."""
    UNKNOWN = "unknown"
    """It was sent, and nobody said in time what became of it."""
    FAILED = "failed"
    """The driver tried, and could not."""
    REFUSED = "refused"
    """The server, or we, did not take it."""
    UNREACHABLE = "unreachable"
    """There is no talking to the server."""
    NO_ACCOUNT = "no-account"
    """Nobody has said which NUT account to use."""

    @property
    def good(self) -> bool:
        """Whether nothing went wrong."""
        return self in (Outcome.DONE, Outcome.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an action. `text` says it and `advice` what to do: texts of gettext, with `values` put in; `code`
    is the server's word."""

    outcome: Outcome
    text: str
    advice: str = ""
    code: str = ""
    values: dict[str, str] = field(default_factory=dict)

    def said(self, language: Language) -> str:
        """What happened, for people."""
        return language.text(self.text, **self.values) if self.values else language.gettext(self.text)

    def advised(self, language: Language) -> str:
        """What to do; "" for nothing."""
        if not self.advice:
            return ""
        return language.text(self.advice, **self.values) if self.values else language.gettext(self.advice)


DONE = N_("Done: the driver confirms it.")
ACCEPTED = N_("The server accepted it. This driver does not tell what became of it.")
SILENT = N_("It was handed to the driver, which did not say within %(wait)s what became of it.")
SILENT_ADVICE = N_("Watch the device before you try again.")
NO_ACCOUNT = N_("Which NUT account?")
NO_ACCOUNT_ADVICE = N_("Sign in to the NUT server %(server)s with a user of its upsd.users.")
BUSY = N_("Too much is under way. Try again in a moment.")
DENIED_SET = N_("The NUT user %(user)s may not set variables, or the password is wrong.")
DENIED_SET_ADVICE = N_("In upsd.users on %(host)s, [%(user)s] needs: actions = SET. Then: upsd -c reload")
DENIED_RUN = N_("The NUT user %(user)s may not run %(what)s, or the password is wrong.")
DENIED_RUN_ADVICE = N_("In upsd.users on %(host)s, [%(user)s] needs: instcmds = %(what)s. Then: upsd -c reload")
CODES: dict[str, tuple[str, str]] = {
    "READONLY": (N_("%(what)s cannot be set."), ""),
    "TOO-LONG": (N_("This is too long for %(what)s."), ""),
    "INVALID-VALUE": (N_("%(what)s cannot have this value."), N_("%(detail)s")),
    "VAR-NOT-SUPPORTED": (N_("The device has no %(what)s."), ""),
    "CMD-NOT-SUPPORTED": (N_("The device has no %(what)s."), ""),
    "SET-FAILED": (N_("The server could not hand it to the driver."), N_("Does the driver of %(ups)s run?")),
    "INSTCMD-FAILED": (N_("The server could not hand it to the driver."), N_("Does the driver of %(ups)s run?")),
    "DRIVER-NOT-CONNECTED": (N_("The driver does not run."), N_("On %(host)s: upsdrvctl start %(ups)s")),
    "DATA-STALE": (N_("The driver has no fresh data."), N_("Is the device connected and switched on?")),
    "UNKNOWN-UPS": (N_("The server does not know this UPS any more."), ""),
    "UNKNOWN": (N_("The driver does not know %(what)s."), ""),
    "FAILED": (N_("The driver tried, and the device did not do it."), N_("The driver's log on %(host)s says why.")),
    "INVALID-ARGUMENT": (N_("The driver does not take this value."), ""),
    "PASSWORD-REQUIRED": (N_("The server asks for a password."), ""),
    "USERNAME-REQUIRED": (N_("The server asks for a user."), ""),
    "FEATURE-NOT-CONFIGURED": (N_("The server is not set up for this."), ""),
}
"""What a server's word means, and what to do."""


Note = Callable[["Who", str, str, str], Awaitable[None]]


def accounts_of(store: Store) -> Callable[[Who], Awaitable[tuple[str, str] | None]]:
    """The NUT accounts that the console's file has; none while it cannot be read."""

    async def account_of(who: Who) -> tuple[str, str] | None:
        if not who.user:
            return None
        try:
            return await store.ask(lambda db: people.nut_account(db, who.user))
        except NoStore:
            return None

    return account_of


async def _nobody(_: Who) -> tuple[str, str] | None:
    return None


async def _unnoted(who: Who, what: str, target: str, result: str) -> None:
    """Nobody keeps it."""


class Actions:
    """Does it. `tls` is how to talk to a server, `account_of` the NUT account that somebody has in the console's file,
    and `note` writes down who did what to what, with what result."""

    def __init__(
        self,
        tls: Callable[[Address], Tls | Mode] = lambda _: "try",
        account_of: Callable[[Who], Awaitable[tuple[str, str] | None]] = _nobody,
        note: Note = _unnoted,
        *,
        timeout: float = TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tls, self._account_of, self._note, self._clock = tls, account_of, note, clock
        self._timeout = timeout
        self._kept: OrderedDict[tuple[object, str], tuple[float, Account]] = OrderedDict()
        self._clients: OrderedDict[str, tuple[float, asyncio.Task[list[str] | None]]] = OrderedDict()
        self._under_way = 0

    # Accounts

    async def account(self, who: Who, server: str) -> Account | None:
        """The NUT account that somebody's actions at a server go under: the one kept for their session, else theirs of
        the console's file."""
        key = _key(who), server
        if key in self._kept:
            until, kept = self._kept[key]
            if self._clock() < until:
                self._kept[key] = self._clock() + IDLE, kept
                self._kept.move_to_end(key)
                return kept
            del self._kept[key]
        found = await self._account_of(who)
        return None if found is None else Account(*found)

    def keep(self, who: Who, server: str, account: Account) -> None:
        """Use an account for somebody's session from now on; in memory alone."""
        self._kept[_key(who), server] = self._clock() + IDLE, account
        self._kept.move_to_end((_key(who), server))
        while len(self._kept) > MOST_ACCOUNTS:
            self._kept.popitem(last=False)

    def forget(self, who: Who, server: str = "") -> None:
        """Forget the accounts of somebody's session, when it ends, or the one at a server."""
        mine = _key(who)
        for key in [key for key in self._kept if key[0] == mine and server in ("", key[1])]:
            del self._kept[key]

    # Doing

    async def set(self, who: Who, device: Device, name: str, value: str) -> Result:
        """Set a variable, and say what became of it."""
        return await self._do(who, device, "set", name, value)

    async def run(self, who: Who, device: Device, command: str, value: str = "") -> Result:
        """Run an instant command, and say what became of it."""
        return await self._do(who, device, "command", command, value)

    async def _do(self, who: Who, device: Device, verb: str, what: str, value: str) -> Result:
        account = await self.account(who, device.server)
        if account is None:
            return Result(Outcome.NO_ACCOUNT, NO_ACCOUNT, NO_ACCOUNT_ADVICE, values={"server": device.server})
        values = {
            "what": what,
            "user": account.name,
            "host": device.address.host,
            "ups": device.address.ups,
            "server": device.server,
            "detail": "",
        }
        if self._under_way >= MOST_AT_ONCE:
            result = Result(Outcome.REFUSED, BUSY)
        elif not (_can_be_sent(what) and _can_be_sent(value)):
            result = Result(Outcome.REFUSED, N_("A value has printable ASCII characters, at most 512."))
        else:
            self._under_way += 1
            try:
                result = await self._talk(device, account, verb, what, value, values)
            finally:
                self._under_way -= 1
        text = f"{what} = {value}" if verb == "set" else f"{what} {value}".rstrip()
        await self._note(who, verb, f"{device.id} {text}", f"{result.outcome.value} {result.code}".rstrip())
        return result

    async def _talk(
        self, device: Device, account: Account, verb: str, what: str, value: str, values: dict[str, str]
    ) -> Result:
        sent = False
        try:
            async with asyncio.timeout(WHOLE):
                async with await self._connect(device, account) as client:
                    sent = True
                    call = client.set if verb == "set" else client.run
                    done = await call(device.address.ups, what, value, wait=WAIT)
        except ServerError as error:
            return _refusal(error, verb, values)
        except (LinkError, TimeoutError) as error:
            return _lost(error, sent, values)
        except (
            NutError,
            ValueError,
        ) as error:  # a password or value that no line can hold, TLS files that are not there
            return Result(Outcome.REFUSED, "%(detail)s", values={"detail": f"{error}."[:300]})
        return Result(Outcome.DONE, DONE) if done else Result(Outcome.ACCEPTED, ACCEPTED)

    async def _connect(self, device: Device, account: Account | None) -> aio.Client:
        where = device.address
        return await aio.connect(
            where.host,
            where.port,
            username=account.name if account else None,
            password=account.password if account else None,
            timeout=self._timeout,
            tls=self._tls(where),
        )

    # Who depends on it

    async def clients(self, device: Device) -> list[str] | None:
        """The addresses of those logged in to a device, each once; None: not known. Asked for at most every so many
        seconds, by whoever comes first."""
        now = self._clock()
        kept = self._clients.get(device.id)
        if kept is None or now >= kept[0]:
            while len(self._clients) >= MOST_LISTS:
                self._clients.popitem(last=False)[1][1].cancel()
            kept = now + CLIENTS_FOR, asyncio.create_task(self._ask_clients(device))
            self._clients[device.id] = kept
            self._clients.move_to_end(device.id)
        return await asyncio.shield(kept[1])

    async def _ask_clients(self, device: Device) -> list[str] | None:
        try:
            async with asyncio.timeout(self._timeout):
                async with await self._connect(device, None) as client:
                    found = await client.clients(device.address.ups)
        except (NutError, TimeoutError, ValueError):
            return None
        return sorted(set(found))


def _key(who: Who) -> object:
    """What an account in memory belongs to: a session, or somebody whom a proxy names."""
    return who.session or (who.via, who.name, who.user)


def _can_be_sent(value: str) -> bool:
    return len(value) <= LONGEST and value.isascii() and value.isprintable()  # servers drop the others, unsaid


def _refusal(error: ServerError, verb: str, values: dict[str, str]) -> Result:
    code, values = error.code, {**values, "detail": error.text}
    outcome = Outcome.FAILED if code in ("FAILED", "UNKNOWN") else Outcome.REFUSED
    if code == "ACCESS-DENIED":
        if verb == "set":
            return Result(outcome, DENIED_SET, DENIED_SET_ADVICE, code, values)
        return Result(outcome, DENIED_RUN, DENIED_RUN_ADVICE, code, values)
    if code in CODES:
        return Result(outcome, *CODES[code], code, values)
    values["detail"] = f"{code} {error.text}".strip()
    return Result(outcome, N_("The server says: %(detail)s"), "", code, values)


def _lost(error: LinkError | TimeoutError, sent: bool, values: dict[str, str]) -> Result:
    values = {**values, "detail": str(error).rstrip(".") or "timed out", "wait": f"{WAIT:g}{THIN}s"}
    if not sent:
        text = N_("The server %(server)s cannot be reached: %(detail)s.")
        return Result(Outcome.UNREACHABLE, text, N_("Nothing was changed."), values=values)
    if isinstance(error, LinkTimeout) and "the driver does not say" in str(error):
        return Result(Outcome.UNKNOWN, SILENT, SILENT_ADVICE, values=values)
    text = N_("The connection ended before the server answered: %(detail)s.")
    return Result(Outcome.UNKNOWN, text, SILENT_ADVICE, values=values)
