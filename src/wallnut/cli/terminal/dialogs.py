"""The questions: a new value, a confirmation, who is asking; and the help. Esc always leaves without doing anything."""

from __future__ import annotations

from functools import partial
from typing import Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from wallnut.cli.terminal.actions import Act
from wallnut.cli.terminal.field import Field
from wallnut.cli.terminal.hand import Secret
from wallnut.cli.terminal.ink import Line, folded
from wallnut.cli.terminal.rows import Row, Rows, Sheet
from wallnut.model import names
from wallnut.web.snapshot import Setting
from wallnut.web.words import number

T = TypeVar("T")
WIDTH = 64
"""Places that a dialog takes where there are so many."""


class Dialog(ModalScreen[T], Generic[T]):
    """A box over the screen: a title, some text, what is asked, and a line for what is wrong."""

    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > Vertical { width: 66; max-width: 100%; height: auto; max-height: 100%; border: round ansi_default;
        background: ansi_default; padding: 0 1; }
    Dialog Input { border: round ansi_bright_black; padding: 0 1; }
    Dialog Input:focus { border: round ansi_default; }
    Dialog Rows { height: auto; max-height: 12; }
    """
    BINDINGS = [Binding("escape", "leave", show=False)]

    def __init__(self, title: str, text: list[Line]) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        """The box."""
        with Vertical():
            yield Sheet(id="text")
            yield from self.ask()
            yield Sheet(id="wrong")

    def ask(self) -> ComposeResult:
        """The widgets of the question."""
        yield from ()

    def on_mount(self) -> None:
        """Show the text."""
        self.query_one("#text", Sheet).show([Line(self._title, "bold"), *self._text])
        self.begin()

    def begin(self) -> None:
        """Ask."""
        raise NotImplementedError

    def say(self, wrong: str, hint: str = "") -> None:
        """What is wrong, or else a hint."""
        self.query_one("#wrong", Sheet).show(folded(wrong or hint, self.inner, "red" if wrong else "soft"))

    @property
    def inner(self) -> int:
        """Places inside the box."""
        return min(WIDTH, self.app.size.width) - 4

    def end(self, answer: T) -> None:
        """This is the answer."""
        _ = self.dismiss(answer)  # it need not be awaited

    def action_leave(self) -> None:
        """Nothing is to be done."""
        _ = self.dismiss(None)


def options(found: list[tuple[str, str, str]]) -> list[Row]:
    """Rows of a choice: key, text and style of each."""

    def draw(text: str, style: str, width: int, chosen: bool) -> list[Line]:
        return [Line("▌" if chosen else " ").add(f" {text} ", "chosen" if chosen else style)]

    return [Row(key, partial(draw, text, style)) for key, text, style in found]


class Choose(Dialog["str | None"]):
    """One of several; the answer is the option's key. `first` is chosen at first."""

    def __init__(self, title: str, text: list[Line], found: list[tuple[str, str, str]], first: str) -> None:
        super().__init__(title, [*text, Line()])
        self._found, self._first = found, first

    def ask(self) -> ComposeResult:
        """The options."""
        yield Rows(id="options")
        yield Sheet(id="gap")

    def begin(self) -> None:
        """Show the options."""
        rows = self.query_one(Rows)
        rows.styles.height = min(len(self._found), 12)
        rows.focus()
        rows.show(options(self._found))
        rows.choose(self._first)
        self.say("", "Enter chooses   Esc leaves it as it is")

    def on_rows_chosen(self, message: Rows.Chosen) -> None:
        """This one."""
        self.end(message.key.removeprefix("="))


class Typed(Dialog["str | None"]):
    """A text that is typed. `judge` gives what is wrong with it, "" when nothing is; `hint` stands below meanwhile."""

    def __init__(self, title: str, text: list[Line], value: str, hint: str, length: int = 0) -> None:
        super().__init__(title, text)
        self._value, self._hint, self._length = value, hint, length

    def ask(self) -> ComposeResult:
        """The field."""
        yield Field(self._value, self.entered, length=self._length)

    def judge(self, value: str) -> str:
        """What is wrong with a text."""
        return ""

    def enough(self, value: str) -> bool:
        """Whether Enter takes it, should nothing be wrong."""
        return True

    def begin(self) -> None:
        """Ready to type."""
        self.set_focus(self.query_one(Field))
        self.say("", self.hint(self._value))

    def hint(self, value: str) -> str:
        """What stands below while nothing is wrong."""
        return self._hint

    def on_input_changed(self, message: Input.Changed) -> None:
        """Say at once what is wrong."""
        self.say(self.judge(message.value), self.hint(message.value))

    def entered(self) -> None:
        """Take it, if nothing is wrong."""
        value = self.query_one(Field).value
        if not self.judge(value) and self.enough(value):
            self.end(value)


class Number(Typed):
    """A number within ranges."""

    def __init__(self, title: str, text: list[Line], value: str, ranges: tuple[tuple[int, int], ...]) -> None:
        self._ranges = ranges
        self._allowed = " or ".join(f"{low} to {high}" for low, high in ranges)
        super().__init__(title, text, value, f"A number, {self._allowed}. Enter sets it, Esc leaves it as it is")

    def judge(self, value: str) -> str:
        """As the server compares: the whole number alone."""
        found = number(value)
        if found is None:
            return f"A number is wanted: {self._allowed}"
        return "" if any(low <= int(found) <= high for low, high in self._ranges) else f"It must be {self._allowed}"


class Text(Typed):
    """A text of so many characters at the most; 0: the server knows no bound."""

    def __init__(self, title: str, text: list[Line], value: str, length: int) -> None:
        super().__init__(title, text, value, "Enter sets it, Esc leaves it as it is", length)

    def hint(self, value: str) -> str:
        """How much room is left."""
        left = f"{self._length - len(value)} of {self._length} characters left. " if self._length else ""
        return f"{left}{self._hint}"


class Value(Typed):
    """The value of a command, or none."""

    def __init__(self, act: Act) -> None:
        self._act = act
        text = [Line(f"It may take a value: {act.value}.", "soft")]
        super().__init__(act.verb, text, "", "Empty: without a value. Enter goes on, Esc leaves it")

    def judge(self, value: str) -> str:
        """As the command takes it."""
        return self._act.judge(value.strip())


class Name(Typed):
    """A confirmation by typing a name."""

    def __init__(self, title: str, text: list[Line], name: str) -> None:
        self._wanted = name
        super().__init__(title, text, "", f"Type {name} and press Enter to say that you mean it. Esc leaves it")

    def judge(self, value: str) -> str:
        """Whether it is the name."""
        return "" if value == self._wanted or not value else f"That is not {self._wanted}"

    def enough(self, value: str) -> bool:
        """The name itself alone."""
        return value == self._wanted


class SignIn(Dialog["tuple[str, Secret] | None"]):
    """Who is asking: a user of the server's upsd.users, and the password, which nobody sees."""

    def __init__(self, server: str, user: str) -> None:
        text = [Line("A user of its upsd.users; kept until you quit.", "soft")]
        super().__init__(f"Sign in to {server}", text)
        self._user = user

    def ask(self) -> ComposeResult:
        """Two fields."""
        yield Field(self._user, self._on, title="User", id="user")
        yield Field("", self._done, title="Password", secret=True, id="password")

    def begin(self) -> None:
        """Ready to type; the user may be known."""
        self.set_focus(self.query_one("#user"))
        self.say("", "Enter goes on   Esc leaves")

    def _on(self) -> None:
        """From the user to the password."""
        self.set_focus(self.query_one("#password"))

    def _done(self) -> None:
        """With both."""
        user = self.query_one("#user", Field).value
        if user:
            self.end((user, Secret(self.query_one("#password", Field).value)))
        else:
            self.say("A user is wanted")
            self.set_focus(self.query_one("#user"))


def edit(name: str, value: str, setting: Setting, width: int) -> Dialog[str | None]:
    """The right question for what a variable may be set to."""
    known = names.describe(name)
    unit = names.unit(name)
    text = folded(known.text, width, "soft") if known is not None else []
    text.append(Line(f"Now: {value}{f' {unit}' if unit else ''}", "soft"))
    title = f"Set {name}"
    if setting.enum:
        # a key must not be empty, and a value may
        found = [(f"={one}", f"{one}{'  (now)' if one == value else ''}", "") for one in setting.enum]
        return Choose(title, text, found, f"={value}")
    if setting.ranges:
        return Number(title, text, value, setting.ranges)
    return Text(title, text, value, setting.length)
