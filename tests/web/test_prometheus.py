"""Prometheus itself scrapes, as nut_exporter's README has it set up, and the queries of nut_exporter's dashboard and
the rules of its chart (github.com/DRuggeri/nut_exporter) say what is so."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.peers import missing
from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until
from tests.web.test_console import Console, serves

UNPACKED = Path(sys.prefix) / "peers" / "usr" / "bin"
RACK = (
    "ups.status: OL CHRG\nups.load: 31.5\nbattery.charge: 87\nbattery.runtime: 1380\nbattery.voltage: 26.9\n"
    "input.voltage: 231\nups.model: Smart 1500\ndevice.model: Smart 1500\nups.mfr: ACME\n"
    "ups.beeper.status: enabled\ninput.L1-N.voltage: 229\n"
)
ATTIC = "ups.status: OL\nups.load: 7\nbattery.charge: 100\nbattery.runtime: 4000\n"
LOGIN = ("USERNAME admin", "PASSWORD adm")
PARAMETERS = "battery.charge,battery.runtime,battery.voltage,input.voltage,ups.load,ups.status"

CONFIGURATION = """\
global: {{scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}}
rule_files: [{folder}/rules.yml]
scrape_configs:
  - job_name: nut-rack
    metrics_path: /ups_metrics
    static_configs: [{{targets: ['127.0.0.1:{port}'], labels: {{ups: rack}}}}]
    params: {{ups: [rack], server: ['localhost:{nut}'], variables: ['{parameters}']}}
  - job_name: nut-attic
    metrics_path: /ups_metrics
    static_configs: [{{targets: ['127.0.0.1:{port}'], labels: {{ups: attic}}}}]
    params: {{ups: [attic]}}
  - job_name: relabelled
    static_configs: [{{targets: ['127.0.0.1:{nut}']}}]
    metrics_path: /ups_metrics
    params: {{ups: [attic]}}
    relabel_configs:
      - {{source_labels: [__address__], target_label: __param_server}}
      - {{source_labels: [__param_server], target_label: instance}}
      - {{target_label: __address__, replacement: '127.0.0.1:{port}'}}
  - job_name: all
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
  - job_name: peanut
    metrics_path: /api/v1/metrics
    static_configs: [{{targets: ['127.0.0.1:{port}']}}]
"""
RULES = {
    "UPSBatteryNeedsReplacement": 'network_ups_tools_ups_status{flag="RB"} != 0',
    "UPSRuntimeShort": "network_ups_tools_battery_runtime < 300",
    "UPSMainPowerOutage": 'network_ups_tools_ups_status{flag="OL"} == 0',
    "UPSIndicatesWarningStatus": 'network_ups_tools_ups_status{flag="HB"} != 0',
    "OnBattery": 'network_ups_tools_ups_status{flag="OB"} == 1',
}
"""Of its chart's values.yaml, and of its README; here without waiting."""
DASHBOARD = {
    "network_ups_tools_battery_charge": 87.0,
    "network_ups_tools_battery_runtime": 1380.0,
    "network_ups_tools_ups_load": 31.5,
    "network_ups_tools_input_voltage": 231.0,
    "network_ups_tools_battery_voltage": 26.9,
    "network_ups_tools_device_info": 1.0,
}
"""What its panels ask for, of {ups="$ups"}."""


class Prometheus:
    """A running one."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str, **asked: str) -> list[dict[str, object]]:
        with urllib.request.urlopen(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(asked)}", timeout=10) as answer:
            data = json.loads(answer.read())["data"]
        found: list[dict[str, object]] = data if isinstance(data, list) else data["result" if asked else "alerts"]
        return found

    def query(self, text: str) -> dict[str, float]:
        """Values by what tells their labels apart here: flag, ups or job."""
        found = {}
        for one in self.get("query", query=text):
            labels, value = one["metric"], one["value"]
            assert isinstance(labels, dict)
            assert isinstance(value, list)
            key = labels.get("flag") or labels.get("ups") or labels["job"]
            found[str(key)] = float(value[1])
        return found

    def firing(self) -> set[str]:
        return {f"{one['labels']['alertname']} {one['labels']['ups']}" for one in self.get("alerts")}  # type: ignore[index]


@contextmanager
def prometheus(folder: Path, configuration: str) -> Iterator[Prometheus]:
    started = UNPACKED / "prometheus"
    if not started.exists():
        missing(str(started), "prometheus (./dev setup unpacks it)")
    rules = [{"alert": name, "expr": text} for name, text in RULES.items()]
    (folder / "rules.yml").write_text(json.dumps({"groups": [{"name": "ups", "rules": rules}]}))
    (folder / "prometheus.yml").write_text(configuration)
    found = Prometheus(free_port())
    argv = (
        str(started),
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address={found.url.removeprefix('http://')}",
        "--log.level=warn",
    )
    with running(*argv):
        yield found


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("prometheus")
    nut = (
        CNut(folder, dummy=program("dummy-ups"), upsd=program("upsd"))
        .ups("rack", RACK)
        .ups("attic", ATTIC)
        .user("admin", "adm", "actions = SET")
    )
    port = free_port()
    with nut:
        argv = (program("wallnut"), "web", f"127.0.0.1:{nut.port}", "-l", f"127.0.0.1:{port}", "-A", "none")
        with running(*argv, ready=lambda _: serves(port), env={"NUT_CONFPATH": str(folder)}) as process:
            found = Console(nut, port, process)
            until(lambda: [one["state"] for one in found.json("/api/v1/ups")["ups"]] == ["mains"] * 2, 20, "the data")
            yield found


def test_it_scrapes_and_its_queries_say_what_is_so(console: Console, tmp_path: Path) -> None:
    nut = console.nut
    text = CONFIGURATION.format(folder=tmp_path, port=console.port, nut=nut.port, parameters=PARAMETERS)
    with prometheus(tmp_path, text) as server:

        def up() -> bool:
            try:
                return len(server.get("query", query="up == 1")) == 5
            except OSError:
                return False

        until(up, 20, "the first scrapes")
        for metric, value in DASHBOARD.items():
            assert server.query(f'{metric}{{ups="rack",job="nut-rack"}}') == {"rack": value}, metric
        status = 'network_ups_tools_ups_status{ups="rack",job="nut-rack"} == 1'
        assert server.query(status) == {"OL": 1, "CHRG": 1}
        info = server.get("query", query='network_ups_tools_device_info{ups="rack",job="nut-rack"}')[0]["metric"]
        assert (info["mfr"], info["model"]) == ("ACME", "Smart 1500")  # type: ignore[index]
        names = urllib.request.urlopen(f"{server.url}/api/v1/label/ups/values?match[]=network_ups_tools_device_info")
        with names:
            assert json.loads(names.read())["data"] == ["attic", "rack"]  # the dashboard's list of UPSes
        assert server.query('network_ups_tools_battery_charge{job="relabelled"}') == {"relabelled": 100}
        both = f'server="127.0.0.1:{nut.port}",job="all"'
        assert server.query(f"network_ups_tools_ups_load{{{both}}}") == {"rack": 31.5, "attic": 7}
        assert server.query(f'network_ups_tools_input_L1_N_voltage{{{both},ups="rack"}}') == {"rack": 229}
        assert server.query(f'network_ups_tools_ups_beeper_status{{{both},ups="rack"}}') == {"rack": 1}
        assert server.query("wallnut_device_up") == {"rack": 1, "attic": 1}
        assert server.query("wallnut_server_up") == {"all": 1}
        assert server.query('ups_battery_charge{job="peanut"}') == {"rack": 87, "attic": 100}
        assert server.firing() == set()
        outage = ('SET VAR rack ups.status "OB DISCHRG LB RB"', "SET VAR rack battery.runtime 120")
        assert nut.ask(*LOGIN, *outage)[2:] == ["OK", "OK"]
        wanted = {f"{name} rack" for name in RULES if name != "UPSIndicatesWarningStatus"}
        until(lambda: server.firing() == wanted, 20, "the alerts")
        changes = 'changes(network_ups_tools_ups_status{ups="rack",job="nut-rack"}[5m]) > 0'
        until(lambda: {"OL", "OB", "LB", "RB", "DISCHRG"} <= set(server.query(changes)), 20, "the changes")
        nut.stop_driver("rack")
        until(lambda: server.query('up{job="nut-rack"}') == {"rack": 0}, 20, "a scrape that fails")
        until(lambda: server.query("wallnut_device_up") == {"rack": 0, "attic": 1}, 20, "its being down")


@pytest.mark.parametrize("path", ["/ups_metrics?ups=attic", "/metrics", "/api/v1/metrics"])
def test_promtool_finds_nothing_wrong(console: Console, path: str) -> None:
    tool = UNPACKED / "promtool"
    if not tool.exists():
        missing(str(tool), "prometheus (./dev setup unpacks it)")
    ended = subprocess.run(
        [tool, "check", "metrics"], input=console.get(path), capture_output=True, text=True, timeout=20, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
