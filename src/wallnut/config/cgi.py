"""hosts.conf and upsset.conf as values, and their readers. Names and meanings are those of hosts.conf(5) and
upsset.conf(5) of NUT 2.8.0, and of 2.8.5 where a directive says so."""

from __future__ import annotations

from wallnut.config.directive import BadValue, Kind, Problem, Table, directive
from wallnut.config.files import Report, Values
from wallnut.config.record import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

SECURED = "I_HAVE_SECURED_MY_CGI_DIRECTORY"


@record
class Shown:
    """A MONITOR line of hosts.conf: `ups` as `name[@host[:port]]`, and what people call it."""

    ups: str
    description: str


def _read_shown(args: Sequence[str]) -> tuple[Shown, ...]:
    if len(args) < 2 or not args[0]:
        raise BadValue
    return (Shown(args[0], args[1]),)


def _read_template(args: Sequence[str]) -> tuple[str, ...]:
    name = args[0] if args else ""
    if ".htm" not in name or "/" in name or "\\" in name:
        raise BadValue
    return (name,)


SHOWN = Kind(
    "a UPS as name[@host[:port]] and a description",
    _read_shown,
    lambda value: [[one.ups, one.description] for one in value],
    words=2,
)
TEMPLATE = Kind(
    "the name of a file beside hosts.conf, with .htm in it", _read_template, lambda value: [[one] for one in value]
)
STANDS_THERE = Kind("nothing", lambda args: True, lambda value: [[]] if value else [], words=0, flag=True)


@record
class HostsConf:
    """hosts.conf: the UPSes that upsstats.cgi and its like show."""

    monitor: tuple[Shown, ...] = directive(
        "MONITOR",
        SHOWN,
        default=(),
        many=True,
        help="A UPS that is shown, and its description. A request must name it exactly as it stands here.",
    )
    custom_template_list: tuple[str, ...] = directive(
        "CUSTOM_TEMPLATE_LIST",
        TEMPLATE,
        default=(),
        many=True,
        since="2.8.5",
        help="A template that `?template_list=` may ask for in the place of upsstats.html.",
    )
    custom_template_single: tuple[str, ...] = directive(
        "CUSTOM_TEMPLATE_SINGLE",
        TEMPLATE,
        default=(),
        many=True,
        since="2.8.5",
        help="A template that `?template_single=` may ask for in the place of upsstats-single.html.",
    )


@record
class UpssetConf:
    """upsset.conf: whether upsset.cgi may work at all."""

    secured: bool = directive(
        SECURED,
        STANDS_THERE,
        default=False,
        help="Whoever reaches the pages is kept out by other means than NUT's. Without this line upsset.cgi does"
        " nothing.",
    )


HOSTS_CONF = Table(HostsConf)
UPSSET_CONF = Table(UpssetConf)


def parse_hosts_conf(data: bytes, path: str = "hosts.conf") -> tuple[HostsConf, list[Problem]]:
    """Read hosts.conf."""
    values = _parse(data, path, HOSTS_CONF)
    return HostsConf(**values.given), values.report.problems  # type: ignore[arg-type]


def parse_upsset_conf(data: bytes, path: str = "upsset.conf") -> tuple[UpssetConf, list[Problem]]:
    """Read upsset.conf."""
    values = _parse(data, path, UPSSET_CONF)
    return UpssetConf(**values.given), values.report.problems  # type: ignore[arg-type]


def _parse(data: bytes, path: str, table: Table) -> Values:
    report = Report(path)
    values = Values(report)
    for words in report.lines(data):
        one = table.find(words[0])
        if one is None:
            report.warning(f"invalid directive {' '.join(words)}{table.hint(words[0])}")
        else:
            values.take(one, words[1:])
    return values
