"""The error tree.

    NutError                      everything wallnut raises on purpose
    ├── ConfigError               a configuration file: file, line, what would be right
    ├── ProtocolError             a peer's bytes break the grammar or answer another question
    ├── LinkError                 the connection, not the conversation
    │   ├── ConnectError          it could not be made (refused, no such host, no such socket)
    │   ├── LinkLost              it ended
    │   ├── LinkTimeout           nothing came in time
    │   └── TlsError              TLS failed, or was required and is not to be had
    ├── DeviceError               a device does not answer, or not sensibly
    └── ServerError               the server said ERR; `code` is its word
        └── one class a code: UnknownUps, AccessDenied, DataStale, ...

Bad input raises one of these; any other exception is a bug of ours.
"""

from __future__ import annotations


class NutError(Exception):
    """Root of the tree. `str(error)` is one line for people."""


class ConfigError(NutError):
    """A configuration file cannot be used. `path` and `line` (0: the whole file) say where."""

    def __init__(self, text: str, path: str = "", line: int = 0) -> None:
        self.text, self.path, self.line = text, path, line
        where = f"{path}:{line}: " if line else f"{path}: " if path else ""
        super().__init__(where + text)


class ProtocolError(NutError):
    """A peer's bytes break the grammar, or answer something that was not asked."""


class LinkError(NutError):
    """The connection failed, whatever was being said on it. `errno` is the system's number, 0 where it gave none."""

    def __init__(self, text: str = "", errno: int = 0) -> None:
        self.errno = errno
        super().__init__(text)


class ConnectError(LinkError):
    """A connection could not be made."""


class LinkLost(LinkError):
    """A connection ended before the answer came."""


class LinkTimeout(LinkError):
    """Nothing came in time."""


class TlsError(LinkError):
    """TLS failed, or was required and the server does not offer it."""


class DeviceError(NutError):
    """A device does not answer, or answers nonsense; the next poll may be better."""


class ServerError(NutError):
    """The server answered `ERR <code>`. `code` is the word, `text` what followed it."""

    code = ""

    def __init__(self, code: str = "", text: str = "") -> None:
        self.code = code or type(self).code
        self.text = text
        super().__init__(f"{self.code} {text}".rstrip())


class AccessDenied(ServerError):
    """Unknown user, wrong password, or the right is missing: the server does not say which."""

    code = "ACCESS-DENIED"


class AlreadyAttached(ServerError):
    """Documented by RFC 9271; no known server sends it."""

    code = "ALREADY-ATTACHED"


class AlreadyLoggedIn(ServerError):
    """LOGIN was said before on this connection."""

    code = "ALREADY-LOGGED-IN"


class AlreadySetPassword(ServerError):
    """PASSWORD was said before on this connection."""

    code = "ALREADY-SET-PASSWORD"


class AlreadySetUsername(ServerError):
    """USERNAME was said before on this connection."""

    code = "ALREADY-SET-USERNAME"


class AlreadySslMode(ServerError):
    """STARTTLS inside TLS."""

    code = "ALREADY-SSL-MODE"


class CmdNotSupported(ServerError):
    """The UPS has no such instant command."""

    code = "CMD-NOT-SUPPORTED"


class DataStale(ServerError):
    """The driver has no fresh data from the device."""

    code = "DATA-STALE"


class DriverNotConnected(ServerError):
    """The server has no driver for this UPS."""

    code = "DRIVER-NOT-CONNECTED"


class FeatureNotConfigured(ServerError):
    """The server knows it, but it is not set up or switched on."""

    code = "FEATURE-NOT-CONFIGURED"


class FeatureNotSupported(ServerError):
    """The server was built without it."""

    code = "FEATURE-NOT-SUPPORTED"


class InstcmdFailed(ServerError):
    """The command could not be handed to the driver."""

    code = "INSTCMD-FAILED"


class InvalidArgument(ServerError):
    """Too few words, or a word that the verb does not know."""

    code = "INVALID-ARGUMENT"


class InvalidPassword(ServerError):
    """Sent by old servers only."""

    code = "INVALID-PASSWORD"


class InvalidUsername(ServerError):
    """Sent by old servers only."""

    code = "INVALID-USERNAME"


class InvalidValue(ServerError):
    """The value is in none of the variable's enums or ranges."""

    code = "INVALID-VALUE"


class PasswordRequired(ServerError):
    """Say PASSWORD first."""

    code = "PASSWORD-REQUIRED"


class Readonly(ServerError):
    """The variable cannot be set."""

    code = "READONLY"


class SetFailed(ServerError):
    """The value could not be handed to the driver."""

    code = "SET-FAILED"


class TooLong(ServerError):
    """The value is longer than the variable's maximum."""

    code = "TOO-LONG"


class UnknownCommand(ServerError):
    """The server does not know the verb."""

    code = "UNKNOWN-COMMAND"


class UnknownUps(ServerError):
    """The server has no UPS of that name."""

    code = "UNKNOWN-UPS"


class UsernameRequired(ServerError):
    """Say USERNAME first."""

    code = "USERNAME-REQUIRED"


class VarNotSupported(ServerError):
    """The UPS has no such variable."""

    code = "VAR-NOT-SUPPORTED"


class TrackingUnknown(ServerError):
    """GET TRACKING: the driver does not know the command or variable, or the id is unknown or expired."""

    code = "UNKNOWN"


class TrackingFailed(ServerError):
    """GET TRACKING: the driver tried and failed."""

    code = "FAILED"


SERVER_ERRORS: dict[str, type[ServerError]] = {cls.code: cls for cls in ServerError.__subclasses__()}


def server_error(code: str, text: str = "") -> ServerError:
    """The exception for an ERR code; a code nobody knows gives a plain ServerError that carries it."""
    return SERVER_ERRORS.get(code, ServerError)(code, text)
