"""What this machine would do in an outage: upsmon's own account of now, and a drill, played in a process of its own.

The console decides nothing here, and nothing waits for it: upsmon is asked on its socket, the drill is `wallnut drill`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from wallnut.proto.address import Address, AddressError
from wallnut.web.i18n import N_
from wallnut.web.snapshot import Device
from wallnut.web.upsmon import NoPlan, Standing, ask

T = TypeVar("T")
STANDING_AGE, DRILL_AGE = 1.5, 60.0
"""Seconds for which an answer is shown before it is asked anew. A drill logs in to the servers."""
LOOK = 2.0
"""Seconds between two looks while something is on battery."""
PATIENCE = 20.0
"""Seconds that a drill may take."""
MOST = 4 << 20
"""Bytes that a drill may say."""
LOCAL = ("localhost", "127.0.0.1", "::1")
NO_DRILL = N_("The drill could not be played.")


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline: seconds from the beginning; `kind` as in docs/drill.md; about which UPS, "" for all."""

    at: float
    kind: str
    about: str
    text: str


@dataclass(frozen=True, slots=True)
class Drill:
    """What a drill found. `at` is when it was played; `begun`, `down` and `dark` are seconds from then, None: never, or
    not known. `left` is what each battery has at `down`. `whole` is all that it said."""

    at: float
    holds: bool
    outage: str
    file: str
    faults: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    begun: float | None
    down: float | None
    dark: float | None
    left: dict[str, str]
    entries: tuple[Entry, ...]
    whole: dict[str, Any]

    @property
    def end(self) -> float:
        """Where its time axis ends."""
        last = max((entry.at for entry in self.entries), default=0.0)
        return max(last, self.dark or 0.0, self.down or 0.0, 1.0)


class Kept(Generic[T]):
    """An answer that is asked for once by all who want it, and kept for `age` seconds; so is a refusal."""

    def __init__(self, make: Callable[[], Awaitable[T]], age: float) -> None:
        self._make, self._age = make, age
        self._task: asyncio.Task[T] | None = None
        self._asked = 0.0
        self.latest: T | None = None
        """The last answer, however old; None after a refusal."""

    async def get(self) -> T:
        """The answer. Raises what `make` raises."""
        return await asyncio.shield(self.refresh())

    def refresh(self, *, old: bool = False) -> asyncio.Task[T]:
        """Ask anew if it is time for that, or what is known is `old` anyway."""
        age = min(LOOK, self._age) if old else self._age
        if self._task is None or (self._task.done() and time.monotonic() - self._asked >= age):
            self._asked = time.monotonic()
            self._task = asyncio.ensure_future(self._run())
            self._task.add_done_callback(_looked_at)
        return self._task

    async def _run(self) -> T:
        try:
            self.latest = await self._make()
        except NoPlan:
            self.latest = None
            raise
        return self.latest

    async def close(self) -> None:
        """End what is under way."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])


def _looked_at(task: asyncio.Task[Any]) -> None:
    if not task.cancelled():
        task.exception()


class Plan:
    """upsmon's socket and the drill's command line; "" and (): there is none. `changed` is called when a forecast may
    have another answer, and `on_battery` tells whether anything is."""

    def __init__(self, socket: str = "", drill: Sequence[str] = ()) -> None:
        self._socket, self._argv = socket, tuple(drill)
        self._standing = Kept(lambda: ask(self._socket), STANDING_AGE)
        self._drill = Kept(self._play, DRILL_AGE)
        self._following: asyncio.Task[None] | None = None
        self.changed: Callable[[], object] = lambda: None
        self.on_battery: Callable[[], bool] = lambda: True

    @property
    def latest_drill(self) -> Drill | None:
        """The last drill, however old; None: it could not be played."""
        return self._drill.latest

    async def standing(self) -> Standing:
        """Where upsmon stands. Raises NoPlan."""
        return await self._standing.get()

    async def drill(self, *, old: bool = False) -> Drill:
        """The drill of about now; one played from now on if what is known is `old`. Raises NoPlan."""
        return await asyncio.shield(self._drill.refresh(old=old))

    def forecast(self, device: Device) -> float | None:
        """When this machine goes down unless mains return, if the device is one of those that feed it and all of them
        are on battery; None where it does not, or that is not known yet: then it is asked for."""
        if not self._argv or not device.fresh or not device.status.on_battery:
            return None
        if self._following is None or self._following.done():
            self._following = asyncio.ensure_future(self._follow())
        standing, drill = self._standing.latest, self._drill.latest
        if standing is None or drill is None or drill.down is None:
            return None
        feeding = [ups for ups in standing.upses if ups.power > 0]
        if not any(same(ups.name, device) for ups in feeding) or not all("OB" in ups.status.split() for ups in feeding):
            return None
        return drill.at + drill.down

    async def _follow(self) -> None:
        """Ask again and again, as long as something is on battery: upsmon may see it later than we do."""
        while self.on_battery():
            before, played = self._standing.latest, self._drill.latest
            await asyncio.wait([self._standing.refresh()])
            found = self._standing.latest
            moved = (found and found.upses) != (before and before.upses)
            await asyncio.wait([self._drill.refresh(old=moved)])
            if moved or self._drill.latest is not played:
                self.changed()
            await asyncio.sleep(LOOK)

    async def _play(self) -> Drill:
        if not self._argv:
            raise NoPlan("drill", NO_DRILL)
        began = time.time()
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=MOST,
            )
        except OSError as error:
            raise NoPlan("drill", NO_DRILL, error.strerror or "") from None
        try:
            async with asyncio.timeout(PATIENCE):
                said, complaint = await process.communicate()
        except TimeoutError:
            raise NoPlan("drill", NO_DRILL, f"Nothing within {PATIENCE:g} s.") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        try:
            return _read(json.loads(said), began)
        except (ValueError, KeyError, TypeError):
            lines = complaint.decode("utf-8", "replace").strip().splitlines()
            raise NoPlan("drill", NO_DRILL, lines[-1] if lines else "") from None

    async def close(self) -> None:
        """End what is under way."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])
        await self._standing.close()
        await self._drill.close()


def _read(whole: dict[str, Any], at: float) -> Drill:
    return Drill(
        at,
        bool(whole["holds"]),
        whole["outage"],
        whole["file"],
        tuple((fault["about"], fault["text"]) for fault in whole["faults"]),
        tuple(whole["notes"]),
        whole["begun"],
        whole["down"],
        whole["dark"],
        dict(whole["left"]),
        tuple(Entry(float(one["at"]), one["kind"], one["about"], one["text"]) for one in whole["timeline"]),
        whole,
    )


def same(name: str, device: Device) -> bool:
    """Whether a name of upsmon's, `ups@host[:port]`, is a device's; this machine has several names."""
    try:
        one = Address.parse(name)
    except AddressError:
        return False
    hosts = {one.host.lower(), device.address.host.lower()}
    return (
        one.ups.lower() == device.address.ups.lower()
        and one.port == device.address.port
        and (len(hosts) == 1 or hosts <= set(LOCAL))
    )
