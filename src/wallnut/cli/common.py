"""What NUT's client tools share: options, time-out, credentials file, the way to a server, output and exit status.

Options are POSIX's: one letter each, ending at the first word that is none. Python's getopt would cost a fifth of what
`upsc` may. Every tool also takes -h, -V, -D, -A and -W.
"""

from __future__ import annotations

import os
import sys

from wallnut.cli import CannotWrite
from wallnut.model.errors import NutError
from wallnut.proto.address import Address, AddressError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wallnut.client.sync import Client
    from wallnut.config.types import AuthEntry

CONNECT_TIMEOUT = 10.0
"""Seconds that a connection may take to come about (NUT 2.8.3)."""
COMMON = "hVDA:W:"


class Stop(Exception):
    """End here: `out` and `err` are written as they are, `status` is the exit status."""

    def __init__(self, status: int, err: str = "", out: str = "") -> None:
        self.status, self.err, self.out = status, err, out
        super().__init__(err)


class Given:
    """A command line: the tool's own `options` in order, the `words` after them, and what every tool takes.

    `authconf` is -A ("": not given), `timeout` that of connecting in seconds, `debug` the number of -D.
    """

    __slots__ = ("authconf", "debug", "options", "timeout", "words")

    def __init__(self) -> None:
        self.options: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.authconf = ""
        self.timeout = timeout(os.environ.get("NUT_DEFAULT_CONNECT_TIMEOUT", ""))
        level = os.environ.get("NUT_DEBUG_LEVEL", "")
        self.debug = int(level) if level.isdigit() else 0

    def has(self, letter: str) -> bool:
        """Whether an option was given."""
        return any(name == letter for name, _ in self.options)

    def last(self, letter: str, default: str = "") -> str:
        """An option's last value."""
        return next((value for name, value in reversed(self.options) if name == letter), default)

    def all(self, letter: str) -> list[str]:
        """An option's values, in the order given."""
        return [value for name, value in self.options if name == letter]


def run(tool: Callable[[list[str]], int]) -> int:
    """Run a tool on the command line; errors become one line on standard error and status 1."""
    try:
        return tool(sys.argv[1:])
    except Stop as stop:
        err(stop.err)
        out(stop.out)
        return stop.status
    except NutError as error:
        from wallnut.client.texts import text

        err(f"Error: {text(error)}\n")
        return 1


def version_line(program: str) -> str:
    """What -V prints, and help begins with."""
    from wallnut.version import NUT_VERSION, VERSION

    return f"Network UPS Tools {program} {NUT_VERSION} (wallnut {VERSION})\n"


def parse(program: str, argv: list[str], letters: str, usage: str, *, strict: bool = False) -> Given:
    """Read a command line; `letters` as getopt's. -h, -V and what cannot be read raise Stop, in the order given.

    A bad option shows the usage and exits with 0, as NUT's clients do, or with `strict` with 1.
    """
    given = Given()
    words = list(argv)
    try:
        for letter, value in getopt(words, letters + COMMON):
            if letter == "h":
                raise Stop(0, out=f"{version_line(program)}\n{usage}")
            if letter == "V":
                raise Stop(0, out=version_line(program))
            take(given, letter, value)
    except BadOption as bad:
        if strict:
            raise Stop(1, f"Error: unknown option -{bad.letter}. Try -h for help.\n") from None
        raise Stop(0, f"{program}: {bad}\n", f"{version_line(program)}\n{usage}") from None
    given.words = words
    return given


class BadOption(NutError):
    """An option that the program does not have, or that lacks its value; in getopt's words. `letter` is its name."""

    def __init__(self, text: str, letter: str) -> None:
        self.letter = letter
        super().__init__(f"{text} -- '{letter}'")


def getopt(words: list[str], letters: str) -> Iterator[tuple[str, str]]:
    """The options at the beginning of `words`, one after another; they are taken out of it. Raises BadOption.

    `letters` as for getopt(3): a colon after a letter says that it takes a value.
    """
    while words and words[0].startswith("-") and words[0] != "-":
        cluster = words.pop(0)[1:]
        if cluster == "-":
            return
        while cluster:
            letter, cluster = cluster[0], cluster[1:]
            at = letters.find(letter) if letter != ":" else -1
            if at < 0:
                raise BadOption("invalid option", letter)
            value = ""
            if letters[at + 1 : at + 2] == ":":
                if not cluster and not words:
                    raise BadOption("option requires an argument", letter)
                value, cluster = cluster or words.pop(0), ""
            yield letter, value


def take(given: Given, letter: str, value: str) -> None:
    """Take in one option."""
    if letter == "D":
        given.debug += 1
    elif letter == "A":
        given.authconf = value
    elif letter == "W":
        given.timeout = timeout(value)
    else:
        given.options.append((letter, value))


def timeout(text: str) -> float:
    """The seconds that -W or NUT_DEFAULT_CONNECT_TIMEOUT names; "" is the default."""
    if not text:
        return CONNECT_TIMEOUT
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < 1e6:
        raise Stop(1, f"Error: invalid network timeout: {text}\n")
    return seconds


def ups_address(text: str, between: str = "\n") -> Address:
    """Read `ups[@host[:port]]`. `between` separates the two halves of the error: a line feed, or two blanks."""
    try:
        return Address.parse(text)
    except AddressError as error:
        detail = "" if str(error).startswith("invalid UPS") else f"{error}\n"
        required = "Required format: upsname[@hostname[:port]]"
        raise Stop(1, f"{detail}Error: invalid UPS definition.{between}{required}\n") from None


def server_address(text: str) -> Address:
    """Read `host[:port]`."""
    try:
        return Address.parse_server(text)
    except AddressError as error:
        raise Stop(1, f"{error}\nError: invalid hostname.\nRequired format: [hostname[:port]]\n") from None


def credentials(given: Given, server: Address, user: str = "") -> AuthEntry | None:
    """What nutauth.conf says about a server and, if one is given, a user; None where there is no such file."""
    choice = given.authconf
    if choice == "none":
        return None
    path = choice if choice not in ("", "default") else _auth_file()
    if not path:
        if choice:
            raise Stop(1, "Error: no nutauth.conf found, and -A default asks for one\n")
        return None
    from wallnut.cli.auth import load

    if given.debug:
        err(f"[D1] credentials and TLS settings are those of {path}\n")
    return load(path).find(server.host, server.port, user)


def _auth_file() -> str:
    """The first nutauth.conf in NUT's order that we may read; one named by NUT_AUTHCONF_FILE must be there."""
    environ = os.environ
    if named := environ.get("NUT_AUTHCONF_FILE"):
        return named
    home = environ.get("HOME", "")
    folders = (
        environ.get("NUT_AUTHCONF_PATH", ""),
        home and f"{home}/.config/nut",
        environ.get("NUT_CONFPATH") or "/etc/nut",
    )
    paths = [f"{folder}/nutauth.conf" for folder in folders if folder]
    if home:
        paths.insert(-1, f"{home}/.nutauth.conf")
    return next((path for path in paths if os.access(path, os.R_OK)), "")


def dial(given: Given, server: Address, entry: AuthEntry | None) -> Client:
    """Connect; encrypted where the server offers it, and as nutauth.conf wants it."""
    from wallnut.client.sync import connect

    if entry is None:
        client = connect(server.host, server.port, timeout=given.timeout, tls="try")
    else:
        from wallnut.client.auth import tls

        client = connect(server.host, server.port, timeout=given.timeout, tls=tls(entry))
    client.timeout = max(given.timeout, CONNECT_TIMEOUT)
    return client


def out(text: str) -> None:
    """Write to standard output in one piece, at once. Raises CannotWrite, which ends the program."""
    if not text:
        return
    try:
        sys.stdout.buffer.write(encode(text))
        sys.stdout.flush()
    except BrokenPipeError:
        raise  # wallnut.cli.run knows what to do
    except OSError as error:
        raise CannotWrite(error.strerror) from None


def err(text: str) -> None:
    """Write to standard error."""
    if text:
        sys.stderr.write(text)


def encode(text: str) -> bytes:
    """The bytes of a text; what came on the command line goes out as it came."""
    return text.encode("utf-8", "surrogateescape")
