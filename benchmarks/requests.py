"""Requests to the server: GET VAR, VER and LIST VAR on kept connections, among idle ones, and on fresh ones.

With one connection under way, server and load share one core: the wake-up of another core (some 60 us on a virtual
machine) would otherwise be most of the time of either server and hide the difference. With more, the load has the other
cores: left alone, the system now and then puts both on one and halves the figure of either.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from benchmarks.harness import Row, alternate, compare
from benchmarks.peers import C_UPSD, OUR_UPSD, UPS, Load, Server, Target, floor, pinned, server

GET = f"GET VAR {UPS} ups.status"
LIST = f"LIST VAR {UPS}"
SECONDS = 0.7


@contextlib.contextmanager
def both() -> Iterator[tuple[Server, Server]]:
    """Our server and C's, each with one UPS of 60 variables."""
    with server(OUR_UPSD) as ours, server(C_UPSD) as peer:
        yield ours, peer


def rate(
    load: Load, ours: Target, peer: Target, work: str, *lines: str, at_least: float | None, **options: float
) -> Row:
    """Requests a second of both."""
    mode = "churn" if options.pop("churn", 0) else "keep"

    def of(target: Target) -> float:
        found = load(target, mode, *lines, **{"t": SECONDS, **options})
        return found["requests"] / found["seconds"]

    with pinned(ours.pid, peer.pid, apart=options["c"] > 1):
        values = alternate(lambda: of(ours), lambda: of(peer))
    return compare(work, "requests/s", peer.name, *values, higher_is_better=True, at_least=at_least)


def get(load: Load) -> list[Row]:
    """GET VAR and VER; and how near ours comes to what Python can do at all."""
    with both() as (ours, peer), floor(GET, ours.ask(GET)) as least:
        rows = [
            rate(load, ours, peer, f"{verb}, {_connections(count)}", line, c=count, at_least=0.95)
            for verb, line in (("GET VAR", GET), ("VER", "VER"))
            for count in (1, 50)
        ]
        rows += [
            rate(load, ours, least, f"GET VAR, {_connections(count)}", GET, c=count, at_least=None) for count in (1, 50)
        ]
    return rows


def idle(load: Load) -> list[Row]:
    """GET VAR while other connections do nothing."""
    with both() as (ours, peer):
        rows = []
        for count, asked in ((500, 3), (5000, 20)):
            with load.start(ours, "hold", GET, c=count), load.start(peer, "hold", GET, c=count):
                rows.append(rate(load, ours, peer, f"GET VAR, {count:,} connections idle", GET, c=1, at_least=asked))
    return rows


def lists(load: Load) -> list[Row]:
    """LIST VAR on kept connections, and what one costs the server."""
    with both() as (ours, peer):
        rows = [
            rate(load, ours, peer, f"LIST VAR, {_connections(count)}", LIST, c=count, at_least=asked)
            for count, asked in ((1, 300), (50, 80), (500, 12))
        ]

        def cost(target: Server) -> float:
            found = load(target, "keep", LIST, c=500, t=SECONDS)
            return found["server_cpu"] / found["requests"] * 1e6

        with pinned(ours.pid, peer.pid, apart=True):
            costs = alternate(lambda: cost(ours), lambda: cost(peer))
            rates = alternate(lambda: while_changing(load, ours), lambda: while_changing(load, peer))
        rows.append(compare("LIST VAR, 500 connections, CPU a request", "us", "C upsd", *costs, at_least=12))
        work = "LIST VAR, 50 connections, 2,500 changes a second"
        rows.append(compare(work, "requests/s", "C upsd", *rates, higher_is_better=True))
    return rows


def while_changing(load: Load, target: Server) -> float:
    """Lists a second while the driver sends changes, ten at a time: kept answers do not help much then."""
    target.driver.order("lines 2000 10 0.004")
    found = load(target, "keep", LIST, c=50, t=SECONDS)
    target.driver.done()
    return found["requests"] / found["seconds"]


def churn(load: Load) -> list[Row]:
    """Connect, GET VAR, LOGOUT."""
    with both() as (ours, peer):
        return [
            rate(
                load,
                ours,
                peer,
                f"connect, GET VAR, LOGOUT, {count} at once",
                GET,
                c=count,
                n=5000,
                churn=1,
                at_least=0.9,
            )
            for count in (1, 8)
        ]


def _connections(count: int) -> str:
    return f"{count} connection" + "s" * (count > 1)
