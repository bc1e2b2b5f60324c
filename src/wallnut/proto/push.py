"""NOTIFY lines, wallnut's push extension (docs/protocol-extensions.md): a UPS name and a driver-socket message."""

from __future__ import annotations

from wallnut.model.state import DriverGone, Message
from wallnut.proto import driver
from wallnut.proto.net import Notify
from wallnut.proto.words import word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class UpsRemoved(Message):
    """The server no longer has this UPS; the subscription is over."""

    __slots__ = ()


def encode_notify(ups: str, message: Message) -> bytes:
    """A change as a NOTIFY line."""
    prefix = f"NOTIFY {word(ups)} ".encode("ascii", "ignore")
    if type(message) is DriverGone:
        return prefix + b"DRIVER-NOT-CONNECTED\n"
    if type(message) is UpsRemoved:
        return prefix + b"UNKNOWN-UPS\n"
    return prefix + driver.encode(message)


def decode_notify(words: Sequence[str]) -> Notify | None:
    """The change in a NOTIFY line; None for one that this version does not know."""
    message: Message | None
    verb = words[2] if len(words) > 2 else ""
    if verb == "DRIVER-NOT-CONNECTED":
        message = DriverGone()
    elif verb == "UNKNOWN-UPS":
        message = UpsRemoved()
    else:
        message = driver.decode(words[2:])
    return None if message is None else Notify(words[1], message)
