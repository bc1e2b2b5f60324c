"""C's upsmon 2.8.0 and ours in the same outages: each as the other's primary and secondary, on C's upsd and on ours."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.monitor.bench import ADMIN, FLAG, Observer, kill, logins, say
from tests.support.at_once import AtOnce
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.wait import until

at_once = AtOnce()

SINCE_280 = (": forced shutdown in progress", "Shutdown initiated; primary system is waiting")
"""Beginnings or ends of what a primary tells since 2.8.5, and 2.8.0 does not."""


def serving(folder: Path, upsd: str, *names: str) -> CNut:
    """A server. C's dummy-ups would spin, or die, once its server was killed: the drivers are ours."""
    server = CNut(folder, upsd=upsd, dummy=program("dummy-ups"))
    for name in names:
        server.ups(name, "ups.status: OL\n")
    return server.user(*ADMIN).user("mon", "pw", "upsmon primary")


def told(observer: Observer) -> list[str]:
    """What was told, in order, without the UPS's name and without what 2.8.0 does not tell."""
    texts = observer.texts()
    for name in observer.upses():
        texts = [text.replace(f"{name}@127.0.0.1:{observer.nut.port}", "UPS") for text in texts]
    if any("primary" in line for line in observer.file.read_text().splitlines()):
        texts = [text for text in texts if not any(new in text for new in SINCE_280)]
    return texts


@pytest.mark.parametrize("server", ["C", "ours"])
@at_once
def test_one_outage(server: str, tmp_path: Path) -> None:
    """C as primary with our secondary, and the other way round, go down in step."""
    nut = serving(tmp_path, program("upsd") if server == "ours" else "", "cp", "op")
    mixed = {
        "cp": (
            Observer(tmp_path / "c-primary", nut, [("cp", 1, "primary")], "FINALDELAY 1", c=True),
            Observer(tmp_path / "our-secondary", nut, [("cp", 1, "secondary")]),
        ),
        "op": (
            Observer(tmp_path / "our-primary", nut, [("op", 1, "primary")], "FINALDELAY 1"),
            Observer(tmp_path / "c-secondary", nut, [("op", 1, "secondary")], c=True),
        ),
    }
    observers = [observer for pair in mixed.values() for observer in pair]
    with nut, ExitStack() as stack:
        for observer in observers:
            stack.enter_context(observer.running())
        for ups in mixed:
            until(lambda ups=ups: logins(nut, ups) == 2, 10, f"two logins to {ups}")  # type: ignore[misc]
        for ups in mixed:
            say(nut, ups, "OB DISCHRG")
        for observer in observers:
            observer.wait_note("ONBATT")
        low = {ups: say(nut, ups, "OB DISCHRG LB") for ups in mixed}
        took = {}
        for ups, (primary, secondary) in mixed.items():
            assert secondary.wait_down() <= primary.wait_down()
            took[ups] = primary.wait_down() - low[ups]
            assert nut.ask(f"GET VAR {ups} ups.status") == [f'VAR {ups} ups.status "FSD OB DISCHRG LB"']
            assert 1 <= took[ups] < 12
            for observer in (primary, secondary):
                assert observer.process.wait() == 0
                assert observer.flag.read_bytes() == FLAG
            assert "Host sync timer expired" not in primary.process.stderr()
        assert took["op"] < took["cp"] + 3
        assert told(mixed["cp"][0]) == told(mixed["op"][0])
        # a secondary may see FSD before it has seen LB
        assert sorted(told(mixed["cp"][1])) == sorted(told(mixed["op"][1]))
        assert told(mixed["cp"][0]) == [
            "UPS UPS on battery",
            "UPS UPS battery is low",
            "Auto logout and shutdown proceeding",
        ]


LIFE = (("OB DISCHRG", 1), ("OB DISCHRG LB", 1), ("OL CHRG LB", 1), ("OL RB", 1), ("OB LB", 2), ("OL", 1))
"""What the UPS says, and how many things are told of it."""


@at_once
def test_the_life_of_a_ups(tmp_path: Path) -> None:
    """The same notifications, with the same texts, in the same order; and the end when the server dies on battery."""
    nut = serving(tmp_path, "", "life", "cd", "od")
    lines = ("MINSUPPLIES 0", "NOCOMMWARNTIME 1")
    watchers = [
        Observer(tmp_path / name, nut, [("life", 1, "secondary")], *lines, c=name == "c") for name in ("c", "ours")
    ]
    dying = [
        Observer(tmp_path / f"dying-{ups}", nut, [(ups, 1, "primary")], "DEADTIME 3", c=ups == "cd")
        for ups in ("cd", "od")
    ]
    with nut, ExitStack() as stack:
        for observer in (*watchers, *dying):
            stack.enter_context(observer.running())
        until(lambda: logins(nut, "life") == 2, 10, "both logins")
        until(lambda: logins(nut, "cd") == logins(nut, "od") == 1, 10, "the other logins")
        count = 0
        for status, told_of_it in LIFE:
            say(nut, "life", status)
            count += told_of_it
            for observer in watchers:
                observer.wait_texts(count)
        nut.stop_driver("life")
        for observer in watchers:
            until(lambda observer=observer: "is unavailable" in observer.texts()[-1], 10, "NOCOMM")  # type: ignore[misc]
        nut.start_driver("life")
        for observer in watchers:
            observer.wait_note("COMMOK")
        # C repeats NOCOMM by whole seconds, we by what the clock says
        c, ours = ([text for text in told(observer) if "unavailable" not in text] for observer in watchers)
        assert ours == c
        assert len(c) == count + 2

        for ups in ("cd", "od"):
            say(nut, ups, "OB")
        for observer in dying:
            observer.wait_note("ONBATT")
        assert nut.upsd is not None
        at = time.time()
        kill(nut.upsd.pid)
        took = [observer.wait_down() - at for observer in dying]
        assert all(1.5 <= seconds < 12 for seconds in took)
        assert took[1] < took[0] + 2.5
        assert [told(observer) for observer in dying] == [
            ["UPS UPS on battery", "Communications with UPS UPS lost", "Auto logout and shutdown proceeding"]
        ] * 2


SEQUENCE = """\
ups.status: OL
TIMER 3
ups.status: OB DISCHRG
TIMER 2
ups.status: OB DISCHRG LB
TIMER 600
"""


def rewrite(nut: CNut, ups: str, status: str) -> float:
    """Change the file that a UPS is made of; when that was. C looks at whole seconds of its time."""
    path = nut.conf / f"{ups}.dev"
    scratch = nut.conf / f"{ups}.new"
    scratch.write_text(f"ups.status: {status}\n")
    changed = path.stat().st_mtime + 2
    os.utime(scratch, (changed, changed))
    at = time.time()
    scratch.replace(path)
    return at


@at_once
def test_outages_that_dummy_ups_plays(tmp_path: Path) -> None:
    """By a sequence, and by a file that is rewritten; all of C but our monitor, and all of ours but C's monitor."""
    (tmp_path / "o").mkdir()
    servers = {"C": CNut(tmp_path), "ours": CNut(tmp_path / "o", upsd=program("upsd"), dummy=program("dummy-ups"))}
    pairs: dict[tuple[str, str], tuple[Observer, Observer]] = {}
    with ExitStack() as stack:
        for whose, nut in servers.items():
            nut.user("mon", "pw", "upsmon primary")
            for name in ("cseq", "oseq"):
                nut.ups(name, SEQUENCE, "mode = dummy-loop", "pollinterval = 1")
            for name in ("cdev", "odev"):
                nut.ups(name, "ups.status: OL\n", "pollinterval = 1")
            stack.enter_context(nut)
            for how in ("seq", "dev"):
                pairs[whose, how] = (
                    Observer(tmp_path / f"c-{whose}-{how}", nut, [(f"c{how}", 1, "primary")], c=True),
                    Observer(tmp_path / f"o-{whose}-{how}", nut, [(f"o{how}", 1, "primary")]),
                )
        for observer in (observer for pair in pairs.values() for observer in pair):
            stack.enter_context(observer.running())
        low: dict[tuple[str, str], list[float]] = {}
        for nut in servers.values():
            for name in ("cdev", "odev"):
                until(lambda nut=nut, name=name: logins(nut, name) == 1, 15, "the login")  # type: ignore[misc]
                rewrite(nut, name, "OB DISCHRG")
        for (whose, how), pair in pairs.items():
            began = [observer.wait_note("ONBATT").at for observer in pair]
            if how == "dev":
                low[whose, how] = [rewrite(servers[whose], name, "OB DISCHRG LB") for name in ("cdev", "odev")]
            else:
                low[whose, how] = began
        for which, pair in pairs.items():
            c, ours = (observer.wait_down() - at for observer, at in zip(pair, low[which], strict=True))
            assert ours < c + 3, which
            for observer in pair:
                assert observer.process.wait() == 0
                assert observer.flag.read_bytes() == FLAG
            assert (
                told(pair[0])
                == told(pair[1])
                == ["UPS UPS on battery", "UPS UPS battery is low", "Auto logout and shutdown proceeding"]
            )
            for ups in pair[0].upses() + pair[1].upses():
                assert servers[which[0]].ask(f"GET VAR {ups} ups.status") == [
                    f'VAR {ups} ups.status "FSD OB DISCHRG LB"'
                ]
