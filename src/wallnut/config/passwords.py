"""Hashed passwords in upsd.users: scrypt (RFC 7914), written as the PHC string format does it.

    $scrypt$ln=14,r=8,p=1$<salt>$<hash>        salt and hash in base64 without padding

A hash is never the password: whoever reads the file cannot log in with what it says. One check takes about 50 ms and
16 MB; hashlib is loaded at the first.
"""

from __future__ import annotations

from _operator import _compare_digest  # hmac's compare_digest, without the 3 MB that hmac brings
from binascii import Error, a2b_base64, b2a_base64

from wallnut.model.errors import NutError
from wallnut.proto.words import MAX_WORD, printable

PREFIX = "$scrypt$"
_LN, _R, _P, _SALT, _HASH = 14, 8, 1, 16, 32
# Bounds for what a file may ask of us: 2^17 blocks of 8 are 128 MB and half a second.
_MAX_LN, _MAX_R, _MAX_P, _MAX_BYTES = 17, 8, 4, 64


def is_hashed(stored: str) -> bool:
    """Whether a stored password is, or was meant to be, a hash."""
    return stored.startswith(PREFIX)


def parse_hash(stored: str) -> tuple[int, int, int, bytes, bytes] | None:
    """(ln, r, p, salt, hash) of a stored hash; None when it is broken or asks for more than we give."""
    parts = stored.removeprefix(PREFIX).split("$")
    if not is_hashed(stored) or len(parts) != 3:
        return None
    cost = [piece.partition("=") for piece in parts[0].split(",")]
    if [name for name, _, _ in cost] != ["ln", "r", "p"]:
        return None
    if not all(number.isascii() and number.isdigit() and len(number) < 4 for _, _, number in cost):
        return None
    ln, r, p = (int(number) for _, _, number in cost)
    salt, digest = _bytes(parts[1]), _bytes(parts[2])
    if not (1 <= ln <= _MAX_LN and 1 <= r <= _MAX_R and 1 <= p <= _MAX_P and salt and len(digest) >= 16):
        return None
    return ln, r, p, salt, digest


def hash_password(text: str, salt: bytes = b"") -> str:
    """The hash of a password, with a random salt if none is given. Raises NutError for one that cannot be sent."""
    if not text:
        raise NutError("an empty password protects nothing")
    if printable(text) != text or len(text) > MAX_WORD:
        raise NutError(f"a password is at most {MAX_WORD} printable ASCII characters: others get lost on the way")
    if not salt:
        from os import urandom

        salt = urandom(_SALT)
    digest = _scrypt(text, _LN, _R, _P, salt, _HASH)
    return f"{PREFIX}ln={_LN},r={_R},p={_P}${_text(salt)}${_text(digest)}"


def check_password(stored: str | None, given: str) -> bool:
    """Whether a given password is the stored one (None: nobody has it), in a time that does not tell how nearly."""
    if stored is None:
        return False
    if not is_hashed(stored):
        return bool(_compare_digest(_utf8(stored), _utf8(given)))
    parsed = parse_hash(stored)
    if parsed is None:
        return False
    ln, r, p, salt, digest = parsed
    return bool(_compare_digest(_scrypt(given, ln, r, p, salt, len(digest)), digest))


def _scrypt(text: str, ln: int, r: int, p: int, salt: bytes, size: int) -> bytes:
    from hashlib import scrypt

    memory = 128 * r * ((1 << ln) + p + 2) + 65536
    return scrypt(_utf8(text), salt=salt, n=1 << ln, r=r, p=p, maxmem=memory, dklen=size)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return b2a_base64(data, newline=False).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Bytes of base64 without padding; none where it is not that, or longer than any of ours."""
    try:
        data = a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except (Error, ValueError):
        return b""
    return data if len(data) <= _MAX_BYTES and _text(data) == text else b""
