-- Who sent the run; NULL: it was run here.
ALTER TABLE runs ADD COLUMN publisher TEXT;

CREATE TABLE tokens (
    id         TEXT NOT NULL PRIMARY KEY,
    hash       TEXT NOT NULL UNIQUE,          -- SHA-256, hex; the token itself is never kept
    publisher  TEXT NOT NULL,
    providers  TEXT NOT NULL,                 -- globs, a JSON array
    created_at TEXT NOT NULL,
    revoked_at TEXT                           -- NULL: it holds
) STRICT;
