"""One client's connection: lines in, answers out.

`VERBS`, at the end, is the whole protocol: verb -> handler, and the right that it needs. Order of checks and spelling
of answers are C upsd's (RFC 9271, NUT's docs/net-protocol.txt). What differs on purpose is in docs/upsd.md.

Input is worked off in turns of a bounded size, so that nobody who floods keeps the others waiting, and no input is read
while output waits, so that nobody who does not read makes the server keep things for him.
"""

from __future__ import annotations

from wallnut.proto.driver import InstCmd, Set, leading_int
from wallnut.proto.words import BadLine, Lexer, plain_words, word
from wallnut.server import queries
from wallnut.server.queries import INFO, INVALID_ARGUMENT, UNKNOWN_UPS, VAR_NOT_SUPPORTED, reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.config.types import UpsdUsers, User
    from wallnut.io.stream import Stream
    from wallnut.server.push import Feed
    from wallnut.server.ups import Ups
    from wallnut.server.upsd import Upsd

    Handler = Callable[["Session", list[str], str], bytes]

MAX_LINE = 8192
MOST_WANTED = 24
"""Variables that a SUBSCRIBE may name: what a line of 32 words would not hold must not go by unseen."""
"""Bytes of a request; the longest that says anything has 32 words of 512 characters, values at most 255."""
TURN_LINES = 50
"""Requests that are worked off in one turn, not counting those whose answers are kept."""
TURN_BYTES = 64 * 1024
"""Bytes of answers after which a turn ends; so much may wait for a client that does not read."""

OK = b"OK\n"
UNKNOWN_COMMAND = b"ERR UNKNOWN-COMMAND\n"
ACCESS_DENIED = b"ERR ACCESS-DENIED\n"
HELP = "Commands: HELP VER PROTVER GET LIST SET INSTCMD LOGIN LOGOUT USERNAME PASSWORD STARTTLS"
NETVER = "1.3"


class CheckPending(Exception):
    """The credentials are being checked: the request is asked again when the result is there."""


class Session:
    """A client.

    `heard` is the server's tick of the last whole line; `username` and `password` are what the client said (None: not
    yet), `ups` the UPS it is logged in to, `tracking` whether it wants ids, `feeds` its subscriptions.
    """

    __slots__ = (
        "_kept",
        "_lexer",
        "_proof",
        "_tail",
        "_then",
        "_user",
        "_waiting",
        "feeds",
        "heard",
        "password",
        "server",
        "stream",
        "tracking",
        "ups",
        "username",
    )

    def __init__(self, server: Upsd, stream: Stream) -> None:
        self.server, self.stream = server, stream
        self._kept = server.replies.known
        self.heard = server.tick
        self.username: str | None = None
        self.password: str | None = None
        self.ups: Ups | None = None
        self.tracking = False
        self.feeds: tuple[Feed, ...] = ()
        self._tail = b""  # a line that has not ended
        self._lexer: Lexer | None = None  # where a line goes on behind a line feed, in quotes or after a backslash
        self._waiting: list[bytes] | None = None  # lines for the next turn; not None: nothing more is read
        self._then: Callable[[list[bytes]], object] | None = None  # what ends the turn, with the lines not yet done
        self._user: User | None = None
        self._proof: UpsdUsers | None = None  # the users that `_user` was found in; None: not checked
        stream.on_data = self._received
        stream.on_close = self._closed

    # input

    def _received(self, data: bytes) -> None:
        answer = self._kept.get(data)
        if answer is not None and not self._tail and self._lexer is None:  # one whole line, as most often
            self.heard = self.server.tick
            if self.stream.write(answer):
                self._pause([])
            return
        lines = (self._tail + data if self._tail else data).split(b"\n")
        self._tail = lines.pop()
        if lines:
            self._serve(lines)
        if len(self._tail) > MAX_LINE:
            self.drop(f"a line of more than {MAX_LINE} bytes")

    def _serve(self, lines: list[bytes]) -> None:
        """Answer whole lines, as many as one turn may."""
        kept = self._kept
        answers = []
        done = size = worked = 0
        for line in lines:
            answer = kept.get(line + b"\n")
            if answer is None or self._lexer is not None:
                answer = self._answer(line)
                worked += 1
            answers.append(answer)
            size += len(answer)
            if self._then is not None:
                break
            done += 1
            if size > TURN_BYTES or worked > TURN_LINES:
                break
        stream = self.stream
        if size:
            self.heard = self.server.tick
            stream.write(b"".join(answers))
        if self._then is not None:
            then, self._then = self._then, None
            then(lines[done:])
        elif done < len(lines) or stream.unsent:
            self._pause(lines[done:])

    def _answer(self, line: bytes) -> bytes:
        """The answer to one line; nothing where it goes on behind the line feed."""
        words = plain_words(line.decode("latin-1")) if self._lexer is None else None
        fresh = self._lexer is None
        if words is None:
            if len(line) > MAX_LINE:
                self._then = lambda _: self.drop(f"a line of more than {MAX_LINE} bytes")
                return b""
            lexer = self._lexer or Lexer()
            found = lexer.feed(line + b"\n")
            self._lexer = lexer if lexer.pending else None
            if not found:
                return b""
            if isinstance(found[0], BadLine):
                self.server.log.notice(f"Parse error on sock: {found[0].text}")
                return INVALID_ARGUMENT
            words = found[0]
        row = VERBS.get(words[0].upper()) if words else None
        if row is None:
            return UNKNOWN_COMMAND
        handler, right = row
        if right:
            if self.username is None:
                return b"ERR USERNAME-REQUIRED\n"
            if self.password is None:
                return b"ERR PASSWORD-REQUIRED\n"
        try:
            answer = handler(self, words, right)
        except CheckPending:
            self._then = self._hold
            return b""
        if fresh and (keep := KEPT.get(handler)):
            owner = keep(self.server, words)
            if owner is not None:
                self.server.replies.keep(line, answer, owner)
        return answer

    # turns

    def _pause(self, lines: list[bytes]) -> None:
        """Read nothing more until the output is gone, and leave these lines for the next turn."""
        stream = self.stream
        if stream.closed:
            return
        stream.pause()
        self._waiting = lines
        if stream.unsent:
            stream.on_drain = self._go_on
        else:
            self.server.loop.at_end_of_pass(self._go_on)

    def _hold(self, lines: list[bytes]) -> None:
        """Wait for the credentials' check; the first of the lines is asked again then."""
        self.stream.pause()
        self._waiting = lines

    def _go_on(self) -> None:
        stream = self.stream
        if stream.closed or self._waiting is None:
            return
        stream.on_drain = None
        lines, self._waiting = self._waiting, None
        for feed in self.feeds:
            if news := feed.catch_up(self):
                stream.write(news)
        if stream.unsent:
            self._pause(lines)
            return
        if lines:
            self._serve(lines)
        if self._waiting is None:
            stream.resume()

    def send(self, data: bytes) -> None:
        """Send what nobody asked for, between two answers."""
        self.stream.write(data)
        if self.stream.unsent and self._waiting is None:
            self._pause([])

    def drop(self, why: str) -> None:
        """End the connection, with a word in the log."""
        if not self.stream.closed:
            self.server.log.notice(f"Client {self.who} is dropped: {why}")
            self.stream.close(why)

    def _finish(self, lines: list[bytes]) -> None:
        """Close as soon as everything is sent; what the client said after LOGOUT is not listened to."""
        self._tail = b""
        stream = self.stream
        if stream.unsent:
            stream.pause()
            self._waiting = []
            stream.on_drain = stream.close
        else:
            stream.close()

    def _start_tls(self, lines: list[bytes]) -> None:
        """Go on in TLS. What came in clear behind STARTTLS is thrown away: it may be somebody else's."""
        self._tail = b""
        assert self.server.tls is not None
        self.stream.start_tls(self.server.tls, server_side=True)

    def _closed(self, reason: str) -> None:
        if self.ups is not None:
            self.server.log.info(f"User {self.who} logged out from UPS [{self.ups.name}]{self._ssl}")
            self.ups.logins.remove(self)
        for feed in self.feeds:
            feed.unsubscribe(self)
        self.feeds = ()
        self.server.gone(self, reason)

    # who is it, and what may he do

    @property
    def who(self) -> str:
        """Name and address, for the log."""
        return f"{self.username or ''}@{self.stream.peer}"

    @property
    def _ssl(self) -> str:
        return " (SSL)" if self.stream.tls else ""

    def user(self) -> User | None:
        """The user, if name, password and address are right. Raises CheckPending."""
        credentials = self.server.credentials
        users = credentials.users
        if self._proof is not users:
            assert self.username is not None
            assert self.password is not None
            credentials.check(self.username, self.password, self.stream.peer, lambda user: self._known(users, user))
            if self._proof is not users:
                raise CheckPending
        return self._user

    def _known(self, users: UpsdUsers, user: User | None) -> None:
        self._user, self._proof = user, users
        self._go_on()

    def may(self, right: str) -> bool:
        """Whether the user has a right. Raises CheckPending."""
        user = self.user()
        return user is not None and user.may(right)

    def unfollow(self, feed: Feed) -> None:
        """End a subscription."""
        self.feeds = tuple(each for each in self.feeds if each is not feed)
        feed.unsubscribe(self)


# Handlers: (session, words of the request, right that it needs) -> answer


def _ver(session: Session, words: list[str], _: str) -> bytes:
    return INVALID_ARGUMENT if len(words) > 1 else reply(INFO + "\n")


def _netver(session: Session, words: list[str], _: str) -> bytes:
    return INVALID_ARGUMENT if len(words) > 1 else reply(NETVER + "\n")


def _help(session: Session, words: list[str], _: str) -> bytes:
    return INVALID_ARGUMENT if len(words) > 1 else reply(HELP + "\n")


def _get(session: Session, words: list[str], _: str) -> bytes:
    if len(words) > 1 and words[1].upper() == "TRACKING":
        if len(words) == 2:
            return b"ON\n" if session.tracking else b"OFF\n"
        return session.server.tracking.answer(words[2]) if session.tracking else b"ERR FEATURE-NOT-CONFIGURED\n"
    return queries.get(session.server, words)


def _list(session: Session, words: list[str], _: str) -> bytes:
    return queries.list_(session.server, words)


def _username(session: Session, words: list[str], _: str) -> bytes:
    if len(words) != 2:
        return INVALID_ARGUMENT
    if session.username is not None:
        session.server.log.info(f"Client {session.who} tried to set a username twice")
        return b"ERR ALREADY-SET-USERNAME\n"
    session.username = words[1]
    return OK


def _password(session: Session, words: list[str], _: str) -> bytes:
    if len(words) != 2:
        return INVALID_ARGUMENT
    if session.password is not None:
        session.server.log.info(f"Client {session.who} tried to set a password twice")
        return b"ERR ALREADY-SET-PASSWORD\n"
    session.password = words[1]
    return OK


def _login(session: Session, words: list[str], right: str) -> bytes:
    if len(words) != 2:
        return INVALID_ARGUMENT
    if session.ups is not None:
        session.server.log.info(f"Client {session.who} tried to login twice")
        return b"ERR ALREADY-LOGGED-IN\n"
    ups = session.server.find(words[1])
    if ups is None:
        return UNKNOWN_UPS
    if not session.may(right):
        return ACCESS_DENIED
    session.ups = ups
    ups.logins.insert(0, session)
    session.server.log.info(f"User {session.who} logged into UPS [{ups.name}]{session._ssl}")
    return OK


def _logout(session: Session, words: list[str], _: str) -> bytes:
    if len(words) != 1:
        return INVALID_ARGUMENT
    session._then = session._finish
    return b"OK Goodbye\n"


def _primary(session: Session, words: list[str], right: str) -> bytes:
    if len(words) != 2:
        return INVALID_ARGUMENT
    if session.server.find(words[1]) is None:
        return UNKNOWN_UPS
    return reply(f"OK {words[0].upper()}-GRANTED\n") if session.may(right) else ACCESS_DENIED


def _fsd(session: Session, words: list[str], right: str) -> bytes:
    if len(words) != 2:
        return INVALID_ARGUMENT
    ups = session.server.find(words[1])
    if ups is None:
        return session.server.audit.refused(session.who, words, UNKNOWN_UPS)
    if not session.may(right):
        return session.server.audit.refused(session.who, words, ACCESS_DENIED)
    session.server.audit.done(f"Client {session.who} set FSD on UPS [{ups.name}]")
    ups.force_shutdown()
    return b"OK FSD-SET\n"


def _set(session: Session, words: list[str], right: str) -> bytes:
    kind = words[1].upper() if len(words) > 2 else ""
    if kind == "TRACKING":
        wish = words[2].upper()
        if wish not in ("ON", "OFF"):
            return INVALID_ARGUMENT
        session.tracking = wish == "ON"
        return OK
    if kind != "VAR" or len(words) < 5:
        return INVALID_ARGUMENT
    server = session.server
    ups = server.find(words[2])
    trouble = UNKNOWN_UPS if ups is None else ups.trouble()
    if ups is None or trouble:
        return server.audit.refused(session.who, words, trouble or UNKNOWN_UPS)
    name, value = words[3], words[4]
    refusal = ACCESS_DENIED if not session.may(right) else _set_refusal(ups, name, value)
    id = server.tracking.new() if session.tracking and not refusal else ""
    if not refusal and not server.tell(ups, Set(name, value, id)):
        refusal = b"ERR SET-FAILED\n"
    if refusal:
        return server.audit.refused(session.who, words, refusal)
    server.audit.done(
        f"Set variable: {session.who} set {name} on {ups.name} to {value} (tracking ID: {id or 'disabled'})"
    )
    return reply(f"OK TRACKING {id}\n") if id else OK


def _set_refusal(ups: Ups, name: str, value: str) -> bytes:
    """The error for a value that the variable cannot take; nothing when it can."""
    variable = ups.state.get(name)
    if variable is None:
        return VAR_NOT_SUPPORTED
    if not variable.writable:
        return b"ERR READONLY\n"
    if variable.string:
        if variable.length < 1:
            return b"ERR SET-FAILED\n"
        if len(value) > variable.length:
            return b"ERR TOO-LONG\n"
    if variable.enum and value not in variable.enum:
        return b"ERR INVALID-VALUE\n"
    if variable.ranges:
        number = leading_int(value)
        if not any(low <= number <= high for low, high in variable.ranges):
            return b"ERR INVALID-VALUE\n"
    return b""


def _instcmd(session: Session, words: list[str], _: str) -> bytes:
    if len(words) < 3:
        return INVALID_ARGUMENT
    server = session.server
    ups = server.find(words[1])
    trouble = UNKNOWN_UPS if ups is None else ups.trouble()
    if ups is None or trouble:
        return server.audit.refused(session.who, words, trouble or UNKNOWN_UPS)
    name = words[2]
    value = words[3] if len(words) == 4 else ""  # of several words C takes none for the value
    if not ups.state.has_command(name):
        return server.audit.refused(session.who, words, b"ERR CMD-NOT-SUPPORTED\n")
    user = session.user()
    if user is None or not user.may_run(name):
        return server.audit.refused(session.who, words, ACCESS_DENIED)
    id = server.tracking.new() if session.tracking else ""
    if not server.tell(ups, InstCmd(name, value, id)):
        return server.audit.refused(session.who, words, b"ERR INSTCMD-FAILED\n")
    with_value = f" with value {value}" if value else ""
    server.audit.done(
        f"Instant command: {session.who} did {name}{with_value} on {ups.name} (tracking ID: {id or 'disabled'})"
    )
    return reply(f"OK TRACKING {id}\n") if id else OK


def _starttls(session: Session, words: list[str], _: str) -> bytes:
    if session.stream.tls is not None:
        return b"ERR ALREADY-SSL-MODE\n"
    if session.server.tls is None:
        return b"ERR FEATURE-NOT-CONFIGURED\n"
    session._then = session._start_tls
    return b"OK STARTTLS\n"


def _subscribe(session: Session, words: list[str], _: str) -> bytes:
    if not 2 <= len(words) <= 2 + MOST_WANTED:
        return INVALID_ARGUMENT
    ups = session.server.find(words[1])
    if ups is None:
        return UNKNOWN_UPS
    feed = session.server.feed(ups)
    if feed not in session.feeds:
        session.feeds += (feed,)
    wanted = frozenset(name.lower() for name in words[2:]) if len(words) > 2 else None
    return reply(f"OK SUBSCRIBED {word(words[1])}\n") + feed.subscribe(session, wanted)


def _unsubscribe(session: Session, words: list[str], _: str) -> bytes:
    if len(words) != 2:
        return INVALID_ARGUMENT
    ups = session.server.find(words[1])
    if ups is None:
        return UNKNOWN_UPS
    if ups.feed is not None:
        session.unfollow(ups.feed)
    return reply(f"OK UNSUBSCRIBED {word(words[1])}\n")


# verb -> (handler, the right it needs: "" for everybody; with one, USERNAME and PASSWORD must have been said)
VERBS: dict[str, tuple[Handler, str]] = {
    "VER": (_ver, ""),
    "NETVER": (_netver, ""),
    "PROTVER": (_netver, ""),
    "HELP": (_help, ""),
    "STARTTLS": (_starttls, ""),
    "GET": (_get, ""),
    "LIST": (_list, ""),
    "USERNAME": (_username, ""),
    "PASSWORD": (_password, ""),
    "LOGIN": (_login, "LOGIN"),
    "LOGOUT": (_logout, ""),
    "PRIMARY": (_primary, "PRIMARY"),
    "MASTER": (_primary, "PRIMARY"),
    "FSD": (_fsd, "FSD"),
    "SET": (_set, "SET"),
    "INSTCMD": (_instcmd, "INSTCMD"),  # which commands, the user's `instcmds` say
    "SUBSCRIBE": (_subscribe, ""),
    "UNSUBSCRIBE": (_unsubscribe, ""),
}

# handler -> what its answer depends on alone: a UPS, or the server (then it never changes); None: not to be kept
KEPT: dict[Handler, Callable[[Upsd, list[str]], object]] = {
    _ver: lambda server, words: server,
    _netver: lambda server, words: server,
    _get: queries.subject,
    _list: queries.subject,
}
