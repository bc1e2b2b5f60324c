"""A driver that only says what a benchmark tells it to: the same for every server that is measured.

    python -m benchmarks.fakedriver SOCKET [SOCKET...]

Each socket is a UPS with the same variables: DUMPALL is answered with a dump, PING with PONG, nothing else. Standard
input is read for orders, each answered by a line "done" on standard output once it is carried out; its end ends the
program. All of it goes to whatever is connected to the first socket:

    lines COUNT BURST PAUSE    SETINFO lines with ever new values, a write each, PAUSE seconds after every BURST
    stamps COUNT PAUSE         SETINFO bench.stamp with CLOCK_MONOTONIC in nanoseconds
    mark                       SETINFO bench.mark with 1, 2, 3...: once it is served, all before it is
    say NUMBER NAME VALUE...   SETINFO NAME, to what is connected to the socket of that number, from 0 on
"""

from __future__ import annotations

import os
import selectors
import socket
import sys
import time

VARIABLES: dict[str, str] = {
    "battery.charge": "100",
    "battery.charge.low": "20",
    "battery.charge.warning": "50",
    "battery.date": "2023/04/17",
    "battery.mfr.date": "2023/04/17",
    "battery.packs": "1",
    "battery.runtime": "2520",
    "battery.runtime.low": "120",
    "battery.temperature": "27.4",
    "battery.type": "PbAc",
    "battery.voltage": "27.0",
    "battery.voltage.high": "29.2",
    "battery.voltage.low": "20.8",
    "battery.voltage.nominal": "24.0",
    "device.mfr": "American Power Conversion",
    "device.model": "Smart-UPS 1500",
    "device.serial": "AS1234567890",
    "device.type": "ups",
    "input.bypass.frequency": "50.0",
    "input.bypass.voltage": "230.9",
    "input.current": "1.4",
    "input.frequency": "50.0",
    "input.frequency.nominal": "50",
    "input.quality": "FF",
    "input.sensitivity": "high",
    "input.transfer.high": "253",
    "input.transfer.low": "208",
    "input.transfer.reason": "input voltage out of range",
    "input.voltage": "231.4",
    "input.voltage.maximum": "236.1",
    "input.voltage.minimum": "228.0",
    "input.voltage.nominal": "230",
    "outlet.desc": "Main Outlet",
    "outlet.id": "0",
    "outlet.switchable": "no",
    "output.current": "1.2",
    "output.current.nominal": "6.5",
    "output.frequency": "50.0",
    "output.frequency.nominal": "50",
    "output.powerfactor": "0.92",
    "output.voltage": "230.1",
    "output.voltage.nominal": "230",
    "ups.beeper.status": "enabled",
    "ups.contacts": "00",
    "ups.delay.shutdown": "20",
    "ups.delay.start": "30",
    "ups.efficiency": "94.1",
    "ups.firmware": "UPS 08.3 / ID=18",
    "ups.id": "rack-4-upper",
    "ups.load": "27.3",
    "ups.mfr": "American Power Conversion",
    "ups.mfr.date": "2019/06/03",
    "ups.model": "Smart-UPS 1500",
    "ups.power": "412",
    "ups.power.nominal": "1500",
    "ups.realpower": "380",
    "ups.realpower.nominal": "1000",
    "ups.serial": "AS1234567890",
    "ups.status": "OL",
    "ups.temperature": "31.5",
    # what the driver says of itself, beside those 60
    "driver.name": "dummy-ups",
    "driver.parameter.mode": "dummy-once",
    "driver.parameter.pollfreq": "30",
    "driver.parameter.pollinterval": "2",
    "driver.parameter.port": "bench.dev",
    "driver.parameter.synchronous": "no",
    "driver.version": "2.8.0",
    "driver.version.internal": "0.15",
    "driver.version.data": "none",
}
WRITABLE = ("battery.charge.low", "battery.runtime.low", "ups.delay.shutdown", "ups.delay.start", "ups.id")
MOVING = tuple(name for name, value in VARIABLES.items() if "." in value and value.replace(".", "").isdigit())


def dump() -> bytes:
    """All that there is, in the order of a driver's dump."""
    lines: list[str] = []
    for name in sorted(VARIABLES):
        lines.append(f'SETINFO {name} "{VARIABLES[name]}"')
        if name in WRITABLE:
            lines += [f"SETAUX {name} 32", f"SETFLAGS {name} RW STRING"]
    lines += [f"ADDCMD {name}" for name in ("beeper.toggle", "load.off", "test.battery.start")]
    return "\n".join((*lines, "DATAOK", "DUMPDONE", "")).encode("ascii")


class FakeDriver:
    """Sockets, and the connections of each."""

    def __init__(self, paths: list[str]) -> None:
        self.selector = selectors.DefaultSelector()
        self.dump = dump()
        self.marks = 0
        self.peers: list[list[socket.socket]] = [[] for _ in paths]
        for path, peers in zip(paths, self.peers, strict=True):
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            listener.listen()
            self.selector.register(listener, selectors.EVENT_READ, peers)
        self.selector.register(sys.stdin, selectors.EVENT_READ)

    def run(self) -> None:
        """Serve until standard input ends."""
        print("ready", flush=True)
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is sys.stdin:
                    order = os.read(0, 4096).decode().split()
                    if not order:
                        return
                    self.obey(order)
                    print("done", flush=True)
                elif key.data is not None:
                    assert isinstance(key.fileobj, socket.socket)
                    peer, _ = key.fileobj.accept()
                    key.data.append(peer)
                    self.selector.register(peer, selectors.EVENT_READ)
                else:
                    assert isinstance(key.fileobj, socket.socket)
                    self.answer(key.fileobj)

    def answer(self, peer: socket.socket) -> None:
        """What a server asks is a few whole lines."""
        asked = peer.recv(4096)
        for line in asked.splitlines():
            if line == b"DUMPALL":
                peer.sendall(self.dump)
            elif line == b"PING":
                peer.sendall(b"PONG\n")
        if not asked:
            self.selector.unregister(peer)
            peer.close()
            for peers in self.peers:
                if peer in peers:
                    peers.remove(peer)

    def obey(self, order: list[str]) -> None:
        """One order of those at the top."""
        if order[0] == "lines":
            self.send_lines(int(order[1]), int(order[2]), float(order[3]))
        elif order[0] == "stamps":
            self.send_stamps(int(order[1]), float(order[2]))
        elif order[0] == "mark":
            self.marks += 1
            for peer in self.peers[0]:
                peer.sendall(b'SETINFO bench.mark "%d"\n' % self.marks)
        elif order[0] == "say":
            for peer in self.peers[int(order[1])]:
                peer.sendall(f'SETINFO {order[2]} "{" ".join(order[3:])}"\n'.encode())

    def send_lines(self, count: int, burst: int, pause: float) -> None:
        lines = [
            f'SETINFO {name} "{turn}.{at % 10}"\n'.encode() for turn in range(10, 99) for at, name in enumerate(MOVING)
        ]
        for sent in range(count):
            for peer in self.peers[0]:
                peer.sendall(lines[sent % len(lines)])
            if pause and sent % burst == burst - 1:
                time.sleep(pause)

    def send_stamps(self, count: int, pause: float) -> None:
        for _ in range(count):
            time.sleep(pause)
            for peer in self.peers[0]:
                peer.sendall(b'SETINFO bench.stamp "%d"\n' % time.monotonic_ns())


if __name__ == "__main__":
    FakeDriver(sys.argv[1:]).run()
