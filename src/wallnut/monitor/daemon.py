"""The monitor at work: carries out what the rules decide, and brings them what happens.

Everything runs on one loop and nothing waits: name servers are asked in threads, programs run as children, servers
answer when they do. So neither a server that hangs nor a script holds up a shutdown.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from wallnut.client.tls import REQUIRE, TRY, Tls
from wallnut.config.upsmon import UpsmonConf
from wallnut.config.wallnut_toml import WallnutToml
from wallnut.io.children import Children
from wallnut.io.journal import Journal
from wallnut.io.loop import Loop, Timer
from wallnut.model.errors import ConfigError
from wallnut.monitor import root, rules, triggers
from wallnut.monitor.agenda import Agenda
from wallnut.monitor.board import Board
from wallnut.monitor.chronicle import Chronicle
from wallnut.monitor.extras import NO_EXTRAS
from wallnut.monitor.herald import Herald
from wallnut.monitor.queue import Queue
from wallnut.monitor.shutdowncmd import ShutdownCommand
from wallnut.monitor.steps import Steps, time_of
from wallnut.monitor.tell import Teller
from wallnut.monitor.values import (
    ERROR,
    NOTICE,
    WARNING,
    AskLogins,
    Commanded,
    Event,
    Exit,
    Explain,
    ForceShutdown,
    FsdAnswer,
    Logins,
    Notify,
    ParentGone,
    PowerDown,
    Reloaded,
    RunSteps,
    Say,
    SetFsd,
    Settings,
    StepsDone,
    Stop,
    Supply,
    Tick,
    Wall,
    Woke,
)
from wallnut.monitor.watch import Server, Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.log import Logger

SLEPT = 1.0
"""Seconds that the clock which counts the system's sleep must gain on the other one to count as sleep."""


def settings_of(conf: UpsmonConf, toml: WallnutToml = NO_EXTRAS) -> Settings:
    """What the rules need of a configuration: of upsmon.conf and wallnut.toml."""
    return Settings(
        supplies=tuple(Supply(one.system, one.power, one.primary) for one in conf.monitors),
        minsupplies=conf.minsupplies,
        pollfreq=conf.pollfreq,
        pollfreqalert=conf.pollfreqalert,
        hostsync=conf.hostsync,
        deadtime=conf.deadtime,
        finaldelay=conf.finaldelay,
        rbwarntime=conf.rbwarntime,
        nocommwarntime=conf.nocommwarntime,
        offduration=conf.offduration,
        oblbduration=conf.oblbduration,
        overduration=conf.overduration,
        alarmcritical=conf.alarmcritical,
        shutdownexit=conf.shutdownexit,
        messages=dict(conf.notifymsg),
        ways=dict(conf.notifyflag),
        triggers=toml.monitor.triggers,
        steps_time=time_of(toml.monitor),
    )


def tls_of(conf: UpsmonConf, host: str) -> Tls:
    """How the connection to a host is encrypted: CERTHOST where there is one for it, else CERTVERIFY and FORCESSL."""
    name, verify, required = "", conf.certverify, conf.forcessl
    for one in conf.certhost:
        if one.host.lower() == host.lower():
            name, verify, required = one.name, one.verify, one.required
    folder = os.path.isdir(conf.certpath)
    return Tls(
        REQUIRE if required or verify else TRY,
        verify=verify,
        ca_path=conf.certpath if folder else "",
        ca_file="" if folder else conf.certpath,
        server_name=name,
        cert_file=conf.certfile,
        key_password=conf.certident.password if conf.certident else "",
    )


class Parent:
    """The way to the privileged parent. Without one (`pipe` None) this process runs SHUTDOWNCMD itself."""

    def __init__(self, pipe: int | None = None) -> None:
        self.pipe = pipe
        self.gone = False

    def watch(self, loop: Loop) -> None:
        """Notice its end."""
        if self.pipe is not None:
            loop.watch(self.pipe, lambda events: self._broken(loop), 0)

    def _broken(self, loop: Loop) -> None:
        assert self.pipe is not None
        loop.forget(self.pipe)
        self.gone = True

    def go(self) -> bool:
        """Tell it to shut down; False when there is nobody to tell."""
        if self.pipe is None or self.gone:
            return False
        try:
            os.write(self.pipe, root.GO)
        except OSError:
            self.gone = True
        return not self.gone


class Daemon:
    """A running monitor. `reread` reads the configuration anew (ConfigError: it cannot); `run` returns the exit status.

    `flag` is POWERDOWNFLAG, or "" where it is not to be written. `folder` is that of the configuration.
    `journal` and `aloud` are Chronicle's.
    """

    def __init__(
        self,
        loop: Loop,
        log: Logger,
        conf: UpsmonConf,
        flag: str,
        parent: Parent,
        reread: Callable[[UpsmonConf, WallnutToml], tuple[UpsmonConf, WallnutToml]],
        *,
        toml: WallnutToml = NO_EXTRAS,
        folder: str = "",
        journal: Journal | None = None,
        aloud: bool = False,
        timeout: float = 10.0,
        family: int = 0,
    ) -> None:
        self._loop, self._log, self._parent = loop, log, parent
        self._conf, self._flag, self._reread = conf, flag, reread
        self._toml = toml
        self._timeout, self._family = timeout, family
        self._children = Children(loop)
        self._queue = Queue(loop, self._children, log)
        self._shutdown = ShutdownCommand(loop, self._children, log, lambda: self.step(Commanded()))
        self._steps = Steps(loop, self._children, self._step_told, lambda: self.step(StepsDone()))
        self._teller = Teller(self._queue, log, conf.notifycmd)
        self._herald = Herald(log)
        self._agenda = Agenda(loop, self._queue, log, folder)
        self.state = rules.start(settings_of(conf, self._toml), loop.clock())
        self.board = Board(loop, log, lambda: replace(self.state, now=loop.clock()))
        self._chronicle = Chronicle(self.board, log, journal, aloud=aloud)
        self._watches: dict[str, Watch] = {}
        self._servers: dict[tuple[str, int], Server] = {}
        self._events: deque[Event] = deque()
        self._stepping = self._planned = False
        self._timer: Timer | None = None
        self._cycle_due = loop.clock()
        self._sleep = _slept()
        self._status: int | None = None
        self._perform: dict[type, Callable[[Any], object]] = {
            Notify: self._notify,
            Say: self._say,
            Explain: self._explain,
            SetFsd: self._set_fsd,
            AskLogins: self._ask_logins,
            Wall: lambda action: self._teller.wall(action.text),
            RunSteps: lambda action: self._steps.run(self._toml.monitor.steps),
            PowerDown: self._power_down,
            Exit: self._exit,
        }

    def run(self) -> int:
        """Watch until it is over."""
        self._parent.watch(self._loop)
        self._herald.follow(self._toml.notify)
        self._schedule()
        self._follow(self._conf)
        self._cycle()
        while self._status is None:
            self._loop.run_once(60.0)
        self._agenda.close()
        self._queue.flush()
        self.board.close()
        for watch in self._watches.values():
            watch.close()
        self._loop.run_once(0.0)
        self._herald.close()  # after we have logged out: a primary may wait for that
        return self._status

    # What happens

    def force(self, reason: str) -> None:
        """Shut down now, whatever the state."""
        self.step(ForceShutdown(reason))

    def stop(self) -> None:
        """End."""
        self.step(Stop())

    def reload(self) -> None:
        """Read the configuration anew; what cannot be used changes nothing, nor does it while a shutdown goes on."""
        if self.state.shutdown is not None:
            return
        self._log.info("Reloading configuration")
        try:
            conf, toml = self._reread(self._conf, self._toml)
        except ConfigError as error:
            self._log.error(f"Reload failed: {error}; keeping the old configuration")
            return
        settings = settings_of(conf, toml)
        if not rules.impossible(settings):
            self._toml = toml
            self._herald.follow(toml.notify)
            self._adopt(conf)
        self.step(Reloaded(settings))
        self._cycle()

    def _adopt(self, conf: UpsmonConf) -> None:
        """What beside the rules depends on the configuration."""
        old, self._conf = self._conf, conf
        if self._parent.pipe is not None:
            for name in ("shutdowncmd", "powerdownflag"):
                if getattr(conf, name) != getattr(old, name):
                    self._log.warning(f"Warning: {name.upper()} redefined in split-process mode!")
                    self._log.warning("You must restart upsmon for this change to work")
        elif conf.powerdownflag != old.powerdownflag:
            self._flag = root.claim_flag(conf.powerdownflag, self._log)
        self._schedule()
        self._follow(conf)

    def _schedule(self) -> None:
        """upssched's rules, if they are to be acted on here; then its program is not called, too."""
        self._agenda.follow(self._toml.monitor.upssched)
        command = self._conf.notifycmd
        self._teller.command = () if self._agenda.replaces(command) else command

    def step(self, event: Event) -> None:
        """Let the rules decide about an event, and do what they say; events that come of it wait their turn."""
        self._events.append(event)
        if self._stepping:
            return
        self._stepping = True
        try:
            while self._events:
                self.state, actions = rules.step(self.state, self._events.popleft(), self._loop.clock())
                if self.state.shutdown is not None:
                    self._queue.hurry()
                for action in actions:
                    self._perform[type(action)](action)
        finally:
            self._stepping = False
        if not self._planned:
            self._planned = True
            self._loop.at_end_of_pass(self._plan)

    # Time

    def _cycle(self) -> None:
        """Look at every UPS, and let the rules see that time has passed."""
        self._timer = None
        if self.state.shutdown is None:
            now = self._loop.clock()
            self._cycle_due = now + rules.interval(self.state)
            slept = _slept()
            if slept - self._sleep > SLEPT:
                self.step(Woke())
            self._sleep = slept
            if self._parent.gone:
                self.step(ParentGone())
            for server in list(self._servers.values()):
                server.restless = self.state.restless
                server.cycle()
        self.step(Tick())

    def _plan(self) -> None:
        """Set the timer for the next cycle: the regular one, or an earlier time at which the rules may decide anew."""
        self._planned = False
        due = rules.wake_at(self.state)
        if self.state.shutdown is None:
            regular = min(self._cycle_due, self._loop.clock() + rules.interval(self.state))
            due = regular if due is None else min(due, regular)
        if self._timer is not None:
            if due is not None and self._timer.when == due:
                return
            self._timer.cancel()
        wait = 0.0 if due is None else max(0.0, due - self._loop.clock())
        self._timer = None if due is None else self._loop.call_later(wait, self._cycle)

    # The UPSes

    def _follow(self, conf: UpsmonConf) -> None:
        """Watch what the MONITOR lines name, and nothing else."""
        monitors = {one.system: one for one in conf.monitors}
        for name in [name for name in self._watches if name not in monitors]:
            self._watches.pop(name).close()
        for name, monitor in monitors.items():
            address = monitor.address
            place, tls = (address.host, address.port), tls_of(conf, address.host)
            if name in self._watches:
                self._watches[name].throttle.most = conf.pollfail_log_throttle_max
                self._watches[name].change(monitor, tls)
                continue
            server = self._servers.setdefault(place, Server(self._loop))
            self._watches[name] = Watch(
                self._loop,
                self._log,
                server,
                monitor,
                tls,
                self.step,
                timeout=self._timeout,
                family=self._family,
                throttle=conf.pollfail_log_throttle_max,
            )
        for name, watch in self._watches.items():
            watch.wanted = triggers.variables(name, self._toml.monitor.triggers)
        for place, server in list(self._servers.items()):
            server.watches = [watch for watch in self._watches.values() if watch.server is server]
            if not server.watches:
                del self._servers[place]

    # Actions

    def _notify(self, notice: Notify) -> None:
        self._chronicle.told(notice, self.state)
        self._teller.notify(notice)
        self._herald.tell(notice)
        self._agenda.tell(notice)

    def _say(self, say: Say) -> None:
        write = {WARNING: self._log.warning, NOTICE: self._log.notice}.get(say.priority)
        if write is None:
            write = self._log.error if say.priority <= ERROR else self._log.info
        write(say.text)

    def _explain(self, why: Explain) -> None:
        self._chronicle.decided(why, self.state)

    def _step_told(self, text: str) -> None:
        self._log.notice(text)
        self.board.decided(Explain(text))

    def _set_fsd(self, action: SetFsd) -> None:
        self._watches[action.ups].set_fsd(lambda error: self.step(FsdAnswer(action.ups, error)))

    def _ask_logins(self, action: AskLogins) -> None:
        for name in action.upses:
            self._ask_one(name)

    def _ask_one(self, name: str) -> None:
        self._watches[name].count_logins(lambda count: self.step(Logins(name, count)))

    def _power_down(self, _: PowerDown) -> None:
        """The moment. What still waits to be told starts now, and nothing waits for it."""
        self._queue.flush()
        self._steps.stop()
        self._explain(Explain("now SHUTDOWNCMD runs"))
        if self._parent.go():
            self.step(Commanded())
            return
        if os.geteuid() != 0:
            self._log.warning("Not root, shutdown may fail")
        self._shutdown.run(self._conf.shutdowncmd, self._flag)

    def _exit(self, action: Exit) -> None:
        self._status = action.status


def _slept() -> float:
    """How long the system has slept so far, where it can tell."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return 0.0 if clock is None else time.clock_gettime(clock) - time.monotonic()
