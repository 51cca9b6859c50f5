-- Which tasks a call to try failed ones again was about, so that the same call once more is about the same attempts.
-- Written by: the orchestrator, and nobody else.

CREATE TABLE redrives (
    idempotency_key TEXT PRIMARY KEY,
    content_hash    TEXT NOT NULL,
    plan_json       TEXT NOT NULL,
    created_at      BIGINT NOT NULL
);
