-- Deadlines of runs that nobody drives are looked for when they pass.
-- Written by: the execution API, as before.

CREATE INDEX runs_by_deadline ON runs (deadline_at) WHERE deadline_at IS NOT NULL AND finished_at IS NULL;
