"""wallnut.toml as a value, and its reader: settings of what NUT does not have.

A further part is a record here and one field of `WallnutToml`; reader, checks and reference page follow.
"""

from __future__ import annotations

from wallnut.config.directive import BadValue, Kind, Problem, directive
from wallnut.config.kinds import NAME, POSITIVE, WHOLE, choice, one_word
from wallnut.config.record import record
from wallnut.config.tables import parse, table, tables
from wallnut.config.upsmon import COMMAND
from wallnut.model.notify import TYPES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

INFO, WARNING, CRITICAL = "info", "warning", "critical"
SEVERITIES = (INFO, WARNING, CRITICAL)
"""How much a notification matters, least first."""
ALL = ("*",)


def matches(patterns: Sequence[str], name: str) -> bool:
    """Whether a name is one of the patterns; `*` in one stands for any characters, all others for themselves."""
    return any(_match(pattern.split("*"), name) for pattern in patterns)


def _match(pieces: Sequence[str], name: str) -> bool:
    """Whether a name consists of the pieces with anything between them."""
    first, *middle = pieces
    if not middle:
        return name == first
    last = middle.pop()
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for piece in middle:
        at = name.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


# Kinds


def _read_number(args: Sequence[str], most: float) -> float:
    try:
        value = float(args[0])
    except (IndexError, ValueError):
        raise BadValue from None
    if not 0 < value <= most:
        raise BadValue
    return value


def _read_names(args: Sequence[str]) -> tuple[str, ...]:
    if not args or not all(args):
        raise BadValue
    return tuple(args)


def _read_events(args: Sequence[str]) -> tuple[str, ...]:
    for word in args:
        if word.upper() not in TYPES:
            raise BadValue(f"there is no notification type {word}; types are {', '.join(TYPES)}")
    return tuple(word.upper() for word in _read_names(args))


def _read_label(args: Sequence[str]) -> str:
    label = args[0] if args else ""
    plain = label.replace("-", "").replace("_", "")
    if not (plain.isascii() and plain.isalnum() and len(label) <= 64):
        raise BadValue
    return label


def _read_urls(args: Sequence[str]) -> tuple[str, ...]:
    for word in args:
        if "://" not in word:
            raise BadValue("url needs an address such as mailto://...: what stands here has no ://")
    return _read_names(args)


def _write_words(value: Sequence[str]) -> list[list[str]]:
    return [list(value)] if value else []


def _read_truth(args: Sequence[str]) -> bool:
    if not args or args[0] not in ("true", "false"):
        raise BadValue
    return args[0] == "true"


def _read_networks(args: Sequence[str]) -> tuple[str, ...]:
    from ipaddress import ip_network

    for word in args:
        try:
            ip_network(word, strict=False)
        except ValueError:
            raise BadValue from None
    return tuple(args)


def _read_feeds(args: Sequence[str]) -> tuple[str, ...]:
    for word in args:
        source, arrow, things = word.partition(">")
        if not (arrow and source.strip() and things.strip()):
            raise BadValue
    return _read_names(args)


TRUTH = Kind("true or false", _read_truth, lambda value: [["true" if value else "false"]])
NUMBER = Kind("a number{} above 0", lambda args: _read_number(args, 1e9), one_word)
SHARE = Kind("a number above 0, up to 1", lambda args: _read_number(args, 1.0), one_word)
PERCENT = Kind("a number above 0, up to 100", lambda args: _read_number(args, 100.0), one_word)
NAMES = Kind("a name, or an array of names", _read_names, _write_words, words=0)
EVENTS = Kind("a notification type, or an array of such", _read_events, _write_words, words=0)
URLS = Kind("an address, or an array of addresses", _read_urls, _write_words, words=0)
NETWORKS = Kind(
    'a network such as "192.0.2.0/24", or an array of such', _read_networks, lambda value: [list(value)], words=0
)
FEEDS = Kind('"DEVICE > THING, THING", or an array of such', _read_feeds, _write_words, words=0)
LABEL = Kind("a name of letters, digits, - and _", _read_label, one_word)
SEVERITY = choice(*SEVERITIES)


# [notify]


@record
class Target:
    """Whom to tell, by a service of Apprise. It is told what passes all three filters: `events`, `ups`, `severity`."""

    name: str = directive(
        "name",
        LABEL,
        default="",
        help="What it is called in the log and in the outbox. Needed: what waits for a target finds it by this name.",
    )
    url: tuple[str, ...] = directive(
        "url",
        URLS,
        default=(),
        secret=True,
        help="Where to, as [Apprise](https://github.com/caronc/apprise) writes it: `ntfy://ntfy.example/ups`,"
        " `mailto://user:password@example.org`, `json://127.0.0.1:8080/ups`. Of several each is told by itself.",
    )
    events: tuple[str, ...] = directive(
        "events", EVENTS, default=(), help="Only these types of notification (`ONBATT`, `ONLINE`, ...). Default: all."
    )
    ups: tuple[str, ...] = directive(
        "ups",
        NAMES,
        default=ALL,
        help="Only these UPSes, as MONITOR lines name them; `*` stands for any characters. What is about this host,"
        " such as SHUTDOWN, is told anyway.",
    )
    severity: str = directive(
        "severity",
        SEVERITY,
        default=INFO,
        help="Only what matters so much or more: `info`, `warning` or `critical`. The end of a state matters as much as"
        " its beginning.",
    )


def _target_fault(target: Target) -> str:
    missing = [name for name in ("name", "url") if not getattr(target, name)]
    return f"a target needs a {missing[0]}" if missing else ""


@record
class Notify:
    """Notifications to people's services, and how those that cannot be delivered are kept."""

    outbox: str = directive(
        "outbox",
        NAME,
        default="/var/lib/nut/outbox",
        help="The folder in which notifications wait for their delivery. It must be writable for upsmon's user, and"
        " should outlive a restart of the host.",
    )
    burst: int = directive(
        "burst",
        WHOLE,
        default=3,
        unit="seconds",
        help="What happens within so long goes into one message. With something critical among it, within half a"
        " second.",
    )
    retry_first: int = directive(
        "retry_first",
        POSITIVE,
        default=5,
        unit="seconds",
        help="When a message that was not delivered is tried again; each further wait is twice as long.",
    )
    retry_max: int = directive("retry_max", POSITIVE, default=900, unit="seconds", help="The longest such wait.")
    max_waiting: int = directive(
        "max_waiting",
        POSITIVE,
        default=1000,
        help="How many notifications wait for one target; beyond that the oldest are dropped.",
    )
    max_age: int = directive(
        "max_age",
        POSITIVE,
        default=259200,
        unit="seconds",
        help="What is older, and has been tried since upsmon started, is dropped.",
    )
    time_limit: int = directive(
        "time_limit",
        POSITIVE,
        default=60,
        unit="seconds",
        help="How long one delivery may take before it counts as failed.",
    )
    targets: tuple[Target, ...] = tables("target", Target, _target_fault)


# [monitor]


@record
class Trigger:
    """When a UPS counts as critical, beside upsmon's own rules; any one of the conditions is enough, each holds for
    its UPS alone. What then happens is what happens on OB LB: MINSUPPLIES decides whether the host goes down."""

    ups: tuple[str, ...] = directive(
        "ups",
        NAMES,
        default=(),
        help="For these UPSes, as MONITOR lines name them; `*` stands for any characters. Needed, so that a slip of the"
        " pen does not mean all.",
    )
    on_battery_for: int | None = directive(
        "on_battery_for", POSITIVE, default=None, unit="seconds", help="On battery for so long without a break."
    )
    charge_below: float | None = directive(
        "charge_below",
        PERCENT,
        default=None,
        help="On battery, and `battery.charge` below so many percent, for `sustained`.",
    )
    runtime_below: int | None = directive(
        "runtime_below",
        POSITIVE,
        default=None,
        unit="seconds",
        help="On battery, and `battery.runtime` below that, for `sustained`.",
    )
    depletion_above: float | None = directive(
        "depletion_above",
        NUMBER,
        default=None,
        unit="percent a minute",
        help="On battery, and `battery.charge` falls faster than that, for `sustained`.",
    )
    unreachable_on_battery: int | None = directive(
        "unreachable_on_battery",
        POSITIVE,
        default=None,
        unit="seconds",
        help="It was on battery when it was heard of last, and that is so long ago. DEADTIME goes on to count, too.",
    )
    sustained: int = directive(
        "sustained",
        WHOLE,
        default=10,
        unit="seconds",
        help="How long charge, runtime or depletion must stay beyond their bounds: one odd reading is none.",
    )


CONDITIONS = ("on_battery_for", "charge_below", "runtime_below", "depletion_above", "unreachable_on_battery")


def _trigger_fault(trigger: Trigger) -> str:
    if not trigger.ups:
        return 'a trigger needs ups, such as "*" for all'
    if any(getattr(trigger, name) is not None for name in CONDITIONS):
        return ""
    return f"a trigger needs a condition: {', '.join(CONDITIONS[:-1])} or {CONDITIONS[-1]}"


@record
class Step:
    """Something to be done before SHUTDOWNCMD, after the step before it. One of `command`, `service`, `libvirt`,
    `docker` and `proxmox` says what. A step that fails or takes too long is said, and the next one begins."""

    name: str = directive("name", NAME, default="", help="What it is called in the log. Default: what it does.")
    command: tuple[str, ...] = directive(
        "command", COMMAND, default=(), help="Run this: a text for a shell, or an array: the program and its arguments."
    )
    service: tuple[str, ...] = directive("service", NAMES, default=(), help="Stop these units of systemd.")
    libvirt: tuple[str, ...] = directive(
        "libvirt", NAMES, default=(), help="Shut these domains of libvirt down; `*`: all that run."
    )
    docker: tuple[str, ...] = directive(
        "docker", NAMES, default=(), help="Stop these containers of Docker; `*`: all that run."
    )
    proxmox: tuple[str, ...] = directive(
        "proxmox", NAMES, default=(), help="Shut these guests of Proxmox VE down, by number; `*`: all that run."
    )
    time_limit: int = directive(
        "time_limit", POSITIVE, default=60, unit="seconds", help="After so long the next step begins."
    )


DEEDS = ("command", "service", "libvirt", "docker", "proxmox")


def _step_fault(step: Step) -> str:
    given = [name for name in DEEDS if getattr(step, name)]
    if len(given) == 1:
        return ""
    return f"a step needs one of {', '.join(DEEDS[:-1])} and {DEEDS[-1]}, not {' and '.join(given) or 'none'}"


@record
class Monitor:
    """What upsmon does beyond upsmon.conf; nothing, unless it is said here."""

    steps_limit: int = directive(
        "steps_limit",
        POSITIVE,
        default=300,
        unit="seconds",
        help="All steps together: after so long SHUTDOWNCMD runs, whatever they do.",
    )
    upssched: bool = directive(
        "upssched",
        TRUTH,
        default=False,
        help="Act on `upssched.conf` in upsmon itself: its timers need no process of their own, and a `NOTIFYCMD` that"
        " is `upssched` is not run.",
    )
    triggers: tuple[Trigger, ...] = tables("trigger", Trigger, _trigger_fault)
    steps: tuple[Step, ...] = tables("step", Step, _step_fault)


# [web]

ROLE = choice("none", "view", "operate", "administer")


@record
class Ldap:
    """Users who sign in with what an LDAP directory knows of them. One of the groups is required.

    Either `dn` says how an entry is called, or it is searched for with `base` and `filter`.
    """

    url: tuple[str, ...] = directive(
        "url",
        URLS,
        default=(),
        help="The directory, `ldaps://host` or `ldap://host`; of several the next is asked where one does not answer.",
    )
    start_tls: bool = directive(
        "start_tls",
        TRUTH,
        default=True,
        help="Encrypt what goes to `ldap://`. Without, passwords cross the network as they are.",
    )
    ca_file: str = directive(
        "ca_file",
        NAME,
        default="",
        help="The authorities that may have signed the directory's certificate. Default: the system's.",
    )
    dn: str = directive(
        "dn",
        NAME,
        default="",
        help="A user's entry, `{user}` for the name: `uid={user},ou=people,dc=example,dc=org`.",
    )
    base: str = directive("base", NAME, default="", help="Below what a user's entry is searched for.")
    filter: str = directive("filter", NAME, default="(uid={user})", help="What finds it, `{user}` for the name.")
    bind_dn: str = directive("bind_dn", NAME, default="", help="Who searches. Default: nobody, anonymously.")
    bind_password: str = directive("bind_password", NAME, default="", secret=True, help="Their password.")
    view: tuple[str, ...] = directive("view", NAMES, default=(), help="Groups, by their DN, whose members may look.")
    operate: tuple[str, ...] = directive(
        "operate", NAMES, default=(), help="Groups whose members may set variables and run commands, too."
    )
    administer: tuple[str, ...] = directive(
        "administer", NAMES, default=(), help="Groups whose members may look after users, too."
    )
    time_limit: int = directive(
        "time_limit", POSITIVE, default=5, unit="seconds", help="How long each answer of the directory may take."
    )


@record
class Oidc:
    """Users who sign in at an OpenID Connect provider. One of the values of `role_claim` is required."""

    issuer: str = directive(
        "issuer",
        NAME,
        default="",
        help="The provider, as it names itself: `https://id.example.org/realms/home`.",
    )
    client_id: str = directive("client_id", NAME, default="", help="What it knows the console by.")
    client_secret: str = directive("client_secret", NAME, default="", secret=True, help="The secret between the two.")
    label: str = directive("label", NAME, default="OpenID Connect", help="What the button on the page calls it.")
    url: str = directive(
        "url",
        NAME,
        default="",
        help="The console's own address in a browser, with its prefix: `https://ups.example.org`. The provider must"
        " know `/login/oidc/back` below it as a place to come back to. Default: as the browser's request has it.",
    )
    scopes: tuple[str, ...] = directive(
        "scopes", NAMES, default=("openid", "profile"), help="What the provider is asked for."
    )
    name_claim: str = directive("name_claim", NAME, default="preferred_username", help="Where it says the user's name.")
    role_claim: str = directive(
        "role_claim",
        NAME,
        default="groups",
        help="Where it says a user's groups; `.` goes into an object: `realm_access.roles`.",
    )
    view: tuple[str, ...] = directive("view", NAMES, default=(), help="Values of that claim with which one may look.")
    operate: tuple[str, ...] = directive(
        "operate", NAMES, default=(), help="Those with which one may set variables and run commands, too."
    )
    administer: tuple[str, ...] = directive(
        "administer", NAMES, default=(), help="Those with which one may look after users, too."
    )


@record
class Web:
    """The console, `wallnut web`."""

    listen: tuple[str, ...] = directive(
        "listen",
        NAMES,
        default=("127.0.0.1:8493",),
        help="Where to serve, as `host:port`; `0.0.0.0:8493` is every IPv4 address of this machine. Beyond its own"
        " loopback only once somebody can sign in.",
    )
    servers: tuple[str, ...] = directive(
        "servers",
        NAMES,
        default=("localhost",),
        help="The NUT servers to watch, as `host[:port]` for all their UPSes or `ups@host[:port]` for one.",
    )
    discover: bool = directive(
        "discover",
        TRUTH,
        default=False,
        help="Listen for NUT servers that announce themselves on the network (mDNS, `_nut._tcp`), and say which of them"
        " are not watched. Needs the extra `mdns`.",
    )
    feeds: tuple[str, ...] = directive(
        "feeds",
        FEEDS,
        default=(),
        help="What feeds what, for the overview: `rack@nas > nas, router, pdu1@nas` says that the UPS feeds these"
        " three, one of which is a device itself.",
    )
    prefix: str = directive(
        "prefix",
        NAME,
        default="",
        help="The path that a proxy serves the console under, such as `/ups`. Default: the top.",
    )
    hosts: tuple[str, ...] = directive(
        "hosts",
        NAMES,
        default=(),
        help="Names, beside those of the loopback and of this machine, that a browser may know the console by: those"
        " that a proxy passes on in the `Host` header.",
    )
    connections: int = directive(
        "connections",
        POSITIVE,
        default=600,
        help="How many connections are served at a time; what comes beyond is told to come later.",
    )
    certificate: str = directive(
        "certificate",
        NAME,
        default="",
        help="A PEM file with the certificate and those between it and its authority: the console then speaks TLS."
        " SIGHUP reads it again.",
    )
    key: str = directive("key", NAME, default="", help="The certificate's private key. Default: in the same file.")
    store: str = directive(
        "store",
        NAME,
        default="/var/lib/nut/console.db",
        help="The console's own file, with users, keys, sessions and what was done. It is made when it is needed, for"
        " its owner alone.",
    )
    anonymous: str = directive(
        "anonymous",
        choice("none", "view"),
        default="view",
        help="What those may who have not signed in, from the networks of `anonymous_from`: `view` or `none`.",
    )
    anonymous_from: tuple[str, ...] = directive(
        "anonymous_from",
        NETWORKS,
        default=("127.0.0.0/8", "::1"),
        help="Where one may look without signing in. Default: on this machine alone.",
    )
    view_from: tuple[str, ...] = directive(
        "view_from",
        NETWORKS,
        default=(),
        help="Where those who have signed in may look. Default: everywhere; so for the next two.",
    )
    operate_from: tuple[str, ...] = directive(
        "operate_from", NETWORKS, default=(), help="Where they may set variables and run commands."
    )
    administer_from: tuple[str, ...] = directive(
        "administer_from", NETWORKS, default=(), help="Where they may look after users."
    )
    proxies: tuple[str, ...] = directive(
        "proxies",
        NETWORKS,
        default=(),
        help="Addresses of reverse proxies: what they say in `X-Forwarded-For`, `X-Forwarded-Proto` and the user's"
        " header is believed. From others it is not.",
    )
    proxy_user_header: str = directive(
        "proxy_user_header",
        NAME,
        default="",
        help="The header in which such a proxy names the user it has signed in, such as `Remote-User`. It must take the"
        " header out of what clients send.",
    )
    proxy_role: str = directive(
        "proxy_role",
        ROLE,
        default="view",
        help="What a user whom it names for the first time may; an administrator can change it then.",
    )
    session_idle: int = directive(
        "session_idle",
        POSITIVE,
        default=43200,
        unit="seconds",
        help="How long somebody stays signed in who does nothing.",
    )
    session_most: int = directive(
        "session_most", POSITIVE, default=604800, unit="seconds", help="How long at all, before signing in again."
    )
    audit_days: int = directive(
        "audit_days", POSITIVE, default=730, unit="days", help="How long it is kept who did what."
    )
    audit_most: int = directive(
        "audit_most", POSITIVE, default=100_000, help="How many deeds are kept; beyond that the oldest are dropped."
    )
    ldap: Ldap = table("ldap", Ldap)
    oidc: Oidc = table("oidc", Oidc)


# [history]


RECORDED = (
    "ambient.*",
    "battery.*",
    "input.*",
    "outlet.*",
    "output.*",
    "ups.alarm",
    "ups.efficiency",
    "ups.load",
    "ups.mfr.date",
    "ups.power",
    "ups.power.nominal",
    "ups.realpower",
    "ups.realpower.nominal",
    "ups.status",
    "ups.temperature",
    "ups.test.date",
    "ups.test.result",
)


@record
class History:
    """What `wallnut history` records, where, and how long it is kept."""

    url: str = directive(
        "url",
        NAME,
        default="sqlite:///var/lib/nut/history.db",
        secret=True,
        help="Where it is kept: `sqlite:///` and a file's whole path, or `postgresql://user:password@host/database`, as"
        " libpq takes it.",
    )
    servers: tuple[str, ...] = directive(
        "servers",
        NAMES,
        default=("localhost",),
        help="The NUT servers whose UPSes are recorded: `host` or `host:port`.",
    )
    ups: tuple[str, ...] = directive(
        "ups", NAMES, default=ALL, help="Only these UPSes, as `name@host[:port]`; `*` stands for any characters."
    )
    variables: tuple[str, ...] = directive(
        "variables",
        NAMES,
        default=RECORDED,
        help="The variables that are recorded; `*` stands for any characters. Without any `*`, servers that push are"
        " asked for these alone.",
    )
    flush: int = directive(
        "flush", POSITIVE, default=5, unit="seconds", help="How often what was heard is written to the disk."
    )
    raw_days: int = directive(
        "raw_days", POSITIVE, default=7, unit="days", help="How long every change of a number is kept."
    )
    minute_days: int = directive("minute_days", POSITIVE, default=60, unit="days", help="How long minutes are kept.")
    hour_days: int = directive("hour_days", POSITIVE, default=3650, unit="days", help="How long hours are kept.")
    text_days: int = directive(
        "text_days",
        POSITIVE,
        default=3650,
        unit="days",
        help="How long changes of texts are kept: of `ups.status`, and so events and outages.",
    )
    max_waiting: int = directive(
        "max_waiting",
        POSITIVE,
        default=200_000,
        help="How many samples may wait in memory while nothing can be written. Beyond that the oldest are dropped.",
    )
    price_per_kwh: float | None = directive(
        "price_per_kwh", NUMBER, default=None, help="What a kilowatt-hour costs. Without, energy has no cost."
    )
    currency: str = directive("currency", NAME, default="", help="In what: `EUR`, `$`.")
    power_factor: float = directive(
        "power_factor",
        SHARE,
        default=0.6,
        help="How many watts a volt-ampere is taken for, where a UPS tells no real power and no rating in watts.",
    )
    replace_below: float = directive(
        "replace_below",
        PERCENT,
        default=80.0,
        unit="percent",
        help="A battery is to be replaced when it has less of its first capacity.",
    )
    runtime_needed: int | None = directive(
        "runtime_needed",
        POSITIVE,
        default=None,
        unit="seconds",
        help="A battery is to be replaced when a full one would last less at the present load.",
    )


@record
class WallnutToml:
    """wallnut.toml."""

    notify: Notify = table("notify", Notify)
    monitor: Monitor = table("monitor", Monitor)
    web: Web = table("web", Web)
    history: History = table("history", History)


def parse_wallnut_toml(data: bytes, path: str = "wallnut.toml") -> tuple[WallnutToml, list[Problem]]:
    """Read wallnut.toml. Raises ConfigError where it is no TOML."""
    return parse(WallnutToml, data, path)
