-- Planned tests of batteries, and what became of them. Times are whole seconds of the epoch; `day` is a local day
-- (ISO 8601), `minute` the time of day. A run stands for one date of a plan: it is written down before anything is sent.
CREATE TABLE test_plan (
    id INTEGER PRIMARY KEY,
    device TEXT NOT NULL,
    kind TEXT NOT NULL,
    every TEXT NOT NULL,
    number INTEGER NOT NULL,
    day TEXT NOT NULL,
    minute INTEGER NOT NULL,
    charge INTEGER NOT NULL,
    hours INTEGER NOT NULL,
    user INTEGER REFERENCES user ON DELETE SET NULL,
    name TEXT NOT NULL,
    made INTEGER NOT NULL
);
CREATE TABLE test_run (
    id INTEGER PRIMARY KEY,
    plan INTEGER REFERENCES test_plan ON DELETE SET NULL,
    device TEXT NOT NULL,
    kind TEXT NOT NULL,
    due INTEGER NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    result TEXT NOT NULL DEFAULT '',
    tried INTEGER NOT NULL DEFAULT 0,
    started INTEGER,
    ended INTEGER,
    seen INTEGER NOT NULL DEFAULT 0,
    before TEXT NOT NULL DEFAULT '',
    UNIQUE (plan, due)
);
CREATE INDEX test_run_due ON test_run (due);
CREATE INDEX test_run_state ON test_run (state);
