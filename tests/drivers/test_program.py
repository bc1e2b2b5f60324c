"""A driver's program: options, texts, exit codes, and what is left when it ends, however it ends."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.programs import Place, place
from tests.support.wait import until
from wallnut.drivers import running
from wallnut.io.log import Memory

CONF = """\
pollinterval = 1
[u]
  driver = dummy-ups
  port = u.dev
  desc = "a UPS"
[v]
  driver = usbhid-ups
  port = auto
[w]
  driver = dummy-ups
  port = u.dev
  fast
  colour = red
[x]
  driver = dummy-ups
  port = none.dev
[y]
  driver = dummy-ups
"""


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as made:
        made.write("ups.conf", CONF)
        made.write("u.dev", 'ups.status: OL\nups.id: say "hi"\nups.serial: "q\\"x"\n')
        yield made


BANNER = "Network UPS Tools 2.8.5 - Device simulation and repeater driver"
NOT_VALID = (
    "\nFatal error: '{}' is not a valid {} for this driver.\n\n"
    "Look in the man page or call this driver with -h for a list of\nvalid variable names and flags.\n"
)


@pytest.mark.parametrize(
    ("argv", "status", "out", "err"),
    [
        (("-V",), 0, BANNER, ""),
        ((), 1, BANNER, "Error: specifying '-a id' or '-s id' is now mandatory. Try -h for help."),
        (("-Z",), 1, "", "dummy-ups: invalid option -- 'Z'\nError: unknown option -Z. Try -h for help."),
        (("-a",), 1, "", "dummy-ups: option requires an argument -- 'a'\nError: unknown option -a. Try -h for help."),
        (("-a", "zz"), 1, BANNER, "Error: Section zz not found in ups.conf"),
        (("-a", "v"), 1, BANNER, "Error: UPS [v] is for driver 'usbhid-ups', but I'm 'dummy-ups'!"),
        (("-a", "w"), 1, NOT_VALID.format("fast", "flag"), ""),
        (("-a", "u", "-x", "a=b"), 1, NOT_VALID.format("a", "variable name"), ""),
        (("-s", "t", "-x", "a"), 1, NOT_VALID.format("a", "flag"), ""),
        (
            ("-s", "t"),
            1,
            BANNER,
            "Error: you must specify a port name in ups.conf or in '-x port=...' argument.\nTry -h for help.",
        ),
        (("-a", "x", "-u", "root"), 1, BANNER, "none.dev: No such file or directory"),
        (("-a", "u", "-d", "many"), 1, BANNER, "Error: -d needs a number, not 'many'"),
        (("-a", "u", "-c", "fly"), 1, BANNER, "Error: unknown argument to option -c. Try -h for help."),
        (("-a", "u", "-c", "reload"), 1, BANNER, "no driver answers on "),
        (
            ("-s", "t", "-i", "0", "-x", "port=u.dev"),
            1,
            BANNER,
            "pollinterval needs a whole number of seconds above 0, got '0'",
        ),
        (("-a", "u", "-u", "nobody-here"), 1, BANNER, "OS user or group not found: "),
        (("-a", "u", "more"), 1, "", "Error: too many non-option arguments (more). Try -h for help."),
    ],
)
def test_answers(at: Place, argv: tuple[str, ...], status: int, out: str, err: str) -> None:
    answer = at.run("dummy-ups", *argv)
    assert answer.returncode == status, answer.stderr
    assert out in answer.stdout
    assert err in answer.stderr
    assert "Traceback" not in answer.stderr
    assert at.left() == []


def test_no_configuration(at: Place) -> None:
    (at.conf / "ups.conf").unlink()
    answer = at.run("dummy-ups", "-a", "u")
    assert answer.returncode == 1
    assert f"Can't open {at.conf}/ups.conf: No such file or directory" in answer.stderr


def test_list_of_settings(at: Place) -> None:
    lines = at.run("dummy-ups", "-L").stdout.splitlines()[1:]
    assert lines[0] == (
        'VALUE mode "Specify mode instead of guessing it from port value (dummy = dummy-loop, dummy-once, repeater)"'
    )
    assert 'VALUE prefix "Outlet prefix (mandatory)"' in at.run("clone-outlet", "-L").stdout


def test_help_names_every_option(at: Place) -> None:
    text = at.run("simulator", "-h").stdout
    for letter in "asVLDdFBqhkcPirugx":
        assert f"\n  -{letter} " in text
    assert ": -x speed=<value>" in text


def test_dump(at: Place) -> None:
    answer = at.run("dummy-ups", "-a", "u", "-u", "root", "-d", "2", "-x", "override.ups.mfr=me")
    lines = answer.stdout.splitlines()[1:]
    assert answer.returncode == 0
    assert lines == sorted(lines, key=lambda line: line.partition(":")[0])
    assert {"ups.id: say hi", 'ups.serial: q\\"x', "ups.mfr: me", "driver.parameter.pollinterval: 1"} <= set(lines)
    assert at.left() == []


def test_command_line_beats_the_file(at: Place) -> None:
    argv = ("-a", "u", "-u", "root", "-d", "1", "-x", "port=other.dev", "-i", "7", "-x", "ignorelb=no")
    at.write("other.dev", "ups.id: other\n")
    text = at.run("dummy-ups", *argv).stdout
    assert "ups.id: other\n" in text
    assert "driver.parameter.pollinterval: 7\n" in text
    assert "driver.flag.ignorelb" not in text


def test_quiet_banner(at: Place) -> None:
    at_quiet = {**at.env, "NUT_QUIET_INIT_BANNER": "true"}
    at.__class__ = type("Quiet", (Place,), {"env": at_quiet})
    assert at.run("dummy-ups", "-L").stdout.startswith("VALUE mode")


@pytest.mark.parametrize(("option", "value"), [("-i", "0"), ("-x", "pollinterval=x")])
def test_what_is_wrong_on_the_command_line_ends_it(at: Place, option: str, value: str) -> None:
    answer = at.run("dummy-ups", "-a", "u", "-u", "root", "-d", "1", option, value)
    assert answer.returncode == 1
    assert "Error: command line: pollinterval needs a whole number of seconds above 0" in answer.stderr


def test_a_pid_file_that_cannot_be_written_stops_nobody(at: Place) -> None:
    nowhere = {**at.env, "NUT_ALTPIDPATH": str(at.conf / "nowhere"), "NUT_QUIET_INIT_BANNER": "true"}
    at.__class__ = type("Nowhere", (Place,), {"env": nowhere})
    with at.driver("dummy-ups", "-a", "u") as process:
        assert f"Can't write {at.conf}/nowhere/dummy-ups-u.pid: No such file or directory" in process.stderr()
        assert process.stdout() == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT])
def test_in_the_foreground(at: Place, number: signal.Signals) -> None:
    with at.driver("dummy-ups", "-a", "u") as process:
        assert at.left() == ["dummy-ups-u", "dummy-ups-u.pid"]
        assert at.pid("dummy-ups", "u") == process.pid
        assert at.socket("dummy-ups", "u").stat().st_mode & 0o777 == 0o660
        process.send(number)
        assert process.wait() == 0
        assert "Traceback" not in process.stderr()
    assert at.left() == []


def test_an_obsolete_setting_is_said_and_passed_over(at: Place) -> None:
    at.write("ups.conf", "[u]\n driver = dummy-ups\n port = u.dev\n sddelay = 3\n")
    answer = at.run("dummy-ups", "-a", "u", "-u", "root", "-d", "1")
    assert answer.returncode == 0
    assert "ups.conf:4: Obsolete value sddelay found in ups.conf" in answer.stderr
    assert "sddelay" not in answer.stdout


def test_less_of_its_words(at: Place) -> None:
    answer = at.run("dummy-ups", "-a", "u", "-u", "root", "-q")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_in_the_background(at: Place) -> None:
    answer = at.run("dummy-ups", "-a", "u", "-u", "root")
    assert answer.returncode == 0
    assert at.socket("dummy-ups", "u").exists(), "the parent waits for the first data"
    pid = at.pid("dummy-ups", "u")
    assert os.getsid(pid) == pid
    assert all(os.readlink(f"/proc/{pid}/fd/{n}") == "/dev/null" for n in (0, 1, 2))
    assert os.readlink(f"/proc/{pid}/cwd") == str(at.state)
    assert at.run("dummy-ups", "-a", "u", "-c", "exit").returncode == 0
    until(lambda: at.left() == [], 10, "the driver to be gone")


def test_a_second_instance_takes_over(at: Place) -> None:
    with at.driver("dummy-ups", "-a", "u") as first:
        assert at.run("dummy-ups", "-a", "u", "-u", "root").returncode == 0
        assert first.wait() == 0
        assert at.pid("dummy-ups", "u") not in (0, first.pid)
        assert "ending, as driver.exit asks" in first.stderr()
        _ask(at, "PING", "PONG")


def test_a_second_instance_ends_one_that_hangs(at: Place) -> None:
    """It neither answers nor heeds SIGTERM: only its pid file tells of it."""
    with at.driver("dummy-ups", "-a", "u") as first:
        first.send(signal.SIGSTOP)
        at.socket("dummy-ups", "u").unlink()
        running_end = running.END_TIME
        try:
            running.END_TIME = 0.1
            instance = running.Instance("dummy-ups", "u", str(at.state), str(at.state), Memory())
            instance.take_over()
        finally:
            running.END_TIME = running_end
        assert first.wait() == -signal.SIGKILL


def test_a_crash_leaves_files_that_nobody_minds(at: Place) -> None:
    with at.driver("dummy-ups", "-a", "u") as first:
        first.send(signal.SIGKILL)
        first.wait()
    assert at.left() == ["dummy-ups-u", "dummy-ups-u.pid"]
    with at.driver("dummy-ups", "-a", "u"):
        _ask(at, "PING", "PONG")
    assert at.left() == []


def test_a_pid_file_of_somebody_else_is_no_instance(at: Place) -> None:
    (at.state / "dummy-ups-u.pid").write_text(f"{os.getpid()}\n")
    with at.driver("dummy-ups", "-a", "u") as process:
        assert at.pid("dummy-ups", "u") == process.pid


@pytest.mark.parametrize("name", ["reload", "exit", "dump"])
def test_commands_do_not_reach_somebody_elses_process(at: Place, name: str) -> None:
    """The signals would end us."""
    at.socket("dummy-ups", "u").with_suffix(".pid").write_text(f"{os.getpid()}\n")
    assert at.run("dummy-ups", "-a", "u", "-c", name).returncode == 1
    at.socket("dummy-ups", "u").with_suffix(".pid").unlink()


def test_another_ups_of_the_same_driver_is_left_alone(at: Place) -> None:
    at.write("ups.conf", CONF + "[z]\n  driver = dummy-ups\n  port = u.dev\n")
    with at.driver("dummy-ups", "-a", "z") as other:
        (at.state / "dummy-ups-u.pid").write_text(f"{other.pid}\n")
        with at.driver("dummy-ups", "-a", "u"):
            assert other.popen.poll() is None


def test_started_by_the_interpreter(at: Place) -> None:
    answer = at.run_other(sys.executable, "-P", "-m", "wallnut.cli.driver", "dummy-ups", "-a", "u", "-u", "root")
    assert answer.returncode == 0
    assert running.is_driver(at.pid("dummy-ups", "u"), "dummy-ups", "u")
    assert " clone, clone-outlet, dummy-ups, " in at.run_other(sys.executable, "-m", "wallnut.cli.driver").stderr


def test_reload_by_signal_and_by_command(at: Place) -> None:
    with at.driver("dummy-ups", "-a", "u") as process:
        at.write("ups.conf", CONF.replace("desc =", "override.ups.id = new\n  desc ="))
        process.send(signal.SIGHUP)
        until(lambda: 'SETINFO ups.id "new"' in _ask(at, "DUMPVALUE ups.id", "DUMPDONE"), 10, "the new value")
        at.write("ups.conf", CONF.replace("desc =", "override.ups.id = newer\n  desc ="))
        assert at.run("dummy-ups", "-a", "u", "-c", "reload-or-error").returncode == 0
        assert 'SETINFO ups.id "newer"' in _ask(at, "DUMPVALUE ups.id", "DUMPDONE")
        at.write("ups.conf", CONF.replace("[u]", "[gone]"))
        assert "TRACKING t 3" in _ask(at, "INSTCMD driver.reload-or-error TRACKING t", "TRACKING t")
        assert "Reload failed: Error: Section u not found in ups.conf" in process.stderr()
        process.send(signal.SIGURG)
        until(lambda: "ups.id: newer" in process.stdout(), 10, "the dump on standard output")
        process.send(signal.SIGUSR1)
        assert process.wait() == 0, "reload-or-exit"


def test_a_reload_tells_what_has_changed_and_nothing_else(at: Place) -> None:
    conf = CONF.replace("desc =", "default.ups.id = default\n  desc =")
    at.write("ups.conf", conf)
    with at.driver("dummy-ups", "-a", "u"):
        reload = "BROADCAST 1\nINSTCMD driver.reload TRACKING t"
        assert _ask(at, reload, "TRACKING t").splitlines() == ["TRACKING t 0"]
        assert 'SETINFO ups.id "say hi"' in _ask(at, "DUMPVALUE ups.id", "DUMPDONE"), "the default is past"
        at.write("ups.conf", conf.replace("pollinterval = 1", "pollinterval = 3"))
        assert _ask(at, reload, "TRACKING t").splitlines() == [
            'SETINFO driver.parameter.pollinterval "3"',
            "TRACKING t 0",
        ]


def test_kill_power_through_the_running_instance(at: Place) -> None:
    with at.driver("simulator", "-s", "s", "-x", "port=auto") as process:
        answer = at.run("simulator", "-s", "s", "-x", "port=auto", "-k", "-u", "root")
        assert answer.returncode == 0
        assert "Request to killpower via running driver instance returned code 0" in answer.stderr
        until(
            lambda: 'ups.timer.shutdown "-1"' not in _ask(at, "DUMPVALUE ups.timer.shutdown", "DONE", "simulator-s"),
            10,
            "it",
        )
        assert process.popen.poll() is None


def test_kill_power_alone(at: Place) -> None:
    answer = at.run("dummy-ups", "-a", "u", "-k", "-u", "root")
    assert answer.returncode == 0
    assert "Initiating UPS shutdown" in answer.stderr
    assert at.left() == []
    assert at.run("clone-outlet", "-s", "c", "-x", "port=none", "-x", "prefix=a", "-k", "-u", "root").returncode == 1


def test_what_is_wrong_with_our_section_is_said_and_others_are_not(at: Place) -> None:
    text = "maxretry = x\n[other]\n  pollinterval = y\n" + CONF.replace("  desc", "  sdorder = z\n  desc")
    at.write("ups.conf", text)
    err = at.run("dummy-ups", "-a", "u", "-u", "root", "-d", "1").stderr
    assert f"{at.conf}/ups.conf:1: maxretry needs a whole number above 0, got 'x'" in err
    assert "sdorder needs an integer, got 'z'" in err
    assert "got 'y'" not in err


def test_without_a_state_folder(at: Place) -> None:
    at.state.rmdir()
    answer = at.run("dummy-ups", "-a", "u", "-u", "root")
    assert answer.returncode == 1
    assert f"Can't chdir to {at.state}: No such file or directory" in answer.stderr
    at.state.mkdir()


def test_a_path_too_long_for_a_socket(at: Place) -> None:
    long = "l" * 100
    answer = at.run("dummy-ups", "-s", long, "-x", "port=u.dev", "-u", "root")
    assert answer.returncode == 1
    assert "Can't create socket" in answer.stderr
    assert at.left() == []


def test_as_another_user() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory() as name, place(Path(name)) as at:  # those of pytest let nobody in
        at.write("ups.conf", CONF)
        at.write("u.dev", "ups.status: OL\n")
        os.chown(at.state, 65534, 65534)
        Path(name).chmod(0o755)
        done = at.run("dummy-ups", "-a", "u", "-u", "nobody")
        assert done.returncode == 0, done.stderr
        assert at.socket("dummy-ups", "u").stat().st_uid == 65534


def _ask(at: Place, line: str, until_word: str, name: str = "dummy-ups-u") -> str:
    """What a driver answers to a line, up to some word."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(at.state / name))
        link.sendall(f"NOBROADCAST\n{line}\n".encode())
        text = ""
        while until_word not in text:
            piece = link.recv(65536).decode()
            assert piece, text
            text += piece
        return text
