"""NUT's configuration files as values: one frozen record a file, one field a directive.

To add a directive, add a field: reading, checking, error texts, writing and docs/config-reference.md follow from it.
Names, defaults and meanings are those of the man pages ups.conf(5), upsd.conf(5), upsd.users(5), nut.conf(5) and
nutauth.conf(5); `ours=True` marks what only wallnut knows. None stands for "not said" where NUT has no default of its
own or a built-in one. `wallnut.config.files` reads them, `wallnut.config.edit` writes them.
"""

from __future__ import annotations

from wallnut.config.directive import directive
from wallnut.config.kinds import (
    ACTIONS,
    FLAG,
    IDENT,
    INTEGER,
    IS_SET,
    LISTEN,
    NAME,
    NETWORKS,
    PASSWORD,
    POSITIVE,
    ROLE,
    TEXT,
    WHOLE,
    WORDS,
    YES_NO,
    YES_NO_NUMBER,
    CertIdent,
    Listen,
    choice,
)
from wallnut.config.record import field, fields, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# --- ups.conf ---------------------------------------------------------------------------------------------------------

# Directives of a UPS whose default stands in the global part.
_MAXSTARTDELAY = directive(
    "maxstartdelay",
    WHOLE,
    default=75,
    unit="seconds",
    help="How long upsdrvctl waits for a driver to start.",
)
_MAXRETRY = directive(
    "maxretry", POSITIVE, default=1, help="How often upsdrvctl tries to start a driver before it gives up."
)
_RETRYDELAY = directive(
    "retrydelay", WHOLE, default=5, unit="seconds", help="Pause between upsdrvctl's attempts to start a driver."
)
_POLLINTERVAL = directive(
    "pollinterval",
    POSITIVE,
    default=2,
    unit="seconds",
    help="The driver asks the device for its state this often. Larger values burden host and network less.",
)
_SYNCHRONOUS = directive(
    "synchronous",
    choice("yes", "no", "auto"),
    default="auto",
    help="Whether the driver waits until upsd has taken what it sent. `auto` begins without waiting and changes to it"
    " when the socket's buffer was full once. A wallnut driver queues what does not fit and never waits.",
)
_USER = directive(
    "user", NAME, default=None, help="User that the driver becomes when started as root; `-u` beats it. Default: nut."
)
_GROUP = directive(
    "group",
    NAME,
    default=None,
    since="2.8.0",
    help="Group of the driver's socket, for upsd to get at it; `-g` beats it. Default: that of the user.",
)
_RECONNECT_MAX_TRIES = directive(
    "reconnect_max_tries",
    INTEGER,
    default=-1,
    since="2.8.6",
    help="How often the driver tries to get a lost device back before it ends. -1: for ever; 0: it ends at once.",
)
_RECONNECT_REPORT_FREQ = directive(
    "reconnect_report_freq",
    INTEGER,
    default=-1,
    since="2.8.6",
    help="Every how many failed attempts the driver logs that it still tries. 0 or less: never.",
)
_DEBUG_MIN = directive(
    "debug_min",
    WHOLE,
    default=None,
    since="2.8.0",
    anycase=True,
    help="The least debug level; `-D` only raises it. A UPS's own value beats the global one.",
)
_LIBUSB_DEBUG = directive(
    "LIBUSB_DEBUG",
    WHOLE,
    default=None,
    since="2.8.3",
    help="Debug level of libusb; never lowers the environment variable of that name.",
)


@record
class Setting:
    """One line of a UPS's section: `key = value`, or a flag (`value` None)."""

    key: str
    value: str | None = None
    line: int = field(default=0, compare=False)


@record
class UpsSection:
    """One UPS of ups.conf.

    `settings` is all that its lines say, in order: what a driver gets. The fields below it are the directives common to
    all drivers, read from them; where the section is silent they hold the global value. Make one with
    `wallnut.config.files.ups_section`.
    """

    name: str
    settings: tuple[Setting, ...] = ()
    line: int = field(default=0, compare=False)

    driver: str = directive("driver", NAME, default="", help="The driver program, such as usbhid-ups. Required.")
    port: str = directive(
        "port",
        NAME,
        default="",
        help="Where the device is: a serial device, a host, a file; what it means is the driver's affair. USB drivers"
        " take `auto`. Required.",
    )
    desc: str | None = directive("desc", TEXT, default=None, help="Description that upsd shows to clients.")
    sdorder: int = directive(
        "sdorder",
        INTEGER,
        default=0,
        help="Place in the order in which `upsdrvctl shutdown` turns UPSes off: 0 first, then 1, and so on. -1: never.",
    )
    sdcommands: str | None = directive(
        "sdcommands",
        NAME,
        default=None,
        since="2.8.3",
        help="Instant commands, separated by commas, to turn the UPS off with: the first that works ends the matter."
        " `shutdown.default` is the driver's own way.",
    )
    allow_killpower: bool = directive(
        "allow_killpower",
        FLAG,
        default=False,
        since="2.8.1",
        help="Whether a running driver obeys the instant command `driver.killpower`.",
    )
    nolock: bool = directive(
        "nolock", FLAG, default=False, help="No lock file for the serial port. Another program may then seize it."
    )
    ignorelb: bool = directive(
        "ignorelb",
        FLAG,
        default=False,
        help="Do not believe the device's own low-battery sign: LB is when `battery.charge` is below"
        " `battery.charge.low` or `battery.runtime` is below `battery.runtime.low`. Both lows may be given by"
        " `override.`.",
    )

    maxstartdelay: int = _MAXSTARTDELAY
    maxretry: int = _MAXRETRY
    retrydelay: int = _RETRYDELAY
    pollinterval: int = _POLLINTERVAL
    synchronous: str = _SYNCHRONOUS
    user: str | None = _USER
    group: str | None = _GROUP
    reconnect_max_tries: int = _RECONNECT_MAX_TRIES
    reconnect_report_freq: int = _RECONNECT_REPORT_FREQ
    debug_min: int | None = _DEBUG_MIN
    libusb_debug: int | None = _LIBUSB_DEBUG

    obsolete = {"sddelay": "Obsolete value sddelay found in ups.conf"}

    @property
    def complete(self) -> bool:
        """Whether it can be served: a driver and a port are named."""
        return bool(self.driver and self.port)

    def value(self, key: str, default: str | None = None) -> str | None:
        """The text of a setting, the last one where it stands twice; `default` where it is missing or a flag."""
        for setting in reversed(self.settings):
            if setting.key == key:
                return default if setting.value is None else setting.value
        return default

    def flag(self, key: str) -> bool:
        """Whether a setting stands there, with a value or without."""
        return any(setting.key == key for setting in self.settings)

    def defaults(self) -> dict[str, str]:
        """`default.<variable>` settings: first values, which the driver may replace."""
        return dict(self._behind("default."))

    def overrides(self) -> dict[str, str]:
        """`override.<variable>` settings: values that the driver cannot change."""
        return dict(self._behind("override."))

    def _behind(self, prefix: str) -> Iterator[tuple[str, str]]:
        for setting in self.settings:
            if setting.key.startswith(prefix) and setting.value is not None and setting.key != prefix:
                yield setting.key[len(prefix) :], setting.value


@record
class UpsConf:
    """ups.conf: what drivers run, and how upsdrvctl starts them. The directives stand before the first section."""

    ups: tuple[UpsSection, ...] = ()

    driverpath: str | None = directive(
        "driverpath", NAME, default=None, help="Folder of the driver programs. Default: built in (Debian: /lib/nut)."
    )
    statepath: str | None = directive(
        "statepath",
        NAME,
        default=None,
        anycase=True,
        help="Folder of the drivers' sockets, for drivers and for upsd. The environment variable NUT_STATEPATH beats"
        " it. Default: built in (Debian: /run/nut).",
    )
    chroot: str | None = directive(
        "chroot", NAME, default=None, help="Folder that a driver makes its root; `-r` beats it."
    )
    nowait: bool = directive(
        "nowait",
        FLAG,
        default=False,
        help="upsdrvctl does not wait until a driver has started. NUT_IGNORE_NOWAIT=true in the environment undoes it.",
    )
    maxstartdelay: int = _MAXSTARTDELAY
    maxretry: int = _MAXRETRY
    retrydelay: int = _RETRYDELAY
    pollinterval: int = _POLLINTERVAL
    synchronous: str = _SYNCHRONOUS
    user: str | None = _USER
    group: str | None = _GROUP
    reconnect_max_tries: int = _RECONNECT_MAX_TRIES
    reconnect_report_freq: int = _RECONNECT_REPORT_FREQ
    debug_min: int | None = _DEBUG_MIN
    libusb_debug: int | None = _LIBUSB_DEBUG

    def find(self, name: str) -> UpsSection | None:
        """The UPS of exactly that name."""
        for section in self.ups:
            if section.name == name:
                return section
        return None


# --- upsd.conf --------------------------------------------------------------------------------------------------------


@record
class UpsdConf:
    """upsd.conf: where the server listens, and its limits."""

    listen: tuple[Listen, ...] = directive(
        "LISTEN",
        LISTEN,
        default=(),
        many=True,
        help="Address to serve on, as often as needed: a name, an address, or `*` for IPv4 and IPv6; the port also as"
        " `host:port` or `[IPv6]:port`. Any LISTEN replaces the default, which is 127.0.0.1 and ::1 on port 3493."
        " Read at start only.",
    )
    maxage: int = directive(
        "MAXAGE",
        WHOLE,
        default=15,
        unit="seconds",
        help="A driver that says nothing for longer is dead: its data are stale.",
    )
    trackingdelay: int = directive(
        "TRACKINGDELAY",
        WHOLE,
        default=3600,
        unit="seconds",
        since="2.8.0",
        help="How long the outcome of a command or setting may be asked for.",
    )
    maxconn: int = directive(
        "MAXCONN",
        WHOLE,
        default=0,
        unit="connections",
        help="The most connections: drivers, clients and listeners together. Further clients are refused at once."
        " 0: as many files as the system lets the server open.",
    )
    maxconnperaddr: int = directive(
        "MAXCONNPERADDR",
        WHOLE,
        default=0,
        unit="connections",
        ours=True,
        help="The most client connections from one address; further ones are refused at once. 0: half of MAXCONN, so"
        " that one machine cannot lock out all others.",
    )
    allow_no_device: bool = directive(
        "ALLOW_NO_DEVICE",
        YES_NO_NUMBER,
        default=False,
        help="Start also without any UPS in ups.conf. The environment variable of that name beats it.",
    )
    allow_not_all_listeners: bool = directive(
        "ALLOW_NOT_ALL_LISTENERS",
        YES_NO_NUMBER,
        default=False,
        since="2.8.2",
        help="Start also if only some of the addresses can be served on. The environment variable of that name beats"
        " it.",
    )
    statepath: str | None = directive(
        "STATEPATH",
        NAME,
        default=None,
        help="Folder of the drivers' sockets. The environment variable NUT_STATEPATH and `statepath` in ups.conf beat"
        " it.",
    )
    datapath: str | None = directive(
        "DATAPATH",
        NAME,
        default=None,
        help="Folder of cmdvartab, the descriptions of variables and commands. wallnut has its own; those of a"
        " cmdvartab found there beat them.",
    )
    certfile: str | None = directive(
        "CERTFILE",
        NAME,
        default=None,
        help="PEM file for STARTTLS: the server's certificate, those of its authorities, at last the private key.",
    )
    certpath: str | None = directive(
        "CERTPATH",
        NAME,
        default=None,
        help="Certificates of authorities that clients' certificates are checked against: a PEM file or a folder. (With"
        " C NUT built with NSS: the folder of the NSS database.)",
    )
    certident: CertIdent | None = directive(
        "CERTIDENT",
        IDENT,
        default=None,
        secret=True,
        help="Name of the server's certificate, and the password of its private key.",
    )
    certrequest: str = directive(
        "CERTREQUEST",
        choice("no", "request", "require", no=0, request=1, require=2),
        default="no",
        help="Whether STARTTLS asks clients for a certificate: `no` (0); `request` (1), any will do; `require` (2), and"
        " it must be signed by an authority of CERTPATH.",
    )
    disable_weak_ssl: bool = directive(
        "DISABLE_WEAK_SSL", YES_NO, default=False, help="TLS 1.2 at least. Older versions are refused."
    )
    debug_min: int | None = directive(
        "DEBUG_MIN",
        WHOLE,
        default=None,
        since="2.8.0",
        anycase=True,
        help="The least debug level; `-D` only raises it. At a reload a value given here is taken over at once.",
    )

    obsolete = {
        name: f"{name} in upsd.conf is no longer supported - switch to LISTEN" for name in ("ACCEPT", "REJECT", "ACL")
    }


# --- upsd.users -------------------------------------------------------------------------------------------------------

UPSMON_RIGHTS = {"primary": ("LOGIN", "PRIMARY", "MASTER", "FSD"), "secondary": ("LOGIN",)}


@record
class User:
    """One user of upsd.users. Without a password nobody can be this user."""

    name: str
    line: int = field(default=0, compare=False)

    password: str | None = directive(
        "password",
        PASSWORD,
        default=None,
        secret=True,
        help="The password, or the hash of one as `wallnut passwd` makes it (C NUT does not know hashes: there the hash"
        " would itself be the password). Where it stands twice the first one counts.",
    )
    actions: tuple[str, ...] = directive(
        "actions",
        ACTIONS,
        default=(),
        many=True,
        help="What the user may do: `SET` variables; `FSD`, force a shutdown.",
    )
    instcmds: tuple[str, ...] = directive(
        "instcmds",
        WORDS,
        default=(),
        many=True,
        help="Instant commands that the user may run; `ALL` for all.",
    )
    upsmon: tuple[str, ...] = directive(
        "upsmon",
        ROLE,
        default=(),
        many=True,
        help="The rights that upsmon needs, written without `=`: `upsmon primary` (LOGIN, PRIMARY, FSD) or"
        " `upsmon secondary` (LOGIN). The older words are master and slave.",
    )
    allowfrom: tuple[str, ...] | None = directive(
        "allowfrom",
        NETWORKS,
        default=None,
        many=True,
        ours=True,
        help="Addresses and networks that the user may come from, such as `192.168.1.7 10.0.0.0/8 fd00::/8`. Not given:"
        " from anywhere. (C NUT warns about the line and lets the user in from anywhere.)",
    )

    def may(self, action: str) -> bool:
        """Whether the user has a right: SET, FSD, LOGIN, PRIMARY or MASTER (these two are one)."""
        wanted = ("PRIMARY", "MASTER") if action in ("PRIMARY", "MASTER") else (action,)
        held = (*self.actions, *(right for role in self.upsmon for right in UPSMON_RIGHTS[role]))
        return any(right in held for right in wanted)

    def may_run(self, command: str) -> bool:
        """Whether the user may run an instant command, compared without case."""
        return any(name.lower() in ("all", command.lower()) for name in self.instcmds)

    def may_come_from(self, address: str) -> bool:
        """Whether the user may come from a numeric address; an IPv4 address inside an IPv6 one counts as itself."""
        if self.allowfrom is None:
            return True
        from ipaddress import IPv6Address, ip_address, ip_network

        try:
            peer = ip_address(address)
        except ValueError:
            return False
        if isinstance(peer, IPv6Address) and peer.ipv4_mapped:
            peer = peer.ipv4_mapped
        return any(peer in ip_network(text, strict=False) for text in self.allowfrom)


@record
class UpsdUsers:
    """upsd.users: who may do more than read."""

    users: tuple[User, ...] = ()

    def find(self, name: str) -> User | None:
        """The user of exactly that name."""
        for user in self.users:
            if user.name == name:
                return user
        return None


# --- nut.conf ---------------------------------------------------------------------------------------------------------


@record
class NutConf:
    """nut.conf: what the system starts. Shell variables, for init scripts and systemd; the daemons see them as such.

    `variables` is all that the file sets, in order; the fields below are those with a meaning in NUT.
    """

    variables: tuple[tuple[str, str], ...] = ()

    mode: str = directive(
        "MODE",
        choice("none", "standalone", "netserver", "netclient", "controlled", "manual"),
        default="none",
        help="What is started: `none`; `standalone` or `netserver`, drivers, upsd and upsmon; `netclient`, upsmon"
        " alone; `controlled` and `manual`, nothing, because somebody else does it.",
    )
    allow_no_device: bool | None = directive(
        "ALLOW_NO_DEVICE", YES_NO_NUMBER, default=None, help="As in upsd.conf, which it beats."
    )
    allow_not_all_listeners: bool | None = directive(
        "ALLOW_NOT_ALL_LISTENERS", YES_NO_NUMBER, default=None, since="2.8.2", help="As in upsd.conf, which it beats."
    )
    upsd_options: str = directive("UPSD_OPTIONS", TEXT, default="", help="More options for upsd.")
    upsmon_options: str = directive("UPSMON_OPTIONS", TEXT, default="", help="More options for upsmon.")
    poweroff_wait: str = directive(
        "POWEROFF_WAIT",
        TEXT,
        default="",
        help="After the UPS was told to turn off, the halted machine waits this long for it and then boots again,"
        " because mains is evidently back: a time as sleep(1) takes it, such as `15m`.",
    )
    poweroff_quiet: bool = directive(
        "POWEROFF_QUIET", YES_NO, default=False, help="The shutdown hook says nothing about what it does."
    )
    nut_debug_level: int = directive(
        "NUT_DEBUG_LEVEL", WHOLE, default=0, help="Debug level of all programs; beats DEBUG_MIN, `-D` beats it."
    )
    nut_debug_pid: bool = directive(
        "NUT_DEBUG_PID", IS_SET, default=False, help="Debug messages carry the process id. Being set is enough."
    )
    nut_debug_procname: bool = directive(
        "NUT_DEBUG_PROCNAME",
        IS_SET,
        default=False,
        help="Debug messages carry the program's name. Being set is enough.",
    )
    nut_debug_syslog: str | None = directive(
        "NUT_DEBUG_SYSLOG",
        choice("stderr", "none", "default"),
        default=None,
        help="Where messages go: `stderr` only, also from the background; `none`, nowhere but to the terminal;"
        " `default`, to syslog.",
    )
    nut_ignore_checkprocname: bool = directive(
        "NUT_IGNORE_CHECKPROCNAME",
        YES_NO,
        default=False,
        help="A process id from a PID file is believed without a look at the program's name.",
    )
    nut_quiet_init_upsnotify: bool = directive(
        "NUT_QUIET_INIT_UPSNOTIFY",
        YES_NO,
        default=False,
        help="Daemons do not complain that there is no service manager to report to.",
    )


# --- nutauth.conf -----------------------------------------------------------------------------------------------------


@record
class AuthEntry:
    """What to say to a server: one section of nutauth.conf, or the whole answer of `NutAuth.find`.

    `host` is in lower case, never empty in a section, `user` "" for a server as such; None: not said.
    """

    user: str = ""
    host: str = ""
    port: int = 0

    username: str | None = directive(
        "USER", TEXT, default=None, anycase=True, other=("USERNAME",), help="User name, where the section names none."
    )
    password: str | None = directive(
        "PASS", TEXT, default=None, anycase=True, other=("PASSWORD",), secret=True, help="Password."
    )
    certpath: str | None = directive(
        "CERTPATH", NAME, default=None, help="Authorities that the server's certificate is checked against."
    )
    certfile: str | None = directive(
        "CERTFILE", NAME, default=None, help="PEM file of the client's certificate, its authorities, its private key."
    )
    certident_name: str | None = directive(
        "CERTIDENT_NAME", TEXT, default=None, help="Name of the client's certificate."
    )
    certident_pass: str | None = directive(
        "CERTIDENT_PASS", TEXT, default=None, secret=True, help="Password of the client's private key."
    )
    sslbackend: str | None = directive(
        "SSLBACKEND", TEXT, default=None, help="TLS library that C NUT uses. wallnut has one and passes over this."
    )
    certhost: str | None = directive(
        "CERTHOST", NAME, default=None, help="Name that the server's certificate must bear, where it is not the host's."
    )
    certverify: bool | None = directive(
        "CERTVERIFY", YES_NO, default=None, help="Whether the server's certificate is checked."
    )
    forcessl: bool | None = directive(
        "FORCESSL", YES_NO, default=None, help="Whether to refuse a server that does not offer TLS."
    )


@record
class NutAuth:
    """nutauth.conf (2.8.6): user names, passwords and TLS settings of clients, by server.

    `default` is the global part; `entries` the sections, each `user@host:port` at most once, in the file's order.
    """

    default: AuthEntry = AuthEntry()
    entries: tuple[AuthEntry, ...] = ()

    def find(self, host: str, port: int, user: str = "") -> AuthEntry:
        """What holds for a server and, if one is given, a user: the user's section over the server's over the global.

        Where no user is given and neither of the last two names one, the server's first section with a user counts.
        """
        host = host.lower() or "localhost"
        here = [one for one in self.entries if (one.host, one.port) == (host, port)]
        layers = [self.default, *(one for one in here if not one.user)]
        named = [one for one in here if one.user]
        if user:
            layers += [one for one in named if one.user == user]
        elif named and not any(one.username for one in layers):
            user = named[0].user
            layers.append(named[0])
        found: dict[str, object] = {}
        for layer in layers:
            _change_user(found, layer.user or layer.username)
            for one in fields(AuthEntry):
                value = getattr(layer, one)
                if value is not None:
                    found[one] = value
        _change_user(found, user)
        found.update(user=user, host=host, port=port)
        return AuthEntry(**found)  # type: ignore[arg-type]


def _change_user(found: dict[str, object], name: str | None) -> None:
    """From here on it is about this user (none: nothing changes); a password given for another one is void."""
    if name and found.get("username") not in (None, name):
        found.pop("password", None)
    if name:
        found["username"] = name
