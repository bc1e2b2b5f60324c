"""systemd's units: held to systemd's own judgement, and the late hook by running it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.ours import program
from tests.support.peers import need
from wallnut.cli.units import make_plan, next_steps, plain
from wallnut.setup.units import HOOK, MARK, TMPFILES, UNITS, File, Plan, files

PROGRAMS = str(Path(program("upsd")).parent)
PLANS = {
    "usual": Plan(PROGRAMS),
    "elsewhere": Plan(PROGRAMS, "ups", "power", "/srv/nut conf", "/run/my%nut"),
}


def put(made: tuple[File, ...], folder: Path) -> Path:
    """Write the files below a folder."""
    for file in made:
        path = folder / file.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text)
        path.chmod(file.mode)
    return folder


def analyze(folder: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze on the units below a folder and the system's own, without NUT's."""
    tool = need("systemd-analyze", package="systemd")
    units = folder / UNITS.lstrip("/")
    env = {**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:/lib/systemd/system", "LC_ALL": "C"}
    return subprocess.run([tool, *argv], env=env, cwd=units, capture_output=True, text=True, timeout=30, check=False)


@pytest.fixture(params=sorted(PLANS))
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """All files of a plan, enabled: two drivers, server, monitor, targets."""
    put(files(PLANS[request.param]), tmp_path)
    units = tmp_path / UNITS.lstrip("/")
    for target, names in {
        "nut.target": {"nut-driver.target": "", "nut-server.service": "", "nut-monitor.service": ""},
        "nut-driver.target": {f"nut-driver@{name}.service": "nut-driver@.service" for name in ("rack", "a-b")},
    }.items():
        wants = units / f"{target}.wants"
        wants.mkdir()
        for name, source in names.items():
            (wants / name).symlink_to(f"../{source or name}")
    return tmp_path


@pytest.mark.parametrize(
    "unit", ["nut.target", "nut-driver.target", "nut-driver@.service", "nut-server.service", "wallnut-web.service"]
)
def test_systemd_takes_each_unit(folder: Path, unit: str) -> None:
    answer = analyze(folder, "verify", "--man=no", f"./{unit}")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_systemd_takes_all_together(folder: Path) -> None:
    """A cycle would show here only."""
    units = sorted(f"./{path.name}" for path in (folder / UNITS.lstrip("/")).iterdir() if path.is_file())
    assert len(units) == 7
    answer = analyze(folder, "verify", "--man=no", *units)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_a_wrong_word_would_show(folder: Path) -> None:
    unit = folder / UNITS.lstrip("/") / "nut-server.service"
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSistem=strict"))
    assert "ProtectSistem" in analyze(folder, "verify", "--man=no", "./nut-server.service").stderr


@pytest.mark.parametrize(
    ("unit", "most"), [("nut-driver@.service", 4.0), ("nut-server.service", 2.0), ("wallnut-web.service", 2.0)]
)
def test_what_a_unit_exposes(folder: Path, unit: str, most: float) -> None:
    answer = analyze(folder, "security", "--offline=true", "--no-pager", f"./{unit}")
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", answer.stdout)
    assert found, answer.stdout + answer.stderr
    assert float(found[1]) <= most


def test_the_monitor_can_shut_down() -> None:
    """What SHUTDOWNCMD, `wall` and POWERDOWNFLAG need is not taken away."""
    text = next(file.text for file in files(Plan("/opt/wallnut/bin")) if file.path.endswith("nut-monitor.service"))
    settings = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    assert settings["ProtectSystem"] == "yes"
    assert settings.keys().isdisjoint(
        (
            "NoNewPrivileges",
            "CapabilityBoundingSet",
            "User",
            "SystemCallFilter",
            "ProtectHome",
            "PrivateTmp",
            "KillMode",
        )
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make folders of root")
def test_folders(tmp_path: Path) -> None:
    tool = need("systemd-tmpfiles", package="systemd")
    put(files(Plan(PROGRAMS, group="root", statepath="/run/my%nut")), tmp_path)
    argv = [tool, f"--root={tmp_path}", "--create", Path(TMPFILES).name]
    answer = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")
    for path in ("run/my%nut", "var/lib/nut"):
        assert (tmp_path / path).stat().st_mode & 0o7777 == 0o770


def test_every_file_says_who_made_it() -> None:
    for file in files(Plan("/opt/wallnut/bin")):
        assert MARK in file.text
        assert "/tmp" not in file.text
        assert all(len(line) <= 120 for line in file.text.splitlines()), file.path


@pytest.mark.parametrize(
    ("folder", "expected"),
    [("/opt/wallnut/bin", "yes"), ("/home/me/venv/bin", "read-only"), ("/root/venv/bin", "read-only")],
)
def test_homes_stay_readable_when_the_programs_lie_there(folder: str, expected: str) -> None:
    for needed in ((folder,), ()):
        made = files(Plan("/usr/bin" if needed else folder, needed=needed))
        assert [re.findall("ProtectHome=(.*)", file.text) for file in made if "driver@" in file.path] == [[expected]]


# The hook


class Hook:
    """The hook with programs that only write down that they were called."""

    def __init__(self, folder: Path, flag: bool = True, conf: str = "") -> None:
        self.calls = folder / "calls"
        programs = folder / "our programs"
        programs.mkdir()
        (folder / "nut.conf").write_text(f"POWEROFF_QUIET=true\n{conf}")
        for name, status in (("upsmon", 0 if flag else 1), ("upsdrvctl", 0)):
            path = programs / name
            path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.calls}"\nexit {status}\n')
            path.chmod(0o755)
        made = files(Plan(str(programs), confpath=str(folder)))
        self.path = put(tuple(file for file in made if file.path == HOOK), folder / "root") / HOOK.lstrip("/")

    def run(self) -> list[str]:
        """What it calls, in order; `sleep` and `systemctl` are replaced."""
        script = (
            'for each in sleep systemctl; do eval "$each() { echo $each \\"\\$*\\" >>\\"$CALLS\\"; }"; done; . "$0"'
        )
        env = {"CALLS": str(self.calls)}
        answer = subprocess.run(
            ["/bin/sh", "-c", script, str(self.path), "poweroff"],
            env=env,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
        return self.calls.read_text().splitlines() if self.calls.exists() else []


def test_hook_cuts_the_power(tmp_path: Path) -> None:
    assert Hook(tmp_path).run() == ["upsmon -K", "upsdrvctl shutdown"]


def test_hook_after_an_ordinary_shutdown(tmp_path: Path) -> None:
    assert Hook(tmp_path, flag=False).run() == ["upsmon -K"]


def test_hook_restarts_when_the_power_stays(tmp_path: Path) -> None:
    hook = Hook(tmp_path, conf="POWEROFF_WAIT='1m 30s'\n")
    assert hook.run() == ["upsmon -K", "upsdrvctl shutdown", "sleep 1m 30s", "systemctl reboot --force --force"]


def test_hook_where_nut_is_not_used(tmp_path: Path) -> None:
    assert Hook(tmp_path, conf="MODE=none\n").run() == []


def test_hook_as_a_program(tmp_path: Path) -> None:
    """By its first line and its mode, as systemd starts it."""
    hook = Hook(tmp_path, flag=False)
    subprocess.run([hook.path, "halt"], env={}, check=True, timeout=30)
    assert hook.calls.read_text() == "upsmon -K\n"


# wallnut units


def units(*argv: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `wallnut units`."""
    return subprocess.run(
        [program("wallnut"), "units", *argv],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_printed(tmp_path: Path) -> None:
    (tmp_path / "ups.conf").write_text("statepath = /run/power\n[rack]\ndriver = dummy-ups\nport = x\n")
    answer = units("--user", "root", NUT_CONFPATH=str(tmp_path))
    assert answer.returncode == 0
    assert re.findall("^# (/.*)$", answer.stdout, re.MULTILINE) == [file.path for file in files(Plan(PROGRAMS))]
    assert f"ExecStart={PROGRAMS}/upsdrvctl -u root start %i" in answer.stdout
    assert "d /run/power 0770 root root - -" in answer.stdout
    assert f"Environment=NUT_CONFPATH={tmp_path}" in answer.stdout


def test_written(tmp_path: Path) -> None:
    conf, out = tmp_path / "conf", tmp_path / "out"
    conf.mkdir()
    (conf / "ups.conf").write_text(
        "[rack]\ndriver = dummy-ups\nport = x\n[a b]\ndriver = dummy-ups\nport = x\n".replace("[a b]", '"[a b]"')
    )
    for _ in range(2):  # what is ours may be written again
        answer = units("--output", str(out), NUT_CONFPATH=str(conf))
        assert answer.returncode == 0, answer.stderr
    assert (out / HOOK.lstrip("/")).stat().st_mode & 0o777 == 0o755
    assert "systemctl enable --now nut-driver@rack nut-server" in answer.stdout
    assert "No unit can be named after a b: rename it in ups.conf." in answer.stdout
    for file in files(Plan(PROGRAMS)):
        assert str(out / file.path.lstrip("/")) in answer.stdout


def test_others_files_are_spared(tmp_path: Path) -> None:
    other = tmp_path / HOOK.lstrip("/")
    other.parent.mkdir(parents=True)
    other.write_text("#!/bin/sh\n")
    answer = units("-o", str(tmp_path))
    assert answer.returncode == 1
    assert f"{other}: not made by `wallnut units`, so nothing is written." in answer.stderr
    assert not (tmp_path / "etc").exists()
    assert units("-o", str(tmp_path), "--force").returncode == 0
    assert MARK in other.read_text()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    answer = units("-o", str(tmp_path / "file"))
    assert answer.returncode == 1
    assert "Not a directory" in answer.stderr.splitlines()[-1]
    assert "Traceback" not in answer.stderr


def test_a_user_that_is_not_there() -> None:
    answer = units("--user", "nobody-here")
    assert answer.returncode == 0
    assert "there is no user nobody-here yet: useradd --system" in answer.stderr


def test_it_takes_no_names() -> None:
    assert units("rack").returncode == 2
    assert "takes no names" in units("rack").stderr


def test_plan_is_for_these_programs() -> None:
    plan, _ = make_plan("root")
    assert (plan.programs, plan.group) == (PROGRAMS, "root")


def test_names_of_instances() -> None:
    assert plain("my-ups_1.2:x")
    assert not plain("a b")
    assert not plain("büro")
    assert "nut-driver@NAME" in next_steps((), "/", [])
