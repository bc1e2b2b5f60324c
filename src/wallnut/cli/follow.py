"""Start a live copy of a server's UPSes with the settings of a command line."""

from __future__ import annotations

from wallnut.cli import common
from wallnut.client.mirror import Mirror

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wallnut.cli.common import Given
    from wallnut.client.mirror import Change
    from wallnut.client.tls import Mode, Tls
    from wallnut.io.loop import Loop
    from wallnut.proto.address import Address

POLL = 2.0
"""Seconds between two questions to a server that does not push."""


def follow(
    loop: Loop,
    given: Given,
    server: Address,
    told: Callable[[Change], object],
    names: Sequence[str] = (),
    variables: Sequence[str] = (),
) -> Mirror:
    """Follow the named UPSes of a server, or all of them; `told` gets the changes, of `variables` alone if some are
    named."""
    entry = common.credentials(given, server)
    tls: Tls | Mode = "try"
    if entry is not None:
        from wallnut.client import auth

        tls = auth.tls(entry)
    mirror = Mirror(
        loop,
        server.host,
        server.port,
        on_change=told,
        ups=names,
        variables=variables,
        tls=tls,
        interval=POLL,
        timeout=given.timeout,
    )
    mirror.start()
    return mirror
