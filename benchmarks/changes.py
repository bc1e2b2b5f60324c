"""What a driver says: its cost in the server, and how soon a subscribed client hears of it."""

from __future__ import annotations

from functools import partial

from benchmarks.harness import Row, alternate, compare, spread
from benchmarks.peers import OUR_UPSD, UPS, Load, Server, cpu, pinned, server
from benchmarks.requests import both

PATTERNS = (
    ("as fast as it goes", 30000, 1, 0.0),
    ("10 at a time, every 4 ms", 4000, 10, 0.004),
    ("one every 0.5 ms", 2000, 1, 0.0005),
)


def intake(load: Load) -> list[Row]:
    """CPU of one SETINFO with a new value, in three paces."""
    with both() as (ours, peer):
        rows = []
        for pace, count, burst, pause in PATTERNS:

            def cost(target: Server, count: int = count, order: str = f"{burst} {pause}") -> float:
                before = cpu(target.pid)
                for text in (f"lines {count} {order}", "mark"):
                    target.driver.order(text)
                    target.driver.done()
                target.await_value("bench.mark", str(target.driver.marks))
                return (cpu(target.pid) - before) / count * 1e6

            # paced, a wake-up is most of it: of the same core, as in requests.py
            with pinned(ours.pid, ours.driver.pid, peer.pid, peer.driver.pid, apart=False):
                values = alternate(partial(cost, ours), partial(cost, peer))
            rows.append(compare(f"one SETINFO, {pace}, CPU", "us", "C upsd", *values, at_least=1))
    return rows


def notify(load: Load) -> list[Row]:
    """SETINFO written to the driver socket -> NOTIFY read by a subscribed client."""
    rows = []
    with server(OUR_UPSD) as target:
        for count, events, pause, bounds in ((1, 400, 0.003, (1.0, 10.0)), (500, 60, 0.03, (None, 10.0))):
            runs = [_stamps(load, target, count, events, pause) for _ in range(5)]
            first, last = ("us_p50", "us_p99") if count == 1 else ("last_us_p50", "last_us_p100")
            who = "a subscriber" if count == 1 else f"the last of {count} subscribers"
            for key, name, bound in ((first, "p50", bounds[0]), (last, "p99" if count == 1 else "slowest", bounds[1])):
                values = spread([run[key] / 1000 for run in runs])
                rows.append(Row(f"SETINFO to NOTIFY at {who}, {name}", "ms", values, at_most=bound, pairs=len(runs)))
    return rows


def _stamps(load: Load, target: Server, count: int, events: int, pause: float) -> dict[str, float]:
    before = cpu(target.pid)
    with load.start(target, "subscribe", f"SUBSCRIBE {UPS}", c=count, n=events, t=20, v="bench.stamp") as popen:
        target.driver.order(f"stamps {events} {pause}")
        target.driver.done()
        found = load.finish(target, popen, before)
    if found["requests"] < events:
        raise SystemExit(f"bench: {events} changes, but only {found['requests']:g} reached all {count} subscribers")
    return found
