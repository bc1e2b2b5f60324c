"""The line grammar: one tokenizer for the network, the driver sockets and the configuration files.

Words are separated by blanks; `"` opens a quoted word at the start of a word only; `\\x` is a literal x in and out
of quotes, and joins lines before a line feed; an unquoted `=` is a word of its own; `#` outside quotes starts a comment
and inside quotes must be escaped. Control bytes and bytes above 0x7f are dropped. A word keeps 512 characters, a line
32 words. Behaviour is that of NUT's parseconf, seen with upsd 2.8.0 and 2.8.5.
"""

from __future__ import annotations

from wallnut.model.errors import ProtocolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_WORDS = 32
MAX_WORD = 512
UNESCAPED_HASH = "Unbalanced word due to unescaped # in quotes"

_BLANKS = frozenset(" \t\r\v\f\n")
_BETWEEN, _WORD, _QUOTED, _COMMENT, _SKIP = range(5)


class BadLine:
    """Stands in the place of a line that breaks the grammar; `text` says how."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"BadLine({self.text!r})"


def escape(value: str) -> str:
    """A value as it stands between quotes: a backslash before `\\`, `"` and `#`."""
    if "\\" in value or '"' in value or "#" in value:
        return value.replace("\\", "\\\\").replace('"', '\\"').replace("#", "\\#")
    return value


def quote(value: str) -> str:
    """A value as one word, always in quotes."""
    return f'"{escape(value)}"'


def word(value: str) -> str:
    """A value as one word, in quotes only where it needs them."""
    for char in value:
        if char in _BLANKS or char in '"\\#=':
            return f'"{escape(value)}"'
    return value or '""'


def printable(text: str) -> str:
    """Text as the tokenizer at the other end will keep it: without control characters, ASCII only."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if " " <= char <= "\x7f")


def plain_words(line: str) -> list[str] | None:
    """The words of a line that needs no character-wise look: the common case, twenty times as fast.

    None when the line holds anything but printable ASCII, an escape, a comment, `=`, or quotes other than
    around its last word.
    """
    if len(line) > MAX_WORD or "\\" in line or "#" in line or not (line.isascii() and line.isprintable()):
        return None
    opening = line.find('"')
    if opening < 0:
        if "=" in line:
            return None
        words = line.split()
    else:
        head = line[:opening]
        if line.find('"', opening + 1) != len(line) - 1 or "=" in head or not (head == "" or head[-1] == " "):
            return None
        words = head.split()
        words.append(line[opening + 1 : -1])
    return words if len(words) <= MAX_WORDS else words[:MAX_WORDS]


class Lexer:
    """Bytes in, lines of words out, however they are cut; keeps at most 32 words of 512 characters.

    `resume` says what follows an unescaped `#` in quotes: False (wires) drops everything up to the line feed, True
    (files) reads the rest of the line afresh, as C does. `dropped` counts the characters that the grammar does not
    take, `unclosed` says that `finish` found quotes open.
    """

    __slots__ = ("_chars", "_escaped", "_resume", "_state", "_words", "dropped", "pending", "unclosed")

    def __init__(self, *, resume: bool = False) -> None:
        self._resume = resume
        self._state = _BETWEEN
        self._escaped = False
        self._chars: list[str] = []
        self._words: list[str] = []
        self.pending = False
        """True while a line has begun and not ended."""
        self.dropped = 0
        self.unclosed = False

    def feed(self, data: bytes) -> list[list[str] | BadLine]:
        """The lines completed by `data`, in order; an empty line is an empty list."""
        lines: list[list[str] | BadLine] = []
        *whole, rest = data.decode("latin-1").split("\n")
        for line in whole:
            if not self.pending and (words := plain_words(line)) is not None:
                lines.append(words)
            else:
                self._scan(line, lines)
                self._line_feed(lines)
        if rest:
            self.pending = True
            self._scan(rest, lines)
        return lines

    def finish(self) -> list[list[str] | BadLine]:
        """The line that the end of a file completes: also one with quotes open, as in C, or after a backslash."""
        lines: list[list[str] | BadLine] = []
        self._escaped = False
        if self._state == _QUOTED:
            self.unclosed = True
            self._end_word()
        if self.pending:
            self._line_feed(lines)
        return lines

    def _end_word(self) -> None:
        if len(self._words) < MAX_WORDS:
            self._words.append("".join(self._chars))
        self._chars = []
        self._state = _BETWEEN

    def _line_feed(self, lines: list[list[str] | BadLine]) -> None:
        if self._escaped:  # backslash, line feed: the line goes on
            self._escaped = False
            return
        if self._state == _QUOTED:  # a line feed in quotes is dropped like any control character
            self.dropped += 1
            return
        if self._state == _WORD:
            self._end_word()
        if self._state != _SKIP:
            lines.append(self._words)
        self._words = []
        self._state = _BETWEEN
        self.pending = False

    def _scan(self, text: str, lines: list[list[str] | BadLine]) -> None:
        """Take in text without a line feed."""
        self.pending = True
        for char in text:
            state = self._state
            if state in (_SKIP, _COMMENT):
                return
            if self._escaped:
                self._escaped = False
                if state == _BETWEEN:
                    self._state = _WORD
                self._add(char)
            elif char == "\\":
                self._escaped = True
                if state == _BETWEEN:
                    self._state = _WORD
            elif state == _QUOTED:
                if char == '"':
                    self._end_word()
                elif char == "#":
                    self._fail(lines)
                else:
                    self._add(char)
            elif char in _BLANKS:
                if state == _WORD:
                    self._end_word()
            elif char == "#":
                if state == _WORD:
                    self._end_word()
                self._state = _COMMENT
            elif char == "=":
                if state == _WORD:
                    self._end_word()
                self._chars.append(char)
                self._end_word()
            elif char == '"' and state == _BETWEEN:
                self._state = _QUOTED
            else:
                self._state = _WORD
                self._add(char)

    def _add(self, char: str) -> None:
        # a dropped character still opens a word: `VER \\001` has an empty argument
        if not " " <= char <= "\x7f":
            self.dropped += 1
        elif len(self._chars) < MAX_WORD:
            self._chars.append(char)

    def _fail(self, lines: list[list[str] | BadLine]) -> None:
        lines.append(BadLine(UNESCAPED_HASH))
        self._words, self._chars = [], []
        self._state = _BETWEEN if self._resume else _SKIP


def split(line: str) -> list[str]:
    """The words of one whole line, given without its line feed.

    Raises ProtocolError for an unescaped `#` in quotes and for quotes left open.
    """
    lexer = Lexer()
    lines = lexer.feed(line.encode("utf-8", "surrogatepass") + b"\n")
    if len(lines) != 1:
        raise ProtocolError("quotes left open")
    if isinstance(lines[0], BadLine):
        raise ProtocolError(lines[0].text)
    return lines[0]


def file_lines(data: bytes, lexer: Lexer | None = None) -> Iterator[tuple[int, int, list[str] | BadLine]]:
    """The lines of a configuration file as (first, last, words): physical line numbers from 1.

    Empty and comment lines come as empty lists. A last line without line feed counts (C loses a single word there).
    A `lexer` of one's own (`resume=True`) tells what was dropped.
    """
    lexer = lexer or Lexer(resume=True)
    first = number = 1
    for number, physical in enumerate(_physical(data), 1):
        for words in lexer.feed(physical):
            yield first, number, words
        if not lexer.pending:
            first = number + 1
    for words in lexer.finish():
        yield first, number, words


def _physical(data: bytes) -> Iterator[bytes]:
    """Lines by line feed alone: a carriage return is only a blank."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end + 1
        yield data[start:end]
        start = end
