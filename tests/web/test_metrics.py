"""Metrics, read back by Prometheus' own client library."""

from __future__ import annotations

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
    found = samples(metrics.everything([RACK, old], [Server("localhost", "", 0.0, True)]))
    own = (("server", "localhost"), ("ups", "rack"))
    assert found["network_ups_tools_battery_runtime", own] == 900
    assert found["wallnut_device_up", own] == 1
    assert found["wallnut_device_up", (("server", "localhost"), ("ups", "attic"))] == 0
    assert not any("attic" in str(labels) for name, labels in found if name != "wallnut_device_up")
    assert found["wallnut_server_up", (("server", "localhost"),)] == 1


@given(st.dictionaries(st.text(min_size=1, max_size=12), st.text(max_size=12), max_size=6), st.text(max_size=20))
def test_what_a_hostile_device_says_stays_within_its_line(values: dict[str, str], status: str) -> None:
    text = metrics.everything([device(status=status, **values)], [])
    assert all(line.startswith(("# ", "network_ups_tools_", "wallnut_")) for line in text.rstrip("\n").split("\n"))
    list(text_string_to_metric_families(text))
