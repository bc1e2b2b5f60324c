"""XML pages as trees, by expat. What a card sends is not trusted: no entities of its own, bounds on all of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

DEEPEST = 32
MOST = 20_000
"""Elements that a page may have."""
LONGEST = 4096
"""Characters that an element's text may have."""


class BadPage(Exception):
    """A page is no XML, or more than a card has reason to send. `root` is what could be read of it, if anything."""

    def __init__(self, why: str, root: Element | None = None) -> None:
        self.root = root
        super().__init__(why)


@dataclass(slots=True)
class Element:
    """An element: `name` and the attributes' names in lower case, as cards differ there; `whole` once its end came."""

    name: str
    attributes: dict[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)
    whole: bool = False

    def child(self, name: str) -> Element | None:
        """The first child of a name."""
        return next((child for child in self.children if child.name == name), None)

    def find(self, *names: str) -> Element | None:
        """The first child of the first name, its first child of the next..."""
        found: Element | None = self
        for name in names:
            if found is None:
                return None
            found = found.child(name)
        return found


def parse(data: bytes) -> Element:
    """A page's root. Raises BadPage."""
    builder = _Builder()
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        where = f"line {error.lineno}, column {error.offset}"
        raise BadPage(f"no XML: {expat.ErrorString(error.code)} at {where}", builder.root) from None
    except (ValueError, LookupError) as error:  # an encoding that nobody knows; more than a parser takes
        raise BadPage(f"no XML: {error}", builder.root) from None
    except BadPage as error:
        error.root = builder.root
        raise
    if builder.root is None:
        raise BadPage("no XML: nothing in it")
    return builder.root


class _Builder:
    """Builds the tree as expat goes. Declared entities are refused before they are used."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST or len(self._open) >= DEEPEST:
            raise BadPage("more elements, or deeper ones, than a page has reason to have")
        element = Element(name.lower(), {key.lower(): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop().whole = True

    def _text(self, text: str) -> None:
        if self._open:
            element = self._open[-1]
            element.text = (element.text + text)[:LONGEST]

    def _entity(self, name: str, *_: object) -> None:
        raise BadPage(f"it declares an entity, {name}")
