"""What the sub-commands of `wallnut` share: long options in any place, and errors that say what to do."""

from __future__ import annotations

from wallnut.cli import common
from wallnut.cli.common import Given, Stop
from wallnut.cli.wallnut import VERSION_LINE, near
from wallnut.model.errors import (
    ConnectError,
    DataStale,
    DriverNotConnected,
    LinkError,
    LinkTimeout,
    NutError,
    ProtocolError,
    ServerError,
    TlsError,
    UnknownUps,
)
from wallnut.proto.address import PORT, Address, AddressError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from wallnut.client.sync import Client

COMMON = {"--help": "h", "--version": "V", "--debug": "D", "--auth": "A:", "--timeout": "W:"}
SERVER_OPTIONS = """\
  -A, --auth FILE     credentials, TLS: a nutauth.conf, `default` or `none`
  -W, --timeout SECS  time to connect (10)
  -h, --help          show this help
"""
LOCAL = ("localhost", "127.0.0.1", "::1")


def parse(name: str, argv: list[str], longs: Mapping[str, str], usage: str) -> Given:
    """Read a command line; options may stand anywhere before `--`. `longs` maps each long option to its letter, with a
    colon where it takes a value. What cannot be read raises Stop with status 2."""
    longs = {**longs, **COMMON}
    shorts = {f"-{spec[0]}": spec for spec in longs.values()}
    given = Given()
    words = list(argv)
    while words:
        word = words.pop(0)
        if word == "--":
            given.words += words
            break
        if not word.startswith("-") or word == "-":
            given.words.append(word)
            continue
        option, equals, value = word.partition("=") if word.startswith("--") else (word[:2], "", word[2:])
        spec = longs.get(option) or shorts.get(option)
        if spec is None:
            raise _usage(name, f"there is no option {option}{near(option, longs)}")
        if ":" not in spec and equals:
            raise _usage(name, f"{option} takes no value")
        if ":" not in spec and value:  # -jw: the rest is options, too
            words.insert(0, f"-{value}")
            value = ""
        if ":" in spec and not value and not equals:
            if not words:
                raise _usage(name, f"{option} needs a value")
            value = words.pop(0)
        if spec[0] == "h":
            raise Stop(0, out=usage)
        if spec[0] == "V":
            raise Stop(0, out=VERSION_LINE)
        common.take(given, spec[0], value)
    return given


def _usage(name: str, text: str) -> Stop:
    return Stop(2, f"wallnut {name}: {text}\nTry: wallnut {name} --help\n")


def server_of(text: str) -> Address:
    """Read `host[:port]`."""
    try:
        return Address.parse_server(text)
    except AddressError as error:
        raise Stop(2, f"{error}: a server is written host or host:port\n") from None


def ups_of(text: str) -> Address:
    """Read `ups[@host[:port]]`."""
    try:
        return Address.parse(text)
    except AddressError:
        raise Stop(2, f"'{text}' is no UPS: one is written name, name@host or name@host:port\n") from None


def reach(given: Given, server: Address) -> Client:
    """Connect. Raises Stop, saying what to do."""
    try:
        return common.dial(given, server, common.credentials(given, server))
    except LinkError as error:
        raise failed(error, server) from None


def server_name(server: Address) -> str:
    """host[:port] of an address."""
    return str(Address("", server.host, server.port))


def failed(error: NutError, server: Address) -> Stop:
    """The end for an error: what happened, and what to do about it."""
    return Stop(1, f"{explain(error, server)}\n")


def explain(error: NutError, server: Address) -> str:
    """An error in a line or two, with what to do about it. `server.ups` is the UPS that was asked for."""
    name, ups = server_name(server), server.ups
    if isinstance(error, UnknownUps):
        return f"{name} has no UPS '{ups}'. Those it has: wallnut list {'' if _is_default(server) else name}".rstrip()
    if isinstance(error, DriverNotConnected):
        return f"The driver of {ups} does not run. On {server.host}: upsdrvctl start {ups}"
    if isinstance(error, DataStale):
        return f"The driver of {ups} has no fresh data. Is the device connected and switched on?"
    if isinstance(error, ServerError):
        return f"{name} refuses: {error}"
    if isinstance(error, ProtocolError):
        return f"What answers at {name} is no NUT server."
    reason = str(error).removeprefix("Connection failure: ").rstrip(".")
    return f"{name} cannot be reached: {reason}. {_advice(error, reason, server)}"


def lost(trouble: str, server: Address) -> str:
    """The same for a server that is followed: it is tried again without anybody's doing."""
    return (
        f"{server_name(server)} cannot be reached: {trouble.removeprefix('Connection failure: ')}. It is tried again."
    )


def _is_default(server: Address) -> bool:
    return server.host == "localhost" and server.port == PORT


def _advice(error: NutError, reason: str, server: Address) -> str:
    if isinstance(error, TlsError):
        return "See FORCESSL and the certificate settings in nutauth.conf."
    if isinstance(error, ConnectError) and "refused" in reason:
        if server.host in LOCAL:
            return "No server runs here: start one with `wallnut up`, or name another host."
        return "Does upsd run there, and does its upsd.conf LISTEN on this address?"
    if isinstance(error, ConnectError) and "No such host" in reason:
        return "Is the name right?"
    if isinstance(error, LinkTimeout) or "timed out" in reason:
        return "Is the host up, and does no firewall stop the way?"
    return "Try again, or look into the server's log."
