"""wallnut: Network UPS Tools in Python.

    with wallnut.connect("localhost") as client:
        print(client.snapshot("ups")["battery.charge"])

    for change in wallnut.watch("ups@localhost"):
        print(change.ups, change.messages)

For asyncio see wallnut.aio; errors are in wallnut.errors.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut import aio as aio
    from wallnut.client.sync import Client as Client
    from wallnut.client.sync import connect as connect
    from wallnut.client.tls import Tls as Tls
    from wallnut.client.watch import watch as watch
    from wallnut.model import errors as errors

# Every program of wallnut imports this package: what a script takes from here is loaded when it is asked for.
_LAZY = {
    "Client": "wallnut.client.sync",
    "Tls": "wallnut.client.tls",
    "connect": "wallnut.client.sync",
    "watch": "wallnut.client.watch",
}


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name == "errors":
        found: object = import_module("wallnut.model.errors")
    elif name == "aio":
        found = import_module("wallnut.aio")
    elif name in _LAZY:
        found = getattr(import_module(_LAZY[name]), name)
    else:
        raise AttributeError(f"module 'wallnut' has no attribute {name!r}")
    globals()[name] = found
    return found
