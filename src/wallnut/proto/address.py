"""UPS addresses as NUT's tools take them: `ups[@host[:port]]`."""

from __future__ import annotations

from wallnut.model.errors import NutError

PORT = 3493


class AddressError(NutError):
    """The text is no UPS or host address."""


class Address:
    """A UPS on a server. `ups` is "" where only a server is named."""

    __slots__ = ("host", "port", "ups")

    def __init__(self, ups: str, host: str = "localhost", port: int = PORT) -> None:
        self.ups, self.host, self.port = ups, host, port

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and (self.ups, self.host, self.port) == (other.ups, other.host, other.port)

    def __hash__(self) -> int:
        return hash((self.ups, self.host, self.port))

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        server = host if self.port == PORT else f"{host}:{self.port}"
        return f"{self.ups}@{server}" if self.ups else server

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read `ups[@host[:port]]`; an IPv6 host stands in brackets. Raises AddressError."""
        ups, at, server = text.partition("@")
        if not ups or (at and not server):
            raise AddressError("invalid UPS definition.\nRequired format: upsname[@hostname[:port]]")
        if not at:
            return cls(ups)
        parsed = cls.parse_server(server)
        return cls(ups, parsed.host, parsed.port)

    @classmethod
    def parse_server(cls, text: str) -> Address:
        """Read `host[:port]`, or `[IPv6][:port]`. Raises AddressError."""
        if text.startswith("["):
            host, bracket, rest = text[1:].partition("]")
            if not bracket or (rest and rest[0] != ":"):
                raise AddressError(f"missing closing bracket in {text!r}")
            colon, port = rest[:1], rest[1:]
        else:
            host, colon, port = text.partition(":")
        if not host:
            raise AddressError(f"no host name in {text!r}")
        if not colon:
            return cls("", host)
        if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
            raise AddressError(f"no port number specified after ':' separator in {text!r}")
        return cls("", host, int(port))
