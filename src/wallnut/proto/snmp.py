"""SNMP's messages as bytes: BER (ITU-T X.690, as far as RFC 3417 section 8 uses it), PDUs and the messages of
versions 1 and 2c (RFC 1157, RFC 1901, RFC 3416). Version 3's frame is in proto/usm.py.

An object's name is dotted text, "1.3.6.1.2.1.1.2.0", at the edges, and its BER bytes within a `Pdu`: an answer is
compared with its question byte by byte, and turned into text only where somebody reads it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from wallnut.model.errors import ProtocolError

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30
ADDRESS, COUNTER32, GAUGE32, TICKS, OPAQUE, COUNTER64 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46
NO_OBJECT, NO_INSTANCE, END_OF_VIEW = 0x80, 0x81, 0x82
GET, GET_NEXT, RESPONSE, SET, GET_BULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA3, 0xA5, 0xA8
V1, V2C, V3 = 0, 1, 3

NUMBERS = frozenset((INTEGER, COUNTER32, GAUGE32, TICKS, COUNTER64))
MISSING = frozenset((NULL, NO_OBJECT, NO_INSTANCE, END_OF_VIEW))
NAMES = {
    INTEGER: "INTEGER",
    OCTETS: "STRING",
    NULL: "NULL",
    OID: "OID",
    ADDRESS: "ADDRESS",
    COUNTER32: "COUNTER32",
    GAUGE32: "GAUGE32",
    TICKS: "TICKS",
    OPAQUE: "OPAQUE",
    COUNTER64: "COUNTER64",
    NO_OBJECT: "NO OBJECT",
    NO_INSTANCE: "NO INSTANCE",
    END_OF_VIEW: "END",
}
TOO_BIG, NO_SUCH_NAME = 1, 2
ERRORS = (
    "noError",
    "tooBig",
    "noSuchName",
    "badValue",
    "readOnly",
    "genErr",
    "noAccess",
    "wrongType",
    "wrongLength",
    "wrongEncoding",
    "wrongValue",
    "noCreation",
    "inconsistentValue",
    "resourceUnavailable",
    "commitFailed",
    "undoFailed",
    "authorizationError",
    "notWritable",
    "inconsistentName",
)


class Value(NamedTuple):
    """A value with its type: an int where `tag` is one of NUMBERS, dotted text for OID, else bytes."""

    tag: int
    data: int | bytes | str


NOTHING = Value(NULL, b"")


class Pdu(NamedTuple):
    """A request or its answer; `place` (the RFCs' error-index) counts from 1. For GET_BULK `error`
    and `place` are non-repeaters and max-repetitions."""

    kind: int
    number: int
    error: int
    place: int
    binds: list[tuple[bytes, Value]]


# --- writing


def length(size: int) -> bytes:
    """A length as BER writes it."""
    if size < 0x80:
        return bytes((size,))
    body = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(body),)) + body


def tlv(tag: int, body: bytes) -> bytes:
    """Tag, length, contents."""
    size = len(body)
    return bytes((tag, size)) + body if size < 0x80 else bytes((tag,)) + length(size) + body


def integer(number: int, tag: int = INTEGER) -> bytes:
    """A whole number."""
    return tlv(tag, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


@lru_cache(8192)
def name_bytes(name: str) -> bytes:
    """The contents of an object name. Raises ValueError where the text is none."""
    parts = [int(part) for part in name.strip(".").split(".")]
    if len(parts) < 2 or parts[0] > 2 or not all(0 <= part < 1 << 32 for part in parts):
        raise ValueError(f"{name} is no object name")
    found = bytearray()
    for part in (parts[0] * 40 + parts[1], *parts[2:]):
        piece = [part & 0x7F]
        while part := part >> 7:
            piece.append(part & 0x7F | 0x80)
        found += bytes(reversed(piece))
    return bytes(found)


def value_bytes(value: Value) -> bytes:
    """A value, with tag and length."""
    if isinstance(value.data, int):
        return integer(value.data, value.tag)
    body = name_bytes(value.data) if isinstance(value.data, str) else value.data
    return tlv(value.tag, body)


def pdu_bytes(pdu: Pdu) -> bytes:
    """A PDU."""
    binds = b"".join(tlv(SEQUENCE, tlv(OID, name) + value_bytes(value)) for name, value in pdu.binds)
    return tlv(pdu.kind, integer(pdu.number) + integer(pdu.error) + integer(pdu.place) + tlv(SEQUENCE, binds))


def message(version: int, community: bytes, pdu: Pdu) -> bytes:
    """A message of version 1 or 2c."""
    return tlv(SEQUENCE, integer(version) + tlv(OCTETS, community) + pdu_bytes(pdu))


# --- reading: what breaks the grammar raises ProtocolError


def piece(data: bytes, at: int, tag: int = 0) -> tuple[int, int, int]:
    """What stands at `at`: its tag, and where its contents begin and end. With `tag` it must be that."""
    try:
        found, size = data[at], data[at + 1]
        begin = at + 2
        if size & 0x80:
            begin += size & 0x7F
            if not at + 2 < begin <= at + 6:
                raise ProtocolError("a length is not sensible")
            size = int.from_bytes(data[at + 2 : begin], "big")
    except IndexError:
        raise ProtocolError("the message ends too early") from None
    end = begin + size
    if end > len(data):
        raise ProtocolError("the message ends too early")
    if tag and found != tag:
        raise ProtocolError(f"type {found:#x} stands where {tag:#x} was expected")
    return found, begin, end


def read_integer(data: bytes, at: int) -> tuple[int, int]:
    """A whole number, and where it ends."""
    _, begin, end = piece(data, at, INTEGER)
    if not 0 < end - begin <= 8:
        raise ProtocolError("a number is not sensible")
    return int.from_bytes(data[begin:end], "big", signed=True), end


def read_octets(data: bytes, at: int) -> tuple[bytes, int]:
    """Octets, and where they end."""
    _, begin, end = piece(data, at, OCTETS)
    return data[begin:end], end


@lru_cache(8192)
def name_text(body: bytes) -> str:
    """An object name as dotted text."""
    parts, part = [], 0
    for byte in body:
        part = part << 7 | byte & 0x7F
        if not byte & 0x80:
            parts.append(part)
            part = 0
    if not parts or body[-1] & 0x80 or len(body) > 640:
        raise ProtocolError("an object name is not sensible")
    first = min(parts[0] // 40, 2)
    return ".".join(map(str, (first, parts[0] - 40 * first, *parts[1:])))


def _value(tag: int, body: bytes) -> Value:
    if tag in NUMBERS:
        if not 0 < len(body) <= 9:
            raise ProtocolError("a number is not sensible")
        # some agents forget the zero byte before a large unsigned number
        return Value(tag, int.from_bytes(body, "big", signed=tag == INTEGER))
    if tag == OID:
        return Value(tag, name_text(body) if body else "0.0")
    if tag not in NAMES:
        raise ProtocolError(f"a value has the unknown type {tag:#x}")
    return Value(tag, body)


def read_pdu(data: bytes, at: int) -> Pdu:
    """The PDU that stands at `at`."""
    kind, at, _ = piece(data, at)
    number, at = read_integer(data, at)
    error, at = read_integer(data, at)
    place, at = read_integer(data, at)
    _, at, end = piece(data, at, SEQUENCE)
    binds = []
    while at < end:
        _, begin, after = piece(data, at, SEQUENCE)
        _, begin, name_end = piece(data, begin, OID)
        tag, value_begin, value_end = piece(data, name_end)
        if value_end > after:
            raise ProtocolError("a value is longer than its frame")
        binds.append((data[begin:name_end], _value(tag, data[value_begin:value_end])))
        at = after
    return Pdu(kind, number, error, place, binds)


def version(data: bytes) -> int:
    """A message's version."""
    _, at, _ = piece(data, 0, SEQUENCE)
    return read_integer(data, at)[0]


def read_message(data: bytes) -> tuple[int, bytes, Pdu]:
    """A message of version 1 or 2c: version, community, PDU."""
    _, at, _ = piece(data, 0, SEQUENCE)
    number, at = read_integer(data, at)
    community, at = read_octets(data, at)
    return number, community, read_pdu(data, at)
