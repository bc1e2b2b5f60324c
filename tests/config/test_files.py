"""ups.conf and upsd.conf, line by line; and any bytes at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.config.directive import Problem
from wallnut.config.files import (
    MAX_PROBLEMS,
    parse_nut_conf,
    parse_ups_conf,
    parse_upsd_conf,
    parse_upsd_users,
    served,
    ups_section,
)
from wallnut.config.kinds import CertIdent, Listen
from wallnut.config.nutauth import parse_nutauth_conf
from wallnut.config.types import Setting, UpsConf, UpsdConf


def texts(problems: list[Problem]) -> list[str]:
    return [f"{one.line} {one.severity[0]} {one.text}" for one in problems]


# --- ups.conf


def ups(text: str) -> UpsConf:
    """A file without a fault."""
    conf, problems = parse_ups_conf(text.encode())
    assert texts(problems) == []
    return conf


def ups_problems(text: str) -> list[str]:
    return texts(parse_ups_conf(text.encode("utf-8"))[1])


def test_an_ordinary_file() -> None:
    conf = ups(
        """
        # global
        maxretry = 3
        pollinterval = 5
        StatePath = /run/nut2
        nowait
        [rack]
            driver = "usbhid-ups"   # which
            port = auto
            desc = "Rack 4, \\"left\\""
            sdorder = -1
            pollinterval = 7
            nolock
            vendorid = 051d
            default.ups.mfr = "Acme Ltd"
            override.battery.charge.low = 30
        [attic]
            driver=snmp-ups
            port=10.0.0.9
        """
    )
    assert (conf.maxretry, conf.pollinterval, conf.statepath, conf.nowait) == (3, 5, "/run/nut2", True)
    rack, attic = conf.ups
    assert (rack.name, rack.driver, rack.port, rack.desc) == ("rack", "usbhid-ups", "auto", 'Rack 4, "left"')
    assert (rack.sdorder, rack.nolock, rack.ignorelb, rack.line) == (-1, True, False, 7)
    assert rack.settings[-3:] == (
        Setting("vendorid", "051d"),
        Setting("default.ups.mfr", "Acme Ltd"),
        Setting("override.battery.charge.low", "30"),
    )
    assert rack.settings[0].line == 8
    assert rack.defaults() == {"ups.mfr": "Acme Ltd"}
    assert rack.overrides() == {"battery.charge.low": "30"}
    assert (rack.value("vendorid"), rack.value("nolock", "x"), rack.value("none")) == ("051d", "x", None)
    assert (rack.flag("nolock"), rack.flag("none")) == (True, False)
    assert (rack.pollinterval, attic.pollinterval, attic.maxretry) == (7, 5, 3)
    assert attic.desc is None
    assert conf.find("attic") is attic
    assert conf.find("Attic") is None


def test_defaults() -> None:
    conf = UpsConf()
    values = (conf.maxstartdelay, conf.maxretry, conf.retrydelay, conf.pollinterval, conf.synchronous, conf.nowait)
    assert values == (75, 1, 5, 2, "auto", False)
    assert (conf.reconnect_max_tries, conf.reconnect_report_freq, conf.debug_min) == (-1, -1, None)


def test_a_section_that_stands_twice_is_one() -> None:
    conf = ups("[a]\ndriver=d\nport=1\n[b]\ndriver=d\nport=2\n[a]\nport=3\ndesc=x\n")
    assert [(one.name, one.port, one.desc) for one in conf.ups] == [("a", "3", "x"), ("b", "2", None)]
    assert conf.ups[0].value("port") == "3"


def test_what_c_loses_counts() -> None:
    """upsdrvctl loses sdorder as a section's first directive; every parser of C a last word without line feed."""
    conf = ups("[a]\nsdorder = 2\ndriver = d\nport = p\nnolock")
    assert (conf.ups[0].sdorder, conf.ups[0].nolock) == (2, True)


@pytest.mark.parametrize("name", ["allow_killpower", "nolock", "ignorelb"])
@pytest.mark.parametrize(
    ("value", "on"), [("", True), (" = yes", True), (" = 1", True), (" = no", False), (" = 0", False)]
)
def test_flags_mean_what_they_say(name: str, value: str, on: bool) -> None:
    conf, problems = parse_ups_conf(f"[a]\n{name}{value}\n".encode())
    assert getattr(conf.ups[0], name) is on
    warning = f"2 w C NUT switches {name} on even so: there it counts that the line is there"
    assert texts(problems) == ([] if on else [warning])


def test_problems_of_ups_conf() -> None:
    assert ups_problems("maxretri = 3\n") == ["1 w unknown global directive maxretri (did you mean maxretry?)"]
    assert ups_problems("desc = x\n") == ["1 w desc belongs into the section of a UPS, below its [name]"]
    assert ups_problems("pollinterval = 0\n") == ["1 e pollinterval needs a whole number of seconds above 0, got '0'"]
    assert ups_problems("[a]\n\nsdorder = two\n") == ["3 e sdorder needs an integer, got 'two'"]
    assert ups_problems("[a]\nsynchronous = on\n") == ["2 e synchronous needs yes, no or auto, got 'on'"]
    assert ups_problems("[a]\ndesc\n") == ["2 e desc needs a text, got nothing"]
    assert ups_problems("[a]\ndesc = my ups\n") == ["2 w desc: only 'my' counts; put a value with blanks in quotes"]
    assert ups_problems("[a]\nport /dev/ttyS0\n") == [
        "2 e port: a line is `key = value` or a flag alone, not `port /dev/ttyS0`"
    ]
    assert ups_problems("[a]\nport =\n") == ["2 e port: a line is `key = value` or a flag alone, not `port =`"]
    assert ups_problems("[a]\nsddelay = 3\n") == ["2 w Obsolete value sddelay found in ups.conf"]
    assert ups_problems("[a] b\n") == ["1 w what follows [a] is ignored"]
    assert ups_problems('"[a b]"\n') == ["1 w clients cannot ask for a UPS named 'a b'"]
    assert ups_problems("[a@b]\n") == ["1 w clients cannot ask for a UPS named 'a@b'"]
    assert ups_problems('[a]\nx = "a # b"\n') == [
        "2 e Parse error: Unbalanced word due to unescaped # in quotes; the rest was read as a line of its own"
    ]
    lost = "only printable ASCII can stand here; other characters, also line ends in quotes, are lost"
    assert ups_problems("# café\n[a]\ndesc = café # é\n") == [f"3 w {lost}"]
    assert ups_problems('[a]\n\ndesc = "a\nb"\n') == [f"3 w {lost}"]
    assert ups_problems('[a]\nx = "b') == ["2 w quotes left open at the end of the file"]
    assert ups_problems(f"[a]\nx = {'b' * 600}\n") == [
        "2 w a line has at most 32 words of 512 characters; more is lost"
    ]


def test_a_broken_section_name_gives_its_lines_to_nobody() -> None:
    conf, problems = parse_ups_conf(b"[a]\ndesc=1\n[my ups]\ndesc=2\n[]\ndesc=3\n[b]\ndesc=4\n")
    assert [(one.name, one.desc) for one in conf.ups] == [("a", "1"), ("b", "4")]
    assert texts(problems) == [
        "3 e [my ups]: a section is named by one word in brackets; its lines are ignored",
        "5 e []: a section is named by one word in brackets; its lines are ignored",
    ]


def test_what_a_server_serves() -> None:
    conf = ups("[a]\ndriver=d\n[U]\ndriver=d\nport=p\n[b]\ndriver=d\nport=p\n[u]\ndriver=e\nport=p\n")
    sections, problems = served(conf, "/etc/nut/ups.conf")
    assert [(one.name, one.driver) for one in sections] == [("b", "d"), ("u", "e")]
    assert list(map(str, problems)) == [
        "/etc/nut/ups.conf:1: Warning: ignoring incomplete configuration for UPS [a]",
        "/etc/nut/ups.conf:3: UPS name [U] is already in use!",
    ]


def test_a_section_without_a_file() -> None:
    section, problems = ups_section("sim", {"driver": "simulator", "port": "auto", "nolock": None, "sdorder": "x"})
    assert (section.driver, section.nolock, section.sdorder, section.pollinterval) == ("simulator", True, 0, 2)
    assert list(map(str, problems)) == ["ups.conf: sdorder needs an integer, got 'x'"]


# --- upsd.conf


def upsd(text: str) -> UpsdConf:
    """A file without a fault."""
    conf, problems = parse_upsd_conf(text.encode())
    assert texts(problems) == []
    return conf


def upsd_problems(text: str) -> list[str]:
    return texts(parse_upsd_conf(text.encode())[1])


def test_every_directive_of_upsd_conf() -> None:
    conf = upsd(
        """
        MAXAGE 25
        TRACKINGDELAY 60
        ALLOW_NO_DEVICE on
        ALLOW_NOT_ALL_LISTENERS 7
        MAXCONN 1024
        MAXCONNPERADDR 10
        STATEPATH /run/x
        DATAPATH "/usr/share/my nut"
        LISTEN 127.0.0.1
        LISTEN * 3494
        CERTFILE /etc/nut/cert.pem
        CERTPATH /etc/ssl
        CERTIDENT "my cert" "pass word"
        CERTREQUEST REQUIRE
        DISABLE_WEAK_SSL True
        debug_min 2
        """
    )
    assert (conf.maxage, conf.trackingdelay, conf.maxconn, conf.maxconnperaddr) == (25, 60, 1024, 10)
    assert (conf.allow_no_device, conf.allow_not_all_listeners, conf.disable_weak_ssl) == (True, True, True)
    assert (conf.statepath, conf.datapath, conf.debug_min) == ("/run/x", "/usr/share/my nut", 2)
    assert conf.listen == (Listen("127.0.0.1"), Listen("*", "3494"))
    assert (conf.certfile, conf.certpath) == ("/etc/nut/cert.pem", "/etc/ssl")
    assert conf.certident == CertIdent("my cert", "pass word")
    assert conf.certrequest == "require"
    assert "pass word" not in repr(conf)


def test_defaults_of_upsd_conf() -> None:
    conf = upsd("")
    assert (conf.maxage, conf.trackingdelay, conf.maxconn, conf.listen, conf.certrequest) == (15, 3600, 0, (), "no")
    assert (conf.allow_no_device, conf.disable_weak_ssl, conf.debug_min) == (False, False, None)
    assert upsd("MAXAGE 20\nMAXAGE 007\n").maxage == 7


@pytest.mark.parametrize(
    ("words", "host", "port"),
    [
        ("127.0.0.1", "127.0.0.1", "3493"),
        ("ups.example.org nut", "ups.example.org", "nut"),
        ("::1", "::1", "3493"),
        ("::1 4000", "::1", "4000"),
        ("2001:0db8:1234:08d3:1319:8a2e:0370:7344", "2001:0db8:1234:08d3:1319:8a2e:0370:7344", "3493"),
        ("127.0.0.1:4000", "127.0.0.1", "4000"),
        ("name:0", "name", "0"),
        ("*:4000", "*", "4000"),
        ("[::1]:4000", "::1", "4000"),
        ("[::1]", "::1", "3493"),
        ("[::1] 4000", "::1", "4000"),
        ("::3493", "::3493", "3493"),
        (":::3493", "::", "3493"),
        ("2001:db8:::3493", "2001:db8::", "3493"),
    ],
)
def test_listen(words: str, host: str, port: str) -> None:
    assert upsd(f"LISTEN {words}\n").listen == (Listen(host, port),)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("127.0.0.1:4000 4000", "LISTEN has two ports: 127.0.0.1:4000 and 4000"),
        ("127.0.0.1 65536", "LISTEN needs a port from 0 to 65535, got '65536'"),
        ("a:", "LISTEN needs an address, and after it perhaps a port, got 'a:'"),
        (":1", "LISTEN needs an address, and after it perhaps a port, got ':1'"),
        ("a:b", "LISTEN needs an address, and after it perhaps a port, got 'a:b'"),
        ("[::1", "LISTEN needs an address, and after it perhaps a port, got '[::1'"),
        ("[::1]x", "LISTEN needs an address, and after it perhaps a port, got '[::1]x'"),
        ('""', "LISTEN needs an address, and after it perhaps a port, got ''"),
        ("", "LISTEN needs an address, and after it perhaps a port, got nothing"),
    ],
)
def test_listen_refused(words: str, text: str) -> None:
    assert upsd_problems(f"LISTEN {words}\n") == [f"1 e {text}"]


def test_addresses_for_people() -> None:
    assert (str(Listen("::1")), str(Listen("a", "1"))) == ("[::1]:3493", "a:1")


def test_problems_of_upsd_conf() -> None:
    assert upsd_problems("MAXAGE x\n") == ["1 e MAXAGE needs a whole number of seconds, got 'x'"]
    assert upsd_problems("MAXAGE 15s\n") == ["1 e MAXAGE needs a whole number of seconds, got '15s'"]
    assert upsd_problems("MAXAGE -1\n") == ["1 e MAXAGE needs a whole number of seconds, got '-1'"]
    assert upsd_problems("MAXAGE 2147483648\n") == ["1 e MAXAGE needs a whole number of seconds, got '2147483648'"]
    assert upsd_problems("MAXAGE\n") == ["1 e MAXAGE needs a whole number of seconds, got nothing"]
    assert upsd_problems("ALLOW_NO_DEVICE maybe\n") == ["1 e ALLOW_NO_DEVICE needs yes, no or an integer, got 'maybe'"]
    assert upsd_problems("CERTREQUEST 3\n") == ["1 e CERTREQUEST needs no, request or require, got '3'"]
    assert upsd_problems("CERTIDENT a\n") == [
        "1 e CERTIDENT needs a certificate's name and the password of its key, got '***'"
    ]
    assert upsd_problems('\nMAXAG 15 "a b"\n') == [
        "2 w upsd.conf: invalid directive MAXAG 15 a b (did you mean MAXAGE?)"
    ]
    assert upsd_problems("maxage 15\n") == ["1 w upsd.conf: invalid directive maxage 15 (did you mean MAXAGE?)"]
    assert upsd_problems("FOO\n") == ["1 w upsd.conf: invalid directive FOO"]
    for name in ("ACCEPT", "REJECT", "ACL"):
        assert upsd_problems(f"{name} all\n") == [f"1 w {name} in upsd.conf is no longer supported - switch to LISTEN"]
    assert upsd_problems("MAXAGE 15 16\n") == ["1 w MAXAGE: only '15' counts; put a value with blanks in quotes"]


def test_a_broken_line_changes_nothing_else() -> None:
    conf, problems = parse_upsd_conf(b'MAXAGE 20\nMAXAGE x\nCERTFILE "a # b"\nTRACKINGDELAY 5\n')
    assert (conf.maxage, conf.trackingdelay, conf.certfile) == (20, 5, None)
    assert [one.line for one in problems] == [2, 3, 3]


# --- any bytes

PARSERS: list[Callable[[bytes], tuple[object, list[Problem]]]] = [
    parse_ups_conf,
    parse_upsd_conf,
    parse_upsd_users,
    parse_nut_conf,
    parse_nutauth_conf,
]
WORDS = (
    b"[a] [b] [ ] = \" # \\ ' driver port desc nolock pollinterval LISTEN MAXAGE CERTIDENT password actions upsmon"
    b" primary allowfrom 10.0.0.0/8 MODE none NUT_DEBUG_LEVEL PASS CERTVERIFY 1 -1 9999999999 \xc3\xa9 x * : ::1"
)
PIECES = [*WORDS.split(), b"\n", b"\n", b" ", b"\0"]


@given(st.binary() | st.lists(st.sampled_from(PIECES)).map(b"".join) | st.lists(st.sampled_from(PIECES)).map(b" ".join))
def test_any_bytes_give_a_value_and_problems(data: bytes) -> None:
    for parse in PARSERS:
        value, problems = parse(data)
        assert value == parse(data)[0]
        lines = data.count(b"\n") + 1
        assert all(0 < one.line <= lines and one.text and "\n" not in one.text for one in problems)


WHOLE = (
    b'maxretry = 3\n[a]\n\tdriver = d # which\n\tport = "p \\" q"\n\tnolock\n[b]\n\tdriver = d\n\tport = p\n'
    b"LISTEN 127.0.0.1 3493\nMAXAGE 3\nMODE=none\nPASS = x\npassword = y\nallowfrom = ::1\n"
)


def test_a_file_cut_anywhere() -> None:
    for parse in PARSERS:
        for end in range(len(WHOLE)):
            parse(WHOLE[:end])


def test_a_file_of_nonsense_has_an_end() -> None:
    _, problems = parse_upsd_conf(b"MAXAGF\n" * 5000)
    assert len(problems) == MAX_PROBLEMS
