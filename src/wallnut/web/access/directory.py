"""Users of an LDAP directory (RFC 4511): who they are, and which group gives them what. ldap3 is loaded when needed."""

from __future__ import annotations

import ssl
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wallnut.model.errors import ConfigError
from wallnut.web.access.who import Role

if TYPE_CHECKING:
    from wallnut.config.wallnut_toml import Ldap

MOST_NAME = 64


class Away(Exception):
    """The directory cannot be asked: the text says why, in a line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody whom the directory knows. `role` is that of their best group."""

    dn: str
    role: Role

    @property
    def name(self) -> str:
        """What the entry is called: the first value of its DN."""
        from ldap3.utils.dn import parse_dn

        return str(parse_dn(self.dn)[0][1])


def check(conf: Ldap) -> None:
    """Whether the settings can work. Raises ConfigError."""
    if not conf.url:
        return
    if not (conf.dn or conf.base):
        raise ConfigError("[web.ldap] needs dn, or base and filter, to find users by")
    for name, text in (("dn", conf.dn), ("filter", "" if conf.dn else conf.filter)):
        if text and "{user}" not in text:
            raise ConfigError(f"[web.ldap] {name} needs {{user}} where the user's name belongs")
    if not (conf.view or conf.operate or conf.administer):
        raise ConfigError("[web.ldap] needs a group whose members may sign in: view, operate or administer")
    for url in conf.url:
        if not url.startswith(("ldap://", "ldaps://")):
            raise ConfigError(f"[web.ldap] url begins with ldaps:// or ldap://, not {url.partition(':')[0]}:")
    try:
        _load()
    except ModuleNotFoundError:
        raise ConfigError("[web.ldap] needs ldap3: pip install 'wallnut[ldap]'") from None
    if conf.ca_file:
        try:
            ssl.create_default_context(cafile=conf.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"[web.ldap] ca_file {conf.ca_file}: {error.strerror or error}") from None


def _load() -> None:
    """Load ldap3. It uses names of pyasn1 that are to go, and says so; it is for them to mend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import ldap3  # noqa: F401


class Directory:
    """Asks the directory; it blocks for at most a few times `time_limit`."""

    def __init__(self, conf: Ldap) -> None:
        _load()
        self._conf = conf
        self.by_name = bool(conf.dn)
        """Whether entries are called as their users are."""

    def look(self, name: str, password: str) -> Entry | None:
        """Who signs in with a name and password; None: nobody, or nobody of the groups. Raises Away.

        An empty password is never sent: servers take that for a wish to be anonymous, and say yes (RFC 4513, 5.1.2).
        """
        if not password or not 0 < len(name) <= MOST_NAME or not name.isprintable() or "\0" in password:
            return None
        from ldap3.core.exceptions import LDAPException

        reasons = []
        for url in self._conf.url:
            try:
                return self._ask(url, name, password)
            except (LDAPException, OSError) as error:
                reasons.append(f"{url} cannot be asked: {' '.join(str(error).split())[:200] or type(error).__name__}")
        raise Away("; ".join(reasons))

    def _ask(self, url: str, name: str, password: str) -> Entry | None:
        from ldap3.utils.dn import escape_rdn

        conf = self._conf
        searcher = None
        try:
            if conf.dn:
                dn = conf.dn.replace("{user}", escape_rdn(name))
            else:
                searcher = self._connect(url, conf.bind_dn, conf.bind_password)
                if searcher is None:
                    raise OSError("it does not let bind_dn in")
                dn = self._find(searcher, name)
            user = self._connect(url, dn, password) if dn else None
            if user is None:
                return None
            try:
                dn, role = self._role(searcher or user, dn, name)
            finally:
                user.unbind()
        finally:
            if searcher is not None:
                searcher.unbind()
        return Entry(_plain(dn), role) if role else None

    def _connect(self, url: str, dn: str, password: str) -> Any:
        """A connection as somebody; None: they are not who they say."""
        import ldap3

        conf = self._conf
        tls = ldap3.Tls(validate=ssl.CERT_REQUIRED, version=ssl.PROTOCOL_TLS_CLIENT, ca_certs_file=conf.ca_file or None)
        server = ldap3.Server(url, get_info=ldap3.NONE, connect_timeout=conf.time_limit, tls=tls)
        found = ldap3.Connection(
            server,
            user=dn or None,
            password=password or None,
            authentication=ldap3.SIMPLE if dn else ldap3.ANONYMOUS,
            receive_timeout=conf.time_limit,
            read_only=True,
            raise_exceptions=False,
            auto_referrals=False,  # a password goes to the server that it was meant for
        )
        try:
            found.open()
            if conf.start_tls and not server.ssl:
                found.start_tls()
            good = found.bind()
        except BaseException:
            if found.socket is not None:
                found.socket.close()  # ldap3 leaves it open
            raise
        if good:
            return found
        code, words = found.result["result"], found.result["description"]
        found.unbind()
        if code in (
            32,
            34,
            48,
            49,
            50,
        ):  # no such entry, not a name, wrong way, wrong password, no right (RFC 4511, A.1)
            return None
        raise OSError(f"it says {words}")

    def _find(self, searcher: Any, name: str) -> str:
        """The name of the only entry that a user's name finds; "" for none."""
        import ldap3
        from ldap3.utils.conv import escape_filter_chars

        wanted = self._conf.filter.replace("{user}", escape_filter_chars(name))
        searcher.search(self._conf.base, wanted, ldap3.SUBTREE, attributes=[ldap3.NO_ATTRIBUTES], size_limit=2)
        found = [one["dn"] for one in searcher.response or () if one["type"] == "searchResEntry"]
        return str(found[0]) if len(found) == 1 else ""

    def _role(self, asker: Any, dn: str, name: str) -> tuple[str, Role]:
        """The entry as the directory itself writes it, however it was asked for, and the best role that a group gives:
        where the entry names the group, or the group the entry."""
        import ldap3

        asker.search(dn, "(objectClass=*)", ldap3.BASE, attributes=["memberOf"])
        entries = [one for one in asker.response or () if one["type"] == "searchResEntry"]
        dn = entries[0]["dn"] if entries else dn
        named = {_plain(group) for one in entries for group in one["attributes"].get("memberOf") or ()}
        conf = self._conf
        for role, groups in ((Role.ADMINISTER, conf.administer), (Role.OPERATE, conf.operate), (Role.VIEW, conf.view)):
            if any(_plain(group) in named or self._lists(asker, group, dn, name) for group in groups):
                return dn, role
        return dn, Role.NOBODY

    @staticmethod
    def _lists(asker: Any, group: str, dn: str, name: str) -> bool:
        """Whether a group lists the entry, in any of the three ways in which groups do."""
        import ldap3
        from ldap3.utils.conv import escape_filter_chars

        entry, uid = escape_filter_chars(dn), escape_filter_chars(name)
        wanted = f"(|(member={entry})(uniqueMember={entry})(memberUid={uid}))"
        asker.search(group, wanted, ldap3.BASE, attributes=[ldap3.NO_ATTRIBUTES])
        return any(one["type"] == "searchResEntry" for one in asker.response or ())


def _plain(dn: str) -> str:
    """A DN so that two ways to write the same are alike."""
    from ldap3.core.exceptions import LDAPInvalidDnError
    from ldap3.utils.dn import parse_dn

    try:
        return ",".join(f"{kind.lower()}={' '.join(value.lower().split())}" for kind, value, _ in parse_dn(dn))
    except LDAPInvalidDnError:
        return dn.lower()
