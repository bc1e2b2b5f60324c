"""SNMP's bytes, by RFC 1157's and X.690's rules, and any other bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.model.errors import ProtocolError
from wallnut.proto import snmp, usm
from wallnut.proto.snmp import Pdu, Value

GET_SYSNAME = bytes.fromhex(
    "302602010104067075626c6963a01902026b4f020100020100300d300b06072b06010201010505 00".replace(" ", "")
)
"""GET of sysName by v2c, community public, request 27471: written by hand after RFC 3416."""


def test_a_request_as_the_rfc_has_it() -> None:
    pdu = Pdu(snmp.GET, 27471, 0, 0, [(snmp.name_bytes("1.3.6.1.2.1.1.5"), snmp.NOTHING)])
    assert snmp.message(snmp.V2C, b"public", pdu) == GET_SYSNAME
    assert snmp.read_message(GET_SYSNAME) == (snmp.V2C, b"public", pdu)


NUMBERS = st.one_of(
    st.builds(Value, st.just(snmp.INTEGER), st.integers(-(1 << 31), (1 << 31) - 1)),
    st.builds(Value, st.sampled_from((snmp.COUNTER32, snmp.GAUGE32, snmp.TICKS)), st.integers(0, (1 << 32) - 1)),
    st.builds(Value, st.just(snmp.COUNTER64), st.integers(0, (1 << 64) - 1)),
)
OIDS = st.builds(
    lambda first, second, rest: ".".join(map(str, (first, second, *rest))),
    st.integers(0, 2),
    st.integers(0, 39),
    st.lists(st.integers(0, (1 << 32) - 1), max_size=20),
)
VALUES = st.one_of(
    NUMBERS,
    st.builds(Value, st.sampled_from((snmp.OCTETS, snmp.OPAQUE, snmp.ADDRESS)), st.binary(max_size=300)),
    st.builds(Value, st.just(snmp.OID), OIDS),
    st.sampled_from((snmp.NOTHING, Value(snmp.NO_OBJECT, b""), Value(snmp.END_OF_VIEW, b""))),
)
BYTE = st.integers(0, 255)
PDUS = st.builds(
    Pdu,
    st.sampled_from((snmp.GET, snmp.RESPONSE, snmp.SET)),
    st.integers(0, (1 << 31) - 1),
    st.integers(0, 18),
    st.integers(0, 100),
    st.lists(st.tuples(OIDS.map(snmp.name_bytes), VALUES), max_size=5),
)


@given(PDUS, st.binary(max_size=40))
def test_what_is_written_is_read(pdu: Pdu, community: bytes) -> None:
    assert snmp.read_message(snmp.message(snmp.V1, community, pdu)) == (snmp.V1, community, pdu)


@given(OIDS)
def test_names(name: str) -> None:
    assert snmp.name_text(snmp.name_bytes(name)) == name


@given(
    st.one_of(
        st.binary(max_size=200), st.tuples(PDUS, st.integers(0, 400), st.integers(0, 255)).map(lambda t: _bent(*t))
    )
)
def test_any_bytes_are_a_message_or_one_kind_of_error(data: bytes) -> None:
    for read in (snmp.read_message, usm.read_frame, snmp.version):
        try:
            read(data)
        except ProtocolError:
            pass


def _bent(pdu: Pdu, at: int, byte: int) -> bytes:
    """A message with one byte wrong."""
    data = bytearray(snmp.message(snmp.V2C, b"public", pdu))
    data[at % len(data)] = byte
    return bytes(data)


@pytest.mark.parametrize("name", ["", "1", "1.x", "3.1", "1.3.-1", "1.3.4294967296"])
def test_texts_that_are_no_names(name: str) -> None:
    with pytest.raises(ValueError):
        snmp.name_bytes(name)


def test_an_agent_that_forgets_the_zero_before_a_large_number() -> None:
    pdu = Pdu(snmp.RESPONSE, 1, 0, 0, [(snmp.name_bytes("1.3.6"), snmp.NOTHING)])
    data = snmp.message(snmp.V1, b"", pdu).replace(b"\x05\x00", b"\x42\x04\xff\xff\xff\xfe")
    data = bytes((data[0], data[1] + 4)) + data[2:]
    at = data.index(0xA0 | 2)
    data = data[: at + 1] + bytes((data[at + 1] + 4,)) + data[at + 2 :]
    at = data.rindex(b"\x06\x02") - 4  # the list of objects, and the object
    data = data[: at + 1] + bytes((data[at + 1] + 4, data[at + 2], data[at + 3] + 4)) + data[at + 4 :]
    assert snmp.read_message(data)[2].binds[0][1] == Value(snmp.GAUGE32, 0xFFFFFFFE)
