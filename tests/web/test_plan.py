"""The shutdown plan: upsmon on its socket, the drill in its own process, and the forecast that tiles show."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.monitor.bench import Observer, logins
from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until
from tests.web.devices import device
from tests.web.test_console import Console, serves
from wallnut.web.plan import Drill, Kept, Plan
from wallnut.web.upsmon import NoPlan, Standing, ask

DEV = (
    "ups.status: OL CHRG\nbattery.charge: 100\nbattery.runtime: 900\nbattery.charge.low: 10\nbattery.runtime.low: 180\n"
)


def standing(status: str, power: int = 1) -> dict[str, Any]:
    ups = {"ups": "rack@localhost", "status": status, "connected": True, "power": power, "critical": None, "text": "?"}
    told = {"type": "state", "time": 5.0, "upses": [ups], "power": {"healthy": 1, "of": 1, "needed": 1}}
    return {**told, "shutdown": None, "text": "power 1 of 1"}


def drill(down: float | None = 100.0) -> str:
    found = {"holds": True, "outage": "?", "file": "upsmon.conf", "faults": [], "notes": [], "begun": down}
    return json.dumps({**found, "down": down, "dark": 200.0, "left": {}, "timeline": []})


def printing(text: str) -> Sequence[str]:
    return (sys.executable, "-c", f"print({text!r})")


async def asked(path: Path, data: bytes) -> Standing:
    """What `ask` makes of a socket that says this."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_unix_server(say, path):
        return await ask(str(path))


def lines(*objects: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


def test_upsmon_is_read_up_to_where_things_stand(tmp_path: Path) -> None:
    first = {"type": "monitor", "version": 1, "pid": 1}
    decision = {"type": "decision", "time": 1.0, "ups": "", "text": "one"}
    notice = {"type": "notification", "time": 2.0, "ups": "", "kind": "ONBATT", "text": "two"}
    found = asyncio.run(
        asked(tmp_path / "s", lines(first, decision, {"type": "new"}, notice, standing("OB"), decision))
    )
    assert [(one.kind, one.text) for one in found.said] == [("ONBATT", "two"), ("", "one")]
    assert (found.upses[0].status, found.power, found.phase) == ("OB", (1, 1, 1), "")


@pytest.mark.parametrize("data", [b"not json\n", b"{}\n", b"[]\n", b'{"type":"state"}\n', b"x" * 2_000_000])
def test_what_is_not_upsmon_is_said(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(NoPlan) as caught:
        asyncio.run(asked(tmp_path / "s", data))
    assert caught.value.code == "silent"


def test_no_upsmon_is_said(tmp_path: Path) -> None:
    for path in (str(tmp_path / "none"), ""):
        with pytest.raises(NoPlan) as caught:
            asyncio.run(ask(path))
        assert caught.value.code == "absent"


def test_an_answer_is_shared_and_kept() -> None:
    made: list[int] = []

    async def make() -> int:
        made.append(1)
        await asyncio.sleep(0)
        return len(made)

    async def main() -> None:
        kept = Kept(make, 60.0)
        assert list(await asyncio.gather(kept.get(), kept.get())) == [1, 1]
        assert await kept.get() == 1
        assert kept.latest == 1

    asyncio.run(main())


async def forecast(path: Path, status: str, said: str = "", **how: Any) -> tuple[float | None, Drill | None]:
    """The forecast for a device on battery, once upsmon and the drill have answered."""

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(lines(standing(status)))
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_unix_server(say, path):
        plan = Plan(str(path), printing(said or drill()))
        changed = asyncio.Event()
        plan.changed = changed.set
        assert plan.forecast(device(status="OB")) is None  # nobody knows yet: it is asked for
        async with asyncio.timeout(20):
            while plan.latest_drill is None:
                await changed.wait()
                changed.clear()
        found = plan.forecast(device(status="OB", **how)), plan.latest_drill
        await plan.close()
        return found


def test_the_forecast_is_the_drill_s_once_all_that_feed_the_host_are_on_battery(tmp_path: Path) -> None:
    found, played = asyncio.run(forecast(tmp_path / "s", "OB DISCHRG", host="127.0.0.1"))
    assert played is not None
    assert found == played.at + 100
    assert asyncio.run(forecast(tmp_path / "t", "OL"))[0] is None
    assert asyncio.run(forecast(tmp_path / "u", "OB", drill(None)))[0] is None
    assert asyncio.run(forecast(tmp_path / "v", "OB", host="elsewhere"))[0] is None
    assert asyncio.run(forecast(tmp_path / "w", "OB", code="DATA-STALE"))[0] is None


def test_a_drill_that_cannot_be_played_is_said_in_its_own_words() -> None:
    complaint = 'import sys; sys.exit("Can\'t open upsmon.conf")'
    for argv, said in (
        ((sys.executable, "-c", complaint), "Can't open upsmon.conf"),
        (("/nonexistent",), "No such file"),
        (printing("[]"), ""),
    ):
        with pytest.raises(NoPlan) as caught:
            asyncio.run(Plan("", argv).drill())
        assert caught.value.code == "drill"
        assert said in caught.value.reason


def test_the_page_says_what_upsmon_would_do(tmp_path: Path) -> None:
    nut = CNut(tmp_path).ups("rack", DEV).user("mon", "pw", "upsmon primary").user("admin", "adm", "actions = SET")
    port = free_port()
    with nut:
        observer = Observer(tmp_path / "ours", nut, [("rack", 1, "primary")], "RUN_AS_USER root")
        env = {"NUT_CONFPATH": str(observer.conf), "NUT_PIDPATH": str(observer.conf)}
        argv = (program("wallnut"), "web", f"127.0.0.1:{nut.port}", "-l", f"127.0.0.1:{port}", "-A", "none")
        with running(*argv, ready=lambda _: serves(port), env=env) as process:
            console = Console(nut, port, process)
            until(lambda: console.state() == "mains", 20, "the first data")
            with observer.running():
                until(lambda: logins(nut, "rack") == 1, 10, "our login")
                until(lambda: console.json("/api/v1/plan")["upsmon"], 20, "upsmon")
                until(lambda: "goes down after 12" in console.get("/plan"), 20, "the drill")
                page = console.get("/plan")
                assert "The plan holds." in page
                assert "It leaves 3\u202fmin" in page
                assert "FSD is set on" in page
                assert "pw" not in page
                console.set_status("OB DISCHRG")
                until(lambda: "unless mains return" in console.get("/"), 20, "the forecast on the tile")
                assert "unless mains return" in console.get("/plan")
            until(lambda: "does not run on this machine" in console.get("/plan"), 20, "upsmon's end")
            assert [one["code"] for one in console.json("/api/v1/plan")["troubles"]] == ["absent"]
