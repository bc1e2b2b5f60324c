"""Plans and runs of tests in the console's own file. All take the store's database, in its own thread."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from wallnut.web.calendar import STATES, TESTS, Every, Kind, Plan, Rule, Run, State

if TYPE_CHECKING:
    from wallnut.history.sqlite import Sqlite

MOST_PLANS, MOST_RUNS = 500, 5000
PLAN = "id, device, kind, every, number, day, minute, charge, hours, user, name, made"
RUN = "id, plan, device, kind, due, state, reason, result, tried, started, ended, seen, before"


def _plan(row: tuple[Any, ...]) -> Plan:
    number, device, kind, every, count, day, minute, charge, hours, user, name, made = row
    rule = Rule(Every(every), count, date.fromisoformat(day), minute)
    return Plan(number, device, TESTS[kind], rule, charge, hours, user, name, made)


def _run(row: tuple[Any, ...]) -> Run:
    number, plan, device, kind, due, state, reason, result, tried, started, ended, seen, before = row
    test, what = TESTS[kind], STATES[state]
    return Run(number, plan, device, test, due, what, reason, result, tried, started, ended, bool(seen), before)


def plans(db: Sqlite) -> list[Plan]:
    """All plans."""
    return [_plan(row) for row in db.rows(f"SELECT {PLAN} FROM test_plan ORDER BY device, id")]


def add(
    db: Sqlite, device: str, test: Kind, rule: Rule, charge: int, hours: int, user: int, name: str, now: int
) -> int | None:
    """A new plan; its number, None: there are too many."""
    with db.writing():
        if db.rows("SELECT count(*) FROM test_plan")[0][0] >= MOST_PLANS:
            return None
        values = device, test.word, rule.every.value, rule.number, rule.day.isoformat(), rule.minute, charge, hours
        db.run(
            f"INSERT INTO test_plan ({PLAN.removeprefix('id, ')}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, user, name, now),
        )
        number: int = db.rows("SELECT max(id) FROM test_plan")[0][0]
    return number


def remove(db: Sqlite, number: int) -> Plan | None:
    """Remove a plan; what it was, None: there was none. What has been started goes on."""
    with db.writing():
        found = db.rows(f"SELECT {PLAN} FROM test_plan WHERE id = ?", (number,))
        db.run("DELETE FROM test_run WHERE plan = ? AND state = ?", (number, State.WAITING.word))
        db.run("DELETE FROM test_plan WHERE id = ?", (number,))
    return _plan(found[0]) if found else None


def latest(db: Sqlite) -> dict[int, Run]:
    """Each plan's latest run."""
    rows = db.rows(
        f"SELECT {RUN} FROM test_run r WHERE plan IS NOT NULL"
        " AND due = (SELECT max(o.due) FROM test_run o WHERE o.plan = r.plan)"
    )
    return {run.plan: run for row in rows if (run := _run(row)).plan is not None}


def running(db: Sqlite) -> list[Run]:
    """The tests that were started and have not ended."""
    return [_run(row) for row in db.rows(f"SELECT {RUN} FROM test_run WHERE state = ?", (State.STARTED.word,))]


def runs(db: Sqlite, device: str = "", limit: int = 50) -> list[Run]:
    """The last runs, of one device or all, the newest first."""
    rows = db.rows(
        f"SELECT {RUN} FROM test_run WHERE ? = '' OR device = ? ORDER BY due DESC, id DESC LIMIT ?",
        (device, device, limit),
    )
    return [_run(row) for row in rows]


def note(db: Sqlite, plan: Plan, due: int, state: State, reason: str, tried: int = 0) -> None:
    """Write down that a date waits or is skipped; one that was started stays so."""
    with db.writing():
        _begin(db, plan, due)
        ended = None if state.is_open else tried
        db.run(
            "UPDATE test_run SET state = ?, reason = ?, ended = ? WHERE plan = ? AND due = ? AND state = ?",
            (state.word, reason, ended, plan.id, due, State.WAITING.word),
        )


def claim(db: Sqlite, plan: Plan, due: int, before: str, now: int) -> Run | None:
    """Write down that a test is started, before it is; None: somebody else has done so, or the plan is gone."""
    with db.writing():
        if not db.rows("SELECT 1 FROM test_plan WHERE id = ?", (plan.id,)):
            return None
        _begin(db, plan, due)
        changed = db.run(
            "UPDATE test_run SET state = ?, reason = '', tried = ?, started = ?, before = ?"
            " WHERE plan = ? AND due = ? AND state = ?",
            (State.STARTED.word, now, now, before, plan.id, due, State.WAITING.word),
        )
        if not changed:
            return None
        row = db.rows(f"SELECT {RUN} FROM test_run WHERE plan = ? AND due = ?", (plan.id, due))[0]
    return _run(row)


def _begin(db: Sqlite, plan: Plan, due: int) -> None:
    db.run(
        "INSERT OR IGNORE INTO test_run (plan, device, kind, due, state) VALUES (?, ?, ?, ?, ?)",
        (plan.id, plan.device, plan.test.word, due, State.WAITING.word),
    )
    db.run("DELETE FROM test_run WHERE id <= (SELECT id FROM test_run ORDER BY id DESC LIMIT 1 OFFSET ?)", (MOST_RUNS,))


def back(db: Sqlite, run: Run, reason: str) -> None:
    """It was certainly not sent: it waits again."""
    db.run(
        "UPDATE test_run SET state = ?, reason = ?, started = NULL WHERE id = ?", (State.WAITING.word, reason, run.id)
    )


def seen(db: Sqlite, run: Run) -> None:
    """It is seen to run."""
    db.run("UPDATE test_run SET seen = 1 WHERE id = ?", (run.id,))


def finish(db: Sqlite, run: Run, state: State, reason: str, result: str, now: int) -> None:
    """How it ended."""
    db.run(
        "UPDATE test_run SET state = ?, reason = ?, result = ?, ended = ? WHERE id = ? AND state = ?",
        (state.word, reason, result[:300], now, run.id, State.STARTED.word),
    )
