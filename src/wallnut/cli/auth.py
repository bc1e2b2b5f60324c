"""nutauth.conf for the client tools. Loaded only where there is such a file."""

from __future__ import annotations

from wallnut.cli.common import err
from wallnut.config.nutauth import parse_nutauth_conf
from wallnut.io.service import read_bytes
from wallnut.model.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.config.types import NutAuth


def load(path: str) -> NutAuth:
    """Read the file and those it includes; what is wrong in it is said on standard error. Raises ConfigError."""
    auth, problems = parse_nutauth_conf(read_bytes(path), path, _included)
    for problem in problems:
        err(f"{problem}\n")
    return auth


def _included(path: str) -> bytes | None:
    try:
        return read_bytes(path)
    except ConfigError:
        return None
