"""The least that a server in Python can do: epoll, recv, one look into a dict, send. It marks the floor for ours.

    python -m benchmarks.floor REQUEST ANSWER

Listens on a free port of 127.0.0.1, says which one on standard output, and answers one request line.
"""

from __future__ import annotations

import select
import socket
import sys
from collections.abc import Callable


def serve(request: bytes, answer: bytes) -> None:
    """Serve until killed."""
    answers = {request: answer}
    poller = select.epoll()
    callbacks: dict[int, Callable[[], None]] = {}
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def accept() -> None:
        link, _ = listener.accept()

        def ready(receive: Callable[[int], bytes] = link.recv, send: Callable[[bytes], int] = link.send) -> None:
            try:
                send(answers[receive(65536)])
            except (KeyError, OSError):  # the end of the connection, whatever kind of end
                poller.unregister(link)
                del callbacks[link.fileno()]
                link.close()

        callbacks[link.fileno()] = ready
        poller.register(link, select.EPOLLIN)

    callbacks[listener.fileno()] = accept
    poller.register(listener, select.EPOLLIN)
    print(listener.getsockname()[1], flush=True)
    while True:
        for fd, _ in poller.poll():
            callbacks[fd]()


if __name__ == "__main__":
    serve(sys.argv[1].encode() + b"\n", sys.argv[2].encode() + b"\n")
