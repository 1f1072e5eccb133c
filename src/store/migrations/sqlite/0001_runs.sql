CREATE TABLE runs (
    key         INTEGER PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,
    started_at  TEXT    NOT NULL,             -- RFC 3339, UTC, microseconds: sorts as text
    finished_at TEXT,                         -- NULL: the run goes on or was killed
    interrupted INTEGER,
    harness     TEXT    NOT NULL,
    seed        TEXT    NOT NULL,             -- 64 bits without a sign
    planned     INTEGER NOT NULL,
    providers   INTEGER NOT NULL,
    next_seq    INTEGER NOT NULL DEFAULT 0,
    pass        INTEGER NOT NULL DEFAULT 0,
    fail        INTEGER NOT NULL DEFAULT 0,
    error       INTEGER NOT NULL DEFAULT 0,
    blocked     INTEGER NOT NULL DEFAULT 0,
    skip        INTEGER NOT NULL DEFAULT 0,
    verdict     TEXT                          -- NULL until the run was judged
) STRICT;

CREATE INDEX runs_newest ON runs (started_at DESC, id DESC);

CREATE TABLE events (
    run  INTEGER NOT NULL REFERENCES runs (key),
    seq  INTEGER NOT NULL,
    at   TEXT    NOT NULL,
    kind TEXT    NOT NULL,
    body TEXT    NOT NULL,                    -- one line of the event codec
    PRIMARY KEY (run, seq)
) STRICT;

CREATE INDEX events_undo ON events (run, seq) WHERE kind IN ('undo_owed', 'undo_settled');

CREATE TABLE results (
    run        INTEGER NOT NULL REFERENCES runs (key),
    seq        INTEGER NOT NULL,
    provider   TEXT    NOT NULL,
    capability TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    test       TEXT    NOT NULL,
    level      TEXT    NOT NULL,
    outcome    TEXT    NOT NULL,
    ms         INTEGER NOT NULL,
    calls      INTEGER NOT NULL,
    when_at    TEXT    NOT NULL,
    message    TEXT,
    PRIMARY KEY (run, seq)
) STRICT;

CREATE INDEX results_of_capability ON results (capability, when_at DESC, run DESC, seq DESC);
CREATE INDEX results_of_provider ON results (provider, when_at DESC, run DESC, seq DESC);
CREATE INDEX results_of_test ON results (test, when_at DESC, run DESC, seq DESC);
CREATE INDEX results_newest ON results (when_at DESC, run DESC, seq DESC);

-- What a clean-up settled after the run; the events of a run never change.
CREATE TABLE settlements (
    run  INTEGER NOT NULL REFERENCES runs (key),
    owed INTEGER NOT NULL,
    at   TEXT    NOT NULL,
    PRIMARY KEY (run, owed)
) STRICT;
