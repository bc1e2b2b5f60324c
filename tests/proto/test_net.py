"""The client's half of the network protocol: answers are read right however they are cut, and wrong ones are errors."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.model import errors
from wallnut.model.errors import ProtocolError
from wallnut.model.state import DriverGone, SetInfo
from wallnut.proto import net, push
from wallnut.proto.net import ClientSession, Notify, Reply
from wallnut.proto.words import escape

ANSWERS: list[tuple[net.Request[Any], str, object]] = [
    (net.Text("VER"), "Network UPS Tools upsd 2.8.0 - http://www.networkupstools.org/\n", None),
    (net.username("admin"), "OK\n", ""),
    (net.starttls(), "OK STARTTLS\n", "STARTTLS"),
    (net.primary("u"), "OK PRIMARY-GRANTED\n", "PRIMARY-GRANTED"),
    (net.GetVar("u", "ups.status"), 'VAR u ups.status "OL CHRG"\n', "OL CHRG"),
    (net.GetVar("U", "UPS.STATUS"), 'VAR u ups.status "a \\"b\\" \\# \\\\c"\n', 'a "b" # \\c'),
    (net.GetText("UPSDESC", "u"), 'UPSDESC u "Unavailable"\n', "Unavailable"),
    (net.GetText("DESC", "u", "a.b"), 'DESC u a.b "Description unavailable"\n', "Description unavailable"),
    (net.GetNumLogins("u"), "NUMLOGINS u 3\n", 3),
    (net.set_var("u", "a.b", "c"), "OK\n", ""),
    (net.set_var("u", "a.b", "c"), "OK TRACKING 1BC-D\n", "1BC-D"),
    (net.instcmd("u", "load.off"), "OK TRACKING 1BC-D\n", "1BC-D"),
    (net.GetTracking("1BC-D"), "PENDING\n", "PENDING"),
    (net.list_ups(), 'BEGIN LIST UPS\nUPS a "x"\nUPS b "y \\# z"\nEND LIST UPS\n', {"a": "x", "b": "y # z"}),
    (
        net.list_var("u"),
        'BEGIN LIST VAR u\nVAR u a.b "1"\nVAR u c.d ""\nEND LIST VAR u\n',
        {"a.b": "1", "c.d": ""},
    ),
    (net.list_rw("u"), "BEGIN LIST RW u\nEND LIST RW u\n", {}),
    (net.list_cmd("u"), "BEGIN LIST CMD u\nCMD u load.off\nCMD u load.on\nEND LIST CMD u\n", ["load.off", "load.on"]),
    (net.list_enum("u", "v"), 'BEGIN LIST ENUM u v\nENUM u v "a b"\nEND LIST ENUM u v\n', ["a b"]),
    (net.list_range("u", "v"), 'BEGIN LIST RANGE u v\nRANGE u v "1" "5"\nEND LIST RANGE u v\n', [(1, 5)]),
    (net.list_client("u"), "BEGIN LIST CLIENT u\nCLIENT U 127.0.0.1\nEND LIST CLIENT u\n", ["127.0.0.1"]),
]


@given(st.lists(st.sampled_from(ANSWERS), max_size=8), st.lists(st.integers(0, 2000), max_size=6))
def test_pipelined_answers_are_the_same_however_they_are_cut(
    asked: list[tuple[net.Request[Any], str, object]], cuts: list[int]
) -> None:
    session = ClientSession()
    for request, _, _ in asked:
        session.send(request)
    data = "".join(answer for _, answer, _ in asked).encode()
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    replies: list[Reply | Notify] = []
    for start, end in pairwise(edges):
        replies += session.receive(data[start:end])
    assert session.clean
    for reply, (request, answer, result) in zip(replies, asked, strict=True):
        assert isinstance(reply, Reply)
        assert reply.request is request
        assert reply.error is None
        assert reply.result == (answer[:-1] if result is None else result)


def test_type_words() -> None:
    session = ClientSession()
    session.send(net.GetType("u", "a"))
    session.send(net.GetType("u", "a"))
    first, second = session.receive(b"TYPE u a RW ENUM STRING:32\nTYPE u a NUMBER\n")
    assert isinstance(first, Reply)
    assert isinstance(first.result, net.VariableType)
    assert (first.result.writable, first.result.enum, first.result.ranges, first.result.length) == (
        True,
        True,
        False,
        32,
    )
    assert isinstance(second, Reply)
    assert isinstance(second.result, net.VariableType)
    assert (second.result.writable, second.result.length) == (False, None)


@pytest.mark.parametrize("cls", [errors.SERVER_ERRORS[code] for code in sorted(errors.SERVER_ERRORS)])
def test_every_code_has_its_exception(cls: type[errors.ServerError]) -> None:
    session = ClientSession()
    session.send(net.GetVar("u", "v"))
    (reply,) = session.receive(f"ERR {cls.code} more words\n".encode())
    assert isinstance(reply, Reply)
    error = reply.error
    assert isinstance(error, errors.ServerError)
    assert (type(error), error.code, error.text) == (cls, cls.code, "more words")


def test_a_code_nobody_knows_is_carried() -> None:
    error = errors.server_error("NEW-CODE")
    assert type(error) is errors.ServerError
    assert str(error) == "NEW-CODE"


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (net.GetVar("u", "a"), 'VAR u b "1"\n'),
        (net.GetVar("u", "a"), 'VAR w a "1"\n'),
        (net.GetVar("u", "a"), "VAR u a\n"),
        (net.GetVar("u", "a"), 'VAR u a "1\n'),
        (net.GetVar("u", "a"), "\n"),
        (net.GetNumLogins("u"), "NUMLOGINS u many\n"),
        (net.list_var("u"), 'VAR u a "1"\n'),
        (net.list_var("u"), 'BEGIN LIST VAR u\nVAR w a "1"\nEND LIST VAR u\n'),
        (net.list_var("u"), "BEGIN LIST VAR u\nnonsense\nEND LIST VAR u\n"),
        (net.list_range("u", "v"), 'BEGIN LIST RANGE u v\nRANGE u v "x" "5"\nEND LIST RANGE u v\n'),
        (net.username("u"), "FINE\n"),
        (net.GetTracking("x"), "MAYBE\n"),
    ],
)
def test_another_answer_is_a_protocol_error(request_: net.Request[Any], answer: str) -> None:
    session = ClientSession()
    session.send(request_)
    (reply,) = session.receive(answer.encode())
    assert isinstance(reply, Reply)
    assert isinstance(reply.error, ProtocolError)


def test_what_nobody_asked_for_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError):
        ClientSession().receive(b"OK\n")


def test_an_endless_line_and_an_endless_list_are_protocol_errors() -> None:
    for start, limit in ((b"VAR u a ", net.MAX_LINE), (b"BEGIN LIST VAR u\n", net.MAX_FRAME)):
        session = ClientSession()
        session.send(net.list_var("u"))
        session.receive(start)
        with pytest.raises(ProtocolError):
            session.receive(b'VAR u a "x"\n'[:-1] * (limit // 11 + 1))


def test_notifications_stand_between_replies() -> None:
    session = ClientSession()
    session.send(net.subscribe("u"))
    session.send(net.GetVar("u", "a"))
    events = session.receive(b'OK SUBSCRIBED u\nNOTIFY u SETINFO ups.status "OB"\nVAR u a "1"\nNOTIFY u FUTURE thing\n')
    assert [type(event) for event in events] == [Reply, Notify, Reply]
    notify = events[1]
    assert isinstance(notify, Notify)
    assert (notify.ups, notify.message) == ("u", SetInfo("ups.status", "OB"))


def test_notify_lines_survive_the_wire() -> None:
    session = ClientSession()
    for message in (SetInfo("ups.alarm", 'a "b" #'), DriverGone(), push.UpsRemoved()):
        (event,) = session.receive(push.encode_notify("my ups", message))
        assert isinstance(event, Notify)
        assert (event.ups, event.message) == ("my ups", message)


def test_requests_are_quoted_where_they_need_it() -> None:
    assert net.password('a b#"').line() == 'PASSWORD "a b\\#\\""'
    assert net.password("").line() == 'PASSWORD ""'
    assert net.GetVar("u", "a=b").line() == 'GET VAR u "a=b"'
    assert net.instcmd("u", "test.battery.start", "1 2").line() == 'INSTCMD u test.battery.start "1 2"'
    assert "secret" not in repr(net.password("secret"))


@pytest.mark.parametrize("end", ["\n", "\r", "\0"])
def test_one_request_is_never_two(end: str) -> None:
    """A name with a line end in it would be a request of its own: `SET VAR u "a`, `FSD u`."""
    session = ClientSession()
    for request in (net.GetType("u", f"a{end}FSD u"), net.password(f"a{end}FSD u"), net.list_enum("u", f"a{end}b")):
        with pytest.raises(errors.InvalidArgument):
            session.send(request)
    for name, value in ((f"a{end}FSD u", "1"), ("a", f"1{end}FSD u")):
        with pytest.raises(errors.InvalidArgument):
            net.set_var("u", name, value)
        with pytest.raises(errors.InvalidArgument):
            net.instcmd("u", name, value)
    assert session.clean


VALUE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)


@given(st.dictionaries(st.from_regex(r"[a-z][a-z0-9.]{0,10}", fullmatch=True), VALUE, max_size=6))
def test_any_values_come_through_a_list(values: dict[str, str]) -> None:
    body = "".join(f'VAR u {name} "{escape(value)}"\n' for name, value in values.items())
    session = ClientSession()
    session.send(net.list_var("u"))
    (reply,) = session.receive(f"BEGIN LIST VAR u\n{body}END LIST VAR u\n".encode())
    assert isinstance(reply, Reply)
    assert reply.result == values


ODD_LINES = (
    'VAR u a "1"',
    'VAR u b ""',
    'VAR u c "x""y"',
    'VAR u d "x"y',
    "VAR u e",
    "VAR u f ",
    'VAR u g "1" ',
    ' VAR u h "1"',
    'VAR u  i "1"',
    'VAR u "j" "1"',
    'VAR u k "\t"',
    'VAR u l "a=b"',
    'VAR u m=n "1"',
    'VAR u o "\\""',
    'VAR u p "#"',
    'VAR u q "\x7f\xe9"',
    'VAR u r "VAR u s ""',
    'VAR u "t',
    "VAR u v w",
    'VAR u "',
    '"',
)


@given(st.lists(st.sampled_from(ODD_LINES), max_size=5))
def test_a_list_read_at_once_is_what_its_lines_say_one_by_one(lines: list[str]) -> None:
    request, body = net.list_var("u"), "\n".join(lines)
    try:
        one_by_one = {words[2]: words[3] for words in request.items(body, 4)}
    except ProtocolError:
        with pytest.raises(ProtocolError):
            request.read(body)
    else:
        assert request.read(body) == one_by_one
        assert request.read(body) == one_by_one  # now that its names are known


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_give_answers_or_one_kind_of_error(pieces: list[bytes]) -> None:
    session = ClientSession()
    for request, _, _ in ANSWERS:
        session.send(request)
    try:
        for piece in pieces:
            for event in session.receive(piece):
                assert isinstance(event, Notify) or event.error is None or isinstance(event.error, errors.NutError)
    except ProtocolError:
        pass
