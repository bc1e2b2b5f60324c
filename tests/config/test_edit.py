"""Writing: what is not touched stays to the byte, what is written reads back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.config.edit import NUT_CONF, UPS_CONF, UPSD_CONF, UPSD_USERS, Document, Form, write
from wallnut.config.files import parse_nut_conf, parse_ups_conf, parse_upsd_conf, parse_upsd_users
from wallnut.config.kinds import CertIdent, Listen
from wallnut.config.types import NutConf, Setting, UpsConf, UpsdConf, UpsdUsers, UpsSection, User
from wallnut.model.errors import ConfigError

UPS = b"""\
# My UPSes
maxretry = 3   # try often

# The rack
[rack]
    driver = usbhid-ups
    port = auto
    desc = "Rack \\
 4" # of 7

# The attic
[attic]
    driver = snmp-ups
    port = 10.0.0.9
"""


def edited(data: bytes, form: Form, *calls: tuple[object, ...], **section: str) -> bytes:
    document = Document(data, form)
    for name, *args in calls:
        getattr(document, str(name))(*args, **section)
    return document.data


def test_a_document_shows_what_stands_there() -> None:
    document = Document(UPS, UPS_CONF)
    assert document.data == UPS
    assert document.sections() == ["rack", "attic"]
    assert document.get("maxretry") == [["3"]]
    assert document.get("desc", "rack") == [["Rack  4"]]
    assert document.get("desc", "attic") == []


def test_set_keeps_place_indent_and_comment() -> None:
    assert edited(UPS, UPS_CONF, ("set", "maxretry", "5")) == UPS.replace(b"maxretry = 3 ", b"maxretry = 5 ")
    assert edited(UPS, UPS_CONF, ("set", "desc", "a # b"), section="rack") == UPS.replace(
        b'"Rack \\\n 4"', b'"a \\# b"'
    )


def test_set_adds_what_is_missing() -> None:
    assert edited(UPS, UPS_CONF, ("set", "pollinterval", "5")) == UPS.replace(b"often\n", b"often\npollinterval = 5\n")
    assert edited(UPS, UPS_CONF, ("set", "nolock"), section="rack") == UPS.replace(b"of 7\n", b"of 7\n    nolock\n")
    assert edited(UPS, UPS_CONF, ("set", "desc", ""), section="attic") == UPS + b'    desc = ""\n'


def test_set_leaves_one_line() -> None:
    data = b"MAXAGE 1\nLISTEN a\n\tMAXAGE 2#c\r\nLISTEN b"
    assert edited(data, UPSD_CONF, ("set", "MAXAGE", "3")) == b"LISTEN a\n\tMAXAGE 3#c\r\nLISTEN b"
    assert edited(data, UPSD_CONF, ("set", "LISTEN", "::1", "4000")) == b"MAXAGE 1\n\tMAXAGE 2#c\r\nLISTEN ::1 4000"


def test_add_and_remove() -> None:
    data = b"LISTEN a\n# more\nMAXAGE 2"
    assert edited(data, UPSD_CONF, ("add", "LISTEN", "b")) == b"LISTEN a\nLISTEN b\n# more\nMAXAGE 2"
    assert edited(data, UPSD_CONF, ("add", "MAXCONN", "5")) == b"LISTEN a\n# more\nMAXAGE 2\nMAXCONN 5\n"
    assert edited(data, UPSD_CONF, ("remove", "LISTEN")) == b"# more\nMAXAGE 2"
    assert edited(b"", UPSD_CONF, ("add", "MAXAGE", "5")) == b"MAXAGE 5\n"
    document = Document(data, UPSD_CONF)
    assert (document.remove("MAXCONN"), document.remove("MAXAGE"), document.remove("MAXAGE")) == (False, True, False)


def test_a_first_global_directive_stands_above_the_first_section() -> None:
    data = b"\n# The rack\n[rack]\ndriver = d\n"
    assert edited(data, UPS_CONF, ("set", "maxretry", "2")) == b"\nmaxretry = 2\n# The rack\n[rack]\ndriver = d\n"


def test_names_in_any_case_where_nut_takes_them() -> None:
    assert edited(b"debug_min 1\n", UPSD_CONF, ("set", "DEBUG_MIN", "2")) == b"DEBUG_MIN 2\n"
    assert edited(b"[a]\nPassword=x\n", UPSD_USERS, ("set", "password", "y"), section="a") == b"[a]\npassword = y\n"
    assert edited(b'[a]\n"password=x"\n', UPSD_USERS, ("set", "password", "y"), section="a") == b"[a]\npassword = y\n"


def test_sections() -> None:
    document = Document(UPS, UPS_CONF)
    document.add_section("new")
    document.set("driver", "dummy-ups", section="new")
    document.set("port", "x.dev", section="new")
    assert document.data == UPS + b"\n[new]\n\tdriver = dummy-ups\n\tport = x.dev\n"
    assert document.remove_section("new")
    assert document.data == UPS + b"\n"
    assert not document.remove_section("new")
    assert document.remove_section("rack")
    assert document.data == UPS[: UPS.index(b"[rack]")] + UPS[UPS.index(b"# The attic") :] + b"\n"
    assert document.sections() == ["attic"]


def test_a_section_that_stands_twice_goes_as_a_whole() -> None:
    data = b"[a]\nx\n[b]\ny\n[a]\nz\n"
    assert edited(data, UPS_CONF, ("remove_section", "a")) == b"[b]\ny\n"
    assert edited(data, UPSD_USERS, ("remove_section", "a")) == b"[b]\ny\n"
    assert edited(data, UPS_CONF, ("set", "z", "1"), section="a") == b"[a]\nx\n[b]\ny\n[a]\nz = 1\n"


def test_the_lines_of_a_second_user_section_are_not_the_users() -> None:
    data = b"[a]\npassword = 1\n[a]\npassword = 2\n"
    assert edited(data, UPSD_USERS, ("set", "password", "3"), section="a") == b"[a]\npassword = 3\n[a]\npassword = 2\n"


def test_users() -> None:
    document = Document(b"", UPSD_USERS)
    document.add_section("admin")
    document.set("password", "two words", section="admin")
    document.set("actions", "SET", "FSD", section="admin")
    document.set("upsmon", "primary", section="admin")
    assert document.data == b'[admin]\n\tpassword = "two words"\n\tactions = SET FSD\n\tupsmon primary\n'


def test_nut_conf() -> None:
    data = b"# x\nMODE=none\nUPSD_OPTIONS='a\nb'\n"
    document = Document(data, NUT_CONF)
    assert document.get("UPSD_OPTIONS") == [["a\nb"]]
    document.set("MODE", "netserver")
    document.set("UPSD_OPTIONS", "-4 -D")
    document.set("FOO", "it's")
    assert document.data == b"# x\nMODE=netserver\nUPSD_OPTIONS='-4 -D'\nFOO=\"it's\"\n"


def test_a_line_that_breaks_the_grammar_goes_as_a_whole() -> None:
    data = b'[a]\ndesc = "a # b"\nx\n'
    assert edited(data, UPS_CONF, ("remove", 'b"'), section="a") == b"[a]\nx\n"
    assert edited(data, UPS_CONF, ("set", "desc", "c"), section="a") == data + b"desc = c\n"


def test_line_ends_of_the_file_are_kept() -> None:
    data = b"MAXAGE 1\r\nLISTEN a\r\n"
    assert edited(data, UPSD_CONF, ("set", "MAXAGE", "2"), ("set", "MAXCONN", "3")) == (
        b"MAXAGE 2\r\nLISTEN a\r\nMAXCONN 3\r\n"
    )


@pytest.mark.parametrize(
    ("form", "call", "text"),
    [
        (UPSD_CONF, ("set", "MAXAG", "1"), r"upsd.conf has no directive MAXAG \(did you mean MAXAGE\?\)"),
        (UPSD_CONF, ("set", "MAXAGE", "x"), "MAXAGE needs a whole number of seconds, got 'x'"),
        (UPSD_CONF, ("set", "MAXAGE", "1", "2"), "MAXAGE takes 1 word, not 2"),
        (
            UPSD_CONF,
            ("set", "CERTFILE", "café"),
            "CERTFILE: only 512 printable ASCII characters can stand",
        ),
        (UPSD_CONF, ("set", "CERTFILE", "x" * 513), "CERTFILE: only 512 printable ASCII"),
        (UPSD_CONF, ("add_section", "a"), "upsd.conf has no sections"),
        (UPS_CONF, ("set", "desc", "x"), "ups.conf has no directive desc"),
        (UPS_CONF, ("set", "x", "1", "none"), "x takes 1 word, not 2"),
        (UPS_CONF, ("add_section", "a"), r"ups.conf already has a section \[a\]"),
        (UPS_CONF, ("add_section", ""), "a section needs a name"),
        (UPSD_USERS, ("set", "password", "x"), "in upsd.users, password belongs into a section"),
        (NUT_CONF, ("set", "A B", "x"), "'A B' cannot be set in nut.conf"),
        (NUT_CONF, ("set", "A", "x\ny"), "'A' cannot be set in nut.conf"),
        (NUT_CONF, ("set", "MODE", "x"), "MODE needs none"),
    ],
)
def test_refused(form: Form, call: tuple[str, ...], text: str) -> None:
    data = b"[a]\n" if form is UPS_CONF else b""
    document = Document(data, form)
    name, *args = call
    section = {"section": "a"} if args[-1] == "none" else {}
    with pytest.raises(ConfigError, match=text):
        getattr(document, name)(*args, **section)
    assert document.data == data


def test_refused_inside_sections() -> None:
    document = Document(b"[a]\n", UPS_CONF)
    with pytest.raises(ConfigError, match=r"ups.conf has no section \[b\]"):
        document.set("x", section="b")
    with pytest.raises(ConfigError, match=r"'\[x' cannot begin a line"):
        document.set("[x", section="a")
    with pytest.raises(ConfigError, match="desc needs a text, got nothing"):
        document.set("desc", section="a")  # C's upsd dies of such a line
    with pytest.raises(ConfigError, match="at most 32 words"):
        Document(b"[a]\n", UPSD_USERS).set("actions", *["x"] * 31, section="a")


@pytest.mark.parametrize(
    ("form", "data"), [(UPSD_CONF, b'CERTFILE "x'), (UPSD_CONF, b"CERTFILE x\\"), (NUT_CONF, b"A='x")]
)
def test_nothing_is_added_behind_open_quotes(form: Form, data: bytes) -> None:
    document = Document(data, form)
    with pytest.raises(ConfigError, match="ends in open quotes or a backslash"):
        document.set("MAXAGE" if form is UPSD_CONF else "B", "1")
    assert document.data == data


# Properties.

TEXT = st.text(st.characters(codec="ascii", min_codepoint=32), max_size=60)
NAME = st.text(st.sampled_from("abcXYZ_.-09"), min_size=1, max_size=12)
PIECES = [
    *("# comment", "", "  \t", "maxretry = 2", "nowait # now", "[a]", "[b]  ", "  [c] # caf\xe9", "\tdriver = d # x"),
    *('port="a \\\n b"', 'desc = "a # b"', "nolock", "foo = bar baz", "x \\", "\r# c", 'desc "=" y', 'a "', 'b"'),
]
LINES = st.lists(st.sampled_from(PIECES), max_size=12)


@given(LINES, st.sampled_from(["", "\n"]), NAME, TEXT, st.sampled_from([None, "a", "b"]))
def test_only_the_line_meant_changes(lines: list[str], end: str, key: str, value: str, section: str | None) -> None:
    data = ("\n".join(lines) + end).encode("latin-1")
    document = Document(data, UPS_CONF)
    assert document.data == data
    if section is None:
        key, value = "driverpath", value or "x"
    elif section not in document.sections():
        try:
            document.add_section(section)
        except ConfigError:
            assert document.data == data
            return
    before = document.data.split(b"\n")
    taken = document.get(key, section)
    try:
        document.set(key, value, section=section)
    except ConfigError as error:
        assert "open quotes" in str(error) or "needs" in str(error)  # noqa: PT017
        return
    assert document.get(key, section) == [[value]]
    if not taken:
        after = document.data.split(b"\n")
        line = next(at for at, pair in enumerate(zip([*before, None], after, strict=False)) if pair[0] != pair[1])
        assert [*after[:line], *after[line + 1 :]] in (before, [*before, b""], [*before[:-1], b""])
    if section:
        found = parse_ups_conf(document.data)[0].find(section)
        assert found is not None
        assert found.value(key) == value


SETTING = st.builds(Setting, NAME, st.none() | TEXT)
GLOBALS = st.fixed_dictionaries(
    {},
    optional={
        "driverpath": TEXT.filter(bool),
        "nowait": st.booleans(),
        "maxretry": st.integers(1, 9),
        "reconnect_max_tries": st.integers(-1, 9),
        "synchronous": st.sampled_from(["yes", "no", "auto"]),
        "debug_min": st.none() | st.integers(0, 9),
    },
)


@given(GLOBALS, st.dictionaries(NAME, st.lists(SETTING, max_size=5), max_size=3))
def test_ups_conf_comes_back(given: dict[str, object], sections: dict[str, list[Setting]]) -> None:
    text = write(UpsConf(**given))  # type: ignore[arg-type]
    conf, problems = parse_ups_conf(text)
    assert problems == []
    assert conf == UpsConf(**given)  # type: ignore[arg-type]
    ups = tuple(UpsSection(name, tuple(settings)) for name, settings in sections.items())
    whole = parse_ups_conf(write(UpsConf(ups, **given)))[0]  # type: ignore[arg-type]
    assert [(one.name, one.settings) for one in whole.ups] == [(one.name, one.settings) for one in ups]
    assert parse_ups_conf(write(whole))[0] == whole


LISTEN = st.builds(Listen, st.sampled_from(["*", "::1", "10.0.0.1", "host"]), st.sampled_from(["3493", "nut"]))
UPSD_VALUES = st.builds(
    UpsdConf,
    listen=st.lists(LISTEN).map(tuple),
    maxage=st.integers(0, 99),
    allow_no_device=st.booleans(),
    certfile=st.none() | TEXT.filter(bool),
    certident=st.none() | st.builds(CertIdent, TEXT, TEXT),
    certrequest=st.sampled_from(["no", "request", "require"]),
    debug_min=st.none() | st.integers(0, 9),
)


@given(UPSD_VALUES)
def test_upsd_conf_comes_back(conf: UpsdConf) -> None:
    assert parse_upsd_conf(write(conf)) == (conf, [])


USERS = st.lists(
    st.builds(
        User,
        NAME,
        password=st.none() | TEXT,
        actions=st.lists(NAME.map(str.upper), max_size=40).map(tuple),
        instcmds=st.lists(TEXT, max_size=5).map(tuple),
        upsmon=st.sampled_from([(), ("primary",), ("secondary", "primary")]),
        allowfrom=st.sampled_from([None, (), ("10.0.0.0/8", "::1")]),
    ),
    unique_by=lambda user: user.name,
    max_size=4,
)


@given(USERS)
def test_upsd_users_come_back(users: list[User]) -> None:
    found, problems = parse_upsd_users(write(UpsdUsers(tuple(users))))
    assert found == UpsdUsers(tuple(users))
    assert len(problems) == sum(user.allowfrom == () for user in users)


@given(st.dictionaries(NAME.filter(str.isidentifier), st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
def test_nut_conf_comes_back(variables: dict[str, str]) -> None:
    text = write(NutConf(tuple(variables.items())))
    conf, _ = parse_nut_conf(text)
    assert conf.variables == tuple(variables.items())
    assert parse_nut_conf(write(conf))[0] == conf
