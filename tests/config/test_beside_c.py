"""The same files, read by C NUT and by us; and files that we wrote, read by C NUT."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.cnut import CNut
from tests.support.peers import need
from wallnut.config.edit import UPSD_USERS, Document, write
from wallnut.config.files import parse_ups_conf, parse_upsd_conf, served
from wallnut.config.types import Setting, UpsConf, UpsdConf, UpsSection
from wallnut.proto.words import quote, split

BASE = "driver = d\nport = p\n"

# One odd thing each, in one file; no `desc` without value, of which C's upsd dies.
NASTY = (
    '[plain]\ndriver=d\nport=p\ndesc="one two"\n',
    f"[junk] behind it\n{BASE}desc = first\ndesc =second\n",
    f"[split]\n{BASE}[other]\n{BASE}desc=o\n[split]\ndesc=later\n",
    f'[hash]\n{BASE}desc="a # b"\n',
    f'[escaped]\n{BASE}desc="a \\# \\"b\\" \\\\ c"\n',
    f'[lines]\n{BASE}desc="line\nbreak"\n',
    f"[joined]\n{BASE}desc=\\\nfoo\n",
    f'[bytes]\n{BASE}desc = "caf\xc3\xa9 \x01\x7f"\n',
    f"[twice]\n{BASE}desc == x\n",
    f"[unquoted]\n{BASE}desc = a b\n",
    f'[glued]\n{BASE}desc= "a=b\\"c\\\\"x\n',
    f'[empty]\n{BASE}desc=""\n',
    f'[words]\n{BASE}desc b\n"desc=quoted"\ndesc b c\n',
    '"[quoted]"\n"driver"="d"\nport "=" p\n"desc" = k\n',
    f"[default]\n{BASE}desc=d\n",
    f'[[x]]\n{BASE}[x]]\n{BASE}[\\#]\n{BASE}[ab"c]\n{BASE}',
    f"[Case]\n{BASE}desc=1\n[CASE]\n{BASE}desc=2\n",
    "[noport]\ndriver=d\ndesc=x\n[nodriver]\nport=p\n[shout]\nDRIVER=d\nPORT=p\n",
    f"[long]\n{BASE}desc={'x' * 200}\n",
    "[tabs]\n\tdriver\t=\td\r\n\tport\t=\tp\r\n\tdesc\t=\tt\r\n",
    f"[comment]#c\n{BASE}desc=x#y\n",
    f"[last]\n{BASE}desc = end",
)


def c_lists(nut: CNut) -> dict[str, str]:
    """Names and descriptions of all that a server serves."""
    rows = (line.removeprefix("UPS ").partition(' "') for line in nut.ask("LIST UPS") if line.startswith("UPS "))
    return {name: split(f'"{text}')[0] for name, _, text in rows}


def descriptions(sections: list[UpsSection]) -> dict[str, str]:
    return {one.name: "Description unavailable" if one.desc is None else one.desc for one in sections}


def test_ups_conf_means_the_same_to_c(tmp_path: Path) -> None:
    nut = CNut(tmp_path).section("first", BASE, "".join(NASTY))
    with nut:
        theirs = c_lists(nut)
        ours, problems = served(parse_ups_conf((nut.conf / "ups.conf").read_bytes())[0])
        assert theirs == descriptions(ours)
        assert list(theirs) == [one.name for one in ours]
        assert nut.upsd is not None
        log = nut.upsd.stderr().splitlines()
    complaints = [line for line in log if "incomplete" in line or "already in use" in line]
    assert sorted(complaints) == sorted(one.text for one in problems)


VALUES = ("plain", "two words", 'a "quoted" word', "a\\b", "a # b", "a=b", "=", "", "[x]", "x]", "'", "$HOME", "\x7f")


def test_c_reads_what_we_write(tmp_path: Path) -> None:
    basis = (Setting("driver", "dummy-ups"), Setting("port", "p"), Setting("nolock"))
    ups = [UpsSection(f"u{at}", (*basis, Setting("desc", value))) for at, value in enumerate(VALUES)]
    expected = {"first": "Description unavailable"} | {one.name: value for one, value in zip(ups, VALUES, strict=True)}
    text = write(UpsConf(tuple(ups), maxretry=2)).decode()
    conf = UpsdConf(maxage=20, trackingdelay=5, maxconn=100, allow_no_device=True, disable_weak_ssl=True, debug_min=0)
    users = Document(b"", UPSD_USERS)
    for at, value in enumerate(VALUES):
        users.add_section(f"u{at}")
        users.set("password", value, section=f"u{at}")
        users.set("upsmon", "primary", section=f"u{at}")
    nut = CNut(tmp_path).section("first", "driver = dummy-ups", "port = p", text)
    with nut.user("a", "b", "\n" + users.data.decode()).server(write(conf).decode()):
        assert c_lists(nut) == expected
        for at, value in enumerate(VALUES):
            answers = nut.ask(f"USERNAME u{at}", f"PASSWORD {quote(value)}", "LOGIN first", "PRIMARY first")
            assert answers == ["OK", "OK", "OK", "OK PRIMARY-GRANTED"], value
        listed = output(need("upsc", package="nut-client"), "-L", f"localhost:{nut.port}")
        assert dict(line.split(": ", 1) for line in listed.split("\n") if ": " in line) == expected
        assert nut.upsd is not None
        assert "invalid directive" not in nut.upsd.stderr()
        trial = output(need("upsdrvctl", package="nut-server"), "-t", "start", env=nut.env)
        assert [line.split()[-1] for line in trial.splitlines() if "exec:  " in line] == list(expected)


def output(*argv: str, env: Mapping[str, str] | None = None) -> str:
    """What a program writes, on either output."""
    done = subprocess.run(
        argv, capture_output=True, text=True, check=True, timeout=10, env={**os.environ, **(env or {})}
    )
    return done.stdout + done.stderr


def test_c_names_the_same_unknown_directives(tmp_path: Path) -> None:
    lines = ("MAXAG 3", 'FOO "a b" c=d', "maxage 4", "MAXCONNPERADDR 5")
    nut = CNut(tmp_path).section("first", BASE).server(*lines)
    with nut:
        assert nut.upsd is not None
        theirs = [line for line in nut.upsd.stderr().splitlines() if "invalid directive" in line]
    problems = parse_upsd_conf("".join(f"{line}\n" for line in lines).encode())[1]
    ours = [one.text.partition(" (did you mean")[0] for one in problems]
    assert theirs == [*ours, "upsd.conf: invalid directive MAXCONNPERADDR 5"]
