"""UPSes that are a table of questions and replies: one for each dialect, with what its samples say."""

from __future__ import annotations

import re

from tests.drivers.qx.test_any_reply import RAW
from tests.support.ptyups import LineTalker
from wallnut.drivers.qx.dialects import DIALECTS
from wallnut.drivers.qx.voltronic_axpert import checksum

VOLTRONIC_TOLD = (
    r"P[ED][A-Z]|PF|PSK[1-4]\d{3}|HE[HL]\d{3}|FRE[HL]\d\d\.\d|P[HL]V\d{3}|P[GS]F\d\d\.\d|BATG?N\d+|PBT\d\d|PGR\d\d|W0E\d\d"
    r"|PPD\d{3}|SOFF|SON|C[ST]|BZO(N|FF)|S(\.\d|\d\d)(R\d{4})?|T(L|\.\d|\d\d)?|SKO(N|FF)[1-4]"
)
MEGATEC_TOLD = r"Q|S(\.\d|\d\d)(R\d{4})?|CT?|T(L|\d\d)?"


class Table(LineTalker):
    """A UPS that answers from a table. `told`: the commands that it does, each answered with `accept`; all else is
    answered with `refuse`, or sent back where there is none."""

    def __init__(
        self,
        replies: dict[bytes, bytes],
        told: str = "",
        accept: bytes = b"",
        refuse: bytes = b"",
        ending: bytes = b"\r",
    ) -> None:
        super().__init__()
        self.replies = dict(replies)
        self._told, self._accept, self._refuse, self._end = re.compile(told), accept, refuse, ending

    def answer(self, line: bytes) -> bytes:
        """As the table has it."""
        if line in self.replies:
            return self.replies[line] + self._end
        if self._told.fullmatch(line.decode("latin-1")):
            return self._accept and self._accept + self._end
        return (self._refuse or line) + self._end


def samples(name: str, **changed: bytes | None) -> dict[bytes, bytes]:
    """The questions of a dialect and its samples, some changed or (None) left out."""
    dialect = next(one for one in DIALECTS if one.name == name)
    found: dict[bytes, bytes] = {}
    for query in dialect.queries:
        ask = query.ask.replace(b",XX", b",00").rstrip(b"\r")
        found.setdefault(ask, RAW.get(query.sample, query.sample).removesuffix(b"\r"))
    for asked, reply in changed.items():
        if reply is None:
            found.pop(asked.encode())
        else:
            found[asked.encode()] = reply
    return found


def voltronic(protocol: str = "01", **changed: bytes | None) -> Table:
    """A Voltronic Power UPS on mains, or as `changed` says."""
    calm = {
        "QPI": b"(PI" + protocol.encode(),
        "QGS": b"(234.9 50.0 229.8 50.0 000.0 012 369.1 ---.- 026.5 ---.- 018.8 100000000001",
        "QMOD": b"(L",
        "QWS": b"(" + b"0" * 64,
        "QID": b"(685653211455",
        "QMF": b"(#####VOLTRONIC",
        "QBYV": b"(261 170",
    }
    return Table(samples("voltronic", **{**calm, **changed}), VOLTRONIC_TOLD, b"(ACK", b"(NAK")


class WithChecksums(Table):
    """One whose requests and replies have a CRC."""

    def answer(self, line: bytes) -> bytes:
        """What is wrong is refused."""
        good = line[-2:] == checksum(line[:-2])
        reply = super().answer(line[:-2] if good else b"?").removesuffix(b"\r")
        return reply + checksum(reply) + b"\r"


def voltronic_axpert(**changed: bytes | None) -> Table:
    """An inverter on mains."""
    return WithChecksums(samples("voltronic-axpert", **changed), refuse=b"(NAK")


def voltronic_qs() -> Table:
    """One that says V."""
    return Table(samples("voltronic-qs"), MEGATEC_TOLD, b"", b"(NAK")


def voltronic_qs_hex(protocol: bytes = b"P") -> Table:
    """One that says P or T."""
    replies = samples("voltronic-qs-hex", M=protocol)
    if protocol == b"P":
        replies[b"QS"] = b"#\x6c\x01 \x35 \x6c\x01 \x35 \x03 \x51\x9a \x28\x02\x12\xd0 \xe6 \x1e \x08"
    else:
        replies[b"QS"] = b"#\x69\x01 \x6c \x68\x02 \x6c \x00 \x5f\xd7 \x12\xc0\x00 \xe4 \x1e \x08 \x02"
    return Table(replies, MEGATEC_TOLD, b"", b"N")


def bestups(identity: bytes = b"FOR,750,120,120,20.0,27.6", **changed: bytes | None) -> Table:
    """A Best Power UPS of some model."""
    return Table(samples("bestups", ID=identity, **changed), MEGATEC_TOLD + r"|BP\d|SS\d")


def hunnox(**changed: bytes | None) -> Table:
    """One whose adapter says UPS No Ack."""
    return Table(samples("hunnox", **changed), MEGATEC_TOLD, b"UPS No Ack")


def masterguard(**changed: bytes | None) -> Table:
    """An A700-19."""
    told = r"S(\.\d|\d\d)(R\d{4,6})?|CT?|T(UD|\d\d)?|FO(N|FF)|SS.*,\d\d|SRC.*,\d\d|PNV=\d{3}"
    return Table(samples("masterguard", **changed), told)


def ablerex() -> Table:
    """One that does not know the binary questions."""
    return Table(samples("ablerex", Q5=None, At=None, TR=None), MEGATEC_TOLD + r"|S\.2", b"ACK")


def innovart31() -> Table:
    """One phase out."""
    return Table(samples("innovart31"), MEGATEC_TOLD, b"ACK", b"NAK")


def innovart33() -> Table:
    """Three phases out."""
    q6 = (
        b"(227.0 225.6 230.0 50.0 229.9 229.0 231.0 49.9 007 003 004 327.8 000.0 23.0 06932 100 32 00000000 00000000 11"
    )
    return Table(samples("innovart33", Q6=q6), MEGATEC_TOLD, b"ACK", b"NAK")


def innovatae() -> Table:
    """One phase."""
    return Table(samples("innovatae"), MEGATEC_TOLD, b"ACK", b"NAK")


def omron() -> Table:
    """A BN150T."""
    return Table(samples("omron"), r"A[nf]|Sf?(\.\d|\d\d)|C", b"OK", b"NAK")


def gtec() -> Table:
    """A ZP120N."""
    return Table(samples("gtec"), MEGATEC_TOLD, b"ACK")
