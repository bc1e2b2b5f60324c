"""Memory of the server: at rest, and for each idle connection."""

from __future__ import annotations

from benchmarks.harness import Row, compare
from benchmarks.peers import C_UPSD, OUR_UPSD, UPS, Load, pss, rss, server

CONNECTIONS = 5000
PAIRS = 3


def memory(load: Load) -> list[Row]:
    """Every value from a fresh server: what one has once had, it keeps."""
    found: dict[str, tuple[list[float], list[float], list[float]]] = {OUR_UPSD: ([], [], []), C_UPSD: ([], [], [])}
    for _ in range(PAIRS):
        for program, (base, shared, each) in found.items():
            with server(program) as target:
                load(target, "keep", f"LIST VAR {UPS}", c=1, n=5)
                before = rss(target.pid)
                base.append(before / 1024)
                shared.append(pss(target.pid) / 1024)
                with load.start(target, "hold", f"GET VAR {UPS} ups.status", c=CONNECTIONS):
                    each.append((rss(target.pid) - before) / CONNECTIONS)
    pairs = list(zip(found[OUR_UPSD], found[C_UPSD], strict=True))
    return [
        compare("memory at rest, RSS", "MB", "C upsd", *pairs[0], share=True, ours_at_most=13),
        compare("memory at rest, PSS", "MB", "C upsd", *pairs[1], share=True),
        compare(
            f"memory of an idle connection, {CONNECTIONS:,} of them",
            "kB",
            "C upsd",
            *pairs[2],
            share=True,
            at_most=0.8,
        ),
    ]
