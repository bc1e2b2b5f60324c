"""Alarms that a card sends by itself, to those who subscribed.

One asks by a form for a port and a secret, connects to that port and shows the secret; from then on the card sends an
<ALARM> element for every change. Source of the wire strings: C NUT's netxml-ups.
"""

from __future__ import annotations

import re
from collections import deque
from threading import Event, Thread
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from wallnut.drivers.netxml import pages
from wallnut.drivers.netxml.documents import BadPage, parse
from wallnut.model.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.io.tcp import Connection

KIND = "text/xml"
ANSWER = 'subscription answer="ok"'
SILENCE = 180.0
"""Seconds without a word after which a card has forgotten us."""
LOOK = 1.0
"""Seconds between two looks whether it is over."""
MOST_ALARMS, LONGEST = 200, 1 << 16
ALARM = re.compile(rb"<ALARM\b[^>]*/>|<ALARM\b.*?</ALARM\s*>", re.DOTALL | re.IGNORECASE)
PORT, SECRET = (re.compile(rb"<%s>\s*(\d{1,10})\s*<" % name, re.IGNORECASE) for name in (b"port", b"secret"))


def request(who: str, host: str, duration: int, timer: int) -> bytes:
    """What asks for a subscription. `timer` 0: no shutdown after a time on battery."""
    lines = (
        '<?xml version="1.0"?>',
        "<Subscribe>",
        f"<Class>{escape(who)}</Class>",
        "<Type>connected socket</Type>",
        f"<HostName>{escape(host)}</HostName>",
        "<XMLClientParameters>",
        f"<ShutdownDuration>{duration}</ShutdownDuration>",
        f"<ShutdownTimer>{timer or 'NONE'}</ShutdownTimer>",
        "<AutoConfig>LOCAL</AutoConfig>",
        "<OutletGroup>1</OutletGroup>",
        "</XMLClientParameters>",
        "<Warning></Warning>",
        "</Subscribe>",
        "",
    )
    return "\n".join(lines).encode()


def granted(body: bytes) -> tuple[int, int] | None:
    """Port and secret of the card's answer, which is not always XML; None where they are not there."""
    port, secret = PORT.search(body), SECRET.search(body)
    if port is None or secret is None or not 0 < int(port[1]) < 65536:
        return None
    return int(port[1]), int(secret[1])


def alarms(data: bytes) -> tuple[list[dict[str, str]], bytes]:
    """The alarms that are whole in what came so far, each its attributes, and what is left of it."""
    found, end = [], 0
    for match in ALARM.finditer(data):
        end = match.end()
        try:
            attributes = pages.alarm(parse(match[0]))
        except BadPage:
            continue
        if attributes:
            found.append(attributes)
    return found, data[end:][-LONGEST:]


class Subscription:
    """A subscription that a thread listens to. `wake` is called, by that thread, when there is something to `take`."""

    def __init__(self, connection: Connection, secret: int, wake: Callable[[], None]) -> None:
        """Show the secret and begin to listen. Raises DeviceError where the card does not want us."""
        self._connection, self._wake = connection, wake
        self._alarms: deque[dict[str, str]] = deque(maxlen=MOST_ALARMS)
        self._over = Event()
        self.trouble = ""
        """Why it is over, where nobody wished that."""
        connection.write(f'<Subscription Identification="{secret}"></Subscription>\0'.encode())
        answer = connection.receive(5.0)
        if ANSWER.encode() not in answer.lower():
            raise DeviceError("the card rejects the subscription")
        self._left = answer.partition(b"\0")[2]
        self._thread = Thread(target=self._listen, name="netxml-ups alarms", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        silent = 0.0
        try:
            while not self._over.is_set():
                data = self._connection.receive(LOOK)
                silent = 0.0 if data else silent + LOOK
                if silent >= SILENCE:
                    raise DeviceError(f"nothing heard for {SILENCE:g} s")
                found, self._left = alarms(self._left + data)
                self._alarms += found
                if found:
                    self._wake()
        except DeviceError as error:
            if not self._over.is_set():
                self.trouble = str(error)
                self._wake()

    def take(self) -> list[dict[str, str]]:
        """The alarms that came since."""
        return [self._alarms.popleft() for _ in range(len(self._alarms))]

    def close(self) -> None:
        """Unsubscribe."""
        self._over.set()
        self._connection.close()
        self._thread.join(5.0)
