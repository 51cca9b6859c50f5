-- Budgets that the configuration declares go when it no longer does; those made over HTTP stay until somebody deletes them.
-- Written by: the model service, and nobody else.

ALTER TABLE model_budgets ADD COLUMN declared BOOLEAN NOT NULL DEFAULT FALSE;
