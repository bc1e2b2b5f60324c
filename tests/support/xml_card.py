"""A network card of a UPS for tests: its pages over HTTP or HTTPS, and what it is told.

with serving(Card({"UPS.PowerSummary.RemainingCapacity": "100"})) as card:
    ... http://127.0.0.1:card.port ...
"""

from __future__ import annotations

import base64
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from xml.etree import ElementTree
from xml.sax.saxutils import escape

PRODUCT = """<?xml version="1.0"?>
<PRODUCT_INFO name="Network Management Card" type="{kind}" version="{version}"{more}>
  <SUMMARY>
    <HTML_PROPERTIES_PAGE url="mgeups/default.htm" />
    <XML_SUMMARY_PAGE url="upsprop.xml" />
    <CENTRAL_CFG url="config.xml" />
  </SUMMARY>
  <ALARMS>
    <SUBSCRIPTION url="subscribe.cgi" security="basic" />
    <POLLING url="mgeups/lastalarms.cgi" security="none" />
  </ALARMS>
  <UPS_DATA>
    <GET_OBJECT url="getvalue.cgi" security="none" />
    <SET_OBJECT url="setvalue.cgi" security="ssl" />
  </UPS_DATA>
</PRODUCT_INFO>
"""
CONFIG = """<?xml version="1.0"?>
<XML-CLIENT><GENERAL><SHUTDOWN shutdownTimer="NONE" shutdownDuration="150"/></GENERAL></XML-CLIENT>
"""


class Card:
    """A card. `summary` and `objects` are its pages of objects; `pages` what is at other paths; `posted` what it was
    sent: path and body. `login` and `password`, where set, are asked for. `raw` answers instead of everything else."""

    def __init__(
        self,
        summary: dict[str, str] | None = None,
        objects: dict[str, str] | None = None,
        *,
        kind: str = "Mosaic M",
        version: str = "JI",
        more: str = "",
    ) -> None:
        self.summary = dict(summary or {})
        self.objects = dict(objects or {})
        self.pages: dict[str, bytes] = {
            "/": b"<html></html>",
            "/mgeups/product.xml": PRODUCT.format(kind=kind, version=version, more=more).encode(),
            "/config.xml": CONFIG.encode(),
        }
        self.posted: list[tuple[str, bytes]] = []
        self.asked: list[str] = []
        self.login, self.password = "", ""
        self.takes = True
        self.port = 0
        self.raw: Callable[[str], bytes | None] = lambda path: None
        self.over = threading.Event()

    def page(self, path: str) -> bytes | None:
        """What is at a path."""
        if path == "/upsprop.xml":
            return listing("SUMMARY", self.summary)
        if path == "/getvalue.cgi":
            return listing("GET_OBJECT", self.objects)
        return self.pages.get(path)

    def take(self, path: str, body: bytes) -> bytes:
        """What is said to a form."""
        self.posted.append((path, body))
        if path == "/Forms/set_obj_2" and self.takes:
            xml = body[body.index(b"<SET_OBJECT>") : body.index(b"</SET_OBJECT>") + 13]
            for child in ElementTree.fromstring(xml):
                name = child.attrib["name"]
                for held in (self.summary, self.objects):
                    if name in held:
                        held[name] = child.text or ""
        return self.pages.get(path, b"")


def listing(root: str, objects: dict[str, str]) -> bytes:
    """A page of objects."""
    lines = [f'  <OBJECT name="{name}">{escape(value)}</OBJECT>' for name, value in objects.items()]
    return "\n".join(['<?xml version="1.0"?>', f"<{root}>", *lines, f"</{root}>", ""]).encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # in one piece, or the other side's acknowledgement is waited for
    card: ClassVar[Card]

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _answer(self, body: bytes | None) -> None:
        card = self.card
        card.asked.append(self.path)
        if (raw := card.raw(self.path)) is not None:
            self.wfile.write(raw)
            self.close_connection = True
            return
        both = f"{card.login}:{card.password}".encode()
        if card.login and self.headers.get("Authorization") != f"Basic {base64.b64encode(both).decode()}":
            self._send(401, b"<html>who?</html>", {"WWW-Authenticate": 'Basic realm="card"'})
            return
        found = card.page(self.path) if body is None else card.take(self.path, body)
        self._send(404 if found is None else 200, found or b"", {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "text/xml", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes is none of the test's business."""


@contextmanager
def serving(card: Card, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[Card]:
    """A card that is on the network."""
    handler = type("Handler", (_Handler,), {"card": card})
    with _Server(("127.0.0.1", port), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        card.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield card
        finally:
            card.over.set()
            server.shutdown()
            thread.join(10)
