"""nutauth.conf for the client tools: reading it, and its TLS settings. Loaded only where there is such a file."""

from __future__ import annotations

import os

from wallnut.cli.common import err
from wallnut.client.tls import Tls
from wallnut.config.nutauth import parse_nutauth_conf
from wallnut.io.service import read_bytes
from wallnut.model.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.config.types import AuthEntry, NutAuth


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


def tls(entry: AuthEntry) -> Tls:
    """What nutauth.conf wants of TLS. Without a word about it: encrypted where possible, as without the file."""
    place = entry.certpath or ""
    folder = os.path.isdir(place)
    return Tls(
        "require" if entry.forcessl else "try",
        verify=bool(entry.certverify),
        ca_file="" if folder else place,
        ca_path=place if folder else "",
        server_name=entry.certhost or "",
        cert_file=entry.certfile or "",
        key_password=entry.certident_pass or "",
    )
