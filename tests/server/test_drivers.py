"""Drivers that come, go, hang and lie; what clients see of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.server.local import DUMP, Local
from wallnut.io.log import NOTICE, WARNING
from wallnut.model.state import UpsState
from wallnut.proto.driver import Pong, decode
from wallnut.proto.words import Lexer

STATUS = "GET VAR u ups.status"
STALE = ["ERR DATA-STALE"]
GONE = ["ERR DRIVER-NOT-CONNECTED"]


def test_life_of_a_driver() -> None:
    with Local() as local:
        client = local.client()
        assert client.ask(STATUS, "LIST VAR u") == GONE * 2
        driver = local.driver(dump="")
        assert client.ask(STATUS, "GET TYPE u ups.status") == ['VAR u ups.status "WAIT"', "TYPE u ups.status NUMBER"]
        driver.say(DUMP)
        assert client.ask(STATUS) == ['VAR u ups.status "OL"']
        driver.say('SETINFO ups.status "OB"\n')
        assert client.ask(STATUS) == ['VAR u ups.status "OB"']
        driver.say("DELINFO battery.charge\nADDCMD load.off\nDELCMD test.panel.start\n")
        assert client.ask("GET VAR u battery.charge") == ["ERR VAR-NOT-SUPPORTED"]
        assert client.ask("LIST CMD u") == ["BEGIN LIST CMD u", "CMD u load.off", "END LIST CMD u"]
        driver.stream.close()
        assert client.ask(STATUS, "LIST CMD u") == GONE * 2
        local.driver()
        assert client.ask(STATUS) == ['VAR u ups.status "OL"']


def test_its_own_word_counts_when_the_dump_is_done() -> None:
    with Local() as local:
        client = local.client()
        driver = local.driver(dump='DATASTALE\nSETINFO ups.status "OL"\n')
        assert client.ask(STATUS) == ['VAR u ups.status "OL"']
        driver.say("DUMPDONE\n")
        assert client.ask(STATUS, "LIST VAR u", "GET NUMLOGINS u") == STALE * 3
        assert client.ask("GET UPSDESC u") == ['UPSDESC u "Unavailable"']
        driver.say("DATAOK\n")
        assert client.ask(STATUS) == ['VAR u ups.status "OL"']
        driver.say("DATASTALE\n")
        assert client.ask(STATUS) == STALE
        assert local.log.lines[-3:] == [
            (NOTICE, "Data for UPS [u] is stale - check driver"),
            (NOTICE, "UPS [u] data is no longer stale"),
            (NOTICE, "Data for UPS [u] is stale - check driver"),
        ]


def test_silence_is_staleness() -> None:
    with Local(conf="MAXAGE 9\n") as local:
        client = local.client()
        driver = local.driver()
        local.pass_time(3)
        assert driver.heard() == ""
        local.pass_time(1)
        assert driver.heard() == "PING\n"
        local.pass_time(3)
        assert driver.heard() == ""
        local.pass_time(1)
        assert driver.heard() == "PING\n"
        local.pass_time(2)  # 10 seconds: MAXAGE + 1
        assert client.ask(STATUS) == ['VAR u ups.status "OL"']
        local.pass_time(1)
        assert client.ask(STATUS) == STALE
        driver.say("PONG\n")
        local.pass_time(1)
        assert client.ask(STATUS) == ['VAR u ups.status "OL"']


def test_answers_to_ping_keep_it_fresh() -> None:
    with Local() as local:
        client, driver = local.client(), local.driver()
        for _ in range(60):
            local.pass_time(1)
            if "PING" in driver.heard():
                driver.say("PONG\n")
            assert client.ask(STATUS) == ['VAR u ups.status "OL"']
        assert not [text for _, text in local.log.lines if "stale" in text]


def test_nonsense_is_dropped_and_does_not_keep_it_fresh() -> None:
    with Local(conf="MAXAGE 9\n") as local:
        client, driver = local.client(), local.driver()
        for _ in range(12):
            driver.say('HELLO\nSETINFO\nSETINFO ups.load\nADDRANGE x 1\n\x00\xff\n""\n')
            local.pass_time(1)
        assert client.ask(STATUS) == STALE
        said = [text for level, text in local.log.lines if level == WARNING]
        assert said
        assert len(said) < 5
        driver.say('SETINFO ups.load "12"\n')
        assert client.ask("GET VAR u ups.load") == ['VAR u ups.load "12"']


@pytest.mark.parametrize("cut", range(1, 40))
def test_lines_may_be_cut_anywhere(cut: int) -> None:
    with Local() as local:
        client, driver = local.client(), local.driver()
        line = 'SETINFO ups.id "a \\"b\\" \\#c"\n'
        driver.say(line[:cut])
        driver.say(line[cut:])
        assert client.ask("GET VAR u ups.id") == ['VAR u ups.id "a \\"b\\" \\#c"']


def test_complains_now_and_then_about_a_driver_that_is_not_there() -> None:
    with Local() as local:
        local.pass_time(3)
        local.pass_time(296)
        complaints = [text for _, text in local.log.lines if text.startswith("Can't connect to UPS [u]")]
        assert complaints == ["Can't connect to UPS [u] (d-u): No such file or directory"]
        local.pass_time(10)
        assert len([text for _, text in local.log.lines if text.startswith("Can't connect to UPS [u]")]) == 2


def test_commands_and_settings_reach_it_quoted() -> None:
    with Local() as local:
        client, driver = local.user(), local.driver()
        assert client.ask('SET VAR u ups.id "a \\"b\\""', 'INSTCMD u test.panel.start "two words"') == ["OK", "OK"]
        assert driver.heard() == 'SET ups.id "a \\"b\\""\nINSTCMD test.panel.start "two words"\n'
        assert client.ask("INSTCMD u TEST.panel.start", 'INSTCMD u test.panel.start ""') == ["OK", "OK"]
        assert driver.heard() == "INSTCMD TEST.panel.start\nINSTCMD test.panel.start\n"


def test_tracking() -> None:
    with Local(conf="TRACKINGDELAY 30\n") as local:
        client, driver = local.user(), local.driver()
        assert client.ask("SET TRACKING ON") == ["OK"]
        ids = [client.ask("INSTCMD u test.panel.start")[0].removeprefix("OK TRACKING ") for _ in range(5)]
        assert len(set(ids)) == 5
        assert f"TRACKING {ids[0]}" in driver.heard()
        assert client.ask(f"GET TRACKING {ids[0]}") == ["PENDING"]
        driver.say("".join(f"TRACKING {id} {code}\n" for code, id in enumerate(ids)))
        assert client.ask(*(f"GET TRACKING {id.lower()}" for id in ids)) == [
            "SUCCESS",
            "ERR UNKNOWN",
            "ERR INVALID-ARGUMENT",
            "ERR FAILED",
            "ERR FAILED",
        ]
        assert f"tracking ID: {ids[0]}\tresult: SUCCESS" in local.log.texts
        other = local.user()
        assert other.ask(f"GET TRACKING {ids[0]}") == ["ERR FEATURE-NOT-CONFIGURED"]
        assert other.ask("SET TRACKING ON", f"GET TRACKING {ids[0]}") == ["OK", "SUCCESS"]
        local.pass_time(32)
        driver.say("PONG\n")
        assert other.ask(f"GET TRACKING {ids[0]}") == ["ERR UNKNOWN"]


def test_a_driver_that_does_not_read_is_given_up() -> None:
    with Local() as local:
        client, driver = local.user(), local.driver()
        driver.stream.pause()
        answers: set[str] = set()
        for _ in range(400):
            answers.update(client.ask(*["INSTCMD u test.panel.start " + "x" * 400] * 20))
            if "ERR INSTCMD-FAILED" in answers:
                break
        assert answers == {"OK", "ERR INSTCMD-FAILED", *GONE}
        assert "Send to UPS [u] failed" in local.log.texts


def test_what_may_be_set() -> None:
    dump = DUMP + (
        'SETINFO e "a"\nSETFLAGS e RW\nADDENUM e "a"\nADDENUM e "B"\n'
        'SETINFO r "5"\nSETFLAGS r RW\nADDRANGE r 1 10\nADDRANGE r 20 30\n'
        'SETINFO s "x"\nSETFLAGS s RW STRING\n'
    )
    with Local() as local:
        client = local.user()
        local.driver(dump=dump)
        assert client.ask("SET VAR u e b", "SET VAR u e B", "SET VAR u r 11", "SET VAR u r 30", "SET VAR u r abc") == [
            "ERR INVALID-VALUE",
            "OK",
            "ERR INVALID-VALUE",
            "OK",
            "ERR INVALID-VALUE",
        ]
        assert client.ask("SET VAR u s y", "SET VAR u ups.id 123456789") == ["ERR SET-FAILED", "ERR TOO-LONG"]
        assert client.ask("GET TYPE u e", "GET TYPE u r", "LIST ENUM u e", "LIST RANGE u r") == [
            "TYPE u e RW ENUM NUMBER",
            "TYPE u r RW RANGE NUMBER",
            "BEGIN LIST ENUM u e",
            'ENUM u e "a"',
            'ENUM u e "B"',
            "END LIST ENUM u e",
            "BEGIN LIST RANGE u r",
            'RANGE u r "1" "10"',
            'RANGE u r "20" "30"',
            "END LIST RANGE u r",
        ]


names = st.sampled_from(["a", "A", "ups.load", '"b c"', "ups\\.id"])
values = st.sampled_from(["1", "2", "two words", "", r"\"q\"", r"\\\\", r"\#", "= x"])
good = st.one_of(
    st.builds('SETINFO {} "{}"'.format, names, values),
    st.builds("SETINFO {} {}".format, names, st.sampled_from(["1", "x"])),
    st.builds("setinfo {} 3".format, names),
    st.builds("DELINFO {}".format, names),
    st.sampled_from(["PONG", "DATASTALE", "DATAOK", "ADDCMD x", "DUMPDONE", "SETFLAGS a RW", "# comment", ""]),
)


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    pieces = []
    for at in cuts:
        pieces.append(data[:at])
        data = data[at:]
    return [piece for piece in [*pieces, data] if piece]


@settings(max_examples=100)
@given(st.lists(good, max_size=20), st.lists(st.integers(1, 60), max_size=5))
@example(['SETINFO a "1"', "DELINFO a", 'SETINFO a "2"'], [20])
def test_the_quick_way_and_the_tokenizer_agree(lines: list[str], cuts: list[int]) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    wanted = UpsState()
    for words in Lexer().feed(data):
        assert isinstance(words, list)
        message = decode(words)
        if message is not None and not isinstance(message, Pong):
            wanted.apply(message)
    with Local() as local:
        driver = local.driver(dump="")
        ups = local.upsd.find("u")
        assert ups is not None
        ups.state.clear()  # of the WAIT
        for piece in cut(data, cuts):
            driver.stream.write(piece)
            local.settle()
        assert list(map(repr, ups.state.dump())) == list(map(repr, wanted.dump()))


@settings(max_examples=80)
@given(st.lists(st.one_of(good.map(str.encode), st.binary(max_size=30)), max_size=20), st.lists(st.integers(1, 60)))
@example([b'SETINFO ups.load "1', b'2"', b'SETINFO ups.load "3"'], [])
@example([b'SETINFO ups.id "a"b"', b'SETINFO ups.id "a#b"'], [])
def test_any_bytes_from_a_driver(lines: list[bytes], cuts: list[int]) -> None:
    """No exception, nothing in a value that could break an answer, and clients are served all the time."""
    data = b"".join(line + b"\n" for line in lines)
    with Local() as local:
        driver, client = local.driver(), local.client()
        client.ask("SUBSCRIBE u")
        for piece in cut(data, cuts):
            driver.stream.write(piece)
            local.settle()
        local.pass_time(3)
        assert client.ask("NETVER")[-1] == "1.3"
        listed = local.client().ask("LIST VAR u")
        assert len(listed) == 1 or all(line.startswith(("BEGIN LIST", "VAR u ", "END LIST")) for line in listed)
