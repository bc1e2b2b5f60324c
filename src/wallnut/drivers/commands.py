"""SET and INSTCMD as they come over the driver socket: those that every driver knows here, the others to the driver.

Names of the common commands compare with case, as in C (NUT 2.8.5); the driver's own handler comes after them.
"""

from __future__ import annotations

from functools import partial

from wallnut.drivers.base import Result
from wallnut.drivers.common import ALLOW_KILLPOWER, killpower_allowed
from wallnut.model.errors import NutError
from wallnut.model.state import SetInfo
from wallnut.proto.driver import InstCmd, Set

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wallnut.drivers.base import Driver
    from wallnut.drivers.host import DriverHost
    from wallnut.drivers.sessions import Reply
    from wallnut.io.log import Logger

PATIENCE = 15.0
"""Seconds that a request may wait for the device to be free; a later answer to it would surprise."""
MAX_WAITING = 32
"""Calls that may wait for the device."""


class Commands:
    """The requests to one driver. `debug` is its debug level; `set_debug(level)` is told when it changes."""

    def __init__(self, host: DriverHost, debug: int, set_debug: Callable[[int], object]) -> None:
        self._host, self.debug, self._configured_debug, self._set_debug = host, debug, debug, set_debug

    def configure_debug(self, old: int, new: int) -> None:
        """The configured level has changed: it counts where the old one did, and where it is higher."""
        self._configured_debug = new
        if new > self.debug or self.debug == old:
            self._change_debug(new)

    def request(self, message: Set | InstCmd, reply: Reply) -> None:
        """Carry out a request; `reply` gets the Result when it is known."""
        if isinstance(message, Set):
            own = _SETTINGS.get(message.name)
            if own is not None:
                own(self, message.value, reply)
                return
            self._submit(lambda driver: driver.set(message.name, message.value), f"SET {message.name}", reply)
            return
        command = _COMMANDS.get(message.name)
        if command is not None:
            command(self, reply)
            return
        self._submit(lambda driver: driver.command(message.name, message.value), f"INSTCMD {message.name}", reply)

    def _submit(self, call: Callable[[Driver], Result], what: str, reply: Reply) -> None:
        """Have the driver do it in its thread; FAILED at once where it cannot, in time where its device hangs."""
        host = self._host
        driver = host.driver
        if driver is None or host.worker.waiting >= MAX_WAITING:
            host.log.warning(
                f"[{host.section.name}] {what} failed: {'no device' if driver is None else 'too many wait'}"
            )
            reply(Result.FAILED)
            return

        def done(result: Result | None, error: NutError | None) -> None:
            late.cancel()
            if error is not None:
                host.log.warning(f"[{host.section.name}] {what} failed: {error}")
            reply(Result.FAILED if result is None else result)

        def give_up() -> None:
            if host.worker.take_back(job):
                host.log.warning(f"[{host.section.name}] {what} failed: the device is busy")
                reply(Result.FAILED)

        late = host.loop.call_later(PATIENCE, give_up)
        job = host.worker.submit(partial(host.call, partial(call, driver)), done)

    def _debug(self, value: str, reply: Reply) -> None:
        try:
            level = int(value)
        except ValueError:
            reply(Result.INVALID)
            return
        self._change_debug(self._configured_debug if level < 0 else level)
        reply(Result.HANDLED)

    def _change_debug(self, level: int) -> None:
        self.debug = level
        self._set_debug(level)
        self._host.apply((SetInfo("driver.debug", str(level)),))

    def _allow(self, value: str, reply: Reply) -> None:
        self._host.apply((SetInfo(ALLOW_KILLPOWER, str(int(killpower_allowed(value)))),))
        reply(Result.HANDLED)

    def _shutdown(self, reply: Reply) -> None:
        self._submit(_shut_down, "shutdown.default", reply)

    def _killpower(self, reply: Reply) -> None:
        host = self._host
        if host.state.value(ALLOW_KILLPOWER) != "1":
            host.log.warning(f"[{host.section.name}] driver.killpower refused: {ALLOW_KILLPOWER} is 0")
            reply(Result.INVALID)
            return

        def done(result: int) -> None:
            host.apply((SetInfo("driver.state", "quiet"),))
            reply(result)

        host.apply((SetInfo("driver.state", "fsd.killpower"),))
        sdcommands = host.section.sdcommands
        self._submit(lambda driver: kill_power(driver, sdcommands, host.log), "driver.killpower", done)

    def _reload(self, reply: Reply) -> None:
        self._reloaded()
        reply(Result.HANDLED)

    def _reload_or_error(self, reply: Reply) -> None:
        reply(Result.FAILED if self._reloaded() else Result.HANDLED)

    def _reload_or_exit(self, reply: Reply) -> None:
        problem = self._reloaded()
        reply(Result.HANDLED)
        if problem:
            self._host.end(0)

    def _reloaded(self) -> str:
        self._host.log.info(f"[{self._host.section.name}] reading the configuration again")
        problem = self._host.reload()
        if problem:
            self._host.log.error(f"Reload failed: {problem}")
        return problem

    def _exit(self, reply: Reply) -> None:
        reply(Result.HANDLED)
        self._host.log.notice(f"[{self._host.section.name}] ending, as driver.exit asks")
        self._host.end(0)


_SETTINGS: dict[str, Callable[[Commands, str, Reply], None]] = {
    "driver.debug": Commands._debug,
    ALLOW_KILLPOWER: Commands._allow,
}

_COMMANDS: dict[str, Callable[[Commands, Reply], None]] = {
    "shutdown.default": Commands._shutdown,
    "driver.killpower": Commands._killpower,
    "driver.reload": Commands._reload,
    "driver.reload-or-error": Commands._reload_or_error,
    "driver.reload-or-exit": Commands._reload_or_exit,
    "driver.exit": Commands._exit,
}


def _shut_down(driver: Driver) -> Result:
    driver.shutdown()
    return Result.HANDLED


def kill_power(driver: Driver, sdcommands: str | None, log: Logger) -> Result:
    """Switch the load off: the user's commands in turn until one is handled, else the driver's own way.

    Runs in the driver's thread.
    """
    for command in (sdcommands or "shutdown.default").replace(",", " ").split():
        try:
            result = _shut_down(driver) if command == "shutdown.default" else driver.command(command, "")
        except NutError as error:
            log.warning(f"{command}: {error}")
        else:
            if result == Result.HANDLED:
                return result
            log.warning(f"{command}: {result.name.lower()}")
    return Result.FAILED
