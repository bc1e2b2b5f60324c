-- What upsmon told and decided, and lists of all devices' status changes by time.

CREATE TABLE notice (
    at bigint NOT NULL,
    mark bigint NOT NULL,          -- of all that follows: heard again, it is the same row
    host text NOT NULL,            -- where that upsmon runs
    ups text NOT NULL,             -- name@server; '': about the host
    type text NOT NULL CHECK (type IN ('notification', 'decision')),
    kind text NOT NULL,            -- of a notification: ONBATT...
    text text NOT NULL,
    status text,
    critical text,
    charge double precision,
    runtime double precision,
    PRIMARY KEY (at, mark)
);
CREATE INDEX notice_ups ON notice (ups, at, mark);

CREATE INDEX texts_at ON texts (at, series);
