"""wallnut up: from nothing to a served UPS in one process."""

from __future__ import annotations

import signal
import subprocess

import trustme

from tests.cli.here import ALONE, Here
from tests.support.cnut import ask
from tests.support.ours import program
from tests.support.peers import need
from tests.support.ports import accepts
from tests.support.procs import running
from tests.support.wait import until


def test_nothing_configured(here: Here) -> None:
    with here.up() as process:
        greeting = process.stdout()
        assert greeting.startswith(f"There is no {here.folder}/ups.conf:\nhere is a simulated UPS")
        assert f"upsc demo@localhost:{here.port}" in greeting
        assert here.ask("GET VAR demo ups.status") == ['VAR demo ups.status "OL"']
        login = ("USERNAME demo", "PASSWORD demo")
        assert here.ask(*login, "INSTCMD demo test.failure.start") == ["OK", "OK", "OK"]
        until(lambda: "demo: On battery" in process.stdout(), 10, "the outage")
        assert ask(here.port, "GET VAR demo ups.status")[0].startswith('VAR demo ups.status "OB')
        process.send(signal.SIGINT)
        assert process.wait() == 0
        assert "Traceback" not in process.stderr()
    assert not accepts(here.port)
    assert list(here.folder.iterdir()) == []


def test_c_tools_accept_it(here: Here) -> None:
    with (
        here.up("--demo"),
        running(
            need("upsc", package="nut-client"), f"demo@localhost:{here.port}", "ups.model",
            ready=lambda process: process.stdout(),
        ) as upsc,
    ):  # fmt: skip
        assert upsc.stdout() == "Simulator 1000\n"


def test_no_ups_in_the_file(here: Here) -> None:
    here.write(ups_conf="maxretry = 3\n# [myups]\n")
    with here.up() as process:
        assert process.stdout().startswith(f"{here.folder}/ups.conf names no UPS:\nhere is a simulated UPS")


CONF = """\
[one]
  driver = dummy-ups
  port = one.dev
  mode = dummy-once
  desc = "The first"
[two]
  driver = simulator
  port = auto
[own]
  driver = usbhid-up
  port = auto
[wrong]
  driver = simulator
  port = auto
  colour = blue
[outlet]
  driver = clone
  port = dummy-ups-one
"""
USERS = '[admin]\n  password = "a b"\n  actions = SET\n  instcmds = ALL\n'


def test_a_whole_configuration(here: Here) -> None:
    here.write(ups_conf=CONF, one_dev="ups.status: OL\nups.model: M\n", upsd_users=USERS, upsd_conf="MAXAGE 20\n")
    with here.up() as process:
        assert "serves one, two, own, wrong, outlet on 127.0.0.1" in process.stdout()
        assert here.ask("GET VAR one ups.model", "GET UPSDESC one", "GET VAR two ups.status", "GET VAR own x.y") == [
            'VAR one ups.model "M"',
            'UPSDESC one "The first"',
            'VAR two ups.status "OL"',
            "ERR DRIVER-NOT-CONNECTED",
        ]
        assert "[own] there is no driver usbhid-up, nor in " in process.stderr()
        assert "; did you mean usbhid-ups" in process.stderr()
        assert "[wrong] 'colour' is no setting of simulator; those it has: simulator -L" in process.stderr()
        until(lambda: here.ask("GET VAR outlet ups.status") == ['VAR outlet ups.status "OL"'], 15, "the clone's data")
        done = here.ask("USERNAME admin", 'PASSWORD "a b"', "SET VAR one ups.model N")
        assert done == ["OK", "OK", "OK"]
        process.send(signal.SIGTERM)
        assert process.wait() == 0
    assert not [path for path in here.folder.iterdir() if path.is_socket()]


def test_reload(here: Here) -> None:
    here.write(ups_conf="[one]\ndriver = simulator\nport = auto\n", upsd_users=USERS)
    with here.up() as process:
        here.write(ups_conf="[two]\ndriver = simulator\nport = auto\n[three]\ndriver = simulator\nport = auto\n")
        process.send(signal.SIGHUP)
        until(lambda: here.ask("GET VAR three ups.status") == ['VAR three ups.status "OL"'], 10, "the new UPS")
        assert here.ask("GET VAR two ups.status", "GET VAR one ups.status") == [
            'VAR two ups.status "OL"',
            "ERR UNKNOWN-UPS",
        ]


def test_port_taken(here: Here) -> None:
    with here.up("--demo"), running(*second(here), ready=lambda process: process.popen.poll() is not None) as process:
        assert process.wait() == 1
        assert process.stdout() == ""
        assert process.stderr() == (
            f"Port {here.port} of 127.0.0.1 is taken: another server runs here. Stop that one, or choose another port:"
            " wallnut up --port 3494\n"
        )


def second(here: Here) -> tuple[str, ...]:
    return program("wallnut"), "up", *ALONE, "--demo", "--port", str(here.port)


def test_no_users_is_said(here: Here) -> None:
    here.write(ups_conf="[one]\ndriver = simulator\nport = auto\n")
    with here.up() as process:
        assert "nobody can log in, set or command anything" in process.stderr()


def test_a_driver_that_runs_already_is_used(here: Here) -> None:
    here.write(ups_conf=CONF, one_dev="ups.status: OL\nups.model: M\n", upsd_users=USERS)
    dummy = (need("dummy-ups", package="nut-server"), "-F", "-u", "root", "-a", "one")
    env = {**here.env, "NUT_CONFPATH": str(here.folder)}
    pid_file = here.folder / "dummy-ups-one.pid"
    with running(*dummy, ready=lambda _: (here.folder / "dummy-ups-one").exists(), env=env) as driver:
        pid_file.write_text(f"{driver.pid}\n")  # 2.8.0 writes none in the foreground
        with here.up() as process:
            assert "[one] its driver runs already: that one is used" in process.stderr()
            until(lambda: here.ask("GET VAR one driver.version") == ['VAR one driver.version "2.8.0"'], 10, "C's data")
        assert driver.popen.poll() is None


def test_a_driver_may_be_told_to_end(here: Here) -> None:
    conf = "[one]\ndriver = simulator\nport = auto\n"
    here.write(ups_conf=conf, upsd_users=USERS)
    with here.up() as process:
        here.write(ups_conf="[two]\ndriver = simulator\nport = auto\n")
        done = here.ask("USERNAME admin", 'PASSWORD "a b"', "INSTCMD one driver.reload-or-exit")
        assert done == ["OK", "OK", "OK"]
        until(lambda: "[one] its driver ended (status 0)" in process.stderr(), 10, "the end of the driver")
        assert here.ask("GET VAR one ups.status") == ["ERR DRIVER-NOT-CONNECTED"]
        here.write(ups_conf=conf)
        process.send(signal.SIGHUP)
        until(lambda: here.ask("GET VAR one ups.status") == ['VAR one ups.status "OL"'], 10, "the driver again")


def test_tls(here: Here) -> None:
    """As upsd.conf wants it: C upsc goes over to TLS; a certificate that is not there ends the start."""
    files = {"ups_conf": CONF, "one_dev": "ups.status: OL\n", "upsd_users": USERS}
    trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(here.folder / "server.pem")
    here.write(**files, upsd_conf=f"CERTFILE {here.folder}/server.pem\n")
    upsc = need("upsc", package="nut-client")
    with here.up():
        call = [upsc, f"one@localhost:{here.port}", "ups.status"]
        done = subprocess.run(call, capture_output=True, text=True, timeout=20, check=False)
        assert (done.returncode, done.stdout) == (0, "OL\n")
        assert "SSL handshake done successfully" in done.stderr
    here.write(upsd_conf="CERTFILE /none.pem\n")
    line = [program("wallnut"), "up", *ALONE, "-c", str(here.folder), "-p", str(here.port)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (1, "Error: stat /none.pem: No such file or directory\n")


def test_an_address_that_is_not_ours(here: Here) -> None:
    files = {"ups_conf": CONF, "one_dev": "ups.status: OL\n", "upsd_users": USERS}
    listen = f"LISTEN 127.0.0.1 {here.port}\nLISTEN 192.0.2.1 {here.port}\n"
    here.write(**files, upsd_conf=listen)
    line = [program("wallnut"), "up", *ALONE, "-c", str(here.folder)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert f"not listening on 192.0.2.1 port {here.port}: Cannot assign requested address" in done.stderr
    here.write(upsd_conf=f"{listen}ALLOW_NOT_ALL_LISTENERS yes\n")
    with here.up():
        assert here.ask("GET VAR one ups.status") == ['VAR one ups.status "OL"']
