"""SNMP version 3's messages with the User-based Security Model: RFC 3412 (frame), RFC 3414 (USM, MD5, SHA, DES),
RFC 3826 (AES), RFC 7860 (SHA-2), and the two ways in use to lengthen a key for AES192 and AES256: that of
draft-blumenthal-aes-usm-04 (Net-SNMP's) and that of draft-reeder-snmpv3-usm-3desede (Cisco's, here with a C behind).

The hashes are Python's; the ciphers are the package `cryptography`'s, loaded where a user has a privPassword. Times,
salts and message numbers come in: nothing here looks at a clock.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from wallnut.model.errors import ProtocolError
from wallnut.proto import snmp

if TYPE_CHECKING:
    from cryptography.hazmat.decrepit.ciphers.modes import CFB
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

AUTH = {
    "MD5": ("md5", 12),
    "SHA": ("sha1", 12),
    "SHA224": ("sha224", 16),
    "SHA256": ("sha256", 24),
    "SHA384": ("sha384", 32),
    "SHA512": ("sha512", 48),
}
"""Authentication protocols: the hash, and how much of the HMAC is sent."""
PRIV = {"DES": 16, "AES": 16, "AES192": 24, "AES256": 32, "AES192C": 24, "AES256C": 32}
"""Privacy protocols: how long the key is."""
SECURITY_MODEL = 3
MAX_SIZE = 65507
WINDOW = 150
"""Seconds by which an answer's time may lag (RFC 3414 section 2.2.3)."""
_AUTHENTICATED, _ENCRYPTED, _REPORTABLE = 1, 2, 4
NOT_IN_TIME = "1.3.6.1.6.3.15.1.1.2.0"
UNKNOWN_ENGINE = "1.3.6.1.6.3.15.1.1.4.0"
REPORTS = {
    "1.3.6.1.6.3.15.1.1.1.0": "it does not support this security level",
    NOT_IN_TIME: "its clock and ours differ",
    "1.3.6.1.6.3.15.1.1.3.0": "it does not know this secName",
    UNKNOWN_ENGINE: "it does not know its own engine ID",
    "1.3.6.1.6.3.15.1.1.5.0": "authPassword or authProtocol is not what it expects",
    "1.3.6.1.6.3.15.1.1.6.0": "privPassword or privProtocol is not what it expects",
    "1.3.6.1.6.3.11.2.1.3.0": "it finds the PDU invalid",
    "1.3.6.1.6.3.12.1.5.0": "it does not know this context",
}
"""What an agent's Report says, by its counter."""


class User(NamedTuple):
    """Who asks. A protocol of "" means: not authenticated, not encrypted."""

    name: str
    auth: str = ""
    auth_password: str = ""
    priv: str = ""
    priv_password: str = ""


class Engine(NamedTuple):
    """An agent's engine: its ID, how often it was started, and its time, `seconds`, when our clock said `since`."""

    name: bytes = b""
    boots: int = 0
    seconds: int = 0
    since: float = 0.0

    def at(self, now: float) -> int:
        """Its time now."""
        return self.seconds + int(now - self.since)


@lru_cache(1024)
def password_key(algorithm: str, password: str) -> bytes:
    """RFC 3414 appendix A.2: a megabyte of the password, hashed."""
    raw = password.encode()
    count = -(-1048576 // len(raw))
    return hashlib.new(algorithm, (raw * count)[:1048576], usedforsecurity=False).digest()


def localized_key(algorithm: str, key: bytes, engine: bytes) -> bytes:
    """RFC 3414 section 2.6: the key for one agent."""
    return hashlib.new(algorithm, key + engine + key, usedforsecurity=False).digest()


def privacy_key(algorithm: str, protocol: str, password: str, engine: bytes) -> bytes:
    """The key for a cipher, as long as it needs."""
    size = PRIV[protocol]
    key = localized_key(algorithm, password_key(algorithm, password), engine)
    last = key
    while len(key) < size:
        if protocol.endswith("C"):  # Reeder: the key is a password for more of it
            count = -(-1048576 // len(last))
            more = hashlib.new(algorithm, (last * count)[:1048576], usedforsecurity=False).digest()
            last = localized_key(algorithm, more, engine)
            key += last
        else:  # Blumenthal: the hash of all there is
            key += hashlib.new(algorithm, key, usedforsecurity=False).digest()
    return key[:size]


class Security:
    """A user's keys for one agent; writes and reads its messages. `engine` may be given anew as time is learnt."""

    def __init__(self, user: User, engine: Engine) -> None:
        self.user, self.engine = user, engine
        self._hash, self._mac_size = AUTH[user.auth] if user.auth else ("", 0)
        self._auth_key = self._priv_key = b""
        if user.auth:
            master = password_key(self._hash, user.auth_password)
            self._auth_key = localized_key(self._hash, master, engine.name)
        if user.priv:
            self._priv_key = privacy_key(self._hash, user.priv, user.priv_password, engine.name)

    def write(self, number: int, pdu: snmp.Pdu, now: float, salt: bytes) -> bytes:
        """A message. `number` is the message's, `salt` 8 bytes never used before with this key."""
        engine, user = self.engine, self.user
        scoped = snmp.tlv(
            snmp.SEQUENCE, snmp.tlv(snmp.OCTETS, engine.name) + snmp.tlv(snmp.OCTETS, b"") + snmp.pdu_bytes(pdu)
        )
        flags, seconds = _REPORTABLE, engine.at(now)
        if user.priv:
            flags |= _ENCRYPTED
            if user.priv == "DES":
                salt = engine.boots.to_bytes(4, "big") + salt[4:]
                scoped += bytes(-len(scoped) % 8)
            cipher = self._cipher(engine.boots, seconds, salt).encryptor()
            scoped = snmp.tlv(snmp.OCTETS, cipher.update(scoped) + cipher.finalize())
        mac = b""
        if user.auth:
            flags |= _AUTHENTICATED
            mac = bytes(self._mac_size)
        head = snmp.tlv(
            snmp.SEQUENCE,
            snmp.integer(number)
            + snmp.integer(MAX_SIZE)
            + snmp.tlv(snmp.OCTETS, bytes((flags,)))
            + snmp.integer(SECURITY_MODEL),
        )
        before = b"".join(
            (
                snmp.tlv(snmp.OCTETS, engine.name),
                snmp.integer(engine.boots),
                snmp.integer(seconds),
                snmp.tlv(snmp.OCTETS, user.name.encode()),
            )
        )
        after = snmp.tlv(snmp.OCTETS, salt if user.priv else b"")

        def whole(mac: bytes) -> bytes:
            security = snmp.tlv(snmp.SEQUENCE, before + snmp.tlv(snmp.OCTETS, mac) + after)
            body = snmp.integer(snmp.V3) + head + snmp.tlv(snmp.OCTETS, security) + scoped
            return snmp.tlv(snmp.SEQUENCE, body)

        unsigned = whole(mac)
        return whole(self._mac(unsigned)) if user.auth else unsigned

    def read(self, data: bytes, now: float) -> tuple[int, snmp.Pdu]:
        """A message's number and PDU; what it proves of the agent's time is kept. Raises ProtocolError."""
        frame = read_frame(data)
        user = self.user
        report = frame.pdu is not None and frame.pdu.kind == snmp.REPORT
        if frame.flags & _AUTHENTICATED and user.auth:
            unsigned = data[: frame.mac_at] + bytes(len(frame.mac)) + data[frame.mac_at + len(frame.mac) :]
            if not hmac.compare_digest(frame.mac, self._mac(unsigned)):
                raise ProtocolError("an answer's authentication is wrong")
            self._learn(frame.engine, now)
        elif user.auth and not report:
            raise ProtocolError("an answer is not authenticated")
        if frame.engine.name != self.engine.name and not report:  # another agent there can only report that it is one
            raise ProtocolError("an answer is from another engine")
        if frame.pdu is not None:
            if user.priv and not report:
                raise ProtocolError("an answer is not encrypted")
            return frame.number, frame.pdu
        if not user.priv:
            raise ProtocolError("an answer is encrypted, though the question was not")
        if len(frame.salt) != 8 or (user.priv == "DES" and len(frame.cipher) % 8):
            raise ProtocolError("an encrypted answer has a wrong length")
        cipher = self._cipher(frame.engine.boots, frame.engine.seconds, frame.salt).decryptor()
        return frame.number, _scoped(cipher.update(frame.cipher) + cipher.finalize(), 0)

    def _learn(self, said: Engine, now: float) -> None:
        """Keep the time that an authenticated message says; refuse one that is too old."""
        known = self.engine
        if said.name != known.name:
            return
        if said.boots < known.boots or (said.boots == known.boots and said.seconds + WINDOW < known.at(now)):
            raise ProtocolError("an answer is too old")
        self.engine = Engine(known.name, said.boots, said.seconds, now)

    def _mac(self, message: bytes) -> bytes:
        return hmac.digest(self._auth_key, message, self._hash)[: self._mac_size]

    def _cipher(self, boots: int, seconds: int, salt: bytes) -> Cipher[CBC | CFB]:
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
        from cryptography.hazmat.decrepit.ciphers.modes import CFB
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.ciphers.modes import CBC

        if self.user.priv == "DES":
            key, start = self._priv_key[:8], self._priv_key[8:16]
            return Cipher(TripleDES(key * 3), CBC(bytes(a ^ b for a, b in zip(start, salt, strict=True))))
        vector = boots.to_bytes(4, "big") + seconds.to_bytes(4, "big") + salt
        return Cipher(AES(self._priv_key), CFB(vector))


class Frame(NamedTuple):
    """A message taken apart. `engine.since` means nothing here; `pdu` is None where `cipher` holds it."""

    number: int
    flags: int
    engine: Engine
    mac: bytes
    mac_at: int
    salt: bytes
    pdu: snmp.Pdu | None
    cipher: bytes


def read_frame(data: bytes) -> Frame:
    """Take a message apart; nothing is proved by that. Raises ProtocolError."""
    _, at, _ = snmp.piece(data, 0, snmp.SEQUENCE)
    version, at = snmp.read_integer(data, at)
    if version != snmp.V3:
        raise ProtocolError("the answer is not of SNMP version 3")
    _, begin, at = snmp.piece(data, at, snmp.SEQUENCE)
    number, begin = snmp.read_integer(data, begin)
    _, begin = snmp.read_integer(data, begin)
    flags, begin = snmp.read_octets(data, begin)
    model, _ = snmp.read_integer(data, begin)
    if model != SECURITY_MODEL or len(flags) != 1:
        raise ProtocolError("the answer has an unknown security model")
    _, begin, at = snmp.piece(data, at, snmp.OCTETS)
    _, begin, _ = snmp.piece(data, begin, snmp.SEQUENCE)
    engine, begin = snmp.read_octets(data, begin)
    boots, begin = snmp.read_integer(data, begin)
    seconds, begin = snmp.read_integer(data, begin)
    if not (0 <= boots < 1 << 31 and 0 <= seconds < 1 << 31):
        raise ProtocolError("the engine's time is not sensible")
    _, begin = snmp.read_octets(data, begin)
    _, mac_at, mac_end = snmp.piece(data, begin, snmp.OCTETS)
    salt, _ = snmp.read_octets(data, mac_end)
    pdu, cipher = None, b""
    if flags[0] & _ENCRYPTED:
        cipher, _ = snmp.read_octets(data, at)
    else:
        pdu = _scoped(data, at)
    return Frame(number, flags[0], Engine(engine, boots, seconds), data[mac_at:mac_end], mac_at, salt, pdu, cipher)


def _scoped(data: bytes, at: int) -> snmp.Pdu:
    """The PDU within its context."""
    _, at, _ = snmp.piece(data, at, snmp.SEQUENCE)
    _, at = snmp.read_octets(data, at)
    _, at = snmp.read_octets(data, at)
    return snmp.read_pdu(data, at)
