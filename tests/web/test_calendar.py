"""Planned tests: dates in local time, never twice, never under what forbids them; and the tester that starts them."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.cnut import CNut
from tests.support.ours import program
from tests.support.ports import free_port
from tests.support.procs import running
from tests.support.wait import until
from tests.web.devices import device
from tests.web.test_console import serves
from wallnut.config.wallnut_toml import Web
from wallnut.web import booked
from wallnut.web.access import people
from wallnut.web.access.access import Access
from wallnut.web.access.who import Role, Who
from wallnut.web.actions import Actions, Outcome, Result
from wallnut.web.calendar import (
    AGAIN,
    DAY,
    HOUR,
    LONGEST,
    MISSED,
    UNSEEN,
    Act,
    Every,
    Finish,
    Hold,
    Kind,
    Look,
    Obstacle,
    Plan,
    Rule,
    Run,
    Seen,
    Skip,
    Start,
    State,
    follow,
    judged,
    obstacle,
    steps,
)
from wallnut.web.context import Console
from wallnut.web.drawing import Drawing
from wallnut.web.fleet import Fleet
from wallnut.web.snapshot import Device
from wallnut.web.store import open_store
from wallnut.web.tester import NOBODY, Starter, look_of

BERLIN = ZoneInfo("Europe/Berlin")
T0 = round(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
QUICK = "test.battery.start.quick"
WELL = Look(True, False, False, False, 100.0, frozenset([QUICK, "test.battery.start.deep"]), "Done and passed")


def local(at: int | None) -> str:
    assert at is not None
    return datetime.fromtimestamp(at, BERLIN).strftime("%Y-%m-%d %H:%M %Z")


def dates(rule: Rule, count: int, at: int) -> list[str]:
    found = []
    for _ in range(count):
        following = rule.after(at, BERLIN)
        assert following is not None
        found.append(local(following))
        at = following
    return found


# Dates


def test_every_two_weeks_over_both_changes_of_the_clock() -> None:
    rule = Rule(Every.WEEKS, 2, date(2026, 3, 15), 3 * 60)
    start = round(datetime(2026, 3, 15, tzinfo=BERLIN).timestamp())
    assert dates(rule, 3, start) == ["2026-03-15 03:00 CET", "2026-03-29 03:00 CEST", "2026-04-12 03:00 CEST"]
    autumn = round(datetime(2026, 10, 20, tzinfo=BERLIN).timestamp())
    assert dates(rule, 2, autumn) == ["2026-10-25 03:00 CET", "2026-11-08 03:00 CET"]


def test_a_time_that_the_clock_skips_comes_later_and_one_that_comes_twice_at_first() -> None:
    rule = Rule(Every.WEEKS, 1, date(2026, 3, 22), 2 * 60 + 30)
    start = round(datetime(2026, 3, 23, tzinfo=BERLIN).timestamp())
    assert dates(rule, 1, start) == ["2026-03-29 03:30 CEST"]
    autumn = round(datetime(2026, 10, 24, tzinfo=BERLIN).timestamp())
    assert dates(rule, 2, autumn) == ["2026-10-25 02:30 CEST", "2026-11-01 02:30 CET"]


@pytest.mark.parametrize(
    ("day", "number", "wanted"),
    [
        (date(2026, 1, 11), 3, ["2026-01-11", "2026-04-12", "2026-07-12", "2026-10-11"]),  # second Sundays
        (date(2026, 1, 31), 1, ["2026-01-31", "2026-02-28", "2026-03-28", "2026-04-25"]),  # last Saturdays
        (date(2025, 12, 1), 12, ["2025-12-01", "2026-12-07", "2027-12-06"]),  # first Mondays
    ],
)
def test_months_go_by_the_weekday(day: date, number: int, wanted: list[str]) -> None:
    rule = Rule(Every.MONTHS, number, day, 8 * 60)
    start = round(datetime(day.year, day.month, 1, tzinfo=BERLIN).timestamp())
    assert [one[:10] for one in dates(rule, len(wanted), start)] == wanted


rules = st.builds(
    Rule,
    st.sampled_from([Every.WEEKS, Every.MONTHS]),
    st.integers(1, 24),
    st.dates(date(2000, 1, 1), date(2035, 12, 31)),
    st.integers(0, 24 * 60 - 1),
)


@given(rules, st.integers(-10, 20 * 365), st.integers(0, DAY))
def test_dates_ascend_and_before_is_what_after_leads_to(rule: Rule, days: int, seconds: int) -> None:
    at = rule.at(0, BERLIN) + days * DAY + seconds
    following, before = rule.after(at, BERLIN), rule.before(at, BERLIN)
    assert following is not None
    assert following > at
    assert rule.before(following, BERLIN) == following
    when = datetime.fromtimestamp(following, BERLIN)
    assert when.weekday() == rule.day.weekday()
    if before is None:
        assert at < rule.at(0, BERLIN)
        assert following == rule.at(0, BERLIN)
    else:
        assert before <= at
        assert rule.after(before, BERLIN) == following
        assert following - before > 6 * DAY


def test_once_is_once() -> None:
    rule = Rule(Every.ONCE, 1, date(2026, 11, 20), 600)
    at = rule.at(0, BERLIN)
    assert (rule.after(at - 1, BERLIN), rule.after(at, BERLIN)) == (at, None)
    assert (rule.before(at - 1, BERLIN), rule.before(at + DAY, BERLIN)) == (None, at)


# What is in the way


def plan(number: int = 1, device: str = "a", kind: Kind = Kind.QUICK, charge: int = 90, hours: int = 6) -> Plan:
    day = datetime.fromtimestamp(T0, BERLIN).date()
    return Plan(number, device, kind, Rule(Every.WEEKS, 1, day, 3 * 60), charge, hours, 1, "ann", T0 - DAY)


@pytest.mark.parametrize(
    ("look", "why"),
    [
        (WELL, None),
        (None, Obstacle.GONE),
        (replace(WELL, fresh=False), Obstacle.OLD),
        (replace(WELL, on_battery=True), Obstacle.ON_BATTERY),
        (replace(WELL, on_battery=True, testing=True), Obstacle.TESTING),
        (replace(WELL, bad=True), Obstacle.BAD),
        (replace(WELL, charge=89.9), Obstacle.LOW_CHARGE),
        (replace(WELL, charge=None), Obstacle.NO_CHARGE),
        (replace(WELL, commands=frozenset(["beeper.mute"])), Obstacle.NO_COMMAND),
    ],
)
def test_a_device_that_should_not_test(look: Look | None, why: Obstacle | None) -> None:
    looks = {"a": look} if look else {}
    assert obstacle(plan(), looks, busy=False) is why


def test_others_are_in_the_way_too() -> None:
    others = {
        Obstacle.OTHER_BATTERY: replace(WELL, on_battery=True),
        Obstacle.OTHER_TEST: replace(WELL, testing=True, on_battery=True),
    }
    for why, look in others.items():
        assert obstacle(plan(), {"a": WELL, "b": look}, busy=False) is why
    assert obstacle(plan(), {"a": WELL}, busy=True) is Obstacle.OTHER_TEST
    old = replace(WELL, fresh=False, on_battery=True)  # nobody knows whether it still is
    assert obstacle(plan(), {"a": WELL, "b": old}, busy=False) is None


# A small world that does what it is told


class Book:
    """The store's tables, in memory."""

    def __init__(self) -> None:
        self.runs: dict[tuple[int, int], Run] = {}
        self.started: list[tuple[int, int]] = []

    @property
    def latest(self) -> dict[int, Run]:
        found: dict[int, Run] = {}
        for (number, due), run in self.runs.items():
            if number not in found or due > found[number].due:
                found[number] = run
        return found

    @property
    def running(self) -> list[Run]:
        return [run for run in self.runs.values() if run.state is State.STARTED]

    def take(self, plans: list[Plan], looks: dict[str, Look], now: int) -> list[Act]:
        acts = steps(plans, self.latest, self.running, looks, now, BERLIN)
        for act in acts:
            if isinstance(act, Seen | Finish):
                run = act.run
                assert run.plan is not None
                made = replace(run, seen=True) if isinstance(act, Seen) else replace(run, state=act.state, ended=now)
                self.runs[run.plan, run.due] = made
                continue
            key = act.plan.id, act.due
            known = self.runs.get(key) or Run(0, act.plan.id, act.plan.device, act.plan.test, act.due, State.WAITING)
            assert known.state is State.WAITING
            if isinstance(act, Start):
                self.started.append(key)
                self.runs[key] = replace(known, state=State.STARTED, started=now, tried=now, before=act.before)
            else:
                state = State.WAITING if isinstance(act, Hold) else State.SKIPPED
                self.runs[key] = replace(known, state=state, reason=act.reason)
        return acts


some_looks = st.builds(
    Look,
    st.booleans(),
    st.sampled_from([False, False, True]),
    st.sampled_from([False, False, True]),
    st.sampled_from([False, False, False, True]),
    st.sampled_from([None, 50.0, 95.0, 100.0]),
    st.sampled_from([frozenset([QUICK]), frozenset([QUICK, "test.battery.start.deep"])]),
    st.sampled_from(["", "Done and passed", "In progress", "Done and error"]),
)
devices = st.sampled_from("abc")
plans_of = st.lists(
    st.builds(
        Plan,
        st.just(0),
        devices,
        st.sampled_from(Kind),
        st.builds(
            Rule,
            st.sampled_from(Every),
            st.integers(1, 3),
            st.dates(date(2026, 10, 25), date(2026, 11, 9)),
            st.integers(0, 1439),
        ),
        st.sampled_from([40, 90]),
        st.sampled_from([1, 6, 168]),
        st.just(1),
        st.just("ann"),
        st.just(T0 - 8 * DAY),
    ),
    min_size=1,
    max_size=5,
).map(lambda found: [replace(one, id=number + 1) for number, one in enumerate(found)])
mostly_well = st.one_of(st.just(WELL), st.just(WELL), st.just(WELL), some_looks)
moments = st.lists(
    st.tuples(
        st.sampled_from([10, 300, HOUR, 7 * HOUR, 2 * DAY]),
        st.fixed_dictionaries({"a": mostly_well, "b": mostly_well}, optional={"c": some_looks}),
    ),
    min_size=10,
    max_size=40,
)


@settings(max_examples=100, deadline=None)
@given(plans_of, moments)
def test_never_twice_and_never_under_what_forbids_it(
    plans: list[Plan], moments: list[tuple[int, dict[str, Look]]]
) -> None:
    book, now = Book(), T0 - 8 * DAY
    for wait, looks in moments:
        now += wait
        before = list(book.running)
        acts = book.take(plans, looks, now)
        starts = [act for act in acts if isinstance(act, Start)]
        assert len(starts) <= 1
        for act in starts:
            mine = looks[act.plan.device]
            assert mine.fresh
            assert not any((mine.on_battery, mine.testing, mine.bad))
            assert mine.charge is not None
            assert mine.charge >= act.plan.charge
            assert act.command in mine.commands
            assert act.due <= now <= act.due + act.plan.hours * HOUR
            assert not any(one.fresh and (one.on_battery or one.bad or one.testing) for one in looks.values())
            assert all(run.state is not State.STARTED for run in map(_now(book), before))
        assert len(book.running) <= 1
    assert len(book.started) == len(set(book.started))
    waiting = [run for run in book.runs.values() if run.state is State.WAITING]
    assert len({run.plan for run in waiting}) == len(waiting)  # a date does not wait beyond the next


def _now(book: Book) -> Callable[[Run], Run]:
    def find(run: Run) -> Run:
        assert run.plan is not None
        return book.runs[run.plan, run.due]

    return find


def test_it_waits_and_says_why_and_then_runs() -> None:
    book, one = Book(), plan()
    due = one.rule.at(0, BERLIN)
    assert book.take([one], {"a": WELL}, due - 1) == []
    low = {"a": replace(WELL, charge=60.0)}
    assert book.take([one], low, due) == [Hold(one, due, Obstacle.LOW_CHARGE.value)]
    assert book.take([one], low, due + 10) == []  # nothing new
    assert book.take([one], {"a": WELL}, due + HOUR) == [Start(one, due, QUICK, "Done and passed")]
    assert book.take([one], {"a": WELL}, due + HOUR + 10) == []


def test_after_its_hours_it_is_skipped_and_the_last_obstacle_is_why() -> None:
    book, one = Book(), plan()
    due = one.rule.at(0, BERLIN)
    book.take([one], {"a": replace(WELL, on_battery=True)}, due)
    assert book.take([one], {"a": WELL}, due + 6 * HOUR + 1) == [Skip(one, due, Obstacle.ON_BATTERY.value)]
    assert book.take([one], {"a": WELL}, due + 6 * HOUR + 20) == []
    missed = Book()
    assert missed.take([one], {"a": WELL}, due + 7 * HOUR) == [Skip(one, due, MISSED)]


def test_two_that_are_due_at_once_run_one_after_the_other() -> None:
    book, both = Book(), [plan(1, "a"), plan(2, "b", Kind.DEEP)]
    due = both[0].rule.at(0, BERLIN)
    looks = {"a": WELL, "b": WELL}
    acts = book.take(both, looks, due)
    assert acts == [Start(both[0], due, QUICK, WELL.result), Hold(both[1], due, Obstacle.OTHER_TEST.value)]
    running = replace(WELL, on_battery=True, testing=True, result="In progress")
    assert [type(act) for act in book.take(both, {**looks, "a": running}, due + 10)] == [Seen]
    acts = book.take(both, looks, due + 60)
    assert acts[0] == Finish(replace(book.runs[1, due], state=State.STARTED, ended=None), State.PASSED, WELL.result)
    assert acts[1] == Start(both[1], due, "test.battery.start.deep", WELL.result)


def test_an_attempt_that_led_nowhere_is_made_again_later() -> None:
    one = plan()
    due = one.rule.at(0, BERLIN)
    back = Run(1, 1, "a", Kind.QUICK, due, State.WAITING, "The server cannot be reached.", tried=due)
    assert steps([one], {1: back}, [], {"a": WELL}, due + AGAIN - 1, BERLIN) == []
    assert len(steps([one], {1: back}, [], {"a": WELL}, due + AGAIN, BERLIN)) == 1


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize("every", list(Every))
def test_a_new_time_zone_makes_no_second_date(zone: str, every: Every) -> None:
    """The machine moves, and the hour of the test comes once more."""
    one = replace(plan(), rule=Rule(every, 1, date(2026, 11, 21), 120))
    due = one.rule.at(0, BERLIN)
    done = Run(1, 1, "a", Kind.QUICK, due, State.PASSED)
    there = ZoneInfo(zone)
    for hours in range(30):
        assert steps([one], {1: done}, [], {"a": WELL}, due + hours * HOUR + 60, there) == []
    (waits,) = steps([one], {1: replace(done, state=State.WAITING)}, [], {"a": WELL}, due + HOUR, ZoneInfo("UTC"))
    assert isinstance(waits, Start)
    assert waits.due == due
    following = one.rule.after(due + 2 * DAY, there)
    if following is not None:
        (again,) = steps([one], {1: done}, [], {"a": WELL}, following, there)
        assert isinstance(again, Start)


def test_a_plan_made_after_a_date_does_not_have_it() -> None:
    one = plan()
    due = one.rule.at(0, BERLIN)
    assert steps([replace(one, made=due + 1)], {}, [], {"a": WELL}, due + 2, BERLIN) == []


# What became of it


def started(**changed: object) -> Run:
    made = Run(1, 1, "a", Kind.QUICK, T0, State.STARTED, started=T0, before="Done and passed")
    return replace(made, **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("run", "look", "later", "wanted"),
    [
        (started(), WELL, 10, None),
        (started(), replace(WELL, testing=True), 10, Seen),
        (started(), replace(WELL, on_battery=True), 10, Seen),
        (started(), replace(WELL, result="Done and error"), 10, State.FAILED),
        (started(seen=True), WELL, 10, State.PASSED),
        (started(seen=True), replace(WELL, result="Aborted"), 10, State.FAILED),
        (started(seen=True), replace(WELL, result="No test initiated"), 10, State.ENDED),
        (started(), WELL, UNSEEN, State.ENDED),
        (started(), None, UNSEEN, State.ENDED),
        (started(seen=True), replace(WELL, fresh=False), UNSEEN, None),
        (started(seen=True), replace(WELL, testing=True), LONGEST, State.ENDED),
    ],
)
def test_following(run: Run, look: Look | None, later: int, wanted: object) -> None:
    found = follow(run, look, T0 + later)
    if isinstance(wanted, State):
        assert isinstance(found, Finish)
        assert found.state is wanted
    elif wanted is None:
        assert found is None
    else:
        assert isinstance(found, Seen)


@given(st.text())
def test_any_result_is_judged(text: str) -> None:
    assert judged(text) in (State.PASSED, State.FAILED, State.ENDED)


# The tester, with a store and a fake clock


class Told(Actions):
    """Actions that go nowhere, with the result that a test wants."""

    def __init__(self, result: Outcome) -> None:
        super().__init__()
        self.result = Result(result, "Something happened.")
        self.done: list[tuple[str, str, str]] = []

    async def run(self, who: Who, device: Device, command: str, value: str = "") -> Result:
        self.done.append((f"{who.name} {who.via}", device.id, command))
        return self.result


class World:
    """A console with a device, a store and a clock."""

    def __init__(self, folder: Path, result: Outcome = Outcome.DONE) -> None:
        fleet = Fleet()
        self.parts = Console(fleet, Drawing())
        self.parts.access = Access(Web(store=str(folder / "console.db")))
        (folder / "console.db").touch()
        self.actions = self.parts.actions = Told(result)
        self.now = T0
        self.tester = Starter(self.parts, lambda: float(self.now))
        self.show("OL")

    def show(self, status: str, result: str = "Done and passed", charge: str = "100") -> None:
        made = device("rack", status, battery__charge=charge, ups__test__result=result)
        self.parts.fleet.devices["rack@localhost"] = replace(made, commands=(QUICK,))

    async def tick(self, seconds: int = 0) -> list[tuple[str, str, str, str]]:
        self.now += seconds
        await self.tester.tick()
        found = await self.parts.store.ask(booked.runs)
        return [(run.state.word, run.reason, run.result, run.device) for run in found]

    async def plan(self, role: Role = Role.OPERATE) -> int:
        """A test that is due in an hour of the local time of this machine."""
        when = datetime.fromtimestamp(self.now + HOUR).replace(second=0)
        rule = Rule(Every.ONCE, 1, when.date(), when.hour * 60 + when.minute)
        store = self.parts.store
        user = await store.ask(lambda db: people.add(db, "ann", role, "", T0))
        made = await store.ask(
            lambda db: booked.add(db, "rack@localhost", Kind.QUICK, rule, 90, 2, user, "ann", self.now)
        )
        assert made is not None
        return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path


def test_a_device_may_go_at_any_moment(folder: Path) -> None:
    """Also between the look at it and the start of its test."""

    async def play() -> None:
        world = World(folder)
        await world.plan()
        (one,) = await world.parts.store.ask(booked.plans)
        world.now += HOUR
        world.parts.fleet.devices.clear()
        await world.tester._start(Start(one, one.rule.at(0, None), QUICK, ""), world.now)
        assert world.actions.done == []
        assert (await world.tick(10))[0][:2] == ("waiting", Obstacle.GONE.value)
        world.show("OL")
        assert (await world.tick(10))[0][0] == "started"
        await world.parts.access.close()

    asyncio.run(play())


def test_a_planned_test_runs_once_and_is_followed(folder: Path) -> None:
    async def play() -> None:
        world = World(folder)
        await world.plan()
        assert await world.tick() == []
        world.show("OL", charge="70")
        assert (await world.tick(HOUR))[0][:2] == ("waiting", Obstacle.LOW_CHARGE.value)
        world.show("OL")
        assert (await world.tick(600))[0][0] == "started"
        assert world.actions.done == [("ann calendar", "rack@localhost", QUICK)]
        other = Starter(world.parts, lambda: float(world.now))  # a second console, or one that was started again
        await other.tick()
        world.show("OB DISCHRG TEST", "In progress")
        assert (await world.tick(10))[0][0] == "started"
        world.show("OL CHRG", "Done and error")
        assert await world.tick(10) == [("failed", "", "Done and error", "rack@localhost")]
        await world.tick(DAY)
        assert len(world.actions.done) == 1
        await world.parts.access.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("result", "state", "sent"),
    [
        (Outcome.REFUSED, "refused", 1),
        (Outcome.FAILED, "failed", 1),
        (Outcome.UNKNOWN, "started", 1),
        (Outcome.UNREACHABLE, "waiting", 2),
        (Outcome.NO_ACCOUNT, "waiting", 2),
    ],
)
def test_what_the_server_says(folder: Path, result: Outcome, state: str, sent: int) -> None:
    async def play() -> None:
        world = World(folder, result)
        await world.plan()
        found = await world.tick(HOUR)
        assert found[0][0] == state
        await world.tick(1)
        assert len(world.actions.done) == 1
        await world.tick(AGAIN)
        assert len(world.actions.done) == sent
        await world.parts.access.close()

    asyncio.run(play())


def test_who_may_not_operate_any_more_starts_nothing(folder: Path) -> None:
    async def play() -> None:
        world = World(folder)
        await world.plan()
        await world.parts.store.ask(lambda db: people.set_role(db, 1, Role.VIEW))
        assert (await world.tick(HOUR))[0][:2] == ("waiting", NOBODY)
        await world.parts.store.ask(lambda db: people.remove(db, 1))
        assert (await world.tick(60))[0][:2] == ("waiting", NOBODY)
        assert (await world.tick(3 * HOUR))[0][:2] == ("skipped", NOBODY)
        assert world.actions.done == []
        deeds = await world.parts.access.audit.deeds()
        assert [(deed.who, deed.via, deed.what) for deed in deeds] == [("ann", "calendar", "test")]
        await world.parts.access.close()

    asyncio.run(play())


def test_a_plan_that_is_removed_is_gone_with_what_waits(folder: Path) -> None:
    async def play() -> None:
        world = World(folder)
        number = await world.plan()
        world.show("OB DISCHRG")
        assert (await world.tick(HOUR))[0][:2] == ("waiting", Obstacle.ON_BATTERY.value)
        await world.parts.store.ask(lambda db: booked.remove(db, number))
        world.show("OL")
        assert await world.tick(60) == []
        assert world.actions.done == []
        await world.parts.access.close()

    asyncio.run(play())


@pytest.mark.parametrize(
    ("status", "wanted"),
    [
        ("OL", (True, False, False, False)),
        ("OL CHRG", (True, False, False, False)),
        ("OB DISCHRG", (True, True, False, False)),
        ("OB LB", (True, True, False, True)),
        ("OL TEST", (True, False, True, False)),
        ("OL CAL", (True, False, True, False)),
        ("OL OVER", (True, False, False, True)),
        ("OL BYPASS", (True, False, False, True)),
        ("OL RB", (True, False, False, False)),
        ("WAIT", (False, False, False, False)),
    ],
)
def test_a_device_as_the_rules_see_it(status: str, wanted: tuple[bool, ...]) -> None:
    look = look_of(device("rack", status))
    assert (look.fresh, look.on_battery, look.testing, look.bad) == wanted


def test_at_a_real_server(tmp_path: Path) -> None:
    """C upsd, a simulated UPS, the console: a test that is due runs and passes, under its user's NUT account."""
    nut = CNut(tmp_path).section("lab", "driver = simulator", "port = auto", "speed = 20")
    nut.user("tim", "secret", f"instcmds = {QUICK}")
    now, port, path = int(time.time()), free_port(), str(tmp_path / "console.db")
    when = datetime.fromtimestamp(now)
    rule = Rule(Every.ONCE, 1, when.date(), when.hour * 60 + when.minute)
    with ExitStack() as stack:
        nut.start(server=False)
        stack.callback(nut.stop)
        socket = nut.socket("lab", "simulator")
        argv = (program("simulator"), "-F", "-u", "root", "-a", "lab")
        stack.enter_context(running(*argv, env=nut.env, ready=lambda _: socket.exists()))
        nut.start_server()
        device_ = f"lab@127.0.0.1:{nut.port}"
        db = open_store(path)
        user = people.add(db, "ann", Role.OPERATE, "", now)
        people.set_nut_account(db, user, "tim", "secret")
        booked.add(db, device_, Kind.QUICK, rule, 50, 6, user, "ann", now - DAY)
        db.close()
        where = f"127.0.0.1:{port}"
        web = (program("wallnut"), "web", f"127.0.0.1:{nut.port}", "-l", where, "-A", "none", "--store", path)
        stack.enter_context(running(*web, ready=lambda _: serves(port), env={"NUT_CONFPATH": str(tmp_path)}))

        def states() -> list[tuple[str, str]]:
            with urllib.request.urlopen(f"http://{where}/api/v1/calendar", timeout=10) as answer:
                return [(run["state"], run["result"]) for run in json.load(answer)["runs"]]

        until(lambda: states() == [("passed", "Done and passed")], 30, "the test's result")
    db = open_store(path)
    deeds = db.rows("SELECT who, via, what, target, result FROM audit")
    db.close()
    assert deeds == [("ann", "calendar", "command", f"{device_} {QUICK}", "done")]
