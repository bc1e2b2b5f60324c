"""The battery page: what it says of a battery that is known well, little, or not at all."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.web import months
from tests.web.consoles import Place
from tests.web.devices import device
from wallnut.history.battery import Battery, Because, Forecast, Limits, Outlook
from wallnut.history.capacity import Lacks
from wallnut.history.store import open_history
from wallnut.history.values import DAY
from wallnut.history.values import Device as HistoryDevice
from wallnut.web import curves
from wallnut.web.access.who import Role
from wallnut.web.axes import Tick, scale
from wallnut.web.curves import Curve, Dot
from wallnut.web.i18n import EN
from wallnut.web.pages.battery import missing, outlook
from wallnut.web.past import Past

SERVER = "127.0.0.1"
QUICK = "test.battery.start.quick"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("battery")
    found = Place(folder)
    url = f"sqlite://{folder}/history.db"
    with open_history(url) as history:
        months.fill(history, SERVER, round(time.time() * 1000))
    found.now = time.time()
    found.parts.past = Past(url)
    rack = device("rack", "OL", host=SERVER, battery__charge="100", ups__load="34", battery__date="2025/09/20")
    rack = replace(rack, commands=(QUICK, "test.battery.start", "test.battery.stop"))
    new = device("new", "OL", host=SERVER, battery__charge="100")
    pdu = device("pdu1", "OL", host=SERVER, outlet__realpower="150")
    found.parts.fleet.update({one.id: one for one in (rack, new, pdu)})
    yield found
    asyncio.run(found.parts.past.close())
    asyncio.run(found.access.close())


def plain(html: str) -> str:
    return re.sub(r"<[^>]+>|[ \n]+", " ", html)


def test_a_battery_that_is_known_well(place: Place) -> None:
    page = place.visitor("127.0.0.1").get(f"/device/rack@{SERVER}/battery").text
    text = re.sub(" +", " ", plain(page))
    assert re.search(r"Capacity, measured \d+\u202fWh \d+\u202fWh to \d+\u202fWh, (quite|fairly) sure", text)
    assert "since 20 Sep 2025" in text
    assert "does not count: too little was spent" in text
    assert page.count('class="chart curve"') == 2
    assert f'href="/outages/rack%40{SERVER}/' in page or f'href="/outages/rack@{SERVER}/' in page
    found = place.visitor("127.0.0.1").get(f"/api/v1/ups/rack@{SERVER}/battery").json()
    assert found["forecast"]["outlook"] in ("now", "dated")
    assert 200 < found["capacity"]["value"] < 350
    assert found["capacity"]["low"] <= found["capacity"]["value"] <= found["capacity"]["high"]


def test_a_battery_of_which_little_is_known_says_what_is_missing(place: Place) -> None:
    page = plain(place.visitor("127.0.0.1").get(f"/device/new@{SERVER}/battery").text)
    assert "No forecast yet" in page
    assert (
        "Not enough discharges yet: 3 more are needed, each deeper than 25\u202f%, over at least 90 more days." in page
    )
    assert "wallnut history record" in page
    assert "not known yet" in page


def test_a_device_without_a_battery(place: Place) -> None:
    page = place.visitor("127.0.0.1").get(f"/device/pdu1@{SERVER}/battery").text
    assert "This device tells of no battery." in page
    assert "Test calendar" not in page


def test_tests_are_offered_to_who_may_start_them(place: Place) -> None:
    path = f"/device/rack@{SERVER}/battery"
    page = place.session(Role.OPERATE, "127.0.0.1").get(path).text
    assert "Start quick test" in page
    assert "Start battery test" not in page  # the quick one is better
    assert "Stop battery test" not in page  # none runs
    assert f'href="/settings/tests?device=rack%40{SERVER}"' in page or f"?device=rack@{SERVER}" in page
    for who in (place.visitor("127.0.0.1"), place.session(Role.VIEW, "127.0.0.1")):
        assert "Start quick test" not in who.get(path).text


def a_battery(forecast: Forecast, lacks: Lacks | None = None) -> Battery:
    nothing = (None,) * 4
    return Battery(
        HistoryDevice("far", "rack"),
        0,
        *nothing,
        False,
        None,
        None,
        (),
        None,
        None,
        None,
        None,
        (),
        None,
        forecast,
        lacks,
        Limits(),
    )


@pytest.mark.parametrize(
    ("forecast", "words"),
    [
        (Forecast(Outlook.NOW, Because.FLAG), ("Replace the battery", "The UPS itself says so.")),
        (Forecast(Outlook.NOW, Because.CAPACITY), ("Replace the battery", "It has less than 80\u202f% of its first")),
        (Forecast(Outlook.NOW, Because.RUNTIME), ("Replace the battery", "It does not last")),
        (
            Forecast(Outlook.DATED, Because.CAPACITY, 800 * DAY, 700 * DAY, None),
            ("Replace it in about Mar 1972", "Probably between Dec 1971 and more than ten years from now."),
        ),
        (Forecast(Outlook.STEADY, Because.CAPACITY), ("No decline to speak of", "At this rate")),
        (Forecast(Outlook.UNKNOWN, Because.AGE), ("Replace it soon", "Too little is measured")),
        (Forecast(Outlook.UNKNOWN, Because.NOTHING), ("No forecast yet", "")),
    ],
)
def test_forecasts_in_words(forecast: Forecast, words: tuple[str, str]) -> None:
    title, why, style = outlook(a_battery(forecast), EN)
    assert title == words[0]
    assert why.startswith(words[1])
    assert style == ("violet" if forecast.outlook is Outlook.NOW or forecast.because is Because.AGE else "mains")


def test_what_is_missing_in_words() -> None:
    unknown = Forecast(Outlook.UNKNOWN, Because.NOTHING)
    assert missing(a_battery(unknown), EN) == ""
    one = missing(a_battery(unknown, Lacks(1, 25.0, 0)), EN)
    assert one == "Not enough discharges yet: 1 more is needed, deeper than 25\u202f%."
    assert missing(a_battery(unknown, Lacks(2, 25.0, 1)), EN).endswith("over at least 1 more day.")


def test_a_curve() -> None:
    made = Curve([(10, 5, 20), (100, 1, 3)], [(10, 12), (100, 2)], [(10, 9)], [Dot(40, 5, 1.0, "<today>")], level=4.0)
    text = curves.draw(made, (10, 100), [Tick(10, "10"), Tick(100, "100", False)], scale(0, 20), "min", "about", EN)
    assert text.count("<circle") == 2
    assert "&lt;today&gt;" in text
    assert 'class="level"' in text
    assert text.count('class="envelope"') == 1
    assert text.count("<svg") == text.count("</svg>") == 2


def test_a_path_of_nobody(place: Place) -> None:
    assert place.visitor("127.0.0.1").get("/device/nobody/battery").status == 404
