"""The overview's order, its search, what feeds what, and what a page is told that looked away."""

from __future__ import annotations

from dataclasses import replace

from tests.web.devices import device
from wallnut.web import words
from wallnut.web.arrange import MANY, MOST_TROUBLE, Arranger, Shared
from wallnut.web.feeds import Feeds, Thing, outlets
from wallnut.web.fleet import MOST_GONE, Fleet
from wallnut.web.pages.overview import matching
from wallnut.web.snapshot import Device, Server


def fleet(*devices: Device) -> Fleet:
    found = Fleet()
    found.update({one.id: one for one in devices})
    return found


def many(count: int, status: str = "OL", **values: str) -> list[Device]:
    return [device(f"{status.lower()}{at}", status, **values) for at in range(count)]


def test_trouble_comes_first_and_few_get_a_tile_each() -> None:
    found = Arranger(fleet(*many(2), device("bad", "OB LB"), device("worse", "FSD OB"), device("c", "OB"))).now()
    assert [one.address.ups for one in found.trouble] == ["worse", "bad", "c"]
    assert [one.address.ups for one in found.well] == ["ol0", "ol1"]
    assert (found.bad, found.sites, found.more) == (3, (), ())
    assert found.places["bad@localhost"] == "trouble"


def test_many_take_a_line_each_by_their_site_or_their_state() -> None:
    well = many(MANY, device__location="Cellar")
    bad = many(MOST_TROUBLE + 3, "OB")
    found = Arranger(fleet(*well, device("far", host="far"), *bad)).now()
    assert [(group.name, len(group.devices)) for group in found.sites] == [("Cellar", MANY), ("far", 1)]
    assert [(group.state, len(group.devices)) for group in found.more] == [(words.State.BATTERY, 3)]
    assert (len(found.trouble), found.bad, found.well) == (MOST_TROUBLE, MOST_TROUBLE + 3, ())
    assert found.places["far@far"] == "line far"
    assert set(found.places) == {one.id for one in (*well, *bad)} | {"far@far"}


def test_it_is_arranged_again_when_something_has_changed() -> None:
    devices = fleet(
        device(ups__realpower="120"), device("nas", ups__realpower="80.5"), device("old", code="DATA-STALE")
    )
    arranger = Arranger(devices)
    before = arranger.now()
    assert arranger.now() is before
    assert (before.power, before.lost) == (200.5, ())
    devices.update({"rack@localhost": None, "localhost": Server("localhost", "gone", 5.0, False)})
    after = arranger.now()
    assert (after.power, len(after.lost), "rack@localhost" in after.places) == (80.5, 1, False)


def test_the_last_event_is_one_that_was_seen() -> None:
    first, second = device("a"), replace(device("b"), since=2000.0)
    unseen = replace(device("c"), since=9000.0, exact=False)
    assert Arranger(fleet(first, second, unseen)).now().last is second
    lost = replace(device("d", code="UNREACHABLE"), lost_at=3000.0)
    assert Arranger(fleet(first, second, lost)).now().last is lost
    assert Arranger(fleet(unseen)).now().last is None


def test_a_page_is_told_what_changed_since_it_was_drawn() -> None:
    devices = fleet(device("a"), device("b"))
    mark = devices.mark
    assert devices.since(mark) == []
    devices.update({"b@localhost": device("b", "OB")})
    devices.again(["a@localhost"])
    assert sorted(devices.since(mark) or ()) == ["a@localhost", "b@localhost"]
    for foreign in ("", "x.1", Fleet().mark, mark.replace(".", ".-"), f"{mark}\u0661", mark + "9" * 99):
        assert devices.since(foreign) is None


def test_names_that_come_and_go_are_forgotten() -> None:
    devices = fleet(device("a"))
    mark = devices.mark
    for at in range(MOST_GONE + 5):
        one = device(f"x{at}")
        devices.update({one.id: one})
        devices.update({one.id: None})
    assert devices.since(mark) is None  # a page with that mark is drawn anew
    assert len(devices.since(devices.mark.rpartition(".")[0] + ".0") or ()) < MOST_GONE + 5


def test_all_words_of_a_search_must_be_there() -> None:
    one = device("rack", "OB", device__location="Hall 2", ups__model="Smart-UPS")
    assert all(matching(query)(one) for query in ("", "rack", "HALL battery", "smart 2"))
    assert not matching("hall nas")(one)


def test_what_feeds_what() -> None:
    feeds = Feeds(["rack@localhost > nas, pdu , pdu9@far", "far > rack"])
    rack, pdu = device(), device("pdu")
    devices = {one.id: one for one in (rack, pdu)}
    found = feeds.around(rack, devices)
    assert found.feeds == (Thing("nas"), Thing("pdu", "pdu@localhost"), Thing("pdu9@far"))
    assert found.fed_by == (Thing("far"),)
    assert feeds.around(pdu, devices).fed_by == (Thing("rack", "rack@localhost"),)
    assert feeds.around(device("alone"), devices) == Feeds().around(rack, devices)


def test_outlets_that_somebody_has_named_are_fed() -> None:
    values = {
        "outlet__desc": "Main Outlet",
        "outlet__0__name": "all",
        "outlet__1__desc": "PowerShare Outlet 1",
        "outlet__2__desc": "router",
        "outlet__2__name": "Router",
        "outlet__3__name": "Outlet 3",
        "outlet__4__desc": "NAS",
        "outlet__4__status": "on",
    }
    assert outlets(device("pdu", **values)) == (Thing("Router"), Thing("NAS"))


def test_a_shared_text_is_made_once() -> None:
    made: list[int] = []

    def make() -> str:
        made.append(1)
        return str(len(made))

    shared = Shared(most=2)
    assert [shared.get(("a",), make), shared.get(("a",), make), shared.get(("b",), make)] == ["1", "1", "2"]
    assert shared.get(("c",), make) == "3"  # a bound: the others are forgotten
