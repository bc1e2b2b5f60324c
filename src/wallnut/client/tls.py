"""How a client wants its connection encrypted; the same for the blocking, the asyncio and the mirroring one."""

from __future__ import annotations

from wallnut.model.errors import TlsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import Literal

    Mode = Literal["off", "try", "require"]

OFF: Mode = "off"
TRY: Mode = "try"
REQUIRE: Mode = "require"


class Tls:
    """Settings of STARTTLS.

    `mode`: "off"; "try" goes on in clear where the server has no TLS, as NUT's tools do; "require" raises TlsError.
    `verify`: whether the certificate must be for `server_name` ("" is the host's name) and signed by an authority in
    `ca_file` or the folder `ca_path` (neither: the system's). None, the default, means: verify in mode "require" and
    where an authority is given, unless there is only a `fingerprint`.
    `fingerprint`: the certificate's SHA-256 in hexadecimal (colons or not): this very certificate and no other.
    `cert_file`, `key_file` ("": it is in cert_file), `key_password`: a certificate of ours, for servers that ask.
    `context`: one made elsewhere, in place of all files and of `verify`.
    A certificate that does not pass raises TlsError in every mode.
    """

    __slots__ = (
        "_context",
        "ca_file",
        "ca_path",
        "cert_file",
        "fingerprint",
        "key_file",
        "key_password",
        "mode",
        "server_name",
        "verify",
    )

    def __init__(
        self,
        mode: Mode = "require",
        *,
        verify: bool | None = None,
        ca_file: str = "",
        ca_path: str = "",
        server_name: str = "",
        fingerprint: str = "",
        cert_file: str = "",
        key_file: str = "",
        key_password: str = "",
        context: ssl.SSLContext | None = None,
    ) -> None:
        if mode not in (OFF, TRY, REQUIRE):
            raise ValueError(f"TLS mode must be off, try or require, not {mode!r}")
        self.mode = mode
        self.ca_file, self.ca_path, self.server_name = ca_file, ca_path, server_name
        self.fingerprint = fingerprint.replace(":", "").lower()
        self.cert_file, self.key_file, self.key_password = cert_file, key_file, key_password
        authority = bool(ca_file or ca_path)
        self.verify = (authority or (mode == REQUIRE and not fingerprint)) if verify is None else verify
        self._context = context

    @classmethod
    def of(cls, wanted: Tls | Mode) -> Tls:
        """Settings from settings, or from just the mode."""
        return wanted if isinstance(wanted, Tls) else cls(wanted)

    def context(self) -> ssl.SSLContext:
        """What Python's ssl needs, made once. Raises TlsError for a file that cannot be used."""
        if self._context is None:
            self._context = self._make()
        return self._context

    def _make(self) -> ssl.SSLContext:
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        try:
            where = self.ca_file or self.ca_path
            if where:
                context.load_verify_locations(self.ca_file or None, self.ca_path or None)
            elif self.verify:
                context.load_default_certs()
            if self.cert_file:
                where = self.cert_file
                context.load_cert_chain(self.cert_file, self.key_file or None, self.key_password)
        except ssl.SSLError as error:
            raise TlsError(f"{where}: {error.reason or error}") from None
        except OSError as error:
            raise TlsError(f"{where}: {error.strerror}") from None
        return context

    def name(self, host: str) -> str:
        """What the certificate must be for."""
        return self.server_name or host

    def check(self, session: ssl.SSLObject) -> None:
        """Compare the certificate of a session that has just begun with the pinned one. Raises TlsError."""
        if not self.fingerprint:
            return
        from hashlib import sha256

        certificate = session.getpeercert(binary_form=True)
        found = sha256(certificate).hexdigest() if certificate else "none"
        if found != self.fingerprint:
            raise TlsError(f"the server's certificate is another one: its SHA-256 is {found}")
