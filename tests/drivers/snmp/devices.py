"""Devices made up for tests, in the objects that their MIBs give them."""

from __future__ import annotations

from wallnut.proto.snmp import COUNTER32, GAUGE32, INTEGER, OCTETS, OID, TICKS, Value

SYSTEM = {
    "1.3.6.1.2.1.1.1.0": Value(OCTETS, b"A card for tests"),
    "1.3.6.1.2.1.1.3.0": Value(TICKS, 123456),
    "1.3.6.1.2.1.1.4.0": Value(OCTETS, b"someone"),
    "1.3.6.1.2.1.1.5.0": Value(OCTETS, b"rack-7"),
    "1.3.6.1.2.1.1.6.0": Value(OCTETS, b"cellar"),
}


def _system(identity: str) -> dict[str, Value]:
    return {**SYSTEM, "1.3.6.1.2.1.1.2.0": Value(OID, identity)}


def _under(base: str, objects: dict[str, Value | int | bytes]) -> dict[str, Value]:
    found = {}
    for name, value in objects.items():
        if isinstance(value, int):
            value = Value(INTEGER, value)
        found[f"{base}.{name}"] = Value(OCTETS, value) if isinstance(value, bytes) else value
    return found


UPS = "1.3.6.1.2.1.33.1"
"""RFC 1628, one phase in and out; on mains, with a battery test done."""
IETF = _system("1.3.6.1.2.1.33") | _under(
    UPS,
    {
        "1.1.0": b"ACME",
        "1.2.0": b"Steady 1000",
        "1.3.0": b"fw 1.2",
        "1.4.0": b"agent 3",
        "1.5.0": b"ups-1",
        "2.1.0": 2,
        "2.3.0": 42,
        "2.4.0": 97,
        "2.5.0": 547,
        "2.6.0": 3,
        "2.7.0": 25,
        "3.2.0": 1,
        "3.3.1.2.1": 499,
        "3.3.1.3.1": 231,
        "3.3.1.4.1": 15,
        "3.3.1.5.1": 320,
        "4.1.0": 3,
        "4.2.0": 500,
        "4.3.0": 1,
        "4.4.1.2.1": 230,
        "4.4.1.3.1": 14,
        "4.4.1.4.1": 310,
        "4.4.1.5.1": 34,
        "7.1.0": Value(OID, f"{UPS}.7.7.1"),
        "7.3.0": 1,
        "8.1.0": 1,
        "8.2.0": -1,
        "8.3.0": -1,
        "8.4.0": -1,
        "8.5.0": 1,
        "9.1.0": 230,
        "9.2.0": 500,
        "9.3.0": 230,
        "9.4.0": 500,
        "9.5.0": 1000,
        "9.6.0": 900,
        "9.7.0": 5,
        "9.8.0": 2,
        "9.9.0": 180,
        "9.10.0": 264,
    },
)

IETF_3 = (
    {name: value for name, value in IETF.items() if not name.startswith((f"{UPS}.3.", f"{UPS}.4.4."))}
    | _under(UPS, {f"3.3.1.{column}.{line}": column * 100 + line for column in (2, 3, 4, 5) for line in (1, 2, 3)})
    | _under(UPS, {f"4.4.1.{column}.{line}": column * 100 + line for column in (2, 3, 4, 5) for line in (1, 2, 3)})
    | _under(UPS, {f"5.3.1.{column}.{line}": column * 100 + line for column in (2, 3, 4) for line in (1, 2, 3)})
    | _under(UPS, {"3.2.0": 3, "4.3.0": 3, "5.1.0": 500, "5.2.0": 3})
)
"""Three phases everywhere."""

APC = "1.3.6.1.4.1.318.1.1"
SMART = _system("1.3.6.1.4.1.318.1.3.27") | _under(
    APC,
    {
        "1.1.1.1.0": b"Smart-UPS 1500",
        "1.1.1.2.0": b"apc-1",
        "1.1.2.1.0": b"653.18.I",
        "1.1.2.2.0": b"05/21/14",
        "1.1.2.3.0": b"AS0000000000",
        "1.2.1.1.0": 2,
        "1.2.1.3.0": b"05/21/14",
        "1.2.2.1.0": Value(GAUGE32, 100),
        "1.2.2.2.0": Value(GAUGE32, 27),
        "1.2.2.3.0": Value(TICKS, 468000),
        "1.2.2.4.0": 1,
        "1.2.2.5.0": 1,
        "1.2.2.6.0": 0,
        "1.2.2.7.0": 24,
        "1.2.2.8.0": 27,
        "1.2.3.1.0": Value(GAUGE32, 1000),
        "1.2.3.2.0": Value(GAUGE32, 275),
        "1.2.3.4.0": 273,
        "1.3.2.1.0": Value(GAUGE32, 231),
        "1.3.2.4.0": Value(GAUGE32, 50),
        "1.3.2.5.0": 9,
        "1.3.3.1.0": Value(GAUGE32, 2314),
        "1.3.3.4.0": Value(GAUGE32, 499),
        "1.4.1.1.0": 2,
        "1.4.2.1.0": Value(GAUGE32, 231),
        "1.4.2.2.0": Value(GAUGE32, 50),
        "1.4.2.3.0": Value(GAUGE32, 23),
        "1.4.2.4.0": Value(GAUGE32, 2),
        "1.4.3.1.0": Value(GAUGE32, 2314),
        "1.4.3.2.0": Value(GAUGE32, 499),
        "1.4.3.3.0": Value(GAUGE32, 234),
        "1.4.3.4.0": Value(GAUGE32, 15),
        "1.5.2.1.0": 230,
        "1.5.2.2.0": 253,
        "1.5.2.3.0": 208,
        "1.5.2.6.0": 15,
        "1.5.2.7.0": 4,
        "1.5.2.8.0": Value(TICKS, 12000),
        "1.5.2.9.0": Value(TICKS, 0),
        "1.5.2.10.0": Value(TICKS, 2000),
        "1.6.1.1.0": 1,
        "1.6.2.1.0": 1,
        "1.6.2.4.0": 1,
        "1.6.2.5.0": 1,
        "1.6.2.6.0": 1,
        "1.6.2.7.0": 1,
        "1.7.2.2.0": 1,
        "1.7.2.3.0": 1,
        "1.7.2.4.0": b"01/01/2024",
        "1.7.2.5.0": 1,
        "1.7.2.6.0": 1,
    },
)
"""A Smart-UPS with a card that has the high-precision objects."""

RACK = _system("1.3.6.1.4.1.318.1.3.4.5") | _under(
    APC,
    {
        "4.1.1.0": b"B2",
        "4.1.2.0": b"v3.7.3",
        "4.1.3.0": b"08/13/2012",
        "4.1.4.0": b"AP7921",
        "4.1.5.0": b"5A0000000000",
        "12.1.15.0": 230,
        "12.1.16.0": 350,
        "12.2.3.1.1.2.1": Value(GAUGE32, 15),
        "4.4.1.0": 8,
        **{f"4.4.2.1.1.{number}": number for number in range(1, 9)},
        **{f"4.4.2.1.3.{number}": 1 + (number == 3) for number in range(1, 9)},
        **{f"4.4.2.1.4.{number}": b"Outlet %d" % number for number in range(1, 9)},
    },
)
"""A PDU with eight outlets, the third of them off."""

RACK_2 = _system("1.3.6.1.4.1.318.1.3.4.6") | _under(
    f"{APC}.26",
    {
        "2.1.3.1": b"rack-8",
        "2.1.5.1": b"R01",
        "2.1.6.1": b"v6.4.0",
        "2.1.7.1": b"09/20/2016",
        "2.1.8.1": b"AP8641",
        "2.1.9.1": b"5A0000000002",
        "4.2.1.4.1": 2,
        "4.2.1.7.1": 3,
        "4.3.1.1.1": 1,
        "4.3.1.5.1": 117,
        "4.3.1.16.1": 125,
        "4.3.1.17.1": 93,
        **{f"6.3.1.5.{line}": 10 * line for line in (1, 2, 3)},
        **{f"6.3.1.6.{line}": 230 + line for line in (1, 2, 3)},
        **{f"6.3.1.7.{line}": 20 + line for line in (1, 2, 3)},
        **{f"9.2.1.1.3.{number}": b"Outlet %d" % number for number in (1, 2)},
        **{f"9.2.3.1.4.{number}": number for number in (1, 2)},
        **{f"9.2.3.1.5.{number}": number for number in (1, 2)},
        **{f"9.2.4.1.5.{number}": 1 for number in (1, 2)},
        **{f"9.4.3.1.6.{number}": 9 for number in (1, 2)},
        **{f"9.4.3.1.7.{number}": 163 for number in (1, 2)},
    },
)
"""A three-phase PDU with two outlets, measured and switched, that has only the newer group of objects."""


def _unit(number: int) -> dict[str, Value | int | bytes]:
    """One of Eaton's ePDUs: two outlets, a group of both; the second unit's voltage is too high."""
    both = (1, 2)
    return {
        f"1.2.1.2.{number}": b"ePDU %d" % number,
        f"1.2.1.3.{number}": b"EMSW%d" % number,
        f"1.2.1.4.{number}": b"G000%d" % number,
        f"1.2.1.5.{number}": b"4.1.%d" % number,
        f"1.2.1.10.{number}": 1,
        f"1.2.1.21.{number}": 1,
        f"1.2.1.22.{number}": 2,
        f"3.1.1.2.{number}.1": 1,
        f"3.1.1.3.{number}.1": 499,
        f"3.1.1.4.{number}.1": 0,
        f"3.2.1.3.{number}.1.1": 231000 + 30000 * number,
        f"3.2.1.4.{number}.1.1": 4 * number,
        f"3.3.1.4.{number}.1.1": 150,
        f"3.3.1.5.{number}.1.1": 0,
        f"5.1.1.2.{number}.1": b"A",
        f"5.1.1.3.{number}.1": b"Section A",
        f"5.6.1.2.{number}.1": 1,
        f"5.6.1.3.{number}.1": -1,
        f"5.6.1.4.{number}.1": -1,
        f"5.6.1.5.{number}.1": 0,
        **{f"6.1.1.2.{number}.{outlet}": b"A%d" % outlet for outlet in both},
        **{f"6.1.1.3.{number}.{outlet}": b"Outlet A%d" % outlet for outlet in both},
        **{f"6.4.1.3.{number}.{outlet}": 75 * outlet for outlet in both},
        **{f"6.6.1.2.{number}.{outlet}": outlet % 2 for outlet in both},
        **{f"6.6.1.{column}.{number}.{outlet}": -1 for column in (3, 4) for outlet in both},
        **{f"6.6.1.5.{number}.{outlet}": 0 for outlet in both},
        **{f"6.6.1.7.{number}.{outlet}": outlet for outlet in both},
    }


EPDU = "1.3.6.1.4.1.534.6.6.7"
CHAIN = _system(EPDU) | _under(EPDU, {"1.1.0": b"0,1,", **_unit(0), **_unit(1)})
"""Two chained PDUs of Eaton's."""
UNIT = _system(EPDU) | _under(EPDU, {"1.1.0": b"0", **_unit(0)})
"""One of these alone."""

ATS = _system("1.3.6.1.4.1.318.1.3.11") | _under(
    f"{APC}.8",
    {
        "1.1.0": b"v3.0.3",
        "1.2.0": b"5",
        "1.4.0": b"09/07/2010",
        "1.5.0": b"AP7723",
        "1.6.0": b"5A0000000001",
        "1.7.0": 230,
        "1.8.0": 50,
        "4.1.0": b"ats-1",
        "4.2.0": 1,
        "4.4.0": 2,
        "5.1.2.0": 1,
        "5.1.15.0": 2,
        "5.3.1.0": 2,
        "5.3.2.1.4.1": 50,
        "5.3.2.1.4.2": 50,
        "5.3.3.1.3.1.1.1": 230,
        "5.3.3.1.3.2.1.1": 229,
        "5.4.2.1.4.1": 50,
        "5.4.4.0": 1,
        "5.4.5.1.1.1": 1,
        "5.4.5.1.3.1": 1,
        "5.4.5.1.4.1": Value(GAUGE32, 4),
        "5.4.5.1.5.1": 2,
        "5.4.5.1.6.1": 230,
        "5.4.5.1.15.1": Value(COUNTER32, 120),
    },
)
"""A transfer switch with one group of outlets."""
