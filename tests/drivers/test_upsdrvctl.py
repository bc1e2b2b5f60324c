"""upsdrvctl over drivers of ours and of C NUT."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ours import program
from tests.support.peers import need
from tests.support.procs import running
from tests.support.programs import Place, place
from tests.support.wait import until

HEADER = "UPSNAME    \t     UPSDRV\tRUNNING\tPF_PID\tS_RESPONSIVE\tS_PID\tS_STATUS"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as made:
        made.write("one.dev", "ups.status: OL CHRG\n")
        made.write(
            "ups.conf",
            "user = root\npollinterval = 1\n"
            "[one]\n driver = dummy-ups\n port = one.dev\n"
            "[two]\n sdorder = 2\n driver = simulator\n port = auto\n"
            "[three]\n driver = clone\n port = dummy-ups-one\n sdorder = -1\n",
        )
        yield made


@pytest.mark.parametrize(
    ("argv", "status", "out", "err"),
    [
        (("-V",), 0, "Network UPS Tools upsdrvctl - UPS driver controller 2.8.5", ""),
        ((), 0, "usage: upsdrvctl [OPTIONS] (start | stop | shutdown | status | list) [<ups>]", ""),
        (("-h",), 0, "usage: upsdrvctl", ""),
        (("foo",), 1, "", "Error: unrecognized command [foo]"),
        (("-Z",), 1, "", "upsdrvctl: invalid option -- 'Z'\nError: unknown option -Z. Try -h for help."),
        (("start", "zz"), 1, "", "UPS zz not found in ups.conf"),
        (("list",), 0, "one\ntwo\nthree\n", ""),
        (("-l", "two"), 0, "\ntwo\n", ""),
        (("-c", "fly"), 1, "", "[one] Error: unknown argument to option -c. Try -h for help."),
    ],
)
def test_answers(at: Place, argv: tuple[str, ...], status: int, out: str, err: str) -> None:
    answer = at.run("upsdrvctl", *argv)
    assert answer.returncode == status, answer.stderr
    assert out in answer.stdout
    assert err in answer.stderr
    assert "Traceback" not in answer.stderr


def test_nothing_configured(at: Place) -> None:
    at.write("ups.conf", "# nothing\n")
    answer = at.run("upsdrvctl", "start")
    assert (answer.returncode, answer.stderr) == (1, "Error: no UPS definitions found in ups.conf!\n")
    (at.conf / "ups.conf").unlink()
    assert "Can't open" in at.run("upsdrvctl", "start").stderr


def test_start_status_stop(at: Place) -> None:
    started = at.run("upsdrvctl", "start")
    assert started.returncode == 0, started.stderr
    one, two, three = at.pid("dummy-ups", "one"), at.pid("simulator", "two"), at.pid("clone", "three")
    status = at.run("upsdrvctl", "status")
    assert status.stdout.splitlines()[1:] == [
        HEADER,
        f'one        \t  dummy-ups\tRUNNING\t{one}\tRESPONSIVE\t{one}\t"OL CHRG"',
        f'two        \t  simulator\tRUNNING\t{two}\tRESPONSIVE\t{two}\t"OL"',
        f'three      \t      clone\tRUNNING\t{three}\tRESPONSIVE\t{three}\t"OL CHRG"',
    ]
    assert at.run("upsdrvctl", "-c", "reload").returncode == 0
    assert at.run("upsdrvctl", "-c", "reload-or-error", "two").returncode == 0
    assert at.run("upsdrvctl", "stop", "two").returncode == 0
    assert at.pid("simulator", "two") == 0
    stopped = at.run("upsdrvctl", "stop")
    assert stopped.returncode == 1, "one of them was not running"
    assert stopped.stderr.splitlines() == [
        f"Can't open {at.state}/simulator-two.pid: No such file or directory",
        f"Can't open {at.state}/simulator-auto.pid either: No such file or directory",
    ]
    assert at.left() == []
    rows = at.run("upsdrvctl", "status", "one").stdout.splitlines()[2:]
    assert rows == ["one        \t  dummy-ups\tN/A\t-3\tNOT_RESPONSIVE\tN/A\t"]


def test_testing_mode_shows_the_order(at: Place) -> None:
    def lines(*argv: str) -> list[str]:
        answer = at.run("upsdrvctl", "-t", *argv)
        assert answer.stdout.splitlines()[1] == "*** Testing mode: not calling exec/signal"
        return [line.partition("] ")[2] for line in answer.stderr.splitlines()]

    assert lines("shutdown") == [
        "Shutdown UPS: one",
        f"exec:  {program('dummy-ups')} -a one -k",
        "Shutdown UPS: two",
        f"exec:  {program('simulator')} -a two -k",
    ], "sdorder counts also as a section's first line; -1 is left out"
    assert lines("shutdown", "three")[0] == "Shutdown UPS: three"
    assert lines("-DDD", "-d", "-r", "/jail", "-u", "me", "start", "one")[1] == (
        f"exec:  {program('dummy-ups')} -DDD -a one -r /jail -u me"
    )
    assert at.left() == []


def test_a_driver_that_does_not_start_is_tried_again(at: Place) -> None:
    (at.conf / "one.dev").unlink()
    with open(at.conf / "ups.conf", "a") as file:
        file.write("[last]\n driver = simulator\n port = auto\n")
    text = (at.conf / "ups.conf").read_text().replace("[one]", "maxretry = 2\nretrydelay = 0\n[one]")
    at.write("ups.conf", text)
    answer = at.run("upsdrvctl", "start", "one")
    assert answer.returncode == 1
    assert answer.stderr.count("Driver failed to start (exit status=1)") == 2
    answer = at.run("upsdrvctl", "start")
    assert answer.returncode == 1
    assert at.pid("simulator", "last"), "the others start"


def test_a_section_without_a_driver(at: Place) -> None:
    at.write("ups.conf", "[half]\n port = one.dev\n[one]\n driver = dummy-ups\n port = one.dev\n user = root\n")
    assert at.run("upsdrvctl", "list").stdout.endswith("\nhalf\none\n")
    answer = at.run("upsdrvctl", "start")
    assert answer.returncode == 1
    assert "UPS [half]: ups.conf names no driver" in answer.stderr
    assert at.pid("dummy-ups", "one"), "the others start"


def test_a_program_that_is_not_there(at: Place) -> None:
    at.write("ups.conf", f"driverpath = {at.conf}\n[one]\n driver = dummy-ups\n port = one.dev\n")
    answer = at.run("upsdrvctl", "start")
    assert answer.returncode == 1
    assert f"Can't start {at.conf}/dummy-ups: No such file or directory" in answer.stderr
    at.write("ups.conf", "[one]\n driver = nosuch-ups\n port = one.dev\n")
    assert "Can't start /lib/nut/nosuch-ups:" in at.run("upsdrvctl", "start").stderr


def test_a_driver_that_takes_too_long(at: Place) -> None:
    slow = at.write("slow-ups", "#!/bin/sh\nexec sleep 5 >/dev/null 2>&1\n")
    slow.chmod(0o755)
    conf = f"driverpath = {at.conf}\nmaxstartdelay = 0\n{{}}[one]\n driver = slow-ups\n port = x\n"
    at.write("ups.conf", conf.format(""))
    answer = at.run("upsdrvctl", "start", limit=4)
    assert answer.returncode == 1
    assert "Startup timer elapsed and the child process did not change state, continuing..." in answer.stderr
    at.write("ups.conf", conf.format("nowait\n"))
    assert at.run("upsdrvctl", "start", limit=4).returncode == 0


@pytest.mark.parametrize("names", [("one",), ()])
def test_in_the_foreground(at: Place, names: tuple[str, ...]) -> None:
    """One driver takes the controller's place, several are waited for; all end with it."""

    def ready(_: object) -> bool:
        return at.socket("dummy-ups", "one").exists() and (bool(names) or at.socket("simulator", "two").exists())

    at.write("ups.conf", (at.conf / "ups.conf").read_text().partition("[three]")[0])
    with running(program("upsdrvctl"), "-F", "start", *names, ready=ready, env=at.env) as process:
        assert (at.pid("dummy-ups", "one") == process.pid) == bool(names)
        process.send(signal.SIGHUP)  # passed on; drivers read their file again
        assert at.run("upsdrvctl", "status").stdout.count("\tRESPONSIVE\t") == (1 if names else 2)
        process.send(signal.SIGTERM)
        assert process.wait() == 0
    assert at.left() == []


# --- beside C NUT


def test_c_drivers_and_ours_side_by_side(at: Place) -> None:
    c_dummy = need("dummy-ups", package="nut-server")
    at.write(
        "ups.conf",
        f"user = root\ndriverpath = {os.path.dirname(c_dummy)}\n[one]\n driver = dummy-ups\n port = one.dev\n",
    )
    assert at.run("upsdrvctl", "start").returncode == 0
    pid = at.pid("dummy-ups", "one")
    assert os.readlink(f"/proc/{pid}/exe") == os.path.realpath(c_dummy)
    # 2.8.0 would spin after a visit, so it gets none
    row = at.run("upsdrvctl", "status").stdout.splitlines()[-1].split("\t")
    assert row[2:4] == ["RUNNING", str(pid)]
    if "2.8.0" in at.run_other(c_dummy, "-V").stdout:
        assert row[4:] == ["N/A", "N/A", ""]
    at.write("ups.conf", "user = root\n[one]\n driver = dummy-ups\n port = one.dev\n")
    assert at.run("upsdrvctl", "start").returncode == 0, "ours takes over from C's"
    until(lambda: at.pid("dummy-ups", "one") not in (0, pid), 10, "our driver")
    assert not os.path.exists(f"/proc/{pid}/exe")


def test_c_upsdrvctl_runs_our_drivers(at: Place) -> None:
    c_upsdrvctl = need("upsdrvctl", package="nut-server")
    folder = at.conf / "drivers"
    folder.mkdir()
    for name in ("dummy-ups", "simulator"):
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec {program(name)} "$@"\n')
        script.chmod(0o755)
    conf = (at.conf / "ups.conf").read_text().partition("[three]")[0].replace(" sdorder = 2\n", "")
    at.write("ups.conf", f"driverpath = {folder}\n{conf}")
    answer = at.run_other(c_upsdrvctl, "start")
    assert answer.returncode == 0, answer.stderr
    assert at.pid("dummy-ups", "one")
    assert at.run_other(c_upsdrvctl, "stop").returncode == 0
    until(lambda: at.left() == [], 10, "all to be gone")
