"""What the pages of a card say: where its other pages are, its objects, its alarms. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wallnut.drivers.netxml.documents import Element

SERIAL = " (SN "
"""In a card's version, what stands before its serial number."""
UNSUPPORTED = "XML.V4"
BOUNDARY = "wallnut-netxml-ups-objects"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


@dataclass(frozen=True, slots=True)
class Product:
    """A card's first page: what it is, and where its other pages are ("": it has none)."""

    name: str
    kind: str
    version: str
    protocol: str
    summary: str
    objects: str
    config: str
    subscribe: str

    @property
    def firmware(self) -> str:
        """What the card says of itself."""
        said = (self.name, self.kind, self.version.partition(SERIAL)[0])
        return "/".join(part for part in said if part)

    @property
    def serial(self) -> str:
        """The serial number in the version, where it is there."""
        return self.version.partition(SERIAL)[2].rstrip(")")


def product(root: Element) -> Product | None:
    """A first page; None where it is another."""
    if root.name != "product_info":
        return None
    said = root.attributes
    data = root.child("ups_data") or root.child("dev_data")
    return Product(
        name=said.get("name", ""),
        kind=said.get("type", ""),
        version=said.get("version", ""),
        protocol=said.get("protocol", ""),
        summary=_url(root.find("summary", "xml_summary_page")),
        objects=_url(data.child("get_object") if data else None),
        config=_url(root.find("summary", "central_cfg")),
        subscribe=_url(root.find("alarms", "subscription")),
    )


def _url(page: Element | None) -> str:
    """A page's path: the first word, as some cards write more."""
    words = page.attributes.get("url", "").split() if page else []
    return f"/{words[0].lstrip('/')}" if words and words[0].isascii() else ""


def objects(root: Element) -> Iterator[tuple[str, str]]:
    """Names and values of the objects of a page; those whose end did not come are left out."""
    if root.name in ("summary", "get_object"):
        for child in root.children:
            if child.name == "object" and child.whole and "name" in child.attributes:
                yield child.attributes["name"], child.text


def client(root: Element) -> tuple[str, str] | None:
    """What a card's central configuration says to those who subscribe: shutdown timer and duration."""
    shutdown = root.find("general", "shutdown") or root.child("shutdown") if root.name == "xml-client" else None
    if shutdown is None:
        return None
    return shutdown.attributes.get("shutdowntimer", ""), shutdown.attributes.get("shutdownduration", "")


def alarm(root: Element) -> dict[str, str]:
    """An alarm's object, value and date; {} where it is none."""
    return root.attributes if root.name == "alarm" else {}


def setting(path: str, value: str) -> bytes:
    """The form that sets an object. Source: what C's netxml-ups sends to /Forms/set_obj_2."""
    lines = (
        f"--{BOUNDARY}",
        'Content-Disposition: form-data; name="file"; filename="Configuration.xml"',
        "Content-Type: application/octet-stream",
        "",
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<SET_OBJECT>",
        f"  <OBJECT name={quoteattr(path)}>{escape(value)}</OBJECT>",
        "</SET_OBJECT>",
        f"--{BOUNDARY}--",
        "",
    )
    return "\r\n".join(lines).encode()
