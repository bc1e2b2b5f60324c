"""nut.conf: values as systemd and shells read them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.peers import need
from wallnut.config import envfile
from wallnut.config.files import parse_nut_conf
from wallnut.config.types import NutConf

OTHERWISE = "a shell reads this value otherwise: put it in single quotes"


def conf(text: str) -> NutConf:
    """A file without a fault."""
    found, problems = parse_nut_conf(text.encode())
    assert list(map(str, problems)) == []
    return found


def problems(text: str) -> list[str]:
    return [f"{one.line} {one.severity[0]} {one.text}" for one in parse_nut_conf(text.encode())[1]]


def test_an_ordinary_file() -> None:
    found = conf(
        "# nut.conf\n\nMODE=netserver\n  UPSD_OPTIONS='-4 -D'\nPOWEROFF_WAIT=15m\nPOWEROFF_QUIET=true\n"
        "NUT_DEBUG_LEVEL=3\nNUT_DEBUG_PID=\nNUT_DEBUG_SYSLOG=stderr\nALLOW_NO_DEVICE=1\nNUT_STATEPATH=/run/nut\n"
    )
    assert (found.mode, found.upsd_options, found.upsmon_options) == ("netserver", "-4 -D", "")
    assert (found.poweroff_wait, found.poweroff_quiet, found.nut_debug_level) == ("15m", True, 3)
    assert (found.nut_debug_pid, found.nut_debug_procname, found.nut_debug_syslog) == (True, False, "stderr")
    assert (found.allow_no_device, found.allow_not_all_listeners) == (True, None)
    assert found.variables[-1] == ("NUT_STATEPATH", "/run/nut")
    assert conf("").mode == "none"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a\\\nb", "ab"),
        ("'a b\"c\\d'", 'a b"c\\d'),
        ("'a\nb'", "a\nb"),
        ('"a b"', "a b"),
        ('"a\\"b\\\\c\\d\\`\\\ne"', 'a"b\\c\\d`e'),
        ("'a'\"b\"c", "abc"),
        ("a\\ b", "a b"),
        ("plain  \r", "plain"),
    ],
)
def test_values(text: str, value: str) -> None:
    (line,) = envfile.lines(f"X={text}\n".encode())
    assert (line.name, line.value) == ("X", value)


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        ("a b", "a b", OTHERWISE),
        ("none # comment", "none # comment", OTHERWISE),
        ("a$b", "a$b", OTHERWISE),
        ("a'b'", "a'b'", OTHERWISE),
        ("'a' 'b'", "ab", OTHERWISE),
        ('"$a"', "$a", "a shell expands $ and ` in double quotes: put the value in single quotes"),
        ("'a", "a\n", "quotes left open"),
        ('"a', "a\n", "quotes left open"),
        (" a", "a", "no blanks around =: a shell does not take this line as an assignment"),
    ],
)
def test_values_that_deserve_a_word(text: str, value: str, note: str) -> None:
    (line,) = envfile.lines(f"X={text}\n".encode())
    assert (line.value, line.note) == (value, note)


def test_problems() -> None:
    assert problems("MODE=server\n")[0].startswith("1 e MODE needs none, standalone, netserver, ")
    assert problems("MODE =none\n") == ["1 w no blanks around =: a shell does not take this line as an assignment"]
    assert problems("export MODE=none\n") == ["1 w ignored: systemd does not read `export`"]
    assert problems("MODE\n") == ["1 w ignored: no NAME=value"]
    assert problems("2X=1\n") == ["1 w ignored: '2X' is no variable's name"]
    assert problems("; comment\n\nMOED=none\n") == ["3 w unknown variable MOED (did you mean MODE?)"]
    assert problems("NUT_DEBUG_LEVEL=x\n") == ["1 e NUT_DEBUG_LEVEL needs a whole number, got 'x'"]


def test_lines_are_counted_through_values() -> None:
    lines = list(envfile.lines(b"A='x\ny'\nB=1\\\n2\n# c\nC=3"))
    assert [(one.name, one.first, one.last) for one in lines] == [("A", 1, 2), ("B", 3, 4), ("C", 6, 6)]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_quoted_values_come_back(value: str) -> None:
    (line,) = envfile.lines(f"X={envfile.quote(value)}\n".encode())
    assert (line.name, line.value, line.note == "" or "$" in value or "`" in value) == ("X", value, True)


def test_a_shell_reads_what_we_write(tmp_path: Path) -> None:
    values = ["plain", "a b", "it's", '"$HOME" `id` \\ it\'s', "#x", "a=b;c&d|e", "~", "*", "", "-4 -D"]
    text = "".join(f"V{number}={envfile.quote(value)}\n" for number, value in enumerate(values))
    (tmp_path / "nut.conf").write_text(text)
    show = "".join(f'printf "%s\\n" "$V{number}"\n' for number in range(len(values)))
    shell = need("sh", package="dash")
    answer = subprocess.run(
        [shell, "-c", f". ./nut.conf\n{show}"], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=10
    )
    assert answer.stdout.splitlines() == values
