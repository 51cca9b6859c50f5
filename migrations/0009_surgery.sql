-- Steering runs: cancels that are repeated until they arrive, and approvals that count once.
-- Written by: the orchestrator (tasks) and the execution API (runs, steps), as before.

-- When the execution API must (again) be asked to stop the task's run. NULL: nobody has to be asked.
ALTER TABLE tasks ADD COLUMN cancel_due_at BIGINT;
CREATE INDEX tasks_cancel_due ON tasks (cancel_due_at) WHERE cancel_due_at IS NOT NULL;

-- Runs whose workers were asked to stop.
CREATE INDEX runs_cancelling ON runs (cancel_at) WHERE cancel_at IS NOT NULL AND session_id IS NOT NULL;

-- When an approval was used: it allows one execution and no second one.
ALTER TABLE steps ADD COLUMN spent_at BIGINT;
