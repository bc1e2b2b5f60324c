"""Pages as trees: what cards write, torn pages, entity bombs, any bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.drivers.netxml import pages
from wallnut.drivers.netxml.documents import DEEPEST, LONGEST, MOST, BadPage, parse
from wallnut.drivers.netxml.mge import MGE
from wallnut.drivers.netxml.rows import Picture
from wallnut.drivers.netxml.subscription import alarms, granted


def test_a_tree() -> None:
    root = parse(b'<?xml version="1.0"?><A Url="x"><b>one &amp; <!-- no -->two</b><B z="1"/><c><d>3</d></c></A>')
    assert (root.name, root.attributes) == ("a", {"url": "x"})
    assert [(child.name, child.text) for child in root.children] == [("b", "one & two"), ("b", ""), ("c", "")]
    found = root.find("c", "d")
    assert found is not None
    assert found.text == "3"
    assert root.find("c", "x", "y") is None


def test_a_torn_page_has_what_came_whole() -> None:
    with pytest.raises(BadPage, match="no XML: unclosed token at line 1") as found:
        parse(b'<SUMMARY><OBJECT name="a">1</OBJECT><OBJECT name="b">23</OBJ')
    root = found.value.root
    assert root is not None
    assert list(pages.objects(root)) == [("a", "1")]


BOMB = b'<!DOCTYPE a [<!ENTITY a0 "ha">%s]><a>&a9;</a>' % b"".join(
    b'<!ENTITY a%d "%s">' % (number, b"&a%d;" % (number - 1) * 10) for number in range(1, 10)
)


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (BOMB, "declares an entity, a0"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "declares an entity, x"),
        (b"<a>&x;</a>", "undefined entity"),
        (b"<a>" * (DEEPEST + 1), "deeper"),
        (b"<a>" + b"<b/>" * MOST + b"</a>", "more elements"),
        (b'<?xml version="1.0" encoding="x-unknown"?><a/>', "no XML"),
        (b"", "no XML"),
        (b"\xff\xfe\0", "no XML"),
        (b"<html><p>hello</html>", "mismatched tag"),
    ],
)
def test_what_is_refused(page: bytes, why: str) -> None:
    with pytest.raises(BadPage, match=why):
        parse(page)


def test_an_external_document_type_is_not_fetched() -> None:
    assert parse(b'<!DOCTYPE a SYSTEM "http://192.0.2.1/a.dtd"><a>1</a>').text == "1"


def test_long_texts_are_cut() -> None:
    assert len(parse(b"<a>%s</a>" % (b"x" * (LONGEST + 10))).text) == LONGEST


def test_a_first_page() -> None:
    page = b"""<PRODUCT_INFO name="NMC" type="Transverse" version="GB (SN 49EH29101)">
        <SUMMARY><XML_SUMMARY_PAGE url="upsprop.xml more words"/><CENTRAL_CFG url="/config.xml"/></SUMMARY>
        <ALARMS><SUBSCRIPTION url="subscribe.cgi" security="basic"/></ALARMS>
        <DEV_DATA><GET_OBJECT url="getvalue.cgi"/></DEV_DATA></PRODUCT_INFO>"""
    found = pages.product(parse(page))
    assert found is not None
    assert (found.firmware, found.serial) == ("NMC/Transverse/GB", "49EH29101")
    assert (found.summary, found.config, found.subscribe, found.objects) == (
        "/upsprop.xml",
        "/config.xml",
        "/subscribe.cgi",
        "/getvalue.cgi",
    )
    assert pages.product(parse(b"<html/>")) is None


def test_a_setting_is_escaped() -> None:
    form = pages.setting("System.Contact", "R&D <x>")
    assert b'<OBJECT name="System.Contact">R&amp;D &lt;x&gt;</OBJECT>' in form


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"<Port>5000</Port>\n<Secret>1234</Secret>", (5000, 1234)),
        (b"<Subscription>\r\n<Secret>1</Secret>\r\n<PORT> 70 </PORT></Subscription>", (70, 1)),
        (b"<Port>70000</Port><Secret>1</Secret>", None),
        (b"<Port>0</Port><Secret>1</Secret>", None),
        (b"<Port>5000</Port>", None),
        (b"go away", None),
    ],
)
def test_what_a_subscription_gets(answer: bytes, expected: tuple[int, int] | None) -> None:
    assert granted(answer) == expected


def test_alarms_in_pieces() -> None:
    data = b'\0<ALARM object="a" value="1">text</ALARM>\0<ALARM object="b" value="0"/>noise<ALARM object="c" va'
    found, left = alarms(data)
    assert [said["object"] for said in found] == ["a", "b"]
    again, left = alarms(left + b'lue="7">x</ALARM>')
    assert again == [{"object": "c", "value": "7"}]
    assert not left
    assert alarms(b"<ALARM x=&>1</ALARM>") == ([], b"")


@given(st.binary(max_size=300) | st.text("<>/ab=\"'&; !-[]", max_size=80).map(str.encode))
def test_any_bytes(data: bytes) -> None:
    granted(data)
    found, left = alarms(data)
    assert len(left) <= len(data)
    assert all(isinstance(said, dict) for said in found)
    try:
        root = parse(data)
    except BadPage:
        return
    pages.product(root)
    pages.client(root)
    assert all(isinstance(name, str) for name, _ in pages.objects(root))


PATHS = sorted({row.path for row in MGE.rows} | {row.path for row in MGE.flags} | {MGE.left_path, "x"})


@given(st.lists(st.tuples(st.sampled_from(PATHS), st.text(max_size=20) | st.from_regex(r"[-+]?\d{1,30}[.\d]*"))))
def test_any_values(said: list[tuple[str, str]]) -> None:
    """Whatever a card says of its objects, there is a status and texts."""
    for tenths in (False, True):
        picture = Picture(MGE, tenths=tenths, kind="Transverse")
        for path, value in said:
            picture.take(path, value)
        assert picture.words()[0] in ("OL", "OB")
        assert all(picture.values.values())
        assert all(picture.alarms())
