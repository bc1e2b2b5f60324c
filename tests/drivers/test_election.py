"""failover's rules: the election, and what is shown while there is no primary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wallnut.drivers.election import (
    Candidate,
    CheckRuntime,
    Election,
    Filters,
    Outcome,
    Priority,
    Show,
    Vacancy,
)
from wallnut.model.status import Status

OL, OB = "OL CHRG", "OB DISCHRG"


def one(name: str, status: str = OL, *, fresh: bool = True, complete: bool = True, runtime: int = -1) -> Candidate:
    return Candidate(name, complete, fresh, Status.parse(status), runtime)


def winner(election: Election, *candidates: Candidate, now: float = 0) -> str | None:
    return election.elect(candidates, now).winner


def test_priorities_of_the_manual() -> None:
    election = Election(Filters(have_any=frozenset({"CHRG"})))
    election.forced.give("forced", -1, 0)
    candidates = [
        one("dead", complete=False),
        one("alive", fresh=False),
        one("fresh", OB),
        one("online", "OL"),
        one("filtered", OL),
        one("forced", "OB LB", fresh=False),
    ]
    assert election.elect(candidates, 0) == Outcome(
        "forced",
        {
            "alive": Priority.ALIVE,
            "fresh": Priority.FRESH,
            "online": Priority.ONLINE,
            "filtered": Priority.FILTERS,
            "forced": Priority.FORCED,
        },
    )
    for left in range(len(candidates) - 1, 0, -1):
        expected = candidates[left].name
        assert winner(election, *candidates[: left + 1]) == expected
    assert winner(election, candidates[0]) is None
    assert winner(election) is None


def test_ties_go_by_order() -> None:
    assert winner(Election(), one("a"), one("b")) == "a"
    assert winner(Election(), one("a", OB), one("b")) == "b"
    assert winner(Election(), one("a", "ALARM OL"), one("b", "OL")) == "a"


def test_filters_adjust_the_weight() -> None:
    """The manual's example: OL is preferred over ALARM OL."""
    election = Election(Filters(nothave_any=frozenset({"ALARM"})))
    assert winner(election, one("a", "ALARM OL"), one("b", "OL")) == "b"
    assert winner(election, one("a", "ALARM OL"), one("b", "ALARM OL")) == "a"


@pytest.mark.parametrize(
    ("filters", "status", "passes"),
    [
        (Filters(), "OL", False),
        (Filters(have_any=frozenset({"OL", "CHRG"})), "OL", True),
        (Filters(have_any=frozenset({"BOOST", "CHRG"})), "OL", False),
        (Filters(have_all=frozenset({"OL", "CHRG"})), "OL", False),
        (Filters(have_all=frozenset({"OL", "CHRG"})), "CHRG OL", True),
        (Filters(nothave_any=frozenset({"OB", "OFF"})), "OL OFF", False),
        (Filters(nothave_any=frozenset({"OB", "OFF"})), "OL", True),
        (Filters(nothave_all=frozenset({"OB", "LB"})), "OB", True),
        (Filters(nothave_all=frozenset({"OB", "LB"})), "OB LB", False),
        (Filters(nothave_any=frozenset({"OB"})), "", False),
        (Filters(frozenset({"OL"}), frozenset({"CHRG"}), frozenset({"RB"}), frozenset({"OL", "LB"})), "OL CHRG", True),
        (Filters(frozenset({"OL"}), frozenset({"CHRG"}), frozenset({"RB"}), frozenset({"OL"})), "OL CHRG", False),
    ],
)
def test_filters(filters: Filters, status: str, passes: bool) -> None:
    assert filters.passes(Status.parse(status)) is passes


def test_strict_filters() -> None:
    election = Election(Filters(have_all=frozenset({"OL"})), strict=True)
    assert winner(election, one("a", OB), one("b", OB)) is None
    assert winner(election, one("a", OB), one("b")) == "b"
    assert winner(election, one("a", fresh=False), one("b")) == "b", "an old status passes for what it may not be"
    assert election.elect([one("a", fresh=False), one("b", OB)], 0) == Outcome("a", {"a": Priority.ALIVE})
    election.forced.give("b", 10, 0)
    assert winner(election, one("a"), one("b", OB)) == "b", "an order beats filters"


@pytest.mark.parametrize(
    ("check", "expected"), [(0, "a"), (1, "b"), (2, "c"), (3, "d")], ids=["order", "runtime", "runtime low", "both"]
)
def test_the_longer_runtime(check: int, expected: str) -> None:
    candidates = [
        Candidate("a", True, True, Status.parse(OB), 100, 100),
        Candidate("b", True, True, Status.parse(OB), 400, 100),
        Candidate("c", True, True, Status.parse(OB), 100, 400),
        Candidate("d", True, True, Status.parse(OB), 200, 200),
    ]
    assert winner(Election(check_runtime=CheckRuntime(check)), *candidates) == expected


def test_runtime_does_not_count_on_mains() -> None:
    assert winner(Election(), one("a", runtime=10), one("b", runtime=1000)) == "a"
    assert winner(Election(), one("a", OB), one("b", OB, runtime=0)) == "b", "known beats unknown"


def test_orders() -> None:
    election = Election()
    two = one("a"), one("b")
    election.ignored.give("a", 10, 100)
    assert [winner(election, *two, now=now) for now in (100, 110, 110.1)] == ["b", "b", "a"]
    election.ignored.give("a", -1, 200)
    assert winner(election, *two, now=1e9) == "b"
    election.forced.give("a", -1, 200)
    assert winner(election, *two, now=201) == "b", "ignored beats forced"
    election.ignored.give("a", 0, 300)
    election.forced.give("b", -5, 300)
    assert winner(election, *two, now=301) == "a", "of two that are forced, the first"
    election.forced.give("a", 0, 400)
    assert winner(election, *two, now=401) == "b"
    election.ignored.give("a", -1, 500)
    election.ignored.give("b", 5, 500)
    assert [winner(election, *two, now=now) for now in (501, 506)] == [None, "b"]


# --- whatever comes

STATUSES = st.lists(st.sampled_from(["OL", "OB", "LB", "CHRG", "ALARM", "FSD", "X"]), max_size=4)
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.sampled_from("abcdef"),
        st.booleans(),
        st.booleans(),
        STATUSES.map(lambda words: Status.parse(" ".join(words))),
        st.integers(-1, 3),
        st.integers(-1, 3),
    ),
    max_size=6,
    unique_by=lambda candidate: candidate.name,
)
WORDS = st.frozensets(st.sampled_from(["OL", "OB", "LB", "CHRG", "ALARM"]), max_size=2)
ELECTIONS = st.builds(
    Election,
    st.builds(Filters, WORDS, WORDS, WORDS, WORDS),
    strict=st.booleans(),
    check_runtime=st.sampled_from(CheckRuntime),
)


@given(ELECTIONS, CANDIDATES, st.dictionaries(st.sampled_from("abcdef"), st.integers(-1, 3)))
def test_an_election(election: Election, candidates: list[Candidate], forced: dict[str, int]) -> None:
    for name, seconds in forced.items():
        election.forced.give(name, seconds, 0)
    outcome = election.elect(candidates, 1)
    priorities = outcome.priorities
    assert (outcome.winner is None) == (not priorities)
    assert all(candidate.complete for candidate in candidates if candidate.name in priorities)
    if outcome.winner is None:
        assert election.strict or not any(candidate.complete for candidate in candidates)
        return
    assert priorities[outcome.winner] == min(priorities.values())
    if priorities[outcome.winner] < Priority.FRESH:
        best = [c.name for c in candidates if priorities.get(c.name) == priorities[outcome.winner]]
        assert outcome.winner == best[0]
    elected = next(c for c in candidates if c.name == outcome.winner)
    if priorities[outcome.winner] != Priority.FORCED and any(c.fresh and c.name in priorities for c in candidates):
        assert elected.fresh, "what is old never wins over what is fresh, but by order"
    assert election.elect(candidates, 1) == outcome, "the same again"
    rest = [c for c in candidates if c.name != outcome.winner]
    assert election.elect([elected, *rest], 1).winner == outcome.winner, "first place does not hurt"


# --- without a primary


def test_waiting_for_the_first() -> None:
    vacancy = Vacancy(30, 15, 0, started=100)
    shown = [vacancy.judge(elected=False, now=now) for now in (100, 130, 131, 146, 147)]
    assert shown == [Show.WAIT, Show.WAIT, Show.LAST, Show.LAST, Show.STALE]


def test_inittime_ends_with_the_first_primary() -> None:
    vacancy = Vacancy(30, 15, 0, started=100)
    assert vacancy.judge(elected=True, now=101) == Show.PRIMARY
    assert vacancy.judge(elected=False, now=102) == Show.LAST


@pytest.mark.parametrize(
    ("fsdmode", "shown"),
    [
        (0, [Show.LAST, Show.LAST, Show.STALE, Show.STALE, Show.STALE]),
        (1, [Show.LAST, Show.LAST, Show.ALARM, Show.ALARM, Show.STALE_ALARM]),
        (2, [Show.LAST, Show.LAST, Show.FSD, Show.FSD, Show.FSD]),
    ],
)
def test_fsdmode(fsdmode: int, shown: list[Show]) -> None:
    vacancy = Vacancy(30, 15, fsdmode, started=0)
    assert vacancy.judge(elected=True, now=50) == Show.PRIMARY
    for start in (60, 1060):  # and the same after a recovery
        assert [vacancy.judge(elected=False, now=start + past) for past in (0, 15, 16, 29, 30)] == shown
        assert vacancy.judge(elected=True, now=start + 31) == Show.PRIMARY
