"""The push extension: snapshot, then changes, without a gap; slow readers; the end of a subscription."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.local import DUMP, Client, Driver, Local
from wallnut.model.state import AddCmd, DriverGone, UpsState
from wallnut.proto.push import decode_notify
from wallnut.proto.words import split
from wallnut.server.session import MOST_WANTED

SNAPSHOT = [f"NOTIFY u {line}" for line in DUMP.splitlines()]


def subscribed(local: Local) -> Client:
    client = local.client()
    assert client.ask("SUBSCRIBE u")[0] == "OK SUBSCRIBED u"
    return client


def follow(state: UpsState, lines: list[str]) -> None:
    """What a client does with NOTIFY lines."""
    for line in lines:
        if line.startswith("NOTIFY"):
            notify = decode_notify(split(line))
            assert notify is not None, line
            state.apply(notify.message)


def said(state: UpsState) -> list[str]:
    return [repr(message) for message in state.dump()]


def test_snapshot_then_changes() -> None:
    with Local() as local:
        driver = local.driver()
        client = local.client()
        assert client.ask("subscribe U", "NETVER") == ["OK SUBSCRIBED U", *SNAPSHOT, "1.3"]
        driver.say('SETINFO ups.status "OB"\nSETINFO ups.status "OL"\nDELINFO battery.charge\nPONG\n')
        assert client.lines() == [
            'NOTIFY u SETINFO ups.status "OB"',
            'NOTIFY u SETINFO ups.status "OL"',
            "NOTIFY u DELINFO battery.charge",
        ]
        driver.say('SETINFO ups.status "OL"\n')  # no change
        assert client.lines() == []
        assert client.ask("UNSUBSCRIBE u", "UNSUBSCRIBE u") == ["OK UNSUBSCRIBED u"] * 2
        driver.say('SETINFO ups.status "OB"\n')
        assert client.lines() == []


def test_errors() -> None:
    with Local() as local:
        client = local.client()
        too_many = "SUBSCRIBE u" + " v" * (MOST_WANTED + 1)
        assert client.ask("SUBSCRIBE", too_many, "SUBSCRIBE zz", "UNSUBSCRIBE", "UNSUBSCRIBE zz") == [
            "ERR INVALID-ARGUMENT",
            "ERR INVALID-ARGUMENT",
            "ERR UNKNOWN-UPS",
            "ERR INVALID-ARGUMENT",
            "ERR UNKNOWN-UPS",
        ]


def test_some_variables_alone() -> None:
    """Their state and their changes, what concerns the whole UPS, and nothing else."""
    with Local() as local:
        driver = local.driver()
        full, client = subscribed(local), local.client()
        status, mine = 'NOTIFY u SETINFO ups.status "OL"', [line for line in SNAPSHOT if "ups.id" in line]
        ends = ["NOTIFY u DATAOK", "NOTIFY u DUMPDONE"]
        assert client.ask("SUBSCRIBE u UPS.status ups.id new") == ["OK SUBSCRIBED u", *mine, status, *ends]
        driver.say('SETINFO ups.load "1"\nDELINFO battery.charge\nADDCMD load.off\nDELCMD load.off\n')
        assert client.lines() == []
        assert len(full.lines()) == 4
        driver.say('SETINFO ups.load "2"\nSETINFO ups.status "OB"\nSETINFO new "1"\nSETFLAGS new RW\nDELINFO new\n')
        assert client.lines() == [
            'NOTIFY u SETINFO ups.status "OB"',
            'NOTIFY u SETINFO new "1"',
            "NOTIFY u SETFLAGS new RW",
            "NOTIFY u DELINFO new",
        ]
        assert local.user().ask("FSD u") == ["OK FSD-SET"]
        assert client.lines() == ['NOTIFY u SETINFO ups.status "FSD OB"']
        driver.say("DATASTALE\n")
        assert client.lines() == ["NOTIFY u DATASTALE"]
        full.lines()
        # each subscription replaces the one before
        assert client.ask("SUBSCRIBE u ups.load")[1:] == [
            "NOTIFY u DATASTALE",
            'NOTIFY u SETINFO ups.load "2"',
            "NOTIFY u DUMPDONE",
        ]
        driver.say('SETINFO ups.status "OL"\nSETINFO ups.load "3"\n')
        assert client.lines() == ['NOTIFY u SETINFO ups.load "3"']
        assert len(client.ask("SUBSCRIBE u")) > 5
        driver.say('SETINFO ups.status "OB"\n')
        assert client.lines() == ['NOTIFY u SETINFO ups.status "FSD OB"']
        assert client.ask("SUBSCRIBE u ups.load", "UNSUBSCRIBE u")[-1] == "OK UNSUBSCRIBED u"
        driver.say('SETINFO ups.load "4"\n')
        assert client.lines() == []
        driver.say("DATAOK\n")
        client.ask("SUBSCRIBE u ups.load")
        driver.stream.close()
        assert client.lines() == ["NOTIFY u DRIVER-NOT-CONNECTED"]


def test_a_slow_reader_of_some_variables() -> None:
    """What it did not ask for is not noted for it either."""
    with Local() as local:
        driver = local.driver()
        slow, names = Slow(local), "filler ups.status battery.charge"
        follow(slow.state, slow.client.ask(f"SUBSCRIBE u {names}"))
        slow.fill(driver)
        driver.say('SETINFO ups.load "5"\nSETINFO ups.status "OB"\nSETINFO ups.status "OB LB"\nADDCMD load.off\n')
        driver.say('DELINFO battery.charge\nSETINFO filler "end"\nDATASTALE\n')
        lines: list[str] = []
        while more := slow.client.lines():
            lines += more
        last = [line for line in lines if 'SETINFO filler "0' not in line]
        assert sorted(last) == [
            "NOTIFY u DATASTALE",
            "NOTIFY u DELINFO battery.charge",
            'NOTIFY u SETINFO filler "end"',
            'NOTIFY u SETINFO ups.status "OB LB"',
        ]
        driver.say('SETINFO ups.load "7"\nSETINFO ups.status "OL"\n')
        assert slow.client.lines() == ['NOTIFY u SETINFO ups.status "OL"']
        slow.fill(driver)
        driver.stream.close()
        local.settle()
        local.driver()
        state = UpsState()
        while more := slow.client.lines():
            follow(state, more)
        assert sorted(state.variables) == ["battery.charge", "ups.status"]
        assert not state.commands
        assert state.complete


def test_nobody_else_sees_a_line() -> None:
    with Local() as local:
        driver, client = local.driver(), local.client()
        subscribed(local)
        driver.say('SETINFO ups.status "OB"\n')
        assert client.lines() == []


def test_a_driver_that_comes_and_goes() -> None:
    with Local() as local:
        client = local.client()
        assert client.ask("SUBSCRIBE u") == ["OK SUBSCRIBED u", "NOTIFY u DRIVER-NOT-CONNECTED"]
        driver = local.driver(dump="")
        assert client.lines() == ['NOTIFY u SETINFO ups.status "WAIT"', "NOTIFY u DATAOK"]
        late = local.client()
        assert late.ask("SUBSCRIBE u") == ["OK SUBSCRIBED u", 'NOTIFY u SETINFO ups.status "WAIT"', "NOTIFY u DATAOK"]
        driver.say(DUMP)
        for each in (client, late):
            state = UpsState()
            lines = each.lines()
            assert lines[-1] == "NOTIFY u DUMPDONE"
            follow(state, lines)
            assert state.value("ups.status") == "OL"
        driver.stream.close()
        assert client.lines() == ["NOTIFY u DRIVER-NOT-CONNECTED"]


def test_staleness_is_the_servers_judgement() -> None:
    with Local(conf="MAXAGE 5\n") as local:
        driver, client = local.driver(), subscribed(local)
        client.lines()
        driver.say("DATASTALE\n")
        assert client.lines() == ["NOTIFY u DATASTALE"]
        driver.say("DATAOK\n")
        assert client.lines() == ["NOTIFY u DATAOK"]
        local.pass_time(8)
        assert client.lines() == ["NOTIFY u DATASTALE"]
        assert subscribed(local).lines() == []
        again = local.client()
        assert again.ask("SUBSCRIBE u") == ["OK SUBSCRIBED u", "NOTIFY u DATASTALE", *SNAPSHOT[:-2], SNAPSHOT[-1]]
        driver.say("PONG\n")
        local.pass_time(1)
        assert client.lines() == ["NOTIFY u DATAOK"]


def test_fsd() -> None:
    with Local() as local:
        driver, client = local.driver(), subscribed(local)
        assert local.user().ask("FSD u") == ["OK FSD-SET"]
        assert client.lines() == ['NOTIFY u SETINFO ups.status "FSD OL"']
        driver.say('SETINFO ups.status "OB"\n')
        assert client.lines() == ['NOTIFY u SETINFO ups.status "FSD OB"']
        assert 'NOTIFY u SETINFO ups.status "FSD OB"' in local.client().ask("SUBSCRIBE u")


def test_subscribing_twice_gives_a_new_snapshot_and_one_line_a_change() -> None:
    with Local() as local:
        driver, client = local.driver(), subscribed(local)
        assert client.ask("SUBSCRIBE u") == ["OK SUBSCRIBED u", *SNAPSHOT]
        driver.say('SETINFO ups.status "OB"\n')
        assert client.lines() == ['NOTIFY u SETINFO ups.status "OB"']


def test_the_end_of_a_ups() -> None:
    from wallnut.config.files import parse_ups_conf

    with Local() as local:
        client = local.client()
        client.ask("SUBSCRIBE u", "SUBSCRIBE v")
        local.upsd.reconfigure(parse_ups_conf(b"[v]\ndriver = d\nport = p\n")[0], None, None)
        assert client.lines() == ["NOTIFY u UNKNOWN-UPS"]
        assert client.ask("GET VAR u ups.status", "NETVER") == ["ERR UNKNOWN-UPS", "1.3"]


def test_subscribers_may_be_silent_others_not() -> None:
    with Local() as local:
        local.driver()
        quiet, listener = local.client(), subscribed(local)
        local.pass_time(60)
        assert local.sessions() == 2
        local.pass_time(3)
        assert local.sessions() == 1
        assert quiet.read() == b""
        assert quiet.over
        assert listener.ask("NETVER") == ["NOTIFY u DATASTALE", "1.3"]
        assert listener.ask("UNSUBSCRIBE u") == ["OK UNSUBSCRIBED u"]
        local.pass_time(63)
        assert local.sessions() == 0


class Slow:
    """A subscriber that reads nothing until it is told to; its copy of the state is made of what it gets."""

    def __init__(self, local: Local, *names: str) -> None:
        self.local = local
        self.state = UpsState()
        self.client = local.client()
        follow(self.state, self.client.ask(" ".join(("SUBSCRIBE u", *names)))[1:])

    def fill(self, driver: Driver) -> int:
        """Changes until the server keeps something for us; how many lines that took."""
        count = 0
        while not any(session.stream.unsent for session in self.local.upsd.sessions):
            count += 1
            driver.say(f'SETINFO filler "{count:0250d}"\n')
        return count

    def catch_up(self) -> int:
        """Read all; how many lines."""
        count = 0
        for _ in range(1000):
            lines = self.client.lines()
            if not lines:
                return count
            follow(self.state, lines)
            count += len(lines)
        raise AssertionError("there is no end of lines")


def test_a_slow_reader_gets_the_newest_of_each() -> None:
    with Local() as local:
        driver = local.driver()
        slow = Slow(local)
        filled = slow.fill(driver)
        before = sum(session.stream.unsent for session in local.upsd.sessions)
        for number in range(20_000):
            driver.stream.write(f'SETINFO ups.load "{number}"\nSETINFO filler "x{number}"\n'.encode())
            if number % 100 == 0:
                local.settle()
        driver.say(
            'DELINFO battery.charge\nADDCMD load.off\nDELCMD test.panel.start\nSETINFO new "1"\nSETFLAGS new RW\n'
            'ADDENUM ups.id "rack"\nDATASTALE\n'
        )
        assert sum(session.stream.unsent for session in local.upsd.sessions) == before
        assert slow.catch_up() < filled + 50
        ups = local.upsd.find("u")
        assert ups is not None
        assert said(slow.state) == said(ups.state)
        assert slow.state.stale
        driver.say('SETINFO ups.load "7"\n')
        assert slow.client.lines() == ['NOTIFY u SETINFO ups.load "7"']


def test_a_slow_reader_whose_driver_went_and_came() -> None:
    with Local() as local:
        driver = local.driver()
        slow = Slow(local)
        slow.fill(driver)
        driver.stream.close()
        local.settle()
        new = local.driver(dump=DUMP.replace("rack", "shelf"))
        slow.catch_up()
        assert slow.state.value("ups.id") == "shelf"
        assert slow.state.complete
        slow.fill(new)
        new.stream.close()
        local.settle()
        slow.catch_up()
        assert not slow.state.variables


def test_a_subscriber_that_never_reads_is_dropped_in_the_end() -> None:
    with Local() as local:
        driver = local.driver()
        slow = Slow(local)
        slow.fill(driver)
        reader = subscribed(local)
        for number in range(70):
            driver.say(f'SETINFO ups.load "{number}"\n')
            local.pass_time(1)
            assert reader.lines()[-1] == f'NOTIFY u SETINFO ups.load "{number}"'
        assert any("is dropped: idle" in text for text in local.log.texts)
        assert local.sessions() == 1


changes = st.one_of(
    st.tuples(st.just("SETINFO"), st.sampled_from("abcd"), st.sampled_from(["1", "2", '"', "#", ""])),
    st.tuples(st.just("DELINFO"), st.sampled_from("abcd")),
    st.tuples(st.just("SETFLAGS"), st.sampled_from("abcd"), st.sampled_from(["RW", "STRING", "RW STRING", ""])),
    st.tuples(st.just("SETAUX"), st.sampled_from("abcd"), st.integers(0, 9)),
    st.tuples(st.just("ADDENUM"), st.sampled_from("abcd"), st.sampled_from("xyz")),
    st.tuples(st.just("DELENUM"), st.sampled_from("abcd"), st.sampled_from("xyz")),
    st.tuples(st.just("ADDRANGE"), st.sampled_from("abcd"), st.integers(0, 3), st.integers(4, 6)),
    st.tuples(st.just("ADDCMD"), st.sampled_from("pq")),
    st.tuples(st.just("DELCMD"), st.sampled_from("pq")),
    st.tuples(st.just("DATASTALE")),
    st.tuples(st.just("DATAOK")),
)


def spell(change: tuple[object, ...]) -> str:
    verb, *rest = change
    if verb in ("SETINFO", "ADDENUM", "DELENUM"):
        value = str(rest[1]).replace("\\", "\\\\").replace('"', '\\"').replace("#", "\\#")
        return f'{verb} {rest[0]} "{value}"\n'
    return " ".join(map(str, change)) + "\n"


@settings(max_examples=60)
@given(st.lists(st.lists(changes, max_size=12), max_size=5), st.sets(st.integers(0, 4)))
def test_every_copy_comes_out_the_same(batches: list[list[tuple[object, ...]]], slow_in: set[int]) -> None:
    """A reader that keeps up, one that is slow now and then, and a late one know what the server knows."""
    with Local() as local:
        driver = local.driver()
        reader, slow, narrow = Slow(local), Slow(local), Slow(local, "a", "B", "filler")
        for number, batch in enumerate(batches):
            if number in slow_in:
                slow.fill(driver)
            driver.say("".join(map(spell, batch)))
            reader.catch_up()
            if number - 1 in slow_in:
                slow.catch_up()
                narrow.catch_up()
        slow.catch_up()
        narrow.catch_up()
        late = UpsState()
        follow(late, local.client().ask("SUBSCRIBE u"))
        ups = local.upsd.find("u")
        assert ups is not None
        wanted = said(ups.state)
        assert said(reader.state) == wanted
        assert said(slow.state) == wanted
        assert said(late) == wanted
        part = UpsState()
        for message in ups.dump():
            if getattr(message, "name", "a").lower() in ("a", "b", "filler") and type(message) is not AddCmd:
                part.apply(message)
        assert said(narrow.state) == said(part)
        assert DriverGone() not in list(ups.dump())
