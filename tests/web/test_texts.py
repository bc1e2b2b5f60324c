"""Languages: nothing that people see is missing in one, and values stay where they belong."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from tests.web.texts import catalogued
from wallnut.model import names
from wallnut.web import words
from wallnut.web.i18n import Language, language_of, languages

OTHERS = [language for code, language in languages().items() if code != "en"]
PLACE = re.compile(r"%\(\w+\)s")


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


@pytest.mark.parametrize("language", OTHERS, ids=lambda language: language.code)
def test_the_catalogue_is_whole(language: Language) -> None:
    """A name that is the same in both is composed elsewhere; here each text has one of its own."""
    assert sorted(text for text in catalogued() if not language.has(text)) == []
    for text in catalogued():
        assert PLACE.findall(language.gettext(text)) == PLACE.findall(text)


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
    assert [french.ngettext("gerät", "geräte", n) for n in (0, 1, 2)] == ["gerät", "gerät", "geräte"]
    assert (english.number("1.5"), french.number("1.5")) == ("1.5", "1,5")
