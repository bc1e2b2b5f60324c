"""The blocking client, for scripts and one-shot tools.

    with connect("localhost", username="admin", password="secret") as client:
        print(client.snapshot("ups")["battery.charge"])
        client.run("ups", "test.battery.start.quick", wait=10)

A server that does not keep the protocol gets one ProtocolError or LinkError out of the call, and the connection is
closed: answers could no longer be told apart. A ServerError leaves the connection as it is.
"""

from __future__ import annotations

from time import monotonic, sleep

from wallnut.io import blocking
from wallnut.model.errors import LinkError, LinkLost, ProtocolError, ServerError, TlsError
from wallnut.proto import net

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence
    from types import TracebackType
    from typing import TypeVar

    from wallnut.client.plans import Plan, Snapshot, Value
    from wallnut.client.tls import Mode, Tls
    from wallnut.proto.net import Reply, Request

    R = TypeVar("R")
    T = TypeVar("T")

WINDOW = 64
"""Requests under way at a time: few enough for the system to buffer, so that both sides cannot wait for each other."""


class Client:
    """One connection to a server. `timeout` is how many seconds a call may take, from the request to the last byte."""

    __slots__ = ("_link", "_session", "timeout")

    def __init__(self, link: blocking.Connection, timeout: float = 10.0) -> None:
        self._link: blocking.Connection | None = link
        self._session = net.ClientSession()
        self.timeout = timeout

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def closed(self) -> bool:
        """Whether there is no connection any more."""
        return self._link is None

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS session, if there is one."""
        return None if self._link is None else self._link.tls

    def call(self, request: Request[R], timeout: float | None = None) -> R:
        """Ask one thing. Raises ServerError, ProtocolError, LinkError."""
        link = self._usable()
        deadline = monotonic() + (self.timeout if timeout is None else timeout)
        receive = self._session.receive
        reply = None
        try:
            link.send(self._session.send(request), deadline)
            more = False
            while reply is None:
                for event in receive(link.receive(deadline, more)):
                    if type(event) is net.Reply:
                        reply = event
                more = True
        finally:
            if reply is None:  # whatever it was, also Ctrl-C: the answer may still come
                self._drop()
        if reply.error is not None:
            if type(reply.error) is ProtocolError:
                self._drop()
            raise reply.error
        return reply.result  # type: ignore[return-value]

    def pipeline(self, requests: Sequence[Request[object]], timeout: float | None = None) -> list[Reply]:
        """Ask many things at once; a ServerError stands in its Reply. Raises ProtocolError, LinkError."""
        link = self._usable()
        deadline = monotonic() + (self.timeout if timeout is None else timeout)
        session = self._session
        replies: list[Reply] = []
        asked = 0
        more = False
        try:
            while len(replies) < len(requests):
                if asked < len(requests) and session.waiting <= WINDOW // 2:
                    batch = requests[asked : asked + WINDOW - session.waiting]
                    link.send(b"".join(map(session.send, batch)), deadline)
                    asked += len(batch)
                for event in session.receive(link.receive(deadline, more)):
                    if type(event) is net.Reply:
                        if type(event.error) is ProtocolError:
                            raise event.error
                        replies.append(event)
                more = True
        finally:
            if len(replies) < len(requests):
                self._drop()
        return replies

    def close(self) -> None:
        """Say LOGOUT, without waiting for the goodbye, and close."""
        if self._link is None:
            return
        try:
            self._link.send(self._session.send(net.logout()), monotonic() + 1.0)
        except LinkError:
            pass  # it is over anyway
        finally:
            self._drop()

    def start_tls(self, wanted: Tls | Mode) -> bool:
        """Encrypt; False in mode "try" when the server cannot. Raises TlsError, LinkError, ProtocolError."""
        mode = wanted if isinstance(wanted, str) else wanted.mode
        if mode == "off":
            return False
        link = self._usable()
        deadline = monotonic() + self.timeout
        try:
            self.call(net.starttls())
        except ServerError as error:
            if mode == "try":
                return False
            self._drop()
            raise TlsError(f"the server does not offer TLS ({error.code})") from None
        from wallnut.client.tls import Tls

        settings = Tls.of(wanted)
        done = False
        try:
            if not self._session.clean:
                raise ProtocolError("something was said in clear after STARTTLS")
            link.start_tls(settings.context(), settings.name(link.host), deadline, settings.check)
            done = True
        finally:
            if not done:
                self._drop()
        return True

    def authenticate(self, username: str | None, password: str | None) -> None:
        """Say who we are, what is None left out. The server checks it only when a right is needed."""
        from wallnut.client import plans

        self.perform(plans.authenticate(username, password))

    def devices(self) -> dict[str, str]:
        """The server's UPSes: name to description."""
        return self.call(net.list_ups())

    def get(self, ups: str, name: str) -> Value:
        """One variable."""
        from wallnut.client import plans

        return plans.Value(name, self.call(net.GetVar(ups, name)))

    def snapshot(self, ups: str) -> Snapshot:
        """All variables."""
        from wallnut.client import plans

        return self.perform(plans.snapshot(ups))

    def commands(self, ups: str) -> dict[str, str]:
        """The instant commands: name to description."""
        from wallnut.client import plans

        return self.perform(plans.commands(ups))

    def run(self, ups: str, command: str, value: str = "", *, wait: float | None = None) -> bool:
        """Run an instant command. Without `wait` it is handed to the driver, no more. With `wait` the driver's result
        is awaited for so many seconds: True when it confirmed, False when the server cannot tell (before 2.8.0).

        Raises ServerError (TrackingUnknown, TrackingFailed, InvalidArgument from the driver), LinkTimeout.
        """
        from wallnut.client import plans

        return self.perform(plans.run(ups, command, value, wait, monotonic))

    def set(self, ups: str, name: str, value: str, *, wait: float | None = None) -> bool:
        """Set a variable, after a look at what it may be set to. `wait` and result are those of `run`.

        Raises Readonly, TooLong, InvalidValue with a text that says what would be right, and what `run` raises.
        """
        from wallnut.client import plans

        return self.perform(plans.set_variable(ups, name, value, wait, monotonic))

    def login(self, ups: str) -> None:
        """Count as a machine that depends on the UPS, once a connection."""
        self.call(net.login(ups))

    def primary(self, ups: str) -> None:
        """Ask whether we may manage the UPS. Raises AccessDenied if not."""
        from wallnut.client import plans

        self.perform(plans.primary(ups))

    def fsd(self, ups: str) -> None:
        """Set the forced-shutdown flag: every machine on this UPS shuts down."""
        self.call(net.fsd(ups))

    def clients(self, ups: str) -> list[str]:
        """The addresses of those logged in to the UPS."""
        return self.call(net.list_client(ups))

    def perform(self, plan: Plan[T]) -> T:
        """Carry out a plan (see wallnut.client.plans)."""
        try:
            step = next(plan)
            while True:
                answer: object = None
                if isinstance(step, net.Request):
                    try:
                        answer = self.call(step)
                    except ServerError as error:
                        step = plan.throw(error)
                        continue
                elif isinstance(step, (int, float)):
                    sleep(step)
                else:
                    answer = self.pipeline(step)
                step = plan.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result

    def _usable(self) -> blocking.Connection:
        if self._link is None:
            raise LinkLost("the connection is closed")
        return self._link

    def _drop(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None


def connect(
    host: str = "localhost",
    port: int = 3493,
    *,
    username: str | None = None,
    password: str | None = None,
    timeout: float = 10.0,
    tls: Tls | Mode = "off",
    family: int = 0,
) -> Client:
    """Connect to a server, encrypt if asked to, say who we are if told to.

    `timeout` holds for connecting and for each call after it. `tls`: "off", "try", "require", or a Tls with more to
    say. `family`: socket.AF_INET or AF_INET6 alone. Raises ConnectError, TlsError, other LinkErrors, ServerError.
    """
    client = Client(blocking.connect(host, port, monotonic() + timeout, family), timeout)
    ready = False
    try:
        if tls != "off":
            client.start_tls(tls)
        if username is not None or password is not None:
            client.authenticate(username, password)
        ready = True
    finally:
        if not ready:
            client._drop()
    return client
