"""From where somebody asks: the address of whoever is behind a proxy, and which networks may do what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

from wallnut.web.access.who import Role

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

    from starlette.datastructures import Headers

    Address = IPv4Address | IPv6Address
    Network = IPv4Network | IPv6Network

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""Headers in which a proxy tells for whom it asks."""
MOST_HOPS = 32


@cache
def network(text: str) -> Network:
    """A network or a single address. Raises ValueError."""
    return ip_network(text, strict=False)


def address_of(text: str) -> Address | None:
    """An address, an IPv4 one also where it is written as IPv6; None: it is none."""
    try:
        found = ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def is_loopback(host: str) -> bool:
    """Whether an address, or the name localhost, is of this machine alone."""
    found = address_of(host)
    return found.is_loopback if found is not None else host == "localhost"


def within(address: Address | None, networks: Iterable[str]) -> bool:
    """Whether an address is in one of the networks."""
    return address is not None and any(
        address in known for known in map(network, networks) if known.version == address.version
    )


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from. `address` is None where nobody knows: behind a proxy that does not say, or one that
    we do not believe. `peer` is who is connected to us, `secure` whether the way is encrypted as far as known."""

    address: Address | None
    peer: str
    secure: bool
    by_proxy: bool
    """The peer is one of the proxies that are believed."""

    @property
    def text(self) -> str:
        """The address for people, logs and the bounds of log-ins."""
        return self.peer if self.address is None else str(self.address)


def caller(peer: str, headers: Headers, proxies: Iterable[str], *, secure: bool) -> Caller:
    """Where a request comes from. X-Forwarded-For is believed from proxies alone, and in it the last address that is
    none of theirs: what stands before it may be anybody's word. From others any such header makes the address unknown,
    unless it tells of this machine."""
    proxies = tuple(proxies)
    direct = address_of(peer)
    if not within(direct, proxies):
        named = [each for name in FORWARDED for each in _named(headers, name)]
        honest = all((found := address_of(each)) is not None and found.is_loopback for each in named)
        return Caller(direct if honest else None, peer, secure, False)
    if headers.get("x-forwarded-proto"):
        secure = headers["x-forwarded-proto"].rpartition(",")[2].strip().lower() == "https"
    for each in reversed(_named(headers, "x-forwarded-for")[-MOST_HOPS:]):
        found = address_of(each)
        if found is None or not within(found, proxies):
            return Caller(found, peer, secure, True)
    return Caller(None, peer, secure, True)


def _named(headers: Headers, name: str) -> list[str]:
    """The addresses in a header, nearest last."""
    return [_bare(one) for value in headers.getlist(name) for one in value.split(",")]


def _bare(text: str) -> str:
    """The address in one element of a forwarding header: `1.2.3.4`, `for="[::1]:80";proto=http`."""
    text = text.strip()
    for part in text.split(";"):
        key, equals, value = part.partition("=")
        if equals and key.strip().lower() == "for":
            text = value.strip().strip('"')
    return without_port(text) if text.count(":") == 1 or text.startswith("[") else text


def without_port(host: str) -> str:
    """`host` of `host:port`; brackets stay."""
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def allowed(role: Role, address: Address | None, networks: Mapping[Role, tuple[str, ...]]) -> Role:
    """What of a role holds at an address: each role has its networks, none means all, and what is refused a role has
    none of those above it."""
    holds = Role.NOBODY
    for each in (Role.VIEW, Role.OPERATE, Role.ADMINISTER):
        if each > role or (networks[each] and not within(address, networks[each])):
            break
        holds = each
    return holds
