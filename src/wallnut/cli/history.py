"""wallnut history: record what UPSes do over time, and look after what was recorded."""

from __future__ import annotations

import json
import os
import sys
import time

from wallnut.cli import history_sheets, people, toml
from wallnut.cli.common import Stop, err, out
from wallnut.cli.follow import follow
from wallnut.cli.upsmon_socket import UpsmonSocket
from wallnut.cli.wallnut import near
from wallnut.config.wallnut_toml import History as Settings
from wallnut.history import exchange, objects
from wallnut.history.battery import battery
from wallnut.history.energy import Per, energy, midnight
from wallnut.history.notices import parse_notice
from wallnut.history.recorder import Recorder
from wallnut.history.settings import keep, limits, ratings
from wallnut.history.store import open_history
from wallnut.history.values import SECOND, Event, HistoryError, Notice
from wallnut.history.writer import Writer
from wallnut.io import service
from wallnut.io.log import Log
from wallnut.io.loop import Loop
from wallnut.model.errors import ConfigError, ConnectError
from wallnut.proto.address import Address

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

    from wallnut.cli.common import Given
    from wallnut.history.store import History
    from wallnut.history.values import Cursor, Device, Outage

MANY = 100_000
"""The most lines of a list, and words of a command line."""
USAGE = """\
usage: wallnut history [WHAT] [options]    what UPSes did over time

  status            what there is (without WHAT, too)
  record            record, until it is ended
  events [UPS...]   changes of status and what upsmon did, the newest last
  outages [UPS...]  the times on battery
  battery [UPS...]  what batteries are worth, from real discharges; when to replace
  energy [UPS...]   kilowatt-hours, and what they cost
  export            write everything to standard output
  import [FILE]     take in what was exported, from a file or standard input
  prune             remove now what need not be kept

A UPS is written name or name@host[:port]; without any, all. Settings are in
[history] of wallnut.toml.

  -u, --url URL       another history: sqlite:///PATH or postgresql://...
  -n, --days N        events, outages, energy: so many days back (31; outages 366)
  -p, --per WHAT      energy: a line a `day` or a `month` (day)
  -c, --csv           CSV; export and import: CSV instead of an object of JSON a line
  -j, --json          an object of JSON a line
  -s, --server HOST   record the UPSes of this server; may stand more than once
  -A, --auth FILE     record: credentials, TLS: a nutauth.conf, `default` or `none`
  -W, --timeout SECS  record: time to connect (10)
      --tied          record: end when standard input does
  -h, --help          show this help

Exit status: 0; 1 when the history cannot be opened, read or written, or has no
such UPS.
"""
LONGS = {
    "--url": "u:",
    "--csv": "c",
    "--json": "j",
    "--days": "n:",
    "--per": "p:",
    "--server": "s:",
    "--tied": "t",
}
ABOUT_UPSES = ("events", "outages", "battery", "energy")
MOST_DAYS = 36_500
AGAIN = 2.0
"""Seconds after which upsmon is looked for again."""


def run(argv: list[str]) -> int:
    """Do one of them."""
    given = people.parse("history", argv, LONGS, USAGE)
    what, *words = given.words or ["status"]
    deed = DEEDS.get(what)
    most = MANY if what in ABOUT_UPSES else what == "import"
    if deed is None or len(words) > most:
        hint = near(what, DEEDS) if deed is None else ""
        raise Stop(2, f"wallnut history: {' '.join(given.words)}?{hint}\nTry: wallnut history --help\n")
    try:
        return deed(given, settings(given))
    except (HistoryError, ConfigError) as error:
        raise Stop(1, f"{error}\n") from None


def settings(given: Given) -> Settings:
    """[history] of wallnut.toml, with what the command line says instead. Without the file, the defaults."""
    conf, _ = toml.read()
    found = {name: getattr(conf.history, name) for name in Settings.__annotations__}
    if given.has("u"):
        found["url"] = given.last("u")
    if given.has("s"):
        found["servers"] = tuple(given.all("s"))
    return Settings(**found)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _status(given: Given, conf: Settings) -> int:
    with open_history(conf.url) as history:
        lines = [f"{history.url}: {_bytes(history.size())}"]
        for level in history.read.levels():
            span = f", {_clock(level.first)} to {_clock(level.last)}" if level.first and level.last else ""
            lines.append(f"  {level.name:<7}{level.rows:>12} rows{span}")
        devices = history.read.devices()
        lines += [f"{device}: heard {_clock(heard)}" for device, heard in devices.items()]
    out("\n".join(lines) + "\n")
    return 0


def _events(given: Given, conf: Settings) -> int:
    start, end = _span(given, 31)
    with open_history(conf.url) as history:
        devices = _devices(given, history)
        found: list[Event | Notice] = []
        before: Cursor | None = None
        while len(found) < MANY and not (found and before is None):
            page = history.read.log(start, end, devices, limit=1000, before=before)
            found += page.items
            before = page.next
            if before is None:
                break
    found.reverse()
    _tell(given, map(objects.event, found), objects.EVENT, map(_event, found))
    return 0


def _event(one: Event | Notice) -> str:
    if isinstance(one, Notice):
        what = f"upsmon tells {one.kind}" if one.kind else "upsmon decides"
        return f"{_clock(one.at)}  {what}: {one.text}"
    length = "" if one.until is None else f"  for {(one.until - one.at) / SECOND:.0f} s"
    return f"{_clock(one.at)}  {one.device}  {'not known' if one.status is None else one.status}{length}"


def _outages(given: Given, conf: Settings) -> int:
    start, end = _span(given, 366)
    with open_history(conf.url) as history:
        found = history.read.outages(start, end, _devices(given, history))
    _tell(given, map(objects.outage, found), objects.OUTAGE, map(_outage, found))
    return 0


def _outage(one: Outage) -> str:
    length = "still on battery" if one.end is None else f"{(one.end - one.start) / SECOND:.0f} s"
    parts = [
        _clock(one.start),
        str(one.device),
        length if one.seen or one.end is None else f"{length} at most",
        *(["a test"] if one.planned else []),
        *([f"{one.depth:g} % spent"] if one.depth is not None else []),
        *([f"lowest runtime {one.lowest_runtime:g} s"] if one.lowest_runtime is not None else []),
    ]
    return "  ".join(parts)


def _battery(given: Given, conf: Settings) -> int:
    now = _now()
    with open_history(conf.url) as history:
        for device in _devices(given, history) or history.read.devices():
            found = battery(history.read, device, now, limits=limits(conf), ratings=ratings(conf))
            out(_json(objects.battery(found)) if given.has("j") else history_sheets.battery(found))
    return 0


def _energy(given: Given, conf: Settings) -> int:
    start, end = _span(given, 31)
    per = {"day": Per.DAY, "month": Per.MONTH}.get(given.last("p", "day"))
    if per is None:
        raise Stop(2, "wallnut history: --per takes day or month\nTry: wallnut history --help\n")
    found = []
    with open_history(conf.url) as history:
        for device in _devices(given, history) or history.read.devices():
            price = conf.price_per_kwh
            found.append(
                energy(
                    history.read, device, start, end, per, ratings=ratings(conf), price=price, currency=conf.currency
                )
            )
    rows = (row for one in found for row in objects.energy(one) if row["kwh"] is not None)
    _tell(given, rows, objects.ENERGY, (history_sheets.energy(one).rstrip() for one in found))
    return 0


def _span(given: Given, days: int) -> tuple[int, int]:
    """The last days, from a midnight on, until now."""
    text = given.last("n", str(days))
    if not text.isdecimal() or not 0 < int(text) <= MOST_DAYS:
        raise Stop(2, f"wallnut history: --days needs a number from 1 to {MOST_DAYS}\nTry: wallnut history --help\n")
    now = _now()
    return midnight(now, int(text) - 1), now


def _devices(given: Given, history: History) -> list[Device]:
    """The UPSes of a command line; none: all."""
    known = list(history.read.devices())
    found: list[Device] = []
    for word in given.words[1:]:
        these = [one for one in known if word in (one.name, str(one))]
        if not these:
            hint = near(word, [one.name for one in known])
            raise Stop(1, f"the history has no UPS {word}{hint}\n")
        found += these
    return list(dict.fromkeys(found))


def _tell(given: Given, found: Iterable[dict[str, Any]], columns: Sequence[str], lines: Iterable[str]) -> None:
    """Print what was found in the form that was asked for."""
    if given.has("c"):
        out("".join(objects.table(found, columns)))
    elif given.has("j"):
        out("".join(map(_json, found)))
    else:
        out("".join(f"{line}\n" for line in lines))


def _json(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False) + "\n"


def _export(given: Given, conf: Settings) -> int:
    write: Callable[[str], object] = sys.stdout.write
    with open_history(conf.url) as history:
        number = (exchange.export_csv if given.has("c") else exchange.export_json)(history, write)
    err(f"{number} lines\n")
    return 0


def _import(given: Given, conf: Settings) -> int:
    take = exchange.import_csv if given.has("c") else exchange.import_json
    with open_history(conf.url) as history:
        number, old = take(history, _lines(given.words[1:]), _now())
    err(f"{number} lines{f'; {old} of them were older than what is kept' if old else ''}\n")
    return 0


def _lines(paths: list[str]) -> Iterator[str]:
    if not paths or paths == ["-"]:
        yield from sys.stdin
        return
    try:
        with open(paths[0], encoding="utf-8", newline="") as file:
            yield from file
    except OSError as error:
        raise Stop(1, f"Can't open {paths[0]}: {error.strerror}\n") from None
    except UnicodeDecodeError:
        raise Stop(1, f"{paths[0]} is no UTF-8 text\n") from None


def _prune(given: Given, conf: Settings) -> int:
    with open_history(conf.url) as history:
        gone = history.prune(keep(conf), _now())
    out("".join(f"{level}: {rows} rows removed\n" for level, rows in gone.items()))
    return 0


def _record(given: Given, conf: Settings) -> int:
    open_history(conf.url).close()  # what is wrong with the address is said at once
    log = Log("wallnut-history", service.debug_level(given.debug))
    writer = Writer(lambda: open_history(conf.url), log, keep(conf), flush=float(conf.flush), bound=conf.max_waiting)
    recorder = Recorder(writer, conf.variables, conf.ups)
    servers = [people.server_of(server) for server in dict.fromkeys(conf.servers)]
    loop = Loop()
    mirrors = []
    try:
        for number in service.END_SIGNALS:
            loop.on_signal(number, loop.stop)
        if given.has("t"):
            service.at_end_of_input(lambda: loop.call_soon_threadsafe(loop.stop))
        writer.start()
        Upsmon(loop, writer, servers).find()
        mirrors = [follow(loop, given, server, recorder.told, variables=recorder.named) for server in servers]
        log.notice(f"recording {', '.join(map(people.server_name, servers))}")
        service.ready("recording")
        loop.run()
    finally:
        for mirror in mirrors:
            mirror.stop()
        recorder.close()
        writer.stop()
        loop.close()
    service.stopping()
    return 0


class Upsmon:
    """Has what upsmon of this host tells and decides written, whenever upsmon is there."""

    def __init__(self, loop: Loop, writer: Writer, servers: Sequence[Address]) -> None:
        self._loop, self._writer = loop, writer
        self._host = os.uname().nodename
        # upsmon may call this machine otherwise than it is called where UPSes are recorded
        ours = {one.port: people.server_name(one) for one in reversed(servers) if one.host in people.LOCAL}
        self._servers = {
            people.server_name(Address("", host, port)): name for port, name in ours.items() for host in people.LOCAL
        }

    def find(self) -> None:
        """Connect as soon as upsmon is there, and whenever it is there again."""
        try:
            UpsmonSocket(self._loop, self._take, self._again)
        except ConnectError:
            self._again()

    def _again(self) -> None:
        self._loop.call_later(AGAIN, self.find)

    def _take(self, said: dict[str, Any]) -> None:
        notice = parse_notice(said, self._host, self._servers)
        if notice is not None:
            self._writer.note(notice)


DEEDS: dict[str, Callable[[Given, Settings], int]] = {
    "status": _status,
    "record": _record,
    "events": _events,
    "outages": _outages,
    "battery": _battery,
    "energy": _energy,
    "export": _export,
    "import": _import,
    "prune": _prune,
}


def _clock(at: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at / SECOND))


def _bytes(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 100_000 else f"{number} bytes"
