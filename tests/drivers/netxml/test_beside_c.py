"""netxml-ups beside C's: the same pages give the same variables, object by object."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import pytest

from tests.support.at_once import AtOnce
from tests.support.cnut import CNut
from tests.support.looks import by_c, by_us
from tests.support.peers import need
from tests.support.procs import running
from tests.support.wait import until
from tests.support.xml_card import Card, serving
from wallnut.drivers.netxml import pages
from wallnut.drivers.netxml.driver import NetXml
from wallnut.drivers.netxml.mge import MGE
from wallnut.drivers.netxml.subscription import request

at_once = AtOnce()

PACKAGE = "nut-xml"
FLAGS = [row.path for row in MGE.flags]
PATHS = sorted({row.path for row in MGE.rows} | {*FLAGS, MGE.left_path})

NOT_IN_C = {
    "battery.voltage": "C 2.7.4 showed it, 2.8.0 does not",
    "battery.current": "C 2.7.4 showed it, 2.8.0 does not",
    **{
        f"outlet.{number}.{what}": "C looks at the wrong outlet of an ePDU"
        for number in range(4, 9)
        for what in ("desc", "current")
    },
}
"""Variables that C 2.8.0 does not have, and why ours does. (What stands in docs/netxml-ups.md is tested there.)"""

Shown = dict[str, str]


def both(card: Card, **settings: str | None) -> tuple[Shown, Shown]:
    """What C's driver shows of a card, and what ours does, but for what C has never heard of. C announces variables
    that can be set before they have a value, and says FSD last; we wait for a value, and say it first."""
    where: dict[str, str | None] = {"port": f"http://127.0.0.1:{card.port}", **settings}
    theirs, ours = by_c("netxml-ups", PACKAGE, where), by_us(NetXml, where)
    return (
        {name: in_order(name, value) for name, value in theirs.items() if value},
        {name: in_order(name, value) for name, value in ours.items() if name not in NOT_IN_C},
    )


def in_order(name: str, value: str) -> str:
    """A value; of ups.status its words in some order."""
    return " ".join(sorted(value.split())) if name == "ups.status" else value


@pytest.mark.parametrize("value", ["0", "1", "2", "98", "2016/03/17 13:37:33"])
@at_once
def test_every_object(value: str) -> None:
    with serving(Card(dict.fromkeys(PATHS, value))) as card:
        theirs, ours = both(card)
    assert ours == theirs


@at_once
def test_old_cards() -> None:
    with serving(Card(dict.fromkeys(PATHS, "55"), kind="Transverse", version="GB (SN 49EH29101)")) as card:
        theirs, ours = both(card, do_convert_deci=None)
    assert ours == theirs
    assert ours["ambient.temperature.maximum"] == "55"
    assert ours["ups.firmware.aux"] == "Network Management Card/Transverse/GB"
    assert ours["output.L1.current"] == "5.5"


@pytest.mark.parametrize("seed", range(3))
@at_once
def test_flags(seed: int) -> None:
    random = Random(seed)
    page = {path: str(random.randint(0, 1)) for path in FLAGS}
    page |= {
        MGE.delay_path: random.choice(["-1", "0", "120", "121"]),
        MGE.left_path: random.choice(["NONE", "-1", "5"]),
    }
    with serving(Card(page)) as card:
        theirs, ours = both(card)
    assert ours == theirs


@at_once
def test_an_epdu() -> None:
    said = {"PDU.OutletSystem.Outlet[1].iName": "A", "PDU.OutletSystem.Outlet[2].Current": "12"}
    with serving(Card(said, kind="Monitored ePDU", version="Version Upgrade")) as card:
        theirs, ours = both(card)
    assert ours == theirs
    assert ours["device.type"] == "pdu"


@pytest.mark.parametrize(
    "side",
    [
        {"Phase[1].Voltage": "230", "Phase[2].Voltage": "231"},
        {"Phase[1].Voltage": "230", "Phase[2].Voltage": "231", "Phase[3].Voltage": "229"},
        {"Phase[12].Voltage": "400", "Phase[23].Voltage": "401"},
        {"Phase[1].Current": "3", "Phase[3].Current": "2"},
    ],
)
@at_once
def test_phases(side: Shown) -> None:
    both_sides = {f"UPS.PowerConverter.{name}.{path}": value for path, value in side.items() for name in SIDES}
    with serving(Card(objects=both_sides)) as card:
        theirs, ours = both(card)
    assert ours == theirs
    assert "input.phases" in ours


SIDES = ("Input[1]", "Input[2]", "Output")


def without(*paths: str) -> Callable[[Card], None]:
    """A card that has no such pages."""

    def change(card: Card) -> None:
        card.raw = lambda path: b"HTTP/1.1 404 no\r\nContent-Length: 0\r\n\r\n" if path in paths else None

    return change


def torn(path: str) -> Callable[[Card], None]:
    """A card that sends half of a page."""

    def change(card: Card) -> None:
        half = (card.page(path) or b"")[:-20]
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(half)}\r\n\r\n".encode()
        card.raw = lambda asked: head + half if asked == path else None

    return change


def elsewhere(card: Card) -> None:
    """A card whose first page is at another place."""
    card.pages["/ws/product.xml"] = card.pages.pop("/mgeups/product.xml")


@pytest.mark.parametrize(
    "change",
    [without("/getvalue.cgi"), without("/upsprop.xml"), torn("/upsprop.xml"), elsewhere],
    ids=["no values", "no summary", "half of the summary", "first page elsewhere"],
)
@at_once
def test_cards_with_faults(change: Callable[[Card], None]) -> None:
    said = {path: "1" for path in PATHS if "Phase" not in path}
    with serving(Card(said, {"System.Contact": "Jane", "UPS.PowerSummary.PercentLoad": "12"})) as card:
        change(card)
        theirs, ours = both(card)
    assert ours == theirs
    assert ours


@pytest.mark.parametrize("missing", ["/mgeups/product.xml", "/upsprop.xml /getvalue.cgi"])
@at_once
def test_cards_that_are_of_no_use(missing: str) -> None:
    with serving(Card(dict.fromkeys(PATHS, "1"))) as card:
        without(*missing.split())(card)
        theirs, ours = both(card)
    assert "ups.status" not in theirs
    assert not ours


def is_stale(nut: CNut, ups: str) -> bool:
    """Whether upsd says that a UPS's data is stale."""
    return nut.ask(f"GET VAR {ups} ups.status") == ["ERR DATA-STALE"]


@at_once
def test_a_card_that_comes_back_and_settings(tmp_path: Path) -> None:
    """Both say that the data is stale, and both are fine afterwards. Both send the same form for a setting."""
    card = Card({"UPS.PowerSummary.PresentStatus.ACPresent": "1"}, {"System.ShutdownDuration": "120"})
    with serving(card):
        nut = CNut(tmp_path).server("MAXAGE 15").user("admin", "adm", "actions = SET", "instcmds = ALL")
        for ups in ("theirs", "ours"):
            where = f"port = http://127.0.0.1:{card.port}"
            nut.section(ups, "driver = netxml-ups", where, "pollinterval = 1", "timeout = 1", "shutdown_timer = 60")
        with nut:
            c = (need("netxml-ups", PACKAGE), "-F", "-u", "root", "-a", "theirs")
            us = (sys.executable, "-m", "wallnut.cli.driver", "netxml-ups", "-F", "-u", "root", "-a", "ours")
            with running(*c, env=nut.env), running(*us, env=nut.env):
                for ups in ("theirs", "ours"):
                    nut.wait_for(ups, "ups.delay.shutdown", "120")
                card.raw = lambda path: b""  # it hangs up
                for ups in ("theirs", "ours"):
                    until(partial(is_stale, nut, ups), 20, f"stale data of {ups}")
                card.raw = lambda path: None
                card.summary["UPS.PowerSummary.PresentStatus.ACPresent"] = "0"
                for ups in ("theirs", "ours"):
                    nut.wait_for(ups, "ups.status", "OB", 20)
                for number, ups in enumerate(("theirs", "ours"), 1):
                    nut.ask("USERNAME admin", "PASSWORD adm", f'SET VAR {ups} ups.delay.shutdown "9{number}"')
                    nut.wait_for("ours", "ups.delay.shutdown", f"9{number}")
    (path, theirs), (ours_path, ours) = card.posted
    assert ours_path == path
    boundary = theirs.split(b"\r\n")[0].removeprefix(b"--")
    assert ours.replace(pages.BOUNDARY.encode(), boundary).replace(b"92", b"91") == theirs


@at_once
def test_what_is_said_to_subscribe() -> None:
    """C 2.8.0 asks for alarms, but does not understand any answer: proved is what it asks."""
    with serving(Card({"UPS.PowerSummary.PresentStatus.ACPresent": "1"})) as card:
        by_c(
            "netxml-ups", PACKAGE, {"port": f"http://127.0.0.1:{card.port}", "subscribe": None, "shutdown_timer": "60"}
        )
        path, body = card.posted[0]
    who, host = (body.decode().partition(f"<{tag}>")[2].partition("<")[0] for tag in ("Class", "HostName"))
    # C ends one line as no other, where there is a timer
    assert (path, body.replace(b"\r", b"")) == ("/subscribe.cgi", request(who, host, 120, 60))
