-- Attempts of tasks, their steps, and the workers that drive them.
-- Written by: the execution API. Exception: `run_events` is its outbox, which the orchestrator empties.

CREATE TABLE runs (
    task_id         TEXT NOT NULL,
    attempt         BIGINT NOT NULL,
    origin          TEXT NOT NULL,
    idempotency_key TEXT,
    content_hash    TEXT NOT NULL,
    agent_id        TEXT NOT NULL,
    agent_revision  BIGINT NOT NULL,
    task            TEXT NOT NULL,
    context_json    TEXT NOT NULL,
    priority        BIGINT NOT NULL,
    timeout_ms      BIGINT,
    max_cost_micro  BIGINT,
    deadline_at     BIGINT,
    status          TEXT NOT NULL,
    due_at          BIGINT NOT NULL,
    created_at      BIGINT NOT NULL,
    started_at      BIGINT,
    finished_at     BIGINT,
    fence           BIGINT NOT NULL DEFAULT 0,
    session_id      TEXT,
    worker_deaths   BIGINT NOT NULL DEFAULT 0,
    releases        BIGINT NOT NULL DEFAULT 0,
    cancel_at       BIGINT,
    pause_at        BIGINT,
    steps           BIGINT NOT NULL DEFAULT 0,
    tokens_in       BIGINT NOT NULL DEFAULT 0,
    tokens_out      BIGINT NOT NULL DEFAULT 0,
    cost_micro      BIGINT NOT NULL DEFAULT 0,
    result_json     TEXT,
    error_code      TEXT,
    error_message   TEXT,
    blame           TEXT,
    PRIMARY KEY (task_id, attempt)
);

CREATE UNIQUE INDEX runs_by_key ON runs (idempotency_key) WHERE idempotency_key IS NOT NULL;
-- `waiting` runs wake up by themselves, so they stand in the same queue with a later due_at.
CREATE INDEX runs_queue ON runs (priority DESC, due_at) WHERE status IN ('queued', 'waiting') AND session_id IS NULL;
CREATE INDEX runs_by_session ON runs (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX runs_by_time ON runs (created_at, task_id, attempt);
CREATE INDEX runs_by_status ON runs (status, created_at, task_id, attempt);
CREATE INDEX runs_by_agent ON runs (agent_id, created_at, task_id, attempt);

-- What the orchestrator still has to notice: a run that was `created` without a task, a run that `finished`.
CREATE TABLE run_events (
    seq     {{identity}},
    kind    TEXT NOT NULL,
    task_id TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    at      BIGINT NOT NULL
);

CREATE UNIQUE INDEX run_events_once ON run_events (task_id, attempt, kind);
CREATE INDEX run_events_queue ON run_events (kind, seq);

-- The journal: a row appears as INTENT before the effect and becomes a RESULT after it.
CREATE TABLE steps (
    task_id      TEXT NOT NULL,
    attempt      BIGINT NOT NULL,
    no           BIGINT NOT NULL,
    fence        BIGINT NOT NULL,
    kind         TEXT NOT NULL,
    tool         TEXT,
    effect       TEXT NOT NULL,
    key          TEXT NOT NULL,
    request_json TEXT NOT NULL,
    started_at   BIGINT NOT NULL,
    approved_at  BIGINT,
    finished_at  BIGINT,
    result_json  TEXT,
    error        TEXT,
    tokens_in    BIGINT NOT NULL DEFAULT 0,
    tokens_out   BIGINT NOT NULL DEFAULT 0,
    cost_micro   BIGINT NOT NULL DEFAULT 0,
    duration_us  BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (task_id, attempt, no)
);

CREATE TABLE worker_sessions (
    session_id TEXT PRIMARY KEY,
    host       TEXT NOT NULL,
    pid        BIGINT NOT NULL,
    opened_at  BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    closed_at  BIGINT
);

CREATE INDEX worker_sessions_open ON worker_sessions (expires_at) WHERE closed_at IS NULL;
