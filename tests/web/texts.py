"""All texts that the console shows, and that a language must therefore have."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir

import wallnut.web
from wallnut.model import names
from wallnut.model.status import WORDS
from wallnut.web.snapshot import TROUBLES

FOLDER = Path(wallnut.web.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2), "text": None}
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false", "newstyle_gettext": "true"}}


@cache
def marked() -> dict[str, str]:
    """The texts in code and templates, and their plurals; "" for those that have none."""
    found = extract_from_dir(FOLDER, METHODS, OPTIONS, KEYWORDS)
    return dict((text, "") if isinstance(text, str) else (text[0], text[1]) for _, _, text, _, _ in found)


def catalogued() -> set[str]:
    """The texts of the model: names, commands, words of ups.status; and what may be wrong with a device."""
    rows = [row[3] for row in (*names.VARIABLES, *names.SPECS, *names.WHOLE_SPECS)]
    commands = [text for row in names.COMMANDS for text in row[1:] if text]
    return {*rows, *commands, *names.DOMAINS.values(), *(word.text for word in WORDS.values()), *TROUBLES.values()}
