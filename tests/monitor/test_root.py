"""The privileged parent: what it writes, what it runs, what it listens to."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.wait import until
from wallnut.io.log import Memory
from wallnut.monitor import root


def test_the_flag_is_twenty_bytes_without_a_line_feed(tmp_path: Path) -> None:
    flag = tmp_path / "killpower"
    log = Memory()
    assert not root.flag_is_set(str(flag))
    root.set_flag(str(flag), log)
    assert flag.read_bytes() == b"upsmon-shutdown-file"
    assert flag.stat().st_mode & 0o777 == 0o644
    assert root.flag_is_set(str(flag))
    root.set_flag(str(flag), log)  # again is as good
    assert root.flag_is_set(str(flag))
    assert log.lines == []


def test_a_link_in_the_way_is_replaced_and_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "shadow"
    precious.write_text("secret")
    flag = tmp_path / "killpower"
    flag.symlink_to(precious)
    root.set_flag(str(flag), Memory())
    assert precious.read_text() == "secret"
    assert not flag.is_symlink()
    assert root.flag_is_set(str(flag))


def test_a_flag_that_cannot_be_written_is_said_and_does_not_stop_the_shutdown(tmp_path: Path) -> None:
    log = Memory()
    done = tmp_path / "done"
    assert root.power_down([f"touch {done}"], str(tmp_path / "no" / "where"), log) == 0
    assert done.exists()
    assert "Unable to write POWERDOWNFLAG" in log.texts[0]
    assert "No such file or directory" in log.texts[0]


def test_at_start_our_own_flag_is_removed_and_a_foreign_file_left(tmp_path: Path) -> None:
    log = Memory()
    flag = tmp_path / "killpower"
    assert root.claim_flag("", log) == ""
    assert root.claim_flag(str(flag), log) == str(flag)
    root.set_flag(str(flag), log)
    assert root.claim_flag(str(flag), log) == str(flag)
    assert not flag.exists()
    flag.write_text("my notes")
    assert root.claim_flag(str(flag), log) == ""
    assert flag.read_text() == "my notes"
    assert log.texts == [
        f"POWERDOWNFLAG ({flag}) does not contain the upsmon magic string (not a NUT file) - disabling!"
    ]


def test_the_command_is_shell_text_and_further_words_are_arguments(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["printf '%s|' a b", "it's", "$HOME;x", ">", str(out)]
    assert root.shell_text(command[:3]) == "printf '%s|' a b 'it'\\''s' '$HOME;x'"
    assert root.power_down([f"exec >{out}; printf '%s|' a", "it's", "$HOME"], "", Memory()) == 0
    assert out.read_text() == "a|it's|$HOME|"


def test_a_command_that_fails_is_said_and_tried_again(tmp_path: Path) -> None:
    tries = tmp_path / "tries"
    log = Memory()
    pauses: list[float] = []
    command = [f"echo x >> {tries}; test $(wc -l < {tries}) -ge 3"]
    assert root.power_down(command, "", log, pauses.append) == 0
    assert tries.read_text().count("x") == 3
    assert pauses == [root.RETRY_AFTER] * 2
    assert all(text.startswith("Unable to call shutdown command: echo x >>") for text in log.texts)
    assert log.texts[0].endswith("(exit status 1), trying again in 5 s")
    assert root.power_down(["exit 7"], "", log, pauses.append) == 7
    assert log.texts[-1] == "Unable to call shutdown command: exit 7 (exit status 7)"
    assert root.power_down(["kill -9 $$"], "", log, pauses.append, tries=1) == -9


def test_told_to_end_it_tries_no_more(tmp_path: Path) -> None:
    """SIGTERM while SHUTDOWNCMD fails: the service manager need not kill us."""
    tries = tmp_path / "tries"
    with parent("os.write(say, b'\\x01'); time.sleep(60)", tmp_path / "done", f"echo x >> {tries}; exit 1") as process:
        until(lambda: tries.exists() and tries.read_text() == "x\n", 10, "the first try")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=4)
    assert process.returncode == 1
    assert tries.read_text() == "x\n"
    assert "(exit status 1), trying again in 5 s" in errors


def test_no_command_is_said(tmp_path: Path) -> None:
    log = Memory()
    flag = tmp_path / "killpower"
    assert root.power_down([], str(flag), log) == 1
    assert "no shutdown command defined" in log.texts[0]
    assert root.flag_is_set(str(flag))


# What the child does comes in as Python; `say` is the end of the pipe.
PARENT = """
import os, sys, time
sys.path.insert(0, {src!r})
from wallnut.io.log import Log
from wallnut.monitor import root
read, say = os.pipe()
child = os.fork()
if child == 0:
    os.close(read)
    {child}
    os._exit(0)
os.close(say)
print(child, flush=True)
sys.exit(root.serve(read, child, ["{command}"], "", Log("upsmon")))
"""
SRC = str(Path(root.__file__).parents[2])


def parent(child: str, done: Path, command: str = "") -> subprocess.Popen[str]:
    code = PARENT.format(src=SRC, child=child, command=command or f"touch {done}")
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("child", "status", "obeyed", "said"),
    [
        ("os.write(say, b'\\x01')", 0, True, ""),
        ("os.write(say, b'\\x01\\x01shutdown')", 0, True, ""),
        ("os.write(say, b'\\x02')", 1, False, "said something that means nothing here"),
        ("os.write(say, b'touch /')", 1, False, "said something that means nothing here"),
        ("pass", 0, False, ""),
        ("os._exit(3)", 1, False, "the monitor has ended (exit status 3)"),
        ("os.kill(os.getpid(), 9)", 1, False, "the monitor has ended (signal 9)"),
    ],
)
def test_exactly_one_message_is_obeyed(child: str, status: int, obeyed: bool, said: str, tmp_path: Path) -> None:
    done = tmp_path / "done"
    with parent(child, done) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == status
    assert done.exists() == obeyed
    assert said in errors


def test_signals_for_the_monitor_do_not_end_the_parent_and_an_end_is_passed_on(tmp_path: Path) -> None:
    done = tmp_path / "done"
    with parent("time.sleep(60)", done) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            until(lambda number=number: ignores(process.pid, number), 5, f"signal {number} to be ignored")  # type: ignore[misc]
            process.send_signal(number)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)
    assert process.returncode == 1
    assert not done.exists()


def ignores(pid: int, number: int) -> bool:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigIgn:"):
            return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return False
