-- What upsmon told and decided, and lists of all devices' status changes by time.

CREATE TABLE notice (
    at INTEGER NOT NULL,
    mark INTEGER NOT NULL,         -- of all that follows: heard again, it is the same row
    host TEXT NOT NULL,            -- where that upsmon runs
    ups TEXT NOT NULL,             -- name@server; '': about the host
    type TEXT NOT NULL CHECK (type IN ('notification', 'decision')),
    kind TEXT NOT NULL,            -- of a notification: ONBATT...
    text TEXT NOT NULL,
    status TEXT,
    critical TEXT,
    charge,
    runtime,
    PRIMARY KEY (at, mark)
) WITHOUT ROWID;
CREATE INDEX notice_ups ON notice (ups, at, mark);

CREATE INDEX texts_at ON texts (at, series);
