"""SNMP version 3's keys by the RFCs' examples, and messages that are not what they should be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.model.errors import ProtocolError
from wallnut.proto import snmp, usm
from wallnut.proto.snmp import Pdu, Value
from wallnut.proto.usm import Engine, Security, User

ENGINE = bytes.fromhex("000000000000000000000002")


@pytest.mark.parametrize(
    ("algorithm", "key", "localized"),
    [
        ("md5", "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
        ("sha1", "9fb5cc0381497b3793528939ff788d5d79145211", "6695febc9288e36282235fc7151f128497b38f3f"),
    ],
)
def test_keys_of_rfc_3414_appendix_a_3(algorithm: str, key: str, localized: str) -> None:
    made = usm.password_key(algorithm, "maplesyrup")
    assert made.hex() == key
    assert usm.localized_key(algorithm, made, ENGINE).hex() == localized


USERS = [
    User("u"),
    *(User("u", auth, "auth-phrase") for auth in usm.AUTH),
    *(User("u", auth, "auth-phrase", priv, "priv-phrase") for auth in ("MD5", "SHA512") for priv in usm.PRIV),
]
ASKED = Pdu(snmp.GET, 7, 0, 0, [(snmp.name_bytes("1.3.6.1.2.1.1.5.0"), Value(snmp.OCTETS, b"x" * 99))])


@pytest.mark.parametrize("user", USERS, ids=lambda user: f"{user.auth or 'none'}-{user.priv or 'none'}")
def test_both_ends_understand_each_other(user: User) -> None:
    one = Security(user, Engine(ENGINE, 3, 1000, 50.0))
    other = Security(user, Engine(ENGINE, 3, 1000, 50.0))
    data = one.write(9, ASKED, 60.5, bytes(range(8)))
    assert other.read(data, 60.0) == (9, ASKED)
    assert (b"x" * 99 in data) is not bool(user.priv)


def test_what_does_not_prove_itself_is_refused() -> None:
    user = User("u", "SHA256", "auth-phrase", "AES", "priv-phrase")
    now = Engine(ENGINE, 3, 1000, 0.0)
    data = Security(user, now).write(9, ASKED, 0.0, bytes(8))
    ours = Security(user, now)
    assert ours.read(data, 0.0) == (9, ASKED)
    for other, why in (
        (user._replace(auth_password="wrong-phrase"), "authentication is wrong"),
        (User("u"), "not authenticated"),
        (user._replace(priv=""), "not encrypted"),
    ):
        with pytest.raises(ProtocolError, match=why):
            ours.read(Security(other, now).write(9, ASKED, 0.0, bytes(8)), 0.0)
    with pytest.raises(ProtocolError, match="authentication is wrong"):
        ours.read(data[:-1] + bytes((data[-1] ^ 1,)), 0.0)
    with pytest.raises(ProtocolError, match="another engine"):
        Security(User("u"), now).read(Security(User("u"), Engine(b"other")).write(9, ASKED, 0.0, b""), 0.0)


def test_time_is_learnt_and_the_past_is_not_believed() -> None:
    user = User("u", "SHA", "auth-phrase")
    ours = Security(user, Engine(ENGINE, 3, 1000, 0.0))
    old = Security(user, Engine(ENGINE, 3, 800, 0.0)).write(1, ASKED, 0.0, b"")
    with pytest.raises(ProtocolError, match="too old"):
        ours.read(old, 0.0)
    newer = Security(user, Engine(ENGINE, 4, 5, 0.0)).write(1, ASKED, 0.0, b"")
    ours.read(newer, 10.0)
    assert ours.engine == Engine(ENGINE, 4, 5, 10.0)
    with pytest.raises(ProtocolError, match="too old"):
        ours.read(Security(user, Engine(ENGINE, 3, 9000, 0.0)).write(1, ASKED, 0.0, b""), 10.0)


@given(st.integers(0, 300), st.integers(1, 255), st.sampled_from([USERS[0], USERS[2], USERS[-1], USERS[7]]))
def test_a_bent_message_raises_one_kind_of_error(at: int, bits: int, user: User) -> None:
    ours = Security(user, Engine(ENGINE, 3, 1000, 0.0))
    data = bytearray(ours.write(9, ASKED, 0.0, bytes(8)))
    data[at % len(data)] ^= bits
    try:
        ours.read(bytes(data), 0.0)
    except ProtocolError:
        return
    assert not user.auth  # whatever was authenticated is not to be bent
