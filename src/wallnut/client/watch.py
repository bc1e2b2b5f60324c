"""Changes of UPSes as they happen, one after the other: for scripts a blocking iterator, for asyncio another."""

from __future__ import annotations

from collections import deque

from wallnut.client.mirror import Mirror
from wallnut.io.loop import LONGEST, Loop
from wallnut.model.errors import LinkError
from wallnut.proto.address import PORT, Address

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Generator, Sequence
    from types import TracebackType

    from wallnut.client.mirror import Change
    from wallnut.client.tls import Mode, Tls

BOUND = 1000
"""Changes that may wait for a task; beyond, nothing is read, and a server that pushes sends the newest values later."""


class Watch:
    """The mirrors behind one iteration, on a loop of their own."""

    def __init__(
        self,
        targets: Sequence[str],
        *,
        host: str = "localhost",
        port: int = PORT,
        username: str | None = None,
        password: str | None = None,
        tls: Tls | Mode = "off",
        variables: Sequence[str] = (),
        interval: float = 5.0,
        timeout: float = 10.0,
    ) -> None:
        self.loop = Loop()
        self.changes: deque[Change] = deque()
        servers: dict[tuple[str, int], list[str]] = {}
        for target in targets:
            address = Address.parse(target)
            servers.setdefault((address.host, address.port), []).append(address.ups)
        self.mirrors = [
            Mirror(
                self.loop,
                *server,
                ups=names,
                username=username,
                password=password,
                tls=tls,
                variables=variables,
                interval=interval,
                timeout=timeout,
                on_change=self.changes.append,
            )
            for server, names in (servers or {(host, port): []}).items()
        ]
        for mirror in self.mirrors:
            mirror.start()

    def close(self) -> None:
        """End it; harmless when it is over."""
        for mirror in self.mirrors:
            mirror.stop()
        if self.mirrors:
            self.mirrors = []
            self.loop.close()


def watch(
    *targets: str,
    host: str = "localhost",
    port: int = PORT,
    username: str | None = None,
    password: str | None = None,
    tls: Tls | Mode = "off",
    variables: Sequence[str] = (),
    interval: float = 5.0,
    timeout: float = 10.0,
) -> Generator[Change, None, None]:
    """Every change of the UPSes named as `ups[@host[:port]]`; of all on `host` when none is named. It never ends
    before it is closed.

    First come the states as they are. With `variables` only these are followed: a server that pushes then sends no
    others. What becomes unreachable shows in `Change.trouble`, and is watched for again.
    `interval` is the seconds between two looks at a server that does not push. Raises AddressError.
    """
    source = Watch(
        targets,
        host=host,
        port=port,
        username=username,
        password=password,
        tls=tls,
        variables=variables,
        interval=interval,
        timeout=timeout,
    )
    return _changes(source)


def _changes(source: Watch) -> Generator[Change, None, None]:
    try:
        while True:
            source.loop.run_once(LONGEST)
            while source.changes:
                yield source.changes.popleft()
    finally:
        source.close()


class AsyncWatch:
    """The same for asyncio: `async with AsyncWatch(...) as changes: async for change in changes: ...`.

    The mirrors' loop runs within asyncio's, which watches its descriptor and keeps its next timer.
    """

    def __init__(
        self,
        *targets: str,
        host: str = "localhost",
        port: int = PORT,
        username: str | None = None,
        password: str | None = None,
        tls: Tls | Mode = "off",
        variables: Sequence[str] = (),
        interval: float = 5.0,
        timeout: float = 10.0,
    ) -> None:
        self._source = Watch(
            targets,
            host=host,
            port=port,
            username=username,
            password=password,
            tls=tls,
            variables=variables,
            interval=interval,
            timeout=timeout,
        )
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._reading = False

    async def __aenter__(self) -> AsyncWatch:
        try:
            self._resume()
        except LinkError:
            self._source.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pause()
        self._source.close()

    def __aiter__(self) -> AsyncWatch:
        return self

    async def __anext__(self) -> Change:
        import asyncio

        changes = self._source.changes
        while not changes:
            self._resume()
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        change = changes.popleft()
        if len(changes) < BOUND // 2:
            self._resume()
        return change

    def _resume(self) -> None:
        if not self._reading and self._source.mirrors:
            import asyncio

            self._reading = True
            loop = asyncio.get_running_loop()
            loop.add_reader(self._source.loop.fileno(), self._ready)
            self._timer = loop.call_soon(self._ready)  # type: ignore[assignment]

    def _pause(self) -> None:
        if self._reading:
            import asyncio

            self._reading = False
            asyncio.get_running_loop().remove_reader(self._source.loop.fileno())
            if self._timer is not None:
                self._timer.cancel()

    def _ready(self) -> None:
        import asyncio

        inner = self._source.loop
        inner.run_once(0.0)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = inner.due()
        if due is not None:
            self._timer = asyncio.get_running_loop().call_later(due, self._ready)
        if self._source.changes:
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_result(None)
            if len(self._source.changes) >= BOUND:
                self._pause()
