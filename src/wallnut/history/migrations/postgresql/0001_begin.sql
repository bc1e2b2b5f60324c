-- The first form of the tables. Times are milliseconds since 1970; a value of NULL: not known from then on.
-- raw, minute and hour are made of partitions by time, which the program makes when it needs them.

CREATE TABLE device (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    server text NOT NULL,
    name text NOT NULL,
    heard bigint NOT NULL,         -- up to here its values are known to have held
    minute_to bigint NOT NULL,     -- its minutes are made up to here
    hour_to bigint NOT NULL,       -- its hours are made up to here
    UNIQUE (server, name)
);

CREATE TABLE series (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device integer NOT NULL REFERENCES device (id),
    variable text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('number', 'text')),
    UNIQUE (device, variable, kind)
);

CREATE TABLE raw (
    at bigint NOT NULL,
    value double precision,
    series integer NOT NULL,
    PRIMARY KEY (series, at)
) PARTITION BY RANGE (at);
CREATE INDEX raw_at ON raw USING brin (at) WITH (pages_per_range = 16);

CREATE TABLE texts (
    at bigint NOT NULL,
    series integer NOT NULL,
    value text,
    PRIMARY KEY (series, at)
);

CREATE TABLE minute (
    at bigint NOT NULL,
    low double precision,
    mean double precision,
    high double precision,
    last double precision,
    series integer NOT NULL,
    held integer NOT NULL,
    PRIMARY KEY (series, at)
) PARTITION BY RANGE (at);

CREATE TABLE hour (
    at bigint NOT NULL,
    low double precision,
    mean double precision,
    high double precision,
    last double precision,
    series integer NOT NULL,
    held integer NOT NULL,
    PRIMARY KEY (series, at)
) PARTITION BY RANGE (at);

-- What is older was pruned.
CREATE TABLE horizon (
    level text PRIMARY KEY,
    at bigint NOT NULL
);
INSERT INTO horizon (level, at) VALUES ('raw', 0), ('minute', 0), ('hour', 0), ('text', 0);
