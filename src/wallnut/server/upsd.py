"""The data server: drivers on one side, clients on the other, in one thread on one loop.

`Upsd` owns what all sessions share and reads no file: whoever starts it (`wallnut.cli.upsd`, `wallnut up`) hands it the
configuration, at the start and at every reload.
"""

from __future__ import annotations

from wallnut.config.files import served
from wallnut.io.stream import Listener, Stream, listen_tcp, resolve
from wallnut.model.errors import ConnectError
from wallnut.server.descriptions import Descriptions
from wallnut.server.limits import Addresses, Audit
from wallnut.server.links import DriverLink
from wallnut.server.push import Feed
from wallnut.server.replies import Replies
from wallnut.server.session import Session
from wallnut.server.tracking import Tracking
from wallnut.server.ups import Ups
from wallnut.server.users import Credentials

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from _socket import socket
    from collections.abc import Iterable

    from wallnut.config.kinds import Listen
    from wallnut.config.types import UpsConf, UpsdConf, UpsdUsers, UpsSection
    from wallnut.io.log import Logger
    from wallnut.io.loop import Loop, Timer
    from wallnut.model.state import Message

TICK = 1.0
"""Seconds between two rounds of housekeeping: drivers, idle clients, old tracking ids."""
IDLE_TICKS = 60
"""Ticks after which a client that completed no line is dropped."""
UNSENT_LIMIT = 16 * 1024 * 1024
"""Bytes that may wait for one client: more than the longest list; the session adds nothing while something waits."""
REFUSED = b'ERR ACCESS-DENIED "too many connections"\n'


class Upsd:
    """A server. `start` connects the drivers; `listen` opens the doors.

    `most` is how many connections the system's limit on open files allows: the bound where MAXCONN gives none. `tls` is
    the context for STARTTLS, None without certificates.
    """

    def __init__(
        self,
        loop: Loop,
        log: Logger,
        ups_conf: UpsConf,
        conf: UpsdConf,
        users: UpsdUsers,
        *,
        statepath: str,
        most: int,
    ) -> None:
        self.loop, self.log, self.conf, self.statepath = loop, log, conf, statepath
        self.tls: ssl.SSLContext | None = None
        self._most = most
        self.tick = 0
        self.upses: list[Ups] = []
        """In the order of LIST UPS."""
        self.replies = Replies()
        self.addresses = Addresses(loop.clock)
        self.audit = Audit(log, loop.clock)
        self.tracking = Tracking(loop.clock, conf.trackingdelay)
        self.credentials = Credentials(loop, log, self.addresses, users)
        self.descriptions = Descriptions(conf.datapath)
        self.listeners: list[Listener] = []
        self._by_name: dict[str, Ups] = {}
        self._links: dict[Ups, DriverLink] = {}
        self.sessions: dict[Session, None] = {}
        self._timer: Timer | None = None
        for section in served(ups_conf)[0]:
            self._add(section)
        self.upses.reverse()

    # UPSes

    def find(self, name: str) -> Ups | None:
        """A UPS by name, whatever its case."""
        return self._by_name.get(name) or self._by_name.get(name.lower())

    def feed(self, ups: Ups) -> Feed:
        """The UPS's feed, made when the first subscriber comes."""
        if ups.feed is None:
            ups.feed = Feed(self.loop, ups)
        return ups.feed

    def tell(self, ups: Ups, message: Message) -> bool:
        """Hand a command or a setting to the UPS's driver; False when that is not possible."""
        return self._links[ups].send(message)

    def attach(self, name: str, stream: Stream) -> None:
        """Connect a driver of this process to its UPS. Raises KeyError for a name that is not configured."""
        self._links[self._by_name[name.lower()]].attach(stream)

    def _add(self, section: UpsSection) -> Ups:
        ups = Ups(section.name, section.driver, section.desc, self.replies, self.log)
        self.upses.insert(0, ups)  # new ones come first in LIST UPS, as in C
        self._by_name[ups.name.lower()] = ups
        self._links[ups] = self._link(ups)
        return ups

    def _link(self, ups: Ups) -> DriverLink:
        name = f"{ups.driver}-{ups.name}"
        return DriverLink(self.loop, self.log, ups, f"{self.statepath}/{name}", name, self._tracked)

    def _tracked(self, id: str, result: int) -> None:
        answer = self.tracking.outcome(id, result)
        if answer is not None:
            self.log.info(f"tracking ID: {id}\tresult: {answer.decode('ascii').rstrip()}")

    # life

    def start(self) -> None:
        """Connect the drivers, and begin the housekeeping."""
        for link in self._links.values():
            link.connect()
        self._timer = self.loop.call_later(TICK, self._housekeeping)

    def _housekeeping(self) -> None:
        self.tick += 1
        for link in list(self._links.values()):
            link.tick(self.conf.maxage)
        oldest = self.tick - IDLE_TICKS
        idle = []
        for session in self.sessions:
            if session.heard < oldest:
                if session.feeds and not session.stream.unsent:
                    session.heard = self.tick  # a subscriber may listen for ever, as long as it takes what it is sent
                else:
                    idle.append(session)
        for session in idle:
            session.drop("idle for a minute")
        self.tracking.purge()
        self._timer = self.loop.call_later(TICK, self._housekeeping)

    def close(self) -> None:
        """End: no listener, no client, no driver link is left."""
        if self._timer is not None:
            self._timer.cancel()
        for listener in self.listeners:
            listener.close()
        self.listeners.clear()
        for session in list(self.sessions):
            session.stream.close("the server ends")
        for link in self._links.values():
            link.close()

    # clients

    def listen(self, where: Iterable[Listen], family: int = 0) -> list[Listen]:
        """Serve on these addresses, all that a name stands for; those of which none could be opened are returned."""
        missing = []
        for one in where:
            before = len(self.listeners)
            try:
                for kind, address in resolve("" if one.host == "*" else one.host, one.port, family):
                    self._open(kind, address)
            except ConnectError as error:
                self.log.error(str(error))
            if len(self.listeners) == before:
                missing.append(one)
        return missing

    def _open(self, family: int, address: tuple[str, int]) -> None:
        try:
            self.listeners.append(listen_tcp(self.loop, family, address, self.accept))
        except ConnectError as error:
            self.log.error(str(error))
        else:
            self.log.info(f"listening on {address[0]} port {address[1]}")

    @property
    def places(self) -> int:
        """How many clients there may be at once."""
        limit = min(self.conf.maxconn or self._most, self._most)
        return max(limit - len(self._links) - len(self.listeners), 1)

    def accept(self, sock: socket, address: str) -> None:
        """Take in a client that connected."""
        places = self.places
        apiece = self.conf.maxconnperaddr or max(places // 2, 1)
        if len(self.sessions) >= places or not self.addresses.enter(address, apiece):
            self._turn_away(sock, address)
            return
        self.sessions[Session(self, Stream(self.loop, sock, address, UNSENT_LIMIT))] = None

    def _turn_away(self, sock: socket, address: str) -> None:
        """C leaves such a client waiting for ever; we say no at once."""
        self.log.debug(1, f"Too many connections: {address} is turned away")
        sock.setblocking(False)
        try:
            sock.send(REFUSED)
        except OSError:  # it is gone already
            pass
        sock.close()

    def gone(self, session: Session, reason: str) -> None:
        """A session's connection is over."""
        del self.sessions[session]
        self.addresses.leave(session.stream.peer)
        self.log.debug(2, f"Disconnect from {session.stream.peer} {reason}")

    # reload

    def reconfigure(self, ups_conf: UpsConf, conf: UpsdConf | None, users: UpsdUsers | None) -> None:
        """Take over new files; None: that one stays as it is. LISTEN and certificates are for the start only."""
        if conf is not None:
            self.conf = conf
            self.tracking.keep = conf.trackingdelay
            self.descriptions = Descriptions(conf.datapath)
        if users is not None:
            self.credentials.read(users)
        sections = {section.name.lower(): section for section in served(ups_conf)[0]}
        for ups in list(self.upses):
            if ups.name.lower() not in sections:
                self._remove(ups)
        for name, section in reversed(list(sections.items())):
            known = self._by_name.get(name)
            if known is None:
                self._links[self._add(section)].connect()
            else:
                self._redefine(known, section)
        self.replies.clear()

    def _redefine(self, ups: Ups, section: UpsSection) -> None:
        ups.desc = section.desc
        if ups.driver == section.driver and ups.name == section.name:
            return
        self.log.info(f"Redefined UPS [{section.name}]")
        self._links[ups].leave()
        ups.went()
        ups.name, ups.driver = section.name, section.driver
        self._links[ups] = self._link(ups)
        self._links[ups].connect()

    def _remove(self, ups: Ups) -> None:
        self.log.notice(f"Deleting UPS [{ups.name}]")
        for session in list(ups.logins):
            self.log.info(f"Kicking client {session.stream.peer} (was on UPS [{ups.name}])")
            session.stream.close("its UPS is no more")
        if ups.feed is not None:
            ups.feed.end()
        self._links.pop(ups).leave()
        self.upses.remove(ups)
        del self._by_name[ups.name.lower()]
