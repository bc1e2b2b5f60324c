-- The first form of the tables. Times are milliseconds since 1970; a value of NULL: not known from then on.

CREATE TABLE device (
    id INTEGER PRIMARY KEY,
    server TEXT NOT NULL,
    name TEXT NOT NULL,
    heard INTEGER NOT NULL,        -- up to here its values are known to have held
    minute_to INTEGER NOT NULL,    -- its minutes are made up to here
    hour_to INTEGER NOT NULL,      -- its hours are made up to here
    UNIQUE (server, name)
);

CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES device (id),
    variable TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('number', 'text')),
    UNIQUE (device, variable, kind)
);

-- A minute's samples lie together, so that new ones are written to few pages whatever the number of series.
CREATE TABLE raw (
    minute INTEGER NOT NULL,
    series INTEGER NOT NULL,
    ms INTEGER NOT NULL,           -- within the minute
    value,
    PRIMARY KEY (minute, series, ms)
) WITHOUT ROWID;

CREATE TABLE texts (
    series INTEGER NOT NULL,
    at INTEGER NOT NULL,
    value TEXT,
    PRIMARY KEY (series, at)
) WITHOUT ROWID;

CREATE TABLE minute (
    series INTEGER NOT NULL,
    at INTEGER NOT NULL,
    low,
    mean,
    high,
    held INTEGER NOT NULL,
    last,
    PRIMARY KEY (series, at)
) WITHOUT ROWID;

CREATE TABLE hour (
    series INTEGER NOT NULL,
    at INTEGER NOT NULL,
    low,
    mean,
    high,
    held INTEGER NOT NULL,
    last,
    PRIMARY KEY (series, at)
) WITHOUT ROWID;

-- What is older was pruned.
CREATE TABLE horizon (
    level TEXT PRIMARY KEY,
    at INTEGER NOT NULL
);
INSERT INTO horizon (level, at) VALUES ('raw', 0), ('minute', 0), ('hour', 0), ('text', 0);
