"""Records and directives: what every configuration value is made of."""

from __future__ import annotations

import pytest

from wallnut.config.directive import Problem, Table, directive
from wallnut.config.kinds import POSITIVE, TEXT, WHOLE, YES_NO, choice
from wallnut.config.record import field, fields, record, replace


@record
class Point:
    """A value for these tests."""

    x: int
    y: int = 2
    note: str = field(default="", compare=False)
    code: str | None = field(default=None, secret=True)

    unit = "mm"

    def total(self) -> int:
        return self.x + self.y


@record
class Settings:
    """Directives for these tests."""

    age: int = directive("MAXAGE", WHOLE, default=15, unit="seconds", help="h")
    tries: int = directive("tries", POSITIVE, default=1, unit="attempts", help="h")
    name: str = directive("NAME", TEXT, default="", other=("TITLE",), secret=True, help="h")
    quiet: bool = directive("quiet_please", YES_NO, default=False, anycase=True, help="h")


def test_a_record_is_a_value() -> None:
    one = Point(1, note="here")
    assert (one.x, one.y, one.note, one.unit, one.total()) == (1, 2, "here", "mm", 3)
    assert one == Point(x=1, y=2, note="there")
    assert hash(one) == hash(Point(1))
    assert one != Point(2)
    other: object = (1, 2)
    assert one != other
    assert replace(one, y=5) == Point(1, 5)
    assert list(fields(Point)) == ["x", "y", "note", "code"]


def test_a_record_cannot_be_changed() -> None:
    one = Point(1)
    with pytest.raises(AttributeError, match="cannot be changed"):
        one.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match="cannot be changed"):
        del one.x
    with pytest.raises(AttributeError, match="cannot be changed"):
        one.other = 2  # type: ignore[attr-defined]


def test_a_record_knows_its_fields() -> None:
    with pytest.raises(TypeError, match="Point needs x"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Point has no z"):
        Point(1, z=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="x was given twice"):
        Point(1, x=1)  # type: ignore[misc]
    with pytest.raises(TypeError, match="has 4 fields, not 5"):
        Point(1, 2, "", None, 5)  # type: ignore[call-arg]


def test_secrets_are_not_shown() -> None:
    assert repr(Point(1, code="1234")) == "Point(x=1, y=2, note='', code=***)"
    assert repr(Point(1)) == "Point(x=1, y=2, note='', code=None)"
    assert "geheim" not in repr(Settings(name="geheim"))


def test_a_problem_says_where() -> None:
    assert str(Problem("/etc/nut/upsd.conf", 3, "no")) == "/etc/nut/upsd.conf:3: no"
    assert str(Problem("upsd.conf", 0, "no")) == "upsd.conf: no"


def test_a_complaint_says_what_would_be_right() -> None:
    table = Table(Settings)
    complaints = [
        ("MAXAGE", ["x"], "MAXAGE needs a whole number of seconds, got 'x'"),
        ("MAXAGE", [], "MAXAGE needs a whole number of seconds, got nothing"),
        ("tries", ["0", "1"], "tries needs a whole number of attempts above 0, got '0 1'"),
        ("NAME", ["hidden"], "NAME needs a text, got '***'"),
    ]
    for name, args, text in complaints:
        one = table.find(name)
        assert one is not None
        assert one.complaint(args) == text


def test_directives_are_found_as_nut_finds_them() -> None:
    table = Table(Settings)
    found = {
        word: one and one.attr for word in ("MAXAGE", "maxage", "TITLE", "QUIET_Please") for one in [table.find(word)]
    }
    assert found == {"MAXAGE": "age", "maxage": None, "TITLE": "name", "QUIET_Please": "quiet"}
    anycase = Table(Settings, anycase=True).find("maxage")
    assert anycase is not None


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("MAXAG", "MAXAGE"),
        ("maxage", "MAXAGE"),
        ("MXAAGE", "MAXAGE"),
        ("quiet-please", "quiet_please"),
        ("TITEL", "TITLE"),
        ("MINIMUM", ""),
        ("X", ""),
        ("", ""),
        ("M" * 500, ""),
    ],
)
def test_hints(word: str, meant: str) -> None:
    assert Table(Settings).hint(word) == (f" (did you mean {meant}?)" if meant else "")


def test_choices() -> None:
    kind = choice("no", "request", "require", no=0, request=1, require=2)
    assert kind.needs == "no, request or require"
    assert [kind.read([word]) for word in ("NO", "1", "Require")] == ["no", "request", "require"]
