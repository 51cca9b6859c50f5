-- Cleaning up: what was done long ago is deleted, and only its name is remembered.
-- Written by: the orchestrator. What is past its time is deleted by the maintenance, in the name of each table's writer.

-- An id or key that was used is not used again, as long as this remembers it.
CREATE TABLE pruned_tasks (
    task_id         TEXT PRIMARY KEY,
    idempotency_key TEXT,
    pruned_at       BIGINT NOT NULL
);

CREATE INDEX pruned_tasks_by_key ON pruned_tasks (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX pruned_tasks_by_time ON pruned_tasks (pruned_at);

-- What is past its time is found without reading everything else.
CREATE INDEX tasks_ended ON tasks (completed_at) WHERE completed_at IS NOT NULL;
CREATE INDEX feedback_by_task ON feedback (task_id);
CREATE INDEX worker_sessions_closed ON worker_sessions (closed_at) WHERE closed_at IS NOT NULL;
