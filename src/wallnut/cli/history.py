"""wallnut history: record what UPSes do over time, and look after what was recorded."""

from __future__ import annotations

import sys
import time

from wallnut.cli import people
from wallnut.cli.common import Stop, err, out
from wallnut.cli.follow import follow
from wallnut.cli.wallnut import near
from wallnut.config.wallnut_toml import History as Settings
from wallnut.config.wallnut_toml import parse_wallnut_toml
from wallnut.history import exchange
from wallnut.history.recorder import Recorder
from wallnut.history.store import open_history
from wallnut.history.values import DAY, SECOND, HistoryError, Keep
from wallnut.history.writer import Writer
from wallnut.io import service
from wallnut.io.log import Log
from wallnut.io.loop import Loop
from wallnut.model.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wallnut.cli.common import Given

USAGE = """\
usage: wallnut history [WHAT] [options]    what UPSes did over time

  status         what there is (without WHAT, too)
  record         record, until it is ended
  outages        the times on battery of the last year
  export         write everything to standard output
  import [FILE]  take in what was exported, from a file or standard input
  prune          remove now what need not be kept

Settings are in [history] of wallnut.toml.

  -u, --url URL       another history: sqlite:///PATH or postgresql://...
  -c, --csv           export and import CSV; without, an object of JSON a line
  -s, --server HOST   record the UPSes of this server; may stand more than once
  -A, --auth FILE     record: credentials, TLS: a nutauth.conf, `default` or `none`
  -W, --timeout SECS  record: time to connect (10)
      --tied          record: end when standard input does
  -h, --help          show this help

Exit status: 0; 1 when the history cannot be opened, read or written.
"""
LONGS = {"--url": "u:", "--csv": "c", "--server": "s:", "--tied": "t"}


def run(argv: list[str]) -> int:
    """Do one of them."""
    given = people.parse("history", argv, LONGS, USAGE)
    what, *words = given.words or ["status"]
    deed = DEEDS.get(what)
    if deed is None or len(words) > (what == "import"):
        hint = near(what, DEEDS) if deed is None else ""
        raise Stop(2, f"wallnut history: {' '.join(given.words)}?{hint}\nTry: wallnut history --help\n")
    try:
        return deed(given, settings(given))
    except (HistoryError, ConfigError) as error:
        raise Stop(1, f"{error}\n") from None


def settings(given: Given) -> Settings:
    """[history] of wallnut.toml, with what the command line says instead. Without the file, the defaults."""
    path = f"{service.confpath()}/wallnut.toml"
    try:
        data = service.read_bytes(path)
    except ConfigError as error:
        if not str(error).endswith("No such file or directory"):
            raise
        data = b""
    conf, problems = parse_wallnut_toml(data, path)
    err("".join(f"{problem}\n" for problem in problems))
    found = {name: getattr(conf.history, name) for name in Settings.__annotations__}
    if given.has("u"):
        found["url"] = given.last("u")
    if given.has("s"):
        found["servers"] = tuple(given.all("s"))
    return Settings(**found)


def keeping(conf: Settings) -> Keep:
    """How long each kind is kept."""
    return Keep(conf.raw_days * DAY, conf.minute_days * DAY, conf.hour_days * DAY, conf.text_days * DAY)


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


def _outages(given: Given, conf: Settings) -> int:
    now = _now()
    with open_history(conf.url) as history:
        for one in history.read.outages(now - 366 * DAY, now + DAY):
            length = "still on battery" if one.end is None else f"{(one.end - one.start) / SECOND:.0f} s"
            parts = [
                _clock(one.start),
                str(one.device),
                length if one.seen or one.end is None else f"{length} at most",
                *(["a test"] if one.planned else []),
                *([f"{one.depth:g} % spent"] if one.depth is not None else []),
                *([f"lowest runtime {one.lowest_runtime:g} s"] if one.lowest_runtime is not None else []),
            ]
            out("  ".join(parts) + "\n")
    return 0


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
        gone = history.prune(keeping(conf), _now())
    out("".join(f"{level}: {rows} rows removed\n" for level, rows in gone.items()))
    return 0


def _record(given: Given, conf: Settings) -> int:
    open_history(conf.url).close()  # what is wrong with the address is said at once
    log = Log("wallnut-history", service.debug_level(given.debug))
    writer = Writer(lambda: open_history(conf.url), log, keeping(conf), flush=float(conf.flush), bound=conf.max_waiting)
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


DEEDS: dict[str, Callable[[Given, Settings], int]] = {
    "status": _status,
    "record": _record,
    "outages": _outages,
    "export": _export,
    "import": _import,
    "prune": _prune,
}


def _clock(at: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at / SECOND))


def _bytes(number: int) -> str:
    return f"{number / 1e6:.1f} MB" if number >= 100_000 else f"{number} bytes"
