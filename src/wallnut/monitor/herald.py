"""Telling people's services (wallnut.notify), where wallnut.toml names some; where it does not, nothing is loaded."""

from __future__ import annotations

import time

from wallnut.model.errors import ConfigError
from wallnut.monitor.values import Notify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.config.wallnut_toml import Notify as Settings
    from wallnut.io.log import Logger
    from wallnut.notify.notifier import Notifier


class Herald:
    """Hands notifications on, and never waits for what becomes of them."""

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._notifier: Notifier | None = None

    def follow(self, settings: Settings) -> None:
        """Tell whom `[notify]` names from now on. It starts threads: rights must have been given up by now.

        What cannot be used is said, and costs nothing else.
        """
        try:
            if self._notifier is not None and settings.targets:
                self._notifier.reconfigure(settings)
            elif self._notifier is not None:
                self._notifier.close(0.0)
                self._notifier = None
            elif settings.targets:
                from wallnut.notify.notifier import Notifier

                self._notifier = Notifier(settings, self._log)
        except (ConfigError, ImportError, OSError) as error:
            self._log.error(f"notify: {error}")

    def tell(self, notice: Notify) -> None:
        """Tell those who want to know. Returns at once: it is put into a queue."""
        if self._notifier is not None:
            from wallnut.notify.event import Event

            self._notifier.tell(Event(notice.kind, notice.ups, notice.text, time.time()))

    def close(self) -> None:
        """End; what can be delivered within two seconds is, the rest is kept for the next start."""
        if self._notifier is not None:
            self._notifier.close()
            self._notifier = None
