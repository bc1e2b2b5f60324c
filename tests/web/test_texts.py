"""Languages: nothing that people see is missing in one, and values stay where they belong."""

from __future__ import annotations

import re

import polib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from tests.web.texts import catalogued, marked
from wallnut.model import names
from wallnut.web import words
from wallnut.web.i18n import FOLDER, language_of, languages

FILES = {code: polib.pofile(f"{FOLDER}/{code}.po") for code in languages() if code != "en"}
PLACE = re.compile(r"%(?:\(\w+\)s|\S)|<[^>]+>|&\w+;")


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


def places(text: str) -> list[str]:
    return sorted(PLACE.findall(text))


each = pytest.mark.parametrize("code", sorted(FILES))


@each
def test_every_text_is_there(code: str) -> None:
    """A name of the catalogue that is the same in both is composed elsewhere; here each text has one of its own."""
    language = languages()[code]
    assert sorted(text for text in {*marked(), *catalogued()} if not language.has(text)) == []
    assert [entry.msgid for entry in FILES[code] if entry.fuzzy or entry.obsolete] == []


@each
def test_nothing_is_left_over(code: str) -> None:
    assert sorted({entry.msgid for entry in FILES[code]} - {*marked(), *catalogued()}) == []


@each
def test_values_stay_where_they_belong(code: str) -> None:
    for entry in FILES[code]:
        if entry.msgid_plural:
            forms = [places(form) for form in entry.msgstr_plural.values()]
            assert set(map(tuple, forms)) <= {tuple(places(entry.msgid)), tuple(places(entry.msgid_plural))}, (
                entry.msgid
            )
        else:
            assert places(entry.msgstr) == places(entry.msgid), entry.msgid


@each
def test_plurals_are_those_of_the_code(code: str) -> None:
    found = {entry.msgid: entry.msgid_plural for entry in FILES[code] if entry.msgid_plural}
    assert found == {text: plural for text, plural in marked().items() if plural}
    forms = int(FILES[code].metadata["Plural-Forms"].removeprefix("nplurals=")[0])
    assert {len(list(filter(None, e.msgstr_plural.values()))) for e in FILES[code] if e.msgid_plural} == {forms}


def test_french_is_set_as_french() -> None:
    """Apostrophes, and narrow spaces before high signs and within quotation marks."""
    texts = [text for entry in FILES["fr"] for text in (entry.msgstr, *entry.msgstr_plural.values())]
    assert [text for text in texts if re.search(r"'| [:;?!»]|« |\w[?!]", text)] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("battery.charge", "Charge de la batterie"),
        ("input.L1-N.voltage.nominal", "Entrée L1-N\N{NARROW NO-BREAK SPACE}: tension nominale"),
        ("outlet.3.current", "Prise\N{NARROW NO-BREAK SPACE}: courant"),
        ("vendor.thing", ""),
    ],
)
def test_a_name_in_french(name: str, text: str) -> None:
    assert words.about(name, languages()["fr"]) == text


def test_a_name_in_english_is_the_catalogues() -> None:
    known = names.describe("input.L1-N.voltage")
    assert known is not None
    assert words.about("input.L1-N.voltage") == known.text


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("de, en;q=0.8, fr;q=0.7", "en"),
        ("de, it;q=0.5", "en"),
        ("fr;q=x", "en"),
    ],
)
def test_a_browser_prefers(header: str, code: str) -> None:
    assert language_of(request(accept_language=header)).code == code


def test_a_choice_beats_the_browser() -> None:
    assert language_of(request(accept_language="en", cookie="language=fr")).code == "fr"
    assert language_of(request(accept_language="fr", cookie="language=../etc")).code == "fr"


@given(st.text(st.characters(max_codepoint=255)), st.text(st.characters(max_codepoint=255)))
def test_any_header_gives_a_language(accept: str, cookie: str) -> None:
    assert language_of(request(accept_language=accept, cookie=f"language={cookie}")) in languages().values()


def test_plurals_and_points() -> None:
    english, french = languages()["en"], languages()["fr"]
    assert [english.ngettext("device", "devices", n) for n in (0, 1, 2)] == ["devices", "device", "devices"]
    one, many = "%(num)s device", "%(num)s devices"
    assert [french.ngettext(one, many, n) % {"num": n} for n in (0, 1, 2)] == [
        "0 appareil",
        "1 appareil",
        "2 appareils",
    ]
    assert [french.ngettext("gerät", "geräte", n) for n in (0, 1, 2)] == ["geräte", "gerät", "geräte"]
    assert (english.number("1.5"), french.number("1.5")) == ("1.5", "1,5")
