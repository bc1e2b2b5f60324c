"""upsmon.conf as a value, and its reader. Names, defaults and meanings are those of upsmon.conf(5) of NUT 2.8.6."""

from __future__ import annotations

from wallnut.config.directive import BadValue, Kind, Problem, Table, directive
from wallnut.config.files import Report, Values
from wallnut.config.kinds import IDENT, INTEGER, NAME, POSITIVE, WHOLE, CertIdent, truth
from wallnut.config.record import field, record, replace
from wallnut.model.errors import ConfigError
from wallnut.model.notify import TYPES, WAYS
from wallnut.proto.address import Address, AddressError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


@record
class Monitor:
    """A MONITOR line. `system` stays as written: it is the UPS's name in messages and for scripts."""

    system: str
    power: int
    username: str
    password: str = field(default="", secret=True)
    primary: bool = False

    @property
    def address(self) -> Address:
        """Where the UPS is."""
        return Address.parse(self.system)


@record
class CertHost:
    """A CERTHOST line: what holds for one server in place of CERTVERIFY and FORCESSL."""

    host: str
    name: str
    verify: bool
    required: bool


def _read_monitor(args: Sequence[str]) -> tuple[Monitor, ...]:
    if len(args) < 5:
        raise BadValue
    system, power, username, password, kind = args[:5]
    try:
        Address.parse(system)
    except AddressError as error:
        raise BadValue(f"MONITOR {system}: {str(error).splitlines()[0]}") from None
    if not (power.isascii() and power.isdigit() and len(power) < 10):
        raise BadValue(f"UPS [{system}]: ignoring invalid power value [{power}]")
    return (Monitor(system, int(power), username, password, kind.lower() in ("primary", "master")),)


def _write_monitor(value: Sequence[Monitor]) -> list[list[str]]:
    return [
        [one.system, str(one.power), one.username, one.password, "primary" if one.primary else "secondary"]
        for one in value
    ]


def _kind(word: str) -> str:
    """A notification type, whatever the case of the word."""
    if word.upper() not in TYPES:
        raise BadValue(f"there is no notification type {word}; types are {', '.join(TYPES)}")
    return word.upper()


def _read_text(args: Sequence[str]) -> tuple[tuple[str, str], ...]:
    if len(args) < 2:
        raise BadValue
    return ((_kind(args[0]), args[1]),)


def _read_ways(args: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if len(args) < 2:
        raise BadValue
    kind, flags = _kind(args[0]), [flag for flag in args[1].split("+") if flag]
    return ((kind, tuple(flag for flag in WAYS if flag in flags)),)


def _read_exit(args: Sequence[str]) -> int:
    word = args[0].lower() if args else ""
    if word in ("on", "yes", "true"):
        return 0
    if word in ("off", "no", "false"):
        return -1
    number: int = INTEGER.read(args)
    return number


def _read_zero_one(args: Sequence[str]) -> bool:
    if not args or args[0] not in ("0", "1"):
        raise BadValue
    return args[0] == "1"


def _read_command(args: Sequence[str]) -> tuple[str, ...]:
    if not args or not args[0]:
        raise BadValue
    return tuple(args)


def _read_certhost(args: Sequence[str]) -> tuple[CertHost, ...]:
    verify, required = (truth(word) for word in args[2:4]) if len(args) >= 4 else (None, None)
    if verify is None or required is None:
        raise BadValue
    return (CertHost(args[0], args[1], verify, required),)


def _write_exit(value: int) -> list[list[str]]:
    return [["yes" if value == 0 else "no" if value == -1 else str(value)]]


MONITOR = Kind(
    "a UPS (ups@host:port), a power value from 0 on, a user name, a password, and primary or secondary",
    _read_monitor,
    _write_monitor,
    words=5,
)
MESSAGE = Kind(
    "a notification type and a text in quotes",
    _read_text,
    lambda value: [[kind, text] for kind, text in value],
    words=2,
)
FLAGS = Kind(
    f"a notification type and some of {', '.join(WAYS)}, joined by +",
    _read_ways,
    lambda value: [[kind, "+".join(ways)] for kind, ways in value],
    words=2,
)
COMMAND = Kind(
    "a command in quotes, and after it perhaps arguments", _read_command, lambda value: [list(value)], words=0
)
EXIT = Kind("yes, no or a number of seconds", _read_exit, _write_exit)
ZERO_ONE = Kind("0 or 1", _read_zero_one, lambda value: [["1" if value else "0"]])
CERTHOST = Kind(
    "a host, the name in its certificate, and two times 0 or 1",
    _read_certhost,
    lambda value: [[one.host, one.name, "01"[one.verify], "01"[one.required]] for one in value],
    words=4,
)


@record
class UpsmonConf:
    """upsmon.conf: what to watch, whom to tell, when and how to shut down."""

    monitors: tuple[Monitor, ...] = directive(
        "MONITOR",
        MONITOR,
        default=(),
        many=True,
        secret=True,
        help="A UPS to watch, as often as needed: `ups[@host[:port]]`, how many of this host's power supplies it feeds"
        " (0: only watch it), user name and password from the server's upsd.users, and `primary` for the host that"
        " manages the UPS or `secondary` for one that only depends on it (`master`, `slave` in older files).",
    )
    minsupplies: int = directive(
        "MINSUPPLIES",
        WHOLE,
        default=1,
        help="How many power supplies this host needs. When the power values of the UPSes that are not critical sum up"
        " to less, it shuts down. 0: never by itself.",
    )
    shutdowncmd: tuple[str, ...] = directive(
        "SHUTDOWNCMD",
        COMMAND,
        default=(),
        help='The command that shuts this host down, given to a shell: `"/sbin/shutdown -h +0"`. Further words are'
        " arguments of it (2.8.6).",
    )
    notifycmd: tuple[str, ...] = directive(
        "NOTIFYCMD",
        COMMAND,
        default=(),
        help="The program that a notification with the flag EXEC starts: the message is its last argument, UPSNAME and"
        " NOTIFYTYPE are in its environment. Further words are arguments before the message (2.8.6).",
    )
    notifymsg: tuple[tuple[str, str], ...] = directive(
        "NOTIFYMSG",
        MESSAGE,
        default=(),
        many=True,
        help="The text of a type of notification; `%s` stands for the UPS, a second one for the alarm or the words that"
        " it is about.",
    )
    notifyflag: tuple[tuple[str, tuple[str, ...]], ...] = directive(
        "NOTIFYFLAG",
        FLAGS,
        default=(),
        many=True,
        help="How a type of notification is told: `SYSLOG`, `WALL` (to everybody logged in), `EXEC` (NOTIFYCMD), joined"
        " by `+`, or `IGNORE`. Without such a line: `SYSLOG+WALL`.",
    )
    pollfreq: int = directive(
        "POLLFREQ", POSITIVE, default=5, unit="seconds", help="How often each UPS is looked at while all is well."
    )
    pollfreqalert: int = directive(
        "POLLFREQALERT",
        POSITIVE,
        default=5,
        unit="seconds",
        help="How often while one of them is on battery, off, on bypass or overloaded.",
    )
    hostsync: int = directive(
        "HOSTSYNC",
        WHOLE,
        default=15,
        unit="seconds",
        help="How long a primary waits for its secondaries to log out, and a secondary for its primary to act.",
    )
    deadtime: int = directive(
        "DEADTIME",
        WHOLE,
        default=15,
        unit="seconds",
        help="A UPS that was on battery and is not heard of for longer counts as having a low battery.",
    )
    finaldelay: int = directive(
        "FINALDELAY",
        WHOLE,
        default=5,
        unit="seconds",
        help="Time between the last warning and SHUTDOWNCMD.",
    )
    powerdownflag: str = directive(
        "POWERDOWNFLAG",
        NAME,
        default="",
        help="The file that tells the late shutdown script (`upsmon -K`) to have the UPS cut the power. Written right"
        " before SHUTDOWNCMD runs.",
    )
    rbwarntime: int = directive(
        "RBWARNTIME", WHOLE, default=43200, unit="seconds", help="How often a battery to be replaced is told again."
    )
    nocommwarntime: int = directive(
        "NOCOMMWARNTIME", WHOLE, default=300, unit="seconds", help="How often a UPS out of reach is told again."
    )
    pollfail_log_throttle_max: int = directive(
        "POLLFAIL_LOG_THROTTLE_MAX",
        INTEGER,
        default=-1,
        since="2.8.1",
        help="Log only each n-th of a UPS's failures with the same cause; 0: only the first; below 0: all.",
    )
    offduration: int = directive(
        "OFFDURATION",
        INTEGER,
        default=30,
        unit="seconds",
        since="2.8.1",
        help="A UPS whose output is off for longer is critical. 0: at once; below 0: never.",
    )
    oblbduration: int = directive(
        "OBLBDURATION",
        INTEGER,
        default=0,
        unit="seconds",
        since="2.8.3",
        help="A UPS on battery and low is critical only after so long. 0 or less: at once.",
    )
    overduration: int = directive(
        "OVERDURATION",
        INTEGER,
        default=-1,
        unit="seconds",
        since="2.8.3",
        help="A UPS out of reach that was overloaded is critical when that is so long ago. Below 0: never.",
    )
    alarmcritical: bool = directive(
        "ALARMCRITICAL",
        ZERO_ONE,
        default=True,
        since="2.8.3",
        help="Whether a UPS that is lost while it has an alarm is critical.",
    )
    shutdownexit: int = directive(
        "SHUTDOWNEXIT",
        EXIT,
        default=0,
        unit="seconds",
        since="2.8.1",
        help="Whether upsmon ends, and so logs out, once SHUTDOWNCMD runs. A number: after so many seconds; `no`: when"
        " it is told to end, for hosts that take long to stop.",
    )
    run_as_user: str = directive(
        "RUN_AS_USER", NAME, default="", help="The user that all but the shutdown runs as; `-u` beats it. Default: nut."
    )
    certpath: str = directive(
        "CERTPATH", NAME, default="", help="File or folder of the authorities that sign servers' certificates (PEM)."
    )
    certfile: str = directive(
        "CERTFILE",
        NAME,
        default="",
        since="2.8.6",
        help="Our own certificate with its key (PEM), for servers that ask.",
    )
    certident: CertIdent | None = directive(
        "CERTIDENT",
        IDENT,
        default=None,
        secret=True,
        help="Name of our certificate, which wallnut passes over, and the password of the key in CERTFILE.",
    )
    certhost: tuple[CertHost, ...] = directive(
        "CERTHOST",
        CERTHOST,
        default=(),
        many=True,
        help="For one server: the name that its certificate must bear, whether that is verified, whether TLS must be.",
    )
    certverify: bool = directive(
        "CERTVERIFY", ZERO_ONE, default=False, help="Whether servers must show a certificate that CERTPATH vouches for."
    )
    forcessl: bool = directive(
        "FORCESSL", ZERO_ONE, default=False, help="Whether to refuse servers that do not offer TLS."
    )
    debug_min: int | None = directive(
        "DEBUG_MIN",
        WHOLE,
        default=None,
        since="2.8.0",
        anycase=True,
        help="The least debug level; `-D` only raises it.",
    )

    @property
    def power(self) -> int:
        """The sum of the power values."""
        return sum(one.power for one in self.monitors)


UPSMON_CONF = Table(UpsmonConf)
_FORGOTTEN = {"monitors": (), "pollfail_log_throttle_max": -1, "debug_min": None}
"""What a reload does not keep from before when the file no longer says it."""


def parse_upsmon_conf(
    data: bytes, path: str = "upsmon.conf", before: UpsmonConf | None = None
) -> tuple[UpsmonConf, list[Problem]]:
    """Read upsmon.conf. With `before`, a reload: what the file does not say stays, but for MONITOR lines.

    Raises ConfigError for a MONITOR line without a user name, as very old files have it: upsmon refuses those.
    """
    report = Report(path)
    values = Values(report)
    for words in report.lines(data):
        one = UPSMON_CONF.find(words[0])
        args = words[1:]
        if one is None:
            report.warning(f"invalid directive {' '.join(words)}{UPSMON_CONF.hint(words[0])}")
        elif one.attr == "monitors":
            _take_monitor(args, values)
        else:
            if one.attr == "notifyflag" and len(args) > 1:
                args[1] = _good_flags(args[1], report)
            values.take(one, args)
    base = UpsmonConf() if before is None else replace(before, **_FORGOTTEN)
    for each in ("notifymsg", "notifyflag"):
        if each in values.given:
            kept = dict(getattr(base, each)) | dict(values.given[each])  # type: ignore[call-overload]
            values.given[each] = tuple(kept.items())
    return replace(base, **values.given), report.problems


def _take_monitor(args: list[str], values: Values) -> None:
    report = values.report
    one = UPSMON_CONF.find("MONITOR")
    assert one is not None
    if len(args) == 4:
        raise ConfigError("MONITOR without a user name: unusable configuration", report.path, report.line)
    known = values.given.get("monitors", ())
    assert isinstance(known, tuple)
    if args and any(other.system == args[0] for other in known):
        report.warning(f"Warning: ignoring duplicate UPS [{args[0]}]")
        return
    values.take(one, args)
    if len(args) >= 5 and args[4].lower() not in ("primary", "secondary", "master", "slave"):
        report.warning(f"MONITOR {args[0]}: {args[4]} is neither primary nor secondary, and counts as secondary")


def _good_flags(text: str, report: Report) -> str:
    flags = [flag for flag in text.split("+") if flag]
    for flag in flags:
        if flag not in WAYS:
            report.error(f"Invalid notify flag: [{flag}]; flags are {', '.join(WAYS)}, the others of the line count")
    return "+".join(flag for flag in flags if flag in WAYS)
