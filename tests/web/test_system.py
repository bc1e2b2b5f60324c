"""What the settings' first page says of the console and its surroundings, and what it does not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.web.consoles import Place
from wallnut.config.wallnut_toml import parse_wallnut_toml
from wallnut.history.store import open_history
from wallnut.history.values import Device, Sample
from wallnut.scan.mdns import Announcement, Browser
from wallnut.web.about import about, versions
from wallnut.web.access.who import Role
from wallnut.web.past import Past
from wallnut.web.snapshot import Server

TOML = b"""\
[[notify.target]]
name = "phone"
url = ["ntfy://topsecret@ntfy.example/ups", "mailto://user:geheim@example.org"]
events = ["ONBATT"]
[history]
url = "postgresql://rec:geheim@db/nut"
"""


class Announced:
    """Who has heard of a server."""

    found = (Announcement("NAS <1>", "nas.local", 3493, ("192.0.2.7",)),)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path)
    yield found
    asyncio.run(found.access.close())


def page(place: Place, path: str = "/settings/console") -> str:
    return place.session(Role.VIEW).get(path).text


def test_servers_targets_and_versions_are_named_without_what_is_secret(place: Place) -> None:
    place.parts.about = about(parse_wallnut_toml(TOML)[0], "/etc/nut/wallnut.toml")
    place.parts.fleet.update({"nas": Server("nas", "Connection refused", time.time(), False)})
    text = page(place)
    for part in ("nas", "does not answer", "Connection refused", "phone", "ntfy, mailto", "ONBATT", *versions()):
        assert part in text
    assert "topsecret" not in text
    assert "geheim" not in text


def test_servers_on_the_network_are_said_where_one_looks_for_them(place: Place) -> None:
    assert "are not looked for" in page(place)
    assert "Found on the network" not in page(place, "/")
    place.parts.browser = cast(Browser, Announced())
    place.parts.fleet.again([""])  # as it does when something is found
    for text in (page(place), page(place, "/")):
        assert "Found on the network, not watched" in text
        assert "NAS &lt;1&gt;" in text
        assert "nas.local" in text


@pytest.mark.parametrize(
    ("age", "said"), [(3, "is at work"), (600, "is silent since"), (0, "Nothing has been recorded")]
)
def test_the_recorder_s_state(place: Place, tmp_path: Path, age: int, said: str) -> None:
    url = f"sqlite:///{tmp_path}/history.db"
    with open_history(url) as history:
        if age:
            history.write([Sample(Device("localhost", "rack"), "ups.load", int(time.time() - age) * 1000, 31.0)])
    place.parts.past = Past(url)
    assert said in page(place)
    asyncio.run(place.parts.past.close())


def test_no_history_is_said(place: Place) -> None:
    assert "No history is recorded here." in page(place)
