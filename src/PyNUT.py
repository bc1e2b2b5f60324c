"""PyNUT, the module of NUT's Python binding, over wallnut's client: for scripts written for `PyNUTClient`.

Methods, arguments, results (bytes where that module gives bytes) and errors are those of PyNUTClient 2.8.2; tracking,
TLS, types, enums and ranges are as in its successors. docs/pynut.md lists what is done better here.
"""

from __future__ import annotations

import os
import socket
import time

from wallnut.client import sync
from wallnut.client.tls import Tls
from wallnut.model.errors import ConnectError, LinkError, LinkTimeout, NutError, ProtocolError, ServerError, TlsError
from wallnut.proto import net
from wallnut.proto.words import split, word

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping, Sequence
    from typing import Any

    Text = str | bytes
    CertHost = Mapping[str, Sequence[Any]]


class PyNUTError(Exception):
    """What the server refused: `ERR UNKNOWN-UPS` and the like."""


class TrackingID:
    """What became of a command can be asked for with this. `age()` is in seconds."""

    def __init__(self, tracking_id: str) -> None:
        self._id = tracking_id
        self._created = time.time()

    def id(self) -> str:
        return self._id

    def created(self) -> float:
        return self._created

    def age(self) -> float:
        return time.time() - self._created

    def isValid(self) -> bool:
        return bool(self._id)

    def __str__(self) -> str:
        return self._id


class _Line(net.Request[str]):
    """A request from words as scripts give them; its answer is the server's line, or the lines of a list."""

    __slots__ = ("many", "text")

    def __init__(self, verb: str, *words: Text, many: bool = False) -> None:
        self.text = " ".join((verb, *filter(None, map(_word, words))))
        self.many = many

    def line(self) -> str:
        return self.text

    def read(self, answer: str) -> str:
        return answer


def _str(text: Text) -> str:
    return text.decode("latin-1") if isinstance(text, bytes) else str(text)


def _word(text: Text) -> str:
    """One word of a request; nothing for "". Scripts that know of PyNUT's failing put values into quotes themselves."""
    given = _str(text)
    if len(given) > 1 and given[0] == given[-1] == '"':
        try:
            words = split(given)
        except ProtocolError:
            words = []
        if len(words) == 1:
            return word(words[0])
    return word(given) if given else ""


def _bytes(text: str) -> bytes:
    return text.encode("latin-1")


def _timeout() -> float:
    try:
        return float(os.environ.get("NUT_DEFAULT_CONNECT_TIMEOUT", ""))
    except ValueError:
        return 5.0


class PyNUTClient:
    """A connection to a NUT server; it is closed when the object goes.

    `login`, `password`: who we are, if anybody. `debug` prints what is said. `timeout`: seconds for connecting, and for
    each answer. `connect_now=False` connects at the first use. `tracking`: True or "ON" asks for tracking ids.
    `use_ssl` encrypts where the server can, `force_ssl` or nothing; `cert_verify` (None: if an authority is given),
    `ca_file`, `ca_path`, `cert_file`, `key_file`, `key_pass`, `ssl_context`: see wallnut.Tls. `certhost`:
    {host: (name in its certificate, verify, force)}. Raises PyNUTError, and OSError when there is no connection.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int | str = 3493,
        login: str | None = None,
        password: str | None = None,
        debug: bool = False,
        timeout: float | None = 5,
        *,
        connect_now: bool = True,
        tracking: bool | str | None = False,
        use_ssl: bool = False,
        ssl_context: ssl.SSLContext | None = None,
        cert_verify: bool | None = None,
        ca_file: str | None = None,
        ca_path: str | None = None,
        cert_file: str | None = None,
        key_file: str | None = None,
        key_pass: str | None = None,
        force_ssl: bool = False,
        certhost: CertHost | Sequence[Sequence[Any]] | None = None,
    ) -> None:
        self._client: sync.Client | None = None
        self._host, self._port = host, int(port)
        self._login, self._password = login, password
        self._debug = debug
        self._timeout = timeout if timeout is not None and timeout >= 0 else _timeout()
        self._tracking_wanted = tracking
        self._tracking: str | None = None
        name, verify, force = _cert_host(certhost, host)
        force_ssl = force_ssl or force
        if cert_verify is None:
            cert_verify = verify if verify is not None else bool(ca_file or ca_path)
        self._tls = Tls(
            "require" if force_ssl else "try" if use_ssl else "off",
            verify=cert_verify,
            ca_file=ca_file or "",
            ca_path=ca_path or "",
            server_name=name,
            cert_file=cert_file or "",
            key_file=key_file or "",
            key_password=key_pass or "",
            context=ssl_context,
        )
        if connect_now:
            self._connected()

    def __del__(self) -> None:
        client = getattr(self, "_client", None)
        if client is not None:
            client.close()

    def GetUPSList(self) -> dict[bytes, bytes]:
        """The server's UPSes: name to description."""
        return {_bytes(words[1]): _bytes(words[2]) for words in self._list("LIST UPS", count=3)}

    def GetUPSNames(self) -> list[str]:
        """The names of the server's UPSes, as str."""
        return [words[1] for words in self._list("LIST UPS", count=3)]

    def GetUPSVars(self, ups: Text = "") -> dict[bytes, bytes]:
        """All variables of a UPS: name to value."""
        return {_bytes(words[2]): _bytes(words[3]) for words in self._list("LIST VAR", ups, count=4)}

    def CheckUPSAvailable(self, ups: Text = "") -> bool:
        """Whether there is such a UPS, with fresh data."""
        try:
            self._list("LIST CMD", ups, count=3)
        except PyNUTError:
            return False
        return True

    def GetUPSCommands(self, ups: Text = "") -> dict[bytes, bytes]:
        """The instant commands of a UPS: name to description."""
        names = [words[2] for words in self._list("LIST CMD", ups, count=3)]
        found: dict[bytes, bytes] = {}
        for name in names:
            try:
                words = split(self._ask("GET CMDDESC", ups, name))
                found[_bytes(name)] = _bytes(words[3])
            except (PyNUTError, ProtocolError, IndexError):
                found[_bytes(name)] = _bytes(name)
        return found

    def GetRWVars(self, ups: Text = "") -> dict[bytes, bytes]:
        """The variables of a UPS that can be set: name to value."""
        return {_bytes(words[2]): _bytes(words[3]) for words in self._list("LIST RW", ups, count=4)}

    def SetRWVar(
        self,
        ups: Text = "",
        var: Text = "",
        value: Text = "",
        wait_interval_sec: float | None = None,
        wait_max_count: int | None = None,
    ) -> str | TrackingID:
        """Set a variable; "OK", or with tracking on a TrackingID. With an interval and a count, both 1 at least, the
        driver's result is awaited: "OK", or the TrackingID when it is still pending then."""
        return self._hand_over("SET VAR", (ups, var, value), wait_interval_sec, wait_max_count)

    def RunUPSCommand(
        self,
        ups: Text = "",
        command: Text = "",
        wait_interval_sec: float | None = None,
        wait_max_count: int | None = None,
    ) -> str | TrackingID:
        """Run an instant command; its value may follow its name after a blank. Results are those of SetRWVar."""
        name, _, value = _str(command).partition(" ")
        return self._hand_over("INSTCMD", (ups, name, value), wait_interval_sec, wait_max_count)

    def DeviceLogin(self, ups: Text = "") -> str:
        """Count as a machine that depends on the UPS. "OK"."""
        if _str(ups) not in self.GetUPSNames():
            raise PyNUTError("ERR UNKNOWN-UPS")
        return self._ok("LOGIN", ups)

    def becomePrimary(self, ups: Text = "") -> str:
        """Ask whether we may manage the UPS; servers before 2.8.0 call it MASTER. "OK"."""
        for verb in ("PRIMARY", "MASTER"):
            try:
                return self._ok(verb, ups)
            except PyNUTError:
                pass
        raise PyNUTError("ERR ACCESS-DENIED")

    def FSD(self, ups: Text = "", becomePrimaryFirst: bool = True) -> str:
        """Set the forced-shutdown flag: every machine on this UPS shuts down. "OK"."""
        if becomePrimaryFirst:
            self.becomePrimary(ups)
        return self._ok("FSD", ups)

    def help(self) -> bytes:
        """The server's HELP line."""
        return self._plain("HELP")

    def ver(self) -> bytes:
        """The server's VER line."""
        return self._plain("VER")

    def ListClients(self, ups: Text | None = None) -> dict[bytes, list[bytes]]:
        """The addresses of the clients logged in to one UPS or to any: UPS name to list. One without is not in it."""
        names: Sequence[Text] = self.GetUPSNames()
        if ups:
            if _str(ups) not in names:
                raise PyNUTError("ERR UNKNOWN-UPS")
            names = (ups,)
        elif ups is not None:
            names = (ups,)
        found: dict[bytes, list[bytes]] = {}
        for name in names:
            for words in self._list("LIST CLIENT", name, count=3):
                found.setdefault(_bytes(words[1]), []).append(_bytes(words[2]))
        return found

    # Newer than 2.8.2

    def SetTrackingMode(self, value: bool | str | None = "") -> str | None:
        """Ask for tracking ids ("ON", True) or for none ("OFF", False): what is in force now, None if it cannot be."""
        mode = {"True": "ON", "False": "OFF"}.get(str(value), str(value))
        self._tracking = None
        if mode in ("ON", "OFF"):
            try:
                self._ok("SET TRACKING", mode)
                self._tracking = mode
            except PyNUTError:
                pass  # a server before 2.8.0, or nobody said who we are
        return self._tracking

    def EnableTrackingModeOnce(self) -> bool:
        """Whether tracking is on, or could be switched on now."""
        return self._tracking == "ON" or self.SetTrackingMode("ON") == "ON"

    def GetTrackingResult(self, tracking_id: str | TrackingID = "") -> str:
        """PENDING or SUCCESS; a failure is raised as PyNUTError."""
        answer = self._ask("GET TRACKING", str(tracking_id))
        if answer not in ("PENDING", "SUCCESS"):
            raise PyNUTError(answer)
        return answer

    def WaitTrackingResult(
        self, tracking_id: str | TrackingID = "", wait_interval_sec: float | None = 1, wait_max_count: int | None = 10
    ) -> bool | None:
        """Ask so many times at such an interval: True when it succeeded, False when it is pending still."""
        if not str(tracking_id).strip() or not wait_interval_sec or not wait_max_count:
            return None
        if wait_interval_sec < 1 or wait_max_count < 1:
            return None
        for _ in range(wait_max_count):
            if self.GetTrackingResult(tracking_id) == "SUCCESS":
                return True
            time.sleep(wait_interval_sec)
        return False

    def isValidProtocolVersion(self, version_re: str | None = None) -> bool:
        """Whether the server's protocol version looks like one (digits, or digits.digits), or like `version_re`."""
        import re

        try:
            version = self._ask("PROTVER")
        except PyNUTError:
            version = self._ask("NETVER")
        return re.match(r"^\d+(\.\d+)?$" if version_re is None else version_re, version) is not None

    def GetVariableType(self, ups: Text = "", var: Text = "") -> str:
        """The words of GET TYPE: `RW STRING:32`."""
        return " ".join(self._item("GET TYPE", ups, var, count=3)[3:])

    def GetVariableDescription(self, ups: Text = "", var: Text = "") -> str:
        """The text of GET DESC."""
        return self._item("GET DESC", ups, var, count=4)[3]

    def GetEnumList(self, ups: Text = "", var: Text = "") -> list[str]:
        """The values that a variable may be set to."""
        return [words[3] for words in self._list("LIST ENUM", ups, var, count=4)]

    def GetRangeList(self, ups: Text = "", var: Text = "") -> list[dict[str, str]]:
        """The ranges that a variable may be set to, as {"min": ..., "max": ...}."""
        return [{"min": words[3], "max": words[4]} for words in self._list("LIST RANGE", ups, var, count=5)]

    def GetDeviceNumLogins(self, ups: Text = "") -> int:
        """How many clients are logged in to the UPS."""
        return int(self._item("GET NUMLOGINS", ups, count=3)[2])

    def _connected(self) -> sync.Client:
        """The connection, made if there is none yet."""
        if self._client is None:
            try:
                client = sync.connect(self._host, self._port, timeout=self._timeout, tls=self._tls)
            except NutError as error:
                raise _as_python_says(error) from None
            self._client = client
            try:
                self._introduce()
            except (PyNUTError, OSError, EOFError):
                self._client = None
                client.close()
                raise
        return self._client

    def _introduce(self) -> None:
        if self._login is not None:
            self._ok("USERNAME", self._login)
        if self._password is not None:
            self._ok("PASSWORD", self._password)
        if self._tracking_wanted in (True, "ON"):
            self.SetTrackingMode("ON")

    def _ask(self, verb: str, *words: Text, many: bool = False) -> str:
        """One answer. Raises PyNUTError where the server says ERR or breaks the protocol, else what Python says."""
        client = self._connected()
        request = _Line(verb, *words, many=many)
        if self._debug:
            print(f"[DEBUG] > {verb if verb == 'PASSWORD' else request.text}")
        try:
            answer = client.call(request)
        except NutError as error:
            raise _as_python_says(error) from None
        if self._debug:
            print(f"[DEBUG] < {answer}")
        return answer

    def _ok(self, verb: str, *words: Text) -> str:
        answer = self._ask(verb, *words)
        if answer.split()[:1] != ["OK"]:
            raise PyNUTError(answer)
        return "OK"

    def _plain(self, verb: str) -> bytes:
        """A line with its end; also one that says ERR."""
        self._connected()
        try:
            return _bytes(self._ask(verb)) + b"\n"
        except PyNUTError as error:
            return _bytes(str(error)) + b"\n"

    def _item(self, verb: str, *words: Text, count: int) -> list[str]:
        return _split(self._ask(verb, *words), verb.split()[1], count)

    def _list(self, verb: str, *words: Text, count: int) -> list[list[str]]:
        """The words of each item."""
        answer = self._ask(verb, *words, many=True)
        return [_split(line, verb.split()[1], count) for line in answer.splitlines()]

    def _hand_over(
        self, verb: str, words: tuple[Text, ...], interval: float | None, count: int | None
    ) -> str | TrackingID:
        wait = bool(interval and count and interval >= 1 and count >= 1)
        if wait:
            self.EnableTrackingModeOnce()
        answer = self._ask(verb, *words).split()
        if answer == ["OK"]:
            return "OK"
        if answer[:2] != ["OK", "TRACKING"] or len(answer) < 3:
            raise PyNUTError(" ".join(answer))
        tracking = TrackingID(answer[2])
        return "OK" if wait and self.WaitTrackingResult(tracking, interval, count) else tracking


def _split(line: str, kind: str, count: int) -> list[str]:
    """The words of an item of a kind. Raises PyNUTError with the line when it is something else."""
    try:
        words = split(line)
    except ProtocolError:
        words = []
    if len(words) < count or words[0] != kind:
        raise PyNUTError(line)
    return words


def _cert_host(certhost: CertHost | Sequence[Sequence[Any]] | None, host: str) -> tuple[str, bool | None, bool]:
    """(name in the certificate, verify, force) for a host, from CERTHOST given as dict or as list of rows."""
    from collections.abc import Mapping

    rows = certhost if isinstance(certhost, Mapping) else {row[0]: row[1:] for row in certhost or ()}
    certificate, verify, force = rows.get(host, ("", None, 0))
    return str(certificate or ""), None if verify is None else int(verify) == 1, int(force) == 1


def _as_python_says(error: NutError) -> Exception:
    """An error of ours as scripts for PyNUT expect it."""
    if isinstance(error, (ServerError, ProtocolError)):
        return PyNUTError(f"ERR {error}" if isinstance(error, ServerError) else str(error))
    if isinstance(error, TlsError):
        return PyNUTError(str(error))
    if isinstance(error, ConnectError) and str(error) == "No such host":
        return socket.gaierror(error.errno, "Name or service not known")
    if isinstance(error, LinkTimeout):
        return TimeoutError("timed out")
    assert isinstance(error, LinkError)
    if error.errno:
        return OSError(error.errno, os.strerror(error.errno))
    return EOFError("telnet connection closed")  # as telnetlib, on which PyNUT is built, says it
