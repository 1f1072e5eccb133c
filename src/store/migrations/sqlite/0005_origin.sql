-- 1: a part of the run was read from a file, so nothing vouches for the places and commands that it names.
ALTER TABLE runs ADD COLUMN from_files INTEGER NOT NULL DEFAULT 0;

-- Nobody wrote down where the parts of older merged runs came from.
UPDATE runs SET from_files = 1 WHERE key IN (
    SELECT run FROM events WHERE seq = 0 AND json_array_length(body, '$.event.kind.run_started.merged') > 0
);
