-- 0: others brought the run. The key of a run tells when it was received: a standing is judged by it, and not by the times in a record.
ALTER TABLE results ADD COLUMN own INTEGER NOT NULL DEFAULT 1;

UPDATE results SET own = 0 WHERE run IN (SELECT key FROM runs WHERE publisher IS NOT NULL OR from_files = 1);

DROP INDEX results_of_claim;
CREATE INDEX results_of_claim ON results (provider, capability, version, own, run DESC, seq DESC);
CREATE INDEX results_of_set_up ON results (provider, own, run DESC, seq DESC) WHERE test = 'set_up';

-- Tokens that were made without an end get one.
ALTER TABLE tokens ADD COLUMN expires_at TEXT NOT NULL DEFAULT '';
UPDATE tokens SET expires_at = strftime('%Y-%m-%dT%H:%M:%S.000000Z', 'now', '+90 days');

-- What a token was used for on a day in UTC.
CREATE TABLE token_use (
    token TEXT    NOT NULL REFERENCES tokens (id),
    day   TEXT    NOT NULL,
    runs  INTEGER NOT NULL,                   -- runs that were stored
    bytes INTEGER NOT NULL,                   -- bytes that were received
    last  TEXT    NOT NULL,                   -- the time of the last use
    PRIMARY KEY (token, day)
) STRICT, WITHOUT ROWID;

-- The providers of a capability are listed in pages.
CREATE INDEX claims_of_capability ON claims (capability, version, provider);
