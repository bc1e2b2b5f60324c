"""Metrics, read back by Prometheus' own client library."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from tests.web.devices import device
from wallnut.web import metrics
from wallnut.web.snapshot import Server


def samples(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


RACK = device(
    status="OL TRIM CHRG",
    ups__load="12.5",
    battery__charge="100",
    battery__runtime="900",
    ups__beeper__status="enabled",
    device__model='Smart "1000"\\\n',
    device__mfr="ACME",
)


def test_nut_exporters_names() -> None:
    found = samples(metrics.one(RACK))
    assert found["network_ups_tools_ups_load", ()] == 12.5
    assert found["network_ups_tools_battery_charge", ()] == 100
    flags = {labels[0][1]: value for (name, labels), value in found.items() if name == "network_ups_tools_ups_status"}
    assert [flag for flag, value in flags.items() if value] == ["OL", "TRIM", "CHRG"]
    assert set(metrics.STATUSES) == set(flags)
    info = next(dict(labels) for name, labels in found if name == "network_ups_tools_device_info")
    assert set(info) == set(metrics.LABELS)
    assert (info["model"], info["mfr"], info["serial"]) == ('Smart "1000"\\\n', "ACME", "")
    assert ("network_ups_tools_battery_runtime", ()) not in found  # not among those that it shows unasked


def test_nut_exporters_parameters() -> None:
    found = samples(metrics.one(RACK, ["ups.beeper.status", "ups.status"], ["OB"]))
    assert found["network_ups_tools_ups_beeper_status", ()] == 1
    assert found["network_ups_tools_ups_status", (("flag", "OB"),)] == 0
    assert ("network_ups_tools_ups_load", ()) not in found


def test_all_devices_at_once() -> None:
    old = device("attic", code="DATA-STALE", ups__load="50")
    found = samples(metrics.Board().text([RACK, old], [Server("localhost", "", 0.0, True)]).decode())
    own = (("server", "localhost"), ("ups", "rack"))
    assert found["network_ups_tools_battery_runtime", own] == 900
    assert found["wallnut_device_up", own] == 1
    assert found["wallnut_device_up", (("server", "localhost"), ("ups", "attic"))] == 0
    assert not any("attic" in str(labels) for name, labels in found if name != "wallnut_device_up")
    assert found["wallnut_server_up", (("server", "localhost"),)] == 1


def test_what_is_kept_is_what_is_drawn_anew() -> None:
    board, servers = metrics.Board(), [Server("localhost", "", 0.0, True)]
    one, two = device("one", ups__load="1", device__model="A"), device("two", "OB", ups__load="2", ups__delay="7")
    stages = [
        [one, two],
        [one, replace(two, values={**two.values, "ups.load": "3", "ups.status": "OL"})],
        [replace(one, values={"ups.load": "x", "device.model": "B"}), two],
        [two],
        [replace(two, code="DATA-STALE"), one],
        [],
    ]
    for devices in stages:
        assert board.text(devices, servers) == metrics.Board().text(devices, servers)
    text = board.text(stages[0], servers)
    board.keep(text, b"packed")
    assert board.text(list(stages[0]), servers) is text
    assert board.packed == b"packed"
    board.text(stages[1], servers)
    assert board.packed == b""
    board.keep(text, b"packed")
    assert board.packed == b""


def test_two_names_that_become_one() -> None:
    values = {"input.L1-N.voltage": "1", "input.L1.N.voltage": "2", "ups-status": "3", "device.info": "4"}
    text = metrics.Board().text([replace(RACK, values=values)], []).decode()
    assert [line.rpartition(" ")[2] for line in text.splitlines() if "L1_N_voltage{" in line] == ["1"]
    assert "} 3" not in text
    assert "} 4" not in text


def test_peanuts_names() -> None:
    board = metrics.Board(metrics.peanut, whole=False, port=True)
    found = samples(board.text([RACK, device("old", code="DATA-STALE")], [Server("localhost", "", 0.0, True)]).decode())
    own = (("server", "localhost:3493"), ("ups", "rack"))
    assert found == {
        ("ups_battery_charge", own): 100,
        ("ups_battery_runtime", own): 900,
        ("ups_ups_beeper_status", own): 1,
        ("ups_ups_load", own): 12.5,
    }


@given(st.dictionaries(st.text(min_size=1, max_size=12), st.text(max_size=12), max_size=6), st.text(max_size=20))
def test_what_a_hostile_device_says_stays_within_its_line(values: dict[str, str], status: str) -> None:
    text = metrics.Board().text([device(status=status, **values)], []).decode()
    assert all(line.startswith(("# ", "network_ups_tools_", "wallnut_")) for line in text.rstrip("\n").split("\n"))
    list(text_string_to_metric_families(text))
