"""Announcements on the network, by zeroconf's own announcer on the loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from zeroconf import ServiceInfo, Zeroconf

from tests.support.wait import until
from wallnut.io.log import Memory
from wallnut.scan.mdns import SERVICE, Browser

LOOPBACK = ["127.0.0.1"]


@pytest.fixture
def announcer() -> Iterator[Zeroconf]:
    found = Zeroconf(interfaces=LOOPBACK)
    yield found
    found.close()


def info(name: str, port: int, address: str = "192.0.2.7") -> ServiceInfo:
    return ServiceInfo(
        SERVICE, f"{name}.{SERVICE}", port, addresses=[socket.inet_aton(address)], server=f"{name}-host.local."
    )


def test_servers_that_announce_themselves_are_found_unless_they_are_watched(announcer: Zeroconf) -> None:
    name = f"wallnut-test-{id(announcer):x}"  # others may announce on this loopback at the same time
    heard: list[int] = []
    watched = [f"{name}-b-host.local", "192.0.2.9:3999"]
    browser = Browser(watched, Memory(), lambda: heard.append(1), interfaces=LOOPBACK)
    browser.start()

    def found() -> list[tuple[str, str]]:
        return [(one.name, one.server) for one in browser.found if one.name.startswith(name)]

    try:
        announcer.register_service(info(f"{name}-b", 3493), cooperating_responders=True)
        announcer.register_service(info(f"{name}-c", 3999, "192.0.2.9"), cooperating_responders=True)
        announcer.register_service(info(f"{name}-a", 3999), cooperating_responders=True)
        until(lambda: found() == [(f"{name}-a", f"{name}-a-host.local:3999")], 20, "the announcement")
        assert heard
        announcer.unregister_service(info(f"{name}-a", 3999))
        until(lambda: not found(), 20, "its end")
    finally:
        browser.stop()
