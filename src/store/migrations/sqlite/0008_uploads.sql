-- Runs that publishers have begun to send, until they are accepted, refused or outdated.
CREATE TABLE uploads (
    token      TEXT    NOT NULL REFERENCES tokens (id),
    run        TEXT    NOT NULL,
    bytes      INTEGER NOT NULL,              -- what was received so far, at least one
    changed_at TEXT    NOT NULL,
    PRIMARY KEY (token, run)
) STRICT, WITHOUT ROWID;

CREATE INDEX uploads_outdated ON uploads (changed_at);

CREATE TABLE upload_pieces (
    token  TEXT    NOT NULL,
    run    TEXT    NOT NULL,
    begins INTEGER NOT NULL,                  -- the offset of its first byte
    body   BLOB    NOT NULL,
    PRIMARY KEY (token, run, begins),
    FOREIGN KEY (token, run) REFERENCES uploads (token, run) ON DELETE CASCADE
) STRICT;
