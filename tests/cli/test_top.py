"""wallnut top: what its screens say, and what its keys do."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.tops import SETTINGS, Clock, top, ups, with_status
from tests.web.devices import device
from wallnut.cli.terminal import actions, path
from wallnut.cli.terminal.ink import Line, ascii_only, has_unicode
from wallnut.web import words
from wallnut.web.snapshot import Server


def play(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


def test_trouble_first() -> None:
    async def story() -> None:
        async with top(clock=Clock(1192.0)) as screen:
            await screen.tell(ups("hall"), ups("rack", "OB DISCHRG"), device("cam", code="DATA-STALE"))
            lines = screen.lines
            assert lines[0].split("  ")[0] == " 2 of 3 need a look"
            assert [line.split()[1] for line in lines if "■" in line or "?╌" in line] == ["rack", "cam", "hall"]
            assert "╌×╌■━━━  rack" in screen.text  # noqa: RUF001
            assert "34 % 87 % 23 min 230 V" in screen.words
            assert "for 3 min 12 s  On battery, discharging" in screen.text
            assert "The driver has no fresh data." in screen.text, "what to do"

    play(story())


def test_a_quiet_fleet_is_folded_by_site() -> None:
    async def story() -> None:
        async with top() as screen:
            fleet = [ups(f"u{number:02}", device__location=f"Hall {number % 2}") for number in range(14)]
            await screen.tell(*fleet)
            assert screen.lines[0].startswith(" All well: 14 devices")
            assert [line for line in screen.lines if " well" in line][1:] == ["▌▸ Hall 0  7 well", " ▸ Hall 1  7 well"]
            await screen.press("enter")
            assert "▾ Hall 0  7 well" in screen.text
            assert "u02" in screen.text
            assert "u03" not in screen.text
            await screen.press("slash")
            await screen.type("u13")
            assert "u13" in screen.text
            assert "u02" not in screen.text
            await screen.press("enter", "enter")
            assert screen.lines[0].startswith(" u13@nas")

    play(story())


def test_the_choice_stays_with_its_device() -> None:
    async def story() -> None:
        async with top() as screen:
            await screen.tell(ups("a"), ups("b"), ups("c"))
            await screen.press("down")
            await screen.tell(ups("c", "OB"))
            assert [line.split()[1] for line in screen.lines if line.startswith("▌")] == ["b"]

    play(story())


def test_a_lost_server() -> None:
    async def story() -> None:
        async with top(clock=Clock(1005.0), size=(100, 24)) as screen:
            await screen.tell(ups(), nas="")
            await screen.tell(replace(ups(), code="UNREACHABLE", reason="Server disconnected", lost_at=1000.0))
            await screen.tell(nas="Connection failure: Connection refused")
            assert "nas cannot be reached since " in screen.text
            assert "(5 s): Connection refused. It is tried again." in screen.text
            assert "╌╌╌?╌╌╌  rack" in screen.text
            await screen.press("enter")
            assert "Server gone for 5 s" in screen.text
            assert "The server nas cannot be reached: Server disconnected. It is tried again." in screen.text
            assert "Last known: On line power." in screen.text
            await screen.press("e")
            assert "cannot be reached: Connection refused" in screen.text

    play(story())


PATHS = [
    ("OL", "mains", "━━━━━►━━━━┥ UPS ┝━━━━━━━━━━►", "━━━■━━━"),
    ("OB DISCHRG", "no mains", "╌╌╌ ╳ ╌╌╌╌┤ UPS ┝━━━━━━━━━━►", "╌×╌■━━━"),  # noqa: RUF001
    ("OL BOOST", "▲ boost", "►", "━━▲■━━━"),
    ("OL TRIM", "▼ trim", "►", "━━▼■━━━"),
    ("OL BYPASS", "┏ bypass ━┓", "━━━━━━━━┛╌┤ UPS ├╌┗━━━━━━━━►", "━━╱■╲━━"),  # noqa: RUF001
    ("OL OVER", "overload", "►", "━━━■━━━"),
    ("OB CAL", "calibrating", "╌╌╌ ? ╌╌╌╌┤ UPS ┝━━━━━━━━━━►", "╌╌╌■━━━"),
    ("FSD OB LB", "goes down", "╌╌╌ ╳ ╌╌╌╌┤ UPS ┝━━━━━━━━━━►", "╌×╌■━━━"),  # noqa: RUF001
    ("OL OFF", "mains", "━━━━━►━━━━┥ UPS ├╌╌╌ off ╌╌╌", "━━━■╌×╌"),  # noqa: RUF001
    ("", "mains", "╌╌╌ ? ╌╌╌╌┤ UPS ├╌╌╌╌ ? ╌╌╌╌", "╌╌╌?╌╌╌"),
]


@pytest.mark.parametrize(("status", "above", "line", "small"), PATHS, ids=[row[0] or "unknown" for row in PATHS])
def test_the_power_path(status: str, above: str, line: str, small: str) -> None:
    one = ups(status=status)
    drawn = path.large(one, words.state(one), words.figures(one), 28)
    assert len(drawn) == path.HEIGHT
    assert max(each.width for each in drawn) <= 30
    assert above in drawn[0].text
    middle = drawn[2].text
    assert line in middle
    assert path.small(one, "").text == small
    assert path.small(one, "").width == path.SMALL


@given(st.text(), st.integers(34, 200), st.sampled_from([row[0] for row in PATHS]))
def test_whatever_a_device_says(text: str, width: int, status: str) -> None:
    one = ups(status=status, device__type=text, ups__alarm=text)
    drawn = path.large(one, words.state(one), words.figures(one), width)
    assert all(each.text.isprintable() for each in drawn), "nothing that a terminal would obey"


def test_a_device() -> None:
    async def story() -> None:
        clock = Clock(1192.0)
        async with top(clock=clock) as screen:
            one = replace(
                ups(status="OB DISCHRG", ups__id="Rack"),
                settings=SETTINGS,
                commands=("load.off", "load.off.delay", "x.y"),
            )
            await screen.tell(one)
            await screen.press("enter")
            text = screen.text
            assert "━━┓ ━━┓\n" in text.replace(" " * 20, "\n"), "the time left, large"
            assert "On battery for 3 min 12 s" in text
            assert "no mains" in text
            assert "Charge ████████████░░ 87 %" in text or "Charge █" in text
            assert "─ Variables 6 ─ Commands 3 ─ Events 1 ─" in text
            assert "battery.runtime 1390 s (23 min 10 s) Time left on battery" in screen.words
            assert "*ups.id" in text
            assert "•" not in text
            await screen.tell(with_status(one, "OB DISCHRG", battery__charge="86"))
            assert "battery.charge •86 %" in screen.words, "a new value stands out"
            clock.now += 3
            await screen.draw()
            assert "•" not in screen.text, "for a moment"
            await screen.press("slash")
            await screen.type("transfer")
            assert "Nothing matches." in screen.text
            await screen.press("escape", "slash")
            await screen.type("time left")
            assert "battery.runtime" in screen.text, "explanations are searched, too"
            assert "ups.id" not in screen.text
            await screen.press("enter", "tab")
            assert "Cuts power" in screen.text
            assert "Of this maker alone" in screen.text
            await screen.press("c", "end")
            assert "The load loses power. Switch the load off after a wait." in screen.text
            await screen.press("enter")
            await screen.see("It may take a value: seconds to wait.")
            await screen.type("soon\r")
            assert "A number of seconds is wanted, or nothing" in screen.text
            await screen.press("escape", "escape")
            assert "1 of 1 needs a look" in screen.text

    play(story())


def test_a_device_that_is_gone() -> None:
    async def story() -> None:
        async with top() as screen:
            await screen.tell(ups("a"), ups("b"))
            await screen.press("enter", "right")
            assert screen.lines[0].startswith(" b@nas")
            screen.app.fleet.take({"b@nas": None})
            await screen.draw()
            assert "The server has no such UPS any more." in screen.text
            await screen.press("escape", "e")
            assert "The server has no such UPS any more" in screen.text

    play(story())


def test_events() -> None:
    async def story() -> None:
        clock = Clock(1000.0)
        async with top(clock=clock, size=(100, 24)) as screen:
            await screen.tell(ups())
            clock.now = 1100.0
            await screen.tell(with_status(ups(), "OB DISCHRG"))
            clock.now = 1160.0
            await screen.tell(ups())
            told = {"type": "notification", "kind": "ONBATT", "ups": "rack@nas", "text": "UPS rack on battery"}
            screen.app.fleet.monitor({**told, "time": 1101.0})
            screen.app.fleet.monitor({**told, "time": 1101.0})
            screen.app.fleet.monitor({**told, "type": "decision", "time": 1102.0, "text": "not critical"})
            await screen.press("e")
            found = [line for line in screen.lines if "rack@nas" in line]
            assert [" ".join(line.split("rack@nas")[1].split()) for line in found] == [
                "upsmon decides: not critical",
                "upsmon: ONBATT: UPS rack on battery",
                "On line power (OL)",
                "On battery, discharging (OB DISCHRG) for 1 min",
            ]

    play(story())


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (100, 30), (200, 60)])
def test_sizes(size: tuple[int, int]) -> None:
    async def story() -> None:
        async with top(size=size) as screen:
            await screen.tell(
                replace(ups("rack", "OB DISCHRG", ups__alarm="!" * 99), settings=SETTINGS, commands=("load.off",)),
                device("a-long-name-of-a-device-somewhere", code="DATA-STALE", host="server.example.com"),
            )
            for keys in ((), ("enter",), ("tab",), ("tab",), ("question_mark",), ("escape", "escape", "e")):
                await screen.press(*keys)
                assert len(screen.lines) == size[1]
                assert max(map(len, screen.lines)) <= size[0]
                assert "Esc back" in screen.lines[-1] or "q quit" in screen.lines[-1], screen.lines[-1]

    play(story())


def test_ascii() -> None:
    async def story() -> None:
        async with top(ascii_only=True) as screen:
            one = ups("rack", "OB DISCHRG", ups__temperature="31", ups__id="Übung")
            await screen.tell(replace(one, settings=SETTINGS, commands=("load.off",)))
            for keys in ((), ("enter",), ("c", "enter"), ("escape", "question_mark"), ("escape", "escape", "e")):
                await screen.press(*keys)
                assert screen.text.isascii(), screen.text
            await screen.press("escape", "enter")
            assert "-X-#---" in path.small(one, "").text.translate({}) or "--- X" in screen.text
            assert "?bung" in screen.text

    play(story())


def test_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with top() as screen:
            await screen.tell(ups("rack", "OB"))
            found = [one.style for strip in screen.app.screen._compositor.render_strips() for one in strip]
            used = {style.color.name for style in found if style is not None and style.color is not None}
            assert used == expected

    expected = {"yellow"}
    play(story())
    monkeypatch.setenv("NO_COLOR", "1")
    expected = {"default"}
    play(story())


def test_has_unicode() -> None:
    assert has_unicode({"LANG": "en_GB.UTF-8"})
    assert has_unicode({"LANG": "C.utf8"})
    assert has_unicode({"LC_ALL": "fr_FR.utf8", "LANG": "C"})
    assert not has_unicode({"LC_ALL": "C", "LANG": "en_GB.UTF-8"})
    assert not has_unicode({"LANG": "C", "LC_CTYPE": "C.UTF-8"}), "Python itself put that there"
    assert not has_unicode({})


def test_a_line_takes_what_it_says() -> None:
    line = Line().add("\x1b]0;x\x07", room=8).add("電源", room=3).add("e", right=True, room=2)
    assert (line.text, line.width) == ("?]0;x?  電… e", 13)
    assert ascii_only("電源°…") == "???? ~"


def test_what_a_setting_does() -> None:
    one = ups(outlet__2__switch="on", outlet__2__name="NAS")
    assert actions.setting(one, "outlet.2.switch", "off").effect == "cuts power"
    assert actions.setting(one, "outlet.2.switch", "on").effect == "restores power"
    assert actions.setting(one, "ups.id", "off").effect == "none"
    act = actions.command(one, "outlet.2.load.off")
    assert (act.part, act.verb, act.cuts) == ("outlet 2 (NAS)", "Switch outlet 2 off", True)
    assert actions.machines_of(act, ["10.0.0.4"]).startswith("These machines depend on the whole device;")
    act = actions.command(one, "load.off.delay")
    assert actions.machines_of(act, ["10.0.0.4", "10.0.0.5"]) == "These 2 machines go down: 10.0.0.4, 10.0.0.5."
    assert actions.machines_of(act, None).endswith("Take it that all do.")
    assert (act.judge(""), act.judge("30")) == ("", "")
    assert act.judge("-1") == act.judge("soon") == "A number of seconds is wanted, or nothing"


def test_servers_with_the_same_ups_names() -> None:
    async def story() -> None:
        async with top() as screen:
            screen.app.fleet.take({name: Server(name, "", 1.0, False) for name in ("nas", "far")})
            await screen.tell(ups(), device("rack", host="far"))
            assert "rack@nas" in screen.text
            assert "rack@far" in screen.text

    play(story())


def test_without_the_extra() -> None:
    code = "import sys; sys.modules['textual'] = None; from wallnut.cli.wallnut import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "top"], capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr == "wallnut top needs textual: pip install 'wallnut[tui]'\n"


def test_without_a_terminal() -> None:
    code = "import sys; from wallnut.cli.wallnut import main; sys.exit(main())"
    line = [sys.executable, "-c", code, "top"]
    done = subprocess.run(line, capture_output=True, text=True, timeout=30, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert done.stderr.startswith("wallnut top needs a terminal.")


def test_what_it_does_not_need() -> None:
    """The console's words come without the console's libraries."""
    code = "import sys, wallnut.cli.terminal.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert {"starlette", "uvicorn", "jinja2", "polib"}.isdisjoint(done.stdout.split())
