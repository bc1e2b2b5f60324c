"""PyNUT: the same calls through Debian's module and ours give the same; then what only newer versions have."""

from __future__ import annotations

import inspect
import json
import os
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trustme

import PyNUT
from PyNUT import PyNUTClient, PyNUTError, TrackingID
from tests.client.played import server
from tests.support import peers
from tests.support.cnut import CNut
from tests.support.wait import until

CALLS = Path(__file__).with_name("pynut_calls.py")
ADMIN: dict[str, Any] = {"login": "admin", "password": "adm"}


def results(python: str, port: int, **env: str) -> list[list[str]]:
    argv = [python, "-W", "ignore", str(CALLS), str(port)]
    answer = subprocess.run(
        argv, check=True, capture_output=True, text=True, timeout=60, env={**os.environ, **env}, cwd="/"
    )
    found: list[list[str]] = json.loads(answer.stdout)
    return found


def test_the_same_calls_give_the_same(tmp_path: Path) -> None:
    peers.need_file("/usr/lib/python3/dist-packages/PyNUT.py", package="python3-nut")
    src = str(Path(PyNUT.__file__).parent)
    nut = CNut(tmp_path).ups("dummy", "ups.status: OL\nups.id: rack\nups.model: a b\n", 'desc = "Nice one"')
    nut.ups("bare", "ups.status: OL\n").section("nodrv", "driver = dummy-ups", "port = x")
    nut.user("admin", "adm", "actions = SET FSD", "instcmds = ALL").user("mon", "mon", "upsmon primary")
    with nut:
        theirs = results("/usr/bin/python3", nut.port)
        nut.wait_for("dummy", "ups.id", "in quotes")
        nut.ask("USERNAME admin", "PASSWORD adm", "SET VAR dummy ups.id rack")
        nut.wait_for("dummy", "ups.id", "rack")
        ours = results(sys.executable, nut.port, PYTHONPATH=src)
    assert ours == theirs


def test_signatures_are_those_of_2_8_2() -> None:
    names = ["host", "port", "login", "password", "debug", "timeout"]
    found = inspect.signature(PyNUTClient).parameters
    assert list(found)[:6] == names
    assert [found[name].default for name in names] == ["127.0.0.1", 3493, None, None, False, 5]
    assert all(found[name].kind is inspect.Parameter.KEYWORD_ONLY for name in list(found)[6:])
    for method, arguments in {
        "GetUPSList": [],
        "GetUPSNames": [],
        "GetUPSVars": ["ups"],
        "CheckUPSAvailable": ["ups"],
        "GetUPSCommands": ["ups"],
        "GetRWVars": ["ups"],
        "SetRWVar": ["ups", "var", "value"],
        "RunUPSCommand": ["ups", "command"],
        "DeviceLogin": ["ups"],
        "FSD": ["ups"],
        "help": [],
        "ver": [],
        "ListClients": ["ups"],
    }.items():
        parameters = list(inspect.signature(getattr(PyNUTClient, method)).parameters)
        assert parameters[1 : 1 + len(arguments)] == arguments, method


def test_names_of_the_package_on_pypi() -> None:
    code = (
        "from PyNUTClient import PyNUT; from PyNUTClient.PyNUT import PyNUTError; import PyNUT as P; assert P is PyNUT"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(PyNUT.__file__).parent)}
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30, env=env)


def test_what_2_8_2_has_and_debian_s_not(nut: CNut) -> None:
    client = PyNUTClient(port=nut.port, **ADMIN)
    assert client.GetUPSNames() == ["dummy", "bare", "nodrv"]
    assert client.CheckUPSAvailable("dummy") is True
    assert client.CheckUPSAvailable("nodrv") is False
    assert client.CheckUPSAvailable() is False
    # those who came in other tests must have gone
    until(lambda: client.ListClients() == {}, 10, "nobody to be logged in")
    login = PyNUTClient(port=nut.port, login="mon", password="mon")
    assert login.DeviceLogin("dummy") == "OK"
    assert client.ListClients("dummy") == {b"dummy": [b"127.0.0.1"]}
    assert client.ListClients() == {b"dummy": [b"127.0.0.1"]}
    for call, text in (
        (lambda: login.DeviceLogin("dummy"), "ERR ALREADY-LOGGED-IN"),
        (login.DeviceLogin, "ERR UNKNOWN-UPS"),
        (lambda: client.ListClients("zz"), "ERR UNKNOWN-UPS"),
        (lambda: client.ListClients(""), "ERR INVALID-ARGUMENT"),
        (lambda: client.DeviceLogin("dummy"), "ERR ACCESS-DENIED"),
        (lambda: client.FSD("dummy"), "ERR ACCESS-DENIED"),
    ):
        with pytest.raises(PyNUTError) as caught:
            call()
        assert caught.value.args == (text,)


def test_what_pynut_gets_wrong(nut: CNut) -> None:
    client = PyNUTClient(port=nut.port, **ADMIN)
    assert client.GetUPSVars("dummy")[b"ups.mfr"] == b'Acme \\ # "Co"'
    assert client.GetUPSVars(b"dummy")[b"ups.model"] == b"Model = 9"
    assert client.GetUPSList()[b"dummy"] == b'Test "UPS"'
    assert client.GetUPSCommands("dummy") == {b"load.off": b"Turn off the load immediately"}
    assert client.SetRWVar("dummy", "ups.id", "two words") == "OK"
    until(lambda: client.GetUPSVars("dummy")[b"ups.id"] == b"two words", 10, "the new value")
    assert client.SetRWVar("dummy", "ups.id", "rack 3") == "OK"
    guest = PyNUTClient(port=nut.port, login="guest", password="pass word #1")
    with pytest.raises(PyNUTError, match="ERR ACCESS-DENIED"):
        guest.DeviceLogin("dummy")


def test_tracking(nut: CNut) -> None:
    client = PyNUTClient(port=nut.port, tracking=True, **ADMIN)
    handed = client.SetRWVar("dummy", "ups.id", "rack 3")
    assert isinstance(handed, TrackingID)
    assert handed.isValid()
    assert handed.age() < 60
    assert client.WaitTrackingResult(handed, 1, 10) is True
    assert client.GetTrackingResult(handed.id()) == "SUCCESS"
    assert client.SetRWVar("dummy", "ups.id", "rack 3", 1, 10) == "OK"
    assert client.WaitTrackingResult("", 1, 1) is None
    assert client.WaitTrackingResult(handed, 0.5, 1) is None
    with pytest.raises(PyNUTError, match=r"^ERR UNKNOWN$"):
        client.RunUPSCommand("dummy", "load.off 5", 1, 10)
    with pytest.raises(PyNUTError, match=r"^ERR UNKNOWN$"):
        client.GetTrackingResult("nonsense")
    assert client.SetTrackingMode("OFF") == "OFF"
    assert client.SetTrackingMode("what") is None
    assert client.SetRWVar("dummy", "ups.id", "rack 3") == "OK"
    assert client.EnableTrackingModeOnce() is True
    assert PyNUTClient(port=nut.port).SetTrackingMode(True) is None


def test_pending(nut: CNut) -> None:
    def answer(line: bytes) -> bytes:
        return b"OK TRACKING 1-2\n" if line.startswith(b"INSTCMD") else b"PENDING\n"

    with server(lambda line: b"OK\n" if line.startswith(b"SET") else answer(line)) as played:
        client = PyNUTClient(port=played.port)
        handed = client.RunUPSCommand("u", "c", 1, 1)
        assert str(handed) == "1-2"
        assert played.told == [b"SET TRACKING ON", b"INSTCMD u c", b"GET TRACKING 1-2"]


def test_types_and_lists() -> None:
    answers = {
        b"GET TYPE u v": b"TYPE u v RW STRING:32\n",
        b"GET DESC u v": b'DESC u v "Some \\"text\\""\n',
        b"GET NUMLOGINS u": b"NUMLOGINS u 3\n",
        b"LIST ENUM u v": b'BEGIN LIST ENUM u v\nENUM u v "on"\nENUM u v "off"\nEND LIST ENUM u v\n',
        b"LIST RANGE u v": b'BEGIN LIST RANGE u v\nRANGE u v "1" "5"\nEND LIST RANGE u v\n',
        b"PRIMARY u": b"ERR UNKNOWN-COMMAND\n",
        b"MASTER u": b"OK MASTER-GRANTED\n",
        b"FSD u": b"OK FSD-SET\n",
        b"NETVER": b"1.2\n",
        b"LIST VAR u": b"BEGIN LIST VAR u\nVAR u x\nEND LIST VAR u\n",
        b"LIST VAR empty": b"BEGIN LIST VAR empty\nEND LIST VAR empty\n",
        b"VER": b"ERR UNKNOWN-COMMAND\n",
    }
    with server(answers) as played:
        client = PyNUTClient(port=played.port, connect_now=False)
        assert played.connections == 0
        assert client.GetVariableType("u", "v") == "RW STRING:32"
        assert client.GetVariableDescription("u", "v") == 'Some "text"'
        assert client.GetDeviceNumLogins("u") == 3
        assert client.GetEnumList("u", "v") == ["on", "off"]
        assert client.GetRangeList("u", "v") == [{"min": "1", "max": "5"}]
        assert client.FSD("u") == "OK"
        assert client.becomePrimary("u") == "OK"
        assert client.isValidProtocolVersion()
        assert not client.isValidProtocolVersion("^2")
        assert client.ver() == b"ERR UNKNOWN-COMMAND\n"
        assert client.GetUPSVars("empty") == {}
        with pytest.raises(PyNUTError, match=r"^VAR u x$"):
            client.GetUPSVars("u")


def test_connections_that_fail_say_so() -> None:
    with server(lambda line: None) as played:
        client = PyNUTClient(port=played.port)
        with pytest.raises(EOFError, match="telnet connection closed"):
            client.ver()
        with pytest.raises(EOFError):
            client.ver()
    with server(lambda line: b"") as played:
        client = PyNUTClient(port=played.port, timeout=0.05)
        with pytest.raises(TimeoutError, match="timed out"):
            client.GetUPSList()
    with server({b"USERNAME x": b'ERR ACCESS-DENIED "some text"\n'}) as played:
        client = PyNUTClient(port=played.port, login="x", connect_now=False)
        for _ in range(2):  # the second does not go on without having introduced itself
            with pytest.raises(PyNUTError, match=r'^ERR ACCESS-DENIED "some text"$'):
                client.ver()


def test_debugging_hides_the_password(nut: CNut, capsys: pytest.CaptureFixture[str]) -> None:
    PyNUTClient(port=nut.port, debug=True, **ADMIN).GetUPSList()
    said = capsys.readouterr().out
    assert "[DEBUG] > LIST UPS" in said
    assert "adm\n" not in said


def test_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("ups.example").configure_cert(context)
    ca_file = str(tmp_path / "ca.pem")
    authority.cert_pem.write_to_path(ca_file)
    trusting = ssl.create_default_context(cafile=ca_file)
    trusting.check_hostname = False
    with server({b"VER": b"yes\n"}, tls=context) as played:
        ways: list[dict[str, Any]] = [
            {"use_ssl": True},
            {"force_ssl": True, "ssl_context": trusting},
            {"force_ssl": True, "ca_file": ca_file, "certhost": {"127.0.0.1": ("ups.example", 1, 1)}},
            {"ca_file": ca_file, "certhost": [["127.0.0.1", "ups.example", 1, 1]]},
        ]
        for arguments in ways:
            assert PyNUTClient(port=played.port, **arguments).ver() == b"yes\n"
        assert played.told.count(b"STARTTLS") == 4
        with pytest.raises(PyNUTError, match="verify failed"):
            PyNUTClient(port=played.port, force_ssl=True, cert_verify=True)
    with server({b"STARTTLS": b"ERR FEATURE-NOT-CONFIGURED\n", b"VER": b"yes\n"}) as played:
        assert PyNUTClient(port=played.port, use_ssl=True).ver() == b"yes\n"
        with pytest.raises(PyNUTError, match="does not offer TLS"):
            PyNUTClient(port=played.port, force_ssl=True)
