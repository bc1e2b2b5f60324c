"""What is to be done before SHUTDOWNCMD: wallnut.toml's steps, one after another, each for its time and no longer."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial

from wallnut.config.wallnut_toml import Monitor, Step
from wallnut.io.children import Child, Children
from wallnut.io.loop import Loop, Timer

# virsh(1): shutdown only asks, so the state is watched. docker-stop(1), qm(1) and pct(1) wait by themselves.
LIBVIRT = """\
s=0
[ "$1" = "*" ] && set -- $(virsh -q list --uuid)
for d; do virsh -q shutdown "$d" || s=1; done
for d; do
  while case $(virsh -q domstate "$d") in running | "in shutdown" | idle) true ;; *) false ;; esac; do sleep 1; done
done
exit $s"""
DOCKER = """\
t=$1; shift
[ "$1" = "*" ] && set -- $(docker ps -q)
[ $# = 0 ] || exec docker stop -t "$t" "$@\""""
PROXMOX = """\
t=$1; shift; s=0; p=
if [ "$1" = "*" ]; then
  set -- $(qm list | awk '$3 == "running" { print $1 }') $(pct list | awk '$2 == "running" { print $1 }')
fi
for g; do
  if qm status "$g" >/dev/null 2>&1; then qm shutdown "$g" --timeout "$t" & else pct shutdown "$g" --timeout "$t" & fi
  p="$p $!"
done
for i in $p; do wait "$i" || s=1; done
exit $s"""


def time_of(monitor: Monitor) -> float:
    """How long SHUTDOWNCMD may have to wait for the steps, in seconds; 0 without any."""
    return float(min(monitor.steps_limit, sum(step.time_limit for step in monitor.steps)))


def title(step: Step) -> str:
    """What a step is called."""
    for kind in ("service", "libvirt", "docker", "proxmox", "command"):
        if words := getattr(step, kind):
            return step.name or f"{kind} {' '.join(words)}"
    return step.name


def command_line(step: Step) -> tuple[str, ...]:
    """The program of a step, with its arguments."""
    patience = str(max(1, step.time_limit - 1))
    if step.service:
        return ("systemctl", "stop", "--", *step.service)
    if step.libvirt:
        return ("/bin/sh", "-c", LIBVIRT, "sh", *step.libvirt)
    if step.docker:
        return ("/bin/sh", "-c", DOCKER, "sh", patience, *step.docker)
    if step.proxmox:
        return ("/bin/sh", "-c", PROXMOX, "sh", patience, *step.proxmox)
    return step.command if len(step.command) > 1 else ("/bin/sh", "-c", step.command[0])


class Steps:
    """Runs the steps; `say` gets a line about each, `done` is called when the last one is over."""

    def __init__(
        self, loop: Loop, children: Children, say: Callable[[str], object], done: Callable[[], object]
    ) -> None:
        self._loop, self._children, self._say, self._done = loop, children, say, done
        self._waiting: list[Step] = []
        self._child: Child | None = None
        self._timer: Timer | None = None

    def run(self, steps: Sequence[Step]) -> None:
        """Start."""
        self._waiting = list(steps)
        self._next()

    def stop(self) -> None:
        """Begin no further step; nobody waits any more for the one that runs."""
        for step in self._waiting:
            self._say(f"step '{title(step)}' is left out: there is no time for it any more")
        self._waiting = []
        self._child = None
        if self._timer is not None:
            self._timer.cancel()

    def _next(self) -> None:
        while self._waiting:
            step = self._waiting.pop(0)
            limit = step.time_limit
            env = {"LC_ALL": "C", "LIBVIRT_DEFAULT_URI": os.environ.get("LIBVIRT_DEFAULT_URI", "qemu:///system")}
            try:
                child = self._children.start(command_line(step), partial(self._ended, step), env=env, limit=limit)
            except OSError as error:
                self._say(f"step '{title(step)}' failed: {error.strerror}")
                continue
            self._say(f"step '{title(step)}' begins, for at most {limit} s")
            self._child = child
            self._timer = self._loop.call_later(limit, partial(self._late, step, child))
            return
        self._done()

    def _ended(self, step: Step, child: Child) -> None:
        if child is not self._child:
            return
        how = "is done" if child.status == 0 else f"failed (exit status {child.status})"
        self._go_on(f"step '{title(step)}' {how}")

    def _late(self, step: Step, child: Child) -> None:
        if child is self._child:
            self._go_on(f"step '{title(step)}' has taken {step.time_limit} s: it is not waited for any more")

    def _go_on(self, text: str) -> None:
        self._child = None
        if self._timer is not None:
            self._timer.cancel()
        self._say(text)
        self._next()
