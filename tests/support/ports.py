"""Ports for servers under test."""

from __future__ import annotations

import collections
import errno
import random
import socket

RANGE = range(20_000, 32_768)
"""Below the ports that a system gives to outgoing connections, and to who asks for port 0."""
KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM)

# A number is taken by holding it in the other protocol, which the system allows to one process alone. It can be let go
# when its server has long begun; files that a process may have open are few.
_held: collections.deque[socket.socket] = collections.deque()
_MOST = 200
_random = random.SystemRandom()  # Hypothesis makes the common generator give the same again and again


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port of `host` that nobody listens on now, and that no other call gives for now, in whichever process of
    whoever's tests. (For programs that cannot be asked which port 0 became.)"""
    return _free(host, *KINDS)


def free_udp_port(host: str = "127.0.0.1") -> int:
    """The same of UDP."""
    return _free(host, *reversed(KINDS))


def _free(host: str, kind: socket.SocketKind, other: socket.SocketKind) -> int:
    for port in _random.sample(RANGE, 1000):
        claim = _bound("127.0.0.1", port, other)
        if claim is None:
            continue
        probe = _bound(host, port, kind)
        if probe is None:
            claim.close()
            continue
        probe.close()
        _held.append(claim)
        if len(_held) > _MOST:
            _held.popleft().close()
        return port
    raise AssertionError(f"no free port of {host} was found in {RANGE}")


def _bound(host: str, port: int, kind: socket.SocketKind) -> socket.socket | None:
    """A socket that has this address alone, None where somebody has it already."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        if error.errno != errno.EADDRINUSE:
            raise
        return None
    return bound


def accepts(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections there: the usual sign that a server is ready."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
