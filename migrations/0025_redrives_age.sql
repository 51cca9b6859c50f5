-- Plans to try failed tasks again are forgotten like names of deleted tasks: when they are old.
-- Written by: the orchestrator. What is past its time is deleted by the maintenance.

CREATE INDEX redrives_by_time ON redrives (created_at);
