-- Who was asked for what, and how often what the store knows of it changed: when a run first tells of it, and when that run is judged.
CREATE TABLE claims (
    provider   TEXT    NOT NULL,
    capability TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    run        INTEGER NOT NULL REFERENCES runs (key),  -- whose result came last
    changes    INTEGER NOT NULL,
    PRIMARY KEY (provider, capability, version)
) STRICT, WITHOUT ROWID;

INSERT INTO claims (provider, capability, version, run, changes)
SELECT provider, capability, version, max(run), 1 FROM results GROUP BY provider, capability, version;

CREATE INDEX results_of_claim ON results (provider, capability, version, when_at DESC, run DESC, seq DESC);
