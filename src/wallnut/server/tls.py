"""The server's TLS context, from upsd.conf: CERTFILE, CERTPATH, CERTIDENT, CERTREQUEST, DISABLE_WEAK_SSL.

TLS 1.2 is the least in any case; C with OpenSSL 3 comes to the same.
"""

from __future__ import annotations

import os

from wallnut.model.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from wallnut.config.types import UpsdConf


def context(conf: UpsdConf) -> ssl.SSLContext | None:
    """The context for STARTTLS; None without CERTFILE. Raises ConfigError for settings that cannot work."""
    if not conf.certfile:
        if conf.certrequest != "no":
            raise ConfigError(f"CERTREQUEST {conf.certrequest} needs a CERTFILE: without one there is no TLS at all")
        return None
    for path in (conf.certfile, conf.certpath):
        if path and not os.path.exists(path):
            raise ConfigError(f"stat {path}: No such file or directory")
    import ssl

    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    password = conf.certident.password if conf.certident else ""
    try:
        # an empty password, rather than none: OpenSSL must not ask for one on the terminal
        made.load_cert_chain(conf.certfile, password=password)
        if conf.certpath:
            folder = os.path.isdir(conf.certpath)
            made.load_verify_locations(None if folder else conf.certpath, conf.certpath if folder else None)
    except (ssl.SSLError, OSError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise ConfigError(f"SSL configuration was specified, but cannot be used ({conf.certfile}): {reason}") from None
    if conf.certrequest == "require":
        if not conf.certpath:
            raise ConfigError("CERTREQUEST REQUIRE needs a CERTPATH: the authorities that sign clients' certificates")
        made.verify_mode = ssl.CERT_REQUIRED
    elif conf.certrequest == "request" and conf.certpath:
        made.verify_mode = ssl.CERT_OPTIONAL
    return made
