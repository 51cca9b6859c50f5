-- Queues: tenants, fair shares among them, priorities that age, starts at a later time.
-- Written by: the orchestrator (tasks) and the execution API (runs), as before.

-- Who the work is for; limits and fairness are per tenant.
ALTER TABLE tasks ADD COLUMN tenant TEXT NOT NULL DEFAULT 'default';
ALTER TABLE runs ADD COLUMN tenant TEXT NOT NULL DEFAULT 'default';

-- Not to be begun before this instant.
ALTER TABLE tasks ADD COLUMN start_at BIGINT;

-- The queue of each tenant. A priority is worth a minute of waiting: whoever waits nine minutes goes before the most urgent that
-- comes then, so nothing starves. `waiting` runs wake up by themselves, so they stand in the same queue with a later due_at.
DROP INDEX runs_queue;
CREATE INDEX runs_queue ON runs (tenant, (due_at - priority * 60000000)) WHERE status IN ('queued', 'waiting') AND session_id IS NULL;
