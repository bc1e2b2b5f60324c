"""Triggers of wallnut.toml in our upsmon, with C's server, which has to be asked, and with ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.monitor.bench import ADMIN, Observer, logins, say
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.wait import until


def read(nut: CNut, charge: str) -> None:
    answer = nut.ask("USERNAME admin", "PASSWORD adm", f'SET VAR rack battery.charge "{charge}"')
    assert answer == ["OK", "OK", "OK"], answer


@pytest.mark.parametrize("upsd", ["", "upsd"], ids=["polled", "pushing"])
def test_a_charge_below_its_bound(tmp_path: Path, upsd: str) -> None:
    nut = CNut(tmp_path, upsd=upsd and program(upsd), dummy=program("dummy-ups"))
    nut.ups("rack", "ups.status: OL\nbattery.charge: 64\nbattery.runtime: 1450\n")
    nut.user(*ADMIN).user("mon", "pw", "upsmon primary")
    with nut:
        one = Observer(tmp_path / "one", nut, [("rack", 1, "primary")])
        toml = one.conf / "wallnut.toml"
        toml.write_text('[[monitor.trigger]]\nups = ["rack@*", "none"]\ncharge_below = 30\nsustained = 1\n')
        with one.running("-D") as process:
            until(lambda: logins(nut, "rack") == 1, 10, "the login")
            assert "a trigger is for the UPS none, and no MONITOR line names such a one" in process.stderr()
            say(nut, "rack", "OB DISCHRG")
            until(lambda: "charge 64 %; runtime 1450 s" in process.stderr(), 10, "the readings")
            read(nut, "255")
            until(lambda: "charge 255 % is not within 0 and 100" in process.stderr(), 10, "the doubt")
            assert not one.is_down()
            read(nut, "29")
            one.wait_down()
            assert 'critical by "trigger charge_below 30"' in process.stderr()
            assert process.wait() == 0
