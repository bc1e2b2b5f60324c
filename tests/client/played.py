"""A server played by the test, at the byte seam: it answers each line as it is told to, in pieces if wanted."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping

Answer = Callable[[bytes], "bytes | None"]


def var_list(ups: str, variables: Mapping[str, str]) -> bytes:
    """A LIST VAR answer."""
    items = "".join(f'VAR {ups} {name} "{value}"\n' for name, value in variables.items())
    return f"BEGIN LIST VAR {ups}\n{items}END LIST VAR {ups}\n".encode()


class Server:
    """Answers on 127.0.0.1:`port`. `told` is what it heard, `connections` how often somebody came.

    `answer(line)` gives the bytes to send; None closes the connection. STARTTLS is honoured where there is a context.
    `cut` is how many bytes go into one send.
    """

    def __init__(
        self, answer: Answer | Mapping[bytes, bytes], *, tls: ssl.SSLContext | None = None, cut: int = 1 << 20
    ):
        self.answer: Answer = answer if callable(answer) else lambda line: answer.get(line, b"ERR UNKNOWN-COMMAND\n")
        self.tls, self.cut = tls, cut
        self.told: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._peers: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self._listener.accept()
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._peers.append(peer)
                thread = threading.Thread(target=self._serve, args=(peer,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, peer: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError), peer:
                self._talk(peer)
        finally:
            peer.close()

    def _talk(self, peer: socket.socket) -> None:
        buffer = b""
        while data := peer.recv(65536):
            buffer += data
            while b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                self.told.append(line)
                if line == b"STARTTLS" and self.tls:
                    peer.sendall(b"OK STARTTLS\n")
                    with self.tls.wrap_socket(peer, server_side=True) as secure:
                        self._peers.append(secure)
                        self._talk(secure)
                    return
                if line == b"LOGOUT":
                    peer.sendall(b"OK Goodbye\n")
                    return
                answer = self.answer(line)
                if answer is None:
                    return
                for at in range(0, len(answer), self.cut):
                    peer.sendall(answer[at : at + self.cut])

    @property
    def idle(self) -> bool:
        """Whether all who came are gone."""
        return not any(thread.is_alive() for thread in self._threads[1:])

    def push(self, data: bytes) -> None:
        """Say something to all who are connected."""
        for peer in self._peers:
            with contextlib.suppress(OSError):
                peer.sendall(data)

    def cut_off(self) -> None:
        """Break all connections; new ones are welcome."""
        peers, self._peers = self._peers, []
        for peer in peers:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """Listen no more, and end what there is."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut_off()
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()


@contextlib.contextmanager
def server(
    answer: Answer | Mapping[bytes, bytes], *, tls: ssl.SSLContext | None = None, cut: int = 1 << 20
) -> Iterator[Server]:
    """A Server for as long as the block lasts."""
    played = Server(answer, tls=tls, cut=cut)
    try:
        yield played
    finally:
        played.stop()
