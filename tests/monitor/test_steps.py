"""Steps before SHUTDOWNCMD: in order, each for its time, with stand-ins for the programs that they call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.monitor.bench import ADMIN, Observer, logins, say
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.wait import until
from wallnut.config.wallnut_toml import Monitor, Step
from wallnut.io.children import Children
from wallnut.io.loop import Loop
from wallnut.monitor.steps import Steps, time_of, title


class Bench:
    """Runs steps; `said` and `done` are what came of them, `calls` what the stand-ins were called with."""

    def __init__(self, folder: Path, loop: Loop) -> None:
        self.folder, self.loop, self.said = folder, loop, list[str]()
        self.done = False
        self._children = Children(loop)
        self.steps = Steps(loop, self._children, self.said.append, self._end)

    def _end(self) -> None:
        self.done = True

    def stand_in(self, name: str, text: str = "") -> None:
        path = self.folder / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.folder}/calls\n{text}\n')
        path.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def run(self, *steps: Step) -> list[str]:
        self.steps.run(steps)

        def over() -> bool:
            self.loop.run_once(0.05)
            return self.done and not len(self._children)

        until(over, 20, f"the end; {self.said}")
        return self.said


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    loop = Loop()
    yield Bench(tmp_path, loop)
    loop.close()


def test_one_after_another_whatever_becomes_of_them(bench: Bench) -> None:
    note = f"{bench.folder}/calls"
    said = bench.run(
        Step(name="first", command=(f"sleep 0.2; echo one >> {note}",)),
        Step(command=("false", "x")),
        Step(name="missing", command=("no-such-program", "x")),
        Step(name="slow", command=("sleep 60",), time_limit=1),
        Step(name="last", command=("/bin/sh", "-c", f"echo 'two words' >> {note}")),
    )
    assert bench.calls == ["one", "two words"]
    assert said == [
        "step 'first' begins, for at most 60 s",
        "step 'first' is done",
        "step 'command false x' begins, for at most 60 s",
        "step 'command false x' failed (exit status 1)",
        "step 'missing' failed: No such file or directory",
        "step 'slow' begins, for at most 1 s",
        "step 'slow' has taken 1 s: it is not waited for any more",
        "step 'last' begins, for at most 60 s",
        "step 'last' is done",
    ]


def test_stopped_it_begins_nothing_more(bench: Bench) -> None:
    bench.steps.run([Step(name="a", command=("sleep 0.1",)), Step(name="b", command=("true",))])
    bench.steps.stop()
    for _ in range(10):
        bench.loop.run_once(0.05)
    assert bench.said[-1] == "step 'b' is left out: there is no time for it any more"
    assert not bench.done


def test_services(bench: Bench) -> None:
    bench.stand_in("systemctl")
    assert bench.run(Step(service=("db.service", "web.service")))[-1] == "step 'service db.service web.service' is done"
    assert bench.calls == ["systemctl stop -- db.service web.service"]


def test_libvirt_is_waited_for(bench: Bench) -> None:
    state = bench.folder / "asked"
    bench.stand_in(
        "virsh",
        f'case "$*" in "-q list --uuid") echo u1; echo u2;; *domstate*) [ -e {state}.$3 ] && echo "shut off" || '
        f"echo running; touch {state}.$3;; esac",
    )
    assert bench.run(Step(libvirt=("*",)))[-1] == "step 'libvirt *' is done"
    assert bench.calls[:3] == ["virsh -q list --uuid", "virsh -q shutdown u1", "virsh -q shutdown u2"]
    assert bench.calls.count("virsh -q domstate u1") == 2
    bench.stand_in("virsh", 'case "$*" in *shutdown*) exit 1;; esac')
    bench.done = False
    assert bench.run(Step(libvirt=("web one",)))[-1] == "step 'libvirt web one' failed (exit status 1)"
    assert bench.calls[-1] == "virsh -q domstate web one"


def test_docker(bench: Bench) -> None:
    bench.stand_in("docker", '[ "$1" = ps ] && echo c1 c2; true')
    bench.run(Step(docker=("*",), time_limit=31))
    assert bench.calls == ["docker ps -q", "docker stop -t 30 c1 c2"]
    bench.done = False
    bench.run(Step(docker=("web",)))
    assert bench.calls[-1] == "docker stop -t 59 web"


def test_proxmox(bench: Bench) -> None:
    bench.stand_in(
        "qm",
        'case "$*" in list) echo "VMID NAME STATUS"; echo "100 a running"; echo "101 b stopped";;'
        ' "status 100") ;; status*) exit 2;; esac',
    )
    bench.stand_in("pct", '[ "$1" = list ] && { echo "VMID Status"; echo "200 running"; echo "201 stopped"; }; true')
    assert bench.run(Step(proxmox=("*",), time_limit=11))[-1] == "step 'proxmox *' is done"
    assert {"qm shutdown 100 --timeout 10", "pct shutdown 200 --timeout 10"} <= set(bench.calls)
    assert not any("101" in call or "201" in call for call in bench.calls)


def test_their_time() -> None:
    assert time_of(Monitor()) == 0
    steps = (Step(command=("a",)), Step(command=("b",), time_limit=30))
    assert time_of(Monitor(steps=steps)) == 90
    assert time_of(Monitor(steps=steps, steps_limit=45)) == 45
    assert title(Step(name="all", docker=("*",))) == "all"


def test_in_a_shutdown(tmp_path: Path) -> None:
    """Our upsmon runs them between SHUTDOWN and SHUTDOWNCMD; the one that hangs does not keep the host up."""
    nut = CNut(tmp_path, upsd=program("upsd"), dummy=program("dummy-ups")).ups("rack", "ups.status: OL\n")
    with nut.user(*ADMIN).user("mon", "pw", "upsmon primary"):
        one = Observer(tmp_path / "one", nut, [("rack", 1, "primary")])
        note = one.conf / "step.log"
        (one.conf / "wallnut.toml").write_text(
            "[monitor]\nsteps_limit = 2\n"
            f"[[monitor.step]]\nname = 'quick'\ncommand = 'date +%s.%N > {note}'\n"
            "[[monitor.step]]\nname = 'hangs'\ncommand = 'exec sleep 6'\n"
            "[[monitor.step]]\nname = 'too late'\ncommand = 'true'\n"
        )
        with one.running() as process:
            until(lambda: logins(nut, "rack") == 1, 10, "the login")
            said = say(nut, "rack", "OB LB")
            down = one.wait_down()
            assert said < float(note.read_text()) < down
            assert 2 <= down - said < 12
            assert process.wait() == 0
            assert "step 'too late' is left out: there is no time for it any more" in process.stderr()
