-- Who may use the console, and what they did. Times are whole seconds of the epoch.
-- A person is told from others of the same source by the subject: local: the name in lower case; ldap: the entry's
-- name; oidc: the provider's own word for them; proxy: the name in its header.
CREATE TABLE user (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    subject TEXT NOT NULL,
    name TEXT NOT NULL,
    role INTEGER NOT NULL,
    hash TEXT NOT NULL DEFAULT '',
    nut_user TEXT NOT NULL DEFAULT '',
    nut_password TEXT NOT NULL DEFAULT '',
    made INTEGER NOT NULL,
    seen INTEGER,
    UNIQUE (source, subject)
);
CREATE TABLE key (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    name TEXT NOT NULL,
    user INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
    role INTEGER NOT NULL,
    made INTEGER NOT NULL,
    used INTEGER
);
CREATE INDEX key_user ON key (user);
CREATE TABLE session (
    hash BLOB PRIMARY KEY,
    user INTEGER NOT NULL REFERENCES user ON DELETE CASCADE,
    address TEXT NOT NULL,
    made INTEGER NOT NULL,
    seen INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX session_user ON session (user);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    via TEXT NOT NULL,
    address TEXT NOT NULL,
    what TEXT NOT NULL,
    target TEXT NOT NULL,
    result TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);
