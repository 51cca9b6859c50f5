-- Tasks, their decisions, their history and what people said about them.
-- Written by: the orchestrator, and nobody else. Others read.
-- Instants are microseconds since 1970-01-01 UTC; money is micro-dollars; columns that end in _json hold JSON text.

-- One row per task. The row is also the outbox: dispatch_due_at says when it must (next) be handed to the execution API.
CREATE TABLE tasks (
    task_id             TEXT PRIMARY KEY,
    idempotency_key     TEXT,
    content_hash        TEXT NOT NULL,
    description         TEXT NOT NULL,
    priority            BIGINT NOT NULL,
    metadata_json       TEXT NOT NULL,
    agent_pin           TEXT,
    force_execute       BOOLEAN NOT NULL,
    max_attempts        BIGINT NOT NULL,
    max_cost_micro      BIGINT,
    deadline_at         BIGINT,
    status              TEXT NOT NULL,
    attempt             BIGINT NOT NULL,
    agent_id            TEXT NOT NULL,
    created_at          BIGINT NOT NULL,
    updated_at          BIGINT NOT NULL,
    completed_at        BIGINT,
    cancel_requested_at BIGINT,
    error_code          TEXT,
    error_message       TEXT,
    reward              DOUBLE PRECISION,
    reward_version      BIGINT NOT NULL DEFAULT 0,
    dispatch_due_at     BIGINT,
    dispatch_tries      BIGINT NOT NULL DEFAULT 0,
    dispatch_error      TEXT
);

CREATE UNIQUE INDEX tasks_by_key ON tasks (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX tasks_due ON tasks (dispatch_due_at) WHERE dispatch_due_at IS NOT NULL;
CREATE INDEX tasks_by_time ON tasks (created_at, task_id);
CREATE INDEX tasks_by_status ON tasks (status, created_at, task_id);
CREATE INDEX tasks_by_agent ON tasks (agent_id, created_at, task_id);
CREATE INDEX tasks_by_priority ON tasks (priority, created_at, task_id);

-- One row per choice of an agent: what was known, what could be chosen, and how probable the choice was. Never changed.
CREATE TABLE decisions (
    decision_id     TEXT PRIMARY KEY,
    task_id         TEXT NOT NULL,
    attempt         BIGINT NOT NULL,
    agent_id        TEXT NOT NULL,
    confidence      DOUBLE PRECISION NOT NULL,
    propensity      DOUBLE PRECISION NOT NULL,
    reason          TEXT NOT NULL,
    candidates_json TEXT NOT NULL,
    warnings_json   TEXT NOT NULL,
    context         BYTEA NOT NULL,
    policy_version  BIGINT NOT NULL,
    learnable       BOOLEAN NOT NULL,
    decided_at      BIGINT NOT NULL
);

CREATE UNIQUE INDEX decisions_by_task ON decisions (task_id, attempt);

-- The status history of a task, as the orchestrator moved it.
CREATE TABLE task_events (
    seq     {{identity}},
    task_id TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    status  TEXT NOT NULL,
    detail  TEXT,
    at      BIGINT NOT NULL
);

CREATE INDEX task_events_by_task ON task_events (task_id, seq);

-- What people and systems said about a task. The latest word of a source is current; earlier ones stay as history.
CREATE TABLE feedback (
    seq             {{identity}},
    task_id         TEXT NOT NULL,
    source          TEXT NOT NULL,
    reward          DOUBLE PRECISION NOT NULL,
    kind            TEXT NOT NULL,
    comment         TEXT,
    idempotency_key TEXT,
    at              BIGINT NOT NULL,
    is_current      BOOLEAN NOT NULL
);

CREATE UNIQUE INDEX feedback_current ON feedback (task_id, source) WHERE is_current;
CREATE UNIQUE INDEX feedback_by_key ON feedback (task_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
