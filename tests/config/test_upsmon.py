"""upsmon.conf and upssched.conf."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.config.record import replace
from wallnut.config.upsmon import UPSMON_CONF, CertHost, Monitor, UpsmonConf, parse_upsmon_conf
from wallnut.config.upssched import UPSSCHED_CONF, At, parse_upssched_conf
from wallnut.model.errors import ConfigError

FILE = rb"""
MONITOR ups@host:3493 2 admin "pa ss\"\#" primary
MONITOR other 0 admin secret slave
MINSUPPLIES 2
SHUTDOWNCMD "/sbin/shutdown -h +0"
NOTIFYCMD /usr/local/bin/tell --loud
NOTIFYMSG onbatt "%s has no power"
NOTIFYFLAG ONBATT SYSLOG+EXEC
NOTIFYFLAG ONLINE IGNORE
POLLFREQ 2
SHUTDOWNEXIT no
ALARMCRITICAL 0
CERTHOST host "UPS server" 1 0
POWERDOWNFLAG /etc/killpower
debug_min 3
"""


def test_a_file() -> None:
    conf, problems = parse_upsmon_conf(FILE)
    assert problems == []
    assert conf.monitors == (
        Monitor("ups@host:3493", 2, "admin", 'pa ss"#', True),
        Monitor("other", 0, "admin", "secret", False),
    )
    assert (conf.minsupplies, conf.pollfreq, conf.pollfreqalert) == (2, 2, 5)
    assert conf.shutdowncmd == ("/sbin/shutdown -h +0",)
    assert conf.notifycmd == ("/usr/local/bin/tell", "--loud")
    assert conf.notifymsg == (("ONBATT", "%s has no power"),)
    assert conf.notifyflag == (("ONBATT", ("SYSLOG", "EXEC")), ("ONLINE", ("IGNORE",)))
    assert (conf.shutdownexit, conf.alarmcritical, conf.debug_min) == (-1, False, 3)
    assert conf.certhost == (CertHost("host", "UPS server", True, False),)
    assert conf.power == 2
    assert "pa ss" not in repr(conf)
    assert conf.monitors[0].address.port == 3493


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("MONITOR ups 1 user", "MONITOR needs a UPS (ups@host:port), a power value from 0 on"),
        ("MONITOR ups -1 user pw primary", "UPS [ups]: ignoring invalid power value [-1]"),
        ("MONITOR ups@ 1 user pw primary", "MONITOR ups@: invalid UPS definition."),
        ("MONITOR ups 1 user pw whatever", "whatever is neither primary nor secondary"),
        ("MINSUPPLIES -1", "MINSUPPLIES needs a whole number, got '-1'"),
        ("POLLFREQ 0", "POLLFREQ needs a whole number of seconds above 0, got '0'"),
        ("POLLFREK 3", "invalid directive POLLFREK 3 (did you mean POLLFREQ?)"),
        ("pollfreq 3", "invalid directive pollfreq 3 (did you mean POLLFREQ?)"),
        ("NOTIFYFLAG ONBATT SYSLOG+MAIL", "Invalid notify flag: [MAIL]"),
        ("NOTIFYFLAG SUNDAY SYSLOG", "there is no notification type SUNDAY"),
        ("NOTIFYMSG ONBATT", "NOTIFYMSG needs a notification type and a text in quotes"),
        ("ALARMCRITICAL yes", "ALARMCRITICAL needs 0 or 1, got 'yes'"),
        ("SHUTDOWNEXIT soon", "SHUTDOWNEXIT needs yes, no or a number of seconds"),
        ("SHUTDOWNCMD", "SHUTDOWNCMD needs a command in quotes"),
        ("CERTHOST host name 1", "CERTHOST needs a host"),
        ("FINALDELAY 1 2", "FINALDELAY: only '1' counts"),
    ],
)
def test_complaints(line: str, complaint: str) -> None:
    _, problems = parse_upsmon_conf(f"\n{line}\n".encode())
    assert len(problems) == 1
    assert str(problems[0]).startswith("upsmon.conf:2: ")
    assert complaint in str(problems[0])


def test_the_good_flags_of_a_line_count() -> None:
    assert parse_upsmon_conf(b"NOTIFYFLAG ONBATT EXEC+MAIL\n")[0].notifyflag == (("ONBATT", ("EXEC",)),)
    assert parse_upsmon_conf(b"NOTIFYFLAG ONBATT MAIL\n")[0].notifyflag == (("ONBATT", ()),)


def test_the_old_form_of_monitor_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"upsmon.conf:1: MONITOR without a user name: unusable configuration"):
        parse_upsmon_conf(b"MONITOR ups@host 1 secret primary\n")


def test_a_second_line_for_a_ups_is_ignored() -> None:
    conf, problems = parse_upsmon_conf(
        b"MONITOR ups 1 u p primary\nMONITOR ups 2 u p primary\nMONITOR UPS 0 u p primary\n"
    )
    assert [(one.system, one.power) for one in conf.monitors] == [("ups", 1), ("UPS", 0)]
    assert [problem.text for problem in problems] == ["Warning: ignoring duplicate UPS [ups]"]


@pytest.mark.parametrize(("text", "value"), [("yes", 0), ("ON", 0), ("true", 0), ("0", 0), ("no", -1), ("60", 60)])
def test_shutdownexit(text: str, value: int) -> None:
    assert parse_upsmon_conf(f"SHUTDOWNEXIT {text}\n".encode())[0].shutdownexit == value


def test_a_reload_keeps_what_is_not_said_but_monitors() -> None:
    before, _ = parse_upsmon_conf(FILE)
    after, _ = parse_upsmon_conf(b'MONITOR third 1 u p primary\nNOTIFYMSG ONLINE "back"\n', "upsmon.conf", before)
    assert [one.system for one in after.monitors] == ["third"]
    assert after.pollfreq == 2
    assert dict(after.notifymsg) == {"ONBATT": "%s has no power", "ONLINE": "back"}
    assert after.debug_min is None
    assert after.notifyflag == before.notifyflag


def written(value: object, table: object) -> bytes:
    """The lines that a value's kinds give."""
    from wallnut.proto.words import word

    lines = []
    for one in table:  # type: ignore[attr-defined]
        now = getattr(value, one.attr)
        if now != one.default:
            lines += [" ".join(map(word, [one.name, *args])) for args in one.kind.write(now)]
    return "".join(f"{line}\n" for line in lines).encode()


def test_what_is_written_reads_back() -> None:
    conf, _ = parse_upsmon_conf(FILE)
    assert parse_upsmon_conf(written(conf, UPSMON_CONF)) == (conf, [])
    conf = replace(UpsmonConf(), shutdownexit=20, certverify=True)
    assert parse_upsmon_conf(written(conf, UPSMON_CONF)) == (conf, [])


@given(st.binary(max_size=300))
def test_any_bytes_give_a_configuration_or_one_error(data: bytes) -> None:
    for parse in (parse_upsmon_conf, parse_upssched_conf):
        with contextlib.suppress(ConfigError):
            parse(data)


SCHED = b"""CMDSCRIPT /bin/upssched-cmd
PIPEFN /run/nut/upssched.pipe
LOCKFN /run/nut/upssched.lock
AT ONBATT * START-TIMER onbattwarn 30
AT onbatt ups@host START-TIMER-SHARED shared 20
AT ONLINE * CANCEL-TIMER onbattwarn back
AT ONLINE * CANCEL-TIMER-MATCHED shared
AT COMMBAD ups EXECUTE "some thing"
"""


def test_upssched() -> None:
    conf, problems = parse_upssched_conf(SCHED)
    assert problems == []
    assert conf.cmdscript == ("/bin/upssched-cmd",)
    assert conf.at == (
        At("ONBATT", "*", "START-TIMER", "onbattwarn", 30),
        At("ONBATT", "ups@host", "START-TIMER-SHARED", "shared", 20),
        At("ONLINE", "*", "CANCEL-TIMER", "onbattwarn", 0, "back"),
        At("ONLINE", "*", "CANCEL-TIMER-MATCHED", "shared"),
        At("COMMBAD", "ups", "EXECUTE", "some thing"),
    )
    assert parse_upssched_conf(written(conf, UPSSCHED_CONF)) == (conf, [])


@pytest.mark.parametrize("name", ["CMDSCRIPT", "PIPEFN", "LOCKFN"])
def test_upssched_needs_these_before_any_at(name: str) -> None:
    data = b"".join(line for line in SCHED.splitlines(True) if not line.startswith(name.encode()))
    with pytest.raises(ConfigError, match=f"{name} must be set before any ATs in the config file!"):
        parse_upssched_conf(data)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("AT ONBATT * START-TIMER name", "START-TIMER name needs a whole number of seconds"),
        ("AT ONBATT * START-TIMER name x", "START-TIMER name needs a whole number of seconds"),
        ("AT ONBATT * EXECUTE", "AT needs a notification type"),
        ("AT ONBATT * JUMP name", "AT needs a notification type"),
        ("WHEN ONBATT", "invalid directive WHEN ONBATT"),
    ],
)
def test_upssched_complaints(line: str, complaint: str) -> None:
    _, problems = parse_upssched_conf(SCHED + line.encode() + b"\n")
    assert [complaint in str(problem) for problem in problems] == [True]
