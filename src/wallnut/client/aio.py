"""The asyncio client: the same requests, results and errors as the blocking one.

    async with await connect("localhost", username="admin", password="secret") as client:
        print((await client.snapshot("ups"))["battery.charge"])

Any number of tasks may share a connection: what they ask is pipelined. A task that is cancelled just loses its answer.
A server that does not keep the protocol, or to time, ends the connection for all of them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic

from wallnut.client import plans
from wallnut.client.tls import Tls
from wallnut.io.blocking import QUICKACK
from wallnut.model.errors import (
    ConnectError,
    LinkLost,
    LinkTimeout,
    NutError,
    ProtocolError,
    ServerError,
    TlsError,
)
from wallnut.proto import net

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence
    from types import TracebackType
    from typing import TypeVar

    from wallnut.client.plans import Plan, Snapshot, Value
    from wallnut.client.tls import Mode
    from wallnut.proto.net import Reply, Request

    R = TypeVar("R")
    T = TypeVar("T")


BUFFER = 16384
"""Bytes that one connection takes in at a time."""


class Link(asyncio.BufferedProtocol):
    """Bytes of one connection: keeps answers and those who wait for them in step.

    It brings its own buffer: asyncio's would be 256 KB, new for every piece.
    """

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.transport: asyncio.Transport | None = None
        self.session = net.ClientSession()
        self.ended = asyncio.get_running_loop().create_future()
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[float, asyncio.Future[Reply]]] = deque()  # when the answer is due, and whose it is
        self._out: list[bytes] = []
        self._in = memoryview(bytearray(BUFFER))
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def ask(self, request: Request[object]) -> asyncio.Future[Reply]:
        """Ask; alone at once, together with others in one piece."""
        transport = self.transport
        if transport is None:
            raise LinkLost("the connection is closed")
        future: asyncio.Future[Reply] = self._loop.create_future()
        data = self.session.send(request)
        if not self._waiting:
            transport.write(data)
        else:
            if not self._out:
                self._loop.call_soon(self._flush)
            self._out.append(data)
        self._waiting.append((self._loop.time() + self.timeout, future))
        if self._timer is None:
            self._timer = self._loop.call_later(self.timeout, self._late)
        return future

    def _flush(self) -> None:
        data, self._out = b"".join(self._out), []
        if self.transport is not None and data:
            self.transport.write(data)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where asyncio is to put what comes next."""
        return self._in

    def buffer_updated(self, nbytes: int) -> None:
        """So many bytes came."""
        try:
            events = self.session.receive(self._in[:nbytes].tobytes())
        except ProtocolError as error:
            self.fail(error)
            return
        for event in events:
            if type(event) is not net.Reply:
                continue
            if type(event.error) is ProtocolError:
                self.fail(event.error)
                return
            future = self._waiting.popleft()[1]
            if not future.done():
                future.set_result(event)
        if self._waiting:
            self._acknowledge()

    def _acknowledge(self) -> None:
        """C upsd writes an answer line by line, and its system holds each line back until we have acknowledged the one
        before: do that at once, not after the usual 40 ms."""
        if QUICKACK and self.transport is not None:
            sock = self.transport.get_extra_info("socket")
            try:
                sock.setsockopt(6, QUICKACK, 1)  # 6 is TCP
            except OSError:
                pass  # not TCP, or just broken

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail(LinkLost(f"Read error: {exc}" if exc else "Server disconnected"))
        if not self.ended.done():
            self.ended.set_result(None)

    def fail(self, error: NutError) -> None:
        """End the connection; whoever waits gets the error."""
        waiting, self._waiting = self._waiting, deque()
        self._out.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.transport is not None:
            self.transport.abort()
            self.transport = None
        for _, future in waiting:
            if not future.done():
                future.set_exception(type(error)(str(error)))

    def _late(self) -> None:
        self._timer = None
        if self._waiting:
            wait = self._waiting[0][0] - self._loop.time()
            if wait <= 0:
                self.fail(LinkTimeout("Read error: Connection timed out"))
            else:
                self._timer = self._loop.call_later(wait, self._late)


class Client:
    """One connection to a server, for any number of tasks. Methods are those of wallnut.client.sync.Client."""

    def __init__(self, link: Link, host: str) -> None:
        self._link, self._host = link, host

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def closed(self) -> bool:
        """Whether there is no connection any more."""
        return self._link.transport is None

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS session, if there is one."""
        transport = self._link.transport
        return None if transport is None else transport.get_extra_info("ssl_object")

    async def call(self, request: Request[R]) -> R:
        """Ask one thing. Raises ServerError, ProtocolError, LinkError."""
        reply = await self._link.ask(request)
        if reply.error is not None:
            raise reply.error
        return reply.result  # type: ignore[return-value]

    async def pipeline(self, requests: Sequence[Request[object]]) -> list[Reply]:
        """Ask many things at once; a ServerError stands in its Reply. Raises ProtocolError, LinkError."""
        futures = [self._link.ask(request) for request in requests]
        try:
            return [await future for future in futures]
        finally:
            for future in futures:
                if not future.cancel() and not future.cancelled():
                    future.exception()  # all fail together: it is known

    async def close(self) -> None:
        """Say LOGOUT, and close."""
        link = self._link
        if link.transport is not None:
            link.transport.write(link.session.send(net.logout()))
            link.transport.close()
            link.transport = None
            link.fail(LinkLost("the connection is closed"))
        try:
            async with asyncio.timeout(1.0):
                await asyncio.shield(link.ended)
        except TimeoutError:
            pass  # the system will see to it

    async def start_tls(self, settings: Tls) -> bool:
        """Encrypt; False in mode "try" when the server cannot. Raises TlsError, LinkError, ProtocolError."""
        if settings.mode == "off":
            return False
        link = self._link
        try:
            await self.call(net.starttls())
        except ServerError as error:
            if settings.mode == "try":
                return False
            link.fail(LinkLost("the connection is closed"))
            raise TlsError(f"the server does not offer TLS ({error.code})") from None
        done = False
        try:
            await self._encrypt(settings)
            done = True
        finally:
            if not done:
                link.fail(LinkLost("the connection is closed"))
        return True

    async def _encrypt(self, settings: Tls) -> None:
        import ssl

        link = self._link
        if not link.session.clean or link.transport is None:
            raise ProtocolError("something was said in clear after STARTTLS")
        try:
            transport = await asyncio.get_running_loop().start_tls(
                link.transport,
                link,
                settings.context(),
                server_hostname=settings.name(self._host),
                ssl_handshake_timeout=link.timeout,
            )
        except ssl.SSLCertVerificationError as error:
            raise TlsError(f"TLS: certificate verify failed: {error.verify_message}") from None
        except ssl.SSLError as error:
            raise TlsError(f"TLS: {error.reason or error}") from None
        except OSError as error:  # also that it took too long
            raise TlsError(f"TLS: {error.strerror or error}") from None
        if transport is None:
            raise LinkLost("Server disconnected")
        link.transport = transport
        settings.check(transport.get_extra_info("ssl_object"))

    async def authenticate(self, username: str | None, password: str | None) -> None:
        """Say who we are, what is None left out. The server checks it only when a right is needed."""
        await self.perform(plans.authenticate(username, password))

    async def devices(self) -> dict[str, str]:
        """The server's UPSes: name to description."""
        return await self.call(net.list_ups())

    async def get(self, ups: str, name: str) -> Value:
        """One variable."""
        return plans.Value(name, await self.call(net.GetVar(ups, name)))

    async def snapshot(self, ups: str) -> Snapshot:
        """All variables."""
        return await self.perform(plans.snapshot(ups))

    async def commands(self, ups: str) -> dict[str, str]:
        """The instant commands: name to description."""
        return await self.perform(plans.commands(ups))

    async def run(self, ups: str, command: str, value: str = "", *, wait: float | None = None) -> bool:
        """Run an instant command; True when the driver confirmed it within `wait` seconds. See the blocking client."""
        return await self.perform(plans.run(ups, command, value, wait, monotonic))

    async def set(self, ups: str, name: str, value: str, *, wait: float | None = None) -> bool:
        """Set a variable, after a look at what it may be set to. See the blocking client."""
        return await self.perform(plans.set_variable(ups, name, value, wait, monotonic))

    async def login(self, ups: str) -> None:
        """Count as a machine that depends on the UPS, once a connection."""
        await self.call(net.login(ups))

    async def primary(self, ups: str) -> None:
        """Ask whether we may manage the UPS. Raises AccessDenied if not."""
        await self.perform(plans.primary(ups))

    async def fsd(self, ups: str) -> None:
        """Set the forced-shutdown flag: every machine on this UPS shuts down."""
        await self.call(net.fsd(ups))

    async def clients(self, ups: str) -> list[str]:
        """The addresses of those logged in to the UPS."""
        return await self.call(net.list_client(ups))

    async def perform(self, plan: Plan[T]) -> T:
        """Carry out a plan (see wallnut.client.plans)."""
        try:
            step = next(plan)
            while True:
                answer: object = None
                if isinstance(step, net.Request):
                    try:
                        answer = await self.call(step)
                    except ServerError as error:
                        step = plan.throw(error)
                        continue
                elif isinstance(step, (int, float)):
                    await asyncio.sleep(step)
                else:
                    answer = await self.pipeline(step)
                step = plan.send(answer)
        except StopIteration as end:
            result: T = end.value
            return result


async def connect(
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

    `timeout` holds for connecting and for each answer after it; the others are those of wallnut.connect. Raises
    ConnectError, TlsError, other LinkErrors, ServerError.
    """
    link = Link(timeout)
    try:
        async with asyncio.timeout(timeout):
            await asyncio.get_running_loop().create_connection(lambda: link, host, port, family=family)
    except TimeoutError:
        raise ConnectError("Connection failure: Connection timed out") from None
    except OSError as error:
        raise _unconnected(error) from None
    except UnicodeError:  # a name that cannot be one
        raise ConnectError("No such host") from None
    client = Client(link, host)
    ready = False
    try:
        await client.start_tls(Tls.of(tls))
        await client.authenticate(username, password)
        ready = True
    finally:
        if not ready:
            link.fail(LinkLost("the connection is closed"))
    return client


def _unconnected(error: OSError) -> ConnectError:
    from socket import gaierror

    if isinstance(error, gaierror):
        return ConnectError("No such host", error.errno or 0)
    return ConnectError(f"Connection failure: {_reason(error)}", error.errno or 0)


def _reason(error: OSError) -> str:
    """The system's words; asyncio puts the address before them."""
    from os import strerror

    return strerror(error.errno) if error.errno else str(error)
