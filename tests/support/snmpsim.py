"""Agents for SNMP tests: snmpsim, which plays recordings to any client, and one of ours that misbehaves as told.

A recording (.snmprec) is lines `OID|TAG|VALUE`, sorted by object; the tags are BER's (2 INTEGER, 4 STRING, 4x STRING in
hexadecimal, 6 OID, 65 COUNTER32, 66 GAUGE32, 67 TICKS).
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Self

import pytest

from tests.support.ports import free_udp_port
from tests.support.procs import running
from wallnut.io.snmp import Snmp
from wallnut.model.errors import DeviceError
from wallnut.proto import snmp
from wallnut.proto.snmp import Pdu, Value

USER = ("tester", "auth-phrase", "priv-phrase")
"""Name and pass phrases of the v3 user."""


def shared() -> Path:
    """The folder with recordings of real devices that are not ours to copy: WALLNUT_SNMPREC, or a sibling of the
    project. Skips where there is none."""
    named = os.environ.get("WALLNUT_SNMPREC")
    folder = Path(named) if named else Path(__file__).parents[3] / "shared" / "recordings" / "snmp"
    if not folder.is_dir():
        pytest.skip("no recordings of real devices here: set WALLNUT_SNMPREC")
    return folder


def record(objects: Mapping[str, Value]) -> str:
    """A recording of some objects."""
    lines = []
    for name in sorted(objects, key=lambda name: [int(part) for part in name.split(".")]):
        tag, data = objects[name]
        if isinstance(data, bytes):
            lines.append(f"{name}|{tag}x|{data.hex()}")
        else:
            lines.append(f"{name}|{tag}|{data}")
    return "".join(f"{line}\n" for line in lines)


def writable(text: str) -> str:
    """The same recording, whose objects can be set."""
    lines = []
    for line in text.splitlines():
        name, tag, value = line.split("|", 2)
        kind = "hexvalue" if tag.endswith("x") else "value"
        clean = value.replace(",", ";")  # snmpsim's variation takes commas for its own
        lines.append(f"{name}|{tag.removesuffix('x')}:writecache|{kind}={clean}")
    return "".join(f"{line}\n" for line in lines)


@contextlib.contextmanager
def simulated(recordings: Mapping[str, str], *users: tuple[str, str]) -> Iterator[list[int]]:
    """snmpsim with recordings by community; the one called "" is that of version 3, whose contexts have no name.

    Gives its ports: for each user, (authentication, privacy) in snmpsim's words, an agent; at least one.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "data"
        folder.mkdir()
        agents = users or (("SHA", "AES"),)
        for name, text in recordings.items():
            (folder / f"{name or 'self'}.snmprec").write_text(text, "latin-1")
        (folder / "ready.snmprec").write_text("1.3.6.1.2.1.1.1.0|4|ready\n")
        argv = [
            str(Path(sys.executable).with_name("snmpsim-command-responder")),
            *("--process-user=root", "--process-group=root") * (os.getuid() == 0),
            f"--cache-dir={place}/cache",
            "--logging-method=stderr",
            "--log-level=error",
        ]
        ports = [free_udp_port() for _ in agents]
        for port, (auth, priv) in zip(ports, agents, strict=True):
            argv += ["--v3-engine-id=auto", *_agent(str(folder), port, auth, priv)]
        with running(*argv, ready=lambda process: all(_answers(port) for port in ports), limit=30):
            yield ports


def _agent(folder: str, port: int, auth: str, priv: str) -> list[str]:
    """An agent's part of snmpsim's command line."""
    name, auth_key, priv_key = USER
    words = [f"--data-dir={folder}", f"--agent-udpv4-endpoint=127.0.0.1:{port}", f"--v3-user={name}"]
    words += [f"--v3-auth-key={auth_key}", f"--v3-auth-proto={auth}"] if auth != "NONE" else []
    return words + ([f"--v3-priv-key={priv_key}", f"--v3-priv-proto={priv}"] if priv != "NONE" else [])


def _answers(port: int) -> bool:
    agent = Snmp("127.0.0.1", port, "v2c", "ready", timeout=0.2, retries=0).open()
    try:
        agent.get(["1.3.6.1.2.1.1.1.0"])
    except DeviceError:
        return False
    finally:
        agent.close()
    return True


class Agent:
    """An agent of versions 1 and 2c in a thread of its own, that knows `objects` and can be told to misbehave:
    `answer(request, reply)` gives the datagrams to send in the place of `reply`.

    `requests` are those that came.
    """

    def __init__(self, objects: Mapping[str, Value]) -> None:
        self.objects = {snmp.name_bytes(name): value for name, value in objects.items()}
        self.requests: list[Pdu] = []
        self.answer: Callable[[Pdu, bytes], list[bytes]] = lambda request, reply: [reply]
        self.most = 1000
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
            bell.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, where = self._socket.recvfrom(65535)
            if not data:
                return
            reply = self.reply_to(data)
            request = self.requests[-1] if self.requests else None
            for datagram in [reply] if request is None else self.answer(request, reply):
                self._socket.sendto(datagram, where)

    def reply_to(self, data: bytes) -> bytes:
        """The right answer to a message, which is noted."""
        version, community, request = snmp.read_message(data)
        self.requests.append(request)
        return snmp.message(version, community, self._reply(version, request))

    def _reply(self, version: int, request: Pdu) -> Pdu:
        reply = request._replace(kind=snmp.RESPONSE, error=0, place=0)
        if len(request.binds) > self.most:
            return reply._replace(error=snmp.TOO_BIG)
        if request.kind == snmp.SET:
            self.objects.update(request.binds)
            return reply
        binds = []
        for place, (name, _) in enumerate(request.binds, 1):
            value = self.objects.get(name)
            if value is None and version == snmp.V1:
                return reply._replace(error=snmp.NO_SUCH_NAME, place=place)
            binds.append((name, value or Value(snmp.NO_OBJECT, b"")))
        return reply._replace(binds=binds)
