-- Failures are few among many results: they are looked for by their outcome.
CREATE INDEX results_of_outcome ON results (capability, outcome, when_at DESC, run DESC, seq DESC);
