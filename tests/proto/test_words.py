"""The line grammar: every rule once, properties on any bytes, and C NUT's own tokenizer as the judge."""

from __future__ import annotations

import fcntl
import random
import socket
import struct
import termios
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cnut import CNut
from tests.support.peers import need
from tests.support.procs import running
from tests.support.wait import until
from wallnut.model.errors import ProtocolError
from wallnut.proto.words import (
    MAX_WORD,
    MAX_WORDS,
    UNESCAPED_HASH,
    BadLine,
    Lexer,
    escape,
    file_lines,
    plain_words,
    printable,
    quote,
    split,
    word,
)

# (what is sent, its lines); None stands for a line that breaks the grammar
RULES = [
    (b"GET VAR ups ups.status\n", [["GET", "VAR", "ups", "ups.status"]]),
    (b"\ta \v b\fc\r\n", [["a", "b", "c"]]),
    (b"VER\r\n", [["VER"]]),
    (b'V"E"R\n', [['V"E"R']]),
    (b'"dummy"ups.status\n', [["dummy", "ups.status"]]),
    (b'"a b"\n', [["a b"]]),
    (b"a\\ b\n", [["a b"]]),
    (b'"a\\"b\\\\c\\#d"\n', [['a"b\\c#d']]),
    (b'"a\\nb"\n', [["anb"]]),
    (b"a\\\nb\n", [["ab"]]),
    (b'"a\\\nb"\n', [["ab"]]),
    (b"a \\\n b\n", [["a", "", "b"]]),
    (b"\\\n\n", [[""]]),
    (b"dummy=ups.status\n", [["dummy", "=", "ups.status"]]),
    (b"a =b= c\n", [["a", "=", "b", "=", "c"]]),
    (b'"a=b" a\\=b\n', [["a=b", "a=b"]]),
    (b"NETVER#x\n", [["NETVER"]]),
    (b"a # b \\\nc\n", [["a"], ["c"]]),
    (b"# all\n", [[]]),
    (b"\\#a\n", [["#a"]]),
    (b'SET "a#b" c\nd\n', [None, ["d"]]),
    (b'"a\nb"\n', [["ab"]]),
    (b"VER \x01\n", [["VER", ""]]),
    (b"NET\xc3VER\n", [["NETVER"]]),
    (b"a\x7fb\n", [["a\x7fb"]]),
    (b"\x00\n", [[""]]),
    (b'""\n', [[""]]),
    (b'a "" b\n', [["a", "", "b"]]),
    (b"\n", [[]]),
    (b"  \t \n", [[]]),
    (b"VER", []),
    (b"VER\nNETVER\nFOO\n", [["VER"], ["NETVER"], ["FOO"]]),
    (b"x" * 600 + b"\n", [["x" * MAX_WORD]]),
    (b'"' + b"x" * 600 + b'" y\n', [["x" * MAX_WORD, "y"]]),
    (b"w " * 40 + b"\n", [["w"] * MAX_WORDS]),
    (b"w " * 40 + b'"#"\nnext\n', [None, ["next"]]),
]

# Bytes that mean something to the grammar, among some that do not.
NASTY = st.binary() | st.lists(st.sampled_from([bytes([byte]) for byte in b'ab  ""\\#=\n\n\x01\xc3\x7f\t'])).map(
    b"".join
)


def seen(lines: list[list[str] | BadLine]) -> list[list[str] | None]:
    return [None if isinstance(line, BadLine) else line for line in lines]


@pytest.mark.parametrize(("data", "lines"), RULES)
def test_rules(data: bytes, lines: list[list[str] | None]) -> None:
    assert seen(Lexer().feed(data)) == lines


@pytest.mark.parametrize(("data", "lines"), RULES)
def test_rules_byte_by_byte(data: bytes, lines: list[list[str] | None]) -> None:
    lexer = Lexer()
    assert seen([line for byte in data for line in lexer.feed(bytes([byte]))]) == lines


def test_a_line_goes_on_in_the_next_packet() -> None:
    lexer = Lexer()
    assert lexer.feed(b"VER") == []
    assert lexer.pending
    assert lexer.feed(b"NETVER\n") == [["VERNETVER"]]
    assert not lexer.pending


def test_what_the_grammar_does_not_take_is_counted() -> None:
    lexer = Lexer()
    lexer.feed(b'a\x01 \xc3\xa9 "x\ny"\n')
    assert lexer.dropped == 4


@given(NASTY, st.booleans(), st.lists(st.integers(0, 40)))
def test_cuts_do_not_matter(data: bytes, resume: bool, sizes: list[int]) -> None:
    whole = Lexer(resume=resume)
    expected = [*whole.feed(data), *whole.finish()]
    lexer = Lexer(resume=resume)
    got: list[list[str] | BadLine] = []
    rest = data
    for size in sizes:
        got += lexer.feed(rest[:size])
        rest = rest[size:]
    got += [*lexer.feed(rest), *lexer.finish()]
    assert repr(got) == repr(expected)
    assert (lexer.dropped, lexer.unclosed) == (whole.dropped, whole.unclosed)


@given(NASTY)
def test_bounds(data: bytes) -> None:
    lexer = Lexer(resume=True)
    for line in (*lexer.feed(data * 20), *lexer.finish()):
        assert isinstance(line, BadLine) or (len(line) <= MAX_WORDS and all(len(one) <= MAX_WORD for one in line))


TEXT = st.text(st.characters(codec="ascii", min_codepoint=32), max_size=MAX_WORD)


@given(st.lists(TEXT, min_size=1, max_size=8))
def test_words_come_back(texts: list[str]) -> None:
    assert split(" ".join(map(word, texts))) == texts
    assert split(" ".join(map(quote, texts))) == texts


@given(st.text())
def test_words_come_back_as_they_are_kept(text: str) -> None:
    assert split(word(text.replace("\n", ""))) == [printable(text)[:MAX_WORD]]


@given(st.text(st.sampled_from('ab  "\\#=\t\x7fé')) | st.text())
def test_the_short_cut_agrees_with_the_long_way(line: str) -> None:
    words = plain_words(line)
    if words is not None:
        lexer = Lexer()
        long_way = [found for char in line + "\n" for found in lexer.feed(char.encode())]
        assert long_way == [words]


def test_the_short_cut_is_taken() -> None:
    assert plain_words("GET VAR ups ups.status") == ["GET", "VAR", "ups", "ups.status"]
    assert plain_words('VAR ups ups.status "OL = 3"') == ["VAR", "ups", "ups.status", "OL = 3"]
    assert plain_words("w " * 40) == ["w"] * MAX_WORDS
    for line in ('a"b"', '"a" b', 'a "b" "c"', "a=b", "a\\b", "a#b", "a\tb", "a\x7f", "x" * 513, 'a "b'):
        assert plain_words(line) is None


def test_written_forms() -> None:
    assert escape('a"b\\c#d') == 'a\\"b\\\\c\\#d'
    assert word("plain") == "plain"
    assert word("a b") == '"a b"'
    assert word("a=b") == '"a=b"'
    assert word("") == '""'
    assert quote("x") == '"x"'


def test_split_takes_whole_lines_only() -> None:
    assert split("") == []
    for line, text in (('"a', "open"), ('"a # b"', "unescaped #"), ("a\\", "open")):
        with pytest.raises(ProtocolError, match=text):
            split(line)


# What stands in a file, and its lines as (first, last, words).
FILES = [
    (b"a = b\n# c\n\n[d]\n", [(1, 1, ["a", "=", "b"]), (2, 2, []), (3, 3, []), (4, 4, ["[d]"])]),
    (b"nolock", [(1, 1, ["nolock"])]),
    (b"foo = bar", [(1, 1, ["foo", "=", "bar"])]),
    (b"a \\\nb\nc\n", [(1, 2, ["a", "b"]), (3, 3, ["c"])]),
    (b'a "b\n\nc"\nd\n', [(1, 3, ["a", "bc"]), (4, 4, ["d"])]),
    (b'desc = "a # b"\nx\n', [(1, 1, None), (1, 1, ['b"']), (2, 2, ["x"])]),
    (b'desc = "open\nx', [(1, 2, ["desc", "=", "openx"])]),
    (b"a b\\", [(1, 1, ["a", "b"])]),
    (b'"', [(1, 1, [""])]),
    (b"a\rb\r\n", [(1, 1, ["a", "b"])]),
    (b"", []),
]


@pytest.mark.parametrize(("data", "lines"), FILES)
def test_files(data: bytes, lines: list[tuple[int, int, list[str] | None]]) -> None:
    found = [(first, last, None if isinstance(words, BadLine) else words) for first, last, words in file_lines(data)]
    assert found == lines


def test_the_text_of_the_one_error() -> None:
    (bad, _) = (words for _, _, words in file_lines(b'a "b # c"\n'))
    assert isinstance(bad, BadLine)
    assert bad.text == UNESCAPED_HASH


# C NUT as the judge.

BYTES = [b"a", b"b", b" ", b" ", b'"', b'"', b"\\", b"#", b"=", b"\x01", b"\xc3", b"\x7f", b"\t", b"\r", b"\0", b"\v"]


def nasty_lines(seed: int, count: int) -> list[bytes]:
    """Lines of bytes that matter, always the same, and over-long ones."""
    rng = random.Random(seed)
    lines = [b"".join(rng.choices(BYTES, k=rng.randrange(14))) + b"\n" for _ in range(count)]
    lexer = Lexer()
    lexer.feed(b"".join(lines))
    while lexer.pending:  # in quotes, or behind a backslash
        lines.append(b'"\n')
        lexer.feed(lines[-1])
    return [*lines, b"w " * 40 + b"\n", b"x" * 520 + b"\n", b"end\n"]


def logged_words(log: str) -> list[list[str] | None]:
    """What C's driver says of lines that are no requests: a heading for each, then its words one by one."""
    lines: list[list[str] | None] = []
    for text in log.split("\n"):
        if text.startswith("Unknown command on socket"):
            lines.append([])
        elif text.startswith("arg "):
            words = lines[-1]
            assert words is not None
            words.append(text.partition(": ")[2])
        elif text.startswith("Parse error on sock"):
            lines.append(None)
    return lines


def test_c_reads_the_same_words_from_a_socket(tmp_path: Path) -> None:
    """C's driver logs the words of every line that it does not know. After an error it throws away the rest of what one
    read gave it, so each write ends with such a line, and waits until the one before was read."""
    nut = CNut(tmp_path)
    (nut.conf / "ups.conf").write_text("[d]\ndriver = dummy-ups\nport = d.dev\nmode = dummy-once\n")
    (nut.conf / "d.dev").write_text("ups.status: OL\n")
    path = nut.socket("d")
    driver = need("dummy-ups", package="nut-server")
    lexer = Lexer()
    ours: list[list[str] | None] = []
    try:
        with (
            running(driver, "-F", "-u", "root", "-a", "d", env=nut.env, ready=lambda _: path.exists()) as process,
            socket.socket(socket.AF_UNIX) as link,
        ):
            link.connect(str(path))

            def unread() -> int:
                number: int = struct.unpack("i", fcntl.ioctl(link, termios.TIOCOUTQ, b"\0\0\0\0"))[0]
                return number

            batch = b""
            for line in nasty_lines(1, 400):
                batch += line
                lines = seen(lexer.feed(line))
                ours += lines
                if None in lines or len(batch) > 256 or line == b"end\n":
                    link.sendall(batch)
                    until(lambda: not unread(), 5, "the driver to read")
                    batch = b""
            until(lambda: process.stderr().endswith("arg 0: end\n"), 5, "the driver to log the last line")
            assert logged_words(process.stderr()) == ours
    finally:
        nut.stop()


def test_c_reads_the_same_words_from_a_file(tmp_path: Path) -> None:
    """C's server logs the words of every line of upsd.conf that it does not know."""
    data = b"".join(nasty_lines(2, 400)).replace(b"\0", b"")
    nut = CNut(tmp_path).server("ALLOW_NO_DEVICE yes", data.decode("latin-1"))
    with nut:
        assert nut.upsd is not None
        log = nut.upsd.stderr()
    lines = [line for line in log.split("\n") if "upsd.conf: invalid directive " in line or "Parse error: " in line]
    theirs = [line.partition("upsd.conf: invalid directive ")[2][:400] or None for line in lines]  # the log has a bound
    ours = [None if isinstance(words, BadLine) else " ".join(words) for _, _, words in file_lines(data) if words != []]
    assert theirs == [line[:400] if line else None for line in ours]
