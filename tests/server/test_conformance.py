"""Every answer of the protocol, from C upsd and from ours: a table, and whatever Hypothesis makes up."""

from __future__ import annotations

import re
import socket

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from tests.server.conftest import Pair
from tests.server.talk import Talk
from wallnut.proto.words import BadLine, Lexer

ID = r"[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}"
INVALID = "ERR INVALID-ARGUMENT"
UNKNOWN = "ERR UNKNOWN-COMMAND"
DESC = r'"Dummy \"quoted\" desc \# back\\slash"'
NO_USER = "ERR USERNAME-REQUIRED"
NO_RIGHT = "ERR ACCESS-DENIED"

# Each script is one connection; an answer that begins with ~ is a pattern.
SCRIPTS: dict[str, list[tuple[str, str]]] = {
    "words": [
        ("VER", r"~Network UPS Tools upsd 2\.8\.\d+ - .*https?://www.networkupstools.org/"),
        ("VER x", INVALID),
        ("NETVER", "1.3"),
        ("PROTVER", "1.3"),
        ("NETVER x", INVALID),
        ("HELP x", INVALID),
        ("HELP", "~Commands: HELP VER (PROTVER )?GET LIST SET INSTCMD LOGIN LOGOUT USERNAME PASSWORD STARTTLS"),
        ("LOGOUT x", INVALID),
        ("", UNKNOWN),
        ("  \t ", UNKNOWN),
        ("# c", UNKNOWN),
        ("foo", UNKNOWN),
        ("A" * 600, UNKNOWN),
        ("VER" + " x" * 40, INVALID),
        ('V"E"R', UNKNOWN),
        ("ver#comment", r"~Network UPS Tools upsd .*"),
        ("NET\\VER", "1.3"),
        ("NETVER\r", "1.3"),
        ('"NETVER"', "1.3"),
        ("NET\xc3VER", "1.3"),
        ("VER \x01", INVALID),
        ("STARTTLS", "ERR FEATURE-NOT-CONFIGURED"),
    ],
    "get": [
        ("get var dummy UPS.STATUS", 'VAR dummy UPS.STATUS "OL CHRG"'),
        ("GET VAR DUMMY ups.status", 'VAR DUMMY ups.status "OL CHRG"'),
        ('GET VAR "du\\mmy" ups.status', 'VAR dummy ups.status "OL CHRG"'),
        ('GET VAR "dummy"ups.status', 'VAR dummy ups.status "OL CHRG"'),
        ("GET VAR dummy ups.mfr", r'VAR dummy ups.mfr "Acme \\ \# \"Co\""'),
        ("GET VAR zz server.version", r'~VAR zz server.version "2\.8\.\d+"'),
        ("GET VAR zz SERVER.Version", r'~VAR zz server.version "2\.8\.\d+"'),
        ("GET VAR zz server.info", r'~VAR zz server.info "Network UPS Tools upsd 2\.8\.\d+ - .*"'),
        ("GET VAR zz server.foo", "ERR VAR-NOT-SUPPORTED"),
        ("GET TYPE dummy server.info", "ERR VAR-NOT-SUPPORTED"),
        ("GET VAR zz ups.status", "ERR UNKNOWN-UPS"),
        ("GET VAR nodrv ups.status", "ERR DRIVER-NOT-CONNECTED"),
        ("GET VAR dummy nope", "ERR VAR-NOT-SUPPORTED"),
        ("GET VAR dummy", INVALID),
        ("GET VAR", INVALID),
        ("GET", INVALID),
        ("GET FOO", INVALID),
        ("GET FOO a", INVALID),
        ("GET FOO a b", INVALID),
        ("GET VAR dummy ups.id x y", 'VAR dummy ups.id "rack 3"'),
        ("GET VAR dummy=ups.status", "ERR VAR-NOT-SUPPORTED"),
        ("GET TYPE dummy ups.id", r"~TYPE dummy ups.id RW STRING:\d+"),
        ("GET TYPE dummy battery.charge", "TYPE dummy battery.charge RW NUMBER"),
        ("GET TYPE dummy driver.version", "TYPE dummy driver.version NUMBER"),
        ("GET TYPE dummy nope", "ERR VAR-NOT-SUPPORTED"),
        ("GET TYPE nodrv ups.id", "ERR DRIVER-NOT-CONNECTED"),
        ("GET DESC dummy ups.status", 'DESC dummy ups.status "UPS status"'),
        ("GET DESC dummy nope", 'DESC dummy nope "Description unavailable"'),
        ("GET DESC nodrv nope", "ERR DRIVER-NOT-CONNECTED"),
        ("GET CMDDESC dummy load.off", 'CMDDESC dummy load.off "Turn off the load immediately"'),
        ("GET CMDDESC dummy zz", 'CMDDESC dummy zz "Description unavailable"'),
        ("GET UPSDESC dummy", f"UPSDESC dummy {DESC}"),
        ("GET UPSDESC nodrv", 'UPSDESC nodrv "Unavailable"'),
        ("GET UPSDESC zz", "ERR UNKNOWN-UPS"),
        ("GET UPSDESC", INVALID),
        ("GET NUMLOGINS dummy", "NUMLOGINS dummy 0"),
        ("GET NUMLOGINS nodrv", "ERR DRIVER-NOT-CONNECTED"),
        ("GET TRACKING", "OFF"),
        ("GET TRACKING 123", "ERR FEATURE-NOT-CONFIGURED"),
    ],
    "list": [
        (
            "LIST UPS",
            f"BEGIN LIST UPS\nUPS dummy {DESC}\n"
            'UPS doomed "Description unavailable"\nUPS nodrv "Description unavailable"\nEND LIST UPS',
        ),
        ("list var dummy", r'~BEGIN LIST VAR dummy\nVAR dummy battery\.charge "100"\n(.*\n)+END LIST VAR dummy'),
        ("LIST VAR DUMMY", r'~BEGIN LIST VAR DUMMY\nVAR DUMMY battery\.charge "100"\n(.*\n)+END LIST VAR DUMMY'),
        ("LIST RW dummy", r'~BEGIN LIST RW dummy\nRW dummy battery\.charge "100"\n(.*\n)+END LIST RW dummy'),
        ("LIST CMD dummy", "BEGIN LIST CMD dummy\nCMD dummy load.off\nEND LIST CMD dummy"),
        ("LIST ENUM dummy ups.id", "BEGIN LIST ENUM dummy ups.id\nEND LIST ENUM dummy ups.id"),
        ("LIST RANGE DUMMY UPS.ID", "BEGIN LIST RANGE DUMMY UPS.ID\nEND LIST RANGE DUMMY UPS.ID"),
        ("LIST ENUM dummy nope", "ERR VAR-NOT-SUPPORTED"),
        ("LIST CLIENT nodrv", "BEGIN LIST CLIENT nodrv\nEND LIST CLIENT nodrv"),
        ("LIST VAR nodrv", "ERR DRIVER-NOT-CONNECTED"),
        ("LIST VAR zz", "ERR UNKNOWN-UPS"),
        ("LIST CLIENT zz", "ERR UNKNOWN-UPS"),
        ("LIST", INVALID),
        ("LIST VAR", INVALID),
        ("LIST FOO a", INVALID),
        ("LIST FOO a b", INVALID),
        ("LIST ENUM dummy", INVALID),
    ],
    "anonymous": [
        *((line, NO_USER) for line in ("SET TRACKING ON", "LOGIN", "SET", "FSD", "PRIMARY", "MASTER", "INSTCMD")),
        ("PASSWORD x", "OK"),
        ("LOGIN dummy", NO_USER),
    ],
    "admin": [
        ("USERNAME", INVALID),
        ("USERNAME a b", INVALID),
        ("USERNAME admin", "OK"),
        ("USERNAME admin", "ERR ALREADY-SET-USERNAME"),
        ("LOGIN", "ERR PASSWORD-REQUIRED"),
        ("PASSWORD adm", "OK"),
        ("PASSWORD adm", "ERR ALREADY-SET-PASSWORD"),
        ("LOGIN", INVALID),
        ("LOGIN zz", "ERR UNKNOWN-UPS"),
        ("LOGIN dummy", NO_RIGHT),
        ("SET TRACKING", INVALID),
        ("SET TRACKING foo", INVALID),
        ("SET TRACKING on", "OK"),
        ("GET TRACKING", "ON"),
        ('SET VAR dummy ups.id "rack 3"', f"~OK TRACKING {ID}"),
        (f'SET VAR dummy ups.id "{"x" * 50}"', "ERR TOO-LONG"),
        ("SET VAR dummy driver.name x", "ERR READONLY"),
        ("SET VAR dummy nope x", "ERR VAR-NOT-SUPPORTED"),
        ("SET VAR zz nope x", "ERR UNKNOWN-UPS"),
        ("SET VAR nodrv ups.id x", "ERR DRIVER-NOT-CONNECTED"),
        ("SET VAR dummy ups.id", INVALID),
        ("SET FOO a b c", INVALID),
        ("INSTCMD dummy load.off", f"~OK TRACKING {ID}"),
        ("instcmd dummy LOAD.OFF", f"~OK TRACKING {ID}"),
        ("INSTCMD dummy zz", "ERR CMD-NOT-SUPPORTED"),
        ("INSTCMD zz zz", "ERR UNKNOWN-UPS"),
        ("INSTCMD nodrv zz", "ERR DRIVER-NOT-CONNECTED"),
        ("INSTCMD dummy", INVALID),
        ("GET TRACKING 123", "ERR UNKNOWN"),
        ("SET TRACKING OFF", "OK"),
        ("GET TRACKING 123", "ERR FEATURE-NOT-CONFIGURED"),
        ('SET VAR dummy ups.id "rack 3"', "OK"),
        ("INSTCMD dummy load.off", "OK"),
        ("PRIMARY dummy", NO_RIGHT),
        ("MASTER dummy", NO_RIGHT),
        ("PRIMARY", INVALID),
        ("PRIMARY zz", "ERR UNKNOWN-UPS"),
        ("FSD zz", "ERR UNKNOWN-UPS"),
        ("FSD", INVALID),
    ],
    "bad password": [
        ("USERNAME admin", "OK"),
        ("PASSWORD ADM", "OK"),
        ("SET TRACKING ON", "OK"),
        ("SET VAR dummy nope x", NO_RIGHT),
        ("SET VAR zz nope x", "ERR UNKNOWN-UPS"),
        ("INSTCMD dummy zz", "ERR CMD-NOT-SUPPORTED"),
        ("INSTCMD dummy load.off", NO_RIGHT),
        ("FSD dummy", NO_RIGHT),
    ],
    "instcmds": [
        ("USERNAME one", "OK"),
        ("PASSWORD pw", "OK"),
        ("INSTCMD dummy load.off", NO_RIGHT),
        ("SET VAR dummy ups.id x", NO_RIGHT),
    ],
    "secondary": [
        ("USERNAME second", "OK"),
        ("PASSWORD pw", "OK"),
        ("PRIMARY dummy", NO_RIGHT),
        ("FSD dummy", NO_RIGHT),
        ("LOGIN nodrv", "OK"),
        ("LIST CLIENT NODRV", "BEGIN LIST CLIENT NODRV\nCLIENT nodrv 127.0.0.1\nEND LIST CLIENT NODRV"),
    ],
    "primary": [
        ("USERNAME mon", "OK"),
        ("PASSWORD pw", "OK"),
        ("LOGIN dummy", "OK"),
        ("LOGIN dummy", "ERR ALREADY-LOGGED-IN"),
        ("LOGIN zz", "ERR ALREADY-LOGGED-IN"),
        ("PRIMARY dummy", "OK PRIMARY-GRANTED"),
        ("MASTER dummy", "OK MASTER-GRANTED"),
        ("SET VAR dummy ups.id x", NO_RIGHT),
        ("GET NUMLOGINS dummy", "NUMLOGINS dummy 1"),
        ("LIST CLIENT dummy", "BEGIN LIST CLIENT dummy\nCLIENT dummy 127.0.0.1\nEND LIST CLIENT dummy"),
        ("FSD nodrv", "OK FSD-SET"),
        ("FSD doomed", "OK FSD-SET"),
        ("FSD doomed", "OK FSD-SET"),
        ("GET VAR doomed ups.status", 'VAR doomed ups.status "FSD OL"'),
        ("LIST VAR doomed", r'~BEGIN(.*\n)+VAR doomed ups\.status "FSD OL"\n(.*\n)*END LIST VAR doomed'),
        ("LIST RW doomed", r'~BEGIN(.*\n)+RW doomed ups\.status "OL"\n(.*\n)*END LIST RW doomed'),
        ("LOGOUT", "OK Goodbye"),
    ],
}


@pytest.mark.parametrize("server", ["C", "ours"])
@pytest.mark.parametrize("name", SCRIPTS)
def test_script(pair: Pair, server: str, name: str) -> None:
    with Talk(pair.ports()[server]) as talk:
        for request, expected in SCRIPTS[name]:
            answer = "\n".join(talk.ask(request))
            if expected.startswith("~"):
                assert re.fullmatch(expected[1:], answer), f"{request!r}: {answer!r}"
            else:
                assert answer == expected, f"{request!r}"
        if name == "primary":
            assert talk.line() == ""  # it closed


@pytest.mark.parametrize("server", ["C", "ours"])
def test_pipelined(pair: Pair, server: str) -> None:
    with Talk(pair.ports()[server]) as talk:
        talk.send(b"NETVER\nFOO\nGET VAR dummy ups.status\nLIST CMD dummy\n")
        assert [talk.answer() for _ in range(4)] == [
            ["1.3"],
            [UNKNOWN],
            ['VAR dummy ups.status "OL CHRG"'],
            ["BEGIN LIST CMD dummy", "CMD dummy load.off", "END LIST CMD dummy"],
        ]


def test_where_we_differ_on_purpose(pair: Pair) -> None:
    with Talk(pair.ours_port) as talk:
        # C says nothing at all, and a client would wait for ever
        assert talk.ask('SET VAR "a#b" c') == [INVALID]
        # the rest of that line is dropped, the next one is as good as ever
        talk.send(b'GET VAR "a#b" NETVER\nNETVER\n')
        assert [talk.answer(), talk.answer()] == [[INVALID], ["1.3"]]
        # NUT 2.8.4 and later look behind `upstream.`
        assert talk.ask("GET DESC dummy upstream.ups.status") == ['DESC dummy upstream.ups.status "UPS status"']
        # C cuts a line at 512 bytes, and loses its end
        name = "n" * 490
        assert talk.ask(f"GET DESC dummy {name}") == [f'DESC dummy {name} "Description unavailable"']


VOCABULARY = (
    "GET LIST VAR TYPE DESC CMDDESC UPSDESC UPS RW CMD ENUM RANGE CLIENT TRACKING HELPX PROTVER NETVER"
    " dummy DUMMY nodrv zz ups.status Ups.Id ups.mfr battery.charge input.voltage nope load.off Load.Off = x"
)
words = st.sampled_from(VOCABULARY.split())
spelled = words.flatmap(
    lambda word: st.sampled_from(
        [word, word.lower(), word.upper(), f'"{word}"', f"\\{word}", f'"\\{word}"', f"{word}#", f'{word}"', f"\t{word}"]
    )
)
lines = st.lists(spelled, max_size=6).map(" ".join)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(lines, min_size=1, max_size=10))
@example(['GET VAR dummy "ups.', 'id" x', "PROTVER"])
def test_any_question(pair: Pair, requests: list[str]) -> None:
    """C and ours give the same answers, whatever is asked in whatever spelling."""
    # a quote left open swallows what follows; the next one closes it, and LOGOUT ends the answers
    data = "".join(f"{request}\n" for request in requests).encode() + b'"\n"\nLOGOUT\n'
    assume(not any(isinstance(line, BadLine) for line in Lexer().feed(data)))  # there C says nothing
    answers = []
    for port in pair.ports().values():
        with Talk(port) as talk:
            talk.send(data)
            talk.socket.shutdown(socket.SHUT_WR)
            answers.append(list(iter(talk.line, "")))
    assert answers[0] == answers[1]
