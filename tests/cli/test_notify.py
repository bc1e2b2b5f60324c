"""wallnut notify: the targets, and a test message to them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notify.test_apprise import Sink
from tests.support.ours import program
from tests.support.ports import free_port


@pytest.fixture
def sink() -> Iterator[Sink]:
    one = Sink()
    yield one
    one.close()


def notify(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {"NUT_CONFPATH": str(folder), "PATH": "/usr/bin:/bin"}
    argv = [program("wallnut"), "notify", *words]
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)


def target(name: str, *urls: str, more: str = "") -> str:
    return f'[[notify.target]]\nname = "{name}"\nurl = [{", ".join(map(repr, urls))}]\n{more}\n'


def test_sent_to_those_who_are_named(sink: Sink, tmp_path: Path) -> None:
    """Filters do not count, the outbox is not touched; what fails is said, with its reason and the exit status."""
    dead = f"json://127.0.0.1:{free_port()}/"
    text = target("ops", sink.url, more='severity = "critical"') + target("all", sink.url, dead, "nonsense://x")
    (tmp_path / "wallnut.toml").write_text(f'[notify]\noutbox = "{tmp_path / "outbox"}"\n{text}')
    answer = notify(tmp_path)
    assert answer.stdout == "ops: all events, critical or worse, of *; 1 address\nall: all events, of *; 3 addresses\n"
    assert sink.posts == []
    answer = notify(tmp_path, "--test", "ops")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "ops: delivered\n", "")
    (post,) = sink.posts
    assert post["title"].endswith(": a test: upsmon would tell you here")
    assert not (tmp_path / "outbox").exists()
    answer = notify(tmp_path, "-t")
    ops, good, refused, unknown = answer.stdout.splitlines()
    assert (ops, good) == ("ops: delivered", "all.1: delivered")
    assert refused.startswith("all.2: not delivered: ")
    assert unknown.startswith("all.3: not delivered: ")
    assert answer.returncode == 1
    assert len(sink.posts) == 3
    answer = notify(tmp_path, "-t", "opps")
    assert "has no target 'opps'; did you mean ops?; it has: ops, all" in answer.stderr


def test_nobody_to_tell(tmp_path: Path) -> None:
    assert "wallnut.toml: No such file or directory" in notify(tmp_path, "--test").stderr
    (tmp_path / "wallnut.toml").write_text("[notify]\nburst = 1\n")
    answer = notify(tmp_path, "--test")
    assert answer.returncode == 1
    assert "names no [[notify.target]]" in answer.stderr
