"""`wallnut drill` as a user calls it: against C's server and driver, against our simulator, and without any server."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.monitor.bench import Observer, logins
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.procs import running
from tests.support.wait import until

DEV = (
    "ups.status: OL CHRG\nbattery.charge: 100\nbattery.runtime: 900\nbattery.charge.low: 10\nbattery.runtime.low: 180\n"
)


def drill(*argv: str, conf: Path) -> subprocess.CompletedProcess[str]:
    line = [program("wallnut"), "drill", "-f", str(conf), *argv]
    env = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(line, capture_output=True, text=True, timeout=30, check=False, env=env)


def answer(*argv: str, conf: Path, status: int) -> dict[str, Any]:
    done = drill(*argv, "--json", conf=conf)
    assert done.returncode == status, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["holds"] is (status == 0)
    return found


def abouts(found: dict[str, Any]) -> list[str]:
    return [fault["about"] for fault in found["faults"]]


def serving(folder: Path, **programs: str) -> CNut:
    return CNut(folder, **programs).user("mon", "pw", "upsmon primary").user("sec", "pw", "upsmon secondary")


def test_against_c(tmp_path: Path) -> None:
    """C's upsd and dummy-ups: the plan holds once our monitor runs; each fault that a server shows is found."""
    nut = serving(tmp_path).ups("rack", DEV)
    with nut, ExitStack() as stack:
        observer = Observer(tmp_path / "ours", nut, [("rack", 1, "primary")], "RUN_AS_USER root")
        name = f"rack@127.0.0.1:{nut.port}"
        before = answer(conf=observer.file, status=1)
        assert [(fault["about"], "upsmon does not run" in fault["text"]) for fault in before["faults"]] == [
            (name, True)
        ]

        stack.enter_context(observer.running())
        until(lambda: logins(nut, "rack") == 1, 10, "our login")
        found = answer(conf=observer.file, status=0)
        assert (found["begun"], found["down"], found["dark"]) == (720, 720, 900)
        assert found["left"] == {name: "20 %, 180 s"}
        assert [entry["kind"] for entry in found["timeline"]][-2:] == ["down", "end"]
        assert logins(nut, "rack") == 1
        assert not observer.is_down()
        assert observer.kinds() == []
        assert nut.ask("GET VAR rack ups.status") == ['VAR rack ups.status "OL CHRG"']

        missing = answer("--secondary", "192.0.2.99", conf=observer.file, status=1)
        assert abouts(missing) == ["192.0.2.99"]

        wrong = tmp_path / "wrong.conf"
        text = observer.file.read_text()
        wrong.write_text(text.replace(" mon pw ", " mon nonsense "))
        assert "refuses user mon as primary: Access denied" in drill(conf=wrong).stdout
        wrong.write_text(text.replace(" mon pw ", " sec pw "))
        assert "refuses user sec as primary: Access denied" in drill(conf=wrong).stdout
        wrong.write_text(text.replace("rack@", "nobody@"))
        assert "Unknown UPS" in drill(conf=wrong).stdout

        late = tmp_path / "late.conf"
        late.write_text(text.replace("FINALDELAY 0", "FINALDELAY 200"))
        assert abouts(answer(conf=late, status=1)) == ["FINALDELAY"]


def test_against_the_simulator(tmp_path: Path) -> None:
    """Our server and simulator: what the UPS promises now is what the drill plays."""
    nut = serving(tmp_path, upsd=program("upsd")).section("demo", "driver = simulator", "port = auto")
    nut.start(server=False)
    with ExitStack() as stack:
        stack.callback(nut.stop)
        socket = nut.socket("demo", "simulator")
        argv = (program("simulator"), "-F", "-u", "root", "-a", "demo")
        stack.enter_context(running(*argv, env=nut.env, ready=lambda _: socket.exists()))
        nut.start_server()
        until(lambda: nut.ask("GET VAR demo battery.runtime")[0].startswith("VAR"), 10, "the simulator's data")
        observer = Observer(tmp_path / "ours", nut, [("demo", 1, "primary")], "RUN_AS_USER root")
        stack.enter_context(observer.running())
        until(lambda: logins(nut, "demo") == 1, 10, "our login")
        runtime = float(nut.ask("GET VAR demo battery.runtime")[0].split('"')[1])
        found = answer(conf=observer.file, status=0)
        assert found["dark"] == pytest.approx(runtime, abs=5)
        assert 0 < found["down"] < found["dark"]
        back = answer("--back", "60", conf=observer.file, status=0)
        assert back["down"] is None
        kinds = [entry["text"].partition(" ")[0] for entry in back["timeline"] if entry["kind"] == "notify"]
        assert kinds == ["ONBATT", "ONLINE"]


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    path = tmp_path / "upsmon.conf"
    path.write_text('MONITOR ups@localhost 1 mon pw primary\nSHUTDOWNCMD "/bin/true"\n')
    return path


def test_offline(conf: Path) -> None:
    done = drill("--offline", "--runtime", "200", conf=conf)
    assert done.returncode == 0, done
    assert "This host goes down after 1:25, 115 s before its power is gone." in done.stdout
    assert done.stdout.endswith("The plan holds.\n")


def test_files(conf: Path, tmp_path: Path) -> None:
    script, theirs = tmp_path / "notify", tmp_path / "theirs"
    script.write_text("#!/bin/sh\n")
    theirs.write_text("something else")

    def faults(*lines: str) -> str:
        text = "\n".join(("MONITOR ups@localhost 1 mon pw primary", *lines, ""))
        conf.write_text(text)
        return "\n".join(line for line in drill("-o", conf=conf).stdout.splitlines() if line.startswith("Fault"))

    assert faults() == "Fault: SHUTDOWNCMD: there is none: this host stays up until its power goes"
    assert "SHUTDOWNCMD: /no/such: No such file" in faults('SHUTDOWNCMD "/no/such -h now"')
    assert "there is no program nosuchprogram" in faults('SHUTDOWNCMD "nosuchprogram -h"')
    works = 'SHUTDOWNCMD "/bin/true"'
    assert f"NOTIFYCMD: {script} is not executable" in faults(works, f"NOTIFYCMD {script}")
    assert "NOTIFYCMD: there is none" in faults(works, "NOTIFYFLAG ONBATT SYSLOG+EXEC")
    assert "POWERDOWNFLAG: there is no folder /no/such" in faults(works, "POWERDOWNFLAG /no/such/flag")
    assert "is on a read-only file system" in faults(works, "POWERDOWNFLAG /sys/kernel/flag") or not _read_only("/sys")
    assert "is another program's file" in faults(works, f"POWERDOWNFLAG {theirs}")
    assert faults(works, f"POWERDOWNFLAG {tmp_path / 'killpower'}") == ""
    assert "MINSUPPLIES: 2 can never be met" in faults(works, "MINSUPPLIES 2")
    assert not (tmp_path / "killpower").exists()


def _read_only(path: str) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def test_scenario_files(conf: Path, tmp_path: Path) -> None:
    scenario = Path(__file__).parents[1] / "monitor" / "scenarios" / "long-outage.txt"
    assert "goes down after 21:05." in drill(str(scenario), conf=conf).stdout
    short = drill(str(scenario), "--runtime", "1000", conf=conf)
    assert short.returncode == 1
    assert "Fault: power: it is gone after 1060 s" in short.stdout
    recording = tmp_path / "outage.seq"
    recording.write_text("ups.status: OL\nTIMER 10\nups.status: OB LB\nTIMER 10\n")
    assert "goes down after 0:15." in drill(str(recording), conf=conf).stdout


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["a", "b"], "one scenario at a time"),
        (["a", "--mains-lost"], "a scenario, or --mains-lost"),
        (["--live", "--offline"], "--live, or --offline"),
        (["--offline", "--runtime", "x"], "--runtime needs a number"),
        (["/no/such.seq"], "Can't open /no/such.seq"),
    ],
)
def test_usage(conf: Path, argv: list[str], text: str) -> None:
    done = drill(*argv, conf=conf)
    assert (done.returncode, text in done.stderr) == (2, True), done


def test_a_scenario_that_cannot_be_read(conf: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_text("at noon ups OB\n")
    done = drill(str(path), conf=conf)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{path}: line 1: ")
