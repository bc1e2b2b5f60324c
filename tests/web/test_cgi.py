"""upsstats.cgi and its like: templates beside C's own program, fuzzed ones, pictures, the guard of upsset.cgi."""

from __future__ import annotations

import io
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.browser import chromium, tab
from tests.support.cnut import CNut
from tests.support.nutcgi import cgi
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.procs import running
from tests.web.devices import device
from wallnut.config.cgi import HostsConf, Shown, parse_hosts_conf, parse_upsset_conf
from wallnut.web.cgi import gauge
from wallnut.web.cgi.template import ALONE, MOST_TEXT, PICTURES, WITH, Host, Page, read

RACK = (
    "ups.status: OL CHRG TRIM\nups.load: 31\nbattery.charge: 87\nbattery.charge.low: 20\nbattery.charge.warning: 90\n"
    "battery.runtime: 13805\nups.model: Smart 4\nbattery.voltage: 13.6\nbattery.voltage.nominal: 12\n"
    "input.voltage: 231.5\ninput.transfer.low: 196\ninput.transfer.high: 253\ninput.L1-L2.voltage: 400\n"
    "ups.temperature: 24.5\nbattery.temperature: 31\nambient.temperature: -21.2\nambient.humidity: 45\n"
)
TWO = "ups.status: OB LB DISCHRG FSD\nups.load: 250\nbattery.runtime: 59\nups.model: Two\ninput.voltage: 0\n"
ODD = "ups.status: FOO\nups.model: Three\nbattery.charge: abc\nbattery.runtime: x\nups.temperature: warm\n"


class Console:
    """A running console with hosts.conf and templates of its own."""

    def __init__(self, nut: CNut, port: int) -> None:
        self.nut, self.port, self.conf = nut, port, nut.conf

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    def text(self, path: str) -> str:
        return self.get(path)[2].decode("utf-8", "surrogateescape")

    def name(self, ups: str) -> str:
        return f"{ups}@127.0.0.1:{self.nut.port}"


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    nut = CNut(tmp_path_factory.mktemp("cgi")).ups("rack", RACK).ups("two", TWO).ups("odd", ODD)
    nut.ups("bad", 'ups.status: OL\nups.model: <b onclick="x">&\n').section("nodrv", "driver = dummy-ups", "port = x")
    port = free_port()
    with nut:
        lines = [f'MONITOR {one}@127.0.0.1:{nut.port} "The <i>{one}</i>"' for one in ("rack", "two", "odd", "nodrv")]
        lines += ["MONITOR x@127.0.0.1:9 far", f"MONITOR none@127.0.0.1:{nut.port} None", ""]
        (nut.conf / "hosts.conf").write_text("\n".join(lines))
        argv = (program("wallnut"), "web", f"127.0.0.1:{nut.port}", "-l", f"127.0.0.1:{port}", "-A", "none")
        env = {"NUT_CONFPATH": str(nut.conf), "TZ": "UTC"}
        found = Console(nut, port)
        with running(*argv, ready=lambda _: ready(found), env=env):
            yield found


def ready(console: Console) -> bool:
    try:
        return bool(json.loads(console.text("/api/v1/ups"))["ups"][-1]["state"] == "mains")
    except (OSError, IndexError, ValueError):
        return False


TEMPLATES = {
    "values": "@VAR ups.model@/@VAR ups.load@/@VAR UPS.LOAD@|@VAR nope@ |@VAR@|@VAR  ups.load@|@VAR ups.load x@\n",
    "host": "@HOST@ @HOSTDESC@ @HOSTLINK@ @TREELINK@ @REFRESH@\n",
    "status": "[@STATUS@] @STATUSCOLOR@ [@UTILITYCOLOR@] [@STATUSx@] [@STATUSCOLOR x@]\n",
    "runtime": "@RUNTIME@\n",
    "scales": "@UPSTEMP@ @BATTTEMP@ @AMBTEMP@ @DEGREES@\n@TEMPF@@UPSTEMP@ @BATTTEMP@ @AMBTEMP@ @DEGREES@\n",
    "scale of the next": "@UPSTEMP@@DEGREES@@TEMPF@\n",
    "date": "@DATE %Y-%m@[@DATE@][@DATE  %%H@]\n",
    "pictures": "@IMG ups.load@ @IMG battery.charge width=90 bar_col=0x123456 foo=1 host=3@ @IMG nope@ @IMG ups.loa@\n",
    "all options": "@IMG ups.load width=1 height=7 scale_height=8 tempmin=1 tempmax=2 nom_in_freq=5 nom_out_freq=6"
    " back_col=1 scale_num_col=1 summary_col=1 ok_zone_maj_col=1 ok_zone_min_col=1 neutral_zone_maj_col=1"
    " neutral_zone_min_col=1 warn_zone_maj_col=1 warn_zone_min_col=1 bar_col=1@\n",
    "all pictures": "".join(f"@IMG {name}@\n" for name in PICTURES),
    "paths": "@UPSSTATSPATH a.cgi@@UPSIMAGEPATH b.cgi@@HOSTLINK@ @TREELINK@ @IMG ups.load@\n",
    "if": "@IFSUPP ups.load@a@ELSE@b@ENDIF@ @IFSUPP nope@a@ELSE@b@ENDIF@ @IFSUPP @a@ELSE@b@ENDIF@\n",
    "ifeq": "@IFEQ ups.load 31@a@ELSE@b@ENDIF@ @IFEQ ups.load 31 @a@ELSE@b@ENDIF@ @IFEQ nope x@a@ELSE@b@ENDIF@\n",
    "ifbetween": "@IFBETWEEN battery.charge.low battery.charge.warning battery.charge@a@ELSE@b@ENDIF@"
    "@IFBETWEEN battery.charge.low input.voltage input.voltage@a@ELSE@b@ENDIF@"
    "@IFBETWEEN ups.status input.voltage battery.charge@a@ELSE@b@ENDIF@"
    "@IFBETWEEN nope battery.charge ups.load@a@ELSE@b@ENDIF@"
    "@IFBETWEEN input.transfer.low input.transfer.high input.voltage@a@ELSE@b@ENDIF@\n",
    "blocks": "@IFSUPP ups.load@1@IFSUPP nope@2@ELSE@3@IFSUPP ups.load@4@ELSE@5@ENDIF@6@ELSE@7@ENDIF@8@ELSE@9@ELSE@\n"
    "10@ENDIF@11\n",
    "chains": "@IFSUPP nope@\n@IFSUPP ups.load@\nboth\n@ELSE@\n@IFSUPP battery.charge@\none\n@ELSE@\nnone\n@ENDIF@\n",
    "unknown": "[@FOO@][@foo bar@][@ups.load@][@@][@var ups.load@][@TEMPFx@][@IMGups.load@][@VERSIONx@] lonely @ end\n",
    "odd ends": "x@HOST@y@HOST\nz @ @ q\r\n",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_templates_give_what_c_gives(console: Console, name: str) -> None:
    for text in (
        f"<p>\n@FOREACHUPS@\n{TEMPLATES[name]}@ENDFOR@\n</p>",
        f"a@FOREACHUPS@b{TEMPLATES[name]}c@ENDFOR@d\ne",
    ):
        (console.conf / "upsstats.html").write_text(text)
        assert console.text("/upsstats.cgi") == without_reason(cgi("upsstats", console.conf, "")), text
    (console.conf / "upsstats-single.html").write_text(TEMPLATES[name])
    for host in ("rack", "odd", "none", "nodrv"):
        query = f"host={quote(console.name(host))}&refresh=7"
        assert console.text(f"/cgi-bin/nut/upsstats.cgi?{query}") == cgi("upsstats", console.conf, query)


def without_reason(text: str) -> str:
    """The peer connects itself, and says why it cannot."""
    return text.replace("Connection failure: Connection refused", NOT_WATCHED)


NOT_WATCHED = "Connection failure: not among [web] servers in wallnut.toml"


@pytest.mark.parametrize(
    "text",
    [
        "a@FOREACHUPS@b @HOST@ @ENDFOR@ c\nd\n@FOREACHUPS@x\n@ENDFOR@ tail",
        "a\n@IFSUPP nope@\n@FOREACHUPS@\nin @HOST@\n@ENDFOR@\nhid\n@ENDIF@\nafter\n@FOREACHUPS@\nnoend @HOST@\n",
        "a\n@ENDFOR@\nb @ENDIF@ @ELSE@ c\n@FOREACHUPS@\nq\n@ENDIF@ shown @HOST@\n",
        "@VAR ups.load@ @STATUS@ @STATUSCOLOR@ @HOST@ @RUNTIME@ @DEGREES@ @IFSUPP ups.load@x@ENDIF@ before all\n",
        "@FOREACHUPS@\n@ENDFOR@ @VAR ups.load@ @STATUS@ @STATUSCOLOR@ behind all\n",
        "@FOREACHUPS@\n@IFSUPP battery.charge@\n@HOST@\n@ENDFOR@\nz\n",
        "",
        "\n",
        "no end of line",
    ],
)
def test_loops_go_as_in_c(console: Console, text: str) -> None:
    (console.conf / "upsstats.html").write_text(text)
    assert console.text("/upsstats.cgi") == without_reason(cgi("upsstats", console.conf, ""))


def test_debians_own_templates(console: Console) -> None:
    """Those that everybody has."""
    from tests.support.nutcgi import FOLDER

    for name, query in (("upsstats.html", ""), ("upsstats-single.html", f"host={console.name('rack')}")):
        text = (FOLDER.parents[3] / "etc" / "nut" / name).read_text()
        (console.conf / name).write_text(text.replace("@VERSION@", "").replace("%X", ""))
        theirs = without_reason(cgi("upsstats", console.conf, query))
        assert console.text(f"/upsstats.cgi?{query}") == theirs
        assert len(theirs) > 1000
        assert "has no effect" not in console.text("/upsstats.cgi?check")


def test_only_hosts_conf_is_shown(console: Console) -> None:
    for host in ("rack", console.name("bad"), "rack@192.0.2.1", "x"):
        status, _, body = console.get(f"/upsstats.cgi?host={quote(host)}")
        assert (status, body.decode()) == (403, f"Access to that host [{host}] is not authorized.\n")
        assert console.get(f"/upsimage.cgi?host={quote(host)}&display=ups.load")[0] == 403
        assert json.loads(console.text(f"/upsstats.cgi?json&host={quote(host)}"))["error"]
    found = json.loads(console.text("/upsstats.cgi?json"))["devices"]
    assert [one.get("error", "") for one in found] == ["", "", "", "Driver not connected", NOT_WATCHED, "Unknown UPS"]
    assert (found[0]["status_raw"], found[0]["vars"]["ups.load"]) == ("OL CHRG TRIM", "31")
    conf = console.conf / "hosts.conf"
    kept = conf.read_text()
    try:
        conf.unlink()
        assert json.loads(console.text(f"/upsstats.cgi?json&host={console.name('bad')}"))["host"] == console.name("bad")
        (console.conf / "upsstats.html").write_text("@FOREACHUPS@\n@VAR ups.model@ @HOSTDESC@\n@ENDFOR@\n")
        page = console.text("/upsstats.cgi")
        assert "&lt;b onclick" in page
        assert "<b" not in page  # what a device says is never HTML
    finally:
        conf.write_text(kept)


def test_our_own_templates_and_all_variables(console: Console) -> None:
    for name in ("upsstats.html", "upsstats-single.html"):
        (console.conf / name).unlink(missing_ok=True)
    status, headers, body = console.get("/upsstats.cgi")
    assert (status, headers["content-type"], body.count(b"<tr>")) == (200, "text/html", 7)
    assert "default-src 'none'" in headers["content-security-policy"]
    assert console.text("/upsstats.cgi?check") == "Nothing is wrong.\n"
    assert "<IMG" in console.text(f"/upsstats.cgi?host={console.name('rack')}")
    tree = console.text(f"/upsstats.cgi?host={console.name('rack')}&treemode")
    assert "<th scope=row>battery.voltage.nominal</th><td>12</td>" in tree
    assert console.text(f"/upsstats.cgi?host={console.name('nodrv')}&treemode") == "[error: Driver not connected]\n"


def test_they_are_for_everybody(console: Console) -> None:
    """axe's rules, a narrow window, light and dark; nothing that the policy forbids."""
    for name in ("upsstats.html", "upsstats-single.html"):
        (console.conf / name).unlink(missing_ok=True)
    one = f"/upsstats.cgi?host={console.name('rack')}"
    with chromium() as browser:
        for scheme, width in (("light", 360), ("dark", 1440)):
            with tab(browser, f"http://127.0.0.1:{console.port}", width=width, color_scheme=scheme) as page:
                page.forgiven = ("404",)  # /favicon.ico
                for path in ("/cgi-bin/nut/upsstats.cgi", one, f"{one}&treemode"):
                    page.go(path)
                    assert page.violations() == []
                    assert page.overflow == 0
                    assert page.ask("[...document.images].every(image => image.naturalWidth > 50)")


def test_templates_of_2_8_5(console: Console) -> None:
    conf = console.conf / "hosts.conf"
    kept = conf.read_text()
    try:
        conf.write_text(f"{kept}CUSTOM_TEMPLATE_LIST mine.html\nCUSTOM_TEMPLATE_SINGLE one.html\n")
        (console.conf / "mine.html").write_text(
            "@NUT_UPSSTATS_TEMPLATE@own @STATUS |@\n@FOREACHUPS@\n@HOSTLINK@\n@ENDFOR@\n"
        )
        (console.conf / "one.html").write_text("one @TREELINK all of it@ @TREELINK_JSON@ @STATUS |@")
        page = console.text("/upsstats.cgi?template_list=mine.html&template_single=one.html")
        assert page.startswith("own ")
        name = console.name("rack")
        link = f"upsstats.cgi?host={name}&amp;template_list=mine.html&amp;template_single=one.html"
        assert f'<a href="{link}">The <i>rack</i></a>' in page
        page = console.text(f"/upsstats.cgi?host={name}&template_single=one.html")
        assert page == (
            f'one <a href="upsstats.cgi?host={name}&amp;treemode">all of it</a>'
            f' <a href="upsstats.cgi?host={name}&amp;json">JSON</a> ONLINE|VOLTAGE TRIM'
        )
        for other in ("upsd.users", "../x.html", "hosts.conf", "one.html"):
            assert console.get(f"/upsstats.cgi?template_list={quote(other)}")[0] == 403
    finally:
        conf.write_text(kept)


def test_faults_name_their_line(console: Console) -> None:
    (console.conf / "upsstats.html").write_text(
        "@FOREACHUPS@\n@FOO@ @IFEQ ups.status OL CHRG@\n@FOREACHUPS@ a@b.org\n@IMG nope@@IMG ups.load wide=3@\n"
    )
    assert console.text("/upsstats.cgi?check").splitlines() == [
        "upsstats.html:2: there is no command FOO",
        "upsstats.html:2: IFEQ needs a variable and a value without blanks, got 'ups.status OL CHRG'",
        "upsstats.html:3: the last @ begins a command that does not end on its line; write &#64; for @",
        "upsstats.html:3: FOREACHUPS within that of line 1: the loop begins anew",
        "upsstats.html:4: IMG: there is no picture of 'nope'",
        "upsstats.html:4: IMG: 'wide=3' has no effect",
        "upsstats.html:3: FOREACHUPS without an ENDFOR: it shows one UPS",
        "upsstats.html:2: IF without an ENDIF",
    ]
    page = console.conf / "upsstats.html"
    page.write_bytes(b"x" * 300_000)
    status, _, body = console.get("/upsstats.cgi")
    assert (status, b"upsstats.html is larger than 256 kB" in body) == (500, True)
    page.unlink()
    page.mkdir()
    assert console.get("/upsstats.cgi")[0] == 500
    page.rmdir()


# Pure


HOSTS = [
    Host("rack@localhost", "Rack", device(ups__load="31", battery__charge="87"), "", True, True),
    Host("two@localhost", "<Two>", device(status="OB LB \udc80"), "", True, False),
    Host("gone@localhost", "Gone", None, "Connection failure", False, True),
]
WORDS = [*ALONE, *WITH, "ups.load", "nope", "31", "width=3", "%Y", "%999999d", "%\x00", "\udcff"]
PIECES = st.lists(st.one_of(st.sampled_from(["@", "@", "@", " ", "\n", *WORDS]), st.text(max_size=3)), max_size=60)


@given(PIECES, st.booleans(), st.integers(0, 3))
def test_any_template_is_read_and_drawn(pieces: list[str], single: bool, count: int) -> None:
    template = read("".join(pieces), "x.html")
    text = Page(HOSTS[:count], now=0.0, refresh=5, single=single).draw(template)
    text.encode("utf-8", "replace")
    assert all(str(fault).startswith("x.html:") for fault in template.faults)


def test_what_a_server_says_is_no_html() -> None:
    """Names and descriptions, too, where they are not those of hosts.conf."""
    evil = '"><script>x</script>'
    host = Host(f"{evil}@localhost", evil, device(status=f"OL {evil}", ups__load=evil), "", True, False)
    every = "".join(f"@{name}@\n" for name in ALONE) + "@VAR ups.load@ @VAR ups.status@ @IMG ups.load@ @STATUS, @"
    page = Page([host], now=0.0, single=True).draw(read(f"{every}@FOREACHUPS@\n{every}@ENDFOR@", "x.html"))
    assert "<script" not in page
    assert '"">' not in page


def test_a_page_is_bounded() -> None:
    hosts = HOSTS[:1] * 100_000
    for line in ("x" * 1000, "@FOO@" * 100, "@IFSUPP nope@@ENDIF@"):
        began = time.process_time()
        text = Page(hosts, now=0.0).draw(read(f"@FOREACHUPS@\n{line}\n@ENDFOR@\n", "x.html"))
        assert text.endswith("the page became too long, and ends here -->\n")
        assert len(text) < MOST_TEXT + 2000
        assert time.process_time() - began < 2


def test_the_files() -> None:
    conf, problems = parse_hosts_conf(
        b'MONITOR a@b "A b"\nMONITOR c\nMONITRO x y\nCUSTOM_TEMPLATE_LIST ../x.html\nCUSTOM_TEMPLATE_LIST y.htm\n'
    )
    assert conf == HostsConf((Shown("a@b", "A b"),), ("y.htm",))
    assert [problem.line for problem in problems] == [2, 3, 4]
    assert "did you mean MONITOR?" in str(problems[1])
    assert not parse_upsset_conf(b"### I_HAVE_SECURED_MY_CGI_DIRECTORY\n")[0].secured
    assert parse_upsset_conf(b"I_HAVE_SECURED_MY_CGI_DIRECTORY\n")[0].secured


# Pictures


def test_pictures(console: Console) -> None:
    from PIL import Image

    name = quote(console.name("rack"))
    for display, words in {
        "ups.load": "31.0 %",
        "input.voltage": "231.5 VAC",
        "ambient.temperature": "-21.2 °C",
    }.items():
        status, headers, body = console.get(f"/upsimage.cgi?host={name}&display={display}")
        image = Image.open(io.BytesIO(body))
        assert (status, headers["content-type"], image.format, image.size) == (200, "image/png", "PNG", (100, 350))
        _, headers, body = console.get(f"/upsimage.cgi?host={name}&display={display}&format=svg&width=9999&height=-1")
        assert headers["content-type"] == "image/svg+xml"
        assert 'width="200" height="100"' in body.decode()
        assert f">{words}</text>" in body.decode()
    for query, status, words in (
        (f"host={name}", 400, "display"),
        (f"host={name}&display=device.mfr", 404, "Unknown"),
        (f"host={name}&display=output.voltage", 404, "N/A"),
        (f"host={quote(console.name('odd'))}&display=battery.charge", 404, "N/A"),
        (f"host={quote(console.name('nodrv'))}&display=ups.load", 503, "Driver"),
        ("host=x&display=ups.load", 403, "denied"),
    ):
        found, headers, body = console.get(f"/cgi-bin/nut/upsimage.cgi?{query}&format=svg")
        assert (found, headers["content-type"], words in body.decode()) == (status, "image/svg+xml", True)


OWN = {
    "battery.voltage.low": "10",
    "input.transfer.low": "300",
    "input.transfer.high": "200",
    "ups.temperature.low": "5",
}


@given(
    st.sampled_from(sorted(PICTURES)),
    st.one_of(st.floats().map(str), st.text(max_size=8)),
    st.dictionaries(
        st.sampled_from([*gauge.SIZES, *gauge.COLOURS]), st.one_of(st.integers().map(str), st.text(max_size=8))
    ),
)
def test_any_value_makes_a_small_picture(name: str, value: str, asked: dict[str, str]) -> None:
    chosen = gauge.options(asked)
    try:
        picture = gauge.draw(name, {**OWN, name: value}, chosen)
    except gauge.NoPicture as error:
        picture = gauge.words(error.text, chosen)
    assert len(picture.shapes) < 2000
    assert 50 <= picture.width <= 200
    assert 100 <= picture.height <= 500
    assert gauge.svg(picture).endswith(b"</svg>\n")


def test_colours_and_zones_are_those_asked_for() -> None:
    chosen = gauge.options({"bar_col": "0x010203", "back_col": "0xffffff", "warn_zone_maj_col": "255", "width": "abc"})
    picture = gauge.draw("battery.charge", {"battery.charge": "87", "battery.charge.low": "30"}, chosen)
    assert picture.background == 0xFFFFFF
    assert sum(shape.colour == 0x010203 for shape in picture.shapes) == 1
    assert sum(shape.colour == 255 for shape in picture.shapes) == 2  # the lines of 0 and 20
    assert gauge.png(picture).startswith(b"\x89PNG")


# upsset.cgi


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        return None


def test_upsset_leads_to_the_device_if_its_guard_lets_it(console: Console) -> None:
    opener = urllib.request.build_opener(NoRedirect)

    def ask(query: str) -> tuple[int, str]:
        with pytest.raises(urllib.error.HTTPError) as caught:
            opener.open(f"http://127.0.0.1:{console.port}/upsset.cgi{query}", timeout=10)
        with caught.value as error:
            return error.code, error.headers.get("location", "") or error.read().decode()

    guard = console.conf / "upsset.conf"
    for text in ("", "# I_HAVE_SECURED_MY_CGI_DIRECTORY\n"):
        guard.write_text(text)
        status, said = ask("")
        assert (status, "I_HAVE_SECURED_MY_CGI_DIRECTORY" in said) == (403, True)
    guard.write_text("I_HAVE_SECURED_MY_CGI_DIRECTORY\n")
    assert ask("") == (303, "/")
    assert ask(f"?host={console.name('rack')}") == (303, f"/device/{quote(console.name('rack'))}/variables")
    commands = f"?monups={console.name('rack')}&function=showcmds"
    assert ask(commands) == (303, f"/device/{quote(console.name('rack'))}/commands")
    assert ask("?host=x@y")[0] == 403
    guard.unlink()
    assert ask("")[0] == 403
