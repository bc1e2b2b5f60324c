"""netxml-ups: settings, shutdown, alarms, cards that are of no use."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.hosts import Hosted, section
from tests.support.looks import OF_NO_INTEREST, variables
from tests.support.xml_card import Card, serving
from wallnut.drivers.netxml.driver import RETRY, NetXml
from wallnut.drivers.netxml.mge import MGE
from wallnut.model.errors import ConfigError

DUMPS = Path(os.environ.get("WALLNUT_DDL") or Path(__file__).parents[4] / "shared" / "ddl")
DUMP = DUMPS / "Eaton__9PX__netxml-ups__2.7.4__03.dev"

AC = "UPS.PowerSummary.PresentStatus.ACPresent"


def card(**more: str) -> Card:
    """A card with settings."""
    return Card({AC: "1", "UPS.PowerSummary.RemainingCapacity": "100"}, {"System.RunTimeToEmptyLimit": "180", **more})


@contextmanager
def hosted(served: Card, **settings: str | int | None) -> Iterator[Hosted]:
    """The driver of a card, started."""
    with Hosted(NetXml, section(port=f"http://127.0.0.1:{served.port}", **settings)) as host:
        yield host.start()


def told(host: Hosted, line: str) -> str:
    """What the tracking of a command or a setting says."""
    peer = host.peer()
    host.say(peer, f"{line} TRACKING 1")
    host.until(lambda: any(said.startswith("TRACKING 1 ") for said in peer.lines), "an answer")
    return next(said for said in peer.lines if said.startswith("TRACKING 1 ")).split()[-1]


def test_settings() -> None:
    with serving(card(**{"System.Contact": "Jane"})) as served, hosted(served) as host:
        assert told(host, 'SET battery.runtime.low "240"') == "0"
        assert host.host.state.value("battery.runtime.low") == "240"
        assert told(host, 'SET device.contact "R&D"') == "0"
        assert host.host.state.value("device.contact") == "R&D"
        contact = host.host.state.get("device.contact")
        assert contact is not None
        assert contact.flags() == ("RW", "STRING")
        assert told(host, 'SET battery.runtime.low "12345678901"') == "2"
        assert told(host, 'SET battery.runtime.low ""') == "2"
        assert told(host, 'SET battery.charge "5"') == "1"
        assert told(host, 'SET device.location "here"') == "1"  # the card has none
        served.takes = False
        assert told(host, 'SET battery.runtime.low "300"') == "3"
        assert host.host.state.value("battery.runtime.low") == "240"
        assert len(served.posted) == 3


def test_shutdown() -> None:
    with serving(card()) as served, hosted(served) as host:
        assert told(host, "INSTCMD shutdown.default") == "0"
        path, body = served.posted[-1]
        assert path == "/Forms/set_obj_2"
        assert b'<OBJECT name="System.RunTimeToEmptyLimit">999999999</OBJECT>' in body
        served.raw = lambda path: b"HTTP/1.1 403 no\r\nContent-Length: 0\r\n\r\n"
        assert told(host, "INSTCMD shutdown.default") == "3"


def test_a_card_that_asks_who_we_are() -> None:
    with serving(card()) as served:
        served.login, served.password = "admin", "secret"
        with hosted(served) as host:
            assert "answers with status 401; it wants another login" in (host.verdict or "")
        with hosted(served, login="admin", password="secret") as host:
            assert host.host.state.value("ups.status") == "OL"


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (Card(more=' protocol="XML.V4"'), "version 4"),
        (Card(), "no such page|status"),
    ],
)
def test_cards_of_no_use(made: Card, says: str) -> None:
    if not made.pages["/mgeups/product.xml"].count(b"V4"):
        made.pages["/mgeups/product.xml"] = b"<PRODUCT_INFO/>"
    with serving(made) as served, hosted(served) as host:
        assert host.host.state.stale
        text = " ".join([host.verdict or "", *host.log.texts])
        assert any(word in text for word in says.split("|")), text


def test_no_card_at_all() -> None:
    with serving(Card()) as served:
        served.pages.clear()
        with hosted(served) as host:
            assert "no card that speaks XML: /mgeups/product.xml: the card answers with status 404" in (
                host.verdict or ""
            )


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"port": "192.0.2.1"}, "http://HOST or https://HOST"),
        ({"port": "http://x", "timeout": "0"}, "1 to 60"),
        ({"port": "http://x", "shutdown_duration": "-1"}, "at least 0"),
        ({"port": "http://x", "subscribe": "maybe"}, "yes or no"),
    ],
)
def test_bad_settings(settings: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Hosted(NetXml, section(**settings))


class Alarms:
    """The port on which a card sends alarms. `links` are those that listen, `heard` what they said."""

    def __init__(self, answer: bytes = b'<Subscription Answer="ok"></Subscription>\0') -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.page = b"<Port>%d</Port>\n<Secret>4711</Secret>\n" % self.listener.getsockname()[1]
        self.answer = answer
        self.links: list[socket.socket] = []
        self.heard: list[bytes] = []
        self.thread = threading.Thread(target=self._accept)
        self.thread.start()

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            self.heard.append(link.recv(4096))
            link.sendall(self.answer)
            self.links.append(link)

    def __enter__(self) -> Alarms:
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)
        for link in self.links:
            link.close()


def test_alarms_are_heard_at_once() -> None:
    with serving(card()) as served, Alarms() as alarms:
        served.pages["/subscribe.cgi"] = alarms.page
        with hosted(served, subscribe=None) as host:
            assert alarms.heard == [b'<Subscription Identification="4711"></Subscription>\0']
            assert host.host.state.value("driver.delay.shutdown") == "150"
            del served.summary[AC]  # only the alarm tells
            alarm = f'<ALARM object="{AC}" value="0" date="2008/03/01 15:23:26">on battery</ALARM>'.encode()
            host.until(lambda: alarms.links, "the card to have its listener")
            alarms.links[0].sendall(alarm[:30])
            alarms.links[0].sendall(alarm[30:])
            # the clock stands: nothing but the alarm can have made it poll
            host.until(lambda: host.host.state.value("ups.status") == "OB", "the alarm", tick=0.001)
            assert host.host.state.value("ups.time") == "15:23:26"
            alarms.links[0].close()
            host.until(lambda: "no more alarms" in " ".join(host.log.texts), "the end of alarms", tick=0.001)
            assert not host.host.state.stale
            host.pass_time(RETRY + 3, step=2)
            host.until(lambda: len(alarms.links) == 2, "another subscription")


@pytest.mark.parametrize(
    ("answer", "why"),
    [(b"", "no port and secret"), (b"<Port>1</Port><Secret>2</Secret>", "can't connect"), (None, "rejects")],
)
def test_a_card_that_sends_no_alarms(answer: bytes | None, why: str) -> None:
    with serving(card()) as served, Alarms(b"<Subscription Answer='no'/>\0") as alarms:
        served.pages["/subscribe.cgi"] = alarms.page if answer is None else answer
        with hosted(served, subscribe=None, timeout=1) as host:
            assert host.host.state.value("ups.status") == "OL"
            said = [text for text in host.log.texts if "only polling" in text]
            assert why in said[0]
            host.pass_time(6)
            assert len([text for text in host.log.texts if "only polling" in text]) == 1


@pytest.mark.skipif(not DUMP.exists(), reason="NUT's device dump library is not here")
def test_names_of_the_dump() -> None:
    """All that C's driver of 2.7.4 showed of an Eaton 9PX has a row."""
    pairs = (line.partition(": ") for line in DUMP.read_text().splitlines() if ": " in line and line[0] != "#")
    names = {name for name, _, _ in pairs if not OF_NO_INTEREST.match(name)}
    rows = {row.name for row in MGE.rows}
    ours = {"ups.status", "ups.firmware.aux", "device.mfr", "device.model", "device.serial", "device.type"}
    assert names - rows - ours == set()


def test_variables_that_go() -> None:
    """input.transfer.reason is there while there is a reason."""
    range_bit = "UPS.PowerConverter.Input[1].PresentStatus.VoltageOutOfRange"
    with serving(card()) as served, hosted(served) as host:
        assert "input.transfer.reason" not in variables(host)
        served.summary[range_bit] = "1"
        host.pass_time(2)
        assert variables(host)["input.transfer.reason"] == "input voltage out of range"
        served.summary[range_bit] = "0"
        host.pass_time(2)
        assert "input.transfer.reason" not in variables(host)
