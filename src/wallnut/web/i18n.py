"""Languages: gettext's files, one a language, in texts/. A new one is a copy of fr.po with other words in it.

Code and templates hold English. What Python writes for people is marked by `N_` and translated where it is drawn.
"""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "texts")
COOKIE = "language"
ENGLISH = "en"


def N_(text: str) -> str:
    """Mark a text as one to be translated; it is given back as it is."""
    return text


POINT = N_(".")
"""Between a number's whole and its parts."""


class Language(gettext.NullTranslations):
    """Texts in one language. `code` is that of BCP 47, `name` what its speakers call it, `form` which of its plural
    forms so many things take."""

    def __init__(
        self,
        code: str,
        name: str,
        texts: Mapping[str, str],
        plurals: Mapping[str, Mapping[int, str]],
        form: Callable[[int], int] = lambda n: int(n != 1),
    ) -> None:
        super().__init__()
        self.code, self.name = code, name
        self._texts, self._plurals, self._form = texts, plurals, form
        self._point = self.gettext(POINT)

    def gettext(self, message: str) -> str:
        """A text in this language."""
        return self._texts.get(message) or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """A text about so many things."""
        return self._plurals.get(msgid1, {}).get(self._form(n)) or (msgid1 if n == 1 else msgid2)

    def has(self, message: str) -> bool:
        """Whether there is a text of this language's own."""
        return message in self._texts or message in self._plurals

    def text(self, message: str, **values: object) -> str:
        """A text with values put in: `%(name)s`."""
        found = self.gettext(message)
        return found % values if values else found

    def number(self, text: str) -> str:
        """A number as this language writes its point."""
        return text.replace(".", self._point)


EN = Language(ENGLISH, "English", {}, {})
_RULE = re.compile(r"plural=([^;]+)")


def _read(path: str) -> Language:
    import polib  # the terminal's view has English alone, and not this library

    file = polib.pofile(path)
    texts = {entry.msgid: entry.msgstr for entry in file if entry.msgstr and not entry.fuzzy}
    plurals = {entry.msgid: entry.msgstr_plural for entry in file if entry.msgstr_plural and not entry.fuzzy}
    code, about = os.path.basename(path).removesuffix(".po"), file.metadata
    rule = _RULE.search(about.get("Plural-Forms", ""))
    form = gettext.c2py(rule[1].strip() if rule else "n != 1")
    return Language(code, about.get("Language-Team", "") or code, texts, plurals, form)


@cache
def languages() -> dict[str, Language]:
    """All languages by code, English first."""
    found = {ENGLISH: EN}
    for name in sorted(os.listdir(FOLDER)):
        if name.endswith(".po"):
            language = _read(os.path.join(FOLDER, name))
            found[language.code] = language
    return found


def language_of(request: HTTPConnection) -> Language:
    """The language that somebody has chosen (a cookie), or the first that their browser prefers and we have."""
    known = languages()
    chosen = request.cookies.get(COOKIE, "")
    if chosen in known:
        return known[chosen]
    return known[_preferred(request.headers.get("accept-language", ""))]


def _preferred(header: str) -> str:
    known, best = languages(), (0.0, ENGLISH)
    for part in header.split(",")[:32]:
        code, _, quality = part.strip().partition(";")
        code = code.strip().lower().partition("-")[0]
        _, _, number = quality.partition("q=")
        try:
            weight = float(number) if number else 1.0
        except ValueError:
            continue
        if code in known and weight > best[0]:
            best = weight, code
    return best[1]
