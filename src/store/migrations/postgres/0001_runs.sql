CREATE TABLE runs (
    key         BIGINT      GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- grows in the order in which runs were received
    id          TEXT        COLLATE "C" NOT NULL UNIQUE,
    started_at  TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ,                  -- NULL: the run goes on or was killed
    interrupted BOOLEAN,
    harness     TEXT        NOT NULL,
    seed        TEXT        NOT NULL,         -- 64 bits without a sign
    planned     BIGINT      NOT NULL,
    providers   BIGINT      NOT NULL,
    next_seq    BIGINT      NOT NULL DEFAULT 0,
    pass        BIGINT      NOT NULL DEFAULT 0,
    fail        BIGINT      NOT NULL DEFAULT 0,
    error       BIGINT      NOT NULL DEFAULT 0,
    blocked     BIGINT      NOT NULL DEFAULT 0,
    skip        BIGINT      NOT NULL DEFAULT 0,
    verdict     TEXT,                         -- NULL until the run was judged
    publisher   TEXT,                         -- who sent the run; NULL: it was run here
    from_files  BOOLEAN     NOT NULL DEFAULT FALSE
);

CREATE INDEX runs_newest ON runs (started_at, id);

CREATE TABLE events (
    run  BIGINT      NOT NULL REFERENCES runs (key),
    seq  BIGINT      NOT NULL,
    at   TIMESTAMPTZ NOT NULL,
    kind TEXT        NOT NULL,
    body TEXT        NOT NULL,                -- one line of the event codec
    PRIMARY KEY (run, seq)
);

CREATE INDEX events_undo ON events (run, seq) WHERE kind IN ('undo_owed', 'undo_settled');

CREATE TABLE results (
    run        BIGINT      NOT NULL REFERENCES runs (key),
    seq        BIGINT      NOT NULL,
    provider   TEXT        COLLATE "C" NOT NULL,
    capability TEXT        COLLATE "C" NOT NULL,
    version    TEXT        COLLATE "C" NOT NULL,
    test       TEXT        COLLATE "C" NOT NULL,
    level      TEXT        NOT NULL,
    outcome    TEXT        COLLATE "C" NOT NULL,
    ms         BIGINT      NOT NULL,
    calls      BIGINT      NOT NULL,
    when_at    TIMESTAMPTZ NOT NULL,
    message    TEXT,
    own        BOOLEAN     NOT NULL,          -- false: others brought the run
    PRIMARY KEY (run, seq)
);

CREATE INDEX results_newest ON results (when_at, run, seq);
CREATE INDEX results_of_capability ON results (capability, when_at, run, seq);
CREATE INDEX results_of_provider ON results (provider, when_at, run, seq);
CREATE INDEX results_of_test ON results (test, when_at, run, seq);
CREATE INDEX results_of_outcome ON results (capability, outcome, when_at, run, seq);
CREATE INDEX results_of_claim ON results (provider, capability, version, own, run, seq);
CREATE INDEX results_of_set_up ON results (provider, own, run, seq) WHERE test = 'set_up';

-- Who was asked for what, and how often what the store knows of it changed: when a run first tells of it, and when that run is judged.
CREATE TABLE claims (
    provider   TEXT   COLLATE "C" NOT NULL,
    capability TEXT   COLLATE "C" NOT NULL,
    version    TEXT   COLLATE "C" NOT NULL,
    run        BIGINT NOT NULL REFERENCES runs (key), -- whose result came last
    changes    BIGINT NOT NULL,
    PRIMARY KEY (provider, capability, version)
);

CREATE INDEX claims_of_capability ON claims (capability, version, provider);
CREATE INDEX claims_of_run ON claims (run);

-- What a clean-up settled after the run; the events of a run never change.
CREATE TABLE settlements (
    run  BIGINT      NOT NULL REFERENCES runs (key),
    owed BIGINT      NOT NULL,
    at   TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (run, owed)
);

CREATE TABLE tokens (
    id         TEXT        COLLATE "C" PRIMARY KEY,
    hash       TEXT        COLLATE "C" NOT NULL UNIQUE, -- SHA-256, hex; the token itself is never kept
    publisher  TEXT        NOT NULL,
    providers  TEXT        NOT NULL,          -- globs, a JSON array
    created_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,                   -- NULL: it holds
    expires_at TIMESTAMPTZ NOT NULL
);

-- What a token was used for on a day in UTC.
CREATE TABLE token_use (
    token TEXT        COLLATE "C" NOT NULL REFERENCES tokens (id),
    day   DATE        NOT NULL,
    runs  BIGINT      NOT NULL,               -- runs that were stored
    bytes BIGINT      NOT NULL,               -- bytes that were received
    last  TIMESTAMPTZ NOT NULL,               -- the time of the last use
    PRIMARY KEY (token, day)
);
