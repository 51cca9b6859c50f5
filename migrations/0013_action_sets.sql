-- What could have been chosen, for experiences whose decision was taken elsewhere; those of our own decisions are kept with them.
-- Written by: the orchestrator; the RL server for what is imported.

ALTER TABLE experiences ADD COLUMN candidates_json TEXT;
