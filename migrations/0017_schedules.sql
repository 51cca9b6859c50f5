-- Tasks that are made again and again, at the times of a calendar.
-- Written by: the orchestrator, and nobody else.

CREATE TABLE schedules (
    schedule_id      TEXT PRIMARY KEY,
    tenant           TEXT NOT NULL,
    cron             TEXT NOT NULL,
    time_zone        TEXT NOT NULL,
    -- What is assigned at each firing, as POST /assign-task takes it.
    task_json        TEXT NOT NULL,
    -- skip, last or all: what becomes of firings that were missed; of all, at most so many.
    missed           TEXT NOT NULL,
    catch_up_max     BIGINT NOT NULL,
    -- allow or skip: whether a task is made while the one before still runs.
    overlap          TEXT NOT NULL,
    starts_at        BIGINT,
    ends_at          BIGINT,
    -- Grows with every edit.
    revision         BIGINT NOT NULL,
    paused_at        BIGINT,
    -- The next firing, and at the same time what a firing is claimed by: whoever moves it on makes the task. NULL: none.
    next_at          BIGINT,
    fired            BIGINT NOT NULL DEFAULT 0,
    refused          BIGINT NOT NULL DEFAULT 0,
    skipped          BIGINT NOT NULL DEFAULT 0,
    last_due_at      BIGINT,
    last_outcome     TEXT,
    last_task_id     TEXT,
    refused_due_at   BIGINT,
    refused_code     TEXT,
    refused_message  TEXT,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL
);

CREATE INDEX schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX schedules_by_tenant ON schedules (tenant, schedule_id);
