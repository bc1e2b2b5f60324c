"""wallnut.toml as the sub-commands read it."""

from __future__ import annotations

from wallnut.cli.common import err
from wallnut.config.wallnut_toml import WallnutToml, parse_wallnut_toml
from wallnut.io import service
from wallnut.model.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.config.directive import Problem


def path() -> str:
    """Where it is."""
    return f"{service.confpath()}/wallnut.toml"


def read(*, quiet: bool = False, needed: bool = False) -> tuple[WallnutToml, list[Problem]]:
    """What it says, or the defaults where it is not there and not `needed`; its faults are said unless `quiet`. Raises
    ConfigError."""
    where = path()
    try:
        data = service.read_bytes(where)
    except ConfigError as error:
        if needed or not str(error).endswith("No such file or directory"):
            raise
        data = b""
    conf, problems = parse_wallnut_toml(data, where)
    if not quiet:
        err("".join(f"{problem}\n" for problem in problems))
    return conf, problems
