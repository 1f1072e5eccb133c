-- Runs that publishers have begun to send, until they are accepted, refused or outdated.
CREATE TABLE uploads (
    token      TEXT        COLLATE "C" NOT NULL REFERENCES tokens (id),
    run        TEXT        COLLATE "C" NOT NULL,
    bytes      BIGINT      NOT NULL,          -- what was received so far, at least one
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (token, run)
);

CREATE INDEX uploads_outdated ON uploads (changed_at);

CREATE TABLE upload_pieces (
    token  TEXT   COLLATE "C" NOT NULL,
    run    TEXT   COLLATE "C" NOT NULL,
    begins BIGINT NOT NULL,                   -- the offset of its first byte
    body   BYTEA  NOT NULL,
    PRIMARY KEY (token, run, begins),
    FOREIGN KEY (token, run) REFERENCES uploads (token, run) ON DELETE CASCADE
);
