"""wallnut.toml, and TOML as records."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.config.directive import Problem
from wallnut.config.tables import _places
from wallnut.config.wallnut_toml import Step, Target, Trigger, WallnutToml, matches, parse_wallnut_toml
from wallnut.model.errors import ConfigError

FILE = """
[notify]
burst = 5
outbox = "/srv/outbox"

[[notify.target]]
name = "ops"
url = ["ntfy://ntfy.example/ups", "mailto://me:secret@example.org"]
events = ["onbatt", "ONLINE"]
ups = "*@rack"
severity = "Warning"

[[notify.target]]
name = "all"
url = "json://127.0.0.1:8080/"

[monitor]
steps_limit = 120

[[monitor.trigger]]
ups = ["rack@localhost", "attic*"]
on_battery_for = 600
charge_below = 30.5
runtime_below = 300
sustained = 20

[[monitor.trigger]]
ups = "*"
depletion_above = 4
unreachable_on_battery = 10

[[monitor.step]]
name = "guests"
libvirt = "*"
time_limit = 90

[[monitor.step]]
command = ["/usr/local/bin/park", "--all"]
"""


def complaints(text: str) -> list[str]:
    return [str(problem) for problem in parse_wallnut_toml(text.encode())[1]]


def test_a_file() -> None:
    conf, problems = parse_wallnut_toml(FILE.encode())
    assert problems == []
    assert (conf.notify.burst, conf.notify.retry_max, conf.notify.outbox) == (5, 900, "/srv/outbox")
    assert conf.notify.targets == (
        Target(
            "ops",
            ("ntfy://ntfy.example/ups", "mailto://me:secret@example.org"),
            ("ONBATT", "ONLINE"),
            ("*@rack",),
            "warning",
        ),
        Target("all", ("json://127.0.0.1:8080/",)),
    )
    assert "me:secret" not in repr(conf)
    assert conf.monitor.steps_limit == 120
    assert conf.monitor.triggers == (
        Trigger(("rack@localhost", "attic*"), 600, 30.5, 300, sustained=20),
        Trigger(("*",), depletion_above=4.0, unreachable_on_battery=10),
    )
    assert conf.monitor.steps == (
        Step("guests", libvirt=("*",), time_limit=90),
        Step(command=("/usr/local/bin/park", "--all")),
    )


def test_nothing_is_set() -> None:
    assert parse_wallnut_toml(b"") == (WallnutToml(), [])
    assert WallnutToml().monitor.triggers == ()
    assert WallnutToml().notify.targets == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[notify]\nburst = 'x'", "wallnut.toml:2: [notify] burst needs a whole number of seconds, got 'x'"),
        ("[notify]\nburst = true", "wallnut.toml:2: [notify] burst needs a whole number of seconds, got 'true'"),
        ("[notify]\nburst = [1]", "wallnut.toml:2: [notify] burst needs a whole number of seconds, not an array"),
        ("notify.burst = -1", "wallnut.toml:1: [notify] burst needs a whole number of seconds, got '-1'"),
        ("[notify]\nbrust = 2", "wallnut.toml:2: [notify] unknown key brust (did you mean burst?)"),
        ("[notivy]\nx = 2", "wallnut.toml:1: unknown table notivy (did you mean notify?)"),
        (r'"a\nb" = 2', r"wallnut.toml:1: unknown key 'a\nb'"),
        ("colour = 2", "wallnut.toml:1: unknown key colour"),
        ("monitor = 1", "wallnut.toml:1: monitor is a table: write [monitor] and what belongs to it below"),
        ("[monitor.step]\nx=1", "wallnut.toml:1: [monitor] write [[monitor.step]], with two brackets, for each step"),
        ("[notify.burst]", "wallnut.toml:1: [notify] burst needs a whole number of seconds, not a table"),
        (
            "\n[[notify.target]]\nurl = 'json://h'",
            "wallnut.toml:2: [[notify.target]] 1: a target needs a name; it has no effect",
        ),
        ("[[notify.target]]\nname = 'a'", "wallnut.toml:1: [[notify.target]] 1: a target needs a url"),
        (
            "[[monitor.trigger]]\nups = '*'",
            "wallnut.toml:1: [[monitor.trigger]] 1: a trigger needs a condition: on_battery_for, charge_below,",
        ),
        (
            "[[monitor.trigger]]\ncharge_below = 3",
            'wallnut.toml:1: [[monitor.trigger]] 1: a trigger needs ups, such as "*" for all; it has no effect',
        ),
        (
            "[[monitor.step]]",
            "wallnut.toml:1: [[monitor.step]] 1: a step needs one of command, service, libvirt, docker and proxmox,"
            " not none",
        ),
        (
            "[[monitor.step]]\ndocker = 'a'\nservice = 'b'",
            "wallnut.toml:1: [[monitor.step]] 1: a step needs one of command, service, libvirt, docker and proxmox,"
            " not service and docker",
        ),
    ],
)
def test_complaints(text: str, complaint: str) -> None:
    found = complaints(text)
    assert len(found) == 1
    assert found[0].startswith(complaint)


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("charge_below", "101", "charge_below needs a number above 0, up to 100, got '101'"),
        ("charge_below", "0", "charge_below needs a number above 0, up to 100, got '0'"),
        ("charge_below", "nan", "charge_below needs a number above 0, up to 100, got 'nan'"),
        ("charge_below", "[]", "charge_below needs a number above 0, up to 100, not an array"),
        ("on_battery_for", "0", "on_battery_for needs a whole number of seconds above 0, got '0'"),
        ("depletion_above", "-1.5", "depletion_above needs a number of percent a minute above 0, got '-1.5'"),
        ("runtime_below", "2026-01-01", "runtime_below needs a whole number of seconds above 0, got '2026-01-01'"),
        ("ups", "[]", "ups needs a name, or an array of names, got nothing"),
        ("ups", "[{x=1}]", "ups needs a name, or an array of names, not a table"),
    ],
)
def test_values_of_a_trigger(key: str, value: str, complaint: str) -> None:
    """What cannot be read never makes a trigger wider."""
    others = "ups = '*'\n" if key != "ups" else "on_battery_for = 5\n"
    conf, problems = parse_wallnut_toml(f"[[monitor.trigger]]\n{others}{key} = {value}\n".encode())
    assert conf.monitor.triggers == ()
    assert str(problems[-1]) == f"wallnut.toml:3: [[monitor.trigger]] 1: {complaint}"


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("name", "'two words'", "name needs a name of letters, digits, - and _, got 'two words'"),
        ("name", "'../x'", "name needs a name of letters, digits, - and _, got '../x'"),
        ("url", "'nowhere'", "url needs an address such as mailto://...: what stands here has no ://"),
        ("events", "['ONBATT', 'SUNDAY']", "there is no notification type SUNDAY; types are ONLINE, ONBATT"),
        ("severity", "'loud'", "severity needs info, warning or critical, got 'loud'"),
    ],
)
def test_values_of_a_target(key: str, value: str, complaint: str) -> None:
    problem = parse_wallnut_toml(f"[[notify.target]]\n{key} = {value}\n".encode())[1][-1]
    assert str(problem).startswith(f"wallnut.toml:2: [[notify.target]] 1: {complaint}")


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"[notify]\nburst = \n", "wallnut.toml:2: Invalid value"),
        (b"[notify]\n\n[notify]\n", "wallnut.toml:3: Cannot declare ('notify',) twice"),
        (b"x = [1,", "wallnut.toml: "),
        (b"x = 1\ny = '\xff'\n", "wallnut.toml:2: this is no UTF-8 text"),
    ],
)
def test_no_toml(data: bytes, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_wallnut_toml(data)
    assert str(caught.value).startswith(complaint)


def test_the_rest_counts() -> None:
    """A key that cannot be read keeps its default, a table its other keys, an array its other tables."""
    conf, problems = parse_wallnut_toml(
        b"[notify]\nburst = 'x'\nretry_max = 60\n[[notify.target]]\nname = 'a'\n[[notify.target]]\nname = 'b'\nurl = 'x://'"
    )
    assert (conf.notify.burst, conf.notify.retry_max) == (3, 60)
    assert [target.name for target in conf.notify.targets] == ["b"]
    assert len(problems) == 2


def test_lines_are_found_in_odd_files() -> None:
    text = '''\
# [notify]
"a b".c = 1
x = [
  "[no.header]", # ]
  ["deep"],
]
text = """
[not.here]
key = 2 \\"""
"""
[t]   # a comment = here
y = {z = 1,
}
[[t.u]]
a = 1
[t.u.v]
b = \'\'\'
[[t.u]]
\'\'\'
[[t.u]]
[[t.u.w]]
c = 1
'''
    text = text.replace("y = {z = 1,\n}\n", "y = {z = 1}\n\n")
    assert _places(text) == {
        ("a b", "c"): 2,
        ("x",): 3,
        ("text",): 7,
        ("t",): 11,
        ("t", "y"): 12,
        ("t", "u", 0): 14,
        ("t", "u", 0, "a"): 15,
        ("t", "u", 0, "v"): 16,
        ("t", "u", 0, "v", "b"): 17,
        ("t", "u", 1): 20,
        ("t", "u", 1, "w", 0): 21,
        ("t", "u", 1, "w", 0, "c"): 22,
    }


def test_lines_of_a_file_from_windows() -> None:
    assert complaints("[notify]\r\n\r\nbrust = 2\r\n") == [
        "wallnut.toml:3: [notify] unknown key brust (did you mean burst?)"
    ]


@pytest.mark.parametrize(
    ("patterns", "name", "expected"),
    [
        (("*",), "ups@host:3493", True),
        (("ups@host",), "ups@host", True),
        (("ups@host",), "ups@hosts", False),
        (("ups*",), "ups@[::1]:3493", True),
        (("*@[::1]:3493",), "ups@[::1]:3493", True),
        (("*@rack",), "ups@attic", False),
        (("a", "b*"), "bc", True),
        (("a*a",), "a", False),
        (("a*b*c",), "axbyc", True),
        (("a*bc*c",), "abc", False),
        ((), "ups", False),
    ],
)
def test_patterns(patterns: tuple[str, ...], name: str, expected: bool) -> None:
    assert matches(patterns, name) is expected


KEYS = st.sampled_from(
    ["notify", "monitor", "target", "trigger", "step", "name", "url", "ups", "burst", "a.b", "'c d'"]
)
VALUES = st.sampled_from(
    ["1", "-1", "1.5", "inf", "true", "'x'", '"""\n[x]\ny=1"""', "[]", "[1,\n[2]]", "{a=1}", "[{a=1}]"]
)
LINES = st.one_of(
    KEYS.map("[{}]".format),
    KEYS.map("[[{}]]".format),
    st.tuples(KEYS, KEYS).map(lambda each: f"[[{each[0]}.{each[1]}]]"),
    st.tuples(KEYS, KEYS).map(lambda each: f"[{each[0]}.{each[1]}]"),
    st.tuples(KEYS, VALUES).map(lambda each: f"{each[0]} = {each[1]} # x"),
    st.text(max_size=8),
)


@given(st.lists(LINES, max_size=12).map("\n".join))
def test_anything_is_read_or_refused(text: str) -> None:
    """Whatever stands there: a value with problems, each with a line of the file, or one ConfigError."""
    with contextlib.suppress(ConfigError):
        _, problems = parse_wallnut_toml(text.encode("utf-8", "surrogatepass"))
        for problem in problems:
            assert isinstance(problem, Problem)
            assert 0 <= problem.line <= text.count("\n") + 1
            assert str(problem).isprintable()
