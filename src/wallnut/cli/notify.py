"""wallnut notify: who is told by wallnut.toml's targets, and a test of the way there."""

from __future__ import annotations

import os
import threading
import time

from wallnut.cli import people, toml
from wallnut.cli.common import Stop, out
from wallnut.cli.paint import Paint
from wallnut.cli.wallnut import near
from wallnut.config.wallnut_toml import Target
from wallnut.model.errors import ConfigError
from wallnut.notify.courier import Courier
from wallnut.notify.event import Event
from wallnut.notify.message import compose
from wallnut.notify.notifier import addresses

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wallnut.config.wallnut_toml import Notify

USAGE = """\
usage: wallnut notify [--test] [TARGET...]    who is told what, and a test of the way

Lists the targets of wallnut.toml with what they are told. With --test each is
sent a message, whatever its filters: at once, past the outbox and upsmon.

  -t, --test     send a test message
  -h, --help     show this help

Exit status: 0; 1 when a message was not delivered, or wallnut.toml cannot be used.
"""


def run(argv: list[str]) -> int:
    """List, or send; 0 when all were delivered."""
    given = people.parse("notify", argv, {"--test": "t"}, USAGE)
    try:
        conf, _ = toml.read(needed=True)
    except ConfigError as error:
        raise Stop(1, f"{error}\n") from None
    targets = _chosen(conf.notify, given.words, toml.path())
    if given.has("t"):
        return _test(targets, conf.notify.time_limit)
    for target in targets:
        out(f"{target.name}: {_filters(target)}; {len(target.url)} address{'es' if len(target.url) > 1 else ''}\n")
    return 0


def _chosen(settings: Notify, names: Sequence[str], path: str) -> list[Target]:
    """The targets with these names; without any, all. Raises Stop."""
    known = {target.name: target for target in settings.targets}
    if not known:
        raise Stop(1, f"{path} names no [[notify.target]]: docs/notify.md tells how.\n")
    for name in names:
        if name not in known:
            raise Stop(1, f"{path} has no target '{name}'{near(name, known)}; it has: {', '.join(known)}\n")
    return [known[name] for name in dict.fromkeys(names or known)]


def _filters(target: Target) -> str:
    """What it is told."""
    events = ", ".join(target.events) or "all events"
    severity = "" if target.severity == "info" else f", {target.severity} or worse"
    return f"{events}{severity}, of {', '.join(target.ups)}"


def _test(targets: Sequence[Target], limit: float) -> int:
    """Send to every address at the same time, and say how that went."""
    try:
        courier = Courier(limit)
    except ConfigError as error:
        raise Stop(1, f"{error}\n") from None
    host, now = os.uname().nodename.partition(".")[0], time.time()
    message = compose([Event("TEST", "", "a test: upsmon would tell you here", now)], host, now)
    found: dict[str, str] = {}

    def send(name: str, url: str) -> None:
        found[name] = courier.send(url, message)

    ways = [pair for target in targets for pair in addresses(target)]
    threads = [threading.Thread(target=send, args=pair, daemon=True) for pair in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    courier.close()
    paint = Paint.standard()
    for name, _ in ways:
        reason = found[name]
        out(f"{name}: {paint.severity(2 if reason else 0, f'not delivered: {reason}' if reason else 'delivered')}\n")
    return 1 if any(found.values()) else 0
