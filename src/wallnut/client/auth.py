"""TLS as nutauth.conf wants it."""

from __future__ import annotations

import os

from wallnut.client.tls import Tls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wallnut.config.types import AuthEntry


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
