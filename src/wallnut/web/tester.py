"""Starts the tests that are planned, and follows them: what the calendar's rules say is done here, and nothing else.

A start is written down before the command is sent, so that no test runs twice, also when the console ends in between.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from wallnut.web import booked, words
from wallnut.web.access import people
from wallnut.web.access.who import Role, Who
from wallnut.web.actions import BUSY, Outcome, Result
from wallnut.web.calendar import Finish, Hold, Look, Plan, Run, Seen, Skip, Start, State, steps
from wallnut.web.i18n import EN, N_
from wallnut.web.store import NoStore

if TYPE_CHECKING:
    from wallnut.web.context import Console
    from wallnut.web.snapshot import Device

LOOK, SOON = 10.0, 2.0
"""Seconds between two looks; the latter while a test waits or runs: a quick one may be over in ten."""
VIA = "calendar"
NOBODY = N_("Who planned it is gone, or may not operate any more.")


def look_of(device: Device) -> Look:
    """What the rules need of a device."""
    status = device.status
    return Look(
        fresh=device.fresh and not status.waiting,
        on_battery=status.on_battery,
        testing=status.testing or status.calibrating,
        bad=status.forced_shutdown
        or status.critical_words
        or status.low_battery
        or status.overload
        or status.alarm
        or status.off
        or status.bypass,
        charge=words.number(device.values.get("battery.charge", "")),
        commands=frozenset(device.commands),
        result=device.values.get("ups.test.result", ""),
    )


class Starter:
    """A task of the console's own. `clock` gives seconds of the epoch."""

    def __init__(self, parts: Console, clock: Callable[[], float] = time.time) -> None:
        self._parts, self._clock = parts, clock
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End. What has been sent goes on on the UPS, and is followed by the next console."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def changed(self) -> None:
        """Something was planned, or is no more."""
        self._changed.set()

    async def _run(self) -> None:
        while True:
            busy = False
            if self._parts.store.there:
                with suppress(NoStore):  # the pages say so
                    busy = await self.tick()
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(SOON if busy else LOOK):
                    await self._changed.wait()

    async def tick(self) -> bool:
        """Do what is to be done now; whether a test waits or runs. Raises NoStore."""
        store, now = self._parts.store, int(self._clock())
        plans, latest, running = await store.ask(lambda db: (booked.plans(db), booked.latest(db), booked.running(db)))
        if not plans and not running:
            return False
        looks = {key: look_of(device) for key, device in self._parts.fleet.devices.items()}
        acts = steps(plans, latest, running, looks, now)
        for act in acts:
            if isinstance(act, Start):
                await self._start(act, now)
            elif isinstance(act, Hold | Skip):
                state = State.WAITING if isinstance(act, Hold) else State.SKIPPED
                await self._note(act.plan, act.due, state, act.reason, now)
            elif isinstance(act, Seen):
                await self._seen(act.run)
            else:
                await self._finish(act, now)
        return bool(acts) or any(run.state.is_open for run in (*latest.values(), *running))

    async def _note(self, plan: Plan, due: int, state: State, reason: str, now: int) -> None:
        await self._parts.store.ask(lambda db: booked.note(db, plan, due, state, reason, now))
        if state is State.SKIPPED:
            who = Who(plan.name, Role.OPERATE, VIA, user=plan.user or 0)
            await self._parts.access.audit.note(who, "test", f"{plan.device} {plan.test.text}", f"skipped: {reason}")

    async def _seen(self, run: Run) -> None:
        await self._parts.store.ask(lambda db: booked.seen(db, run))

    async def _finish(self, act: Finish, now: int) -> None:
        await self._parts.store.ask(lambda db: booked.finish(db, act.run, act.state, "", act.result, now))

    async def _start(self, act: Start, now: int) -> None:
        """Send the command, under the NUT account of whoever planned it; first it is written down."""
        store, plan = self._parts.store, act.plan
        user = await store.ask(lambda db: people.user(db, plan.user or 0))
        if user is None or user.role < Role.OPERATE:
            await self._note(plan, act.due, State.WAITING, NOBODY, now)
            return
        device = self._parts.fleet.devices.get(plan.device)
        if device is None:
            return  # it has gone while we asked; the next look says so
        run = await store.ask(lambda db: booked.claim(db, plan, act.due, act.before, now))
        if run is None:
            return
        who = Who(user.name, user.role, VIA, user=user.id)
        result = await self._parts.actions.run(who, device, act.command)
        await self._answered(run, result)

    async def _answered(self, run: Run, result: Result) -> None:
        store, now = self._parts.store, int(self._clock())
        reason = f"{result.said(EN)} {result.advised(EN)}".strip()
        if result.outcome in (Outcome.UNREACHABLE, Outcome.NO_ACCOUNT) or result.text == BUSY:
            await store.ask(lambda db: booked.back(db, run, reason))  # it was certainly not sent
        elif result.outcome in (Outcome.REFUSED, Outcome.FAILED):
            state = State.REFUSED if result.outcome is Outcome.REFUSED else State.FAILED
            await store.ask(lambda db: booked.finish(db, run, state, reason, "", now))
