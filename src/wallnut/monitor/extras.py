"""wallnut.toml for upsmon: read, checked against what is monitored, what is wrong with it said."""

from __future__ import annotations

import os

from wallnut.config.directive import ERROR
from wallnut.config.upsmon import UpsmonConf
from wallnut.config.wallnut_toml import WallnutToml, matches, parse_wallnut_toml
from wallnut.io.service import read_bytes
from wallnut.model.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.io.log import Logger

NO_EXTRAS = WallnutToml()


def load(folder: str, log: Logger, conf: UpsmonConf, before: WallnutToml = NO_EXTRAS) -> WallnutToml:
    """The settings of wallnut.toml in a folder; without the file the defaults. One that cannot be read is an error in
    the log, and what held `before` holds on: it must not keep the monitor from its work."""
    path = os.path.join(folder, "wallnut.toml")
    if not os.path.lexists(path):
        return NO_EXTRAS
    try:
        found, problems = parse_wallnut_toml(read_bytes(path), path)
    except ConfigError as error:
        log.error(f"{error}; nothing of it counts" if before is NO_EXTRAS else f"{error}; what it said before holds on")
        return before
    for problem in problems:
        (log.error if problem.severity == ERROR else log.warning)(str(problem))
    for trigger in found.monitor.triggers:
        for pattern in trigger.ups:
            if not any(matches([pattern], one.system) for one in conf.monitors):
                log.warning(f"{path}: a trigger is for the UPS {pattern}, and no MONITOR line names such a one")
    return found
