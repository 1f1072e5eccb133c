-- Earlier versions counted the entries of the manifest: several may be of one provider, which is counted once.
UPDATE runs
SET providers = (
    SELECT count(DISTINCT json_extract(entry.value, '$.id'))
    FROM events,
         json_each(
             CASE WHEN json_valid(events.body) THEN events.body ELSE '{}' END,
             '$.event.kind.run_started.providers'
         ) AS entry
    WHERE events.run = runs.key AND events.seq = 0
)
WHERE EXISTS (
    SELECT 1 FROM events
    WHERE events.run = runs.key AND events.seq = 0 AND events.kind = 'run_started' AND json_valid(events.body)
);
